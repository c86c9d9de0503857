//! Shows jobs: one's own; administrators see that jobs run and fail.

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::JobId;
use crate::store::Conn;
use crate::store::rows::jobs::{self, JobRow, Wanted};
use crate::store::rows::{Before, exports};

use super::held::held;
use super::{Job, JobKind, JobState};

/// Where a list of jobs goes on.
pub type JobPlace = Before<JobId>;

impl Archive {
    /// One job.
    ///
    /// # Errors
    /// No such job that this person may see; [`Refusal::Damaged`] if it is not as the ledger says.
    pub fn show_job(&self, caller: &Caller, id: JobId) -> Result<Job, Refusal> {
        self.inner.store.read(|conn| self.visible_job(conn, caller, id, Action::Read))
    }

    /// A page of jobs, the newest first. One that is not as the ledger says is marked, for those who see every
    /// job; nobody else is told of it, since nobody knows whose it is.
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
        let sees_all = wanted.created_by.is_none();
        self.inner.store.read(|conn| {
            let rows = jobs::page(conn, &wanted, before, limit)?;
            let ledger = self.inner.ledgered(conn)?;
            let mut page = Vec::with_capacity(rows.len());
            for row in rows {
                match held(&ledger, conn, row.clone()) {
                    Ok(job) => page.push(job),
                    Err(Refusal::Damaged(Thing::Job)) if sees_all => page.extend(marked(row)),
                    Err(Refusal::Damaged(Thing::Job)) => {}
                    Err(other) => return Err(other),
                }
            }
            Ok(page)
        })
    }

    /// The job that makes an export's bundle, as the ledger has it. Rows that say they were are passed over.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if none of those that are there is.
    pub(in crate::archive) fn job_of_export(
        (conn, ledger): (&mut Conn, &Ledgered<'_>),
        export: &exports::ExportRow,
    ) -> Result<Option<Job>, Refusal> {
        let found = jobs::of_subject(conn, &export.id.to_string())?;
        let mut job = Ok(None);
        for row in found.into_iter().filter(|row| row.kind == JobKind::Export.as_str()) {
            job = held(ledger, conn, row).map(Some);
            if !matches!(job, Err(Refusal::Damaged(_))) {
                break;
            }
        }
        job
    }

    pub(super) fn visible_job(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        id: JobId,
        action: Action,
    ) -> Result<Job, Refusal> {
        let row = jobs::get(conn, id)?;
        let job = row.clone().map(Job::of).transpose()?;
        let target = job.map(|job| Target::of_user(job.created_by));
        caller.permit((action, Resource::Job), target.as_ref(), Thing::Job, self.inner.now())?;
        held(&self.inner.ledgered(conn)?, conn, row.ok_or(Refusal::NotFound(Thing::Job))?)
    }
}

/// What a page tells of a job that is not as the ledger says: where the row can be read at all, that it is
/// there.
fn marked(row: JobRow) -> Option<Job> {
    let row = JobRow { error_code: None, expires_at: None, ..row };
    Job::of(row).ok().map(|job| Job { damaged: true, ..job })
}
