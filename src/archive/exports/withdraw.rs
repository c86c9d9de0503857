//! Takes back packages in which something is that was erased: those that wait to be fetched, and those that are being
//! made. Whatever left the archive before is named by the custody of its records, and cannot be called back from here.

use std::collections::BTreeSet;

use super::Begun;
use crate::archive::Inner;
use crate::archive::disposition::erased_in;
use crate::archive::indexing::is_damage;
use crate::archive::jobs::{self, JobKind};
use crate::archive::refusal::Refusal;
use crate::base::id::{JobId, RecordId};
use crate::bundle::plan::{Outcome, PlannedItem, Selection};
use crate::store::Conn;
use crate::store::rows::jobs as job_rows;

/// Takes the keys of every package away that waits to be fetched and holds some of these entries of a log; the jobs
/// whose sealed files are noise by that. A package whose list cannot be read goes too: nobody could fetch it, and
/// nobody can say what is in it.
///
/// # Errors
/// The database cannot be read or written.
pub(in crate::archive) fn withdraw(
    inner: &Inner,
    conn: &mut Conn,
    record: RecordId,
    gone: &BTreeSet<u64>,
) -> Result<Vec<JobId>, Refusal> {
    let mut withdrawn = Vec::new();
    for job in job_rows::with_result(conn, JobKind::Export.as_str())? {
        let holds = match Begun::load(inner, conn, job.id) {
            Ok(begun) => begun.items.iter().any(|item| item.record == record && shows(item, gone)),
            Err(error) if is_damage(&error) => true,
            Err(error) => return Err(error),
        };
        if holds {
            jobs::forget(conn, job.id)?;
            job_rows::forget_result(conn, job.id)?;
            withdrawn.push(job.id);
        }
    }
    Ok(withdrawn)
}

impl Begun {
    /// Refuses to end an export into which an entry was written that was erased since: it is made once more, and
    /// leaves that out.
    ///
    /// # Errors
    /// [`Refusal::Stopped`], or the ledger cannot be read.
    pub(in crate::archive) fn must_hold_nothing_erased(
        &self,
        inner: &Inner,
        conn: &mut Conn,
    ) -> Result<(), Refusal> {
        let ledger = inner.ledgered(conn)?;
        for item in self.items.iter().filter(|item| item.outcome == Outcome::Exported) {
            let gone = erased_in(&ledger, conn, item.record)?;
            if !gone.is_empty() && shows(item, &gone) {
                return Err(Refusal::Stopped);
            }
        }
        Ok(())
    }
}

/// True if an item of a package has one of these entries in it.
fn shows(item: &PlannedItem, gone: &BTreeSet<u64>) -> bool {
    item.outcome == Outcome::Exported
        && match &item.entries {
            Selection::All => true,
            Selection::Entries(ordinals) => ordinals.as_slice().iter().any(|ordinal| gone.contains(ordinal)),
        }
}
