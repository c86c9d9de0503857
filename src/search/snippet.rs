//! The few lines of a decrypted text that show why it is a hit.

use std::ops::Range;

use super::query::Query;
use super::reading::floor;

/// Places of one word that are weighed.
const PLACES_MAX: usize = 32;

/// A stretch of the original text.
#[derive(Clone, PartialEq, Eq)]
pub struct Snippet {
    /// In order; together they are the stretch.
    pub pieces: Vec<SnippetPiece>,
    /// True if the text begins before the stretch.
    pub cut_before: bool,
    /// True if the text goes on behind it.
    pub cut_after: bool,
}

/// A part of a snippet.
#[derive(Clone, PartialEq, Eq)]
pub struct SnippetPiece {
    /// As it stands in the text.
    pub text: String,
    /// True if the query's words stand here.
    pub highlighted: bool,
}

/// The stretch of about `chars` characters that shows most of the query's words; the text's
/// beginning if it has none of them. Hand in text already redacted to the reader's level.
pub fn snippet(text: &str, query: &Query, chars: usize) -> Snippet {
    let hits = query.hits(text, PLACES_MAX);
    let best = hits.iter().map(|(_, hit)| window(text, hit, chars)).rev().max_by_key(|window| {
        let inside = hits.iter().filter(|(_, hit)| hit.start >= window.start && hit.end <= window.end);
        let mut phrases: Vec<usize> = inside.map(|(phrase, _)| *phrase).collect();
        phrases.sort_unstable();
        phrases.dedup();
        phrases.len()
    });
    let stretch = best.unwrap_or_else(|| 0..after(text, 0, chars));
    Snippet {
        pieces: pieces(text, &stretch, &query.places(text, PLACES_MAX)),
        cut_before: stretch.start > 0,
        cut_after: stretch.end < text.len(),
    }
}

/// `chars` characters around a hit, a quarter of them before it.
fn window(text: &str, hit: &Range<usize>, chars: usize) -> Range<usize> {
    let start = before(text, hit.start, chars / 4);
    start..after(text, start, chars).max(hit.end)
}

fn after(text: &str, from: usize, chars: usize) -> usize {
    let rest = text.get(from..).unwrap_or("");
    rest.char_indices().nth(chars).map_or(text.len(), |(at, _)| from + at)
}

fn before(text: &str, to: usize, chars: usize) -> usize {
    let front = text.get(..to).unwrap_or("");
    match chars.checked_sub(1) {
        Some(skipped) => front.char_indices().nth_back(skipped).map_or(0, |(at, _)| at),
        None => floor(text, to),
    }
}

fn pieces(text: &str, stretch: &Range<usize>, places: &[Range<usize>]) -> Vec<SnippetPiece> {
    let mut pieces = Vec::new();
    let mut push = |range: Range<usize>, highlighted: bool| {
        if let Some(text) = text.get(range).filter(|text| !text.is_empty()) {
            pieces.push(SnippetPiece { text: text.to_owned(), highlighted });
        }
    };
    let mut at = stretch.start;
    for place in places {
        let (start, end) = (place.start.max(at), place.end.min(stretch.end));
        if start < end {
            push(at..start, false);
            push(start..end, true);
            at = end;
        }
    }
    push(at..stretch.end, false);
    pieces
}
