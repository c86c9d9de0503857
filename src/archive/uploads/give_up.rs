//! Gives an upload up.

use std::sync::Arc;

use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::id::UploadId;
use crate::blob::BlobError;
use crate::store::Conn;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::uploads::{self, UploadRow, UploadState};

impl Archive {
    /// Removes an upload with its content. What a record has taken over stays with the record.
    ///
    /// # Errors
    /// Not permitted, no such upload of this person, or a record takes it over at this moment.
    pub fn give_up_upload(&self, caller: &Caller, id: UploadId) -> Result<(), Refusal> {
        let may = self.may_upload(caller)?;
        let by = caller.user();
        let row = self.inner.store.read(|conn| uploads::get(conn, id))?.filter(|row| row.actor == by);
        let row = row.ok_or(Refusal::NotFound(Thing::Upload))?;
        let (id, state) = (row.id, row.state);
        match self.inner.maintain_as(caller, may, move |upkeep| forget(upkeep.conn(), id, state))? {
            true => self.inner.remove_content(&row),
            false => Err(Refusal::Stale),
        }
    }
}

impl Inner {
    /// Removes an upload in the state in which it was read; false if it has another by now.
    pub(super) fn remove_upload(self: &Arc<Self>, row: &UploadRow) -> Result<bool, Refusal> {
        let (id, state) = (row.id, row.state);
        let removed = self.store.maintain(move |upkeep| forget(upkeep.conn(), id, state));
        let removed = removed.map_err(Refusal::from)?;
        if removed {
            self.remove_content(row)?;
        }
        Ok(removed)
    }

    /// The keys are gone already: what a crash leaves here is noise, and the sweep of orphans finds it.
    fn remove_content(&self, row: &UploadRow) -> Result<(), Refusal> {
        let (UploadState::Complete, Some(component)) = (row.state, row.component_id) else { return Ok(()) };
        match self.blobs.remove(component) {
            Ok(()) | Err(BlobError::Missing) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn forget(conn: &mut Conn, id: UploadId, state: UploadState) -> Result<bool, Refusal> {
    let removed = uploads::delete(conn, id, state)?;
    if removed {
        cell_rows::delete_owner(conn, &id.to_string())?;
    }
    Ok(removed)
}
