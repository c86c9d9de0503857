//! Types and rules of the engine that finds personal data, in the reader's language. In English the engine
//! speaks for itself.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::Language;
use crate::redaction::explain;

/// The words of one language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PiiWords {
    /// Types, and what a cell may announce, by their names.
    pub types: HashMap<String, String>,
    /// What a rule looks for, by its name.
    pub rules: HashMap<String, String>,
}

static ZH_CN: LazyLock<PiiWords> = LazyLock::new(|| read(include_str!("locales/pii.zh-CN.toml")));
static ZH_TW: LazyLock<PiiWords> = LazyLock::new(|| read(include_str!("locales/pii.zh-TW.toml")));

fn read(text: &str) -> PiiWords {
    toml::from_str(text).expect("the compiled-in words are read by a test")
}

/// The words of a language that has its own.
pub fn pii_words(language: Language) -> Option<&'static PiiWords> {
    match language {
        Language::ZhCn => Some(&ZH_CN),
        Language::ZhTw => Some(&ZH_TW),
        Language::En => None,
    }
}

/// What a rule looks for.
pub fn pii_rule(language: Language, rule: &str) -> &'static str {
    let own = pii_words(language).and_then(|words| words.rules.get(rule));
    own.map_or_else(|| explain::words(rule), String::as_str)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::redaction::Kind;

    /// The rules that the engine explains, as its source names them.
    fn rules() -> BTreeSet<String> {
        let source = include_str!("../redaction/explain.rs");
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
    fn a_rule_speaks_the_readers_language() {
        for (language, word) in [(Language::ZhCn, "手机"), (Language::ZhTw, "手機"), (Language::En, "mobile")]
        {
            assert!(pii_rule(language, "mobile-cn").contains(word), "{}", pii_rule(language, "mobile-cn"));
        }
    }
}
