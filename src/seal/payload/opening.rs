//! Opening a payload: as a whole, as a stream, or at any place of it.

use std::io::{self, Read, Seek, SeekFrom};

use zeroize::{Zeroize as _, Zeroizing};

use super::{CHUNK_BYTES, ChunkPlace, NONCE_BYTES, SEALED_CHUNK_BYTES, Stream, TAG_BYTES, plain_length};
use crate::base::secret::SecretBytes;
use crate::seal::{FileKey, SealError};

/// A sealed payload read as its plaintext.
///
/// Every chunk is authenticated before a byte of it is given out. The last chunk is authenticated
/// before the first jump, so that a shortened payload is never read from in the middle; a reader
/// that goes from start to end must reach the end (a read of 0 bytes) before it trusts the whole.
pub struct Opening<R> {
    source: R,
    source_position: u64,
    stream: Stream,
    plain_bytes: u64,
    position: u64,
    /// The chunk whose plaintext is in the buffer, and how many bytes of it.
    loaded: Option<(u64, usize)>,
    /// As long as the longest chunk read so far.
    buffer: Vec<u8>,
    end_seen: bool,
}

impl<R: Read + Seek> Opening<R> {
    /// Begins at the payload's first byte; `sealed_bytes` is the length that the archive recorded.
    ///
    /// # Errors
    /// An [`io::Error`] that holds [`SealError::BadLength`] if the source has another length.
    pub fn new(file_key: &FileKey, mut source: R, sealed_bytes: u64) -> io::Result<Self> {
        let found = source.seek(SeekFrom::End(0))?;
        let plain_bytes = plain_length(sealed_bytes)
            .filter(|_| found == sealed_bytes)
            .ok_or_else(|| refused(SealError::BadLength { sealed_bytes: found }))?;
        source.seek(SeekFrom::Start(0))?;
        let mut nonce = [0; NONCE_BYTES];
        source.read_exact(&mut nonce)?;
        Ok(Self {
            source,
            source_position: NONCE_BYTES as u64,
            stream: Stream::new(file_key, &nonce),
            plain_bytes,
            position: 0,
            loaded: None,
            buffer: Vec::new(),
            end_seen: false,
        })
    }

    /// Bytes of the whole plaintext. Certain only once the last chunk was authenticated.
    pub fn plain_bytes(&self) -> u64 {
        self.plain_bytes
    }

    fn last_index(&self) -> u64 {
        self.plain_bytes.saturating_sub(1) / CHUNK_BYTES as u64
    }

    fn see_the_end(&mut self) -> io::Result<()> {
        if self.end_seen { Ok(()) } else { self.load(self.last_index()) }
    }

    fn load(&mut self, index: u64) -> io::Result<()> {
        if self.loaded.is_some_and(|(loaded, _)| loaded == index) {
            return Ok(());
        }
        let last = index == self.last_index();
        let plain = if last { self.plain_bytes - index * CHUNK_BYTES as u64 } else { CHUNK_BYTES as u64 };
        let plain =
            usize::try_from(plain).map_err(|_| refused(SealError::PayloadDamaged { chunk: index }))?;
        let sealed = plain + TAG_BYTES;
        let start = NONCE_BYTES as u64 + index * SEALED_CHUNK_BYTES as u64;
        self.loaded = None;
        if self.source_position != start {
            self.source_position = self.source.seek(SeekFrom::Start(start))?;
        }
        if self.buffer.len() < sealed {
            self.grow(sealed);
        }
        let (chunk, _) = self.buffer.split_at_mut(sealed);
        self.source.read_exact(chunk)?;
        self.source_position += sealed as u64;
        if self.stream.open(ChunkPlace { index, last }, chunk).is_none() {
            return Err(refused(SealError::PayloadDamaged { chunk: index }));
        }
        self.loaded = Some((index, plain));
        self.end_seen |= last;
        Ok(())
    }

    /// Grown to a whole chunk if the payload has one, so that plaintext is never left behind in
    /// a buffer that was moved.
    fn grow(&mut self, sealed: usize) {
        let whole = if self.last_index() > 0 { SEALED_CHUNK_BYTES } else { sealed };
        self.buffer.resize(whole, 0);
    }
}

impl<R: Read + Seek> Read for Opening<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.plain_bytes {
            self.see_the_end()?;
            return Ok(0);
        }
        self.load(self.position / CHUNK_BYTES as u64)?;
        let (index, plain) = self.loaded.unwrap_or_default();
        let within = usize::try_from(self.position - index * CHUNK_BYTES as u64).unwrap_or(plain);
        let available = self.buffer.get(within..plain).unwrap_or_default();
        let count = available.len().min(out.len());
        out.split_at_mut(count).0.copy_from_slice(available.split_at(count).0);
        self.position += count as u64;
        Ok(count)
    }
}

impl<R: Read + Seek> Seek for Opening<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => self.plain_bytes.checked_add_signed(offset),
        };
        let target = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        if target != self.position || matches!(to, SeekFrom::End(_)) {
            self.see_the_end()?;
        }
        self.position = target;
        Ok(target)
    }
}

impl<R> Drop for Opening<R> {
    fn drop(&mut self) {
        self.buffer.as_mut_slice().zeroize();
    }
}

/// Opens a payload that is in memory.
///
/// # Errors
/// `BadLength`, `PayloadDamaged`.
pub fn open_all(file_key: &FileKey, sealed: &[u8]) -> Result<SecretBytes, SealError> {
    let bad_length = SealError::BadLength { sealed_bytes: sealed.len() as u64 };
    let (nonce, body) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(bad_length.clone())?;
    if plain_length(sealed.len() as u64).is_none() {
        return Err(bad_length);
    }
    let stream = Stream::new(file_key, nonce);
    // Room for everything and one tag: the buffer is never moved while it fills.
    let mut plain = Zeroizing::new(Vec::with_capacity(body.len()));
    let mut chunks = body.chunks(SEALED_CHUNK_BYTES).enumerate().peekable();
    while let Some((number, chunk)) = chunks.next() {
        let index = number as u64;
        let last = chunks.peek().is_none();
        let start = plain.len();
        plain.extend_from_slice(chunk);
        if stream.open(ChunkPlace { index, last }, plain.split_at_mut(start).1).is_none() {
            return Err(SealError::PayloadDamaged { chunk: index });
        }
        let end = plain.len() - TAG_BYTES;
        plain.truncate(end);
    }
    Ok(SecretBytes::new(std::mem::take(&mut *plain)))
}

fn refused(error: SealError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
