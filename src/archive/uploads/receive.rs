//! Takes the content of an upload in, while it streams.

use std::sync::Arc;

use crate::archive::acting::Warrant;
use crate::archive::caller::Caller;
use crate::archive::refusal::{ContentFault, Refusal, Thing};
use crate::archive::stage::{Declared, Intake, Staged};
use crate::archive::{Archive, Inner, Watch, cells};
use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::id::UploadId;
use crate::base::secret::SecretBytes;
use crate::seal::{SealedHeader, header};
use crate::store::rows::cells as cell_rows;
use crate::store::rows::uploads::{self, UploadRow, UploadState};

use super::{HEADER, Here, Upload, WORDS, Words, words_of};

/// What becomes of a content that is offered.
#[allow(clippy::large_enum_variant, reason = "lives for one request, and is moved once")]
pub enum Reception {
    /// It is to be sent.
    Send(Receiving),
    /// The very same content is here already.
    Here(Upload),
}

/// An upload whose content is arriving. Dropped before [`Receiving::finish`], it leaves nothing behind.
pub struct Receiving {
    inner: Arc<Inner>,
    by: (Caller, Warrant),
    watch: Watch,
    intake: Option<Intake>,
    row: UploadRow,
    announced: Digest,
}

impl Archive {
    /// Opens the way in for the content of an upload. `digest` is the one that comes with it, `bytes` its
    /// length if the client says one.
    ///
    /// # Errors
    /// No such upload of this person, expired, another content is here or arrives at this moment, a
    /// length or digest that is not the one announced.
    pub fn receive_upload(
        &self,
        caller: &Caller,
        id: UploadId,
        digest: Digest,
        bytes: Option<u64>,
    ) -> Result<Reception, Refusal> {
        let may = self.may_upload(caller)?;
        let keys = self.inner.keys();
        let (row, words) = self.inner.store.read(|conn| {
            let row = self.inner.upload(conn, caller.user(), id)?;
            let words = words_of(&keys, conn, &row)?;
            Ok::<_, Refusal>((row, words))
        })?;
        drop(keys);
        if let Some(received) = bytes.filter(|bytes| *bytes != row.declared_bytes) {
            return Err(ContentFault::Length { declared: row.declared_bytes, received }.into());
        }
        if words.announced.digest.is_some_and(|announced| announced != digest) {
            return Err(ContentFault::Digest.into());
        }
        match (row.state, words.here) {
            (UploadState::Waiting, _) => {}
            (UploadState::Complete | UploadState::Captured, Some(here)) if here.digest == digest => {
                return Ok(Reception::Here(Upload::of(&row, words)));
            }
            (UploadState::Complete, _) => return Err(Refusal::Exists(Thing::Upload)),
            (UploadState::Captured, _) => return Err(Refusal::Spent(Thing::Upload)),
        }
        if !self.inner.arriving.begin(id) {
            return Err(Refusal::Arriving(Thing::Upload));
        }
        let watch = Watch::new(&self.inner, caller, may.clone());
        let by = (caller.clone(), may);
        // From here on dropping `receiving` says that nobody sends any more.
        let mut receiving =
            Receiving { inner: Arc::clone(&self.inner), by, watch, intake: None, row, announced: digest };
        let utf8 = words.announced.media_type.is_utf8();
        let declared = Declared { bytes: Some(receiving.row.declared_bytes), digest: Some(digest), utf8 };
        receiving.intake = Some(self.begin_content(declared)?);
        Ok(Reception::Send(receiving))
    }
}

impl Receiving {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// Longer than announced, the sender has lost the right, or storage refuses.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.watch.look()?;
        match &mut self.intake {
            Some(intake) => intake.write(bytes),
            None => Err(Refusal::WrongState),
        }
    }

    /// Checks length and digest, makes the sealed content durable, and completes the upload.
    ///
    /// # Errors
    /// Not the length or the digest that was announced; given up or completed meanwhile; storage
    /// refuses. Nothing is left behind.
    pub fn finish(mut self) -> Result<Upload, Refusal> {
        let staged = self.intake.take().ok_or(Refusal::WrongState)?.finish_as_blob()?;
        debug_assert_eq!(staged.digest(), self.announced);
        let (id, inner) = (self.row.id, Arc::clone(&self.inner));
        let completed = self.inner.maintain_as(&self.by.0, self.by.1.clone(), move |upkeep| {
            let keys = inner.keys();
            let conn = upkeep.conn();
            let Some(row) = uploads::get(conn, id)? else { return Err(Refusal::NotFound(Thing::Upload)) };
            let words = Words { here: Some(here(&staged)), ..words_of(&keys, conn, &row)? };
            if !uploads::complete(conn, id, staged.id)? {
                return Err(Refusal::Exists(Thing::Upload));
            }
            let owner = id.to_string();
            let plain = SecretBytes::new(canonical::to_bytes(&words.to_json()));
            cell_rows::delete(conn, &owner, WORDS)?;
            cell_rows::insert(conn, &cells::seal(&inner, &keys, &owner, WORDS, &plain, 0)?)?;
            let generation = keys.recipients.generation;
            let header = match staged.generation == generation {
                true => staged.header.clone(),
                // A rotation has passed since the first byte.
                false => header::write(&staged.file_key, &keys.recipients, inner.entropy.as_ref())?,
            };
            let sealed = SealedHeader { commitment_key: staged.commitment_key.clone(), header }.to_bytes();
            cell_rows::insert(conn, &cells::seal(&inner, &keys, &owner, HEADER, &sealed, generation)?)?;
            let row = UploadRow { state: UploadState::Complete, component_id: Some(staged.id), ..row };
            Ok::<_, Refusal>((Upload::of(&row, words), staged))
        });
        let (upload, mut staged) = completed?;
        // Only now a row names the payload.
        staged.keep();
        Ok(upload)
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        self.inner.arriving.end(self.row.id);
    }
}

fn here(staged: &Staged) -> Here {
    Here {
        digest: staged.sums.plain_digest,
        sealed_digest: staged.sums.sealed_digest,
        sealed_bytes: staged.sums.sealed_bytes,
    }
}
