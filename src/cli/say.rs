//! The command line's own words, in three languages. Words of refusals are those of `words`.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::words::{self, Language};

type Locale = HashMap<String, String>;

static ZH_CN: LazyLock<Locale> = LazyLock::new(|| {
    read([
        include_str!("locales/zh-CN.toml"),
        include_str!("locales/faults/zh-CN.toml"),
        include_str!("locales/policy/zh-CN.toml"),
        include_str!("locales/law/zh-CN.toml"),
    ])
});
static ZH_TW: LazyLock<Locale> = LazyLock::new(|| {
    read([
        include_str!("locales/zh-TW.toml"),
        include_str!("locales/faults/zh-TW.toml"),
        include_str!("locales/policy/zh-TW.toml"),
        include_str!("locales/law/zh-TW.toml"),
    ])
});
static EN: LazyLock<Locale> = LazyLock::new(|| {
    read([
        include_str!("locales/en.toml"),
        include_str!("locales/faults/en.toml"),
        include_str!("locales/policy/en.toml"),
        include_str!("locales/law/en.toml"),
    ])
});

fn read(texts: [&str; 4]) -> Locale {
    let words = |text| toml::from_str::<Locale>(text).expect("the compiled-in words are read by a test");
    texts.into_iter().flat_map(words).collect()
}

fn locale(language: Language) -> &'static Locale {
    match language {
        Language::ZhCn => &ZH_CN,
        Language::ZhTw => &ZH_TW,
        Language::En => &EN,
    }
}

/// The words under `key`, with `{name}` filled in. A key without words shows itself.
pub fn say(language: Language, key: &str, facts: &[(&str, &str)]) -> String {
    let Some(pattern) = locale(language).get(key) else { return key.to_owned() };
    let mut filled = String::with_capacity(pattern.len() + 32);
    let mut rest = pattern.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        filled.push_str(facts.iter().find(|(known, _)| *known == name).map_or("…", |(_, fact)| fact));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// The word for a closed word of the archive (a kind, a state, a gap): itself where it has none.
/// Words that refusals tell too are those of `words`.
pub fn word(language: Language, group: &str, code: &str) -> String {
    let own = locale(language).get(&format!("{group}.{code}")).map(String::as_str);
    own.or_else(|| words::term(language, group, code)).unwrap_or(code).to_owned()
}

/// The closed word that somebody typed: itself, or the one that has this word in one of the
/// languages. What is none goes on as it is, for the archive to refuse.
pub fn code_of(group: &str, typed: &str) -> String {
    let typed = typed.trim();
    let found = Language::ALL.into_iter().find_map(|language| words::code_of(language, group, typed));
    found.unwrap_or(typed).to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::access::role::Role;
    use crate::access::two_person::TwoPersonAction;
    use crate::record::case::{CaseState, EventKind};
    use crate::record::gaps::GapCode;
    use crate::record::kind::{Kind, Subkind};
    use crate::record::lineage::LinkKind;
    use crate::record::matter::{MatterKind, MatterState};
    use crate::record::party::PartyRole;
    use crate::record::state::RecordState;

    fn placeholders(text: &str) -> BTreeSet<String> {
        text.split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    #[test]
    fn every_sentence_is_said_in_every_language_with_the_same_facts() {
        let shape = |language: Language| -> BTreeMap<String, BTreeSet<String>> {
            locale(language).iter().map(|(key, text)| (key.clone(), placeholders(text))).collect()
        };
        assert_eq!(shape(Language::En), shape(Language::ZhCn));
        assert_eq!(shape(Language::En), shape(Language::ZhTw));
    }

    #[test]
    fn every_sentence_that_is_said_has_words() {
        let mut sources = Vec::new();
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli")];
        folders.push(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo"));
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(folder) else { continue };
            for entry in entries {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    sources.push(std::fs::read_to_string(path).unwrap());
                }
            }
        }
        let mut said = 0;
        for source in &sources {
            for start in [
                ".say(\"",
                ".reworded(\"",
                "Failure::usage(\"",
                "Failure::declined(\"",
                ".remark(\"",
                "later(run, \"",
            ] {
                for rest in source.split(start).skip(1) {
                    let key = rest.split('"').next().unwrap();
                    said += 1;
                    assert!(EN.contains_key(key), "no words for {key}");
                }
            }
        }
        for source in &sources {
            for rest in source.split("Failure::system(\"").skip(1) {
                let key = format!("doing.{}", rest.split('"').next().unwrap());
                assert!(EN.contains_key(&key), "no words for {key}");
            }
        }
        assert!(said > 10, "{said}");
    }

    #[test]
    fn every_closed_word_has_words_in_every_language() {
        fn words<T: Copy>(
            all: impl IntoIterator<Item = T>,
            word: fn(T) -> &'static str,
        ) -> Vec<&'static str> {
            all.into_iter().map(word).collect()
        }
        use CaseState::{Closed, Open, Paused, Resolved};
        let groups = [
            ("gap", GapCode::WORDS.to_vec()),
            ("event", words(EventKind::ALL, EventKind::as_str)),
            ("case_state", words([Open, Paused, Resolved, Closed], CaseState::as_str)),
            ("record_state", RecordState::WORDS.to_vec()),
            ("role", PartyRole::WORDS.to_vec()),
            ("link", LinkKind::WORDS.to_vec()),
            ("kind", words(Kind::all(), Kind::as_str)),
            ("kind", Subkind::WORDS.to_vec()),
            ("matter_kind", MatterKind::WORDS.to_vec()),
            ("matter_state", MatterState::WORDS.to_vec()),
            ("user_role", words(Role::ALL, Role::as_str)),
            ("step", words(TwoPersonAction::ALL, TwoPersonAction::as_str)),
        ];
        for (group, codes) in groups {
            assert!(!codes.is_empty(), "{group}");
            for (code, language) in codes.iter().flat_map(|code| Language::ALL.map(|one| (code, one))) {
                let key = format!("{group}.{code}");
                let own = locale(language).contains_key(&key);
                assert!(own || words::term(language, group, code).is_some(), "{}: {key}", language.tag());
            }
        }
    }

    #[test]
    fn no_word_is_kept_in_two_places() {
        for (key, text) in Language::ALL.into_iter().flat_map(locale) {
            let Some((group, code)) = key.split_once('.') else { continue };
            assert_eq!(words::term(Language::En, group, code), None, "{key}: {text}");
        }
    }

    #[test]
    fn no_fact_can_pass_for_a_placeholder() {
        let said = say(Language::En, "listening", &[("address", "{address}")]);
        assert!(said.ends_with("{address}"), "{said}");
    }
}
