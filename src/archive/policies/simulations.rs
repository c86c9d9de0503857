//! Simulations: what a version would change, judged against the archive as it is, and kept with its report. A
//! version is published on the ground of one.

use std::sync::Arc;

use serde_json::{Value, json};

use super::draft::{enter, may_write};
use super::in_force::{InForce, PolicyInForce};
use super::read::{self, claim};
use super::review::number_of;
use super::weigh::newly_due;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::bound::{self, Bound};
use crate::archive::caller::Caller;
use crate::archive::cases::Entered;
use crate::archive::cells::{self, REPORT};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::id::{SimulationId, UserId};
use crate::base::moment::Moment;
use crate::base::secret::SecretBytes;
use crate::ledger::entry::EntryKind;
use crate::policy::{LifeStage, RuleId};
use crate::retention::{Schedule, Simulation, Versioned};
use crate::store::Conn;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::policies::{self, PolicyVersionRow, SimulationRow};

/// A simulation that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulationView {
    /// The simulation.
    pub id: SimulationId,
    /// The number of the version.
    pub version: u32,
    /// The hash that the version had.
    pub policy_hash: Digest,
    /// The hash of what was in force; none if nothing was.
    pub against: Option<Digest>,
    /// As of when it was judged.
    pub as_of: Moment,
    /// The hash of the result: publishing names it.
    pub result: Digest,
    /// Records that were judged; for those who see all records, or agree to what is published.
    pub judged: Option<u64>,
    /// Records that would be due at once and are not due now.
    pub newly_due: Option<u64>,
    /// Entries that the ledger had.
    pub ledger_size: u64,
    /// When it was run.
    pub made_at: Moment,
    /// For whom.
    pub made_by: UserId,
}

impl SimulationView {
    fn of(row: &SimulationRow, version: u32) -> Self {
        Self {
            id: row.id,
            version,
            policy_hash: row.policy_hash,
            against: row.against,
            as_of: row.as_of,
            result: row.result,
            judged: Some(row.judged),
            newly_due: Some(row.newly_due),
            ledger_size: row.ledger_size,
            made_at: row.made_at,
            made_by: row.made_by,
        }
    }
}

/// A version, and the schedule in force with it in place of the version before.
pub(super) struct Draft {
    pub row: PolicyVersionRow,
    /// What counted until now; the last of it counts now.
    pub chain: Vec<InForce>,
    pub after: Schedule,
}

impl Draft {
    /// The hash of what is in force; none if nothing is.
    pub(super) fn against(&self) -> Option<Digest> {
        self.chain.last().map(|last| last.schedule.policy().hash)
    }
}

impl Inner {
    /// A version of a policy, as it would stand beside the others from `at` on; `None` if there is none.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if a policy is not as the ledger says.
    pub(super) fn draft(
        &self,
        (policy, number): (&RuleId, u32),
        at: Moment,
    ) -> Result<Option<Draft>, Refusal> {
        let chain = self.schedules(at)?;
        self.vouched(|conn| {
            let (shelf, claims) = read::one(conn, policy)?;
            let found = shelf.as_ref().and_then(|shelf| shelf.version(number)).cloned();
            let Some(row) = found else { return Ok((None, claims)) };
            let after = self.schedule_with(conn, chain.last(), &row)?;
            Ok((Some(Draft { row, chain: chain.clone(), after }), claims))
        })
    }

    fn schedule_with(
        &self,
        conn: &mut Conn,
        stands: Option<&InForce>,
        row: &PolicyVersionRow,
    ) -> Result<Schedule, Refusal> {
        let text = self.policy_text(conn, row)?;
        let others = stands.map_or(&[][..], |stands| stands.policies.as_slice());
        let others = others.iter().filter(|of| of.id != row.policy_id);
        let versioned = |of: &'_ PolicyInForce| (of.hash, Arc::clone(&of.policy));
        let all: Vec<_> = others.map(versioned).chain([(row.hash, text)]).collect();
        let all: Vec<Versioned<'_>> =
            all.iter().map(|(hash, policy)| Versioned { hash: *hash, policy }).collect();
        Schedule::of_all(&all).ok_or(Refusal::Damaged(Thing::Policy))
    }
}

impl Archive {
    /// Judges the whole archive under a version that is not in force, as of a day, and keeps the report.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::WrongState`] for a version that was superseded;
    /// [`Refusal::TooMany`] where there are more records than are judged at once; [`Refusal::Damaged`].
    pub fn simulate_policy(
        &self,
        caller: &Caller,
        (policy, number): (&RuleId, u32),
        as_of: Option<Moment>,
    ) -> Result<(Entered<SimulationId>, SimulationView), Refusal> {
        let may = may_write(self, caller, Action::Simulate)?;
        let now = self.inner.now();
        let draft = self.inner.draft((policy, number), now)?.ok_or(Refusal::NotFound(Thing::Policy))?;
        if matches!(draft.row.stage, LifeStage::Superseded | LifeStage::Retired) {
            return Err(Refusal::WrongState);
        }
        let weighed = self.inner.weigh(&draft.chain, &draft.after, as_of.unwrap_or(now))?;
        let report = canonical::to_bytes(&report(&weighed.simulation));
        let against = draft.against();
        let inner = Arc::clone(&self.inner);
        let (version, simulation) = (draft.row, weighed.simulation);
        let (ledger_size, newly) = (weighed.ledger_size, newly_due(&simulation).count() as u64);
        let made = self.inner.write_as(caller, may, move |tx, caller| {
            inner.must_be_vouched(tx, &Bound::PolicyVersion(version.id), Thing::Policy)?;
            let stands = policies::version(tx.conn(), version.id)?;
            if stands.is_none_or(|stands| stands.hash != version.hash) {
                return Err(Refusal::Stale);
            }
            let row = SimulationRow {
                id: SimulationId::generate(tx.at(), inner.entropy.as_ref()),
                version_id: version.id,
                policy_hash: version.hash,
                against,
                as_of: simulation.at,
                result: simulation.hash,
                judged: simulation.judged,
                newly_due: newly,
                ledger_size,
                made_at: tx.at(),
                made_by: caller.user(),
            };
            let plain = SecretBytes::new(report);
            let cell = cells::seal(&inner, &inner.keys(), &row.id.to_string(), REPORT, &plain, 0)?;
            policies::insert_simulation(tx.conn(), &row)?;
            cell_rows::insert(tx.conn(), &cell)?;
            let facts = json!({
                "against": row.against.map(Digest::to_hex),
                "as_of": row.as_of.to_rfc3339(),
                "judged": row.judged,
                "ledger_size": row.ledger_size,
                "newly_due": row.newly_due,
                "result": row.result.to_hex(),
                "simulation": row.id.to_string(),
            });
            let bounds = [Bound::Simulation(row.id), Bound::cell(row.id, REPORT)];
            enter(tx, caller, (EntryKind::PolicySimulated, &version), facts, &bounds)?;
            Ok(((row.id, row.fingerprint()), (row, version.version)))
        })?;
        let view = SimulationView::of(&made.value.1.0, made.value.1.1);
        let entered = crate::store::Written {
            value: made.value.0,
            first_seq: made.first_seq,
            count: made.count,
            checkpoint_size: made.checkpoint_size,
        };
        Ok((Entered::of(Ok(entered))?, view))
    }

    /// The simulations of a policy's versions, the newest first.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Damaged`].
    pub fn policy_simulations(
        &self,
        caller: &Caller,
        policy: &RuleId,
    ) -> Result<Vec<SimulationView>, Refusal> {
        let now = self.inner.now();
        caller.permit((Action::Read, Resource::Policy), Some(&Target::archive()), Thing::Policy, now)?;
        // How many records there are is not for those who see some of them.
        let counts = caller.reach(Action::List, Resource::Record, now).usual.all.is_some()
            || !caller.reach(Action::Approve, Resource::Policy, now).is_nothing();
        let found = self.inner.vouched(|conn| {
            let (shelf, mut claims) = read::one(conn, policy)?;
            let Some(shelf) = shelf else { return Ok((None, claims)) };
            let mut views = Vec::new();
            for version in &shelf.versions {
                for row in policies::simulations_of(conn, version.id)? {
                    claims.push(claim(&Bound::Simulation(row.id), Some(row.fingerprint())));
                    let view = SimulationView::of(&row, number_of(&shelf.versions, row.version_id)?);
                    let (judged, newly_due) = (view.judged, view.newly_due);
                    let counts = (judged.filter(|_| counts), newly_due.filter(|_| counts));
                    views.push(SimulationView { judged: counts.0, newly_due: counts.1, ..view });
                }
            }
            views.sort_by_key(|view| std::cmp::Reverse(view.made_at));
            Ok((Some(views), claims))
        })?;
        found.ok_or(Refusal::NotFound(Thing::Policy))
    }

    /// The report of a simulation: how many records of each category, customer and month would be shifted how, and
    /// which they are.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Damaged`] if it is not the one that was entered.
    pub fn simulation_report(
        &self,
        caller: &Caller,
        id: SimulationId,
    ) -> Result<(SimulationView, Value), Refusal> {
        let now = self.inner.now();
        caller.permit(
            (Action::Simulate, Resource::Policy),
            Some(&Target::archive()),
            Thing::Simulation,
            now,
        )?;
        let found = self.inner.vouched(|conn| {
            let Some(row) = policies::simulation(conn, id)? else {
                return Ok((None, vec![claim(&Bound::Simulation(id), None)]));
            };
            let version = policies::version(conn, row.version_id)?.ok_or(Refusal::Damaged(Thing::Policy))?;
            let mut claims = vec![
                claim(&Bound::Simulation(id), Some(row.fingerprint())),
                claim(&Bound::PolicyVersion(version.id), Some(version.fingerprint())),
            ];
            let cell = cell_rows::get(conn, &id.to_string(), REPORT)?;
            let cell = cell.ok_or(Refusal::Damaged(Thing::Simulation))?;
            claims.push(claim(&Bound::cell(id, REPORT), Some(bound::of_cell_as_read(&cell))));
            let plain = cells::open(&self.inner.keys(), &cell, Thing::Simulation)?;
            let report: Value =
                serde_json::from_slice(plain.expose()).map_err(|_| Refusal::Damaged(Thing::Simulation))?;
            Ok((Some((SimulationView::of(&row, version.version), report)), claims))
        })?;
        found.ok_or(Refusal::NotFound(Thing::Simulation))
    }
}

/// What is kept of a simulation.
fn report(simulation: &Simulation) -> Value {
    let groups: Vec<Value> = simulation
        .groups
        .iter()
        .map(|((group, shift), records)| {
            json!({
                "category": group.category, "customer": group.customer, "month": group.month,
                "records": records, "shift": shift.as_str(),
            })
        })
        .collect();
    let records: serde_json::Map<String, Value> = simulation
        .records
        .iter()
        .map(|(id, shifts)| {
            let words: Vec<&str> = shifts.iter().map(|shift| shift.as_str()).collect();
            (id.to_string(), json!(words))
        })
        .collect();
    json!({
        "after": simulation.after.to_hex(), "as_of": simulation.at.to_rfc3339(),
        "before": simulation.before.to_hex(), "groups": groups, "hash": simulation.hash.to_hex(),
        "judged": simulation.judged, "records": records,
    })
}
