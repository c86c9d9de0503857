//! Requests: what to do, and the document's bytes.

use std::fmt;

use zeroize::Zeroizing;

use super::frame::{Frame, Frames, lead};
use super::head::{Head, Task};
use super::{Fault, PROTOCOL};
use crate::base::limits::{
    EXTRACT_BYTES_MAX, FILE_NAME_BYTES_MAX, MEDIA_TYPE_CHARS_MAX, WORKER_BLOB_BYTES_MAX,
    WORKER_TEXT_BYTES_MAX,
};

/// What to do with a document.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// What it is read for.
    pub task: Task,
    /// Its file name.
    pub name: Option<String>,
    /// What its carrier calls it.
    pub media_type: Option<String>,
    /// Bytes of text that are taken.
    pub text_bytes_max: u64,
}

/// Names of files may be personal data.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("task", &self.task).finish_non_exhaustive()
    }
}

impl Request {
    /// A request; what is longer in name or media type than anything honest is left out of it.
    pub fn new(task: Task, name: Option<&str>, media_type: Option<&str>) -> Self {
        let name = name.filter(|name| name.len() <= FILE_NAME_BYTES_MAX);
        let media_type = media_type.filter(|media_type| media_type.len() <= MEDIA_TYPE_CHARS_MAX * 4);
        Self {
            task,
            name: name.map(str::to_owned),
            media_type: media_type.map(str::to_owned),
            text_bytes_max: WORKER_TEXT_BYTES_MAX,
        }
    }

    fn to_head(&self, bytes: usize) -> Head {
        Head::Request {
            protocol: PROTOCOL,
            task: self.task,
            bytes: bytes as u64,
            name: self.name.clone(),
            media_type: self.media_type.clone(),
            text_bytes_max: self.text_bytes_max,
        }
    }
}

/// The bytes of a request, piece by piece: the document's own are never copied.
pub struct RequestWriter<'d> {
    lead: Vec<u8>,
    lead_at: usize,
    blob: &'d [u8],
    rest: &'d [u8],
}

impl<'d> RequestWriter<'d> {
    /// Of a request about a document.
    ///
    /// # Errors
    /// The document is larger than is read, or the request than a head takes.
    pub fn new(request: &Request, document: &'d [u8]) -> Result<Self, Fault> {
        let bytes = document.len() as u64;
        if bytes > EXTRACT_BYTES_MAX {
            return Err(Fault::Oversized { bytes, most: EXTRACT_BYTES_MAX });
        }
        Ok(Self { lead: lead(&request.to_head(document.len()), 0)?, lead_at: 0, blob: &[], rest: document })
    }

    /// What is to be written next; empty once all was.
    pub fn pending(&self) -> &[u8] {
        match self.lead.get(self.lead_at..) {
            Some(lead) if !lead.is_empty() => lead,
            _ => self.blob,
        }
    }

    /// So many of the pending bytes were written.
    ///
    /// # Errors
    /// Never in practice: a head of a fixed form is not too long.
    pub fn wrote(&mut self, bytes: usize) -> Result<(), Fault> {
        if self.lead_at < self.lead.len() {
            self.lead_at += bytes;
        } else {
            self.blob = self.blob.get(bytes..).unwrap_or(&[]);
        }
        if self.lead_at >= self.lead.len() && self.blob.is_empty() && !self.rest.is_empty() {
            let (blob, rest) = self.rest.split_at(self.rest.len().min(WORKER_BLOB_BYTES_MAX));
            (self.blob, self.rest) = (blob, rest);
            (self.lead, self.lead_at) = (lead(&Head::Content {}, blob.len())?, 0);
        }
        Ok(())
    }
}

/// Takes a request as its bytes come.
#[derive(Default)]
pub struct RequestReader {
    frames: Frames,
    begun: Option<(Request, usize)>,
    content: Zeroizing<Vec<u8>>,
}

impl RequestReader {
    /// Takes bytes; true once the request is whole.
    ///
    /// # Errors
    /// Whatever is not a request and its document, to the byte.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<bool, Fault> {
        loop {
            let taken = self.frames.push(bytes);
            bytes = bytes.get(taken..).unwrap_or(&[]);
            while let Some(frame) = self.frames.next()? {
                self.take(frame)?;
            }
            if bytes.is_empty() {
                break;
            }
        }
        match self.is_whole() {
            true if !self.frames.is_empty() => Err(Fault::OutOfOrder),
            whole => Ok(whole),
        }
    }

    fn is_whole(&self) -> bool {
        self.begun.as_ref().is_some_and(|(_, bytes)| self.content.len() == *bytes)
    }

    fn take(&mut self, frame: Frame) -> Result<(), Fault> {
        match (frame.head, &self.begun) {
            (Head::Request { protocol, task, bytes, name, media_type, text_bytes_max }, None) => {
                if protocol != PROTOCOL {
                    return Err(Fault::Edition { theirs: protocol });
                }
                let oversized = |bytes, most| Err(Fault::Oversized { bytes, most });
                if bytes > EXTRACT_BYTES_MAX {
                    return oversized(bytes, EXTRACT_BYTES_MAX);
                }
                if text_bytes_max > WORKER_TEXT_BYTES_MAX {
                    return oversized(text_bytes_max, WORKER_TEXT_BYTES_MAX);
                }
                let length = usize::try_from(bytes)
                    .map_err(|_| Fault::Oversized { bytes, most: EXTRACT_BYTES_MAX })?;
                // Of its final size from the start: growing would leave content behind.
                self.content = Zeroizing::new(Vec::with_capacity(length));
                self.begun = Some((Request { task, name, media_type, text_bytes_max }, length));
                Ok(())
            }
            (Head::Content {}, Some((_, length))) => {
                let all = self.content.len() + frame.blob.len();
                // An empty frame moves nothing on; more than was announced is somebody else's.
                if frame.blob.is_empty() || all > *length {
                    return Err(Fault::Inconsistent);
                }
                self.content.extend_from_slice(&frame.blob);
                Ok(())
            }
            _ => Err(Fault::OutOfOrder),
        }
    }

    /// The request and its document.
    ///
    /// # Errors
    /// It is not whole.
    pub fn finish(self) -> Result<(Request, Zeroizing<Vec<u8>>), Fault> {
        let whole = self.is_whole() && self.frames.is_empty();
        match self.begun {
            Some((request, _)) if whole => Ok((request, self.content)),
            _ => Err(Fault::Short),
        }
    }
}
