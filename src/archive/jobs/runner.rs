//! The threads that work on jobs, and tidy up between them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::archive::Archive;
use crate::archive::indexing::{give_way_by, step_back};
use crate::archive::refusal::Refusal;
use crate::archive::retention::LookingOver;

/// Seconds for which a result is kept where nobody says otherwise.
pub const KEEP_SECONDS: i64 = 24 * 3600;
/// Jobs that are worked on at the same time.
const RUNNERS: usize = 2;
/// How often runners look without being rung for: another node may have lost a job.
const LOOK_AGAIN: Duration = Duration::from_secs(15);
/// After a ring, how long more is waited for, so that it shares a turn.
const JUDGE_LINGER: Duration = Duration::from_millis(200);
/// Between two looks at what is kept of records.
const LOOK_OVER_PAUSE: Duration = Duration::from_millis(200);
/// After how long the judging thread looks whether it is to stop.
const JUDGE_TURN: Duration = Duration::from_millis(500);
/// How often is tidied up.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// Works on jobs as long as it lives; dropped, it lets those under way go back to the queue and waits
/// until no thread holds the archive.
pub struct JobRunner {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Shared {
    archive: Archive,
    keep_seconds: i64,
    judges: bool,
    stopping: AtomicBool,
}

impl JobRunner {
    /// A runner that does nothing until it is started.
    pub fn new(archive: Archive, keep_seconds: i64) -> Self {
        Self::with(archive, keep_seconds, true)
    }

    /// The same, which leaves what is to be judged to a later start: so that captures can be measured by
    /// themselves.
    pub fn without_judging(archive: Archive, keep_seconds: i64) -> Self {
        Self::with(archive, keep_seconds, false)
    }

    fn with(archive: Archive, keep_seconds: i64, judges: bool) -> Self {
        let shared = Shared { archive, keep_seconds, judges, stopping: AtomicBool::new(false) };
        Self { shared: Arc::new(shared), threads: Mutex::new(Vec::new()) }
    }

    /// Starts the threads, if they do not run.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(&self) -> Result<(), Refusal> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        if !threads.is_empty() || self.shared.is_stopping() {
            return Ok(());
        }
        self.shared.archive.remove_spools()?;
        if self.shared.judges {
            let shared = Arc::clone(&self.shared);
            let judging = std::thread::Builder::new().name("muniment-judge".to_owned());
            let judging = judging.spawn(move || shared.judge());
            threads.push(judging.map_err(|error| Refusal::Io { what: "start a runner's thread", error })?);
        }
        for number in 0..RUNNERS {
            let shared = Arc::clone(&self.shared);
            let thread = std::thread::Builder::new().name(format!("muniment-jobs-{number}"));
            let thread = thread.spawn(move || shared.run(number == 0));
            threads.push(thread.map_err(|error| Refusal::Io { what: "start a runner's thread", error })?);
        }
        Ok(())
    }

    /// Takes no new job, gives those under way back, and waits for the threads.
    pub fn stop(&self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        self.shared.archive.inner.job_bell.ring();
        self.shared.archive.inner.judging.ring();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A thread that panicked has already said so, and holds nothing any more.
            drop(thread.join());
        }
    }
}

impl Drop for JobRunner {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// The whole life of the thread that judges what changed and what has become due.
    fn judge(&self) {
        let judging = &self.archive.inner.judging;
        step_back();
        let mut looking = LookingOver::default();
        while !self.is_stopping() {
            let heard = judging.rings();
            let judged = self.archive.judge_between(JUDGE_TURN, || {
                give_way_by(&self.archive.inner.store, |step| {
                    judging.wait(judging.rings(), step);
                    !self.is_stopping()
                });
            });
            let wait = match judged.and_then(|all| Ok((all, all && self.archive.look_over(&mut looking)?))) {
                Ok((false, _)) => continue,
                // What can wait gives way.
                Ok((true, true)) => LOOK_OVER_PAUSE,
                Ok((true, false)) => self.archive.next_judging().unwrap_or(LOOK_AGAIN),
                // A node without keys judges nothing.
                Err(Refusal::NoKey(_)) => TIDY_EVERY,
                Err(error) => {
                    tracing::warn!(%error, "records could not be judged; it is tried again");
                    LOOK_AGAIN
                }
            };
            judging.wait(heard, wait);
            judging.wait(judging.rings(), JUDGE_LINGER);
        }
    }

    /// A thread's whole life.
    fn run(&self, tidies: bool) {
        let mut tidied: Option<Instant> = None;
        while !self.is_stopping() {
            let heard = self.archive.inner.job_bell.rings();
            if tidies && tidied.is_none_or(|at| at.elapsed() >= TIDY_EVERY) {
                tidied = Some(Instant::now());
                if let Err(error) = self.archive.tidy_jobs() {
                    tracing::warn!(%error, "tidying up failed and is tried again");
                }
            }
            match self.archive.work_on_next(self.keep_seconds, &|| self.is_stopping()) {
                Ok(true) => {}
                Ok(false) => self.archive.inner.job_bell.wait(heard, LOOK_AGAIN),
                Err(error) => {
                    tracing::warn!(%error, "a job could not be taken or ended and is tried again");
                    self.archive.inner.job_bell.wait(heard, LOOK_AGAIN);
                }
            }
        }
    }
}
