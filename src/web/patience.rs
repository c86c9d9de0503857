//! How long somebody may let an answer lie that he ordered. Nobody keeps a connection, an open original
//! and a place among his downloads for ever by not reading on.
//!
//! Two rules, for two ways of not reading. Who takes nothing at all is noticed by the system, which knows
//! what it has sent and what was confirmed (`TCP_USER_TIMEOUT`). Who takes a little now and then, or gives
//! no room to a stream of HTTP/2, is noticed here, by what was drawn from the answer in the time that the
//! service waited for him: what lies in the system's buffers counts in his favour, so that nobody who
//! keeps the pace is closed. Connections of the socket wait as long as they like: they are this machine's.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::base::limits::{ANSWER_GRACE_SECONDS, ANSWER_PACE_BYTES, ANSWER_STILL_SECONDS};

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Time in which something of what was sent has to be taken.
    pub still: Duration,
    /// Time that one answer may make the service wait, all its pieces together, before its pace counts.
    pub grace: Duration,
    /// Bytes for each further second that it makes the service wait.
    pub pace_bytes: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            still: Duration::from_secs(ANSWER_STILL_SECONDS),
            grace: Duration::from_secs(ANSWER_GRACE_SECONDS),
            pace_bytes: ANSWER_PACE_BYTES,
        }
    }
}

impl Patience {
    /// Between two looks at who reads too slowly.
    pub fn between_looks(self) -> Duration {
        (self.grace / 4).clamp(Duration::from_millis(50), Duration::from_secs(5))
    }

    /// `still`, as the system takes it.
    pub fn still_milliseconds(self) -> u32 {
        u32::try_from(self.still.as_millis()).unwrap_or(u32::MAX)
    }
}

/// The answers that leave by one connection at this time: one, or several with HTTP/2.
#[derive(Debug, Default)]
pub struct Outbox(Mutex<Leaving>);

#[derive(Debug, Default)]
struct Leaving {
    /// The number of the next answer.
    next: u64,
    answers: Vec<(u64, Pace)>,
}

/// How fast an answer is taken. Only the time counts in which the service waited for the reader, not the
/// time in which the next piece was read from the disk.
#[derive(Debug, Default)]
struct Pace {
    /// Since when the reader has all that there is for him.
    since: Option<Instant>,
    waited: Duration,
    bytes: u64,
}

impl Pace {
    fn is_too_slow(&self, patience: Patience, now: Instant) -> bool {
        let waits = self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let counts = self.waited.saturating_add(waits).saturating_sub(patience.grace).as_millis();
        u128::from(self.bytes).saturating_mul(1_000) < counts.saturating_mul(u128::from(patience.pace_bytes))
    }
}

impl Outbox {
    fn leaving(&self) -> MutexGuard<'_, Leaving> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer begins to leave; gives the number by which it is spoken of.
    pub fn begin(&self) -> u64 {
        let mut leaving = self.leaving();
        leaving.next += 1;
        let number = leaving.next;
        leaving.answers.push((number, Pace::default()));
        number
    }

    /// There is room for the next piece of it: what came before is on its way.
    pub fn has_room(&self, number: u64, now: Instant) {
        self.with(number, |pace| {
            if let Some(since) = pace.since.take() {
                pace.waited = pace.waited.saturating_add(now.saturating_duration_since(since));
            }
        });
    }

    /// A piece of it was handed over, and the reader is waited for.
    pub fn handed_over(&self, number: u64, bytes: usize, now: Instant) {
        self.with(number, |pace| {
            pace.bytes = pace.bytes.saturating_add(bytes as u64);
            pace.since = Some(now);
        });
    }

    /// It has left, or nobody reads any more.
    pub fn end(&self, number: u64) {
        self.leaving().answers.retain(|(known, _)| *known != number);
    }

    /// True if one of them is taken too slowly.
    pub fn is_too_slow(&self, patience: Patience, now: Instant) -> bool {
        self.leaving().answers.iter().any(|(_, pace)| pace.is_too_slow(patience, now))
    }

    fn with(&self, number: u64, change: impl FnOnce(&mut Pace)) {
        let mut leaving = self.leaving();
        if let Some((_, pace)) = leaving.answers.iter_mut().find(|(known, _)| *known == number) {
            change(pace);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience =
        Patience { still: Duration::from_secs(120), grace: Duration::from_secs(60), pace_bytes: 1_024 };

    /// An answer of which so many bytes were taken in so many seconds.
    fn taken(bytes: usize, seconds: u64) -> bool {
        let (outbox, began) = (Outbox::default(), Instant::now());
        let number = outbox.begin();
        outbox.handed_over(number, bytes, began);
        !outbox.is_too_slow(PATIENCE, began + Duration::from_secs(seconds))
    }

    #[test]
    fn an_answer_may_be_taken_slowly_but_not_for_ever() {
        assert!(taken(0, 60), "within the time of grace");
        assert!(!taken(0, 61));
        assert!(!taken(60_000, 120));
        assert!(taken(61_440, 120));
        assert!(!taken(1_000_000, 7_200), "two hours for a megabyte");
        assert!(taken(1 << 30, 7_200));
    }

    #[test]
    fn the_time_in_which_the_service_prepares_the_next_piece_is_not_the_readers() {
        let (outbox, began) = (Outbox::default(), Instant::now());
        let after = |seconds| began + Duration::from_secs(seconds);
        let number = outbox.begin();
        outbox.handed_over(number, 1, began);
        outbox.has_room(number, after(50));
        assert!(!outbox.is_too_slow(PATIENCE, after(5_000)), "the service is slow, not the reader");
        outbox.handed_over(number, 1, after(5_000));
        assert!(!outbox.is_too_slow(PATIENCE, after(5_010)));
        assert!(outbox.is_too_slow(PATIENCE, after(5_011)));
    }

    #[test]
    fn one_slow_answer_among_several_is_enough_and_one_that_has_left_is_forgotten() {
        let (outbox, began) = (Outbox::default(), Instant::now());
        let late = began + Duration::from_secs(1_000);
        let (slow, fast) = (outbox.begin(), outbox.begin());
        outbox.handed_over(slow, 1, began);
        outbox.handed_over(fast, 1 << 30, began);
        assert!(outbox.is_too_slow(PATIENCE, late));
        outbox.end(slow);
        assert!(!outbox.is_too_slow(PATIENCE, late));
    }
}
