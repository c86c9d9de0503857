//! What takes evidence out of the archive for good. Everything that destroys passes one gate
//! (`gate::may_destroy`), inside the transaction that destroys; what is destroyed leaves a trace in the ledger
//! that names nobody.

mod batch;
mod clock;
mod copies;
mod erase;
mod gate;
mod read;
mod refusal;
mod request;
mod rewrite;
#[cfg(test)]
mod tests;
mod told;

pub use batch::{
    Attendance, Carried, Decided, DispositionItem, DispositionLine, DispositionState, DispositionView,
    NewDisposition, Proposed, ReviewDecision, ReviewStage, ReviewVerdict, ToDispose, Tombstone,
};
pub(super) use batch::{OF_RECORDS, assigned, state_after};
pub(super) use clock::{ClockGuard, Look};
pub use erase::Erasure;
pub use refusal::DispositionRefusal;
pub use request::ErasureRequest;
pub use told::ErasureView;
pub(super) use told::erased_in;
