//! A redaction profile: what is done with each type, for which readers. Read from a TOML file;
//! six are shipped. A type that a profile does not name is hidden (fail closed).
//!
//! ```toml
//! name = "opposing-party"
//! version = 1
//! default = "tag"
//! review_below = 50
//! allow = ["400-650-8899"]
//! deny = ["项目天鹅"]
//!
//! [types]
//! PERSON = "pseudonym"
//! PHONE = { mask = [3, 4] }
//! DATE = "keep"
//!
//! [[recogniser]]
//! type = "CONTRACT"
//! pattern = 'HT-\d{8}'
//! ```

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use super::kind::Kind;
use super::operate::Operator;
use crate::base::digest::Digest;

/// Most recognisers, allowed and denied words of a policy together.
const ENTRIES_MOST: usize = 2_000;
/// Longest pattern or word, in characters.
const ENTRY_CHARS_MOST: usize = 512;
/// The type of a word that is always hidden.
pub(super) const DENIED: &str = "DENIED";
/// Bytes that a compiled pattern may take.
const PATTERN_BYTES_MOST: usize = 1 << 20;

/// A profile, read and checked.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its name, for reports.
    pub name: String,
    /// Its version, for reports.
    pub version: u32,
    /// SHA-256 of the file that it was read from.
    pub digest: Digest,
    /// Spans less sure than this go to a reviewer; they are hidden all the same.
    pub review_below: u8,
    /// Whether the values of the person who asks stay (data-subject requests).
    pub own_kept: bool,
    default: Operator,
    operators: BTreeMap<String, Operator>,
    recognisers: Vec<Recogniser>,
    allow: Vec<String>,
    deny: Vec<String>,
}

/// A recogniser of the policy.
#[derive(Debug, Clone)]
pub struct Recogniser {
    /// The name of its type.
    pub kind: String,
    /// Its pattern: bounded in size, and matched in linear time.
    pub pattern: Regex,
}

/// Why a text is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    /// Not the expected TOML.
    #[error("not a policy: {reason}")]
    Form {
        /// What the reader of TOML says, with line and column.
        reason: String,
    },
    /// No operator of that name.
    #[error("{kind}: no operator is named {word}")]
    Operator {
        /// The type.
        kind: String,
        /// The word found.
        word: String,
    },
    /// A pattern that does not compile within its bounds.
    #[error("the pattern of {kind} does not compile: {reason}")]
    Pattern {
        /// The type.
        kind: String,
        /// What the compiler of patterns says.
        reason: String,
    },
    /// Too many or too long entries.
    #[error("a policy may have {ENTRIES_MOST} entries of {ENTRY_CHARS_MOST} characters at most")]
    TooLarge,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    version: u32,
    #[serde(default)]
    default: Option<Written>,
    #[serde(default)]
    review_below: Option<u8>,
    #[serde(default)]
    own_kept: bool,
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    deny: Vec<String>,
    #[serde(default)]
    types: BTreeMap<String, Written>,
    #[serde(default)]
    recogniser: Vec<WrittenRecogniser>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Word(String),
    Mask { mask: (usize, usize) },
    Pool { pool: u32 },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRecogniser {
    r#type: String,
    pattern: String,
}

impl Policy {
    /// Reads a policy.
    pub fn parse(text: &str) -> Result<Self, BadPolicy> {
        let file: File =
            toml::from_str(text).map_err(|error| BadPolicy::Form { reason: error.to_string() })?;
        let entries = file.allow.len() + file.deny.len() + file.recogniser.len() + file.types.len();
        let long = |word: &String| word.chars().count() > ENTRY_CHARS_MOST || word.trim().is_empty();
        if entries > ENTRIES_MOST || file.allow.iter().chain(&file.deny).any(long) {
            return Err(BadPolicy::TooLarge);
        }
        let mut operators = BTreeMap::new();
        for (kind, written) in &file.types {
            operators.insert(kind.clone(), operator(kind, written)?);
        }
        let default =
            file.default.as_ref().map_or(Ok(Operator::Tag), |written| operator("default", written))?;
        let recognisers = file.recogniser.into_iter().map(recogniser).collect::<Result<_, _>>()?;
        Ok(Self {
            name: file.name,
            version: file.version,
            digest: Digest::of(text.as_bytes()),
            review_below: file.review_below.unwrap_or(45),
            own_kept: file.own_kept,
            // To keep whatever is unknown would be to fail open.
            default: if default == Operator::Keep && !operators.is_empty() { Operator::Tag } else { default },
            operators,
            recognisers,
            allow: file.allow.iter().map(|word| crate::base::text::fold_name(word)).collect(),
            deny: file.deny,
        })
    }

    /// A shipped profile, or `None` if none has that name.
    pub fn shipped(name: &str) -> Option<Self> {
        Self::parse(Self::shipped_text(name)?).ok()
    }

    /// The same with one more recogniser.
    ///
    /// # Errors
    /// The pattern does not compile within its bounds.
    pub fn and(mut self, kind: &str, pattern: &str) -> Result<Self, BadPolicy> {
        let written = WrittenRecogniser { r#type: kind.to_owned(), pattern: pattern.to_owned() };
        self.recognisers.push(recogniser(written)?);
        Ok(self)
    }

    /// The same with words that are hidden wherever they stand so written, whatever else is done with their type.
    #[must_use]
    pub fn denying(mut self, words: impl IntoIterator<Item = String>) -> Self {
        self.deny.extend(words.into_iter().filter(|word| !word.is_empty()));
        self.hiding(DENIED).hiding(Kind::Custom.as_str())
    }

    /// The same, but values of a type are hidden that it would keep.
    fn hiding(mut self, kind: &str) -> Self {
        if self.operator_named(kind) == Operator::Keep {
            self.operators.insert(kind.to_owned(), Operator::Tag);
        }
        self
    }

    /// The text of a shipped profile.
    pub fn shipped_text(name: &str) -> Option<&'static str> {
        SHIPPED.iter().find(|(shipped, _)| *shipped == name).map(|(_, text)| *text)
    }

    /// The names of the shipped profiles.
    pub fn shipped_names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// What is done with a type.
    pub fn operator(&self, kind: Kind) -> Operator {
        self.operator_named(kind.as_str())
    }

    /// What is done with a type of the policy's own.
    pub fn operator_named(&self, kind: &str) -> Operator {
        self.operators.get(kind).copied().unwrap_or(self.default)
    }

    /// True if the policy says what to do with ages, sums or reference numbers: these are looked for
    /// only then.
    pub fn names_traces(&self) -> bool {
        let sought = |kind: &&Kind| {
            let operator = self.operators.get(kind.as_str());
            kind.is_trace() && operator.is_some_and(|operator| *operator != Operator::Keep)
        };
        Kind::ALL.iter().any(|kind| sought(&kind))
    }

    /// True if values of some type are exchanged for others.
    pub fn exchanges(&self) -> bool {
        self.default == Operator::Surrogate
            || self.operators.values().any(|operator| *operator == Operator::Surrogate)
    }

    /// The policy's own recognisers.
    pub fn recognisers(&self) -> &[Recogniser] {
        &self.recognisers
    }

    /// Words that are always hidden.
    pub fn denied(&self) -> &[String] {
        &self.deny
    }

    /// True if a value is allowed to stay.
    pub fn allows(&self, folded: &str) -> bool {
        self.allow.iter().any(|word| word == folded)
    }
}

const SHIPPED: [(&str, &str); 6] = [
    ("court", include_str!("../../policies/redaction/court.toml")),
    ("opposing-party", include_str!("../../policies/redaction/opposing-party.toml")),
    ("auditor", include_str!("../../policies/redaction/auditor.toml")),
    ("dsar", include_str!("../../policies/redaction/dsar.toml")),
    ("teaching", include_str!("../../policies/redaction/teaching.toml")),
    ("hipaa-safe-harbor", include_str!("../../policies/redaction/hipaa-safe-harbor.toml")),
];

fn operator(kind: &str, written: &Written) -> Result<Operator, BadPolicy> {
    let word = match written {
        Written::Mask { mask: (first, last) } => return Ok(Operator::Mask { first: *first, last: *last }),
        Written::Pool { pool } => return Ok(Operator::Pool { from: *pool }),
        Written::Word(word) => word,
    };
    Ok(match word.as_str() {
        "remove" => Operator::Remove,
        "tag" => Operator::Tag,
        "mask" => Operator::Mask { first: 0, last: 0 },
        "hash" => Operator::Hash,
        "token" => Operator::Token,
        "pseudonym" => Operator::Pseudonym,
        "surrogate" => Operator::Surrogate,
        "shift" => Operator::Shift,
        "coarse" => Operator::Coarse,
        "keep" => Operator::Keep,
        _ => return Err(BadPolicy::Operator { kind: kind.to_owned(), word: word.clone() }),
    })
}

fn recogniser(written: WrittenRecogniser) -> Result<Recogniser, BadPolicy> {
    if written.pattern.chars().count() > ENTRY_CHARS_MOST {
        return Err(BadPolicy::TooLarge);
    }
    let pattern = RegexBuilder::new(&written.pattern)
        .size_limit(PATTERN_BYTES_MOST)
        .dfa_size_limit(PATTERN_BYTES_MOST)
        .build()
        .map_err(|error| BadPolicy::Pattern { kind: written.r#type.clone(), reason: error.to_string() })?;
    Ok(Recogniser { kind: written.r#type, pattern })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_profile_is_read_and_hides_what_it_does_not_name() {
        for name in Policy::shipped_names() {
            let policy = Policy::shipped(name).unwrap();
            assert_eq!(policy.name, name);
            if name != "court" {
                assert_ne!(policy.operator_named("A_TYPE_OF_TOMORROW"), Operator::Keep, "{name}");
                assert_ne!(policy.operator(Kind::Secret), Operator::Keep, "{name}");
            }
        }
    }

    #[test]
    fn what_is_misspelt_is_refused() {
        let head = "name = 'x'\nversion = 1\n";
        for bad in [
            "[types]\nPHONE = 'hide'",
            "unknown = 1",
            "allow = ['']",
            "[[recogniser]]\ntype='A'\npattern='('",
            "[[recogniser]]\ntype='A'\npattern='(a{1000}){1000}'",
        ] {
            assert!(Policy::parse(&format!("{head}{bad}")).is_err(), "{bad}");
        }
        assert!(Policy::parse(&format!("{head}[types]\nPHONE = {{ mask = [3, 4] }}")).is_ok());
    }
}
