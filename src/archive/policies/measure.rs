//! What a policy did, in numbers of the archive itself: as long before it counted as it counts by now. They stand
//! beside whatever people measured, and prove nothing by themselves.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::read;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::cases::{CaseGap, GapQuery};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::{CivilDate, Zone};
use crate::base::limits::PAGE_ITEMS_MAX;
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::policy::RuleId;
use crate::record::kind::Kind;
use crate::retention::End;
use crate::store::rows::policies::{self, PolicyEvaluationRow};
use crate::store::rows::records::{self, RecordFilter};
use crate::store::rows::{ledger, versions};

/// Pages of gaps that are read: with more, fewer are told of than there are.
const PAGES_MAX: usize = 200;
/// Microseconds of a second.
const MICROS: i64 = 1_000_000;

/// A stretch of time, and what was counted in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// From then on.
    pub from: Moment,
    /// Until before then.
    pub until: Moment,
    /// How many of each sort.
    pub counts: BTreeMap<&'static str, u64>,
}

/// What was counted before a version counted, and since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measures {
    /// As long before as since.
    pub before: Measured,
    /// Since then, to the day of its evaluation at most.
    pub after: Measured,
}

impl Measured {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        json!({"from": self.from.to_rfc3339(), "until": self.until.to_rfc3339(), "counts": self.counts})
    }
}

impl Measures {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        json!({"before": self.before.to_json(), "after": self.after.to_json()})
    }
}

impl Archive {
    /// Counts what a published version is about: records, late ones, complaints, gaps, refused destructions,
    /// suggestions; as long before it counted as it counts by now, or until its evaluation was due.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::WrongState`] for a version that never counted; [`Refusal::Damaged`].
    pub fn policy_measures(
        &self,
        caller: &Caller,
        (policy, number): (&RuleId, u32),
    ) -> Result<Measures, Refusal> {
        let now = self.inner.now();
        caller.permit((Action::Change, Resource::Policy), Some(&Target::archive()), Thing::Policy, now)?;
        let found = self.inner.vouched(|conn| {
            let (shelf, claims) = read::one(conn, policy)?;
            let row = shelf.as_ref().and_then(|shelf| shelf.version(number)).cloned();
            let Some(row) = row else { return Ok((None, claims)) };
            let evaluation = policies::evaluation(conn, row.id)?;
            Ok((Some((row.effective_from, evaluation)), claims))
        })?;
        let (effective, evaluation) = found.ok_or(Refusal::NotFound(Thing::Policy))?;
        let from = effective.filter(|from| *from < now).ok_or(Refusal::WrongState)?;
        let until = due(evaluation.as_ref()).map_or(now, |due| due.min(now)).max(from);
        let length = until.micros().saturating_sub(from.micros());
        let begin = Moment::from_micros(from.micros().saturating_sub(length.max(MICROS)));
        let gaps = self.gaps_since(caller)?;
        Ok(Measures {
            before: self.counted((begin, from), &gaps)?,
            after: self.counted((from, until), &gaps)?,
        })
    }

    fn counted(&self, (from, until): (Moment, Moment), gaps: &[CivilDate]) -> Result<Measured, Refusal> {
        let mut counts = self.inner.store.read(|conn| {
            let captured = |kind: Option<Kind>| RecordFilter {
                kind: kind.map(|kind| kind.as_str().to_owned()),
                subkind: kind.and_then(|kind| kind.subkind().map(|sub| sub.as_str().to_owned())),
                captured_from: Some(from),
                captured_before: Some(until),
                ..RecordFilter::default()
            };
            let mut counts = BTreeMap::new();
            counts.insert("records", records::count(conn, &captured(None))?);
            let complaints = Kind::parse("complaint").ok();
            counts.insert("complaints", records::count(conn, &captured(complaints))?);
            counts.insert("late_records", versions::count_late(conn, (from, until))?);
            for (name, kind) in [
                ("refused_dispositions", EntryKind::DispositionRefused),
                ("suggestions", EntryKind::PolicySuggested),
                ("explained_gaps", EntryKind::GapExplained),
            ] {
                counts.insert(name, ledger::count_between(conn, kind, (from, until))?);
            }
            Ok::<_, Refusal>(counts)
        })?;
        let is_within = |day: &&CivilDate| (from..until).contains(&day.begins_in(Zone::SHANGHAI));
        counts.insert("gaps", gaps.iter().filter(is_within).count() as u64);
        Ok(Measured { from, until, counts })
    }

    /// Since when each gap that stands now does.
    fn gaps_since(&self, caller: &Caller) -> Result<Vec<CivilDate>, Refusal> {
        let limit = u32::try_from(PAGE_ITEMS_MAX).unwrap_or(u32::MAX);
        let (mut found, mut next) = (Vec::new(), None);
        for _ in 0..PAGES_MAX {
            let page = self.gaps(caller, &GapQuery::default(), next.as_deref(), limit)?;
            found.extend(page.items.iter().map(|gap: &CaseGap| gap.gap.shown.since));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        Ok(found)
    }
}

/// The end of the day on which an evaluation is due.
fn due(evaluation: Option<&PolicyEvaluationRow>) -> Option<Moment> {
    End::of_day(evaluation?.due_on, Zone::SHANGHAI).from()
}
