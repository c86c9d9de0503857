//! A policy as a whole.

use std::sync::Arc;

use super::chain::Chain;
use super::jurisdictions::Law;
use super::obligation::{Certainty, Obligation, RuleId};
use super::trigger::{EventKey, EventType};
use super::years::{FiscalYear, Majority};
use crate::base::civil::CivilDate;
use crate::record::category::Category;
use crate::retention::calendar::{Holidays, Period};

/// How the policy's effect is measured (效果评估).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// What is measured.
    pub metric: String,
    /// What it should come to.
    pub target: String,
    /// How long after publication it is measured.
    pub evaluate_after: Period,
}

/// A category of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryEntry {
    /// As records name it.
    pub id: Category,
    /// What people call it.
    pub title: String,
}

/// A type of events that is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventEntry {
    /// What happens.
    pub kind: EventType,
    /// To what: keys that such an event may have.
    pub keys: Vec<EventKey>,
    /// What people call it.
    pub title: String,
}

crate::base::words::words! {
    /// What a rule of procedure is about.
    ProcedureKind {
        /// What may be done with data whose erasure is due but whose floor still runs.
        Restriction = "restriction",
        /// A state of affairs that stops destruction by itself.
        Hold = "hold",
        /// How destruction is done and recorded.
        Destruction = "destruction",
        /// What a data subject is answered.
        ErasureRefusal = "erasure_refusal",
        /// How often the policy is looked at.
        Review = "review",
    }
}

/// A rule of law that has no period of its own, but says how the others are carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Procedure {
    /// Its id.
    pub id: RuleId,
    /// Whose law it is.
    pub law: Law,
    /// What it is about.
    pub kind: ProcedureKind,
    /// What people call it.
    pub title: String,
    /// The articles on which it rests.
    pub citations: Vec<String>,
    /// How sure it is.
    pub certainty: Certainty,
    /// What else is to be known of it.
    pub note: Option<String>,
}

/// A version of a policy, read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its id.
    pub id: RuleId,
    /// Its version, from 1.
    pub version: u32,
    /// What people call it.
    pub title: String,
    /// Who answers for it.
    pub owner: String,
    /// How often it is reviewed (制度评审).
    pub review_every: Period,
    /// When it is to be reviewed next.
    pub next_review: Option<CivilDate>,
    /// How long a trigger may stay unknown before somebody is asked.
    pub stale_after: Period,
    /// How long a record rests after its last hold was released.
    pub post_hold_grace: Period,
    /// How its effect is measured.
    pub effect: Option<Effect>,
    /// The redaction profiles that readers get, by name.
    pub redaction_profiles: Vec<String>,
    /// The categories that it speaks of.
    pub categories: Vec<CategoryEntry>,
    /// The events that it waits for.
    pub events: Vec<EventEntry>,
    /// Chains of approvals.
    pub chains: Vec<Chain>,
    /// When fiscal years end.
    pub fiscal_years: Vec<FiscalYear>,
    /// When people come of age.
    pub majorities: Vec<Majority>,
    /// Days on which no period ends.
    pub holidays: Vec<Arc<Holidays>>,
    /// Its rules.
    pub obligations: Vec<Obligation>,
    /// Rules of procedure.
    pub procedures: Vec<Procedure>,
}

impl Policy {
    /// The rule of an id.
    pub fn obligation(&self, id: &str) -> Option<&Obligation> {
        self.obligations.iter().find(|obligation| obligation.id.as_str() == id)
    }

    /// The chain of an id.
    pub fn chain(&self, id: &RuleId) -> Option<&Chain> {
        self.chains.iter().find(|chain| chain.id == *id)
    }
}
