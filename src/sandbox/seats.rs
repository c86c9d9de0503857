//! Seats: how many documents are read at once, and whose is next.
//!
//! Whoever waits is served in turn, one tenant after the other. Large documents together never take the last
//! seat, so that small ones go on being read however many large ones there are.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::pool::Tenant;

/// The seats.
pub(super) struct Seats {
    state: Mutex<State>,
    changed: Condvar,
    all: usize,
}

#[derive(Default)]
struct State {
    taken: usize,
    taken_by_large: usize,
    next_number: u64,
    waiting: VecDeque<Waiting>,
    /// Who was seated last, the latest at the end.
    turns: Vec<Tenant>,
}

#[derive(Clone, Copy)]
struct Waiting {
    number: u64,
    tenant: Tenant,
    large: bool,
}

/// A seat. It is free again when dropped.
pub(super) struct Seat<'s> {
    seats: &'s Seats,
    large: bool,
}

impl Seats {
    pub(super) fn new(all: usize) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), all: all.max(1) }
    }

    /// Waits for a seat.
    pub(super) fn take(&self, tenant: Tenant, large: bool) -> Seat<'_> {
        loop {
            if let Some(seat) = self.take_until(tenant, large, None) {
                return seat;
            }
        }
    }

    /// Waits for a seat until then; `None` if none was free in time.
    pub(super) fn take_until(&self, tenant: Tenant, large: bool, until: Option<Instant>) -> Option<Seat<'_>> {
        let mut state = self.state();
        let number = state.next_number;
        state.next_number += 1;
        state.waiting.push_back(Waiting { number, tenant, large });
        while state.next(self.all) != Some(number) {
            let Some(until) = until else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.waiting.retain(|waiting| waiting.number != number);
                drop(state);
                // Whoever waits behind may be next now.
                self.changed.notify_all();
                return None;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.seat(number);
        drop(state);
        // There may be a seat for the next one too.
        self.changed.notify_all();
        Some(Seat { seats: self, large })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Who is to be seated now: of those for whom there is a seat, the first of the tenant who was seated
    /// longest ago.
    fn next(&self, all: usize) -> Option<u64> {
        let free = all.saturating_sub(self.taken);
        // Of one seat alone, large documents have their share too.
        let for_large = all.saturating_sub(1).max(1).saturating_sub(self.taken_by_large).min(free);
        let may = |waiting: &&Waiting| if waiting.large { for_large > 0 } else { free > 0 };
        let turn = |waiting: &&Waiting| self.turns.iter().position(|tenant| *tenant == waiting.tenant);
        // `None`, never seated, comes before every place in the list.
        let first = self.waiting.iter().filter(may).min_by_key(|waiting| (turn(waiting), waiting.number));
        first.map(|waiting| waiting.number)
    }

    fn seat(&mut self, number: u64) {
        let Some(place) = self.waiting.iter().position(|waiting| waiting.number == number) else { return };
        let Some(seated) = self.waiting.remove(place) else { return };
        self.taken += 1;
        self.taken_by_large += usize::from(seated.large);
        self.turns.retain(|tenant| *tenant != seated.tenant);
        self.turns.push(seated.tenant);
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut state = self.seats.state();
        state.taken = state.taken.saturating_sub(1);
        state.taken_by_large = state.taken_by_large.saturating_sub(usize::from(self.large));
        drop(state);
        self.seats.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(all: &[(u64, Tenant, bool)]) -> State {
        let waiting = all.iter().map(|(number, tenant, large)| Waiting {
            number: *number,
            tenant: *tenant,
            large: *large,
        });
        State { waiting: waiting.collect(), ..State::default() }
    }

    fn order(mut state: State, all: usize) -> Vec<u64> {
        let mut order = Vec::new();
        while let Some(number) = state.next(all) {
            state.seat(number);
            order.push(number);
            if state.taken == all {
                state.taken = 0;
                state.taken_by_large = 0;
            }
        }
        order
    }

    #[test]
    fn tenants_take_turns_however_many_one_of_them_sends() {
        use Tenant::{Detection, Indexing, Person};
        let state = waiting(&[
            (0, Indexing, false),
            (1, Indexing, false),
            (2, Indexing, false),
            (3, Person, false),
            (4, Detection, false),
        ]);
        assert_eq!(order(state, 1), [0, 3, 4, 1, 2]);
    }

    #[test]
    fn large_documents_never_take_the_last_seat() {
        use Tenant::Indexing;
        let mut state = waiting(&[(0, Indexing, true), (1, Indexing, true), (2, Indexing, true)]);
        state.seat(0);
        state.seat(1);
        assert_eq!(state.next(3), None, "the third seat is kept");
        state.waiting.push_back(Waiting { number: 3, tenant: Indexing, large: false });
        assert_eq!(state.next(3), Some(3));
        assert_eq!(waiting(&[(0, Indexing, true)]).next(1), Some(0), "of one seat all have a share");
    }

    #[test]
    fn who_waits_for_a_seat_no_longer_leaves_the_queue() {
        let seats = Seats::new(1);
        let seat = seats.take(Tenant::Indexing, false);
        assert!(seats.take_until(Tenant::Person, false, Some(Instant::now())).is_none());
        assert!(seats.state().waiting.is_empty());
        drop(seat);
        // Nobody has to wait where there is one.
        assert!(seats.take_until(Tenant::Person, false, Some(Instant::now())).is_some());
    }

    #[test]
    fn a_seat_that_is_given_back_goes_to_whoever_waits() {
        let seats = Seats::new(1);
        let (told, hears) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let first = seats.take(Tenant::Indexing, false);
            let seats = &seats;
            scope.spawn(move || {
                let _second = seats.take(Tenant::Person, true);
                told.send(()).unwrap();
            });
            assert!(hears.try_recv().is_err());
            drop(first);
            hears.recv().unwrap();
        });
        assert_eq!(seats.state().taken, 0);
    }
}
