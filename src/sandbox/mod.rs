//! Floor 2: reads documents in a process of their own that can do nothing else.
//!
//! Promises that a document from outside meets nothing of the service: no file, no network, no key, no
//! environment, no other document; that whatever it does to the process that reads it ends as a
//! [`Refusal`] within the time given, with no process and no descriptor left behind. Must never send a byte
//! of a document to a process that has not said what it gave up, or take an answer that breaks the protocol.
//!
//! `docs/decisions/0052-a-process-per-document.md` says why it is as it is.

#[cfg(target_os = "linux")]
mod calls;
mod child;
mod confine;
mod descriptors;
#[cfg(target_os = "linux")]
mod files;
mod pool;
mod refusal;
mod seats;
mod worker;

pub use child::{VERB, serve, take_over};
pub use confine::Bounds;
pub use pool::{Demand, Documents, Tenant};
pub use refusal::{Crash, Refusal};
pub use worker::{Program, make_with, read_with};
