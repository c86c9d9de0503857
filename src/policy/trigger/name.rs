//! The names that triggers use: paths of fields, types of events, keys.

use std::fmt;
use std::sync::Arc;

use crate::base::limits::{CUSTOM_NAME_CHARS_MAX, TRIGGER_NAME_CHARS_MAX};

/// Why a text is no such name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// A path of a field is blank, too long, or has marks or control characters.
    #[error("a path of a field has no quotation marks, backslashes or control characters")]
    Path,
    /// A type of events is not lower-case words joined by `_`.
    #[error("a type of events is lower-case ASCII words joined by '_'")]
    Event,
    /// The name of a key is not lower-case words joined by `_`.
    #[error("the name of a key is lower-case ASCII words joined by '_'")]
    Key,
}

fn is_word(text: &str) -> bool {
    let words = || text.split('_');
    let whole =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.len() <= TRIGGER_NAME_CHARS_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && words().all(whole)
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident { $check:expr => $bad:expr })+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Reads one.
            ///
            /// # Errors
            /// Another form.
            pub fn parse(text: &str) -> Result<Self, BadName> {
                if $check(text) { Ok(Self(text.into())) } else { Err($bad) }
            }

            /// As written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

names! {
    /// The name of a typed or custom field: `birth_date`, `合同终止日`.
    MetaPath { is_path => BadName::Path }
    /// What happened: `relationship_ended`.
    EventType { is_word => BadName::Event }
    /// The name of a key: `customer`, `contract`, `case`.
    EventKey { is_word => BadName::Key }
}

fn is_path(text: &str) -> bool {
    let chars = text.chars().count();
    (1..=CUSTOM_NAME_CHARS_MAX).contains(&chars)
        && text.trim() == text
        && !text.chars().any(|c| c.is_control() || matches!(c, '"' | '\\'))
}
