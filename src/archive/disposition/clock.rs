//! Whether the clock can be believed when something is about to be destroyed for good.
//!
//! What it showed when it was last believed is kept beside the keys, where a database that is put back or written to
//! does not reach. A clock that stands behind the ledger, or that went further than a day since then without that
//! much time having passed here, is believed again once two persons have confirmed it
//! (`archive/confirm_clock.rs`), or once it shows what it should.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::archive::ready::CLOCK_BEHIND_SECONDS;
use crate::archive::refusal::Refusal;
use crate::base::moment::Moment;
use crate::retention::{ClockFault, ClockReading, clock_fault};

/// Remembers what the clock showed, and how much time passed since by what no clock shows.
pub(in crate::archive) struct ClockGuard(Mutex<Known>);

#[derive(Debug, Clone, Copy)]
struct Known {
    /// What the clock showed when it was last believed.
    seen: Moment,
    /// When that was noted here, or when this process began.
    noted: Instant,
    /// What it showed when this process began, or when two persons confirmed it: small steps add up.
    from: (Moment, Instant),
    /// The date of the newest entry that two persons have accepted although it lies ahead.
    ahead: Option<Moment>,
}

/// What the guard makes of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) struct Look {
    /// What the clock showed when it was last believed.
    pub seen: Moment,
    /// Why it is not believed now.
    pub fault: Option<ClockFault>,
}

impl ClockGuard {
    /// Begins with what the clock shows now, and with what was kept. What was kept and cannot be read is as good as a
    /// clock that jumped.
    pub(in crate::archive) fn starting(now: Moment, kept: Option<&str>) -> Self {
        let (seen, ahead) = match kept {
            None => (now, None),
            Some(text) => parse(text).unwrap_or((Moment::from_micros(0), None)),
        };
        let began = Instant::now();
        Self(Mutex::new(Known { seen, noted: began, from: (now, began), ahead }))
    }

    /// Refuses to believe a clock that stands behind the newest entry of the ledger, or that went further than time.
    ///
    /// # Errors
    /// [`Refusal::ClockBehind`], [`Refusal::ClockJumped`].
    pub(super) fn must_be_sane(&self, now: Moment, newest: Moment) -> Result<(), Refusal> {
        let Look { seen, fault } = self.look(now, newest);
        match fault {
            None => Ok(()),
            Some(ClockFault::Behind { .. }) => Err(Refusal::ClockBehind { newest, now }),
            Some(ClockFault::Jumped { .. }) => Err(Refusal::ClockJumped { seen, now }),
        }
    }

    /// What is to be said of the clock.
    pub(in crate::archive) fn look(&self, now: Moment, newest: Moment) -> Look {
        let known = *self.known();
        Look { seen: known.seen, fault: known.fault(now, newest, Instant::now()) }
    }

    /// Notes what the clock shows, unless it is not believed; what is to be kept of it.
    pub(in crate::archive) fn note(&self, now: Moment, newest: Moment) -> String {
        let mut known = self.known();
        let at = Instant::now();
        if known.fault(now, newest, at).is_none() && now >= known.seen {
            (known.seen, known.noted) = (now, at);
        }
        known.to_text()
    }

    /// Two persons have confirmed what the clock shows, and that the newest entry is dated as it is.
    pub(in crate::archive) fn confirmed(&self, now: Moment, newest: Moment) {
        let mut known = self.known();
        let at = Instant::now();
        *known = Known {
            seen: now,
            noted: at,
            from: (now, at),
            ahead: Some(newest).filter(|newest| *newest > now),
        };
    }

    /// So much time has passed, and the clock shows it.
    #[cfg(test)]
    pub(in crate::archive) fn passed(&self, seconds: i64) {
        let mut known = self.known();
        known.seen = known.seen.plus_seconds(seconds);
        known.from.0 = known.from.0.plus_seconds(seconds);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn fault(&self, now: Moment, newest: Moment, at: Instant) -> Option<ClockFault> {
        let passed =
            |since: Instant| i64::try_from(at.saturating_duration_since(since).as_secs()).unwrap_or(i64::MAX);
        // What lies ahead by accident of two clocks, or was accepted, is not behind.
        let is_accepted = newest <= now.plus_seconds(CLOCK_BEHIND_SECONDS)
            || self.ahead.is_some_and(|ahead| newest <= ahead);
        let since = |seen: Moment, noted: Instant| {
            clock_fault(ClockReading {
                now,
                last_entry: Some(newest).filter(|_| !is_accepted),
                last_tick: Some(seen.plus_seconds(passed(noted))),
            })
        };
        since(self.seen, self.noted).or_else(|| since(self.from.0, self.from.1))
    }

    fn to_text(self) -> String {
        let ahead = self.ahead.map_or_else(|| "-".to_owned(), |ahead| ahead.to_rfc3339());
        format!("{}\n{ahead}\n", self.seen.to_rfc3339())
    }
}

fn parse(text: &str) -> Option<(Moment, Option<Moment>)> {
    let (seen, ahead) = text.strip_suffix('\n')?.split_once('\n')?;
    let ahead = match ahead {
        "-" => None,
        ahead => Some(Moment::parse(ahead).ok()?),
    };
    Some((Moment::parse(seen).ok()?, ahead))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 60 * 60;

    fn opened() -> Moment {
        Moment::from_micros(1_000_000_000_000_000)
    }

    fn is_sane(guard: &ClockGuard, now: i64, newest: i64) -> bool {
        guard.must_be_sane(opened().plus_seconds(now), opened().plus_seconds(newest)).is_ok()
    }

    #[test]
    fn a_clock_that_went_back_or_leapt_forward_destroys_nothing() {
        let guard = ClockGuard::starting(opened(), None);
        assert!(is_sane(&guard, 0, 0));
        assert!(is_sane(&guard, 23 * HOUR, 10), "set forward by less than a day");
        assert!(!is_sane(&guard, 25 * HOUR, 10), "set forward by more");
        assert!(!is_sane(&guard, -HOUR, 0), "behind the newest entry");
        assert!(is_sane(&guard, 0, CLOCK_BEHIND_SECONDS), "clocks are never quite the same");
    }

    #[test]
    fn time_that_passes_here_is_no_leap() {
        let guard = ClockGuard::starting(opened(), None);
        let known = *guard.known();
        let later = known.noted + std::time::Duration::from_secs(49 * 3_600);
        let fault = |hours: i64| known.fault(opened().plus_seconds(hours * HOUR), opened(), later);
        assert_eq!(fault(50), None);
        assert!(matches!(fault(74), Some(ClockFault::Jumped { .. })));
    }

    #[test]
    fn small_steps_add_up_to_a_leap() {
        let guard = ClockGuard::starting(opened(), None);
        for hours in [20, 40, 60] {
            guard.note(opened().plus_seconds(hours * HOUR), opened());
        }
        assert!(!is_sane(&guard, 60 * HOUR, 0), "each of them was less than a day");
    }

    #[test]
    fn another_process_begins_where_this_one_ended() {
        let guard = ClockGuard::starting(opened(), None);
        let kept = guard.note(opened().plus_seconds(HOUR), opened());
        let next = |hours: i64| ClockGuard::starting(opened().plus_seconds(hours * HOUR), Some(&kept));
        assert!(is_sane(&next(20), 20 * HOUR, 0));
        assert!(!is_sane(&next(100), 100 * HOUR, 0), "nobody knows whether so much time has passed");
        assert!(is_sane(&next(0), 0, 0), "put back to where it was");
        // What was kept of a clock that is not believed is what was seen before.
        assert_eq!(next(100).note(opened().plus_seconds(100 * HOUR), opened()), kept);
        assert!(
            !is_sane(&ClockGuard::starting(opened(), Some("x")), 0, 0),
            "what cannot be read is no excuse"
        );
    }

    #[test]
    fn a_clock_that_was_confirmed_is_believed_and_goes_on_from_there() {
        let (day, at) = (24 * HOUR, |seconds: i64| opened().plus_seconds(seconds));
        let guard = ClockGuard::starting(opened(), None);
        assert!(!is_sane(&guard, 10 * day, 0));
        guard.confirmed(at(10 * day), at(0));
        assert!(is_sane(&guard, 10 * day, 0) && !is_sane(&guard, 12 * day, 0));
        // Entries of a clock that was wrong lie ahead for good: two persons accept these, and no later ones.
        let guard = ClockGuard::starting(opened(), None);
        assert!(!is_sane(&guard, 0, 9 * day));
        guard.confirmed(at(0), at(9 * day));
        assert!(is_sane(&guard, 0, 9 * day) && !is_sane(&guard, 0, 9 * day + 1));
        let kept = guard.note(at(HOUR), at(9 * day));
        assert!(is_sane(&ClockGuard::starting(at(HOUR), Some(&kept)), HOUR, 9 * day));
    }
}
