//! Cells: small sealed texts in database rows, `nonce(12) ‖ ChaCha20-Poly1305`.
//!
//! The additional data names the place, so that a cell copied to another row, another part or
//! another epoch does not open there. Every text in it is preceded by its length in bytes
//! (u32, big endian), so that no two places share a spelling:
//! - [`seal`]: `"muniment/cell/v1" ‖ len ‖ owner ‖ len ‖ part ‖ epoch number (u32, big endian)`
//! - [`seal_under`]: `"muniment/under/v1" ‖ len ‖ context`

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::{EpochKey, SealError};
use crate::base::entropy::{Entropy, draw};
use crate::base::secret::{SecretBytes, SecretKey};

const TAG_BYTES: usize = 16;

/// Where a cell belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellPlace<'a> {
    /// Id of what the row belongs to: a record, case, party, user, matter.
    pub owner: &'a str,
    /// Which of the owner's cells: a component's id, `version:<n>`, `profile`.
    pub part: &'a str,
}

impl CellPlace<'_> {
    fn to_additional(self, epoch: u32) -> Vec<u8> {
        let mut bytes = b"muniment/cell/v1".to_vec();
        push_text(self.owner, &mut bytes);
        push_text(self.part, &mut bytes);
        bytes.extend_from_slice(&epoch.to_be_bytes());
        bytes
    }
}

/// Seals a row's cell under the epoch key.
pub fn seal(epoch: &EpochKey, place: CellPlace<'_>, plain: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
    seal_with(epoch.key(), &place.to_additional(epoch.number), plain, entropy)
}

/// Opens a row's cell.
///
/// # Errors
/// `CellDamaged`: changed, of another place, or of another epoch.
pub fn open(epoch: &EpochKey, place: CellPlace<'_>, sealed: &[u8]) -> Result<SecretBytes, SealError> {
    open_with(epoch.key(), &place.to_additional(epoch.number), sealed)
}

/// Seals under a key of its own (a version key); `context` says what for.
pub fn seal_under(key: &SecretKey<32>, context: &str, plain: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
    seal_with(key, &to_additional(context), plain, entropy)
}

/// Opens what [`seal_under`] sealed.
///
/// # Errors
/// `CellDamaged`: changed, sealed under another key, or for another context.
pub fn open_under(key: &SecretKey<32>, context: &str, sealed: &[u8]) -> Result<SecretBytes, SealError> {
    open_with(key, &to_additional(context), sealed)
}

fn to_additional(context: &str) -> Vec<u8> {
    let mut bytes = b"muniment/under/v1".to_vec();
    push_text(context, &mut bytes);
    bytes
}

fn push_text(text: &str, bytes: &mut Vec<u8>) {
    let length = u32::try_from(text.len()).expect("ids and contexts are short");
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

fn seal_with(key: &SecretKey<32>, additional: &[u8], plain: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
    let nonce: [u8; NONCE_LEN] = draw(entropy);
    let mut cell = Vec::with_capacity(NONCE_LEN + plain.len() + TAG_BYTES);
    cell.extend_from_slice(&nonce);
    cell.extend_from_slice(plain);
    let tag = cipher(key)
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(additional),
            cell.split_at_mut(NONCE_LEN).1,
        )
        .expect("what lies in memory is shorter than the 256 GiB that ChaCha20-Poly1305 takes");
    cell.extend_from_slice(tag.as_ref());
    cell
}

fn open_with(key: &SecretKey<32>, additional: &[u8], sealed: &[u8]) -> Result<SecretBytes, SealError> {
    let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(SealError::CellDamaged)?;
    let mut plain = Zeroizing::new(body.to_vec());
    let length = cipher(key)
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(additional), &mut plain)
        .map_err(|_| SealError::CellDamaged)?
        .len();
    plain.truncate(length);
    Ok(SecretBytes::new(std::mem::take(&mut *plain)))
}

fn cipher(key: &SecretKey<32>) -> LessSafeKey {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key.expose())
        .expect("a key of 32 bytes is what ChaCha20-Poly1305 takes");
    LessSafeKey::new(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::digest::to_hex;
    use crate::base::entropy::SeededEntropy;

    const PLACE: CellPlace<'_> = CellPlace { owner: "record", part: "header" };

    fn an_epoch(number: u32) -> EpochKey {
        EpochKey::from_key(number, SecretKey::take(&mut [7; 32]))
    }

    #[test]
    fn a_cell_opens_only_in_its_own_place_and_epoch() {
        let cell = seal(&an_epoch(1), PLACE, b"commitment key", &SeededEntropy::new(1));
        assert_eq!(open(&an_epoch(1), PLACE, &cell).unwrap().expose(), b"commitment key");
        for (epoch, owner, part) in
            [(2, "record", "header"), (1, "recor", "dheader"), (1, "record", "profile"), (1, "", "")]
        {
            let elsewhere = CellPlace { owner, part };
            assert_eq!(
                open(&an_epoch(epoch), elsewhere, &cell),
                Err(SealError::CellDamaged),
                "{owner}/{part}"
            );
        }
    }

    #[test]
    fn what_is_sealed_under_a_version_key_opens_for_its_context_only() {
        let key = SecretKey::take(&mut [9; 32]);
        let sealed = seal_under(&key, "descriptor", b"title", &SeededEntropy::new(2));
        assert_eq!(open_under(&key, "descriptor", &sealed).unwrap().expose(), b"title");
        assert_eq!(open_under(&key, "text", &sealed), Err(SealError::CellDamaged));
        assert_eq!(
            open_under(&SecretKey::take(&mut [8; 32]), "descriptor", &sealed),
            Err(SealError::CellDamaged)
        );
    }

    /// Computed independently from RFC 8439; a change here breaks every archive.
    #[test]
    fn the_bytes_of_a_cell_stay_as_they_are() {
        let cell = seal(&an_epoch(1), PLACE, b"abc", &SeededEntropy::new(3));
        assert_eq!(to_hex(&cell), "2b7ebe6c2639dc181ae42be41cb56f74b6dd406df937d304f71faaa3ab2599");
    }

    proptest! {
        #[test]
        fn no_changed_byte_of_a_cell_goes_unnoticed(
            plain in proptest::collection::vec(any::<u8>(), 0..200),
            at in any::<prop::sample::Index>(),
            change in 1_u8..,
        ) {
            let mut cell = seal(&an_epoch(1), PLACE, &plain, &SeededEntropy::new(4));
            let opened = open(&an_epoch(1), PLACE, &cell).unwrap();
            prop_assert_eq!(opened.expose(), plain.as_slice());
            let at = at.index(cell.len());
            cell[at] ^= change;
            prop_assert_eq!(open(&an_epoch(1), PLACE, &cell), Err(SealError::CellDamaged));
            prop_assert_eq!(open(&an_epoch(1), PLACE, &cell[..at]), Err(SealError::CellDamaged));
        }
    }
}
