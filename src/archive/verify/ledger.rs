//! The ledger: checkpoint, tree and entries.

use std::collections::HashMap;

use crate::base::civil::{CivilDate, Zone};
use crate::base::moment::Moment;
use crate::ledger::checkpoint::{self, Checkpoint};
use crate::ledger::entry;
use crate::ledger::tree::{Builder, Hash, TileWrite, leaf_hash};
use crate::store::rows::ledger::{self, CheckpointRow, EntryRow, LATEST};
use crate::store::{Conn, StoreError};

use super::{Checks, FaultKind, Phase, Progress};
use crate::archive::refusal::Refusal;

/// A checkpoint that was kept elsewhere, as faults name it.
const KEPT: &str = "kept_checkpoint";
/// Entries between two reports of progress.
const PROGRESS_EVERY: u64 = 1_000;

/// Checks checkpoint, tree and entries; gives the number of entries that are signed for.
/// `kept` is a checkpoint that was kept elsewhere.
pub(super) fn check(
    conn: &mut Conn,
    checks: &mut Checks<'_>,
    vkey: Option<&str>,
    kept: Option<&str>,
) -> Result<u64, Refusal> {
    let stored = ledger::count(conn)?;
    let Some(row) = ledger::latest_checkpoint(conn)? else {
        checks.report.add(FaultKind::CheckpointMissing, "latest", "no checkpoint is stored");
        return Ok(stored);
    };
    let Some(signed) = open_checkpoint(checks, &row, vkey) else { return Ok(stored) };
    checks.report.entries = signed.size;
    checks.report.root = signed.root.to_hex();
    let mut reading = Reading {
        builder: Builder::new(),
        expected: 0,
        last_at: None,
        finished: Vec::new(),
        stored: checkpoints_by_size(conn)?,
        days: Vec::new(),
        kept: open_kept(checks, kept, vkey),
    };
    if let Some(kept) = reading.kept.as_ref().filter(|kept| kept.size > signed.size) {
        let detail = format!("{} entries were signed for once, {} are now", kept.size, signed.size);
        checks.report.add(FaultKind::RolledBack, KEPT, detail);
    }
    for seq in (0..signed.size).step_by(usize::try_from(PROGRESS_EVERY).unwrap_or(1_000)) {
        let end = signed.size.min(seq + PROGRESS_EVERY);
        ledger::scan(conn, seq..end, &mut |row| {
            reading.take(checks, row);
            Ok::<_, Refusal>(())
        })?;
        reading.missing_until(checks, end);
        for tile in std::mem::take(&mut reading.finished) {
            compare_tile(conn, checks, &tile)?;
        }
        (checks.progress)(Progress { phase: Phase::Entries, done: end, total: signed.size });
    }
    for tile in reading.builder.edge_tiles() {
        compare_tile(conn, checks, &tile)?;
    }
    if reading.builder.root() != signed.root {
        checks.report.add(
            FaultKind::TreeDiffers,
            "root",
            format!(
                "the entries have the root {}, signed was {}",
                reading.builder.root().to_hex(),
                signed.root.to_hex()
            ),
        );
    }
    let (tiles, kept) = (tiles_of(signed.size), ledger::count_tiles(conn)?);
    if tiles != kept {
        let detail = format!("{kept} tiles are stored, the tree has {tiles}");
        checks.report.add(FaultKind::TileDiffers, "ledger_tiles", detail);
    }
    if stored > signed.size {
        checks.report.add(
            FaultKind::EntryUnsigned,
            signed.size.to_string(),
            format!("{stored} entries are stored, {} are signed for", signed.size),
        );
    }
    checks.report.newest_at = reading.last_at;
    older_checkpoints(conn, checks, vkey, signed.size)?;
    days_end(conn, checks, &reading.days)?;
    Ok(signed.size)
}

/// Tiles of a tree over `size` entries, of every level.
fn tiles_of(size: u64) -> u64 {
    std::iter::successors(Some(size), |nodes| Some(nodes >> 8))
        .take_while(|nodes| *nodes > 0)
        .map(|nodes| nodes.div_ceil(256))
        .sum()
}

fn open_checkpoint(checks: &mut Checks<'_>, row: &CheckpointRow, vkey: Option<&str>) -> Option<Checkpoint> {
    let opened = match vkey {
        Some(vkey) => checkpoint::open(&row.note, vkey),
        None => checkpoint::parse(&row.note),
    };
    match opened {
        Ok(signed) if signed.size == row.size => Some(signed),
        Ok(signed) => {
            let detail = format!("the note is over {} entries, the row says {}", signed.size, row.size);
            checks.report.add(FaultKind::CheckpointForged, &row.slot, detail);
            Some(signed)
        }
        Err(error) => {
            checks.report.add(FaultKind::CheckpointForged, &row.slot, error.to_string());
            None
        }
    }
}

/// The checkpoint that was kept elsewhere, if there is one and it is the log's.
fn open_kept(checks: &mut Checks<'_>, note: Option<&str>, vkey: Option<&str>) -> Option<Checkpoint> {
    let opened = match vkey {
        Some(vkey) => checkpoint::open(note?, vkey),
        None => checkpoint::parse(note?),
    };
    match opened {
        Ok(kept) => {
            checks.report.kept = Some(kept.size);
            Some(kept)
        }
        Err(error) => {
            checks.report.add(FaultKind::CheckpointForged, KEPT, error.to_string());
            None
        }
    }
}

/// Every checkpoint that was kept must be signed, and none may be over more than the newest.
fn older_checkpoints(
    conn: &mut Conn,
    checks: &mut Checks<'_>,
    vkey: Option<&str>,
    size: u64,
) -> Result<(), Refusal> {
    for row in ledger::checkpoints(conn)? {
        let last = row.size.checked_sub(1).map(|seq| ledger::entry(conn, seq)).transpose()?.flatten();
        if last.is_some_and(|last| last.at != row.at) {
            let detail = "it bears another instant than the last entry that it is over";
            checks.report.add(FaultKind::CheckpointForged, &row.slot, detail);
        }
        if row.slot != LATEST && Some(&row.slot) != slot_of(row.at).as_ref() {
            checks.report.add(FaultKind::CheckpointForged, &row.slot, "it is kept for another day");
        }
        if let Some(signed) = open_checkpoint(checks, &row, vkey)
            && signed.size > size
        {
            let detail = format!("{} entries were signed for once, {size} are now", signed.size);
            checks.report.add(FaultKind::CheckpointForged, &row.slot, detail);
        }
    }
    Ok(())
}

/// The roots of the stored checkpoints, each with its slot, by the entries that they are over.
fn checkpoints_by_size(conn: &mut Conn) -> Result<HashMap<u64, Vec<(String, Hash)>>, Refusal> {
    let mut stored: HashMap<u64, Vec<(String, Hash)>> = HashMap::new();
    for row in ledger::checkpoints(conn)? {
        // What is no checkpoint is named when each is looked at by itself.
        if let Ok(signed) = checkpoint::parse(&row.note) {
            stored.entry(signed.size).or_default().push((row.slot, signed.root));
        }
    }
    Ok(stored)
}

/// For every day that has ended, the checkpoint over the entries until then must be there.
fn days_end(conn: &mut Conn, checks: &mut Checks<'_>, days: &[(String, u64)]) -> Result<(), Refusal> {
    let mut kept: HashMap<String, u64> =
        ledger::checkpoints(conn)?.into_iter().map(|row| (row.slot, row.size)).collect();
    for (slot, size) in days {
        match kept.remove(slot) {
            None => {
                let detail = format!("the checkpoint over the first {size} entries is not there");
                checks.report.add(FaultKind::CheckpointMissing, slot, detail);
            }
            Some(found) if found != *size => {
                let detail = format!("it is over {found} entries; the day ended after {size}");
                checks.report.add(FaultKind::CheckpointForged, slot, detail);
            }
            Some(_) => {}
        }
    }
    kept.remove(LATEST);
    for slot in kept.into_keys() {
        checks.report.add(FaultKind::CheckpointForged, slot, "no day of the ledger ended so");
    }
    Ok(())
}

fn slot_of(at: Moment) -> Option<String> {
    CivilDate::of(at, Zone::UTC).ok().map(|day| format!("day:{day}"))
}

/// Entries as they are read, in order.
struct Reading {
    builder: Builder,
    expected: u64,
    last_at: Option<Moment>,
    finished: Vec<TileWrite>,
    /// The roots that were signed over so many entries.
    stored: HashMap<u64, Vec<(String, Hash)>>,
    /// Every day that ended, with the entries until then.
    days: Vec<(String, u64)>,
    /// A checkpoint that was kept elsewhere.
    kept: Option<Checkpoint>,
}

impl Reading {
    fn take(&mut self, checks: &mut Checks<'_>, row: Result<EntryRow, StoreError>) {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                // Counted as missing when its place is passed.
                checks.report.add(FaultKind::RowCorrupt, "ledger_entries", error.to_string());
                return;
            }
        };
        self.missing_until(checks, row.seq);
        self.finished.extend(self.builder.push(leaf_hash(&row.body)));
        self.expected = row.seq + 1;
        if let Some(kept) = self.kept.as_ref().filter(|kept| kept.size == self.expected)
            && kept.root != self.builder.root()
        {
            let detail = format!("the first {} entries are not those that were signed for once", kept.size);
            checks.report.add(FaultKind::RolledBack, KEPT, detail);
        }
        for (slot, root) in self.stored.get(&self.expected).into_iter().flatten() {
            if *root != self.builder.root() {
                let detail = format!("it is not over the first {} entries", self.expected);
                checks.report.add(FaultKind::CheckpointForged, slot, detail);
            }
        }
        match entry::decode(&row.body) {
            Ok(entry) => {
                if let Some(last) = self.last_at
                    && let (Some(ended), Some(begun)) = (slot_of(last), slot_of(entry.at))
                    && ended != begun
                {
                    self.days.push((ended, row.seq));
                }
                if entry.kind != row.kind || entry.subject != row.subject || entry.at != row.at {
                    let detail = "kind, subject or instant beside the entry differ from it";
                    checks.report.add(FaultKind::EntryColumns, row.seq.to_string(), detail);
                }
                if self.last_at.is_some_and(|last| entry.at < last) {
                    let detail = "earlier than the entry before it";
                    checks.report.add(FaultKind::EntryMalformed, row.seq.to_string(), detail);
                }
                self.last_at = Some(entry.at);
            }
            Err(error) => {
                checks.report.add(FaultKind::EntryMalformed, row.seq.to_string(), error.to_string());
            }
        }
    }

    /// Names the entries before `seq` that did not come; their places in the tree stay wrong.
    fn missing_until(&mut self, checks: &mut Checks<'_>, seq: u64) {
        while self.expected < seq {
            checks.report.add(FaultKind::EntryMissing, self.expected.to_string(), "no such row");
            self.finished.extend(self.builder.push(leaf_hash(&[])));
            self.expected += 1;
        }
    }
}

/// Compares a tile with the stored one; in the lowest level each hash stands for one entry, which is named.
fn compare_tile(conn: &mut Conn, checks: &mut Checks<'_>, tile: &TileWrite) -> Result<(), Refusal> {
    let name = format!("{}/{}", tile.level, tile.index);
    let Some(stored) = ledger::tile(conn, tile.level, tile.index)? else {
        checks.report.add(FaultKind::TileDiffers, name, "the tile is not stored");
        return Ok(());
    };
    if stored == tile.hashes {
        return Ok(());
    }
    if tile.level == 0 {
        let pairs = tile.hashes.chunks(32).zip(stored.chunks(32)).enumerate();
        for (place, _) in pairs.filter(|(_, (made, kept))| made != kept) {
            let seq = tile.index * 256 + place as u64;
            let detail = "its hash is not the one in the stored tile";
            checks.report.add(FaultKind::EntryChanged, seq.to_string(), detail);
        }
    }
    checks.report.add(FaultKind::TileDiffers, name, "the stored tile is not the one that the entries give");
    Ok(())
}
