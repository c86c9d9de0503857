//! Background jobs. A runner leases one, works, and renews the lease; a lease that runs out gives the
//! job to the next runner.

use diesel::prelude::*;

use super::column::{Column, words};
use super::row::{all, one, row};
use super::statements::{Before, behind, change, count, find, insert, list, scan};
use crate::base::id::JobId;
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::{Conn, MultiBackend, each};
use crate::store::schema::jobs;

words! {
    /// How far a job has come.
    JobState = "state of a job" {
        /// Waits for a runner.
        Ready = "ready",
        /// A runner has leased it.
        Running = "running",
        /// Did what it was for.
        Done = "done",
        /// Gave up.
        Failed = "failed",
        /// Somebody stopped it.
        Cancelled = "cancelled",
    }
}

impl JobState {
    /// True until it has ended, in whatever way.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Ready | Self::Running)
    }
}

row! {
    /// A job.
    JobRow as RawJob in jobs by (id) {
        /// The job.
        id: JobId,
        /// What it does, a closed word.
        kind: String,
        /// The opaque id of what it does it to.
        subject: String,
        /// How far it has come.
        state: JobState,
        /// How often it was begun.
        attempts: u32,
        /// Not to be begun before.
        not_before: Moment,
        /// When the lease runs out; only while running.
        lease_until: Moment,
        /// Units of work done.
        done_units: u64,
        /// Units of work in all; 0 if unknown.
        total_units: u64,
        /// Why it failed last, a closed word.
        error_code: Option<String>,
        /// When it was enqueued.
        created_at: Moment,
        /// Who wanted it: a user's id or `system`.
        created_by: String,
        /// When it ended.
        finished_at: Option<Moment>,
        /// When its result is removed; none without a result.
        expires_at: Option<Moment>,
    }
}

scan!(jobs, JobRow, RawJob by id);

impl JobRow {
    /// The job as it was ordered: what its work changes in it is as at its beginning.
    pub fn as_ordered(&self) -> Self {
        Self {
            state: JobState::Ready,
            attempts: 0,
            not_before: self.created_at,
            lease_until: self.created_at,
            done_units: 0,
            total_units: 0,
            error_code: None,
            finished_at: None,
            expires_at: None,
            ..self.clone()
        }
    }
}

/// Enqueues a job. Do it in the write that makes it necessary.
pub fn insert(conn: &mut Conn, row: &JobRow) -> Result<(), StoreError> {
    insert!(conn, jobs, row)
}

/// The job.
pub fn get(conn: &mut Conn, id: JobId) -> Result<Option<JobRow>, StoreError> {
    find!(conn, RawJob, jobs::table.find(id.to_raw()))
}

/// The jobs about a subject, oldest first.
pub fn of_subject(conn: &mut Conn, subject: &str) -> Result<Vec<JobRow>, StoreError> {
    list!(conn, RawJob, jobs::table.filter(jobs::subject.eq(subject)).order((jobs::created_at, jobs::id)))
}

/// Which jobs a page shows; `None` for all.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// In this state.
    pub state: Option<JobState>,
    /// Asked for by this user.
    pub created_by: Option<String>,
}

/// A page of jobs, newest first.
pub fn page(
    conn: &mut Conn,
    wanted: &Wanted,
    before: Option<Before<JobId>>,
    limit: u32,
) -> Result<Vec<JobRow>, StoreError> {
    let mut query = jobs::table.select(RawJob::as_select()).into_boxed::<MultiBackend>();
    if let Some(state) = wanted.state {
        query = query.filter(jobs::state.eq(state.as_str()));
    }
    if let Some(user) = &wanted.created_by {
        query = query.filter(jobs::created_by.eq(user.clone()));
    }
    if let Some(before) = before {
        query = query.filter(behind!(jobs::created_at, jobs::id, before));
    }
    let order = (jobs::created_at.desc(), jobs::id.desc());
    all(query.order(order).limit(i64::from(limit)).load(conn)?)
}

/// How many jobs of a user have not ended.
pub fn count_open(conn: &mut Conn, user: &str) -> Result<u64, StoreError> {
    let open = [JobState::Ready.as_str(), JobState::Running.as_str()];
    count!(conn, jobs::table.filter(jobs::created_by.eq(user)).filter(jobs::state.eq_any(open)))
}

/// How many jobs of these kinds have not ended, whosesoever they are.
pub fn count_open_of(conn: &mut Conn, kinds: &[&str]) -> Result<u64, StoreError> {
    let open = [JobState::Ready.as_str(), JobState::Running.as_str()];
    let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    count!(conn, jobs::table.filter(jobs::kind.eq_any(kinds.clone())).filter(jobs::state.eq_any(open)))
}

/// How long a runner may work on a job before it must renew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Now.
    pub from: Moment,
    /// When the job goes to somebody else.
    pub until: Moment,
}

/// Leases a job of one of `kinds`, or one whose runner was lost, of a person for whom no runner works at
/// the moment: of the one who was served longest ago, the job that has been due longest. On a shared
/// database two nodes never get the same one, nor wait for each other. Call it inside
/// [`crate::store::Store::maintain`].
pub fn lease_next(conn: &mut Conn, kinds: &[&str], lease: Lease) -> Result<Option<JobRow>, StoreError> {
    let busy = being_served(conn, kinds, lease.from)?;
    let mut due = None;
    for person in by_turn(conn, kinds, lease.from, &busy)? {
        due = first_ready(conn, kinds, lease.from, &person)?;
        // Another node may have taken it at this very moment.
        if due.is_some() {
            break;
        }
    }
    let due = match due {
        Some(ready) => Some(ready),
        None => first_lost(conn, kinds, lease.from, &busy)?,
    };
    let Some(mut job) = one::<JobRow>(due)? else { return Ok(None) };
    job.attempts = job.attempts.saturating_add(1);
    job.state = JobState::Running;
    job.lease_until = lease.until;
    change!(
        conn,
        diesel::update(jobs::table.find(job.id.to_raw())).set((
            jobs::state.eq(job.state.as_str()),
            jobs::attempts.eq(job.attempts.to_raw()),
            jobs::lease_until.eq(job.lease_until.to_raw()),
        ))
    )?;
    Ok(Some(job))
}

macro_rules! first_unlocked {
    ($conn:expr, $query:expr) => {
        match $conn {
            // The writer is alone.
            Conn::Sqlite(c) => $query.first(c).optional(),
            #[cfg(feature = "postgres")]
            Conn::Postgres(c) => $query.for_update().skip_locked().first(c).optional(),
        }
    };
}

/// For whom runners work at the moment.
fn being_served(conn: &mut Conn, kinds: &[&str], now: Moment) -> Result<Vec<String>, StoreError> {
    Ok(each!(conn, c => jobs::table
        .filter(jobs::state.eq(JobState::Running.as_str()))
        .filter(jobs::lease_until.ge(now.to_raw()))
        .filter(jobs::kind.eq_any(kinds))
        .select(jobs::created_by)
        .distinct()
        .load(c))?)
}

/// Those who wait, whose turn it is first.
fn by_turn(conn: &mut Conn, kinds: &[&str], now: Moment, busy: &[String]) -> Result<Vec<String>, StoreError> {
    use diesel::dsl::{max, min};
    let mut waiting: Vec<(String, Option<i64>)> = each!(conn, c => jobs::table
        .filter(jobs::state.eq(JobState::Ready.as_str()))
        .filter(jobs::not_before.le(now.to_raw()))
        .filter(jobs::kind.eq_any(kinds))
        .filter(jobs::created_by.ne_all(busy))
        .group_by(jobs::created_by)
        .select((jobs::created_by, min(jobs::not_before)))
        .load(c))?;
    let people: Vec<String> = waiting.iter().map(|(person, _)| person.clone()).collect();
    let served: Vec<(String, Option<i64>)> = each!(conn, c => jobs::table
        .filter(jobs::created_by.eq_any(&people))
        .group_by(jobs::created_by)
        .select((jobs::created_by, max(jobs::finished_at)))
        .load(c))?;
    let last = |person: &str| served.iter().find(|(one, _)| one == person).and_then(|(_, at)| *at);
    waiting.sort_by_key(|(person, since)| (last(person), *since));
    Ok(waiting.into_iter().map(|(person, _)| person).collect())
}

fn first_ready(
    conn: &mut Conn,
    kinds: &[&str],
    now: Moment,
    person: &str,
) -> Result<Option<RawJob>, StoreError> {
    Ok(first_unlocked!(
        conn,
        jobs::table
            .filter(jobs::state.eq(JobState::Ready.as_str()))
            .filter(jobs::not_before.le(now.to_raw()))
            .filter(jobs::kind.eq_any(kinds))
            .filter(jobs::created_by.eq(person))
            .order((jobs::not_before, jobs::id))
            .select(RawJob::as_select())
    )?)
}

fn first_lost(
    conn: &mut Conn,
    kinds: &[&str],
    now: Moment,
    busy: &[String],
) -> Result<Option<RawJob>, StoreError> {
    Ok(first_unlocked!(
        conn,
        jobs::table
            .filter(jobs::state.eq(JobState::Running.as_str()))
            .filter(jobs::lease_until.lt(now.to_raw()))
            .filter(jobs::kind.eq_any(kinds))
            .filter(jobs::created_by.ne_all(busy))
            .order((jobs::not_before, jobs::id))
            .select(RawJob::as_select())
    )?)
}

/// How much of a job is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Units done.
    pub done_units: u64,
    /// Units in all; 0 if unknown.
    pub total_units: u64,
}

/// The holder of a lease: which attempt it is. A runner that lost its lease is another attempt than
/// the one that has it now, and changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The job.
    pub id: JobId,
    /// The attempt's number, as leased.
    pub attempts: u32,
}

macro_rules! held {
    ($attempt:expr) => {
        jobs::table
            .find($attempt.id.to_raw())
            .filter(jobs::state.eq(JobState::Running.as_str()))
            .filter(jobs::attempts.eq($attempt.attempts.to_raw()))
    };
}

/// Renews the lease and notes the progress; false if the lease is lost or the job was cancelled.
pub fn renew(conn: &mut Conn, of: Attempt, until: Moment, progress: Progress) -> Result<bool, StoreError> {
    let changed = change!(
        conn,
        diesel::update(held!(of)).set((
            jobs::lease_until.eq(until.to_raw()),
            jobs::done_units.eq(progress.done_units.to_raw()),
            jobs::total_units.eq(progress.total_units.to_raw()),
        ))
    )?;
    Ok(changed == 1)
}

/// Ends a job well; `expires_at` is when its result is removed. False if the lease is lost or the job
/// was cancelled.
pub fn finish(
    conn: &mut Conn,
    of: Attempt,
    at: Moment,
    progress: Progress,
    expires_at: Option<Moment>,
) -> Result<bool, StoreError> {
    let changed = change!(
        conn,
        diesel::update(held!(of)).set((
            jobs::state.eq(JobState::Done.as_str()),
            jobs::done_units.eq(progress.done_units.to_raw()),
            jobs::total_units.eq(progress.total_units.to_raw()),
            jobs::error_code.eq(None::<String>),
            jobs::finished_at.eq(at.to_raw()),
            jobs::expires_at.eq(expires_at.map(|at| at.to_raw())),
        ))
    )?;
    Ok(changed == 1)
}

/// Gives a job back to be tried again later; false if the lease is lost or the job was cancelled.
pub fn retry(conn: &mut Conn, of: Attempt, error_code: &str, not_before: Moment) -> Result<bool, StoreError> {
    let changed = change!(
        conn,
        diesel::update(held!(of)).set((
            jobs::state.eq(JobState::Ready.as_str()),
            jobs::error_code.eq(error_code),
            jobs::not_before.eq(not_before.to_raw()),
        ))
    )?;
    Ok(changed == 1)
}

/// Ends a job badly; false if the lease is lost or the job was cancelled.
pub fn fail(conn: &mut Conn, of: Attempt, error_code: &str, at: Moment) -> Result<bool, StoreError> {
    let changed = change!(
        conn,
        diesel::update(held!(of)).set((
            jobs::state.eq(JobState::Failed.as_str()),
            jobs::error_code.eq(error_code),
            jobs::finished_at.eq(at.to_raw()),
        ))
    )?;
    Ok(changed == 1)
}

/// Stops a job that has not ended; false if it has.
pub fn cancel(conn: &mut Conn, id: JobId, at: Moment) -> Result<bool, StoreError> {
    let pending = [JobState::Ready.as_str(), JobState::Running.as_str()];
    let changed = change!(
        conn,
        diesel::update(jobs::table.find(id.to_raw()).filter(jobs::state.eq_any(pending)))
            .set((jobs::state.eq(JobState::Cancelled.as_str()), jobs::finished_at.eq(at.to_raw())))
    )?;
    Ok(changed == 1)
}

/// Gives a job back as if it had not been begun: its runner is told to stop, which is no fault of the
/// job. False if the lease is lost or the job was cancelled.
pub fn give_back(conn: &mut Conn, of: Attempt) -> Result<bool, StoreError> {
    let changed = change!(
        conn,
        diesel::update(held!(of)).set((
            jobs::state.eq(JobState::Ready.as_str()),
            jobs::attempts.eq(of.attempts.saturating_sub(1).to_raw()),
        ))
    )?;
    Ok(changed == 1)
}

/// Gives back every job that somebody works on. For whoever knows that nobody else can be: the next
/// runner does not wait for leases of a process that is gone, nor for a clock that was wrong.
pub fn give_all_back(conn: &mut Conn) -> Result<u64, StoreError> {
    let changed = change!(
        conn,
        diesel::update(jobs::table.filter(jobs::state.eq(JobState::Running.as_str())))
            .set(jobs::state.eq(JobState::Ready.as_str()))
    )?;
    Ok(changed as u64)
}

/// True if a lease is held by anybody.
pub fn any_running(conn: &mut Conn) -> Result<bool, StoreError> {
    let running: i64 = each!(conn, c => jobs::table
        .filter(jobs::state.eq(JobState::Running.as_str()))
        .count()
        .get_result(c))?;
    Ok(running > 0)
}

/// Jobs whose results are to be removed at `now`, at most `limit`.
pub fn with_expired_result(conn: &mut Conn, now: Moment, limit: u32) -> Result<Vec<JobRow>, StoreError> {
    list!(
        conn,
        RawJob,
        jobs::table
            .filter(jobs::expires_at.le(now.to_raw()))
            .order((jobs::expires_at, jobs::id))
            .limit(i64::from(limit))
    )
}

/// Jobs of a kind whose results are kept.
pub fn with_result(conn: &mut Conn, kind: &str) -> Result<Vec<JobRow>, StoreError> {
    list!(
        conn,
        RawJob,
        jobs::table
            .filter(jobs::expires_at.is_not_null())
            .filter(jobs::kind.eq(kind))
            .order((jobs::expires_at, jobs::id))
    )
}

/// Notes that a job's result is gone.
pub fn forget_result(conn: &mut Conn, id: JobId) -> Result<(), StoreError> {
    change!(conn, diesel::update(jobs::table.find(id.to_raw())).set(jobs::expires_at.eq(None::<i64>)))?;
    Ok(())
}

/// Removes jobs that ended before `at`.
pub fn delete_ended_before(conn: &mut Conn, at: Moment) -> Result<u64, StoreError> {
    change!(conn, diesel::delete(jobs::table.filter(jobs::finished_at.lt(at.to_raw()))))
}
