//! Why a PDF is not read, and why a page of one is not trusted.

use crate::base::limits::{
    EXTRACT_BYTES_MAX, PDF_DOTS_PER_INCH_MAX, PDF_PAGES_MAX, PDF_PIXELS_MAX, PDF_UNPACKED_BYTES_MAX,
};
use crate::base::words::words;

/// Why a PDF is not read, or nothing is made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Larger than is read at all.
    #[error("it has {bytes} bytes; at most {EXTRACT_BYTES_MAX} are read")]
    TooLarge {
        /// Its bytes.
        bytes: usize,
    },
    /// It breaks the rules of the format beyond what can be mended, or has no page.
    #[error("it is not well-formed PDF")]
    Malformed,
    /// It opens with a password only.
    #[error("it opens with a password only")]
    Encrypted,
    /// Packed so tightly that it would swell beyond what is read.
    #[error("it unpacks to more than is read, at most {PDF_UNPACKED_BYTES_MAX} bytes")]
    Swells,
    /// It has more pages than are read.
    #[error("it has {pages} pages; at most {PDF_PAGES_MAX} are read")]
    TooManyPages {
        /// Its pages.
        pages: usize,
    },
    /// There is no such page.
    #[error("it has no page {page}")]
    NoSuchPage {
        /// Counted from 1.
        page: usize,
    },
    /// No picture is made of the page.
    #[error(
        "no picture is made of page {page}: at most {PDF_DOTS_PER_INCH_MAX} dots per inch and {PDF_PIXELS_MAX} pixels"
    )]
    TooManyPixels {
        /// Counted from 1.
        page: usize,
    },
    /// What was to be hidden lies outside of the text.
    #[error("bytes {start} to {end} are not within the text")]
    NotInText {
        /// The first byte.
        start: usize,
        /// The byte behind the last.
        end: usize,
    },
    /// The new file could not be written.
    #[error("the new file could not be written")]
    Unwritten,
    /// The new file holds something that it must not: it is not given out.
    #[error("the new file did not stand the test: {}", residue.as_str())]
    Residue {
        /// What was found.
        residue: Residue,
    },
}

words! {
    /// Why what a page says is not known for certain.
    Doubt {
        /// The file does not say which characters some glyphs are.
        UnknownGlyphs = "unknown_glyphs",
        /// A picture covers more than a twentieth of the page: it may show text.
        Picture = "picture",
        /// There is a picture and no text: a scan.
        Scan = "scan",
        /// Text that is not seen, or painted over: what is seen may say something else.
        UnseenText = "unseen_text",
        /// Two readers found different text.
        ReadersDisagree = "readers_disagree",
        /// A font is not in the file, and none stands in for it: the page cannot be drawn as it is meant.
        FontMissing = "font_missing",
        /// Shapes that look like letters and are none.
        DrawnLetters = "drawn_letters",
        /// More glyphs or operators than are read.
        TooMuch = "too_much",
        /// The page is too large, or has none of the size it claims.
        Size = "size",
    }
}

words! {
    /// What the test of a new file found.
    Residue {
        /// A value that was to be hidden, in the bytes or a stream.
        InBytes = "value_in_bytes",
        /// A value that was to be hidden, in the text that another reader found.
        InText = "value_in_text",
        /// An object or an entry that such a file does not have.
        Structure = "structure",
        /// The file cannot be read again.
        Unreadable = "unreadable",
        /// A box that is not filled evenly.
        Box = "box",
        /// A page that is not as large as it was, or not there.
        Pages = "pages",
    }
}
