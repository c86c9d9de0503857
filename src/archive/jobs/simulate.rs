//! A simulation as a job: every record is judged under the rules in force and under those that would follow. Of a
//! version of the archive the report is kept: publishing goes by it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::policies::exchange::Draft;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::{Exchange, Over, SimulationReport};
use crate::archive::{Archive, cells};
use crate::base::canonical;
use crate::base::id::JobId;
use crate::base::moment::Moment;
use crate::base::secret::SecretBytes;
use crate::ledger::entry::Actor;
use crate::policy::{Policy, RuleId};
use crate::store::rows::cells as cell_rows;

use super::order::{enter_job_end, order};
use super::{End, Job, JobKind, NewJob, Outcome, ResultSealing, Running};

/// What is to be simulated.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    /// A policy that lies in no archive.
    Text(String),
    /// A version of the archive, against what is in force.
    Version(RuleId, u32),
    /// A version of the archive, against another one of the same policy.
    Between(RuleId, u32, u32),
}

/// What is compared, and what of it is kept.
struct Compared {
    exchange: Exchange,
    draft: Option<Draft>,
}

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
        let asked = json!({"policy": text});
        self.order_simulation((caller, may), policy.hash().to_hex(), asked, at)
    }

    /// Asks what a version of the archive would change, over the whole archive: its report is kept, and it is
    /// published on the ground of that. Of a version that counts already it is asked what a campaign would change.
    /// With `against`, asks what the version changed, or would change, beside that one; then nothing is kept.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::WrongState`] for a version that was superseded, unless it is compared;
    /// too many jobs of this person; [`Refusal::Damaged`].
    pub fn begin_version_simulation(
        &self,
        caller: &Caller,
        (policy, number, against): (&RuleId, u32, Option<u32>),
        at: Option<Moment>,
    ) -> Result<Job, Refusal> {
        let now = self.inner.now();
        let simulate = (Action::Simulate, Resource::Policy);
        let may = caller.warrant(simulate, Some(&Target::archive()), Thing::Policy, now)?;
        let as_of = at.unwrap_or(now);
        let row = match against {
            None => self.inner.exchange_version((policy, number), (now, as_of))?.row,
            Some(before) => self.inner.exchange_between(policy, (before, number), (now, as_of))?.0,
        };
        let asked = json!({"of": policy.as_str(), "version": number, "against": against});
        self.order_simulation((caller, may), row.hash.to_hex(), asked, at)
    }

    fn order_simulation(
        &self,
        (caller, may): (&Caller, crate::archive::acting::Warrant),
        subject: String,
        mut request: Value,
        at: Option<Moment>,
    ) -> Result<Job, Refusal> {
        let now = self.inner.now();
        let id = JobId::generate(now, self.inner.entropy.as_ref());
        if let Value::Object(members) = &mut request {
            members.insert("at".to_owned(), json!(at.unwrap_or(now).to_rfc3339()));
        }
        let plain = SecretBytes::new(canonical::to_bytes(&request));
        let keys = self.inner.keys();
        let sealed = cells::seal(&self.inner, &keys, &id.to_string(), cells::REQUEST, &plain, 0)?;
        let new = NewJob { id, kind: JobKind::SimulatePolicy, subject, by: caller.user(), total: 0 };
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
        let (asked, at) = self.simulation_asked(running)?;
        let Compared { exchange, draft } = self.compared(&asked, running, at)?;
        let mut step = |done, total| running.ticket.step(done, total);
        let over = Over { caller: Some(&running.orderer.caller), only: None, step: &mut step };
        let report = inner.simulate_under(&exchange, at, over)?;
        if draft.is_some() && !report.whole {
            return Err(Refusal::Forbidden);
        }
        let outcome = Outcome { name: "simulation.json".to_owned(), media_type: "application/json" };
        let text = told(&report).to_string();
        let sealed =
            ResultSealing::seal(inner, &running.job, outcome, &mut text.as_bytes(), &running.ticket)?;
        let (ending, own) = (running.ending(), Arc::clone(inner));
        let (id, actor) = (running.job.id, Actor::User(running.job.created_by));
        let orderer = &running.orderer;
        let ended = inner.write_as(&orderer.caller, orderer.may.clone(), move |tx, caller| {
            own.must_be_vouched(tx, &Bound::Job(id), Thing::Job)?;
            let at = tx.at();
            if let Some(draft) = &draft {
                own.keep_simulation(tx, caller, (draft, &report))?;
            }
            cell_rows::delete(tx.conn(), &id.to_string(), cells::REQUEST)?;
            let result = sealed.end_job(tx.conn(), ending, at)?;
            enter_job_end(tx, id, actor, End::Done(result))?;
            Ok::<_, Refusal>(sealed)
        });
        ended.map_err(Refusal::from)?.value.keep();
        Ok(())
    }

    /// What is compared, if it is what the order holds the hash of.
    fn compared(&self, asked: &Asked, running: &Running, at: Moment) -> Result<Compared, Refusal> {
        let (inner, now) = (&self.inner, self.inner.now());
        let (hash, compared) = match asked {
            Asked::Text(text) => {
                let policy = Policy::parse(text).map_err(|_| Refusal::Damaged(Thing::Job))?;
                let exchange = inner.exchange_for(&policy, (now, at))?;
                (policy.hash(), Compared { exchange, draft: None })
            }
            Asked::Version(policy, number) => {
                let draft = inner.exchange_version((policy, *number), (now, at))?;
                let exchange = draft.exchange.clone();
                (draft.row.hash, Compared { exchange, draft: Some(draft) })
            }
            Asked::Between(policy, before, after) => {
                let (row, exchange) = inner.exchange_between(policy, (*before, *after), (now, at))?;
                (row.hash, Compared { exchange, draft: None })
            }
        };
        match hash.to_hex() == running.job.subject {
            true => Ok(compared),
            // Somebody has put another text in the version's place since.
            false => Err(Refusal::Stale),
        }
    }

    fn simulation_asked(&self, running: &Running) -> Result<(Asked, Moment), Refusal> {
        let keys = self.inner.keys();
        let damaged = || Refusal::Damaged(Thing::Job);
        let owner = running.job.id.to_string();
        let cell = self.inner.store.read(|conn| cell_rows::get(conn, &owner, cells::REQUEST))?;
        let plain = cells::open(&keys, &cell.ok_or_else(damaged)?, Thing::Job)?;
        let request: Value = serde_json::from_slice(plain.expose()).map_err(|_| damaged())?;
        let at = request.get("at").and_then(Value::as_str).and_then(|at| Moment::parse(at).ok());
        Asked::read(&request).zip(at).ok_or_else(damaged)
    }
}

impl Asked {
    fn read(request: &Value) -> Option<Self> {
        let text = |name: &str| request.get(name).and_then(Value::as_str);
        if let Some(policy) = text("policy") {
            return Some(Self::Text(policy.to_owned()));
        }
        let policy = RuleId::parse(text("of")?).ok()?;
        let number = |name: &str| request.get(name)?.as_u64().and_then(|number| u32::try_from(number).ok());
        match (number("against"), number("version")?) {
            (None, version) => Some(Self::Version(policy, version)),
            (Some(against), version) => Some(Self::Between(policy, against, version)),
        }
    }
}

/// What the owner of the job is told: the report, and the records as CSV.
fn told(report: &SimulationReport) -> Value {
    let mut told = report.to_json();
    let csv = crate::archive::retention::shifted_csv(&told);
    if let Value::Object(members) = &mut told {
        members.insert("records_csv".to_owned(), json!(String::from_utf8_lossy(&csv)));
    }
    told
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
