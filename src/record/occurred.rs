//! When the recorded thing happened: a local date with its zone, perhaps with the instant.

use chrono::{NaiveDateTime, Offset as _, TimeZone as _};

use crate::base::civil::{BadDate, CivilDate, Zone};
use crate::base::moment::Moment;

/// Days after which a capture counts as late (补录) where the archive says nothing else.
pub const LATE_AFTER_DAYS: u32 = 7;

/// The date of evidence. Clear columns hold all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Occurred {
    /// The date that clocks in `zone` showed.
    pub on: CivilDate,
    /// The instant, if it is known.
    pub at: Option<Moment>,
    /// The zone in which the date holds.
    pub zone: Zone,
}

/// Why a text says no time of occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// The date is none.
    #[error(transparent)]
    Date(#[from] BadDate),
    /// Neither a date nor an RFC 3339 instant nor a local time.
    #[error("write 2026-03-01, 2026-03-01T10:00 or 2026-03-01T10:00:00+08:00")]
    Form,
    /// Clocks in the zone never showed this time, or showed it twice; an offset decides.
    #[error("clocks there showed this time never or twice: write the offset")]
    Ambiguous,
}

impl Occurred {
    /// Reads a date (`2026-03-01`), a local time in `zone` (`2026-03-01T10:00`), or an instant with
    /// its offset (`2026-03-01T10:00:00+08:00`). The date is the one that clocks in `zone` show.
    pub fn parse(text: &str, zone: Zone) -> Result<Self, BadTime> {
        let text = text.trim();
        let Some((date, time)) = text.split_once(['T', 't', ' ']) else {
            return Ok(Self { on: CivilDate::parse(text)?, at: None, zone });
        };
        // The date is checked by itself first, so that a wrong day is not reported as a wrong form.
        CivilDate::parse(date)?;
        let joined = format!("{date}T{time}");
        let at = match Moment::parse(&joined) {
            Ok(at) => at,
            Err(_) => local(&joined, zone)?,
        };
        Ok(Self { on: CivilDate::of(at, zone)?, at: Some(at), zone })
    }

    /// The instant, or else the beginning of the day.
    pub fn begins(self) -> Moment {
        self.at.unwrap_or_else(|| self.on.begins_in(self.zone))
    }

    /// For a late capture, the days that passed between occurrence and capture; `None` if no more
    /// than `tolerated_days` did.
    pub fn late_by_days(self, captured_at: Moment, tolerated_days: u32) -> Option<u32> {
        let captured_on = CivilDate::of(captured_at, self.zone).ok()?;
        let days = u32::try_from(captured_on.days_since(self.on)).ok()?;
        (days > tolerated_days).then_some(days)
    }

    /// As [`Occurred::parse`] reads it: the date, or the instant with the zone's offset.
    pub fn to_text(self) -> String {
        self.at.map_or_else(
            || self.on.to_string(),
            |at| {
                let local = at.to_utc().with_timezone(&self.zone.to_tz());
                let fixed = local.with_timezone(&local.offset().fix());
                fixed.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false)
            },
        )
    }
}

/// Reads an instant, or a date as its beginning in `zone`.
pub fn parse_moment(text: &str, zone: Zone) -> Result<Moment, BadTime> {
    Occurred::parse(text, zone).map(Occurred::begins)
}

fn local(text: &str, zone: Zone) -> Result<Moment, BadTime> {
    let time = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .ok_or(BadTime::Form)?;
    let at = zone.to_tz().from_local_datetime(&time).single().ok_or(BadTime::Ambiguous)?;
    Ok(Moment::from_micros(at.timestamp_micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, Option<String>), BadTime> {
        Occurred::parse(text, Zone::SHANGHAI).map(|o| (o.on.to_string(), o.at.map(Moment::to_seconds_text)))
    }

    #[test]
    fn a_date_alone_has_no_instant() {
        assert_eq!(read("2026-03-01"), Ok(("2026-03-01".to_owned(), None)));
    }

    #[test]
    fn an_instant_gives_the_date_of_the_zone() {
        assert_eq!(
            read("2026-02-28T23:30:00+00:00"),
            Ok(("2026-03-01".to_owned(), Some("2026-02-28T23:30:00Z".to_owned())))
        );
    }

    #[test]
    fn a_time_without_offset_is_the_zones() {
        for text in ["2026-03-01T10:00", "2026-03-01 10:00:00", "2026-03-01T10:00:00.000"] {
            assert_eq!(
                read(text),
                Ok(("2026-03-01".to_owned(), Some("2026-03-01T02:00:00Z".to_owned()))),
                "{text}"
            );
        }
    }

    #[test]
    fn wrong_days_and_forms_are_told_apart() {
        assert_eq!(read("2026-02-30"), Err(BadTime::Date(BadDate::NoSuchDay)));
        assert_eq!(read("2026-02-30T10:00:00+08:00"), Err(BadTime::Date(BadDate::NoSuchDay)));
        assert_eq!(read("1800-01-01"), Err(BadTime::Date(BadDate::Year)));
        assert_eq!(read("01/03/2026"), Err(BadTime::Date(BadDate::Form)));
        assert_eq!(read("2026-03-01T25:00:00+08:00"), Err(BadTime::Form));
        assert_eq!(read("2026-03-01T"), Err(BadTime::Form));
    }

    #[test]
    fn an_hour_that_clocks_skip_or_repeat_needs_its_offset() {
        let zone = Zone::parse("Europe/Berlin").unwrap();
        for text in ["2026-03-29T02:30", "2026-10-25T02:30"] {
            assert_eq!(Occurred::parse(text, zone), Err(BadTime::Ambiguous), "{text}");
        }
        assert!(Occurred::parse("2026-10-25T02:30:00+01:00", zone).is_ok());
    }

    #[test]
    fn a_capture_is_late_by_the_days_of_the_local_calendar() {
        let occurred = Occurred::parse("2026-03-01", Zone::SHANGHAI).unwrap();
        // 17:00 in UTC is already the next day in Shanghai.
        let at = |text: &str| Moment::parse(text).unwrap();
        assert_eq!(occurred.late_by_days(at("2026-03-08T15:59:59Z"), 7), None);
        assert_eq!(occurred.late_by_days(at("2026-03-08T17:00:00Z"), 7), Some(8));
        assert_eq!(occurred.late_by_days(at("2026-02-01T00:00:00Z"), 0), None);
    }

    #[test]
    fn its_text_reads_back() {
        for text in ["2026-03-01", "2026-03-01T10:00:00+08:00", "2026-03-01T10:00:00.250+08:00"] {
            let occurred = Occurred::parse(text, Zone::SHANGHAI).unwrap();
            assert_eq!(occurred.to_text(), text);
            assert_eq!(Occurred::parse(&occurred.to_text(), Zone::SHANGHAI), Ok(occurred));
        }
    }
}
