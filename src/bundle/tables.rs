//! The tables for people: `items.csv` with a row per file, `exceptions.csv` with a row per item
//! that is not in the bundle. Their columns are explained in `docs/formats/bundle.md`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::base::digest::to_hex;
use crate::base::id::RecordId;

use super::frozen::Correction;
use super::layout::ItemNumber;
use super::plan::{FailedReason, Outcome, PlannedItem, Selection, WithheldReason};
use super::record::{RecordParts, original_name, title};
use super::table::Table;

const ITEM_COLUMNS: &[&str] = &[
    "item",
    "document",
    "record",
    "version",
    "entries",
    "kind",
    "subkind",
    "category",
    "case",
    "case_reference",
    "jurisdiction",
    "title",
    "original_name",
    "occurred_on",
    "zone",
    "received_at",
    "entered_at",
    "late",
    "media_type",
    "bytes",
    "path",
    "sha256",
    "sha512",
    "ledger_seq",
];

const CORRECTION_COLUMNS: &[&str] = &["record", "corrected_by"];

const EXCEPTION_COLUMNS: &[&str] = &["item", "record", "version", "entries", "outcome", "reason"];

/// `items.csv` while it grows.
pub(super) struct Items(Table);

impl Items {
    pub(super) fn new() -> Self {
        Self(Table::new(ITEM_COLUMNS))
    }

    /// Adds the rows of one item: one per file.
    pub(super) fn add(&mut self, parts: &RecordParts<'_>) {
        let captured = parts.captured;
        let shared = |document: String, name: &str, file: [String; 5]| {
            let fact = |name: &str| captured.fact_text(name).to_owned();
            let late = captured.entry.facts.get("late").and_then(Value::as_bool);
            let [media_type, bytes, path, sha256, sha512] = file;
            [
                parts.item.to_string(),
                document,
                captured.record.to_string(),
                captured.version.to_string(),
                parts.selection.to_text(),
                fact("kind"),
                fact("subkind"),
                fact("category"),
                fact("case"),
                parts.case_reference.unwrap_or_default().to_owned(),
                fact("jurisdiction"),
                title(parts.descriptor).to_owned(),
                name.to_owned(),
                fact("occurred_on"),
                fact("zone"),
                fact("received_at"),
                captured.entry.at.to_rfc3339(),
                late.map(|late| late.to_string()).unwrap_or_default(),
                media_type,
                bytes,
                path,
                sha256,
                sha512,
                captured.seq.to_string(),
            ]
        };
        for (index, (component, file)) in captured.components.iter().zip(parts.files).enumerate() {
            let cells = [
                component.media_type.clone(),
                file.bytes.to_string(),
                file.path.clone(),
                file.sha256.to_hex(),
                to_hex(&file.sha512),
            ];
            let name = original_name(parts.descriptor, index).unwrap_or_default();
            self.0.row(&shared((index + 1).to_string(), name, cells));
        }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// `exceptions.csv` of a frozen list: the items at their numbers that are not exported.
pub(super) fn exceptions<'a>(items: impl Iterator<Item = (ItemNumber, &'a PlannedItem)>) -> Vec<u8> {
    let mut table = Table::new(EXCEPTION_COLUMNS);
    for (number, item) in items {
        if item.outcome == Outcome::Exported {
            continue;
        }
        let (outcome, reason) = item.outcome.words();
        table.row(&[
            number.to_string(),
            item.record.to_string(),
            item.version.to_string(),
            item.entries.to_text(),
            outcome.to_owned(),
            reason.to_owned(),
        ]);
    }
    table.into_bytes()
}

/// `corrections.csv`: which records of the list others correct, ascending.
pub(super) fn corrections(all: &BTreeSet<Correction>) -> Vec<u8> {
    let mut table = Table::new(CORRECTION_COLUMNS);
    for Correction { record, by } in all {
        table.row(&[record.to_string(), by.to_string()]);
    }
    table.into_bytes()
}

/// Reads `corrections.csv`.
///
/// # Errors
/// The first line (from 1) that the writer would not have written so.
pub(super) fn parse_corrections(bytes: &[u8]) -> Result<BTreeSet<Correction>, u64> {
    let mut all = BTreeSet::new();
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes.strip_prefix(b"\xEF\xBB\xBF").ok_or(1_u64)?);
    for (line, row) in (2_u64..).zip(reader.records()) {
        all.insert(row.ok().as_ref().and_then(correction).ok_or(line)?);
    }
    match super::table::first_difference(&corrections(&all), bytes) {
        None => Ok(all),
        Some(line) => Err(line),
    }
}

fn correction(row: &csv::StringRecord) -> Option<Correction> {
    let [record, by] = row.iter().collect::<Vec<_>>().try_into().ok()?;
    Some(Correction { record: RecordId::parse(record).ok()?, by: RecordId::parse(by).ok()? })
}

/// Reads `exceptions.csv`.
///
/// # Errors
/// The first line (from 1) that the writer would not have written so.
pub(super) fn parse_exceptions(bytes: &[u8]) -> Result<Vec<(ItemNumber, PlannedItem)>, u64> {
    let mut rows = Vec::new();
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes.strip_prefix(b"\xEF\xBB\xBF").ok_or(1_u64)?);
    for (line, row) in (2_u64..).zip(reader.records()) {
        rows.push(row.ok().as_ref().and_then(exception).ok_or(line)?);
    }
    let again = exceptions(rows.iter().map(|(number, item)| (*number, item)));
    match super::table::first_difference(&again, bytes) {
        None => Ok(rows),
        Some(line) => Err(line),
    }
}

fn exception(row: &csv::StringRecord) -> Option<(ItemNumber, PlannedItem)> {
    let mut cells = row.iter();
    let number = ItemNumber::parse(cells.next()?)?;
    let record = RecordId::parse(cells.next()?).ok()?;
    let version = cells.next()?.parse().ok()?;
    let entries = Selection::parse(cells.next()?)?;
    let outcome = match (cells.next()?, cells.next()?) {
        ("withheld", reason) => Outcome::Withheld(WithheldReason::parse(reason)?),
        ("failed", reason) => Outcome::Failed(FailedReason::parse(reason)?),
        _ => return None,
    };
    Some((number, PlannedItem { record, version, entries, outcome }))
}
