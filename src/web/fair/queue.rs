//! The queue before the places for long work: who asks for a few more renditions than there are places waits
//! for his turn instead of being told to come again. Who has least is served first, and of those who have as
//! much, who came first.

use std::sync::Arc;
use std::time::Duration;

use super::{Fairness, Place, Problem};
use crate::base::id::UserId;
use crate::words::{Refusal, Seconds};

/// Requests of one person that may wait.
const WAITING_EACH: usize = 16;
/// Requests of all people that may wait.
const WAITING_MAX: usize = 64;
/// How long one waits at most.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Somebody who waits for a place.
pub(super) struct Waiting {
    number: u64,
    person: UserId,
}

/// A place in the queue, given up when dropped: a client that went away lets the others pass.
struct Ticket {
    fairness: Arc<Fairness>,
    number: u64,
}

impl Fairness {
    /// A place among the long works, as soon as it is this person's turn.
    ///
    /// # Errors
    /// `rate_limited` if so many of the person's own wait already; `too_busy` if too many wait, or if nothing
    /// came free in time.
    pub async fn long_work_in_turn(self: &Arc<Self>, person: UserId) -> Result<Place, Problem> {
        self.in_turn(person, WAIT_MAX).await
    }

    async fn in_turn(self: &Arc<Self>, person: UserId, longest: Duration) -> Result<Place, Problem> {
        let ticket = self.queue(person)?;
        let turn = async {
            loop {
                let freed = self.freed.notified();
                tokio::pin!(freed);
                // Heard from now on: a place that comes free while it is looked at is not missed.
                freed.as_mut().enable();
                if let Some(place) = self.take_turn(ticket.number) {
                    return place;
                }
                freed.await;
            }
        };
        let waited = tokio::time::timeout(longest, turn).await;
        waited.map_err(|_| Refusal::TooBusy { wait: Seconds(5) }.into())
    }

    fn queue(self: &Arc<Self>, person: UserId) -> Result<Ticket, Problem> {
        let mut held = self.held();
        if held.queue.iter().filter(|waiting| waiting.person == person).count() >= WAITING_EACH {
            return Err(Refusal::RateLimited { wait: Seconds(5) }.into());
        }
        if held.queue.len() >= WAITING_MAX {
            return Err(Refusal::TooBusy { wait: Seconds(5) }.into());
        }
        held.numbers += 1;
        let number = held.numbers;
        held.queue.push(Waiting { number, person });
        Ok(Ticket { fairness: Arc::clone(self), number })
    }

    /// The place, if there is one and nobody else in the queue comes before.
    fn take_turn(self: &Arc<Self>, number: u64) -> Option<Place> {
        let mut held = self.held();
        let has = |person: &UserId| held.people.get(person).map_or(0, |of| of.long);
        let able = held.queue.iter().filter(|waiting| held.may_begin(&waiting.person).is_ok());
        let next = able.min_by_key(|waiting| (has(&waiting.person), waiting.number))?;
        if next.number != number {
            return None;
        }
        let person = next.person;
        held.queue.retain(|waiting| waiting.number != number);
        held.begin(person);
        drop(held);
        // There may be room for the one behind.
        self.freed.notify_waiters();
        Some(self.long_place(person))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut held = self.fairness.held();
        let before = held.queue.len();
        held.queue.retain(|waiting| waiting.number != self.number);
        let gave_up = held.queue.len() < before;
        drop(held);
        if gave_up {
            self.fairness.freed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{code, fairness, person};
    use super::super::{LONG_WORK_EACH, LONG_WORK_MAX};
    use super::*;

    /// Runs what waits, on this thread.
    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    #[test]
    fn eight_at_once_of_one_person_all_get_their_turn() {
        run(eight_at_once());
    }

    async fn eight_at_once() {
        let fairness = fairness(0, 0);
        let mut held: Vec<Place> = Vec::new();
        for _ in 0..LONG_WORK_EACH {
            held.push(fairness.in_turn(person(1), WAIT_MAX).await.ok().unwrap());
        }
        let waiting: Vec<_> = (0..8 - LONG_WORK_EACH)
            .map(|_| {
                let fairness = Arc::clone(&fairness);
                tokio::spawn(async move { fairness.in_turn(person(1), WAIT_MAX).await.is_ok() })
            })
            .collect();
        tokio::task::yield_now().await;
        // Somebody else passes them: they have their share.
        let other = fairness.in_turn(person(2), WAIT_MAX).await;
        assert!(other.is_ok());
        drop(held);
        for waiting in waiting {
            assert!(waiting.await.unwrap());
        }
        assert!(fairness.held().queue.is_empty());
    }

    #[test]
    fn the_queue_has_an_end_and_whoever_waits_too_long_leaves_it() {
        let fairness = fairness(0, 0);
        let held: Vec<Place> =
            (0..LONG_WORK_EACH).map(|_| fairness.long_work(person(1)).ok().unwrap()).collect();
        let tickets: Vec<Ticket> =
            (0..WAITING_EACH).map(|_| fairness.queue(person(1)).ok().unwrap()).collect();
        assert_eq!(code(run(fairness.in_turn(person(1), WAIT_MAX))), Some("rate_limited"));
        drop(tickets);
        assert_eq!(code(run(fairness.in_turn(person(1), Duration::ZERO))), Some("too_busy"));
        assert!(fairness.held().queue.is_empty());
        let many: Vec<Ticket> =
            (0..WAITING_MAX).map(|n| fairness.queue(person(10 + n as u64)).ok().unwrap()).collect();
        assert_eq!(code(run(fairness.in_turn(person(2), WAIT_MAX))), Some("too_busy"));
        drop((many, held));
        assert_eq!(fairness.held().long, 0);
        const { assert!(LONG_WORK_EACH < LONG_WORK_MAX) };
    }

    #[test]
    fn who_has_least_is_served_first() {
        let fairness = fairness(0, 0);
        let mut held: Vec<Place> = (0..3).map(|_| fairness.long_work(person(1)).ok().unwrap()).collect();
        held.extend((0..3).map(|_| fairness.long_work(person(2)).ok().unwrap()));
        held.extend((3..5).map(|seed| fairness.long_work(person(seed)).ok().unwrap()));
        let (first, second) =
            (fairness.queue(person(1)).ok().unwrap(), fairness.queue(person(7)).ok().unwrap());
        assert!(fairness.take_turn(first.number).is_none() && fairness.take_turn(second.number).is_none());
        held.pop();
        // He came later and has nothing: the last places are kept for him, besides.
        assert!(fairness.take_turn(first.number).is_none());
        assert!(fairness.take_turn(second.number).is_some());
    }
}
