//! The end of an export that gave a bundle.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::sync::Arc;

use serde_json::json;

use crate::archive::Archive;
use crate::archive::bound::{Bound, bind};
use crate::archive::jobs::{End, Outcome as JobOutcome, ResultSealing, Running};
use crate::archive::refusal::{Refusal, Thing};
use crate::blob::Spool;
use crate::bundle::name::Completeness;
use crate::bundle::writer::Finished;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::store::rows::cells as cell_rows;
use crate::store::rows::exports;

use super::Begun;

impl Archive {
    /// Seals the bundle as the job's result, and enters the end of the export.
    pub(super) fn finish(
        &self,
        running: &Running,
        begun: &Begun,
        mut spool: Spool,
        finished: Finished,
    ) -> Result<(), Refusal> {
        let io = |error| Refusal::Io { what: "read the spool file", error };
        spool.flush().and_then(|()| spool.seek(SeekFrom::Start(0)).map(|_| ())).map_err(io)?;
        let outcome = JobOutcome { name: finished.file_name.clone(), media_type: "application/zip" };
        let result = ResultSealing::seal(&self.inner, &running.job, outcome, &mut spool, &running.ticket)?;
        drop(spool);
        let (id, actor, counts) = (begun.id, Actor::User(running.job.created_by), finished.counts);
        let facts = json!({
            "bundle": begun.name.to_string(),
            "complete": counts.completeness() == Completeness::Complete,
            "digest": finished.digest.to_hex(),
            "exported": counts.exported,
            "failed": counts.failed,
            "withheld": counts.withheld,
        });
        // Items that turned out damaged are known now.
        let frozen = begun.seal(&self.inner)?;
        let begun = begun.clone();
        let (ending, inner, job) = (running.ending(), Arc::clone(&self.inner), running.job.id);
        let orderer = &running.orderer;
        let written = self.inner.write_as(&orderer.caller, orderer.may.clone(), move |tx, _| {
            inner.must_be_vouched(tx, &Bound::Job(job), Thing::Job)?;
            inner.must_be_vouched(tx, &Bound::Export(id), Thing::Export)?;
            begun.must_hold_nothing_erased(&inner, tx.conn())?;
            let row = exports::get(tx.conn(), id)?.ok_or(Refusal::NotFound(Thing::Export))?;
            let was = row.state.clone();
            let done = exports::ExportRow {
                state: "finished".to_owned(),
                exported: counts.exported,
                withheld: counts.withheld,
                failed: counts.failed,
                bundle_digest: Some(finished.digest),
                bundle_bytes: result.sums.plain_bytes,
                ..row
            };
            if was != "begun" || !exports::update(tx.conn(), &done, &was)? {
                return Err(Refusal::Stopped);
            }
            cell_rows::delete(tx.conn(), &frozen.owner, &frozen.part)?;
            cell_rows::insert(tx.conn(), &frozen)?;
            let at = tx.at();
            let entered = result.end_job(tx.conn(), ending, at)?;
            let facts =
                bind(tx.conn(), End::Done(entered).add_to(facts), &[Bound::Export(id), Bound::Job(job)])?;
            tx.enter(EntryDraft { kind: EntryKind::ExportFinished, subject: id.to_string(), actor, facts })?;
            Ok::<_, Refusal>(result)
        });
        written.map_err(Refusal::from)?.value.keep();
        Ok(())
    }
}
