//! Gives the receipt of an earlier capture again.

use crate::base::digest::Digest;
use crate::base::id::{CaseId, RecordId};
use crate::base::limits::PARTIES_MAX;
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::record::occurred::{LATE_AFTER_DAYS, Occurred};
use crate::seal::commitment::commit;
use crate::store::Conn;
use crate::store::rows::components::Presence;
use crate::store::rows::{components, ledger, records, segments, versions};

use super::Inner;
use super::receipt::{LedgerPlace, Receipt, ReceiptComponent};
use super::refusal::{Refusal, Thing};

/// Entries between the one that opened a case and that of the capture that did: it registers its parties there.
const ENTRIES_OF_A_CAPTURE_MAX: u64 = PARTIES_MAX as u64 + 2;

/// The receipt of `version` of `record`, made anew from its rows, for a request that sent `contents` once more.
/// Digests of contents are stored nowhere: told again is what came again, where the commitment shows that it is it.
pub(super) fn again(
    inner: &Inner,
    (record, version): (RecordId, u32),
    contents: &[Digest],
) -> Result<Receipt, Refusal> {
    let keys = inner.keys();
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
        let mut told = Vec::new();
        let mut sent = contents.iter();
        for row in components::of_version(conn, record, version)? {
            let digest = match sent.next().filter(|_| row.state == Presence::Present) {
                None => None,
                Some(digest) => {
                    let header = inner.source(&keys, conn, &row)?.header;
                    let is_it = commit(&header.commitment_key, *digest).digest() == row.commitment;
                    is_it.then_some(*digest)
                }
            };
            told.push(ReceiptComponent { component: row.id, bytes: row.bytes, digest });
        }
        let case_opened = match row.case_id.filter(|_| version == 1) {
            None => false,
            Some(case) => opened_by(conn, case, (entry, version_row.captured_at))?,
        };
        Ok(Receipt {
            record,
            version,
            case: row.case_id,
            case_opened,
            captured_at: version_row.captured_at,
            late_days: occurred.late_by_days(version_row.captured_at, LATE_AFTER_DAYS),
            components: told,
            ledger: LedgerPlace { index: entry, size },
            entries: segments::get(conn, record)?.map(|segment| segment.entries),
            replayed: true,
        })
    })
}

/// True if the capture at this position and time opened the case: it wrote both entries together, and no other
/// capture stands between them.
fn opened_by(conn: &mut Conn, case: CaseId, (captured, at): (u64, Moment)) -> Result<bool, Refusal> {
    let Some(opened) = ledger::first_about(conn, &case.to_string())? else { return Ok(false) };
    let between = captured.saturating_sub(opened.seq);
    if opened.kind != EntryKind::CaseOpened || opened.at != at || between > ENTRIES_OF_A_CAPTURE_MAX {
        return Ok(false);
    }
    let entries = ledger::entries_from(conn, opened.seq, u32::try_from(between).unwrap_or(0))?;
    Ok(captured > opened.seq && !entries.iter().any(|entry| is_capture(entry.kind)))
}

const fn is_capture(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Captured | EntryKind::Amended | EntryKind::SegmentCaptured)
}

/// The position of the entry that captured `version` of `record`.
pub(super) fn capture_entry(conn: &mut Conn, record: RecordId, version: u32) -> Result<Option<u64>, Refusal> {
    let entries = ledger::about(conn, &record.to_string())?.into_iter();
    let captures = entries.filter(|entry| is_capture(entry.kind));
    // Versions are captured in their order: the n-th capture of a record is its n-th version.
    Ok(usize::try_from(version)
        .ok()
        .and_then(|number| captures.map(|entry| entry.seq).nth(number.checked_sub(1)?)))
}
