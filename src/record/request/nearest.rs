//! Which known field a misspelt one probably means.

use crate::record::words::comparable;

/// Longer names are not compared: the work is quadratic in their length.
const COMPARED_CHARS_MAX: usize = 40;

/// The known name that needs the fewest changes, if these are few for its length.
pub fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    if name.chars().nth(COMPARED_CHARS_MAX).is_some() {
        return None;
    }
    let name: Vec<char> = comparable(name).chars().collect();
    known
        .iter()
        .map(|candidate| (changes(&name, &candidate.chars().collect::<Vec<_>>()), *candidate))
        .filter(|(changes, candidate)| *changes <= candidate.chars().count().div_ceil(3))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance: insertions, removals and replacements.
fn changes(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, b) in row.iter_mut().skip(1).zip(to) {
            let here = if a == b { diagonal } else { 1 + diagonal.min(left).min(*cell) };
            diagonal = *cell;
            *cell = here;
            left = here;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognised() {
        let known = ["valid_from", "valid_to", "purposes", "title"];
        for (name, meant) in [
            ("valid-form", Some("valid_from")),
            ("Purpose", Some("purposes")),
            ("validTo", Some("valid_to")),
            ("titel", Some("title")),
            ("colour", None),
            // Two characters of which both are others are another word, not a slip.
            ("备注", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, &known), meant, "{name}");
        }
        assert_eq!(nearest(&"x".repeat(1_000_000), &known), None);
    }
}
