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
pub struct Digesting(Sha256);

impl Digesting {
    /// Nothing taken yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes taken.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
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
    fn a_content_digest_may_name_other_algorithms_too() {
        let digest = Digest::of(b"x");
        let field = format!("sha-512=:AAAA:, {}", digest.to_content_digest());
        assert_eq!(Digest::parse_content_digest(&field), Ok(digest));
        assert_eq!(Digest::parse_content_digest("md5=:AAAA:"), Err(BadDigest::ContentDigest));
    }
}
