//! How long a session lasts: half an hour without a deliberate request, twelve hours in all. Polling
//! does not renew it.

use crate::base::moment::Moment;

/// Seconds without a deliberate request after which a session ends.
pub const IDLE_SECONDS: i64 = 30 * 60;
/// Seconds after log-in at which a session ends, whatever was done.
pub const ABSOLUTE_SECONDS: i64 = 12 * 3600;
/// Seconds by which clocks of two nodes may differ.
pub const CLOCK_SKEW_SECONDS: i64 = 60;
/// Seconds that must pass before a renewal is written down: a busy page writes once a minute.
const RENEW_SECONDS: i64 = 60;

/// The times of a session, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTimes {
    /// Log-in.
    pub created_at: Moment,
    /// The last deliberate request (to within a minute).
    pub seen_at: Moment,
    /// The absolute end.
    pub expires_at: Moment,
}

/// Whether a person did something, or a page asked by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// A person did something.
    Deliberate,
    /// A page polls for progress.
    Polling,
}

/// Whether a session still stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionVerdict {
    /// It stands; nothing to write.
    Live,
    /// It stands; write this as `seen_at`.
    Renew(Moment),
    /// Ended for want of activity.
    IdleEnded,
    /// Ended after its longest life.
    Ended,
    /// It begins in the future: the clock went back, and nothing can be said of it.
    ClockWentBack,
}

impl SessionTimes {
    /// The times of a session that begins now.
    pub const fn begin(now: Moment) -> Self {
        Self { created_at: now, seen_at: now, expires_at: now.plus_seconds(ABSOLUTE_SECONDS) }
    }

    /// When the session ends if nothing more is done in it.
    pub fn ends_at(self) -> Moment {
        let absolute = self.expires_at.min(self.created_at.plus_seconds(ABSOLUTE_SECONDS));
        absolute.min(self.seen_at.plus_seconds(IDLE_SECONDS))
    }

    /// Does the session stand at `now`?
    pub fn check(self, request: RequestKind, now: Moment) -> SessionVerdict {
        if now.seconds_since(self.created_at) < -CLOCK_SKEW_SECONDS {
            return SessionVerdict::ClockWentBack;
        }
        // The stored end counts, and the rule too: neither a long row nor a changed rule outlasts the other.
        if self.expires_at <= now || self.created_at.plus_seconds(ABSOLUTE_SECONDS) <= now {
            return SessionVerdict::Ended;
        }
        let idle_seconds = now.seconds_since(self.seen_at);
        match request {
            _ if idle_seconds >= IDLE_SECONDS => SessionVerdict::IdleEnded,
            RequestKind::Polling => SessionVerdict::Live,
            RequestKind::Deliberate if idle_seconds >= RENEW_SECONDS => SessionVerdict::Renew(now),
            RequestKind::Deliberate => SessionVerdict::Live,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LOG_IN: Moment = Moment::from_micros(1_800_000_000_000_000);

    fn at(seconds: i64) -> Moment {
        LOG_IN.plus_seconds(seconds)
    }

    #[test]
    fn thirty_idle_minutes_end_a_session() {
        let times = SessionTimes::begin(LOG_IN);
        assert_eq!(times.check(RequestKind::Deliberate, at(1799)), SessionVerdict::Renew(at(1799)));
        assert_eq!(times.check(RequestKind::Deliberate, at(1800)), SessionVerdict::IdleEnded);
    }

    #[test]
    fn polling_keeps_nobody_logged_in() {
        let mut times = SessionTimes::begin(LOG_IN);
        for minute in 0..29 {
            let verdict = times.check(RequestKind::Polling, at(minute * 60));
            assert_eq!(verdict, SessionVerdict::Live);
            if let SessionVerdict::Renew(seen_at) = verdict {
                times.seen_at = seen_at;
            }
        }
        assert_eq!(times.check(RequestKind::Polling, at(1800)), SessionVerdict::IdleEnded);
    }

    #[test]
    fn twelve_hours_end_even_a_busy_session() {
        let mut times = SessionTimes::begin(LOG_IN);
        for minute in (0..12 * 60).step_by(20) {
            if let SessionVerdict::Renew(seen_at) = times.check(RequestKind::Deliberate, at(minute * 60)) {
                times.seen_at = seen_at;
            }
        }
        assert_eq!(
            times.check(RequestKind::Deliberate, at(12 * 3600 - 1)),
            SessionVerdict::Renew(at(12 * 3600 - 1))
        );
        assert_eq!(times.check(RequestKind::Deliberate, at(12 * 3600)), SessionVerdict::Ended);
    }

    #[test]
    fn a_session_from_the_future_is_not_believed() {
        let times = SessionTimes::begin(LOG_IN);
        assert_eq!(times.check(RequestKind::Deliberate, at(-59)), SessionVerdict::Live);
        assert_eq!(times.check(RequestKind::Deliberate, at(-61)), SessionVerdict::ClockWentBack);
    }

    proptest! {
        #[test]
        fn nothing_lives_past_its_absolute_end(seen in 0i64..200_000, now in 0i64..200_000) {
            let times = SessionTimes { seen_at: at(seen), ..SessionTimes::begin(LOG_IN) };
            let live = matches!(
                times.check(RequestKind::Deliberate, at(now)),
                SessionVerdict::Live | SessionVerdict::Renew(_)
            );
            prop_assert!(!live || (now < ABSOLUTE_SECONDS && now - seen < IDLE_SECONDS));
        }
    }
}
