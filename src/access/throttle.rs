//! The login throttle: after a few free failures every further one doubles the wait, up to a
//! quarter of an hour. It never locks anyone out for ever, so it cannot be used to keep a person
//! from the archive; it is written down, so it survives a restart.

use crate::base::moment::Moment;

/// Seconds after which the failures of a quiet name or source are forgotten.
pub const FORGET_SECONDS: i64 = 24 * 3600;
/// The longest wait, in seconds.
pub const WAIT_SECONDS_MAX: i64 = 15 * 60;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Failures for one name, whoever tries.
    Name,
    /// Failures from one network source, whatever the name: a whole office may share one, so it
    /// has more free failures.
    Source,
}

impl Counted {
    /// Failures that cost no wait.
    pub const fn free_failures(self) -> u32 {
        match self {
            Self::Name => 4,
            Self::Source => 20,
        }
    }
}

/// The failures written down for one name or source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How many since the last success or the last quiet day.
    pub count: u32,
    /// When the last one was.
    pub last_at: Moment,
}

/// May a log-in be tried?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttle {
    /// Yes.
    Proceed,
    /// Not before this instant. The password is not even looked at, right or wrong.
    Wait {
        /// The first instant at which a try is looked at again.
        until: Moment,
    },
}

/// May a log-in be tried at `now`?
pub fn judge(counted: Counted, failures: Option<Failures>, now: Moment) -> Throttle {
    let Some(failures) = failures.filter(|failures| remembered(*failures, now)) else {
        return Throttle::Proceed;
    };
    // A failure in the future means that the clock went back. Waiting for it could take years; one
    // try is let through, and the next failure is written down with the clock as it is.
    if failures.last_at > now {
        return Throttle::Proceed;
    }
    let until = failures.last_at.plus_seconds(wait_seconds(counted, failures.count));
    if until <= now { Throttle::Proceed } else { Throttle::Wait { until } }
}

/// Both counts together: the longer wait holds.
pub fn judge_both(name: Option<Failures>, source: Option<Failures>, now: Moment) -> Throttle {
    match (judge(Counted::Name, name, now), judge(Counted::Source, source, now)) {
        (Throttle::Proceed, other) | (other, Throttle::Proceed) => other,
        (Throttle::Wait { until: one }, Throttle::Wait { until: other }) => {
            Throttle::Wait { until: one.max(other) }
        }
    }
}

/// What to write down after a failure at `now`. A success deletes the row of the name; the row
/// of the source stays, or one known password would reset the count for all the others.
pub fn after_failure(failures: Option<Failures>, now: Moment) -> Failures {
    let earlier = failures.filter(|failures| remembered(*failures, now)).map_or(0, |failures| failures.count);
    Failures { count: earlier.saturating_add(1), last_at: now }
}

/// The wait after the last of so many failures, in seconds.
pub fn wait_seconds(counted: Counted, count: u32) -> i64 {
    match count.checked_sub(counted.free_failures()) {
        None | Some(0) => 0,
        // 2, 4, 8 … seconds; ten doublings pass the longest wait.
        Some(beyond) => (1_i64 << beyond.min(10)).min(WAIT_SECONDS_MAX),
    }
}

fn remembered(failures: Failures, now: Moment) -> bool {
    now.seconds_since(failures.last_at) < FORGET_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Moment = Moment::from_micros(1_800_000_000_000_000);

    fn failed(count: u32, seconds_ago: i64) -> Option<Failures> {
        Some(Failures { count, last_at: NOW.plus_seconds(-seconds_ago) })
    }

    #[test]
    fn four_mistakes_cost_nothing_and_then_each_doubles_the_wait() {
        let waits: Vec<i64> = (0..=16).map(|count| wait_seconds(Counted::Name, count)).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(wait_seconds(Counted::Source, 20), 0);
        assert_eq!(wait_seconds(Counted::Source, 21), 2);
    }

    #[test]
    fn a_wait_ends_at_its_instant() {
        assert_eq!(judge(Counted::Name, failed(6, 3), NOW), Throttle::Wait { until: NOW.plus_seconds(1) });
        assert_eq!(judge(Counted::Name, failed(6, 4), NOW), Throttle::Proceed);
    }

    #[test]
    fn a_quiet_day_wipes_the_slate() {
        assert_eq!(after_failure(failed(50, FORGET_SECONDS), NOW).count, 1);
        assert_eq!(after_failure(failed(50, FORGET_SECONDS - 1), NOW).count, 51);
    }

    #[test]
    fn the_longer_of_two_waits_holds() {
        let both = judge_both(failed(6, 0), failed(25, 0), NOW);
        assert_eq!(both, Throttle::Wait { until: NOW.plus_seconds(32) });
        assert_eq!(judge_both(None, failed(25, 0), NOW), both);
        assert_eq!(judge_both(failed(6, 0), None, NOW), Throttle::Wait { until: NOW.plus_seconds(4) });
    }

    #[test]
    fn a_clock_that_went_back_locks_nobody_out_and_forgets_nothing() {
        let tomorrow = failed(50, -FORGET_SECONDS);
        assert_eq!(judge(Counted::Name, tomorrow, NOW), Throttle::Proceed);
        assert_eq!(after_failure(tomorrow, NOW), Failures { count: 51, last_at: NOW });
    }

    proptest! {
        #[test]
        fn nobody_is_ever_locked_out_for_longer_than_a_quarter_of_an_hour(
            count: u32, last in -1_000_000_000i64..1_000_000_000, source: bool,
        ) {
            let counted = if source { Counted::Source } else { Counted::Name };
            match judge(counted, failed(count, last), NOW) {
                Throttle::Proceed => {}
                Throttle::Wait { until } => {
                    prop_assert!(until > NOW && until.seconds_since(NOW) <= WAIT_SECONDS_MAX);
                    prop_assert_eq!(judge(counted, failed(count, last), until), Throttle::Proceed);
                }
            }
        }
    }
}
