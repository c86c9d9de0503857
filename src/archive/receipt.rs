//! What the submitter gets in hand: which record, when, which digests, where in the ledger.

use crate::base::digest::Digest;
use crate::base::id::{CaseId, ComponentId, RecordId};
use crate::base::moment::Moment;

/// One component of a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptComponent {
    /// The component.
    pub component: ComponentId,
    /// Length of the content in bytes.
    pub bytes: u64,
    /// SHA-256 of the content. It is stored nowhere: a replayed receipt has it because the content was sent again, and
    /// lacks it where that is not shown to be what was captured (entries of a log that were erased since).
    pub digest: Option<Digest>,
}

/// Where a ledger entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerPlace {
    /// Its index, from 0.
    pub index: u64,
    /// Entries of a signed checkpoint that covers it: of the one that was signed with it, or, told later, of the
    /// newest.
    pub size: u64,
}

/// A capture receipt (归档回执).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The record.
    pub record: RecordId,
    /// The version that this capture made, from 1.
    pub version: u32,
    /// The case it lies in.
    pub case: Option<CaseId>,
    /// True if the capture opened that case.
    pub case_opened: bool,
    /// When it was captured.
    pub captured_at: Moment,
    /// Days from the event to its capture, where they are so many that it counts as late (补录).
    pub late_days: Option<u32>,
    /// The contents, in the order of the request.
    pub components: Vec<ReceiptComponent>,
    /// The ledger entry of the capture.
    pub ledger: LedgerPlace,
    /// Entries, for a segment of a bulk log.
    pub entries: Option<u64>,
    /// True if this capture had been acknowledged before and nothing was added.
    pub replayed: bool,
}
