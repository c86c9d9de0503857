//! Acting in somebody's name: rights are judged before a change is worked out, and they hold when it is
//! written.
//!
//! Between the head of a request and its write lie slow bodies, password hashes and queues. Inside the
//! writer's transaction [`Inner::write_as`] looks whether the ledger has said anything of anybody's
//! rights since the caller was looked up, which takes a comparison of numbers. If so, nothing is written:
//! the caller is looked up anew by the same credential, permission is judged again, and only then the
//! change has another try. Who has lost the right hears what a fresh request would.

mod standing;
#[cfg(test)]
pub(in crate::archive) mod tests;
mod warrant;
mod watch;

use std::sync::Arc;

use crate::access::session::RequestKind;
use crate::store::{Guard, StoreError, Tx, Upkeep, WriteError, Written};

use super::Inner;
use super::caller::Caller;
use super::refusal::Refusal;

pub(super) use standing::{Came, Found, Standing};
pub(super) use warrant::Warrant;
pub use watch::Watch;

/// How often a change is tried again because something was said of rights once more. Among eight who
/// change rights without a pause one in eight tries succeeds: 16 were too few, and a try takes little.
const TRIES: usize = 200;

/// Why a change was not made.
enum Undone<F> {
    Refused(Refusal),
    /// Something was said of rights since; the change can be tried again.
    AskAgain(F),
}

impl<F> From<StoreError> for Undone<F> {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

/// What came of one try.
enum Try<T, F> {
    Over(Result<T, WriteError<Refusal>>),
    Again(F),
}

impl<T, F> Try<T, F> {
    fn of(done: Result<T, WriteError<Undone<F>>>) -> Self {
        match done {
            Ok(value) => Self::Over(Ok(value)),
            Err(WriteError::Refused(Undone::AskAgain(change))) => Self::Again(change),
            Err(WriteError::Refused(Undone::Refused(refusal))) => {
                Self::Over(Err(WriteError::Refused(refusal)))
            }
            Err(WriteError::NoEntry) => Self::Over(Err(WriteError::NoEntry)),
            Err(WriteError::Panicked) => Self::Over(Err(WriteError::Panicked)),
            Err(WriteError::Store(error)) => Self::Over(Err(WriteError::Store(error))),
        }
    }
}

impl Inner {
    /// Makes a change with its entry in a caller's name, if what the caller was permitted (`warrant`)
    /// still holds. `change` is given the caller as he stands then.
    ///
    /// # Errors
    /// What a fresh request would be refused with; whatever `change` returned; or nothing of it was kept
    /// because the database refused.
    pub(super) fn write_as<T, F>(
        self: &Arc<Self>,
        caller: &Caller,
        warrant: Warrant,
        change: F,
    ) -> Result<Written<T>, WriteError<Refusal>>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>, &Caller) -> Result<T, Refusal> + Send + 'static,
    {
        self.write_guarded_as(caller, warrant, Guard::Writer, change)
    }

    /// The same, where the change may see for itself that nothing stays of it when it is refused.
    ///
    /// # Errors
    /// As for [`Inner::write_as`].
    pub(super) fn write_guarded_as<T, F>(
        self: &Arc<Self>,
        caller: &Caller,
        warrant: Warrant,
        guard: Guard,
        change: F,
    ) -> Result<Written<T>, WriteError<Refusal>>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>, &Caller) -> Result<T, Refusal> + Send + 'static,
    {
        self.act_as(caller, &warrant, change, |asks, change| {
            let inner = Arc::clone(self);
            Try::of(self.store.write_guarded(guard, move |tx| {
                let log = tx.log();
                match inner.stands(&asks.standing, log, tx.conn()) {
                    // What the change brings along is sealed already: another node may have replaced the keys since.
                    Ok(true) => inner
                        .must_be_in_force(&inner.keys())
                        .and_then(|()| change(tx, &asks))
                        .map_err(Undone::Refused),
                    Ok(false) => Err(Undone::AskAgain(change)),
                    Err(refusal) => Err(Undone::Refused(refusal)),
                }
            }))
        })
    }

    /// The same for rows that live shortly, without an entry.
    ///
    /// # Errors
    /// As for [`Inner::write_as`].
    pub(super) fn maintain_as<T, F>(
        self: &Arc<Self>,
        caller: &Caller,
        warrant: Warrant,
        change: F,
    ) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&mut Upkeep<'_>) -> Result<T, Refusal> + Send + 'static,
    {
        let done = self.act_as(caller, &warrant, change, |asks, change| {
            let inner = Arc::clone(self);
            Try::of(self.store.maintain(move |upkeep| {
                let log = upkeep.log();
                match inner.stands(&asks.standing, log, upkeep.conn()) {
                    Ok(true) => change(upkeep).map_err(Undone::Refused),
                    Ok(false) => Err(Undone::AskAgain(change)),
                    Err(refusal) => Err(Undone::Refused(refusal)),
                }
            }))
        });
        done.map_err(Refusal::from)
    }

    fn act_as<T, F>(
        &self,
        caller: &Caller,
        warrant: &Warrant,
        mut change: F,
        attempt: impl Fn(Caller, F) -> Try<T, F>,
    ) -> Result<T, WriteError<Refusal>> {
        let mut caller = caller.clone();
        for _ in 0..TRIES {
            match attempt(caller.clone(), change) {
                Try::Over(done) => return done,
                Try::Again(same) => change = same,
            }
            let judged = self.judge_again(&caller, warrant, RequestKind::Polling);
            caller = judged.map_err(WriteError::Refused)?;
        }
        Err(WriteError::Refused(Refusal::TooBusy { wait_seconds: 1 }))
    }

    /// Looks the caller up anew if something was said of rights since, for work of many writes.
    ///
    /// # Errors
    /// What a fresh request would be refused with.
    pub(super) fn keep_up(&self, caller: &mut Caller) -> Result<(), Refusal> {
        if !self.stands_now(&caller.standing, self.now())? {
            *caller = self.caller_again(caller, RequestKind::Polling)?;
        }
        Ok(())
    }

    /// Looks the caller up anew, by the same credential, and judges again what he was permitted.
    ///
    /// # Errors
    /// What a fresh request would be refused with.
    fn judge_again(
        &self,
        caller: &Caller,
        warrant: &Warrant,
        request: RequestKind,
    ) -> Result<Caller, Refusal> {
        let fresh = self.caller_again(caller, request)?;
        let now = self.now();
        self.store.read(|conn| warrant.judge(&fresh, conn, now))?;
        Ok(fresh)
    }
}
