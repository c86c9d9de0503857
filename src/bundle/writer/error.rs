use std::io;

use crate::bundle::entry::BadCapture;
use crate::ledger::checkpoint::CheckpointError;
use crate::ledger::tree::BadProof;

/// Why a bundle cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// An earlier call failed; what was written must be thrown away.
    #[error("an earlier failure left this bundle beyond finishing")]
    Poisoned,
    /// The instant cannot be stated in a ZIP.
    #[error("a ZIP states years from 1980 to 2107")]
    Created,
    /// No items, or more than six digits can number.
    #[error("a bundle has 1 to 999999 items; this one has {items}")]
    Items {
        /// Items planned.
        items: usize,
    },
    /// A text of the plan that is not one clean line.
    #[error("the {field} is not one line of text")]
    Line {
        /// Which one.
        field: &'static str,
    },
    /// The checkpoint is not one of this log.
    #[error("the checkpoint is refused: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The entry `exported_begun` freezes another list.
    #[error("the entry exported_begun does not freeze this list of items under this name")]
    Begun,
    /// The entry takes no record in.
    #[error("{0}")]
    Entry(#[from] BadCapture),
    /// The entry is not shown to be in the log.
    #[error("entry {seq} is not shown to be in the log: {source}")]
    NotInLog {
        /// The position it claims.
        seq: u64,
        /// What is wrong with the proof.
        source: BadProof,
    },
    /// Not the item that the plan has next.
    #[error("not the next item of the frozen list")]
    NotPlanned,
    /// Items of the plan were not written.
    #[error("the items from {next} on were not written")]
    ItemsMissing {
        /// The first of them.
        next: String,
    },
    /// Not one commitment key per component.
    #[error("item {item} needs one commitment key per component")]
    CommitmentKeys {
        /// The item.
        item: String,
    },
    /// The original or the descriptor is not the one that the ledger committed to.
    #[error("{path} is not what the ledger committed to")]
    Commitment {
        /// Where it would lie.
        path: String,
    },
    /// A log entry is not the one that the segment's root covers.
    #[error("entry {ordinal} of item {item} is not in the segment")]
    LogEntry {
        /// The item.
        item: String,
        /// The entry's number.
        ordinal: u64,
    },
    /// More or fewer bytes than the ledger says.
    #[error("{path} should have {expected} bytes, and {found} came (or more)")]
    Length {
        /// Where it would lie.
        path: String,
        /// Bytes that the ledger names.
        expected: u64,
        /// Bytes that came before the end, or before it was too much.
        found: u64,
    },
    /// Custody entries must come in the ledger's order.
    #[error("custody entry {seq} does not ascend")]
    CustodyOrder {
        /// Its position.
        seq: u64,
    },
    /// The custody entries are not those that `exported_begun` freezes.
    #[error("the custody entries are not those that the entry exported_begun freezes")]
    Custody,
    /// An original could not be read.
    #[error("{path} could not be read: {source}")]
    Source {
        /// Where it would lie.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The output could not be written.
    #[error("the bundle could not be written: {0}")]
    Io(#[source] io::Error),
}
