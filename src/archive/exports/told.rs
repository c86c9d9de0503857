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
use crate::bundle::frozen::{Correction, FrozenVersions};
use crate::bundle::plan::PlannedItem;
use crate::ledger::entry::EntryKind;
use crate::record::lineage::LinkKind;
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
    /// Which of the records others correct.
    corrections: BTreeSet<Correction>,
}

/// What the ledger tells of a record besides what is in one of its versions.
#[derive(Debug, Clone, Default)]
pub(in crate::archive) struct Standing {
    /// Its newest version.
    pub newest: u64,
    /// The records that correct it, in the order of their ids.
    pub corrected_by: Vec<RecordId>,
}

/// The standing of records, of which some may not exist.
///
/// # Errors
/// As [`signed::read`].
pub(in crate::archive) fn standing_of(
    conn: &mut Conn,
    vkey: &str,
    records: HashSet<RecordId>,
) -> Result<HashMap<RecordId, Standing>, Refusal> {
    let told = Told::of(conn, vkey, &Asked::Records(records))?;
    let mut all: HashMap<RecordId, Standing> = HashMap::new();
    for (record, known) in &told.records {
        all.entry(*record).or_default().newest = known.version;
    }
    for Correction { record, by } in told.corrections {
        all.entry(record).or_default().corrected_by.push(by);
    }
    Ok(all)
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
    #[serde(default)]
    links: Value,
}

impl Facts {
    /// The records that this version says it corrects.
    fn corrects(&self) -> impl Iterator<Item = RecordId> + '_ {
        let links = self.links.as_array().into_iter().flatten();
        let corrects = LinkKind::Corrects.as_str();
        let links = links.filter(move |link| link.get("kind").and_then(Value::as_str) == Some(corrects));
        links.filter_map(|link| RecordId::parse(link.get("to")?.as_str()?).ok())
    }
}

impl Told {
    /// Reads it out of the ledger.
    ///
    /// # Errors
    /// As [`signed::read`].
    pub(super) fn of(conn: &mut Conn, vkey: &str, asked: &Asked) -> Result<Self, Refusal> {
        let mut records: HashMap<RecordId, Record> = HashMap::new();
        let mut corrections = BTreeSet::new();
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
            if kind.takes_a_version_in() {
                let corrected = facts.corrects().filter(|record| records.contains_key(record));
                corrections.extend(corrected.map(|record| Correction { record, by: id }));
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
        Ok(Self { size, records, corrections })
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

    /// The newest version of a record; 1 for one that the ledger does not know.
    pub(super) fn newest(&self, record: RecordId) -> u64 {
        self.records.get(&record).map_or(1, |record| record.version)
    }

    /// Refuses a record that the ledger knows.
    ///
    /// # Errors
    /// [`Refusal::Damaged`].
    pub(super) fn knows_nothing_of(&self, record: RecordId) -> Result<(), Refusal> {
        if self.records.contains_key(&record) { Err(damaged(Thing::Record)) } else { Ok(()) }
    }

    /// Entries that the ledger has.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The positions of the entries of which the custody log tells, ascending.
    pub(super) fn positions(&self, items: &[PlannedItem]) -> Vec<u64> {
        let told = in_custody(items);
        let records = told.iter().filter_map(|record| self.records.get(record));
        let mut positions: Vec<u64> = records.flat_map(|record| record.positions.iter().copied()).collect();
        positions.sort_unstable();
        positions
    }

    /// What there is of the same records besides the items, and which of them others correct.
    pub(super) fn versions(&self, items: &[PlannedItem]) -> (FrozenVersions, BTreeSet<Correction>) {
        let told = in_custody(items);
        let mut corrections = self.corrections.clone();
        corrections.retain(|correction| told.contains(&correction.record));
        let newest = |record| self.records.get(&record).map_or(0, |record| record.version);
        let items = items.iter().filter(|item| told.contains(&item.record));
        let versions =
            FrozenVersions::new(items.map(|item| (item.record, item.version)), newest, &corrections);
        (versions, corrections)
    }
}

/// The records of which the custody log tells.
fn in_custody(items: &[PlannedItem]) -> BTreeSet<RecordId> {
    items.iter().filter(|item| item.is_in_custody()).map(|item| item.record).collect()
}

/// True if an entry is about one of these records, or would bring another into the case: a list that was frozen
/// before it is not the list any more.
pub(super) fn touches(
    (kind, subject, facts): (EntryKind, &str, &Value),
    records: &BTreeSet<RecordId>,
    case: Option<CaseId>,
) -> bool {
    let facts = Facts {
        case: facts.get("case").cloned().unwrap_or_default(),
        version: Value::Null,
        links: facts.get("links").cloned().unwrap_or_default(),
    };
    let of_record = RecordId::parse(subject).is_ok_and(|id| records.contains(&id));
    let into_case = case.is_some_and(|case| kind.takes_a_version_in() && facts.case == case.to_string());
    let corrects = kind.takes_a_version_in() && facts.corrects().any(|record| records.contains(&record));
    of_record || into_case || corrects
}

fn damaged(thing: Thing) -> Refusal {
    tracing::error!(?thing, "the database has other records than the ledger: run muniment verify");
    Refusal::Damaged(thing)
}
