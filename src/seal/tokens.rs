//! Keyed tokens: columns that can be looked up by who has the keys, and tell others nothing.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::base::entropy::Entropy;
use crate::base::secret::SecretKey;

/// The keys of everything that is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexKeys {
    /// Tokens of content words.
    pub content: SecretKey<32>,
    /// Tokens of descriptor words: titles, names, references.
    pub subject: SecretKey<32>,
    /// Tokens of whole values: references, names, external ids, idempotency keys.
    pub lookup: SecretKey<32>,
}

impl IndexKeys {
    /// Draws fresh keys.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self {
            content: SecretKey::generate(entropy),
            subject: SecretKey::generate(entropy),
            lookup: SecretKey::generate(entropy),
        }
    }

    /// A key of its own for one use: HMAC-SHA-256(lookup key, `domain ‖ 0`), whole. No token has this domain.
    pub fn derived(&self, domain: &str) -> SecretKey<32> {
        SecretKey::take(&mut self.mac(domain, ""))
    }

    /// The first 16 bytes of HMAC-SHA-256(lookup key, `domain ‖ 0 ‖ folded text`). `domain` says
    /// what is named (`"case.reference"`), and holds no zero byte; `folded` went through
    /// [`fold_name`](crate::base::text::fold_name) where spelling must not matter.
    pub fn lookup_token(&self, domain: &str, folded: &str) -> [u8; 16] {
        let mut token = [0; 16];
        for (target, source) in token.iter_mut().zip(self.mac(domain, folded)) {
            *target = source;
        }
        token
    }

    fn mac(&self, domain: &str, folded: &str) -> [u8; 32] {
        assert!(!domain.as_bytes().contains(&0), "the zero byte ends the domain");
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.lookup.expose()).expect("HMAC takes a key of any length");
        mac.update(domain.as_bytes());
        mac.update(&[0]);
        mac.update(folded.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digest::to_hex;
    use crate::base::entropy::SeededEntropy;

    #[test]
    fn a_token_depends_on_key_domain_and_text() {
        let keys = IndexKeys::generate(&SeededEntropy::new(1));
        let token = keys.lookup_token("case.reference", "svc-1");
        assert_eq!(token, keys.lookup_token("case.reference", "svc-1"));
        assert_ne!(token, keys.lookup_token("case.reference", "svc-2"));
        assert_ne!(token, keys.lookup_token("party.name", "svc-1"));
        assert_ne!(
            token,
            IndexKeys::generate(&SeededEntropy::new(2)).lookup_token("case.reference", "svc-1")
        );
    }

    /// Computed independently with Python's `hmac`; a change here loses every stored token.
    #[test]
    fn the_bytes_of_a_token_stay_as_they_are() {
        let key = || SecretKey::take(&mut [3; 32]);
        let keys = IndexKeys { content: key(), subject: key(), lookup: key() };
        assert_eq!(to_hex(&keys.lookup_token("party.name", "王小明")), "fe70c290495c67b46732b4e9d5d6f36b");
    }
}
