//! A verification as a job: the whole archive is re-read, and the report is the result.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::verify::{Progress, VerifyOptions, verify};
use crate::base::id::JobId;
use crate::ledger::entry::Actor;

use super::order::{enter_job_end, order};
use super::{End, Job, JobKind, NewJob, Outcome, ResultSealing, Running};

/// Parts of the progress: entries, rows, payloads, in thousandths each.
const PHASES: u64 = 3;
const PARTS: u64 = 1_000;
/// The subject of a verification that decrypts too.
const DEEP: &str = "deep";
/// The subject of one that does not.
const SEALED: &str = "sealed";

/// Ends a verification that is to stop: the verifier itself has no way out before its end, and what it
/// holds (a connection of its own, open files) is given back by unwinding.
struct Stop;

impl Archive {
    /// Asks for a verification of the whole archive; `deep` decrypts too.
    ///
    /// # Errors
    /// Not permitted, or too many jobs of this person.
    pub fn begin_verify(&self, caller: &Caller, deep: bool) -> Result<Job, Refusal> {
        let permission = (Action::Verify, Resource::Ledger);
        let target = Target::archive();
        let may = caller.warrant(permission, Some(&target), Thing::Archive, self.inner.now())?;
        let id = JobId::generate(self.inner.now(), self.inner.entropy.as_ref());
        let new = NewJob {
            id,
            kind: JobKind::Verify,
            subject: if deep { DEEP } else { SEALED }.to_owned(),
            by: caller.user(),
            total: PHASES * PARTS,
        };
        let actor = caller.actor();
        let ordered = self.inner.write_as(caller, may, move |tx, _| order(tx, new, actor));
        ordered.map_err(Refusal::from)?;
        self.inner.job_bell.ring();
        self.show_job(caller, id)
    }

    pub(super) fn run_verify(&self, running: &Running) -> Result<(), Refusal> {
        let inner = &self.inner;
        let options = VerifyOptions {
            vkey: None,
            checkpoint: None,
            deep: (running.job.subject == DEEP).then(|| inner.identity.clone()),
            database: inner.database.clone(),
        };
        let mut step = |progress: Progress| {
            let part = PARTS.saturating_mul(progress.done.min(progress.total)) / progress.total.max(1);
            let done = (progress.phase as u64).min(PHASES - 1) * PARTS + part;
            if running.ticket.step(done, PHASES * PARTS).is_err() {
                resume_unwind(Box::new(Stop));
            }
        };
        let verified = catch_unwind(AssertUnwindSafe(|| verify(&inner.place, &options, &mut step)));
        let report = match verified {
            Ok(report) => report?,
            Err(payload) if payload.is::<Stop>() => return Err(Refusal::Stopped),
            Err(payload) => resume_unwind(payload),
        };
        running.ticket.step(PHASES * PARTS, PHASES * PARTS)?;
        let text = report.to_json().to_string();
        let outcome = Outcome { name: "verify.json".to_owned(), media_type: "application/json" };
        let sealed =
            ResultSealing::seal(inner, &running.job, outcome, &mut text.as_bytes(), &running.ticket)?;
        let (ending, own) = (running.ending(), Arc::clone(inner));
        let (id, actor) = (running.job.id, Actor::User(running.job.created_by));
        let orderer = &running.orderer;
        let ended = inner.write_as(&orderer.caller, orderer.may.clone(), move |tx, _| {
            own.must_be_vouched(tx, &Bound::Job(id), Thing::Job)?;
            let at = tx.at();
            let result = sealed.end_job(tx.conn(), ending, at)?;
            enter_job_end(tx, id, actor, End::Done(result))?;
            Ok::<_, Refusal>(sealed)
        });
        ended.map_err(Refusal::from)?.value.keep();
        Ok(())
    }
}
