//! The policy time machine over the whole archive: what a draft, or a later version, would change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::access::decide::Reach;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Inner;
use crate::archive::caller::Caller;
use crate::archive::events::Reaching;
use crate::archive::records::Ledgered;
use crate::archive::refusal::Refusal;
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::bundle::Table;
use crate::record::state::RecordState;
use crate::retention::{Declared, Group, Shift, Simulated, Simulating, Simulation};
use crate::store::rows::records::{self, RecordFilter};
use crate::store::{Conn, StoreError};

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
    /// For whom: only what this caller may simulate over. Without one it is for the archive itself, which tells
    /// nobody more than a count.
    pub caller: Option<&'o Caller>,
    /// Only these records; otherwise all within the caller's reach.
    pub only: Option<&'o BTreeSet<RecordId>>,
    /// Called with records that are done and records in all.
    pub step: &'o mut dyn FnMut(u64, u64) -> Result<(), Refusal>,
}

/// What is compared: the rules that count, with all that led to them, and the ones that would follow.
#[derive(Debug, Clone)]
pub(in crate::archive) struct Exchange {
    /// What counts, and what counted before, oldest first.
    pub before: Vec<Rules>,
    /// What would follow, and since when.
    pub after: Rules,
}

/// One record under both.
struct Compared<'c, 's> {
    inner: &'c Inner,
    exchange: &'c Exchange,
    simulating: &'c mut Simulating<'s>,
}

impl Inner {
    /// Judges records under the rules that count and under those that would follow, as of `at`: with their events,
    /// and what stands guard over them. There is no other simulation.
    ///
    /// # Errors
    /// What `step` returns, or the database cannot be read.
    pub(in crate::archive) fn simulate_under(
        &self,
        exchange: &Exchange,
        at: Moment,
        over: Over<'_>,
    ) -> Result<SimulationReport, Refusal> {
        let before = &exchange.before.last().ok_or(Refusal::WrongState)?.schedule;
        let now = self.now();
        let sight = over.caller.map(|caller| (caller, caller.reach(Action::Simulate, Resource::Policy, now)));
        let mut simulating = Simulating::new(before, &exchange.after.schedule, at);
        let within = sight.and_then(|(caller, reach)| crate::archive::records::within(caller, reach));
        let seen = RecordFilter { within, ..RecordFilter::default() };
        let (ledger_size, all) = self
            .store
            .read(|conn| Ok::<_, Refusal>((self.ledgered(conn)?.size(), records::count(conn, &seen)?)))?;
        let total = over.only.map_or(all, |only| only.len() as u64);
        let (mut after, mut done, mut damaged) = (None, 0, 0);
        loop {
            let batch = self.batch(over.only, after)?;
            let Some(last) = batch.last() else { break };
            after = Some(*last);
            let mut compared = Compared { inner: self, exchange, simulating: &mut simulating };
            damaged += self.store.read(|conn| {
                let (ledger, mut reaching, mut damaged) = (self.ledgered(conn)?, Reaching::default(), 0);
                for id in &batch {
                    let row = records::get(conn, *id)?.filter(|row| sees(sight, row));
                    let Some(row) = row else { continue };
                    // Nobody is told how many there are that he does not see.
                    done += 1;
                    if !RecordState::from_row(&row.state).is_some_and(RecordState::is_openable) {
                        continue;
                    }
                    match compared.take(&ledger, conn, &mut reaching, &row) {
                        Err(Refusal::Damaged(_) | Refusal::Store(StoreError::Corrupt { .. })) => damaged += 1,
                        taken => taken?,
                    }
                }
                Ok::<_, Refusal>(damaged)
            })?;
            (over.step)(done.min(total), total)?;
        }
        let whole = over.only.is_none() && sight.is_none_or(|(_, reach)| reach.usual.all.is_some());
        Ok(SimulationReport { simulation: simulating.finish(), ledger_size, damaged, whole })
    }

    /// The next records, in the order of their ids.
    fn batch(
        &self,
        only: Option<&BTreeSet<RecordId>>,
        after: Option<RecordId>,
    ) -> Result<Vec<RecordId>, Refusal> {
        let Some(only) = only else {
            return self.store.read(|conn| records::ids_after(conn, after, BATCH).map_err(Refusal::from));
        };
        let behind = only.iter().filter(|id| after.is_none_or(|after| **id > after));
        Ok(behind.take(BATCH as usize).copied().collect())
    }
}

impl Compared<'_, '_> {
    fn take(
        &mut self,
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
        reaching: &mut Reaching,
        row: &records::RecordRow,
    ) -> Result<(), Refusal> {
        let (inner, exchange) = (self.inner, self.exchange);
        let known = Known::read(inner, ledger, conn, row)?;
        let one = known.under((inner, ledger), conn, reaching, &exchange.before)?;
        let before = exchange.before.last().map(|rules| Declared { schedule: &rules.schedule, facts: &one });
        let other = known.next((inner, ledger), conn, reaching, (before, &exchange.after))?;
        // Its report is for several readers: of what not all of them may know, it says nothing.
        let guards = Guards::over(inner, conn, row)?.open();
        self.simulating.take(&Simulated {
            category: &row.category,
            customer: known.customers.first().copied(),
            before: &one,
            after: &other,
            holds: &guards.holds,
            locks: &guards.locks,
        });
        Ok(())
    }
}

fn sees(sight: Option<(&Caller, Reach)>, row: &records::RecordRow) -> bool {
    let target = Target::record(row.case_id, row.captured_by);
    sight.is_none_or(|(caller, reach)| reach.level_of(caller.rights(), &target).is_some())
}

impl SimulationReport {
    /// As JSON: counts by category, customer and month, the records that are shifted, and the hash that publishing
    /// asks for.
    pub fn to_json(&self) -> Value {
        let Simulation { before, after, at, judged, groups, records, soon, hash } = &self.simulation;
        let group = |((group, shift), count): (&(Group, Shift), &u64)| {
            json!({
                "category": group.category, "customer": group.customer, "month": group.month,
                "shift": shift.as_str(), "count": count,
            })
        };
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for ((_, shift), count) in groups {
            *counts.entry(shift.as_str()).or_default() += count;
        }
        let shifted = |(id, shifts): (&RecordId, &BTreeSet<Shift>)| {
            let words: Vec<&str> = shifts.iter().map(|shift| shift.as_str()).collect();
            (id.to_string(), json!(words))
        };
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
            "records": records.iter().map(shifted).collect::<Map<_, _>>(),
            "soon": soon.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "hash": hash.to_hex(),
        })
    }
}

/// The records that a report says are shifted, as CSV: each with each of its shifts.
pub fn shifted_csv(report: &Value) -> Vec<u8> {
    let mut table = Table::new(&["record", "shift"]);
    for (record, shifts) in report.get("records").and_then(Value::as_object).into_iter().flatten() {
        for shift in shifts.as_array().into_iter().flatten().filter_map(Value::as_str) {
            table.row(&[record.as_str(), shift]);
        }
    }
    table.into_bytes()
}
