//! Seals a record for its destruction: what opens it is wrapped for the recovery recipient alone, and its words leave
//! the indexes. With the recovery identity two persons can undo it, as long as its key is not destroyed.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::archive::acting::Warrant;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cells::{self as sealing, ESCROW, FACTS};
use crate::archive::detection::Looked;
use crate::archive::indexing::{Documents, Mark, take_block};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner, rows};
use crate::base::canonical;
use crate::base::digest::{Digest, to_hex};
use crate::base::id::{DispositionId, RecordId};
use crate::base::secret::SecretBytes;
use crate::ledger::entry::EntryKind;
use crate::record::state::RecordState;
use crate::seal::{Keyring, whole};
use crate::store::Conn;
use crate::store::rows::cells::{self, CellRow};
use crate::store::rows::index::{self, Domain, IndexRow};
use crate::store::rows::records::{self, RecordRow};
use crate::store::rows::{detections, idempotency, retention, versions};

use super::enter::OfRecord;
use super::execute::{Fate, fate_of, stop};
use super::list::Item;
use crate::archive::disposition::copies::WITH;
use crate::archive::disposition::gate::{Answer, Going, Phase, may_go};

/// What is known of a record before it is sealed: by its words what stands in the indexes can be named.
struct Readable {
    words: Vec<(IndexRow, Documents)>,
    looked: Looked,
    cells: Vec<CellRow>,
}

impl Readable {
    fn read(inner: &Inner, conn: &mut Conn, record: &RecordRow) -> Result<Self, Refusal> {
        Ok(Self {
            words: inner.indexing.blocks(conn, record)?,
            looked: inner.detection.standing(conn, record)?,
            cells: cells::of_owner(conn, &record.id.to_string())?,
        })
    }

    /// False if something changed since it was read.
    fn is_as_read(&self, conn: &mut Conn, record: &RecordRow) -> Result<bool, Refusal> {
        let blocks = index::of_record(conn, record.id, Domain::Content)?;
        let read: Vec<&IndexRow> = self.words.iter().map(|(block, _)| block).collect();
        let cells = cells::of_owner(conn, &record.id.to_string())?;
        Ok(read == blocks.iter().collect::<Vec<_>>() && cells == self.cells)
    }
}

impl Archive {
    pub(super) fn seal_one(
        &self,
        (caller, may): (&Caller, &Warrant),
        id: DispositionId,
        (number, item): (usize, &Item),
    ) -> Result<Fate, Refusal> {
        let inner = &self.inner;
        let read = match inner.store.read(|conn| readable(inner, conn, id, item))? {
            Ok(read) => read,
            // Another process was faster, or another disposition.
            Err(fate) => return Ok(fate),
        };
        let (shared, wanted) = (Arc::clone(inner), item);
        let item = wanted.clone();
        let written = inner.write_as(caller, may.clone(), move |tx, caller| {
            let inner = &shared;
            let batch = inner.batch_in(tx, id)?;
            if inner.is_replacing_keys() {
                // What is sealed for the recovery key must be for the one that stays.
                return Err(Refusal::KeysBusy);
            }
            let own = id.to_string();
            let is_own =
                |facts: &Map<String, Value>| facts.get("batch").and_then(Value::as_str) == Some(&own);
            if inner.disposed_in(tx, item.record)?.is_some_and(|(_, facts)| is_own(&facts)) {
                // It left since it was asked, or another process sealed it.
                return Err(Refusal::Stopped);
            }
            let record = records::get(tx.conn(), item.record)?.ok_or(Refusal::Damaged(Thing::Record))?;
            let leave = match may_go((inner, tx), (&record, &item), &batch, Phase::Seal)? {
                Answer::Leave(leave) => leave,
                Answer::Stopped(why) => {
                    stop((inner, tx), caller.actor(), (id, number, &item), ("evicted", &why))?;
                    return Ok(Fate::Left);
                }
            };
            for going in &leave.going {
                let record = &going.record;
                let read = read.get(&record.id).ok_or(Refusal::Stale)?;
                if !read.is_as_read(tx.conn(), record)? {
                    return Err(Refusal::Stale);
                }
                let (rows, kept) = close(inner, &inner.keys(), tx.conn(), (going, read))?;
                let mut facts = json!({
                    "facts": kept.to_hex(),
                    "item": number,
                    "looked": going.looked,
                    "version": record.version,
                });
                say_with(&mut facts, &item, record.id);
                let kind = EntryKind::RecordSealed;
                let entry = OfRecord { batch: id, record: record.id, kind, facts, rows: &rows };
                entry.enter(inner, tx, caller.actor())?;
            }
            Ok(Fate::Sealed)
        });
        match written.map_err(Refusal::from) {
            Ok(written) => Ok(written.value),
            Err(Refusal::Stopped) => self.fate_now(id, wanted),
            Err(other) => Err(other),
        }
    }
}

/// What can be read of a record and its copies, or what became of the record if nothing can be.
fn readable(
    inner: &Inner,
    conn: &mut Conn,
    batch: DispositionId,
    item: &Item,
) -> Result<Result<HashMap<RecordId, Readable>, Fate>, Refusal> {
    let row = records::get(conn, item.record)?.ok_or(Refusal::Damaged(Thing::Record))?;
    let ledger = inner.ledgered(conn)?;
    if !rows::is_openable(&row) {
        return match fate_of(&ledger, conn, batch, item)? {
            Fate::Waits => Err(Refusal::WrongState),
            fate => Ok(Err(fate)),
        };
    }
    let mut read = HashMap::from([(row.id, Readable::read(inner, conn, &row)?)]);
    for copy in ledger.made_of(conn, row.id)? {
        let row = records::get(conn, copy)?.ok_or(Refusal::Damaged(Thing::Record))?;
        if rows::is_openable(&row) {
            read.insert(copy, Readable::read(inner, conn, &row)?);
        }
    }
    Ok(Ok(read))
}

/// An entry about a copy names the record with which it goes.
pub(super) fn say_with(facts: &mut Value, item: &Item, record: RecordId) {
    if let Some(facts) = facts.as_object_mut().filter(|_| record != item.record) {
        facts.insert(WITH.to_owned(), Value::from(item.record.to_string()));
    }
}

/// Closes a record; gives what the entry has to vouch for, and the commitment to what is kept for the judge.
fn close(
    inner: &Inner,
    keys: &Keyring,
    conn: &mut Conn,
    (going, read): (&Going, &Readable),
) -> Result<(Vec<Bound>, Digest), Refusal> {
    let record = &going.record;
    let (id, owner) = (record.id, record.id.to_string());
    for (block, documents) in &read.words {
        take_block(conn, block, documents)?;
    }
    if !read.looked.leave_all(conn)? {
        return Err(Refusal::Stale);
    }
    detections::forget(conn, id)?;
    for version in versions::of_record(conn, id)? {
        let place = (id, version.version);
        index::mark(
            conn,
            Domain::Content,
            place,
            Some(&Mark::Gone.to_text(crate::archive::indexing::ENGINE)),
        )?;
        let engine = crate::archive::detection::engine();
        index::mark(conn, Domain::Subject, place, Some(&Mark::Gone.to_text(&engine)))?;
    }
    // Dates and keys by which the judge knows it, and the digest of the request that brought it in.
    retention::forget(conn, id)?;
    idempotency::delete_of_record(conn, id)?;
    let escrow = escrow_of(inner, keys, &read.cells)?;
    let escrow = sealing::seal(inner, keys, &owner, ESCROW, &SecretBytes::new(escrow), 0)?;
    let kept = going.kept.as_ref().ok_or(Refusal::WrongState)?;
    let kept = json!({"facts": to_hex(kept.expose())});
    let facts = sealing::seal_profile(inner, keys, &owner, FACTS, &kept)?;
    let mut rows: Vec<Bound> = read.cells.iter().map(|cell| Bound::cell(&owner, &cell.part)).collect();
    cells::delete_owner(conn, &owner)?;
    cells::insert(conn, &escrow)?;
    cells::insert(conn, &facts.row)?;
    rows.extend([Bound::cell(&owner, ESCROW), Bound::cell(&owner, FACTS)]);
    match records::bring(conn, id, RecordState::Active.as_str(), RecordState::Sealed.as_str())? {
        true => Ok((rows, facts.commitment)),
        false => Err(Refusal::Stale),
    }
}

/// What every cell of a record says, as an age file for the recovery recipient alone.
fn escrow_of(inner: &Inner, keys: &Keyring, cells: &[CellRow]) -> Result<Vec<u8>, Refusal> {
    let mut said = Vec::with_capacity(cells.len());
    for cell in cells {
        let plain = sealing::open(keys, cell, Thing::Record)?;
        let hex = Zeroizing::new(to_hex(plain.expose()));
        said.push(json!([cell.part, cell.generation, hex.as_str()]));
    }
    let plain = Zeroizing::new(canonical::to_bytes(&json!({"cells": said, "form": 1})));
    Ok(whole::seal(&plain, &[&keys.recipients.recovery], inner.entropy.as_ref())?)
}
