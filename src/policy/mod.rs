//! Policies: which records are kept for how long, by what law, and who decides at the end.
//!
//! Promises: a file is read with all of its faults at once, each with its place, or becomes a [`Policy`]
//! whose every rule can be judged; a version is identified by the SHA-256 of its canonical form. Nothing here
//! reads a clock, a file or a database.

mod canonical;
mod chain;
mod compare;
mod diff;
mod document;
mod fault;
pub mod file_plan;
mod jurisdictions;
mod life;
mod lint;
mod node;
mod obligation;
mod parse;
mod parse_rule;
mod parse_tables;
mod place;
mod read;
mod review;
mod said;
mod selector;
mod shipped;
#[cfg(test)]
mod tests;
pub mod trigger;
mod years;

pub use chain::{Chain, Stage};
pub use compare::{Compared, ComparedField, ComparedRule, compare};
pub use diff::{Change, ChangeKind, PolicyDiff, diff};
pub use document::{CategoryEntry, Effect, EventEntry, Policy, Procedure, ProcedureKind};
pub use fault::{Expected, Fault, What};
pub use jurisdictions::Law;
pub use life::{LifeStage, LifeStep, NotNext};
pub use lint::{Finding, Severity, Smell};
pub use obligation::{
    Action, BadRuleId, Basis, Certainty, InForce, Level, Obligation, Rule, RuleId, RuleKind, Standing, Term,
};
pub use parse::FORMAT;
pub use place::Place;
pub use review::{ReviewHeld, is_overdue, review_due};
pub use said::{
    EvaluationFields, EvaluationOutcome, Part, Participant, Question, ReviewAction, ReviewDecision,
    ReviewFields, SuggestionFields, SuggestionState,
};
pub use selector::{CategoryPattern, Conditions, KindPattern, Selector, Subject};
pub use shipped::{shipped, shipped_names, shipped_text};
pub use years::{FiscalYear, Majority, MonthDay, comes_of_age, fiscal_year_end};

pub(crate) use canonical::{fiscal_year as fiscal_year_json, holidays as holidays_json};
pub(crate) use node::{Node, Value as NodeValue};
pub(crate) use parse::Seen;
pub(crate) use parse_rule::{Named, obligation as read_obligation};
pub(crate) use parse_tables::{fiscal_year as read_fiscal_year, holidays as read_holidays};
pub(crate) use read::{Faults, Field, Table};
