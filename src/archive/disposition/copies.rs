//! Redacted copies that were kept of a record (`derivative.redacted`): each is a record of its own, and says what its
//! source said. None outlives the source by its disposition: they are sealed and destroyed in the transactions that
//! seal and destroy it, and what keeps one of them keeps them all.

use serde_json::Value;

use crate::archive::holds::{Care, Over, Part};
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::{Rules, facts_to_keep, kept_facts};
use crate::archive::{Inner, rows};
use crate::base::id::{DispositionId, RecordId};
use crate::ledger::entry::EntryKind;
use crate::record::state::RecordState;
use crate::store::Tx;
use crate::store::rows::records::{self, RecordRow};

use super::batch::{Batch, Sealed};
use super::gate::{Going, UNAVAILABLE, is_kept, nothing_said_meanwhile};

/// Why a record stays whose copy has to stay.
const COPY_KEPT: &str = "copy_kept";

/// The fact of an entry about a copy that names the record with which it goes.
pub(super) const WITH: &str = "with";

/// Beside which record copies are looked for, and by what they are weighed.
pub(super) struct Beside<'b> {
    pub inner: &'b Inner,
    pub ledger: &'b Ledgered<'b>,
    pub over: &'b Over<'b>,
    pub rules: &'b [Rules],
    pub batch: &'b Batch,
    pub source: RecordId,
}

/// What becomes of the copies.
pub(super) enum Copies {
    /// They go with their source.
    Go(Vec<Going>),
    /// One has to stay, and so does the source; why, in a stable code.
    Stopped(&'static str),
}

impl Beside<'_> {
    /// Whether the copies may go too. Those that went already, by themselves, are none any more.
    pub(super) fn copies(&self, tx: &mut Tx<'_>, is_sealed_now: bool) -> Result<Copies, Refusal> {
        let mut going = Vec::new();
        for copy in self.ledger.made_of(tx.conn(), self.source)? {
            nothing_said_meanwhile(tx, copy)?;
            let row = records::get(tx.conn(), copy)?.ok_or(Refusal::Damaged(Thing::Record))?;
            self.ledger.must_be_whole(tx.conn(), &row)?;
            if RecordState::from_row(&row.state).is_some_and(RecordState::is_destroyed) {
                continue;
            }
            let weighed = match (self.inner.sealed_by(tx, self.batch.id, copy)?, is_sealed_now) {
                // It is an item of this disposition itself.
                (Some(with), _) if with != Some(self.source) => continue,
                (Some(_), false) => self.closed(tx, row)?,
                (None, true) if rows::is_openable(&row) => self.readable(tx, row)?,
                // Another disposition may still give it back, or this one has to.
                (Some(_), true) | (None, _) => Err(COPY_KEPT),
            };
            match weighed {
                Ok(copy) => going.push(copy),
                Err(why) => return Ok(Copies::Stopped(why)),
            }
        }
        Ok(Copies::Go(going))
    }

    fn readable(&self, tx: &mut Tx<'_>, record: RecordRow) -> Result<Result<Going, &'static str>, Refusal> {
        let at = tx.at();
        let standing = self.over.record(tx.conn(), self.ledger, (&record, Part::Whole), Care::Full)?;
        if standing.iter().any(|(_, word)| word.stops(at)) {
            return Ok(Err(UNAVAILABLE));
        }
        let of = (&record, self.rules);
        let (facts, kept) = facts_to_keep((self.inner, self.ledger), tx.conn(), of)?;
        let schedule = &self.rules.last().ok_or(Refusal::WrongState)?.schedule;
        Ok(match is_kept(&facts, schedule, at) {
            true => Err(COPY_KEPT),
            false => Ok(Going { record, kept: Some(kept), looked: self.over.marks() }),
        })
    }

    fn closed(&self, tx: &mut Tx<'_>, record: RecordRow) -> Result<Result<Going, &'static str>, Refusal> {
        let Some(sealed) = Sealed::read(self.inner, tx, (self.batch.id, &record))? else {
            return Ok(Err(COPY_KEPT));
        };
        let at = tx.at();
        let standing = self.over.closed_record(tx.conn(), self.ledger, &record, &sealed.looked)?;
        if standing.iter().any(|(_, word)| word.stops(at)) {
            return Ok(Err(UNAVAILABLE));
        }
        let of = (&record, self.rules);
        let facts = kept_facts((self.inner, self.ledger), tx.conn(), of, sealed.facts.expose())?;
        let schedule = &self.rules.last().ok_or(Refusal::WrongState)?.schedule;
        Ok(match is_kept(&facts, schedule, at) {
            true => Err(COPY_KEPT),
            false => Ok(Going { record, kept: None, looked: sealed.looked }),
        })
    }
}

impl Inner {
    /// With which record this disposition has sealed another one, if that is the newest word about it; the inner
    /// `None` for what it has sealed by itself.
    pub(super) fn sealed_by(
        &self,
        tx: &mut Tx<'_>,
        batch: DispositionId,
        record: RecordId,
    ) -> Result<Option<Option<RecordId>>, Refusal> {
        let Some((kind, facts)) = self.disposed_in(tx, record)? else { return Ok(None) };
        let own = facts.get("batch").and_then(Value::as_str) == Some(batch.to_string().as_str());
        if kind != EntryKind::RecordSealed || !own {
            return Ok(None);
        }
        match facts.get(WITH) {
            None => Ok(Some(None)),
            Some(with) => {
                let with = with.as_str().and_then(|id| RecordId::parse(id).ok());
                Ok(Some(Some(with.ok_or(Refusal::Damaged(Thing::Record))?)))
            }
        }
    }
}
