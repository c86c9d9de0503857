//! Holds what the database says of a case against the entries about it: its row with its parties, each
//! of its events, each explanation of a gap.

use std::collections::BTreeMap;

use serde_json::Value;

use super::evidence::Opening;
use super::view::{CaseSummary, summary};
use super::words::Words;
use crate::access::scope::Level;
use crate::archive::bound::{Bound, ROWS, digest_in};
use crate::archive::records::{Ledgered, not_as_entered};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::digest::Digest;
use crate::store::Conn;
use crate::store::rows::cases::{self, CaseRow};
use crate::store::rows::ledger;

/// Refuses a case of which anything is other than the last entry that speaks of it says, and one that
/// lacks an event or an explanation, or has one too many. What their words must be is given back.
///
/// # Errors
/// [`Refusal::Damaged`], or the ledger cannot be read.
pub(super) fn must_be_held(ledger: &Ledgered<'_>, conn: &mut Conn, row: &CaseRow) -> Result<Words, Refusal> {
    let (subject, mut words) = (row.id.to_string(), Words::default());
    let mut said: BTreeMap<String, Digest> = BTreeMap::new();
    for entry in ledger::about(conn, &subject)? {
        let entry = ledger.prove(conn, &entry, &subject)?;
        words.hear(&entry);
        let rows = entry.facts.get(ROWS).and_then(Value::as_object);
        for (address, digest) in rows.into_iter().flatten().filter(|(address, _)| is_of_case(address)) {
            match digest_in(digest) {
                Some(digest) => said.insert(address.clone(), digest),
                None => said.remove(address),
            };
        }
    }
    let mut standing: BTreeMap<String, Digest> = BTreeMap::new();
    let case = Bound::Case(row.id);
    if let Some(digest) = case.standing(conn)? {
        standing.insert(case.address(), digest);
    }
    for event in cases::events_of(conn, row.id)? {
        standing.insert(Bound::Event(event.id).address(), event.fingerprint());
    }
    for explanation in cases::explanations_of(conn, row.id)? {
        standing.insert(Bound::Explanation(explanation.id).address(), explanation.fingerprint());
    }
    if said == standing {
        return ledger.must_be_worded(conn, &subject, Thing::Case).map(|()| words);
    }
    not_as_entered("a case", &subject);
    Err(Refusal::Damaged(Thing::Case))
}

/// The line of a case in a list; marked, and without words, where its row or its parties are not as the
/// last entry says.
///
/// # Errors
/// The ledger cannot be read, or an entry about the case is not in it.
pub(in crate::archive) fn line(
    (keys, ledger): Opening<'_>,
    conn: &mut Conn,
    row: &CaseRow,
    level: Level,
) -> Result<CaseSummary, Refusal> {
    let case = Bound::Case(row.id);
    let subject = row.id.to_string();
    let held = ledger.must_be_last(conn, &subject, (&case, Thing::Case));
    match held.and_then(|()| ledger.must_be_worded(conn, &subject, Thing::Case)) {
        Ok(()) => summary(keys, conn, row, level),
        Err(Refusal::Damaged(Thing::Case)) => {
            Ok(CaseSummary { damaged: true, ..summary(keys, conn, row, Level::Facts)? })
        }
        Err(other) => Err(other),
    }
}

fn is_of_case(address: &str) -> bool {
    ["case/", "event/", "explanation/"].iter().any(|kind| address.starts_with(kind))
}
