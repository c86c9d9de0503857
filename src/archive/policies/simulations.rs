//! Simulations: what a version would change, judged against the archive as it is, and kept with its report. A
//! version is published on the ground of one.

use serde_json::{Value, json};

use super::draft::enter;
use super::exchange::Draft;
use super::read::{self, claim};
use super::review::number_of;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::bound::{self, Bound};
use crate::archive::caller::Caller;
use crate::archive::cells::{self, REPORT};
use crate::archive::last_words::Claim;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::SimulationReport;
use crate::archive::{Archive, Inner};
use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::id::{SimulationId, UserId};
use crate::base::moment::Moment;
use crate::base::secret::SecretBytes;
use crate::ledger::entry::EntryKind;
use crate::policy::RuleId;
use crate::retention::Shift;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::policies::{self, PolicyVersionRow, SimulationRow};
use crate::store::{Conn, Tx};

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

impl Inner {
    /// Keeps the report of a simulation that went over the whole archive: a version is published on its ground.
    ///
    /// # Errors
    /// [`Refusal::Stale`] if the version was changed meanwhile.
    pub(in crate::archive) fn keep_simulation(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        (draft, report): (&Draft, &SimulationReport),
    ) -> Result<SimulationId, Refusal> {
        let version = &draft.row;
        self.must_be_vouched(tx, &Bound::PolicyVersion(version.id), Thing::Policy)?;
        let stands = policies::version(tx.conn(), version.id)?;
        if stands.is_none_or(|stands| stands.hash != version.hash) {
            return Err(Refusal::Stale);
        }
        let simulation = &report.simulation;
        let row = SimulationRow {
            id: SimulationId::generate(tx.at(), self.entropy.as_ref()),
            version_id: version.id,
            policy_hash: version.hash,
            against: draft.against,
            as_of: simulation.at,
            result: simulation.hash,
            judged: simulation.judged,
            newly_due: simulation.shifted(Shift::NewlyDue).count() as u64,
            ledger_size: report.ledger_size,
            made_at: tx.at(),
            made_by: caller.user(),
        };
        let plain = SecretBytes::new(canonical::to_bytes(&report.to_json()));
        let cell = cells::seal(self, &self.keys(), &row.id.to_string(), REPORT, &plain, 0)?;
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
        enter(tx, caller, (EntryKind::PolicySimulated, version), facts, &bounds)?;
        Ok(row.id)
    }

    /// The newest kept simulation of a version that has this hash, with its report; `None` if there is none.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if it is not the one that was entered.
    pub(super) fn simulation_of_hash(
        &self,
        version: &PolicyVersionRow,
        hash: Digest,
    ) -> Result<Option<(SimulationRow, Value)>, Refusal> {
        self.vouched(|conn| {
            let rows = policies::simulations_of(conn, version.id)?;
            let found = rows.into_iter().filter(|row| row.result == hash).max_by_key(|row| row.made_at);
            let Some(row) = found else { return Ok((None, Vec::new())) };
            let (report, claims) = self.report_of(conn, &row)?;
            Ok((Some((row, report)), claims))
        })
    }

    /// The report of a simulation, with what the ledger has to say of it.
    fn report_of(&self, conn: &mut Conn, row: &SimulationRow) -> Result<(Value, Vec<Claim>), Refusal> {
        let damaged = || Refusal::Damaged(Thing::Simulation);
        let cell = cell_rows::get(conn, &row.id.to_string(), REPORT)?.ok_or_else(damaged)?;
        let claims = vec![
            claim(&Bound::Simulation(row.id), Some(row.fingerprint())),
            claim(&Bound::cell(row.id, REPORT), Some(bound::of_cell_as_read(&cell))),
        ];
        let plain = cells::open(&self.keys(), &cell, Thing::Simulation)?;
        Ok((serde_json::from_slice(plain.expose()).map_err(|_| damaged())?, claims))
    }
}

impl Archive {
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
            let (report, mut claims) = self.inner.report_of(conn, &row)?;
            claims.push(claim(&Bound::PolicyVersion(version.id), Some(version.fingerprint())));
            Ok((Some((SimulationView::of(&row, version.version), report)), claims))
        })?;
        found.ok_or(Refusal::NotFound(Thing::Simulation))
    }
}
