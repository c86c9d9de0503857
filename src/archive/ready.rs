//! Whether the archive can work right now, part by part. Says nothing of anybody's records.

use std::time::{Duration, Instant};

use std::sync::{Mutex, PoisonError};

use crate::base::id::ComponentId;
use crate::keydir::{KeyDir, KeyDirError};
use crate::ledger::checkpoint::{LogKey, Origin};
use crate::ledger::proof;
use crate::store::rows::{ledger, meta};

use super::refusal::{Refusal, Thing};
use super::{Archive, Inner};

/// The meta row that the probe of the writer changes.
pub(super) const PROBE_ROW: &str = "ready_probe";
/// Seconds by which a clock may lie behind the last entry: the writer never steps back, clocks are set.
pub(super) const CLOCK_BEHIND_SECONDS: i64 = 5;
/// For how long an answer holds: strangers may ask as often as they like.
const HOLDS: Duration = Duration::from_secs(1);

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The database reads, takes a write, and has no trigger or view of others.
    Database,
    /// The folder of payloads is this archive's and takes a file.
    Blobs,
    /// The key directory opens, its keys are those that the ledger knows to be in force, and none of an epoch that
    /// is over is left in it.
    Keys,
    /// The clock does not lie behind the last ledger entry.
    Clock,
    /// The disk has room.
    Disk,
    /// The newest entry is proved under the signed checkpoint.
    Ledger,
    /// Documents are read in a sandbox as strong as the settings ask for.
    Documents,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Database, Self::Blobs, Self::Keys, Self::Clock, Self::Disk, Self::Ledger, Self::Documents];

    /// The part's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Blobs => "blobs",
            Self::Keys => "keys",
            Self::Clock => "clock",
            Self::Disk => "disk",
            Self::Ledger => "ledger",
            Self::Documents => "documents",
        }
    }
}

/// Each part, and whether it works.
pub type Readiness = [(Part, bool); 7];

/// The last answer.
#[derive(Debug, Default)]
pub(super) struct LastLook(Mutex<Option<(Instant, Readiness)>>);

#[cfg(test)]
impl LastLook {
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap() = None;
    }
}

impl Archive {
    /// Looks at every part; an answer holds for a second. `free_bytes_min` is what the disk must have.
    pub fn readiness(&self, free_bytes_min: u64) -> Readiness {
        let mut last = self.inner.last_look.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, readiness)) = *last
            && at.elapsed() < HOLDS
        {
            return readiness;
        }
        let readiness = Part::ALL.map(|part| {
            let looked = self.inner.look_at(part, self, free_bytes_min);
            if let Err(error) = &looked {
                tracing::warn!(part = part.as_str(), %error, "not ready");
            }
            (part, looked.is_ok())
        });
        *last = Some((Instant::now(), readiness));
        readiness
    }
}

impl Archive {
    /// Says in the log in what sandbox documents are read: an owner who accepted a weaker one hears of it at
    /// each start.
    pub fn say_sandbox(&self) {
        let documents = &self.inner.documents;
        match documents.check().map(|layers| layers.missing()) {
            Ok(missing) if missing.is_empty() => tracing::info!("documents are read in the whole sandbox"),
            Ok(missing) => {
                tracing::warn!(
                    ?missing,
                    "documents are read in a weaker sandbox: documents.sandbox = weaker"
                );
            }
            Err(refusal) => {
                tracing::error!(%refusal, "no document but a short text is read: see documents.sandbox");
            }
        }
    }
}

impl Inner {
    fn look_at(&self, part: Part, archive: &Archive, free_bytes_min: u64) -> Result<(), Refusal> {
        match part {
            Part::Database => {
                // What was put in since the start would act in the archive's name.
                self.store.refuse_foreign_schema()?;
                let now = self.now().micros().to_string();
                let wrote = now.clone();
                let written = self.store.maintain(move |upkeep| meta::put(upkeep.conn(), PROBE_ROW, &wrote));
                written.map_err(|error| Refusal::Store(error.into_cause()))?;
                let read = self.store.read(|conn| meta::get(conn, PROBE_ROW))?;
                // Another probe may have come after this one; an older value would be a lost write.
                if read.is_some_and(|read| read >= now) { Ok(()) } else { Err(Refusal::Stale) }
            }
            Part::Blobs => {
                let id = ComponentId::generate(self.now(), self.entropy.as_ref());
                let mut writer = self.blobs.put(id)?;
                writer.write(b"ready")?;
                writer.abort();
                Ok(())
            }
            Part::Keys => {
                let keys = KeyDir::open(self.place.keys(), &self.identity, self.place.data())?;
                // In the middle of a turn they differ from what is held here.
                if self.is_replacing_keys() {
                    return Ok(());
                }
                if self.store.is_shared() {
                    self.follow()?;
                }
                self.must_be_in_force(&self.keys())?;
                self.must_fit_the_ledger(&keys)?;
                match self.keys_left()?.epochs.first() {
                    None => Ok(()),
                    // It opens older copies of the database, with everything that was erased since.
                    Some(number) => Err(KeyDirError::EpochLeft { number: *number }.into()),
                }
            }
            Part::Clock => {
                let last =
                    self.store.read(ledger::last_entry)?.ok_or(Refusal::NotFound(Thing::LedgerEntry))?;
                match self.now().plus_seconds(CLOCK_BEHIND_SECONDS) >= last.at {
                    true => Ok(()),
                    false => Err(Refusal::ClockBehind { newest: last.at, now: self.now() }),
                }
            }
            Part::Disk => {
                let io =
                    |error: rustix::io::Errno| Refusal::Io { what: "measure the disk", error: error.into() };
                let disk = rustix::fs::statvfs(self.place.data()).map_err(io)?;
                match disk.f_bavail.saturating_mul(disk.f_frsize) >= free_bytes_min {
                    true => Ok(()),
                    false => Err(Refusal::Store(crate::store::StoreError::Full)),
                }
            }
            // A program that reads no documents does without.
            Part::Documents if self.documents.is_nowhere() => Ok(()),
            Part::Documents => self.documents.check().map(|_| ()).map_err(|refusal| Refusal::Io {
                what: "read documents",
                error: std::io::Error::other(refusal),
            }),
            Part::Ledger => {
                let keys = self.keys();
                let seed = keys.log_seed.as_ref().ok_or(Refusal::NoKey("log key"))?;
                let origin = Origin::parse(&keys.log_origin).map_err(|_| Refusal::NoKey("log origin"))?;
                let vkey = LogKey::from_seed(seed, origin).vkey();
                self.store.read(|conn| {
                    let broken = || Refusal::Damaged(Thing::LedgerEntry);
                    let checkpoint = ledger::latest_checkpoint(conn)?.ok_or_else(broken)?;
                    let last = checkpoint.size.checked_sub(1).ok_or_else(broken)?;
                    let (entry, text) = archive.proven(conn, last)?;
                    proof::verify(&text, &entry.bytes, &vkey).map_err(|_| broken())?;
                    Ok(())
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::open::OpenOptions;
    use crate::archive::place::Place;
    use crate::base::moment::{FixedClock, Moment};

    fn failing(archive: &Archive, free_bytes_min: u64) -> Vec<&'static str> {
        archive.inner.last_look.forget();
        let parts = archive.readiness(free_bytes_min);
        parts.iter().filter(|(_, works)| !works).map(|(part, _)| part.as_str()).collect()
    }

    #[test]
    fn a_clock_that_was_never_set_is_refused_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(&folder.path().join("data"), None).unwrap();
        let at = |micros| {
            let clock = std::sync::Arc::new(FixedClock::at(Moment::from_micros(micros)));
            OpenOptions { clock, ..OpenOptions::default() }
        };
        for micros in [i64::MIN, -1_000_000, 0, 1_500_000_000_000_000] {
            let refused = Archive::create(&place, &at(micros)).err();
            assert!(matches!(refused, Some(Refusal::ClockBehind { .. })), "{micros}: {refused:?}");
            assert!(!place.holds_archive());
        }
        drop(Archive::create(&place, &at(1_780_000_000_000_000)).unwrap());
        let refused = Archive::open(&place, &at(-1)).err();
        assert!(matches!(refused, Some(Refusal::ClockBehind { .. })), "{refused:?}");
    }

    #[test]
    fn each_part_that_does_not_work_is_named_and_no_other() {
        if crate::archive::tests::on_postgres() {
            // Changes the file of SQLite.
            return;
        }
        let start = Moment::from_micros(1_780_000_000_000_000);
        let clock = std::sync::Arc::new(FixedClock::at(start));
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(&folder.path().join("data"), None).unwrap();
        let options = OpenOptions { clock: clock.clone(), ..OpenOptions::default() };
        let archive = Archive::create(&place, &options).unwrap().archive;
        assert_eq!(failing(&archive, 1), Vec::<&str>::new());
        assert_eq!(failing(&archive, u64::MAX), ["disk"]);
        clock.set(start.plus_seconds(-60));
        assert_eq!(failing(&archive, 1), ["clock"]);
        clock.set(start);
        let incoming = place.blobs().join("incoming");
        std::fs::rename(&incoming, folder.path().join("aside")).unwrap();
        assert_eq!(failing(&archive, 1), ["blobs"]);
        std::fs::rename(folder.path().join("aside"), &incoming).unwrap();
        let identity = place.keys().join("service.identity");
        std::fs::rename(&identity, folder.path().join("identity")).unwrap();
        assert_eq!(failing(&archive, 1), ["keys"]);
        std::fs::rename(folder.path().join("identity"), &identity).unwrap();
        let sql = "UPDATE ledger_entries SET body = zeroblob(length(body)) \
                   WHERE seq = (SELECT max(seq) FROM ledger_entries)";
        crate::store::testing::execute_raw(&place.database(), sql);
        assert_eq!(failing(&archive, 1), ["ledger"]);
    }

    #[test]
    fn an_answer_holds_for_a_moment() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(&folder.path().join("data"), None).unwrap();
        let archive = Archive::create(&place, &OpenOptions::default()).unwrap().archive;
        let first = archive.readiness(1);
        assert_eq!(archive.readiness(u64::MAX), first);
    }
}
