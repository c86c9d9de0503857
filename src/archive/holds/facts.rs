//! What the ledger says of holds.

use serde_json::{Value, json};

use crate::archive::bound::{Bound, bind};
use crate::archive::cells::PROFILE;
use crate::archive::refusal::Refusal;
use crate::base::digest::{Digest, to_hex};
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::store::Tx;
use crate::store::rows::LookupToken;
use crate::store::rows::holds::HoldRow;

use super::register::Asks;

/// Members that go into one entry.
pub(super) struct Batch {
    /// Which of the hold's; `None` where no row came with it.
    pub number: Option<u32>,
    pub tokens: Vec<LookupToken>,
}

impl Batch {
    fn to_fact(&self) -> Value {
        self.tokens.iter().map(|token| to_hex(token)).collect()
    }

    fn rows(&self, row: &HoldRow) -> Vec<Bound> {
        let number = self.number.map(|number| Bound::HoldBatch { hold: row.id, number });
        [Bound::Hold(row.id)].into_iter().chain(number).collect()
    }
}

/// Enters that a hold was placed; what does not fit follows in further entries.
pub(super) fn enter_placed(
    tx: &mut Tx<'_>,
    (row, actor): (&HoldRow, Actor),
    words: Digest,
    asks: Asks,
    batches: &[Batch],
) -> Result<(), Refusal> {
    let none = Batch { number: None, tokens: Vec::new() };
    let first = batches.first().unwrap_or(&none);
    let facts = json!({
        "asks": asks.to_fact(),
        "confidential": row.confidential,
        "grace_days": row.grace_days,
        "hold": row.id.to_string(),
        "kind": row.kind,
        "matter": row.matter_id.to_string(),
        "members": first.to_fact(),
        "mode": row.mode,
        "placed_at": row.placed_at.to_rfc3339(),
        "profile": words.to_hex(),
        "review_by": row.review_by.map(|on| on.to_string()),
        "zone": row.zone.name(),
    });
    let mut rows = first.rows(row);
    rows.push(Bound::cell(row.id, PROFILE));
    let facts = bind(tx.conn(), facts, &rows)?;
    tx.enter(EntryDraft { kind: EntryKind::HoldPlaced, subject: row.id.to_string(), actor, facts })?;
    enter_grown(tx, (row, actor), None, asks, batches.get(1..).unwrap_or_default())
}

/// Enters further members of a hold; `words` where its words were written anew with the first of them.
pub(super) fn enter_grown(
    tx: &mut Tx<'_>,
    (row, actor): (&HoldRow, Actor),
    words: Option<Digest>,
    asks: Asks,
    batches: &[Batch],
) -> Result<(), Refusal> {
    let mut words = words;
    for batch in batches {
        let written = words.take();
        let facts = json!({
            "asks": asks.to_fact(),
            "hold": row.id.to_string(),
            "members": batch.to_fact(),
            "profile": written.map(Digest::to_hex),
        });
        let mut rows = batch.rows(row);
        rows.extend(written.map(|_| Bound::cell(row.id, PROFILE)));
        let facts = bind(tx.conn(), facts, &rows)?;
        let subject = row.id.to_string();
        tx.enter(EntryDraft { kind: EntryKind::HoldMembersChanged, subject, actor, facts })?;
    }
    Ok(())
}
