//! Versions whose documents take long to read: a thread of its own works on them, one after the other, and nothing
//! else waits behind them. However many files somebody sends that take a minute each, what others capture is found
//! within seconds.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::archive::refusal::Refusal;
use crate::base::id::RecordId;

use super::background::{Ended, Task};
use super::bell::Bell;
use super::text::may_pass;

/// How long a version may be read beside which others wait.
const QUICK: Duration = Duration::from_secs(3);
/// Versions that wait aside; more than that are tried again by the next run.
const ASIDE_MAX: usize = 1_000;

/// A version of a record.
type Version = (RecordId, u32);

/// Versions that were put aside.
#[derive(Default)]
pub(in crate::archive) struct Aside {
    bell: Bell,
    /// True while a thread works on what is put here.
    open: AtomicBool,
    versions: Mutex<VecDeque<Version>>,
}

impl Aside {
    /// Until when a version may be read now; as long as it takes where nobody works on what is put aside.
    pub(in crate::archive) fn until(&self) -> Option<Instant> {
        self.open.load(Ordering::SeqCst).then(|| Instant::now() + QUICK)
    }

    /// Puts a version aside that could not be read until then. False if it was not for want of time that it could
    /// not, or if too many wait.
    pub(in crate::archive) fn takes(&self, version: Version, until: Option<Instant>) -> bool {
        let mut versions = self.versions();
        let is_late = until.is_some_and(|until| Instant::now() >= until);
        let takes = is_late && versions.len() < ASIDE_MAX;
        if takes && !versions.contains(&version) {
            tracing::info!(record = %version.0, version = version.1, "takes long to read: worked on aside");
            versions.push_back(version);
        }
        drop(versions);
        if takes {
            self.bell.ring();
        }
        takes
    }

    /// How many wait.
    pub(in crate::archive) fn len(&self) -> u32 {
        u32::try_from(self.versions().len()).unwrap_or(u32::MAX)
    }

    /// Those that were not put aside.
    pub(in crate::archive) fn others(&self, mut pending: Vec<Version>) -> Vec<Version> {
        let versions = self.versions();
        pending.retain(|version| !versions.contains(version));
        pending
    }

    /// Works on what is put aside from now on.
    pub(in crate::archive) fn open(&self) {
        self.open.store(true, Ordering::SeqCst);
    }

    /// Works on nothing any more.
    pub(in crate::archive) fn close(&self) {
        self.open.store(false, Ordering::SeqCst);
    }

    fn first(&self) -> Option<Version> {
        self.versions().front().copied()
    }

    fn done(&self, version: Version) {
        self.versions().retain(|one| *one != version);
    }

    fn versions(&self) -> MutexGuard<'_, VecDeque<Version>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What puts versions aside.
pub(in crate::archive) trait PutsAside: Send + Sync + 'static {
    /// Where.
    fn aside(&self) -> &Aside;

    /// Works on one version, however long it takes.
    ///
    /// # Errors
    /// It cannot be read, or the database refuses.
    fn work_on(&self, version: Version) -> Result<(), Refusal>;
}

/// The thread that works on what was put aside.
pub(in crate::archive) struct Slow<W>(pub Arc<W>);

impl<W: PutsAside> Task for Slow<W> {
    const WHAT: &'static str = "reading what takes long";

    fn bell(&self) -> &Bell {
        &self.0.aside().bell
    }

    fn run(&self) -> Result<Ended, Refusal> {
        let aside = self.0.aside();
        while let Some(version) = aside.first().filter(|_| !self.bell().is_closed()) {
            let done = self.0.work_on(version);
            // Whatever came of it: what is still pending comes up again.
            aside.done(version);
            match done {
                Ok(()) => {}
                Err(error) if may_pass(&error) => {
                    tracing::warn!(record = %version.0, version = version.1, %error, "is tried again later");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Ended::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: u32) -> Version {
        (RecordId::parse("01890a5d-ac96-774b-bcce-b302099a8057").unwrap(), number)
    }

    #[test]
    fn only_what_wants_time_is_put_aside_and_only_while_somebody_works_on_it() {
        let aside = Aside::default();
        assert_eq!(aside.until(), None, "nobody works there");
        assert!(!aside.takes(version(1), None));
        aside.open();
        let until = aside.until();
        assert!(until.is_some() && !aside.takes(version(1), until), "there was time");
        assert!(
            aside.takes(version(1), Some(Instant::now())) && aside.takes(version(1), Some(Instant::now()))
        );
        assert_eq!(aside.len(), 1, "once each");
        assert_eq!(aside.others(vec![version(1), version(2)]), [version(2)]);
        aside.done(version(1));
        assert_eq!((aside.len(), aside.first()), (0, None));
    }
}
