//! Holds and locks over a record, as the judge takes them, and what of them one reader may know.

use std::collections::BTreeSet;

use crate::archive::Inner;
use crate::archive::caller::Caller;
use crate::archive::holds::is_in_sight;
use crate::archive::refusal::Refusal;
use crate::base::id::HoldId;
use crate::base::moment::Moment;
use crate::retention::{Blocker, Hold, Lock, Verdict};
use crate::store::Conn;
use crate::store::rows::records::RecordRow;

/// What stands guard over a record.
#[derive(Debug, Clone, Default)]
pub(super) struct Guards {
    pub holds: Vec<Hold>,
    pub locks: Vec<Lock>,
}

impl Guards {
    /// Those of which the caller may know, and which others there are: of a confidential hold, who does not work on
    /// its matter learns no more than that a disposition is not available.
    pub(super) fn told_to(&self, inner: &Inner, caller: &Caller, now: Moment) -> (Self, BTreeSet<HoldId>) {
        let register = inner.holds_known();
        let is_told = |hold: &Hold| {
            let word = register.get(hold.id);
            !hold.confidential || word.is_some_and(|word| is_in_sight(caller, word, now))
        };
        let (told, untold): (Vec<Hold>, Vec<Hold>) = self.holds.iter().copied().partition(is_told);
        let untold = untold.into_iter().map(|hold| hold.id).collect();
        (Self { holds: told, locks: self.locks.clone() }, untold)
    }

    /// Without what only some may know: by the rest it is said to all where the record stands.
    pub(super) fn shown_to_all(self) -> Self {
        Self { holds: self.holds.into_iter().filter(|hold| !hold.confidential).collect(), ..self }
    }

    /// Every hold that was placed over the record, those that were released too, and its locks.
    ///
    /// # Errors
    /// They cannot be read, or are not as the ledger says.
    pub(super) fn over(inner: &Inner, conn: &mut Conn, record: &RecordRow) -> Result<Self, Refusal> {
        // No lock can be set yet.
        Ok(Self { holds: inner.holds_of(conn, record)?, locks: Vec::new() })
    }
}

/// True if one of these holds is in the way of a destruction.
pub(super) fn stops(verdict: &Verdict, holds: &BTreeSet<HoldId>) -> bool {
    verdict.blockers.iter().any(|blocker| match blocker {
        Blocker::Hold { id, .. } | Blocker::Grace { id, .. } => holds.contains(id),
        _ => false,
    })
}
