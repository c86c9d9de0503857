//! `custody.csv` (保管链记录): what the ledger said of the items' records when the list was frozen, in the
//! ledger's order, and the entry that froze it. It follows from the entries alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::base::id::RecordId;
use crate::ledger::entry::Entry;

use super::layout::ItemNumber;
use super::table::Table;

const COLUMNS: &[&str] = &["seq", "at", "event", "version", "items", "subject", "actor", "entry", "proof"];

/// The rows, gathered in any order.
#[derive(Default)]
pub(super) struct Custody {
    items: BTreeMap<String, BTreeSet<ItemNumber>>,
    rows: BTreeMap<u64, Row>,
}

struct Row {
    at: String,
    event: &'static str,
    /// The version that a capture or an amendment brought.
    version: String,
    subject: String,
    actor: String,
    entry: String,
    proof: String,
}

impl Custody {
    /// Notes that `item` is about `record`.
    pub(super) fn item(&mut self, item: ItemNumber, record: RecordId) {
        self.items.entry(record.to_string()).or_default().insert(item);
    }

    /// True if there is a row for the entry at `seq`.
    pub(super) fn has(&self, seq: u64) -> bool {
        self.rows.contains_key(&seq)
    }

    /// Adds the entry at `seq`, which lies at `paths` (entry, proof). An entry that two items
    /// share is listed once, where it was met first.
    pub(super) fn add(&mut self, seq: u64, entry: &Entry, paths: (String, String)) {
        self.rows.entry(seq).or_insert_with(|| Row {
            at: entry.at.to_rfc3339(),
            event: entry.kind.as_str(),
            version: version_of(entry),
            subject: entry.subject.clone(),
            actor: entry.actor.to_string(),
            entry: paths.0,
            proof: paths.1,
        });
    }

    /// Positions of the entries about the items' records, ascending.
    pub(super) fn about_items(&self) -> impl Iterator<Item = u64> + '_ {
        self.rows.iter().filter(|(_, row)| self.items.contains_key(&row.subject)).map(|(seq, _)| *seq)
    }

    /// Positions of entries about something else.
    pub(super) fn about_others(&self) -> impl Iterator<Item = u64> + '_ {
        self.rows.iter().filter(|(_, row)| !self.items.contains_key(&row.subject)).map(|(seq, _)| *seq)
    }

    /// Where the entry at `seq` lies in the bundle.
    pub(super) fn entry_at(&self, seq: u64) -> String {
        self.rows.get(&seq).map(|row| row.entry.clone()).unwrap_or_default()
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut table = Table::new(COLUMNS);
        for (seq, row) in &self.rows {
            let items = self
                .items
                .get(&row.subject)
                .map(|items| items.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
            table.row(&[
                seq.to_string(),
                row.at.clone(),
                row.event.to_owned(),
                row.version.clone(),
                items.unwrap_or_default(),
                row.subject.clone(),
                row.actor.clone(),
                row.entry.clone(),
                row.proof.clone(),
            ]);
        }
        table.into_bytes()
    }
}

fn version_of(entry: &Entry) -> String {
    let version = entry.facts.get("version").and_then(Value::as_u64);
    let version = version.filter(|_| entry.kind.takes_a_version_in());
    version.map(|version| version.to_string()).unwrap_or_default()
}
