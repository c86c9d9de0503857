//! Holds what the database says of a case against the entries about it: its row with its parties, each
//! of its events, each explanation of a gap, and how many records were captured into it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::profile;
use super::view::{CaseSummary, summary_of};
use super::words::Words;
use crate::access::scope::Level;
use crate::archive::bound::{Bound, ROWS, digest_in};
use crate::archive::records::{Ledgered, amiss};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::digest::Digest;
use crate::base::id::CaseId;
use crate::store::Conn;
use crate::store::rows::cases::{self, CaseRow};
use crate::store::rows::records;

/// Refuses a case of which anything is other than the last entry that speaks of it says, and one that
/// lacks an event or an explanation, or has one too many. What their words must be is given back.
///
/// # Errors
/// [`Refusal::Damaged`], or the ledger cannot be read.
pub(super) fn must_be_held(ledger: &Ledgered<'_>, conn: &mut Conn, row: &CaseRow) -> Result<Words, Refusal> {
    let (case, mut words) = (Bound::Case(row.id), Words::default());
    let mut said: BTreeMap<String, Digest> = BTreeMap::new();
    for entry in ledger.told_of(conn, &case)? {
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
    if let Some(digest) = case.standing(conn)? {
        standing.insert(case.address(), digest);
    }
    for event in cases::events_of(conn, row.id)? {
        standing.insert(Bound::Event(event.id).address(), event.fingerprint());
    }
    for explanation in cases::explanations_of(conn, row.id)? {
        standing.insert(Bound::Explanation(explanation.id).address(), explanation.fingerprint());
    }
    match said == standing {
        true => ledger.must_be_worded(conn, &case).map(|()| words),
        false => Err(amiss("a case", (&row.id.to_string(), Thing::Case))),
    }
}

/// The lines of cases in a list. Marked, and without words, is one whose row or parties are not as the last
/// entry says; marked is one of which other records stand in the database than were captured into it.
///
/// # Errors
/// The ledger cannot be read.
pub(in crate::archive) fn lines(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    rows: &[(CaseRow, Level)],
) -> Result<Vec<CaseSummary>, Refusal> {
    let ids: Vec<CaseId> = rows.iter().map(|(row, _)| row.id).collect();
    let counted = records::count_in_cases(conn, &ids)?;
    let mut lines = Vec::with_capacity(rows.len());
    for (row, level) in rows {
        let case = Bound::Case(row.id);
        // The words are opened once, to be held and to be told.
        let held = ledger.must_be_last(conn, &case).and_then(|()| ledger.worded(conn, &case));
        let told = held.and_then(|words| match level {
            Level::Facts => Ok(None),
            Level::Redacted | Level::Full => profile::of_words(row, &words).map(Some),
        });
        let line = match told.map_err(Refusal::in_a_list) {
            Ok(profile) => summary_of(row, *level, profile),
            Err(Refusal::Damaged(Thing::Case)) => {
                CaseSummary { damaged: true, ..summary_of(row, Level::Facts, None) }
            }
            Err(other) => return Err(other),
        };
        let standing = counted.get(&row.id).copied().unwrap_or_default();
        let are_all = match ledger.must_be_all_records(row.id, standing) {
            Ok(()) => true,
            Err(Refusal::Damaged(Thing::CaseRecords)) => false,
            Err(other) => return Err(other),
        };
        lines.push(CaseSummary { damaged: line.damaged || !are_all, ..line });
    }
    Ok(lines)
}

fn is_of_case(address: &str) -> bool {
    ["case/", "event/", "explanation/"].iter().any(|kind| address.starts_with(kind))
}
