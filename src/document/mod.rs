//! The text of documents: for search, and for finding personal data.
//!
//! Promises that what comes out is exactly what the document says, with the place of each stretch.
//! Must never panic, never take more than linear time, and never guess: what cannot be read without
//! a fault is refused with the place of the fault.

mod encoding;
mod extract;
mod markup;
mod oddity;
mod office;
mod package;
mod part;
pub mod pdf;
mod plausible;
mod points;
pub mod protocol;
mod read;
mod redact;
pub mod rendition;
mod residue;
mod sniff;
#[cfg(test)]
mod testing;

pub use encoding::{Charset, Declaration, Decoded, NotText, decode, decode_table};
pub use extract::{Refused, Source, characters, extract, extract_as, extract_with};
pub use oddity::Oddity;
pub use part::{Child, Doubtful, Extracted, Part, Rectangle, Role};
pub use points::CodePoints;
pub use read::read;
pub use redact::{Copy, Found, Hide, Hides, Joined, Slips, With, Withheld, redact};
pub use residue::Residues;
pub use sniff::{Format, Sniffed, sniff};
