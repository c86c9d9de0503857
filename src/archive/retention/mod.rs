//! Where records stand: what the judge has to know of each is read from what is sealed of it, judged under the
//! policies in force, and kept, so that only what a change touches or a day makes due is judged again.
//!
//! Promises: what is kept can be worked out again from records, events, holds and policies, and permits nothing:
//! whoever destroys materialises and judges anew. A birth date leaves only what follows from it, sealed. Must never:
//! judge by an event or a record that is not as the ledger says.

mod due;
mod explain;
mod guards;
mod judging;
mod materialise;
mod queue;
mod restricted;
mod rules;
mod sealed;
mod simulate;
mod stored;
#[cfg(test)]
pub(in crate::archive) mod tests;

pub use due::{Digested, DueLine, DuePage, DueQuery, EndLine, OverdueRule};
pub use explain::Explained;
pub use judging::JudgingProgress;
pub use queue::Queue;
pub use simulate::SimulationReport;

pub(in crate::archive) use judging::JUDGED_ROW;
pub(in crate::archive) use restricted::{is_restricted, standing_of, target_of};
pub(in crate::archive) use rules::Rules;
pub(in crate::archive) use sealed::{facts_to_keep, kept_facts};
pub(in crate::archive) use simulate::Over;
