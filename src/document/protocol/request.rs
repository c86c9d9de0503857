//! Requests: what to do, and the document's bytes.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::frame::{Frame, Frames, lead};
use super::head::{Head, Task};
use super::{Fault, PROTOCOL};
use crate::base::limits::{
    EXTRACT_BYTES_MAX, FILE_NAME_BYTES_MAX, MEDIA_TYPE_CHARS_MAX, WORKER_BLOB_BYTES_MAX,
    WORKER_FONT_BYTES_MAX, WORKER_ORDER_BYTES_MAX, WORKER_TEXT_BYTES_MAX,
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
    /// What is asked for of a rendition, in JSON; empty where none is asked for.
    pub asked: Zeroizing<Vec<u8>>,
    /// A font that stands in for those that a PDF does not hold; empty for none.
    pub font: Arc<Vec<u8>>,
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
            asked: Zeroizing::default(),
            font: Arc::default(),
        }
    }

    /// The same, with what is asked for of a rendition.
    #[must_use]
    pub fn asking(self, asked: Zeroizing<Vec<u8>>) -> Self {
        Self { asked, ..self }
    }

    /// The same, with a font that stands in.
    #[must_use]
    pub fn with_font(self, font: Arc<Vec<u8>>) -> Self {
        Self { font, ..self }
    }

    fn to_head(&self, bytes: usize) -> Head {
        Head::Request {
            protocol: PROTOCOL,
            task: self.task,
            bytes: bytes as u64,
            name: self.name.clone(),
            media_type: self.media_type.clone(),
            text_bytes_max: self.text_bytes_max,
            asked_bytes: self.asked.len() as u64,
            font_bytes: self.font.len() as u64,
        }
    }
}

/// The bytes of a request, piece by piece: the document's own are never copied.
pub struct RequestWriter<'d> {
    lead: Vec<u8>,
    lead_at: usize,
    blob: &'d [u8],
    /// What is asked for, the font, the document: as far as they were not begun.
    rest: [&'d [u8]; 3],
}

impl<'d> RequestWriter<'d> {
    /// Of a request about a document.
    ///
    /// # Errors
    /// The document is larger than is read, or the request than a head takes.
    pub fn new(request: &'d Request, document: &'d [u8]) -> Result<Self, Fault> {
        let rest = [&request.asked[..], &request.font[..], document];
        for (piece, most) in rest.iter().zip(MOST) {
            within(piece.len() as u64, most)?;
        }
        Ok(Self { lead: lead(&request.to_head(document.len()), 0)?, lead_at: 0, blob: &[], rest })
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
        let is_done = self.lead_at >= self.lead.len() && self.blob.is_empty();
        if let (true, Some(rest)) = (is_done, self.rest.iter_mut().find(|rest| !rest.is_empty())) {
            (self.blob, *rest) = rest.split_at(rest.len().min(WORKER_BLOB_BYTES_MAX));
            (self.lead, self.lead_at) = (lead(&Head::Content {}, self.blob.len())?, 0);
        }
        Ok(())
    }
}

/// What is taken of what is asked for, of the font and of the document.
const MOST: [u64; 3] = [WORKER_ORDER_BYTES_MAX, WORKER_FONT_BYTES_MAX, EXTRACT_BYTES_MAX];

fn within(bytes: u64, most: u64) -> Result<usize, Fault> {
    let taken = usize::try_from(bytes).ok().filter(|_| bytes <= most);
    taken.ok_or(Fault::Oversized { bytes, most })
}

/// Takes a request as its bytes come.
#[derive(Default)]
pub struct RequestReader {
    frames: Frames,
    begun: Option<(Request, [usize; 3])>,
    /// What is asked for, the font, the document.
    content: [Zeroizing<Vec<u8>>; 3],
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
        let all = |lengths: &[usize; 3]| self.content.iter().zip(lengths).all(|(own, all)| own.len() == *all);
        self.begun.as_ref().is_some_and(|(_, lengths)| all(lengths))
    }

    fn take(&mut self, frame: Frame) -> Result<(), Fault> {
        match (frame.head, &self.begun) {
            (head @ Head::Request { .. }, None) => self.begin(head),
            (Head::Content {}, Some((_, lengths))) => {
                let next = self.content.iter_mut().zip(lengths).find(|(own, all)| own.len() < **all);
                let (own, all) = next.ok_or(Fault::Inconsistent)?;
                // An empty frame moves nothing on; more than was announced is somebody else's.
                if frame.blob.is_empty() || own.len() + frame.blob.len() > *all {
                    return Err(Fault::Inconsistent);
                }
                own.extend_from_slice(&frame.blob);
                Ok(())
            }
            _ => Err(Fault::OutOfOrder),
        }
    }

    fn begin(&mut self, head: Head) -> Result<(), Fault> {
        let Head::Request {
            protocol,
            task,
            bytes,
            name,
            media_type,
            text_bytes_max,
            asked_bytes,
            font_bytes,
        } = head
        else {
            return Err(Fault::OutOfOrder);
        };
        if protocol != PROTOCOL {
            return Err(Fault::Edition { theirs: protocol });
        }
        within(text_bytes_max, WORKER_TEXT_BYTES_MAX)?;
        let mut lengths = [0; 3];
        for ((length, bytes), most) in lengths.iter_mut().zip([asked_bytes, font_bytes, bytes]).zip(MOST) {
            *length = within(bytes, most)?;
        }
        // Of its final size from the start: growing would leave content behind.
        self.content = lengths.map(|length| Zeroizing::new(Vec::with_capacity(length)));
        let (asked, font) = (Zeroizing::default(), Arc::default());
        self.begun = Some((Request { task, name, media_type, text_bytes_max, asked, font }, lengths));
        Ok(())
    }

    /// The request and its document.
    ///
    /// # Errors
    /// It is not whole.
    pub fn finish(self) -> Result<(Request, Zeroizing<Vec<u8>>), Fault> {
        let whole = self.is_whole() && self.frames.is_empty();
        let [asked, mut font, document] = self.content;
        match self.begun {
            Some((request, _)) if whole => {
                let font = Arc::new(std::mem::take(&mut *font));
                Ok((Request { asked, font, ..request }, document))
            }
            _ => Err(Fault::Short),
        }
    }
}
