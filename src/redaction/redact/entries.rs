//! What a report says: every place of the document as it came in, whichever round has found it; and what
//! stands there now.

use std::collections::BTreeMap;

use super::{Edit, Piece};
use crate::redaction::operate::Operator;
use crate::redaction::policy::Policy;
use crate::redaction::report::Entry;
use crate::redaction::shape::Written;

/// The places noted so far.
#[derive(Default)]
pub(super) struct Entries {
    noted: Vec<Entry>,
    /// Where something was hidden: first character and one past the last.
    hidden: BTreeMap<usize, usize>,
    /// For each character of the document as it stands now, where it stood first; `None` in the first round.
    origin: Option<Vec<usize>>,
    /// For each character of the document as it stands now: true if it was put in.
    is_new: Vec<bool>,
}

impl Entries {
    /// Notes a piece at a place of the document as it stands now. What a later round finds in what an
    /// earlier one has written is noted already.
    pub(super) fn note(&mut self, piece: &Piece, (start, end): (usize, usize), policy: &Policy) {
        let (start, end) = match &self.origin {
            None => (start, end),
            Some(_) if piece.operator == Operator::Keep => return,
            Some(origin) => {
                let at = |place: usize| origin.get(place).copied().unwrap_or_default();
                (at(start), at(end.saturating_sub(1)) + 1)
            }
        };
        if self.origin.is_some()
            && self.hidden.range(..end).next_back().is_some_and(|(_, last)| *last > start)
        {
            return;
        }
        if piece.operator != Operator::Keep {
            self.hidden.insert(start, end);
        }
        self.noted.push(Entry {
            start,
            end,
            kind: piece.kind_name.clone(),
            operator: piece.operator.as_str(),
            rule: piece.span.rule,
            confidence: piece.span.confidence,
            review: piece.span.confidence < policy.review_below,
        });
    }

    /// Says from where each character of the document has come, which is written anew now.
    pub(super) fn next_round(&mut self, written: Written) {
        let Written { origin: from, is_new, .. } = written;
        let (origin, is_new) = match self.origin.take() {
            None => (from, is_new),
            Some(earlier) => {
                let was_new = |place: &usize| self.is_new.get(*place).copied().unwrap_or(true);
                let is_new = from.iter().zip(&is_new).map(|(place, is_new)| *is_new || was_new(place));
                let is_new = is_new.collect();
                let origin = from.iter().map(|place| earlier.get(*place).copied().unwrap_or_default());
                (origin.collect(), is_new)
            }
        };
        (self.origin, self.is_new) = (Some(origin), is_new);
    }

    /// What stands in the document as it is now instead of what stood in it when it came in, which had so many
    /// characters.
    pub(super) fn edits(&self, document: &str, length: usize) -> Vec<Edit> {
        let Some(origin) = &self.origin else { return Vec::new() };
        let mut edits = Vec::new();
        let (mut at, mut text) = (0, String::new());
        for ((c, from), is_new) in document.chars().zip(origin).zip(&self.is_new) {
            if *is_new {
                text.push(c);
                continue;
            }
            if *from > at || !text.is_empty() {
                edits.push(Edit { start: at, end: *from, text: std::mem::take(&mut text) });
            }
            at = from + 1;
        }
        if at < length || !text.is_empty() {
            edits.push(Edit { start: at, end: length, text });
        }
        edits
    }

    pub(super) fn in_order(mut self) -> Vec<Entry> {
        self.noted.sort_by_key(|entry| (entry.start, entry.end));
        self.noted
    }
}
