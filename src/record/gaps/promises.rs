//! G7 and G8: complaints not answered in time, service levels missed.

use super::facts::{CaseFacts, RecordFacts};
use super::gap::{Cause, Gap, GapCode};
use crate::base::civil::CivilDate;
use crate::base::moment::Moment;
use crate::record::case::Timeline;
use crate::record::kind::{Kind, Subkind};
use crate::record::lineage::LinkKind;
use crate::record::occurred::Occurred;
use crate::record::service_level::{BusinessTime, ClockKind, Outcome, ServiceLevel, Target, attainments};

/// Calendar days within which a complaint is to be answered where no service level says.
const COMPLAINT_DAYS: u16 = 15;

/// G7: no answer came by the end of the target. An answer is a record that links to the complaint
/// with *answers*.
pub(super) fn complaints(
    case: &CaseFacts,
    records: &[RecordFacts],
    level: Option<&ServiceLevel>,
    now: Moment,
    gaps: &mut Vec<Gap>,
) {
    let fallback = BusinessTime::always(case.zone);
    let (calendar, target) = match level {
        Some(level) => {
            let (clock, target) = level.complaint_answer(case.tier.as_deref(), case.priority.as_deref());
            (level.calendar(clock), target)
        }
        None => (&fallback, Target::Days(COMPLAINT_DAYS)),
    };
    let complaint = Kind::ServiceRecord(Subkind::Complaint);
    for record in records.iter().filter(|record| record.in_case && record.kind == complaint) {
        let Some(due) = due(calendar, target, record.occurred) else { continue };
        let answer = records
            .iter()
            .filter(|answer| answer.linked(LinkKind::Answers).any(|to| to == record.id))
            // What was dated before the complaint does not answer it.
            .filter(|answer| answer.occurred.on >= record.occurred.on)
            .min_by_key(|answer| (answer.occurred.begins(), answer.id));
        let cause = match answer {
            // A date without time of day begins when the day begins: the earliest it can mean.
            Some(answer) if in_time(target, answer.occurred.begins(), due) => continue,
            Some(answer) => Cause::AnsweredLate { due, answer: answer.id, answered_on: answer.occurred.on },
            None if in_time(target, now, due) => continue,
            None => Cause::Unanswered { due },
        };
        let since = CivilDate::of(due, calendar.zone()).unwrap_or(record.occurred.on);
        gaps.push(Gap::once(GapCode::G7, Some(record.id), cause, since));
    }
}

fn in_time(target: Target, at: Moment, due: Moment) -> bool {
    match target {
        Target::Seconds(_) => at <= due,
        Target::Days(_) => at < due,
    }
}

/// When the answer is due. A complaint without time of day came at the end of its day.
fn due(calendar: &BusinessTime, target: Target, occurred: Occurred) -> Option<Moment> {
    match (target, occurred.at) {
        (Target::Days(days), None) => calendar.due_on(occurred.on, days, &[]),
        (_, Some(at)) => calendar.due(at, target, &[]),
        (Target::Seconds(_), None) => {
            calendar.due(occurred.on.plus_days(1)?.begins_in(occurred.zone), target, &[])
        }
    }
}

/// G8: a response or resolution came too late, or has not come and is overdue.
pub(super) fn service_level(
    case: &CaseFacts,
    line: &Timeline,
    level: Option<&ServiceLevel>,
    now: Moment,
    gaps: &mut Vec<Gap>,
) {
    let Some(level) = level else { return };
    for attained in attainments(level, case.tier.as_deref(), case.priority.as_deref(), line, now) {
        let missed = matches!(attained.outcome, Outcome::Missed | Outcome::Overdue);
        let Some(due) = attained.due.filter(|_| missed) else { continue };
        let cause = Cause::TargetMissed {
            measure: attained.measure,
            target: attained.target,
            clock: attained.clock,
            due,
            done: attained.done,
        };
        let zone = level.calendar(ClockKind::Business).zone();
        let (Ok(since), Ok(until)) =
            (CivilDate::of(due, zone), CivilDate::of(attained.done.unwrap_or(now), zone))
        else {
            continue;
        };
        gaps.push(Gap { code: GapCode::G8, since, record: None, cause, until, count: 1 });
    }
}
