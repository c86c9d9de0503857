//! Gives an upload up.

use std::sync::Arc;

use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::id::UploadId;
use crate::blob::BlobError;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::uploads::{self, UploadRow, UploadState};

impl Archive {
    /// Removes an upload with its content. What a record has taken over stays with the record.
    ///
    /// # Errors
    /// Not permitted, no such upload of this person, or a record takes it over at this moment.
    pub fn give_up_upload(&self, caller: &Caller, id: UploadId) -> Result<(), Refusal> {
        self.may_upload(caller)?;
        let by = caller.user();
        let row = self.inner.store.read(|conn| uploads::get(conn, id))?.filter(|row| row.actor == by);
        let row = row.ok_or(Refusal::NotFound(Thing::Upload))?;
        match self.inner.remove_upload(&row)? {
            true => Ok(()),
            false => Err(Refusal::Stale),
        }
    }
}

impl Inner {
    /// Removes an upload in the state in which it was read; false if it has another by now.
    pub(super) fn remove_upload(self: &Arc<Self>, row: &UploadRow) -> Result<bool, Refusal> {
        let (id, state) = (row.id, row.state);
        let removed = self.store.maintain(move |upkeep| {
            let conn = upkeep.conn();
            let removed = uploads::delete(conn, id, state)?;
            if removed {
                cell_rows::delete_owner(conn, &id.to_string())?;
            }
            Ok::<_, Refusal>(removed)
        });
        let removed = removed.map_err(Refusal::from)?;
        // The keys are gone already: what a crash leaves here is noise, and the sweep of orphans finds it.
        if let (true, UploadState::Complete, Some(component)) = (removed, state, row.component_id) {
            match self.blobs.remove(component) {
                Ok(()) | Err(BlobError::Missing) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(removed)
    }
}
