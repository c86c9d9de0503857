//! Text as the recognisers see it: one printed form per character, invisible characters gone,
//! and for every character the place where it stood. Two views have the same length: `chars`
//! (width folded) and `fold` (also lower case and Simplified, for comparison only).
//!
//! All positions here count characters, never bytes.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

use crate::base::text::{is_han, is_invisible, simplified};

/// A text with its way back to the original.
#[derive(Clone, Default)]
pub struct Text {
    chars: Vec<char>,
    fold: Vec<char>,
    /// Position in the original; empty while nothing has been dropped (then it is the identity).
    origin: Vec<u32>,
    original_len: usize,
}

/// Han characters and their Simplified forms for the range that has nearly all of them.
static FOLDED_HAN: LazyLock<Vec<u16>> = LazyLock::new(|| {
    (0x3400u32..0xA000)
        .map(|code| {
            let to = char::from_u32(code).map_or(code, |c| simplified(c) as u32);
            u16::try_from(to).unwrap_or(0)
        })
        .collect()
});

impl Text {
    /// Normalises a text.
    pub fn new(original: &str) -> Self {
        let mut text = Self {
            chars: Vec::with_capacity(original.len()),
            fold: Vec::with_capacity(original.len()),
            origin: Vec::new(),
            original_len: 0,
        };
        let han = FOLDED_HAN.as_slice();
        let mut position = 0usize;
        let mut shifted = false;
        let mut rest = original;
        while let Some(c) = rest.chars().next() {
            // Runs of ASCII, most of every log, are taken at one blow.
            let plain = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
            let (run, after) = rest.split_at_checked(plain).unwrap_or((rest, ""));
            if !run.is_empty() {
                text.chars.extend(run.bytes().map(char::from));
                text.fold.extend(run.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
                if shifted {
                    text.origin.extend((position..position + run.len()).map(as_u32));
                }
                position += run.len();
                rest = after;
                continue;
            }
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            if matches!(c, '\u{4E00}'..='\u{9FFF}') {
                text.push(c, folded(c, han), shifted.then_some(position));
            } else if is_invisible(c) {
                if !shifted {
                    // From here on positions differ.
                    text.origin.extend((0..position).map(as_u32));
                    shifted = true;
                }
            } else {
                let printed = printed(c);
                text.push(printed, folded(printed, han), shifted.then_some(position));
            }
            position += 1;
        }
        text.original_len = position;
        text
    }

    fn push(&mut self, printed: char, folded: char, position: Option<usize>) {
        self.chars.push(printed);
        self.fold.push(folded);
        self.origin.extend(position.map(as_u32));
    }

    /// Number of characters that are left.
    pub fn len(&self) -> usize {
        self.chars.len()
    }

    /// True if nothing visible is left.
    pub fn is_empty(&self) -> bool {
        self.chars.is_empty()
    }

    /// The character at a position, or NUL past the end.
    #[inline]
    pub fn at(&self, position: usize) -> char {
        self.chars.get(position).copied().unwrap_or('\0')
    }

    /// The character before a position, or NUL at the start.
    #[inline]
    pub fn before(&self, position: usize) -> char {
        position.checked_sub(1).map_or('\0', |p| self.at(p))
    }

    /// The folded character at a position, or NUL past the end.
    #[inline]
    pub fn folded_at(&self, position: usize) -> char {
        self.fold.get(position).copied().unwrap_or('\0')
    }

    /// All characters.
    pub fn chars(&self) -> &[char] {
        &self.chars
    }

    /// All folded characters.
    pub fn fold(&self) -> &[char] {
        &self.fold
    }

    /// The characters from `start` to before `end`.
    pub fn slice(&self, start: usize, end: usize) -> &[char] {
        self.chars.get(start..end).unwrap_or_default()
    }

    /// The folded characters from `start` to before `end`.
    pub fn fold_slice(&self, start: usize, end: usize) -> &[char] {
        self.fold.get(start..end).unwrap_or_default()
    }

    /// The characters from `start` to before `end`, as a string.
    pub fn string(&self, start: usize, end: usize) -> String {
        self.slice(start, end).iter().collect()
    }

    /// The folded characters from `start` to before `end`, as a string.
    pub fn folded(&self, start: usize, end: usize) -> String {
        self.fold_slice(start, end).iter().collect()
    }

    /// Where the span `start..end` lies in the original, in characters.
    pub fn original(&self, start: usize, end: usize) -> (usize, usize) {
        if self.origin.is_empty() {
            return (start, end);
        }
        let place = |p: usize| self.origin.get(p).map_or(self.original_len, |o| *o as usize);
        match end.checked_sub(1) {
            Some(last) if last >= start => (place(start), place(last) + 1),
            _ => (place(start), place(start)),
        }
    }

    /// True if `folded` stands at the position.
    pub fn has(&self, position: usize, folded: &str) -> bool {
        folded.chars().enumerate().all(|(i, c)| self.folded_at(position + i) == c)
    }
}

fn as_u32(position: usize) -> u32 {
    // Texts are bounded far below 2³² characters by `limits::DETECT_BYTES_MAX`.
    u32::try_from(position).unwrap_or(u32::MAX)
}

#[inline]
fn folded(c: char, han: &[u16]) -> char {
    let code = c as u32;
    if (0x3400..0xA000).contains(&code) {
        let to = han.get(code as usize - 0x3400).copied().unwrap_or(0);
        return if to == 0 { c } else { char::from_u32(u32::from(to)).unwrap_or(c) };
    }
    if code < 0x80 {
        return c.to_ascii_lowercase();
    }
    if (0x2000..0xA640).contains(&code)
        && !(0x2100..0x2190).contains(&code)
        && !(0x2460..0x2500).contains(&code)
        && code < 0x2C00
        || (0x2E80..0x3400).contains(&code)
    {
        // Marks and syllables of these blocks have no case.
        return c;
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// The plain form of a character: half width, compatibility forms resolved, dashes and blanks
/// made one. A character that would become several stays as it is, so that positions hold.
#[inline]
fn printed(c: char) -> char {
    let code = c as u32;
    match code {
        0x4E00..=0x9FFF | 0x3400..=0x4DBF | 0x3001..=0x3002 | 0x3005..=0x301B => c,
        0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(c),
        0x3003..=0x3004 | 0x301C..=0x302F | 0x2026 | 0x2190..=0x243F | 0x2500..=0x2A00 => c,
        0xA0 | 0x2000..=0x200A | 0x202F | 0x205F | 0x3000 => ' ',
        0x2010..=0x2015 | 0xFE58 | 0xFE63 => '-',
        0x2018 | 0x2019 | 0x201B | 0x2032 => '\'',
        0x201C..=0x201F => '"',
        0xB7 | 0x2022 | 0x2027 | 0x30FB | 0xFF65 => '·',
        0xA1..=0x24F | 0x370..=0x52F | 0x20000..=0x323AF => c,
        _ if is_han(c) && code < 0xF900 => c,
        _ => {
            let mut plain = std::iter::once(c).nfkc();
            match (plain.next(), plain.next()) {
                (Some(one), None) => one,
                _ => c,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_again_behind_invisible_and_wide_characters() {
        let text = Text::new("😀１３\u{200B}８😀");
        assert_eq!(text.string(1, 4), "138");
        assert_eq!(text.original(1, 4), (1, 5));
        assert_eq!(text.original(4, 5), (5, 6));
        assert_eq!(Text::new("手機１３８").original(2, 5), (2, 5));
    }

    #[test]
    fn both_scripts_fold_to_one() {
        let text = Text::new("聯絡電話：ＡＢ");
        assert_eq!(text.folded(0, text.len()), "联络电话:ab");
        assert_eq!(text.string(4, 7), ":AB");
    }
}
