//! What would be due at once by a version that was simulated, as of now: records that came in since the simulation,
//! and those that the day may move, are judged again, in the same way and no others.

use std::collections::BTreeSet;

use serde_json::Value;

use super::exchange::Draft;
use super::refusal::PolicyRefusal;
use crate::archive::Inner;
use crate::archive::bound::Bound;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::{Over, Touched, changes_facts};
use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::base::limits::SIMULATED_AT_ONCE_MAX;
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::retention::{SIMULATION_SECONDS, Shift};
use crate::store::Tx;
use crate::store::rows::ledger;
use crate::store::rows::policies::{self, PolicyVersionRow, SimulationRow};

/// What a version would make due at once, and orphan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighed {
    /// How many records.
    pub newly_due: u64,
    /// How many records would lose every rule that is about them.
    pub orphaned: u64,
    /// Entries that were looked at.
    ledger_size: u64,
}

impl Inner {
    /// The records that a version would make due at once, going by the simulation of this hash; `None` if there is no
    /// such simulation, or it is none to go by.
    ///
    /// # Errors
    /// [`PolicyRefusal::NoSimulation`] where so much has happened since that another simulation is asked for;
    /// [`Refusal::Damaged`].
    pub(super) fn weighed(
        &self,
        draft: &Draft,
        hash: Digest,
        now: Moment,
    ) -> Result<Option<Weighed>, Refusal> {
        let found = self.simulation_of_hash(&draft.row, hash)?;
        let Some((_, report)) = found.filter(|(row, _)| is_good(row, (&draft.row, draft.against), now))
        else {
            return Ok(None);
        };
        let size = report.get("ledger_size").and_then(Value::as_u64);
        let size = size.ok_or(Refusal::Damaged(Thing::Simulation))?;
        let mut again = ids(report.get("soon").and_then(Value::as_array).into_iter().flatten());
        let ledger_size = self.touched_since(size, &mut again)?;
        let mut shifted = [Shift::NewlyDue, Shift::Orphaned].map(|shift| (shift, ids_of(&report, shift)));
        shifted.iter_mut().for_each(|(_, ids)| ids.retain(|id| !again.contains(id)));
        if !again.is_empty() {
            let over = Over { caller: None, only: Some(&again), step: &mut |_, _| Ok(()) };
            let weighed = self.simulate_under(&draft.exchange, now, over)?;
            for (shift, ids) in &mut shifted {
                ids.extend(weighed.simulation.shifted(*shift));
            }
        }
        let [newly_due, orphaned] = shifted.map(|(_, ids)| ids.len() as u64);
        Ok(Some(Weighed { newly_due, orphaned, ledger_size }))
    }

    /// Adds the records of which something else is known since the ledger had so many entries; how many it has.
    fn touched_since(&self, size: u64, again: &mut BTreeSet<RecordId>) -> Result<u64, Refusal> {
        let mut from = size;
        loop {
            let (touched, records) = self.store.read(|conn| {
                let touched = Touched::read(self, conn, from, SIMULATED_AT_ONCE_MAX)?;
                let records = touched.of_facts(conn)?;
                Ok::<_, Refusal>((touched, records))
            })?;
            again.extend(records);
            if touched.any_facts || again.len() > SIMULATED_AT_ONCE_MAX {
                return Err(PolicyRefusal::NoSimulation.into());
            }
            match touched.followed {
                Some(followed) => from = followed,
                None => return Ok(from),
            }
        }
    }
}

/// The simulation of that hash, inside the write: of this version as it is, against what is in force, not older than
/// a day, and nothing was learnt of any record since it was weighed.
///
/// # Errors
/// [`PolicyRefusal::NoSimulation`]; [`Refusal::Stale`] if something was learnt meanwhile; [`Refusal::Damaged`].
pub(super) fn must_stand(
    inner: &Inner,
    tx: &mut Tx<'_>,
    (version, against): (&PolicyVersionRow, Option<Digest>),
    (named, weighed): (Digest, Option<Weighed>),
) -> Result<(SimulationRow, Weighed), Refusal> {
    let rows = policies::simulations_of(tx.conn(), version.id)?;
    let found = rows.into_iter().filter(|row| row.result == named).max_by_key(|row| row.made_at);
    let row = found.ok_or(PolicyRefusal::NoSimulation)?;
    inner.must_be_vouched(tx, &Bound::Simulation(row.id), Thing::Simulation)?;
    if !is_good(&row, (version, against), tx.at()) {
        return Err(PolicyRefusal::NoSimulation.into());
    }
    let weighed = weighed.ok_or(Refusal::Stale)?;
    if changed_since(tx, weighed.ledger_size)? {
        return Err(Refusal::Stale);
    }
    Ok((row, weighed))
}

/// True if a simulation is of this version as it is, against these policies, and not older than a day.
fn is_good(row: &SimulationRow, (version, against): (&PolicyVersionRow, Option<Digest>), at: Moment) -> bool {
    let is_fresh = (0..=SIMULATION_SECONDS).contains(&at.seconds_since(row.made_at))
        && row.as_of.seconds_since(row.made_at).abs() <= SIMULATION_SECONDS;
    is_fresh && row.policy_hash == version.hash && row.against == against
}

/// True if something was learnt of records since the ledger had so many entries.
fn changed_since(tx: &mut Tx<'_>, size: u64) -> Result<bool, Refusal> {
    if tx.pending().any(|draft| changes_facts(draft.kind)) {
        return Ok(true);
    }
    for kind in EntryKind::ALL.iter().copied().filter(|kind| changes_facts(*kind)) {
        let filter = ledger::EntryFilter { subject: None, kind: Some(kind), before_seq: None };
        if ledger::page(tx.conn(), filter, 1)?.iter().any(|row| row.seq >= size) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The records that a report says are shifted like this.
fn ids_of(report: &Value, shift: Shift) -> BTreeSet<RecordId> {
    let records = report.get("records").and_then(Value::as_object).into_iter().flatten();
    let is_shifted = |shifts: &Value| {
        shifts.as_array().is_some_and(|shifts| shifts.iter().any(|one| one == shift.as_str()))
    };
    records.filter(|(_, shifts)| is_shifted(shifts)).filter_map(|(id, _)| RecordId::parse(id).ok()).collect()
}

fn ids<'v>(values: impl Iterator<Item = &'v Value>) -> BTreeSet<RecordId> {
    values.filter_map(|id| RecordId::parse(id.as_str()?).ok()).collect()
}
