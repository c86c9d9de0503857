//! Tells with a record that it is held: to those who may know the hold, and to nobody else by any difference.
//!
//! What is kept of where records stand is judged as if nothing held them; that one is held comes from here.

use std::collections::BTreeSet;

use crate::archive::Inner;
use crate::archive::caller::Caller;
use crate::archive::records::Ledgered;
use crate::archive::refusal::Refusal;
use crate::archive::retention::Queue;
use crate::base::id::{HoldId, MatterId, RecordId};
use crate::base::moment::Moment;
use crate::record::state::RecordState;
use crate::store::Conn;
use crate::store::rows::records::RecordRow;
use crate::store::rows::retention;

use super::find;
use super::over::{Care, Over, Part, stopping};

/// A hold over a record, for whoever may know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldMark {
    /// The hold.
    pub hold: HoldId,
    /// The matter in which it was placed.
    pub matter: MatterId,
    /// Until when it rests on the record, where it was released.
    pub rests_until: Option<Moment>,
}

/// The holds that one reader may know.
pub(in crate::archive) struct Marks<'a> {
    over: Over<'a>,
    /// True if they are all that are not confidential, and no others: what the judge listed is about exactly them.
    are_the_open_ones: bool,
}

impl Inner {
    /// True if the caller knows every hold that is not confidential and no other.
    pub(in crate::archive) fn knows_open_holds_alone(&self, caller: &Caller, now: Moment) -> bool {
        let register = self.holds_known();
        register.iter().all(|(_, word)| find::is_in_sight(caller, word, now) != word.confidential)
    }

    /// True if there is a hold of which the caller may know.
    pub(in crate::archive) fn knows_a_hold(&self, caller: &Caller, now: Moment) -> bool {
        self.holds_known().iter().any(|(_, word)| find::is_in_sight(caller, word, now))
    }
}

impl<'a> Marks<'a> {
    /// # Errors
    /// The ledger cannot be read.
    pub(in crate::archive) fn of(inner: &'a Inner, caller: &Caller, now: Moment) -> Result<Self, Refusal> {
        let stops = stopping(&inner.holds_now()?, now);
        let over = Over::of(inner, stops.only(|word| find::is_in_sight(caller, word, now)));
        Ok(Self { over, are_the_open_ones: inner.knows_open_holds_alone(caller, now) })
    }

    /// Those of the records over which the judge found a hold to stand, where the reader may know all that he found.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(in crate::archive) fn listed(
        &self,
        conn: &mut Conn,
        records: impl IntoIterator<Item = RecordId>,
    ) -> Result<BTreeSet<RecordId>, Refusal> {
        if !self.are_the_open_ones || self.over.is_empty() {
            return Ok(BTreeSet::new());
        }
        let records: Vec<RecordId> = records.into_iter().collect();
        Ok(retention::on_list(conn, Queue::Held.as_str(), &records)?)
    }

    /// Those over a record.
    ///
    /// # Errors
    /// As [`Over::record`].
    pub(in crate::archive) fn over(
        &self,
        conn: &mut Conn,
        ledger: &Ledgered<'_>,
        record: &RecordRow,
        care: Care,
    ) -> Result<Vec<HoldMark>, Refusal> {
        if self.over.is_empty() {
            return Ok(Vec::new());
        }
        let standing = self.over.record(conn, ledger, (record, Part::Whole), care)?;
        let mark = |(hold, word): (HoldId, std::sync::Arc<super::HoldWord>)| HoldMark {
            hold,
            matter: word.matter,
            rests_until: word.released.map(|released| released.rests_until),
        };
        Ok(standing.into_iter().map(mark).collect())
    }
}

/// The word for where a record stands, for a reader who may know that it is held: a hold comes before whatever else the
/// policies say of what is still there.
pub(in crate::archive) fn held_state(state: &str) -> String {
    match RecordState::from_row(state) {
        Some(RecordState::Shredded | RecordState::Residual | RecordState::Transferred) => state.to_owned(),
        Some(_) | None => RecordState::Held.as_str().to_owned(),
    }
}
