//! Takes the content of one component in: sealed while it streams, counted and digested on the
//! way, durable before anything names it. What is not captured in the end leaves nothing behind.

use std::sync::Arc;

use crate::base::digest::Digest;
use crate::base::id::{ComponentId, RecordId, UploadId};
use crate::base::limits::{COMPONENT_BYTES_MAX, INLINE_BYTES_MAX};
use crate::blob::{BlobWriter, Blobs};
use crate::seal::commitment::{Commitment, CommitmentKey, commit};
use crate::seal::payload::{Sealing, Sums};
use crate::seal::{FileKey, header};
use crate::store::rows::components::{ComponentRow, Place, Presence};

use super::refusal::{ContentFault, Refusal};
use super::{Archive, Inner};

/// Bytes that are sealed and handed to storage together.
const PIECE_BYTES: usize = 256 * 1024;

/// What the submitter says of the content before it arrives.
#[derive(Debug, Clone, Copy, Default)]
pub struct Declared {
    /// Length in bytes.
    pub bytes: Option<u64>,
    /// SHA-256 of the content.
    pub digest: Option<Digest>,
    /// True if it is said to be text in UTF-8.
    pub utf8: bool,
}

/// Holds a stream against being declared as UTF-8.
#[derive(Default)]
struct Utf8Check {
    /// Bytes of a letter that was cut off by the end of a piece.
    carry: Vec<u8>,
    /// Bytes before those.
    checked: u64,
    /// Line ends among them.
    lines: u64,
}

impl Utf8Check {
    fn take(&mut self, bytes: &[u8]) -> Result<(), ContentFault> {
        let mut joined = std::mem::take(&mut self.carry);
        joined.extend_from_slice(bytes);
        let (good, is_bad) = match std::str::from_utf8(&joined) {
            Ok(_) => (joined.len(), false),
            Err(error) => (error.valid_up_to(), error.error_len().is_some()),
        };
        self.carry = joined.split_off(good);
        self.checked += good as u64;
        self.lines += joined.iter().filter(|byte| **byte == b'\n').count() as u64;
        if is_bad { Err(self.fault()) } else { Ok(()) }
    }

    fn finish(&self) -> Result<(), ContentFault> {
        match self.carry.is_empty() {
            true => Ok(()),
            false => Err(self.fault()),
        }
    }

    fn fault(&self) -> ContentFault {
        ContentFault::NotUtf8 { line: self.lines + 1, offset: self.checked }
    }
}

/// Where the sealed payload lies.
pub(super) enum Sealed {
    /// Short enough for the database.
    Inline(Vec<u8>),
    /// A file of its own, durable already.
    Blob,
}

/// One component's content, sealed and durable, waiting for the record that names it.
/// Dropped without having been captured, it takes its payload away again.
pub struct Staged {
    pub(super) id: ComponentId,
    pub(super) file_key: FileKey,
    pub(super) header: Vec<u8>,
    /// Of the recipients that the header is wrapped to.
    pub(super) generation: u32,
    pub(super) commitment_key: CommitmentKey,
    pub(super) commitment: Commitment,
    pub(super) sums: Sums,
    pub(super) sealed: Sealed,
    blobs: Arc<dyn Blobs>,
    kept: bool,
    /// The upload that the content came with, if it did not come with the capture itself.
    pub(super) upload: Option<Uploaded>,
}

impl Staged {
    /// The row of this content: the `ordinal`th component of a version, in this role and of this media type.
    pub(super) fn row(
        &self,
        (record_id, version): (RecordId, u32),
        ordinal: u32,
        (role, media_type): (&str, &str),
    ) -> ComponentRow {
        ComponentRow {
            id: self.id,
            record_id,
            version,
            ordinal,
            role: role.to_owned(),
            media_type: media_type.to_owned(),
            bytes: self.sums.plain_bytes,
            payload_bytes: self.sums.sealed_bytes,
            payload_digest: self.sums.sealed_digest,
            commitment: self.commitment.digest(),
            place: match self.sealed {
                Sealed::Inline(_) => Place::Inline,
                Sealed::Blob => Place::Blob,
            },
            state: Presence::Present,
        }
    }
}

/// How it stands with the upload whose content is captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Uploaded {
    /// The content is there to be taken over.
    Here(UploadId),
    /// A record has taken it over: only a repeated request may still name it.
    Spent,
}

/// A content that lies sealed in a file of its own, as the parts of which it is known.
pub(super) struct Lying {
    pub id: ComponentId,
    pub file_key: FileKey,
    pub header: Vec<u8>,
    pub generation: u32,
    pub commitment_key: CommitmentKey,
    pub sums: Sums,
}

impl Staged {
    /// The content of an upload. Dropped without having been captured, it stays with the upload.
    pub(super) fn uploaded(lying: Lying, blobs: &Arc<dyn Blobs>, upload: Uploaded) -> Self {
        let Lying { id, file_key, header, generation, commitment_key, sums } = lying;
        Self {
            id,
            file_key,
            header,
            generation,
            commitment: commit(&commitment_key, sums.plain_digest),
            commitment_key,
            sums,
            sealed: Sealed::Blob,
            blobs: Arc::clone(blobs),
            kept: true,
            upload: Some(upload),
        }
    }

    /// SHA-256 of the content as the submitter sent it. Told to the submitter, never stored.
    pub fn digest(&self) -> Digest {
        self.sums.plain_digest
    }

    /// Length of the content in bytes.
    pub fn bytes(&self) -> u64 {
        self.sums.plain_bytes
    }

    /// The component that will hold it.
    pub fn id(&self) -> ComponentId {
        self.id
    }

    /// From here on a row names the payload: dropping this value no longer removes it.
    pub(super) fn keep(&mut self) {
        self.kept = true;
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.kept
            && matches!(self.sealed, Sealed::Blob)
            && let Err(error) = self.blobs.remove(self.id)
        {
            // The sweep of orphans finds it again.
            tracing::warn!(component = %self.id, %error, "an unused payload stays until the next sweep");
        }
    }
}

enum Sink {
    Inline(Vec<u8>),
    Blob(Box<dyn BlobWriter>),
}

/// Content on its way in. Write the bytes, then [`Intake::finish`].
pub struct Intake {
    archive: Arc<Inner>,
    id: ComponentId,
    file_key: FileKey,
    sealing: Sealing,
    sink: Sink,
    received: u64,
    declared: Declared,
    utf8: Utf8Check,
}

impl Archive {
    /// Opens the way in for one component.
    ///
    /// # Errors
    /// [`ContentFault::TooLarge`] at once if the declared length is over the limit.
    pub fn begin_content(&self, declared: Declared) -> Result<Intake, Refusal> {
        if declared.bytes.is_some_and(|bytes| bytes > COMPONENT_BYTES_MAX) {
            return Err(ContentFault::TooLarge { limit_bytes: COMPONENT_BYTES_MAX }.into());
        }
        let inner = &self.inner;
        let file_key = FileKey::generate(inner.entropy.as_ref());
        Ok(Intake {
            id: ComponentId::generate(inner.clock.now(), inner.entropy.as_ref()),
            sealing: Sealing::new(&file_key, inner.entropy.as_ref()),
            file_key,
            sink: Sink::Inline(Vec::new()),
            received: 0,
            declared,
            utf8: Utf8Check::default(),
            archive: Arc::clone(inner),
        })
    }

    /// Seals content that lies in memory.
    pub fn stage(&self, content: &[u8], declared: Declared) -> Result<Staged, Refusal> {
        let mut intake = self.begin_content(declared)?;
        intake.write(content)?;
        intake.finish()
    }
}

impl Intake {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// Too large, longer than declared, no UTF-8 though declared so, or storage refuses.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.received = self.received.saturating_add(bytes.len() as u64);
        if self.received > COMPONENT_BYTES_MAX {
            return Err(ContentFault::TooLarge { limit_bytes: COMPONENT_BYTES_MAX }.into());
        }
        if let Some(declared) = self.declared.bytes
            && self.received > declared
        {
            return Err(ContentFault::Length { declared, received: self.received }.into());
        }
        if self.declared.utf8 {
            self.utf8.take(bytes)?;
        }
        bytes.chunks(PIECE_BYTES).try_for_each(|piece| self.seal(piece))
    }

    fn seal(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        match &mut self.sink {
            Sink::Inline(sealed) => {
                self.sealing.write(piece, sealed);
                if self.received > INLINE_BYTES_MAX {
                    let mut writer = self.archive.blobs.put(self.id)?;
                    writer.write(sealed)?;
                    self.sink = Sink::Blob(writer);
                }
            }
            Sink::Blob(writer) => writer.append(&mut |out| self.sealing.write(piece, out))?,
        }
        Ok(())
    }

    /// Ends the stream, checks it against what was declared, and makes it durable.
    ///
    /// # Errors
    /// Empty, other length or other digest than declared, or storage refuses. Nothing is left behind.
    pub fn finish(self) -> Result<Staged, Refusal> {
        let commitment_key = CommitmentKey::generate(self.archive.entropy.as_ref());
        self.finish_under(commitment_key)
    }

    /// As [`Intake::finish`]; the payload gets a file of its own, however short it is.
    pub(super) fn finish_as_blob(mut self) -> Result<Staged, Refusal> {
        if let Sink::Inline(sealed) = &mut self.sink {
            let mut writer = self.archive.blobs.put(self.id)?;
            writer.write(sealed)?;
            self.sink = Sink::Blob(writer);
        }
        self.finish()
    }

    /// As [`Intake::finish`], with a commitment key that parts of the content are committed under too.
    pub(super) fn finish_under(self, commitment_key: CommitmentKey) -> Result<Staged, Refusal> {
        match self.received {
            0 => Err(ContentFault::Empty.into()),
            _ => self.finish_however_short(commitment_key),
        }
    }

    /// As [`Intake::finish_under`], be there not one byte: what is left of a log whose last entry was erased.
    pub(super) fn finish_however_short(mut self, commitment_key: CommitmentKey) -> Result<Staged, Refusal> {
        self.utf8.finish()?;
        let sums = match &mut self.sink {
            Sink::Inline(sealed) => self.sealing.finish(sealed),
            Sink::Blob(writer) => {
                let mut end = Vec::new();
                let sums = self.sealing.finish(&mut end);
                writer.write(&end)?;
                sums
            }
        };
        self.declared.check(&sums)?;
        let keys = self.archive.keys();
        let header = header::write(&self.file_key, &keys.recipients, self.archive.entropy.as_ref())?;
        let commitment = commit(&commitment_key, sums.plain_digest);
        let sealed = match self.sink {
            Sink::Inline(sealed) => Sealed::Inline(sealed),
            Sink::Blob(writer) => {
                writer.finish()?;
                Sealed::Blob
            }
        };
        let blobs = Arc::clone(&self.archive.blobs);
        let file_key = self.file_key;
        let generation = keys.recipients.generation;
        Ok(Staged {
            id: self.id,
            file_key,
            header,
            generation,
            commitment_key,
            commitment,
            sums,
            sealed,
            blobs,
            kept: false,
            upload: None,
        })
    }
}

impl Declared {
    fn check(self, sums: &Sums) -> Result<(), ContentFault> {
        match (self.bytes, self.digest) {
            (Some(declared), _) if declared != sums.plain_bytes => {
                Err(ContentFault::Length { declared, received: sums.plain_bytes })
            }
            (_, Some(declared)) if declared != sums.plain_digest => Err(ContentFault::Digest),
            _ => Ok(()),
        }
    }
}
