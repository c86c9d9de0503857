//! The index key at work: makes tokens of words, and remembers the tokens of common words, because
//! the keyed digest is what costs time.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroize as _;

use super::token::{Domain, SubjectToken, Token};
use crate::base::secret::SecretKey;

/// Slots of each memory: together about 3 MiB.
const SLOTS: usize = 1 << 16;
/// Longest word that is remembered, in bytes.
const WORD_BYTES: usize = 23;

type HmacSha256 = Hmac<Sha256>;

/// Makes the content tokens of words. One per thread; it keeps about 3 MiB, whatever it reads.
///
/// The memories are direct-mapped: a word can only push out the word in its own slot, so no choice
/// of words makes a look-up slow.
pub(super) struct ContentKey {
    keyed: HmacSha256,
    pairs: Vec<(u64, u64)>,
    words: Vec<WordSlot>,
}

#[derive(Clone, Copy, Default)]
struct WordSlot {
    word: [u8; WORD_BYTES],
    length: u8,
    token: u64,
}

impl ContentKey {
    /// Of the domain of words, or of words that are withheld.
    pub(super) fn new(key: &SecretKey<32>, domain: Domain) -> Self {
        Self {
            keyed: keyed(key, domain),
            // No pair of characters has the key of an empty slot: see `pair_key`.
            pairs: vec![(0, 0); SLOTS],
            words: vec![WordSlot::default(); SLOTS],
        }
    }

    /// The token of one East Asian character, or of two that follow each other.
    pub(super) fn characters(&mut self, first: Option<char>, last: char) -> Token {
        let key = pair_key(first, last);
        let place = slot(mix(key));
        if let Some((known, token)) = self.pairs.get(place)
            && *known == key
        {
            return Token(*token);
        }
        let mut bytes = [0; 8];
        let mut length = 0;
        for c in first.into_iter().chain([last]) {
            if let Some(rest) = bytes.get_mut(length..) {
                length += c.encode_utf8(rest).len();
            }
        }
        let token = self.digest(bytes.get(..length).unwrap_or(&bytes));
        if let Some(entry) = self.pairs.get_mut(place) {
            *entry = (key, token.0);
        }
        token
    }

    /// The token of a word.
    pub(super) fn word(&mut self, word: &str) -> Token {
        let bytes = word.as_bytes();
        if bytes.is_empty() || bytes.len() > WORD_BYTES {
            return self.digest(bytes);
        }
        let place = slot(bytes.iter().fold(0, |hash, byte| mix(hash ^ u64::from(*byte))));
        if let Some(known) = self.words.get(place)
            && usize::from(known.length) == bytes.len()
            && known.word.get(..bytes.len()) == Some(bytes)
        {
            return Token(known.token);
        }
        let token = self.digest(bytes);
        if let Some(entry) = self.words.get_mut(place) {
            entry.length = u8::try_from(bytes.len()).unwrap_or(0);
            entry.token = token.0;
            for (target, source) in entry.word.iter_mut().zip(bytes) {
                *target = *source;
            }
        }
        token
    }

    fn digest(&self, word: &[u8]) -> Token {
        let mut mac = self.keyed.clone();
        mac.update(word);
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        Token(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }
}

impl Drop for ContentKey {
    // The memories hold words of sealed records.
    fn drop(&mut self) {
        for (pair, _) in &mut self.pairs {
            pair.zeroize();
        }
        for slot in &mut self.words {
            slot.word.zeroize();
        }
    }
}

/// The token of one piece of personal data: its type and its normalised value.
///
/// `kind` and `value` are whatever the detection engine calls them, as long as indexing and asking
/// call them the same.
pub fn subject_token(key: &SecretKey<32>, kind: &str, value: &str) -> SubjectToken {
    let mut mac = keyed(key, Domain::Subject);
    mac.update(kind.as_bytes());
    mac.update(&[0]);
    mac.update(value.as_bytes());
    let digest: [u8; 32] = mac.finalize().into_bytes().into();
    SubjectToken(digest.iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte)))
}

fn keyed(key: &SecretKey<32>, domain: Domain) -> HmacSha256 {
    let mut mac = HmacSha256::new_from_slice(key.expose()).expect("HMAC takes keys of every length");
    mac.update(domain.as_str().as_bytes());
    mac.update(&[0]);
    mac
}

/// A number that no other pair, and no empty slot, has: characters need 21 bits each.
fn pair_key(first: Option<char>, last: char) -> u64 {
    1 << 63 | first.map_or(0, |c| u64::from(c as u32) << 21) | u64::from(last as u32)
}

fn mix(bits: u64) -> u64 {
    let bits = bits.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits ^ bits >> 32
}

fn slot(hash: u64) -> usize {
    usize::try_from(hash).unwrap_or(0) % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SecretKey<32> {
        SecretKey::take(&mut [byte; 32])
    }

    fn by_the_book(key: &SecretKey<32>, message: &str) -> Vec<u8> {
        let mut mac = HmacSha256::new_from_slice(key.expose()).unwrap();
        mac.update(message.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    #[test]
    fn a_token_is_the_beginning_of_the_keyed_digest_of_domain_and_word() {
        let mut content = ContentKey::new(&key(7), Domain::Content);
        for _ in 0..2 {
            let pair = content.characters(Some('授'), '权');
            assert_eq!(pair.0.to_be_bytes(), by_the_book(&key(7), "muniment/search/content/v1\0授权")[..8]);
            let word = content.word("sq");
            assert_eq!(word.0.to_be_bytes(), by_the_book(&key(7), "muniment/search/content/v1\0sq")[..8]);
        }
        let subject = subject_token(&key(7), "PHONE", "13900001111");
        let expected = by_the_book(&key(7), "muniment/search/subject/v1\0PHONE\x0013900001111");
        assert_eq!(subject.0.to_be_bytes(), expected[..16]);
    }

    #[test]
    fn the_tokens_of_known_words_never_change() {
        // Made with another implementation (Python's hmac and base64).
        let pair = ContentKey::new(&key(1), Domain::Content).characters(Some('确'), '认');
        assert_eq!(pair.to_text(), "6bef4k62qqqju");
        assert_eq!(subject_token(&key(1), "EMAIL", "a@example.com").to_text(), "ynlf6yyexgcdecnrummt32b7bm");
    }

    #[test]
    fn a_full_memory_still_answers_right() {
        let mut content = ContentKey::new(&key(3), Domain::Content);
        for round in 0..2 {
            for number in 0..200_000_u32 {
                let word = number.to_string();
                let token = content.word(&word);
                if round == 1 && number % 997 == 0 {
                    assert_eq!(token, content.digest(word.as_bytes()));
                }
            }
        }
    }

    #[test]
    fn another_key_makes_other_tokens() {
        assert_ne!(
            ContentKey::new(&key(1), Domain::Content).word("ab"),
            ContentKey::new(&key(2), Domain::Content).word("ab")
        );
        assert_ne!(subject_token(&key(1), "NAME", "a"), subject_token(&key(1), "NAM", "Ea"));
        let withheld = ContentKey::new(&key(1), Domain::Withheld).word("ab");
        assert_ne!(
            withheld,
            ContentKey::new(&key(1), Domain::Content).word("ab"),
            "nor do domains share any"
        );
    }
}
