//! Works on one job: keeps its lease, hears of cancellation, and says how it ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use crate::archive::bound::Bound;
use crate::archive::exports::enter_end;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::limits::JOB_ATTEMPTS_MAX;
use crate::ledger::entry::Actor;
use crate::store::StoreError;
use crate::store::rows::jobs::{self, Attempt, Lease, Progress};

use super::due::Orderer;
use super::order::enter_job_end;
use super::{End, Job, JobFault, JobKind, Ticket};

/// Seconds for which a runner holds a job without renewing.
const LEASE_SECONDS: i64 = 60;
/// How often progress is noted, and cancellation on another node is heard of.
const BEAT: Duration = Duration::from_millis(250);
/// How long a lease without progress goes unrenewed.
const RENEW_AFTER: Duration = Duration::from_secs(10);

/// A job that is being worked on.
pub(in crate::archive) struct Running {
    pub job: Job,
    pub attempt: Attempt,
    /// For whom it is done.
    pub orderer: Orderer,
    pub ticket: Arc<Ticket>,
    /// Seconds for which its result is kept.
    pub keep_seconds: i64,
}

/// What the write that ends a job needs to know.
#[derive(Debug, Clone, Copy)]
pub(in crate::archive) struct Ending {
    pub attempt: Attempt,
    pub progress: Progress,
    pub keep_seconds: i64,
}

impl Running {
    pub(in crate::archive) fn ending(&self) -> Ending {
        let progress = self.ticket.progress();
        Ending { attempt: self.attempt, progress, keep_seconds: self.keep_seconds }
    }
}

impl Inner {
    /// Gives back the jobs of a process that is gone. Nobody else can be working on them: this process
    /// holds the directory. On a shared database other nodes may be, and leases decide.
    pub(in crate::archive) fn take_jobs_back(&self) -> Result<(), Refusal> {
        if self.store.is_shared() || !self.store.read(jobs::any_running)? {
            return Ok(());
        }
        let given = self.store.maintain(|upkeep| jobs::give_all_back(upkeep.conn()));
        given.map(|_| ()).map_err(|error| Refusal::Store(error.into_cause()))
    }
}

impl Archive {
    /// Works on the job that has been due longest, if there is one; true if there was. `stopping` says
    /// whether the process is told to end.
    pub(in crate::archive) fn work_on_next(
        &self,
        keep_seconds: i64,
        stopping: &dyn Fn() -> bool,
    ) -> Result<bool, Refusal> {
        let leased = self.inner.store.maintain(|upkeep| {
            let from = upkeep.at();
            let lease = Lease { from, until: from.plus_seconds(LEASE_SECONDS) };
            jobs::lease_next(upkeep.conn(), JobKind::WORDS, lease)
        });
        let leased = leased.map_err(|error| Refusal::Store(error.into_cause()))?;
        let Some(row) = leased else { return Ok(false) };
        let attempt = Attempt { id: row.id, attempts: row.attempts };
        let job = match self.inner.ordered_job(row.id) {
            Ok(job) => job,
            Err(Refusal::Damaged(_) | Refusal::Store(StoreError::Corrupt { .. })) => {
                self.disown(attempt)?;
                return Ok(true);
            }
            Err(refusal) => {
                self.give_back(attempt)?;
                return Err(refusal);
            }
        };
        if !job.state.is_open() {
            // Somebody stopped it in the same moment.
            return Ok(true);
        }
        if attempt.attempts > JOB_ATTEMPTS_MAX {
            self.fail(&job, attempt, JobFault::Interrupted)?;
            return Ok(true);
        }
        let orderer = match Orderer::of(&self.inner, &job) {
            Ok(orderer) => orderer,
            Err(refusal @ (Refusal::Forbidden | Refusal::Damaged(_))) => {
                self.fail(&job, attempt, JobFault::of(&refusal))?;
                return Ok(true);
            }
            Err(refusal) => {
                self.give_back(attempt)?;
                return Err(refusal);
            }
        };
        let ticket = self.inner.tickets.begin(job.id);
        let running = Running { job, attempt, orderer, ticket, keep_seconds };
        let outcome = self.watch(&running, stopping);
        self.inner.tickets.end(running.job.id);
        match outcome {
            Ok(()) => {}
            Err(Refusal::Stopped) => self.give_back(attempt)?,
            Err(refusal) => {
                tracing::error!(job = %running.job.id, kind = running.job.kind.as_str(), error = %refusal, "a job failed");
                self.fail(&running.job, attempt, JobFault::of(&refusal))?;
            }
        }
        Ok(true)
    }

    /// Runs the work on a thread of its own and keeps the lease meanwhile.
    fn watch(&self, running: &Running, stopping: &dyn Fn() -> bool) -> Result<(), Refusal> {
        let (tell, told) = sync_channel(1);
        std::thread::scope(|scope| {
            let work =
                std::thread::Builder::new().name("muniment-job".to_owned()).spawn_scoped(scope, || {
                    let outcome = catch_unwind(AssertUnwindSafe(|| self.work(running)));
                    // Nobody listens any more only if the runner itself has panicked.
                    drop(tell.send(outcome));
                });
            work.map_err(|error| Refusal::Io { what: "start a job's thread", error })?;
            let (mut noted, mut renewed) = (running.ticket.progress(), Instant::now());
            let mut rights = running.orderer.watch(&self.inner);
            let mut withdrawn = None;
            loop {
                match told.recv_timeout(BEAT) {
                    Ok(Ok(outcome)) => return outcome.map_err(|refusal| withdrawn.unwrap_or(refusal)),
                    Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => {
                        return Err(Refusal::Damaged(Thing::Job));
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                }
                if stopping() {
                    running.ticket.stop();
                }
                match rights.look() {
                    Ok(()) => {}
                    Err(Refusal::Forbidden) => {
                        withdrawn = Some(Refusal::Forbidden);
                        running.ticket.stop();
                    }
                    Err(error) => tracing::warn!(%error, "the rights of a job's owner could not be read"),
                }
                let progress = running.ticket.progress();
                if progress != noted || renewed.elapsed() >= RENEW_AFTER {
                    (noted, renewed) = (progress, Instant::now());
                    self.renew(running);
                }
            }
        })
    }

    fn renew(&self, running: &Running) {
        let (attempt, progress) = (running.attempt, running.ticket.progress());
        let renewed = self.inner.store.maintain(move |upkeep| {
            let until = upkeep.at().plus_seconds(LEASE_SECONDS);
            jobs::renew(upkeep.conn(), attempt, until, progress)
        });
        match renewed {
            Ok(true) => {}
            // Somebody stopped it, or another runner took it for lost.
            Ok(false) => running.ticket.stop(),
            Err(error) => {
                let error = error.into_cause();
                tracing::warn!(job = %attempt.id, %error, "a lease could not be renewed");
            }
        }
    }

    fn work(&self, running: &Running) -> Result<(), Refusal> {
        match running.job.kind {
            JobKind::Export => self.run_export(running),
            JobKind::Verify => self.run_verify(running),
            JobKind::RotateKeys => self.run_rotation(running),
            JobKind::TurnEpoch => self.run_turn(running),
            JobKind::SimulatePolicy => self.run_simulation(running),
        }
    }

    /// The process ends, or the job is not this runner's any more: then this changes nothing.
    fn give_back(&self, attempt: Attempt) -> Result<(), Refusal> {
        let given = self.inner.store.maintain(move |upkeep| jobs::give_back(upkeep.conn(), attempt));
        given.map(|_| ()).map_err(|error| Refusal::Store(error.into_cause()))
    }

    fn fail(&self, job: &Job, attempt: Attempt, fault: JobFault) -> Result<(), Refusal> {
        let (kind, subject, id) = (job.kind, job.subject.clone(), job.id);
        let (actor, inner) = (Actor::User(job.created_by), Arc::clone(&self.inner));
        let written = self.inner.store.write(move |tx| {
            inner.must_be_vouched(tx, &Bound::Job(id), Thing::Job)?;
            let at = tx.at();
            if !jobs::fail(tx.conn(), attempt, fault.as_str(), at)? {
                return Err(Refusal::Stopped);
            }
            match kind {
                JobKind::Export => enter_end(&inner, tx, &subject, (id, actor), End::Failed(fault)),
                JobKind::Verify | JobKind::RotateKeys | JobKind::TurnEpoch | JobKind::SimulatePolicy => {
                    enter_job_end(tx, id, actor, End::Failed(fault))
                }
            }
        });
        match written.map_err(Refusal::from) {
            Ok(_) | Err(Refusal::Stopped) => Ok(()),
            // Row or export were changed meanwhile: nothing is entered about them.
            Err(Refusal::Damaged(_) | Refusal::NotFound(_) | Refusal::Stale) => self.disown(attempt),
            Err(refusal) => Err(refusal),
        }
    }
}
