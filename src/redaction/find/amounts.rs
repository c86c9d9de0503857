//! Sums of money: beside a currency, behind a label, in a cell, or in the characters of cheques. A
//! span holds the number, never the currency.

use super::labelled::connect;
use super::numerals::{NUMERAL_MOST, is_numeral, value};
use super::scene::Scene;
use super::traces::CONFIDENCE;
use crate::redaction::kind::Kind;
use crate::redaction::labels::Label;
use crate::redaction::normal::Text;
use crate::redaction::span::Span;

/// Longest number with its separators, in characters.
const NUMBER_MOST: usize = 30;
/// Currencies that stand before a sum, folded.
const BEFORE: [&str; 22] = [
    "¥",
    "$",
    "€",
    "£",
    "₩",
    "人民币",
    "新台币",
    "台币",
    "港币",
    "美金",
    "rmb",
    "cny",
    "usd",
    "eur",
    "gbp",
    "hkd",
    "twd",
    "ntd",
    "jpy",
    "sgd",
    "aud",
    "chf",
];
/// Currencies that stand behind one.
const BEHIND: [&str; 26] = [
    "元",
    "圆",
    "块钱",
    "美元",
    "美金",
    "港元",
    "港币",
    "欧元",
    "英镑",
    "日元",
    "台币",
    "新台币",
    "人民币",
    "€",
    "rmb",
    "cny",
    "usd",
    "eur",
    "gbp",
    "hkd",
    "twd",
    "dollars",
    "dollar",
    "euros",
    "pounds",
    "yuan",
];
/// Words that multiply a number.
const TIMES: [&str; 11] = ["万", "亿", "千", "百", "million", "billion", "thousand", "mn", "bn", "k", "m"];

/// Every sum; spans may overlap still.
pub fn find(scene: &Scene<'_>, spans: &mut Vec<Span>) {
    let text = scene.text;
    let labelled =
        scene.hits.iter().filter(|hit| hit.label == Label::Amount).filter_map(|hit| connect(text, hit.end));
    for cell in scene.cells.iter().filter(|cell| cell.label == Label::Amount) {
        let from = (cell.start..cell.end).find(|p| text.at(*p).is_ascii_digit());
        let end = from.and_then(|from| number(text, from)).map(|end| end.min(cell.end));
        spans.extend(from.zip(end).map(|(from, end)| sum(from, end)));
    }
    for from in labelled {
        // The currency may stand between: 金额：¥120.
        let from = (from..from + 5).find(|p| text.at(*p).is_ascii_digit()).unwrap_or(from);
        spans.extend(number(text, from).filter(|_| starts(text, from)).map(|end| sum(from, end)));
    }
    let mut at = 0;
    while at < text.len() {
        let next = if text.at(at).is_ascii_digit() {
            let end = number(text, at);
            let money = end.filter(|end| starts(text, at) && (before(text, at) || behind(text, *end)));
            spans.extend(money.map(|end| sum(at, end)));
            end.unwrap_or(at + 1)
        } else if is_numeral(text.folded_at(at)) {
            let end = (at..text.len()).find(|p| !is_numeral(text.folded_at(*p))).unwrap_or(text.len());
            spans.extend(in_characters(text, at, end));
            end
        } else {
            at + 1
        };
        at = next.max(at + 1);
    }
}

fn sum(start: usize, end: usize) -> Span {
    Scene::span(start, end, Kind::Amount, CONFIDENCE, "amount")
}

/// 壹万贰仟元伍角整: the numeral with all that follows of it.
fn in_characters(text: &Text, from: usize, end: usize) -> Option<Span> {
    let money = matches!(text.folded_at(end), '元' | '圆') && !goes_on(text, end + 1);
    let counted = end - from <= NUMERAL_MOST && value(text.fold_slice(from, end)).is_some();
    // 一元 is as often algebra as money.
    if !money || !counted || end - from < 2 {
        return None;
    }
    let mut last = end;
    let mut at = end + 1;
    while at < end + 8 && (is_numeral(text.folded_at(at)) || matches!(text.folded_at(at), '角' | '分')) {
        last = at + 1;
        at += 1;
    }
    Some(sum(from, last))
}

/// True if no number or word goes on into the digit at a place.
fn starts(text: &Text, at: usize) -> bool {
    let before = text.before(at);
    let goes_on = matches!(before, '-' | ',') && text.before(at - 1).is_ascii_digit();
    !before.is_ascii_digit() && !matches!(before, '.' | '_') && !goes_on
}

/// Digits with separators, a range of them, and a word that multiplies; where they end.
fn number(text: &Text, from: usize) -> Option<usize> {
    let one = |from: usize| {
        let mut end = from;
        while end < from + NUMBER_MOST {
            let separated = matches!(text.at(end), ',' | '.' | '\'') && end > from;
            if !(text.at(end).is_ascii_digit() || separated && text.at(end + 1).is_ascii_digit()) {
                break;
            }
            end += 1;
        }
        (end > from && !text.at(end).is_ascii_digit()).then_some(end)
    };
    let end = times(text, one(from)?);
    let range = matches!(text.at(end), '-' | '~' | '至' | '到') && text.at(end + 1).is_ascii_digit();
    Some(if range { one(end + 1).map_or(end, |end| times(text, end)) } else { end })
}

fn times(text: &Text, end: usize) -> usize {
    let from = end + usize::from(text.at(end) == ' ');
    let word = TIMES.iter().find(|word| {
        text.has(from, word) && (!word.is_ascii() || !text.at(from + word.len()).is_ascii_alphanumeric())
    });
    word.map_or(end, |word| from + word.chars().count())
}

fn before(text: &Text, at: usize) -> bool {
    let end = at - usize::from(matches!(text.before(at), ' ' | ':'));
    BEFORE.iter().any(|word| {
        let start = end.checked_sub(word.chars().count());
        start.is_some_and(|start| {
            text.has(start, word)
                && !(word.is_ascii() && word.len() == 3 && text.before(start).is_ascii_alphabetic())
        })
    })
}

fn behind(text: &Text, end: usize) -> bool {
    let from = end + usize::from(text.at(end) == ' ');
    BEHIND.iter().any(|word| {
        let after = from + word.chars().count();
        text.has(from, word)
            && !(word.is_ascii() && text.at(after).is_ascii_alphanumeric())
            && !(*word == "元" && goes_on(text, after))
    })
}

/// 元 begins another word: 元件, 元素, 元旦.
fn goes_on(text: &Text, after: usize) -> bool {
    matches!(text.folded_at(after), '件' | '素' | '旦' | '月' | '年' | '组' | '器' | '数')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redaction::find::scene::seen_by;

    fn seen(text: &str) -> Vec<String> {
        seen_by(find, text)
    }

    #[test]
    fn sums_are_found_in_every_written_form() {
        for (text, wanted) in [
            ("退款￥12,345.60到账", "12,345.60"),
            ("共13,800.00元", "13,800.00"),
            ("賠償新臺幣 3.5萬元", "3.5萬"),
            ("NT$447,183", "447,183"),
            ("人民币壹万贰仟元伍角整", "壹万贰仟元伍角"),
            ("金额：¥120", "120"),
            ("paid $1,234.56 in cash", "1,234.56"),
            ("a fee of 2.5 million USD", "2.5 million"),
            ("EUR 99", "99"),
            ("{\"amount\": 88.5}", "88.5"),
            ("￥10000-100000", "10000-100000"),
            ("订单,金额\nA1,300\n", "300"),
        ] {
            assert_eq!(seen(text), [wanted], "{text}");
        }
        for text in ["3元素", "二元", "12.5%", "版本 3.1", "5000 units", "一元件"] {
            assert_eq!(seen(text), [""; 0], "{text}");
        }
    }
}
