//! Commitments: what the ledger holds of a plaintext. Without the commitment key, which is kept
//! beside the header and destroyed with it, they link to nothing.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::file_key::derive;
use crate::base::digest::Digest;
use crate::base::entropy::Entropy;
use crate::base::secret::SecretKey;

/// The key of one commitment, or of all commitments of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitmentKey(SecretKey<32>);

impl CommitmentKey {
    /// Draws a fresh key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(SecretKey::generate(entropy))
    }

    /// From stored bytes of unknown length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        SecretKey::from_slice(bytes).map(Self)
    }

    /// The bytes, for the length of one call.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The key of one entry of a segment: HKDF-SHA-256(key, salt empty,
    /// info `"muniment/entry/v1" ‖ ordinal (u64, big endian)`).
    pub fn for_ordinal(&self, ordinal: u64) -> Self {
        let mut info = b"muniment/entry/v1".to_vec();
        info.extend_from_slice(&ordinal.to_be_bytes());
        Self(derive(&[], self.0.expose(), &info))
    }
}

/// HMAC-SHA-256(commitment key, `"muniment/commit/v1" ‖ SHA-256(plaintext)`).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Commitment(Digest);

impl Commitment {
    /// The 32 bytes as a digest, as they are stored and entered.
    pub const fn digest(self) -> Digest {
        self.0
    }

    /// From the 32 bytes, as stored or as the ledger has them.
    pub const fn from_digest(digest: Digest) -> Self {
        Self(digest)
    }

    /// From stored bytes of unknown length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        Digest::from_slice(bytes).map(Self)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Lower-case hexadecimal, as in the ledger.
    pub fn to_hex(self) -> String {
        self.0.to_hex()
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Commits to a plaintext by its SHA-256.
pub fn commit(key: &CommitmentKey, plain_digest: Digest) -> Commitment {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).expect("HMAC takes a key of any length");
    mac.update(b"muniment/commit/v1");
    mac.update(plain_digest.as_bytes());
    Commitment(Digest::from_bytes(mac.finalize().into_bytes().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_key(byte: u8) -> CommitmentKey {
        CommitmentKey::from_slice(&[byte; 32]).unwrap()
    }

    #[test]
    fn a_commitment_depends_on_key_and_plaintext() {
        let digest = Digest::of(b"plain");
        assert_eq!(commit(&a_key(1), digest), commit(&a_key(1), digest));
        assert_ne!(commit(&a_key(1), digest), commit(&a_key(2), digest));
        assert_ne!(commit(&a_key(1), digest), commit(&a_key(1), Digest::of(b"other")));
    }

    #[test]
    fn every_entry_of_a_segment_has_a_key_of_its_own() {
        assert_ne!(a_key(1).for_ordinal(0), a_key(1).for_ordinal(1));
        assert_ne!(a_key(1).for_ordinal(0), a_key(1));
        assert_ne!(a_key(1).for_ordinal(0), a_key(2).for_ordinal(0));
    }

    /// Computed independently with Python's `hmac` and `hashlib`; a change here breaks every proof.
    #[test]
    fn the_bytes_of_a_commitment_stay_as_they_are() {
        assert_eq!(
            commit(&a_key(1), Digest::of(b"abc")).to_hex(),
            "46c68f38e796050a92c2a730b881e9115eddcc2e76fd854534a601cdc4f5bc9b"
        );
        assert_eq!(
            commit(&a_key(1).for_ordinal(258), Digest::of(b"abc")).to_hex(),
            "5a77b17a26c14704cd4ac0e16eee0937dee1340a3edf20f325df30323f0bb62d"
        );
    }
}
