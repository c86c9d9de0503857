//! What the custody log of an export tells of: every entry that the ledger had about its records when the
//! list was frozen. What is read or changed while the bundle is made comes later, and is not in it.

use crate::archive::refusal::Refusal;
use crate::base::id::RecordId;
use crate::bundle::plan::PlannedItem;
use crate::store::Conn;
use crate::store::rows::ledger;

/// Positions of the entries about the items' records in a ledger of `size` entries, ascending, none twice.
pub(super) fn positions(conn: &mut Conn, items: &[PlannedItem], size: u64) -> Result<Vec<u64>, Refusal> {
    let told = items.iter().filter(|item| item.is_in_custody()).map(|item| item.record);
    let mut records: Vec<RecordId> = told.collect();
    records.sort_unstable();
    records.dedup();
    let subjects: Vec<String> = records.iter().map(ToString::to_string).collect();
    Ok(ledger::positions_about(conn, &subjects, size)?)
}
