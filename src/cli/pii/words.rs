//! Types and rules of the engine in the reader's language. In English the engine speaks for itself.

use std::collections::BTreeMap;

use crate::cli::voice::Voice;
use crate::redaction::kind::Kind;
use crate::words::{Language, pii_rule, pii_words};

/// A type, with the name that `--types` and profiles know it by.
pub(in crate::cli) fn type_of<'a>(voice: &Voice, name: &'a str) -> std::borrow::Cow<'a, str> {
    match pii_words(voice.language).and_then(|words| words.types.get(name)) {
        Some(word) => format!("{word} {name}").into(),
        None => name.into(),
    }
}

/// What a cell's header announces: a type, without its name.
pub(super) fn cell<'a>(voice: &Voice, name: &'a str) -> &'a str {
    pii_words(voice.language).and_then(|words| words.types.get(name)).map_or(name, String::as_str)
}

/// What a rule looks for.
pub(super) fn rule(voice: &Voice, rule: &str) -> &'static str {
    pii_rule(voice.language, rule)
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
        let all: BTreeMap<&str, &str> = Language::ALL
            .into_iter()
            .filter_map(pii_words)
            .flat_map(|words| words.types.iter().map(|(name, word)| (word.as_str(), name.as_str())))
            .collect();
        all.get(word).and_then(|name| Kind::parse(name))
    };
    by_name().or_else(by_word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::environment::Environment;

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
