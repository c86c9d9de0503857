//! Search over sealed text: what the index may hold, what a query asks of it, and how a hit is
//! settled on the decrypted text.
//!
//! Promises that a word written in either Chinese script, in any width or case, broken over lines
//! or grouped by signs is found by its other spellings. Must never put a readable word into the
//! index, and never fail on any text.

mod content;
mod fold;
mod keyed;
mod query;
mod reading;
mod shown;
mod snippet;
mod token;
mod unit;

pub use content::ContentIndex;
pub use keyed::subject_token;
pub use query::{Alternatives, BadQuery, Matching, Query};
pub use shown::{HIDDEN, to_blocks};
pub use snippet::{Snippet, SnippetPiece, snippet};
pub use token::{Domain, SubjectToken, Token};

#[cfg(test)]
mod tests;
