//! Turns the epoch: every cell is sealed under a fresh key, and the old key is destroyed. What
//! was deleted before is then noise in every older copy of the database.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::leftover;
use super::replaced::Replaced;
use super::rewrite::Step;
use crate::access::permission::{Action, Resource};
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, cells};
use crate::keydir::KeyDir;
use crate::ledger::entry::{Actor, EntryKind};
use crate::seal::Keyring;
use crate::store::WalTruncation;
use crate::store::rows::cells as cell_rows;

/// What an epoch turn did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochTurn {
    /// The epoch that holds now.
    pub epoch: u32,
    /// Epochs whose keys were destroyed.
    pub destroyed: Vec<u32>,
    /// Cells that were sealed anew.
    pub cells: u64,
    /// False if the database's own log still holds the cells as they were, because somebody was reading: the upkeep
    /// takes them out as soon as that has ended. Copies of the keys before still open them until then.
    pub overwritten: bool,
}

impl Archive {
    /// Makes a fresh epoch key, seals every cell under it, and destroys the keys before it, here
    /// and in every escrow place. A turn that was broken off is taken up where it stopped.
    ///
    /// # Errors
    /// Not permitted, an escrow place out of reach, or keys or database refuse; begin again to go on.
    pub fn turn_epoch(
        &self,
        caller: &Caller,
        escrow: &[PathBuf],
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<EpochTurn, Refusal> {
        let turn = (Action::TurnEpoch, Resource::Keys);
        let may = caller.warrant_at_the_machine(turn, Thing::Archive, self.inner.now())?;
        self.replacing((caller, may), progress, |archive, actor, step| {
            archive.replace_epoch(actor, escrow, step)
        })
    }

    /// Makes the fresh key, seals every cell under it and destroys those before. The entry is the
    /// caller's to write.
    pub(in crate::archive) fn replace_epoch(
        &self,
        actor: Actor,
        escrow: &[PathBuf],
        step: Step<'_>,
    ) -> Result<EpochTurn, Refusal> {
        let inner = &self.inner;
        // Whatever hinders the turn is found before a key is made.
        for place in escrow {
            KeyDir::check_escrow(inner.place.keys(), inner.place.data(), place)?;
        }
        self.must_open_every_cell(&inner.keys())?;
        let _replacing = inner.replacing.begin();
        inner.finish_leftovers()?;
        KeyDir::note_escrow(inner.place.keys(), escrow)?;
        let mut keyring = Keyring::clone(&inner.keys());
        if keyring.epochs.len() < 2 {
            KeyDir::add_epoch(inner.place.keys(), &mut keyring, inner.entropy.as_ref())?;
        }
        // Durable in every place before anything depends on it.
        for place in escrow {
            KeyDir::escrow(inner.place.keys(), place)?;
        }
        inner.put_in_force(actor, &keyring)?;
        inner.replace_keys(keyring);
        let cells = self.reseal(actor, step)?;
        let (destroyed, overwritten) = self.destroy_older(escrow)?;
        let epoch = inner.keys().current_epoch().ok_or(Refusal::NoKey("epoch key"))?.number;
        Ok(EpochTurn { epoch, destroyed, cells, overwritten })
    }

    /// Refuses to begin while something is sealed in an epoch whose key is not there: it could not be sealed
    /// anew, and the turn or the rotation would end in the middle.
    pub(super) fn must_open_every_cell(&self, keys: &Keyring) -> Result<(), Refusal> {
        let named = self.inner.store.read(|conn| Ok::<_, Refusal>(cell_rows::epochs(conn)?))?;
        match named.into_iter().find(|number| keys.epoch(*number).is_none()) {
            Some(epoch) => Err(Refusal::NoEpochKey { epoch, thing: Thing::Archive }),
            None => Ok(()),
        }
    }

    fn reseal(&self, actor: Actor, step: Step<'_>) -> Result<u64, Refusal> {
        let inner = &self.inner;
        let keys = inner.keys();
        let epoch = keys.current_epoch().ok_or(Refusal::NoKey("epoch key"))?.number;
        let total = inner.store.read(|conn| cell_rows::count_older_epochs(conn, epoch))?;
        let next = |after: Option<(&str, &str)>, limit| {
            inner.store.read(|conn| Ok(cell_rows::of_older_epochs(conn, epoch, after, limit)?))
        };
        let rewrite = |row: &cell_rows::CellRow| {
            let plain = cells::open(&keys, row, Thing::Component)?;
            cells::seal(inner, &keys, &row.owner, &row.part, &plain, row.generation)
        };
        self.rewrite_cells(total, next, rewrite, actor, step)
    }

    /// Destroys the keys before the current one, and whatever else a turn before this one left, once no cell names
    /// them. Whether the write-ahead log holds none of the cells that did either is told: a reader may keep them there,
    /// and waiting for it would keep the keys too.
    fn destroy_older(&self, escrow: &[PathBuf]) -> Result<(Vec<u32>, bool), Refusal> {
        let inner = &self.inner;
        let mut keyring = Keyring::clone(&inner.keys());
        let current = keyring.current_epoch().ok_or(Refusal::NoKey("epoch key"))?.number;
        let mut older = KeyDir::leftovers(inner.place.keys())?.epochs;
        older.extend(keyring.epochs.iter().map(|epoch| epoch.number).filter(|number| *number != current));
        older.sort_unstable();
        let left = inner.store.read(|conn| Ok::<_, Refusal>(cell_rows::epochs(conn)?))?;
        if left.iter().any(|number| *number != current) {
            return Err(Refusal::Damaged(Thing::Archive));
        }
        let overwritten = inner.store.wal_checkpoint_truncate()? == WalTruncation::Done;
        for number in &older {
            KeyDir::destroy_epoch(inner.place.keys(), *number)?;
        }
        keyring.epochs.retain(|epoch| epoch.number == current);
        inner.replace_keys(keyring);
        // A place of a turn before that is still out of reach stays noted, and stops nothing.
        let mut left = leftover::settle_escrow(inner)?.into_iter();
        let named = left.find(|(place, _)| escrow.iter().any(|named| is_same(named, place)));
        match named {
            Some((_, error)) => Err(error.into()),
            None => Ok((older, overwritten)),
        }
    }
}

fn is_same(named: &Path, noted: &Path) -> bool {
    std::path::absolute(named).is_ok_and(|named| named == noted)
}

impl Replaced for EpochTurn {
    const KIND: EntryKind = EntryKind::EpochTurned;

    fn reached(&self) -> u32 {
        self.epoch
    }

    fn facts(&self) -> Value {
        json!({"cells": self.cells, "destroyed": self.destroyed, "epoch": self.epoch})
    }
}
