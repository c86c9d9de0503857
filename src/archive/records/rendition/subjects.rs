//! Whom a text is known to be about before anybody reads it: parties, and who is named by the fields of a log.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::archive::bound::Bound;
use crate::archive::cases::evidence::Opening;
use crate::archive::parties;
use crate::archive::records::original::Found;
use crate::archive::refusal::{Refusal, Withheld};
use crate::base::id::{PartyId, RecordId};
use crate::document::Format as Kind;
use crate::redaction::{self, Subject};
use crate::store::Conn;
use crate::store::rows::{cases, links, parties as party_rows, records as record_rows};

/// Records linked with a record of which the parties are looked for in it; where there are more, its rendition is
/// withheld.
const LINKED_MAX: usize = 2_000;

/// The names of all parties of the record, of its case, and of what it is linked with, as they were entered:
/// a party that somebody took out of the database would stand in the rendition.
pub(super) fn names_around(
    opening: Opening<'_>,
    conn: &mut Conn,
    found: &Found,
) -> Result<Vec<String>, Refusal> {
    let record = found.record.id;
    let linked: BTreeSet<RecordId> = links::around(conn, &[record])?
        .into_iter()
        .flat_map(|link| [link.from_record, link.to_record])
        .filter(|id| *id != record)
        .collect();
    // A party of the rest could stand there unhidden.
    if linked.len() > LINKED_MAX {
        return Err(Refusal::Withheld(Withheld::Unproven));
    }
    let mut known: Vec<RecordId> = vec![record];
    for row in record_rows::get_many(conn, &linked.into_iter().collect::<Vec<_>>())? {
        opening.1.must_be_whole(conn, &row)?;
        known.push(row.id);
    }
    let mut ids: BTreeSet<PartyId> =
        party_rows::of_records(conn, &known)?.into_iter().map(|row| row.party_id).collect();
    if let Some(case) = found.record.case_id {
        opening.1.must_be_last(conn, &Bound::Case(case))?;
        ids.extend(cases::parties_of(conn, case)?.into_iter().map(|row| row.party_id));
    }
    ids.into_iter().map(|id| Ok(parties::name(opening, conn, id)?.as_str().to_owned())).collect()
}

/// Whom the entries of a log name: their fields say so, whatever the names look like.
pub(super) fn log_fields(text: &str, kind: Kind) -> BTreeSet<String> {
    if !matches!(kind, Kind::Json | Kind::JsonLines) {
        return BTreeSet::new();
    }
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let named = lines.flat_map(|line| {
        let field = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
        // Both stand in every entry of a log.
        let is_entry = line.get("operation").is_some() && line.get("at").is_some();
        [field("actor"), field("subject")].into_iter().flatten().filter(move |_| is_entry)
    });
    named.filter(|name| name.chars().count() > 1).collect()
}

/// Whom the text is known to be about.
///
/// # Errors
/// [`Withheld::Unproven`] if there are more than are looked for: one of them could stand there unhidden.
pub(super) fn subjects(names: &[String], accounts: &BTreeSet<String>) -> Result<Vec<Subject>, Refusal> {
    let known = parties::known_subjects(names.iter().map(String::as_str));
    if !known.are_all {
        return Err(Refusal::Withheld(Withheld::Unproven));
    }
    let accounts = accounts.iter().map(|account| {
        let values = vec![(redaction::Kind::Username, account.clone())];
        Subject { name: account.clone(), values, ..Subject::default() }
    });
    Ok(known.subjects.into_iter().chain(accounts).collect())
}
