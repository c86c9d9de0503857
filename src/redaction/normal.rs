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
    /// Which ASCII characters occur.
    seen: Seen,
    han: usize,
    latin: usize,
}

/// ASCII characters that are taken at one blow.
const BLOCK: usize = 16;

/// One flag for each ASCII character.
#[derive(Clone, Copy)]
struct Seen([bool; 128]);

impl Default for Seen {
    fn default() -> Self {
        Self([false; 128])
    }
}

impl Seen {
    #[inline]
    fn add(&mut self, byte: u8) {
        if let Some(seen) = self.0.get_mut(usize::from(byte & 0x7F)) {
            *seen = true;
        }
    }
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
            ..Self::default()
        };
        let han = FOLDED_HAN.as_slice();
        let mut position = 0usize;
        let mut shifted = false;
        let mut rest = original.chars();
        while let Some(c) = rest.next() {
            if c.is_ascii() {
                text.push_ascii(c);
                text.origin.extend(shifted.then(|| as_u32(position)));
                position += 1;
                // Runs of ASCII, most of every log, are taken by the block.
                while let Some((block, after)) = ascii_block(rest.as_str()) {
                    text.push_block(block);
                    if shifted {
                        text.origin.extend((position..position + BLOCK).map(as_u32));
                    }
                    position += BLOCK;
                    rest = after.chars();
                }
                continue;
            }
            if matches!(c, '\u{4E00}'..='\u{9FFF}') {
                text.han += 1;
                text.push(c, folded_han(c, han), shifted.then_some(position));
            } else if is_invisible(c) {
                if !shifted {
                    // From here on positions differ.
                    text.origin.extend((0..position).map(as_u32));
                    shifted = true;
                }
            } else {
                let printed = printed(c);
                text.han += usize::from(is_han(printed));
                if printed.is_ascii() {
                    text.push_ascii(printed);
                    text.origin.extend(shifted.then(|| as_u32(position)));
                } else {
                    text.push(printed, folded(printed, han), shifted.then_some(position));
                }
            }
            position += 1;
        }
        text.original_len = position;
        text
    }

    /// Some ASCII characters, without their origins.
    #[inline]
    fn push_block(&mut self, block: &[u8; BLOCK]) {
        self.chars.extend_from_slice(&block.map(char::from));
        self.fold.extend_from_slice(&block.map(|byte| char::from(byte.to_ascii_lowercase())));
        self.latin += block.iter().map(|byte| usize::from(byte.is_ascii_alphabetic())).sum::<usize>();
        for byte in block {
            self.seen.add(*byte);
        }
    }

    /// One ASCII character, without its origin.
    #[inline]
    fn push_ascii(&mut self, c: char) {
        self.chars.push(c);
        self.fold.push(c.to_ascii_lowercase());
        self.latin += usize::from(c.is_ascii_alphabetic());
        if let Ok(byte) = u8::try_from(c) {
            self.seen.add(byte);
        }
    }

    #[inline]
    fn push(&mut self, printed: char, folded: char, position: Option<usize>) {
        self.chars.push(printed);
        self.fold.push(folded);
        if let Some(position) = position {
            self.origin.push(as_u32(position));
        }
    }

    /// Number of characters that are left.
    pub fn len(&self) -> usize {
        self.chars.len()
    }

    /// True if this ASCII character occurs.
    #[inline]
    pub fn contains(&self, c: char) -> bool {
        self.seen.0.get(c as usize).copied().unwrap_or(false)
    }

    /// How many Han characters there are.
    pub const fn han(&self) -> usize {
        self.han
    }

    /// How many letters A to Z there are, in either case.
    pub const fn latin(&self) -> usize {
        self.latin
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

/// The next characters, if so many are ASCII, and what follows them.
#[inline]
fn ascii_block(text: &str) -> Option<(&[u8; BLOCK], &str)> {
    let (block, _) = text.as_bytes().split_first_chunk::<BLOCK>()?;
    if !block.is_ascii() {
        return None;
    }
    Some((block, text.get(BLOCK..)?))
}

/// The Simplified form of a character of the range that `han` covers.
#[inline]
fn folded_han(c: char, han: &[u16]) -> char {
    match han.get((c as usize).wrapping_sub(0x3400)) {
        None | Some(0) => c,
        Some(to) => char::from_u32(u32::from(*to)).unwrap_or(c),
    }
}

fn folded(c: char, han: &[u16]) -> char {
    let code = c as u32;
    if (0x3400..0xA000).contains(&code) {
        return folded_han(c, han);
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
