//! Who can open: X25519 recipients and identities in age's text forms.

use std::fmt;
use std::str::FromStr as _;
use std::sync::{Arc, OnceLock};

use age_core::primitives::bech32_decode;
use age_core::secrecy::ExposeSecret as _;
use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::rand::SystemRandom;

use super::SealError;
use super::stanza::Table;
use crate::base::secret::SecretBytes;

/// A public key, `age1…`.
#[derive(Clone)]
pub struct Recipient {
    key: age::x25519::Recipient,
    /// The coordinate that the key is (RFC 7748 §5).
    point: [u8; 32],
    /// Made when something is first sealed to this key; shared by all copies of it.
    table: Arc<OnceLock<Option<Table>>>,
}

impl Recipient {
    /// Reads `age1…` (Bech32, X25519).
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let key = age::x25519::Recipient::from_str(text).map_err(|_| SealError::BadRecipient)?;
        // One spelling only, so that equal keys are equal as text.
        match point_of(text) {
            Some(point) if key.to_string() == text && contributes(point) => {
                Ok(Self { key, point, table: Arc::default() })
            }
            Some(_) | None => Err(SealError::BadRecipient),
        }
    }

    pub(super) fn to_age(&self) -> &age::x25519::Recipient {
        &self.key
    }

    pub(super) fn point(&self) -> &[u8; 32] {
        &self.point
    }

    pub(super) fn table(&self) -> Option<&Table> {
        self.table.get_or_init(|| Table::of(self.point)).as_ref()
    }
}

impl PartialEq for Recipient {
    fn eq(&self, other: &Self) -> bool {
        self.point == other.point
    }
}

impl Eq for Recipient {}

impl std::hash::Hash for Recipient {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.point.hash(state);
    }
}

fn point_of(text: &str) -> Option<[u8; 32]> {
    bech32_decode(text, |_| (), |_| Ok(()), |_, bytes| bytes.collect::<Vec<u8>>().try_into().map_err(|_| ()))
        .ok()
}

/// False for the few points of small order, with which every key agrees on zero: the age crate
/// stops the process when it meets one while wrapping (RFC 7748 §6.1).
fn contributes(point: [u8; 32]) -> bool {
    EphemeralPrivateKey::generate(&X25519, &SystemRandom::new())
        .is_ok_and(|ours| agree_ephemeral(ours, &UnparsedPublicKey::new(&X25519, point), |_| ()).is_ok())
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.key, f)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.key, f)
    }
}

/// A private key, `AGE-SECRET-KEY-1…`.
#[derive(Clone)]
pub struct Identity(pub(super) age::x25519::Identity);

impl Identity {
    /// Makes a new key pair. age draws it from the operating system itself.
    pub fn generate() -> Self {
        Self(age::x25519::Identity::generate())
    }

    /// Reads `AGE-SECRET-KEY-1…` (Bech32, X25519).
    pub fn parse(text: &str) -> Result<Self, SealError> {
        age::x25519::Identity::from_str(text).map(Self).map_err(|_| SealError::BadIdentity)
    }

    /// The private key's text form.
    pub fn to_secret_text(&self) -> SecretBytes {
        SecretBytes::new(self.0.to_string().expose_secret().as_bytes().to_vec())
    }

    /// The public key that belongs to it.
    pub fn to_recipient(&self) -> Recipient {
        let text = self.0.to_public().to_string();
        Recipient::parse(&text).expect("the public key of an identity is a recipient")
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[withheld]")
    }
}

/// The two keys to which every header is wrapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipients {
    /// The running service's key.
    pub service: Recipient,
    /// The off-line recovery key.
    pub recovery: Recipient,
    /// Counts rotations, from 1; rows name it, so that rotation knows what is left to re-wrap.
    pub generation: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_keys_survive_their_text_form() {
        let identity = Identity::generate();
        let text = identity.to_secret_text();
        let again = Identity::parse(text.expose_text().unwrap()).unwrap();
        let recipient = identity.to_recipient();
        assert_eq!(again.to_recipient(), recipient);
        assert_eq!(Recipient::parse(&recipient.to_string()), Ok(recipient));
    }

    #[test]
    fn an_identity_does_not_show_itself() {
        assert_eq!(format!("{:?}", Identity::generate()), "[withheld]");
    }

    #[test]
    fn other_kinds_and_spellings_of_keys_are_refused() {
        let recipient = Identity::generate().to_recipient().to_string();
        for text in ["", "age1", "ssh-ed25519 AAAA", "age1yubikey1qwerty", &recipient.to_uppercase()] {
            assert_eq!(Recipient::parse(text), Err(SealError::BadRecipient), "{text}");
        }
        assert!(Identity::parse(&recipient).is_err());
    }

    #[test]
    fn points_of_small_order_are_no_recipients() {
        for text in [
            "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z",
            "age1qyqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqj7vrya",
            "age1anlllllllllllllllllllllllllllllllllllllllllllllllals4n2t7m",
            "age1ur4h5lpmgxu2u9jku0a0r87ydtdqnr0tnsetrlvxvgz3vh6fhqqqzyt4v9",
        ] {
            assert!(age::x25519::Recipient::from_str(text).is_ok(), "age itself takes {text}");
            assert_eq!(Recipient::parse(text), Err(SealError::BadRecipient), "{text}");
        }
    }
}
