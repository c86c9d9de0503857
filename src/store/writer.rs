//! The one writer. It takes what waits in the queue into one transaction, each closure so that it can be
//! taken back alone, appends their entries to the ledger, signs the checkpoint, commits, and answers. Nobody
//! is told of success before COMMIT has returned.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, ThreadId};

use diesel::connection::{Connection as _, InstrumentationEvent, SimpleConnection};

use crate::base::limits::{GROUP_MAX, WRITE_QUEUE_MAX};
use crate::base::moment::{Clock, Moment};
use crate::ledger::checkpoint::LogKey;

use super::backend::Conn;
use super::conn::{
    IDLE_AFTER, Patience, Target, begin_group, give_memory_back, is_shared, lock_log, open_writer,
    wait_for_locks,
};
use super::error::StoreError;
use super::job::{Job, Place, Verdict};
use super::listen::{Group, Listener};
use super::savepoint::Savepoint;
use super::tail::{Entered, Tail};
use super::tx::LogSeen;

/// The writer's thread and the queue before it.
pub(in crate::store) struct Writer {
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    id: Option<ThreadId>,
    /// Changes of evidence that wait for the writer, or are being written.
    crowd: Arc<AtomicUsize>,
}

/// What the writer needs besides a connection.
pub(in crate::store) struct Means {
    pub(in crate::store) target: Target,
    pub(in crate::store) log_key: LogKey,
    pub(in crate::store) clock: Arc<dyn Clock>,
    pub(in crate::store) listener: Option<Arc<dyn Listener>>,
}

impl Writer {
    /// Starts the thread on a connection whose schema is up to date and whose log was checked.
    pub(in crate::store) fn start(means: Means, conn: Conn, tail: Tail) -> Result<Self, StoreError> {
        let (queue, waiting) = sync_channel(WRITE_QUEUE_MAX);
        let crowd = Arc::new(AtomicUsize::new(0));
        let (failure, waiting_crowd) = (Failure::default(), Arc::clone(&crowd));
        let mut groups =
            Groups { means, conn: None, tail: Some(tail), failure, locked_out: false, crowd: waiting_crowd };
        groups.adopt(conn);
        let thread = std::thread::Builder::new()
            .name("muniment-writer".to_owned())
            .spawn(move || groups.work(&waiting))
            .map_err(|error| StoreError::of_pool(&error.to_string()))?;
        let id = thread.thread().id();
        Ok(Self { queue: Some(queue), thread: Some(thread), id: Some(id), crowd })
    }

    /// Queues a job; waits while the queue is full.
    pub(in crate::store) fn submit(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        if Some(std::thread::current().id()) == self.id {
            return Err(StoreError::Nested);
        }
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        let counts = usize::from(job.enters());
        self.crowd.fetch_add(counts, Ordering::Relaxed);
        queue.send(job).map_err(|_| {
            self.crowd.fetch_sub(counts, Ordering::Relaxed);
            StoreError::Closed
        })
    }

    /// Changes of evidence that wait for the writer, or are being written.
    pub(in crate::store) fn crowd(&self) -> usize {
        self.crowd.load(Ordering::Relaxed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The thread ends once the queue is empty and closed: what was accepted is still written.
        self.queue = None;
        if Some(std::thread::current().id()) != self.id
            && let Some(thread) = self.thread.take()
        {
            // A writer that panicked has already failed its callers.
            drop(thread.join());
        }
    }
}

/// The last failure that the database itself reported. A closure hides it in an error of its own, but
/// the rest of the group must learn why the transaction is gone.
#[derive(Clone, Default)]
struct Failure(Arc<Mutex<Option<StoreError>>>);

impl Failure {
    fn note(&self, error: StoreError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    fn take(&self) -> Option<StoreError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

struct Groups {
    means: Means,
    conn: Option<Conn>,
    tail: Option<Tail>,
    failure: Failure,
    /// True if the last transaction could not begin because another program holds the database. As long as
    /// that lasts nobody waits for it again: each group would, one after the other.
    locked_out: bool,
    crowd: Arc<AtomicUsize>,
}

/// A closure that ran, and which of the group's entries are its own.
struct Ran {
    job: Box<dyn Job>,
    entries: std::ops::Range<usize>,
}

impl Groups {
    fn work(&mut self, waiting: &Receiver<Box<dyn Job>>) {
        while let Some(first) = self.next(waiting) {
            let mut group = Vec::with_capacity(GROUP_MAX);
            group.push(first);
            group.extend(std::iter::from_fn(|| waiting.try_recv().ok()).take(GROUP_MAX - 1));
            let mut group = group.into_iter();
            // A transaction that breaks takes with it those who ran in it; the others begin anew.
            while group.len() > 0 {
                self.one_transaction(&mut group);
            }
        }
    }

    /// The next job; `None` if there will be none. Who waits long for it keeps no pages of the database meanwhile.
    fn next(&mut self, waiting: &Receiver<Box<dyn Job>>) -> Option<Box<dyn Job>> {
        match waiting.recv_timeout(IDLE_AFTER) {
            Ok(job) => Some(job),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                if let Some(Err(error)) = self.conn.as_mut().map(give_memory_back) {
                    tracing::debug!(%error, "the writer keeps its memory");
                }
                waiting.recv().ok()
            }
        }
    }

    fn one_transaction(&mut self, group: &mut std::vec::IntoIter<Box<dyn Job>>) {
        let mut ran = Vec::with_capacity(group.len());
        self.failure.take();
        let enters = group.as_slice().iter().any(|job| job.enters());
        let end = self.begin(enters).and_then(|()| {
            let entered = self.run_closures(group, &mut ran)?;
            self.commit(entered)
        });
        let end = end.map_err(|error| {
            let error = self.failure.take().unwrap_or(error);
            self.give_up();
            error
        });
        if ran.is_empty() {
            // No transaction could begin: each would wait as long as the first did, and in vain.
            ran.extend(group.map(|job| Ran { job, entries: 0..0 }));
        }
        for Ran { job, entries } in ran {
            self.crowd.fetch_sub(usize::from(job.enters()), Ordering::Relaxed);
            job.answer(end.clone().map(|first| Place {
                first_seq: first.first_seq + entries.start as u64,
                count: entries.len() as u64,
                checkpoint_size: first.checkpoint_size,
            }));
        }
    }

    /// Begins the transaction. Where something may be entered, the log stands still from here on: what
    /// the closures judge by the ledger holds until they are committed.
    fn begin(&mut self, enters: bool) -> Result<(), StoreError> {
        if self.conn.is_none() {
            let conn = open_writer(&self.means.target)?;
            self.adopt(conn);
        }
        let conn = self.conn.as_mut().ok_or(StoreError::Closed)?;
        if self.locked_out {
            wait_for_locks(conn, Patience::Lost)?;
        }
        let begun = begin_group(conn);
        let was_locked_out = std::mem::replace(&mut self.locked_out, begun == Err(StoreError::Locked));
        begun?;
        if was_locked_out {
            wait_for_locks(conn, Patience::Usual)?;
        }
        if enters || !is_shared(conn) {
            current_tail(&mut self.tail, conn, &self.means.log_key)?;
        }
        Ok(())
    }

    /// Runs closures until the group is through, or the transaction breaks.
    fn run_closures(
        &mut self,
        group: &mut std::vec::IntoIter<Box<dyn Job>>,
        ran: &mut Vec<Ran>,
    ) -> Result<Option<(Vec<Entered>, bool)>, StoreError> {
        let conn = self.conn.as_mut().ok_or(StoreError::Closed)?;
        let mut entered = Vec::new();
        let mut kept = false;
        let mut at = self.tail.as_ref().map_or(Moment::from_micros(0), Tail::last_at);
        let stands_still = !is_shared(conn) || group.as_slice().iter().any(|job| job.enters());
        let size = self.tail.as_ref().filter(|_| stands_still).map(Tail::size);
        let mut log = LogSeen { size, spoken: false };
        let listener = self.means.listener.as_deref();
        for mut job in group {
            at = at.max(self.means.clock.now());
            let before = entered.len();
            let mut savepoint = match Savepoint::begin(conn, job.guard()) {
                Ok(savepoint) => savepoint,
                Err(error) => {
                    ran.push(Ran { job, entries: before..before });
                    return Err(error);
                }
            };
            let verdict = job.run((conn, &mut savepoint), &mut entered, at, log);
            if verdict == Verdict::Undo {
                entered.truncate(before);
            }
            let fresh = entered.get(before..).unwrap_or_default();
            log.spoken |= listener.is_some_and(|listener| speaks(listener, fresh));
            kept |= verdict == Verdict::Keep;
            ran.push(Ran { job, entries: before..entered.len() });
            // A full disk or an I/O error makes SQLite roll back everything, savepoints included:
            // then this fails, and the group with it.
            savepoint.end(conn, verdict)?;
        }
        Ok(kept.then_some((entered, log.spoken)))
    }

    /// Appends and commits; says where the group's first entry stands.
    fn commit(&mut self, entered: Option<(Vec<Entered>, bool)>) -> Result<Place, StoreError> {
        let conn = self.conn.as_mut().ok_or(StoreError::Closed)?;
        let Some((entered, spoken)) = entered else {
            conn.batch_execute("ROLLBACK")?;
            return Ok(Place { first_seq: 0, count: 0, checkpoint_size: 0 });
        };
        if entered.is_empty() {
            conn.batch_execute("COMMIT")?;
            return Ok(Place { first_seq: 0, count: 0, checkpoint_size: 0 });
        }
        let count = entered.len() as u64;
        let listener = self.means.listener.as_deref();
        let tail = self.tail.as_mut().ok_or(StoreError::Closed)?;
        let first_seq = tail.size();
        let drafts = tail.append(conn, &self.means.log_key, entered)?;
        let place = Place { first_seq, count, checkpoint_size: tail.size() };
        let mut commit = || conn.batch_execute("COMMIT").map_err(StoreError::from);
        match listener {
            None => commit()?,
            Some(listener) => {
                let (size, root, at) = (tail.size(), tail.root(), tail.last_at());
                let group = Group { first_seq, size, root, at, drafts: &drafts, spoken };
                listener.commit(&group, &mut commit)?;
            }
        }
        Ok(place)
    }

    /// Leaves nothing of a broken transaction: a fresh connection and a fresh look at the log.
    fn give_up(&mut self) {
        self.tail = None;
        if let Some(mut conn) = self.conn.take() {
            // It may have ended by itself; dropping the connection ends it in any case.
            drop(conn.batch_execute("ROLLBACK"));
        }
    }

    fn adopt(&mut self, mut conn: Conn) {
        let failure = self.failure.clone();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::FinishQuery { error: Some(error), .. } = event {
                note_failure(&failure, error);
            }
        });
        self.conn = Some(conn);
    }
}

fn note_failure(failure: &Failure, error: &diesel::result::Error) {
    let diesel::result::Error::DatabaseError(kind, information) = error else { return };
    let error = super::error::classify(kind, information.as_ref());
    if matches!(error, StoreError::Full | StoreError::Unavailable { .. }) {
        failure.note(error);
    }
}

/// True if the listener wants to be told of one of these.
fn speaks(listener: &dyn Listener, entered: &[Entered]) -> bool {
    entered.iter().any(|entered| listener.wants(entered.draft()))
}

/// The end of the log, safe to append to. On a shared database the lock is taken here, first of all
/// locks and once per group, before the log is looked at.
fn current_tail<'t>(
    known: &'t mut Option<Tail>,
    conn: &mut Conn,
    key: &LogKey,
) -> Result<&'t mut Tail, StoreError> {
    if is_shared(conn) {
        lock_log(conn)?;
        if let Some(tail) = known.as_ref()
            && !tail.is_current(conn)?
        {
            *known = None;
        }
    }
    match known {
        Some(tail) => Ok(tail),
        None => Ok(known.insert(Tail::load(conn, key)?)),
    }
}

/// Reads and checks the end of the log before the writer starts.
pub(in crate::store) fn first_look(conn: &mut Conn, key: &LogKey) -> Result<Tail, StoreError> {
    begin_group(conn)?;
    lock_log(conn)?;
    let tail = Tail::load(conn, key);
    conn.batch_execute("ROLLBACK")?;
    tail
}
