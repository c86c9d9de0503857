//! Where records stand: what the judge has to know of each is read from what is sealed of it, judged under the
//! policies in force, and kept, so that only what a change touches or a day makes due is judged again.
//!
//! Promises: what is kept can be worked out again from records, events, holds and policies, and permits nothing:
//! whoever destroys materialises and judges anew. A birth date leaves only what follows from it, sealed. Must never:
//! judge by an event or a record that is not as the ledger says.

mod astray;
mod due;
mod explain;
#[cfg(test)]
mod forged_tests;
mod guards;
mod judging;
mod known_keys;
mod materialise;
mod queue;
mod restricted;
mod rules;
mod sealed;
mod simulate;
mod stored;
#[cfg(test)]
pub(in crate::archive) mod tests;
mod touched;

pub use due::{Digested, DueLine, DuePage, DueQuery, EndLine, OverdueRule};
pub use explain::Explained;
pub use judging::JudgingProgress;
pub use queue::Queue;
pub use simulate::{SimulationReport, shifted_csv};

pub(in crate::archive) use astray::LookingOver;
pub(in crate::archive) use due::DueDates;
pub(in crate::archive) use judging::{JUDGED_ROW, NIGHTLY_ROW};
pub(in crate::archive) use known_keys::{KnownKeys, Reached};
pub(in crate::archive) use materialise::CASE_CLOSED;
pub(in crate::archive) use restricted::{Restrictions, Standings};
pub(in crate::archive) use rules::{Rules, rules_of};
pub(in crate::archive) use sealed::{facts_to_keep, kept_facts};
pub(in crate::archive) use simulate::{Exchange, Over};
pub(in crate::archive) use touched::{Touched, changes_facts, touches};
