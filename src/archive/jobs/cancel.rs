//! Stops a job that has not ended.

use crate::access::permission::Action;
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::exports::enter_end;
use crate::archive::refusal::Refusal;
use crate::base::id::JobId;
use crate::store::rows::jobs;

use super::{Job, JobKind};

impl Archive {
    /// Stops a job. What it has made so far is thrown away; an export that was begun is entered as stopped.
    ///
    /// # Errors
    /// No such job that this person may stop; it has ended.
    pub fn cancel_job(&self, caller: &Caller, id: JobId) -> Result<Job, Refusal> {
        let job = self.inner.store.read(|conn| self.visible_job(conn, caller, id, Action::Cancel))?;
        let actor = caller.actor();
        match job.kind {
            JobKind::Export => {
                let subject = job.subject.clone();
                let written = self.inner.store.write(move |tx| {
                    let at = tx.at();
                    if !jobs::cancel(tx.conn(), id, at)? {
                        return Err(Refusal::WrongState);
                    }
                    enter_end(tx, &subject, id, actor, "cancelled")
                });
                written.map_err(Refusal::from)?;
            }
            JobKind::Verify | JobKind::RotateKeys | JobKind::TurnEpoch => {
                let stopped = self.inner.store.maintain(move |upkeep| {
                    let at = upkeep.at();
                    match jobs::cancel(upkeep.conn(), id, at)? {
                        true => Ok(()),
                        false => Err(Refusal::WrongState),
                    }
                });
                stopped.map_err(Refusal::from)?;
            }
        }
        self.inner.tickets.stop(id);
        self.show_job(caller, id)
    }
}
