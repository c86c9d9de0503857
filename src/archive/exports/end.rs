//! The end of an export that gave no bundle.

use serde_json::json;

use crate::archive::Inner;
use crate::archive::bound::{Bound, bind};
use crate::archive::jobs::{self, End};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::{ExportId, JobId};
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::store::Tx;
use crate::store::rows::exports::{self, ExportRow};

/// Enters that an export was stopped or failed, inside the write that ends its job; its frozen list is
/// forgotten. The export's state becomes that of its job.
pub(in crate::archive) fn enter_end(
    inner: &Inner,
    tx: &mut Tx<'_>,
    export: &str,
    (job, actor): (JobId, Actor),
    end: End,
) -> Result<(), Refusal> {
    let how = end.state().as_str();
    let id = ExportId::parse(export).map_err(|_| Refusal::Damaged(Thing::Export))?;
    inner.must_be_vouched(tx, &Bound::Export(id), Thing::Export)?;
    let row = exports::get(tx.conn(), id)?.ok_or(Refusal::NotFound(Thing::Export))?;
    let was = row.state.clone();
    if !exports::update(tx.conn(), &ExportRow { state: how.to_owned(), ..row }, &was)? {
        return Err(Refusal::Stale);
    }
    jobs::forget(tx.conn(), job)?;
    let facts = bind(tx.conn(), end.add_to(json!({"ended": how})), &[Bound::Export(id), Bound::Job(job)])?;
    Ok(tx.enter(EntryDraft { kind: EntryKind::ExportFinished, subject: id.to_string(), actor, facts })?)
}
