//! What the ledger tells of dispositions and of the records in them: the newest step under the signed root, and
//! inside a write those that wait in the same transaction too.

use std::rc::Rc;

use serde_json::{Map, Value};

use crate::archive::Inner;
use crate::archive::records::{Ledgered, amiss};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{DispositionId, RecordId};
use crate::ledger::entry::{Entry, EntryKind};
use crate::record::state::RecordState;
use crate::retention::Assignment;
use crate::store::rows::ledger;
use crate::store::{Conn, Tx};

use super::step::{Batch, OF_RECORDS, state_after};

/// What an entry says, without its place: it may wait in the same transaction.
pub(in crate::archive) type Said = (EntryKind, Map<String, Value>);

/// An entry about the disposition of a record, with its place.
pub(in crate::archive) struct Told {
    pub seq: u64,
    pub entry: Rc<Entry>,
}

impl Ledgered<'_> {
    /// The state to which entries brought a record: none of its rows is asked.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if the entry cannot be read.
    pub(in crate::archive) fn brought_to(
        &self,
        conn: &mut Conn,
        record: RecordId,
    ) -> Result<RecordState, Refusal> {
        let newest = self.disposed(conn, record)?;
        Ok(newest.map_or(RecordState::Active, |told| state_after(told.entry.kind, &told.entry.facts)))
    }

    /// The newest entry about the disposition of a record; `None` if none ever began.
    ///
    /// # Errors
    /// As [`Self::brought_to`].
    pub(in crate::archive) fn disposed(
        &self,
        conn: &mut Conn,
        record: RecordId,
    ) -> Result<Option<Told>, Refusal> {
        let Some(seq) = self.heads().disposed(record.as_bytes())? else { return Ok(None) };
        let subject = record.to_string();
        let entry = self.at(conn, seq, (&subject, Thing::Record))?;
        match OF_RECORDS.contains(&entry.kind) {
            true => Ok(Some(Told { seq, entry })),
            false => Err(amiss("its disposition", (&subject, Thing::Record))),
        }
    }

    /// Every entry about the disposition of a record, oldest first.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if one cannot be read, or the newest is missing.
    pub(in crate::archive) fn dispositions_of(
        &self,
        conn: &mut Conn,
        record: RecordId,
    ) -> Result<Vec<Told>, Refusal> {
        let Some(newest) = self.heads().disposed(record.as_bytes())? else { return Ok(Vec::new()) };
        let subject = record.to_string();
        let mut told = Vec::new();
        for row in ledger::about(conn, &subject)? {
            if OF_RECORDS.contains(&row.kind) {
                let entry = self.prove(conn, &row, (&subject, Thing::Record))?;
                told.push(Told { seq: row.seq, entry });
            }
        }
        match told.last().is_some_and(|last| last.seq == newest) {
            true => Ok(told),
            false => Err(amiss("its disposition", (&subject, Thing::Record))),
        }
    }

    /// A disposition as its newest step has it; `None` if the ledger tells of none.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if the step cannot be read.
    pub(in crate::archive) fn batch(
        &self,
        conn: &mut Conn,
        id: DispositionId,
    ) -> Result<Option<(u64, Batch)>, Refusal> {
        let Some(seq) = self.heads().disposition(id.as_bytes())? else { return Ok(None) };
        let subject = id.to_string();
        let entry = self.at(conn, seq, (&subject, Thing::Disposition))?;
        let batch = Some(&entry).filter(|entry| entry.kind == EntryKind::DispositionStep);
        let batch = batch.and_then(|entry| Batch::parse(id, &entry.facts));
        batch.map(|batch| Some((seq, batch))).ok_or_else(|| amiss("a step", (&subject, Thing::Disposition)))
    }
}

impl Inner {
    /// A disposition inside a write: what was entered up to now counts, in the same transaction too.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], or as [`Ledgered::batch`].
    pub(in crate::archive) fn batch_in(&self, tx: &mut Tx<'_>, id: DispositionId) -> Result<Batch, Refusal> {
        let subject = id.to_string();
        let is_step = |kind| kind == EntryKind::DispositionStep;
        let pending = tx.pending().find(|draft| draft.subject == subject && is_step(draft.kind));
        if let Some(draft) = pending {
            let batch = draft.facts.as_object().and_then(|facts| Batch::parse(id, facts));
            return batch.ok_or(Refusal::Damaged(Thing::Disposition));
        }
        let batch = self.ledgered(tx.conn())?.batch(tx.conn(), id)?;
        batch.map(|(_, batch)| batch).ok_or(Refusal::NotFound(Thing::Disposition))
    }

    /// The facts of the newest entry about the disposition of a record inside a write.
    ///
    /// # Errors
    /// As [`Ledgered::disposed`].
    pub(in crate::archive) fn disposed_in(
        &self,
        tx: &mut Tx<'_>,
        record: RecordId,
    ) -> Result<Option<Said>, Refusal> {
        let subject = record.to_string();
        let is_told = |kind| OF_RECORDS.contains(&kind);
        let pending = tx.pending().find(|draft| draft.subject == subject && is_told(draft.kind));
        if let Some(draft) = pending {
            let facts = draft.facts.as_object().cloned().ok_or(Refusal::Damaged(Thing::Record))?;
            return Ok(Some((draft.kind, facts)));
        }
        let told = self.ledgered(tx.conn())?.disposed(tx.conn(), record)?;
        Ok(told.map(|told| (told.entry.kind, told.entry.facts.clone())))
    }
}

/// Until when reviewers have extended the keeping of a record; each later entry about it says so again.
pub(in crate::archive) fn kept_until(facts: &Map<String, Value>) -> Option<(CivilDate, Zone)> {
    let kept = facts.get("keep_until")?;
    let day = CivilDate::parse(kept.get("day")?.as_str()?).ok()?;
    Some((day, Zone::parse(kept.get("zone")?.as_str()?).ok()?))
}

/// What reviewers decided for a record alone, as the judge takes it.
///
/// # Errors
/// As [`Ledgered::disposed`].
pub(in crate::archive) fn assigned(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    record: RecordId,
) -> Result<Option<Assignment>, Refusal> {
    let told = ledger.disposed(conn, record)?;
    let keep_until = told.and_then(|told| kept_until(&told.entry.facts));
    Ok(keep_until.map(|until| Assignment { action: None, keep_until: Some(until) }))
}
