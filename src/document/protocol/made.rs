//! Renditions and pictures as they cross: a head, the report and the numbers, the bytes.

use std::fmt;

use zeroize::Zeroizing;

use super::Fault;
use super::head::Head;
use super::words;
use crate::base::limits::{COPY_BYTES_MAX, COPY_REPORT_BYTES_MAX};
use crate::document::rendition::Report;
use crate::document::sniff::Format;

/// A rendition, or the picture of a page. Holds what may be personal data: `Debug` withholds it.
pub struct Made {
    /// What it is.
    pub format: Format,
    /// Its bytes.
    pub bytes: Zeroizing<Vec<u8>>,
    /// What was done; `None` for a picture of a page.
    pub report: Option<Report>,
    /// Numbers given in the matter so far.
    pub numbers: Zeroizing<String>,
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").field("format", &self.format).finish_non_exhaustive()
    }
}

impl Made {
    /// The head, and what follows it: the report with the numbers behind it.
    pub(super) fn head(&self) -> Option<(Head, Zeroizing<Vec<u8>>)> {
        let report = match &self.report {
            Some(report) => serde_json::to_vec(report).ok()?,
            None => Vec::new(),
        };
        let head = Head::Made {
            format: self.format.as_str().to_owned(),
            report_bytes: report.len() as u64,
            bytes: self.bytes.len() as u64,
            numbers_bytes: self.numbers.len() as u64,
        };
        Some((head, Zeroizing::new([report.as_slice(), self.numbers.as_bytes()].concat())))
    }
}

/// A rendition while its bytes come.
pub(super) struct Making {
    format: Format,
    report_bytes: usize,
    told: Zeroizing<Vec<u8>>,
    told_bytes: usize,
    bytes: Zeroizing<Vec<u8>>,
    length: usize,
}

impl Making {
    pub(super) fn begin(head: Head) -> Result<Self, Fault> {
        let Head::Made { format, report_bytes, bytes, numbers_bytes } = head else {
            return Err(Fault::OutOfOrder);
        };
        let within = |bytes: u64, most: u64| {
            usize::try_from(bytes).ok().filter(|_| bytes <= most).ok_or(Fault::Oversized { bytes, most })
        };
        let report_bytes = within(report_bytes, COPY_REPORT_BYTES_MAX)?;
        let told_bytes = report_bytes + within(numbers_bytes, COPY_REPORT_BYTES_MAX)?;
        let length = within(bytes, COPY_BYTES_MAX)?;
        // Of their final sizes from the start: growing would leave content behind.
        Ok(Self {
            format: words::format(&format)?,
            report_bytes,
            told: Zeroizing::new(Vec::with_capacity(told_bytes)),
            told_bytes,
            bytes: Zeroizing::new(Vec::with_capacity(length)),
            length,
        })
    }

    pub(super) fn take_report(&mut self, piece: &[u8]) -> Result<(), Fault> {
        if piece.is_empty() || !self.bytes.is_empty() || self.told.len() + piece.len() > self.told_bytes {
            return Err(Fault::Inconsistent);
        }
        self.told.extend_from_slice(piece);
        Ok(())
    }

    pub(super) fn take_content(&mut self, piece: &[u8]) -> Result<(), Fault> {
        let is_told = self.told.len() == self.told_bytes;
        if piece.is_empty() || !is_told || self.bytes.len() + piece.len() > self.length {
            return Err(Fault::Inconsistent);
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Made, Fault> {
        if self.told.len() != self.told_bytes || self.bytes.len() != self.length {
            return Err(Fault::Inconsistent);
        }
        let (report, numbers) = self.told.split_at_checked(self.report_bytes).ok_or(Fault::Inconsistent)?;
        let report = match report {
            [] => None,
            report => Some(Report::parse(report).ok_or(Fault::Malformed)?),
        };
        let numbers = std::str::from_utf8(numbers).map_err(|_| Fault::Inconsistent)?;
        let numbers = Zeroizing::new(numbers.to_owned());
        Ok(Made { format: self.format, bytes: self.bytes, report, numbers })
    }
}
