//! The epoch key: it seals every header row and lives outside the database. Destroying it makes
//! noise of whatever old copies of the database still hold.

use crate::base::entropy::Entropy;
use crate::base::secret::SecretKey;

/// The key of one epoch. Epochs are numbered from 1.
///
/// Cells take random nonces of 96 bits: turn the epoch before 2³² cells were sealed in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochKey {
    /// The epoch's number; rows name it.
    pub number: u32,
    key: SecretKey<32>,
}

impl EpochKey {
    /// Draws the key of epoch `number`.
    pub fn generate(number: u32, entropy: &dyn Entropy) -> Self {
        Self { number, key: SecretKey::generate(entropy) }
    }

    /// From the key file of epoch `number`.
    pub(super) fn from_key(number: u32, key: SecretKey<32>) -> Self {
        Self { number, key }
    }

    pub(super) fn key(&self) -> &SecretKey<32> {
        &self.key
    }
}
