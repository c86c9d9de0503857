//! The facts of a refusal, and how each language writes them.

use serde_json::Value;

use super::catalogue;
use super::language::Language;
use crate::base::moment::Moment;

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub u64);

/// A time to wait, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seconds(pub u64);

/// A closed word of the archive (a state, an event, a role): people read it in their language,
/// programs as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The set that the word is of, as in the catalogue: `case_state`, `user_role`.
    pub group: &'static str,
    /// The word as programs see it.
    pub code: Box<str>,
}

impl Term {
    /// A word of a set.
    pub fn new(group: &'static str, code: impl Into<Box<str>>) -> Self {
        Self { group, code: code.into() }
    }

    /// As people read it.
    fn to_words(&self, language: Language) -> &str {
        catalogue::term(language, self.group, &self.code).unwrap_or(&self.code)
    }
}

/// One fact. Facts name fields, places, limits and ids; never what a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A name, an id, a place.
    Text(String),
    /// A count.
    Count(u64),
    /// A size.
    Bytes(Bytes),
    /// A time to wait.
    Seconds(Seconds),
    /// An instant.
    Moment(Moment),
    /// A closed word.
    Term(Term),
    /// Several closed words, one of which is to be given.
    Terms(Vec<Term>),
    /// Several names.
    List(Vec<String>),
}

/// Facts by the names that the catalogue's placeholders have.
pub type Facts = Vec<(&'static str, Fact)>;

impl Fact {
    /// As people read it.
    pub fn to_words(&self, language: Language) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Term(term) => term.to_words(language).to_owned(),
            Self::Count(count) => count.to_string(),
            Self::Bytes(bytes) => bytes_in_words(*bytes, language),
            Self::Seconds(seconds) => seconds_in_words(*seconds, language),
            Self::Moment(at) => at.to_seconds_text(),
            Self::Terms(terms) => {
                let told = terms.iter().map(|Term { group, code }| match language {
                    // The code is what has to be typed; in English it is the word itself.
                    Language::En => code.to_string(),
                    Language::ZhCn | Language::ZhTw => match catalogue::term(language, group, code) {
                        Some(word) => format!("{code}（{word}）"),
                        None => code.to_string(),
                    },
                });
                told.collect::<Vec<_>>().join(comma(language))
            }
            Self::List(names) => names.join(comma(language)),
        }
    }

    /// As programs read it.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Term(term) => Value::from(&*term.code),
            Self::Count(number) | Self::Bytes(Bytes(number)) | Self::Seconds(Seconds(number)) => {
                Value::from(*number)
            }
            Self::Moment(at) => Value::from(at.to_rfc3339()),
            Self::Terms(terms) => terms.iter().map(|term| Value::from(&*term.code)).collect(),
            Self::List(names) => Value::from(names.clone()),
        }
    }
}

const fn comma(language: Language) -> &'static str {
    match language {
        Language::ZhCn | Language::ZhTw => "、",
        Language::En => ", ",
    }
}

/// `8 GiB`, or the exact number where it is no whole multiple.
fn bytes_in_words(Bytes(bytes): Bytes, language: Language) -> String {
    let unit = match language {
        Language::ZhCn => "字节",
        Language::ZhTw => "位元組",
        Language::En => "bytes",
    };
    let binary = [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match binary.into_iter().find(|(_, size)| bytes >= *size && bytes % size == 0) {
        Some((name, size)) => format!("{} {name}", bytes / size),
        None => format!("{bytes} {unit}"),
    }
}

fn seconds_in_words(Seconds(seconds): Seconds, language: Language) -> String {
    let (number, unit) = if seconds >= 120 { (seconds.div_ceil(60), true) } else { (seconds, false) };
    let unit = match (language, unit) {
        (Language::ZhCn, true) => "分钟",
        (Language::ZhTw, true) => "分鐘",
        (Language::ZhCn | Language::ZhTw, false) => "秒",
        (Language::En, true) => "minutes",
        (Language::En, false) if number == 1 => "second",
        (Language::En, false) => "seconds",
    };
    format!("{number} {unit}")
}

macro_rules! facts_from {
    ($($from:ty => |$value:ident| $fact:expr;)+) => {$(
        impl From<$from> for Fact {
            fn from($value: $from) -> Self {
                $fact
            }
        }
    )+};
}

facts_from! {
    String => |text| Self::Text(text);
    Term => |term| Self::Term(term);
    Box<Term> => |term| Self::Term(*term);
    u64 => |count| Self::Count(count);
    Bytes => |bytes| Self::Bytes(bytes);
    Seconds => |seconds| Self::Seconds(seconds);
    Moment => |at| Self::Moment(at);
    Vec<String> => |names| Self::List(names);
    Vec<Term> => |terms| Self::Terms(terms);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_waits_are_written_as_people_say_them() {
        let say = |fact: Fact, language| fact.to_words(language);
        assert_eq!(say(Bytes(8 << 30).into(), Language::En), "8 GiB");
        assert_eq!(say(Bytes(1025).into(), Language::ZhTw), "1025 位元組");
        assert_eq!(say(Bytes(0).into(), Language::ZhCn), "0 字节");
        assert_eq!(say(Seconds(1).into(), Language::En), "1 second");
        assert_eq!(say(Seconds(61).into(), Language::ZhCn), "61 秒");
        assert_eq!(say(Seconds(121).into(), Language::ZhTw), "3 分鐘");
        assert_eq!(say(vec!["GET".to_owned(), "PUT".to_owned()].into(), Language::ZhCn), "GET、PUT");
    }
}
