//! What authenticated people were refused is entered in the ledger; strangers cannot make it grow,
//! and neither can a person who asks a thousand times a second.
//!
//! A refusal is noted where the permission table says no, often in the middle of reading; it is
//! entered a moment later, by the upkeep's thread, or when the archive is closed.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::access::rights::{ActorRights, Via};
use crate::base::id::UserId;
use crate::base::moment::Moment;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};

use super::refusal::Refusal;
use super::{Archive, Inner};

/// Refusals of one person that are entered at once.
const BURST: u32 = 10;
/// Seconds after which one more is entered.
const REFILL_SECONDS: i64 = 6;
/// Refusals that wait to be entered at most; those beyond are counted for the person's next.
const WAITING_MAX: usize = 1_000;

/// What was refused and is not entered yet, and what is left to each person.
#[derive(Debug, Default)]
pub(super) struct Refused {
    state: Mutex<State>,
    rung: Condvar,
}

#[derive(Debug, Default)]
struct State {
    buckets: HashMap<UserId, Bucket>,
    waiting: Vec<Denial>,
    closed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: u32,
    filled_at: Moment,
    passed_over: u64,
}

/// One refusal that is to be entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Denial {
    user: UserId,
    door: &'static str,
    action: Action,
    resource: Resource,
    passed_over: u64,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Woken {
    /// Refusals wait.
    Refusals,
    /// The time is over.
    Time,
    /// Nothing will come any more.
    Closed,
}

/// Where a caller's refusals are noted; nowhere for a caller that no archive has made.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes(Option<Arc<Refused>>);

impl Notes {
    pub(super) fn of(refused: &Arc<Refused>) -> Self {
        Self(Some(Arc::clone(refused)))
    }

    /// Notes that somebody was refused something.
    pub(super) fn note(&self, rights: &ActorRights, (action, resource): (Action, Resource), now: Moment) {
        if let Some(refused) = &self.0 {
            refused.note(rights.user, door(&rights.via), (action, resource), now);
        }
    }
}

impl Refused {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, user: UserId, door: &'static str, (action, resource): (Action, Resource), now: Moment) {
        let mut state = self.state();
        let is_full = state.waiting.len() >= WAITING_MAX;
        // One bucket for each person who was refused something since the start: as many as users.
        let bucket =
            state.buckets.entry(user).or_insert(Bucket { left: BURST, filled_at: now, passed_over: 0 });
        if let Some(passed_over) = bucket.take(now, is_full) {
            state.waiting.push(Denial { user, door, action, resource, passed_over });
            self.rung.notify_one();
        }
    }

    /// Waits for refusals, for at most so long.
    pub(super) fn wait(&self, longest: Duration) -> Woken {
        let state = self.state();
        let idle = |state: &mut State| state.waiting.is_empty() && !state.closed;
        let waited = self.rung.wait_timeout_while(state, longest, idle);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match (state.closed, state.waiting.is_empty()) {
            (true, _) => Woken::Closed,
            (false, false) => Woken::Refusals,
            (false, true) => Woken::Time,
        }
    }

    /// Ends every wait, now and later.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.rung.notify_all();
    }

    /// Lets waits wait again.
    pub(super) fn open(&self) {
        self.state().closed = false;
    }

    fn take_all(&self) -> Vec<Denial> {
        std::mem::take(&mut self.state().waiting)
    }
}

impl Bucket {
    /// Takes one: how many were passed over since the last that was entered, or `None` if this one is
    /// passed over too.
    fn take(&mut self, now: Moment, is_full: bool) -> Option<u64> {
        let gained = now.seconds_since(self.filled_at).max(0) / REFILL_SECONDS;
        if gained > 0 {
            self.left = self.left.saturating_add(u32::try_from(gained).unwrap_or(BURST)).min(BURST);
            self.filled_at = self.filled_at.plus_seconds(gained * REFILL_SECONDS);
        }
        match self.left.checked_sub(1).filter(|_| !is_full) {
            None => {
                self.passed_over += 1;
                None
            }
            Some(left) => {
                self.left = left;
                Some(std::mem::take(&mut self.passed_over))
            }
        }
    }
}

impl Archive {
    /// Enters what people were refused and was not entered yet: at most a burst of ten, and then ten
    /// a minute, for one person; each says how many before it were passed over. The upkeep's thread
    /// does this by itself.
    ///
    /// # Errors
    /// The ledger cannot be written; what was to be entered is lost then, and said so in the log.
    pub fn enter_refusals(&self) -> Result<(), Refusal> {
        self.inner.enter_refusals()
    }
}

impl Inner {
    pub(super) fn enter_refusals(&self) -> Result<(), Refusal> {
        let denials = self.refused.take_all();
        if denials.is_empty() {
            return Ok(());
        }
        let written = self.store.write(move |tx| {
            for denial in &denials {
                tx.enter(EntryDraft {
                    kind: EntryKind::Refused,
                    subject: denial.user.to_string(),
                    actor: Actor::User(denial.user),
                    facts: json!({
                        "action": denial.action.as_str(),
                        "door": denial.door,
                        "passed_over": denial.passed_over,
                        "resource": denial.resource.as_str(),
                    }),
                })?;
            }
            Ok::<_, Refusal>(())
        });
        written.map(|_| ()).map_err(Refusal::from)
    }
}

fn door(via: &Via) -> &'static str {
    match via {
        Via::Session => "session",
        Via::Token(_) => "token",
        Via::LocalOperator => "local_operator",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SeededEntropy;

    const NOW: Moment = Moment::from_micros(1_800_000_000_000_000);

    fn user(seed: u64) -> UserId {
        UserId::generate(NOW, &SeededEntropy::new(seed))
    }

    /// Notes one refusal: with how many passed over it is to be entered, if it is.
    fn noted(refused: &Refused, user: UserId, now: Moment) -> Option<u64> {
        refused.note(user, "session", (Action::Read, Resource::Record), now);
        refused.take_all().first().map(|denial| denial.passed_over)
    }

    #[test]
    fn a_burst_is_entered_and_the_rest_counted_for_the_next_entry() {
        let refused = Refused::default();
        for _ in 0..BURST {
            assert_eq!(noted(&refused, user(1), NOW), Some(0));
        }
        for _ in 0..5 {
            assert_eq!(noted(&refused, user(1), NOW), None);
        }
        assert_eq!(noted(&refused, user(2), NOW), Some(0), "another person has a bucket of his own");
        assert_eq!(noted(&refused, user(1), NOW.plus_seconds(REFILL_SECONDS)), Some(5));
        assert_eq!(noted(&refused, user(1), NOW.plus_seconds(REFILL_SECONDS)), None);
    }

    #[test]
    fn a_bucket_holds_no_more_than_a_burst_and_a_clock_that_went_back_fills_nothing() {
        let refused = Refused::default();
        assert_eq!(noted(&refused, user(1), NOW), Some(0));
        let entered = |at: Moment| (0..100).filter(|_| noted(&refused, user(1), at).is_some()).count();
        assert_eq!(entered(NOW.plus_seconds(86_400)), BURST as usize);
        assert_eq!(entered(NOW), 0);
    }

    #[test]
    fn a_wait_ends_with_a_refusal_with_its_time_or_for_good() {
        let refused = Refused::default();
        assert_eq!(refused.wait(Duration::ZERO), Woken::Time);
        refused.note(user(1), "session", (Action::Read, Resource::Record), NOW);
        assert_eq!(refused.wait(Duration::from_secs(60)), Woken::Refusals);
        refused.close();
        assert_eq!(refused.wait(Duration::from_secs(60)), Woken::Closed);
    }
}
