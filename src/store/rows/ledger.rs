//! The ledger's entries, tiles and checkpoints. Only the writer adds to them.

use std::cell::RefCell;

use diesel::prelude::*;

use super::column::Column;
use super::row::{Row, all, one, row};
use super::statements::{count, must_ascend};
use crate::base::civil::{CivilDate, Zone};
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::ledger::tree::{TileSource, TileWrite};
use crate::store::StoreError;
use crate::store::backend::{Conn, each};
use crate::store::schema::{ledger_checkpoints, ledger_entries, ledger_tiles};

row! {
    /// An entry at its place in the log.
    EntryRow as RawEntry in ledger_entries by (seq) {
        /// Position, from 0.
        seq: u64,
        /// When it was entered.
        at: Moment,
        /// What happened.
        kind: EntryKind,
        /// The opaque id of what it happened to.
        subject: String,
        /// The entry's bytes, which the tree's leaf is made of.
        body: Vec<u8>,
    }
}

row! {
    /// A signed checkpoint.
    CheckpointRow as RawCheckpoint in ledger_checkpoints by (slot) {
        /// `latest`, or `day:YYYY-MM-DD` for the last of that day (UTC).
        slot: String,
        /// Entries of the tree.
        size: u64,
        /// When it was signed.
        at: Moment,
        /// The signed note.
        note: String,
    }
}

/// The slot of the newest checkpoint.
pub const LATEST: &str = "latest";

/// The entry at `seq`.
pub fn entry(conn: &mut Conn, seq: u64) -> Result<Option<EntryRow>, StoreError> {
    let found = each!(conn, c => ledger_entries::table
        .find(seq.to_raw())
        .select(RawEntry::as_select())
        .first(c)
        .optional())?;
    one(found)
}

/// The bytes of the entry at `seq`, whatever stands beside them.
pub fn body(conn: &mut Conn, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let found = each!(conn, c => ledger_entries::table
        .find(seq.to_raw())
        .select(ledger_entries::body)
        .first(c)
        .optional())?;
    Ok(found)
}

/// The last entry.
pub fn last_entry(conn: &mut Conn) -> Result<Option<EntryRow>, StoreError> {
    let found = each!(conn, c => ledger_entries::table
        .order(ledger_entries::seq.desc())
        .select(RawEntry::as_select())
        .first(c)
        .optional())?;
    one(found)
}

/// Entries from `seq` upwards, at most `limit`.
pub fn entries_from(conn: &mut Conn, seq: u64, limit: u32) -> Result<Vec<EntryRow>, StoreError> {
    let found: Vec<RawEntry> = each!(conn, c => ledger_entries::table
        .filter(ledger_entries::seq.ge(seq.to_raw()))
        .order(ledger_entries::seq)
        .limit(i64::from(limit))
        .select(RawEntry::as_select())
        .load(c))?;
    if let Some(last) = found.last() {
        must_ascend(conn, "ledger_entries", Some(&seq.to_raw().saturating_sub(1)), &last.seq)?;
    }
    all(found)
}

/// What a page of entries is about, newest first.
#[derive(Debug, Clone, Copy, Default)]
pub struct EntryFilter<'a> {
    /// Only entries about this id.
    pub subject: Option<&'a str>,
    /// Only entries of this kind.
    pub kind: Option<EntryKind>,
    /// Only entries before this position.
    pub before_seq: Option<u64>,
}

/// Entries newest first, at most `limit`.
pub fn page(conn: &mut Conn, filter: EntryFilter<'_>, limit: u32) -> Result<Vec<EntryRow>, StoreError> {
    let mut query = ledger_entries::table.select(RawEntry::as_select()).into_boxed();
    if let Some(subject) = filter.subject {
        query = query.filter(ledger_entries::subject.eq(subject.to_owned()));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(ledger_entries::kind.eq(kind.as_str()));
    }
    if let Some(seq) = filter.before_seq {
        query = query.filter(ledger_entries::seq.lt(seq.to_raw()));
    }
    all(query.order(ledger_entries::seq.desc()).limit(i64::from(limit)).load(conn)?)
}

/// Every entry about `subject`, oldest first.
pub fn about(conn: &mut Conn, subject: &str) -> Result<Vec<EntryRow>, StoreError> {
    let found = each!(conn, c => ledger_entries::table
        .filter(ledger_entries::subject.eq(subject))
        .order(ledger_entries::seq)
        .select(RawEntry::as_select())
        .load(c))?;
    all(found)
}

/// The entries that captured `subject` and its versions, oldest first.
pub fn captures_of(conn: &mut Conn, subject: &str) -> Result<Vec<EntryRow>, StoreError> {
    let kinds = [EntryKind::Captured, EntryKind::Amended, EntryKind::SegmentCaptured].map(EntryKind::as_str);
    let found = each!(conn, c => ledger_entries::table
        .filter(ledger_entries::subject.eq(subject))
        .filter(ledger_entries::kind.eq_any(kinds))
        .order(ledger_entries::seq)
        .select(RawEntry::as_select())
        .load(c))?;
    all(found)
}

/// The entry that captured the first version of `subject`.
pub fn first_capture_of(conn: &mut Conn, subject: &str) -> Result<Option<EntryRow>, StoreError> {
    let kinds = [EntryKind::Captured, EntryKind::SegmentCaptured].map(EntryKind::as_str);
    let found = each!(conn, c => ledger_entries::table
        .filter(ledger_entries::subject.eq(subject))
        .filter(ledger_entries::kind.eq_any(kinds))
        .order(ledger_entries::seq)
        .select(RawEntry::as_select())
        .first(c)
        .optional())?;
    one(found)
}

/// The first entry about `subject`.
pub fn first_about(conn: &mut Conn, subject: &str) -> Result<Option<EntryRow>, StoreError> {
    let found = each!(conn, c => ledger_entries::table
        .filter(ledger_entries::subject.eq(subject))
        .order(ledger_entries::seq)
        .select(RawEntry::as_select())
        .first(c)
        .optional())?;
    one(found)
}

/// At most `limit` entries about a subject, the newest first, of those before `below`.
pub fn about_before(
    conn: &mut Conn,
    subject: &str,
    below: u64,
    limit: u32,
) -> Result<Vec<EntryRow>, StoreError> {
    let below = i64::try_from(below).unwrap_or(i64::MAX);
    let found = each!(conn, c => ledger_entries::table
        .filter(ledger_entries::subject.eq(subject))
        .filter(ledger_entries::seq.lt(below))
        .order(ledger_entries::seq.desc())
        .limit(i64::from(limit))
        .select(RawEntry::as_select())
        .load(c))?;
    all(found)
}

/// How many entries there are.
pub fn count(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, ledger_entries::table)
}

/// Shows every entry from `seq` up to but not including `end`, in order; a corrupt row is shown as an
/// error and does not stop the reading.
pub fn scan<E: From<StoreError>>(
    conn: &mut Conn,
    seqs: std::ops::Range<u64>,
    show: &mut dyn FnMut(Result<EntryRow, StoreError>) -> Result<(), E>,
) -> Result<(), E> {
    const BATCH: i64 = 1000;
    let mut next = seqs.start.to_raw();
    loop {
        let batch: Vec<RawEntry> = each!(conn, c => ledger_entries::table
            .filter(ledger_entries::seq.ge(next).and(ledger_entries::seq.lt(seqs.end.to_raw())))
            .order(ledger_entries::seq)
            .limit(BATCH)
            .select(RawEntry::as_select())
            .load(c))
        .map_err(StoreError::from)?;
        match batch.last() {
            Some(last) => {
                must_ascend(conn, "ledger_entries", Some(&next.saturating_sub(1)), &last.seq)?;
                next = last.seq.saturating_add(1);
            }
            None => return Ok(()),
        }
        for raw in batch {
            show(EntryRow::from_raw(raw))?;
        }
    }
}

/// The checkpoint in `slot`.
pub fn checkpoint(conn: &mut Conn, slot: &str) -> Result<Option<CheckpointRow>, StoreError> {
    let found = each!(conn, c => ledger_checkpoints::table
        .find(slot)
        .select(RawCheckpoint::as_select())
        .first(c)
        .optional())?;
    one(found)
}

/// The newest checkpoint; `None` before the first entry.
pub fn latest_checkpoint(conn: &mut Conn) -> Result<Option<CheckpointRow>, StoreError> {
    checkpoint(conn, LATEST)
}

/// Every checkpoint: the newest, and the last of each day, oldest day first.
pub fn checkpoints(conn: &mut Conn) -> Result<Vec<CheckpointRow>, StoreError> {
    let found = each!(conn, c => ledger_checkpoints::table
        .order(ledger_checkpoints::size)
        .select(RawCheckpoint::as_select())
        .load(c))?;
    all(found)
}

/// The stored hashes of one tile.
pub fn tile(conn: &mut Conn, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(each!(conn, c => ledger_tiles::table
        .find((i64::from(level), index.to_raw()))
        .select(ledger_tiles::hashes)
        .first(c)
        .optional())?)
}

/// How many entries of a kind were made from an instant on and before another.
pub fn count_between(
    conn: &mut Conn,
    kind: EntryKind,
    (from, before): (Moment, Moment),
) -> Result<u64, StoreError> {
    count!(
        conn,
        ledger_entries::table
            .filter(ledger_entries::kind.eq(kind.as_str()))
            .filter(ledger_entries::at.ge(from.to_raw()))
            .filter(ledger_entries::at.lt(before.to_raw()))
    )
}

/// How many tiles are stored; `verify` compares it with how many the tree has.
pub fn count_tiles(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, ledger_tiles::table)
}

/// The database as a source of tiles, for proofs.
pub struct DatabaseTiles<'c>(RefCell<&'c mut Conn>);

impl<'c> DatabaseTiles<'c> {
    /// Reads through this connection.
    pub fn new(conn: &'c mut Conn) -> Self {
        Self(RefCell::new(conn))
    }
}

impl TileSource for DatabaseTiles<'_> {
    type Error = StoreError;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        tile(&mut self.0.borrow_mut(), level, index)
    }
}

/// Adds entries at the end of the log.
pub(in crate::store) fn insert_entries(conn: &mut Conn, rows: &[EntryRow]) -> Result<(), StoreError> {
    match conn {
        // One prepared statement, used again and again, beats one long statement parsed each time.
        Conn::Sqlite(c) => {
            for row in rows {
                diesel::insert_into(ledger_entries::table).values(&row.to_raw()).execute(c)?;
            }
        }
        // Here a round trip costs more than the parsing. A statement takes 65 535 values at most.
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => {
            for chunk in rows.chunks(1000) {
                let raw: Vec<RawEntry> = chunk.iter().map(Row::to_raw).collect();
                diesel::insert_into(ledger_entries::table).values(&raw).execute(c)?;
            }
        }
    }
    Ok(())
}

/// Stores tiles, each in place of a narrower one.
pub(in crate::store) fn put_tiles(conn: &mut Conn, tiles: &[TileWrite]) -> Result<(), StoreError> {
    for tile in tiles {
        let values = (
            ledger_tiles::level.eq(i64::from(tile.level)),
            ledger_tiles::tile.eq(tile.index.to_raw()),
            ledger_tiles::hashes.eq(tile.hashes.as_slice()),
        );
        each!(conn, c => diesel::insert_into(ledger_tiles::table)
            .values(values)
            .on_conflict((ledger_tiles::level, ledger_tiles::tile))
            .do_update()
            .set(ledger_tiles::hashes.eq(diesel::upsert::excluded(ledger_tiles::hashes)))
            .execute(c))?;
    }
    Ok(())
}

/// Puts `next` in place of the checkpoint over `previous`; false if another one stands there by now.
pub(in crate::store) fn swap_latest(
    conn: &mut Conn,
    previous: Option<&CheckpointRow>,
    next: &CheckpointRow,
) -> Result<bool, StoreError> {
    let Some(previous) = previous else {
        let rows = each!(conn, c => diesel::insert_into(ledger_checkpoints::table)
            .values(&next.to_raw())
            .on_conflict_do_nothing()
            .execute(c))?;
        return Ok(rows == 1);
    };
    let values = (
        ledger_checkpoints::size.eq(next.size.to_raw()),
        ledger_checkpoints::at.eq(next.at.to_raw()),
        ledger_checkpoints::note.eq(next.note.as_str()),
    );
    let rows = each!(conn, c => diesel::update(ledger_checkpoints::table)
        .filter(ledger_checkpoints::slot.eq(LATEST))
        .filter(ledger_checkpoints::size.eq(previous.size.to_raw()))
        .set(values)
        .execute(c))?;
    Ok(rows == 1)
}

/// Keeps `last` as the last checkpoint of its day.
pub(in crate::store) fn keep_for_day(conn: &mut Conn, last: &CheckpointRow) -> Result<(), StoreError> {
    let mut kept = last.to_raw();
    let day = CivilDate::of(last.at, Zone::UTC)
        .map_err(|why| StoreError::BadEntry { why: format!("the clock shows no usable date: {why}") })?;
    kept.slot = format!("day:{day}");
    each!(conn, c => diesel::insert_into(ledger_checkpoints::table)
        .values(&kept)
        .on_conflict(ledger_checkpoints::slot)
        .do_update()
        .set((
            ledger_checkpoints::size.eq(diesel::upsert::excluded(ledger_checkpoints::size)),
            ledger_checkpoints::at.eq(diesel::upsert::excluded(ledger_checkpoints::at)),
            ledger_checkpoints::note.eq(diesel::upsert::excluded(ledger_checkpoints::note)),
        ))
        .execute(c))?;
    Ok(())
}
