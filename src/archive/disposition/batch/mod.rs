//! Dispositions (处置批次): whole records that are reviewed together and destroyed one by one. What is known of one
//! is what its newest step in the ledger says, and a sealed list of its records.
//!
//! Promises: no record is sealed or destroyed but by the gate ([`super::gate::may_go`]), which judges it again in the
//! transaction that does it; what stops a record takes it out and leaves the others as they were approved; whatever
//! breaks off is gone on with from the ledger. Must never: enter a name, a word of a record, or what a hold says.

mod again;
mod certificate;
mod decide;
mod end;
mod enter;
mod execute;
mod list;
mod propose;
mod restore;
mod seal;
mod shred;
mod step;
#[cfg(test)]
mod tests;
mod told;
mod tombstone;
mod view;

pub use decide::Decided;
pub use execute::Carried;
pub(in crate::archive) use list::Item;
pub use propose::{NewDisposition, Proposed, ToDispose};
pub(super) use shred::Sealed;
pub use step::{Attendance, DispositionState, ReviewDecision, ReviewStage, ReviewVerdict};
pub(in crate::archive) use step::{Batch, OF_RECORDS, state_after};
pub(in crate::archive) use told::assigned;
pub use tombstone::Tombstone;
pub use view::{DispositionItem, DispositionLine, DispositionView};
