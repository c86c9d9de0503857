//! Stops a job that has not ended.

use std::sync::Arc;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::acting::Warrant;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::exports::enter_end;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::JobId;
use crate::store::rows::jobs;

use super::order::enter_job_end;
use super::{End, Job, JobKind};

impl Archive {
    /// Stops a job. What it has made so far is thrown away; that it was stopped is entered.
    ///
    /// # Errors
    /// No such job that this person may stop; it has ended.
    pub fn cancel_job(&self, caller: &Caller, id: JobId) -> Result<Job, Refusal> {
        let seen = self.inner.store.read(|conn| self.visible_job(conn, caller, id, Action::Cancel))?;
        let (job, actor) = (self.inner.ordered_job(id)?, caller.actor());
        // Whose it is decided who may stop it.
        if job.created_by != seen.created_by {
            return Err(Refusal::Damaged(Thing::Job));
        }
        let inner = Arc::clone(&self.inner);
        let target = Target::of_user(job.created_by);
        let may = Warrant::to((Action::Cancel, Resource::Job), target, Thing::Job);
        let stopped = self.inner.write_as(caller, may, move |tx, _| {
            inner.must_be_vouched(tx, &Bound::Job(id), Thing::Job)?;
            let at = tx.at();
            if !jobs::cancel(tx.conn(), id, at)? {
                return Err(Refusal::WrongState);
            }
            match job.kind {
                JobKind::Export => enter_end(&inner, tx, &job.subject, (id, actor), End::Cancelled),
                JobKind::Verify | JobKind::RotateKeys | JobKind::TurnEpoch | JobKind::SimulatePolicy => {
                    enter_job_end(tx, id, actor, End::Cancelled)
                }
            }
        });
        stopped.map_err(Refusal::from)?;
        self.inner.tickets.stop(id);
        self.show_job(caller, id)
    }
}
