//! An old decision, worked out again from its explanation: without archive, policy or clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::explanation::{EXPLANATION_FORMAT, explain};
use super::judge::Now;
use super::read_facts::{self as read};
use super::schedule::{PolicyRef, Schedule};
use super::verdict::Verdict;
use crate::base::civil::CivilDate;
use crate::base::digest::Digest;
use crate::base::limits::POLICY_ITEMS_MAX;
use crate::base::moment::Moment;
use crate::policy::{
    Fault, Faults, Field, FiscalYear, Named, Node, Obligation, RuleId, Seen, What, read_fiscal_year,
    read_holidays, read_obligation,
};
use crate::retention::calendar::{Holidays, Period};

/// Why an explanation does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayFault {
    /// It cannot be read.
    #[error("it cannot be read: {} faults", faults.len())]
    Unreadable {
        /// Why.
        faults: Vec<Fault>,
    },
    /// A rule is not the one whose hash it gives.
    #[error("the rule {id} has another hash than the explanation says")]
    OtherRule {
        /// The rule.
        id: String,
    },
    /// Its steps or its result do not follow from its inputs.
    #[error("{part} does not follow from what it says of the record")]
    Differs {
        /// `obligations`, `steps` or `verdict`.
        part: &'static str,
    },
}

/// Everything an explanation says went in.
struct Inputs {
    now: Now,
    policy: PolicyRef,
    periods: (Period, Period),
    fiscal_years: Vec<FiscalYear>,
    obligations: Vec<Told>,
}

/// A rule with its hash, and the day by which it was to be reviewed.
struct Told {
    hash: Digest,
    rule: Obligation,
    review_due: Option<CivilDate>,
}

/// Judges again from what an explanation holds.
///
/// # Errors
/// It cannot be read, a rule is another one than it says, or its steps or result do not follow.
pub fn replay(explanation: &Value) -> Result<Verdict, ReplayFault> {
    let root = Node::of_json(explanation);
    let mut faults = Faults::new(None);
    let inputs = inputs(&Field::root(&root), &mut faults);
    let Some(inputs) = inputs.filter(|_| faults.is_empty()) else {
        return Err(ReplayFault::Unreadable { faults: faults.into_list() });
    };
    if let Some(other) = inputs.obligations.iter().find(|told| told.rule.hash() != told.hash) {
        return Err(ReplayFault::OtherRule { id: other.rule.id.to_string() });
    }
    let reviews: BTreeMap<RuleId, CivilDate> =
        inputs.obligations.iter().filter_map(|told| Some((told.rule.id.clone(), told.review_due?))).collect();
    let rules = inputs.obligations.into_iter().map(|told| told.rule).collect();
    let schedule =
        Schedule::from_parts(inputs.policy, rules, inputs.fiscal_years, Vec::new(), inputs.periods)
            .with_reviews(|id| reviews.get(id).copied());
    let stood = stood(&Field::root(&root), &schedule, &mut faults);
    let Some((facts, holds, locks)) = stood.filter(|_| faults.is_empty()) else {
        return Err(ReplayFault::Unreadable { faults: faults.into_list() });
    };
    let again = explain(&facts, &schedule, &holds, &locks, inputs.now);
    for part in ["obligations", "facts", "holds", "locks", "steps", "verdict"] {
        if again.to_json().get(part) != explanation.get(part) {
            return Err(ReplayFault::Differs { part });
        }
    }
    Ok(again.verdict)
}

fn inputs(root: &Field<'_>, faults: &mut Faults<'_>) -> Option<Inputs> {
    let mut table = root.table(faults)?;
    table.required("format", faults, |field, faults| {
        let found = field.integer(faults, i64::MIN, i64::MAX)?;
        if found != EXPLANATION_FORMAT {
            field.fault(faults, What::Format { found });
        }
        Some(())
    });
    let at = table.required("at", faults, |field, faults| {
        field.parsed(faults, |found| Moment::parse(found).map_err(|_| What::Moment))
    });
    let clock_sane = table.required("clock_sane", faults, Field::bool);
    let policy = table.required("policy", faults, policy);
    for name in ["facts", "holds", "locks", "steps", "verdict"] {
        table.required(name, faults, |_, _| Some(()));
    }
    let obligations_field = table.field("obligations");
    table.finish(faults);
    let (policy, periods, fiscal_years, holidays) = policy?;
    let named = Named {
        chains: None,
        holidays: holidays.iter().map(|table| table.id().to_owned()).collect(),
        tables: &holidays,
        fiscal_years: &fiscal_years,
        majorities: None,
    };
    let obligations =
        obligations_field?.each(POLICY_ITEMS_MAX, faults, |field, faults| rule(field, &named, faults))?;
    let now = Now { at: at?, clock_sane: clock_sane? };
    Some(Inputs { now, policy, periods, fiscal_years, obligations })
}

type PolicyPart = (PolicyRef, (Period, Period), Vec<FiscalYear>, Vec<Arc<Holidays>>);

fn policy(field: &Field<'_>, faults: &mut Faults<'_>) -> Option<PolicyPart> {
    let mut table = field.table(faults)?;
    let id = table.required("id", faults, |field, faults| {
        field.parsed(faults, |found| RuleId::parse(found).map_err(|_| What::BadId))
    });
    let version =
        table.required("version", faults, |field, faults| field.integer(faults, 1, i64::from(u32::MAX)));
    let hash = table.required("hash", faults, read::digest);
    let stale_after = table.required("stale_after", faults, Field::period);
    let grace = table.required("post_hold_grace", faults, Field::period);
    let years = table.required("fiscal_year", faults, |field, faults| {
        field.each(POLICY_ITEMS_MAX, faults, |item, faults| read_fiscal_year(item.table(faults)?, faults))
    });
    let mut seen = Seen::new();
    let holidays = table.required("holidays", faults, |field, faults| {
        field.each(POLICY_ITEMS_MAX, faults, |item, faults| {
            read_holidays(item.table(faults)?, &mut seen, faults).map(Arc::new)
        })
    });
    table.finish(faults);
    let policy = PolicyRef { id: id?, version: u32::try_from(version?).ok()?, hash: hash? };
    Some((policy, (stale_after?, grace?), years?, holidays?))
}

fn rule(field: &Field<'_>, named: &Named<'_>, faults: &mut Faults<'_>) -> Option<Told> {
    let mut table = field.table(faults)?;
    let hash = table.required("hash", faults, read::digest);
    let mut seen = Seen::new();
    let rule = table.required("rule", faults, |field, faults| {
        read_obligation(field.table(faults)?, named, &mut seen, faults)
    });
    let review_due = table.optional("review_due", faults, Field::date);
    table.finish(faults);
    Some(Told { hash: hash?, rule: rule?, review_due })
}

type Stood = (super::facts::Facts, Vec<super::guard::Hold>, Vec<super::guard::Lock>);

fn stood(root: &Field<'_>, schedule: &Schedule, faults: &mut Faults<'_>) -> Option<Stood> {
    let mut table = root.table(faults)?;
    let facts = table.required("facts", faults, |field, faults| read::facts(field, schedule, faults));
    let holds =
        table.required("holds", faults, |field, faults| field.each(POLICY_ITEMS_MAX, faults, read::hold));
    let locks =
        table.required("locks", faults, |field, faults| field.each(POLICY_ITEMS_MAX, faults, read::lock));
    Some((facts?, holds?, locks?))
}
