//! Enters a step of a disposition: what it says is all that is known of it.

use serde_json::{Value, json};

use crate::archive::Inner;
use crate::archive::bound::{Bound, bind};
use crate::archive::cases::Reason;
use crate::archive::cells::{self as sealing, PURPOSE};
use crate::archive::refusal::Refusal;
use crate::base::digest::Digest;
use crate::base::id::{DispositionId, EventId, RecordId};
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::store::Tx;
use crate::store::rows::cells;

use super::step::Batch;

/// Words that were sealed, and by what the ledger knows them.
pub(super) struct Note {
    pub id: EventId,
    commitment: Digest,
}

impl Note {
    /// Seals words of a step under an id of their own.
    pub(super) fn seal(inner: &Inner, tx: &mut Tx<'_>, words: &Reason) -> Result<Self, Refusal> {
        let id = EventId::generate(tx.at(), inner.entropy.as_ref());
        let json = json!({"note": words.as_str()});
        let sealed = sealing::seal_profile(inner, &inner.keys(), &id.to_string(), PURPOSE, &json)?;
        cells::insert(tx.conn(), &sealed.row)?;
        Ok(Self { id, commitment: sealed.commitment })
    }
}

/// Enters a step of a disposition, numbered behind the one before it.
pub(super) fn step(
    tx: &mut Tx<'_>,
    actor: Actor,
    (batch, word): (&mut Batch, &'static str),
    note: Option<&Note>,
    cells: &[&str],
) -> Result<(), Refusal> {
    batch.number += 1;
    let note_fact =
        note.map(|note| json!({"commitment": note.commitment.to_hex(), "id": note.id.to_string()}));
    let facts = json!({"batch": batch.to_fact(), "note": note_fact, "step": word});
    let mut rows: Vec<Bound> = cells.iter().map(|part| Bound::cell(batch.id, part)).collect();
    rows.extend(note.map(|note| Bound::cell(note.id, PURPOSE)));
    let facts = bind(tx.conn(), facts, &rows)?;
    let (kind, subject) = (EntryKind::DispositionStep, batch.id.to_string());
    tx.enter(EntryDraft { kind, subject, actor, facts })?;
    Ok(())
}

/// Something that happened to one record of a disposition.
pub(super) struct OfRecord<'o> {
    pub batch: DispositionId,
    pub record: RecordId,
    pub kind: EntryKind,
    /// What it says besides.
    pub facts: Value,
    pub rows: &'o [Bound],
}

impl OfRecord<'_> {
    /// Enters it. What reviewers decided for the record before is said again: the newest entry tells it alone.
    pub(super) fn enter(self, inner: &Inner, tx: &mut Tx<'_>, actor: Actor) -> Result<(), Refusal> {
        let before = inner.disposed_in(tx, self.record)?;
        let kept = before.and_then(|(_, facts)| facts.get("keep_until").cloned());
        let mut facts = bind(tx.conn(), self.facts, self.rows)?;
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("batch".to_owned(), Value::from(self.batch.to_string()));
            if let Some(kept) = kept.filter(|_| !facts.contains_key("keep_until")) {
                facts.insert("keep_until".to_owned(), kept);
            }
        }
        tx.enter(EntryDraft { kind: self.kind, subject: self.record.to_string(), actor, facts })?;
        Ok(())
    }
}
