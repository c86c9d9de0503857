//! Shows jobs: one's own; administrators see that jobs run and fail.

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::JobId;
use crate::store::Conn;
use crate::store::rows::jobs::{self, Wanted};
use crate::store::rows::{Before, exports};

use super::{Job, JobKind, JobState};

/// Where a list of jobs goes on.
pub type JobPlace = Before<JobId>;

impl Archive {
    /// One job.
    ///
    /// # Errors
    /// No such job that this person may see.
    pub fn show_job(&self, caller: &Caller, id: JobId) -> Result<Job, Refusal> {
        self.inner.store.read(|conn| self.visible_job(conn, caller, id, Action::Read))
    }

    /// A page of jobs, the newest first.
    ///
    /// # Errors
    /// Not permitted.
    pub fn list_jobs(
        &self,
        caller: &Caller,
        state: Option<JobState>,
        before: Option<JobPlace>,
        limit: u32,
    ) -> Result<Vec<Job>, Refusal> {
        let reach = caller.reach(Action::List, Resource::Job, self.inner.now());
        if reach.is_nothing() {
            return Err(caller.forbidden((Action::List, Resource::Job)));
        }
        let own = (reach.usual.all.is_none()).then(|| caller.user().to_string());
        let wanted = Wanted { state, created_by: own };
        let rows = self.inner.store.read(|conn| jobs::page(conn, &wanted, before, limit))?;
        rows.into_iter().map(Job::of).collect()
    }

    /// The job that makes an export's bundle.
    pub(in crate::archive) fn job_of_export(
        &self,
        conn: &mut Conn,
        export: &exports::ExportRow,
    ) -> Result<Option<Job>, Refusal> {
        let found = jobs::of_subject(conn, &export.id.to_string())?;
        found.into_iter().find(|row| row.kind == JobKind::Export.as_str()).map(Job::of).transpose()
    }

    pub(super) fn visible_job(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        id: JobId,
        action: Action,
    ) -> Result<Job, Refusal> {
        let job = jobs::get(conn, id)?.map(Job::of).transpose()?;
        let target = job.as_ref().map(|job| Target::of_user(job.created_by));
        caller.permit((action, Resource::Job), target.as_ref(), Thing::Job, self.inner.now())?;
        job.ok_or(Refusal::NotFound(Thing::Job))
    }
}
