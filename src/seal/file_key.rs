//! The file key: sixteen secret bytes, one per payload, never reused.

use age_core::secrecy::ExposeSecret as _;
use hkdf::Hkdf;
use sha2::Sha256;

use crate::base::entropy::Entropy;
use crate::base::secret::SecretKey;

/// The key of one payload. Header and payload keys are derived from it (age v1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileKey(SecretKey<16>);

impl FileKey {
    /// Draws a fresh key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(SecretKey::generate(entropy))
    }

    pub(super) fn from_age(key: &age_core::format::FileKey) -> Self {
        let mut bytes = *key.expose_secret();
        Self(SecretKey::take(&mut bytes))
    }

    pub(super) fn to_age(&self) -> age_core::format::FileKey {
        age_core::format::FileKey::init_with_mut(|bytes| bytes.copy_from_slice(self.0.expose()))
    }

    /// HKDF-SHA-256(file key, salt empty, info "header"), the key of the header's MAC.
    pub(super) fn header_key(&self) -> SecretKey<32> {
        derive(&[], self.0.expose(), b"header")
    }

    /// HKDF-SHA-256(file key, salt nonce, info "payload"), the key of the STREAM.
    pub(super) fn payload_key(&self, nonce: &[u8; 16]) -> SecretKey<32> {
        derive(nonce, self.0.expose(), b"payload")
    }
}

/// HKDF-SHA-256 to 32 bytes (RFC 5869).
pub(super) fn derive(salt: &[u8], secret: &[u8], info: &[u8]) -> SecretKey<32> {
    let mut bytes = [0; 32];
    Hkdf::<Sha256>::new(Some(salt), secret)
        .expand(info, &mut bytes)
        .expect("32 bytes lie within the 255 blocks that HKDF can give");
    SecretKey::take(&mut bytes)
}
