//! The indexer: takes versions that are not in the search index, reads what they say, and writes keyed
//! tokens of their words.
//!
//! Promises that a record captured while the archive is idle is found within seconds, and that a record
//! that cannot be read stops no other. Must never write a readable word, keep captures waiting for more
//! than some milliseconds, or leave tokens of an older version behind.

mod aside;
mod background;
mod bell;
mod component;
#[cfg(test)]
mod component_tests;
mod documents;
#[cfg(test)]
mod edition_tests;
mod mark;
mod plan;
mod text;
mod upkeep;
mod write;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use crate::base::id::RecordId;
use crate::base::secret::SecretKey;
use crate::blob::Blobs;
use crate::sandbox::{Documents as Readers, Tenant};
use crate::seal::Keyring;
use crate::search::{ContentIndex, Matching, Query};
use crate::store::rows::index::{Domain, IndexRow};
use crate::store::rows::records::RecordRow;
use crate::store::rows::{index, meta};
use crate::store::{Conn, Store, StoreError};

use super::refusal::Refusal;

use plan::plan;

pub(super) use aside::{Aside, PutsAside, Slow};
pub(super) use background::{Background, Ended, PutOff, Task, give_way, give_way_by, guarded, step_back};
pub(super) use bell::Bell;
pub(super) use component::{Said, Unread, enter as enter_unread, is_of as is_refusal_of};
pub(super) use documents::{Documents, Kept, Plan, Write};
pub(super) use mark::Mark;
pub(super) use plan::ENGINE;
pub(super) use text::{
    BETWEEN, Found, OpenSegment, OpenVersion, Reading, WholeText, add, describe, entry_text, entry_text_of,
    is_current, is_damage, may_pass,
};
pub use upkeep::RebuildProgress;
pub(super) use write::{Turns, take_block, take_entries};

/// Versions that are looked for at once.
const BATCH: u32 = 64;
/// The meta row that names the engine of everything in the index.
pub(super) const ENGINE_ROW: &str = "search_engine";

/// The search index's side of an open archive.
pub(super) struct Indexing {
    worker: Arc<Worker>,
    background: Background<Worker>,
    slow: Background<Slow<Worker>>,
    /// Makes the tokens of queries; the worker's own is busy for long at times.
    asking: Mutex<Option<Tokens>>,
}

/// What the indexer needs: parts of the archive, never the archive itself, so that its lock is free as
/// soon as it is closed.
pub(super) struct Worker {
    store: Store,
    blobs: Arc<dyn Blobs>,
    documents: Arc<Readers>,
    keys: Arc<RwLock<Arc<Keyring>>>,
    bell: Bell,
    aside: Aside,
    /// Held while one thread works through what is pending.
    tokens: Mutex<Option<Tokens>>,
}

/// The tokens of words under one key.
struct Tokens {
    key: SecretKey<32>,
    index: ContentIndex,
}

impl Indexing {
    pub(super) fn new(
        store: Store,
        blobs: Arc<dyn Blobs>,
        documents: Arc<Readers>,
        keys: Arc<RwLock<Arc<Keyring>>>,
    ) -> Self {
        let (bell, aside, tokens) = (Bell::default(), Aside::default(), Mutex::new(None));
        let worker = Arc::new(Worker { store, blobs, documents, keys, bell, aside, tokens });
        let slow = Background::new(Arc::new(Slow(Arc::clone(&worker))));
        Self { background: Background::new(Arc::clone(&worker)), slow, worker, asking: Mutex::new(None) }
    }

    /// Says that something was captured.
    pub(super) fn ring(&self) {
        self.worker.bell.ring();
    }

    /// Starts the threads, if they do not run.
    pub(super) fn start(&self) -> Result<(), Refusal> {
        self.slow.start("muniment-index-slow")?;
        self.worker.aside.open();
        self.background.start("muniment-indexer")
    }

    /// Ends the threads after the turn that they write.
    pub(super) fn stop(&self) {
        self.background.stop();
        self.worker.aside.close();
        self.slow.stop();
    }

    /// The documents of a record's current version, as the index has them or will have them.
    ///
    /// # Errors
    /// No identity or index keys on this node, damage, or the database cannot be read.
    pub(super) fn standing(&self, conn: &mut Conn, row: &RecordRow) -> Result<Documents, Refusal> {
        let keys = self.worker.keys();
        let mut asking = lock(&self.asking);
        let tokens = tokens_of(&mut asking, &keys)?;
        let reading = Reading {
            keys: &keys,
            blobs: self.worker.blobs.as_ref(),
            documents: &self.worker.documents,
            tenant: Tenant::Person,
            until: None,
        };
        plan::documents(reading, tokens, conn, row, row.version).map(|made| made.documents)
    }

    /// Every block that the index has of a record, with the documents that they were put with.
    ///
    /// # Errors
    /// As [`Self::standing`]; [`Refusal::TooBusy`] while the index is made anew by another engine.
    pub(super) fn blocks(
        &self,
        conn: &mut Conn,
        row: &RecordRow,
    ) -> Result<Vec<(IndexRow, Documents)>, Refusal> {
        let keys = self.worker.keys();
        let mut asking = lock(&self.asking);
        let tokens = tokens_of(&mut asking, &keys)?;
        let reading = Reading {
            keys: &keys,
            blobs: self.worker.blobs.as_ref(),
            documents: &self.worker.documents,
            tenant: Tenant::Person,
            until: None,
        };
        let mut blocks = Vec::new();
        for block in index::of_record(conn, row.id, Domain::Content)? {
            if block.engine != ENGINE {
                return Err(Refusal::TooBusy { wait_seconds: 1 });
            }
            let made = plan::documents(reading, tokens, conn, row, block.version)?;
            blocks.push((block, made.documents));
        }
        Ok(blocks)
    }

    /// What the index must match for a hit of `query`.
    pub(super) fn matching(&self, query: &Query, keys: &Keyring) -> Result<Matching, Refusal> {
        let mut asking = lock(&self.asking);
        Ok(tokens_of(&mut asking, keys)?.matching(query))
    }
}

impl Task for Worker {
    const WHAT: &'static str = "indexing";

    fn bell(&self) -> &Bell {
        &self.bell
    }

    fn run(&self) -> Result<Ended, Refusal> {
        self.run_until(None, &mut |_| {})
    }
}

impl PutsAside for Worker {
    fn aside(&self) -> &Aside {
        &self.aside
    }

    fn work_on(&self, version: (RecordId, u32)) -> Result<(), Refusal> {
        let planned = self.plan(&mut None, version, None)?;
        enter_unread(&self.store, &planned.unread)?;
        let mut turns = Turns::new(&self.store);
        turns.add(planned)?;
        turns.finish()
    }
}

impl Worker {
    /// Works through what is pending, until `deadline` at the latest; `each` hears of every version.
    fn run_until(&self, deadline: Option<Instant>, each: &mut dyn FnMut(u64)) -> Result<Ended, Refusal> {
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
        let mut put_off = PutOff::default();
        loop {
            // Without keys there is nothing that this node can do.
            tokens_of(tokens, &self.keys())?;
            let most = put_off.beside(BATCH).saturating_add(self.aside.len());
            let pending = self.store.read(|conn| index::pending(conn, Domain::Content, ENGINE, most))?;
            let pending = self.aside.others(put_off.others(pending));
            if pending.is_empty() {
                self.tidy(deadline)?;
                return Ok(put_off.ended());
            }
            // Another node works on the same versions, or rows were changed by hand: not again at once.
            if pending == before {
                return Ok(Ended::Stopped);
            }
            for version in &pending {
                if self.is_over(deadline) || put_off.is_full() {
                    turns.finish()?;
                    return Ok(Ended::Stopped);
                }
                give_way(&self.store, &self.bell);
                // What is asked for by somebody who waits until a time is read as long as it takes.
                let until = self.aside.until().filter(|_| deadline.is_none());
                match self.plan(tokens, *version, until) {
                    Ok(planned) => {
                        enter_unread(&self.store, &planned.unread)?;
                        turns.add(planned)?;
                    }
                    Err(error) if may_pass(&error) => {
                        if !self.aside.takes(*version, until) {
                            put_off.add(*version, &error);
                        }
                    }
                    Err(error) => return Err(error),
                }
                each(1);
            }
            turns.finish()?;
            before = pending;
        }
    }

    /// What has to be done for one version. One at which the engine fails is damaged to it.
    fn plan(
        &self,
        tokens: &mut Option<Tokens>,
        version: (RecordId, u32),
        until: Option<Instant>,
    ) -> Result<Plan, Refusal> {
        let planned = self.store.read(|conn| {
            // After the snapshot began, so that no key is older than what it opens.
            let keys = self.keys();
            let tokens = tokens_of(tokens, &keys)?;
            let reading = Reading {
                keys: &keys,
                blobs: self.blobs.as_ref(),
                documents: &self.documents,
                tenant: Tenant::Indexing,
                until,
            };
            guarded(Self::WHAT, version, || plan(reading, tokens, conn, version)).transpose()
        })?;
        Ok(planned.unwrap_or_else(|| {
            *tokens = None;
            plan::damaged(version)
        }))
    }

    /// Empties the index if another engine made it, or if the database lost it.
    fn check_engine(&self) -> Result<(), Refusal> {
        let fits = self.store.read(|conn| {
            let same = meta::get(conn, ENGINE_ROW)?.as_deref() == Some(ENGINE);
            Ok::<_, StoreError>(same && !index::postings_lost(conn, Domain::Content)?)
        })?;
        if fits {
            return Ok(());
        }
        tracing::info!("the search index is made anew");
        let emptied = self.store.maintain(|upkeep| {
            index::clear(upkeep.conn(), Domain::Content)?;
            meta::put(upkeep.conn(), ENGINE_ROW, ENGINE)
        });
        emptied.map_err(|error| Refusal::Store(error.into_cause()))
    }

    /// Puts the engine's small parts together, in short turns, while nothing else is to be done.
    fn tidy(&self, deadline: Option<Instant>) -> Result<(), Refusal> {
        while deadline.is_none() && !self.is_over(deadline) {
            let tidied = self.store.maintain(|upkeep| index::tidy(upkeep.conn(), Domain::Content));
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

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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
