//! Local dates and the zones in which they hold. A date of evidence is a local date with its
//! zone, never a midnight in UTC.

use std::fmt;

use chrono::{Datelike, NaiveDate, TimeZone as _};
use chrono_tz::Tz;

use super::moment::Moment;

/// The first and last year that a date may have; wide enough for any evidence, narrow enough
/// that no calendar step overflows.
pub const YEARS: std::ops::RangeInclusive<i32> = 1900..=9998;

/// A calendar date, `YYYY-MM-DD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate(NaiveDate);

/// Why a text is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDate {
    /// Not of the form `YYYY-MM-DD`.
    #[error("not of the form YYYY-MM-DD")]
    Form,
    /// The form is right, but the calendar has no such day.
    #[error("no such day in the calendar")]
    NoSuchDay,
    /// The year lies outside [`YEARS`].
    #[error("the year must lie between 1900 and 9998")]
    Year,
}

impl CivilDate {
    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Self, BadDate> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes
                .iter()
                .enumerate()
                .all(|(i, b)| if i == 4 || i == 7 { *b == b'-' } else { b.is_ascii_digit() });
        if !shaped {
            return Err(BadDate::Form);
        }
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| BadDate::NoSuchDay)?;
        Self::from_naive(date)
    }

    /// From chrono's date; refuses years outside [`YEARS`].
    pub fn from_naive(date: NaiveDate) -> Result<Self, BadDate> {
        if YEARS.contains(&date.year()) { Ok(Self(date)) } else { Err(BadDate::Year) }
    }

    /// As chrono has it.
    pub fn to_naive(self) -> NaiveDate {
        self.0
    }

    /// The date that clocks in `zone` show at `at`.
    pub fn of(at: Moment, zone: Zone) -> Result<Self, BadDate> {
        let utc = at.to_utc();
        // Near the ends of what an instant can be, no zone has a date for it.
        if !(YEARS.start() - 1..=YEARS.end() + 1).contains(&utc.year()) {
            return Err(BadDate::Year);
        }
        Self::from_naive(utc.with_timezone(&zone.0).date_naive())
    }

    /// Days from `earlier` to this date; negative if it lies before.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0.signed_duration_since(earlier.0).num_days()
    }

    /// This date moved by so many days, or `None` past the ends.
    pub fn plus_days(self, days: i64) -> Option<Self> {
        let moved = self.0.checked_add_signed(chrono::TimeDelta::try_days(days)?)?;
        Self::from_naive(moved).ok()
    }

    /// The instant at which this date begins in `zone` (the first existing one, where clocks jump).
    pub fn begins_in(self, zone: Zone) -> Moment {
        let mut local = self.0.and_hms_opt(0, 0, 0).unwrap_or_default();
        // A gap at midnight is never longer than a day.
        for _ in 0..96 {
            if let Some(at) = zone.0.from_local_datetime(&local).earliest() {
                return Moment::from_micros(at.timestamp_micros());
            }
            local += chrono::TimeDelta::minutes(15);
        }
        Moment::from_micros(local.and_utc().timestamp_micros())
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl fmt::Debug for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An IANA time zone, such as `Asia/Shanghai`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

/// A name that the zone database does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no time zone of that name (write it as in Asia/Shanghai)")]
pub struct BadZone;

impl Zone {
    /// The zone assumed where nothing else is said.
    pub const SHANGHAI: Self = Self(Tz::Asia__Shanghai);
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// Reads an IANA zone name.
    pub fn parse(text: &str) -> Result<Self, BadZone> {
        text.parse::<Tz>().map(Self).map_err(|_| BadZone)
    }

    /// The IANA name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// As chrono-tz has it.
    pub fn to_tz(self) -> Tz {
        self.0
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_exist_are_dates() {
        assert_eq!(CivilDate::parse("2026-02-29"), Err(BadDate::NoSuchDay));
        assert_eq!(CivilDate::parse("2026-2-9"), Err(BadDate::Form));
        assert_eq!(CivilDate::parse("9999-01-01"), Err(BadDate::Year));
        assert_eq!(CivilDate::parse("２０２６-01-01"), Err(BadDate::Form));
        assert!(CivilDate::parse("2024-02-29").is_ok());
    }

    #[test]
    fn a_date_is_the_one_that_local_clocks_show() {
        let at = Moment::parse("2025-12-31T17:00:00Z").unwrap();
        assert_eq!(CivilDate::of(at, Zone::SHANGHAI).unwrap().to_string(), "2026-01-01");
        assert_eq!(CivilDate::of(at, Zone::UTC).unwrap().to_string(), "2025-12-31");
    }

    #[test]
    fn an_instant_past_every_calendar_has_no_date() {
        for micros in [i64::MIN, i64::MAX, i64::MAX - 1, -3_000_000_000_000_000] {
            assert_eq!(CivilDate::of(Moment::from_micros(micros), Zone::SHANGHAI), Err(BadDate::Year));
        }
    }
}
