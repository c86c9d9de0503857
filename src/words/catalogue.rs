//! The catalogue of words: one TOML file per language, compiled in.
//!
//! A text may hold `{name}`; the names are the refusal's facts. Tests hold the files to the
//! codes, so that looking a text up cannot fail in a program that passed them.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::fact::Facts;
use super::fault::{Fault, FaultWord};
use super::language::Language;
use super::refusal::{ProblemCode, Refusal};

/// A refusal in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemText {
    /// What happened, in a few words; the same for every refusal of the code.
    pub title: String,
    /// What happened here.
    pub detail: String,
    /// What to do next.
    pub remedy: String,
}

/// A fault in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultText {
    /// What is wrong.
    pub detail: String,
    /// What to do about it.
    pub remedy: String,
}

/// A locale file as it stands: title, detail and remedy of every problem; detail and remedy of
/// every fault; the closed words of the archive by `group.code`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Locale {
    pub(super) problems: HashMap<String, [String; 3]>,
    pub(super) faults: HashMap<String, [String; 2]>,
    pub(super) terms: HashMap<String, String>,
}

static ZH_CN: LazyLock<Locale> = LazyLock::new(|| read(include_str!("locales/zh-CN.toml")));
static ZH_TW: LazyLock<Locale> = LazyLock::new(|| read(include_str!("locales/zh-TW.toml")));
static EN: LazyLock<Locale> = LazyLock::new(|| read(include_str!("locales/en.toml")));

fn read(text: &str) -> Locale {
    toml::from_str(text).expect("the compiled-in catalogues are read by a test")
}

pub(super) fn locale(language: Language) -> &'static Locale {
    match language {
        Language::ZhCn => &ZH_CN,
        Language::ZhTw => &ZH_TW,
        Language::En => &EN,
    }
}

/// The words of a refusal.
pub fn problem_text(refusal: &Refusal, language: Language) -> ProblemText {
    let [title, detail, remedy] = problem_pattern(refusal.code(), language);
    let facts = refusal.facts();
    ProblemText {
        title: fill(title, &facts, language),
        detail: fill(detail, &facts, language),
        remedy: fill(remedy, &facts, language),
    }
}

/// The words of a fault.
pub fn fault_text(fault: &Fault, language: Language) -> FaultText {
    let [detail, remedy] = fault_pattern(fault.word, language);
    FaultText { detail: fill(detail, &fault.facts, language), remedy: fill(remedy, &fault.facts, language) }
}

/// The word for a closed word of the archive, `None` where it has none here.
pub fn term(language: Language, group: &str, code: &str) -> Option<&'static str> {
    locale(language).terms.get(&format!("{group}.{code}")).map(String::as_str)
}

/// The closed word that has this word in a language: the other way round.
pub fn code_of(language: Language, group: &str, word: &str) -> Option<&'static str> {
    let terms = locale(language).terms.iter();
    let mut found = terms.filter(|(_, known)| *known == word);
    found.find_map(|(key, _)| key.strip_prefix(group)?.strip_prefix('.'))
}

fn problem_pattern(code: ProblemCode, language: Language) -> &'static [String; 3] {
    locale(language).problems.get(code.as_str()).expect("a test looks up every code in every language")
}

fn fault_pattern(word: FaultWord, language: Language) -> &'static [String; 2] {
    locale(language).faults.get(word.as_str()).expect("a test looks up every fault in every language")
}

/// Puts the facts in their places, in one pass: a fact that looks like a placeholder stays as it is.
fn fill(pattern: &str, facts: &Facts, language: Language) -> String {
    let mut filled = String::with_capacity(pattern.len() + 32);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        match facts.iter().find(|(known, _)| *known == name) {
            Some((_, fact)) => filled.push_str(&fact.to_words(language)),
            None => filled.push('…'),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::super::fact::Fact;
    use super::*;

    #[test]
    fn facts_stand_where_the_text_wants_them() {
        let facts = vec![("line", Fact::Count(7)), ("file", Fact::Text("{line}.csv".to_owned()))];
        assert_eq!(fill("{file}, line {line}: {what}", &facts, Language::En), "{line}.csv, line 7: …");
        assert_eq!(fill("a { b", &facts, Language::En), "a { b");
    }
}
