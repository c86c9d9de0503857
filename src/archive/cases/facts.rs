//! What the ledger says of cases, made from the same rows that the database holds: the writers
//! enter these facts, `verify` makes them again from the rows and compares.
//!
//! Every entry that changes a case's row carries the row's whole clear standing, so that the last
//! of them must agree with the row. Tier and priority are words of the company's own and may hold
//! anything; they are sealed in the profile too, and the profile's commitment stands for them.

use serde_json::{Map, Value, json};

use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::id::PartyId;
use crate::store::rows::cases::{CaseEventRow, CasePartyRow, CaseRow, GapExplanationRow};

/// The clear columns of a case and its parties.
pub(in crate::archive) fn standing(row: &CaseRow, members: &[CasePartyRow]) -> Value {
    let mut parties: Vec<Value> = members
        .iter()
        .map(|member| json!({"party": member.party_id.to_string(), "role": member.role}))
        .collect();
    parties.sort_by_key(ToString::to_string);
    json!({
        "closed_at": row.closed_at.map(|at| at.to_rfc3339()),
        "created_by": row.created_by.to_string(),
        "language": row.language,
        "opened_at": row.opened_at.to_rfc3339(),
        "parties": parties,
        "state": row.state.as_str(),
        "zone": row.zone.name(),
    })
}

/// The fact that names each part that a party got in a case by a change.
pub(in crate::archive) const JOINED: &str = "joined";
/// The fact that names each part that a party lost.
pub(in crate::archive) const LEFT: &str = "left";

/// The facts of a `case_changed` entry: as for one that opens a case, and who joined and who left, so that in
/// how many cases a party is named can be counted without knowing each.
pub(in crate::archive) fn of_change(
    row: &CaseRow,
    (was, now): (&[CasePartyRow], &[CasePartyRow]),
    profile: Digest,
) -> Value {
    let mut facts = of_case(row, now, profile);
    let beyond = |these: &[CasePartyRow], those: &[CasePartyRow]| -> Vec<String> {
        let fresh = these.iter().filter(|member| !those.contains(member));
        fresh.map(|member| member.party_id.to_string()).collect()
    };
    if let Some(facts) = facts.as_object_mut() {
        for (name, parties) in [(JOINED, beyond(now, was)), (LEFT, beyond(was, now))] {
            if !parties.is_empty() {
                facts.insert(name.to_owned(), json!(parties));
            }
        }
    }
    facts
}

/// The facts of a `case_opened` entry. `profile` is the commitment to its words.
pub(in crate::archive) fn of_case(row: &CaseRow, members: &[CasePartyRow], profile: Digest) -> Value {
    json!({"case": standing(row, members), "profile": profile.to_hex()})
}

/// How many parts a party has in the case of which these are the facts of an entry.
pub(in crate::archive) fn parts_of(facts: &Map<String, Value>, party: PartyId) -> usize {
    let party = party.to_string();
    let parties = facts.get("case").and_then(|case| case.get("parties")).and_then(Value::as_array);
    let named = parties.into_iter().flatten().filter_map(|part| part.get("party"));
    named.filter(|named| named.as_str() == Some(party.as_str())).count()
}

/// The facts of a `case_event` or `case_event_cancelled` entry. `detail` is the commitment to its words.
pub(in crate::archive) fn of_event(
    event: &CaseEventRow,
    detail: Digest,
    row: &CaseRow,
    members: &[CasePartyRow],
) -> Value {
    json!({"case": standing(row, members), "detail": detail.to_hex(), "event": event_row(event)})
}

/// The clear columns of an event.
pub(in crate::archive) fn event_row(event: &CaseEventRow) -> Value {
    json!({
        "at": event.at.to_rfc3339(),
        "cancels": event.cancels.map(|id| id.to_string()),
        "id": event.id.to_string(),
        "kind": event.kind,
        "record": event.record_id.map(|id| id.to_string()),
        "recorded_at": event.recorded_at.to_rfc3339(),
        "recorded_by": event.recorded_by.to_string(),
        "zone": event.zone.name(),
    })
}

/// The facts of a `gap_explained` entry. `words` is the commitment to the explanation.
pub(in crate::archive) fn of_explanation(row: &GapExplanationRow, words: Digest) -> Value {
    json!({"explanation": explanation_row(row), "words": words.to_hex()})
}

/// The clear columns of an explanation.
pub(in crate::archive) fn explanation_row(row: &GapExplanationRow) -> Value {
    json!({
        "at": row.at.to_rfc3339(),
        "by": row.by_user.to_string(),
        "gap": row.gap,
        "id": row.id.to_string(),
        "record": row.record_id.map(|id| id.to_string()),
    })
}

/// The state of a case as one value: another revision means that something of it changed.
/// `profile` is the digest of the sealed profile. It is told to those who may read the case, for
/// `If-Match`, and stored nowhere.
pub(in crate::archive) fn revision(row: &CaseRow, members: &[CasePartyRow], profile: Digest) -> Digest {
    let state = json!({
        "case": standing(row, members),
        "priority": row.priority,
        "profile": profile.to_hex(),
        "tier": row.tier,
    });
    Digest::of(&canonical::to_bytes(&state))
}
