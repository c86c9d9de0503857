//! Business time: the hours that count, over week days, holidays, make-up workdays (调休), zones
//! and clock changes. Elapsed time is measured between instants, so an hour that a clock change
//! repeats counts twice and one that it skips does not count.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, TimeDelta, TimeZone as _, Weekday};

use super::target::Target;
use crate::base::civil::{CivilDate, Zone};
use crate::base::moment::Moment;

/// Minutes of one day.
const DAY_MINUTES: u16 = 24 * 60;
/// Days that a search for a due instant looks ahead.
const DUE_DAYS_MAX: i64 = 20 * 366;

/// Hours of one day that count, in minutes after local midnight: `from` < `until` ≤ 1440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    from: u16,
    until: u16,
}

impl Span {
    /// All day.
    pub const ALL_DAY: Self = Self { from: 0, until: DAY_MINUTES };

    /// Reads `09:00-12:00`; `24:00` is the end of the day. Hours over midnight are written as
    /// one span on each day.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, until) = text.split_once('-')?;
        let (from, until) = (minutes(from.trim())?, minutes(until.trim())?);
        (from < until && until <= DAY_MINUTES).then_some(Self { from, until })
    }

    /// True if both have a minute in common.
    pub const fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |digits: &str| -> Option<u16> {
        (digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())?
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (minutes < 60).then_some(hours * 60 + minutes)
}

/// The hours that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessTime {
    zone: Zone,
    week: BTreeMap<u8, Vec<Span>>,
    holidays: BTreeSet<CivilDate>,
    workdays: BTreeMap<CivilDate, Vec<Span>>,
}

impl BusinessTime {
    /// All hours of all days.
    pub fn always(zone: Zone) -> Self {
        Self {
            zone,
            week: (0..7).map(|day| (day, vec![Span::ALL_DAY])).collect(),
            holidays: BTreeSet::new(),
            workdays: BTreeMap::new(),
        }
    }

    /// From checked parts: spans of a day are in order and do not overlap; a make-up workday
    /// wins over the week and over holidays.
    pub(super) fn new(
        zone: Zone,
        week: BTreeMap<u8, Vec<Span>>,
        holidays: BTreeSet<CivilDate>,
        workdays: BTreeMap<CivilDate, Vec<Span>>,
    ) -> Self {
        Self { zone, week, holidays, workdays }
    }

    /// The zone whose clocks count.
    pub const fn zone(&self) -> Zone {
        self.zone
    }

    /// The hours that count on a day; none on a day off.
    pub fn spans_on(&self, date: CivilDate) -> &[Span] {
        if let Some(spans) = self.workdays.get(&date) {
            return spans;
        }
        if self.holidays.contains(&date) {
            return &[];
        }
        self.week.get(&weekday_number(date.to_naive().weekday())).map_or(&[], Vec::as_slice)
    }

    /// Seconds of this time between two instants, without the stretches in `stops` (in order,
    /// not overlapping; an open one lasts on). Zero if `until` is not after `from`.
    pub fn elapsed_seconds(&self, from: Moment, until: Moment, stops: &[(Moment, Option<Moment>)]) -> i64 {
        running(from, until, stops).into_iter().map(|(from, until)| self.between(from, until)).sum::<i64>()
            / 1_000_000
    }

    /// The instant by which a target that starts at `from` must be met: `None` while the clock
    /// stands, or if no such instant comes within twenty years. The target is kept up to and
    /// including that instant for hours, and before it for days.
    pub fn due(&self, from: Moment, target: Target, stops: &[(Moment, Option<Moment>)]) -> Option<Moment> {
        match target {
            Target::Seconds(seconds) => self.due_after(from, i64::from(seconds) * 1_000_000, stops),
            Target::Days(days) => self.due_on(CivilDate::of(from, self.zone).ok()?, days, stops),
        }
    }

    /// The end of the `days`-th day that counts after `start`. A day counts if some of its hours
    /// are not stopped.
    pub fn due_on(&self, start: CivilDate, days: u16, stops: &[(Moment, Option<Moment>)]) -> Option<Moment> {
        let mut left = days;
        for ahead in 1..=DUE_DAYS_MAX {
            let date = start.plus_days(ahead)?;
            if self.pieces_on(date).any(|piece| cut(piece, stops).next().is_some()) {
                left = left.checked_sub(1)?;
            }
            if left == 0 {
                return Some(date.plus_days(1)?.begins_in(self.zone));
            }
        }
        None
    }

    fn due_after(&self, from: Moment, micros: i64, stops: &[(Moment, Option<Moment>)]) -> Option<Moment> {
        let start = CivilDate::of(from, self.zone).ok()?;
        let mut left = micros;
        for ahead in 0..=DUE_DAYS_MAX {
            let date = start.plus_days(ahead)?;
            for (begin, end) in self.pieces_on(date) {
                for (begin, end) in cut((begin.max(from), end), stops) {
                    let length = end.micros() - begin.micros();
                    if left <= length {
                        return Some(Moment::from_micros(begin.micros() + left));
                    }
                    left -= length;
                }
            }
        }
        None
    }

    /// Microseconds of this time in `[from, until)`.
    fn between(&self, from: Moment, until: Moment) -> i64 {
        let (Ok(first), Ok(last)) = (CivilDate::of(from, self.zone), CivilDate::of(until, self.zone)) else {
            return 0;
        };
        let mut sum = 0;
        let mut day = Some(first);
        while let Some(date) = day.filter(|date| *date <= last) {
            for (begin, end) in self.pieces_on(date) {
                let overlap = end.min(until).micros() - begin.max(from).micros();
                sum += overlap.max(0);
            }
            day = date.plus_days(1);
        }
        sum
    }

    fn pieces_on(&self, date: CivilDate) -> impl Iterator<Item = (Moment, Moment)> + '_ {
        self.spans_on(date).iter().map(move |span| {
            (instant(date, span.from, self.zone, false), instant(date, span.until, self.zone, true))
        })
    }
}

/// Monday is 0.
pub(super) const fn weekday_number(day: Weekday) -> u8 {
    match day {
        Weekday::Mon => 0,
        Weekday::Tue => 1,
        Weekday::Wed => 2,
        Weekday::Thu => 3,
        Weekday::Fri => 4,
        Weekday::Sat => 5,
        Weekday::Sun => 6,
    }
}

/// The instant at which local clocks show so many minutes after midnight. Where clocks show it
/// twice, a beginning takes the first and an end the last; where they skip it, both take the
/// first minute after the jump.
fn instant(date: CivilDate, minutes: u16, zone: Zone, is_end: bool) -> Moment {
    if minutes == 0 {
        return date.begins_in(zone);
    }
    if minutes >= DAY_MINUTES {
        return date.plus_days(1).unwrap_or(date).begins_in(zone);
    }
    let mut local = date.to_naive().and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(minutes.into());
    // No clock jumps by more than a day.
    for _ in 0..=DAY_MINUTES {
        let found = zone.to_tz().from_local_datetime(&local);
        if let Some(at) = if is_end { found.latest() } else { found.earliest() } {
            return Moment::from_micros(at.timestamp_micros());
        }
        local += TimeDelta::minutes(1);
    }
    date.begins_in(zone)
}

/// The stretches of `[from, until)` in which the clock runs.
fn running(from: Moment, until: Moment, stops: &[(Moment, Option<Moment>)]) -> Vec<(Moment, Moment)> {
    cut((from, until), stops).collect()
}

/// What is left of a stretch without the stops.
fn cut(
    (from, until): (Moment, Moment),
    stops: &[(Moment, Option<Moment>)],
) -> impl Iterator<Item = (Moment, Moment)> + '_ {
    let mut begin = from;
    let ends = stops.iter().copied().chain([(until, None)]);
    ends.filter_map(move |(stop, resume)| {
        let piece = (begin, stop.min(until));
        begin = resume.map_or(until, |resume| resume.max(begin));
        (piece.0 < piece.1).then_some(piece)
    })
}
