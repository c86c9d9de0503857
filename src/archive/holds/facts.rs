//! What the ledger says of holds: to strangers no more than that something was said ([`super::said`]).

use serde_json::{Value, json};

use crate::archive::Inner;
use crate::archive::bound::{Bound, bind};
use crate::archive::cells::PROFILE;
use crate::archive::refusal::Refusal;
use crate::base::digest::{Digest, to_hex};
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::seal::Keyring;
use crate::store::Tx;
use crate::store::rows::LookupToken;
use crate::store::rows::holds::HoldRow;

use super::register::Asks;
use super::said;

/// Members that go into one entry.
pub(super) struct Batch {
    /// Which of the hold's; `None` where no row came with it.
    pub number: Option<u32>,
    pub tokens: Vec<LookupToken>,
}

impl Batch {
    fn to_fact(&self) -> Value {
        // One text: it is shorter than a list of them.
        Value::from(to_hex(&self.tokens.concat()))
    }

    fn rows(&self, row: &HoldRow) -> Vec<Bound> {
        let number = self.number.map(|number| Bound::HoldBatch { hold: row.id, number });
        [Bound::Hold(row.id)].into_iter().chain(number).collect()
    }
}

/// Enters that a hold was placed; what does not fit follows in further entries.
pub(super) fn enter_placed(
    tx: &mut Tx<'_>,
    (inner, keys): (&Inner, &Keyring),
    (row, actor): (&HoldRow, Actor),
    words: Digest,
    (asks, batches): (Asks, &[Batch]),
) -> Result<(), Refusal> {
    let none = Batch { number: None, tokens: Vec::new() };
    let first = batches.first().unwrap_or(&none);
    let told = json!({
        "asks": asks.to_fact(),
        "confidential": row.confidential,
        "grace_days": row.grace_days,
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
    let facts = said::closed(inner, keys, &row.id.to_string(), &told)?;
    let facts = bind(tx.conn(), facts, &rows)?;
    tx.enter(EntryDraft { kind: EntryKind::HoldPlaced, subject: row.id.to_string(), actor, facts })?;
    let further = batches.get(1..).unwrap_or_default();
    enter_grown(tx, (inner, keys), (row, actor), None, (asks, further))
}

/// Enters further members of a hold; `words` where its words were written anew with the first of them.
pub(super) fn enter_grown(
    tx: &mut Tx<'_>,
    (inner, keys): (&Inner, &Keyring),
    (row, actor): (&HoldRow, Actor),
    words: Option<Digest>,
    (asks, batches): (Asks, &[Batch]),
) -> Result<(), Refusal> {
    let mut words = words;
    for batch in batches {
        let written = words.take();
        let told = json!({
            "asks": asks.to_fact(),
            "members": batch.to_fact(),
            "profile": written.map(Digest::to_hex),
        });
        let mut rows = batch.rows(row);
        rows.extend(written.map(|_| Bound::cell(row.id, PROFILE)));
        let subject = row.id.to_string();
        let facts = bind(tx.conn(), said::closed(inner, keys, &subject, &told)?, &rows)?;
        tx.enter(EntryDraft { kind: EntryKind::HoldMembersChanged, subject, actor, facts })?;
    }
    Ok(())
}
