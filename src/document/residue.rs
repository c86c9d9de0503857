//! Looks for what should be gone: in bytes, in every encoding in which it could stand, and in text, however it is
//! written.
//!
//! Nothing here knows how a value was taken out. It is the second pair of eyes: where it sees one, the file does
//! not leave.

use std::collections::BTreeSet;
use std::fmt;

use aho_corasick::AhoCorasick;
use zeroize::Zeroizing;

use super::encoding::Charset;
use crate::base::text::{fold, is_han};

/// Encodings in which a value could stand in bytes.
const CHARSETS: [Charset; 5] =
    [Charset::Utf8, Charset::Utf16Le, Charset::Utf16Be, Charset::Gb18030, Charset::Big5];
/// Bytes of a value in some encoding from which it is looked for in packed bytes: fewer stand there by chance.
const BYTES_MIN: usize = 6;
/// Letters and digits from which a value says what it is wherever it stands.
const STRONG_CHARS: usize = 8;
/// Han characters from which it does.
const STRONG_HAN: usize = 3;
/// Letters and digits from which a value is looked for at all.
const WEAK_CHARS: usize = 5;
/// Han characters from which it is: a name of two.
const WEAK_HAN: usize = 2;

/// How sure it is that two places with the same characters hold the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// A number that occurs nowhere by chance, a name of three characters.
    Strong,
    /// A short number, a name of two characters, which is a word elsewhere.
    Weak,
}

/// Values that should be gone, ready to be looked for.
pub struct Residues {
    in_bytes: Option<AhoCorasick>,
    in_text: Option<AhoCorasick>,
    joined: Option<AhoCorasick>,
}

impl fmt::Debug for Residues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Residues [withheld]")
    }
}

impl Residues {
    /// Prepares the values. A weak one that still stands in `left`, what is meant to be seen, is not looked for:
    /// whoever judged left it there, as the word that it is.
    pub fn of<'v>(values: impl Iterator<Item = &'v str>, left: &str) -> Self {
        let values: Vec<(&str, Zeroizing<String>)> =
            values.map(|value| (value.trim(), Zeroizing::new(plain(value)))).collect();
        let words = words(&values, left);
        let (mut bare, mut strong) = (BTreeSet::new(), BTreeSet::new());
        let mut coded: Vec<Zeroizing<Vec<u8>>> = Vec::new();
        for (value, plain) in &values {
            match weight(plain) {
                None => continue,
                Some(Weight::Weak) if words.contains(plain.as_str()) => continue,
                Some(Weight::Strong) => {
                    strong.insert(plain.as_bytes());
                }
                Some(Weight::Weak) => {}
            }
            // A short number stands in measures, too: in bytes nothing tells them apart.
            if weight(plain) == Some(Weight::Weak) && !plain.chars().any(is_han) {
                bare.insert(plain.as_bytes());
                continue;
            }
            for writing in [*value, plain.as_str()] {
                let bytes = CHARSETS.into_iter().filter_map(|charset| charset.encode(writing));
                coded.extend(bytes.filter(|bytes| bytes.len() >= BYTES_MIN).map(Zeroizing::new));
            }
            bare.insert(plain.as_bytes());
        }
        Self {
            in_bytes: automaton(coded.iter().map(|bytes| bytes.as_slice())),
            in_text: automaton(bare.into_iter()),
            joined: automaton(strong.into_iter()),
        }
    }

    /// True if one of the values stands in the bytes, in any encoding.
    pub fn in_bytes(&self, bytes: &[u8]) -> bool {
        self.in_bytes.as_ref().is_some_and(|automaton| automaton.is_match(bytes))
    }

    /// True if one of the values stands in a text that belongs together, in any writing and with any
    /// separators.
    pub fn in_text(&self, text: &str) -> bool {
        found(self.in_text.as_ref(), text)
    }

    /// True if one of the values stands in texts that were put one behind the other: only such as do not come
    /// about by chance.
    pub fn in_joined(&self, text: &str) -> bool {
        found(self.joined.as_ref(), text)
    }
}

/// The weak values that still stand in a text.
fn words<'v>(values: &'v [(&str, Zeroizing<String>)], left: &str) -> BTreeSet<&'v str> {
    let weak =
        values.iter().map(|(_, plain)| plain.as_str()).filter(|plain| weight(plain) == Some(Weight::Weak));
    let weak: Vec<&str> = weak.collect::<BTreeSet<_>>().into_iter().collect();
    let Some(automaton) = automaton(weak.iter().map(|value| value.as_bytes())) else {
        return BTreeSet::new();
    };
    let stands = Zeroizing::new(plain(left));
    let hits = automaton.find_overlapping_iter(stands.as_bytes());
    hits.filter_map(|hit| weak.get(hit.pattern().as_usize()).copied()).collect()
}

fn found(automaton: Option<&AhoCorasick>, text: &str) -> bool {
    automaton.is_some_and(|automaton| automaton.is_match(Zeroizing::new(plain(text)).as_bytes()))
}

fn automaton<'p>(patterns: impl Iterator<Item = &'p [u8]>) -> Option<AhoCorasick> {
    let patterns: BTreeSet<&[u8]> = patterns.collect();
    // With no pattern too large for memory there is nothing that could fail but their sum, which is bounded by
    // the text they were taken from.
    (!patterns.is_empty()).then(|| AhoCorasick::new(patterns).ok()).flatten()
}

/// Letters and digits only, folded.
fn plain(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// True if a value says what it is wherever it stands: it is looked for everywhere.
pub(super) fn is_strong(value: &str) -> bool {
    weight(&plain(value)) == Some(Weight::Strong)
}

fn weight(plain: &str) -> Option<Weight> {
    let chars = plain.chars().count();
    let han = plain.chars().filter(|c| is_han(*c)).count();
    match () {
        () if chars >= STRONG_CHARS || han >= STRONG_HAN => Some(Weight::Strong),
        () if chars >= WEAK_CHARS || han >= WEAK_HAN => Some(Weight::Weak),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn residues(values: &[&str], left: &str) -> Residues {
        Residues::of(values.iter().copied(), left)
    }

    #[test]
    fn a_value_is_seen_in_every_encoding() {
        let residues = residues(&["欧阳明远", "13912345678"], "");
        for charset in CHARSETS {
            let bytes = charset
                .encode("经办人歐陽明遠，欧阳明远")
                .or_else(|| charset.encode("No. 13912345678"))
                .unwrap();
            assert!(residues.in_bytes(&bytes), "{charset:?}");
        }
        assert!(!residues.in_bytes("欧阳明".as_bytes()));
    }

    #[test]
    fn a_value_is_seen_in_every_writing() {
        let residues = residues(&["139 1234 5678", "Ouyang.My@Example.com", "歐陽明遠"], "");
        for text in ["+86 139-1234-5678", "１３９１２３４５６７８", "OUYANG.MY @ example.com", "欧 阳 明 远"]
        {
            assert!(residues.in_text(text), "{text}");
        }
        assert!(!residues.in_text("139****5678"));
    }

    #[test]
    fn a_short_value_that_was_left_elsewhere_is_a_word() {
        assert!(residues(&["高兴"], "").in_text("高兴"));
        assert!(!residues(&["高兴"], "很高兴认识您").in_text("很高兴认识您"));
        assert!(residues(&["13912345678"], "13912345678").in_text("13912345678"), "a long one never is");
        assert!(!residues(&["35"], "").in_text("35"));
    }

    #[test]
    fn texts_put_together_make_no_short_value() {
        let residues = residues(&["20231", "13912345678"], "");
        assert!(!residues.in_joined("2023 1"));
        assert!(residues.in_joined("139 1234\n5678"));
    }
}
