//! Redacted copies of documents: made anew from what is allowed to be seen, never edited; and looked through by
//! eyes that do not know how they were made.
//!
//! What cannot be made so, or not be proved, is withheld, with the reason.

mod docx;
mod docx_markup;
mod edits;
mod joined;
mod mail;
mod parts;
mod pdf;
mod picture;
mod pptx;
mod pptx_frame;
mod rtf;
mod verify;
mod write;
mod xlsx;

use std::ops::Range;

use zeroize::Zeroizing;

pub(super) use self::pdf::laid_out;
pub use joined::{Found, Joined};
pub(super) use picture::{Filled, filled};

use super::extract::{Refused, Source};
use super::oddity::Oddity;
use super::part::{Doubtful, Extracted};
use super::pdf::{Fonts, LookedAt};
use super::sniff::{Format, sniff};

/// A stretch of a document's text that shall not be seen.
#[derive(Clone)]
pub struct Hide {
    /// Its bytes in [`Extracted::text`].
    pub range: Range<usize>,
    /// What stands there instead; nothing, if it is empty.
    pub replacement: String,
}

/// What shall not be seen of a document, and of the documents inside it, one for each of its children.
#[derive(Clone, Default)]
pub struct Hides {
    /// Of its own text, in order, without overlap.
    pub own: Vec<Hide>,
    /// Of what it says in another order, likewise.
    pub again: Vec<Hide>,
    /// Of its children. Missing ones hide nothing.
    pub children: Vec<Hides>,
}

/// Words that stand where something was taken out; chosen by whoever speaks to people.
#[derive(Debug, Clone, Copy)]
pub struct Slips<'a> {
    /// In place of a picture.
    pub picture: &'a str,
    /// In place of an attachment.
    pub attachment: &'a str,
    /// On a page that is withheld.
    pub page: &'a str,
}

/// With what a copy is made.
#[derive(Debug, Clone, Copy)]
pub struct With<'a> {
    /// Words that stand where something was taken out.
    pub slips: Slips<'a>,
    /// Fonts that stand in where a PDF does not hold its own.
    pub fonts: &'a Fonts,
    /// Pages that a person has looked at, with what is to be filled in there.
    pub looked_at: &'a LookedAt,
}

/// Nobody has looked at anything.
pub static UNSEEN: LookedAt = LookedAt::new();

/// Why no redacted copy leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// It could not be read.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No redacted copy of this format is made.
    #[error("no redacted copy is made of {}", format.media_type())]
    NoCopy {
        /// The format.
        format: Format,
    },
    /// Its name says that it is something else.
    #[error("its name does not say what it is")]
    MisNamed,
    /// It is more than it seems.
    #[error("it is more than it seems: {0:?}")]
    Odd(Oddity),
    /// It has macros.
    #[error("it has macros")]
    Macros,
    /// What was judged is not what stands in the document.
    #[error("what was judged does not fit what stands in the document")]
    DoesNotFit,
    /// Something that should be gone is still there.
    #[error("something that should be gone is still there, in {part}")]
    Residue {
        /// Where, by the number of the part, from 1; 0 for the file as a whole.
        part: usize,
    },
    /// The copy has something that no redacted copy has.
    #[error("the copy has something that no redacted copy has, in part {part}")]
    Structure {
        /// Where, by the number of the part, from 1.
        part: usize,
    },
    /// Read back, the copy does not say what it should.
    #[error("read back, the copy does not say what it should")]
    NotAsMeant,
    /// Something was found that cannot be hidden for certain.
    #[error("something was found that cannot be hidden for certain")]
    Unproven,
    /// Of none of its pages it is certain what it says.
    #[error("of none of its pages it is certain what it says")]
    Pages,
    /// A picture: somebody has to look at it and say what is to be filled in.
    #[error("somebody has to look at it and say what is to be filled in")]
    NeedsReview,
    /// No picture can be made of one of its pages.
    #[error("no picture can be made of page {page}")]
    Unpainted {
        /// The page, counted from 1.
        page: usize,
    },
}

/// A page in whose place a slip stands.
pub type WithheldPage = Doubtful;

/// A redacted copy.
pub struct Copy {
    /// Its bytes.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Its format: a message of Outlook leaves as mail.
    pub format: Format,
    /// Pictures that were left out.
    pub pictures: usize,
    /// Children that were left out, by their number from 0, with the reason.
    pub withheld: Vec<(usize, Withheld)>,
    /// Pages that were left out, with the reasons; of a copy in pages alone.
    pub pages: Vec<WithheldPage>,
}

/// Makes a redacted copy of a document. `extracted` is what [`super::extract`] read from the same source; `hides` is
/// what was judged of it.
///
/// # Errors
/// The document is withheld.
pub fn redact(
    source: Source<'_>,
    extracted: &Extracted,
    hides: &Hides,
    with: With<'_>,
) -> Result<Copy, Withheld> {
    let slips = with.slips;
    let sniffed = sniff(source.bytes, source.name, source.media_type);
    if sniffed.format != extracted.format {
        return Err(Withheld::DoesNotFit);
    }
    if let Some(oddity) = sniffed.oddity {
        return Err(Withheld::Odd(oddity));
    }
    if !sniffed.name_agrees {
        return Err(Withheld::MisNamed);
    }
    let mut copy = match sniffed.format {
        Format::Docx => docx::copy(source.bytes, extracted, &hides.own, slips)?,
        Format::Xlsx => xlsx::copy(source.bytes, extracted, &hides.own)?,
        Format::Pptx => pptx::copy(source.bytes, extracted, &hides.own, slips)?,
        Format::Mail | Format::Msg => mail::copy(source, extracted, hides, with)?,
        Format::Pdf => pdf::copy(source.bytes, extracted, hides, with)?,
        Format::Rtf => rtf::copy(source.bytes, extracted, &hides.own)?,
        format => return Err(Withheld::NoCopy { format }),
    };
    if copy.format != Format::Mail {
        // Nothing embedded is carried over; pictures are counted where they stood.
        let left_out = extracted.children.iter().enumerate().filter(|(_, child)| !child.format.is_picture());
        copy.withheld
            .extend(left_out.map(|(number, child)| (number, Withheld::NoCopy { format: child.format })));
    }
    verify::check(&copy, extracted, hides, slips)?;
    Ok(copy)
}

#[cfg(test)]
mod tests;
