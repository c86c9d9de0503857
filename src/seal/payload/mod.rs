//! The payload: nonce (16 bytes), then 64 KiB chunks of ChaCha20-Poly1305 in the STREAM
//! construction. Rules: <https://c2sp.org/age>, "Payload".
//!
//! An empty plaintext is one empty chunk; no other payload ends in an empty chunk.

mod opening;
mod sealing;

pub use opening::{Opening, open_all};
pub use sealing::{Sealing, Sums, seal_all};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

use super::FileKey;

/// Plaintext bytes of every chunk but the last.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// Bytes that authentication adds to a chunk.
const TAG_BYTES: usize = 16;
/// Bytes of the nonce at the payload's start.
const NONCE_BYTES: usize = 16;
const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;

/// Bytes of the payload of a plaintext of so many bytes.
pub const fn sealed_length(plain_bytes: u64) -> u64 {
    let chunks = match plain_bytes.div_ceil(CHUNK_BYTES as u64) {
        0 => 1,
        chunks => chunks,
    };
    plain_bytes.saturating_add(chunks * TAG_BYTES as u64).saturating_add(NONCE_BYTES as u64)
}

/// Bytes of the plaintext of a payload of so many bytes; `None` if no payload has that length.
pub const fn plain_length(sealed_bytes: u64) -> Option<u64> {
    let Some(body) = sealed_bytes.checked_sub(NONCE_BYTES as u64) else { return None };
    let chunks = body.div_ceil(SEALED_CHUNK_BYTES as u64);
    match body.checked_sub(chunks * TAG_BYTES as u64) {
        Some(plain_bytes) if sealed_length(plain_bytes) == sealed_bytes => Some(plain_bytes),
        _ => None,
    }
}

/// The STREAM construction under one payload key.
struct Stream(LessSafeKey);

impl Stream {
    fn new(file_key: &FileKey, nonce: &[u8; NONCE_BYTES]) -> Self {
        let key = UnboundKey::new(&CHACHA20_POLY1305, file_key.payload_key(nonce).expose())
            .expect("the payload key has the 32 bytes that ChaCha20-Poly1305 takes");
        Self(LessSafeKey::new(key))
    }

    fn seal(&self, place: ChunkPlace, chunk: &mut [u8]) -> [u8; TAG_BYTES] {
        let tag = self
            .0
            .seal_in_place_separate_tag(place.nonce(), Aad::empty(), chunk)
            .expect("64 KiB lie within what ChaCha20-Poly1305 seals at once");
        let mut bytes = [0; TAG_BYTES];
        bytes.copy_from_slice(tag.as_ref());
        bytes
    }

    /// Opens in place; the plaintext is the part before the tag.
    fn open<'a>(&self, place: ChunkPlace, chunk: &'a mut [u8]) -> Option<&'a mut [u8]> {
        self.0.open_in_place(place.nonce(), Aad::empty(), chunk).ok()
    }
}

#[derive(Clone, Copy)]
struct ChunkPlace {
    index: u64,
    last: bool,
}

impl ChunkPlace {
    /// Eleven bytes of counter, big endian, then 1 for the last chunk and 0 for the others.
    fn nonce(self) -> Nonce {
        let bytes = (u128::from(self.index) << 8 | u128::from(self.last)).to_be_bytes();
        let mut nonce = [0; 12];
        for (target, source) in nonce.iter_mut().zip(bytes.iter().skip(4)) {
            *target = *source;
        }
        Nonce::assume_unique_for_key(nonce)
    }
}

#[cfg(test)]
mod tests;
