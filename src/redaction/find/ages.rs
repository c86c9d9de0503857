//! Ages: behind a label, in a cell, or before a word for years of life. A span holds the number
//! (or the numbers of a range), never the word.

use super::labelled::connect;
use super::numerals::{NUMERAL_MOST, is_numeral, value};
use super::scene::Scene;
use super::traces::CONFIDENCE;
use crate::redaction::kind::Kind;
use crate::redaction::labels::Label;
use crate::redaction::normal::Text;
use crate::redaction::span::Span;

/// Nobody has been older.
const OLDEST: u64 = 130;
/// Words of years of life, folded; behind the number, a blank or a hyphen.
const UNITS: [&str; 14] = [
    "岁",
    "周岁",
    "years old",
    "year old",
    "years-old",
    "year-old",
    "years of age",
    "year of age",
    "yrs old",
    "yr old",
    "y/o",
    "y.o",
    "yo",
    "yoa",
];

/// Every age; spans may overlap still.
pub fn find(scene: &Scene<'_>, spans: &mut Vec<Span>) {
    let text = scene.text;
    for hit in scene.hits.iter().filter(|hit| hit.label == Label::Age) {
        let Some(from) = connect(text, hit.end) else { continue };
        let end = digits(text, from).filter(|end| !decimal(text, *end)).or_else(|| numeral(text, from));
        spans.extend(end.filter(|end| !counts_else(text, *end)).map(|end| age(from, end)));
    }
    for cell in scene.cells.iter().filter(|cell| cell.label == Label::Age) {
        let end = digits(text, cell.start).or_else(|| numeral(text, cell.start));
        spans.extend(end.filter(|end| *end <= cell.end).map(|end| age(cell.start, end)));
    }
    for at in 0..text.len() {
        if text.at(at).is_ascii_digit() && starts(text, at) {
            spans.extend(digits(text, at).filter(|end| unit(text, *end)).map(|end| age(at, end)));
        } else if text.folded_at(at) == '岁' {
            let from =
                (at.saturating_sub(NUMERAL_MOST)..at).rev().take_while(|p| is_numeral(text.folded_at(*p)));
            let Some(from) = from.last() else { continue };
            let lived = value(text.fold_slice(from, at)).is_some_and(|age| age <= OLDEST);
            let counted = text.before(from) == '第';
            spans.extend((lived && !counted).then(|| age(from, at)));
        }
    }
}

fn age(start: usize, end: usize) -> Span {
    Scene::span(start, end, Kind::Age, CONFIDENCE, "age")
}

/// True if no number or word goes on into the digit at a place.
fn starts(text: &Text, at: usize) -> bool {
    let before = text.before(at);
    let ranged = before == '-' && text.before(at - 1).is_ascii_digit();
    !before.is_ascii_alphanumeric() && !matches!(before, '.' | '_') && !ranged
}

/// One to three digits, a range of them, or `90+`; where they end.
fn digits(text: &Text, from: usize) -> Option<usize> {
    let one = |from: usize| {
        let count = (from..from + 4).take_while(|p| text.at(*p).is_ascii_digit()).count();
        let number = text
            .slice(from, from + count)
            .iter()
            .try_fold(0u64, |n, c| Some(n * 10 + u64::from(c.to_digit(10)?)))?;
        ((1..=3).contains(&count) && number <= OLDEST).then_some(from + count)
    };
    let end = one(from)?;
    if text.at(end) == '+' {
        return Some(end + 1);
    }
    let range = matches!(text.at(end), '-' | '~' | '至' | '到');
    let end = if range { one(end + 1).unwrap_or(end) } else { end };
    (!text.at(end).is_ascii_digit()).then_some(end)
}

/// True if decimals or thousands follow the number.
fn decimal(text: &Text, end: usize) -> bool {
    matches!(text.at(end), '.' | ',') && text.at(end + 1).is_ascii_digit()
}

fn numeral(text: &Text, from: usize) -> Option<usize> {
    let end = (from..from + NUMERAL_MOST).find(|p| !is_numeral(text.folded_at(*p)))?;
    value(text.fold_slice(from, end)).is_some_and(|age| age <= OLDEST).then_some(end)
}

fn unit(text: &Text, end: usize) -> bool {
    let from = end + usize::from(matches!(text.at(end), ' ' | '-'));
    UNITS.iter().any(|word| {
        text.has(from, word) && (!word.is_ascii() || !text.at(from + word.len()).is_ascii_alphanumeric())
    })
}

/// True if the number behind a label goes on as something else: `age 5,000`, `age: 3 months`, `ages 2/4`.
fn counts_else(text: &Text, end: usize) -> bool {
    text.at(end).is_ascii_alphabetic() && !text.has(end, "y")
        || matches!(text.at(end), '%' | '/' | ':' | '月' | '天')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redaction::find::scene::seen_by;

    fn seen(text: &str) -> Vec<String> {
        seen_by(find, text)
    }

    #[test]
    fn ages_are_found_by_label_by_cell_and_by_unit() {
        for (text, wanted) in [
            ("年龄：47，", "47"),
            ("年齡 93 歲", "93"),
            ("现年四十七岁", "四十七"),
            ("一名六十八歲的老人", "六十八"),
            ("今年23周岁", "23"),
            ("a 47-year-old man", "47"),
            ("She is 93 years old.", "93"),
            ("aged 65, retired", "65"),
            ("Age: 7", "7"),
            ("{\"age\": 41}", "41"),
            ("姓名,年龄,电话\n王小明,41,13800138000\n", "41"),
            ("a 40-49-year-old", "40-49"),
            ("90+ years old", "90+"),
        ] {
            assert_eq!(seen(text), [wanted], "{text}");
        }
        for text in
            ["a 5-year warranty", "page 47", "第三岁末", "in 1990", "age 5,000 BC", "万岁", "v1.47 yo"]
        {
            assert_eq!(seen(text), [""; 0], "{text}");
        }
    }
}
