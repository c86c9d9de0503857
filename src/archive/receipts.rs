//! Gives the receipt of an earlier capture again.

use crate::base::id::RecordId;
use crate::ledger::entry::EntryKind;
use crate::record::occurred::{LATE_AFTER_DAYS, Occurred};
use crate::store::rows::{components, ledger, records, segments, versions};

use super::Inner;
use super::receipt::{LedgerPlace, Receipt, ReceiptComponent};
use super::refusal::{Refusal, Thing};

/// The receipt of `version` of `record`, made anew from its rows.
pub(super) fn again(inner: &Inner, record: RecordId, version: u32) -> Result<Receipt, Refusal> {
    inner.store.read(|conn| {
        let lost = Refusal::Damaged(Thing::Record);
        let (Some(row), Some(version_row)) =
            (records::get(conn, record)?, versions::get(conn, record, version)?)
        else {
            return Err(lost);
        };
        let number = usize::try_from(version).ok().and_then(|number| number.checked_sub(1));
        let ledger = inner.ledgered(conn)?;
        let captures = ledger.must_be_whole(conn, &row)?;
        let entry = number.and_then(|number| captures.get(number)).ok_or(lost)?.seq;
        let size = ledger.size();
        let occurred =
            Occurred { on: version_row.occurred_on, at: version_row.occurred_at, zone: version_row.zone };
        let component = |row: components::ComponentRow| ReceiptComponent {
            component: row.id,
            bytes: row.bytes,
            digest: None,
        };
        Ok(Receipt {
            record,
            version,
            case: row.case_id,
            case_opened: false,
            captured_at: version_row.captured_at,
            late_days: occurred.late_by_days(version_row.captured_at, LATE_AFTER_DAYS),
            components: components::of_version(conn, record, version)?.into_iter().map(component).collect(),
            ledger: LedgerPlace { index: entry, size },
            entries: segments::get(conn, record)?.map(|segment| segment.entries),
            replayed: true,
        })
    })
}

/// The position of the entry that captured `version` of `record`.
pub(super) fn capture_entry(
    conn: &mut crate::store::Conn,
    record: RecordId,
    version: u32,
) -> Result<Option<u64>, Refusal> {
    let captures = ledger::about(conn, &record.to_string())?.into_iter().filter(|entry| {
        matches!(entry.kind, EntryKind::Captured | EntryKind::Amended | EntryKind::SegmentCaptured)
    });
    // Versions are captured in their order: the n-th capture of a record is its n-th version.
    Ok(usize::try_from(version)
        .ok()
        .and_then(|number| captures.map(|entry| entry.seq).nth(number.checked_sub(1)?)))
}
