//! The detector: takes versions in which no personal data was looked for yet, runs the engine over what
//! they say, keeps the places sealed and brings one keyed token a value into the subject index.
//!
//! Promises that every record is looked at within seconds while the archive is idle, again when the
//! engine changes, and that a record that cannot be read stops no other. Must never write a value, keep
//! captures or the search index waiting, or leave subjects of an older version behind.

mod look;
mod plan;
pub(super) mod shown;
pub(super) mod spans;
#[cfg(test)]
mod tests;
pub(super) mod texts;
mod upkeep;
mod withholding;

use std::cell::OnceCell;
use std::collections::BTreeSet;
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
use crate::search::{Query, Token};
use crate::store::rows::detections::{self, DetectionRow, TypeRow};
use crate::store::rows::index::{self, Domain, IndexRow};
use crate::store::rows::meta;
use crate::store::rows::records::RecordRow;
use crate::store::{Conn, Store, StoreError};

use super::indexing::{
    Aside, Background, Bell, Ended, Plan, PutOff, PutsAside, Reading, Slow, Task, Turns, enter_unread,
    give_way, guarded, lock, may_pass, take_block, take_entries,
};
use super::refusal::Refusal;

use plan::{DOMAINS, Read, With};
use spans::{Spans, context};
use withholding::Withholding;

pub(super) use look::{forms, values};
pub(super) use plan::{kept_spans, marks_in_part, marks_whole, opened_spans};
pub(super) use withholding::{WITHHELD_ROW, edition, withheld_engine};

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
    slow: Background<Slow<Detector>>,
}

/// What the detector needs: parts of the archive, never the archive itself.
pub(super) struct Detector {
    store: Store,
    blobs: Arc<dyn Blobs>,
    documents: Arc<Readers>,
    keys: Arc<RwLock<Arc<Keyring>>>,
    entropy: Arc<dyn Entropy>,
    bell: Bell,
    aside: Aside,
    engine: String,
    withholding: Withholding,
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
        let (bell, aside) = (Bell::default(), Aside::default());
        let (engine, withholding, working) = (engine(), Withholding::default(), Mutex::new(()));
        let detector =
            Detector { store, blobs, documents, keys, entropy, bell, aside, engine, withholding, working };
        let detector = Arc::new(detector);
        let slow = Background::new(Arc::new(Slow(Arc::clone(&detector))));
        Self { background: Background::new(Arc::clone(&detector)), slow, detector }
    }

    /// Says that something was captured.
    pub(super) fn ring(&self) {
        self.detector.bell.ring();
    }

    /// Starts the threads, if they do not run.
    pub(super) fn start(&self) -> Result<(), Refusal> {
        self.slow.start("muniment-detect-slow")?;
        self.detector.aside.open();
        self.background.start("muniment-detector")
    }

    /// What is kept of a record's current version, and what the indexes have that are made of it.
    ///
    /// # Errors
    /// No identity or index keys on this node, damage, or the database cannot be read.
    pub(super) fn standing(&self, conn: &mut Conn, row: &RecordRow) -> Result<Looked, Refusal> {
        let detector = &self.detector;
        let (keys, is_over) = (detector.keys(), || false);
        let (blocks, kept) = plan::standing(detector.with(&keys, &is_over)?, conn, row)?;
        Ok(Looked { record: row.id, version: row.version, blocks, kept })
    }

    /// The tokens of a query's words in the domain of what is withheld.
    ///
    /// # Errors
    /// No identity or index keys on this node.
    pub(super) fn withheld_of(&self, query: &Query, keys: &Keyring) -> Result<Vec<Token>, Refusal> {
        let with = self.detector.with(keys, &|| false)?;
        Ok(with.withholding.tokens(with.words_key, |index| index.matching(query)).for_shown().tokens())
    }

    /// Keeps every other thread of this process from the work until it is given back.
    pub(super) fn alone(&self) -> Alone<'_> {
        Alone { detector: self.detector.as_ref(), _working: lock(&self.detector.working) }
    }

    /// Ends the threads after the texts that they look at.
    pub(super) fn stop(&self) {
        self.background.stop();
        self.detector.aside.close();
        self.slow.stop();
    }
}

/// What was found in a version, as it is kept and as the indexes that are made of it have it.
pub(super) struct Looked {
    record: RecordId,
    version: u32,
    blocks: plan::Blocks,
    kept: Option<(DetectionRow, Spans)>,
}

impl Looked {
    /// Takes all that the indexes have of the record out. False if something changed since it was read.
    ///
    /// # Errors
    /// The database refuses.
    pub(super) fn leave_all(&self, conn: &mut Conn) -> Result<bool, Refusal> {
        let mut blocks = Vec::new();
        for domain in DOMAINS {
            blocks.extend(index::of_record(conn, self.record, domain)?);
        }
        let read: Vec<&IndexRow> = self.blocks.iter().map(|(block, _)| block).collect();
        if read != blocks.iter().collect::<Vec<_>>() {
            return Ok(false);
        }
        for (block, documents) in &self.blocks {
            take_block(conn, block, documents)?;
        }
        Ok(true)
    }

    /// Takes what is about some entries out, and keeps the rest sealed anew: the others are found as before, without a
    /// new look. False if something changed since it was read.
    ///
    /// # Errors
    /// The database refuses.
    pub(super) fn leave_out(
        &self,
        conn: &mut Conn,
        gone: &BTreeSet<u64>,
        seal: impl FnOnce(&str, &[u8]) -> Vec<u8>,
    ) -> Result<bool, Refusal> {
        let now = detections::get(conn, self.record, self.version)?.map(|row| row.digest);
        if now != self.kept.as_ref().map(|(row, _)| row.digest) {
            return Ok(false);
        }
        let mut blocks = Vec::new();
        for domain in DOMAINS {
            blocks.extend(index::of_record(conn, self.record, domain)?);
        }
        let read: Vec<&IndexRow> = self.blocks.iter().map(|(block, _)| block).collect();
        if read != blocks.iter().collect::<Vec<_>>() {
            return Ok(false);
        }
        for (block, documents) in &self.blocks {
            match block.version == self.version {
                true => take_entries(conn, (self.record, self.version), documents, gone)?,
                // Of an older version nothing stays.
                false => take_block(conn, block, documents)?,
            }
        }
        let Some((row, spans)) = &self.kept else { return Ok(true) };
        // The descriptor's text is number 0.
        let left = spans.without(|number| number.checked_sub(1).is_some_and(|entry| gone.contains(&entry)));
        let sealed = seal(&context(self.record, self.version), left.to_bytes().expose());
        let row = DetectionRow { digest: Digest::of(&sealed), sealed, ..row.clone() };
        detections::put(conn, &row)?;
        detections::forget_others(conn, self.record, self.version)?;
        detections::set_types(conn, self.record, &types_of(self.record, &left))?;
        Ok(true)
    }
}

/// How many places of each type there are, as rows.
fn types_of(record: RecordId, found: &Spans) -> Vec<TypeRow> {
    let row = |(kind, (places, unsure)): (&str, (u64, u64))| TypeRow {
        record_id: record,
        kind: kind.to_owned(),
        places,
        unsure,
    };
    found.judged().into_iter().map(row).collect()
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

impl PutsAside for Detector {
    fn aside(&self) -> &Aside {
        &self.aside
    }

    fn work_on(&self, version: (RecordId, u32)) -> Result<(), Refusal> {
        let Some(plan) = self.look_at(version, None)? else { return Ok(()) };
        enter_unread(&self.store, &plan.unread)?;
        let mut turns = Turns::new(&self.store);
        turns.add(plan)?;
        turns.finish()
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
            let most = put_off.beside(BATCH).saturating_add(self.aside.len());
            let pending =
                self.store.read(|conn| index::pending(conn, Domain::Subject, &self.engine, most))?;
            let pending = self.aside.others(put_off.others(pending));
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
                // What is asked for by somebody who waits until a time is read as long as it takes.
                let until = self.aside.until().filter(|_| deadline.is_none());
                let goes_on = !is_over()
                    && !put_off.is_full()
                    && match self.look_at(*version, until) {
                        Ok(Some(plan)) => {
                            enter_unread(&self.store, &plan.unread)?;
                            turns.add(plan).map(|()| true)?
                        }
                        Ok(None) => false,
                        Err(error) if may_pass(&error) => {
                            if !self.aside.takes(*version, until) {
                                put_off.add(*version, &error);
                            }
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
    fn look_at(&self, version: (RecordId, u32), until: Option<Instant>) -> Result<Option<Plan>, Refusal> {
        let slot = OnceCell::new();
        let is_over = || self.bell.is_closed();
        let failed = || Read::Done(plan::damaged(version, &self.engine));
        let (with, read) = self.store.read(|conn| {
            // After the snapshot began, so that no key is older than what it opens.
            let with = self.with(slot.get_or_init(|| self.keys()), &is_over)?;
            let with = With { reading: with.reading.until(until), ..with };
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
        let index_keys = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
        Ok(With {
            reading: Reading {
                keys,
                blobs: self.blobs.as_ref(),
                documents: &self.documents,
                tenant: Tenant::Detection,
                until: None,
            },
            key: &index_keys.subject,
            words_key: &index_keys.content,
            engine: &self.engine,
            withholding: &self.withholding,
            entropy: self.entropy.as_ref(),
            is_over,
        })
    }

    /// Empties an index that is made of what is kept, if its tokens had other forms, or if the database lost it. What
    /// was found is kept, so that the engine need not look again.
    fn check_forms(&self) -> Result<(), Refusal> {
        let editions =
            [(Domain::Subject, FORMS_ROW, FORMS.to_owned()), (Domain::Withheld, WITHHELD_ROW, edition())];
        for (domain, row, edition) in editions {
            let fits = self.store.read(|conn| {
                let same = meta::get(conn, row)?.as_deref() == Some(edition.as_str());
                Ok::<_, StoreError>(same && !index::postings_lost(conn, domain)?)
            })?;
            if fits {
                continue;
            }
            tracing::info!(domain = domain.as_str(), "an index of personal data is made anew");
            let emptied = self.store.maintain(move |upkeep| {
                index::clear(upkeep.conn(), domain)?;
                meta::put(upkeep.conn(), row, &edition)
            });
            emptied.map_err(|error| Refusal::Store(error.into_cause()))?;
        }
        Ok(())
    }

    /// Puts the engine's small parts together, in short turns, while nothing else is to be done.
    fn tidy(&self, deadline: Option<Instant>, is_over: &dyn Fn() -> bool) -> Result<(), Refusal> {
        for domain in DOMAINS {
            while deadline.is_none() && !is_over() {
                let tidied = self.store.maintain(move |upkeep| index::tidy(upkeep.conn(), domain));
                if !tidied.map_err(|error| Refusal::Store(error.into_cause()))? {
                    break;
                }
            }
        }
        Ok(())
    }

    fn keys(&self) -> Arc<Keyring> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}
