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
use zeroize::{Zeroize as _, Zeroizing};

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

    /// The recipient's point multiplied by a secret, in constant time. Its Montgomery coordinate is
    /// X25519 of the two (RFC 7748 §5).
    fn multiply(&self, secret: [u8; 32]) -> EdwardsPoint {
        self.0.mul_base_clamped(secret)
    }
}

/// Wraps the file key to each recipient in turn, each time under a secret drawn for that stanza alone.
pub(super) fn wrap(
    file_key: &FileKey,
    recipients: &[&Recipient],
    entropy: &dyn Entropy,
) -> Result<Vec<Stanza>, SealError> {
    let mut points = Vec::with_capacity(2 * recipients.len());
    for table in recipients.iter().filter_map(|recipient| recipient.table()) {
        let secret = Zeroizing::new(draw::<32>(entropy));
        points.push(EdwardsPoint::mul_base_clamped(*secret));
        points.push(table.multiply(*secret));
    }
    let coordinates = coordinates(&points);
    points.zeroize();
    let mut pairs = coordinates.chunks_exact(2);
    let mut stanzas = Vec::with_capacity(recipients.len());
    for recipient in recipients {
        if recipient.table().is_none() {
            let wrapped = recipient.to_age().wrap_file_key(&file_key.to_age());
            stanzas.extend(wrapped.map_err(|_| SealError::BadRecipient)?.0);
        } else if let Some([share, shared]) = pairs.next() {
            stanzas.push(stanza(file_key, recipient, share.as_bytes(), shared.as_bytes()));
        }
    }
    Ok(stanzas)
}

/// The points' Montgomery coordinates. One inversion serves all of them.
fn coordinates(points: &[EdwardsPoint]) -> Zeroizing<Vec<MontgomeryPoint>> {
    Zeroizing::new(EdwardsPoint::to_montgomery_batch(points))
}

fn stanza(file_key: &FileKey, recipient: &Recipient, share: &[u8; 32], shared: &[u8; 32]) -> Stanza {
    let mut salt = [0; 64];
    let (first, second) = salt.split_at_mut(32);
    first.copy_from_slice(share);
    second.copy_from_slice(recipient.point());
    let key = Zeroizing::new(hkdf(&salt, LABEL, shared));
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
                    prop_assert_eq!(coordinates(&[table.multiply(secret)])[0].to_bytes(), ladder);
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
        let stanzas = wrap(&file_key, &[&recipient], &SystemEntropy).unwrap();
        let opened = age::Identity::unwrap_stanza(&identity.0, &stanzas[0]).unwrap().unwrap();
        assert_eq!(FileKey::from_age(&opened), file_key);
    }

    #[test]
    fn recipients_with_and_without_a_table_keep_their_order() {
        let identities: Vec<Identity> = (0..3).map(|_| Identity::generate()).collect();
        let recipients: Vec<Recipient> = identities.iter().map(Identity::to_recipient).collect();
        // A coordinate of the twist goes the crate's way, and stands in the middle.
        let twisted = "age1qczs2pg9q5zs2pg9q5zs2pg9q5zs2pg9q5zs2pg9q5zs2pg9q5qseftcgt";
        let twisted = Recipient::parse(twisted).unwrap();
        assert!(twisted.table().is_none());
        let order = [&recipients[0], &recipients[1], &twisted, &recipients[2]];
        let file_key = FileKey::generate(&SystemEntropy);
        let stanzas = wrap(&file_key, &order, &SystemEntropy).unwrap();
        assert_eq!(stanzas.len(), 4);
        for (at, identity) in [(0, 0), (1, 1), (3, 2)] {
            let opened = age::Identity::unwrap_stanza(&identities[identity].0, &stanzas[at]);
            assert_eq!(FileKey::from_age(&opened.unwrap().unwrap()), file_key);
        }
    }

    #[test]
    fn each_stanza_has_a_secret_of_its_own() {
        let recipient = Identity::generate().to_recipient();
        let file_key = FileKey::generate(&SystemEntropy);
        let shares: std::collections::HashSet<String> = (0..32)
            .map(|_| wrap(&file_key, &[&recipient], &SystemEntropy).unwrap().remove(0).args.remove(0))
            .collect();
        assert_eq!(shares.len(), 32);
    }

    #[test]
    fn the_shared_secret_of_rfc_7748_section_6_1() {
        let hex = |text: &str| <[u8; 32]>::try_from(crate::base::digest::from_hex(text).unwrap()).unwrap();
        let alice = hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        let bob = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
        let shared = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
        let point = Table::of(bob).unwrap().multiply(alice);
        assert_eq!(coordinates(&[point])[0].to_bytes(), shared);
    }
}
