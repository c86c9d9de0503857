//! What the English model looks at: one place per word, number, mark or line end.

use super::hash::{self, Features};
use super::lexicon::Lexicon;
use crate::redaction::find::Scene;
use crate::redaction::kind::Kind;
use crate::redaction::labels::Label;

/// Shift of the two bits that say how often a word is a given name.
pub const GIVEN: u32 = 0;
/// Shift of the two bits that say how often a word is a surname.
pub const SURNAME: u32 = 2;
/// A city.
pub const CITY: u32 = 1 << 4;
/// A country or its state.
pub const COUNTRY: u32 = 1 << 5;
/// A common word in lower case.
pub const COMMON: u32 = 1 << 6;
/// A word that begins or ends names of organisations.
pub const ORGANISATION: u32 = 1 << 7;
/// A word of streets: Road, Ave, Apt.
pub const STREET: u32 = 1 << 8;
/// A title before a name.
pub const TITLE: u32 = 1 << 9;
/// Bits that tell of names.
pub const NAMES: u32 = 0x3FF;
/// Shift of the finer cluster's number (10 bits, 0 for none).
pub const CLUSTER: u32 = 10;
/// Shift of the coarser cluster's number (7 bits).
pub const COARSE: u32 = 20;

/// Labels before a stretch that are looked at again.
const LABELS_BEFORE: usize = 8;

/// A word, number, mark or line end.
#[derive(Debug, Clone, Copy)]
pub struct Token {
    /// First character.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// Hash of the folded word.
    word: u32,
    /// Shape: capital, lower, digits, marks, length.
    shape: u32,
    /// Hashes of prefixes and suffixes: first 3, last 3, last 2, first 1.
    affixes: [u32; 4],
    bits: u32,
    label: (u8, u8),
    /// 1 at a line's start, 2 after a full stop, 4 if the line is all capitals, 8 if a blank is before.
    place: u8,
}

/// A text as the model sees it.
pub struct Places {
    tokens: Vec<Token>,
    marks: [Token; 2],
}

impl Places {
    /// Cuts `start..end` of a scene into tokens.
    pub fn new(scene: &Scene<'_>, start: usize, end: usize, lexicon: Lexicon<'_>) -> Self {
        let outside = |code| Token {
            start: 0,
            end: 0,
            word: code,
            shape: code,
            affixes: [code; 4],
            bits: 0,
            label: (0, 0),
            place: 0,
        };
        let mut places =
            Self { tokens: Vec::with_capacity((end - start) / 4), marks: [outside(1), outside(2)] };
        places.cut(scene, start, end, lexicon);
        places.mark_lines(scene);
        places.mark_labels(scene);
        places
    }

    fn cut(&mut self, scene: &Scene<'_>, start: usize, end: usize, lexicon: Lexicon<'_>) {
        let text = scene.text;
        let mut at = start;
        let mut blank = false;
        while at < end {
            let c = text.at(at);
            if c != '\n' && c.is_whitespace() {
                blank = true;
                at += 1;
                continue;
            }
            let token_end = if c.is_alphabetic() {
                (at..end.min(at + 64)).find(|p| !text.at(*p).is_alphabetic()).unwrap_or(end.min(at + 64))
            } else if c.is_ascii_digit() {
                (at..end.min(at + 64)).find(|p| !text.at(*p).is_ascii_digit()).unwrap_or(end.min(at + 64))
            } else {
                at + 1
            };
            let mut token = token(scene, at, token_end, lexicon);
            token.place = if blank { 8 } else { 0 };
            self.tokens.push(token);
            blank = false;
            at = token_end;
        }
    }

    fn mark_lines(&mut self, scene: &Scene<'_>) {
        let text = scene.text;
        let mut line_start = true;
        let mut stop = false;
        let mut lower = 0usize;
        let mut first_of_line = 0;
        let len = self.tokens.len();
        for i in 0..=len {
            let newline = self.tokens.get(i).is_none_or(|token| text.at(token.start) == '\n');
            if newline {
                let line = self.tokens.get_mut(first_of_line..i).unwrap_or_default();
                let capitals = lower == 0 && line.len() >= 2;
                line.iter_mut().for_each(|token| token.place |= if capitals { 4 } else { 0 });
                first_of_line = i + 1;
                lower = 0;
            }
            let Some(token) = self.tokens.get_mut(i) else { break };
            token.place |= u8::from(line_start) | if stop { 2 } else { 0 };
            lower += usize::from(
                text.at(token.start).is_lowercase()
                    || text.at(token.start + 1).is_lowercase() && token.end > token.start + 1,
            );
            line_start = newline;
            stop = matches!(text.at(token.start), '.' | '!' | '?');
        }
    }

    fn mark_labels(&mut self, scene: &Scene<'_>) {
        // The last labels before these tokens are enough: to begin with the first of the text would
        // take the square of its length.
        let first = self.tokens.first().map_or(0, |token| token.start);
        let mut next = scene.hits.partition_point(|hit| hit.end <= first).saturating_sub(LABELS_BEFORE);
        let mut current = (0u8, 0usize);
        for token in &mut self.tokens {
            while let Some(hit) = scene.hits.get(next).filter(|hit| hit.end <= token.start) {
                next += 1;
                if hit.label.is_of_cells() {
                    continue;
                }
                let tight = (hit.end..hit.end + 3).any(|p| matches!(scene.text.at(p), ':' | '=' | '>' | '|'));
                current = (label_code(hit.label) + if tight { 8 } else { 0 }, hit.end);
            }
            let c = scene.text.at(token.start);
            if matches!(c, '\n' | '.' | ';') {
                current = (0, 0);
            }
            if let Some(cell) = scene.cell(token.start) {
                token.label = (label_code(cell.label), if token.start == cell.start { 5 } else { 6 });
            } else if current.0 != 0 && token.start - current.1 <= 60 {
                let distance = match token.start - current.1 {
                    0..=2 => 1,
                    3..=8 => 2,
                    9..=24 => 3,
                    _ => 4,
                };
                token.label = (current.0, distance);
            }
        }
    }

    /// The tokens.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    fn at(&self, i: usize, offset: isize) -> &Token {
        let [before, after] = &self.marks;
        match i.checked_add_signed(offset) {
            None => before,
            Some(p) => self.tokens.get(p).unwrap_or(after),
        }
    }

    /// The features of a place.
    pub fn features(&self, i: usize, features: &mut Features) {
        features.clear();
        let t = |offset| self.at(i, offset);
        let (a2, a1, c0, b1, b2) = (t(-2), t(-1), t(0), t(1), t(2));
        let names = |token: &Token| token.bits & NAMES;
        let fine = |token: &Token| token.bits >> CLUSTER & 0x3FF;
        let coarse = |token: &Token| token.bits >> COARSE & 0x7F;
        features.add(0, [c0.word]);
        features.add(1, [a1.word]);
        features.add(2, [b1.word]);
        features.add(3, [a2.word]);
        features.add(4, [b2.word]);
        features.add(5, [a1.word, c0.word]);
        features.add(6, [c0.word, b1.word]);
        features.add(7, [a2.word, a1.word]);
        features.add(8, [b1.word, b2.word]);
        features.add(9, [c0.shape]);
        features.add(10, [a1.shape, c0.shape]);
        features.add(11, [c0.shape, b1.shape]);
        features.add(12, [a1.shape, c0.shape, b1.shape]);
        let [first3, last3, last2, first1] = c0.affixes;
        features.add(13, [first3, c0.shape]);
        features.add(14, [last3, c0.shape]);
        features.add(15, [last2, c0.shape]);
        features.add(16, [first1, last3]);
        features.add(17, [fine(c0), c0.shape]);
        features.add(18, [fine(a1), c0.shape]);
        features.add(19, [fine(b1), c0.shape]);
        features.add(20, [coarse(a1), coarse(c0), coarse(b1)]);
        features.add(21, [coarse(a2), coarse(a1), c0.shape]);
        features.add(22, [names(c0), c0.shape]);
        features.add(23, [names(a1), names(c0), c0.shape]);
        features.add(24, [names(c0), names(b1), c0.shape, b1.shape]);
        features.add(25, [names(a1), names(c0), names(b1)]);
        features.add(26, [u32::from(c0.place), c0.shape, names(c0)]);
        features.add(27, [u32::from(c0.label.0), u32::from(c0.label.1), c0.shape]);
        features.add(28, [u32::from(c0.label.0), a1.word, c0.shape]);
        features.add(29, [a1.word, names(c0), c0.shape]);
        features.add(30, [b1.word, names(c0), c0.shape]);
        features.add(31, [a2.word, a1.word, c0.shape]);
        features.add(32, [a2.shape, a1.shape, c0.shape, b1.shape, b2.shape]);
        features.add(33, [names(a2), names(a1), names(c0), names(b1)]);
        features.add(34, [u32::from(c0.label.0), names(c0), c0.shape]);
        features.add(35, [t(-3).word, a2.word, a1.word]);
        features.add(36, [fine(a1), fine(c0)]);
        features.add(37, [fine(c0), fine(b1)]);
    }
}

fn token(scene: &Scene<'_>, start: usize, end: usize, lexicon: Lexicon<'_>) -> Token {
    let text = scene.text;
    let fold = text.fold_slice(start, end);
    let first = text.at(start);
    let small = |chars: &[char]| (hash::word(chars) & 0xFFFF_FFFF) as u32;
    let digits = first.is_ascii_digit();
    let word = if digits { 100 + (fold.len().min(12) as u32) } else { small(fold) };
    let last = |count: usize| fold.get(fold.len().saturating_sub(count)..).unwrap_or_default();
    Token {
        start,
        end,
        word,
        shape: shape(text.slice(start, end)),
        affixes: [
            small(fold.get(..3.min(fold.len())).unwrap_or_default()),
            small(last(3)),
            small(last(2)),
            small(fold.get(..1.min(fold.len())).unwrap_or_default()),
        ],
        bits: if digits || fold.len() < 2 && !first.is_alphabetic() { 0 } else { lexicon.get(fold) },
        label: (0, 0),
        place: 0,
    }
}

fn shape(chars: &[char]) -> u32 {
    let first = chars.first().copied().unwrap_or(' ');
    let len = chars.len();
    if first.is_ascii_digit() {
        return 10 + (len.min(6) as u32);
    }
    if !first.is_alphabetic() {
        return 1000 + first as u32;
    }
    let rest = chars.get(1..).unwrap_or_default();
    let upper_rest = rest.iter().filter(|c| c.is_uppercase()).count();
    let kind = match (first.is_uppercase(), upper_rest) {
        (true, 0) if len == 1 => 1,
        (true, 0) => 2,
        (true, n) if n + 1 == len => 3,
        (true, _) => 4,
        (false, 0) => 5,
        (false, _) => 6,
    };
    let foreign = u32::from(chars.iter().any(|c| !c.is_ascii()));
    20 + kind * 8
        + foreign * 4
        + match len {
            0..=2 => 0,
            3..=5 => 1,
            _ => 2,
        }
}

fn label_code(label: Label) -> u8 {
    match label {
        Label::Is(Kind::Person) | Label::NamePart => 1,
        Label::Is(Kind::Organization) => 2,
        Label::Is(Kind::Address) => 3,
        Label::Is(Kind::Location) => 7,
        Label::Party => 4,
        Label::Nothing | Label::Amount | Label::Reference => 5,
        Label::Is(_) | Label::Document | Label::Age | Label::AreaCode => 6,
    }
}
