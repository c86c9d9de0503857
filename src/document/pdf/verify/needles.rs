//! The bytes by which a hidden value would be known, in every encoding that a file could have it in.

use aho_corasick::{AhoCorasick, MatchKind};
use encoding_rs::{BIG5, GB18030};
use unicode_normalization::UnicodeNormalization;

use super::super::fold::{Folded, is_telling};

/// Fewer bytes than these are met by chance.
const BYTES_MIN: usize = 4;
/// Among samples of pictures, which can be any bytes at all, it takes more.
const SAMPLE_BYTES_MIN: usize = 8;

/// What stands between digits and is passed over when bytes are searched.
const SEPARATORS: &[u8] = b" \t\r\n-()./,_'<>[]";

/// Byte strings that are looked for together.
pub(super) struct Needles {
    all: Option<AhoCorasick>,
    /// Length and whether Latin letters stand at its ends, by the number of the needle.
    shapes: Vec<(usize, bool)>,
}

impl Needles {
    /// The needles of these values; values that say too little have none.
    pub(super) fn of<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let mut needles: Vec<Vec<u8>> = Vec::new();
        for value in values {
            let folded = Folded::of(value);
            if !is_telling(folded.text()) {
                continue;
            }
            let normal: String = value.nfkc().collect();
            for form in [value, &normal, folded.text(), &folded.text().to_uppercase()] {
                needles.extend(written(form.trim()));
            }
        }
        needles.retain(|needle| needle.len() >= BYTES_MIN);
        needles.sort();
        needles.dedup();
        let shapes = needles.iter().map(|needle| (needle.len(), is_a_word(needle))).collect();
        let search = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&needles);
        let all = (!needles.is_empty()).then(|| search.expect("values come from a text of at most 64 MB"));
        Self { all, shapes }
    }

    /// True if bytes hold any of the values, written straight or with separators between.
    pub(super) fn are_in(&self, bytes: &[u8]) -> bool {
        let squeezed: Vec<u8> = bytes.iter().copied().filter(|byte| !SEPARATORS.contains(byte)).collect();
        // Squeezed together, two words of Latin letters are one: only what is no word counts there.
        self.find(bytes, BYTES_MIN, true) || self.find(&squeezed, BYTES_MIN, false)
    }

    /// The same for samples of pictures and other bytes that mean no text.
    pub(super) fn are_in_samples(&self, bytes: &[u8]) -> bool {
        self.find(bytes, SAMPLE_BYTES_MIN, true)
    }

    fn find(&self, bytes: &[u8], least: usize, words_too: bool) -> bool {
        let Some(all) = &self.all else { return false };
        all.find_overlapping_iter(bytes).any(|found| {
            let Some((length, is_word)) = self.shapes.get(found.pattern().as_usize()) else { return true };
            if *length < least {
                return false;
            }
            let joined = |at: Option<usize>| {
                at.and_then(|at| bytes.get(at)).is_some_and(|byte| byte.is_ascii_alphabetic())
            };
            !is_word || (words_too && !joined(found.start().checked_sub(1)) && !joined(Some(found.end())))
        })
    }
}

/// True for words of Latin letters, which can be part of others.
fn is_a_word(needle: &[u8]) -> bool {
    needle.iter().all(|byte| byte.is_ascii_alphabetic() || SEPARATORS.contains(byte))
}

/// One form in every encoding, and in hexadecimal digits as strings of a PDF may be written.
fn written(form: &str) -> Vec<Vec<u8>> {
    let utf_8 = form.as_bytes().to_vec();
    let big: Vec<u8> = form.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let little: Vec<u8> = form.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hexadecimal = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut all = vec![];
    for digits in [hexadecimal(&utf_8), hexadecimal(&big)] {
        all.push(digits.to_uppercase().into_bytes());
        all.push(digits.into_bytes());
    }
    for encoding in [GB18030, BIG5] {
        let (bytes, _, is_lossy) = encoding.encode(form);
        if !is_lossy {
            all.push(bytes.into_owned());
        }
    }
    all.extend([utf_8, big, little]);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_in_every_encoding() {
        let needles = Needles::of(["林佳慧", "139 1234 5678"]);
        let big: Vec<u8> = "林佳慧".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = "13912345678".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [
            "x林佳慧y".as_bytes(),
            &big,
            &little,
            &GB18030.encode("林佳慧").0,
            &BIG5.encode("林佳慧").0,
            b"<67974F736167>",
            b"[(139)-250(1234)-(5678)] TJ 13912345678",
            b"(139-1234-5678)",
        ] {
            assert!(needles.are_in(bytes), "{bytes:x?}");
        }
        assert!(!needles.are_in("林佳 13912345 670".as_bytes()));
    }

    #[test]
    fn a_word_within_another_and_chance_among_samples_are_no_find() {
        let needles = Needles::of(["Lina", "2031"]);
        assert!(!needles.are_in(b"Carolina Alina"));
        assert!(needles.are_in(b"(Lina)"));
        assert!(needles.are_in(b"on 2031"));
        assert!(!needles.are_in_samples(b"2031"));
    }
}
