//! Cuts a text into the units that search knows: one East Asian character, or one word of letters
//! and digits, and says what stands between a unit and the one before it.
//!
//! Indexing, confirming and highlighting read the same units, so they can never disagree.

use unicode_normalization::char::is_combining_mark;

use super::fold::{Folded, Folding};
use super::shown::HIDDEN;
use crate::base::limits::SEARCH_WORD_CHARS_MAX;
use crate::base::text::is_han;

/// What a unit is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One character of a script written without blanks: Han, kana, bopomofo, Hangul.
    Character,
    /// Letters and digits of any other script.
    Word,
    /// A word of ASCII digits only.
    Number,
}

impl Kind {
    pub(super) fn is_word(self) -> bool {
        matches!(self, Self::Word | Self::Number)
    }
}

/// What stands between a unit and the unit before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    /// Nothing.
    Adjacent,
    /// One sign that joins words to a whole (`a.b`, `SQ-2026`, `x@y`), or a hyphen at a line's end.
    Connector,
    /// What people write between the groups of one number: a blank, a hyphen, a closing bracket.
    Digits,
    /// Blanks and at most one line break.
    Blank,
    /// Punctuation, a tab, an empty line, or the text's beginning.
    Hard,
}

/// One unit. Its folded characters are in [`Units::word`] until the next one is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) kind: Kind,
    pub(super) joint: Joint,
    /// Bytes of the original text.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where something hidden stands near it.
    pub(super) near: Near,
}

/// Where hidden places stand in relation to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Near {
    /// Something is hidden between the unit before and this one.
    pub(super) before: bool,
    /// Something hidden stands directly at it: nobody who sees the rest knows where it really begins or ends.
    pub(super) touches: bool,
}

impl Unit {
    /// True if a search word may run on from the unit before this one into it.
    pub(super) fn continues(&self, before: Kind) -> bool {
        match self.joint {
            Joint::Adjacent | Joint::Connector | Joint::Digits => true,
            Joint::Blank => before == Kind::Character || self.kind == Kind::Character,
            Joint::Hard => false,
        }
    }
}

/// The units of a text, in order.
pub(super) struct Units<'t> {
    folding: Folding<'t>,
    ahead: Option<Folded>,
    word: String,
    last: Kind,
    gap: Gap,
    /// The second half of a number that is cut after its country code.
    rest: Option<(Unit, String)>,
}

#[derive(Default, Clone, Copy)]
struct Gap {
    chars: usize,
    breaks: usize,
    connector: Option<char>,
    /// A hyphen came first, and only white space since.
    hyphen_first: bool,
    only_blank: bool,
    only_digit_signs: bool,
    /// Something hidden stands in it.
    hides: bool,
    /// Something hidden stands at its end, up to marks that belong to it.
    ends_hidden: bool,
}

impl Gap {
    const fn none() -> Self {
        Self {
            chars: 0,
            breaks: 0,
            connector: None,
            hyphen_first: false,
            only_blank: true,
            only_digit_signs: true,
            hides: false,
            ends_hidden: false,
        }
    }

    fn add(&mut self, c: char) {
        let is_break = matches!(c, '\n' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}');
        let is_blank = is_break || (c.is_whitespace() && c != '\t');
        let is_hyphen = matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
        self.connector = (self.chars == 0 && (is_hyphen || "._@+'&/:,\u{2019}".contains(c))).then_some(c);
        self.hyphen_first = if self.chars == 0 { is_hyphen } else { self.hyphen_first && is_blank };
        self.only_blank &= is_blank;
        self.only_digit_signs &= c == ' ' || c == ')' || c == '.' || is_hyphen;
        self.breaks += usize::from(is_break);
        self.hides |= c == HIDDEN;
        self.ends_hidden = c == HIDDEN || (self.ends_hidden && is_combining_mark(c));
        self.chars += 1;
    }

    fn joint(&self, before: Kind, after: Kind) -> Joint {
        let numbers = before == Kind::Number && after == Kind::Number;
        let words = before.is_word() && after.is_word();
        match self.connector {
            _ if self.chars == 0 => Joint::Adjacent,
            Some('/' | ':' | ',') if numbers => Joint::Connector,
            Some('/' | ':' | ',') => Joint::Hard,
            Some(_) if words => Joint::Connector,
            _ if self.hyphen_first && self.breaks == 1 && words => Joint::Connector,
            _ if self.only_digit_signs && self.chars <= 3 && numbers => Joint::Digits,
            _ if self.only_blank && self.breaks <= 1 => Joint::Blank,
            _ => Joint::Hard,
        }
    }
}

impl<'t> Units<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut folding = Folding::of(text);
        let ahead = folding.next();
        // Before the first unit there is nothing to join: as if a bracket stood there.
        let gap = Gap { chars: 9, only_blank: false, only_digit_signs: false, ..Gap::none() };
        Self { folding, ahead, word: String::new(), last: Kind::Character, gap, rest: None }
    }

    /// The folded characters of the unit that [`Units::next`] returned last. Of a longer word, the
    /// first `SEARCH_WORD_CHARS_MAX`.
    pub(super) fn word(&self) -> &str {
        &self.word
    }

    pub(super) fn next(&mut self) -> Option<Unit> {
        if let Some((unit, word)) = self.rest.take() {
            self.word = word;
            return Some(unit);
        }
        loop {
            let folded = self.ahead?;
            if is_east_asian(folded.char) {
                self.ahead = self.folding.next();
                self.word.clear();
                self.word.push(folded.char);
                return Some(self.finish(Kind::Character, folded.start, folded.end));
            }
            if folded.char.is_alphanumeric() {
                return Some(self.take_word(folded));
            }
            self.gap.add(folded.char);
            self.ahead = self.folding.next();
        }
    }

    fn finish(&mut self, kind: Kind, start: usize, end: usize) -> Unit {
        let joint = self.gap.joint(self.last, kind);
        let touches = self.gap.ends_hidden || self.ahead.is_some_and(|next| next.char == HIDDEN);
        let near = Near { before: self.gap.hides, touches };
        self.gap = Gap::none();
        self.last = kind;
        Unit { kind, joint, start, end, near }
    }

    /// True if something hidden stands behind the last unit.
    pub(super) fn hides_behind(&self) -> bool {
        self.gap.hides
    }

    fn take_word(&mut self, first: Folded) -> Unit {
        self.word.clear();
        let (mut end, mut chars, mut digits) = (first.end, 0, true);
        while let Some(folded) = self.ahead {
            let c = folded.char;
            let goes_on = c.is_ascii_alphanumeric()
                || ((c.is_alphanumeric() || is_combining_mark(c)) && !is_east_asian(c));
            if !goes_on {
                break;
            }
            if chars < SEARCH_WORD_CHARS_MAX {
                self.word.push(c);
            }
            chars += 1;
            digits &= c.is_ascii_digit();
            end = folded.end;
            self.ahead = self.folding.next();
        }
        let kind = if digits { Kind::Number } else { Kind::Word };
        let unit = self.finish(kind, first.start, end);
        if digits { self.cut_country_code(unit) } else { unit }
    }

    /// A Chinese mobile number written right behind its country code is two units, so that it is
    /// found by the number alone.
    fn cut_country_code(&mut self, unit: Unit) -> Unit {
        let Some((code, number)) = country_code(&self.word) else { return unit };
        // A folded digit may be wider than one byte; then the halves share the whole's bytes.
        let plain = unit.end - unit.start == self.word.len();
        let middle = unit.start + code;
        let rest = Unit { joint: Joint::Adjacent, start: if plain { middle } else { unit.start }, ..unit };
        self.rest = Some((rest, number));
        self.word.truncate(code);
        Unit { end: if plain { middle } else { unit.end }, ..unit }
    }
}

/// Where the country code ends, and the mobile number behind it.
fn country_code(digits: &str) -> Option<(usize, String)> {
    let code = match digits.len() {
        13 if digits.starts_with("86") => 2,
        15 if digits.starts_with("0086") => 4,
        _ => return None,
    };
    let number = digits.get(code..)?;
    let mobile = number.starts_with('1') && !number.starts_with(['0', '2']) && number.len() == 11;
    mobile.then(|| (code, number.to_owned()))
}

fn is_east_asian(c: char) -> bool {
    c as u32 >= 0x1100
        && (is_han(c)
            || matches!(c,
                '\u{1100}'..='\u{11FF}' | '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309F}'
                | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' | '\u{3105}'..='\u{312F}'
                | '\u{3131}'..='\u{318E}' | '\u{31A0}'..='\u{31BF}' | '\u{31F0}'..='\u{31FF}'
                | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}' | '\u{1B000}'..='\u{1B16F}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<(String, Joint)> {
        let mut units = Units::of(text);
        let mut found = Vec::new();
        while let Some(unit) = units.next() {
            found.push((units.word().to_owned(), unit.joint));
        }
        found
    }

    fn joints(text: &str) -> Vec<Joint> {
        units(text).into_iter().skip(1).map(|(_, joint)| joint).collect()
    }

    #[test]
    fn a_text_is_cut_into_characters_and_words() {
        let words: Vec<_> = units("客戶C座1801，Order SQ-2026").into_iter().map(|(word, _)| word).collect();
        assert_eq!(words, ["客", "户", "c", "座", "1801", "order", "sq", "2026"]);
    }

    #[test]
    fn what_stands_between_two_units_decides_how_they_join() {
        use Joint::{Adjacent, Blank, Connector, Digits, Hard};
        for (text, joint) in [
            ("授权", Adjacent),
            ("授\r\n权", Blank),
            ("授 　权", Blank),
            ("授\n\n权", Hard),
            ("授，权", Hard),
            ("授\t权", Hard),
            ("a.b", Connector),
            ("a@b", Connector),
            ("a. b", Hard),
            ("a/b", Hard),
            ("1/2", Connector),
            ("1,234", Connector),
            ("author-\nized", Connector),
            ("author -\n ized", Hard),
            ("139 1234", Digits),
            ("(010) 8888", Digits),
            ("（010）8888", Digits),
            ("139\n1234", Blank),
            ("one two", Blank),
            ("+8613912345678", Adjacent),
        ] {
            assert_eq!(joints(text), [joint], "{text:?}");
        }
    }

    #[test]
    fn a_word_without_end_is_kept_by_its_beginning() {
        let text = "x".repeat(1_000_000);
        let mut units = Units::of(&text);
        let unit = units.next().unwrap();
        assert_eq!(units.word().len(), SEARCH_WORD_CHARS_MAX);
        assert_eq!((unit.start, unit.end), (0, 1_000_000));
        assert_eq!(units.next(), None);
    }
}
