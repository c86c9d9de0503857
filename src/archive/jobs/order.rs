//! Orders: a job is taken up only if the ledger speaks of it and says that it has not ended. Whoever can
//! write to the database alone orders nothing in anybody's name.

use serde_json::json;

use crate::archive::bound::{Bound, bind};
use crate::archive::last_words::Claim;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::id::JobId;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::store::Tx;
use crate::store::rows::jobs::{self, Attempt, JobRow};

use super::{End, Job, JobFault, NewJob, enqueue};

/// Puts a job into the queue with an entry of its own, for one that no other entry speaks of.
///
/// # Errors
/// As [`enqueue`].
pub(super) fn order(tx: &mut Tx<'_>, new: NewJob, actor: Actor) -> Result<(), Refusal> {
    let (id, at) = (new.id, tx.at());
    let facts = json!({"kind": new.kind.as_str(), "subject": new.subject});
    enqueue(tx.conn(), new, at)?;
    let facts = bind(tx.conn(), facts, &[Bound::Job(id)])?;
    Ok(tx.enter(EntryDraft { kind: EntryKind::JobBegun, subject: id.to_string(), actor, facts })?)
}

/// Enters that such a job ended, inside the write that ends it.
///
/// # Errors
/// The ledger refuses.
pub(super) fn enter_job_end(tx: &mut Tx<'_>, id: JobId, actor: Actor, end: End) -> Result<(), Refusal> {
    let facts = end.add_to(json!({"ended": end.state().as_str()}));
    let facts = bind(tx.conn(), facts, &[Bound::Job(id)])?;
    Ok(tx.enter(EntryDraft { kind: EntryKind::JobEnded, subject: id.to_string(), actor, facts })?)
}

impl Inner {
    /// The job as it was ordered, or as it ended: by the row, which is as the ledger says.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if the ledger does not speak of it so.
    pub(super) fn ordered_job(&self, id: JobId) -> Result<Job, Refusal> {
        let row = self.vouched(|conn| {
            let row = jobs::get(conn, id)?.ok_or(Refusal::NotFound(Thing::Job))?;
            let claim = Claim::job(&row);
            Ok((row, vec![claim]))
        })?;
        Job::of(JobRow { error_code: None, ..row })
    }
}

impl Archive {
    /// Ends a job that nobody ordered, in nobody's name: only its row says so.
    ///
    /// # Errors
    /// The database refuses.
    pub(super) fn disown(&self, attempt: Attempt) -> Result<(), Refusal> {
        tracing::error!(job = %attempt.id, "not as the ledger says: the job is not done; run muniment verify");
        let failed = self.inner.store.maintain(move |upkeep| {
            let at = upkeep.at();
            jobs::fail(upkeep.conn(), attempt, JobFault::Damaged.as_str(), at)
        });
        failed.map(|_| ()).map_err(|error| Refusal::Store(error.into_cause()))
    }
}
