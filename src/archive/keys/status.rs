//! What is known of the keys, without showing any.

use super::KeysLeft;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::keydir::KeyDir;
use crate::store::rows::cells;

/// The state of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysStatus {
    /// How often the recipients have been replaced, from 1.
    pub generation: u32,
    /// The service's age recipient.
    pub service: String,
    /// The recovery age recipient.
    pub recovery: String,
    /// The current epoch, from 1.
    pub epoch: u32,
    /// True while a rotation has begun and is not finished.
    pub rotation_unfinished: bool,
    /// Cells that still wait for the current generation.
    pub older_generations: u64,
    /// Cells that still wait for the current epoch.
    pub older_epochs: u64,
    /// Sealed cells in all.
    pub cells: u64,
    /// True if the recovery identity still lies beside the service's keys.
    pub recovery_identity_is_here: bool,
    /// The ledger's origin.
    pub log_origin: String,
    /// What is still left of turns that were cut off.
    pub left: KeysLeft,
}

impl Archive {
    /// Tells the state of the keys.
    ///
    /// # Errors
    /// Not permitted, or database or key directory cannot be read.
    pub fn keys_status(&self, caller: &Caller) -> Result<KeysStatus, Refusal> {
        let read = (Action::Read, Resource::Keys);
        if !caller.is_local() {
            caller.permit(read, Some(&Target::archive()), Thing::Archive, self.inner.now())?;
        }
        let keys = self.inner.keys();
        let epoch = keys.current_epoch().map_or(0, |epoch| epoch.number);
        let generation = keys.recipients.generation;
        let left = self.inner.keys_left()?;
        self.inner.store.read(|conn| {
            Ok(KeysStatus {
                generation,
                service: keys.recipients.service.to_string(),
                recovery: keys.recipients.recovery.to_string(),
                epoch,
                rotation_unfinished: keys.previous_recipients.is_some(),
                older_generations: cells::count_older_generations(conn, generation)?,
                older_epochs: cells::count_older_epochs(conn, epoch)?,
                cells: cells::count_all(conn)?,
                recovery_identity_is_here: KeyDir::recovery_identity_is_here(self.inner.place.keys())?,
                log_origin: keys.log_origin.clone(),
                left: left.clone(),
            })
        })
    }
}
