//! What stands inside cells. Each form begins with its fixed-length keys; the rest is the tail.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{CommitmentKey, SealError};
use crate::base::digest::Digest;
use crate::base::secret::{SecretBytes, SecretKey};

const KEY_BYTES: usize = 32;

/// The header row of a component: commitment key (32 bytes), then the age header's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedHeader {
    /// Key of the component's commitment, destroyed with the header.
    pub commitment_key: CommitmentKey,
    /// The age header, up to and including its MAC line.
    pub header: Vec<u8>,
}

impl SealedHeader {
    /// The cell's plaintext.
    pub fn to_bytes(&self) -> SecretBytes {
        joined(self.commitment_key.expose(), &self.header)
    }

    /// Reads the cell's plaintext.
    ///
    /// # Errors
    /// `BadForm`.
    pub fn parse(plain: &[u8]) -> Result<Self, SealError> {
        let (commitment_key, header) = parted(plain, "a header row")?;
        Ok(Self { commitment_key, header: header.to_vec() })
    }
}

/// The version row: the key under which descriptor, extracted text and offset tables are sealed
/// (32 bytes), then the key of the descriptor's commitment (32 bytes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionKeys {
    /// Seals what belongs to this version of the record.
    pub key: SecretKey<32>,
    /// Key of the descriptor's commitment.
    pub commitment_key: CommitmentKey,
}

impl VersionKeys {
    /// The cell's plaintext.
    pub fn to_bytes(&self) -> SecretBytes {
        joined(self.key.expose(), self.commitment_key.expose())
    }

    /// The first 16 bytes of HMAC-SHA-256(key, `revision.content ‖ 0 ‖ digest`): by which a content that comes again
    /// is known, as long as the key is there. Whoever has everything but the key can try nothing out.
    pub fn revision_token(&self, digest: &Digest) -> [u8; 16] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.key.expose()).expect("HMAC takes a key of any length");
        mac.update(b"revision.content\0");
        mac.update(digest.as_bytes());
        let full: [u8; 32] = mac.finalize().into_bytes().into();
        let mut token = [0; 16];
        for (target, source) in token.iter_mut().zip(full) {
            *target = source;
        }
        token
    }

    /// Reads the cell's plaintext.
    ///
    /// # Errors
    /// `BadForm`.
    pub fn parse(plain: &[u8]) -> Result<Self, SealError> {
        let bad = SealError::BadForm { what: "a version row" };
        let (key, rest) = plain.split_first_chunk::<KEY_BYTES>().ok_or(bad.clone())?;
        let commitment_key = CommitmentKey::from_slice(rest).ok_or(bad)?;
        Ok(Self { key: SecretKey::take(&mut { *key }), commitment_key })
    }
}

/// The profile of a case, party, user or matter: commitment key (32 bytes), then canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Key of the profile's commitment.
    pub commitment_key: CommitmentKey,
    /// Canonical JSON.
    pub json: SecretBytes,
}

impl Profile {
    /// The cell's plaintext.
    pub fn to_bytes(&self) -> SecretBytes {
        joined(self.commitment_key.expose(), self.json.expose())
    }

    /// Reads the cell's plaintext.
    ///
    /// # Errors
    /// `BadForm`.
    pub fn parse(plain: &[u8]) -> Result<Self, SealError> {
        let (commitment_key, json) = parted(plain, "a profile")?;
        Ok(Self { commitment_key, json: SecretBytes::new(json.to_vec()) })
    }
}

fn joined(key: &[u8; KEY_BYTES], tail: &[u8]) -> SecretBytes {
    // Made with its final size: growing would leave keys behind in memory.
    let mut bytes = Vec::with_capacity(KEY_BYTES + tail.len());
    bytes.extend_from_slice(key);
    bytes.extend_from_slice(tail);
    SecretBytes::new(bytes)
}

fn parted<'a>(plain: &'a [u8], what: &'static str) -> Result<(CommitmentKey, &'a [u8]), SealError> {
    let (key, tail) = plain.split_first_chunk::<KEY_BYTES>().ok_or(SealError::BadForm { what })?;
    let key = CommitmentKey::from_slice(key).ok_or(SealError::BadForm { what })?;
    Ok((key, tail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SeededEntropy;

    #[test]
    fn every_form_is_read_back() {
        let entropy = SeededEntropy::new(1);
        let commitment_key = CommitmentKey::generate(&entropy);
        let header = SealedHeader { commitment_key: commitment_key.clone(), header: b"age".to_vec() };
        assert_eq!(SealedHeader::parse(header.to_bytes().expose()), Ok(header));
        let keys = VersionKeys { key: SecretKey::generate(&entropy), commitment_key: commitment_key.clone() };
        assert_eq!(VersionKeys::parse(keys.to_bytes().expose()), Ok(keys));
        let profile = Profile { commitment_key, json: SecretBytes::new(b"{}".to_vec()) };
        assert_eq!(Profile::parse(profile.to_bytes().expose()), Ok(profile));
    }

    #[test]
    fn a_cut_form_is_refused() {
        assert!(SealedHeader::parse(&[0; 31]).is_err());
        assert!(Profile::parse(&[0; 31]).is_err());
        for length in [0, 32, 63, 65] {
            assert!(VersionKeys::parse(&vec![0; length]).is_err(), "{length} bytes");
        }
    }
}
