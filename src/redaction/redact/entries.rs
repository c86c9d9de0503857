//! What a report says: every place of the document as it came in, whichever round has found it.

use std::collections::BTreeMap;

use super::Piece;
use crate::redaction::operate::Operator;
use crate::redaction::policy::Policy;
use crate::redaction::report::Entry;

/// The places noted so far.
#[derive(Default)]
pub(super) struct Entries {
    noted: Vec<Entry>,
    /// Where something was hidden: first character and one past the last.
    hidden: BTreeMap<usize, usize>,
    /// For each character of the document as it stands now, where it stood first; `None` in the first round.
    origin: Option<Vec<usize>>,
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
    pub(super) fn next_round(&mut self, from: Vec<usize>) {
        self.origin = Some(match self.origin.take() {
            None => from,
            Some(earlier) => {
                from.into_iter().map(|place| earlier.get(place).copied().unwrap_or_default()).collect()
            }
        });
    }

    pub(super) fn in_order(mut self) -> Vec<Entry> {
        self.noted.sort_by_key(|entry| (entry.start, entry.end));
        self.noted
    }
}
