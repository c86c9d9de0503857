//! The policy time machine: what a draft, or a later version, would change as of any date.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike as _;
use serde_json::json;

use super::change::{Declared, carried_over};
use super::facts::Facts;
use super::guard::{Hold, Lock};
use super::judge::{Now, judge};
use super::schedule::Schedule;
use super::verdict::{State, Task, Verdict};
use super::wake::wakes_at;
use crate::base::canonical;
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::{Digest, Digesting};
use crate::base::id::{PartyId, RecordId};
use crate::base::moment::Moment;

/// For how long a simulation is good enough to publish by, in seconds.
pub const SIMULATION_SECONDS: i64 = 24 * 3_600;

crate::base::words::words! {
    /// What a change does to a record.
    Shift {
        /// It was not due, and is.
        NewlyDue = "newly_due",
        /// It is due later, or no more.
        Later = "later",
        /// It is due earlier, or at all.
        Earlier = "earlier",
        /// It was not restricted, and is.
        NewlyRestricted = "newly_restricted",
        /// It is due, and a hold keeps it.
        BlockedByHold = "blocked_by_hold",
        /// Its trigger starves, and did not.
        StarvedTrigger = "starved_trigger",
        /// Rules were about it, and none is.
        Orphaned = "orphaned",
    }
}

/// A record under both versions.
#[derive(Debug, Clone, Copy)]
pub struct Simulated<'a> {
    /// Its category.
    pub category: &'a str,
    /// Its customer.
    pub customer: Option<PartyId>,
    /// Its facts under the version before.
    pub before: &'a Facts,
    /// Its facts under the version after, with what has to be carried over.
    pub after: &'a Facts,
    /// Holds over it.
    pub holds: &'a [Hold],
    /// Locks on it.
    pub locks: &'a [Lock],
}

/// Records that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// Their category.
    pub category: String,
    /// Their customer.
    pub customer: Option<String>,
    /// The month in which they are due under the version after, `YYYY-MM`.
    pub month: Option<String>,
}

/// What would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulation {
    /// The version before.
    pub before: Digest,
    /// The version after.
    pub after: Digest,
    /// As of when.
    pub at: Moment,
    /// Records that were judged.
    pub judged: u64,
    /// How many of each group are shifted how.
    pub groups: BTreeMap<(Group, Shift), u64>,
    /// The records that are shifted, and how.
    pub records: BTreeMap<RecordId, BTreeSet<Shift>>,
    /// Records that may stand elsewhere before the simulation is too old to publish by, although nothing happens to
    /// them: whoever publishes judges them again.
    pub soon: BTreeSet<RecordId>,
    /// Over versions, date and every verdict, in the order of the records: what publishing asks for.
    pub hash: Digest,
}

/// Judges every record under both versions as of `at`. The version after counts from `at` on, and what it must not
/// undercut is carried over here.
pub fn simulate<'a>(
    before: &Schedule,
    after: &Schedule,
    records: impl IntoIterator<Item = Simulated<'a>>,
    at: Moment,
) -> Simulation {
    let mut records: Vec<Simulated<'_>> = records.into_iter().collect();
    records.sort_by_key(|record| record.after.record);
    let mut simulating = Simulating::new(before, after, at);
    for record in &records {
        let carried = carried_over(
            Declared { schedule: before, facts: record.before },
            Declared { schedule: after, facts: record.after },
            at,
        );
        let facts = Facts { residuals: carried, ..record.after.clone() };
        simulating.take(&Simulated { after: &facts, ..*record });
    }
    simulating.finish()
}

/// A simulation under way: records come one by one, in the order of their ids.
pub struct Simulating<'s> {
    before: &'s Schedule,
    after: &'s Schedule,
    result: Simulation,
    digesting: Digesting,
    last: Option<RecordId>,
}

impl<'s> Simulating<'s> {
    /// Begins.
    pub fn new(before: &'s Schedule, after: &'s Schedule, at: Moment) -> Self {
        let result = Simulation {
            before: before.policy().hash,
            after: after.policy().hash,
            at,
            judged: 0,
            groups: BTreeMap::new(),
            records: BTreeMap::new(),
            soon: BTreeSet::new(),
            hash: Digest::of(b""),
        };
        let mut digesting = Digesting::new();
        let (old, new) = (result.before.to_hex(), result.after.to_hex());
        let head = json!({"before": old, "after": new, "at": at.to_rfc3339()});
        digesting.update(&canonical::to_bytes(&head));
        Self { before, after, result, digesting, last: None }
    }

    /// Judges one more record under both versions.
    pub fn take(&mut self, record: &Simulated<'_>) {
        let (before, after, at) = (self.before, self.after, self.result.at);
        let one = judge(record.before, before, record.holds, record.locks, Now::sane(at));
        let other = judge(record.after, after, record.holds, record.locks, Now::sane(at));
        // The hash is over the records in their order.
        debug_assert!(self.last < Some(other.record), "records come in the order of their ids");
        self.last = Some(other.record);
        let shifts = shifts(&one, &other);
        self.result.judged += 1;
        let due = |verdict: &Verdict| verdict.due_from.map(Moment::micros);
        let words: Vec<&str> = shifts.iter().map(|shift| shift.as_str()).collect();
        let line = json!([due(&one), one.state().as_str(), due(&other), other.state().as_str(), words]);
        self.digesting.update(&canonical::to_bytes(&json!([other.record.to_string(), line])));
        let until = at.plus_seconds(SIMULATION_SECONDS);
        let is_soon = |verdict: &Verdict, facts: &Facts, schedule: &Schedule| {
            wakes_at(verdict, facts, schedule, record.holds, record.locks).is_some_and(|wakes| wakes <= until)
        };
        if is_soon(&one, record.before, before) || is_soon(&other, record.after, after) {
            self.result.soon.insert(other.record);
        }
        let group = Group {
            category: record.category.to_owned(),
            customer: record.customer.map(|customer| customer.to_string()),
            month: other.due_from.and_then(month),
        };
        for shift in &shifts {
            *self.result.groups.entry((group.clone(), *shift)).or_default() += 1;
        }
        if !shifts.is_empty() {
            self.result.records.insert(other.record, shifts);
        }
    }

    /// What came of it.
    pub fn finish(self) -> Simulation {
        Simulation { hash: self.digesting.finish(), ..self.result }
    }
}

impl Simulation {
    /// The records that would be shifted like this.
    pub fn shifted(&self, shift: Shift) -> impl Iterator<Item = RecordId> {
        self.records.iter().filter(move |(_, shifts)| shifts.contains(&shift)).map(|(id, _)| *id)
    }
}

fn shifts(before: &Verdict, after: &Verdict) -> BTreeSet<Shift> {
    let mut shifts = BTreeSet::new();
    let due = |verdict: &Verdict| verdict.due_from.is_some_and(|from| from <= verdict.at);
    if due(after) && !due(before) {
        shifts.insert(Shift::NewlyDue);
    }
    let order = match (before.due_from, after.due_from) {
        (Some(one), Some(other)) => other.cmp(&one),
        (Some(_), None) => std::cmp::Ordering::Greater,
        (None, Some(_)) => std::cmp::Ordering::Less,
        (None, None) => std::cmp::Ordering::Equal,
    };
    match order {
        std::cmp::Ordering::Greater => shifts.insert(Shift::Later),
        std::cmp::Ordering::Less => shifts.insert(Shift::Earlier),
        std::cmp::Ordering::Equal => false,
    };
    if after.restricted && !before.restricted {
        shifts.insert(Shift::NewlyRestricted);
    }
    if after.state() == State::Held && due(after) {
        shifts.insert(Shift::BlockedByHold);
    }
    let starves =
        |verdict: &Verdict| verdict.tasks.iter().any(|task| matches!(task, Task::StaleTrigger { .. }));
    if starves(after) && !starves(before) {
        shifts.insert(Shift::StarvedTrigger);
    }
    let is_nobodys = |verdict: &Verdict| verdict.tasks.contains(&Task::Unclassified);
    if is_nobodys(after) && !is_nobodys(before) {
        shifts.insert(Shift::Orphaned);
    }
    shifts
}

/// The month of an instant in China, where most of the archive's people read it.
fn month(at: Moment) -> Option<String> {
    let day = CivilDate::of(at, Zone::SHANGHAI).ok()?.to_naive();
    Some(format!("{:04}-{:02}", day.year(), day.month()))
}
