//! Replaces the recipients of all headers: the old identity opens nothing afterwards.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use super::replaced::Replaced;
use super::rewrite::Step;
use crate::access::permission::{Action, Resource};
use crate::archive::acting::Warrant;
use crate::archive::caller::Caller;
use crate::archive::disposition::DispositionRefusal;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner, cells};
use crate::keydir::{IdentitySource, KeyDir, Replace};
use crate::ledger::entry::{Actor, EntryKind};
use crate::seal::{Keyring, SealedHeader, header};
use crate::store::rows::cells as cell_rows;

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The generation of recipients that holds now.
    pub generation: u32,
    /// Headers that were wrapped anew. No byte of any payload was written.
    pub headers: u64,
    /// Where the new service identity lies, if it was replaced.
    pub service_identity: Option<PathBuf>,
    /// Where the new recovery identity lies, if it was replaced: take it off-line.
    pub recovery_identity: Option<PathBuf>,
}

impl Archive {
    /// Replaces keys and wraps every header to the new ones. A rotation that was broken off is
    /// taken up where it stopped.
    ///
    /// # Errors
    /// Not permitted, or keys or database refuse; begin again to go on.
    pub fn rotate_keys(
        &self,
        caller: &Caller,
        replace: Replace,
        source: &IdentitySource,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Rotation, Refusal> {
        let rotate = (Action::Rotate, Resource::Keys);
        let may = caller.warrant_at_the_machine(rotate, Thing::Archive, self.inner.now())?;
        self.rotate((caller, may), replace, source, progress)
    }

    /// The rotation itself, once somebody was permitted it, with its entry.
    pub(super) fn rotate(
        &self,
        (caller, may): (&Caller, Warrant),
        replace: Replace,
        source: &IdentitySource,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Rotation, Refusal> {
        self.replacing((caller, may), progress, |archive, actor, step| {
            archive.replace_recipients(actor, replace, source, step)
        })
    }

    /// Makes new identities, wraps every header to them, and puts the old ones away. The entry is the
    /// caller's to write.
    pub(in crate::archive) fn replace_recipients(
        &self,
        actor: Actor,
        replace: Replace,
        source: &IdentitySource,
        step: Step<'_>,
    ) -> Result<Rotation, Refusal> {
        let inner = &self.inner;
        let keys = inner.keys();
        // Whatever cannot be wrapped anew is found before a key is made.
        self.must_open_every_cell(&keys)?;
        let _replacing = inner.replacing.begin();
        let (mut service_identity, mut recovery_identity) = (None, None);
        if keys.previous_recipients.is_none() {
            if replace != Replace::Service {
                inner.no_escrow_may_wait()?;
            }
            let rotated = KeyDir::begin_rotation(inner.place.keys(), &keys, replace, inner.entropy.as_ref())?;
            (service_identity, recovery_identity) = (rotated.service_identity, rotated.recovery_identity);
            drop(keys);
            inner.put_in_force(actor, &rotated.keyring)?;
            inner.replace_keys(rotated.keyring);
        } else {
            drop(keys);
        }
        let headers = self.rewrap_headers(actor, step)?;
        let mut finished = Keyring::clone(&inner.keys());
        KeyDir::finish_rotation(inner.place.keys(), &mut finished, source, inner.entropy.as_ref())?;
        let generation = finished.recipients.generation;
        inner.replace_keys(finished);
        Ok(Rotation { generation, headers, service_identity, recovery_identity })
    }

    fn rewrap_headers(&self, actor: Actor, step: Step<'_>) -> Result<u64, Refusal> {
        let inner = &self.inner;
        let keys = inner.keys();
        let generation = keys.recipients.generation;
        let total = inner.store.read(|conn| cell_rows::count_older_generations(conn, generation))?;
        let next = |after: Option<(&str, &str)>, limit| {
            inner.store.read(|conn| Ok(cell_rows::of_older_generations(conn, generation, after, limit)?))
        };
        self.rewrite_cells(total, next, |row| rewrap(inner, &keys, row), actor, step)
    }
}

impl Inner {
    /// Refuses to replace the recovery key while something is sealed for the one of now alone: with that key it
    /// would be gone, and a recovery of all other keys would fail on it. Asked of the writer, behind whatever is
    /// being sealed; what comes later finds that keys are being replaced.
    fn no_escrow_may_wait(&self) -> Result<(), Refusal> {
        let counted = self
            .store
            .maintain(|upkeep| cell_rows::count_of_part(upkeep.conn(), cells::ESCROW).map_err(Refusal::from));
        match counted.map_err(Refusal::from)? {
            0 => Ok(()),
            records => Err(DispositionRefusal::EscrowsWait { records }.into()),
        }
    }
}

impl Replaced for Rotation {
    const KIND: EntryKind = EntryKind::KeysRotated;

    fn reached(&self) -> u32 {
        self.generation
    }

    fn facts(&self) -> Value {
        json!({"generation": self.generation, "headers": self.headers})
    }
}

/// Wraps the header in a cell to the current recipients.
fn rewrap(
    inner: &Arc<Inner>,
    keys: &Keyring,
    row: &cell_rows::CellRow,
) -> Result<cell_rows::CellRow, Refusal> {
    let plain = cells::open(keys, row, Thing::Component)?;
    let sealed = SealedHeader::parse(plain.expose())?;
    let file_key = keys.open_header(&sealed.header)?;
    let header = header::write(&file_key, &keys.recipients, inner.entropy.as_ref())?;
    let wrapped = SealedHeader { commitment_key: sealed.commitment_key, header };
    cells::seal(inner, keys, &row.owner, &row.part, &wrapped.to_bytes(), keys.recipients.generation)
}
