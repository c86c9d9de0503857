//! The canonical form: the file's own fields as JSON (RFC 8785), every default written out, every list that
//! is a set in order. Its SHA-256 identifies a version.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::chain::Chain;
use super::document::{Effect, EventEntry, Policy, Procedure};
use super::jurisdictions::Law;
use super::obligation::{Obligation, Term};
use super::parse::FORMAT;
use super::parse_rule::{OF_TRIGGER, PERMANENT, TO_BE_SET};
use super::parse_tables::WEEK;
use super::selector::Selector;
use super::years::{FiscalYear, Majority};
use crate::base::canonical;
use crate::base::civil::CivilDate;
use crate::base::digest::Digest;
use crate::retention::calendar::{Calendar, Holidays};

impl Policy {
    /// The canonical form as a value; [`Policy::from_canonical`] reads it back.
    pub fn to_json(&self) -> Value {
        let mut out = Map::new();
        out.insert("format".to_owned(), json!(FORMAT));
        out.insert("id".to_owned(), json!(self.id.as_str()));
        out.insert("version".to_owned(), json!(self.version));
        out.insert("title".to_owned(), json!(self.title));
        out.insert("owner".to_owned(), json!(self.owner));
        out.insert("review_every".to_owned(), json!(self.review_every.to_string()));
        put(&mut out, "next_review", self.next_review.map(day));
        out.insert("stale_after".to_owned(), json!(self.stale_after.to_string()));
        out.insert("post_hold_grace".to_owned(), json!(self.post_hold_grace.to_string()));
        put(&mut out, "effect", self.effect.as_ref().map(effect));
        let profiles: BTreeSet<&String> = self.redaction_profiles.iter().collect();
        list(&mut out, "redaction_profiles", profiles.into_iter().map(|name| json!(name)));
        let categories =
            self.categories.iter().map(|entry| json!({"id": entry.id.as_str(), "title": entry.title}));
        list(&mut out, "category", sorted(categories, "id"));
        list(&mut out, "event", sorted(self.events.iter().map(event), "type"));
        list(&mut out, "approval", sorted(self.chains.iter().map(chain), "id"));
        list(&mut out, "fiscal_year", by_text(self.fiscal_years.iter().map(fiscal_year)));
        list(&mut out, "majority", by_text(self.majorities.iter().map(majority)));
        list(&mut out, "holidays", sorted(self.holidays.iter().map(|table| holidays(table)), "id"));
        list(&mut out, "obligation", sorted(self.obligations.iter().map(Obligation::to_json), "id"));
        list(&mut out, "procedure", sorted(self.procedures.iter().map(procedure), "id"));
        Value::Object(out)
    }

    /// The SHA-256 of the canonical form.
    pub fn hash(&self) -> Digest {
        Digest::of(&canonical::to_bytes(&self.to_json()))
    }
}

impl Obligation {
    /// Its canonical form as a value.
    pub fn to_json(&self) -> Value {
        let mut out = Map::new();
        out.insert("id".to_owned(), json!(self.id.as_str()));
        out.insert("version".to_owned(), json!(self.version));
        put(&mut out, "title", self.title.as_ref().map(|title| json!(title)));
        out.insert("jurisdiction".to_owned(), json!(self.law.as_str()));
        out.insert("calendar".to_owned(), json!(self.calendar.name().as_str()));
        if let Calendar::Eu1182(Some(holidays)) = &self.calendar {
            out.insert("roll_over".to_owned(), json!(holidays.id()));
        }
        out.insert("zone".to_owned(), json!(self.zone.name()));
        out.insert("match".to_owned(), selector(&self.selector));
        out.insert("kind".to_owned(), json!(self.rule.kind().as_str()));
        put(&mut out, "trigger", self.rule.trigger().map(|trigger| json!(trigger.to_string())));
        let period = match self.rule.term() {
            Term::Permanent => PERMANENT.to_owned(),
            Term::ToBeSet { .. } => TO_BE_SET.to_owned(),
            Term::Counted { period: None, .. } => OF_TRIGGER.to_owned(),
            Term::Counted { period: Some(period), .. } => period.to_string(),
        };
        out.insert("period".to_owned(), json!(period));
        out.insert("action".to_owned(), json!(self.action.as_str()));
        put(&mut out, "approvals", self.approvals.as_ref().map(|chain| json!(chain.as_str())));
        out.insert("witnesses".to_owned(), json!(self.witnesses));
        out.insert("level".to_owned(), json!(self.level.as_str()));
        list(&mut out, "citations", self.citations.iter().map(|citation| json!(citation)));
        out.insert("certainty".to_owned(), json!(self.certainty.as_str()));
        out.insert("basis".to_owned(), json!(self.basis.as_str()));
        out.insert("status".to_owned(), json!(self.standing.as_str()));
        put(&mut out, "effective_from", self.in_force.from().map(day));
        put(&mut out, "effective_to", self.in_force.to().map(day));
        put(&mut out, "next_review", self.next_review.map(day));
        put(&mut out, "note", self.note.as_ref().map(|note| json!(note)));
        Value::Object(out)
    }

    /// The SHA-256 of its canonical form.
    pub fn hash(&self) -> Digest {
        Digest::of(&canonical::to_bytes(&self.to_json()))
    }
}

fn day(day: CivilDate) -> Value {
    json!(day.to_string())
}

fn put(out: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        out.insert(name.to_owned(), value);
    }
}

/// An empty list is not written.
fn list(out: &mut Map<String, Value>, name: &str, items: impl IntoIterator<Item = Value>) {
    let items: Vec<Value> = items.into_iter().collect();
    if !items.is_empty() {
        out.insert(name.to_owned(), Value::Array(items));
    }
}

fn sorted(items: impl Iterator<Item = Value>, name: &str) -> Vec<Value> {
    let mut items: Vec<Value> = items.collect();
    items.sort_by(|a, b| text(a, name).cmp(text(b, name)));
    items
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Rows without ids: by their own canonical bytes.
fn by_text(items: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut items: Vec<Value> = items.collect();
    items.sort_by_key(canonical::to_bytes);
    items
}

fn effect(effect: &Effect) -> Value {
    json!({
        "metric": effect.metric, "target": effect.target,
        "evaluate_after": effect.evaluate_after.to_string(),
    })
}

fn event(entry: &EventEntry) -> Value {
    let keys: BTreeSet<&str> = entry.keys.iter().map(super::trigger::EventKey::as_str).collect();
    json!({"type": entry.kind.as_str(), "keys": keys, "title": entry.title})
}

fn chain(chain: &Chain) -> Value {
    let stages: Vec<Value> = chain
        .stages()
        .iter()
        .map(|stage| {
            let roles: Vec<&str> = stage.roles.iter().map(|role| role.as_str()).collect();
            json!({"name": stage.name, "roles": roles, "needed": stage.needed})
        })
        .collect();
    let mut out = Map::new();
    out.insert("id".to_owned(), json!(chain.id.as_str()));
    put(&mut out, "cooling_off", chain.cooling_off.map(|period| json!(period.to_string())));
    out.insert("stage".to_owned(), Value::Array(stages));
    Value::Object(out)
}

/// A row of the table of fiscal years.
pub(crate) fn fiscal_year(row: &FiscalYear) -> Value {
    let mut out = Map::new();
    out.insert("jurisdiction".to_owned(), json!(Law::as_str(&row.law)));
    out.insert("ends".to_owned(), json!(row.ends.to_text()));
    put(&mut out, "effective_from", row.effective_from.map(day));
    Value::Object(out)
}

fn majority(row: &Majority) -> Value {
    let mut out = Map::new();
    out.insert("jurisdiction".to_owned(), json!(row.law.as_str()));
    out.insert("years".to_owned(), json!(row.years));
    put(&mut out, "effective_from", row.effective_from.map(day));
    Value::Object(out)
}

/// A table of holidays.
pub(crate) fn holidays(table: &Holidays) -> Value {
    let days: Vec<String> = table.days().map(|day| day.to_string()).collect();
    let closed: Vec<&str> = table
        .weekend()
        .filter_map(|day| WEEK.iter().find(|(_, known)| *known == day).map(|(name, _)| *name))
        .collect();
    let mut out = Map::new();
    out.insert("id".to_owned(), json!(table.id()));
    out.insert("days".to_owned(), json!(days));
    list(&mut out, "weekend", closed.into_iter().map(|name| json!(name)));
    Value::Object(out)
}

fn selector(selector: &Selector) -> Value {
    let Selector::Where(conditions) = selector else { return json!({"all": true}) };
    let mut out = Map::new();
    list(&mut out, "kinds", conditions.kinds.iter().map(|kind| json!(kind.as_str())));
    list(&mut out, "categories", conditions.categories.iter().map(|pattern| json!(pattern.to_text())));
    list(&mut out, "jurisdictions", conditions.jurisdictions.iter().map(|code| json!(code.as_str())));
    list(&mut out, "tags", conditions.tags.iter().map(|tag| json!(tag)));
    if !conditions.fields.is_empty() {
        out.insert("fields".to_owned(), json!(conditions.fields));
    }
    Value::Object(out)
}

fn procedure(procedure: &Procedure) -> Value {
    let mut out = Map::new();
    out.insert("id".to_owned(), json!(procedure.id.as_str()));
    out.insert("jurisdiction".to_owned(), json!(procedure.law.as_str()));
    out.insert("kind".to_owned(), json!(procedure.kind.as_str()));
    out.insert("title".to_owned(), json!(procedure.title));
    list(&mut out, "citations", procedure.citations.iter().map(|citation| json!(citation)));
    out.insert("certainty".to_owned(), json!(procedure.certainty.as_str()));
    put(&mut out, "note", procedure.note.as_ref().map(|note| json!(note)));
    Value::Object(out)
}
