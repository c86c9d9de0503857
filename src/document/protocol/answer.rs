//! Answers: what a document says, or why it is not read.

use std::io::{self, Write};

use super::frame::{Frame, Frames, lead};
use super::head::{Head, Layers};
use super::made::{Made, Making};
use super::parts::{Collected, cut};
use super::told::{Building, Left, ReadDocument};
use super::words::{self, Facts, Review};
use super::{Fault, PROTOCOL};
use crate::base::limits::{
    EXTRACT_PARTS_MAX, WORKER_ANSWER_BYTES_MAX, WORKER_BLOB_BYTES_MAX, WORKER_DEPTH_MAX,
    WORKER_DOCUMENTS_MAX, WORKER_DOUBTFUL_MAX, WORKER_TEXT_BYTES_MAX,
};
use crate::document::extract::Refused;
use crate::document::part::Extracted;
use crate::document::redact::Withheld;

/// The reason's word where reading has failed in itself.
const PANICKED: &str = "panicked";
/// The reason's word where the text is longer than is taken.
const TOO_MUCH_TEXT: &str = "too_much_text";

/// What came of a document.
#[allow(clippy::large_enum_variant, reason = "one lives at a time, while an answer is read")]
pub enum Answer<T> {
    /// It was read.
    Read(T),
    /// Something was made of it.
    Made(Made),
    /// Nothing is made of it.
    Withheld(Withheld),
    /// It is refused.
    Refused(Refused),
    /// It has more text than is taken.
    TooMuchText {
        /// Its bytes.
        bytes: u64,
    },
    /// Reading it failed in itself.
    Panicked,
}

/// Says what was given up.
///
/// # Errors
/// Nobody reads.
pub fn write_hello(out: &mut impl Write, layers: Layers) -> io::Result<()> {
    write(out, &Head::Hello { protocol: PROTOCOL, layers }, &[])?;
    out.flush()
}

/// Says what came of a document; with the places of its parts if they were asked for.
///
/// # Errors
/// Nobody reads.
pub fn write_answer(
    out: &mut impl Write,
    answer: &Answer<(Extracted, Vec<Review>)>,
    parts: bool,
) -> io::Result<()> {
    match answer {
        Answer::Read((extracted, review)) => write_document(out, extracted, review, parts)?,
        Answer::Made(made) => write_made(out, made)?,
        Answer::Withheld(withheld) => write(out, &words::told_withheld(withheld), &[])?,
        Answer::Refused(refused) => write(out, &words::told(refused), &[])?,
        Answer::TooMuchText { bytes } => write(out, &too_much(*bytes), &[])?,
        Answer::Panicked => write(out, &Facts::default().to_head(PANICKED), &[])?,
    }
    out.flush()
}

fn too_much(bytes: u64) -> Head {
    Facts { found: Some(bytes), ..Facts::default() }.to_head(TOO_MUCH_TEXT)
}

fn write_made(out: &mut impl Write, made: &Made) -> io::Result<()> {
    let (head, told) = made.head().ok_or_else(|| io::Error::other("a report that is no JSON"))?;
    write(out, &head, &[])?;
    for piece in told.chunks(WORKER_BLOB_BYTES_MAX) {
        write(out, &Head::Report {}, piece)?;
    }
    for piece in made.bytes.chunks(WORKER_BLOB_BYTES_MAX) {
        write(out, &Head::Content {}, piece)?;
    }
    write(out, &Head::End {}, &[])
}

fn write_document(
    out: &mut impl Write,
    extracted: &Extracted,
    review: &[Review],
    parts: bool,
) -> io::Result<()> {
    let head = Head::Document {
        format: extracted.format.as_str().to_owned(),
        charset: extracted.charset.as_str().to_owned(),
        declaration: extracted.declaration.as_str().to_owned(),
        name_agrees: extracted.name_agrees,
        review: review.iter().map(|review| review.as_str().to_owned()).collect(),
        pictures: extracted.pictures as u64,
        doubtful_pages: extracted.doubtful.len() as u64,
        doubtful: extracted.doubtful.iter().take(WORKER_DOUBTFUL_MAX).map(words::doubtful).collect(),
        text_bytes: extracted.text().len() as u64,
        parts: if parts { extracted.parts().len() as u64 } else { 0 },
    };
    write(out, &head, &[])?;
    for piece in extracted.text().as_bytes().chunks(WORKER_BLOB_BYTES_MAX) {
        write(out, &Head::Text {}, piece)?;
    }
    if parts {
        write_parts(out, extracted)?;
    }
    for child in &extracted.children {
        let (format, place) = (child.format.as_str().to_owned(), cut(child.place()).to_owned());
        write(out, &Head::Child { format, place }, &[])?;
        match &child.content {
            Ok(inner) => write_document(out, inner, &[], parts)?,
            Err(refused) => write(out, &words::told(refused), &[])?,
        }
    }
    write(out, &Head::End {}, &[])
}

fn write_parts(out: &mut impl Write, extracted: &Extracted) -> io::Result<()> {
    let mut collected = Collected::default();
    for part in extracted.parts() {
        if let Some(full) = collected.add(extracted, part) {
            write(out, &Head::Parts {}, &full)?;
        }
    }
    let rest = collected.rest();
    if rest.is_empty() { Ok(()) } else { write(out, &Head::Parts {}, &rest) }
}

fn write(out: &mut impl Write, head: &Head, blob: &[u8]) -> io::Result<()> {
    let lead = lead(head, blob.len()).map_err(io::Error::other)?;
    out.write_all(&lead)?;
    out.write_all(blob)
}

/// What is taken of an answer.
#[derive(Debug, Clone, Copy)]
pub struct AnswerLimits {
    /// Bytes of text.
    pub text_bytes: u64,
    /// Bytes of everything.
    pub bytes: u64,
    /// True if the places of parts were asked for.
    pub parts: bool,
    /// True if something was to be made, and nothing to be read.
    pub made: bool,
}

impl Default for AnswerLimits {
    fn default() -> Self {
        Self { text_bytes: WORKER_TEXT_BYTES_MAX, bytes: WORKER_ANSWER_BYTES_MAX, parts: false, made: false }
    }
}

/// Takes an answer as its bytes come.
pub struct AnswerReader {
    frames: Frames,
    bytes_max: u64,
    taken: u64,
    left: Left,
    layers: Option<Layers>,
    /// The document that is being told, within those around it.
    building: Vec<Building>,
    /// Whether something was to be made; what of it has come.
    made: bool,
    making: Option<Making>,
    ended: Option<Answer<ReadDocument>>,
}

impl AnswerReader {
    /// For an answer within limits.
    pub fn new(limits: AnswerLimits) -> Self {
        let parts = if limits.parts { EXTRACT_PARTS_MAX as u64 } else { 0 };
        Self {
            frames: Frames::default(),
            bytes_max: limits.bytes,
            taken: 0,
            left: Left { text_bytes: limits.text_bytes, parts, documents: WORKER_DOCUMENTS_MAX as u64 },
            layers: None,
            building: Vec::new(),
            made: limits.made,
            making: None,
            ended: None,
        }
    }

    /// Takes bytes.
    ///
    /// # Errors
    /// Whatever is not an answer, as soon as it shows.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        self.taken = self.taken.saturating_add(bytes.len() as u64);
        if self.taken > self.bytes_max {
            return Err(Fault::Oversized { bytes: self.taken, most: self.bytes_max });
        }
        while !bytes.is_empty() {
            let taken = self.frames.push(bytes);
            bytes = bytes.get(taken..).unwrap_or(&[]);
            while let Some(frame) = self.frames.next()? {
                self.take(frame)?;
            }
        }
        Ok(())
    }

    /// What the other side has given up, once it has said so.
    pub fn layers(&self) -> Option<Layers> {
        self.layers
    }

    /// The whole answer.
    ///
    /// # Errors
    /// It ended early, or in the middle of a frame.
    pub fn finish(self) -> Result<Answer<ReadDocument>, Fault> {
        self.ended.filter(|_| self.frames.is_empty()).ok_or(Fault::Short)
    }

    fn take(&mut self, frame: Frame) -> Result<(), Fault> {
        if self.ended.is_some() || self.layers.is_none() != matches!(frame.head, Head::Hello { .. }) {
            return Err(Fault::OutOfOrder);
        }
        if let Some(making) = &mut self.making {
            match frame.head {
                Head::Report {} => making.take_report(&frame.blob)?,
                Head::Content {} => making.take_content(&frame.blob)?,
                Head::End {} => {
                    let making = self.making.take().ok_or(Fault::OutOfOrder)?;
                    self.ended = Some(Answer::Made(making.finish()?));
                }
                _ => return Err(Fault::OutOfOrder),
            }
            return Ok(());
        }
        match (frame.head, self.building.last_mut()) {
            (head @ Head::Made { .. }, None) if self.made => self.making = Some(Making::begin(head)?),
            (Head::Document { .. }, None) if self.made => return Err(Fault::OutOfOrder),
            (Head::Hello { protocol, layers }, _) if protocol == PROTOCOL => self.layers = Some(layers),
            (Head::Hello { protocol, .. }, _) => return Err(Fault::Edition { theirs: protocol }),
            (Head::Progress { done, of }, None) if of == 0 || done <= of => {}
            (Head::Progress { .. }, None) => return Err(Fault::Inconsistent),
            (head @ Head::Document { .. }, around) => {
                if around.is_some_and(|around| !around.awaits_child()) {
                    return Err(Fault::OutOfOrder);
                }
                if self.building.len() >= WORKER_DEPTH_MAX {
                    let most = WORKER_DEPTH_MAX as u64;
                    return Err(Fault::Oversized { bytes: most + 1, most });
                }
                self.building.push(Building::begin(head, &mut self.left)?);
            }
            (Head::Text {}, Some(building)) => building.take_text(&frame.blob)?,
            (Head::Parts {}, Some(building)) => building.take_parts(frame.blob)?,
            (Head::Child { format, place }, Some(building)) => building.take_child(&format, place)?,
            (Head::End {}, Some(_)) => {
                let document = self.building.pop().ok_or(Fault::OutOfOrder)?.finish()?;
                match self.building.last_mut() {
                    Some(around) => around.close_child(Ok(document))?,
                    None => self.ended = Some(Answer::Read(document)),
                }
            }
            (head @ Head::Refused { .. }, Some(around)) => match refused(head)? {
                Answer::Refused(refused) => around.close_child(Err(refused))?,
                _ => return Err(Fault::OutOfOrder),
            },
            (head @ Head::Refused { .. }, None) => match refused(head)? {
                Answer::Withheld(_) if !self.made => return Err(Fault::OutOfOrder),
                answer => self.ended = Some(answer),
            },
            _ => return Err(Fault::OutOfOrder),
        }
        Ok(())
    }
}

fn refused(head: Head) -> Result<Answer<ReadDocument>, Fault> {
    let Head::Refused { reason, format, charset, line, offset, found, most } = head else {
        return Err(Fault::OutOfOrder);
    };
    let facts = Facts {
        format: format.as_deref().map(words::format).transpose()?,
        charset: charset.as_deref().map(words::charset).transpose()?,
        line,
        offset,
        found,
        most,
    };
    let told = facts.to_head(&reason);
    if let Some(withheld) = words::withheld(&reason, &facts)? {
        return Ok(Answer::Withheld(withheld));
    }
    Ok(match reason.as_str() {
        PANICKED if told == Facts::default().to_head(PANICKED) => Answer::Panicked,
        TOO_MUCH_TEXT => match facts.found {
            Some(bytes) if told == too_much(bytes) => Answer::TooMuchText { bytes },
            _ => return Err(Fault::Malformed),
        },
        reason => Answer::Refused(words::refused(reason, &facts)?),
    })
}
