//! The indexer: takes versions that are not in the search index, reads what they say, and writes keyed
//! tokens of their words.
//!
//! Promises that a record captured while the archive is idle is found within seconds, and that a record
//! that cannot be read stops no other. Must never write a readable word, keep captures waiting for more
//! than some milliseconds, or leave tokens of an older version behind.

mod bell;
mod plan;
mod text;
mod upkeep;
mod write;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::base::secret::SecretKey;
use crate::blob::Blobs;
use crate::seal::Keyring;
use crate::search::{ContentIndex, Matching, Query};
use crate::store::rows::{index, meta};
use crate::store::{Store, StoreError};

use super::refusal::Refusal;

use bell::{Bell, Heard};
use plan::plan;
use write::Turns;

pub(super) use plan::ENGINE;
pub(super) use text::{OpenSegment, OpenVersion, Reading, entry_text, is_current, is_damage};
pub use upkeep::RebuildProgress;

/// Versions that are looked for at once.
const BATCH: u32 = 64;
/// After a ring, how long more captures are waited for, so that they share a turn.
const LINGER: Duration = Duration::from_millis(200);
/// How often the indexer looks without being rung for.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// How long it waits after a failure of the database at first; each further failure doubles it.
const RETRY_FIRST: Duration = Duration::from_secs(1);
/// The meta row that names the engine of everything in the index.
pub(super) const ENGINE_ROW: &str = "search_engine";

/// The search index's side of an open archive.
pub(super) struct Indexing {
    worker: Arc<Worker>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Makes the tokens of queries; the worker's own is busy for long at times.
    asking: Mutex<Option<Tokens>>,
}

/// What the indexer needs: parts of the archive, never the archive itself, so that its lock is free as
/// soon as it is closed.
pub(super) struct Worker {
    store: Store,
    blobs: Arc<dyn Blobs>,
    keys: Arc<RwLock<Arc<Keyring>>>,
    bell: Bell,
    /// Held while one thread works through what is pending.
    tokens: Mutex<Option<Tokens>>,
}

/// The tokens of words under one key.
struct Tokens {
    key: SecretKey<32>,
    index: ContentIndex,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Nothing is pending.
    Done,
    /// The time was up, or the archive closes.
    Stopped,
}

impl Indexing {
    pub(super) fn new(store: Store, blobs: Arc<dyn Blobs>, keys: Arc<RwLock<Arc<Keyring>>>) -> Self {
        let worker = Worker { store, blobs, keys, bell: Bell::default(), tokens: Mutex::new(None) };
        Self { worker: Arc::new(worker), thread: Mutex::new(None), asking: Mutex::new(None) }
    }

    /// Says that something was captured.
    pub(super) fn ring(&self) {
        self.worker.bell.ring();
    }

    /// Starts the thread, if it does not run.
    pub(super) fn start(&self) -> Result<(), Refusal> {
        let mut thread = lock(&self.thread);
        if thread.is_none() {
            self.worker.bell.open();
            let worker = Arc::clone(&self.worker);
            let started = std::thread::Builder::new().name("muniment-indexer".to_owned());
            let started = started.spawn(move || worker.work());
            *thread =
                Some(started.map_err(|error| Refusal::Io { what: "start the indexer's thread", error })?);
        }
        Ok(())
    }

    /// Ends the thread after the turn that it writes.
    pub(super) fn stop(&self) {
        let thread = lock(&self.thread).take();
        if let Some(thread) = thread {
            self.worker.bell.close();
            // A thread that panicked has already said so, and holds nothing any more.
            drop(thread.join());
        }
    }

    /// What the index must match for a hit of `query`.
    pub(super) fn matching(&self, query: &Query, keys: &Keyring) -> Result<Matching, Refusal> {
        let mut asking = lock(&self.asking);
        Ok(tokens_of(&mut asking, keys)?.matching(query))
    }
}

impl Drop for Indexing {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Worker {
    /// The thread's whole life.
    fn work(&self) {
        let mut retry = RETRY_FIRST;
        loop {
            let wait = match self.run(None, &mut |_| {}) {
                Ok(_) => {
                    retry = RETRY_FIRST;
                    LOOK_AGAIN
                }
                // A node that only takes records in: another one indexes them.
                Err(Refusal::NoKey(what)) => {
                    tracing::info!(what, "this node does not index");
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, "indexing failed and is tried again");
                    let wait = retry;
                    retry = (retry * 2).min(LOOK_AGAIN);
                    // Rings that came meanwhile must not cut the wait short.
                    if self.bell.linger(wait) == Heard::Closed {
                        return;
                    }
                    Duration::ZERO
                }
            };
            match self.bell.wait(wait) {
                Heard::Closed => return,
                Heard::Rung if self.bell.linger(LINGER) == Heard::Closed => return,
                Heard::Rung | Heard::Nothing => {}
            }
        }
    }

    /// Works through what is pending, until `deadline` at the latest; `each` hears of every version.
    fn run(&self, deadline: Option<Instant>, each: &mut dyn FnMut(u64)) -> Result<Ended, Refusal> {
        let mut tokens = lock(&self.tokens);
        self.check_engine()?;
        self.run_with(&mut tokens, deadline, each)
    }

    fn run_with(
        &self,
        tokens: &mut Option<Tokens>,
        deadline: Option<Instant>,
        each: &mut dyn FnMut(u64),
    ) -> Result<Ended, Refusal> {
        let mut before = Vec::new();
        let mut turns = Turns::new(&self.store);
        loop {
            let keys = self.keys();
            let tokens = tokens_of(tokens, &keys)?;
            let pending = self.store.read(|conn| index::pending(conn, ENGINE, BATCH))?;
            if pending.is_empty() {
                self.tidy(deadline)?;
                return Ok(Ended::Done);
            }
            // Another node works on the same versions, or rows were changed by hand: not again at once.
            if pending == before {
                return Ok(Ended::Stopped);
            }
            for version in &pending {
                if self.is_over(deadline) {
                    turns.finish()?;
                    return Ok(Ended::Stopped);
                }
                let planned = self.store.read(|conn| {
                    // After the snapshot began, so that no key is older than what it opens.
                    let keys = self.keys();
                    plan(Reading { keys: &keys, blobs: self.blobs.as_ref() }, tokens, conn, *version)
                })?;
                turns.add(planned)?;
                each(1);
            }
            turns.finish()?;
            before = pending;
        }
    }

    /// Empties the index if another engine made it, or if the database lost it.
    fn check_engine(&self) -> Result<(), Refusal> {
        let fits = self.store.read(|conn| {
            let same = meta::get(conn, ENGINE_ROW)?.as_deref() == Some(ENGINE);
            Ok::<_, StoreError>(same && !index::postings_lost(conn, index::Domain::Content)?)
        })?;
        if fits {
            return Ok(());
        }
        tracing::info!("the search index is made anew");
        let emptied = self.store.maintain(|upkeep| {
            index::clear(upkeep.conn())?;
            meta::put(upkeep.conn(), ENGINE_ROW, ENGINE)
        });
        emptied.map_err(|error| Refusal::Store(error.into_cause()))
    }

    /// Puts the engine's small parts together, in short turns, while nothing else is to be done.
    fn tidy(&self, deadline: Option<Instant>) -> Result<(), Refusal> {
        while deadline.is_none() && !self.is_over(deadline) {
            let tidied = self.store.maintain(|upkeep| index::tidy(upkeep.conn()));
            if !tidied.map_err(|error| Refusal::Store(error.into_cause()))? {
                break;
            }
        }
        Ok(())
    }

    fn is_over(&self, deadline: Option<Instant>) -> bool {
        self.bell.is_closed() || deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    fn keys(&self) -> Arc<Keyring> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The tokens under the keyring's key; made when first asked for.
fn tokens_of<'t>(slot: &'t mut Option<Tokens>, keys: &Keyring) -> Result<&'t mut ContentIndex, Refusal> {
    if keys.identity.is_none() {
        return Err(Refusal::NoKey("service identity"));
    }
    let key = &keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?.content;
    if slot.as_ref().is_some_and(|tokens| tokens.key != *key) {
        *slot = None;
    }
    let fresh = || Tokens { key: key.clone(), index: ContentIndex::new(key) };
    Ok(&mut slot.get_or_insert_with(fresh).index)
}
