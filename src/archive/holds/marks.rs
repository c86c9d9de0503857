//! Tells with a record that it is held: to those who may know the hold, and to nobody else by any difference.

use crate::archive::Inner;
use crate::archive::caller::Caller;
use crate::archive::records::Ledgered;
use crate::archive::refusal::Refusal;
use crate::base::id::{HoldId, MatterId};
use crate::base::moment::Moment;
use crate::store::Conn;
use crate::store::rows::records::RecordRow;

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
pub(in crate::archive) struct Marks<'a>(Over<'a>);

impl<'a> Marks<'a> {
    /// # Errors
    /// The ledger cannot be read.
    pub(in crate::archive) fn of(inner: &'a Inner, caller: &Caller, now: Moment) -> Result<Self, Refusal> {
        let stops = stopping(&inner.holds_now()?, now);
        Ok(Self(Over::of(inner, stops.only(|word| find::is_in_sight(caller, word, now)))))
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
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        let standing = self.0.record(conn, ledger, (record, Part::Whole), care)?;
        let mark = |(hold, word): (HoldId, std::sync::Arc<super::HoldWord>)| HoldMark {
            hold,
            matter: word.matter,
            rests_until: word.released.map(|released| released.rests_until),
        };
        Ok(standing.into_iter().map(mark).collect())
    }
}
