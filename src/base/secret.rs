//! Bytes that must neither be shown nor left behind: `Debug` prints `[withheld]`, `Drop` wipes.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use super::entropy::{Entropy, draw};

/// A key of `N` bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey<const N: usize>(Box<Zeroizing<[u8; N]>>);

impl<const N: usize> SecretKey<N> {
    /// Takes the bytes over; the caller's copy is wiped.
    pub fn take(bytes: &mut [u8; N]) -> Self {
        let key = Self(Box::new(Zeroizing::new(*bytes)));
        bytes.zeroize();
        key
    }

    /// Draws a fresh key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::take(&mut draw(entropy))
    }

    /// From bytes of unknown length; `None` unless there are `N`.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut array: [u8; N] = bytes.try_into().ok()?;
        Some(Self::take(&mut array))
    }

    /// The bytes, for the length of one cryptographic call.
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> fmt::Debug for SecretKey<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[withheld]")
    }
}

/// Plaintext, passphrases and other secret bytes of any length.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes the buffer over; it is wiped when dropped.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for the length of one call.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text, if they are UTF-8.
    pub fn expose_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[withheld]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show_themselves() {
        let text = format!("{:?} {:?}", SecretKey::take(&mut [7; 32]), SecretBytes::new(b"pw".to_vec()));
        assert_eq!(text, "[withheld] [withheld]");
    }
}
