//! Long work: exports, verifications and replacements of keys run beside the requests that asked for them.
//!
//! Promises: a job is in the database in the very transaction of the ledger entry that makes it
//! necessary, so that what was promised is done or says why not; a process that ends in the middle
//! of it leaves it to the next; its result lies sealed like any evidence, and is removed when its
//! time is over. Must never: show one person's job to another, or leave a result in the clear.

mod bell;
mod cancel;
mod due;
mod held;
mod keys;
mod order;
#[cfg(test)]
mod orderer_tests;
mod result;
mod run;
mod runner;
mod show;
mod simulate;
#[cfg(test)]
mod tests;
mod ticket;
mod tidy;
mod verify;

pub use keys::replace_of;
pub use result::JobResult;
pub use runner::{JobRunner, KEEP_SECONDS};
pub use show::JobPlace;

pub(super) use bell::JobBell;
pub(super) use held::{End, EnteredResult, Heard};
pub(super) use result::{Outcome, Sealing as ResultSealing, forget, remove as remove_result, sums_of};
pub(super) use run::Running;
pub(super) use ticket::{Ticket, Tickets};

use crate::base::id::{JobId, UserId};
use crate::base::limits::JOBS_OPEN_MAX;
use crate::base::moment::Moment;
use crate::store::rows::jobs::{self, JobRow};
use crate::store::{Conn, StoreError};

use super::refusal::Refusal;
use crate::base::words::words;

pub use crate::store::rows::jobs::JobState;

words! {
    /// What a job does.
    JobKind {
        /// Makes the bundle of an export.
        Export = "export",
        /// Re-reads the whole archive.
        Verify = "verify",
        /// Replaces the recipients of all headers.
        RotateKeys = "rotate_keys",
        /// Seals every cell under a fresh epoch key.
        TurnEpoch = "turn_epoch",
        /// Judges every record under a draft of a policy.
        SimulatePolicy = "simulate_policy",
    }
}

words! {
    /// Why a job failed.
    JobFault {
        /// No room left.
        StorageFull = "storage_full",
        /// What is stored is not what the ledger says.
        Damaged = "damaged",
        /// This node has no key for it.
        NoKey = "no_key",
        /// The database cannot be reached.
        DatabaseUnavailable = "database_unavailable",
        /// Whoever ordered it may not any more.
        NotPermitted = "not_permitted",
        /// The process ended in the middle of it, several times.
        Interrupted = "interrupted",
        /// A fault of the program, or of the machine.
        Internal = "internal",
    }
}

impl JobFault {
    /// What the owner of a job is told of a refusal.
    fn of(refusal: &Refusal) -> Self {
        use crate::blob::BlobError;
        match refusal {
            Refusal::Store(StoreError::Full) | Refusal::Blob(BlobError::Full) => Self::StorageFull,
            Refusal::Io { error, .. } if error.kind() == std::io::ErrorKind::StorageFull => Self::StorageFull,
            Refusal::Store(StoreError::Unavailable { .. } | StoreError::Contended | StoreError::Locked) => {
                Self::DatabaseUnavailable
            }
            Refusal::Damaged(_)
            | Refusal::NoEpochKey { .. }
            | Refusal::Seal(_)
            | Refusal::Blob(BlobError::Missing) => Self::Damaged,
            Refusal::Store(
                StoreError::Corrupt { .. } | StoreError::LedgerBroken { .. } | StoreError::Malformed { .. },
            ) => Self::Damaged,
            Refusal::NoKey(_) | Refusal::KeysOutdated(_) => Self::NoKey,
            Refusal::Forbidden => Self::NotPermitted,
            _ => Self::Internal,
        }
    }
}

/// A job, as its owner sees it.
#[derive(Debug, Clone)]
pub struct Job {
    /// The job.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// The opaque id of what it does it to.
    pub subject: String,
    /// How far it has come.
    pub state: JobState,
    /// Units of work done.
    pub done: u64,
    /// Units of work in all; 0 if unknown.
    pub total: u64,
    /// Why it failed.
    pub fault: Option<JobFault>,
    /// When it was asked for.
    pub created_at: Moment,
    /// Who asked.
    pub created_by: UserId,
    /// When it ended.
    pub finished_at: Option<Moment>,
    /// When its result is removed; none without a result.
    pub expires_at: Option<Moment>,
    /// Its result as it was entered, while it has one.
    pub(in crate::archive) entered: Option<EnteredResult>,
    /// True on a page if it is not as the ledger says: nothing that stands here counts.
    pub damaged: bool,
}

impl Job {
    fn of(row: JobRow) -> Result<Self, Refusal> {
        let corrupt = |why: &str| {
            Refusal::Store(StoreError::Corrupt { table: "jobs", id: row.id.to_string(), why: why.to_owned() })
        };
        let kind = JobKind::parse(&row.kind).ok_or_else(|| corrupt("kind: an unknown word"))?;
        let created_by = UserId::parse(&row.created_by).map_err(|_| corrupt("created_by: no user"))?;
        let fault = match row.error_code.as_deref() {
            None => None,
            Some(word) => Some(JobFault::parse(word).ok_or_else(|| corrupt("error_code: an unknown word"))?),
        };
        Ok(Self {
            id: row.id,
            kind,
            subject: row.subject,
            state: row.state,
            done: row.done_units,
            total: row.total_units,
            fault,
            created_at: row.created_at,
            created_by,
            finished_at: row.finished_at,
            expires_at: row.expires_at,
            entered: None,
            damaged: false,
        })
    }
}

/// A job that is asked for.
pub(super) struct NewJob {
    pub id: JobId,
    pub kind: JobKind,
    pub subject: String,
    pub by: UserId,
    /// Units of work in all; 0 if unknown.
    pub total: u64,
}

/// Puts a job into the queue, inside the write that makes it necessary.
///
/// # Errors
/// [`Refusal::TooBusy`] if this person has as many jobs as one may have.
pub(super) fn enqueue(conn: &mut Conn, new: NewJob, at: Moment) -> Result<(), Refusal> {
    /// Seconds after which one of many jobs may have ended.
    const WAIT_SECONDS: i64 = 30;
    let by = new.by.to_string();
    if jobs::count_open(conn, &by)? >= JOBS_OPEN_MAX {
        return Err(Refusal::TooBusy { wait_seconds: WAIT_SECONDS });
    }
    let row = JobRow {
        id: new.id,
        kind: new.kind.as_str().to_owned(),
        subject: new.subject,
        state: JobState::Ready,
        attempts: 0,
        not_before: at,
        lease_until: at,
        done_units: 0,
        total_units: new.total,
        error_code: None,
        created_at: at,
        created_by: by,
        finished_at: None,
        expires_at: None,
    };
    Ok(jobs::insert(conn, &row)?)
}
