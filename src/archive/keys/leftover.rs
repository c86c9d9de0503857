//! Finishes what a turn of the epoch that was cut off has left: keys whose destruction was begun, keys that were
//! never named, escrow places that still have them. A key that lives on would open older copies of the
//! database, with everything in them that was erased since.

use std::path::PathBuf;
use std::sync::Arc;

use crate::archive::Inner;
use crate::archive::refusal::Refusal;
use crate::keydir::{KeyDir, KeyDirError};
use crate::store::rows::cells;

/// What is still left when everything was tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeysLeft {
    /// Epochs that are not in use and whose keys lie in the key directory.
    pub epochs: Vec<u32>,
    /// Escrow places that were not brought up to date.
    pub escrow: Vec<PathBuf>,
}

impl Inner {
    /// When the archive is opened: enters which keys are in force, finishes what was cut off, and enters that.
    /// What cannot be destroyed now hinders nothing else and is told.
    ///
    /// # Errors
    /// As [`Inner::must_fit_the_ledger`]; database or key directory cannot be read.
    pub(in crate::archive) fn settle_keys(self: &Arc<Self>) -> Result<(), Refusal> {
        let keys = self.keys();
        self.must_fit_the_ledger(&keys)?;
        self.put_in_force(crate::ledger::entry::Actor::System, &keys)?;
        drop(keys);
        self.finish_leftovers()
    }

    /// Destroys keys that are not in use, here and in the escrow places that are noted, and enters the end of the
    /// turn that did not come to it.
    ///
    /// # Errors
    /// Database or `keyring.toml` cannot be read, or nothing can be entered.
    pub(in crate::archive) fn finish_leftovers(self: &Arc<Self>) -> Result<(), Refusal> {
        let left = KeyDir::leftovers(self.place.keys())?;
        let in_use = self.epochs_in_use(&left.epochs)?;
        let mut all_gone = true;
        for number in left.epochs {
            let done = match in_use.contains(&number) {
                true => Err(KeyDirError::EpochInUse { number }),
                false => Ok(()),
            };
            match done.and_then(|()| KeyDir::destroy_epoch(self.place.keys(), number)) {
                Ok(()) => tracing::warn!(epoch = number, "the key of an epoch that was left is destroyed"),
                Err(error) => {
                    all_gone = false;
                    tracing::error!(epoch = number, %error, "the key of an epoch that is over still lies here");
                }
            }
        }
        // While a turn is under way both keys belong into escrow.
        let is_turning = self.keys().epochs.len() > 1;
        if !left.escrow.is_empty() && !is_turning && all_gone {
            settle_escrow(self)?;
        }
        match all_gone {
            true => self.enter_what_was_done(),
            false => Ok(()),
        }
    }

    /// Which of these epochs cells are sealed in. Reads the whole table, where there is something to look for.
    pub(in crate::archive) fn epochs_in_use(&self, epochs: &[u32]) -> Result<Vec<u32>, Refusal> {
        if epochs.is_empty() {
            return Ok(Vec::new());
        }
        let named = self.store.read(|conn| Ok::<_, Refusal>(cells::epochs(conn)?))?;
        Ok(named.into_iter().filter(|number| epochs.contains(number)).collect())
    }

    /// What is still left of turns that were cut off.
    ///
    /// # Errors
    /// The key directory cannot be read.
    pub(in crate::archive) fn keys_left(&self) -> Result<KeysLeft, Refusal> {
        // In the middle of it nothing is left yet.
        if self.is_replacing_keys() {
            return Ok(KeysLeft::default());
        }
        let left = KeyDir::leftovers(self.place.keys())?;
        Ok(KeysLeft { epochs: left.epochs, escrow: left.escrow })
    }
}

/// Brings the noted escrow places up to date; what is out of reach stays noted.
pub(super) fn settle_escrow(inner: &Inner) -> Result<Vec<(PathBuf, KeyDirError)>, Refusal> {
    let left = KeyDir::settle_escrow(inner.place.keys())?;
    for (place, error) in &left {
        let place = place.display();
        tracing::error!(%place, %error, "an escrow place may still have the key of an epoch that is over");
    }
    Ok(left)
}
