//! Instants, and the only clock. Engines never read it: they take a [`Moment`].

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

/// Why a text is no instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 instant with a zone offset")]
pub struct BadMoment;

impl Moment {
    /// From microseconds since 1970, as stored.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads an RFC 3339 instant; the zone offset must be given.
    pub fn parse(text: &str) -> Result<Self, BadMoment> {
        DateTime::parse_from_rfc3339(text).map(|at| Self(at.timestamp_micros())).map_err(|_| BadMoment)
    }

    /// RFC 3339 in UTC with microseconds, as in the ledger: `2026-03-01T08:30:00.000000Z`.
    pub fn to_rfc3339(self) -> String {
        self.to_utc().to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    /// RFC 3339 in UTC with whole seconds, for people.
    pub fn to_seconds_text(self) -> String {
        self.to_utc().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// The same instant as chrono has it.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// This instant moved by so many seconds (backwards if negative), never past the ends.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Whole seconds from `earlier` to this instant; negative if it lies before.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0) / 1_000_000
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Moment;
}

/// The machine's wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    fn now(&self) -> Moment {
        of_system(SystemTime::now())
    }
}

/// A clock may show any time, also one before 1970: it is for the archive to refuse it.
fn of_system(time: SystemTime) -> Moment {
    let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    Moment(match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => micros(since),
        Err(before) => micros(before.duration()).saturating_neg(),
    })
}

/// A clock that stands until it is told to move: tests and simulations.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// Stands at `at`.
    pub fn at(at: Moment) -> Self {
        Self(AtomicI64::new(at.micros()))
    }

    /// Moves to `at`.
    pub fn set(&self, at: Moment) {
        self.0.store(at.micros(), Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_before_1970_is_read_like_any_other() {
        let at = |micros: i64| {
            let distance = Duration::from_micros(micros.unsigned_abs());
            let zero = SystemTime::UNIX_EPOCH;
            of_system(if micros < 0 { zero - distance } else { zero + distance }).micros()
        };
        for micros in [-1, -1_000_000_000_000_000, 0, 1_780_000_000_000_001] {
            assert_eq!(at(micros), micros);
        }
    }

    #[test]
    fn an_instant_needs_its_zone() {
        assert!(Moment::parse("2026-03-01T08:30:00").is_err());
        assert_eq!(
            Moment::parse("2026-03-01T08:30:00+08:00").map(Moment::to_seconds_text),
            Ok("2026-03-01T00:30:00Z".to_owned())
        );
    }
}
