//! What a verification found.

use serde_json::{Value, json};

use crate::base::moment::Moment;

/// What kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// There is no signed checkpoint.
    CheckpointMissing,
    /// The checkpoint is not signed by the log's key, or is no checkpoint.
    CheckpointForged,
    /// The entries do not have the root that the checkpoint was signed over.
    TreeDiffers,
    /// A stored tile of the tree is not the one that the entries give.
    TileDiffers,
    /// An entry below the checkpoint is not there.
    EntryMissing,
    /// An entry is not the one whose hash the tree holds.
    EntryChanged,
    /// An entry's bytes are no entry.
    EntryMalformed,
    /// The columns beside an entry say something else than the entry.
    EntryColumns,
    /// An entry lies beyond the checkpoint.
    EntryUnsigned,
    /// A checkpoint that was kept elsewhere is over more entries than there are, or over others.
    RolledBack,
    /// A row that an entry speaks of is not there.
    RowMissing,
    /// A row that no entry speaks of.
    RowUnknown,
    /// A row says something else than its entry.
    RowDiffers,
    /// A row holds what this program never writes.
    RowCorrupt,
    /// A payload is not there.
    PayloadMissing,
    /// A payload has another length or hash than the ledger says.
    PayloadChanged,
    /// The result of a job is not there, although its time is not over.
    ResultMissing,
    /// The result of a job has another length or hash than the ledger says.
    ResultChanged,
    /// A sealed header or the keys of a version are not there.
    HeaderMissing,
    /// Sealed words, of a case, a party, a purpose and so on, are not there.
    WordsMissing,
    /// The secret and the numbers by which people are hidden in a case's renditions are not there.
    NumbersMissing,
    /// A sealed cell is not the one that was written.
    CellChanged,
    /// A sealed descriptor is not the one that the ledger says.
    DescriptorChanged,
    /// A segment's table of entries is not the one that the ledger says.
    SegmentChanged,
    /// The database's own check complains.
    DatabaseDamaged,
    /// A table, index, trigger, view or function is not as the migrations make it.
    SchemaDiffers,
    /// Deep: it does not decrypt with the keys at hand.
    Undecipherable,
    /// Deep: the plaintext is not the one that the ledger commits to.
    CommitmentDiffers,
}

impl FaultKind {
    /// The stable code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CheckpointMissing => "checkpoint_missing",
            Self::CheckpointForged => "checkpoint_forged",
            Self::TreeDiffers => "tree_differs",
            Self::TileDiffers => "tile_differs",
            Self::EntryMissing => "entry_missing",
            Self::EntryChanged => "entry_changed",
            Self::EntryMalformed => "entry_malformed",
            Self::EntryColumns => "entry_columns",
            Self::EntryUnsigned => "entry_unsigned",
            Self::RolledBack => "rolled_back",
            Self::RowMissing => "row_missing",
            Self::RowUnknown => "row_unknown",
            Self::RowDiffers => "row_differs",
            Self::RowCorrupt => "row_corrupt",
            Self::PayloadMissing => "payload_missing",
            Self::PayloadChanged => "payload_changed",
            Self::ResultMissing => "result_missing",
            Self::ResultChanged => "result_changed",
            Self::HeaderMissing => "header_missing",
            Self::WordsMissing => "words_missing",
            Self::NumbersMissing => "numbers_missing",
            Self::CellChanged => "cell_changed",
            Self::DescriptorChanged => "descriptor_changed",
            Self::SegmentChanged => "segment_changed",
            Self::DatabaseDamaged => "database_damaged",
            Self::SchemaDiffers => "schema_differs",
            Self::Undecipherable => "undecipherable",
            Self::CommitmentDiffers => "commitment_differs",
        }
    }
}

/// One fault: what, of which thing, and what exactly. Never content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind.
    pub kind: FaultKind,
    /// The record, where it belongs to one.
    pub record: Option<String>,
    /// The thing, in codes and ids: a component, an entry's position, a tile, a table. The words for it are
    /// the front doors' affair.
    pub subject: String,
    /// What exactly, in plain English for experts.
    pub detail: String,
}

/// Faults that are listed at most; more are counted.
pub const FAULTS_LISTED_MAX: usize = 10_000;

/// What was checked, and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries under the signed checkpoint.
    pub entries: u64,
    /// The root that it was signed over, hexadecimal; empty without a checkpoint.
    pub root: String,
    /// True if the log's public key was given by the caller or by the key directory.
    pub pinned: bool,
    /// When the newest entry says it was made; `None` if there is none that can be read.
    pub newest_at: Option<Moment>,
    /// Entries under the checkpoint that was kept elsewhere; `None` if none was compared.
    pub kept: Option<u64>,
    /// Records.
    pub records: u64,
    /// Versions of records.
    pub versions: u64,
    /// Components.
    pub components: u64,
    /// Bytes of payloads that were hashed.
    pub payload_bytes: u64,
    /// Sealed cells.
    pub cells: u64,
    /// Payloads that were decrypted too.
    pub decrypted: u64,
    /// Payload files that nothing names: left by a crash, swept after a day. No fault.
    pub orphans: u64,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// Faults beyond the limit of the list.
    pub more_faults: u64,
}

impl Report {
    /// As JSON, for the command line and for jobs.
    pub fn to_json(&self) -> Value {
        let fault = |fault: &Fault| {
            json!({
                "code": fault.kind.as_str(),
                "record": fault.record,
                "subject": fault.subject,
                "detail": fault.detail,
            })
        };
        json!({
            "ok": self.is_clean(),
            "entries": self.entries,
            "root": self.root,
            "newest_at": self.newest_at.map(Moment::to_rfc3339),
            "pinned": self.pinned,
            "kept": self.kept,
            "records": self.records,
            "versions": self.versions,
            "components": self.components,
            "payload_bytes": self.payload_bytes,
            "cells": self.cells,
            "decrypted": self.decrypted,
            "orphans": self.orphans,
            "faults": self.faults.iter().map(fault).collect::<Vec<_>>(),
            "more_faults": self.more_faults,
        })
    }

    /// True if nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    /// A database that cannot even be opened.
    pub(super) fn of_unreadable(why: String) -> Self {
        let mut report = Self::default();
        report.add(FaultKind::DatabaseDamaged, "database", why);
        report
    }

    pub(super) fn add(&mut self, kind: FaultKind, subject: impl Into<String>, detail: impl Into<String>) {
        self.push(Fault { kind, record: None, subject: subject.into(), detail: detail.into() });
    }

    pub(super) fn add_to_record(
        &mut self,
        kind: FaultKind,
        record: impl ToString,
        subject: impl Into<String>,
        detail: impl Into<String>,
    ) {
        let record = Some(record.to_string());
        self.push(Fault { kind, record, subject: subject.into(), detail: detail.into() });
    }

    fn push(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_LISTED_MAX {
            self.faults.push(fault);
        } else {
            self.more_faults += 1;
        }
    }
}
