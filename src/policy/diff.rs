//! What changed between two versions of a policy, each change classed as the rules for existing records
//! class it (`docs/formats/policy.md`, "Changes").

use std::cmp::Ordering;

use serde_json::Value;

use super::document::Policy;
use super::obligation::{Obligation, RuleKind, Standing, Term};
use crate::base::digest::Digest;

crate::base::words::words! {
    /// The classes of changes.
    ChangeKind {
        /// A rule is new, or counts for the first time.
        Added = "added",
        /// A rule is gone, or counts no more: its last computed floor stays.
        Retired = "retired",
        /// It lasts longer: for all records not yet destroyed.
        Lengthened = "lengthened",
        /// It is shorter, or may be for some records: only for records declared later.
        Shortened = "shortened",
        /// It begins at another date or counts otherwise: old records take the later end.
        TriggerChanged = "trigger_changed",
        /// Something else happens at the end.
        ActionChanged = "action_changed",
        /// It is about other records.
        Reclassified = "reclassified",
        /// It is about records of one more jurisdiction.
        JurisdictionAdded = "jurisdiction_added",
        /// Something that changes no date: a title, a citation, a day of review.
        Reworded = "reworded",
    }
}

/// One change of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The rule.
    pub id: String,
    /// Its class.
    pub kind: ChangeKind,
    /// The field that changed; none for rules that came or went.
    pub field: Option<String>,
    /// What stood there before.
    pub before: Option<String>,
    /// What stands there now.
    pub after: Option<String>,
}

/// All that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDiff {
    /// The canonical hash of the version before.
    pub before: Digest,
    /// The canonical hash of the version after.
    pub after: Digest,
    /// Changes, by rule.
    pub changes: Vec<Change>,
}

/// Compares two policies rule by rule.
pub fn diff(before: &Policy, after: &Policy) -> PolicyDiff {
    let mut changes = Vec::new();
    for old in &before.obligations {
        match after.obligation(old.id.as_str()) {
            None => changes.push(whole(old, ChangeKind::Retired)),
            Some(new) => compare(old, new, before, after, &mut changes),
        }
    }
    for new in after.obligations.iter().filter(|new| before.obligation(new.id.as_str()).is_none()) {
        let covered = before.obligations.iter().any(|old| old.selector == new.selector && old.law != new.law);
        changes.push(whole(new, if covered { ChangeKind::JurisdictionAdded } else { ChangeKind::Added }));
    }
    whole_policy(before, after, &mut changes);
    changes.sort_by(|a, b| (&a.id, a.kind, &a.field).cmp(&(&b.id, b.kind, &b.field)));
    PolicyDiff { before: before.hash(), after: after.hash(), changes }
}

fn whole(rule: &Obligation, kind: ChangeKind) -> Change {
    Change { id: rule.id.as_str().to_owned(), kind, field: None, before: None, after: None }
}

/// Fields of a rule that say when and how its period is counted.
const COUNTING: [&str; 5] = ["trigger", "calendar", "roll_over", "zone", "effective_from"];
/// Fields that say what happens at the end, and who decides.
const ENDING: [&str; 4] = ["action", "approvals", "witnesses", "level"];

fn compare(old: &Obligation, new: &Obligation, before: &Policy, after: &Policy, changes: &mut Vec<Change>) {
    let counts = |rule: &Obligation| rule.standing == Standing::Enabled;
    match (counts(old), counts(new)) {
        (true, false) => changes.push(whole(new, ChangeKind::Retired)),
        (false, true) => changes.push(whole(new, ChangeKind::Added)),
        _ => {}
    }
    if old.rule.kind() != new.rule.kind() {
        changes.push(whole(old, ChangeKind::Retired));
        changes.push(whole(new, ChangeKind::Added));
        return;
    }
    let (old_json, new_json) = (old.to_json(), new.to_json());
    let names =
        |value: &Value| value.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
    let mut fields: Vec<String> = names(&old_json);
    let more: Vec<String> = names(&new_json);
    fields.extend(more.into_iter().filter(|name| old_json.get(name).is_none()));
    for field in fields.into_iter().filter(|name| old_json.get(name) != new_json.get(name)) {
        let kind = match field.as_str() {
            "period" => of_period(old, new),
            "effective_to" => of_last_day(old, new),
            name if COUNTING.contains(&name) => ChangeKind::TriggerChanged,
            name if ENDING.contains(&name) => ChangeKind::ActionChanged,
            "match" | "jurisdiction" => of_selector(old, new),
            _ => ChangeKind::Reworded,
        };
        changes.push(Change {
            id: new.id.as_str().to_owned(),
            kind,
            before: old_json.get(&field).map(told),
            after: new_json.get(&field).map(told),
            field: Some(field),
        });
    }
    if tables_differ(old, new, before, after) {
        let tables = Some("tables".to_owned());
        let kind = ChangeKind::TriggerChanged;
        changes.push(Change {
            id: new.id.as_str().to_owned(),
            kind,
            field: tables,
            before: None,
            after: None,
        });
    }
}

fn told(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Longer in every case is a lengthening; what is shorter in some case is a shortening.
fn of_period(old: &Obligation, new: &Obligation) -> ChangeKind {
    let order = match (old.rule.term(), new.rule.term()) {
        (Term::Permanent, _) => Some(Ordering::Less),
        (_, Term::Permanent) => Some(Ordering::Greater),
        (Term::Counted { period: before, .. }, Term::Counted { period: after, .. }) => {
            match (before, after) {
                (Some(before), Some(after)) => after.compare(*before),
                (None, Some(_)) => Some(Ordering::Greater),
                (Some(_), None) => Some(Ordering::Less),
                (None, None) => Some(Ordering::Equal),
            }
        }
        (Term::ToBeSet { .. }, _) => return ChangeKind::Added,
        (_, Term::ToBeSet { .. }) => return ChangeKind::Retired,
    };
    if order == Some(Ordering::Greater) { ChangeKind::Lengthened } else { ChangeKind::Shortened }
}

/// A rule that is in force for longer.
fn of_last_day(old: &Obligation, new: &Obligation) -> ChangeKind {
    match (old.in_force.to(), new.in_force.to()) {
        (Some(_), None) => ChangeKind::Lengthened,
        (Some(before), Some(after)) if after > before => ChangeKind::Lengthened,
        _ => ChangeKind::Retired,
    }
}

fn of_selector(old: &Obligation, new: &Obligation) -> ChangeKind {
    let (super::Selector::Where(before), super::Selector::Where(after)) = (&old.selector, &new.selector)
    else {
        return ChangeKind::Reclassified;
    };
    let mut widened = before.clone();
    widened.jurisdictions.clone_from(&after.jurisdictions);
    let more = !before.jurisdictions.is_empty() && before.jurisdictions.is_subset(&after.jurisdictions);
    if widened == *after && more && old.law == new.law {
        ChangeKind::JurisdictionAdded
    } else {
        ChangeKind::Reclassified
    }
}

/// True if a table that the rule asks says something else now.
fn tables_differ(old: &Obligation, new: &Obligation, before: &Policy, after: &Policy) -> bool {
    let asks = |rule: &Obligation| rule.rule.trigger().is_some_and(super::trigger::Expr::uses_fiscal_years);
    let asks_age = |rule: &Obligation| {
        let atoms = rule.rule.trigger().map(super::trigger::Expr::atoms).unwrap_or_default();
        atoms.iter().any(|atom| matches!(atom, super::trigger::Atom::Majority(_)))
    };
    let holidays = old.calendar != new.calendar && old.calendar.name() == new.calendar.name();
    (asks(old) && asks(new) && before.fiscal_years != after.fiscal_years)
        || (asks_age(old) && asks_age(new) && before.majorities != after.majorities)
        || (holidays && old.rule.kind() != RuleKind::Action)
}

/// Periods that the policy itself has.
fn whole_policy(before: &Policy, after: &Policy, changes: &mut Vec<Change>) {
    let grace = (before.post_hold_grace, after.post_hold_grace);
    if grace.0 != grace.1 {
        let longer = grace.1.compare(grace.0) == Some(Ordering::Greater);
        changes.push(Change {
            id: String::new(),
            kind: if longer { ChangeKind::Lengthened } else { ChangeKind::Shortened },
            field: Some("post_hold_grace".to_owned()),
            before: Some(grace.0.to_string()),
            after: Some(grace.1.to_string()),
        });
    }
}
