//! Work that a thread of its own does whenever a bell is rung, and now and then without.

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::archive::refusal::Refusal;

use super::bell::{Bell, Heard};
use super::lock;

/// After a ring, how long more captures are waited for, so that they share a turn.
const LINGER: Duration = Duration::from_millis(200);
/// How often the thread looks without being rung for.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// How long it waits after a failure of the database at first; each further failure doubles it.
const RETRY_FIRST: Duration = Duration::from_secs(1);

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) enum Ended {
    /// Nothing is pending.
    Done,
    /// The time was up, or the archive closes.
    Stopped,
}

/// What is done again and again.
pub(in crate::archive) trait Task: Send + Sync + 'static {
    /// What it is, for the log.
    const WHAT: &'static str;

    /// Wakes it.
    fn bell(&self) -> &Bell;

    /// Works through what is pending, until the bell is closed.
    fn run(&self) -> Result<Ended, Refusal>;
}

/// The thread.
pub(in crate::archive) struct Background<T: Task> {
    task: Arc<T>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl<T: Task> Background<T> {
    pub(in crate::archive) fn new(task: Arc<T>) -> Self {
        Self { task, thread: Mutex::new(None) }
    }

    /// Starts the thread, if it does not run.
    pub(in crate::archive) fn start(&self, name: &str) -> Result<(), Refusal> {
        let mut thread = lock(&self.thread);
        if thread.is_none() {
            self.task.bell().open();
            let task = Arc::clone(&self.task);
            let started = std::thread::Builder::new().name(name.to_owned());
            let started = started.spawn(move || work(task.as_ref()));
            *thread = Some(
                started.map_err(|error| Refusal::Io { what: "start a thread of the background", error })?,
            );
        }
        Ok(())
    }

    /// Ends the thread after the turn that it writes.
    pub(in crate::archive) fn stop(&self) {
        let thread = lock(&self.thread).take();
        if let Some(thread) = thread {
            self.task.bell().close();
            // A thread that panicked has already said so, and holds nothing any more.
            drop(thread.join());
        }
    }
}

impl<T: Task> Drop for Background<T> {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The thread's whole life.
fn work<T: Task>(task: &T) {
    let mut retry = RETRY_FIRST;
    loop {
        let wait = match task.run() {
            Ok(_) => {
                retry = RETRY_FIRST;
                LOOK_AGAIN
            }
            // A node that only takes records in: another one does this work.
            Err(Refusal::NoKey(what)) => {
                tracing::info!(what, work = T::WHAT, "this node leaves the work to others");
                return;
            }
            Err(error) => {
                tracing::warn!(%error, work = T::WHAT, "the work failed and is tried again");
                let wait = retry;
                retry = (retry * 2).min(LOOK_AGAIN);
                // Rings that came meanwhile must not cut the wait short.
                if task.bell().linger(wait) == Heard::Closed {
                    return;
                }
                Duration::ZERO
            }
        };
        match task.bell().wait(wait) {
            Heard::Closed => return,
            Heard::Rung if task.bell().linger(LINGER) == Heard::Closed => return,
            Heard::Rung | Heard::Nothing => {}
        }
    }
}
