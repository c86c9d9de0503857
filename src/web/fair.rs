//! What one person may have of the service at once: nobody can take all of it.
//!
//! Four things are shared: turns (requests that are being answered), places for long work, feeds
//! (exports of other systems, which are held in memory whole), and downloads (answers that leave piece by piece). Who has too much of one is told when to
//! come again (429), and so is who sends faster than agreed; where the service itself has no more to
//! give, everybody is told so (503).

mod queue;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::problem::Problem;
use crate::base::id::UserId;
use crate::words::{Refusal, Seconds};

/// Bulk logs, previews, ledger exports and other long readings at the same time: each keeps a thread.
pub const LONG_WORK_MAX: usize = 8;
/// Of these, places that are kept for people who have none.
const LONG_WORK_KEPT: usize = 2;
/// Of these, places of one person.
const LONG_WORK_EACH: usize = 4;
/// Feeds of one person that are being read or worked on.
const FEEDS_EACH: usize = 1;
/// Feeds of all people that are in memory at once, each of at most `FEED_BYTES_MAX`.
const FEEDS_MAX: usize = 16;
/// Downloads of one person that are under way: a slow one holds an open file and a connection for hours.
const DOWNLOADS_EACH: usize = 16;
/// Time for which somebody who sent little may make up for it at once.
const SAVED_UP: Duration = Duration::from_secs(60);
/// People remembered; more than that are looked through for those who have nothing any more.
const PEOPLE_MAX: usize = 4_096;

/// How much one person may send. Zero stands for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Requests of one minute; a minute's worth may come at once.
    pub per_minute: u32,
    /// Requests that are being answered at the same time.
    pub at_once: usize,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { per_minute: 120_000, at_once: 256 }
    }
}

/// Who has what.
pub struct Fairness {
    allowance: Allowance,
    held: Mutex<Held>,
    /// Told of places for long work that came free.
    freed: Notify,
}

#[derive(Default)]
struct Held {
    people: HashMap<UserId, Person>,
    long: usize,
    feeds: usize,
    /// Who waits for a place for long work.
    queue: Vec<queue::Waiting>,
    /// Numbers given to those who waited.
    numbers: u64,
}

/// What one person has.
#[derive(Default)]
struct Person {
    turns: usize,
    long: usize,
    feeds: usize,
    downloads: usize,
    /// Until when the requests sent so far would take at the agreed pace.
    sent_until: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
enum Share {
    Turn,
    Long,
    Feed,
    Download,
}

/// A share of the service, given back when dropped, even where the client went away.
pub struct Place {
    fairness: Arc<Fairness>,
    person: UserId,
    share: Share,
}

impl Fairness {
    /// Nobody has anything.
    pub fn new(allowance: Allowance) -> Self {
        Self { allowance, held: Mutex::default(), freed: Notify::new() }
    }

    /// A turn: one request that is answered.
    ///
    /// # Errors
    /// `rate_limited` if the person has as many, or sends faster than agreed.
    pub fn turn(self: &Arc<Self>, person: UserId) -> Result<Place, Problem> {
        self.turn_at(person, Instant::now())
    }

    fn turn_at(self: &Arc<Self>, person: UserId, now: Instant) -> Result<Place, Problem> {
        let Allowance { per_minute, at_once } = self.allowance;
        let mut held = self.held();
        held.forget_idle(now);
        let of = held.people.entry(person).or_default();
        if at_once > 0 && of.turns >= at_once {
            return Err(Refusal::RateLimited { wait: Seconds(1) }.into());
        }
        if per_minute > 0 {
            let standing = of.sent_until.map_or(now, |until| until.max(now));
            let ahead = standing.saturating_duration_since(now);
            if let Some(over) = ahead.checked_sub(SAVED_UP).filter(|over| !over.is_zero()) {
                return Err(Refusal::RateLimited { wait: Seconds(over.as_secs().saturating_add(1)) }.into());
            }
            of.sent_until = standing.checked_add(Duration::from_secs(60) / per_minute);
        }
        of.turns += 1;
        Ok(self.place(person, Share::Turn))
    }

    /// A place among the long works.
    ///
    /// # Errors
    /// `rate_limited` if the person has as many as one may have, `too_busy` if all others are taken.
    pub fn long_work(self: &Arc<Self>, person: UserId) -> Result<Place, Problem> {
        let mut held = self.held();
        held.may_begin(&person)?;
        held.begin(person);
        Ok(self.long_place(person))
    }

    fn long_place(self: &Arc<Self>, person: UserId) -> Place {
        self.place(person, Share::Long)
    }

    /// A place for one feed, from its first byte to its last row.
    ///
    /// # Errors
    /// As [`Fairness::long_work`].
    pub fn feed(self: &Arc<Self>, person: UserId) -> Result<Place, Problem> {
        let mut held = self.held();
        if held.people.get(&person).is_some_and(|of| of.feeds >= FEEDS_EACH) {
            return Err(Refusal::RateLimited { wait: Seconds(5) }.into());
        }
        if held.feeds >= FEEDS_MAX {
            return Err(Refusal::TooBusy { wait: Seconds(5) }.into());
        }
        held.feeds += 1;
        held.people.entry(person).or_default().feeds += 1;
        Ok(self.place(person, Share::Feed))
    }

    /// A place for one download, from its first byte to its last.
    ///
    /// # Errors
    /// `rate_limited` if the person has as many as one may have.
    pub fn download(self: &Arc<Self>, person: UserId) -> Result<Place, Problem> {
        let mut held = self.held();
        let of = held.people.entry(person).or_default();
        if of.downloads >= DOWNLOADS_EACH {
            return Err(Refusal::RateLimited { wait: Seconds(5) }.into());
        }
        of.downloads += 1;
        Ok(self.place(person, Share::Download))
    }

    fn place(self: &Arc<Self>, person: UserId, share: Share) -> Place {
        Place { fairness: Arc::clone(self), person, share }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Whether this person may begin another long work now.
    fn may_begin(&self, person: &UserId) -> Result<(), Refusal> {
        let has = self.people.get(person).map_or(0, |of| of.long);
        if has >= LONG_WORK_EACH {
            return Err(Refusal::RateLimited { wait: Seconds(5) });
        }
        let open = LONG_WORK_MAX - if has == 0 { 0 } else { LONG_WORK_KEPT };
        if self.long >= open {
            return Err(Refusal::TooBusy { wait: Seconds(5) });
        }
        Ok(())
    }

    fn begin(&mut self, person: UserId) {
        self.long += 1;
        self.people.entry(person).or_default().long += 1;
    }

    fn forget_idle(&mut self, now: Instant) {
        if self.people.len() >= PEOPLE_MAX {
            self.people.retain(|_, of| {
                of.turns + of.long + of.feeds + of.downloads > 0
                    || of.sent_until.is_some_and(|until| until > now)
            });
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.fairness.held();
        let Held { people, long, feeds, .. } = &mut *held;
        let Some(of) = people.get_mut(&self.person) else { return };
        match self.share {
            Share::Turn => of.turns = of.turns.saturating_sub(1),
            Share::Long => {
                of.long = of.long.saturating_sub(1);
                *long = long.saturating_sub(1);
            }
            Share::Feed => {
                of.feeds = of.feeds.saturating_sub(1);
                *feeds = feeds.saturating_sub(1);
            }
            Share::Download => of.downloads = of.downloads.saturating_sub(1),
        }
        drop(held);
        if matches!(self.share, Share::Long) {
            self.fairness.freed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SeededEntropy;
    use crate::base::moment::Moment;

    pub(super) fn person(seed: u64) -> UserId {
        UserId::generate(Moment::from_micros(1), &SeededEntropy::new(seed))
    }

    pub(super) fn fairness(per_minute: u32, at_once: usize) -> Arc<Fairness> {
        Arc::new(Fairness::new(Allowance { per_minute, at_once }))
    }

    pub(super) fn code<T>(refused: Result<T, Problem>) -> Option<&'static str> {
        refused.err().map(|problem| problem.refusal.code().as_str())
    }

    #[test]
    fn one_person_never_has_the_places_that_are_kept_for_others() {
        let fairness = fairness(0, 0);
        let taken: Vec<Place> =
            (0..LONG_WORK_EACH).map(|_| fairness.long_work(person(1)).ok().unwrap()).collect();
        assert_eq!(code(fairness.long_work(person(1))), Some("rate_limited"));
        let others: Vec<Place> = (2..6).map(|seed| fairness.long_work(person(seed)).ok().unwrap()).collect();
        assert_eq!(code(fairness.long_work(person(7))), Some("too_busy"));
        drop(others);
        drop(taken);
        assert!(fairness.long_work(person(1)).is_ok(), "what was given back is there again");
    }

    #[test]
    fn the_last_places_are_for_people_who_have_none() {
        let fairness = fairness(0, 0);
        let _first: Vec<Place> = (0..3).map(|_| fairness.long_work(person(1)).ok().unwrap()).collect();
        let _second: Vec<Place> = (0..3).map(|_| fairness.long_work(person(2)).ok().unwrap()).collect();
        assert_eq!(code(fairness.long_work(person(2))), Some("too_busy"));
        let _third = fairness.long_work(person(3)).ok().unwrap();
        assert!(fairness.long_work(person(4)).is_ok());
    }

    #[test]
    fn one_person_sends_one_feed_at_a_time() {
        let fairness = fairness(0, 0);
        let feed = fairness.feed(person(1)).ok().unwrap();
        assert_eq!(code(fairness.feed(person(1))), Some("rate_limited"));
        assert!(fairness.feed(person(2)).is_ok());
        drop(feed);
        assert!(fairness.feed(person(1)).is_ok());
    }

    #[test]
    fn one_persons_slow_downloads_leave_everybody_elses_alone() {
        let fairness = fairness(0, 0);
        let mut taken: Vec<Place> =
            (0..DOWNLOADS_EACH).map(|_| fairness.download(person(1)).ok().unwrap()).collect();
        assert_eq!(code(fairness.download(person(1))), Some("rate_limited"));
        assert!(fairness.download(person(2)).is_ok());
        taken.pop();
        assert!(fairness.download(person(1)).is_ok());
    }

    #[test]
    fn who_sends_faster_than_agreed_is_told_when_to_come_again_and_others_are_not() {
        let (fairness, now) = (fairness(60, 0), Instant::now());
        for number in 0..=60 {
            assert!(fairness.turn_at(person(1), now).is_ok(), "{number}");
        }
        let told = fairness.turn_at(person(1), now).err().map(|problem| problem.refusal);
        assert_eq!(told, Some(Refusal::RateLimited { wait: Seconds(2) }));
        assert!(fairness.turn_at(person(2), now).is_ok());
        assert!(fairness.turn_at(person(1), now + Duration::from_secs(2)).is_ok());
    }

    #[test]
    fn requests_under_way_are_counted_until_they_are_answered() {
        let fairness = fairness(0, 2);
        let first = fairness.turn(person(1)).ok().unwrap();
        let _second = fairness.turn(person(1)).ok().unwrap();
        assert_eq!(code(fairness.turn(person(1))), Some("rate_limited"));
        drop(first);
        assert!(fairness.turn(person(1)).is_ok());
    }
}
