//! What is done beside the use cases: refusals are entered as soon as there are any; once a minute
//! whatever time ends is tidied up, and the newest checkpoint is kept apart from the data; once an
//! hour, payloads that nothing names are swept.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::base::moment::Moment;
use crate::keydir::KeyDir;
use crate::ledger::checkpoint;
use crate::store::StoreError;
use crate::store::rows::ledger::{self, CheckpointRow};

use super::ready::CLOCK_BEHIND_SECONDS;
use super::refusal::Refusal;
use super::refusals::{Refused, Woken};
use super::signed::{self, Reach};
use super::{Archive, Inner};

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(60);
/// Rounds between two sweeps for payloads that nothing names.
const SWEEP_ROUNDS: u64 = 60;

/// The thread that does it, while it runs. Every clone of an archive shares it; with the last it ends.
pub(super) struct Upkeep {
    thread: Mutex<Option<JoinHandle<()>>>,
    refused: Arc<Refused>,
}

impl Archive {
    pub(super) fn of(inner: Inner) -> Self {
        let upkeep = Upkeep { thread: Mutex::default(), refused: Arc::clone(&inner.refused) };
        Self { upkeep: Arc::new(upkeep), inner: Arc::new(inner) }
    }
}

impl Upkeep {
    fn slot(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the thread; does nothing if it runs.
    pub(super) fn start(&self, inner: &Arc<Inner>) -> Result<(), Refusal> {
        let mut slot = self.slot();
        if slot.is_none() {
            let (weak, refused) = (Arc::downgrade(inner), Arc::clone(&self.refused));
            refused.open();
            let started = std::thread::Builder::new()
                .name("muniment-upkeep".to_owned())
                .spawn(move || work(&weak, &refused));
            let thread = started.map_err(|error| Refusal::Io { what: "start the upkeep's thread", error })?;
            *slot = Some(thread);
        }
        Ok(())
    }

    /// Ends the thread after what it is doing.
    pub(super) fn stop(&self) {
        self.refused.close();
        if let Some(thread) = self.slot().take() {
            // A thread that panicked has already said so.
            drop(thread.join());
        }
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.stop();
    }
}

fn work(inner: &Weak<Inner>, refused: &Refused) {
    let mut next = Instant::now() + ROUND;
    if let Some(inner) = inner.upgrade() {
        said(inner.sweep().map(|_| ()), "sweep");
        said(inner.shred_again().map(|_| ()), "destroy again what was destroyed");
    }
    let mut rounds = 0_u64;
    loop {
        let woken = refused.wait(next.saturating_duration_since(Instant::now()));
        let Some(inner) = inner.upgrade() else { return };
        match woken {
            Woken::Closed => return,
            Woken::Refusals => said(inner.enter_refusals(), "enter refusals"),
            Woken::Time => {
                next = Instant::now() + ROUND;
                said(inner.tidy_access(), "tidy up");
                inner.keep_checkpoint();
                inner.keep_clock();
                said(inner.overwrite(), "overwrite what was destroyed");
                rounds += 1;
                if rounds.is_multiple_of(SWEEP_ROUNDS) {
                    said(inner.sweep().map(|_| ()), "sweep");
                    said(inner.shred_again().map(|_| ()), "destroy again what was destroyed");
                    inner.keep_last_words();
                }
            }
        }
    }
}

/// What fails here is tried again in the next round.
fn said(done: Result<(), Refusal>, what: &'static str) {
    if let Err(error) = done {
        tracing::warn!(what, %error, "upkeep failed");
    }
}

impl Inner {
    /// Takes destroyed rows out of the database's own log, if a reader prevented it when they were destroyed.
    pub(super) fn overwrite(&self) -> Result<(), Refusal> {
        if self.store.owes_truncation() {
            self.store.wal_checkpoint_truncate()?;
        }
        Ok(())
    }

    /// Keeps what the clock shows beside the keys, while it is believed: what it shows later is held against that.
    pub(super) fn keep_clock(&self) {
        said(self.keep_clock_seen(), "keep what the clock shows");
    }

    fn keep_clock_seen(&self) -> Result<(), Refusal> {
        let newest = self.store.read(|conn| Ok::<_, Refusal>(ledger::last_entry(conn)?))?;
        let Some(newest) = newest else { return Ok(()) };
        Ok(KeyDir::keep_clock(self.place.keys(), &self.clock_guard.note(self.now(), newest.at))?)
    }

    /// Keeps the newest checkpoint in the key directory. Whatever it cannot be kept for must not stop
    /// the archive: `verify` says which checkpoint it compared with.
    pub(super) fn keep_checkpoint(&self) {
        said(self.keep_newest_checkpoint(), "keep the checkpoint");
    }

    fn keep_newest_checkpoint(&self) -> Result<(), Refusal> {
        let kept = KeyDir::kept_checkpoint(self.place.keys())?;
        // What was kept is the proof against a database of another history: it is never overwritten
        // by one that does not follow from it.
        let Some(latest) = self.of_the_kept_history(kept.as_deref())? else { return Ok(()) };
        if kept.as_ref() != Some(&latest.note) {
            KeyDir::keep_checkpoint(self.place.keys(), &latest.note)?;
        }
        Ok(())
    }

    /// Refuses a database of another history than the one whose checkpoint this machine keeps: to go
    /// on from there would sign a second one.
    ///
    /// # Errors
    /// [`Refusal::RolledBack`] if the database has fewer entries, [`Refusal::OtherHistory`] if its first
    /// are others, `KeyDirError::KeptCheckpoint` if the kept checkpoint is none of this log, or either cannot be read.
    pub(super) fn refuse_other_history(&self) -> Result<(), Refusal> {
        let kept = KeyDir::kept_checkpoint(self.place.keys())?;
        self.of_the_kept_history(kept.as_deref()).map(|_| ())
    }

    /// The database's newest checkpoint, if it follows from the kept one.
    fn of_the_kept_history(&self, kept: Option<&str>) -> Result<Option<CheckpointRow>, Refusal> {
        let latest = self.store.checkpoint()?;
        let Some(kept) = kept else { return Ok(latest) };
        let kept = KeyDir::open_kept_checkpoint(self.place.keys(), kept, &self.log_key()?.vkey())?;
        let found = latest.as_ref().map_or(0, |latest| latest.size);
        if kept.size > found {
            return Err(Refusal::RolledBack { kept: kept.size, found });
        }
        let Some(newest) = &latest else { return Ok(latest) };
        let key = self.log_key()?.vkey();
        let newest = checkpoint::open(&newest.note, &key).map_err(|_| StoreError::OtherLogKey)?;
        // Not by the tiles of the older tree: whoever can write to the database can write those for a moment.
        let from = Reach { size: kept.size, root: kept.root };
        let to = Reach { size: newest.size, root: newest.root };
        self.store.read(|conn| match signed::follows(conn, from, to)? {
            true => Ok(latest),
            false => Err(Refusal::OtherHistory { kept: kept.size }),
        })
    }

    /// The date of the newest entry, and now, if it is later than now: until then every further one bears its date.
    fn clock_behind(&self) -> Result<Option<(Moment, Moment)>, Refusal> {
        let newest = self.store.read(|conn| Ok::<_, Refusal>(ledger::last_entry(conn)?))?;
        let (now, newest) = (self.now(), newest.map(|newest| newest.at));
        let later = newest.filter(|newest| *newest > now.plus_seconds(CLOCK_BEHIND_SECONDS));
        Ok(later.map(|newest| (newest, now)))
    }
}

impl Archive {
    /// The date of the newest entry and the present instant, if that date has not come yet: a person is told so in
    /// his language.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn clock_behind(&self) -> Result<Option<(Moment, Moment)>, Refusal> {
        self.inner.clock_behind()
    }

    /// Says the same in the log, where a service begins.
    pub fn say_clock(&self) {
        match self.inner.clock_behind() {
            Ok(None) => {}
            Ok(Some((newest, now))) => {
                let (newest, now) = (newest.to_rfc3339(), now.to_rfc3339());
                tracing::error!(%newest, %now, "the newest entry is dated later than now: set the clock");
            }
            Err(error) => tracing::error!(%error, "the newest entry cannot be read"),
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        said(self.enter_refusals(), "enter refusals");
        self.keep_checkpoint();
        self.keep_clock();
        self.keep_last_words();
    }
}
