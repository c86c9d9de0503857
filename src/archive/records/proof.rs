//! The ledger as records' readers see it: proofs, and who did what with a record.

use serde_json::Value;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::base::id::{RecordId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::{self, Actor, EntryKind};
use crate::ledger::proof::to_tlog_proof;
use crate::ledger::tree;
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::ledger::{self, DatabaseTiles};
use crate::store::rows::records;

use super::original::PURPOSE;
use crate::archive::caller::Caller;
use crate::archive::exports::packages_of;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::worded::commitment_in;
use crate::archive::{Archive, cells};

/// One entry of the ledger.
#[derive(Debug, Clone)]
pub struct LedgerEntry {
    /// Its position, from 0.
    pub index: u64,
    /// When.
    pub at: Moment,
    /// What.
    pub kind: EntryKind,
    /// Who.
    pub actor: Actor,
    /// The exact bytes that the tree holds the hash of. In a custody, those about a package stay empty for
    /// whoever does not see all records: they count what else it holds.
    pub bytes: Vec<u8>,
    /// What an original was read or exported for, or why something was erased; in a custody, for those who may
    /// read the words.
    pub purpose: Option<String>,
    /// In a custody, the name of the evidence package that the entry is about.
    pub package: Option<String>,
    /// In a custody, who countersigned the export that the entry begins, or the erasure; `None` for all other
    /// entries.
    pub countersign: Option<Countersigned>,
}

/// Whether a second person agreed to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Countersigned {
    /// This one did.
    By(UserId),
    /// Nobody else could have, and it is marked so.
    ByNobody,
}

impl Archive {
    /// The proof that `version` of a record (the current one if not said) was captured, under the
    /// newest checkpoint: a C2SP `.tlog-proof`, with the entry it proves.
    ///
    /// # Errors
    /// Not there, not permitted, [`Refusal::Damaged`] if an entry about the record is missing, or the ledger
    /// cannot be read.
    pub fn record_proof(
        &self,
        caller: &Caller,
        record: RecordId,
        version: Option<u32>,
    ) -> Result<(LedgerEntry, String), Refusal> {
        let now = self.inner.now();
        self.inner.store.read(|conn| {
            let row = records::get(conn, record)?;
            let target = row.as_ref().map(|row| Target::record(row.case_id, row.captured_by));
            caller.permit((Action::Read, Resource::Proof), target.as_ref(), Thing::Record, now)?;
            row.ok_or(Refusal::NotFound(Thing::Record))?;
            let captures = self.inner.ledgered(conn)?.captures(conn, record)?;
            let number = version.map_or(Some(captures.len()), |number| usize::try_from(number).ok());
            let capture = number.and_then(|number| captures.get(number.checked_sub(1)?));
            self.proven(conn, capture.ok_or(Refusal::NotFound(Thing::LedgerEntry))?.seq)
        })
    }

    /// Any entry of the ledger with its proof.
    ///
    /// # Errors
    /// Not there, not permitted, or the ledger cannot be read.
    pub fn ledger_entry(&self, caller: &Caller, index: u64) -> Result<(LedgerEntry, String), Refusal> {
        let read = (Action::Read, Resource::Ledger);
        caller.permit(read, Some(&Target::archive()), Thing::LedgerEntry, self.inner.now())?;
        self.inner.store.read(|conn| self.proven(conn, index))
    }

    /// Who did what with a record: every ledger entry about it, and about the evidence packages that held
    /// it, in order. Those who see the custody in full read there what for.
    ///
    /// # Errors
    /// Not there, not permitted, or the ledger cannot be read.
    pub fn custody(&self, caller: &Caller, record: RecordId) -> Result<Vec<LedgerEntry>, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            let row = records::get(conn, record)?;
            let target = row.as_ref().map(|row| Target::record(row.case_id, row.captured_by));
            let read = (Action::Read, Resource::Custody);
            let level = caller.permit(read, target.as_ref(), Thing::Record, now)?;
            let sees_all = caller.reach(read.0, read.1, now).level_of(caller.rights(), &Target::archive());
            let row = row.ok_or(Refusal::NotFound(Thing::Record))?;
            self.inner.ledgered(conn)?.must_be_whole(conn, &row)?;
            let mut entries = Vec::new();
            for told in packages_of(&keys, conn, self.inner.last_words.vkey(), record)? {
                let entry = read_entry(told.seq, told.body)?;
                let purpose = match level {
                    Level::Full => purpose_of(&keys, conn, &entry)?,
                    Level::Redacted | Level::Facts => None,
                };
                let countersign = countersign_of(&entry)?;
                let bytes = match (&told.name, sees_all) {
                    (Some(_), None) => Vec::new(),
                    (None, _) | (Some(_), Some(_)) => entry.bytes,
                };
                entries.push(LedgerEntry { purpose, package: told.name, bytes, countersign, ..entry });
            }
            Ok(entries)
        })
    }

    /// The newest signed checkpoint, as a signed note.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn checkpoint(&self) -> Result<Option<String>, Refusal> {
        Ok(self.inner.store.checkpoint()?.map(|checkpoint| checkpoint.note))
    }

    pub(in crate::archive) fn proven(
        &self,
        conn: &mut Conn,
        index: u64,
    ) -> Result<(LedgerEntry, String), Refusal> {
        let entry = ledger::entry(conn, index)?.ok_or(Refusal::NotFound(Thing::LedgerEntry))?;
        let checkpoint = ledger::latest_checkpoint(conn)?.ok_or(Refusal::NotFound(Thing::LedgerEntry))?;
        let source = DatabaseTiles::new(conn);
        let warm = self.inner.store.tiles().over(&source);
        let hashes = tree::inclusion(&warm, checkpoint.size, index).map_err(|error| match error {
            tree::TreeError::Source(error) => Refusal::Store(error),
            tree::TreeError::NoSuchLeaf { .. } => Refusal::NotFound(Thing::LedgerEntry),
            other => Refusal::Store(crate::store::StoreError::LedgerBroken { why: other.to_string() }),
        })?;
        Ok((read_entry(entry.seq, entry.body)?, to_tlog_proof(index, &hashes, &checkpoint.note)))
    }
}

/// Who countersigned an export that the entry begins, or an erasure.
fn countersign_of(entry: &LedgerEntry) -> Result<Option<Countersigned>, Refusal> {
    if !matches!(entry.kind, EntryKind::ExportBegun | EntryKind::EntryErased) {
        return Ok(None);
    }
    let facts = entry::decode(&entry.bytes)?.facts;
    let Some(said) = facts.get("countersign") else { return Ok(None) };
    let by = said.get("by").and_then(Value::as_str).and_then(|id| UserId::parse(id).ok());
    Ok(Some(by.map_or(Countersigned::ByNobody, Countersigned::By)))
}

/// What an original was read or exported for, or some of a log was erased for, where the entry is of that.
fn purpose_of(keys: &Keyring, conn: &mut Conn, entry: &LedgerEntry) -> Result<Option<String>, Refusal> {
    let (owner, words) = match entry.kind {
        EntryKind::OriginalRead | EntryKind::ExportBegun => ("reading", "purpose"),
        EntryKind::EntryErased => ("erasure", "note"),
        _ => return Ok(None),
    };
    let damaged = || Refusal::Damaged(Thing::LedgerEntry);
    let facts = entry::decode(&entry.bytes)?.facts;
    let reading = facts.get(owner).and_then(Value::as_str).ok_or_else(damaged)?;
    let said = commitment_in(&facts, words);
    let sealed = cells::profile_as(keys, conn, (reading, PURPOSE), said, Thing::LedgerEntry)?;
    let purpose = sealed.get(words).and_then(Value::as_str).ok_or_else(damaged)?;
    Ok(Some(purpose.to_owned()))
}

fn read_entry(index: u64, bytes: Vec<u8>) -> Result<LedgerEntry, Refusal> {
    let decoded = entry::decode(&bytes)?;
    Ok(LedgerEntry {
        index,
        at: decoded.at,
        kind: decoded.kind,
        actor: decoded.actor,
        bytes,
        purpose: None,
        package: None,
        countersign: None,
    })
}
