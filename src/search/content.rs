//! Which tokens a text has.
//!
//! Of East Asian text every two characters that follow each other, and characters beside a word or
//! number (`第3条`, `C座`); of other text every word, every joined whole (`SQ-2026-00417` as `sq202600417`), and the numbers that groups of
//! digits make together.

use super::keyed::ContentKey;
use super::query::{Matching, Query};
use super::token::{Domain, Token};
use super::unit::{Joint, Kind, Unit, Units};
use crate::base::limits::SEARCH_WORD_CHARS_MAX;
use crate::base::secret::SecretKey;

/// Tokens collected before the double ones are dropped.
const COLLECTED_MIN: usize = 1 << 20;
/// Groups of digits that make one number at most.
const GROUPS_MAX: usize = 5;
/// Digits of a number that is found although it is written in groups.
const GROUPED_DIGITS: std::ops::RangeInclusive<usize> = 7..=24;

/// The content index's key at work. It remembers the tokens of common words (about 3 MiB, never
/// more), so keep one per thread and hand it text after text.
pub struct ContentIndex {
    key: ContentKey,
}

impl ContentIndex {
    /// With the key of the `content` domain.
    pub fn new(key: &SecretKey<32>) -> Self {
        Self { key: ContentKey::new(key, Domain::Content) }
    }

    /// The same words under other tokens: those of the domain of what is withheld.
    pub fn withheld(key: &SecretKey<32>) -> Self {
        Self { key: ContentKey::new(key, Domain::Withheld) }
    }

    /// The tokens of a text, sorted, each once.
    pub fn tokens(&mut self, text: &str) -> Vec<Token> {
        self.collected(text, Sight::All)
    }

    /// The tokens of a text of which some places are hidden ([`HIDDEN`](super::HIDDEN)): those that what stands there could change
    /// are not among them.
    pub fn shown_tokens(&mut self, text: &str) -> Vec<Token> {
        self.collected(text, Sight::Shown)
    }

    /// The tokens of a text that it does not have once some of its places are hidden; `None` if it then had one that
    /// it does not have as it is.
    pub fn withheld_tokens(&mut self, text: &str, hidden: &str) -> Option<Vec<Token>> {
        let shown = self.shown_tokens(hidden);
        let mut all = self.tokens(text);
        if !shown.iter().all(|token| all.binary_search(token).is_ok()) {
            return None;
        }
        all.retain(|token| shown.binary_search(token).is_err());
        Some(all)
    }

    fn collected(&mut self, text: &str, sight: Sight) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut full = COLLECTED_MIN;
        self.each_token(text, sight, |token| {
            tokens.push(token);
            if tokens.len() >= full {
                settle(&mut tokens);
                full = COLLECTED_MIN.max(tokens.len() * 2);
            }
        });
        settle(&mut tokens);
        tokens
    }

    /// What the index must match for a record to be a possible hit of `query`.
    pub fn matching(&mut self, query: &Query) -> Matching {
        query.matching(&mut self.key)
    }

    fn each_token(&mut self, text: &str, sight: Sight, mut take: impl FnMut(Token)) {
        let mut units = Units::of(text);
        let mut whole = Whole::default();
        let mut number = Groups::default();
        let mut before: Option<(Kind, char)> = None;
        while let Some(unit) = units.next() {
            let word = units.word();
            let runs_into = unit.kind.is_word() && unit.near.touches;
            if sight == Sight::Shown && (unit.near.before || runs_into) {
                // What stands there may join what stands around it, or not: no token may tell.
                whole.break_off();
                number = Groups::default();
                before = None;
                if runs_into {
                    continue;
                }
            }
            if unit.kind == Kind::Character {
                let Some(this) = word.chars().next() else { continue };
                match before {
                    Some((Kind::Character, last)) if unit.continues(Kind::Character) => {
                        take(self.key.characters(Some(last), this));
                    }
                    Some((kind, _)) if kind.is_word() && unit.continues(kind) => {
                        take(self.key.characters(None, this));
                    }
                    Some(_) | None => {}
                }
                before = Some((Kind::Character, this));
            } else {
                if let Some((Kind::Character, last)) = before
                    && unit.continues(Kind::Character)
                {
                    take(self.key.characters(None, last));
                }
                if !is_noise(word) {
                    take(self.key.word(word));
                }
                before = Some((unit.kind, ' '));
            }
            if let Some(joined) = whole.next(&unit, word) {
                take(self.key.word(joined));
            }
            number.next(&unit, word, |digits| take(self.key.word(digits)));
        }
        if let Some(joined) = whole.finish().filter(|_| sight == Sight::All || !units.hides_behind()) {
            take(self.key.word(joined));
        }
    }
}

/// Whose tokens are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// All of a text's.
    All,
    /// Those that nothing hidden has a part in.
    Shown,
}

fn settle(tokens: &mut Vec<Token>) {
    tokens.sort_unstable();
    tokens.dedup();
}

/// A letter or digit alone says nothing and stands everywhere: it is in no index.
pub(super) fn is_noise(word: &str) -> bool {
    word.len() < 2
}

/// Words joined by connectors, as one: the last whole stays readable until the next one begins.
#[derive(Default)]
struct Whole {
    joined: String,
    chars: usize,
    parts: usize,
    done: String,
    /// Something hidden stands before the whole: what it is part of is not known.
    broken: bool,
    /// The next unit begins such a whole.
    breaks: bool,
}

impl Whole {
    /// Takes the next unit; returns a whole that ended before it.
    fn next(&mut self, unit: &Unit, word: &str) -> Option<&str> {
        let joins = matches!(unit.joint, Joint::Adjacent | Joint::Connector);
        let ended = !unit.kind.is_word() || !joins;
        let parts = self.parts;
        if ended {
            std::mem::swap(&mut self.joined, &mut self.done);
            self.joined.clear();
            (self.chars, self.parts) = (0, 0);
        }
        // A whole that begins behind something hidden stays broken until a gap that nothing crosses.
        let broken = self.broken;
        self.broken = std::mem::take(&mut self.breaks) || (broken && !ended);
        if unit.kind.is_word() {
            self.parts += 1;
            for c in word.chars().take(SEARCH_WORD_CHARS_MAX - self.chars) {
                self.joined.push(c);
                self.chars += 1;
            }
        }
        (ended && parts > 1 && !broken).then_some(self.done.as_str())
    }

    /// Gives up the whole that is being read, and the one that begins next.
    fn break_off(&mut self) {
        self.joined.clear();
        (self.chars, self.parts) = (0, 0);
        (self.broken, self.breaks) = (true, true);
    }

    fn finish(&self) -> Option<&str> {
        (self.parts > 1 && !self.broken).then_some(self.joined.as_str())
    }
}

/// The last groups of digits that may belong to one number.
#[derive(Default)]
struct Groups {
    digits: String,
    lengths: Vec<usize>,
}

impl Groups {
    fn next(&mut self, unit: &Unit, word: &str, mut take: impl FnMut(&str)) {
        let joins = matches!(unit.joint, Joint::Digits | Joint::Connector | Joint::Adjacent);
        // Groups of one or two digits are dates and times, unless they begin the number.
        let group = unit.kind == Kind::Number && (3..=8).contains(&word.len());
        if !joins || !group {
            self.digits.clear();
            self.lengths.clear();
        }
        if unit.kind != Kind::Number || word.len() > 8 {
            return;
        }
        if self.lengths.len() == GROUPS_MAX {
            let first = self.lengths.remove(0);
            self.digits.drain(..first);
        }
        self.digits.push_str(word);
        self.lengths.push(word.len());
        let mut start = 0;
        let groups = self.lengths.len();
        for length in self.lengths.iter().take(groups.saturating_sub(1)) {
            let number = self.digits.get(start..).unwrap_or("");
            if GROUPED_DIGITS.contains(&number.len()) {
                take(number);
            }
            start += length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn index() -> ContentIndex {
        ContentIndex::new(&SecretKey::take(&mut [1; 32]))
    }

    fn has(text: &str, word: &str) -> bool {
        let mut index = index();
        let token = match word.chars().collect::<Vec<_>>().as_slice() {
            [c] if *c as u32 > 0x3000 => index.key.characters(None, *c),
            [a, b] if *a as u32 > 0x3000 => index.key.characters(Some(*a), *b),
            _ => index.key.word(word),
        };
        index.tokens(text).contains(&token)
    }

    #[test]
    fn characters_are_tokens_in_pairs_and_alone_only_beside_a_word() {
        assert_eq!(index().tokens("授权书").len(), 2);
        for word in ["授权", "权书"] {
            assert!(has("客户授權書。", word), "{word}");
        }
        for (text, edge) in [("依照第3条办理", "第"), ("依照第3条办理", "条"), ("C座 1801室", "室")]
        {
            assert!(has(text, edge), "{edge}");
        }
        assert!(!has("客户授權書。", "书"));
        assert!(!has("依照第3条办理", "照"));
        assert!(!has("客户授權書。", "户权"));
        assert!(!has("授，权", "授权"));
    }

    #[test]
    fn pairs_run_across_line_breaks_and_blanks_but_not_across_paragraphs() {
        assert!(has("授\n权", "授权"));
        assert!(has("甲　　方", "甲方"));
        assert!(!has("授\n\n权", "授权"));
    }

    #[test]
    fn a_number_written_in_groups_is_found_joined() {
        for text in
            ["139 1234 5678", "139-1234-5678", "+86 139 1234 5678", "+8613912345678", "电话139.1234.5678转8"]
        {
            assert!(has(text, "13912345678"), "{text}");
        }
        assert!(has("(010) 8888 6666", "01088886666"));
        assert!(has("（010）88886666", "88886666"));
        assert!(has("6222 0210 0111 6245 702", "6222021001116245702"));
        assert!(has("7 139 1234 5678 20 30", "13912345678"));
        assert!(!has("2026-03-01 10:30", "202603011030"));
    }

    #[test]
    fn a_joined_word_is_found_whole_and_by_its_parts() {
        for word in ["sq", "2026", "00417", "sq202600417"] {
            assert!(has("订单SQ-2026-00417号", word), "{word}");
        }
        for word in ["ouyang", "example", "com", "ouyangmyexamplecom"] {
            assert!(has("ＯｕＹａｎｇ.my@example.com，", word), "{word}");
        }
        assert!(has("authori-\nzation", "authorization"));
    }

    #[test]
    fn letters_alone_are_in_no_index() {
        assert_eq!(index().tokens("a b c 1 2 3 -").len(), 0);
    }

    #[test]
    fn tokens_are_sorted_and_each_stands_once() {
        let tokens = index().tokens(&"授权 consent ".repeat(100));
        assert_eq!(tokens.len(), 4);
        assert!(tokens.is_sorted());
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_index(text in "\\PC{0,60}") {
            prop_assert!(index().tokens(&text).is_sorted_by(|a, b| a < b));
        }
    }
}
