//! What is to be brought into an index for one version, and what is to be taken out: the same for words and
//! for subjects.

use std::sync::Arc;

use super::component::Unread;
use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::search::{SubjectToken, Token};
use crate::store::rows::detections::{DetectionRow, TypeRow};
use crate::store::rows::index::{Domain, IndexRow, PIECE_TOKENS_MAX, Words};

/// The tokens of a block's documents, in pieces.
pub(in crate::archive) struct Documents {
    pub domain: Domain,
    /// The engine that made the tokens.
    pub engine: String,
    /// Entries that have a document of their own; the last document is the record as a whole.
    pub entries: u64,
    pub pieces: Vec<Piece>,
}

/// Some tokens of one document.
pub(in crate::archive) struct Piece {
    /// The document's place in its block.
    pub place: u64,
    /// The piece's place in its document.
    pub part: u64,
    pub tokens: Tokens,
}

/// The tokens of a piece.
pub(in crate::archive) enum Tokens {
    Words(Vec<Token>),
    Subjects(Vec<SubjectToken>),
    Withheld(Vec<Token>),
}

impl Tokens {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Words(tokens) | Self::Withheld(tokens) => tokens.len(),
            Self::Subjects(tokens) => tokens.len(),
        }
    }

    pub(super) fn words(&self) -> Words<'_> {
        match self {
            Self::Words(tokens) => Words::Content(tokens),
            Self::Subjects(tokens) => Words::Subject(tokens),
            Self::Withheld(tokens) => Words::Withheld(tokens),
        }
    }
}

impl Documents {
    pub(in crate::archive) fn new(domain: Domain, engine: &str) -> Self {
        Self { domain, engine: engine.to_owned(), entries: 0, pieces: Vec::new() }
    }

    /// Adds a document's words.
    pub(super) fn add_words(&mut self, place: u64, tokens: &[Token]) {
        if tokens.is_empty() {
            // A document without words still counts as written.
            self.pieces.push(Piece { place, part: 0, tokens: Tokens::Words(Vec::new()) });
        }
        for (part, tokens) in (0..).zip(tokens.chunks(PIECE_TOKENS_MAX)) {
            self.pieces.push(Piece { place, part, tokens: Tokens::Words(tokens.to_vec()) });
        }
    }

    /// Adds a document's subjects; a document about nobody has no piece.
    pub(in crate::archive) fn add_subjects(&mut self, place: u64, tokens: &[SubjectToken]) {
        for (part, tokens) in (0..).zip(tokens.chunks(PIECE_TOKENS_MAX)) {
            self.pieces.push(Piece { place, part, tokens: Tokens::Subjects(tokens.to_vec()) });
        }
    }
}

impl Documents {
    /// Adds the words that are withheld of a document; one of which nothing is withheld has no piece.
    pub(in crate::archive) fn add_withheld(&mut self, place: u64, tokens: &[Token]) {
        for (part, tokens) in (0..).zip(tokens.chunks(PIECE_TOKENS_MAX)) {
            self.pieces.push(Piece { place, part, tokens: Tokens::Withheld(tokens.to_vec()) });
        }
    }
}

/// What was found in a version, to be kept beside its tokens.
pub(in crate::archive) struct Kept {
    pub row: DetectionRow,
    pub types: Vec<TypeRow>,
    /// What has to be written.
    pub write: Write,
}

/// Whether what was found has to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) enum Write {
    /// It is kept already.
    Nothing,
    /// It takes the place of what has this digest, or of nothing.
    InPlaceOf(Option<Digest>),
}

/// What to do with one version.
pub(in crate::archive) struct Plan {
    pub domain: Domain,
    pub record: RecordId,
    pub version: u32,
    /// Blocks that are out of date, with the documents they were put with.
    pub leaving: Vec<(IndexRow, Arc<Documents>)>,
    /// The version's documents, a block each, and how many pieces of them an interrupted run has put already.
    pub coming: Vec<(Arc<Documents>, u64)>,
    /// What was found in it: written behind what leaves, because that is worked out from what is kept, and
    /// before what comes, which goes in only where this is kept.
    pub kept: Option<Arc<Kept>>,
    /// Components that were refused, to be entered before the mark is set.
    pub unread: Vec<Unread>,
    /// SHA-256 of the version's sealed descriptor as it was read. Where it is another when the plan is written, the
    /// version was sealed anew because something of it was erased: nothing of the plan may be written then.
    pub read: Option<Digest>,
    pub mark: String,
}

impl Plan {
    /// Nothing but the mark.
    pub(in crate::archive) fn new(domain: Domain, (record, version): (RecordId, u32), mark: &str) -> Self {
        Self {
            domain,
            record,
            version,
            leaving: Vec::new(),
            coming: Vec::new(),
            kept: None,
            unread: Vec::new(),
            read: None,
            mark: mark.to_owned(),
        }
    }
}
