//! Folds a text character by character and remembers where each folded character stood.
//!
//! Promises the same characters as `base::text::fold`, found one after the other without a copy
//! of the text. Never looks further ahead than `CLUSTER_CHARS_MAX` characters.

use std::sync::LazyLock;

use unicode_normalization::char::is_combining_mark;

use crate::base::text::{fold, is_invisible, simplified};

/// Characters folded together at most: one letter and the marks on it. A longer row of marks is no
/// writing; it is folded in pieces, so that a flood of them costs no more than other text.
const CLUSTER_CHARS_MAX: usize = 32;

const HAN_FIRST: u32 = 0x4E00;
const HAN_LAST: u32 = 0x9FFF;

/// Simplified forms of the main Han block, by position: a table look-up instead of a hash a character.
static SIMPLE: LazyLock<Vec<char>> =
    LazyLock::new(|| (HAN_FIRST..=HAN_LAST).filter_map(char::from_u32).map(simplified).collect());

/// One folded character and the bytes of the original that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Folded {
    pub(super) char: char,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The folded characters of a text, in order.
pub(super) struct Folding<'t> {
    text: &'t str,
    at: usize,
    /// Characters of one cluster that fold to several, last first.
    waiting: Vec<Folded>,
    simple: &'static [char],
}

impl<'t> Folding<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, at: 0, waiting: Vec::new(), simple: &SIMPLE }
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(b' ')
    }

    fn rest(&self, at: usize) -> &'t str {
        self.text.get(at..).unwrap_or("")
    }

    /// True if the character at `at` belongs to the one before it.
    fn extends(&self, at: usize) -> bool {
        match self.byte(at) {
            // No mark starts with these bytes: ASCII, and most Han and Hangul.
            0..=0x7F | 0xE4..=0xE9 | 0xEB..=0xED => false,
            _ => self.rest(at).chars().next().is_some_and(is_extender),
        }
    }

    /// Folds the cluster at `at` by the book; its characters wait to be handed out.
    fn fold_cluster(&mut self, start: usize) {
        let mut end = start;
        for (place, c) in self.rest(start).chars().enumerate() {
            if place > 0 && (place >= CLUSTER_CHARS_MAX || !is_extender(c)) {
                break;
            }
            end += c.len_utf8();
        }
        self.at = end;
        let cluster = self.text.get(start..end).unwrap_or("");
        self.waiting.extend(fold(cluster).chars().rev().map(|char| Folded { char, start, end }));
    }

    /// What a character folds to if that takes neither its neighbours nor the Unicode tables.
    fn quick(&self, c: char) -> Option<char> {
        match c as u32 {
            code @ HAN_FIRST..=HAN_LAST => {
                self.simple.get(usize::try_from(code - HAN_FIRST).unwrap_or(usize::MAX)).copied()
            }
            // Full-width forms of ASCII.
            code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).map(|c| c.to_ascii_lowercase()),
            0x3000 => Some(' '),
            // Quotation marks and CJK punctuation; kana; Hangul syllables.
            0x2018..=0x201F | 0x3001..=0x301F | 0x3041..=0x3096 | 0x30A1..=0x30FE | 0xAC00..=0xD7A3 => {
                Some(c)
            }
            _ => None,
        }
    }
}

impl Iterator for Folding<'_> {
    type Item = Folded;

    fn next(&mut self) -> Option<Folded> {
        loop {
            if let Some(folded) = self.waiting.pop() {
                return Some(folded);
            }
            let start = self.at;
            let byte = *self.text.as_bytes().get(start)?;
            if byte < 0x80 && !self.extends(start + 1) {
                self.at = start + 1;
                let char = char::from(byte.to_ascii_lowercase());
                return Some(Folded { char, start, end: start + 1 });
            }
            let c = self.rest(start).chars().next()?;
            let end = start + c.len_utf8();
            if let Some(char) = self.quick(c)
                && !self.extends(end)
            {
                self.at = end;
                return Some(Folded { char, start, end });
            }
            self.fold_cluster(start);
        }
    }
}

/// True for characters that compose with, or vanish into, the character before them.
fn is_extender(c: char) -> bool {
    is_combining_mark(c) || is_invisible(c) || matches!(c, '\u{1161}'..='\u{11FF}' | '\u{FF9E}' | '\u{FF9F}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn folded(text: &str) -> String {
        Folding::of(text).map(|folded| folded.char).collect()
    }

    #[test]
    fn folding_in_place_gives_the_characters_of_the_common_fold() {
        for text in [
            "客戶授權書 ＡＢＣ１２３",
            "ﬁ Straße İ ㍿ Å Ⅷ ｶﾞ ㎏ ½ …",
            "e\u{301}\u{200B} か\u{3099} 각 \u{1100}\u{1161}\u{11A8}",
            "授\u{200B}\u{FE0F}權\u{301}",
        ] {
            assert_eq!(folded(text), fold(text), "{text}");
        }
    }

    #[test]
    fn each_folded_character_names_the_bytes_it_stands_for() {
        let text = "Ａ㍿e\u{301}";
        let ranges: Vec<_> =
            Folding::of(text).map(|f| (f.char, text.get(f.start..f.end).unwrap_or(""))).collect();
        let company = [('株', "㍿"), ('式', "㍿"), ('会', "㍿"), ('社', "㍿")];
        assert_eq!(ranges.first(), Some(&('a', "Ａ")));
        assert_eq!(ranges.get(1..5), Some(&company[..]));
        assert_eq!(ranges.last(), Some(&('é', "e\u{301}")));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_folding(text in "\\PC{0,40}") {
            let mut end = 0;
            for folded in Folding::of(&text) {
                prop_assert!(folded.start >= end || folded.end == end);
                prop_assert!(text.get(folded.start..folded.end).is_some());
                end = folded.end;
            }
        }
    }
}
