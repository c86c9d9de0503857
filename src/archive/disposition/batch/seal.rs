//! Seals a record for its destruction: what opens it is wrapped for the recovery recipient alone, and its words leave
//! the indexes. With the recovery identity two persons can undo it, as long as its key is not destroyed.

use std::sync::Arc;

use serde_json::json;
use zeroize::Zeroizing;

use crate::archive::acting::Warrant;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cells::{self as sealing, ESCROW, FACTS};
use crate::archive::detection::Looked;
use crate::archive::indexing::{Documents, Mark, take_block};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::canonical;
use crate::base::digest::{Digest, to_hex};
use crate::base::id::DispositionId;
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
use super::execute::{Fate, stop};
use super::list::Item;
use crate::archive::disposition::gate::{Answer, Leave, Phase, may_go};

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
        let read = inner.store.read(|conn| {
            let row = records::get(conn, item.record)?.ok_or(Refusal::Damaged(Thing::Record))?;
            match RecordState::from_row(&row.state).is_some_and(RecordState::is_openable) {
                true => Readable::read(inner, conn, &row),
                // Another process was faster, or another disposition: the ledger is asked anew.
                false => Err(Refusal::WrongState),
            }
        })?;
        let (shared, item) = (Arc::clone(inner), item.clone());
        let written = inner.write_as(caller, may.clone(), move |tx, caller| {
            let inner = &shared;
            let batch = inner.batch_in(tx, id)?;
            let record = records::get(tx.conn(), item.record)?.ok_or(Refusal::Damaged(Thing::Record))?;
            let leave = match may_go((inner, tx), (&record, &item), &batch, Phase::Seal)? {
                Answer::Leave(leave) => leave,
                Answer::Stopped(why) => {
                    stop((inner, tx), caller, (id, number, &item), ("evicted", &why))?;
                    return Ok(Fate::Left);
                }
            };
            if !read.is_as_read(tx.conn(), &record)? {
                return Err(Refusal::Stale);
            }
            let keys = inner.keys();
            let (rows, kept) = close(inner, &keys, tx.conn(), (&record, &read, &leave))?;
            let facts = json!({
                "facts": kept.to_hex(),
                "item": number,
                "looked": leave.looked,
                "version": item.version,
            });
            let kind = EntryKind::RecordSealed;
            let entry = OfRecord { batch: id, record: item.record, kind, facts, rows: &rows };
            entry.enter(inner, tx, caller.actor())?;
            Ok(Fate::Sealed)
        });
        Ok(written.map_err(Refusal::from)?.value)
    }
}

/// Closes a record; gives what the entry has to vouch for, and the commitment to what is kept for the judge.
fn close(
    inner: &Inner,
    keys: &Keyring,
    conn: &mut Conn,
    (record, read, leave): (&RecordRow, &Readable, &Leave),
) -> Result<(Vec<Bound>, Digest), Refusal> {
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
    let kept = leave.kept.as_ref().ok_or(Refusal::WrongState)?;
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
