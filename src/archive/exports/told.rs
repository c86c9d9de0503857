//! What the ledger tells of the records of an export: which there are in a case, which version of each is
//! the newest, and every entry about them. The list of an export is held against it, since a record, a
//! version or a reading that was taken out of the database would otherwise be missing from a package that
//! verifies.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Deserialize;
use serde_json::Value;

use crate::archive::refusal::{Refusal, Thing};
use crate::archive::signed::{self, Lean};
use crate::base::id::{CaseId, RecordId};
use crate::bundle::frozen::FrozenCustody;
use crate::bundle::plan::PlannedItem;
use crate::ledger::entry::EntryKind;
use crate::store::Conn;

/// Of which records the ledger is asked.
pub(super) enum Asked {
    /// These.
    Records(HashSet<RecordId>),
    /// All of a case.
    Case(CaseId),
}

/// What it tells.
pub(super) struct Told {
    /// Entries that the ledger has.
    size: u64,
    records: HashMap<RecordId, Record>,
}

struct Record {
    version: u64,
    /// Positions of the entries about it, ascending.
    positions: Vec<u64>,
}

/// What is asked for of an entry.
#[derive(Deserialize)]
struct Facts {
    #[serde(default)]
    case: Value,
    #[serde(default)]
    version: Value,
}

impl Told {
    /// Reads it out of the ledger.
    ///
    /// # Errors
    /// As [`signed::read`].
    pub(super) fn of(conn: &mut Conn, vkey: &str, asked: &Asked) -> Result<Self, Refusal> {
        let mut records: HashMap<RecordId, Record> = HashMap::new();
        let size = signed::read(conn, vkey, &mut |position, body| {
            let Lean { kind, subject, facts } = signed::lean::<Facts>(body)?;
            let Ok(id) = RecordId::parse(subject) else { return Ok(()) };
            let is_first = matches!(kind, EntryKind::Captured | EntryKind::SegmentCaptured);
            let is_asked = match asked {
                Asked::Records(ids) => ids.contains(&id),
                Asked::Case(case) => facts.case == case.to_string(),
            };
            if is_first && is_asked {
                records.insert(id, Record { version: 1, positions: Vec::new() });
            }
            if let Some(record) = records.get_mut(&id) {
                record.positions.push(position);
                if kind == EntryKind::Amended {
                    let number = facts.version.as_u64();
                    record.version = number.ok_or_else(|| signed::broken("an entry names no version"))?;
                }
            }
            Ok(())
        })?;
        Ok(Self { size, records })
    }

    /// Refuses a case of which the database has other records than the ledger.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] with [`Thing::CaseRecords`].
    pub(super) fn are_all(&self, standing: impl Iterator<Item = RecordId>) -> Result<(), Refusal> {
        let standing: HashSet<RecordId> = standing.collect();
        match standing.len() == self.records.len() && standing.iter().all(|id| self.records.contains_key(id))
        {
            true => Ok(()),
            false => Err(damaged(Thing::CaseRecords)),
        }
    }

    /// Refuses a record of which the database has another version than the ledger as the newest.
    ///
    /// # Errors
    /// [`Refusal::Damaged`].
    pub(super) fn is_newest(&self, record: RecordId, version: u32) -> Result<(), Refusal> {
        match self.records.get(&record) {
            Some(told) if told.version == u64::from(version) => Ok(()),
            Some(_) | None => Err(damaged(Thing::Record)),
        }
    }

    /// Refuses a record that the ledger knows.
    ///
    /// # Errors
    /// [`Refusal::Damaged`].
    pub(super) fn knows_nothing_of(&self, record: RecordId) -> Result<(), Refusal> {
        if self.records.contains_key(&record) { Err(damaged(Thing::Record)) } else { Ok(()) }
    }

    /// What the custody log tells of, as of now: its extent, and the positions of its entries, ascending.
    pub(super) fn custody(&self, items: &[PlannedItem]) -> (FrozenCustody, Vec<u64>) {
        let told: BTreeSet<RecordId> =
            items.iter().filter(|item| item.is_in_custody()).map(|item| item.record).collect();
        let records = told.iter().filter_map(|record| self.records.get(record));
        let mut positions: Vec<u64> = records.flat_map(|record| record.positions.iter().copied()).collect();
        positions.sort_unstable();
        (FrozenCustody::new(self.size, positions.iter().copied()), positions)
    }
}

fn damaged(thing: Thing) -> Refusal {
    tracing::error!(?thing, "the database has other records than the ledger: run muniment verify");
    Refusal::Damaged(thing)
}
