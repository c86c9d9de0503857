//! Passwords that are tried first. At twelve characters hardly anybody sets a listed word as it
//! stands; people double it, string two together, add a year and a sign. So a password is refused
//! if a handful of listed words, dates, keyboard rows and repetitions make up all of it.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Pieces up to which a password counts as strung together.
const PIECES_MAX: usize = 4;
/// Neighbouring keys and characters, forwards; each is read backwards too.
const ROWS: [&str; 10] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "!@#$%^&*()",
    "147258369",
    "741852963",
];

/// Listed passwords, folded: the heads of published leak counts, and what is typed first in
/// Chinese offices: pinyin, love numbers, company words.
static LISTED: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common.txt").split_whitespace().collect());

/// True if `folded` (see [`crate::base::text::fold`]) is made of a few common pieces.
pub fn is_common(folded: &str) -> bool {
    let chars: Vec<char> = folded.chars().filter(|c| !c.is_whitespace()).collect();
    fewest_pieces(&chars).is_some_and(|pieces| pieces <= PIECES_MAX) || is_repetition(&chars)
}

/// The fewest common pieces that make up all of it, if any do.
fn fewest_pieces(chars: &[char]) -> Option<usize> {
    // reached[n] = fewest pieces that make up the first n characters.
    let mut reached: Vec<Option<usize>> = vec![None; chars.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = Some(0);
    }
    for from in 0..chars.len() {
        let Some(pieces) = reached.get(from).copied().flatten() else { continue };
        for (to, best) in reached.iter_mut().enumerate().skip(from + 1) {
            let Some(piece) = chars.get(from..to) else { continue };
            if best.is_none_or(|best| best > pieces + 1) && is_piece(piece) {
                *best = Some(pieces + 1);
            }
        }
    }
    reached.last().copied().flatten()
}

fn is_piece(piece: &[char]) -> bool {
    let text: String = piece.iter().collect();
    let same = piece.windows(2).all(|pair| pair.first() == pair.last());
    // One sign, one letter or digit, or a run of one character.
    same || LISTED.contains(text.as_str()) || (piece.len() >= 3 && is_row(&text)) || is_date(piece)
}

fn is_row(text: &str) -> bool {
    let backwards: String = text.chars().rev().collect();
    ROWS.iter().any(|row| row.contains(text) || row.contains(&backwards))
}

/// 2026, 0131, 19870131, 870131: years and birthdays.
fn is_date(piece: &[char]) -> bool {
    let digits: Option<Vec<u32>> = piece.iter().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits else { return false };
    let number = |range: std::ops::Range<usize>| {
        digits.get(range).map(|digits| digits.iter().fold(0, |number, digit| number * 10 + digit))
    };
    let year = |n: Option<u32>| n.is_some_and(|n| (1900..=2100).contains(&n));
    let day = |month: Option<u32>, day: Option<u32>| {
        month.is_some_and(|n| (1..=12).contains(&n)) && day.is_some_and(|n| (1..=31).contains(&n))
    };
    match digits.len() {
        4 => year(number(0..4)) || day(number(0..2), number(2..4)),
        6 => day(number(2..4), number(4..6)) || year(number(0..4)),
        8 => year(number(0..4)) && day(number(4..6), number(6..8)),
        _ => false,
    }
}

/// True if one to six characters are repeated over the whole length.
fn is_repetition(chars: &[char]) -> bool {
    (1..=6).any(|length| {
        chars.len() >= length * 2
            && chars
                .iter()
                .zip(chars.iter().cycle().skip(length))
                .take(chars.len() - length)
                .all(|(a, b)| a == b)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::text::fold;

    #[test]
    fn what_everybody_tries_first_is_refused() {
        for text in [
            "123456789012",
            "passwordpassword",
            "Password@123",
            "P@ssw0rd2024",
            "qwertyuiop123",
            "1qaz2wsx3edc",
            "woaini1314520",
            "WoAiNi5201314!",
            "admin888888!",
            "zhangwei19870131",
            "abcdabcdabcd",
            "aaaaaaaaaaaaaaaa",
            "iloveyou123456",
            "Muniment2026!",
            "xy7xy7xy7xy7",
            "ｐａｓｓｗｏｒｄ１２３４",
            "我爱你我爱你我爱你我爱你",
            "0987654321qwerty",
        ] {
            assert!(is_common(&fold(text)), "{text}");
        }
    }

    #[test]
    fn a_sentence_or_a_drawn_password_is_not() {
        for text in [
            "correct horse battery staple",
            "春眠不觉晓处处闻啼鸟夜来",
            "k3Jx-p9Qw-Lz7T-vB2m",
            "the lantern is under the stairs",
            "茶壶 lantern 47 harbour",
            "Tr0mbone&Pflaume",
        ] {
            assert!(!is_common(&fold(text)), "{text}");
        }
    }

    #[test]
    fn the_list_is_folded_and_without_doubles() {
        let words: Vec<&str> = include_str!("common.txt").split_whitespace().collect();
        assert_eq!(words.len(), LISTED.len());
        for word in words {
            assert_eq!(fold(word), word);
        }
    }
}
