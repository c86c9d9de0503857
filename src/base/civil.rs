//! Local dates and the zones in which they hold. A date of evidence is a local date with its
//! zone, never a midnight in UTC.

use std::borrow::Cow;
use std::fmt;

use chrono::{Datelike, NaiveDate, TimeZone as _};
use chrono_tz::Tz;

use super::moment::Moment;

/// The first and last year that a date may have; wide enough for any evidence, narrow enough
/// that no calendar step overflows.
pub const YEARS: std::ops::RangeInclusive<i32> = 1900..=9998;

const DAY_SECONDS: i64 = 24 * 3_600;

/// A calendar date, `YYYY-MM-DD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate(NaiveDate);

/// A date that people and spreadsheets write with the year first (`2026/3/1`, `2026-3-1`, `2026.3.1`, `2026年3月1日`),
/// a time of day behind it perhaps (`2026/3/1 9:05`), as this program writes it. Any other text stays as it is: which
/// of two numbers is the month is never guessed, and whether there is such a day says whoever reads it then.
pub fn in_iso_order(text: &str) -> Cow<'_, str> {
    written_day(text.trim()).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn written_day(text: &str) -> Option<String> {
    let (year, rest) = digits(text, 4..=4)?;
    let separator = rest.chars().next().filter(|c| matches!(c, '-' | '/' | '.' | '年'))?;
    let (month, rest) = digits(rest.strip_prefix(separator)?, 1..=2)?;
    let rest = rest.strip_prefix(if separator == '年' { '月' } else { separator })?;
    let (day, rest) = digits(rest, 1..=2)?;
    let rest = if separator == '年' { rest.strip_prefix(['日', '号', '號'])? } else { rest };
    let date = format!("{year}-{month:0>2}-{day:0>2}");
    let time = rest.trim_start_matches(' ');
    match time.strip_prefix(['T', 't']) {
        _ if rest.is_empty() => Some(date),
        Some(time) => Some(format!("{date}T{time}")),
        // What directly follows the day makes another number of it.
        None if time.len() == rest.len() && separator != '年' => None,
        None => {
            let (hour, rest) = digits(time, 1..=2)?;
            rest.starts_with(':').then(|| format!("{date}T{hour:0>2}{rest}"))
        }
    }
}

/// The digits at the beginning, if there are so many of them, and what follows.
fn digits(text: &str, wanted: std::ops::RangeInclusive<usize>) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    wanted.contains(&end).then(|| text.split_at(end))
}

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

    /// The instant at which this date begins in `zone`: where clocks skip its midnight, or the whole of it, when they
    /// go on; where they show midnight twice, the first.
    pub fn begins_in(self, zone: Zone) -> Moment {
        let midnight = self.0.and_hms_opt(0, 0, 0).unwrap_or_default();
        if let Some(at) = zone.0.from_local_datetime(&midnight).earliest() {
            return Moment::from_micros(at.timestamp_micros());
        }
        let shows_it = |second: i64| {
            let shown = zone.0.timestamp_opt(second, 0).single();
            shown.is_some_and(|shown| shown.naive_local() >= midnight)
        };
        // No clock is a day away from UTC, and none changes but at a whole second.
        let near = midnight.and_utc().timestamp();
        let (mut before, mut since) = (near - DAY_SECONDS, near + DAY_SECONDS);
        while since - before > 1 {
            let between = before + (since - before) / 2;
            if shows_it(between) { since = between } else { before = between }
        }
        Moment::from_micros(0).plus_seconds(since)
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
    fn a_date_with_the_year_first_is_read_as_the_day_that_it_plainly_is() {
        for (written, read) in [
            ("2026/3/1", "2026-03-01"),
            (" 2026-3-1 ", "2026-03-01"),
            ("2026.12.31", "2026-12-31"),
            ("2026年3月1日", "2026-03-01"),
            ("2026年3月1日 9:05", "2026-03-01T09:05"),
            ("2026/3/1 9:05:07", "2026-03-01T09:05:07"),
            ("2026/03/01T09:05:07+08:00", "2026-03-01T09:05:07+08:00"),
            // No such day: the reader of dates says so.
            ("2026/2/30", "2026-02-30"),
        ] {
            assert_eq!(in_iso_order(written), read, "{written}");
        }
    }

    #[test]
    fn a_date_of_which_the_order_is_not_plain_is_left_to_be_refused() {
        let other = [
            "1/3/2026",
            "03-01-2026",
            "26/3/1",
            "115/3/1",
            "民國115年3月1日",
            "20260301",
            "2026/3",
            "2026/3-1",
            "2026年3/1",
            "2026/3/123",
            "2026/3/1x",
            "2026/3/19:05",
            "2026/3/1 noon",
            "2026/3/1 9",
            "46082",
            "",
        ];
        for written in other {
            assert_eq!(in_iso_order(written), written);
            let day = CivilDate::parse(&in_iso_order(written));
            assert!(day.is_err(), "{written}");
        }
    }

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
    fn a_day_whose_midnight_clocks_skipped_begins_when_they_go_on() {
        for (date, zone, begins) in [
            ("2026-03-01", "Asia/Shanghai", "2026-02-28T16:00:00Z"),
            // Summer time began at midnight.
            ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
            // No quarter of an hour.
            ("1972-01-07", "Africa/Monrovia", "1972-01-07T00:44:30Z"),
            // Samoa went to the other side of the date line, and had no such day at all.
            ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z"),
            ("2011-12-31", "Pacific/Apia", "2011-12-30T10:00:00Z"),
            // Kwajalein neither, from the other side.
            ("1993-08-21", "Pacific/Kwajalein", "1993-08-21T12:00:00Z"),
            // Midnight came twice.
            ("2018-11-04", "America/Havana", "2018-11-04T04:00:00Z"),
        ] {
            let found = CivilDate::parse(date).unwrap().begins_in(Zone::parse(zone).unwrap());
            assert_eq!(found, Moment::parse(begins).unwrap(), "{date} in {zone}");
        }
    }

    #[test]
    fn an_instant_past_every_calendar_has_no_date() {
        for micros in [i64::MIN, i64::MAX, i64::MAX - 1, -3_000_000_000_000_000] {
            assert_eq!(CivilDate::of(Moment::from_micros(micros), Zone::SHANGHAI), Err(BadDate::Year));
        }
    }
}
