//! Retention: until when a record is kept, when it has to go, and what stands in the way.
//!
//! Promises: a verdict follows from its arguments alone and can be worked out again from its explanation; nothing
//! is due early; what is not known keeps. Nothing here reads a clock, a file or a database, or sees personal
//! data: facts are dates, ids, keyed tokens and the rules that match.
//!
//! `policy` uses the calendars of this module, and the judge uses the rules of that one.

pub mod calendar;
mod change;
mod clock;
mod explanation;
mod facts;
mod guard;
mod judge;
mod keys;
mod read_facts;
mod reckon;
mod replay;
mod schedule;
mod simulate;
#[cfg(test)]
mod tests;
mod verdict;
mod wake;
mod write_facts;

pub use change::{Declared, action_since, carried_over};
pub use clock::{ClockFault, ClockReading, JUMP_SECONDS_MAX, clock_fault};
pub use explanation::{Explanation, explain};
pub use facts::{
    Assignment, DateFact, Erasure, EventFact, Facts, InheritedCeiling, Lineage, Progress, Residual,
    VersionFacts,
};
pub use guard::{Hold, HoldKind, Lock, LockLevel, LockUntil};
pub use judge::{Now, judge};
pub use keys::{CASE_KEY, CUSTOMER_KEY, keys_of};
pub use read_facts::read_case;
pub use reckon::{RuleStanding, Step};
pub use replay::{ReplayFault, replay};
pub use schedule::{Materials, PolicyRef, RuleRef, Ruled, Schedule, Versioned};
pub use simulate::{Group, SIMULATION_SECONDS, Shift, Simulated, Simulating, Simulation, simulate};
pub use verdict::{
    Blocker, Bound, Conflict, Consequence, End, NeverWhy, Permit, Source, State, Task, Verdict,
};
pub use wake::wakes_at;
