//! PDF: its text with every glyph in its place, pictures of its pages, and redaction that builds anew.
//!
//! Bytes come in, data goes out. It is made to run in a child process with little memory and time: what the
//! checks before parsing do not stop (they cannot see everything), ends there.
//!
//! - [`open`] checks the bytes and opens them; [`read`] reads every page and what else the file holds.
//! - [`render`] paints a page.
//! - [`redact`] makes a new file in which the given stretches are hidden, and tests it.

mod area;
mod backdrop;
mod collect;
mod document;
mod expansion;
mod facts;
mod fault;
mod fold;
mod fonts;
mod glyph;
mod ink;
mod layout;
mod open;
mod read;
mod rebuild;
mod render;
mod second;
#[cfg(test)]
pub(in crate::document) mod testing;
mod unpack;
mod verify;

pub use area::Area;
pub use document::{Document, LineOfText, Order, Page};
pub use facts::{Coverage, EmbeddedFile, Facts, Said, SaidAs, Signature};
pub use fault::{Doubt, Refused, Residue};
pub(crate) use fold::Values;
pub use fold::find;
pub use fonts::Fonts;
pub use glyph::{Picture, Unseen};
pub use open::{Opened, open};
pub use read::read;
pub use rebuild::{Coding, Hide, LookedAt, Outcome, PixelBox, Redacted, Settings, redact, redacted_picture};
pub use render::{packed_picture, render};

#[cfg(test)]
mod tests;
