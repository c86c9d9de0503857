//! Floor 3: what the archive does. One use case, one function, one file; each does five things in
//! this order: authorize, load, judge, write together with its ledger entry, report.
//!
//! Nothing here knows of HTTP or of the command line; both call the same functions.

mod acting;
mod answered;
pub mod approvals;
mod bound;
pub mod bulk;
pub mod caller;
mod capture;
pub mod cases;
mod cells;
pub mod confirm_clock;
pub mod customers;
mod descriptors;
mod detection;
pub mod disposition;
pub mod events;
pub mod exports;
mod facts;
pub mod feeds;
pub mod fsck;
mod gone;
pub mod holds;
mod indexing;
pub mod jobs;
pub mod keys;
mod last_words;
pub mod ledger_export;
mod making;
pub mod matters;
pub mod open;
mod origin;
mod parties;
mod payloads;
pub mod place;
pub mod policies;
pub mod ready;
pub mod receipt;
mod receipts;
pub mod records;
pub mod refusal;
mod refusals;
pub mod retention;
mod rows;
pub mod search;
mod segment;
mod signed;
pub mod stage;
mod sweep;
mod taken;
mod upkeep;
pub mod uploads;
pub mod users;
pub mod verify;
mod version;
mod worded;

#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock};

use crate::base::entropy::Entropy;
use crate::base::moment::{Clock, Moment};
use crate::base::secret::SecretKey;
use crate::blob::Blobs;
use crate::keydir::IdentitySource;
use crate::record::service_level::ServiceLevel;
use crate::sandbox::{Documents, Tenant};
use crate::seal::Keyring;
use crate::store::Store;

pub use acting::Watch;
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
    // First, so that their threads have ended before the store closes and the lock is given back.
    indexing: indexing::Indexing,
    detection: detection::Detection,
    store: Store,
    /// What gives rights, as the ledger says: compared with the database before it is relied upon.
    last_words: Arc<last_words::LastWords>,
    blobs: Arc<dyn Blobs>,
    /// What reads documents.
    documents: Arc<Documents>,
    keys: Arc<RwLock<Arc<Keyring>>>,
    replacing: keys::Replacing,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    place: Place,
    /// Parties that captures may join.
    registered: parties::Registered,
    hashing: users::HashGate,
    service_level: Arc<ServiceLevel>,
    failed_logins: users::Tally,
    /// Bearers of tokens who were vouched for.
    remembered: users::Remembered,
    arriving: uploads::Arriving,
    /// Sealed results of jobs, apart from the evidence.
    results: Arc<dyn Blobs>,
    /// Policies that were opened, by their hashes.
    policies: policies::PolicyCache,
    tickets: jobs::Tickets,
    job_bell: jobs::JobBell,
    judging: Arc<jobs::JobBell>,
    /// Held while one thread judges what is pending.
    judging_work: std::sync::Mutex<()>,
    /// By which keys events reach records.
    known_keys: retention::KnownKeys,
    /// Rules that a test puts in force beside the archive's policies.
    #[cfg(test)]
    rules_in_force: RwLock<Vec<retention::Rules>>,
    last_look: ready::LastLook,
    /// How the archive was opened, for a verification that opens it once more.
    identity: IdentitySource,
    database: Option<String>,
    refused: Arc<refusals::Refused>,
    clock_guard: disposition::ClockGuard,
    _lock: place::Lock,
}

impl Archive {
    /// The key under which cursors are made: the same after a restart and on every node. `None` on a node
    /// without index keys.
    pub fn cursor_key(&self) -> Option<SecretKey<32>> {
        self.inner.carried_key("web.cursor")
    }
}

impl Inner {
    /// The keys of this moment; a rotation replaces them as a whole.
    fn keys(&self) -> Arc<Keyring> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A key that every process which opens this archive has, for what clients carry to and fro.
    fn carried_key(&self, purpose: &str) -> Option<SecretKey<32>> {
        let keys = self.keys();
        let index = keys.index.as_ref()?;
        let [first, second] = ["1", "2"].map(|half| index.lookup_token(purpose, half));
        let mut key = [0; 32];
        for (target, source) in key.iter_mut().zip(first.into_iter().chain(second)) {
            *target = source;
        }
        Some(SecretKey::take(&mut key))
    }

    /// With what somebody who waits reads sealed words.
    fn reading<'k>(&'k self, keys: &'k Keyring) -> indexing::Reading<'k> {
        let (blobs, documents) = (self.blobs.as_ref(), self.documents.as_ref());
        indexing::Reading { keys, blobs, documents, tenant: Tenant::Person, until: None }
    }

    fn now(&self) -> Moment {
        self.clock.now()
    }
}
