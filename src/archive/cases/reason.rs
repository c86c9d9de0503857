//! Why something was said or taken back, in words that are sealed.

use crate::base::limits::REASON_CHARS_MAX;
use crate::base::text::{self, BadLabel};

/// An explanation or a reason: never blank, at most 500 characters. `Debug` withholds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// Reads free text.
    ///
    /// # Errors
    /// Blank, too long, or with control characters.
    pub fn parse(text: &str) -> Result<Self, BadLabel> {
        text::prose(text, REASON_CHARS_MAX).map(Self)
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[withheld]")
    }
}
