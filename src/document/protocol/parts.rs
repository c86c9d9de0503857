//! Parts of a text as they stand in an answer, and as whoever asked for them reads them.
//!
//! A part is, in bytes, the highest first: where it begins and ends in the text (4 + 4), its line (4), its
//! role (1), the lengths of place and label (2 + 2; all ones for no label), its page (4; 0 for none) and, if
//! it has one, the edges of its place on it (4 × 4, as IEEE 754 has them), place, label. No part is cut by a
//! frame.

use std::ops::Range;

use zeroize::Zeroizing;

use super::Fault;
use crate::base::limits::{WORKER_BLOB_BYTES_MAX, WORKER_PLACE_BYTES_MAX};
use crate::document::part::{Extracted, Part, Rectangle, Role};

/// Bytes of a part before its place, at most.
const FIXED_BYTES: usize = 37;
/// The length that says that there is no label.
const NO_LABEL: u16 = u16::MAX;

/// A part of a document that another process has read.
#[derive(Clone, PartialEq)]
pub struct PartTold<'a> {
    /// Its bytes in the text.
    pub bytes: Range<usize>,
    /// The line of the decoded source on which it begins, from 1.
    pub line: u32,
    /// What it was.
    pub role: Role,
    /// Where it stood, for people and machines. It may quote the document: treat it as content.
    pub place: &'a str,
    /// The label that names its value, if the document has one.
    pub label: Option<&'a str>,
    /// Where it stands on its page, in formats that have pages.
    pub rectangle: Option<Rectangle>,
}

/// Parts that are collected until they fill a frame.
#[derive(Default)]
pub(super) struct Collected {
    bytes: Zeroizing<Vec<u8>>,
}

impl Collected {
    /// Adds a part; a full frame's worth that must be sent before it.
    pub(super) fn add(&mut self, extracted: &Extracted, part: &Part) -> Option<Zeroizing<Vec<u8>>> {
        let place = Zeroizing::new(extracted.place_of(part));
        let place = cut(&place);
        let label = extracted.label_of(part).map(cut);
        let length = FIXED_BYTES + place.len() + label.map_or(0, str::len);
        let full = self.bytes.len() + length > WORKER_BLOB_BYTES_MAX;
        let before = full.then(|| std::mem::take(&mut self.bytes));
        if self.bytes.capacity() == 0 {
            self.bytes = Zeroizing::new(Vec::with_capacity(WORKER_BLOB_BYTES_MAX));
        }
        let Range { start, end } = part.bytes();
        for number in [start, end] {
            self.bytes.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes());
        }
        self.bytes.extend_from_slice(&part.line.to_be_bytes());
        let role = Role::ALL.iter().position(|role| *role == part.role).unwrap_or(0);
        self.bytes.push(u8::try_from(role).unwrap_or(0));
        let short = |text: &str| u16::try_from(text.len()).unwrap_or(0);
        self.bytes.extend_from_slice(&short(place).to_be_bytes());
        self.bytes.extend_from_slice(&label.map_or(NO_LABEL, short).to_be_bytes());
        let rectangle = extracted.rectangle_of(part);
        self.bytes.extend_from_slice(&rectangle.map_or(0, |rectangle| rectangle.page).to_be_bytes());
        for edge in rectangle.iter().flat_map(|place| [place.x0, place.y0, place.x1, place.y1]) {
            self.bytes.extend_from_slice(&edge.to_be_bytes());
        }
        self.bytes.extend_from_slice(place.as_bytes());
        self.bytes.extend_from_slice(label.unwrap_or("").as_bytes());
        before
    }

    /// What is left to be sent.
    pub(super) fn rest(self) -> Zeroizing<Vec<u8>> {
        self.bytes
    }
}

/// A text within the limit for places; what is longer is cut.
pub(super) fn cut(text: &str) -> &str {
    if text.len() <= WORKER_PLACE_BYTES_MAX {
        return text;
    }
    let end = (0..=WORKER_PLACE_BYTES_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or("")
}

/// The parts of one frame, in order.
pub(super) struct Parts<'a>(pub(super) &'a [u8]);

impl<'a> Parts<'a> {
    /// The next part.
    ///
    /// # Errors
    /// What is left is no whole part.
    pub(super) fn take(&mut self) -> Result<Option<PartTold<'a>>, Fault> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let (start, end, line) = (self.wide()?, self.wide()?, self.wide()?);
        let role = self.bytes(1)?.first().and_then(|role| Role::ALL.get(usize::from(*role)));
        let (place, label) = (self.short()?, self.short()?);
        let rectangle = self.rectangle()?;
        let place = self.text(place)?;
        let label = if label == NO_LABEL { None } else { Some(self.text(label)?) };
        let at = |number: u32| usize::try_from(number).map_err(|_| Fault::Inconsistent);
        let role = *role.ok_or(Fault::Malformed)?;
        Ok(Some(PartTold { bytes: at(start)?..at(end)?, line, role, place, label, rectangle }))
    }

    fn rectangle(&mut self) -> Result<Option<Rectangle>, Fault> {
        let page = self.wide()?;
        if page == 0 {
            return Ok(None);
        }
        let [x0, y0, x1, y1] = [self.edge()?, self.edge()?, self.edge()?, self.edge()?];
        Ok(Some(Rectangle { page, x0, y0, x1, y1 }))
    }

    /// A place that is no number stands nowhere.
    fn edge(&mut self) -> Result<f32, Fault> {
        let edge = f32::from_bits(self.wide()?);
        if edge.is_finite() { Ok(edge) } else { Err(Fault::Inconsistent) }
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Fault::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn wide(&mut self) -> Result<u32, Fault> {
        self.bytes(4)?.try_into().map(u32::from_be_bytes).map_err(|_| Fault::Short)
    }

    fn short(&mut self) -> Result<u16, Fault> {
        self.bytes(2)?.try_into().map(u16::from_be_bytes).map_err(|_| Fault::Short)
    }

    fn text(&mut self, length: u16) -> Result<&'a str, Fault> {
        let length = usize::from(length);
        if length > WORKER_PLACE_BYTES_MAX {
            let most = WORKER_PLACE_BYTES_MAX as u64;
            return Err(Fault::Oversized { bytes: length as u64, most });
        }
        std::str::from_utf8(self.bytes(length)?).map_err(|_| Fault::Inconsistent)
    }
}
