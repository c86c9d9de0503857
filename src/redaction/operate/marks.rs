//! What stands for a hidden value: `[电话]`, `[当事人1]`, `[hash:…]`, `[token:…]`. Marks with
//! fixed words hold nothing of the value; the others carry a keyed check.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

use super::keys::Keys;
use super::spoken;
use crate::base::digest::to_hex;
use crate::redaction::kind::Kind;

/// Hexadecimal digits of a hash, of which the last four are the check.
const HASH_DIGITS: usize = 20;
/// Longest mark, in characters.
const MARK_MOST: usize = 4_096;

/// `[PHONE]` or `[电话]`.
pub fn tag(kind: Kind, chinese: bool) -> String {
    format!("[{}]", spoken(kind, chinese))
}

/// `[当事人1]`, `[PERSON 1]`.
pub fn numbered(kind: Kind, number: usize, chinese: bool) -> String {
    match (kind, chinese) {
        (Kind::Person, true) => format!("[当事人{number}]"),
        (_, true) => format!("[{}{number}]", spoken(kind, true)),
        (_, false) => format!("[{} {number}]", spoken(kind, false)),
    }
}

/// `[hash:…]`: 16 digits of the keyed hash and 4 of its check.
pub fn hash(keys: &Keys, kind: Kind, folded: &str) -> String {
    let digest = to_hex(&keys.digest(kind.as_str(), folded));
    let head: String = digest.chars().take(HASH_DIGITS - 4).collect();
    format!("[hash:{head}{}]", check(keys, &head))
}

fn check(keys: &Keys, head: &str) -> String {
    to_hex(&keys.digest("hash-check", head)).chars().take(4).collect()
}

/// `[token:…]`: the value sealed under the matter's key. Equal values make equal tokens.
pub fn token(keys: &Keys, kind: Kind, value: &str) -> String {
    let digest = keys.digest("token-nonce", &format!("{}\u{0}{value}", kind.as_str()));
    let nonce: [u8; 12] = std::array::from_fn(|i| digest.get(i).copied().unwrap_or(0));
    let mut sealed = value.as_bytes().to_vec();
    let mut bytes = nonce.to_vec();
    // The nonce is drawn from the value itself, so no nonce ever seals two different values.
    let done = cipher(keys).map(|key| {
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(kind.as_str()),
            &mut sealed,
        )
    });
    match done {
        Some(Ok(())) => {
            bytes.extend(sealed);
            format!("[token:{}:{}]", kind.as_str(), URL_SAFE_NO_PAD.encode(bytes))
        }
        // Sealing fails only for texts of gigabytes: then nothing may stand there but the type.
        _ => tag(kind, false),
    }
}

/// Opens a token of this matter; `None` for anything else.
pub fn open(keys: &Keys, mark: &str) -> Option<(Kind, String)> {
    let (kind, encoded) = mark.strip_prefix("[token:")?.strip_suffix(']')?.split_once(':')?;
    let kind = Kind::parse(kind)?;
    let bytes = URL_SAFE_NO_PAD.decode(encoded).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(12)?;
    let nonce: [u8; 12] = nonce.try_into().ok()?;
    let mut sealed = sealed.to_vec();
    let plain = cipher(keys)?
        .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(kind.as_str()), &mut sealed)
        .ok()?;
    Some((kind, String::from_utf8(plain.to_vec()).ok()?))
}

fn cipher(keys: &Keys) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, &keys.digest("token-key", "")).ok().map(LessSafeKey::new)
}

/// Where marks of ours stand in a text: start and end, in characters. What only looks like one
/// is not among them.
pub fn find(keys: &Keys, chars: &[char]) -> Vec<(usize, usize)> {
    let mut marks = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let rest = chars.get(at..).unwrap_or_default();
        let end = match rest.first() {
            // A mark holds no bracket, so that the search never looks twice at one place.
            Some('[') => rest
                .iter()
                .skip(1)
                .take(MARK_MOST)
                .position(|c| matches!(c, '[' | ']' | '\n'))
                .map(|end| end + 2)
                .filter(|end| rest.get(end - 1) == Some(&']')),
            _ => None,
        };
        match end.filter(|end| is_mark(keys, &rest.iter().take(*end).collect::<String>())) {
            Some(end) => {
                marks.push((at, at + end));
                at += end;
            }
            None => at += 1,
        }
    }
    marks
}

fn is_mark(keys: &Keys, text: &str) -> bool {
    let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else { return false };
    if let Some(hash) = inner.strip_prefix("hash:") {
        let head: String = hash.chars().take(HASH_DIGITS - 4).collect();
        return hash.len() == HASH_DIGITS && hash.strip_prefix(&head) == Some(&check(keys, &head));
    }
    if inner.starts_with("token:") {
        return open(keys, text).is_some();
    }
    let word = inner.trim_end_matches(|c: char| c.is_ascii_digit());
    if inner.len() - word.len() > 6 {
        return false;
    }
    let word = word.trim_end();
    word == "当事人" || Kind::ALL.iter().any(|kind| word == spoken(*kind, true) || word == kind.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::SecretKey;

    fn keys(byte: u8) -> Keys {
        Keys::new(SecretKey::take(&mut [byte; 32]))
    }

    #[test]
    fn a_token_is_opened_with_its_matter_s_key_only() {
        let token = token(&keys(1), Kind::Phone, "13800138000");
        assert_eq!(open(&keys(1), &token), Some((Kind::Phone, "13800138000".to_owned())));
        assert_eq!(open(&keys(2), &token), None);
        assert!(!token.contains("138"));
    }

    #[test]
    fn only_our_own_marks_are_taken_for_marks() {
        let keys = keys(1);
        for (text, ours) in [
            ("[电话]", true),
            ("[当事人12]", true),
            ("[PERSON 3]", true),
            ("[13800138000]", false),
            ("[hash:00112233445566778899]", false),
            ("[token:PHONE:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA]", false),
            ("[电话13800138000]", false),
        ] {
            assert_eq!(!find(&keys, &text.chars().collect::<Vec<_>>()).is_empty(), ours, "{text}");
        }
        assert_eq!(find(&keys, &hash(&keys, Kind::Phone, "1").chars().collect::<Vec<_>>()).len(), 1);
    }
}
