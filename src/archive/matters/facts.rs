//! What the ledger says of matters, made from the same rows that the database holds: the writers
//! enter these facts, `verify` makes them again from the rows and compares.

use serde_json::{Value, json};

use crate::base::canonical;
use crate::base::digest::Digest;
use crate::store::rows::matters::{MatterPersonRow, MatterRow};

/// The clear columns of a matter and its people.
pub(in crate::archive) fn standing(row: &MatterRow, people: &[MatterPersonRow]) -> Value {
    let mut people: Vec<Value> = people
        .iter()
        .map(|person| json!({"duty": person.duty, "user": person.user_id.to_string()}))
        .collect();
    people.sort_by_key(ToString::to_string);
    json!({
        "created_by": row.created_by.to_string(),
        "evidence_deadline": row.evidence_deadline.map(|date| date.to_string()),
        "hearing_on": row.hearing_on.map(|date| date.to_string()),
        "kind": row.kind,
        "people": people,
        "state": row.state,
    })
}

/// The facts of a `matter_opened` or `matter_changed` entry that wrote the matter's words anew;
/// `profile` is their commitment, `None` where the words stayed as they were.
pub(in crate::archive) fn of_matter(
    row: &MatterRow,
    people: &[MatterPersonRow],
    profile: Option<Digest>,
) -> Value {
    json!({"matter": standing(row, people), "profile": profile.map(Digest::to_hex)})
}

/// The state of a matter as one value: another revision means that something of it changed.
/// `profile` is the digest of the sealed profile.
pub(in crate::archive) fn revision(row: &MatterRow, people: &[MatterPersonRow], profile: Digest) -> Digest {
    let state = json!({"matter": standing(row, people), "profile": profile.to_hex()});
    Digest::of(&canonical::to_bytes(&state))
}
