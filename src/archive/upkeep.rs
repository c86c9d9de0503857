//! What is done beside the use cases: refusals are entered as soon as there are any; once a minute
//! whatever time ends is tidied up, and the newest checkpoint is kept apart from the data; once an
//! hour, payloads that nothing names are swept.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::keydir::KeyDir;
use crate::ledger::checkpoint::{self, LogKey};

use super::refusal::Refusal;
use super::refusals::{Refused, Woken};
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
                rounds += 1;
                if rounds.is_multiple_of(SWEEP_ROUNDS) {
                    said(inner.sweep().map(|_| ()), "sweep");
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
    /// Keeps the newest checkpoint in the key directory. Whatever it cannot be kept for must not stop
    /// the archive: `verify` says which checkpoint it compared with.
    pub(super) fn keep_checkpoint(&self) {
        let kept = self.store.checkpoint().map_err(Refusal::from).and_then(|latest| {
            let Some(latest) = latest else { return Ok(()) };
            if KeyDir::kept_checkpoint(self.place.keys())?.as_ref() != Some(&latest.note) {
                KeyDir::keep_checkpoint(self.place.keys(), &latest.note)?;
            }
            Ok(())
        });
        said(kept, "keep the checkpoint");
    }

    /// Refuses a database that is older than the checkpoint that this machine keeps: to go on from
    /// there would sign a second history.
    ///
    /// # Errors
    /// [`Refusal::RolledBack`], or either cannot be read.
    pub(super) fn refuse_rolled_back(&self, key: &LogKey) -> Result<(), Refusal> {
        let Some(note) = KeyDir::kept_checkpoint(self.place.keys())? else { return Ok(()) };
        let Ok(kept) = checkpoint::open(&note, &key.vkey()) else {
            // Of another log, or damaged: `verify` names it.
            tracing::warn!("the kept checkpoint is not one of this log");
            return Ok(());
        };
        let found = self.store.checkpoint()?.map_or(0, |latest| latest.size);
        match kept.size > found {
            true => Err(Refusal::RolledBack { kept: kept.size, found }),
            false => Ok(()),
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        said(self.enter_refusals(), "enter refusals");
        self.keep_checkpoint();
        self.keep_last_words();
    }
}
