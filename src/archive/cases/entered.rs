//! What a change gives back once it is durable.

use crate::archive::receipt::LedgerPlace;
use crate::archive::refusal::Refusal;
use crate::base::digest::Digest;
use crate::store::{WriteError, Written};

/// A change that is on disk and in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entered<Id> {
    /// What was made or changed.
    pub id: Id,
    /// The state of the case or matter after it: the next change may be made dependent on it.
    pub revision: Digest,
    /// Its ledger entry.
    pub ledger: LedgerPlace,
}

impl<Id> Entered<Id> {
    /// From a write whose last entry is the change's own.
    pub(in crate::archive) fn of(
        written: Result<Written<(Id, Digest)>, WriteError<Refusal>>,
    ) -> Result<Self, Refusal> {
        let written = written.map_err(Refusal::from)?;
        let (id, revision) = written.value;
        let index = written.first_seq + written.count - 1;
        Ok(Self { id, revision, ledger: LedgerPlace { index, size: written.checkpoint_size } })
    }
}
