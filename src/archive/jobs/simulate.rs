//! A simulation as a job: every record is judged under the rules in force and under a draft.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::Over;
use crate::archive::{Archive, cells};
use crate::base::canonical;
use crate::base::id::JobId;
use crate::base::moment::Moment;
use crate::base::secret::SecretBytes;
use crate::ledger::entry::Actor;
use crate::policy::Policy;
use crate::retention::Schedule;
use crate::store::rows::cells as cell_rows;

use super::order::{enter_job_end, order};
use super::{End, Job, JobKind, NewJob, Outcome, ResultSealing, Running};

impl Archive {
    /// Asks what a draft would change if it came into force at `at` (now, if nothing is said), over the records in
    /// the caller's reach. `text` is the policy file; it must be without a fault.
    ///
    /// # Errors
    /// Not permitted, too many jobs of this person, or [`Refusal::WrongState`] for a file that has a fault.
    pub fn begin_simulation(&self, caller: &Caller, text: &str, at: Option<Moment>) -> Result<Job, Refusal> {
        let now = self.inner.now();
        let may = caller.warrant_to_simulate(now)?;
        let policy = Policy::parse(text).map_err(|_| Refusal::WrongState)?;
        let id = JobId::generate(now, self.inner.entropy.as_ref());
        let request = json!({"at": at.unwrap_or(now).to_rfc3339(), "policy": text});
        let plain = SecretBytes::new(canonical::to_bytes(&request));
        let keys = self.inner.keys();
        let sealed = cells::seal(&self.inner, &keys, &id.to_string(), cells::REQUEST, &plain, 0)?;
        let new = NewJob {
            id,
            kind: JobKind::SimulatePolicy,
            subject: policy.hash().to_hex(),
            by: caller.user(),
            total: 0,
        };
        let actor = caller.actor();
        let ordered = self.inner.write_as(caller, may, move |tx, _| {
            cell_rows::insert(tx.conn(), &sealed)?;
            order(tx, new, actor)
        });
        ordered.map_err(Refusal::from)?;
        self.inner.job_bell.ring();
        self.show_job(caller, id)
    }

    pub(super) fn run_simulation(&self, running: &Running) -> Result<(), Refusal> {
        let inner = &self.inner;
        let (policy, at) = self.simulation_asked(running)?;
        let draft = Arc::new(Schedule::of(&policy));
        let mut step = |done, total| running.ticket.step(done, total);
        let over = Over { caller: &running.orderer.caller, step: &mut step };
        let report = inner.simulate_under(&draft, at, over)?;
        let text = report.to_json().to_string();
        let outcome = Outcome { name: "simulation.json".to_owned(), media_type: "application/json" };
        let sealed =
            ResultSealing::seal(inner, &running.job, outcome, &mut text.as_bytes(), &running.ticket)?;
        let (ending, own) = (running.ending(), Arc::clone(inner));
        let (id, actor) = (running.job.id, Actor::User(running.job.created_by));
        let orderer = &running.orderer;
        let ended = inner.write_as(&orderer.caller, orderer.may.clone(), move |tx, _| {
            own.must_be_vouched(tx, &Bound::Job(id), Thing::Job)?;
            let at = tx.at();
            cell_rows::delete(tx.conn(), &id.to_string(), cells::REQUEST)?;
            let result = sealed.end_job(tx.conn(), ending, at)?;
            enter_job_end(tx, id, actor, End::Done(result))?;
            Ok::<_, Refusal>(sealed)
        });
        ended.map_err(Refusal::from)?.value.keep();
        Ok(())
    }

    /// The draft of which the order holds the hash.
    fn simulation_asked(&self, running: &Running) -> Result<(Policy, Moment), Refusal> {
        let keys = self.inner.keys();
        let damaged = || Refusal::Damaged(Thing::Job);
        let owner = running.job.id.to_string();
        let cell = self.inner.store.read(|conn| cell_rows::get(conn, &owner, cells::REQUEST))?;
        let plain = cells::open(&keys, &cell.ok_or_else(damaged)?, Thing::Job)?;
        let request: Value = serde_json::from_slice(plain.expose()).map_err(|_| damaged())?;
        let text = |name: &str| request.get(name).and_then(Value::as_str);
        let policy = text("policy").and_then(|text| Policy::parse(text).ok()).ok_or_else(damaged)?;
        let at = text("at").and_then(|at| Moment::parse(at).ok()).ok_or_else(damaged)?;
        match policy.hash().to_hex() == running.job.subject {
            true => Ok((policy, at)),
            false => Err(damaged()),
        }
    }
}

impl Caller {
    /// The right to simulate over whatever this person sees.
    fn warrant_to_simulate(&self, now: Moment) -> Result<crate::archive::acting::Warrant, Refusal> {
        may_simulate(self, now)?;
        Ok(crate::archive::acting::Warrant::by(|caller, _, now| may_simulate(caller, now)))
    }
}

/// Whoever reaches any record by it may simulate: each is asked about its own.
pub(super) fn may_simulate(caller: &Caller, now: Moment) -> Result<(), Refusal> {
    let ask = (Action::Simulate, Resource::Policy);
    match caller.reach(ask.0, ask.1, now).is_nothing() {
        true => Err(caller.forbidden(ask)),
        false => Ok(()),
    }
}
