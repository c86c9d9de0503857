//! Wrapping a file key to an X25519 recipient: the stanza of the age format.
//!
//! Rules: <https://c2sp.org/age>, "The X25519 recipient type". Written here because the age crate's
//! multiplication of points takes twice as long as ring's, and every capture pays for four of them.

use age_core::format::Stanza;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::rand::SystemRandom;

use super::file_key::derive;
use super::{FileKey, Recipient, SealError};
use crate::base::secret::SecretKey;

const TAG: &str = "X25519";
const LABEL: &[u8] = b"age-encryption.org/v1/X25519";
/// Bytes of a point.
const POINT_BYTES: usize = 32;

/// The stanza for one recipient. The secret beside it is fresh for each stanza, as the format demands;
/// ring draws it from the operating system itself.
///
/// # Errors
/// `BadRecipient` if key and secret agree on zero, or the system gives no randomness.
pub(super) fn wrap(file_key: &FileKey, recipient: &Recipient) -> Result<Stanza, SealError> {
    let bad = |_| SealError::BadRecipient;
    let secret = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new()).map_err(bad)?;
    let share = secret.compute_public_key().map_err(bad)?;
    let mut salt = [0; 2 * POINT_BYTES];
    let (own, theirs) = salt.split_at_mut(POINT_BYTES);
    own.copy_from_slice(share.as_ref());
    theirs.copy_from_slice(recipient.point());
    let recipient = UnparsedPublicKey::new(&X25519, recipient.point());
    // ring refuses an agreement on zero (RFC 7748 §6.1).
    let key = agree_ephemeral(secret, &recipient, |shared| derive(&salt, shared, LABEL)).map_err(bad)?;
    let args = vec![STANDARD_NO_PAD.encode(share.as_ref())];
    Ok(Stanza { tag: TAG.to_owned(), args, body: encrypt(&key, file_key) })
}

/// The nonce is zero: the key is used for this one message.
fn encrypt(key: &SecretKey<32>, file_key: &FileKey) -> Vec<u8> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key.expose())
        .expect("a key of 32 bytes is what ChaCha20-Poly1305 takes");
    let mut body = file_key.expose().to_vec();
    LessSafeKey::new(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key([0; NONCE_LEN]), Aad::empty(), &mut body)
        .expect("16 bytes are shorter than what ChaCha20-Poly1305 takes");
    body
}

#[cfg(test)]
mod tests {
    use age::Identity as _;

    use super::*;
    use crate::base::entropy::SystemEntropy;
    use crate::seal::Identity;

    #[test]
    fn the_age_crate_opens_what_is_wrapped_here() {
        for _ in 0..20 {
            let (identity, stranger) = (Identity::generate(), Identity::generate());
            let file_key = FileKey::generate(&SystemEntropy);
            let stanza = wrap(&file_key, &identity.to_recipient()).unwrap();
            let opened = identity.0.unwrap_stanza(&stanza).expect("it is for this key").unwrap();
            assert_eq!(FileKey::from_age(&opened), file_key);
            assert!(stranger.0.unwrap_stanza(&stanza).is_none());
        }
    }

    #[test]
    fn no_two_stanzas_share_their_secret() {
        let (recipient, file_key) = (Identity::generate().to_recipient(), FileKey::generate(&SystemEntropy));
        let (one, other) = (wrap(&file_key, &recipient).unwrap(), wrap(&file_key, &recipient).unwrap());
        assert_ne!(one.args, other.args);
        assert_ne!(one.body, other.body);
    }
}
