//! What was erased of a bulk log: the numbers of erasures, of erased and of left entries hang together.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::bundle::plan::Selection;
use crate::record::erasure::ErasureReason;

/// One erasure, as its entry tells it.
pub(super) struct Erasure {
    entries: Vec<u64>,
    number: Option<u64>,
    left: Option<u64>,
    has_reason: bool,
}

impl Erasure {
    /// `None` if the entry names no entries that were erased, or not in their order.
    pub(super) fn read(facts: &Map<String, Value>) -> Option<Self> {
        let entries = facts.get("entries")?.as_array()?;
        let entries: Vec<u64> = entries.iter().map(Value::as_u64).collect::<Option<_>>()?;
        let reason = facts.get("reason").and_then(Value::as_str).and_then(ErasureReason::parse);
        let read = Self {
            number: facts.get("number").and_then(Value::as_u64),
            left: facts.get("left").and_then(Value::as_u64),
            has_reason: reason.is_some(),
            entries,
        };
        (!read.entries.is_empty() && read.entries.is_sorted_by(|a, b| a < b)).then_some(read)
    }
}

/// All erasures of one log, oldest first.
#[derive(Default)]
pub(super) struct Erasures {
    /// Entries that the log was captured with.
    entries: u64,
    gone: BTreeSet<u64>,
    count: u64,
}

impl Erasures {
    /// Of a log that was captured with so many entries.
    pub(super) fn of(entries: u64) -> Self {
        Self { entries, ..Self::default() }
    }

    /// True if all of a selection was erased.
    pub(super) fn are_gone(&self, selection: &Selection) -> bool {
        match selection {
            Selection::All => self.entries > 0 && self.gone.len() as u64 == self.entries,
            Selection::Entries(ordinals) => {
                ordinals.as_slice().iter().all(|ordinal| self.gone.contains(ordinal))
            }
        }
    }

    /// True if the log was captured with all of these entries.
    pub(super) fn has(&self, entries: &[u64]) -> bool {
        entries.last().is_none_or(|last| *last < self.entries)
    }

    /// Adds the next; gives the facts that contradict those before.
    pub(super) fn add(&mut self, erasure: &Erasure) -> Vec<&'static str> {
        self.count += 1;
        let fits = erasure.entries.iter().all(|entry| *entry < self.entries && !self.gone.contains(entry));
        self.gone.extend(erasure.entries.iter().copied());
        let left = self.entries.checked_sub(self.gone.len() as u64);
        let wrong = [
            ("entries", !fits),
            ("number", erasure.number != Some(self.count)),
            ("left", left.is_none() || erasure.left != left),
            ("reason", !erasure.has_reason),
        ];
        wrong.into_iter().filter(|(_, wrong)| *wrong).map(|(fact, _)| fact).collect()
    }

    /// The first entry of a selection that was erased.
    pub(super) fn first_of(&self, selection: &Selection) -> Option<u64> {
        match selection {
            Selection::All => self.gone.first().copied(),
            Selection::Entries(ordinals) => {
                ordinals.as_slice().iter().copied().find(|ordinal| self.gone.contains(ordinal))
            }
        }
    }
}
