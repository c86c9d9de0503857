//! Exports: a frozen list of evidence becomes a bundle that strangers can verify.
//!
//! The list, and what the ledger has about its records by then, are entered in the ledger before the first
//! byte is written, so that nobody can shorten them afterwards; the end is entered too, with what became
//! of each item. The bundle is made by a job and lies sealed until it is fetched or its time is over.

mod ask;
mod begin;
mod custody;
#[cfg(test)]
mod custody_tests;
mod deliver;
mod end;
mod finish;
mod frozen;
mod name;
mod select;
mod show;
#[cfg(test)]
mod tests;
mod told;
#[cfg(test)]
mod version_tests;
mod withdraw;
mod write;

pub(super) use custody::packages_of;
pub use deliver::Delivery;
pub(super) use end::enter_end;
pub use name::{BadItemName, ItemName};
pub(super) use select::to_make_bundle;
pub use show::{ExportPlace, ExportView};
pub(super) use told::{Standing, standing_of};
pub(super) use withdraw::withdraw;

use std::collections::BTreeSet;

use crate::base::id::{ApprovalId, ExportId, JobId};
use crate::bundle::frozen::Correction;
use crate::bundle::name::BundleName;
use crate::bundle::plan::PlannedItem;
use crate::record::names::Reference;
use crate::record::request::CaseRef;

/// What is to be exported.
#[derive(Debug, Clone)]
pub enum Selection {
    /// Every record of a case, in its current version.
    Case(CaseRef),
    /// These records, versions of them, and entries of bulk logs.
    Ids(Vec<ItemName>),
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
    /// The key under which a repeated request is recognised.
    pub key: Option<Reference>,
}

/// An export that has begun: its list is frozen and entered.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The export.
    pub id: ExportId,
    /// The job that makes its bundle.
    pub job: JobId,
    /// The bundle's name.
    pub name: BundleName,
    /// The frozen list, with what becomes of each item as far as it is known.
    pub items: Vec<PlannedItem>,
    /// The positions of the entries that its custody log tells of, ascending.
    positions: Vec<u64>,
    /// Which of its records others correct.
    corrections: BTreeSet<Correction>,
    /// False if nobody could countersign it.
    pub countersigned: bool,
    organization: String,
    description: Option<String>,
    /// The signed checkpoint to which its proofs lead; fixed when its job is first worked on, so that a job
    /// that is taken up again makes the same bundle.
    checkpoint: Option<String>,
}

/// An export that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The export.
    pub id: ExportId,
    /// The job that makes its bundle.
    pub job: JobId,
    /// True if this answers a request that had been answered before.
    pub replayed: bool,
}
