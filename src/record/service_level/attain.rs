//! Whether the promises of a case were kept, and the 服务等级达成表 over many cases.

use std::collections::BTreeMap;

use super::target::Target;
use super::{ClockKind, Promise, ServiceLevel};
use crate::base::moment::Moment;
use crate::base::text::fold_name;
use crate::record::case::Timeline;

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// From the opening to the first response.
    FirstResponse,
    /// From the opening to the resolution.
    Resolution,
}

impl Measure {
    /// The word in tables and over the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstResponse => "first_response",
            Self::Resolution => "resolution",
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Done in time.
    Met,
    /// Done too late.
    Missed,
    /// Not done, and there is time left or the clock stands.
    Running,
    /// Not done, and the time is over.
    Overdue,
}

impl Outcome {
    /// The word in tables and over the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Running => "running",
            Self::Overdue => "overdue",
        }
    }
}

/// One promise of one case, measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attainment {
    /// What was measured.
    pub measure: Measure,
    /// What was promised.
    pub target: Target,
    /// Which time counts.
    pub clock: ClockKind,
    /// When the clock started.
    pub started: Moment,
    /// By when it had to be done; unknown while the clock stands.
    pub due: Option<Moment>,
    /// When it was done.
    pub done: Option<Moment>,
    /// Seconds of counted time until it was done, or until now.
    pub elapsed_seconds: i64,
    /// How it ended.
    pub outcome: Outcome,
}

/// Measures what was promised to a case. Pauses do not count, nor does the time in which it
/// counted as resolved before it was reopened. A resolution without an earlier response is the
/// first response too; a case closed without resolution ends when it is closed.
pub fn attainments(
    level: &ServiceLevel,
    tier: Option<&str>,
    priority: Option<&str>,
    line: &Timeline,
    now: Moment,
) -> Vec<Attainment> {
    let (Some(started), Some(promise)) = (line.opened_at, level.promise(tier, priority)) else {
        return Vec::new();
    };
    let ended = line.ended_at();
    let responded = line.first_response_at.or(ended);
    [
        (Measure::FirstResponse, promise.first_response, responded),
        (Measure::Resolution, promise.resolution, ended),
    ]
    .into_iter()
    .filter_map(|(measure, target, done)| {
        let course = Course { measure, target: target?, started, done };
        Some(measured(level, promise, &course, line, now))
    })
    .collect()
}

struct Course {
    measure: Measure,
    target: Target,
    started: Moment,
    done: Option<Moment>,
}

fn measured(
    level: &ServiceLevel,
    promise: &Promise,
    course: &Course,
    line: &Timeline,
    now: Moment,
) -> Attainment {
    let Course { measure, target, started, done } = *course;
    let calendar = level.calendar(promise.clock);
    // A stop that begins when the work is done is not a stop of this work.
    let stops: Vec<(Moment, Option<Moment>)> = line
        .stops
        .iter()
        .filter(|stop| done.is_none_or(|done| stop.from < done))
        .map(|stop| (stop.from, stop.until))
        .collect();
    let elapsed_seconds = calendar.elapsed_seconds(started, done.unwrap_or(now), &stops);
    let due = calendar.due(started, target, &stops);
    let in_time = |at: Moment| match (target, due) {
        (Target::Seconds(_), Some(due)) => at <= due,
        (Target::Days(_), Some(due)) => at < due,
        (_, None) => true,
    };
    let outcome = match (done, in_time(done.unwrap_or(now))) {
        (Some(_), true) => Outcome::Met,
        (Some(_), false) => Outcome::Missed,
        (None, true) => Outcome::Running,
        (None, false) => Outcome::Overdue,
    };
    Attainment { measure, target, clock: promise.clock, started, due, done, elapsed_seconds, outcome }
}

/// One row of the 服务等级达成表.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttainmentRow {
    /// Tier, folded; blank if the cases name none.
    pub tier: String,
    /// Priority, folded; blank if the cases name none.
    pub priority: String,
    /// What was measured.
    pub measure: Measure,
    /// Cases done in time.
    pub met: u64,
    /// Cases done too late.
    pub missed: u64,
    /// Cases not done whose time is over.
    pub overdue: u64,
    /// Cases not done that have time left; they count in no rate.
    pub running: u64,
    /// The longest counted time of one case, in seconds.
    pub longest_seconds: i64,
}

impl AttainmentRow {
    /// Promises kept, of 1000 decided ones; `None` if none is decided.
    pub fn per_mille(&self) -> Option<u64> {
        let decided = self.met + self.missed + self.overdue;
        (self.met * 1_000).checked_div(decided)
    }
}

/// A case in the table: tier, priority and what was measured.
pub type MeasuredCase<'a> = (Option<&'a str>, Option<&'a str>, &'a [Attainment]);

/// Sums measured cases up, by tier, priority and measure, in that order.
pub fn table<'a>(cases: impl IntoIterator<Item = MeasuredCase<'a>>) -> Vec<AttainmentRow> {
    let mut rows: BTreeMap<(String, String, Measure), AttainmentRow> = BTreeMap::new();
    for (tier, priority, attainments) in cases {
        let (tier, priority) = (fold_name(tier.unwrap_or_default()), fold_name(priority.unwrap_or_default()));
        for attainment in attainments {
            let key = (tier.clone(), priority.clone(), attainment.measure);
            let row = rows.entry(key).or_insert_with(|| AttainmentRow {
                tier: tier.clone(),
                priority: priority.clone(),
                measure: attainment.measure,
                met: 0,
                missed: 0,
                overdue: 0,
                running: 0,
                longest_seconds: 0,
            });
            match attainment.outcome {
                Outcome::Met => row.met += 1,
                Outcome::Missed => row.missed += 1,
                Outcome::Overdue => row.overdue += 1,
                Outcome::Running => row.running += 1,
            }
            row.longest_seconds = row.longest_seconds.max(attainment.elapsed_seconds);
        }
    }
    rows.into_values().collect()
}
