//! What the outside can ask of the indexer: start, stop, catch up now, how much is left, make anew.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::redaction::subject::FORMS;
use crate::store::rows::index::Domain;
use crate::store::rows::{index, meta};

use crate::archive::detection::{FORMS_ROW, WITHHELD_ROW, edition};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller};

use super::{ENGINE, ENGINE_ROW, lock};

/// How far making the index anew has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RebuildProgress {
    /// Versions done.
    pub done: u64,
    /// Versions in all.
    pub total: u64,
}

impl Archive {
    /// Starts what works beside the use cases: the threads of indexer, detector and upkeep. Does nothing if
    /// they run.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start_background(&self) -> Result<(), Refusal> {
        self.inner.indexing.start()?;
        self.inner.detection.start()?;
        self.upkeep.start(&self.inner)
    }

    /// Ends the background work, and waits for it. Dropping the last clone of the archive does the same.
    pub fn stop(&self) {
        self.inner.indexing.stop();
        self.inner.detection.stop();
        self.upkeep.stop();
    }

    /// Indexes here and now what is not in the search index, for at most so long; how many versions are
    /// left. For processes that end before a background thread would have got to it.
    ///
    /// # Errors
    /// No identity or index keys on this node, or the database refuses.
    pub fn index_pending(&self, longest: Duration) -> Result<u64, Refusal> {
        // A time beyond what the clock can say is no limit.
        let deadline = Instant::now().checked_add(longest);
        self.inner.indexing.worker.run_until(deadline, &mut |_| {})?;
        self.not_indexed()
    }

    /// How many versions are not in the search index yet.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn not_indexed(&self) -> Result<u64, Refusal> {
        Ok(self.inner.store.read(|conn| index::count_pending(conn, Domain::Content, ENGINE))?)
    }

    /// Bytes that the search index takes in the database.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn index_bytes(&self) -> Result<u64, Refusal> {
        Ok(self.inner.store.read(index::size_bytes)?)
    }

    /// Drops the search indexes, of words, of subjects and of what is withheld, and makes them anew, whole; `progress` hears of
    /// every version. Stops early
    /// only if the archive is stopped: then the background or the next run goes on.
    ///
    /// # Errors
    /// Neither the local operator nor an administrator, or the database refuses.
    pub fn rebuild_index(
        &self,
        caller: &Caller,
        progress: &mut dyn FnMut(RebuildProgress),
    ) -> Result<(), Refusal> {
        // Who holds data directory and keys could do it with the archive closed.
        let change = (Action::Change, Resource::System);
        let may = caller.warrant_at_the_machine(change, Thing::Record, self.inner.now())?;
        let worker = &self.inner.indexing.worker;
        // Nobody else indexes from before it is emptied until it is full again.
        let mut tokens = lock(&worker.tokens);
        let detector = self.inner.detection.alone();
        let actor = caller.actor();
        let archive = self.inner.keys().archive;
        let written = self.inner.write_as(caller, may, move |tx, _| {
            index::clear(tx.conn(), Domain::Content)?;
            index::clear(tx.conn(), Domain::Subject)?;
            index::clear(tx.conn(), Domain::Withheld)?;
            meta::put(tx.conn(), ENGINE_ROW, ENGINE)?;
            meta::put(tx.conn(), FORMS_ROW, FORMS)?;
            meta::put(tx.conn(), WITHHELD_ROW, &edition())?;
            let total = index::count_pending(tx.conn(), Domain::Content, ENGINE)?;
            tx.enter(EntryDraft {
                kind: EntryKind::IndexRebuilt,
                subject: archive.to_string(),
                actor,
                facts: json!({"engine": ENGINE, "versions": total}),
            })?;
            Ok::<_, Refusal>(total)
        });
        let total = written.map_err(Refusal::from)?.value;
        let mut done = 0;
        worker.run_with(&mut tokens, None, &mut |more| {
            done += more;
            progress(RebuildProgress { done, total });
        })?;
        detector.run()
    }
}
