//! Types and rules of the engine in the reader's language. In English the engine speaks for itself.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::cli::voice::Voice;
use crate::redaction::explain;
use crate::redaction::kind::Kind;
use crate::words::Language;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    types: HashMap<String, String>,
    rules: HashMap<String, String>,
}

static ZH_CN: LazyLock<Words> = LazyLock::new(|| read(include_str!("../locales/pii.zh-CN.toml")));
static ZH_TW: LazyLock<Words> = LazyLock::new(|| read(include_str!("../locales/pii.zh-TW.toml")));

fn read(text: &str) -> Words {
    toml::from_str(text).expect("the compiled-in words are read by a test")
}

fn words(language: Language) -> Option<&'static Words> {
    match language {
        Language::ZhCn => Some(&ZH_CN),
        Language::ZhTw => Some(&ZH_TW),
        Language::En => None,
    }
}

/// A type, with the name that `--types` and profiles know it by.
pub(in crate::cli) fn type_of<'a>(voice: &Voice, name: &'a str) -> std::borrow::Cow<'a, str> {
    match words(voice.language).and_then(|words| words.types.get(name)) {
        Some(word) => format!("{word} {name}").into(),
        None => name.into(),
    }
}

/// What a cell's header announces: a type, without its name.
pub(super) fn cell<'a>(voice: &Voice, name: &'a str) -> &'a str {
    words(voice.language).and_then(|words| words.types.get(name)).map_or(name, String::as_str)
}

/// What a rule looks for.
pub(super) fn rule(voice: &Voice, rule: &str) -> &'static str {
    let own = words(voice.language).and_then(|words| words.rules.get(rule));
    own.map_or_else(|| explain::words(rule), String::as_str)
}

/// Types with how many places each has, the most frequent first.
pub(super) fn counted<'a>(voice: &Voice, counts: impl IntoIterator<Item = (&'a str, usize)>) -> String {
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let told = counts.iter().map(|(name, count)| format!("{} {count}", cell(voice, name)));
    told.collect::<Vec<_>>().join(&voice.say("list.comma", &[]))
}

/// Reads a type: its name, or the word for it in any of the languages.
pub(super) fn parse_type(word: &str) -> Option<Kind> {
    let by_name = || Kind::parse(&word.to_ascii_uppercase().replace([' ', '-'], "_"));
    let by_word = || {
        let all: BTreeMap<&str, &str> = [&*ZH_CN, &*ZH_TW]
            .into_iter()
            .flat_map(|words| words.types.iter().map(|(name, word)| (word.as_str(), name.as_str())))
            .collect();
        all.get(word).and_then(|name| Kind::parse(name))
    };
    by_name().or_else(by_word)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::cli::environment::Environment;

    /// The rules that the engine explains, as its source names them.
    fn rules() -> BTreeSet<String> {
        let source = include_str!("../../redaction/explain.rs");
        let arms = source.split_once("match rule {").unwrap().1.split_once("_ =>").unwrap().0;
        let mut rules = BTreeSet::new();
        for line in arms.lines() {
            let before = line.split("=>").next().unwrap();
            if line.contains("=>") || line.trim_start().starts_with('|') {
                rules.extend(before.split('"').skip(1).step_by(2).map(str::to_owned));
            }
        }
        rules
    }

    #[test]
    fn every_type_and_every_rule_has_words_in_both_chinese() {
        let rules = rules();
        assert!(rules.len() > 50 && rules.contains("mobile-cn"), "{rules:?}");
        let types: BTreeSet<String> = Kind::ALL
            .iter()
            .map(|kind| kind.as_str())
            .chain(["PARTY", "DOCUMENT", "NOTHING", "EMBEDDED_FILE"])
            .map(str::to_owned)
            .collect();
        for words in [&*ZH_CN, &*ZH_TW] {
            assert_eq!(words.rules.keys().cloned().collect::<BTreeSet<_>>(), rules);
            assert_eq!(words.types.keys().cloned().collect::<BTreeSet<_>>(), types);
        }
    }

    #[test]
    fn a_type_is_named_as_people_or_as_programs_call_it() {
        assert_eq!(parse_type("phone"), Some(Kind::Phone));
        assert_eq!(parse_type("ID-CARD"), Some(Kind::IdCard));
        assert_eq!(parse_type("电话号码"), Some(Kind::Phone));
        assert_eq!(parse_type("電話號碼"), Some(Kind::Phone));
        assert_eq!(parse_type("当事人"), None, "this is what a cell may announce, and no type");
    }

    #[test]
    fn counts_begin_with_the_most_frequent() {
        let voice = Voice::new(Some(Language::ZhCn), false, &Environment::default());
        assert_eq!(counted(&voice, [("DATE", 1), ("PHONE", 3)]), "电话号码 3、日期 1");
    }
}
