//! The judge.
//!
//! ```text
//! hold > compliance lock > floor > governance lock > assignment > category > collection > organisation
//! ```

mod ends;
mod stand;

use super::facts::Facts;
use super::guard::{Hold, Lock};
use super::reckon::{NoTrace, Trace};
use super::schedule::Schedule;
use super::verdict::Verdict;
use crate::base::moment::Moment;

use self::ends::Ends;

/// The instant at which is judged, and whether the clock that shows it may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The instant.
    pub at: Moment,
    /// False while the clock guard suspends dispositions.
    pub clock_sane: bool,
}

impl Now {
    /// An instant of a clock that may be trusted.
    pub const fn sane(at: Moment) -> Self {
        Self { at, clock_sane: true }
    }
}

/// Judges a record. The facts must have been materialised under this schedule.
///
/// ```
/// use muniment::base::moment::Moment;
/// use muniment::policy::shipped;
/// use muniment::retention::{Now, Schedule, judge, read_case};
///
/// let schedule = Schedule::of(&shipped("tw-general").unwrap().unwrap());
/// let case = r#"{"record": {"category": "tw.med.chart", "jurisdiction": "TW"}, "declared": "2020-05-02",
///     "occurred": "2020-05-01", "meta": {"birth_date": "2015-06-01", "last_care_on": "2020-05-01"}, "zone": "Asia/Taipei"}"#;
/// let facts = read_case(&serde_json::from_str(case).unwrap(), &schedule).unwrap();
/// let now = Now::sane(Moment::parse("2026-11-22T00:00:00Z").unwrap());
/// let verdict = judge(&facts, &schedule, &[], &[], now);
/// // Of age on 2033-06-01, and seven years more.
/// assert_eq!(verdict.due_from.unwrap().to_seconds_text(), "2040-06-01T16:00:00Z");
/// ```
pub fn judge(facts: &Facts, schedule: &Schedule, holds: &[Hold], locks: &[Lock], now: Now) -> Verdict {
    judge_with(facts, schedule, holds, locks, now, &mut NoTrace)
}

/// As [`judge`], with every step taken down.
pub(super) fn judge_with(
    facts: &Facts,
    schedule: &Schedule,
    holds: &[Hold],
    locks: &[Lock],
    now: Now,
    trace: &mut impl Trace,
) -> Verdict {
    let ends = Ends::of(facts, schedule, now, trace);
    stand::verdict(facts, schedule, holds, locks, now, ends)
}
