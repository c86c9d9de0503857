//! What takes evidence out of the archive for good. Everything that destroys passes one gate
//! (`gate::may_destroy`), inside the transaction that destroys; what is destroyed leaves a trace in the ledger
//! that names nobody.

mod clock;
mod erase;
mod gate;
mod read;
mod request;
mod rewrite;
#[cfg(test)]
mod tests;
mod told;

pub(super) use clock::{ClockGuard, Look};
pub use erase::Erasure;
pub use request::ErasureRequest;
pub use told::ErasureView;
pub(super) use told::erased_in;
