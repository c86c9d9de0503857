//! From what is asked of a record, and what stands guard over it, to where it stands.

use crate::base::civil::CivilDate;
use crate::base::moment::Moment;
use crate::policy::Action;
use crate::retention::calendar::Calendar;
use crate::retention::facts::{Facts, Progress};
use crate::retention::guard::{Hold, Lock, LockLevel, LockUntil};
use crate::retention::schedule::Schedule;
use crate::retention::verdict::{
    Blocker, Bound, Conflict, Consequence, End, NeverWhy, Source, State, Verdict,
};

use super::Now;
use super::ends::Ends;

/// From when on a record is due.
struct Due {
    /// Because it must be erased.
    mandatory: Option<Moment>,
    /// From the earlier of that and the end of what keeps it.
    any: Option<Moment>,
}

pub(super) fn verdict(
    facts: &Facts,
    schedule: &Schedule,
    holds: &[Hold],
    locks: &[Lock],
    now: Now,
    ends: Ends,
) -> Verdict {
    let at = now.at;
    let due = due(&ends);
    let mandatory = due.mandatory.is_some_and(|from| from <= at);
    let is_due = due.any.is_some_and(|from| from <= at);
    let (action, action_of) = action(&ends, mandatory);
    let guards = Guards::of(schedule, holds, locks, at);
    let last_release = holds.iter().filter_map(|hold| hold.released_at).max();
    let begun = facts.progress.begun();
    let after_release = last_release.is_some_and(|release| begun.is_none_or(|begun| begun < release));
    // Whoever looked at it agreed to another end.
    let other_end = facts.action_since.zip(begun).is_some_and(|(since, begun)| begun < since);
    let fresh_review = after_release || other_end;
    let permanent = matches!(&ends.floor, Some(Bound { end: End::Never(NeverWhy::Permanent), .. }))
        || (action == Some(Action::Permanent) && !mandatory);
    let conflict = conflict(&ends, guards.lock.as_ref());
    let restricted = conflict
        .as_ref()
        .is_some_and(|conflict| conflict.ceiling.end.is_over(at) && !conflict.floor.end.is_over(at));
    let mut blockers = guards.blockers(&ends, facts.progress, at);
    if !mandatory {
        discretionary(&ends, &due, is_due, &mut blockers);
    }
    let stopped = !blockers.is_empty() || permanent;
    if let Some(action @ (Action::Permanent | Action::Transfer)) = action {
        blockers.push(Blocker::Action(action));
    }
    if let (Some((rule, on)), false) = (&ends.overdue, mandatory) {
        blockers.push(Blocker::ReviewOverdue { rule: rule.clone(), on: *on });
    }
    if facts.under != schedule.policy.hash {
        // Nothing else that is said of the record can be relied on. This evicts nothing: facts are soon made anew.
        blockers.push(Blocker::OtherPolicy);
    }
    let needed = ends.approvals || action == Some(Action::Review) || fresh_review;
    approvals(facts.progress, needed, fresh_review, at, &mut blockers);
    if !now.clock_sane {
        blockers.push(Blocker::Clock);
    }
    let consequence = consequence(facts.progress, stopped || (fresh_review && begun.is_some()), guards.held);
    let stage = match stage_of(facts.progress) {
        Some(stage) if !matches!(consequence, Some(Consequence::Evict | Consequence::Restore)) => stage,
        _ => waiting(&ends, &due, is_due),
    };
    Verdict {
        record: facts.record,
        at,
        stage,
        held: guards.held,
        restricted,
        permanent,
        due_from: due.any,
        mandatory,
        action,
        action_of,
        conflict,
        blockers,
        consequence,
        fresh_review,
        tasks: ends.tasks,
        floor: ends.floor,
        ceiling: ends.ceiling,
        progress: facts.progress,
    }
}

/// The later of two instants, where `None` is never.
fn later(one: Option<Moment>, other: Option<Moment>) -> Option<Moment> {
    Some(one?.max(other?))
}

fn due(ends: &Ends) -> Due {
    let floor = ends.floor.as_ref().map(|bound| bound.end.from());
    let mandatory = ends.ceiling.as_ref().and_then(|ceiling| match floor {
        None => ceiling.end.from(),
        Some(floor) => later(ceiling.end.from(), floor),
    });
    let disposition = ends.disposition.as_ref().map(|bound| bound.end.from());
    let discretionary = match (floor, disposition) {
        _ if !ends.classified => None,
        (Some(floor), Some(disposition)) => later(floor, disposition),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => None,
    };
    let any = match (mandatory, discretionary) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    Due { mandatory, any }
}

fn action(ends: &Ends, mandatory: bool) -> (Option<Action>, Option<Source>) {
    match (&ends.ceiling, &ends.action) {
        (Some(ceiling), _) if mandatory => (Some(Action::Destroy), Some(ceiling.source.clone())),
        (_, Some((action, source))) => (Some(*action), Some(source.clone())),
        (Some(ceiling), None) => (Some(Action::Destroy), Some(ceiling.source.clone())),
        (None, None) => (None, None),
    }
}

/// A ceiling that ends before the floor, or before a lock, does.
fn conflict(ends: &Ends, lock: Option<&Bound>) -> Option<Conflict> {
    let ceiling = ends.ceiling.as_ref()?;
    let keeps = match (&ends.floor, lock) {
        (Some(floor), Some(lock)) if lock.end.order(floor.end).is_gt() => lock,
        (Some(floor), _) => floor,
        (None, Some(lock)) => lock,
        (None, None) => return None,
    };
    let below = ceiling.end.order(keeps.end).is_lt();
    below.then(|| Conflict { ceiling: ceiling.clone(), floor: keeps.clone() })
}

/// What stops a destruction that nothing asks for.
fn discretionary(ends: &Ends, due: &Due, is_due: bool, blockers: &mut Vec<Blocker>) {
    if !ends.classified {
        blockers.push(Blocker::Unclassified);
    } else if !is_due && !blockers.iter().any(|blocker| matches!(blocker, Blocker::Floor(_))) {
        blockers.push(Blocker::NotDue { from: due.any });
    }
}

fn approvals(progress: Progress, needed: bool, stale: bool, now: Moment, blockers: &mut Vec<Blocker>) {
    match progress {
        Progress::Approved { .. } | Progress::CoolingOff { .. } | Progress::Sealed { .. } if !stale => {}
        // Whoever began to look at it has to come to an end.
        Progress::InReview { .. } => blockers.push(Blocker::Approvals),
        _ if needed => blockers.push(Blocker::Approvals),
        _ => {}
    }
    if let Progress::CoolingOff { until, .. } = progress
        && now < until
    {
        blockers.push(Blocker::CoolingOff { until });
    }
}

/// What becomes of a disposition that has begun.
const fn consequence(progress: Progress, stopped: bool, held: bool) -> Option<Consequence> {
    match progress {
        Progress::InReview { .. } | Progress::Approved { .. } | Progress::CoolingOff { .. } if stopped => {
            Some(Consequence::Evict)
        }
        Progress::Sealed { .. } if stopped => Some(Consequence::Restore),
        Progress::Shredded | Progress::Residual if held => Some(Consequence::Tombstone),
        _ => None,
    }
}

const fn stage_of(progress: Progress) -> Option<State> {
    match progress {
        Progress::None => None,
        Progress::InReview { .. } => Some(State::InReview),
        Progress::Approved { .. } => Some(State::Approved),
        Progress::CoolingOff { .. } => Some(State::CoolingOff),
        Progress::Sealed { .. } => Some(State::Sealed),
        Progress::Shredded => Some(State::Shredded),
        Progress::Residual => Some(State::Residual),
        Progress::Transferred => Some(State::Transferred),
    }
}

/// Where a record stands whose disposition has not begun.
fn waiting(ends: &Ends, due: &Due, is_due: bool) -> State {
    let permanent = matches!(&ends.floor, Some(Bound { end: End::Never(NeverWhy::Permanent), .. }));
    if is_due {
        State::Due
    } else if due.any.is_some() || permanent {
        State::Running
    } else if ends.classified {
        State::AwaitingTrigger
    } else if ends.floor.is_some() || ends.ceiling.is_some() {
        State::Running
    } else {
        State::Active
    }
}

/// Holds and locks, and which of them stand.
struct Guards {
    holds: Vec<Blocker>,
    compliance: Vec<Blocker>,
    governance: Vec<Blocker>,
    /// The lock that holds longest.
    lock: Option<Bound>,
    held: bool,
}

impl Guards {
    fn of(schedule: &Schedule, holds: &[Hold], locks: &[Lock], now: Moment) -> Self {
        let mut guards = Self {
            holds: Vec::new(),
            compliance: Vec::new(),
            governance: Vec::new(),
            lock: None,
            held: false,
        };
        for hold in holds {
            guards.holds.extend(standing_hold(schedule, hold, now));
        }
        guards.held = !guards.holds.is_empty();
        for lock in locks {
            let end = match lock.until {
                LockUntil::Ever => End::Never(NeverWhy::Permanent),
                LockUntil::Day(last, zone) => End::of_day(last, zone),
            };
            let (id, until) = (lock.id, end.from());
            let (blocker, list) = match lock.level {
                LockLevel::Governance { bypassed: true } => continue,
                LockLevel::Governance { bypassed: false } => {
                    (Blocker::GovernanceLock { id, until }, &mut guards.governance)
                }
                LockLevel::Compliance => (Blocker::ComplianceLock { id, until }, &mut guards.compliance),
            };
            if !end.is_over(now) {
                list.push(blocker);
            }
            if guards.lock.as_ref().is_none_or(|kept| end.order(kept.end).is_gt()) {
                guards.lock = Some(Bound { source: Source::Lock(id), end });
            }
        }
        guards
    }

    /// What stops any destruction, in the order of precedence.
    fn blockers(&self, ends: &Ends, progress: Progress, now: Moment) -> Vec<Blocker> {
        let gone = matches!(progress, Progress::Shredded | Progress::Residual | Progress::Transferred);
        let mut blockers = Vec::new();
        if gone {
            blockers.push(Blocker::Gone);
        }
        blockers.extend(self.holds.iter().cloned());
        blockers.extend(self.compliance.iter().cloned());
        if let Some(floor) = ends.floor.as_ref().filter(|floor| !floor.end.is_over(now)) {
            blockers.push(Blocker::Floor(floor.clone()));
        }
        blockers.extend(self.governance.iter().cloned());
        blockers
    }
}

/// A hold that stands, or whose grace runs. One that is placed in the future stands: a clock may be wrong.
fn standing_hold(schedule: &Schedule, hold: &Hold, now: Moment) -> Option<Blocker> {
    let stands = Blocker::Hold { id: hold.id, confidential: hold.confidential };
    let Some(released) = hold.released_at.filter(|released| *released <= now) else { return Some(stands) };
    let last = CivilDate::of(released, hold.zone)
        .ok()
        .and_then(|day| Calendar::CnCivil.last_day(day, schedule.post_hold_grace).ok());
    let Some(last) = last else { return Some(stands) };
    let rests = End::of_day(last, hold.zone);
    match rests.from() {
        Some(until) if now < until => Some(Blocker::Grace { id: hold.id, until }),
        _ => None,
    }
}
