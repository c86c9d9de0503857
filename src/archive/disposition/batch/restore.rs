//! Takes a sealed record back: it is asked for by a decision or because a hold stands, which stops its destruction
//! at once. It is read again once the recovery identity is there, which takes two persons at the machine.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::acting::Warrant;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cells::{self as sealing, ESCROW};
use crate::archive::holds::{Care, Over, Part};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner, rows};
use crate::base::digest::from_hex;
use crate::base::id::{DispositionId, HoldId, RecordId};
use crate::base::secret::SecretBytes;
use crate::ledger::entry::{Actor, EntryKind};
use crate::record::state::RecordState;
use crate::seal::{Keyring, SealedHeader, header, whole};
use crate::store::rows::cells::{self, CellRow};
use crate::store::rows::index::{self, Domain};
use crate::store::rows::records::{self, RecordRow};
use crate::store::rows::versions;
use crate::store::{Conn, Tx};

use super::decide::seen;
use super::enter::OfRecord;
use super::execute::{Fate, fate_of, fates, stop};
use super::list::ItemList;
use super::step::RESTORING;
use crate::archive::disposition::gate::UNAVAILABLE;

/// Records that are read at once.
const LOOKED_AT: usize = 500;

impl Archive {
    /// Decides that a sealed record is not destroyed: it leaves its disposition, and is read again after the next
    /// recovery of keys.
    ///
    /// # Errors
    /// Not permitted, or not there; [`Refusal::Erased`] once it is destroyed; [`Refusal::WrongState`] if it is not
    /// sealed by this disposition.
    pub fn restore_from_disposition(
        &self,
        caller: &Caller,
        id: DispositionId,
        record: RecordId,
    ) -> Result<(), Refusal> {
        let inner = &self.inner;
        let now = inner.now();
        let (batch, list, fates) = inner.store.read(|conn| {
            let ledger = inner.ledgered(conn)?;
            let found = ledger.batch(conn, id)?;
            let (_, batch) = seen(caller, found, now)?;
            let list = ItemList::open(inner, conn, &batch)?;
            let fates = fates(&ledger, conn, &batch, &list)?;
            Ok::<_, Refusal>((batch, list, fates))
        })?;
        let place = list.items.iter().position(|item| item.record == record);
        let number = place.ok_or(Refusal::NotFound(Thing::Record))?;
        match fates.get(number) {
            Some(Fate::Sealed) => {}
            Some(Fate::Shredded) => return Err(Refusal::Erased(Thing::Record)),
            _ => return Err(Refusal::WrongState),
        }
        let ask = (Action::Create, Resource::Disposition);
        let target = Target::of_user(batch.requested_by);
        let may: Warrant = caller.warrant(ask, Some(&target), Thing::Disposition, now)?;
        let (shared, item) = (Arc::clone(inner), list.items.get(number).cloned());
        let written = inner.write_as(caller, may, move |tx, caller| {
            let item = item.ok_or(Refusal::NotFound(Thing::Record))?;
            match shared.disposed_in(tx, item.record)? {
                Some((EntryKind::RecordSealed, _)) => {}
                Some((EntryKind::RecordShredded, _)) => return Err(Refusal::Erased(Thing::Record)),
                _ => return Err(Refusal::WrongState),
            }
            stop((&shared, tx), caller.actor(), (id, number, &item), (RESTORING, &["decided"]))
        });
        written.map(|_| ()).map_err(Refusal::from)
    }

    /// Takes what a hold names out of every disposition that is not over, at once: the gate would stop it anyway. What
    /// only a query finds leaves when the gate looks.
    pub(in crate::archive) fn evict_held(&self, hold: HoldId) {
        if let Err(error) = self.inner.evict_held(hold) {
            tracing::warn!(%error, "held records leave their dispositions when these are carried out");
        }
    }

    /// Reads every record again that is sealed and is not to be destroyed any more. The archive is open with the
    /// recovery identity.
    ///
    /// # Errors
    /// The ledger cannot be read, or keys or database refuse.
    pub(in crate::archive) fn restore_sealed(&self, actor: Actor) -> Result<u64, Refusal> {
        let inner = &self.inner;
        let waiting = inner.store.read(|conn| {
            let ledger = inner.ledgered(conn)?;
            let mut waiting = Vec::new();
            for id in ledger.heads().all_disposed() {
                let record = RecordId::from_bytes(id);
                let told = ledger.disposed(conn, record)?;
                let step =
                    told.as_ref().and_then(|told| told.entry.facts.get("step")).and_then(Value::as_str);
                if step == Some(RESTORING) {
                    waiting.push(record);
                }
            }
            Ok::<_, Refusal>(waiting)
        })?;
        let mut restored = 0;
        for record in waiting {
            let shared = Arc::clone(inner);
            let written = inner.store.write(move |tx| shared.restore_one(tx, record, actor));
            match written.map_err(Refusal::from) {
                Ok(_) => restored += 1,
                // One that is damaged must not keep all others from being recovered.
                Err(error @ (Refusal::Damaged(_) | Refusal::Seal(_))) => {
                    tracing::error!(%record, %error, "a sealed record cannot be read again: run muniment verify");
                }
                Err(other) => return Err(other),
            }
        }
        Ok(restored)
    }
}

impl Inner {
    fn evict_held(self: &Arc<Self>, hold: HoldId) -> Result<(), Refusal> {
        let register = self.holds_now()?;
        let mut held = Vec::new();
        self.store.read(|conn| {
            let ledger = self.ledgered(conn)?;
            let word = register.get(hold).map(Arc::clone);
            let over = Over::of(self, register.only(|one| word.as_ref().is_some_and(|word| **word == *one)));
            for id in ledger.heads().dispositions() {
                let Some((_, batch)) = ledger.batch(conn, DispositionId::from_bytes(id))? else { continue };
                if batch.state.is_over() {
                    continue;
                }
                let items = ItemList::open(self, conn, &batch)?.items;
                for (chunk, first) in items.chunks(LOOKED_AT).zip((0..).step_by(LOOKED_AT)) {
                    let ids: Vec<RecordId> = chunk.iter().map(|item| item.record).collect();
                    let found = records::get_many(conn, &ids)?;
                    let there: HashMap<RecordId, RecordRow> =
                        found.into_iter().map(|row| (row.id, row)).collect();
                    for (number, item) in (first..).zip(chunk) {
                        let Some(row) = there.get(&item.record) else { continue };
                        let (waited, step, standing) = if rows::is_openable(row) {
                            let standing = over.record(conn, &ledger, (row, Part::Whole), Care::ByName)?;
                            (Fate::Waits, "evicted", standing)
                        } else {
                            (
                                Fate::Sealed,
                                RESTORING,
                                over.closed_record(conn, &ledger, row, &BTreeSet::new())?,
                            )
                        };
                        if !standing.is_empty() && fate_of(&ledger, conn, batch.id, item)? == waited {
                            held.push((batch.id, number, item.clone(), step));
                        }
                    }
                }
            }
            Ok::<_, Refusal>(())
        })?;
        for (batch, number, item, step) in held {
            let inner = Arc::clone(self);
            let written = self.store.write(move |tx| {
                let newest = inner.disposed_in(tx, item.record)?;
                let is_final = newest.is_some_and(|(kind, _)| match step {
                    RESTORING => kind != EntryKind::RecordSealed,
                    _ => kind == EntryKind::RecordSealed || kind == EntryKind::RecordShredded,
                });
                // What was sealed or destroyed meanwhile went through the gate, which knew of the hold or came first.
                if is_final {
                    return Err(Refusal::Stopped);
                }
                let why: &[&str] = &[UNAVAILABLE];
                stop((&inner, tx), Actor::System, (batch, number, &item), (step, why))
            });
            match written.map_err(Refusal::from) {
                Ok(_) | Err(Refusal::Stopped) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    fn restore_one(&self, tx: &mut Tx<'_>, record: RecordId, actor: Actor) -> Result<(), Refusal> {
        let damaged = || Refusal::Damaged(Thing::Record);
        let (_, said) = self.disposed_in(tx, record)?.ok_or_else(damaged)?;
        let batch = said.get("batch").and_then(Value::as_str).and_then(|id| DispositionId::parse(id).ok());
        let item = said.get("item").cloned().unwrap_or(Value::Null);
        let keys = self.keys();
        let rows = self.open_escrow(&keys, tx.conn(), record)?;
        let facts = json!({"item": item, "step": "restored", "why": ["restored"]});
        let kind = EntryKind::DispositionStep;
        let entry = OfRecord { batch: batch.ok_or_else(damaged)?, record, kind, facts, rows: &rows };
        entry.enter(self, tx, actor)
    }

    /// Puts back what opens a record; gives what the entry has to vouch for.
    fn open_escrow(&self, keys: &Keyring, conn: &mut Conn, record: RecordId) -> Result<Vec<Bound>, Refusal> {
        let damaged = || Refusal::Damaged(Thing::Record);
        let owner = record.to_string();
        let before: Vec<CellRow> = cells::of_owner(conn, &owner)?;
        let escrow = before.iter().find(|cell| cell.part == ESCROW).ok_or_else(damaged)?;
        let file = sealing::open(keys, escrow, Thing::Record)?;
        let identity = keys.identity.as_ref().ok_or(Refusal::NoKey("recovery identity"))?;
        let plain = whole::open(file.expose(), identity)?;
        let said: Value = serde_json::from_slice(plain.expose()).map_err(|_| damaged())?;
        cells::delete_owner(conn, &owner)?;
        let mut rows: Vec<Bound> = before.iter().map(|cell| Bound::cell(&owner, &cell.part)).collect();
        for cell in said.get("cells").and_then(Value::as_array).ok_or_else(damaged)? {
            let part = cell.get(0).and_then(Value::as_str).ok_or_else(damaged)?;
            let generation = cell.get(1).and_then(Value::as_u64).ok_or_else(damaged)?;
            let bytes = cell.get(2).and_then(Value::as_str).and_then(from_hex).map(Zeroizing::new);
            let bytes = bytes.ok_or_else(damaged)?;
            // Headers were wrapped to the recipients of then: to those of now.
            let (plain, generation) = match generation {
                0 => (SecretBytes::new(bytes.to_vec()), 0),
                _ => {
                    let sealed = SealedHeader::parse(&bytes)?;
                    let file_key = keys.open_header(&sealed.header)?;
                    let header = header::write(&file_key, &keys.recipients, self.entropy.as_ref())?;
                    let wrapped = SealedHeader { commitment_key: sealed.commitment_key, header };
                    (wrapped.to_bytes(), keys.recipients.generation)
                }
            };
            cells::insert(conn, &sealing::seal(self, keys, &owner, part, &plain, generation)?)?;
            rows.push(Bound::cell(&owner, part));
        }
        for version in versions::of_record(conn, record)? {
            let place = (record, version.version);
            index::mark(conn, Domain::Content, place, None)?;
            index::mark(conn, Domain::Subject, place, None)?;
        }
        match records::bring(conn, record, RecordState::Sealed.as_str(), RecordState::Active.as_str())? {
            true => Ok(rows),
            false => Err(damaged()),
        }
    }
}
