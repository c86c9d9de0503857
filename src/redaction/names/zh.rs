//! What the Chinese model looks at: one place per character, scripts folded.

use super::hash::Features;
use super::lexicon::Lexicon;
use crate::redaction::find::Scene;
use crate::redaction::kind::Kind;
use crate::redaction::labels::Label;

/// A common word.
pub const COMMON: u32 = 1;
/// A place.
pub const PLACE: u32 = 2;
/// An organisation.
pub const ORGANISATION: u32 = 4;
/// A whole name of a person.
pub const PERSON: u32 = 8;
/// A part of a foreign name.
pub const FOREIGN: u32 = 16;
/// Shift of the two bits of frequency.
pub const FREQUENCY: u32 = 5;
/// Shift of the two bits that say how often a character (or two) is a surname.
pub const SURNAME: u32 = 8;
/// Shift of the two bits that say how often a character is the first of a given name.
pub const GIVEN_FIRST: u32 = 10;
/// Shift of the two bits that say how often a character is the last of a given name.
pub const GIVEN_LAST: u32 = 12;
/// Bits that tell of a word, not of a character in names.
const WORD: u32 = 0xFF;
/// Longest word that is looked up, in characters.
const WORD_MOST: usize = 6;

/// A text as the model sees it.
pub struct Places {
    /// Folded characters; digits and Latin letters by class.
    codes: Vec<u32>,
    classes: Vec<u8>,
    /// Bits of each character as a part of a name.
    parts: Vec<u32>,
    /// Longest word that begins here: length and bits.
    begins: Vec<(u8, u8)>,
    /// Longest word that ends here.
    ends: Vec<(u8, u8)>,
    /// Longest word that covers the place inside.
    covers: Vec<(u8, u8)>,
    /// The label that reaches here and how.
    labels: Vec<(u8, u8)>,
    /// Bits of the Latin word here.
    latin: Vec<u32>,
}

/// Classes of characters.
fn class(c: char) -> u8 {
    match c {
        '0'..='9' => 1,
        'a'..='z' => 2,
        'A'..='Z' => 3,
        '\n' => 4,
        ' ' | '\t' | '\r' => 5,
        ':' => 6,
        ',' | ';' => 7,
        '、' => 8,
        '。' | '!' | '?' => 9,
        '·' => 10,
        '(' | '[' | '<' | '{' => 11,
        ')' | ']' | '>' | '}' => 12,
        '「' | '『' | '【' | '《' | '〈' | '"' | '\'' => 13,
        '」' | '』' | '】' | '》' | '〉' => 14,
        '-' | '_' | '/' | '|' | '=' | '#' | '.' | '&' | '@' | '+' | '*' | '%' => 15,
        c if crate::base::text::is_han(c) => 0,
        _ => 16,
    }
}

impl Places {
    /// Looks at `start..end` of a scene.
    pub fn new(
        scene: &Scene<'_>,
        start: usize,
        end: usize,
        lexicon: Lexicon<'_>,
        latin: Lexicon<'_>,
    ) -> Self {
        let chars = scene.text.slice(start, end);
        let fold = scene.text.fold_slice(start, end);
        let classes: Vec<u8> = chars.iter().map(|c| class(*c)).collect();
        let codes = fold
            .iter()
            .zip(&classes)
            .map(|(c, class)| match class {
                1 => '0' as u32,
                2 => 'a' as u32,
                3 => 'A' as u32,
                _ => *c as u32,
            })
            .collect();
        let mut places = Self {
            codes,
            parts: fold
                .iter()
                .zip(&classes)
                .map(|(c, class)| if *class == 0 { lexicon.get(&[*c]) } else { 0 })
                .collect(),
            begins: vec![(0, 0); fold.len()],
            ends: vec![(0, 0); fold.len()],
            covers: vec![(0, 0); fold.len()],
            labels: vec![(0, 0); fold.len()],
            latin: vec![0; fold.len()],
            classes,
        };
        places.mark_words(fold, lexicon);
        places.mark_latin(fold, latin);
        places.mark_labels(scene, start, end);
        places
    }

    fn mark_words(&mut self, fold: &[char], lexicon: Lexicon<'_>) {
        for from in 0..fold.len() {
            if self.classes.get(from) != Some(&0) {
                continue;
            }
            for len in 2..=WORD_MOST {
                let Some(word) = fold.get(from..from + len) else { break };
                if self.classes.get(from + len - 1) != Some(&0) {
                    break;
                }
                let bits = lexicon.get(word) & WORD;
                if bits == 0 {
                    continue;
                }
                let (len_byte, bits) = (len as u8, bits as u8);
                longer(self.begins.get_mut(from), len_byte, bits);
                longer(self.ends.get_mut(from + len - 1), len_byte, bits);
                for inside in self.covers.get_mut(from + 1..from + len - 1).unwrap_or_default() {
                    longer(Some(inside), len_byte, bits);
                }
            }
        }
    }

    fn mark_latin(&mut self, fold: &[char], latin: Lexicon<'_>) {
        let mut from = 0;
        while from < fold.len() {
            let len = self
                .classes
                .get(from..)
                .unwrap_or_default()
                .iter()
                .take_while(|c| matches!(c, 2 | 3))
                .count();
            if (2..=20).contains(&len) {
                let bits = fold.get(from..from + len).map_or(0, |word| latin.get(word)) & super::en::NAMES;
                for place in self.latin.get_mut(from..from + len).unwrap_or_default() {
                    *place = bits + 1;
                }
            }
            from += len.max(1);
        }
    }

    /// What the last label before each place announces, and how far it is away.
    fn mark_labels(&mut self, scene: &Scene<'_>, start: usize, end: usize) {
        let mut next = scene.hits.partition_point(|hit| hit.end <= start);
        let mut current = (0u8, 0usize, false);
        for (at, (place, class)) in (start..end).zip(self.labels.iter_mut().zip(&self.classes)) {
            while let Some(hit) = scene.hits.get(next).filter(|hit| hit.end <= at) {
                next += 1;
                if hit.label.is_of_cells() {
                    continue;
                }
                let code = label_code(hit.label);
                current =
                    (code, hit.end, matches!(scene.text.at(hit.end), ':' | '=' | '"' | '>' | ' ' | '('));
            }
            if matches!(class, 4 | 9) {
                current = (0, 0, false);
            }
            if let Some(cell) = scene.cell(at) {
                *place = (label_code(cell.label), if at == cell.start { 5 } else { 6 });
                continue;
            }
            if current.0 != 0 {
                let distance = match at.saturating_sub(current.1) {
                    0 => 0,
                    1 | 2 => 1,
                    3..=6 => 2,
                    7..=20 => 3,
                    _ => 4,
                };
                *place = (current.0, distance + if current.2 { 8 } else { 0 });
            }
        }
    }

    /// True if there are no places.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Number of places.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// The places at which a name can be: near a Chinese character, or in a word that is a
    /// Latin name. Elsewhere - digits, marks, code - nothing needs to be computed.
    pub fn active(&self) -> Vec<bool> {
        const NEAR: usize = 8;
        let mut active = vec![false; self.len()];
        let mut reached = 0;
        for (i, class) in self.classes.iter().enumerate() {
            let latin = self.latin.get(i).is_some_and(|bits| *bits > 1);
            if *class == 0 || latin {
                let from = i.saturating_sub(3).max(reached);
                reached = (i + NEAR + 1).min(self.len());
                active.get_mut(from..reached).unwrap_or_default().fill(true);
            }
        }
        active
    }

    fn code(&self, i: usize, offset: isize) -> u32 {
        i.checked_add_signed(offset).and_then(|p| self.codes.get(p)).copied().unwrap_or(1)
    }

    fn class_at(&self, i: usize, offset: isize) -> u32 {
        i.checked_add_signed(offset).and_then(|p| self.classes.get(p)).map_or(4, |class| u32::from(*class))
    }

    fn part(&self, i: usize, offset: isize, shift: u32) -> u32 {
        i.checked_add_signed(offset).and_then(|p| self.parts.get(p)).map_or(0, |bits| bits >> shift & 3)
    }

    /// The features of a place.
    pub fn features(&self, i: usize, features: &mut Features) {
        features.clear();
        let c = |offset| self.code(i, offset);
        let k = |offset| self.class_at(i, offset);
        let (a3, a2, a1, c0, b1, b2) = (c(-3), c(-2), c(-1), c(0), c(1), c(2));
        features.add(0, [c0]);
        features.add(1, [a1]);
        features.add(2, [b1]);
        features.add(3, [a2]);
        features.add(4, [b2]);
        features.add(5, [a1, c0]);
        features.add(6, [c0, b1]);
        features.add(7, [a2, a1]);
        features.add(9, [a1, b1]);
        features.add(10, [a1, c0, b1]);
        features.add(11, [c0, b1, b2]);
        features.add(12, [a2, a1, c0]);
        features.add(13, [a3, a2, a1]);
        features.add(17, [k(-3), k(-2), k(-1), k(0), k(1), k(2), k(3), k(4)]);
        let pair = |pairs: &[(u8, u8)]| {
            pairs.get(i).map_or((0, 0), |(len, bits)| (u32::from(*len), u32::from(*bits)))
        };
        let (begin, end, cover) = (pair(&self.begins), pair(&self.ends), pair(&self.covers));
        features.add(18, [begin.0, begin.1]);
        features.add(19, [end.0, end.1]);
        features.add(20, [cover.0, cover.1]);
        features.add(21, [begin.0, begin.1, end.0, end.1]);
        let s = |offset| self.part(i, offset, SURNAME);
        let f = |offset| self.part(i, offset, GIVEN_FIRST);
        let l = |offset| self.part(i, offset, GIVEN_LAST);
        features.add(24, [s(0), f(1), l(2), k(1), k(2)]);
        features.add(25, [s(-1), f(0), l(1), k(-1), k(1)]);
        features.add(26, [s(-2), f(-1), l(0), k(-2), k(-1)]);
        features.add(29, [k(-1), s(0), f(1), l(2), k(3)]);
        features.add(30, [k(-2), s(-1), f(0), l(1), k(2)]);
        features.add(31, [k(-3), s(-2), f(-1), l(0), k(1)]);
        let label = self.labels.get(i).map_or((0, 0), |(code, way)| (u32::from(*code), u32::from(*way)));
        features.add(32, [label.0, label.1, k(0)]);
        features.add(33, [label.0, k(-1), k(0), k(1)]);
        features.add(34, [label.0, label.1, s(0), k(-1)]);
        let latin = self.latin.get(i).copied().unwrap_or(0);
        if latin != 0 {
            features.add(36, [latin, k(-1), k(0)]);
            features.add(37, [latin, label.0]);
        }
    }
}

fn longer(place: Option<&mut (u8, u8)>, len: u8, bits: u8) {
    if let Some(place) = place.filter(|place| place.0 < len) {
        *place = (len, bits);
    }
}

fn label_code(label: Label) -> u8 {
    match label {
        Label::Is(Kind::Person) | Label::NamePart => 1,
        Label::Is(Kind::Organization) => 2,
        Label::Is(Kind::Address | Kind::Location) => 3,
        Label::Party => 4,
        Label::Nothing | Label::Amount | Label::Reference => 5,
        Label::Is(_) | Label::Document | Label::Age | Label::AreaCode => 6,
    }
}
