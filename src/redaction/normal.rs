//! Text as the recognisers see it: one printed form per character, invisible characters gone,
//! and for every character the place where it stood. Two views have the same length: `chars`
//! (width folded) and `fold` (also lower case and Simplified, for comparison only).
//!
//! All positions here count characters, never bytes.

use unicode_normalization::UnicodeNormalization as _;

use super::class::{self, ALNUM, BLOCK, DIGIT, Han, LOWER, PADDING, UPPER};
use crate::base::text::{is_han, is_invisible};

/// A text with its way back to the original.
#[derive(Clone, Default)]
pub struct Text {
    chars: Vec<char>,
    fold: Vec<char>,
    /// What each character may begin ([`class`]), and some zeros.
    classes: Vec<u8>,
    /// Position in the original; empty while nothing has been dropped (then it is the identity).
    origin: Vec<u32>,
    original_len: usize,
    han: usize,
}

/// How often characters were asked for in this thread: tests hold the work on a text to its length.
#[cfg(test)]
pub(super) mod work {
    use std::cell::Cell;

    /// Most that reading a slice counts for.
    const SLICE_MOST: usize = 4096;

    thread_local! {
        static READ: Cell<u64> = const { Cell::new(0) };
    }

    /// Counts the reading of so many characters.
    pub fn add(count: usize) {
        READ.with(|read| read.set(read.get() + count.min(SLICE_MOST) as u64));
    }

    /// How many were read while something was done.
    pub fn of(task: impl FnOnce()) -> u64 {
        let before = READ.with(Cell::get);
        task();
        READ.with(Cell::get) - before
    }
}

#[cfg(not(test))]
mod work {
    #[inline]
    pub const fn add(_: usize) {}
}

/// Characters that are written together.
const BATCH: usize = 64;

/// The last characters read, before they are written: a place in an array of known length costs less
/// than one more place in a vector.
struct Batch {
    chars: [char; BATCH],
    fold: [char; BATCH],
    classes: [u8; BATCH],
    count: usize,
    /// The class of the last character.
    before: u8,
}

impl Batch {
    #[inline]
    fn push(&mut self, text: &mut Text, (printed, folded, class): (char, char, u8)) {
        let at = self.count % BATCH;
        let places = (self.chars.get_mut(at), self.fold.get_mut(at), self.classes.get_mut(at));
        if let (Some(char_place), Some(fold_place), Some(class_place)) = places {
            (*char_place, *fold_place, *class_place) = (printed, folded, class);
        }
        self.before = class;
        self.count = self.count.wrapping_add(1);
        if self.count == BATCH {
            self.flush(text);
        }
    }

    fn flush(&mut self, text: &mut Text) {
        text.chars.extend_from_slice(self.chars.get(..self.count).unwrap_or_default());
        text.fold.extend_from_slice(self.fold.get(..self.count).unwrap_or_default());
        text.classes.extend_from_slice(self.classes.get(..self.count).unwrap_or_default());
        self.count = 0;
    }

    /// The ASCII characters from a byte on; where they end.
    #[inline]
    fn run(&mut self, text: &mut Text, bytes: &[u8], from: usize) -> usize {
        let mut at = from;
        while let Some(byte) = bytes.get(at).filter(|byte| byte.is_ascii()) {
            let class = class::ascii(self.before, *byte);
            self.push(text, (char::from(*byte), char::from(byte.to_ascii_lowercase()), class));
            at += 1;
            // Long runs, most of every log, are taken by the block.
            while let Some((earlier, block)) = blocks(bytes, at) {
                self.push_block(text, earlier, block);
                at += BLOCK;
            }
        }
        at
    }

    /// Some ASCII characters; `earlier` are those one place before.
    #[inline]
    fn push_block(&mut self, text: &mut Text, earlier: &[u8; BLOCK], block: &[u8; BLOCK]) {
        if self.count > 0 {
            self.flush(text);
        }
        let classes = class::block(earlier, block);
        text.chars.extend_from_slice(&widened(block));
        text.fold.extend_from_slice(&widened(&class::lowered(block)));
        text.classes.extend_from_slice(&classes);
        self.before = classes[BLOCK - 1];
    }
}

/// Written so that the compiler sees one step for all places; inside another loop it does not.
#[inline(never)]
fn widened(block: &[u8; BLOCK]) -> [char; BLOCK] {
    let mut chars = ['\0'; BLOCK];
    for (c, byte) in chars.iter_mut().zip(block) {
        *c = char::from(*byte);
    }
    chars
}

impl Text {
    /// Normalises a text.
    pub fn new(original: &str) -> Self {
        let mut text = Self {
            chars: Vec::with_capacity(original.len()),
            fold: Vec::with_capacity(original.len()),
            classes: Vec::with_capacity(original.len() + PADDING),
            ..Self::default()
        };
        let mut batch =
            Batch { chars: ['\0'; BATCH], fold: ['\0'; BATCH], classes: [0; BATCH], count: 0, before: 0 };
        let table = Han::table();
        let bytes = original.as_bytes();
        // Bytes read, and characters that they were.
        let (mut at, mut position) = (0usize, 0usize);
        let mut shifted = false;
        while let Some(byte) = bytes.get(at) {
            let (first, from) = (at, position);
            if byte.is_ascii() {
                at = batch.run(&mut text, bytes, at);
                position += at - first;
            } else if let Some(c) = common_han(bytes, at) {
                let mut next = Some(c);
                while let Some(c) = next {
                    let (folded, class) = table.get(c);
                    batch.push(&mut text, (c, folded, class));
                    at = at.wrapping_add(3);
                    next = common_han(bytes, at);
                }
                position += (at - first) / 3;
                text.han += position - from;
            } else {
                let c = original.get(at..).and_then(|rest| rest.chars().next()).unwrap_or('\0');
                at += c.len_utf8();
                position += 1;
                match other(c, batch.before, table) {
                    Some(character) => {
                        text.han += usize::from(is_han(character.0));
                        batch.push(&mut text, character);
                    }
                    None => {
                        if !shifted {
                            // From here on positions differ.
                            text.origin.extend((0..from).map(as_u32));
                            shifted = true;
                        }
                        continue;
                    }
                }
            }
            if shifted {
                text.origin.extend((from..position).map(as_u32));
            }
        }
        batch.flush(&mut text);
        text.original_len = position;
        text.classes.extend([0; PADDING]);
        text
    }

    /// The first place from `from` on whose class has one of these bits, or the text's length.
    #[inline]
    pub fn next_with(&self, bits: u8, from: usize) -> usize {
        work::add(1);
        let wanted = u64::from_le_bytes([bits; PADDING]);
        let mut at = from;
        while let Some(block) = self.classes.get(at..).and_then(|rest| rest.first_chunk::<PADDING>()) {
            let hit = u64::from_le_bytes(*block) & wanted;
            if hit != 0 {
                return at + (hit.trailing_zeros() / 8) as usize;
            }
            at += PADDING;
            work::add(1);
        }
        self.len()
    }

    /// Where the letters A to Z and digits end that go on at `from`, and whether a digit is among them.
    #[inline]
    pub fn token(&self, from: usize) -> (usize, bool) {
        const INSIDE: u64 = u64::from_le_bytes([ALNUM; PADDING]);
        const FULL: u64 = u64::from_le_bytes([0x7F; PADDING]);
        const DIGITS: u64 = u64::from_le_bytes([DIGIT; PADDING]);
        let (mut at, mut digits) = (from, 0);
        while let Some(block) = self.classes.get(at..).and_then(|rest| rest.first_chunk::<PADDING>()) {
            let block = u64::from_le_bytes(*block);
            // The high bit of each byte that is none of them; no sum reaches into the next byte.
            let outside = !(block & INSIDE).wrapping_add(FULL) & !FULL;
            if outside != 0 {
                // The bytes below the first that is outside.
                digits |= block & DIGITS & (outside & outside.wrapping_neg()).wrapping_sub(1);
                return (at + (outside.trailing_zeros() / 8) as usize, digits != 0);
            }
            digits |= block & DIGITS;
            at += PADDING;
        }
        (self.len(), digits != 0)
    }

    /// The classes of the characters from `start` to before `end`.
    #[inline]
    pub fn classes(&self, start: usize, end: usize) -> &[u8] {
        self.classes.get(start..end).unwrap_or_default()
    }

    /// Every place whose class has one of these bits.
    #[inline]
    pub fn places_with(&self, bits: u8) -> impl Iterator<Item = usize> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let place = self.next_with(bits, at);
            at = place + 1;
            (place < self.len()).then_some(place)
        })
    }

    /// Number of characters that are left.
    pub fn len(&self) -> usize {
        self.chars.len()
    }

    /// How many Han characters there are.
    pub const fn han(&self) -> usize {
        self.han
    }

    /// How many letters A to Z there are, in either case.
    pub fn latin(&self) -> usize {
        // Few enough at a time for a byte, so that many are counted in one step.
        let count = |some: &[u8]| {
            let letters = some.iter().map(|class| u8::from(class & (LOWER | UPPER) != 0));
            usize::from(letters.fold(0, u8::wrapping_add))
        };
        self.classes.chunks(128).map(count).sum()
    }

    /// True if nothing visible is left.
    pub fn is_empty(&self) -> bool {
        self.chars.is_empty()
    }

    /// The character at a position, or NUL past the end.
    #[inline]
    pub fn at(&self, position: usize) -> char {
        work::add(1);
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
        work::add(1);
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
        work::add(end.saturating_sub(start));
        self.chars.get(start..end).unwrap_or_default()
    }

    /// The folded characters from `start` to before `end`.
    pub fn fold_slice(&self, start: usize, end: usize) -> &[char] {
        work::add(end.saturating_sub(start));
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

/// The next characters and those one place earlier, if the next are ASCII; the one before is.
#[inline]
fn blocks(bytes: &[u8], at: usize) -> Option<(&[u8; BLOCK], &[u8; BLOCK])> {
    let rest = bytes.get(at.checked_sub(1)?..)?;
    let block = rest.get(1..)?.first_chunk::<BLOCK>()?;
    if !block.is_ascii() {
        return None;
    }
    Some((rest.first_chunk::<BLOCK>()?, block))
}

/// The character at a byte, if it is one of U+4E00 to U+9FFF.
#[inline]
fn common_han(bytes: &[u8], at: usize) -> Option<char> {
    let [lead, middle, last] = bytes.get(at..)?.first_chunk::<3>()?;
    let common = matches!(lead, 0xE5..=0xE9) || *lead == 0xE4 && *middle >= 0xB8;
    let code = u32::from(lead & 0x0F) << 12 | u32::from(middle & 0x3F) << 6 | u32::from(last & 0x3F);
    if common { char::from_u32(code) } else { None }
}

/// What any other character is read as, with its folded form and class; `None` if it is invisible.
/// `before` is the class of the character before it.
#[inline]
fn other(c: char, before: u8, table: Han) -> Option<(char, char, u8)> {
    let printed = match c {
        // The marks of most Chinese sentences.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{3001}'..='\u{3002}' | '\u{300A}'..='\u{3011}' => return Some((c, c, class::other(c))),
        c if is_invisible(c) => return None,
        c => printed(c),
    };
    if let Ok(byte) = u8::try_from(printed)
        && byte.is_ascii()
    {
        return Some((printed, printed.to_ascii_lowercase(), class::ascii(before, byte)));
    }
    let folded = folded(printed, table);
    Some((printed, folded, table.get(folded).1 | class::other(folded)))
}

fn folded(c: char, table: Han) -> char {
    let code = c as u32;
    if (0x3400..0xA000).contains(&code) {
        return table.get(c).0;
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
