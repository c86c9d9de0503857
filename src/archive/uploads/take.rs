//! Takes the content of an upload for a capture.

use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::cells;
use crate::archive::refusal::{ContentFault, Refusal, Thing};
use crate::archive::stage::{Declared, Lying, Staged, Uploaded};
use crate::base::id::UploadId;
use crate::seal::commitment::CommitmentKey;
use crate::seal::payload::Sums;
use crate::seal::{FileKey, SealedHeader};
use crate::store::Conn;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::uploads::{self, UploadState};

use super::{HEADER, words_of};

impl Archive {
    /// The content of an upload, as a component of a capture, and what was announced of it.
    ///
    /// # Errors
    /// No such upload of this person, expired, its content has not arrived, another length or digest
    /// than the capture says, or no key on this node.
    pub fn stage_upload(&self, caller: &Caller, id: UploadId, declared: Declared) -> Result<Staged, Refusal> {
        let inner = &self.inner;
        let keys = inner.keys();
        let (row, words, header) = inner.store.read(|conn| {
            let row = inner.upload(conn, caller.user(), id)?;
            let words = words_of(&keys, conn, &row)?;
            let header = cell_rows::get(conn, &id.to_string(), HEADER)?;
            Ok::<_, Refusal>((row, words, header))
        })?;
        let damaged = || Refusal::Damaged(Thing::Upload);
        let (Some(here), Some(component)) = (words.here, row.component_id) else {
            return Err(Refusal::ComponentCount { declared: 1, received: 0 });
        };
        let bytes = words.announced.bytes;
        match (declared.bytes, declared.digest) {
            (Some(declared), _) if declared != bytes => {
                return Err(ContentFault::Length { declared, received: bytes }.into());
            }
            (_, Some(declared)) if declared != here.digest => return Err(ContentFault::Digest.into()),
            _ => {}
        }
        let sums = Sums {
            plain_bytes: bytes,
            plain_digest: here.digest,
            sealed_bytes: here.sealed_bytes,
            sealed_digest: here.sealed_digest,
        };
        let (lying, upload) = match (row.state, header) {
            // Good for knowing a repeated request again, and for nothing else: the keys are the record's now.
            (UploadState::Captured, _) => {
                let file_key = FileKey::generate(inner.entropy.as_ref());
                let commitment_key = CommitmentKey::generate(inner.entropy.as_ref());
                let lying = Lying {
                    id: component,
                    file_key,
                    header: Vec::new(),
                    generation: 0,
                    commitment_key,
                    sums,
                };
                (lying, Uploaded::Spent)
            }
            (UploadState::Complete, Some(cell)) => {
                let sealed = SealedHeader::parse(cells::open(&keys, &cell, Thing::Upload)?.expose())?;
                if keys.identity.is_none() {
                    return Err(Refusal::NoKey("service identity"));
                }
                let lying = Lying {
                    id: component,
                    file_key: keys.open_header(&sealed.header)?,
                    header: sealed.header,
                    generation: cell.generation,
                    commitment_key: sealed.commitment_key,
                    sums,
                };
                (lying, Uploaded::Here(id))
            }
            (UploadState::Complete, None) | (UploadState::Waiting, _) => return Err(damaged()),
        };
        if matches!(upload, Uploaded::Here(_)) && inner.blobs.length(component)? != sums.sealed_bytes {
            return Err(damaged());
        }
        Ok(Staged::uploaded(lying, &inner.blobs, upload))
    }
}

/// Hands the content of an upload over to the record that is being written: from here on its keys are
/// the record's alone, so that destroying the record destroys them.
pub(in crate::archive) fn hand_over(conn: &mut Conn, staged: &Staged) -> Result<(), Refusal> {
    match staged.upload {
        None => Ok(()),
        Some(Uploaded::Spent) => Err(Refusal::Spent(Thing::Upload)),
        Some(Uploaded::Here(id)) => {
            if !uploads::hand_over(conn, id, staged.id)? {
                return Err(Refusal::Spent(Thing::Upload));
            }
            cell_rows::delete(conn, &id.to_string(), HEADER)?;
            Ok(())
        }
    }
}
