//! Where personal data stands in a version, as it is kept: places, types, rules and how sure they are,
//! sealed under the version's key. `docs/formats/spans.md` has the bytes.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::base::id::RecordId;
use crate::base::secret::SecretBytes;
use crate::redaction::Kind;

/// The form of the bytes.
const FORM: u8 = 1;
/// Values that a number of the bytes may have: nothing kept counts further.
const NUMBER_MAX: u64 = 1 << 40;

/// Places less sure than this are for a person to judge, as in the shipped profiles.
const REVIEW_BELOW: u8 = 45;

/// What the place is sealed for.
pub(in crate::archive) fn context(record: RecordId, version: u32) -> String {
    format!("spans/{record}/{version}")
}

/// One place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) struct Spot {
    /// First character of the text.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// The type.
    pub kind: Kind,
    /// How sure the rule is, 0 to 100.
    pub confidence: u8,
    /// The rule that found it.
    pub rule: String,
    /// Known names that it is a mention of: places in [`Spans::names`].
    pub names: Vec<usize>,
}

/// What was found in one text of a version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::archive) struct TextSpans {
    /// Which text, see [`super::texts`].
    pub number: u64,
    /// The characters of the component before it.
    pub from: u64,
    /// In order, none overlapping another.
    pub spots: Vec<Spot>,
}

/// What was found in a version. `Debug` shows counts only: it holds names.
#[derive(Clone, PartialEq, Eq, Default)]
pub(in crate::archive) struct Spans {
    /// Names that were known and found under another form: a nickname, an initial, a surname with a title.
    pub names: Vec<String>,
    /// The texts that have anything, in order.
    pub texts: Vec<TextSpans>,
}

impl std::fmt::Debug for Spans {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spans").field("texts", &self.texts.len()).finish_non_exhaustive()
    }
}

impl Spans {
    /// What was found in a text.
    pub fn of(&self, number: u64, from: u64) -> &[Spot] {
        let at = self.texts.binary_search_by_key(&(number, from), |text| (text.number, text.from));
        at.ok().and_then(|at| self.texts.get(at)).map_or(&[], |text| &text.spots)
    }

    /// The same without some texts, and without the names that only they mention.
    pub fn without(&self, gone: impl Fn(u64) -> bool) -> Self {
        let mut left = Self::default();
        let mut place_of = BTreeMap::new();
        for text in self.texts.iter().filter(|text| !gone(text.number)) {
            let mut text = text.clone();
            for name in text.spots.iter_mut().flat_map(|spot| &mut spot.names) {
                *name = *place_of.entry(*name).or_insert_with(|| {
                    left.names.push(self.names.get(*name).cloned().unwrap_or_default());
                    left.names.len() - 1
                });
            }
            left.texts.push(text);
        }
        left
    }

    /// How many places of each type there are, and of how many a person should judge.
    pub fn judged(&self) -> BTreeMap<&'static str, (u64, u64)> {
        let mut counts: BTreeMap<_, (u64, u64)> = BTreeMap::new();
        for spot in self.texts.iter().flat_map(|text| &text.spots) {
            let (places, unsure) = counts.entry(spot.kind.as_str()).or_default();
            *places += 1;
            *unsure += u64::from(spot.confidence < REVIEW_BELOW);
        }
        counts
    }

    /// The bytes that are sealed.
    pub fn to_bytes(&self) -> SecretBytes {
        let mut words: Vec<&str> = Vec::new();
        let mut word_of = BTreeMap::new();
        for spot in self.texts.iter().flat_map(|text| &text.spots) {
            for word in [spot.kind.as_str(), spot.rule.as_str()] {
                word_of.entry(word).or_insert_with(|| {
                    words.push(word);
                    words.len() as u64 - 1
                });
            }
        }
        let mut bytes = Zeroizing::new(vec![FORM]);
        push_words(&mut bytes, self.names.iter().map(String::as_str));
        push_words(&mut bytes, words.iter().copied());
        push(&mut bytes, self.texts.len() as u64);
        for text in &self.texts {
            push(&mut bytes, text.number);
            push(&mut bytes, text.from);
            push(&mut bytes, text.spots.len() as u64);
            let mut behind = 0;
            for spot in &text.spots {
                push(&mut bytes, spot.start.saturating_sub(behind) as u64);
                push(&mut bytes, spot.end.saturating_sub(spot.start) as u64);
                for word in [spot.kind.as_str(), spot.rule.as_str()] {
                    push(&mut bytes, word_of.get(word).copied().unwrap_or(0));
                }
                bytes.push(spot.confidence);
                push(&mut bytes, spot.names.len() as u64);
                spot.names.iter().for_each(|name| push(&mut bytes, *name as u64));
                behind = spot.end;
            }
        }
        SecretBytes::new(std::mem::take(&mut *bytes))
    }

    /// Reads the bytes back; `None` if they are not what [`Spans::to_bytes`] writes.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut rest = Bytes(bytes);
        if rest.byte()? != FORM {
            return None;
        }
        let names = rest.words()?;
        let words = rest.words()?;
        let mut texts = Vec::new();
        for _ in 0..rest.number()? {
            let (number, from) = (rest.number()?, rest.number()?);
            let mut spots = Vec::new();
            let mut behind = 0;
            for _ in 0..rest.number()? {
                let spot = rest.spot(behind, &words, names.len())?;
                behind = spot.end;
                spots.push(spot);
            }
            texts.push(TextSpans { number, from, spots });
        }
        let ordered =
            texts.windows(2).all(|pair| matches!(pair, [a, b] if (a.number, a.from) < (b.number, b.from)));
        (rest.0.is_empty() && ordered).then_some(Self { names, texts })
    }
}

/// Seven bits a byte, lowest first; the highest bit says that more follow.
fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7F).unwrap_or(0) | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap_or(0));
}

fn push_words<'w>(bytes: &mut Vec<u8>, words: impl ExactSizeIterator<Item = &'w str>) {
    push(bytes, words.len() as u64);
    for word in words {
        push(bytes, word.len() as u64);
        bytes.extend_from_slice(word.as_bytes());
    }
}

struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..42).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return (number <= NUMBER_MAX).then_some(number);
            }
        }
        None
    }

    fn place(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn words(&mut self) -> Option<Vec<String>> {
        let mut words = Vec::new();
        for _ in 0..self.number()? {
            let length = self.place()?;
            let (word, rest) = self.0.split_at_checked(length)?;
            words.push(std::str::from_utf8(word).ok()?.to_owned());
            self.0 = rest;
        }
        Some(words)
    }

    fn spot(&mut self, behind: usize, words: &[String], names_known: usize) -> Option<Spot> {
        let start = behind.checked_add(self.place()?)?;
        let end = start.checked_add(self.place()?)?;
        let kind = Kind::parse(words.get(self.place()?)?)?;
        let rule = words.get(self.place()?)?.clone();
        let confidence = self.byte()?;
        let mut names = Vec::new();
        for _ in 0..self.number()? {
            names.push(self.place().filter(|name| *name < names_known)?);
        }
        Some(Spot { start, end, kind, confidence, rule, names })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(start: usize, end: usize, kind: Kind, names: Vec<usize>) -> Spot {
        Spot { start, end, kind, confidence: 88, rule: "known-subject".to_owned(), names }
    }

    fn spans() -> Spans {
        let texts = vec![
            TextSpans { number: 0, from: 0, spots: vec![spot(3, 6, Kind::Person, vec![0, 1])] },
            TextSpans { number: 1, from: 0, spots: vec![spot(0, 11, Kind::Phone, Vec::new())] },
            TextSpans {
                number: 1,
                from: 4_000_000,
                spots: vec![spot(5, 6, Kind::Person, vec![1]), spot(6, 300, Kind::Email, Vec::new())],
            },
        ];
        Spans { names: vec!["张伟国".to_owned(), "张伟".to_owned()], texts }
    }

    #[test]
    fn what_is_kept_is_read_back() {
        for kept in [spans(), Spans::default()] {
            assert_eq!(Spans::parse(kept.to_bytes().expose()), Some(kept));
        }
        assert_eq!(spans().of(1, 4_000_000).len(), 2);
        assert_eq!(spans().of(1, 1), []);
        let judged = BTreeMap::from([("EMAIL", (1, 0)), ("PERSON", (2, 0)), ("PHONE", (1, 0))]);
        assert_eq!(spans().judged(), judged);
    }

    #[test]
    fn what_is_left_without_a_text_names_nobody_of_it() {
        let left = spans().without(|number| number == 0);
        assert_eq!((left.names.as_slice(), left.texts.len()), (&["张伟".to_owned()][..], 2));
        assert_eq!(left.of(1, 4_000_000)[0].names, [0]);
        assert_eq!(spans().without(|_| true), Spans::default());
    }

    #[test]
    fn a_place_takes_a_few_bytes() {
        let spots = (0..1_000).map(|n| spot(n * 40, n * 40 + 11, Kind::Phone, Vec::new())).collect();
        let kept = Spans { names: Vec::new(), texts: vec![TextSpans { number: 1, from: 0, spots }] };
        assert!(kept.to_bytes().expose().len() < 6_100);
    }

    #[test]
    fn no_bytes_make_it_fail_or_swell() {
        let whole = spans().to_bytes().expose().to_vec();
        for length in 0..whole.len() {
            assert_eq!(Spans::parse(&whole[..length]), None, "{length}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0xFF;
            // Whatever it is read as, it is read without fail.
            let _read = Spans::parse(&changed);
        }
        let endless = [FORM, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F];
        assert_eq!(Spans::parse(&endless), None);
        let longer: Vec<u8> = whole.iter().copied().chain([0]).collect();
        assert_eq!(Spans::parse(&longer), None);
    }
}
