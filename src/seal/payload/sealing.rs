//! Sealing a stream, with both digests taken on the way.

use zeroize::Zeroize as _;

use super::{CHUNK_BYTES, ChunkPlace, NONCE_BYTES, Stream, TAG_BYTES, sealed_length};
use crate::base::digest::{Digest, Digesting, update_both};
use crate::base::entropy::{Entropy, draw};
use crate::seal::FileKey;

/// What was counted and digested while sealing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    /// Bytes of the plaintext.
    pub plain_bytes: u64,
    /// SHA-256 of the plaintext: never stored bare, see [`commit`](crate::seal::commit).
    pub plain_digest: Digest,
    /// Bytes of the payload.
    pub sealed_bytes: u64,
    /// SHA-256 of the payload.
    pub sealed_digest: Digest,
}

/// A payload being sealed. What it appends to `out` is complete only after [`finish`](Self::finish).
pub struct Sealing {
    stream: Stream,
    /// Goes out before the first chunk.
    nonce: Option<[u8; NONCE_BYTES]>,
    index: u64,
    pending: Pending,
    plain_bytes: u64,
    plain: Digesting,
    sealed_bytes: u64,
    sealed: Digesting,
}

impl Sealing {
    /// Begins a payload. A file key seals one payload only.
    pub fn new(file_key: &FileKey, entropy: &dyn Entropy) -> Self {
        let nonce = draw(entropy);
        Self {
            stream: Stream::new(file_key, &nonce),
            nonce: Some(nonce),
            index: 0,
            pending: Pending::default(),
            plain_bytes: 0,
            plain: Digesting::new(),
            sealed_bytes: 0,
            sealed: Digesting::new(),
        }
    }

    /// Takes the next bytes of plaintext; appends to `out` what is sealed by now.
    pub fn write(&mut self, mut plain: &[u8], out: &mut Vec<u8>) {
        while !plain.is_empty() {
            // A full chunk is sealed only when more follows: the last one is marked.
            if self.pending.is_full() {
                self.seal_pending(false, out);
            }
            if self.pending.is_empty() && plain.len() > CHUNK_BYTES {
                let (chunk, rest) = plain.split_at(CHUNK_BYTES);
                self.seal_chunk(chunk, false, out);
                plain = rest;
            } else {
                plain = self.pending.take(plain);
            }
        }
    }

    /// Seals the last chunk.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Sums {
        self.seal_pending(true, out);
        self.sums()
    }

    fn sums(self) -> Sums {
        assert_eq!(
            self.sealed_bytes,
            sealed_length(self.plain_bytes),
            "the payload has the length of its kind"
        );
        Sums {
            plain_bytes: self.plain_bytes,
            plain_digest: self.plain.finish(),
            sealed_bytes: self.sealed_bytes,
            sealed_digest: self.sealed.finish(),
        }
    }

    fn seal_pending(&mut self, last: bool, out: &mut Vec<u8>) {
        let mut pending = std::mem::take(&mut self.pending);
        self.seal_chunk(pending.bytes(), last, out);
        pending.filled = 0;
        self.pending = pending;
    }

    fn seal_chunk(&mut self, chunk: &[u8], last: bool, out: &mut Vec<u8>) {
        let start = out.len();
        out.reserve(NONCE_BYTES + chunk.len() + TAG_BYTES);
        if let Some(nonce) = self.nonce.take() {
            out.extend_from_slice(&nonce);
        }
        let body = out.len();
        out.extend_from_slice(chunk);
        let tag = self.stream.seal(ChunkPlace { index: self.index, last }, out.split_at_mut(body).1);
        out.extend_from_slice(&tag);
        let fresh = out.split_at(start).1;
        update_both((&mut self.plain, chunk), (&mut self.sealed, fresh));
        self.plain_bytes += chunk.len() as u64;
        self.sealed_bytes += fresh.len() as u64;
        self.index += 1;
    }
}

/// Seals a plaintext that is in memory.
pub fn seal_all(file_key: &FileKey, plain: &[u8], entropy: &dyn Entropy) -> (Vec<u8>, Sums) {
    let bytes = usize::try_from(sealed_length(plain.len() as u64)).unwrap_or(0);
    let mut out = Vec::with_capacity(bytes);
    let mut sealing = Sealing::new(file_key, entropy);
    let mut chunks = plain.chunks(CHUNK_BYTES);
    let last = chunks.next_back().unwrap_or_default();
    for chunk in chunks {
        sealing.seal_chunk(chunk, false, &mut out);
    }
    sealing.seal_chunk(last, true, &mut out);
    (out, sealing.sums())
}

/// Plaintext that waits for its chunk to fill. The buffer is made when first needed, is never
/// moved, and is wiped as far as it was ever filled: wiping all of it would cost a small
/// payload more than sealing does.
#[derive(Default)]
struct Pending {
    buffer: Vec<u8>,
    filled: usize,
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.filled == 0
    }

    fn is_full(&self) -> bool {
        self.filled == CHUNK_BYTES
    }

    fn bytes(&self) -> &[u8] {
        self.buffer.split_at(self.filled).0
    }

    /// Takes what fits; returns what is left.
    fn take<'a>(&mut self, plain: &'a [u8]) -> &'a [u8] {
        if self.buffer.capacity() == 0 {
            self.buffer.reserve_exact(CHUNK_BYTES);
        }
        let (fitting, rest) = plain.split_at(plain.len().min(CHUNK_BYTES - self.filled));
        let end = self.filled + fitting.len();
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        let (target, _) = self.buffer.split_at_mut(end);
        target.split_at_mut(self.filled).1.copy_from_slice(fitting);
        self.filled = end;
        rest
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.buffer.as_mut_slice().zeroize();
    }
}
