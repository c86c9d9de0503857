//! What the caller hands over, and what comes of it.

use crate::base::digest::Digest;
use crate::base::secret::SecretBytes;
use crate::bundle::entry::ProvenEntry;
use crate::bundle::plan::Counts;
use crate::ledger::tree::Hash;
use crate::record::descriptor::Descriptor;
use crate::seal::commitment::CommitmentKey;

/// The descriptor of a record, released with the key of its commitment.
#[derive(Debug, Clone)]
pub struct ReleasedDescriptor {
    /// The descriptor.
    pub descriptor: Descriptor,
    /// The key of the commitment that the ledger holds to it.
    pub commitment_key: CommitmentKey,
}

/// One version of a record, with all its originals.
#[derive(Debug, Clone)]
pub struct RecordInput {
    /// The entry `captured`, `amended` or `segment_captured` of this version.
    pub entry: ProvenEntry,
    /// The descriptor, if it is released.
    pub descriptor: Option<ReleasedDescriptor>,
    /// The reference of its case.
    pub case_reference: Option<String>,
    /// The commitment key of each component, in the order of the entry.
    pub commitment_keys: Vec<CommitmentKey>,
}

/// Some entries of a bulk log.
#[derive(Debug, Clone)]
pub struct LogInput {
    /// The entry `segment_captured` of the segment.
    pub entry: ProvenEntry,
    /// The segment's descriptor, if it is released.
    pub descriptor: Option<ReleasedDescriptor>,
    /// The reference of its case.
    pub case_reference: Option<String>,
    /// The entries, in the order of the planned selection.
    pub entries: Vec<LogEntryInput>,
}

/// One entry of a bulk log.
#[derive(Debug, Clone)]
pub struct LogEntryInput {
    /// Its number in the segment, from 0.
    pub ordinal: u64,
    /// Its canonical JSON, without the line break.
    pub json: SecretBytes,
    /// Its own key: [`CommitmentKey::for_ordinal`]. Never the segment's.
    pub commitment_key: CommitmentKey,
    /// Its inclusion proof in the segment: [`crate::ledger::tree::small_inclusion`].
    pub hashes: Vec<Hash>,
}

/// What became of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The file name under which it is handed out; says PARTIAL if something is missing.
    pub file_name: String,
    /// How many items were asked for, and what became of them.
    pub counts: Counts,
    /// Files in the bundle.
    pub files: u64,
    /// Bytes of the evidence itself (`data/`).
    pub payload_bytes: u64,
    /// SHA-256 of `tagmanifest-sha512.txt`, which stands for everything in the bundle: fit for
    /// the entry `exported_finished`.
    pub digest: Digest,
}
