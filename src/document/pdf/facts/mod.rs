//! What a file holds beside what its pages draw: notes, values of forms, bookmarks, what it says of
//! itself, scripts, embedded files, signatures. None of it is in a redacted copy; all of it is searched.

mod cms;
mod der;
mod signature;
mod strings;
mod walk;
mod xmp;

pub use signature::{Coverage, Signature};

use std::fmt;

use hayro_syntax::Pdf;
use zeroize::Zeroizing;

use super::area::Area;
use crate::base::secret::SecretBytes;
use crate::base::words::words;

words! {
    /// What something that a file says beside its pages is.
    SaidAs {
        /// A note on a page, its subject or its author.
        Annotation = "annotation",
        /// A field's name or value, and what may be chosen.
        FormValue = "form_value",
        /// A bookmark.
        Bookmark = "bookmark",
        /// Title, author, keywords, program and whatever else it says of itself.
        Information = "information",
        /// A script.
        Script = "script",
        /// Where a link leads.
        Link = "link",
        /// The name or description of an embedded file.
        FileName = "file_name",
    }
}

/// Something that a file says beside its pages.
pub struct Said {
    /// What it is.
    pub kind: SaidAs,
    /// What it says.
    pub text: Zeroizing<String>,
    /// The page that it belongs to, counted from 1.
    pub page: Option<u32>,
    /// Where on the page.
    pub area: Option<Area>,
}

/// A file within the file.
pub struct EmbeddedFile {
    /// Its name.
    pub name: Zeroizing<String>,
    /// Its bytes; `None` if they cannot be unpacked.
    pub bytes: Option<SecretBytes>,
}

/// What a file holds beside what its pages draw.
#[derive(Default)]
pub struct Facts {
    /// What it says, in the order in which it is found.
    pub said: Vec<Said>,
    /// The files within it.
    pub files: Vec<EmbeddedFile>,
    /// Its signatures.
    pub signatures: Vec<Signature>,
    /// How often it was saved by adding to it, counted from 1. What was there before is in the file still.
    pub revisions: usize,
    /// True if there was more than is read.
    pub is_cut: bool,
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("said", &self.said.len())
            .field("files", &self.files.len())
            .field("signatures", &self.signatures.len())
            .field("revisions", &self.revisions)
            .finish_non_exhaustive()
    }
}

/// Collects what a file holds beside its pages; `places` are the pages' transforms to what is seen.
pub(crate) fn collect(pdf: &Pdf, bytes: &[u8]) -> Facts {
    let mut walk = walk::Walk::of(pdf, bytes);
    walk.information();
    walk.pages();
    walk.catalog();
    let mut facts = walk.facts;
    facts.revisions = bytes.windows(5).filter(|window| window == b"%%EOF").count().max(1);
    facts
}
