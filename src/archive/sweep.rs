//! Removes the payload files that a crash or a broken-off upload left: nothing names them, and they
//! have lain there for a day.

use serde_json::json;

use crate::base::id::ComponentId;
use crate::base::moment::{Clock as _, Moment, SystemClock};
use crate::blob::BlobError;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::store::rows::{components, uploads};

use super::Inner;
use super::refusal::Refusal;

/// How long a payload may lie unnamed: an upload that still runs must not lose it.
const ORPHAN_SECONDS: i64 = 24 * 60 * 60;

/// What a sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Swept {
    /// Whole payloads that nothing named.
    pub orphans: u64,
    /// Payloads that were never finished.
    pub unfinished: u64,
}

impl Inner {
    /// Sweeps; what was removed is entered in the ledger, and said in the log.
    ///
    /// # Errors
    /// Files, database or ledger refuse; what was removed until then stays removed.
    pub(super) fn sweep(&self) -> Result<Swept, Refusal> {
        // The file system has the system's time, whatever clock the archive was given.
        let before = SystemClock.now().plus_seconds(-ORPHAN_SECONDS);
        let mut old = Vec::new();
        self.blobs.list(&mut |id: ComponentId, modified: Moment| {
            if modified < before {
                old.push(id);
            }
        })?;
        let mut swept = Swept::default();
        for id in old {
            let named = self.store.read(|conn| {
                let named = components::get(conn, id)?.is_some();
                Ok::<_, Refusal>(named || uploads::part_of_component(conn, id)?.is_some())
            })?;
            if named {
                continue;
            }
            match self.blobs.remove(id) {
                Ok(()) => swept.orphans += 1,
                Err(BlobError::Missing) => {}
                Err(other) => return Err(other.into()),
            }
        }
        swept.unfinished = self.blobs.sweep(before)?.blobs;
        if swept != Swept::default() {
            tracing::info!(orphans = swept.orphans, unfinished = swept.unfinished, "swept unnamed payloads");
            let subject = self.keys().archive.to_string();
            let facts = json!({"orphans": swept.orphans, "unfinished": swept.unfinished});
            let kind = EntryKind::OrphansSwept;
            let draft = EntryDraft { kind, subject, actor: Actor::System, facts };
            self.store.write(move |tx| Ok::<_, Refusal>(tx.enter(draft)?)).map_err(Refusal::from)?;
        }
        Ok(swept)
    }
}
