//! Work that a thread of its own does whenever a bell is rung, and now and then without.

use std::cell::Cell;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, Once};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::archive::refusal::Refusal;
use crate::base::id::RecordId;
use crate::store::Store;

use super::bell::{Bell, Heard};
use super::lock;

/// After a ring, how long more captures are waited for, so that they share a turn.
const LINGER: Duration = Duration::from_millis(200);
/// How often the thread looks without being rung for.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// How long it waits after a failure of the database at first; each further failure doubles it.
const RETRY_FIRST: Duration = Duration::from_secs(1);

/// So many changes of evidence that wait for the writer are a crowd: one or two are what anybody makes.
const CROWD: usize = 4;
/// How long a crowd is given way to, at most, before each version: however long it lasts, some versions a
/// second are worked on.
const GIVE_WAY_MAX: Duration = Duration::from_millis(250);
/// Between two looks whether the crowd is gone.
const GIVE_WAY_STEP: Duration = Duration::from_millis(5);
/// By how much the threads of the background step back where processors are scarce (nice(2)).
const NICE: i32 = 10;

/// Versions that one run puts off before it ends.
const PUT_OFF_MAX: usize = 1_000;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) enum Ended {
    /// Nothing is pending.
    Done,
    /// The time was up, the archive closes, or some versions cannot be read at present.
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

/// Versions that could not be read for a reason that may pass. They keep the mark that they have, stop no
/// other, and are read again by the next run.
#[derive(Default)]
pub(in crate::archive) struct PutOff {
    versions: HashSet<(RecordId, u32)>,
}

impl PutOff {
    /// Puts a version off.
    pub(in crate::archive) fn add(&mut self, (record, version): (RecordId, u32), error: &Refusal) {
        tracing::warn!(%record, version, %error, "a record cannot be read now and is tried again later");
        self.versions.insert((record, version));
    }

    /// How many versions to ask for, so that `most` others may be among them.
    pub(in crate::archive) fn beside(&self, most: u32) -> u32 {
        most.saturating_add(u32::try_from(self.versions.len()).unwrap_or(u32::MAX))
    }

    /// Those that were not put off.
    pub(in crate::archive) fn others(&self, mut pending: Vec<(RecordId, u32)>) -> Vec<(RecordId, u32)> {
        pending.retain(|version| !self.versions.contains(version));
        pending
    }

    /// True if so many were put off that something else is amiss: the run had better end.
    pub(in crate::archive) fn is_full(&self) -> bool {
        self.versions.len() >= PUT_OFF_MAX
    }

    /// How a run ended that has nothing else to do.
    pub(in crate::archive) fn ended(&self) -> Ended {
        if self.versions.is_empty() { Ended::Done } else { Ended::Stopped }
    }
}

thread_local! {
    /// True while this thread works on what a record says.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Works on what a record says; `None` if the work panicked. The log gets the place in the program, never the
/// panic's message: it may quote what was read.
pub(in crate::archive) fn guarded<T>(
    what: &'static str,
    (record, version): (RecordId, u32),
    work: impl FnOnce() -> T,
) -> Option<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| match GUARDED.get() {
            true => tracing::error!(at = panic.location().map(ToString::to_string), "the engine panicked"),
            false => usual(panic),
        }));
    });
    let before = GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    if outcome.is_err() {
        tracing::error!(%record, version, work = what, "a record is left out: the engine failed at it");
    }
    outcome.ok()
}

/// Lets captures go first: waits while many are waiting for the writer.
pub(in crate::archive) fn give_way(store: &Store, bell: &Bell) {
    give_way_by(store, |step| {
        bell.rest(step);
        !bell.is_closed()
    });
}

/// The same for a thread that rests otherwise: `rest` says whether it goes on.
pub(in crate::archive) fn give_way_by(store: &Store, rest: impl Fn(Duration) -> bool) {
    let began = Instant::now();
    while store.crowd() >= CROWD && began.elapsed() < GIVE_WAY_MAX && rest(GIVE_WAY_STEP) {}
}

/// Leaves processors to captures and readers first. On Linux priority belongs to a thread, and "this process"
/// means the thread that asks; elsewhere it would be the whole service.
pub(in crate::archive) fn step_back() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{getpriority_process, setpriority_process};
        // From where the service itself stands: whoever started it at another priority means it.
        let stepped = getpriority_process(None).and_then(|nice| setpriority_process(None, nice + NICE));
        if let Err(error) = stepped {
            tracing::debug!(%error, "the background works with the priority of all");
        }
    }
}

/// The thread's whole life.
fn work<T: Task>(task: &T) {
    step_back();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: u32) -> (RecordId, u32) {
        (RecordId::parse("01890a5d-ac96-774b-bcce-b302099a8057").unwrap(), number)
    }

    #[test]
    fn an_engine_that_panics_costs_one_version_and_no_thread() {
        let text = "张伟".to_owned();
        assert_eq!(guarded("a test", version(1), || text.split_at(1).0.len()), None);
        assert_eq!(guarded("a test", version(2), || text.len()), Some(6));
        assert!(!GUARDED.get(), "what panics outside is told as ever");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_thread_of_the_background_leaves_processors_to_others() {
        let of_this = || rustix::process::getpriority_process(None).unwrap();
        let before = of_this();
        let stepped = std::thread::spawn(move || {
            step_back();
            of_this()
        });
        // The system has nothing beyond 19.
        assert_eq!(stepped.join().unwrap(), (before + NICE).min(19));
        assert_eq!(of_this(), before, "the thread that started it works as ever");
    }

    #[test]
    fn what_is_put_off_stops_no_other() {
        let mut put_off = PutOff::default();
        assert_eq!(put_off.ended(), Ended::Done);
        put_off.add(version(1), &Refusal::NoKey("epoch key"));
        assert_eq!(put_off.beside(64), 65);
        assert_eq!(put_off.others(vec![version(1), version(2)]), [version(2)]);
        assert_eq!((put_off.ended(), put_off.is_full()), (Ended::Stopped, false));
    }
}
