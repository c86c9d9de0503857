//! Frames: two lengths, a head in JSON, and bytes that belong to it.

use zeroize::Zeroizing;

use super::Fault;
use super::head::Head;
use crate::base::limits::{WORKER_BLOB_BYTES_MAX, WORKER_HEAD_BYTES_MAX};

/// The lengths of head and blob, each in four bytes, the highest first.
const LENGTHS_BYTES: usize = 8;
/// Bytes that are taken at once, at most.
pub(super) const CHUNK_BYTES_MAX: usize = 64 * 1024;

/// What stands before a frame's blob of `blob_bytes` bytes: the lengths and the head.
///
/// # Errors
/// Head or blob are longer than a frame takes.
pub fn lead(head: &Head, blob_bytes: usize) -> Result<Vec<u8>, Fault> {
    let json = serde_json::to_vec(head).map_err(|_| Fault::Malformed)?;
    let mut bytes = Vec::with_capacity(LENGTHS_BYTES + json.len());
    bytes.extend_from_slice(&length(json.len(), WORKER_HEAD_BYTES_MAX)?);
    bytes.extend_from_slice(&length(blob_bytes, WORKER_BLOB_BYTES_MAX)?);
    bytes.extend_from_slice(&json);
    Ok(bytes)
}

fn length(bytes: usize, most: usize) -> Result<[u8; 4], Fault> {
    let oversized = Fault::Oversized { bytes: bytes as u64, most: most as u64 };
    let length = u32::try_from(bytes).ok().filter(|_| bytes <= most);
    length.map(u32::to_be_bytes).ok_or(oversized)
}

/// A frame that was taken.
pub(super) struct Frame {
    pub(super) head: Head,
    pub(super) blob: Zeroizing<Vec<u8>>,
}

/// Takes bytes as they come and gives out whole frames. Holds at most one frame and one chunk.
pub struct Frames {
    buffer: Zeroizing<Vec<u8>>,
    /// Bytes of the buffer that were given out.
    at: usize,
}

impl Default for Frames {
    fn default() -> Self {
        // Of its final size from the start: growing would leave content behind.
        let most = LENGTHS_BYTES + WORKER_HEAD_BYTES_MAX + WORKER_BLOB_BYTES_MAX + CHUNK_BYTES_MAX;
        Self { buffer: Zeroizing::new(Vec::with_capacity(most)), at: 0 }
    }
}

impl Frames {
    /// Takes at most a chunk; the bytes that it took.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        let left = self.buffer.len() - self.at.min(self.buffer.len());
        self.buffer.copy_within(self.at.., 0);
        self.buffer.truncate(left);
        self.at = 0;
        let room = (self.buffer.capacity() - left).min(CHUNK_BYTES_MAX).min(bytes.len());
        self.buffer.extend_from_slice(bytes.get(..room).unwrap_or(&[]));
        room
    }

    /// The next whole frame.
    ///
    /// # Errors
    /// A length that is not taken, as soon as it is known; a head that is not understood.
    pub(super) fn next(&mut self) -> Result<Option<Frame>, Fault> {
        let rest = self.buffer.get(self.at..).unwrap_or(&[]);
        let Some((lengths, rest)) = rest.split_at_checked(LENGTHS_BYTES) else { return Ok(None) };
        let (head_bytes, blob_bytes) = lengths.split_at(LENGTHS_BYTES / 2);
        let head_bytes = read_length(head_bytes, WORKER_HEAD_BYTES_MAX)?;
        let blob_bytes = read_length(blob_bytes, WORKER_BLOB_BYTES_MAX)?;
        let Some(frame) = rest.get(..head_bytes + blob_bytes) else { return Ok(None) };
        let (head, blob) = frame.split_at(head_bytes);
        let head: Head = serde_json::from_slice(head).map_err(|_| Fault::Malformed)?;
        // Only these have anything behind their heads.
        if !blob.is_empty()
            && !matches!(head, Head::Content {} | Head::Text {} | Head::Parts {} | Head::Report {})
        {
            return Err(Fault::Malformed);
        }
        let blob = Zeroizing::new(blob.to_vec());
        self.at += LENGTHS_BYTES + head_bytes + blob_bytes;
        Ok(Some(Frame { head, blob }))
    }

    /// True if nothing is left of a frame that was begun.
    pub fn is_empty(&self) -> bool {
        self.at >= self.buffer.len()
    }
}

fn read_length(bytes: &[u8], most: usize) -> Result<usize, Fault> {
    let bytes: [u8; 4] = bytes.try_into().map_err(|_| Fault::Short)?;
    let length = u32::from_be_bytes(bytes);
    let taken = usize::try_from(length).ok().filter(|length| *length <= most);
    taken.ok_or(Fault::Oversized { bytes: u64::from(length), most: most as u64 })
}
