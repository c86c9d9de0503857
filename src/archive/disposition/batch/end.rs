//! The end of a phase: nothing waits any more, and the ledger says so.

use std::sync::Arc;

use crate::archive::Archive;
use crate::archive::acting::Warrant;
use crate::archive::caller::Caller;
use crate::archive::cells::REPORT;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::DispositionId;
use crate::store::rows::cells;

use super::certificate;
use super::enter;
use super::execute::{Fate, fates};
use super::list::ItemList;
use super::step::DispositionState;

impl Archive {
    /// Enters that a phase is over, with the certificate where the last one is; the state in which the disposition
    /// stands then.
    pub(super) fn end_of(
        &self,
        phase: DispositionState,
        (caller, may): (&Caller, &Warrant),
        id: DispositionId,
    ) -> Result<DispositionState, Refusal> {
        let inner = Arc::clone(&self.inner);
        let written = self.inner.write_as(caller, may.clone(), move |tx, caller| {
            let mut batch = inner.batch_in(tx, id)?;
            if batch.state != phase {
                // Another process was faster.
                return Err(Refusal::Stopped);
            }
            let (list, fates) = {
                let ledger = inner.ledgered(tx.conn())?;
                let list = ItemList::open(&inner, tx.conn(), &batch)?;
                let fates = fates(&ledger, tx.conn(), &batch, &list)?;
                (list, fates)
            };
            let waits = match phase {
                DispositionState::Sealing => Fate::Waits,
                _ => Fate::Sealed,
            };
            if fates.contains(&waits) {
                return Err(Refusal::Unfinished);
            }
            let is_left = fates.iter().all(|fate| matches!(fate, Fate::Left | Fate::Restoring));
            let (state, word) = match phase {
                _ if is_left => (DispositionState::Withdrawn, "left"),
                DispositionState::Sealing => (DispositionState::Sealed, "sealed"),
                _ => (DispositionState::Finished, "finished"),
            };
            batch.state = state;
            let mut parts = Vec::new();
            if state == DispositionState::Finished {
                let words = certificate::words(&inner, tx, (&batch, &list))?;
                let owner = id.to_string();
                let sealed =
                    crate::archive::cells::seal_profile(&inner, &inner.keys(), &owner, REPORT, &words)?;
                cells::insert(tx.conn(), &sealed.row)?;
                batch.certificate = Some(sealed.commitment);
                parts.push(REPORT);
            }
            enter::step(tx, caller.actor(), (&mut batch, word), None, &parts)?;
            Ok(state)
        });
        match written.map_err(Refusal::from) {
            Ok(written) => Ok(written.value),
            Err(Refusal::Stopped | Refusal::Unfinished) => {
                let found = self.inner.store.read(|conn| self.inner.ledgered(conn)?.batch(conn, id))?;
                found.map(|(_, batch)| batch.state).ok_or(Refusal::NotFound(Thing::Disposition))
            }
            Err(other) => Err(other),
        }
    }
}
