//! Hands a finished bundle out. It holds originals: the ledger knows of it before the first byte.

use serde_json::json;

use crate::access::permission::{self, Action, Resource};
use crate::access::rights::Target;
use crate::archive::acting::Warrant;
use crate::archive::caller::Caller;
use crate::archive::jobs::JobResult;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Watch};
use crate::base::id::ExportId;
use crate::bundle::plan::{Counts, Outcome};
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::store::rows::exports::{self, ExportRow};
use crate::store::rows::records;

use super::Begun;
use super::show::is_seen;

/// A bundle on its way out.
pub struct Delivery {
    /// The export.
    pub id: ExportId,
    /// What became of its items.
    pub counts: Counts,
    /// The bundle.
    pub bundle: JobResult,
}

/// The right to fetch a bundle, which reaches as far as every single item in it.
fn to_fetch(export: ExportRow, items: Vec<Target>) -> Warrant {
    Warrant::by(move |caller, _, now| {
        let reach = caller.reach(Action::Download, Resource::Export, now);
        if reach.is_nothing() {
            return Err(Refusal::Forbidden);
        }
        let seen = caller.reach(Action::Read, Resource::Export, now);
        if !is_seen(caller, seen, &export)
            || items.iter().any(|target| reach.level_of(caller.rights(), target).is_none())
        {
            return Err(Refusal::NotFound(Thing::Export));
        }
        match permission::find(Resource::Export, Action::Download) {
            Some(row) => caller.shown(row.needs),
            None => Ok(()),
        }
    })
}

impl Archive {
    /// Opens the bundle of a finished export. `enter` is false where no byte of it will leave.
    ///
    /// # Errors
    /// [`Refusal::Restricted`] if one of its items has become so; not permitted on any one of its items, the second factor is to be shown, not finished, stopped or
    /// failed, or its time is over.
    pub fn deliver_export(&self, caller: &Caller, id: ExportId, enter: bool) -> Result<Delivery, Refusal> {
        let inner = &self.inner;
        let reach = caller.reach(Action::Download, Resource::Export, inner.now());
        if reach.is_nothing() {
            return Err(caller.forbidden((Action::Download, Resource::Export)));
        }
        let shown = self.show_export(caller, id)?;
        let job = shown.job.ok_or(Refusal::Expired(Thing::Export))?;
        // Before anything else: whether there is something to be handed out.
        let bundle = self.open_result(&job, Watch::new(inner, caller, Warrant::entry()))?;
        let restrictions = inner.restrictions()?;
        let may = inner.store.read(|conn| {
            let begun = Begun::load(inner, conn, job.id)?;
            if begun.id != id {
                return Err(Refusal::Damaged(Thing::Export));
            }
            let mut targets = Vec::new();
            let ledger = inner.ledgered(conn)?;
            for item in begun.items.iter().filter(|item| item.outcome == Outcome::Exported) {
                let row = records::get(conn, item.record)?.ok_or(Refusal::NotFound(Thing::Export))?;
                ledger.must_be_entered(conn, &row)?;
                if restrictions.over(conn, &row)? {
                    // Since the package was made: what is restricted leaves for a matter only.
                    return Err(Refusal::Restricted);
                }
                targets.push(Target::record(row.case_id, row.captured_by));
            }
            let may = to_fetch(shown.row.clone(), targets);
            may.judge(caller, conn, inner.now())?;
            Ok(may)
        })?;
        let watch = Watch::new(inner, caller, may.clone());
        if enter {
            let (actor, digest) = (caller.actor(), shown.row.bundle_digest);
            let written = inner.write_as(caller, may, move |tx, _| {
                exports::get(tx.conn(), id)?.ok_or(Refusal::NotFound(Thing::Export))?;
                let facts = json!({"digest": digest.map(|digest| digest.to_hex())});
                let kind = EntryKind::ExportDelivered;
                tx.enter(EntryDraft { kind, subject: id.to_string(), actor, facts })?;
                Ok::<_, Refusal>(())
            });
            written.map_err(Refusal::from)?;
        }
        let (exported, withheld, failed) = (shown.row.exported, shown.row.withheld, shown.row.failed);
        Ok(Delivery {
            id,
            counts: Counts { exported, withheld, failed },
            bundle: JobResult { watch, ..bundle },
        })
    }
}
