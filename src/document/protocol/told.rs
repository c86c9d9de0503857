//! A document that another process has read, and how it comes about frame by frame.

use std::fmt;

use zeroize::Zeroizing;

use super::Fault;
use super::head::Head;
use super::parts::{PartTold, Parts};
use super::words::{self, Review};
use crate::base::limits::{WORKER_DOUBTFUL_MAX, WORKER_PLACE_BYTES_MAX};
use crate::document::encoding::{Charset, Declaration};
use crate::document::extract::Refused;
use crate::document::part::Doubtful;
use crate::document::sniff::Format;

/// A document that another process has read. Holds what may be personal data: `Debug` withholds it, `Drop`
/// wipes it.
pub struct ReadDocument {
    /// What it is.
    pub format: Format,
    /// What its text was in.
    pub charset: Charset,
    /// What became of the declared encoding.
    pub declaration: Declaration,
    /// False if its name says that it is something else.
    pub name_agrees: bool,
    /// Why somebody should look at it.
    pub review: Vec<Review>,
    /// Pictures in it, of which no text was read.
    pub pictures: u64,
    /// How many pages there are of which it is not certain what they say.
    pub doubtful_pages: u64,
    /// The first of them.
    pub doubtful: Vec<Doubtful>,
    /// The documents inside it, in their order.
    pub children: Vec<ReadChild>,
    text: Zeroizing<String>,
    /// Frames of whole, checked parts.
    parts: Vec<Zeroizing<Vec<u8>>>,
}

/// A document inside another.
pub struct ReadChild {
    /// What it is, by its bytes.
    pub format: Format,
    /// Where it stands in the document around it. May quote file names: treat it as content.
    pub place: Zeroizing<String>,
    /// Its text, or why there is none.
    pub content: Result<ReadDocument, Refused>,
}

impl ReadDocument {
    /// Its own text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its text, and behind it, each on lines of its own, those of the documents inside it.
    pub fn into_text(mut self) -> Zeroizing<String> {
        if self.children.is_empty() {
            return std::mem::take(&mut self.text);
        }
        let documents = self.documents();
        let length = documents.iter().map(|document| document.text.len() + 1).sum();
        let mut text = Zeroizing::new(String::with_capacity(length));
        for document in documents {
            text.push_str(&document.text);
            text.push('\n');
        }
        text
    }

    /// The parts in the order of the text, if they were asked for.
    pub fn parts(&self) -> impl Iterator<Item = PartTold<'_>> {
        self.parts.iter().flat_map(|frame| {
            let mut parts = Parts(frame);
            std::iter::from_fn(move || parts.take().ok().flatten())
        })
    }

    /// This document and, depth first, those inside it that were read.
    pub fn documents(&self) -> Vec<&Self> {
        let mut documents = vec![self];
        for child in &self.children {
            if let Ok(inner) = &child.content {
                documents.extend(inner.documents());
            }
        }
        documents
    }
}

impl fmt::Debug for ReadDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadDocument").field("format", &self.format).finish_non_exhaustive()
    }
}

/// What may still come.
pub(super) struct Left {
    pub(super) text_bytes: u64,
    pub(super) parts: u64,
    pub(super) documents: u64,
}

impl Left {
    fn take(from: &mut u64, wanted: u64) -> Result<(), Fault> {
        *from = from.checked_sub(wanted).ok_or(Fault::Oversized { bytes: wanted, most: *from })?;
        Ok(())
    }
}

/// A document while its text, its parts and the documents inside it come.
pub(super) struct Building {
    document: ReadDocument,
    text: Zeroizing<Vec<u8>>,
    text_bytes: usize,
    parts_left: u64,
    /// Where the last part ends.
    behind: usize,
    /// The document inside it that is announced, and not told yet.
    awaited: Option<(Format, Zeroizing<String>)>,
}

impl Building {
    pub(super) fn begin(head: Head, left: &mut Left) -> Result<Self, Fault> {
        let Head::Document {
            format,
            charset,
            declaration,
            name_agrees,
            review,
            pictures,
            doubtful_pages,
            doubtful,
            text_bytes,
            parts,
        } = head
        else {
            return Err(Fault::OutOfOrder);
        };
        if doubtful.len() > WORKER_DOUBTFUL_MAX || (doubtful.len() as u64) > doubtful_pages {
            return Err(Fault::Inconsistent);
        }
        Left::take(&mut left.text_bytes, text_bytes)?;
        Left::take(&mut left.parts, parts)?;
        Left::take(&mut left.documents, 1)?;
        let length = usize::try_from(text_bytes).map_err(|_| Fault::Inconsistent)?;
        let known = |word: &String| Review::parse(word).ok_or(Fault::Malformed);
        let document = ReadDocument {
            format: words::format(&format)?,
            charset: words::charset(&charset)?,
            declaration: words::declaration(&declaration)?,
            name_agrees,
            review: review.iter().map(known).collect::<Result<_, _>>()?,
            pictures,
            doubtful_pages,
            doubtful: doubtful.iter().map(words::doubted).collect::<Result<_, _>>()?,
            children: Vec::new(),
            text: Zeroizing::default(),
            parts: Vec::new(),
        };
        // Of its final size from the start: growing would leave content behind.
        let text = Zeroizing::new(Vec::with_capacity(length));
        Ok(Self { document, text, text_bytes: length, parts_left: parts, behind: 0, awaited: None })
    }

    pub(super) fn take_text(&mut self, piece: &[u8]) -> Result<(), Fault> {
        let all = self.text.len() + piece.len();
        // Once the text is whole, `text` has gone over into the document.
        if piece.is_empty() || self.is_told() || all > self.text_bytes {
            return Err(Fault::Inconsistent);
        }
        self.text.extend_from_slice(piece);
        if all < self.text_bytes {
            return Ok(());
        }
        let text = String::from_utf8(std::mem::take(&mut *self.text)).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            Fault::Inconsistent
        })?;
        self.document.text = Zeroizing::new(text);
        Ok(())
    }

    /// True once the whole text has come.
    fn is_told(&self) -> bool {
        self.document.text.len() == self.text_bytes
    }

    /// Takes whole parts, each behind the one before it and within the text.
    pub(super) fn take_parts(&mut self, frame: Zeroizing<Vec<u8>>) -> Result<(), Fault> {
        let closed = self.awaited.is_some() || !self.document.children.is_empty();
        if frame.is_empty() || !self.is_told() || closed {
            return Err(Fault::OutOfOrder);
        }
        let mut parts = Parts(&frame);
        while let Some(part) = parts.take()? {
            self.parts_left = self.parts_left.checked_sub(1).ok_or(Fault::Inconsistent)?;
            let stands = self.document.text.get(part.bytes.clone());
            if part.bytes.start < self.behind || stands.is_none_or(str::is_empty) {
                return Err(Fault::Inconsistent);
            }
            self.behind = part.bytes.end;
        }
        self.document.parts.push(frame);
        Ok(())
    }

    pub(super) fn awaits_child(&self) -> bool {
        self.awaited.is_some()
    }

    pub(super) fn take_child(&mut self, format: &str, place: String) -> Result<(), Fault> {
        let place = Zeroizing::new(place);
        if self.awaited.is_some() || !self.is_told() || self.parts_left > 0 {
            return Err(Fault::OutOfOrder);
        }
        if place.len() > WORKER_PLACE_BYTES_MAX {
            let most = WORKER_PLACE_BYTES_MAX as u64;
            return Err(Fault::Oversized { bytes: place.len() as u64, most });
        }
        self.awaited = Some((words::format(format)?, place));
        Ok(())
    }

    pub(super) fn close_child(&mut self, content: Result<ReadDocument, Refused>) -> Result<(), Fault> {
        let (format, place) = self.awaited.take().ok_or(Fault::OutOfOrder)?;
        self.document.children.push(ReadChild { format, place, content });
        Ok(())
    }

    pub(super) fn finish(self) -> Result<ReadDocument, Fault> {
        let whole = self.is_told() && self.parts_left == 0 && self.awaited.is_none();
        if whole { Ok(self.document) } else { Err(Fault::Inconsistent) }
    }
}
