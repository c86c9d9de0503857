//! Steps that take two persons: one asks, another decides, the asker uses the decision once for
//! exactly what was asked. What was asked, with the reason, is sealed; the ledger knows who asked for
//! which action on which id, and who decided.

mod decide;
mod items;
mod list;
mod people;
mod request;
mod sealed;
mod target;
#[cfg(test)]
mod tests;
mod told;
mod use_once;

pub use items::{AskedItem, AskedItems};
pub use list::{Amiss, ApprovalCursor, ApprovalPage, ApprovalView, Asked, StoredState};
pub use request::ApprovalRequest;
pub use told::{Subject, Told};
pub(super) use use_once::{Countersign, Step};
