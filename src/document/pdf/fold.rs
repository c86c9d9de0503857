//! Looks for values in text as a person would read them: whatever their width, their case, and what
//! stands between their characters.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::AhoCorasick;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// A text reduced to its letters and digits, and where each came from.
pub(crate) struct Folded {
    text: Zeroizing<String>,
    /// For each byte of `text`: the bytes of the original character.
    from: Vec<(u32, u32)>,
}

impl Folded {
    pub(crate) fn of(original: &str) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(original.len()));
        let mut from = Vec::with_capacity(original.len());
        for (start, sign) in original.char_indices() {
            let place = (narrow(start), narrow(start + sign.len_utf8()));
            for folded in std::iter::once(sign).nfkc().flat_map(char::to_lowercase) {
                if folded.is_alphanumeric() {
                    text.push(folded);
                    from.resize(text.len(), place);
                }
            }
        }
        Self { text, from }
    }

    /// The letters and digits alone.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn original(&self, folded: Range<usize>) -> Option<Range<usize>> {
        let (start, _) = self.from.get(folded.start)?;
        let (_, end) = self.from.get(folded.end.checked_sub(1)?)?;
        Some(wide(*start)..wide(*end))
    }
}

/// Values that are looked for together.
pub(crate) struct Values {
    search: Option<AhoCorasick>,
    /// For each pattern: the number of the first value that is written so.
    numbers: Vec<usize>,
}

impl Values {
    /// Takes those values that can be looked for: see [`is_telling`].
    pub(crate) fn of<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let mut folded: BTreeMap<String, usize> = BTreeMap::new();
        for (number, value) in values.into_iter().enumerate() {
            let value = Folded::of(value).text.to_string();
            if is_telling(&value) {
                folded.entry(value).or_insert(number);
            }
        }
        // The builder fails on more bytes of values than a document can have.
        let build = |patterns: &BTreeMap<String, usize>| {
            let patterns = patterns.keys().map(|value| value.as_bytes());
            AhoCorasick::new(patterns).expect("values come from a text of at most 64 MB")
        };
        let search = (!folded.is_empty()).then(|| build(&folded));
        Self { search, numbers: folded.into_values().collect() }
    }

    /// Where any of them stands in a text: its number and its bytes there. Places may overlap.
    pub(crate) fn places(&self, original: &str) -> Vec<(usize, Range<usize>)> {
        let Some(search) = &self.search else { return Vec::new() };
        let folded = Folded::of(original);
        let found = search.find_overlapping_iter(folded.text());
        let places = found.filter_map(|found| {
            let number = *self.numbers.get(found.pattern().as_usize())?;
            Some((number, folded.original(found.start()..found.end())?))
        });
        places.filter(|(_, place)| stands_alone(original, place)).collect()
    }
}

/// Where a value stands in a text, however it is written there; in bytes of the text.
pub fn find(text: &str, value: &str) -> Vec<Range<usize>> {
    Values::of([value]).places(text).into_iter().map(|(_, place)| place).collect()
}

/// True if a folded value says enough to be looked for everywhere: two Chinese characters, or four others.
/// What says less is hidden where it stands only.
pub(crate) fn is_telling(folded: &str) -> bool {
    folded.chars().map(|sign| if sign.len_utf8() >= 3 { 2 } else { 1 }).sum::<usize>() >= 4
}

/// False where a word of Latin letters is only part of another: `Lina` in `Carolina`.
fn stands_alone(original: &str, place: &Range<usize>) -> bool {
    let within = original.get(place.clone()).unwrap_or("");
    let before = original.get(..place.start).and_then(|text| text.chars().next_back());
    let after = original.get(place.end..).and_then(|text| text.chars().next());
    let joined =
        |outer: Option<char>, inner: Option<char>| outer.is_some_and(is_latin) && inner.is_some_and(is_latin);
    !joined(before, within.chars().next()) && !joined(after, within.chars().next_back())
}

fn is_latin(sign: char) -> bool {
    sign.is_alphabetic() && sign.len_utf8() < 3
}

fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn wide(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(values: &[&str], text: &'t str) -> Vec<&'t str> {
        Values::of(values.iter().copied())
            .places(text)
            .into_iter()
            .filter_map(|(_, place)| text.get(place))
            .collect()
    }

    #[test]
    fn a_value_is_found_however_it_is_written() {
        assert_eq!(found(&["13912345678"], "电话：139 1234-5678。"), ["139 1234-5678"]);
        assert_eq!(found(&["13912345678"], "１３９１２３４\n５６７８"), ["１３９１２３４\n５６７８"]);
        assert_eq!(found(&["A123456(3)"], "HKID a123456 3 x"), ["a123456 3"]);
        assert_eq!(found(&["欧阳 明远"], "欧阳明远"), ["欧阳明远"]);
    }

    #[test]
    fn a_word_within_another_is_not_that_word_but_digits_within_others_are() {
        assert_eq!(found(&["Li Na"], "Carolina, LI  NA!"), ["LI  NA"]);
        assert_eq!(found(&["12345678"], "x9123456780"), ["12345678"]);
    }

    #[test]
    fn what_says_too_little_is_looked_for_nowhere() {
        assert!(found(&["王", "12", "a b c"], "王 12 abc").is_empty());
        assert_eq!(found(&["王五"], "王五"), ["王五"]);
    }
}
