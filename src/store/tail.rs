//! The end of the log: what the next entries are appended to, and how they are.

use crate::base::civil::{CivilDate, Zone};
use crate::base::moment::Moment;
use crate::ledger::checkpoint::{self, Checkpoint, CheckpointError, LogKey};
use crate::ledger::entry::{EntryDraft, encode};
use crate::ledger::tree::{Builder, Hash, TileWrite, TreeError, empty_root, leaf_hash};

use super::backend::Conn;
use super::error::StoreError;
use super::rows::ledger::{self, CheckpointRow, DatabaseTiles, EntryRow, LATEST};

/// An entry that a closure entered; it has no position yet.
pub(in crate::store) struct Entered {
    draft: EntryDraft,
    at: Moment,
    body: Vec<u8>,
}

impl Entered {
    /// Encodes the draft at once, so that a bad one fails the closure that entered it.
    pub(in crate::store) fn new(draft: EntryDraft, at: Moment) -> Result<Self, StoreError> {
        let body = encode(&draft, at).map_err(|why| StoreError::BadEntry { why: why.to_string() })?;
        Ok(Self { draft, at, body })
    }

    /// What was entered.
    pub(in crate::store) fn draft(&self) -> &EntryDraft {
        &self.draft
    }

    /// The row at its place, and what was entered there.
    fn into_row(self, seq: u64, not_before: Moment) -> Result<(EntryRow, EntryDraft), StoreError> {
        // Another node may have entered something later meanwhile; time in the log never runs back.
        let Self { draft, at, body } =
            if self.at < not_before { Self::new(self.draft, not_before)? } else { self };
        Ok((EntryRow { seq, at, kind: draft.kind, subject: draft.subject.clone(), body }, draft))
    }
}

/// The end of the log as last seen.
pub(in crate::store) struct Tail {
    tree: Builder,
    root: Hash,
    last_at: Moment,
    latest: Option<CheckpointRow>,
}

impl Tail {
    /// Reads the end of the log and checks that checkpoint, tree and last entry belong together and
    /// that this archive's key signed them. Call it inside a transaction.
    pub(in crate::store) fn load(conn: &mut Conn, key: &LogKey) -> Result<Self, StoreError> {
        let latest = ledger::checkpoint(conn, LATEST)?;
        let last = ledger::last_entry(conn)?;
        let (latest, last) = match (latest, last) {
            (None, None) => {
                return Ok(Self {
                    tree: Builder::new(),
                    root: empty_root(),
                    last_at: Moment::from_micros(0),
                    latest: None,
                });
            }
            (Some(latest), Some(last)) => (latest, last),
            (None, Some(_)) => return broken("there are entries, but no checkpoint"),
            (Some(_), None) => return broken("there is a checkpoint, but no entry"),
        };
        let signed = open_note(&latest, key)?;
        if last.seq.checked_add(1) != Some(signed.size) || latest.size != signed.size {
            return broken("the checkpoint is over another number of entries than there are");
        }
        let tree = Builder::resume(&DatabaseTiles::new(conn), signed.size).map_err(from_tree)?;
        if tree.root() != signed.root {
            return broken("the tree's root is not the one that was signed");
        }
        if last_leaf(conn, last.seq)? != Some(leaf_hash(&last.body)) {
            return broken("the last entry is not the one in the tree");
        }
        Ok(Self { tree, root: signed.root, last_at: last.at, latest: Some(latest) })
    }

    /// True if nobody has appended anything since this was read.
    pub(in crate::store) fn is_current(&self, conn: &mut Conn) -> Result<bool, StoreError> {
        Ok(ledger::checkpoint(conn, LATEST)? == self.latest)
    }

    /// The earliest instant that a further entry may have.
    pub(in crate::store) fn last_at(&self) -> Moment {
        self.last_at
    }

    /// The root over all entries so far.
    pub(in crate::store) fn root(&self) -> Hash {
        self.root
    }

    /// Entries so far.
    pub(in crate::store) fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Appends the entries, stores the tiles and the signed checkpoint; gives back what was entered, in its
    /// order. After an error, and if the transaction is not committed, this is no longer the end of the
    /// log: load it anew.
    pub(in crate::store) fn append(
        &mut self,
        conn: &mut Conn,
        key: &LogKey,
        entered: Vec<Entered>,
    ) -> Result<Vec<EntryDraft>, StoreError> {
        let before = self.tree.size();
        let mut rows = Vec::with_capacity(entered.len());
        let mut drafts = Vec::with_capacity(entered.len());
        let mut tiles: Vec<TileWrite> = Vec::new();
        for entry in entered {
            let (row, draft) = entry.into_row(self.tree.size(), self.last_at)?;
            self.end_day(conn, key, row.at)?;
            self.last_at = row.at;
            tiles.extend(self.tree.push(leaf_hash(&row.body)));
            rows.push(row);
            drafts.push(draft);
        }
        let after = self.tree.size();
        let grown = |level: u8| after >> (8 * u32::from(level)) != before >> (8 * u32::from(level));
        tiles.extend(self.tree.edge_tiles().into_iter().filter(|tile| grown(tile.level)));
        ledger::insert_entries(conn, &rows)?;
        ledger::put_tiles(conn, &tiles)?;
        self.sign(conn, key)?;
        Ok(drafts)
    }

    /// Keeps a checkpoint over exactly the entries of a day and those before it, if `next` is the
    /// instant of the first of a later day: `verify` misses one that was taken away.
    fn end_day(&self, conn: &mut Conn, key: &LogKey, next: Moment) -> Result<(), StoreError> {
        let (size, at) = (self.tree.size(), self.last_at);
        if size == 0 || CivilDate::of(at, Zone::UTC) == CivilDate::of(next, Zone::UTC) {
            return Ok(());
        }
        match &self.latest {
            Some(latest) if latest.size == size => ledger::keep_for_day(conn, latest),
            // The day ends among the entries of this group.
            Some(_) | None => {
                let note = checkpoint::sign(key, size, &self.tree.root());
                ledger::keep_for_day(conn, &CheckpointRow { slot: LATEST.to_owned(), size, at, note })
            }
        }
    }

    fn sign(&mut self, conn: &mut Conn, key: &LogKey) -> Result<(), StoreError> {
        let size = self.tree.size();
        let root = self.tree.root();
        let note = checkpoint::sign(key, size, &root);
        let next = CheckpointRow { slot: LATEST.to_owned(), size, at: self.last_at, note };
        if self.latest.as_ref().is_some_and(|last| last.size >= size) {
            return broken("a checkpoint over fewer entries was about to be signed");
        }
        if !ledger::swap_latest(conn, self.latest.as_ref(), &next)? {
            return broken("another writer advanced the checkpoint");
        }
        (self.latest, self.root) = (Some(next), root);
        Ok(())
    }
}

fn open_note(latest: &CheckpointRow, key: &LogKey) -> Result<Checkpoint, StoreError> {
    checkpoint::open(&latest.note, &key.vkey()).map_err(|error| match error {
        CheckpointError::OtherLog { .. } | CheckpointError::NotSigned => StoreError::OtherLogKey,
        other => StoreError::LedgerBroken { why: other.to_string() },
    })
}

/// The hash that the tree holds for the entry at `seq`, the last one.
fn last_leaf(conn: &mut Conn, seq: u64) -> Result<Option<Hash>, StoreError> {
    let tile = ledger::tile(conn, 0, seq >> 8)?;
    Ok(tile.as_deref().and_then(|hashes| hashes.last_chunk::<32>()).map(|hash| Hash::from_bytes(*hash)))
}

fn from_tree(error: TreeError<StoreError>) -> StoreError {
    match error {
        TreeError::Source(error) => error,
        other => StoreError::LedgerBroken { why: other.to_string() },
    }
}

fn broken<T>(why: &str) -> Result<T, StoreError> {
    Err(StoreError::LedgerBroken { why: why.to_owned() })
}
