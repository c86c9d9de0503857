//! Exports: a frozen list of evidence becomes a bundle that strangers can verify.
//!
//! The list is entered in the ledger before the first byte is written, so that nobody can shorten
//! it afterwards; the end is entered too, with what became of each item.

mod ask;
mod begin;
mod select;
#[cfg(test)]
mod tests;
mod write;

use crate::base::id::{ApprovalId, ExportId};
use crate::base::moment::Moment;
use crate::blob::Spool;
use crate::bundle::name::BundleName;
use crate::bundle::plan::{Counts, PlannedItem};
use crate::record::request::CaseRef;

use super::records::EntryName;

/// What is to be exported.
#[derive(Debug, Clone)]
pub enum Selection {
    /// Every record of a case, in its current version.
    Case(CaseRef),
    /// These records and entries of bulk logs.
    Ids(Vec<EntryName>),
}

/// An export that somebody asks for.
#[derive(Clone)]
pub struct ExportRequest {
    /// What.
    pub selection: Selection,
    /// What for. Kept sealed; the ledger holds its commitment.
    pub purpose: String,
    /// Who hands it out, as it stands in the bundle; one line.
    pub organization: String,
    /// What it is about, as it stands in the bundle; one line.
    pub description: Option<String>,
    /// The second person's approval.
    pub approval: Option<ApprovalId>,
}

/// An export that has begun: its list is frozen and entered.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The export.
    pub id: ExportId,
    /// The bundle's name.
    pub name: BundleName,
    /// When it began.
    pub at: Moment,
    /// The frozen list, with what becomes of each item as far as it is known.
    pub items: Vec<PlannedItem>,
    /// False if nobody could countersign it.
    pub countersigned: bool,
    /// Position of the entry that froze the list.
    pub ledger_index: u64,
    organization: String,
    description: Option<String>,
}

/// A finished export. The bundle lies in a sealed spool file until it is fetched or dropped.
pub struct Exported {
    /// What had begun.
    pub begun: Begun,
    /// The file name under which the bundle is handed out.
    pub file_name: String,
    /// What became of the items.
    pub counts: Counts,
    /// The bundle: a ZIP.
    pub bundle: Spool,
    /// Its length in bytes.
    pub bytes: u64,
    /// SHA-256 of the ZIP, for the recipient to compare.
    pub digest: crate::base::digest::Digest,
}
