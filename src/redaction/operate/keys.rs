//! The secrets of one matter, all drawn from one key.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::base::secret::SecretKey;

/// The secrets by which a matter's values are hashed, sealed, exchanged and shifted.
#[derive(Debug, Clone)]
pub struct Keys(SecretKey<32>);

impl Keys {
    /// From the matter's key.
    pub const fn new(matter: SecretKey<32>) -> Self {
        Self(matter)
    }

    /// A keyed digest of a text for one purpose.
    pub fn digest(&self, purpose: &str, text: &str) -> [u8; 32] {
        // HMAC takes keys of any length; 32 bytes are one of them.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose()).expect("HMAC takes a key of 32 bytes");
        mac.update(b"muniment/redaction/v1/");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// A number below `most` that belongs to a text.
    pub fn below(&self, purpose: &str, text: &str, most: u64) -> u64 {
        let digest = self.digest(purpose, text);
        let number = digest.iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        number.checked_rem(most).unwrap_or(0)
    }
}
