//! Shows the caller's own uploads.

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::acting::Warrant;
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::UploadId;
use crate::store::rows::{Before, uploads};

use super::{Upload, words_of};

/// Where a list of uploads goes on.
pub type UploadPlace = Before<UploadId>;

impl Archive {
    /// One upload of the caller's.
    ///
    /// # Errors
    /// Not permitted, no such upload of this person, or its time is over.
    pub fn show_upload(&self, caller: &Caller, id: UploadId) -> Result<Upload, Refusal> {
        self.may_upload(caller)?;
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            let row = self.inner.upload(conn, caller.user(), id)?;
            let words = words_of(&keys, conn, &row)?;
            Ok(Upload::of(&row, words))
        })
    }

    /// A page of the caller's uploads, the newest first.
    ///
    /// # Errors
    /// Not permitted.
    pub fn list_uploads(
        &self,
        caller: &Caller,
        before: Option<UploadPlace>,
        limit: u32,
    ) -> Result<Vec<Upload>, Refusal> {
        self.may_upload(caller)?;
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            let rows = uploads::page(conn, caller.user(), before, limit)?;
            let upload = |row| Ok(Upload::of(row, words_of(&keys, conn, row)?));
            rows.iter().map(upload).collect()
        })
    }

    pub(super) fn may_upload(&self, caller: &Caller) -> Result<Warrant, Refusal> {
        let own = Target::of_user(caller.user());
        let create = (Action::Create, Resource::Record);
        caller.warrant(create, Some(&own), Thing::Upload, self.inner.now())
    }
}
