//! What authenticated people were refused is entered in the ledger; strangers cannot make it grow,
//! and neither can a person who asks a thousand times a second.
//!
//! A refusal is noted where the permission table says no, often in the middle of reading; it is
//! entered a moment later, by the upkeep's thread, or when the archive is closed. So is the refusal of a
//! name that something out of sight bears ([`super::taken`]): that one tells something, so each is
//! entered, and nobody gets many.

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
/// What a person is refused by the permission table.
const BY_RIGHTS: Pace = Pace { burst: BURST, refill_seconds: REFILL_SECONDS };
/// Names that one person hears to be taken by something out of sight: somebody who mistypes does not come
/// near it, and who tries names out learns few.
const TAKEN: Pace = Pace { burst: 10, refill_seconds: 600 };
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
    /// The same for names that were taken.
    taken: HashMap<UserId, Bucket>,
    waiting: Vec<Denial>,
    closed: bool,
}

/// How much of something one person gets.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// At once.
    burst: u32,
    /// Seconds after which there is one more.
    refill_seconds: i64,
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
    why: Why,
    passed_over: u64,
}

/// Why somebody was refused something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// The person's roles and grants do not reach there.
    Rights,
    /// Something out of the person's sight bears the name.
    NameTaken,
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

    /// Somebody is about to hear whether a name is taken; if it is, by something out of sight, that is
    /// noted. `Err` says how many seconds to wait: nothing is told before.
    pub(super) fn hears_of_name(
        &self,
        rights: &ActorRights,
        asked: (Action, Resource),
        is_taken: bool,
        now: Moment,
    ) -> Result<(), i64> {
        match &self.0 {
            Some(refused) => refused.hears_of_name(rights.user, door(&rights.via), asked, (is_taken, now)),
            None => Ok(()),
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
        let bucket = state.buckets.entry(user).or_insert(Bucket::full(BY_RIGHTS, now));
        if let Some(passed_over) = bucket.take(BY_RIGHTS, now, is_full) {
            state.waiting.push(Denial { user, door, action, resource, why: Why::Rights, passed_over });
            self.rung.notify_one();
        }
    }

    fn hears_of_name(
        &self,
        user: UserId,
        door: &'static str,
        (action, resource): (Action, Resource),
        (is_taken, now): (bool, Moment),
    ) -> Result<(), i64> {
        let mut state = self.state();
        // What cannot be entered is not told.
        let is_full = state.waiting.len() >= WAITING_MAX;
        if !is_taken {
            // Who never heard of one has nothing written down.
            let Some(bucket) = state.taken.get_mut(&user) else { return Ok(()) };
            if bucket.is_empty(TAKEN, now) {
                bucket.passed_over += 1;
                return Err(bucket.wait(TAKEN, now));
            }
            return Ok(());
        }
        let bucket = state.taken.entry(user).or_insert(Bucket::full(TAKEN, now));
        let Some(passed_over) = bucket.take(TAKEN, now, is_full) else { return Err(bucket.wait(TAKEN, now)) };
        state.waiting.push(Denial { user, door, action, resource, why: Why::NameTaken, passed_over });
        self.rung.notify_one();
        Ok(())
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
    fn full(pace: Pace, now: Moment) -> Self {
        Self { left: pace.burst, filled_at: now, passed_over: 0 }
    }

    fn fill(&mut self, pace: Pace, now: Moment) {
        let gained = now.seconds_since(self.filled_at).max(0) / pace.refill_seconds;
        if gained > 0 {
            let gained_whole = u32::try_from(gained).unwrap_or(pace.burst);
            self.left = self.left.saturating_add(gained_whole).min(pace.burst);
            self.filled_at = self.filled_at.plus_seconds(gained * pace.refill_seconds);
        }
    }

    fn is_empty(&mut self, pace: Pace, now: Moment) -> bool {
        self.fill(pace, now);
        self.left == 0
    }

    /// Seconds until there is one again.
    fn wait(&self, pace: Pace, now: Moment) -> i64 {
        let next = self.filled_at.plus_seconds(pace.refill_seconds);
        next.seconds_since(now).clamp(0, pace.refill_seconds).saturating_add(1)
    }

    /// Takes one: how many were passed over since the last that was entered, or `None` if this one is
    /// passed over too.
    fn take(&mut self, pace: Pace, now: Moment, is_full: bool) -> Option<u64> {
        self.fill(pace, now);
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
                tx.enter(denial.to_entry())?;
            }
            Ok::<_, Refusal>(())
        });
        written.map(|_| ()).map_err(Refusal::from)
    }
}

impl Denial {
    fn to_entry(self) -> EntryDraft {
        let mut facts = json!({
            "action": self.action.as_str(),
            "door": self.door,
            "passed_over": self.passed_over,
            "resource": self.resource.as_str(),
        });
        if let (Why::NameTaken, Some(facts)) = (self.why, facts.as_object_mut()) {
            facts.insert("why".to_owned(), json!("name_taken"));
        }
        EntryDraft {
            kind: EntryKind::Refused,
            subject: self.user.to_string(),
            actor: Actor::User(self.user),
            facts,
        }
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
    fn who_hears_of_too_many_taken_names_hears_of_no_name_for_a_while() {
        let refused = Refused::default();
        let asked = (Action::Create, Resource::Case);
        let hears = |who: u64, is_taken: bool, seconds: i64| {
            refused.hears_of_name(user(who), "token", asked, (is_taken, NOW.plus_seconds(seconds)))
        };
        for _ in 0..1_000 {
            assert_eq!(hears(1, false, 0), Ok(()), "names that are free cost nothing");
        }
        for _ in 0..TAKEN.burst {
            assert_eq!(hears(1, true, 0), Ok(()));
        }
        assert_eq!(refused.take_all().len(), TAKEN.burst as usize, "each is entered");
        // Free and taken get one answer, or the answer would tell.
        assert_eq!((hears(1, true, 0), hears(1, false, 0)), (Err(601), Err(601)));
        assert_eq!(hears(2, true, 0), Ok(()), "another person has heard of none");
        assert_eq!(hears(1, false, 599), Err(2));
        assert_eq!((hears(1, false, 600), hears(1, true, 600)), (Ok(()), Ok(())));
        assert_eq!(hears(1, false, 600), Err(601));
        let entered = refused.take_all();
        let last = entered.last().unwrap();
        assert_eq!((last.why, last.passed_over), (Why::NameTaken, 3));
        assert_eq!(last.to_entry().facts["why"], "name_taken");
    }

    #[test]
    fn what_the_ledger_has_no_room_for_is_not_told() {
        let refused = Refused::default();
        for number in 0..WAITING_MAX as u64 {
            refused.note(user(number), "session", (Action::Read, Resource::Record), NOW);
        }
        let asked = (Action::Create, Resource::Case);
        assert!(refused.hears_of_name(user(1), "token", asked, (true, NOW)).is_err());
        refused.take_all();
        assert_eq!(refused.hears_of_name(user(1), "token", asked, (true, NOW)), Ok(()));
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
