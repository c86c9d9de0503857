//! Why a record stands where it stands: every input, every step, the result. It can be worked out again years
//! later from nothing but itself (`docs/formats/explanation.md`).

use serde_json::{Map, Value, json};

use super::facts::Facts;
use super::guard::{Hold, Lock};
use super::judge::{Now, judge_with};
use super::reckon::Step;
use super::schedule::Schedule;
use super::verdict::{Blocker, Bound, Source, Task, Verdict};
use super::write_facts as write;
use crate::base::canonical;
use crate::base::digest::Digest;
use crate::policy::{fiscal_year_json, holidays_json};
use crate::retention::calendar::Calendar;

/// The version of the explanation's form.
pub const EXPLANATION_FORMAT: i64 = 1;

/// An explanation: the verdict with all that led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The result.
    pub verdict: Verdict,
    /// The steps, in order.
    pub steps: Vec<Step>,
    json: Value,
}

impl Explanation {
    /// As JSON, for replay.
    pub const fn to_json(&self) -> &Value {
        &self.json
    }

    /// The SHA-256 of its canonical form.
    pub fn hash(&self) -> Digest {
        Digest::of(&canonical::to_bytes(&self.json))
    }
}

/// Judges as [`super::judge`] does, and takes every input and every step down.
pub fn explain(facts: &Facts, schedule: &Schedule, holds: &[Hold], locks: &[Lock], now: Now) -> Explanation {
    let mut steps = Vec::new();
    let verdict = judge_with(facts, schedule, holds, locks, now, &mut steps);
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    put("format", json!(EXPLANATION_FORMAT));
    put("at", json!(now.at.to_rfc3339()));
    put("clock_sane", json!(now.clock_sane));
    put("policy", policy(schedule));
    put("obligations", obligations(facts, schedule));
    put("facts", write::facts(facts, schedule));
    put("holds", holds.iter().map(write::hold).collect());
    put("locks", locks.iter().map(write::lock).collect());
    put("steps", steps.iter().map(step_json).collect());
    put("verdict", verdict_json(&verdict));
    Explanation { verdict, steps, json: Value::Object(out) }
}

/// What of the policy takes part beside the rules.
fn policy(schedule: &Schedule) -> Value {
    let mut holidays: Vec<Value> = Vec::new();
    for rule in schedule.rules() {
        if let Calendar::Eu1182(Some(table)) = &rule.obligation.calendar {
            let table = holidays_json(table);
            if !holidays.contains(&table) {
                holidays.push(table);
            }
        }
    }
    json!({
        "id": schedule.policy.id.as_str(), "version": schedule.policy.version,
        "hash": schedule.policy.hash.to_hex(),
        "stale_after": schedule.stale_after.to_string(),
        "post_hold_grace": schedule.post_hold_grace.to_string(),
        "fiscal_year": schedule.fiscal_years.iter().map(fiscal_year_json).collect::<Vec<_>>(),
        "holidays": holidays,
    })
}

/// The rules that match, each with its hash.
fn obligations(facts: &Facts, schedule: &Schedule) -> Value {
    let matched = |index: usize| {
        let mut versions = facts.versions.iter();
        versions
            .any(|version| version.matched.iter().any(|known| usize::try_from(*known).ok() == Some(index)))
    };
    let rules = schedule.rules().iter().enumerate().filter(|(index, _)| matched(*index));
    rules
        .map(|(_, rule)| {
            let mut out = Map::new();
            out.insert("hash".to_owned(), json!(rule.reference.hash().to_hex()));
            out.insert("rule".to_owned(), rule.obligation.to_json());
            if let Some(due) = rule.review_due {
                out.insert("review_due".to_owned(), json!(due.to_string()));
            }
            Value::Object(out)
        })
        .collect()
}

/// One step.
pub(super) fn step_json(step: &Step) -> Value {
    match step {
        Step::Rule { rule, version, of, standing } => {
            json!({"step": "rule", "rule": rule, "version": version, "record_version": of, "standing": standing.as_str()})
        }
        Step::Date { name, day } => json!({"step": "date", "of": name, "day": day.to_string()}),
        Step::Event { id, day, among } => {
            json!({"step": "event", "id": id.to_string(), "day": day.to_string(), "among": among})
        }
        Step::Unknown { name, why } => json!({"step": "unknown", "of": name, "why": why.as_str()}),
        Step::Plus { from, period, calendar, last } => json!({
            "step": "plus", "from": from.to_string(), "period": period.to_string(),
            "calendar": calendar.as_str(), "last_day": last.to_string(),
        }),
        Step::YearEnd { fiscal, from, last } => {
            let kind = if *fiscal { "fiscal_year_end" } else { "calendar_year_end" };
            json!({"step": kind, "from": from.to_string(), "last_day": last.to_string()})
        }
        Step::Combined { how, day } => json!({"step": how.as_str(), "day": day.to_string()}),
        Step::Ends { last, zone, from } => json!({
            "step": "ends", "last_day": last.to_string(), "zone": zone.name(),
            "disposable_from": write::local(*from, *zone),
        }),
        Step::Never { why } => json!({"step": "never", "why": why.as_str()}),
    }
}

/// A verdict as JSON.
pub fn verdict_json(verdict: &Verdict) -> Value {
    let mut out = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.insert(name.to_owned(), value);
        }
    };
    put("record", Some(json!(verdict.record.to_string())));
    put("at", Some(json!(verdict.at.to_rfc3339())));
    put("state", Some(json!(verdict.state().as_str())));
    put("stage", Some(json!(verdict.stage.as_str())));
    put("held", Some(json!(verdict.held)));
    put("restricted", Some(json!(verdict.restricted)));
    put("permanent", Some(json!(verdict.permanent)));
    put("floor", verdict.floor.as_ref().map(bound));
    put("ceiling", verdict.ceiling.as_ref().map(bound));
    put("due_from", verdict.due_from.map(|from| json!(from.to_rfc3339())));
    put("mandatory", Some(json!(verdict.mandatory)));
    put("action", verdict.action.map(|action| json!(action.as_str())));
    put("action_of", verdict.action_of.as_ref().map(source));
    put(
        "conflict",
        verdict
            .conflict
            .as_ref()
            .map(|conflict| json!({"ceiling": bound(&conflict.ceiling), "floor": bound(&conflict.floor)})),
    );
    put("blockers", Some(verdict.blockers.iter().map(blocker).collect()));
    put("consequence", verdict.consequence.map(|consequence| json!(consequence.as_str())));
    put("fresh_review", Some(json!(verdict.fresh_review)));
    put("tasks", Some(verdict.tasks.iter().map(task).collect()));
    Value::Object(out)
}

fn bound(bound: &Bound) -> Value {
    json!({"source": source(&bound.source), "end": write::end(bound.end)})
}

fn source(source: &Source) -> Value {
    match source {
        Source::Rule(rule) => json!({"kind": "rule", "rule": write::rule_ref(rule)}),
        Source::Residual(rule) => json!({"kind": "residual", "rule": write::rule_ref(rule)}),
        Source::Inherited(rule, from) => {
            json!({"kind": "inherited", "rule": write::rule_ref(rule), "from": from.to_string()})
        }
        Source::Erasure(request) => json!({"kind": "erasure", "request": request.to_string()}),
        Source::Assignment => json!({"kind": "assignment"}),
        Source::Lock(id) => json!({"kind": "lock", "id": id.to_string()}),
    }
}

fn blocker(blocker: &Blocker) -> Value {
    let mut out = Map::new();
    out.insert("kind".to_owned(), json!(blocker.code()));
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    match blocker {
        Blocker::Hold { id, confidential } => {
            put("id", json!(id.to_string()));
            put("confidential", json!(confidential));
        }
        Blocker::Grace { id, until } => {
            put("id", json!(id.to_string()));
            put("until", json!(until.to_rfc3339()));
        }
        Blocker::ComplianceLock { id, until } | Blocker::GovernanceLock { id, until } => {
            put("id", json!(id.to_string()));
            put("until", until.map_or_else(|| json!("ever"), |until| json!(until.to_rfc3339())));
        }
        Blocker::Floor(floor) => {
            put("bound", bound(floor));
        }
        Blocker::NotDue { from: Some(from) } => {
            put("from", json!(from.to_rfc3339()));
        }
        Blocker::Action(action) => {
            put("action", json!(action.as_str()));
        }
        Blocker::ReviewOverdue { rule, on } => {
            put("rule", write::rule_ref(rule));
            put("on", json!(on.to_string()));
        }
        Blocker::CoolingOff { until } => {
            put("until", json!(until.to_rfc3339()));
        }
        Blocker::Gone
        | Blocker::OtherPolicy
        | Blocker::Unclassified
        | Blocker::NotDue { from: None }
        | Blocker::Approvals
        | Blocker::Clock => {}
    }
    Value::Object(out)
}

fn task(task: &Task) -> Value {
    match task {
        Task::Unclassified => json!({"kind": "unclassified"}),
        Task::StaleTrigger { rule } => json!({"kind": "stale_trigger", "rule": write::rule_ref(rule)}),
        Task::Exception { rule, why } => {
            json!({"kind": "exception", "rule": write::rule_ref(rule), "why": why.as_str()})
        }
    }
}
