//! One version of a record on its way into the database: everything that needs keys is made
//! before the transaction, everything that needs the database's present state inside it.

mod again;
mod found;
mod made;
#[cfg(test)]
mod tests;
mod written;

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::access::rights::ActorRights;
use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::base::secret::SecretKey;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::record::request::Capture;
use crate::seal::commitment::CommitmentKey;
use crate::seal::{Keyring, VersionKeys};
use crate::store::Tx;
use crate::store::rows::cells::CellRow;

use super::caller::Caller;
use super::facts::{self, Rows};
use super::origin::Origin;
use super::receipt::{LedgerPlace, Receipt, ReceiptComponent};
use super::refusal::Refusal;
use super::stage::Staged;
use super::{Inner, bound, cases, cells};

pub(super) use again::{Again, said_links, says_link, since};

/// A record that comes more days than this after the event is marked as late capture (补录).
pub const LATE_AFTER_DAYS: u32 = crate::record::occurred::LATE_AFTER_DAYS;

/// A segment of a bulk log: what its record has beside the usual.
pub(super) struct SegmentDraft {
    pub entries: u64,
    pub first_at: Moment,
    pub last_at: Moment,
    pub root: Digest,
    /// The offset table's plaintext.
    pub offsets: Zeroizing<Vec<u8>>,
}

/// A version that waits to be written.
pub(super) struct Draft {
    capture: Capture,
    staged: Vec<Staged>,
    origin: Origin,
    keys: Arc<Keyring>,
    rights: Arc<ActorRights>,
    fresh_id: RecordId,
    version_keys: VersionKeys,
    segment: Option<SegmentDraft>,
}

/// What a written version gives back.
pub(super) struct Outcome {
    receipt: Receipt,
    staged: Vec<Staged>,
}

impl Outcome {
    /// After the commit: the payloads are kept, and the receipt says where its entry stands.
    pub(super) fn acknowledge(mut self, index: u64, size: u64) -> Receipt {
        self.staged.iter_mut().for_each(Staged::keep);
        self.receipt.ledger = LedgerPlace { index, size };
        self.receipt
    }
}

/// The context under which a version's descriptor is sealed.
pub(super) fn descriptor_context(record: RecordId, version: u32) -> String {
    format!("descriptor/{record}/{version}")
}

/// The context under which a segment's offset table is sealed.
pub(super) fn offsets_context(record: RecordId, version: u32) -> String {
    format!("offsets/{record}/{version}")
}

/// The part of the cell that holds a version's keys.
pub(super) fn version_part(version: u32) -> String {
    format!("{}{version}", cells::VERSION)
}

impl Draft {
    pub(super) fn new(
        inner: &Inner,
        caller: &Caller,
        capture: Capture,
        staged: Vec<Staged>,
        origin: Origin,
    ) -> Self {
        let entropy = inner.entropy.as_ref();
        Self {
            keys: inner.keys(),
            rights: Arc::clone(&caller.rights),
            fresh_id: RecordId::generate(inner.clock.now(), entropy),
            version_keys: VersionKeys {
                key: SecretKey::generate(entropy),
                commitment_key: CommitmentKey::generate(entropy),
            },
            capture,
            staged,
            origin,
            segment: None,
        }
    }

    /// The record that it becomes, where it amends none.
    pub(super) const fn record(&self) -> RecordId {
        self.fresh_id
    }

    /// Makes the draft a segment of a bulk log.
    pub(super) fn with_segment(mut self, segment: SegmentDraft) -> Self {
        self.segment = Some(segment);
        self
    }

    /// Writes the version with its ledger entry, as `caller` stands now.
    ///
    /// # Errors
    /// [`Refusal::CapturedMeanwhile`] if a request with the same key or source was faster.
    pub(super) fn write(
        mut self,
        inner: &Inner,
        tx: &mut Tx<'_>,
        caller: &Caller,
    ) -> Result<Outcome, Refusal> {
        let at = tx.at();
        // The keys of this moment: a rotation or epoch turn may have passed since the content was sealed.
        self.keys = inner.keys();
        // And so may rights have changed.
        self.rights = Arc::clone(&caller.rights);
        let before = self.standing(tx)?;
        if !self.is_refused_before_it_writes(before.is_some()) {
            tx.guard()?;
        }
        let case = match &self.capture.case {
            Some(case) if before.is_none() => {
                Some(cases::find_or_open(inner, &self.keys, tx, case, &self.opening(at))?)
            }
            Some(_) | None => None,
        };
        let case_id = match &before {
            Some(row) => row.case_id,
            None => case.as_ref().map(|case| case.id),
        };
        let record_id = before.as_ref().map_or(self.fresh_id, |row| row.id);
        let version = before.as_ref().map_or(1, |row| row.version + 1);
        let links = self.links(inner, tx, record_id, at)?;
        let parties = self.parties(inner, tx, record_id, version)?;
        let rows = Rows {
            record: self.record_row(record_id, version, case_id, before.as_ref(), at),
            version: self.version_row(inner, record_id, version, at)?,
            components: self.component_rows(record_id, version),
            segment: self.segment_row(inner, record_id, version, case_id),
            parties,
            links,
        };
        let (cells, answer) = (self.cells(inner, &rows)?, self.answer(inner, &rows)?);
        self.enter(tx, &rows, &cells, before.is_some())?;
        self.insert(tx, &rows, (&cells, answer.as_ref()), before.is_some())?;
        let receipt = self.receipt(&rows, case.as_ref().is_some_and(|case| case.opened), at);
        Ok(Outcome { receipt, staged: self.staged })
    }

    /// True if nothing refuses this version once its first row is written. Not so where an upload is taken
    /// over, which another capture may have done, or where it names a record that stands; a new case and a
    /// new party guard themselves.
    fn is_refused_before_it_writes(&self, amends: bool) -> bool {
        let takes_over = self.staged.iter().any(|staged| staged.upload.is_some());
        !amends && !takes_over && self.segment.is_none() && self.capture.links.is_empty()
    }

    /// Enters the version in the ledger: the last entry of the use case.
    fn enter(&self, tx: &mut Tx<'_>, rows: &Rows, cells: &[CellRow], amends: bool) -> Result<(), Refusal> {
        let kind = match (&rows.segment, amends) {
            (Some(_), _) => EntryKind::SegmentCaptured,
            (None, true) => EntryKind::Amended,
            (None, false) => EntryKind::Captured,
        };
        let mut facts = facts::of_version(&rows.as_written())?;
        if let Some(facts) = facts.as_object_mut() {
            facts.insert(bound::ROWS.to_owned(), bound::of_capture(&rows.as_written(), cells));
        }
        tx.enter(EntryDraft {
            kind,
            subject: rows.record.id.to_string(),
            actor: Actor::User(self.rights.user),
            facts,
        })?;
        Ok(())
    }

    fn receipt(&self, rows: &Rows, case_opened: bool, at: Moment) -> Receipt {
        let component = |staged: &Staged| ReceiptComponent {
            component: staged.id,
            bytes: staged.sums.plain_bytes,
            digest: Some(staged.sums.plain_digest),
        };
        Receipt {
            record: rows.record.id,
            version: rows.version.version,
            case: rows.record.case_id,
            case_opened,
            captured_at: at,
            late_days: self.capture.occurred.late_by_days(at, LATE_AFTER_DAYS),
            components: self.staged.iter().map(component).collect(),
            // Known only after the commit.
            ledger: LedgerPlace { index: 0, size: 0 },
            entries: rows.segment.as_ref().map(|segment| segment.entries),
            replayed: false,
        }
    }
}
