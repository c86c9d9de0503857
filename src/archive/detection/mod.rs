//! The detector: takes versions in which no personal data was looked for yet, runs the engine over what
//! they say, keeps the places sealed and brings one keyed token a value into the subject index.
//!
//! Promises that every record is looked at within seconds while the archive is idle, again when the
//! engine changes, and that a record that cannot be read stops no other. Must never write a value, keep
//! captures or the search index waiting, or leave subjects of an older version behind.

mod look;
mod plan;
pub(super) mod spans;
#[cfg(test)]
mod tests;
pub(super) mod texts;
mod upkeep;

use std::cell::OnceCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use crate::base::digest::Digest;
use crate::base::entropy::Entropy;
use crate::base::id::RecordId;
use crate::base::secret::SecretKey;
use crate::blob::Blobs;
use crate::redaction::report::ENGINE_VERSION;
use crate::redaction::subject::FORMS;
use crate::sandbox::{Documents as Readers, Tenant};
use crate::seal::Keyring;
use crate::store::rows::index::{self, Domain};
use crate::store::rows::records::RecordRow;
use crate::store::rows::{detections, meta};
use crate::store::{Conn, Store, StoreError};

use super::indexing::{
    Background, Bell, Ended, Plan, PutOff, Reading, Task, Turns, enter_unread, give_way, guarded, lock,
    may_pass, take_block,
};
use super::refusal::Refusal;

use plan::{Read, With};

pub(super) use look::{forms, values};
pub(super) use plan::{marks_in_part, opened_spans};

/// Versions that are looked for at once.
const BATCH: u32 = 64;
/// The meta row that names the edition of the forms of everything in the subject index.
pub(super) const FORMS_ROW: &str = "subject_forms";

/// The engine that looks for personal data, as marks, rows and blocks name it.
pub(super) fn engine() -> String {
    format!("pii/{ENGINE_VERSION}")
}

/// The detector's side of an open archive.
pub(super) struct Detection {
    detector: Arc<Detector>,
    background: Background<Detector>,
}

/// What the detector needs: parts of the archive, never the archive itself.
pub(super) struct Detector {
    store: Store,
    blobs: Arc<dyn Blobs>,
    documents: Arc<Readers>,
    keys: Arc<RwLock<Arc<Keyring>>>,
    entropy: Arc<dyn Entropy>,
    bell: Bell,
    engine: String,
    /// Held while one thread works through what is pending.
    working: Mutex<()>,
}

impl Detection {
    pub(super) fn new(
        store: Store,
        blobs: Arc<dyn Blobs>,
        documents: Arc<Readers>,
        keys: Arc<RwLock<Arc<Keyring>>>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let bell = Bell::default();
        let (engine, working) = (engine(), Mutex::new(()));
        let detector = Arc::new(Detector { store, blobs, documents, keys, entropy, bell, engine, working });
        Self { background: Background::new(Arc::clone(&detector)), detector }
    }

    /// Says that something was captured.
    pub(super) fn ring(&self) {
        self.detector.bell.ring();
    }

    /// Starts the thread, if it does not run.
    pub(super) fn start(&self) -> Result<(), Refusal> {
        self.background.start("muniment-detector")
    }

    /// What the subject index and the places that are kept have of a record's current version.
    ///
    /// # Errors
    /// No identity or index keys on this node, damage, or the database cannot be read.
    pub(super) fn standing(&self, conn: &mut Conn, row: &RecordRow) -> Result<Looked, Refusal> {
        let detector = &self.detector;
        let (keys, is_over) = (detector.keys(), || false);
        let (blocks, kept) = plan::standing(detector.with(&keys, &is_over)?, conn, row)?;
        Ok(Looked { record: row.id, version: row.version, blocks, kept })
    }

    /// Keeps every other thread of this process from the work until it is given back.
    pub(super) fn alone(&self) -> Alone<'_> {
        Alone { detector: self.detector.as_ref(), _working: lock(&self.detector.working) }
    }

    /// Ends the thread after the text that it looks at.
    pub(super) fn stop(&self) {
        self.background.stop();
    }
}

/// What was found in a version, as the subject index and the places that are kept have it.
pub(super) struct Looked {
    record: RecordId,
    version: u32,
    blocks: plan::Blocks,
    kept: Option<Digest>,
}

impl Looked {
    /// Takes all of it out; the detector looks again. False if it changed since it was read.
    ///
    /// # Errors
    /// The database refuses.
    pub(super) fn take_out(&self, conn: &mut Conn) -> Result<bool, Refusal> {
        let kept = detections::get(conn, self.record, self.version)?.map(|row| row.digest);
        let blocks = index::of_record(conn, self.record, Domain::Subject)?;
        if kept != self.kept || blocks.len() != self.blocks.len() {
            return Ok(false);
        }
        for (block, documents) in &self.blocks {
            let now = blocks.iter().find(|now| now.docid == block.docid && now.engine == block.engine);
            let Some(now) = now else { return Ok(false) };
            take_block(conn, now, documents)?;
        }
        detections::forget(conn, self.record)?;
        index::mark(conn, Domain::Subject, (self.record, self.version), None)?;
        Ok(true)
    }
}

/// The detector while nobody else works.
pub(super) struct Alone<'d> {
    detector: &'d Detector,
    _working: MutexGuard<'d, ()>,
}

impl Alone<'_> {
    /// Works through what is pending.
    pub(super) fn run(&self) -> Result<(), Refusal> {
        self.detector.run_alone(None, &mut |_| {}).map(|_| ())
    }
}

/// The key of the subject index, on a node that can read records.
fn subject_key(keys: &Keyring) -> Result<&SecretKey<32>, Refusal> {
    if keys.identity.is_none() {
        return Err(Refusal::NoKey("service identity"));
    }
    Ok(&keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?.subject)
}

impl Task for Detector {
    const WHAT: &'static str = "looking for personal data";

    fn bell(&self) -> &Bell {
        &self.bell
    }

    fn run(&self) -> Result<Ended, Refusal> {
        self.run_until(None, &mut |_| {})
    }
}

impl Detector {
    /// Works through what is pending, until `deadline` at the latest; `each` hears of every version.
    fn run_until(&self, deadline: Option<Instant>, each: &mut dyn FnMut(u64)) -> Result<Ended, Refusal> {
        let _working = lock(&self.working);
        self.check_forms()?;
        self.run_alone(deadline, each)
    }

    fn run_alone(&self, deadline: Option<Instant>, each: &mut dyn FnMut(u64)) -> Result<Ended, Refusal> {
        let mut before = Vec::new();
        let mut turns = Turns::new(&self.store);
        let is_over = || self.bell.is_closed() || deadline.is_some_and(|deadline| deadline <= Instant::now());
        let mut put_off = PutOff::default();
        loop {
            // Without keys there is nothing that this node can do.
            subject_key(&self.keys())?;
            let most = put_off.beside(BATCH);
            let pending =
                self.store.read(|conn| index::pending(conn, Domain::Subject, &self.engine, most))?;
            let pending = put_off.others(pending);
            if pending.is_empty() {
                self.tidy(deadline, &is_over)?;
                return Ok(put_off.ended());
            }
            // Another node works on the same versions, or rows were changed by hand: not again at once.
            if pending == before {
                return Ok(Ended::Stopped);
            }
            for version in &pending {
                give_way(&self.store, &self.bell);
                let goes_on = !is_over()
                    && !put_off.is_full()
                    && match self.look_at(*version) {
                        Ok(Some(plan)) => {
                            enter_unread(&self.store, &plan.unread)?;
                            turns.add(plan).map(|()| true)?
                        }
                        Ok(None) => false,
                        Err(error) if may_pass(&error) => {
                            put_off.add(*version, &error);
                            true
                        }
                        Err(error) => return Err(error),
                    };
                if !goes_on {
                    turns.finish()?;
                    return Ok(Ended::Stopped);
                }
                each(1);
            }
            turns.finish()?;
            before = pending;
        }
    }

    /// Looks at one version; `None` if the archive closes meanwhile. One at which the engine fails is damaged
    /// to it.
    fn look_at(&self, version: (RecordId, u32)) -> Result<Option<Plan>, Refusal> {
        let slot = OnceCell::new();
        let is_over = || self.bell.is_closed();
        let failed = || Read::Done(plan::damaged(version, &self.engine));
        let (with, read) = self.store.read(|conn| {
            // After the snapshot began, so that no key is older than what it opens.
            let with = self.with(slot.get_or_init(|| self.keys()), &is_over)?;
            let read = guarded(Self::WHAT, version, || plan::read(with, conn, version));
            Ok::<_, Refusal>((with, read.transpose()?.unwrap_or_else(failed)))
        })?;
        Ok(match read {
            Read::Done(plan) => Some(plan),
            // The engine takes its time: no snapshot of the database is held open for it.
            Read::Texts(opened) => guarded(Self::WHAT, version, || opened.look(with))
                .unwrap_or_else(|| Some(plan::damaged(version, &self.engine))),
        })
    }

    fn with<'a>(&'a self, keys: &'a Keyring, is_over: &'a dyn Fn() -> bool) -> Result<With<'a>, Refusal> {
        if keys.identity.is_none() {
            return Err(Refusal::NoKey("service identity"));
        }
        Ok(With {
            reading: Reading {
                keys,
                blobs: self.blobs.as_ref(),
                documents: &self.documents,
                tenant: Tenant::Detection,
            },
            key: &keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?.subject,
            engine: &self.engine,
            entropy: self.entropy.as_ref(),
            is_over,
        })
    }

    /// Empties the subject index if its values had other forms, or if the database lost it. What was found
    /// is kept, so that the engine need not look again.
    fn check_forms(&self) -> Result<(), Refusal> {
        let fits = self.store.read(|conn| {
            let same = meta::get(conn, FORMS_ROW)?.as_deref() == Some(FORMS);
            Ok::<_, StoreError>(same && !index::postings_lost(conn, Domain::Subject)?)
        })?;
        if fits {
            return Ok(());
        }
        tracing::info!("the subject index is made anew");
        let emptied = self.store.maintain(|upkeep| {
            index::clear(upkeep.conn(), Domain::Subject)?;
            meta::put(upkeep.conn(), FORMS_ROW, FORMS)
        });
        emptied.map_err(|error| Refusal::Store(error.into_cause()))
    }

    /// Puts the engine's small parts together, in short turns, while nothing else is to be done.
    fn tidy(&self, deadline: Option<Instant>, is_over: &dyn Fn() -> bool) -> Result<(), Refusal> {
        while deadline.is_none() && !is_over() {
            let tidied = self.store.maintain(|upkeep| index::tidy(upkeep.conn(), Domain::Subject));
            if !tidied.map_err(|error| Refusal::Store(error.into_cause()))? {
                break;
            }
        }
        Ok(())
    }

    fn keys(&self) -> Arc<Keyring> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}
