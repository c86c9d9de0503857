//! Carries a disposition out: first every record is sealed, then every record is destroyed, each in a transaction of
//! its own. How far it has come is what the ledger says of each record, so that whoever goes on after a crash, here
//! or on another node, goes on just there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::acting::Warrant;
use crate::archive::caller::Caller;
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::id::DispositionId;
use crate::ledger::entry::{Actor, EntryKind};
use crate::store::rows::users::{self, UserState};
use crate::store::{Conn, Tx};

use super::decide::seen;
use super::enter::{self, OfRecord};
use super::list::{Item, ItemList};
use super::seal::say_with;
use super::step::{Batch, DispositionState, RESTORING, state_after};
use crate::archive::disposition::refusal::DispositionRefusal;

/// How often a record is tried again because something else was written at the same time.
const TRIES: usize = 50;

/// How far a disposition has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// Where it stands.
    pub state: DispositionState,
    /// Records that are done with in this phase, those that left it too.
    pub done: u64,
    /// Records that it was begun with.
    pub items: u64,
    /// Those that left it.
    pub left: u64,
    /// False while the database's own log may still hold what was destroyed, in sealed form.
    pub overwritten: bool,
}

/// What became of one record of a disposition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing yet.
    Waits,
    /// It is sealed.
    Sealed,
    /// It is sealed, and will be read again.
    Restoring,
    /// It left: it was stopped, or restored.
    Left,
    /// It is destroyed.
    Shredded,
}

impl Archive {
    /// Seals the records of an approved disposition, one after the other, for about so long: their keys are wrapped for
    /// the recovery recipient alone. To be called until the state is [`DispositionState::Sealed`].
    ///
    /// # Errors
    /// Not permitted, or not there; [`DispositionRefusal::CoolingOff`], [`DispositionRefusal::Witnesses`];
    /// [`Refusal::WrongState`]; [`Refusal::ClockBehind`]; keys or database refuse.
    pub fn seal_disposition(
        &self,
        caller: &Caller,
        id: DispositionId,
        longest: Duration,
    ) -> Result<Carried, Refusal> {
        let may = self.may_carry_out(caller, id)?;
        self.turn((caller, &may), id, DispositionState::Sealing)?;
        self.each((caller, &may), id, longest, DispositionState::Sealing)
    }

    /// Destroys the keys of the records of a disposition that are sealed, one after the other, for about so long. To
    /// be called until the state is [`DispositionState::Finished`].
    ///
    /// # Errors
    /// As [`Archive::seal_disposition`]; [`Refusal::WrongState`] before all of them are sealed.
    pub fn shred_disposition(
        &self,
        caller: &Caller,
        id: DispositionId,
        longest: Duration,
    ) -> Result<Carried, Refusal> {
        let may = self.may_carry_out(caller, id)?;
        self.turn((caller, &may), id, DispositionState::Shredding)?;
        self.each((caller, &may), id, longest, DispositionState::Shredding)
    }

    pub(super) fn may_carry_out(&self, caller: &Caller, id: DispositionId) -> Result<Warrant, Refusal> {
        let (inner, now) = (&self.inner, self.inner.now());
        let found = inner.store.read(|conn| inner.ledgered(conn)?.batch(conn, id))?;
        let (_, batch) = seen(caller, found, now)?;
        let target = Target::of_user(batch.requested_by);
        // The second person is whoever approved each stage.
        caller.warrant_with_approval(
            (Action::Destroy, Resource::Disposition),
            Some(&target),
            Thing::Disposition,
            now,
        )
    }

    /// Enters that a phase begins, if it has not.
    pub(super) fn turn(
        &self,
        (caller, may): (&Caller, &Warrant),
        id: DispositionId,
        to: DispositionState,
    ) -> Result<(), Refusal> {
        let inner = Arc::clone(&self.inner);
        let written = self.inner.write_as(caller, may.clone(), move |tx, caller| {
            let mut batch = inner.batch_in(tx, id)?;
            let at = tx.at();
            match (batch.state, to) {
                (DispositionState::Approved, DispositionState::Sealing) => {
                    may_begin(tx.conn(), &batch)?;
                    let until = batch.cooling_until.ok_or(Refusal::Damaged(Thing::Disposition))?;
                    if at < until {
                        return Err(DispositionRefusal::CoolingOff { until }.into());
                    }
                    let (needed, there) = (u64::from(batch.witnesses), batch.attended.len() as u64);
                    if there < needed {
                        return Err(DispositionRefusal::Witnesses { needed, there }.into());
                    }
                    batch.sealing_at = Some(at);
                }
                (DispositionState::Sealed, DispositionState::Shredding) => batch.shredding_at = Some(at),
                // It is gone on with.
                (is, to) if is == to => return Err(Refusal::Stopped),
                _ => return Err(Refusal::WrongState),
            }
            batch.state = to;
            enter::step(tx, caller.actor(), (&mut batch, to.as_str()), None, &[])
        });
        match written.map_err(Refusal::from) {
            Ok(_) | Err(Refusal::Stopped) => Ok(()),
            Err(other) => Err(other),
        }
    }

    fn each(
        &self,
        (caller, may): (&Caller, &Warrant),
        id: DispositionId,
        longest: Duration,
        phase: DispositionState,
    ) -> Result<Carried, Refusal> {
        let inner = &self.inner;
        let begun = Instant::now();
        let (batch, list, fates) = inner.store.read(|conn| {
            let ledger = inner.ledgered(conn)?;
            let found = ledger.batch(conn, id)?;
            let (_, batch) = found.ok_or(Refusal::NotFound(Thing::Disposition))?;
            let list = ItemList::open(inner, conn, &batch)?;
            let fates = fates(&ledger, conn, &batch, &list)?;
            Ok::<_, Refusal>((batch, list, fates))
        })?;
        let (mut done, mut left) = (0, 0);
        let mut whole = true;
        for (number, (item, fate)) in list.items.iter().zip(fates).enumerate() {
            let waits = match phase {
                DispositionState::Sealing => fate == Fate::Waits,
                _ => matches!(fate, Fate::Sealed),
            };
            let fate = match waits {
                false => fate,
                true if begun.elapsed() >= longest => {
                    whole = false;
                    break;
                }
                true => self.one((caller, may), &batch, (number, item), phase)?,
            };
            done += 1;
            left += u64::from(matches!(fate, Fate::Left | Fate::Restoring));
        }
        let items = batch.items;
        let overwritten = inner.store.wal_checkpoint_truncate()? == crate::store::WalTruncation::Done;
        if !whole {
            return Ok(Carried { state: phase, done, items, left, overwritten });
        }
        let state = self.end_of(phase, (caller, may), id)?;
        Ok(Carried { state, done, items, left, overwritten })
    }

    /// What became of a record, as the ledger has it now.
    pub(super) fn fate_now(&self, batch: DispositionId, item: &Item) -> Result<Fate, Refusal> {
        self.inner.store.read(|conn| fate_of(&self.inner.ledgered(conn)?, conn, batch, item))
    }

    /// One record, in a transaction of its own.
    fn one(
        &self,
        (caller, may): (&Caller, &Warrant),
        batch: &Batch,
        (number, item): (usize, &Item),
        phase: DispositionState,
    ) -> Result<Fate, Refusal> {
        for _ in 0..TRIES {
            let done = match phase {
                DispositionState::Sealing => self.seal_one((caller, may), batch.id, (number, item)),
                _ => self.shred_one((caller, may), batch.id, (number, item)),
            };
            match done {
                Err(Refusal::Stale | Refusal::TooBusy { .. }) => {}
                done => return done,
            }
        }
        Err(Refusal::TooBusy { wait_seconds: 1 })
    }
}

/// What became of each record, by the ledger.
pub(super) fn fates(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    batch: &Batch,
    list: &ItemList,
) -> Result<Vec<Fate>, Refusal> {
    list.items.iter().map(|item| fate_of(ledger, conn, batch.id, item)).collect()
}

pub(super) fn fate_of(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    batch: DispositionId,
    item: &Item,
) -> Result<Fate, Refusal> {
    let own = batch.to_string();
    let told = ledger.dispositions_of(conn, item.record)?;
    let is_own = |facts: &serde_json::Map<String, serde_json::Value>| {
        facts.get("batch").and_then(serde_json::Value::as_str) == Some(own.as_str())
    };
    let Some(last) = told.iter().rev().find(|told| is_own(&told.entry.facts)) else {
        // It went by another disposition meanwhile, as a copy with its source does: unless that one gives it back.
        let brought = told.last().map(|told| state_after(told.entry.kind, &told.entry.facts));
        return Ok(match brought.is_some_and(|state| !state.is_openable()) {
            true => Fate::Left,
            false => Fate::Waits,
        });
    };
    let step = last.entry.facts.get("step").and_then(serde_json::Value::as_str);
    Ok(match (last.entry.kind, step) {
        (EntryKind::RecordSealed, _) => Fate::Sealed,
        (EntryKind::RecordShredded, _) => Fate::Shredded,
        (_, Some(RESTORING)) => Fate::Restoring,
        _ => Fate::Left,
    })
}

/// Whoever approved must still be there: who was locked out since has not agreed to what happens now.
fn may_begin(conn: &mut Conn, batch: &Batch) -> Result<(), Refusal> {
    for one in &batch.decisions {
        let row = users::get(conn, one.by)?;
        if row.is_none_or(|row| row.state != UserState::Active) {
            return Err(DispositionRefusal::NotTheirStage.into());
        }
    }
    match batch.is_approved() {
        true => Ok(()),
        false => Err(Refusal::WrongState),
    }
}

/// Enters that a record leaves its disposition, or, once it is sealed, that it is to be read again, and the copies
/// that were sealed with it too. Why is said in stable codes; of a hold no more than that the disposition is not
/// available.
pub(super) fn stop(
    (inner, tx): (&Inner, &mut Tx<'_>),
    actor: Actor,
    (batch, number, item): (DispositionId, usize, &Item),
    (step, why): (&'static str, &[&'static str]),
) -> Result<(), Refusal> {
    let mut leaving = vec![item.record];
    if step == RESTORING {
        for copy in inner.ledgered(tx.conn())?.made_of(tx.conn(), item.record)? {
            if inner.sealed_by(tx, batch, copy)? == Some(Some(item.record)) {
                leaving.push(copy);
            }
        }
    }
    for record in leaving {
        let mut facts = json!({"item": number, "step": step, "why": why});
        say_with(&mut facts, item, record);
        let kind = EntryKind::DispositionStep;
        OfRecord { batch, record, kind, facts, rows: &[] }.enter(inner, tx, actor)?;
    }
    Ok(())
}
