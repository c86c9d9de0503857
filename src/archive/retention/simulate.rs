//! The policy time machine over the whole archive: what a draft, or a later version, would change.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::decide::Reach;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Inner;
use crate::archive::caller::Caller;
use crate::archive::events::Reaching;
use crate::archive::refusal::Refusal;
use crate::base::moment::Moment;
use crate::record::state::RecordState;
use crate::retention::{Schedule, Simulated, Simulating, Simulation};
use crate::store::StoreError;
use crate::store::rows::records::{self, RecordFilter};

use super::guards::Guards;
use super::materialise::Known;
use super::rules::Rules;

/// Records that are read in one snapshot of the database.
const BATCH: u32 = 256;

/// A simulation, and what of the archive it saw.
#[derive(Debug, Clone)]
pub struct SimulationReport {
    /// What would change.
    pub simulation: Simulation,
    /// Entries of the ledger when it began.
    pub ledger_size: u64,
    /// Records that are not as the ledger says: they were not judged.
    pub damaged: u64,
    /// True if every record of the archive was in reach.
    pub whole: bool,
}

/// Which records a simulation goes over, and how far it has come.
pub(in crate::archive) struct Over<'o> {
    /// For whom.
    pub caller: &'o Caller,
    /// Called with records that are done and records in all.
    pub step: &'o mut dyn FnMut(u64, u64) -> Result<(), Refusal>,
}

impl Inner {
    /// Judges every record within the caller's reach under the rules in force and under a draft, as of `at`.
    ///
    /// # Errors
    /// What `step` returns, or the database cannot be read.
    pub(in crate::archive) fn simulate_under(
        &self,
        draft: &Arc<Schedule>,
        at: Moment,
        over: Over<'_>,
    ) -> Result<SimulationReport, Refusal> {
        let now = self.now();
        let rules = self.rules(now)?;
        let before = &rules.last().ok_or(Refusal::WrongState)?.schedule;
        let reach = over.caller.reach(Action::Simulate, Resource::Policy, now);
        let mut simulating = Simulating::new(before, draft, at);
        let drafted = [Rules { since: at, schedule: Arc::clone(draft) }];
        let within = crate::archive::records::within(over.caller, reach);
        let seen = RecordFilter { within, ..RecordFilter::default() };
        let (ledger_size, total) = self
            .store
            .read(|conn| Ok::<_, Refusal>((self.ledgered(conn)?.size(), records::count(conn, &seen)?)))?;
        let (mut after, mut done, mut damaged) = (None, 0, 0);
        loop {
            let batch = self.store.read(|conn| records::ids_after(conn, after, BATCH))?;
            let Some(last) = batch.last() else { break };
            after = Some(*last);
            let mut count = 0;
            damaged += self.store.read(|conn| {
                let (ledger, mut reaching, mut damaged) = (self.ledgered(conn)?, Reaching::default(), 0);
                for id in batch {
                    let Some(row) = records::get(conn, id)?.filter(|row| sees(over.caller, reach, row))
                    else {
                        continue;
                    };
                    // Nobody is told how many there are that he does not see.
                    count += 1;
                    if !RecordState::from_row(&row.state).is_some_and(RecordState::is_openable) {
                        continue;
                    }
                    let known = Known::read(self, &ledger, conn, &row);
                    let known = match known {
                        Err(Refusal::Damaged(_) | Refusal::Store(StoreError::Corrupt { .. })) => {
                            damaged += 1;
                            continue;
                        }
                        known => known?,
                    };
                    let one = known.under((self, &ledger), conn, &mut reaching, &rules)?;
                    let other = known.under((self, &ledger), conn, &mut reaching, &drafted)?;
                    // Its report is for several readers: of what not all of them may know, it says nothing.
                    let guards = Guards::over(self, conn, &row)?.open();
                    simulating.take(&Simulated {
                        category: &row.category,
                        customer: known.customers.first().copied(),
                        before: &one,
                        after: &other,
                        holds: &guards.holds,
                        locks: &guards.locks,
                    });
                }
                Ok::<_, Refusal>(damaged)
            })?;
            done += count;
            (over.step)(done.min(total), total)?;
        }
        let whole = reach.usual.all.is_some();
        Ok(SimulationReport { simulation: simulating.finish(), ledger_size, damaged, whole })
    }
}

fn sees(caller: &Caller, reach: Reach, row: &records::RecordRow) -> bool {
    reach.level_of(caller.rights(), &Target::record(row.case_id, row.captured_by)).is_some()
}

impl SimulationReport {
    /// As JSON: counts by category, customer and month, the records as CSV, and the hash that publishing asks for.
    pub fn to_json(&self) -> Value {
        let Simulation { before, after, at, judged, groups, records, hash } = &self.simulation;
        let group = |((group, shift), count): (&(crate::retention::Group, crate::retention::Shift), &u64)| {
            json!({
                "category": group.category, "customer": group.customer, "month": group.month,
                "shift": shift.as_str(), "count": count,
            })
        };
        let mut counts: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
        for ((_, shift), count) in groups {
            *counts.entry(shift.as_str()).or_default() += count;
        }
        let mut csv = String::from("record,shift\n");
        for (record, shifts) in records {
            for shift in shifts {
                csv.push_str(&format!("{record},{}\n", shift.as_str()));
            }
        }
        json!({
            "before": before.to_hex(),
            "after": after.to_hex(),
            "at": at.to_rfc3339(),
            "ledger_size": self.ledger_size,
            "whole_archive": self.whole,
            "judged": judged,
            "damaged": self.damaged,
            "counts": counts,
            "groups": groups.iter().map(group).collect::<Vec<_>>(),
            "records_csv": csv,
            "hash": hash.to_hex(),
        })
    }
}
