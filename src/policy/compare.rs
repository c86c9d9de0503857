//! A policy beside another one, as a rule a shipped pack (对标): what the pack has and the policy lacks, and
//! where they ask otherwise.

use std::cmp::Ordering;

use super::document::Policy;
use super::obligation::{Obligation, Standing, Term};

crate::base::words::words! {
    /// How a rule of the policy stands to one of the pack.
    Compared {
        /// The pack has it, the policy does not.
        Missing = "missing",
        /// It counts in the pack, and not here.
        NotEnabled = "not_enabled",
        /// Here it lasts less long.
        Shorter = "shorter",
        /// Here it lasts longer.
        Longer = "longer",
        /// It asks otherwise.
        Differs = "differs",
        /// The policy has it, the pack does not.
        Own = "own",
        /// Both ask the same.
        Same = "same",
    }
}

/// A field in which two rules differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedField {
    /// The field.
    pub name: String,
    /// What the policy says.
    pub here: Option<String>,
    /// What the pack says.
    pub there: Option<String>,
}

/// A rule of the policy beside one of the pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedRule {
    /// How they stand to each other.
    pub how: Compared,
    /// The policy's rule.
    pub here: Option<String>,
    /// The pack's rule.
    pub there: Option<String>,
    /// The articles on which they rest; the pack's first.
    pub citations: Vec<String>,
    /// What differs.
    pub fields: Vec<ComparedField>,
}

/// Fields that say when, how long and what then; others are words about a rule.
const ASKING: [&str; 10] = [
    "jurisdiction",
    "calendar",
    "roll_over",
    "zone",
    "match",
    "kind",
    "trigger",
    "period",
    "action",
    "level",
];

/// Compares rule by rule, the most pressing first. Rules are one if they have one id, or if they are of one kind
/// and one law, rest on one article and can be about one record.
pub fn compare(policy: &Policy, pack: &Policy) -> Vec<ComparedRule> {
    let mut found = Vec::new();
    let mut taken: Vec<&str> = Vec::new();
    for there in &pack.obligations {
        let counterpart = policy.obligation(there.id.as_str()).or_else(|| {
            let free = policy.obligations.iter().filter(|here| !taken.contains(&here.id.as_str()));
            free.into_iter().find(|here| pack.obligation(here.id.as_str()).is_none() && is_one(here, there))
        });
        if let Some(here) = counterpart {
            taken.push(here.id.as_str());
        }
        found.push(compared(counterpart, there));
    }
    for here in policy.obligations.iter().filter(|here| !taken.contains(&here.id.as_str())) {
        found.push(ComparedRule {
            how: Compared::Own,
            here: Some(here.id.to_string()),
            there: None,
            citations: here.citations.clone(),
            fields: Vec::new(),
        });
    }
    found.sort_by_key(|rule| rule.how);
    found
}

fn is_one(here: &Obligation, there: &Obligation) -> bool {
    here.rule.kind() == there.rule.kind()
        && here.law == there.law
        && here.citations.iter().any(|citation| there.citations.contains(citation))
        && here.selector.overlaps(&there.selector)
}

fn compared(here: Option<&Obligation>, there: &Obligation) -> ComparedRule {
    let mut rule = ComparedRule {
        how: Compared::Missing,
        here: here.map(|here| here.id.to_string()),
        there: Some(there.id.to_string()),
        citations: there.citations.clone(),
        fields: Vec::new(),
    };
    let Some(here) = here else { return rule };
    let new = here.citations.iter().filter(|citation| !there.citations.contains(citation));
    rule.citations.extend(new.cloned());
    let (own, other) = (here.to_json(), there.to_json());
    let told = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    for name in ASKING.into_iter().filter(|name| own.get(name) != other.get(name)) {
        let (here, there) = (own.get(name).map(told), other.get(name).map(told));
        rule.fields.push(ComparedField { name: name.to_owned(), here, there });
    }
    let counts = |rule: &Obligation| rule.standing == Standing::Enabled;
    rule.how = match rule.fields.as_slice() {
        _ if counts(there) && !counts(here) => Compared::NotEnabled,
        [] => Compared::Same,
        [one] if one.name == "period" => match lasts(here).partial_cmp(&lasts(there)) {
            Some(Ordering::Less) => Compared::Shorter,
            Some(Ordering::Greater) => Compared::Longer,
            Some(Ordering::Equal) | None => Compared::Differs,
        },
        _ => Compared::Differs,
    };
    rule
}

/// How long a rule lasts, to be compared from one and the same beginning; what is to be set lasts nothing yet.
fn lasts(rule: &Obligation) -> (u8, (i64, i64)) {
    match rule.rule.term() {
        Term::Permanent => (2, (0, 0)),
        Term::Counted { period: Some(period), .. } => (1, period.day_bounds()),
        Term::Counted { period: None, .. } => (1, (0, 0)),
        Term::ToBeSet { .. } => (0, (0, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{shipped, shipped_text};

    #[test]
    fn a_pack_beside_itself_is_the_same_throughout() {
        let pack = shipped("tw-general").unwrap().unwrap();
        let found = compare(&pack, &pack);
        assert_eq!(found.len(), pack.obligations.len());
        assert!(found.iter().all(|rule| rule.how == Compared::Same && rule.fields.is_empty()));
    }

    #[test]
    fn what_is_shorter_missing_switched_off_or_ones_own_is_told_first() {
        let pack = shipped("cn-general").unwrap().unwrap();
        let rules: Vec<&Obligation> = pack
            .obligations
            .iter()
            .filter(|rule| rule.standing == Standing::Enabled && rule.rule.period().is_some())
            .collect();
        let mut house = pack.clone();
        let (shorter, off, gone) = (rules[0].id.clone(), rules[1].id.clone(), rules[2].id.clone());
        house.obligations.retain(|rule| rule.id != gone);
        let days = crate::retention::calendar::Period::new(0, 1).unwrap();
        for rule in &mut house.obligations {
            if rule.id == shorter {
                let trigger = rule.rule.trigger().unwrap().clone();
                let term = Term::Counted { trigger, period: Some(days) };
                rule.rule = crate::policy::Rule::new(rule.rule.kind(), term).unwrap();
            }
            if rule.id == off {
                rule.standing = Standing::Disabled;
            }
        }
        let mut own = house.obligations[5].clone();
        own.id = crate::policy::RuleId::parse("house.own").unwrap();
        own.citations = vec!["内部规定".to_owned()];
        house.obligations.push(own);
        let found = compare(&house, &pack);
        let how = |id: &str| {
            let named = |rule: &&ComparedRule| rule.there.as_deref().or(rule.here.as_deref()) == Some(id);
            found.iter().find(named).unwrap().how
        };
        assert_eq!(how(shorter.as_str()), Compared::Shorter);
        assert_eq!(how(off.as_str()), Compared::NotEnabled);
        assert_eq!(how(gone.as_str()), Compared::Missing);
        assert_eq!(how("house.own"), Compared::Own);
        assert_eq!(found[0].how, Compared::Missing);
        assert!(shipped_text("cn-general").is_some());
    }
}
