//! Removes the payload files that a crash or a broken-off upload left: nothing names them, and they
//! have lain there for a day. Forgets the keys of requests that are long past.

use serde_json::json;

use crate::base::id::ComponentId;
use crate::base::limits::{IDEMPOTENCY_SECONDS_MAX, ORPHAN_SECONDS_MAX};
use crate::base::moment::{Clock as _, Moment, SystemClock};
use crate::blob::BlobError;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::store::rows::components::{self, Presence};
use crate::store::rows::{idempotency, uploads};

use super::Inner;
use super::refusal::Refusal;

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
        let before = SystemClock.now().plus_seconds(-ORPHAN_SECONDS_MAX);
        let mut old = Vec::new();
        self.blobs.list(&mut |id: ComponentId, modified: Moment| {
            if modified < before {
                old.push(id);
            }
        })?;
        self.forget_keys_of_requests()?;
        let mut swept = Swept::default();
        for id in old {
            let named = self.store.read(|conn| {
                // What was destroyed names its payload no more.
                let named = components::get(conn, id)?.is_some_and(|row| row.state == Presence::Present);
                Ok::<_, Refusal>(named || uploads::of_component(conn, id)?.is_some())
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

    /// Forgets the keys of requests that nobody will make again: what they led to stays.
    fn forget_keys_of_requests(&self) -> Result<(), Refusal> {
        let before = self.now().plus_seconds(-IDEMPOTENCY_SECONDS_MAX);
        let forgotten =
            self.store.maintain(move |upkeep| Ok(idempotency::delete_before(upkeep.conn(), before)?));
        forgotten.map(|_| ()).map_err(Refusal::from)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::archive::tests::scratch;
    use crate::archive::verify::{VerifyOptions, verify};
    use crate::base::entropy::SystemEntropy;

    /// Every file below a folder looks as if it had lain there for longer than a day.
    fn make_old(folder: &std::path::Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                make_old(&path);
            } else {
                let file = std::fs::File::options().write(true).open(&path).unwrap();
                let old = SystemClock.now().plus_seconds(-ORPHAN_SECONDS_MAX - 60);
                let since_1970 = Duration::from_micros(old.micros().unsigned_abs());
                file.set_modified(UNIX_EPOCH + since_1970).unwrap();
            }
        }
    }

    #[test]
    fn the_key_of_a_request_is_remembered_for_thirty_days() {
        let scratch = scratch();
        let inner = &scratch.archive.inner;
        let ticket = r#"{"kind": "ticket", "occurred": "2026-03-01", "title": "x",
            "components": [{"name": "a.txt"}], "idempotency_key": "k"}"#;
        let first = scratch.capture(ticket, b"x").unwrap();
        inner.sweep().unwrap();
        assert!(scratch.capture(ticket, b"x").unwrap().replayed);
        let aged = inner.store.maintain(|upkeep| {
            let before = upkeep.at().plus_seconds(1);
            Ok::<_, Refusal>(idempotency::delete_before(upkeep.conn(), before)?)
        });
        assert_eq!(aged.unwrap(), 1, "kept until then");
        assert_ne!(scratch.capture(ticket, b"x").unwrap().record, first.record);
    }

    #[test]
    fn payloads_that_nothing_names_are_swept_after_a_day_and_others_stay() {
        let scratch = scratch();
        let inner = &scratch.archive.inner;
        let ticket = r#"{"kind": "ticket", "occurred": "2026-03-01", "title": "x", "components": [{"name": "a.bin"}]}"#;
        let kept = scratch.capture(ticket, &[1; 100_000]).unwrap().components[0].component;
        let orphan = ComponentId::generate(Moment::from_micros(1), &SystemEntropy);
        let mut writer = inner.blobs.put(orphan).unwrap();
        writer.write(b"left").unwrap();
        writer.finish().unwrap();
        assert_eq!(inner.sweep().unwrap(), Swept::default());
        make_old(&scratch.place.data().join("blobs"));
        assert_eq!(inner.sweep().unwrap(), Swept { orphans: 1, unfinished: 0 });
        assert!(inner.blobs.open(orphan).is_err());
        assert!(inner.blobs.open(kept).is_ok());
        assert_eq!(inner.sweep().unwrap(), Swept::default());
        let options = VerifyOptions { database: inner.database.clone(), ..VerifyOptions::default() };
        let report = verify(&scratch.place, &options, &mut |_| {}).unwrap();
        assert!(report.is_clean(), "{:?}", report.faults);
    }
}
