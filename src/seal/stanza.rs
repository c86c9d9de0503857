//! The X25519 stanza of an age header: the file key wrapped to one recipient.
//!
//! Rules: <https://c2sp.org/age>, "The X25519 recipient type". The age crate walks the Montgomery
//! ladder for each of a header's points and knows nothing of the next header. Here the recipients are
//! the same two for years: their multiples are kept in a table, which takes a third of the time
//! (`docs/decisions/0036-header-tables.md`). A public key that is no point of the Edwards curve goes
//! the crate's way.

use age::Recipient as _;
use age_core::format::{FileKey as AgeFileKey, Stanza};
use age_core::primitives::{aead_encrypt, hkdf};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use curve25519_dalek::edwards::{EdwardsBasepointTable, EdwardsPoint};
use curve25519_dalek::montgomery::MontgomeryPoint;
use curve25519_dalek::traits::BasepointTable as _;
use zeroize::Zeroizing;

use super::{FileKey, Recipient, SealError};
use crate::base::entropy::{Entropy, draw};

const TAG: &str = "X25519";
const LABEL: &[u8] = b"age-encryption.org/v1/X25519";

/// The multiples of a recipient's point.
pub(super) struct Table(EdwardsBasepointTable);

impl Table {
    /// `None` for a coordinate of the curve's twist, whose points the table cannot hold.
    pub(super) fn of(point: [u8; 32]) -> Option<Self> {
        // X25519 looks at one coordinate: either sign gives the same shared secret (RFC 7748 §5).
        MontgomeryPoint(point).to_edwards(0).map(|point| Self(EdwardsBasepointTable::create(&point)))
    }

    /// X25519 of a secret and the recipient's point (RFC 7748 §5), in constant time.
    fn agree(&self, secret: [u8; 32]) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.mul_base_clamped(secret).to_montgomery().to_bytes())
    }
}

/// Wraps the file key to one recipient, under a secret drawn for this stanza alone.
pub(super) fn wrap(
    file_key: &FileKey,
    recipient: &Recipient,
    entropy: &dyn Entropy,
) -> Result<Vec<Stanza>, SealError> {
    match recipient.table() {
        Some(table) => Ok(vec![wrap_by(table, file_key, recipient, &Zeroizing::new(draw(entropy)))]),
        None => {
            let wrapped = recipient.to_age().wrap_file_key(&file_key.to_age());
            wrapped.map(|(stanzas, _)| stanzas).map_err(|_| SealError::BadRecipient)
        }
    }
}

fn wrap_by(table: &Table, file_key: &FileKey, recipient: &Recipient, secret: &[u8; 32]) -> Stanza {
    let share = EdwardsPoint::mul_base_clamped(*secret).to_montgomery().to_bytes();
    let shared = table.agree(*secret);
    let mut salt = [0; 64];
    let (first, second) = salt.split_at_mut(32);
    first.copy_from_slice(&share);
    second.copy_from_slice(recipient.point());
    let key = Zeroizing::new(hkdf(&salt, LABEL, shared.as_slice()));
    let file_key: AgeFileKey = file_key.to_age();
    Stanza {
        tag: TAG.to_owned(),
        args: vec![STANDARD_NO_PAD.encode(share)],
        body: aead_encrypt(&key, age_core::secrecy::ExposeSecret::expose_secret(&file_key)),
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::EIGHT_TORSION;
    use proptest::prelude::*;

    use super::*;
    use crate::base::entropy::SystemEntropy;
    use crate::seal::Identity;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn the_table_agrees_with_the_ladder_on_every_point_of_the_curve(
            mut point: [u8; 32],
            secret: [u8; 32],
            torsion in 0..8_usize,
        ) {
            // The highest bit is not looked at (RFC 7748 §5).
            point[31] &= 127;
            let on_curve = EdwardsPoint::mul_base_clamped(point) + EIGHT_TORSION[torsion];
            for point in [point, on_curve.to_montgomery().to_bytes()] {
                if let Some(table) = Table::of(point) {
                    let ladder = MontgomeryPoint(point).mul_clamped(secret).to_bytes();
                    prop_assert_eq!(*table.agree(secret), ladder);
                }
            }
        }
    }

    #[test]
    fn the_age_crate_unwraps_what_the_table_wrapped() {
        let identity = Identity::generate();
        let recipient = identity.to_recipient();
        assert!(recipient.table().is_some());
        let file_key = FileKey::generate(&SystemEntropy);
        let stanzas = wrap(&file_key, &recipient, &SystemEntropy).unwrap();
        let opened = age::Identity::unwrap_stanza(&identity.0, &stanzas[0]).unwrap().unwrap();
        assert_eq!(FileKey::from_age(&opened), file_key);
    }

    #[test]
    fn each_stanza_has_a_secret_of_its_own() {
        let recipient = Identity::generate().to_recipient();
        let file_key = FileKey::generate(&SystemEntropy);
        let shares: std::collections::HashSet<String> = (0..32)
            .map(|_| wrap(&file_key, &recipient, &SystemEntropy).unwrap().remove(0).args.remove(0))
            .collect();
        assert_eq!(shares.len(), 32);
    }

    #[test]
    fn the_shared_secret_of_rfc_7748_section_6_1() {
        let hex = |text: &str| <[u8; 32]>::try_from(crate::base::digest::from_hex(text).unwrap()).unwrap();
        let alice = hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        let bob = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
        let shared = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
        assert_eq!(*Table::of(bob).unwrap().agree(alice), shared);
    }
}
