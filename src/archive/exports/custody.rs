//! In which evidence packages a record went out: by the lists that the ledger froze, and by nothing that
//! stands beside it in clear.

use std::collections::HashMap;

use serde_json::Value;

use super::frozen::items_of;
use crate::archive::bound::{Bound, ROWS};
use crate::archive::cells::ITEMS;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::signed;
use crate::base::id::RecordId;
use crate::bundle::frozen::{items_digest, list_of};
use crate::ledger::entry::{self, Entry, EntryKind};
use crate::seal::Keyring;
use crate::store::{Conn, StoreError};

/// An entry about a record, or about a package that held it.
pub(in crate::archive) struct Package {
    /// Its position.
    pub seq: u64,
    /// Its bytes.
    pub body: Vec<u8>,
    /// The package's name; `None` for an entry about the record itself.
    pub name: Option<String>,
}

/// The few fields by which most entries are passed over.
#[derive(serde::Deserialize)]
struct Head<'e> {
    kind: &'e str,
    subject: &'e str,
}

/// Every entry about a record and about the packages that were to hold it, in the order of the ledger,
/// which is read from its beginning: what stands beside an entry could hide it.
///
/// Of a list that was frozen before lists were kept, nothing is known.
///
/// # Errors
/// As [`signed::read`]; [`Refusal::Damaged`] if a list is not there, or is not the one that was frozen.
pub(in crate::archive) fn packages_of(
    keys: &Keyring,
    conn: &mut Conn,
    vkey: &str,
    record: RecordId,
) -> Result<Vec<Package>, Refusal> {
    let subject = record.to_string();
    let malformed = || Refusal::from(StoreError::LedgerBroken { why: "an entry cannot be read".to_owned() });
    let mut found: Vec<(String, u64, Vec<u8>)> = Vec::new();
    let mut begun: Vec<Entry> = Vec::new();
    signed::read(conn, vkey, &mut |seq, body| {
        let head: Head<'_> = serde_json::from_slice(body).map_err(|_| malformed())?;
        let kind = EntryKind::parse(head.kind).ok_or_else(malformed)?;
        let of_export =
            matches!(kind, EntryKind::ExportBegun | EntryKind::ExportFinished | EntryKind::ExportDelivered);
        if of_export || head.subject == subject {
            found.push((head.subject.to_owned(), seq, body.to_vec()));
        }
        if kind == EntryKind::ExportBegun {
            begun.push(entry::decode(body)?);
        }
        Ok(())
    })?;
    let mut names: HashMap<String, String> = HashMap::new();
    for entry in &begun {
        if let Some(name) = name_if_held(keys, conn, entry, record)? {
            names.insert(entry.subject.clone(), name);
        }
    }
    let told = found.into_iter().filter_map(|(about, seq, body)| match names.get(&about) {
        Some(name) => Some(Package { seq, body, name: Some(name.clone()) }),
        None => (about == subject).then_some(Package { seq, body, name: None }),
    });
    Ok(told.collect())
}

/// The name of the package that an export began to make, if its list has the record.
fn name_if_held(
    keys: &Keyring,
    conn: &mut Conn,
    entry: &Entry,
    record: RecordId,
) -> Result<Option<String>, Refusal> {
    let kept = Bound::cell(&entry.subject, ITEMS).address();
    if entry.facts.get(ROWS).and_then(Value::as_object).is_none_or(|rows| !rows.contains_key(&kept)) {
        return Ok(None);
    }
    let damaged = || Refusal::Damaged(Thing::Export);
    let (name, frozen) = list_of(entry).ok_or_else(damaged)?;
    let items = items_of(keys, conn, &entry.subject)?;
    let digest = items_digest(items.iter().map(|item| (item.record, item.version, &item.entries)));
    if digest != frozen {
        return Err(damaged());
    }
    let held = items.iter().any(|item| item.record == record && item.is_in_custody());
    Ok(held.then(|| name.to_string()))
}
