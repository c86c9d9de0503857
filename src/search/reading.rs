//! Finds a query's phrases in a decrypted text: what the index cannot know (order, place, the ends
//! of long words) is settled here.

use std::ops::Range;

use super::query::Phrase;
use super::unit::{Kind, Unit, Units};

/// Bytes of text that are held in units at a time.
const CHUNK_BYTES: usize = 128 * 1024;
/// Bytes by which a chunk looks into the next one, for phrases that begin in this one.
const OVERLAP_BYTES: usize = 8 * 1024;
/// Bytes a chunk looks back to find the beginning of a word.
const BACK_BYTES: usize = 512;

/// A stretch of text, cut into units.
struct Reading {
    chars: String,
    units: Vec<Placed>,
}

struct Placed {
    /// Where the unit's folded characters begin in `Reading::chars`.
    at: usize,
    start: usize,
    end: usize,
    /// True if a search word may run on from the unit before into this one.
    continues: bool,
}

impl Reading {
    fn of(text: &str, offset: usize) -> Self {
        let mut reading = Self { chars: String::new(), units: Vec::new() };
        let mut units = Units::of(text);
        let mut before = Kind::Character;
        while let Some(unit) = units.next() {
            reading.push(unit, units.word(), before, offset);
            before = unit.kind;
        }
        reading
    }

    fn push(&mut self, unit: Unit, word: &str, before: Kind, offset: usize) {
        self.units.push(Placed {
            at: self.chars.len(),
            start: unit.start + offset,
            end: unit.end + offset,
            continues: unit.continues(before),
        });
        self.chars.push_str(word);
    }

    /// The unit that begins at byte `at` of the folded characters; the number of units if `at` is the end.
    fn unit_at(&self, at: usize) -> Option<usize> {
        if at == self.chars.len() {
            return Some(self.units.len());
        }
        self.units.binary_search_by_key(&at, |unit| unit.at).ok()
    }

    /// The units that spell `piece` without a gap a word could not cross, searched from byte `from`.
    fn find_piece(&self, piece: &str, mut from: usize) -> Option<Range<usize>> {
        loop {
            let at = from + self.chars.get(from..)?.find(piece)?;
            if let Some(range) = self.units_of(at, at + piece.len()) {
                return Some(range);
            }
            from = at + self.chars.get(at..)?.chars().next()?.len_utf8();
        }
    }

    fn units_of(&self, from: usize, to: usize) -> Option<Range<usize>> {
        let (first, end) = (self.unit_at(from)?, self.unit_at(to)?);
        let inner = self.units.get(first + 1..end)?;
        inner.iter().all(|unit| unit.continues).then_some(first..end)
    }

    /// The first occurrence of `phrase` that begins at unit `from` or later.
    fn find(&self, phrase: &Phrase, from: usize) -> Option<Range<usize>> {
        let mut from = self.units.get(from)?.at;
        loop {
            let (first, rest) = phrase.pieces().split_first()?;
            let found = self.find_piece(first.chars(), from)?;
            if let Some(end) = self.follow(found.end, rest.iter().map(super::query::Piece::chars)) {
                return Some(found.start..end);
            }
            from = self.units.get(found.start + 1)?.at;
        }
    }

    /// The end of the units behind `unit` that spell the pieces, one right after the other.
    fn follow<'p>(&self, mut unit: usize, pieces: impl Iterator<Item = &'p str>) -> Option<usize> {
        for piece in pieces {
            let at = self.units.get(unit)?.at;
            if !self.chars.get(at..)?.starts_with(piece) {
                return None;
            }
            unit = self.units_of(at, at + piece.len())?.end;
        }
        Some(unit)
    }

    fn bytes(&self, units: &Range<usize>) -> Option<Range<usize>> {
        Some(self.units.get(units.start)?.start..self.units.get(units.end.checked_sub(1)?)?.end)
    }
}

/// Where `phrase` stands in `text`, in bytes, first to last, at most `most` places. Hits do not overlap.
pub(super) fn find_all(text: &str, phrase: &Phrase, most: usize) -> Vec<Range<usize>> {
    let mut hits: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    while start < text.len() && hits.len() < most {
        let end = floor(text, start + CHUNK_BYTES);
        let back = word_start(text, start);
        let chunk = text.get(back..floor(text, end + OVERLAP_BYTES)).unwrap_or("");
        let reading = Reading::of(chunk, back);
        let mut unit = 0;
        while hits.len() < most
            && let Some(found) = reading.find(phrase, unit)
        {
            unit = found.end;
            let Some(hit) = reading.bytes(&found) else { break };
            if hit.start >= end {
                break;
            }
            if hit.start >= start && hits.last().is_none_or(|last| last.end <= hit.start) {
                hits.push(hit);
            }
        }
        start = end;
    }
    hits
}

/// The character boundary at or before `at`: at most three bytes before it.
pub(super) fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (at.saturating_sub(3)..=at).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(0)
}

/// A place at or shortly before `start` where no word is cut.
fn word_start(text: &str, start: usize) -> usize {
    let back = floor(text, start.saturating_sub(BACK_BYTES));
    match text.get(back..start).and_then(|before| before.rfind(char::is_whitespace)) {
        Some(at) => back + at,
        None => back,
    }
}
