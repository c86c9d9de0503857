//! What each character of a text may be the beginning of, one byte for each: passes that look for few
//! characters go from one to the next instead of asking about all.

use std::sync::LazyLock;

use super::{find, labels};
use crate::base::text::simplified;

/// A to Z in lower case.
pub const LOWER: u8 = 1;
/// A to Z in upper case.
pub const UPPER: u8 = 2;
/// A digit.
pub const DIGIT: u8 = 4;
/// A letter A to Z or a digit.
pub const ALNUM: u8 = LOWER | UPPER | DIGIT;
/// A mark beside which identifiers stand: `@ % + ( [ - :`.
pub const MARK: u8 = 8;
/// A character that is not ASCII and begins, or is a part of, identifiers or labels.
pub const SPECIAL: u8 = 16;
/// Here a label may begin.
pub const LABEL: u8 = 32;
/// A mark of structured text: quotes, braces, `=`, `<`, a line's end.
pub const STRUCTURE: u8 = 64;

/// Characters that are taken at one blow.
pub const BLOCK: usize = 16;
/// Zeros behind the last class, so that blocks can be read anywhere.
pub const PADDING: usize = 8;

/// `bit` if the characters are equal. Every branch here becomes a mask, so that blocks are taken whole.
#[inline]
const fn is(now: u8, c: u8, bit: u8) -> u8 {
    if now == c { bit } else { 0 }
}

/// `bit` if the character is one of `count` from `first` on.
#[inline]
const fn within(now: u8, first: u8, count: u8, bit: u8) -> u8 {
    if now.wrapping_sub(first) < count { bit } else { 0 }
}

#[inline]
const fn letter_or_digit(now: u8) -> u8 {
    within(now, b'a', 26, LOWER) | within(now, b'A', 26, UPPER) | within(now, b'0', 10, DIGIT)
}

#[inline]
const fn of_ascii(now: u8) -> u8 {
    let mark = is(now, b'@', MARK)
        | is(now, b'%', MARK)
        | is(now, b'+', MARK)
        | is(now, b'[', MARK)
        | is(now, b'(', MARK)
        | is(now, b'-', MARK)
        | is(now, b':', MARK);
    let structure = is(now, b'"', STRUCTURE)
        | is(now, b'\'', STRUCTURE)
        | is(now, b'{', STRUCTURE)
        | is(now, b'}', STRUCTURE)
        | is(now, b'=', STRUCTURE)
        | is(now, b'<', STRUCTURE)
        | is(now, b'\n', STRUCTURE);
    letter_or_digit(now) | mark | structure
}

/// [`LABEL`] for a Latin letter that begins a word, or a large one behind a small one.
#[inline]
const fn begins(before: u8, now: u8) -> u8 {
    let letter = (now | now >> 1) & 1;
    let apart = if before & ALNUM == 0 { 1 } else { 0 };
    let change = before & (now >> 1);
    (letter & (apart | change)) * LABEL
}

/// The classes of ASCII characters.
#[allow(clippy::indexing_slicing, reason = "made by the compiler, which would find a place outside")]
static ASCII: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 128 {
        table[at] = of_ascii(at as u8);
        at += 1;
    }
    table
};

/// The class of an ASCII character behind one of class `before`.
#[inline]
pub fn ascii(before: u8, now: u8) -> u8 {
    let now = ASCII.get(usize::from(now)).copied().unwrap_or(0);
    now | begins(before, now)
}

/// The classes of some ASCII characters; `before` are the characters one place earlier.
#[inline(never)]
pub fn block(before: &[u8; BLOCK], now: &[u8; BLOCK]) -> [u8; BLOCK] {
    let mut classes = [0; BLOCK];
    for (class, byte) in classes.iter_mut().zip(now) {
        *class = of_ascii(*byte);
    }
    let mut earlier = [0; BLOCK];
    for (class, byte) in earlier.iter_mut().zip(before) {
        *class = letter_or_digit(*byte);
    }
    for (class, before) in classes.iter_mut().zip(earlier) {
        *class |= begins(before, *class);
    }
    classes
}

/// Some ASCII characters in lower case.
#[inline(never)]
pub fn lowered(block: &[u8; BLOCK]) -> [u8; BLOCK] {
    block.map(|byte| byte | within(byte, b'A', 26, 0x20))
}

/// Where the range begins that the table of Han characters covers.
const HAN_FIRST: u32 = 0x3400;
/// How many characters it covers: up to U+9FFF.
const HAN_COUNT: usize = 0xA000 - 0x3400;
/// Set in an entry of the table if the character begins something.
const BEGINS: u16 = 1 << 15;

/// For Han characters how far their Simplified forms stand behind the first, and [`BEGINS`].
static HAN: LazyLock<Box<[u16; HAN_COUNT]>> = LazyLock::new(|| {
    let first = |c: char| labels::begins_with(c) || find::begins_with(c);
    let mut table = Box::new([0; HAN_COUNT]);
    for (code, entry) in (HAN_FIRST..).zip(table.iter_mut()) {
        *entry = {
            let from = char::from_u32(code).unwrap_or('\0');
            let to = simplified(from);
            // A form outside the table would be lost: the character then stays as it is.
            let place = (to as u32).checked_sub(HAN_FIRST).and_then(|p| u16::try_from(p).ok());
            let (to, place) = match place.filter(|p| *p < BEGINS) {
                Some(place) => (to, place),
                None => (from, (code - HAN_FIRST) as u16),
            };
            place | if first(to) { BEGINS } else { 0 }
        };
    }
    table
});

/// The table, asked for once in a text.
#[derive(Clone, Copy)]
pub struct Han(&'static [u16; HAN_COUNT]);

impl Han {
    /// The table.
    pub fn table() -> Self {
        Self(&HAN)
    }

    /// The Simplified form and the class of a character; of one outside the table itself and nothing.
    #[inline]
    pub fn get(self, c: char) -> (char, u8) {
        match self.0.get((c as u32).wrapping_sub(HAN_FIRST) as usize) {
            Some(entry) => {
                let folded = char::from_u32(HAN_FIRST + u32::from(entry & !BEGINS)).unwrap_or(c);
                (folded, (entry >> 15) as u8 * SPECIAL)
            }
            None => (c, 0),
        }
    }
}

/// The class of a character that is neither ASCII nor Han: only these brackets begin anything.
#[inline]
pub const fn other(c: char) -> u8 {
    if matches!(c, '〔' | '【') { SPECIAL } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_classed_like_its_characters_one_by_one() {
        let text: Vec<u8> = (0..=127).chain(*b"telNo 1a aB Ab \"k\":{x=1}").collect();
        for pair in text.windows(BLOCK + 1) {
            let (before, now) = (pair.first_chunk::<BLOCK>().unwrap(), pair.last_chunk::<BLOCK>().unwrap());
            let one_by_one: Vec<u8> = before.iter().zip(now).map(|(b, n)| ascii(ascii(0, *b), *n)).collect();
            assert_eq!(block(before, now).to_vec(), one_by_one);
        }
    }

    #[test]
    fn every_character_with_which_something_begins_is_marked() {
        for c in labels::beginnings().chain(find::beginnings()).filter(|c| !c.is_ascii()) {
            assert_eq!(Han::table().get(c).1 | other(c), SPECIAL, "{c}");
        }
        assert_eq!(Han::table().get('\u{9FA5}').1, 0);
        assert_eq!(Han::table().get('號').0, '号');
    }
}
