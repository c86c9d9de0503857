//! G2, G3, G4: processing without authorization, outside its scope, or outside its validity.
//!
//! For each step of each day: if one authorization was in force and covers it, there is no gap.
//! Otherwise the authorization that would have covered it decides (G4: it had lapsed, or had not
//! begun); if none covers it, that is G3 against the nearest one, and G4 too if none was in force.

use std::collections::BTreeMap;

use super::authority::{Authority, Step, authorities, candidates, named};
use super::facts::{CaseFacts, Evidence, RecordFacts};
use super::gap::{Cause, Gap, GapCode, Word};
use crate::base::civil::CivilDate;
use crate::base::id::RecordId;
use crate::record::kind::Kind;

pub(super) fn judge(case: &CaseFacts, records: &[RecordFacts], gaps: &mut Vec<Gap>) {
    let all = authorities(records);
    for record in records.iter().filter(|record| record.in_case && record.kind == Kind::ProcessingLog) {
        let mut found = Found::default();
        let counting = candidates(&all, case, record);
        match &record.evidence {
            Evidence::Processing(Some(summary)) => {
                for group in summary.groups() {
                    let step = Step::new(group);
                    let days = group.days.iter().map(|(day, count)| (*day, *count));
                    if let Some(name) = &group.authorization {
                        let named = named(&all, name);
                        let unknown = Cause::NamedUnknown { named: Word::new(name) };
                        judge_step(&step, &named, unknown, days, &mut found);
                    } else {
                        judge_step(&step, &counting, Cause::NoAuthorization, days, &mut found);
                    }
                }
            }
            Evidence::Processing(None)
            | Evidence::Other
            | Evidence::Authorization(_)
            | Evidence::Delivery(_) => {
                judge_day(&counting, record.occurred.on, &mut found);
            }
        }
        found.report(record.id, gaps);
    }
}

/// Judges one kind of step on each of its days against the authorizations that count for it.
fn judge_step(
    step: &Step<'_>,
    counting: &[&Authority<'_>],
    without: Cause,
    days: impl Iterator<Item = (CivilDate, u64)>,
    found: &mut Found,
) {
    let outside: Vec<(&Authority<'_>, Vec<_>)> =
        counting.iter().map(|authority| (*authority, authority.outside(step))).collect();
    let covering: Vec<&Authority<'_>> =
        outside.iter().filter(|(_, outside)| outside.is_empty()).map(|(authority, _)| *authority).collect();
    for (day, count) in days {
        if counting.is_empty() {
            found.add(GapCode::G2, without.clone(), day, count);
            continue;
        }
        if !covering.is_empty() {
            if covering.iter().all(|authority| authority.lapse_on(day).is_some()) {
                found.add_lapse(GapCode::G4, &covering, day, count);
            }
            continue;
        }
        if counting.iter().all(|authority| authority.lapse_on(day).is_some()) {
            found.add_lapse(GapCode::G4, counting, day, count);
        }
        // The nearest: in force if any is, then the one that misses least.
        let nearest = outside
            .iter()
            .min_by_key(|(authority, outside)| (authority.days_off(day), outside.len(), authority.id));
        for (authority, missing) in
            nearest.iter().flat_map(|(a, outside)| outside.iter().map(move |o| (a, o)))
        {
            let cause = Cause::OutsideScope {
                authorization: authority.id,
                dimension: missing.dimension,
                word: Word::new(step.written(missing.dimension)),
                silent: missing.silent,
            };
            found.add(GapCode::G3, cause, day, count);
        }
    }
}

/// Judges a log whose entries are not known one by one, by its date alone.
fn judge_day(counting: &[&Authority<'_>], day: CivilDate, found: &mut Found) {
    if counting.is_empty() {
        found.add(GapCode::G2, Cause::NoAuthorization, day, 1);
    } else if counting.iter().all(|authority| authority.lapse_on(day).is_some()) {
        found.add_lapse(GapCode::G4, counting, day, 1);
    }
}

/// The authorization whose validity lies nearest to the day, with the reason why it was not in
/// force; `None` if one of them was, or if there is none.
pub(super) fn nearest_lapse(counting: &[&Authority<'_>], day: CivilDate) -> Option<Cause> {
    let nearest = counting.iter().min_by_key(|authority| (authority.days_off(day), authority.id))?;
    let lapse = nearest.lapse_on(day)?;
    Some(Cause::NotInForce { authorization: nearest.id, lapse })
}

/// Gaps of one record while they are counted.
#[derive(Default)]
struct Found(BTreeMap<(GapCode, Cause), (CivilDate, CivilDate, u64)>);

impl Found {
    fn add(&mut self, code: GapCode, cause: Cause, day: CivilDate, count: u64) {
        let (since, until, total) = self.0.entry((code, cause)).or_insert((day, day, 0));
        *since = (*since).min(day);
        *until = (*until).max(day);
        *total = total.saturating_add(count);
    }

    fn add_lapse(&mut self, code: GapCode, counting: &[&Authority<'_>], day: CivilDate, count: u64) {
        if let Some(cause) = nearest_lapse(counting, day) {
            self.add(code, cause, day, count);
        }
    }

    fn report(self, record: RecordId, gaps: &mut Vec<Gap>) {
        gaps.extend(self.0.into_iter().map(|((code, cause), (since, until, count))| Gap {
            code,
            since,
            record: Some(record),
            cause,
            until,
            count,
        }));
    }
}
