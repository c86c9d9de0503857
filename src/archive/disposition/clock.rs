//! Whether the clock can be believed when something is about to be destroyed for good.

use std::time::Instant;

use crate::archive::ready::CLOCK_BEHIND_SECONDS;
use crate::archive::refusal::Refusal;
use crate::base::moment::Moment;

/// Seconds by which the clock may have gone further than time has passed.
const AHEAD_SECONDS_MAX: i64 = 24 * 60 * 60;

/// Remembers when the archive was opened, by the clock and by the time that passes.
pub(in crate::archive) struct ClockGuard {
    opened: Moment,
    since: Instant,
}

impl ClockGuard {
    /// Begins with what the clock says now.
    pub(in crate::archive) fn starting(now: Moment) -> Self {
        Self { opened: now, since: Instant::now() }
    }

    /// Refuses to believe a clock that stands behind the newest entry of the ledger, or that was set forward by
    /// more than a day since the archive was opened.
    ///
    /// # Errors
    /// [`Refusal::ClockBehind`], for both.
    pub(super) fn must_be_sane(&self, now: Moment, newest: Moment) -> Result<(), Refusal> {
        self.judge(now, newest, i64::try_from(self.since.elapsed().as_secs()).unwrap_or(i64::MAX))
    }

    fn judge(&self, now: Moment, newest: Moment, passed_seconds: i64) -> Result<(), Refusal> {
        let latest = self.opened.plus_seconds(passed_seconds.saturating_add(AHEAD_SECONDS_MAX));
        match now.plus_seconds(CLOCK_BEHIND_SECONDS) >= newest && now <= latest {
            true => Ok(()),
            false => Err(Refusal::ClockBehind { newest, now }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_went_back_or_leapt_forward_destroys_nothing() {
        let opened = Moment::from_micros(1_000_000_000_000_000);
        let guard = ClockGuard::starting(opened);
        let hour = 60 * 60;
        let is_sane = |now: i64, newest: i64, passed: i64| {
            guard.judge(opened.plus_seconds(now), opened.plus_seconds(newest), passed).is_ok()
        };
        assert!(is_sane(0, 0, 0));
        assert!(is_sane(hour, 10, hour), "an hour passed, by both");
        assert!(is_sane(23 * hour, 10, 0), "set forward by less than a day");
        assert!(!is_sane(25 * hour, 10, 0), "set forward by more");
        assert!(is_sane(50 * hour, 10, 49 * hour));
        assert!(!is_sane(-hour, 0, 0), "behind the newest entry");
    }
}
