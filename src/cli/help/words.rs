//! The words of `--help`. English words of verbs and arguments stand beside each in `args`; here
//! are those of the other languages, and the headings and examples of all.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::words::Language;

/// The words of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    #[serde(skip)]
    pub(super) language: Language,
    pub(super) headings: HashMap<String, String>,
    /// What stands in angle brackets for a value.
    pub(super) names: HashMap<String, String>,
    /// By the verb's words: `case list`; the program itself is the empty one.
    pub(super) verbs: HashMap<String, String>,
    /// By the argument's id, or by `case list/state` for one verb alone.
    pub(super) arguments: HashMap<String, String>,
    /// By `replace=service`.
    pub(super) values: HashMap<String, String>,
    /// What each does, and the command, by the verb's words.
    pub(super) examples: HashMap<String, Vec<[String; 2]>>,
}

static ZH_CN: LazyLock<Words> =
    LazyLock::new(|| read(Language::ZhCn, include_str!("../locales/help.zh-CN.toml")));
static ZH_TW: LazyLock<Words> =
    LazyLock::new(|| read(Language::ZhTw, include_str!("../locales/help.zh-TW.toml")));
static EN: LazyLock<Words> = LazyLock::new(|| read(Language::En, include_str!("../locales/help.en.toml")));

fn read(language: Language, text: &str) -> Words {
    let words: Words = toml::from_str(text).expect("the compiled-in words are read by a test");
    Words { language, ..words }
}

impl Words {
    /// Those of a language.
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::ZhCn => &ZH_CN,
            Language::ZhTw => &ZH_TW,
            Language::En => &EN,
        }
    }

    /// A heading; a key without words shows itself.
    pub(super) fn heading<'a>(&'a self, key: &'a str) -> &'a str {
        self.headings.get(key).map_or(key, String::as_str)
    }

    /// What a verb does.
    pub(super) fn verb(&self, path: &str) -> Option<&str> {
        self.verbs.get(path).map(String::as_str)
    }

    /// What an argument of a verb is for: its own words there, or those that it has everywhere.
    pub(super) fn argument(&self, path: &str, id: &str) -> Option<&str> {
        let own = self.arguments.get(&format!("{path}/{id}"));
        own.or_else(|| self.arguments.get(id)).map(String::as_str)
    }

    /// What one of the values that an argument can have means.
    pub(super) fn value(&self, id: &str, value: &str) -> Option<&str> {
        self.values.get(&format!("{id}={value}")).map(String::as_str)
    }
}
