//! When a verdict may be another one by the mere passing of time: until then nobody need ask again.

use crate::base::civil::{CivilDate, Zone};
use crate::base::moment::Moment;
use crate::retention::calendar::Calendar;

use super::facts::Facts;
use super::guard::{Hold, Lock, LockUntil};
use super::judge::{Now, judge_with};
use super::reckon::Step;
use super::schedule::Schedule;
use super::verdict::{Blocker, End, Verdict};

/// The first instant after `verdict.at` at which the record may stand elsewhere although nothing happens to it;
/// `None` if there is none.
pub fn wakes_at(
    verdict: &Verdict,
    facts: &Facts,
    schedule: &Schedule,
    holds: &[Hold],
    locks: &[Lock],
) -> Option<Moment> {
    let mut instants: Vec<Moment> = Vec::new();
    let bounds = [&verdict.floor, &verdict.ceiling].into_iter().flatten();
    instants.extend(bounds.filter_map(|bound| bound.end.from()));
    instants.extend(verdict.due_from);
    instants.extend(verdict.blockers.iter().filter_map(|blocker| match blocker {
        Blocker::Grace { until, .. } | Blocker::CoolingOff { until } => Some(*until),
        Blocker::ComplianceLock { until, .. } | Blocker::GovernanceLock { until, .. } => *until,
        Blocker::NotDue { from } => *from,
        _ => None,
    }));
    instants.extend(holds.iter().flat_map(|hold| [Some(hold.placed_at), hold.released_at]).flatten());
    instants.extend(locks.iter().filter_map(|lock| match lock.until {
        LockUntil::Day(last, zone) => End::of_day(last, zone).from(),
        LockUntil::Ever => None,
    }));
    if let Some((last, zone)) = facts.assignment.and_then(|assignment| assignment.keep_until) {
        instants.extend(End::of_day(last, zone).from());
    }
    let after = |day: CivilDate, zone: Zone| End::of_day(day, zone).from();
    for index in facts.versions.iter().flat_map(|version| &version.matched) {
        let rule = usize::try_from(*index).ok().and_then(|index| schedule.rules().get(index));
        let Some(ruled) = rule else { continue };
        let rule = &ruled.obligation;
        let zone = rule.zone;
        instants.extend(rule.in_force.from().map(|day| day.begins_in(zone)));
        instants.extend(rule.in_force.to().and_then(|day| after(day, zone)));
        instants.extend(ruled.review_due().and_then(|day| after(day, zone)));
        // An event whose day is still to come counts from its beginning where the rule's clocks are.
        instants.extend(facts.events.iter().map(|event| event.on.on.begins_in(zone)));
        let stale = Calendar::CnCivil.last_day(facts.declared.on, schedule.stale_after);
        instants.extend(stale.ok().and_then(|day| after(day, zone)));
    }
    // Ends of rules that do not decide today may decide once others are over.
    let mut steps = Vec::new();
    judge_with(facts, schedule, holds, locks, Now::sane(verdict.at), &mut steps);
    instants.extend(steps.iter().filter_map(|step| match step {
        Step::Ends { from, .. } => Some(*from),
        _ => None,
    }));
    instants.into_iter().filter(|instant| *instant > verdict.at).min()
}
