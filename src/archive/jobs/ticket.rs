//! What a job that is being worked on and its runner tell each other.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::archive::refusal::Refusal;
use crate::base::id::JobId;
use crate::store::rows::jobs::Progress;

/// How far the work has come, and whether it is to stop.
#[derive(Debug, Default)]
pub(in crate::archive) struct Ticket {
    done: AtomicU64,
    total: AtomicU64,
    stop: AtomicBool,
}

impl Ticket {
    /// Notes how far the work has come. Call it at every step that may be the last.
    ///
    /// # Errors
    /// [`Refusal::Stopped`] if the work is to stop.
    pub(in crate::archive) fn step(&self, done: u64, total: u64) -> Result<(), Refusal> {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        self.check()
    }

    /// As [`Ticket::step`], without having come further.
    pub(in crate::archive) fn check(&self) -> Result<(), Refusal> {
        if self.stop.load(Ordering::SeqCst) { Err(Refusal::Stopped) } else { Ok(()) }
    }

    /// Tells the work to stop at its next step.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    pub(super) fn progress(&self) -> Progress {
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        Progress { done_units: done, total_units: total }
    }
}

/// The jobs that this process works on.
#[derive(Debug, Default)]
pub(in crate::archive) struct Tickets(Mutex<HashMap<JobId, Arc<Ticket>>>);

impl Tickets {
    pub(super) fn begin(&self, id: JobId) -> Arc<Ticket> {
        let ticket = Arc::new(Ticket::default());
        self.held().insert(id, Arc::clone(&ticket));
        ticket
    }

    pub(super) fn end(&self, id: JobId) {
        self.held().remove(&id);
    }

    /// Tells the work on a job to stop, if it is done here.
    pub(super) fn stop(&self, id: JobId) {
        if let Some(ticket) = self.held().get(&id) {
            ticket.stop();
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, Arc<Ticket>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
