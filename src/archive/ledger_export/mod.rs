//! The whole ledger as files that strangers check with tools of their own: C2SP `tlog-tiles`, the
//! signed checkpoint, the log's public key, and a proof for each record that was asked for.
//!
//! Everything in it is of one checkpoint. It names opaque ids, keyed tokens and commitments only,
//! as the ledger itself does.

mod tar;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::sync::Arc;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::base::id::{ExportId, RecordId};
use crate::base::limits::LEDGER_PROOFS_MAX;
use crate::blob::Spool;
use crate::ledger::checkpoint::{LogKey, Origin};
use crate::ledger::entry::EntryKind;
use crate::ledger::export::{CHECKPOINT_PATH, Width, entries_path, entry_bundle, tile_path};
use crate::ledger::proof::to_tlog_proof;
use crate::ledger::tree::{self, TILE_WIDTH};
use crate::store::rows::ledger::{self, CheckpointRow, DatabaseTiles};
use crate::store::rows::records;
use crate::store::{Conn, StoreError};

use super::caller::Caller;
use super::refusal::{Refusal, Thing};
use super::{Archive, Watch, receipts};

pub use tar::{BadTar, TarReader};

/// Where the log's public key lies in the export.
pub const VKEY_PATH: &str = "vkey";
/// The folder of the proofs: `<record>.tlog-proof`, and `<record>.json` with the entry it proves; of a log from which
/// entries were erased also `<record>.<index>.tlog-proof` and `.json` for each erasure.
pub const PROOF_FOLDER: &str = "proof";

/// A ledger that was written out, as one tar file (POSIX ustar).
pub struct LedgerExport {
    /// The tar; it is deleted when dropped.
    pub file: Spool,
    /// Its bytes.
    pub bytes: u64,
    /// Entries under its checkpoint.
    pub entries: u64,
    /// Looks now and then whether it may go on leaving.
    pub watch: Watch,
}

impl Archive {
    /// Writes the ledger under its newest checkpoint out, with the proofs that these records, in
    /// their current versions, were captured, and that entries of them were erased.
    ///
    /// # Errors
    /// Not permitted, a record that is not there (or not for this caller), more records than
    /// [`LEDGER_PROOFS_MAX`], or the ledger cannot be read.
    pub fn export_ledger(&self, caller: &Caller, wanted: &[RecordId]) -> Result<LedgerExport, Refusal> {
        let now = self.inner.now();
        // Who works at the machine that holds the database has the ledger in hand already.
        let download = (Action::Download, Resource::Ledger);
        let may = caller.warrant_at_the_machine(download, Thing::LedgerEntry, now)?;
        if wanted.len() > LEDGER_PROOFS_MAX {
            return Err(Refusal::TooMany { most: LEDGER_PROOFS_MAX as u64 });
        }
        let keys = self.inner.keys();
        let seed = keys.log_seed.as_ref().ok_or(Refusal::NoKey("log key"))?;
        let origin = Origin::parse(&keys.log_origin).map_err(|_| Refusal::NoKey("log origin"))?;
        let vkey = LogKey::from_seed(seed, origin).vkey();
        let (file, entries) = self.inner.store.read(|conn| {
            let indexes = self.entries_of(conn, caller, wanted)?;
            let checkpoint = ledger::latest_checkpoint(conn)?.ok_or(Refusal::NotFound(Thing::LedgerEntry))?;
            let name = ExportId::generate(now, self.inner.entropy.as_ref()).to_string();
            let spool = Spool::create(&self.inner.place.spool(&name), Arc::clone(&self.inner.entropy));
            let mut file = spool.map_err(io_error)?;
            file_of(&mut file, CHECKPOINT_PATH, checkpoint.note.as_bytes())?;
            file_of(&mut file, VKEY_PATH, format!("{vkey}\n").as_bytes())?;
            write_tiles(conn, &mut file, checkpoint.size)?;
            write_entries(conn, &mut file, checkpoint.size)?;
            self.write_proofs(conn, &mut file, &checkpoint, &indexes)?;
            tar::end(&mut file).and_then(|()| file.flush()).map_err(io_error)?;
            file.seek(SeekFrom::Start(0)).map_err(io_error)?;
            Ok::<_, Refusal>((file, checkpoint.size))
        })?;
        let watch = Watch::new(&self.inner, caller, may);
        Ok(LedgerExport { bytes: file.len(), file, entries, watch })
    }

    /// The entries by which records were captured in their current versions, and by which entries of them were erased,
    /// by the names that their proofs get.
    fn entries_of(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        wanted: &[RecordId],
    ) -> Result<BTreeMap<String, u64>, Refusal> {
        let now = self.inner.now();
        let mut indexes = BTreeMap::new();
        for record in wanted.iter().collect::<BTreeSet<_>>() {
            let row = records::get(conn, *record)?;
            let target = row.as_ref().map(|row| Target::record(row.case_id, row.captured_by));
            caller.permit((Action::Read, Resource::Proof), target.as_ref(), Thing::Record, now)?;
            let row = row.ok_or(Refusal::NotFound(Thing::Record))?;
            let index = receipts::capture_entry(conn, *record, row.version)?;
            indexes.insert(record.to_string(), index.ok_or(Refusal::NotFound(Thing::LedgerEntry))?);
            let erased = ledger::about(conn, &record.to_string())?.into_iter();
            let erased = erased.filter(|entry| entry.kind == EntryKind::EntryErased);
            indexes.extend(erased.map(|entry| (format!("{record}.{}", entry.seq), entry.seq)));
        }
        Ok(indexes)
    }

    fn write_proofs(
        &self,
        conn: &mut Conn,
        file: &mut Spool,
        checkpoint: &CheckpointRow,
        indexes: &BTreeMap<String, u64>,
    ) -> Result<(), Refusal> {
        for (name, index) in indexes {
            let entry = ledger::entry(conn, *index)?.ok_or_else(|| broken("an entry is missing"))?;
            let hashes = {
                let source = DatabaseTiles::new(conn);
                let warm = self.inner.store.tiles().over(&source);
                tree::inclusion(&warm, checkpoint.size, *index).map_err(|error| broken(&error.to_string()))?
            };
            let proof = to_tlog_proof(*index, &hashes, &checkpoint.note);
            file_of(file, &format!("{PROOF_FOLDER}/{name}.tlog-proof"), proof.as_bytes())?;
            file_of(file, &format!("{PROOF_FOLDER}/{name}.json"), &entry.body)?;
        }
        Ok(())
    }
}

/// Every tile of the tree of `size` leaves, each as wide as that tree has it.
fn write_tiles(conn: &mut Conn, file: &mut Spool, size: u64) -> Result<(), Refusal> {
    for level in 0_u8.. {
        let mut any = false;
        for index in 0_u64.. {
            let Some(width) = Width::in_tree(size, level, index) else { break };
            any = true;
            let stored = ledger::tile(conn, level, index)?.ok_or_else(|| broken("a tile is missing"))?;
            // Since then the tree may have grown: the tile of then is the beginning of the stored one.
            let hashes = stored.get(..width.get() * 32).ok_or_else(|| broken("a tile is too narrow"))?;
            file_of(file, &tile_path(level, index, width), hashes)?;
        }
        if !any {
            break;
        }
    }
    Ok(())
}

fn write_entries(conn: &mut Conn, file: &mut Spool, size: u64) -> Result<(), Refusal> {
    let width = TILE_WIDTH as u64;
    for index in 0..size.div_ceil(width) {
        let seqs = index * width..size.min((index + 1) * width);
        let count = seqs.end - seqs.start;
        let mut bodies = Vec::new();
        ledger::scan(conn, seqs, &mut |row| {
            bodies.push(row?.body);
            Ok::<_, Refusal>(())
        })?;
        let place = Width::in_tree(size, 0, index).filter(|_| bodies.len() as u64 == count);
        let place = place.ok_or_else(|| broken("an entry is missing"))?;
        let bundle = entry_bundle(&bodies).map_err(|error| broken(&error.to_string()))?;
        file_of(file, &entries_path(index, place), &bundle)?;
    }
    Ok(())
}

fn file_of(file: &mut Spool, path: &str, bytes: &[u8]) -> Result<(), Refusal> {
    tar::file(file, path, bytes).map_err(io_error)
}

fn io_error(error: io::Error) -> Refusal {
    Refusal::Io { what: "write the ledger out", error }
}

fn broken(why: &str) -> Refusal {
    Refusal::Store(StoreError::LedgerBroken { why: why.to_owned() })
}
