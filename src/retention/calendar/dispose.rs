//! The instant from which something may be disposed of.

use chrono::{NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _};

use crate::base::civil::{CivilDate, Zone};
use crate::base::moment::Moment;

/// Steps of a quarter of an hour in which the end of a gap is sought: two days. Zones that crossed the date
/// line left a whole day out.
const GAP_STEPS: i32 = 2 * 96;

/// 00:00 of the day after `last_day`, as clocks in `zone` show it (rule R6).
///
/// Where clocks skip that midnight, the first time that they show after it; where they show it twice, the
/// second: a clock that is put back from 00:01 shows the last day once more.
pub fn disposable_from(last_day: CivilDate, zone: Zone) -> Moment {
    // The last day is at most in 9998, so that there is a day after it.
    let next = last_day.to_naive().succ_opt().unwrap_or(last_day.to_naive());
    let midnight = NaiveDateTime::new(next, NaiveTime::MIN);
    for step in 0..=GAP_STEPS {
        let local = midnight + TimeDelta::minutes(i64::from(step) * 15);
        if let Some(at) = zone.to_tz().from_local_datetime(&local).latest() {
            return Moment::from_micros(at.timestamp_micros());
        }
    }
    // No zone has such a gap. Late rather than early: the last place on earth.
    Moment::from_micros(midnight.and_utc().timestamp_micros()).plus_seconds(12 * 3_600)
}
