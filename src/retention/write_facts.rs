//! Facts, holds and locks as JSON: names instead of indexes, so that they can be read without the schedule's order.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::facts::{DateFact, EventFact, Facts, InheritedCeiling, Lineage, Progress, Residual, VersionFacts};
use super::guard::{Hold, Lock, LockLevel, LockUntil};
use super::schedule::{RuleRef, Schedule};
use super::verdict::End;
use crate::base::civil::Zone;
use crate::base::moment::Moment;
use crate::record::occurred::Occurred;

/// Facts as an explanation holds them.
pub(super) fn facts(facts: &Facts, schedule: &Schedule) -> Value {
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    put("record", json!(facts.record.to_string()));
    put("under", json!(facts.under.to_hex()));
    put("declared", date(facts.declared));
    let asked = asked(facts, schedule);
    put("versions", facts.versions.iter().map(|version| version_facts(version, schedule, &asked)).collect());
    put("events", facts.events.iter().map(event).collect());
    match &facts.lineage {
        Lineage::Original => put("lineage", json!({"kind": "original"})),
        Lineage::Anonymous => put("lineage", json!({"kind": "anonymous"})),
        Lineage::Derived(ceilings) => {
            let ceilings: Vec<Value> = ceilings.iter().map(inherited).collect();
            put("lineage", json!({"kind": "derived", "ceilings": ceilings}))
        }
    };
    put("residuals", facts.residuals.iter().map(residual).collect());
    if let Some(assignment) = facts.assignment {
        let mut own = Map::new();
        if let Some(action) = assignment.action {
            own.insert("action".to_owned(), json!(action.as_str()));
        }
        if let Some((last, zone)) = assignment.keep_until {
            own.insert("keep_until".to_owned(), json!({"last_day": last.to_string(), "zone": zone.name()}));
        }
        put("assignment", Value::Object(own));
    }
    if let Some(erasure) = facts.erasure {
        let granted = erasure.granted_at.to_rfc3339();
        put("erasure", json!({"request": erasure.request.to_string(), "granted_at": granted}));
    }
    put("progress", progress(facts.progress));
    if let Some(since) = facts.action_since {
        put("action_since", json!(since.to_rfc3339()));
    }
    Value::Object(out)
}

/// The slots that the rules ask which match: no other date belongs into an explanation.
fn asked(facts: &Facts, schedule: &Schedule) -> BTreeSet<usize> {
    let mut slots = BTreeSet::new();
    for index in facts.versions.iter().flat_map(|version| &version.matched) {
        let rule = usize::try_from(*index).ok().and_then(|index| schedule.rules.get(index));
        if let Some(trigger) = rule.and_then(|rule| rule.trigger.as_ref()) {
            trigger.slots(&mut slots);
        }
    }
    slots
}

fn version_facts(version: &VersionFacts, schedule: &Schedule, asked: &BTreeSet<usize>) -> Value {
    let rules = version.matched.iter().filter_map(|index| schedule.rules.get(usize::try_from(*index).ok()?));
    let matched: Vec<&str> = rules.map(|rule| rule.obligation.id.as_str()).collect();
    let mut dates = Map::new();
    let slots = schedule.slots.iter().zip(&version.dates).enumerate();
    for (_, (slot, fact)) in slots.filter(|(index, _)| asked.contains(index)) {
        let value = match fact {
            DateFact::Known(known) => date(*known),
            DateFact::Missing => json!("missing"),
            DateFact::Invalid => json!("invalid"),
        };
        dates.insert(slot.to_string(), value);
    }
    json!({"number": version.number, "matched": matched, "dates": dates})
}

/// A date with its zone, and its instant where it is known.
pub(super) fn date(date: Occurred) -> Value {
    let mut out = Map::new();
    out.insert("on".to_owned(), json!(date.on.to_string()));
    out.insert("zone".to_owned(), json!(date.zone.name()));
    if let Some(at) = date.at {
        out.insert("at".to_owned(), json!(at.to_rfc3339()));
    }
    Value::Object(out)
}

fn event(event: &EventFact) -> Value {
    json!({
        "id": event.id.to_string(), "type": event.kind.as_str(), "key": event.key.as_str(),
        "on": date(event.on), "recorded_at": event.recorded_at.to_rfc3339(),
    })
}

/// Which version of a rule.
pub(super) fn rule_ref(rule: &RuleRef) -> Value {
    json!({"id": rule.id().as_str(), "version": rule.version(), "hash": rule.hash().to_hex()})
}

fn inherited(ceiling: &InheritedCeiling) -> Value {
    json!({
        "from": ceiling.from.to_string(), "rule": rule_ref(&ceiling.rule),
        "last_day": ceiling.last_day.to_string(), "zone": ceiling.zone.name(),
    })
}

fn residual(residual: &Residual) -> Value {
    json!({"rule": rule_ref(&residual.rule), "end": end(residual.end)})
}

/// An end.
pub(super) fn end(end: End) -> Value {
    match end {
        End::Day { last, zone, from } => json!({
            "last_day": last.to_string(), "zone": zone.name(), "disposable_from": local(from, zone),
        }),
        End::At(at) => json!({"disposable_from": at.to_rfc3339()}),
        End::Never(why) => json!({"never": why.as_str()}),
    }
}

/// An instant as clocks in a zone show it.
pub(super) fn local(at: Moment, zone: Zone) -> String {
    at.to_utc().with_timezone(&zone.to_tz()).to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
}

fn progress(progress: Progress) -> Value {
    match progress {
        Progress::None => json!({"stage": "none"}),
        Progress::InReview { begun, done, of } => {
            json!({"stage": "in_review", "begun": begun.to_rfc3339(), "done": done, "of": of})
        }
        Progress::Approved { begun } => json!({"stage": "approved", "begun": begun.to_rfc3339()}),
        Progress::CoolingOff { begun, until } => {
            json!({"stage": "cooling_off", "begun": begun.to_rfc3339(), "until": until.to_rfc3339()})
        }
        Progress::Sealed { begun } => json!({"stage": "sealed", "begun": begun.to_rfc3339()}),
        Progress::Shredded => json!({"stage": "shredded"}),
        Progress::Residual => json!({"stage": "residual"}),
        Progress::Transferred => json!({"stage": "transferred"}),
    }
}

/// A hold.
pub(super) fn hold(hold: &Hold) -> Value {
    let mut out = Map::new();
    out.insert("id".to_owned(), json!(hold.id.to_string()));
    out.insert("kind".to_owned(), json!(hold.kind.as_str()));
    out.insert("confidential".to_owned(), json!(hold.confidential));
    out.insert("placed_at".to_owned(), json!(hold.placed_at.to_rfc3339()));
    if let Some(released) = hold.released_at {
        out.insert("released_at".to_owned(), json!(released.to_rfc3339()));
    }
    out.insert("zone".to_owned(), json!(hold.zone.name()));
    Value::Object(out)
}

/// A lock.
pub(super) fn lock(lock: &Lock) -> Value {
    let mut out = Map::new();
    out.insert("id".to_owned(), json!(lock.id.to_string()));
    let (level, bypassed) = match lock.level {
        LockLevel::Compliance => ("compliance", false),
        LockLevel::Governance { bypassed } => ("governance", bypassed),
    };
    out.insert("level".to_owned(), json!(level));
    if bypassed {
        out.insert("bypassed".to_owned(), json!(true));
    }
    let until = match lock.until {
        LockUntil::Ever => json!("ever"),
        LockUntil::Day(last, zone) => json!({"last_day": last.to_string(), "zone": zone.name()}),
    };
    out.insert("until".to_owned(), until);
    Value::Object(out)
}
