//! Floor 3: what the archive does. One use case, one function, one file; each does five things in
//! this order: authorize, load, judge, write together with its ledger entry, report.
//!
//! Nothing here knows of HTTP or of the command line; both call the same functions.

pub mod approvals;
mod bound;
pub mod bulk;
pub mod caller;
mod capture;
pub mod cases;
mod cells;
pub mod customers;
mod descriptors;
pub mod exports;
mod facts;
mod indexing;
pub mod keys;
pub mod matters;
pub mod open;

mod parties;
pub mod place;
pub mod receipt;
mod receipts;
pub mod records;
pub mod refusal;
mod refusals;
mod rows;
pub mod search;
mod segment;
pub mod stage;
mod sweep;
mod upkeep;
pub mod users;
pub mod verify;
mod version;

#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock};

use crate::base::entropy::Entropy;
use crate::base::moment::{Clock, Moment};
use crate::blob::Blobs;
use crate::record::service_level::ServiceLevel;
use crate::seal::Keyring;
use crate::store::Store;

pub use caller::Caller;
pub use indexing::RebuildProgress;
pub use place::Place;
pub use receipt::Receipt;
pub use refusal::Refusal;

/// An archive that is open for reading and writing. Clones share it.
#[derive(Clone)]
pub struct Archive {
    // First: its thread has let go of the rest before that is dropped.
    upkeep: Arc<upkeep::Upkeep>,
    inner: Arc<Inner>,
}

/// What the use cases share.
struct Inner {
    // First, so that its thread has ended before the store closes and the lock is given back.
    indexing: indexing::Indexing,
    store: Store,
    blobs: Arc<dyn Blobs>,
    keys: Arc<RwLock<Arc<Keyring>>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    place: Place,
    hashing: users::HashGate,
    service_level: Arc<ServiceLevel>,
    failed_logins: users::Tally,
    refused: Arc<refusals::Refused>,
    _lock: place::Lock,
}

impl Inner {
    /// The keys of this moment; a rotation replaces them as a whole.
    fn keys(&self) -> Arc<Keyring> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn now(&self) -> Moment {
        self.clock.now()
    }
}
