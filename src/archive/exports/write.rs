//! Makes the bundle of an export that has begun.

use std::io::{self, Read};

use serde_json::Value;

use crate::base::id::{CaseId, RecordId};
use crate::blob::Spool;
use crate::bundle::ProvenEntry;
use crate::bundle::frozen::{Frozen, FrozenCustody};
use crate::bundle::plan::{BundleKind, FailedReason, Outcome, Plan, PlannedItem, Selection as Entries};
use crate::bundle::writer::{
    BundleWriter, Finished, LogEntryInput, LogInput, RecordInput, ReleasedDescriptor, WriteError,
};
use crate::ledger::checkpoint::{self, LogKey, Origin};
use crate::ledger::entry::{EntryKind, decode};
use crate::ledger::tree::{self, SmallTree};
use crate::seal::{Keyring, cell};
use crate::store::rows::components::{self, ComponentRow};
use crate::store::rows::ledger::{self, DatabaseTiles};
use crate::store::rows::{records, segments, versions};
use crate::store::{Conn, StoreError};

use super::Begun;
use crate::archive::jobs::{Running, Ticket};
use crate::archive::records::{Source, case_reference};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::Restrictions;
use crate::archive::segment::SegmentTable;
use crate::archive::version::offsets_context;
use crate::archive::{Archive, descriptors, receipts, rows};

/// Items that may turn out damaged while a bundle is written, before the export is given up.
const RESTARTS_MAX: usize = 100;

/// Why an item did not get into the bundle.
enum Stop {
    /// The item is not what the ledger says; the bundle is begun again without it.
    Item(FailedReason),
    /// The export cannot go on.
    Export(Refusal),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Damaged(_) | Refusal::Seal(_) => Self::Item(FailedReason::Damaged),
            Refusal::Blob(crate::blob::BlobError::Missing) => Self::Item(FailedReason::Damaged),
            Refusal::NotFound(_) => Self::Item(FailedReason::Destroyed),
            Refusal::NoKey(_) | Refusal::NoEpochKey { .. } => Self::Item(FailedReason::KeyMissing),
            other => Self::Export(other),
        }
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Export(error.into())
    }
}

impl From<WriteError> for Stop {
    fn from(error: WriteError) -> Self {
        match error {
            // What the archive gave is not what the ledger names: the item, not the export, is wrong.
            WriteError::Io(error) => Self::Export(Refusal::Io { what: "write the bundle", error }),
            other => {
                tracing::warn!(error = %other, "an item does not fit its ledger entry");
                Self::Item(FailedReason::Damaged)
            }
        }
    }
}

impl Archive {
    /// Makes the bundle: every item with its proof, then everything that happened to the items.
    /// An item that turns out damaged is left out, counted, and the bundle labelled PARTIAL.
    ///
    /// # Errors
    /// The ledger or the spool cannot be read or written, or the job is to stop.
    pub(in crate::archive) fn run_export(&self, running: &Running) -> Result<(), Refusal> {
        let keys = self.inner.keys();
        let mut begun = self.inner.store.read(|conn| {
            let begun = Begun::load(&self.inner, conn, running.job.id)?;
            begun.must_be_asked_for(&self.inner, conn).map(|()| begun)
        })?;
        let checkpoint = self.fix_checkpoint(&mut begun)?;
        let restrictions = self.inner.restrictions()?;
        for _ in 0..RESTARTS_MAX {
            let mut at_item = 0;
            let attempt = Attempt {
                keys: &keys,
                begun: &begun,
                checkpoint: &checkpoint,
                ticket: &running.ticket,
                restrictions: &restrictions,
            };
            match self.inner.store.read(|conn| self.attempt(conn, &attempt, &mut at_item)) {
                Ok((spool, finished)) => {
                    // Whoever replaces the keys waits until nobody holds them any more.
                    drop(keys);
                    return self.finish(running, &begun, spool, finished);
                }
                Err(Stop::Item(reason)) => match begun.items.get_mut(at_item) {
                    Some(item) if item.outcome == Outcome::Exported => item.outcome = Outcome::Failed(reason),
                    _ => return Err(Refusal::Damaged(Thing::Export)),
                },
                Err(Stop::Export(refusal)) => return Err(refusal),
            }
        }
        Err(Refusal::Damaged(Thing::Export))
    }

    /// Writes the whole bundle over one state of the database.
    fn attempt(
        &self,
        conn: &mut Conn,
        attempt: &Attempt<'_>,
        at_item: &mut usize,
    ) -> Result<(Spool, Finished), Stop> {
        let Attempt { keys, begun, checkpoint, ticket, restrictions } = *attempt;
        let seed = keys.log_seed.as_ref().ok_or(Refusal::NoKey("log key"))?;
        let origin = Origin::parse(&keys.log_origin).map_err(|_| Refusal::NoKey("log origin"))?;
        let log_key = LogKey::from_seed(seed, origin);
        let signed = checkpoint::open(checkpoint, &log_key.vkey())
            .map_err(|_| Stop::Export(Refusal::Damaged(Thing::Export)))?;
        let mut proofs = Proofs { archive: self, size: signed.size };
        let position = begun_entry(conn, begun)?;
        let entry = proofs.prove(conn, position)?;
        let frozen = decode(&entry.bytes).ok().and_then(|entry| Frozen::read(&entry));
        let frozen = frozen.ok_or(Refusal::Damaged(Thing::LedgerEntry))?;
        let plan = Plan {
            name: begun.name,
            kind: BundleKind::Evidence,
            organization: begun.organization.clone(),
            description: begun.description.clone(),
            items: begun.items.clone(),
            corrections: begun.corrections.clone(),
            checkpoint: checkpoint.to_owned(),
            begun: entry,
        };
        let path = self.inner.place.spool(&begun.id.to_string());
        let entropy = std::sync::Arc::clone(&self.inner.entropy);
        let spool = Spool::create(&path, entropy)
            .map_err(|error| Refusal::Io { what: "make the spool file", error })?;
        let mut writer = BundleWriter::begin(spool, plan, &log_key)?;
        let total = begun.items.len() as u64;
        for (number, item) in begun.items.iter().enumerate() {
            if item.outcome != Outcome::Exported {
                continue;
            }
            *at_item = number;
            // Since the list was frozen: what is restricted leaves for a matter only.
            let row = records::get(conn, item.record)?;
            if row.map_or(Ok(false), |row| restrictions.over(conn, &row)).map_err(Stop::Export)? {
                return Err(Stop::Export(Refusal::Restricted));
            }
            ticket.step(number as u64, total).map_err(Stop::Export)?;
            match &item.entries {
                Entries::All => self.whole(conn, keys, &mut proofs, &mut writer, item)?,
                Entries::Entries(ordinals) => {
                    let input = self.some_entries(conn, keys, &mut proofs, item, ordinals.as_slice())?;
                    writer.log_entries(&input)?;
                }
            }
        }
        // From here on no single item can be blamed.
        *at_item = begun.items.len();
        let positions = begun.positions.iter().copied();
        if FrozenCustody::new(frozen.custody.size, positions.clone()) != frozen.custody {
            // Since the list was frozen, somebody put another one in its place.
            return Err(Stop::Export(Refusal::Damaged(Thing::LedgerEntry)));
        }
        for seq in positions {
            ticket.check().map_err(Stop::Export)?;
            writer.custody(&proofs.prove(conn, seq)?)?;
        }
        ticket.step(total, total).map_err(Stop::Export)?;
        Ok(writer.finish()?)
    }

    /// The checkpoint to which all proofs lead: that of the first try, else the newest, which is kept.
    pub(super) fn fix_checkpoint(&self, begun: &mut Begun) -> Result<String, Refusal> {
        if let Some(note) = &begun.checkpoint {
            return Ok(note.clone());
        }
        let newest = self.inner.store.checkpoint()?.ok_or(Refusal::NotFound(Thing::LedgerEntry))?;
        begun.checkpoint = Some(newest.note.clone());
        begun.keep(&self.inner)?;
        Ok(newest.note)
    }

    fn whole(
        &self,
        conn: &mut Conn,
        keys: &Keyring,
        proofs: &mut Proofs<'_>,
        writer: &mut BundleWriter<'_, Spool>,
        item: &PlannedItem,
    ) -> Result<(), Stop> {
        let version = version_of(item);
        still_open(conn, item)?;
        if self.inner.ledgered(conn)?.last_erasure(conn, item.record)?.is_some() {
            // Some of its entries were erased since the list was frozen: it is not there whole any more.
            return Err(Stop::Item(FailedReason::Destroyed));
        }
        let rows = components::of_version(conn, item.record, version)?;
        let mut sources = Vec::with_capacity(rows.len());
        for row in &rows {
            sources.push(Some(self.openable(conn, keys, row)?));
        }
        let entry = proofs.capture(conn, item.record, version)?;
        let input = RecordInput {
            case_reference: self.reference(conn, keys, &entry)?,
            entry,
            descriptor: Some(released(conn, keys, item.record, version)?),
            commitment_keys: sources
                .iter()
                .flatten()
                .map(|source| source.header.commitment_key.clone())
                .collect(),
        };
        writer.record(&input, |number, _| {
            let source = sources.get_mut(number).and_then(Option::take);
            let source = source.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
            let reader = source.open(keys).map_err(|refusal| io::Error::other(refusal.to_string()))?;
            Ok(Box::new(reader) as Box<dyn Read>)
        })?;
        Ok(())
    }

    /// The reference of the case that the entry names.
    fn reference(
        &self,
        conn: &mut Conn,
        keys: &Keyring,
        entry: &ProvenEntry,
    ) -> Result<Option<String>, Refusal> {
        let damaged = || Refusal::Damaged(Thing::LedgerEntry);
        let entry = decode(&entry.bytes).map_err(|_| damaged())?;
        let Some(case) = entry.facts.get("case").and_then(Value::as_str) else { return Ok(None) };
        let case = CaseId::parse(case).map_err(|_| damaged())?;
        let ledger = self.inner.ledgered(conn)?;
        case_reference((keys, &ledger), conn, case).map(Some)
    }

    fn openable(&self, conn: &mut Conn, keys: &Keyring, row: &ComponentRow) -> Result<Source, Refusal> {
        let source = self.inner.source(keys, conn, row)?;
        source.file_key(keys)?;
        Ok(source)
    }

    fn some_entries(
        &self,
        conn: &mut Conn,
        keys: &Keyring,
        proofs: &mut Proofs<'_>,
        item: &PlannedItem,
        ordinals: &[u64],
    ) -> Result<LogInput, Stop> {
        let damaged = || Refusal::Damaged(Thing::Record);
        let version = version_of(item);
        still_open(conn, item)?;
        let segment = segments::get(conn, item.record)?.ok_or_else(damaged)?;
        let row =
            components::of_version(conn, item.record, version)?.into_iter().next().ok_or_else(damaged)?;
        let source = self.openable(conn, keys, &row)?;
        let segment_key = source.header.commitment_key.clone();
        let mut plain = Vec::new();
        source.open(keys)?.read_to_end(&mut plain).map_err(|_| damaged())?;
        let version_keys = descriptors::version_keys(keys, conn, item.record, version)?;
        let context = offsets_context(item.record, version);
        let table = cell::open_under(&version_keys.key, &context, &segment.offsets).map_err(Refusal::from)?;
        let table = SegmentTable::parse(table.expose()).ok_or_else(damaged)?.table;
        if ordinals.iter().any(|ordinal| table.is_erased(*ordinal)) {
            return Err(Stop::Item(FailedReason::Destroyed));
        }
        let tree = SmallTree::new(table.leaves(&segment_key, &plain).ok_or_else(damaged)?);
        let mut entries = Vec::with_capacity(ordinals.len());
        for ordinal in ordinals {
            let position = usize::try_from(*ordinal).map_err(|_| damaged())?;
            let json = table.entry(&plain, *ordinal).ok_or_else(damaged)?;
            entries.push(LogEntryInput {
                ordinal: *ordinal,
                json: crate::base::secret::SecretBytes::new(json.to_vec()),
                commitment_key: table.key_of(&segment_key, *ordinal).ok_or_else(damaged)?,
                hashes: tree.inclusion(position).ok_or_else(damaged)?,
            });
        }
        let entry = proofs.capture(conn, item.record, version)?;
        Ok(LogInput {
            case_reference: self.reference(conn, keys, &entry)?,
            entry,
            descriptor: Some(released(conn, keys, item.record, version)?),
            entries,
        })
    }
}

/// What one try at a bundle works with.
struct Attempt<'a> {
    keys: &'a Keyring,
    begun: &'a Begun,
    checkpoint: &'a str,
    ticket: &'a Ticket,
    restrictions: &'a Restrictions<'a>,
}

/// Position of the entry that froze the list.
fn begun_entry(conn: &mut Conn, begun: &Begun) -> Result<u64, Refusal> {
    let about = ledger::about(conn, &begun.id.to_string())?;
    let entry = about.into_iter().find(|entry| entry.kind == EntryKind::ExportBegun);
    entry.map(|entry| entry.seq).ok_or(Refusal::Damaged(Thing::LedgerEntry))
}

/// Makes entries with their proofs under one checkpoint.
struct Proofs<'a> {
    archive: &'a Archive,
    size: u64,
}

impl Proofs<'_> {
    fn prove(&mut self, conn: &mut Conn, seq: u64) -> Result<ProvenEntry, Refusal> {
        let entry = ledger::entry(conn, seq)?.ok_or(Refusal::NotFound(Thing::LedgerEntry))?;
        let source = DatabaseTiles::new(conn);
        let warm = self.archive.inner.store.tiles().over(&source);
        let hashes = tree::inclusion(&warm, self.size, seq).map_err(|error| match error {
            tree::TreeError::Source(error) => Refusal::Store(error),
            other => Refusal::Store(StoreError::LedgerBroken { why: other.to_string() }),
        })?;
        Ok(ProvenEntry { seq, bytes: entry.body, hashes })
    }

    fn capture(&mut self, conn: &mut Conn, record: RecordId, version: u32) -> Result<ProvenEntry, Refusal> {
        let seq =
            receipts::capture_entry(conn, record, version)?.ok_or(Refusal::Damaged(Thing::LedgerEntry))?;
        self.prove(conn, seq)
    }
}

/// What was sealed or destroyed since the list was frozen is not there any more.
fn still_open(conn: &mut Conn, item: &PlannedItem) -> Result<(), Stop> {
    let row = records::get(conn, item.record).map_err(|error| Stop::Export(error.into()))?;
    match row.is_some_and(|row| rows::is_openable(&row)) {
        true => Ok(()),
        false => Err(Stop::Item(FailedReason::Destroyed)),
    }
}

fn released(
    conn: &mut Conn,
    keys: &Keyring,
    record: RecordId,
    version: u32,
) -> Result<ReleasedDescriptor, Refusal> {
    let row = versions::get(conn, record, version)?.ok_or(Refusal::Damaged(Thing::Record))?;
    let version_keys = descriptors::version_keys(keys, conn, record, version)?;
    let descriptor = descriptors::open(&version_keys, &row)?;
    Ok(ReleasedDescriptor { descriptor, commitment_key: version_keys.commitment_key })
}

fn version_of(item: &PlannedItem) -> u32 {
    u32::try_from(item.version).unwrap_or(u32::MAX)
}
