//! Captures the rows of a foreign export. The row itself is the evidence: it is kept as JSON, every
//! column under its own name, beside the fields that the mapping profile made of it.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::record::feed::{ManifestRow, Table, TableFault};
use crate::record::request::CaptureDefaults;

use super::caller::Caller;
use super::refusal::{Refusal, Thing};
use super::stage::Declared;
use super::{Archive, Receipt};

/// The name of the component that holds the row. It does not change with the row's place in the export:
/// a repeated export has to be known again.
const ROW_FILE: &str = "row.json";
/// Rows that wait for the same commit.
const TOGETHER: usize = 16;

/// What became of one row.
pub type RowOutcome = Result<Receipt, RowRefusal>;

/// Why a row was not captured.
#[derive(Debug)]
pub enum RowRefusal {
    /// Its cells are wrong.
    Faults(Vec<TableFault>),
    /// The archive refuses it.
    Refused(Refusal),
}

impl Archive {
    /// Asks whether the caller may try a mapping out.
    ///
    /// # Errors
    /// Not permitted.
    pub fn may_preview_feed(&self, caller: &Caller) -> Result<(), Refusal> {
        let create = (Action::Create, Resource::Feed);
        caller.permit(create, Some(&Target::archive()), Thing::Archive, self.inner.now()).map(|_| ())
    }

    /// Captures rows, several at a time, and tells what became of each, in their order. A row that the
    /// archive has already (source, external id and revision) is not captured again.
    ///
    /// # Errors
    /// Not permitted. What is wrong with one row is that row's outcome.
    pub fn capture_rows(
        &self,
        caller: &Caller,
        table: &Table,
        rows: &[ManifestRow],
        defaults: &CaptureDefaults,
    ) -> Result<Vec<RowOutcome>, Refusal> {
        let own = Target::of_user(caller.user());
        caller.permit((Action::Create, Resource::Record), Some(&own), Thing::Record, self.inner.now())?;
        let next = AtomicUsize::new(0);
        let outcomes: Mutex<Vec<(usize, RowOutcome)>> = Mutex::new(Vec::with_capacity(rows.len()));
        std::thread::scope(|scope| {
            for _ in 0..TOGETHER.min(rows.len()) {
                scope.spawn(|| {
                    let mut caller = caller.clone();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(row) = rows.get(number) else { return };
                        let outcome = self.capture_row(&mut caller, table, row, defaults);
                        outcomes.lock().unwrap_or_else(PoisonError::into_inner).push((number, outcome));
                    }
                });
            }
        });
        let mut outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
        outcomes.sort_by_key(|(number, _)| *number);
        Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
    }

    fn capture_row(
        &self,
        caller: &mut Caller,
        table: &Table,
        row: &ManifestRow,
        defaults: &CaptureDefaults,
    ) -> RowOutcome {
        let mut described = row.clone();
        if let Value::Object(members) = &mut described.capture {
            let component = json!([{"name": ROW_FILE, "media_type": "application/json"}]);
            members.insert("components".to_owned(), component);
        }
        let capture = described.check(defaults).map_err(RowRefusal::Faults)?;
        // Once for all rows that follow, and not in the write of each.
        self.inner.keep_up(caller).map_err(RowRefusal::Refused)?;
        let staged = self.stage(&content_of(table, row.line), Declared::default());
        let captured = staged.and_then(|staged| self.capture(caller, capture, vec![staged]));
        captured.map_err(RowRefusal::Refused)
    }
}

/// The row as it came, every cell under its column's name.
fn content_of(table: &Table, line: u64) -> Vec<u8> {
    // Rows stand in the order of their lines.
    let found = table.rows.binary_search_by_key(&line, |row| row.line).ok();
    let row = found.and_then(|number| table.rows.get(number));
    let whole: Map<String, Value> = table
        .headers
        .iter()
        .enumerate()
        .filter_map(|(number, header)| Some((header.clone(), Value::from(row?.cell(number)))))
        .collect();
    Value::Object(whole).to_string().into_bytes()
}
