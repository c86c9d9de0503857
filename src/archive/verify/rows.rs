//! Rows against entries: whatever an entry speaks of must be there and say the same, and nothing
//! may be there that no entry speaks of.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::base::id::RecordId;
use crate::base::moment::{Clock as _, SystemClock};
use crate::bundle::name::BundleName;
use crate::ledger::entry::{self, Entry, EntryKind};
use crate::record::state::RecordState;
use crate::store::rows::{components, ledger, links, meta, parties, records, segments, versions};
use crate::store::{Conn, StoreError};

use super::standing::{self, Sealed};
use super::vouched::Vouched;
use super::{Checks, FaultKind, Phase, Progress, is_damage};
use crate::archive::bound::{BUNDLE_COUNTERS, ROWS};
use crate::archive::disposition;
use crate::archive::refusal::Refusal;
use crate::archive::version::{Again, since};

/// What the entries spoke of, counted; the tables must hold exactly as much.
#[derive(Default)]
struct Spoken {
    records: u64,
    versions: u64,
    components: u64,
    links: u64,
    party_parts: u64,
    segments: u64,
    /// The highest number of a bundle in each year.
    bundles: BTreeMap<u16, u32>,
}

/// Checks every row that the entries below `size` speak of, then counts the tables. Gives the results of jobs,
/// which are to be read.
pub(super) fn check(conn: &mut Conn, checks: &mut Checks<'_>, size: u64) -> Result<Vec<Sealed>, Refusal> {
    const BATCH: u32 = 500;
    let (mut spoken, mut vouched) = (Spoken::default(), Vouched::default());
    let mut next = 0;
    while next < size {
        let batch = match ledger::entries_from(conn, next, BATCH) {
            Ok(batch) => batch,
            // Named when the ledger was read; the rows of these entries are counted as unknown.
            Err(error) if is_damage(&error) => {
                next += u64::from(BATCH);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let Some(last) = batch.last() else { break };
        next = last.seq + 1;
        for row in &batch {
            if let Ok(entry) = entry::decode(&row.body) {
                vouched.hear(checks, row.seq, &entry);
                let heard = spoken.hear(conn, checks, row.seq, &entry);
                checks.unless_damaged("ledger_entries", heard)?;
            }
        }
        (checks.progress)(Progress { phase: Phase::Rows, done: next.min(size), total: size });
    }
    let compared = spoken.compare(conn, checks);
    checks.unless_damaged("records", compared)?;
    standing::check(conn, checks, vouched, SystemClock.now())
}

impl Spoken {
    fn hear(
        &mut self,
        conn: &mut Conn,
        checks: &mut Checks<'_>,
        seq: u64,
        entry: &Entry,
    ) -> Result<(), Refusal> {
        match entry.kind {
            EntryKind::Captured | EntryKind::Amended | EntryKind::SegmentCaptured => {
                self.versions += 1;
                if entry.kind != EntryKind::Amended {
                    self.records += 1;
                }
                if entry.kind == EntryKind::SegmentCaptured {
                    self.segments += 1;
                }
                self.count_parts(&entry.facts);
                version(conn, checks, seq, entry)
            }
            EntryKind::ExportBegun => {
                let name = entry.facts.get("bundle").and_then(Value::as_str);
                if let Some(name) = name.and_then(|name| BundleName::parse(name).ok()) {
                    let highest = self.bundles.entry(name.year()).or_default();
                    *highest = name.number().max(*highest);
                }
                Ok(())
            }
            EntryKind::ArchiveCreated => {
                let named = entry.facts.get("local_operator").and_then(Value::as_str);
                standing::local_operator(conn, checks, named)
            }
            _ => Ok(()),
        }
    }

    fn count_parts(&mut self, facts: &serde_json::Map<String, Value>) {
        let items =
            |name: &str| facts.get(name).and_then(Value::as_array).map_or(0, |list| list.len() as u64);
        self.components += items("components");
        self.links += items("links");
        self.party_parts += items("parties");
    }

    fn compare(&self, conn: &mut Conn, checks: &mut Checks<'_>) -> Result<(), Refusal> {
        let name = |(year, highest): (&u16, &u32)| (format!("{BUNDLE_COUNTERS}{year}"), *highest);
        let mut counters: BTreeMap<String, u32> = self.bundles.iter().map(name).collect();
        for unspoken in meta::keys_beginning(conn, BUNDLE_COUNTERS)? {
            counters.entry(unspoken).or_insert(0);
        }
        for (counter, highest) in &counters {
            standing::counter(conn, checks, counter, *highest)?;
        }
        checks.report.records = records::count_all(conn)?;
        checks.report.versions = versions::count_all(conn)?;
        checks.report.components = components::count_all(conn)?;
        let counted = [
            ("records", self.records, checks.report.records),
            ("versions", self.versions, checks.report.versions),
            ("components", self.components, checks.report.components),
            ("links", self.links, links::count_all(conn)?),
            ("record_parties", self.party_parts, parties::count_parts(conn)?),
            ("segments", self.segments, segments::count_all(conn)?),
        ];
        for (table, entered, stored) in counted {
            if stored > entered {
                let detail = format!("{stored} rows are stored, the ledger speaks of {entered}");
                checks.report.add(FaultKind::RowUnknown, table, detail);
            } else if stored < entered {
                let detail = format!("{stored} rows are stored, the ledger speaks of {entered}");
                checks.report.add(FaultKind::RowMissing, table, detail);
            }
        }
        Ok(())
    }
}

/// Makes the facts of one version again from its rows and holds them against the entry.
fn version(conn: &mut Conn, checks: &mut Checks<'_>, seq: u64, entry: &Entry) -> Result<(), Refusal> {
    let number = entry.facts.get("version").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let (Ok(record), Some(number)) = (RecordId::parse(&entry.subject), number) else {
        checks.report.add(FaultKind::EntryMalformed, seq.to_string(), "names no version of a record");
        return Ok(());
    };
    let left = match erased_since(conn, checks, seq, entry)? {
        Since::Nothing => None,
        Since::Left(left) => Some(left),
        Since::Unreadable => return Ok(()),
    };
    let entry = left.as_ref().unwrap_or(entry);
    match rows_of(conn, record, number, entry) {
        Ok(Some(made)) => {
            if !made.are_facts_of(entry) {
                let detail = format!("entry {seq} differs in: {}", differing(&made.facts, &entry.facts));
                checks.report.add_to_record(
                    FaultKind::RowDiffers,
                    record,
                    format!("version {number}"),
                    detail,
                );
            }
            if !made.is_vouched_by(entry) {
                let detail = format!("its rows are not as entry {seq} says that they were written");
                let subject = format!("version {number}");
                checks.report.add_to_record(FaultKind::RowDiffers, record, subject, detail);
            }
            if let Some(detail) = made.amiss {
                checks.report.add_to_record(FaultKind::RowDiffers, record, "record", detail);
            }
            sealed(&made, checks, record);
            Ok(())
        }
        Ok(None) => {
            let detail = format!("entry {seq} speaks of it, but its rows are not there");
            checks.report.add_to_record(FaultKind::RowMissing, record, format!("version {number}"), detail);
            Ok(())
        }
        Err(Refusal::Store(StoreError::Corrupt { table, id, why })) => {
            checks.report.add_to_record(FaultKind::RowCorrupt, record, format!("{table} {id}"), why);
            Ok(())
        }
        Err(Refusal::Store(error)) if is_damage(&error) => {
            let subject = format!("version {number}");
            checks.report.add_to_record(FaultKind::DatabaseDamaged, record, subject, error.to_string());
            Ok(())
        }
        Err(other) => Err(other),
    }
}

/// What became of a segment since it was captured.
enum Since {
    Nothing,
    /// What of it is left, as its entry would say it.
    Left(Entry),
    /// An entry says that some of it was erased, and not what is left.
    Unreadable,
}

/// Looks for the newest entry by which some of the segment was erased that `captured` speaks of. That it is about
/// this segment and of this kind was held against its bytes when the ledger was read.
fn erased_since(
    conn: &mut Conn,
    checks: &mut Checks<'_>,
    seq: u64,
    captured: &Entry,
) -> Result<Since, Refusal> {
    if captured.kind != EntryKind::SegmentCaptured {
        return Ok(Since::Nothing);
    }
    let (subject, kind) = (Some(captured.subject.as_str()), Some(EntryKind::EntryErased));
    let wanted = ledger::EntryFilter { subject, kind, ..ledger::EntryFilter::default() };
    let found = match ledger::page(conn, wanted, 1) {
        // Named when the ledger was read.
        Err(error) if is_damage(&error) => return Ok(Since::Unreadable),
        found => found?,
    };
    let Some(row) = found.first() else { return Ok(Since::Nothing) };
    let left = entry::decode(&row.body).ok().and_then(|erasure| since(captured, &erasure));
    Ok(left.map_or_else(
        || {
            let detail = format!("says not what it left of the segment of entry {seq}");
            checks.report.add(FaultKind::EntryMalformed, row.seq.to_string(), detail);
            Since::Unreadable
        },
        Since::Left,
    ))
}

fn sealed(made: &Again, checks: &mut Checks<'_>, record: RecordId) {
    if made.descriptor.0 != made.descriptor.1 {
        let detail = "the sealed descriptor has another SHA-256 than recorded";
        checks.report.add_to_record(FaultKind::DescriptorChanged, record, "descriptor", detail);
    }
    if made.offsets.is_some_and(|(is, was)| is != was) {
        let detail = "the sealed table of entries has another SHA-256 than recorded";
        checks.report.add_to_record(FaultKind::SegmentChanged, record, "offsets", detail);
    }
}

fn rows_of(conn: &mut Conn, record: RecordId, number: u32, entry: &Entry) -> Result<Option<Again>, Refusal> {
    match records::get(conn, record)? {
        Some(row) => {
            let brought = brought_to(conn, record)?;
            Again::of(conn, (&row, brought), number, entry)
        }
        None => Ok(None),
    }
}

/// The state to which the newest entry about its disposition brought a record. That the entries are about what
/// stands beside them was held against their bytes when the ledger was read.
fn brought_to(conn: &mut Conn, record: RecordId) -> Result<RecordState, Refusal> {
    let subject = record.to_string();
    let mut newest: Option<ledger::EntryRow> = None;
    for kind in disposition::OF_RECORDS {
        let wanted = ledger::EntryFilter {
            subject: Some(&subject),
            kind: Some(kind),
            ..ledger::EntryFilter::default()
        };
        let found = match ledger::page(conn, wanted, 1) {
            // Named when the ledger was read.
            Err(StoreError::Corrupt { .. }) => continue,
            found => found?,
        };
        let found = found.into_iter().next();
        newest = match (newest, found) {
            (Some(one), Some(other)) if one.seq > other.seq => Some(one),
            (one, other) => other.or(one),
        };
    }
    let entry = newest.and_then(|row| entry::decode(&row.body).ok());
    Ok(entry.map_or(RecordState::Active, |entry| disposition::state_after(entry.kind, &entry.facts)))
}

/// The names of the facts that differ.
fn differing(made: &Value, entered: &serde_json::Map<String, Value>) -> String {
    let Some(made) = made.as_object() else { return "everything".to_owned() };
    let mut names: Vec<&str> = made
        .iter()
        .filter(|(name, value)| entered.get(*name) != Some(value))
        .map(|(name, _)| name.as_str())
        .chain(entered.keys().map(String::as_str).filter(|name| *name != ROWS && !made.contains_key(*name)))
        .collect();
    names.sort_unstable();
    names.join(", ")
}
