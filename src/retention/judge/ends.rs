//! What all rules that match a record ask of it.

use crate::base::civil::CivilDate;
use crate::base::moment::Moment;
use crate::policy::{Action, InForce, Level, RuleKind, Standing, is_overdue};
use crate::retention::calendar::Calendar;
use crate::retention::facts::{Facts, Lineage, VersionFacts};
use crate::retention::reckon::{Reckoning, RuleStanding, Step, Trace};
use crate::retention::schedule::{RuleRef, Ruled, Schedule};
use crate::retention::verdict::{Bound, End, NeverWhy, Source, Task};

use super::Now;

/// What is asked.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// The latest floor.
    pub(super) floor: Option<Bound>,
    /// The earliest ceiling.
    pub(super) ceiling: Option<Bound>,
    /// The latest end of a rule that says what happens, and of what was assigned.
    pub(super) disposition: Option<Bound>,
    /// What happens at the end, and what decided on it.
    pub(super) action: Option<(Action, Source)>,
    /// The level of the rule that decided.
    level: Option<Level>,
    /// True if a rule of the policy counts.
    pub(super) classified: bool,
    /// True if approvals are asked for.
    pub(super) approvals: bool,
    /// The first rule whose review is overdue.
    pub(super) overdue: Option<(RuleRef, CivilDate)>,
    /// What people have to look at.
    pub(super) tasks: Vec<Task>,
}

impl Ends {
    pub(super) fn of(facts: &Facts, schedule: &Schedule, now: Now, trace: &mut impl Trace) -> Self {
        let mut ends = Self::default();
        for version in &facts.versions {
            for index in &version.matched {
                if let Some(rule) = usize::try_from(*index).ok().and_then(|index| schedule.rules.get(index)) {
                    ends.take_rule(facts, version, schedule, rule, now, trace);
                }
            }
        }
        for residual in &facts.residuals {
            let bound = Bound { source: Source::Residual(residual.rule.clone()), end: residual.end };
            keep_latest(&mut ends.floor, bound);
        }
        if let Lineage::Derived(ceilings) = &facts.lineage {
            // Who has to approve there is not known here: somebody has to.
            ends.approvals |= !ceilings.is_empty();
            for inherited in ceilings {
                let source = Source::Inherited(inherited.rule.clone(), inherited.from);
                let end = End::of_day(inherited.last_day, inherited.zone);
                keep_earliest(&mut ends.ceiling, Bound { source, end });
            }
        }
        if let Some(erasure) = facts.erasure {
            let source = Source::Erasure(erasure.request);
            keep_earliest(&mut ends.ceiling, Bound { source, end: End::At(erasure.granted_at) });
        }
        if let Some(assignment) = facts.assignment {
            if let Some((last, zone)) = assignment.keep_until {
                let bound = Bound { source: Source::Assignment, end: End::of_day(last, zone) };
                keep_latest(&mut ends.disposition, bound);
            }
            if let Some(action) = assignment.action {
                ends.action = Some((action, Source::Assignment));
            }
        }
        if !ends.classified {
            ends.tasks.push(Task::Unclassified);
        }
        ends
    }

    fn take_rule(
        &mut self,
        facts: &Facts,
        version: &VersionFacts,
        schedule: &Schedule,
        rule: &Ruled,
        now: Now,
        trace: &mut impl Trace,
    ) {
        let obligation = &rule.obligation;
        // A clock beyond the calendar counts as one on its last day.
        let today = CivilDate::of(now.at, obligation.zone).ok();
        let standing = standing(rule, facts, today);
        trace.step(|| Step::Rule {
            rule: obligation.id.to_string(),
            version: obligation.version,
            of: version.number,
            standing,
        });
        let (Some(today), RuleStanding::Counts | RuleStanding::Stays | RuleStanding::Unchecked) =
            (today, standing)
        else {
            return;
        };
        let end = Reckoning { facts, version, schedule, rule, today }.end(trace);
        let source = Source::Rule(rule.reference.clone());
        self.classified |= standing == RuleStanding::Counts;
        self.take_task(facts, schedule, rule, end, now.at);
        let bound = Bound { source: source.clone(), end };
        match obligation.rule.kind() {
            RuleKind::Floor => keep_latest(&mut self.floor, bound),
            // A ceiling whose trigger is unknown is unset.
            RuleKind::Ceiling if end.from().is_some() => keep_earliest(&mut self.ceiling, bound),
            RuleKind::Ceiling => {}
            RuleKind::Action => keep_latest(&mut self.disposition, bound),
        }
        self.approvals |= obligation.approvals.is_some() && standing != RuleStanding::Unchecked;
        if obligation.rule.kind() != RuleKind::Ceiling && standing == RuleStanding::Counts {
            self.take_action(obligation.action, obligation.level, source);
            let overdue = rule.review_due().filter(|on| is_overdue(*on, today));
            if let (None, Some(on)) = (&self.overdue, overdue) {
                self.overdue = Some((rule.reference.clone(), on));
            }
        }
    }

    /// The closest level decides; within it Permanent before Transfer before Review before Destroy, then
    /// the first id.
    fn take_action(&mut self, action: Action, level: Level, source: Source) {
        let better = match (&self.action, self.level) {
            (Some((kept, of)), Some(kept_level)) => {
                let order = level.cmp(&kept_level).then(action.cmp(kept));
                order.then_with(|| of.tie().cmp(source.tie())).is_gt()
            }
            _ => true,
        };
        if better {
            self.action = Some((action, source));
            self.level = Some(level);
        }
    }

    fn take_task(&mut self, facts: &Facts, schedule: &Schedule, rule: &Ruled, end: End, now: Moment) {
        let End::Never(why) = end else { return };
        let task = match why {
            NeverWhy::Permanent => return,
            NeverWhy::NotYet => {
                let zone = rule.obligation.zone;
                let last = Calendar::CnCivil.last_day(facts.declared.on, schedule.stale_after);
                let stale = last.is_ok_and(|last| End::of_day(last, zone).is_over(now));
                if !stale {
                    return;
                }
                Task::StaleTrigger { rule: rule.reference.clone() }
            }
            NeverWhy::Missing | NeverWhy::Invalid | NeverWhy::NoTable | NeverWhy::BeyondCalendar => {
                Task::Exception { rule: rule.reference.clone(), why }
            }
        };
        if !self.tasks.contains(&task) {
            self.tasks.push(task);
        }
    }
}

/// Whether a rule that matches counts today. The floor of one that has ended stays over records that were
/// declared while it stood; its ceiling does not.
fn standing(rule: &Ruled, facts: &Facts, today: Option<CivilDate>) -> RuleStanding {
    let (obligation, Some(today)) = (&rule.obligation, today) else { return RuleStanding::NotYetInForce };
    let counted = counted(obligation.in_force, obligation.rule.kind(), facts, today);
    match obligation.standing {
        Standing::Enabled => counted,
        Standing::Disabled => RuleStanding::Disabled,
        Standing::NeedsPeriod => RuleStanding::NeedsPeriod,
        Standing::NeedsLegalCheck if obligation.is_weighed() => match counted {
            RuleStanding::Counts | RuleStanding::Stays => RuleStanding::Unchecked,
            other => other,
        },
        Standing::NeedsLegalCheck => RuleStanding::NeedsLegalCheck,
    }
}

/// The same of a rule that is on.
fn counted(in_force: InForce, kind: RuleKind, facts: &Facts, today: CivilDate) -> RuleStanding {
    if !in_force.has_begun(today) {
        return RuleStanding::NotYetInForce;
    }
    if !in_force.has_ended(today) {
        return RuleStanding::Counts;
    }
    let declared_before = !in_force.has_ended(facts.declared.on);
    if kind == RuleKind::Floor && declared_before { RuleStanding::Stays } else { RuleStanding::Ended }
}

/// Keeps the later of two; the smaller id where both end together.
fn keep_latest(kept: &mut Option<Bound>, bound: Bound) {
    let better = kept.as_ref().is_none_or(|kept| {
        bound.end.order(kept.end).then_with(|| kept.source.tie().cmp(bound.source.tie())).is_gt()
    });
    if better {
        *kept = Some(bound);
    }
}

/// Keeps the earlier of two; the smaller id where both end together.
fn keep_earliest(kept: &mut Option<Bound>, bound: Bound) {
    let better = kept.as_ref().is_none_or(|kept| {
        bound.end.order(kept.end).then_with(|| bound.source.tie().cmp(kept.source.tie())).is_lt()
    });
    if better {
        *kept = Some(bound);
    }
}
