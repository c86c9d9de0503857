//! The ledger's last word about every row that entries vouch for, held against the rows.

use std::collections::HashMap;

use serde_json::Value;

use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::ledger::entry::{self, Entry};
use crate::store::Conn;
use crate::store::rows::jobs::JobRow;
use crate::store::rows::ledger;

use super::{Checks, FaultKind};
use crate::archive::bound::{Bound, ROWS};
use crate::archive::cells;
use crate::archive::jobs::Heard;
use crate::archive::refusal::Refusal;

/// Parts of cells that records have none of. The numbers of renditions belong to a case; only those of a record
/// without one lie beside the record, and nothing of its own is amiss then.
const OF_NO_RECORD: [&str; 11] = [
    cells::PROFILE,
    cells::PURPOSE,
    cells::ITEMS,
    cells::REQUEST,
    cells::RESULT,
    cells::RESULT_HEADER,
    cells::REDACTION,
    cells::SECOND_FACTOR,
    cells::SECOND_FACTOR_NEW,
    cells::POLICY,
    cells::REPORT,
];

/// The first half of an address's SHA-256: a million addresses take little memory.
type Key = [u8; 16];

/// The last word about one address.
struct Word {
    /// The entry that said it.
    seq: u64,
    /// What the row's digest must be.
    digest: Digest,
    /// True once the row was found.
    met: bool,
}

/// The ledger's last words.
#[derive(Default)]
pub(super) struct Vouched {
    words: HashMap<Key, Word>,
    /// Every job that was ordered, those that have ended too.
    jobs: HashMap<Key, Heard>,
}

/// A row that was found, under the address by which entries speak of it.
pub(super) struct Found<'a> {
    /// The table.
    pub table: &'a str,
    /// The address.
    pub address: &'a str,
    /// The digest of what stands there.
    pub digest: Digest,
}

impl Vouched {
    /// Takes in what an entry vouches for. Versions are compared at once, elsewhere.
    pub(super) fn hear(&mut self, checks: &mut Checks<'_>, seq: u64, entry: &Entry) {
        let Some(rows) = entry.facts.get(ROWS).and_then(Value::as_object) else { return };
        for (address, digest) in rows.iter().filter(|(address, _)| !address.starts_with("version/")) {
            if address.starts_with("job/") {
                self.jobs.entry(key(address)).or_default().hear(entry, digest);
            }
            match digest {
                Value::Null => drop(self.words.remove(&key(address))),
                Value::String(hex) => match Digest::parse_hex(hex) {
                    Ok(digest) => {
                        self.words.insert(key(address), Word { seq, digest, met: false });
                    }
                    Err(_) => malformed(checks, seq, address),
                },
                _ => malformed(checks, seq, address),
            }
        }
    }

    /// What entries say of a job; `None` if none does.
    pub(super) fn of_job(&self, job: &JobRow) -> Option<&Heard> {
        self.jobs.get(&key(&Bound::Job(job.id).address()))
    }

    /// True if an entry speaks of the address.
    pub(super) fn knows(&self, address: &str) -> bool {
        self.words.contains_key(&key(address))
    }

    /// Holds a row against the last word about it.
    pub(super) fn meet(&mut self, checks: &mut Checks<'_>, found: &Found<'_>) {
        self.meet_any(checks, found, &[]);
    }

    /// As [`Self::meet`]; one of `others` is as good as the row's own digest.
    pub(super) fn meet_any(&mut self, checks: &mut Checks<'_>, found: &Found<'_>, others: &[Digest]) {
        let subject = format!("{} {}", found.table, rest(found.address));
        match self.words.get_mut(&key(found.address)) {
            None => {
                let detail = "no entry speaks of it";
                add(checks, FaultKind::RowUnknown, found.address, subject, detail.to_owned());
            }
            Some(word) => {
                word.met = true;
                if word.digest != found.digest && !others.contains(&word.digest) {
                    let kind = match found.address.starts_with("cell/") {
                        true => FaultKind::CellChanged,
                        false => FaultKind::RowDiffers,
                    };
                    let detail = format!("it is not as entry {} says that it was written", word.seq);
                    add(checks, kind, found.address, subject, detail);
                }
            }
        }
    }

    /// Names what entries vouch for and nothing was found of.
    pub(super) fn name_missing(self, conn: &mut Conn, checks: &mut Checks<'_>) -> Result<(), Refusal> {
        let mut missing: HashMap<u64, Vec<Key>> = HashMap::new();
        for (key, word) in self.words.into_iter().filter(|(_, word)| !word.met) {
            missing.entry(word.seq).or_default().push(key);
        }
        let mut seqs: Vec<u64> = missing.keys().copied().collect();
        seqs.sort_unstable();
        for seq in seqs {
            let Some(row) = ledger::entry(conn, seq)? else { continue };
            let Ok(entry) = entry::decode(&row.body) else { continue };
            let rows = entry.facts.get(ROWS).and_then(Value::as_object);
            let keys = missing.get(&seq).map(Vec::as_slice).unwrap_or_default();
            let named = rows.into_iter().flat_map(serde_json::Map::keys);
            // A session ends by time, without an entry.
            let lasting = named.filter(|address| !address.starts_with("session/"));
            for address in lasting.filter(|address| keys.contains(&key(address))) {
                let kind = fault_of_missing(address);
                let detail = format!("entry {seq} speaks of it, but it is not there");
                add(checks, kind, address, address.clone(), detail);
            }
        }
        Ok(())
    }
}

/// What it means that nothing stands at an address.
fn fault_of_missing(address: &str) -> FaultKind {
    let part = address.strip_prefix("cell/").and_then(|rest| rest.split_once('/')).map(|(_, part)| part);
    match part {
        None => FaultKind::RowMissing,
        Some(cells::REDACTION) => FaultKind::NumbersMissing,
        Some(part) if OF_NO_RECORD.contains(&part) => FaultKind::WordsMissing,
        Some(_) => FaultKind::HeaderMissing,
    }
}

fn malformed(checks: &mut Checks<'_>, seq: u64, address: &str) {
    checks.report.add(FaultKind::EntryMalformed, seq.to_string(), format!("no digest for {address}"));
}

/// Adds a fault; what belongs to a record is named with it.
fn add(checks: &mut Checks<'_>, kind: FaultKind, address: &str, subject: String, detail: String) {
    let record = address.strip_prefix("cell/").and_then(|rest| rest.split_once('/'));
    // The profile of a case, a user and so on is a cell too, but of no record.
    let record = record.filter(|(_, part)| !OF_NO_RECORD.contains(part));
    match record.and_then(|(owner, _)| RecordId::parse(owner).ok()) {
        Some(record) => checks.report.add_to_record(kind, record, subject, detail),
        None => checks.report.add(kind, subject, detail),
    }
}

fn rest(address: &str) -> &str {
    address.split_once('/').map_or(address, |(_, rest)| rest)
}

fn key(address: &str) -> Key {
    let mut key = [0; 16];
    for (to, from) in key.iter_mut().zip(Digest::of(address.as_bytes()).as_bytes()) {
        *to = *from;
    }
    key
}
