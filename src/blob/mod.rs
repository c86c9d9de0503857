//! Where payloads lie that are too large for the database.
//!
//! Promises: a blob whose [`BlobWriter::finish`] returned survives the loss of power; an
//! unfinished one is never seen by `open`, `length` or `list`; a finished one never changes.
//! Must never: put a path, a name or content into an error.

mod faulty;
mod local;
mod memory;
mod spool;
mod writing;

use std::io::{ErrorKind, Read, Seek};

pub use faulty::{Fault, FaultyBlobs};
pub use local::{LocalBlobs, MARK};
pub use memory::MemoryBlobs;
pub use spool::Spool;

use crate::base::id::ComponentId;
use crate::base::moment::Moment;

/// What a blob is read through.
pub trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// A store of blobs.
pub trait Blobs: Send + Sync {
    /// Begins a blob.
    ///
    /// # Errors
    /// `Full`, `Io`; `Io` with `AlreadyExists` if the component has a blob.
    fn put(&self, id: ComponentId) -> Result<Box<dyn BlobWriter>, BlobError>;

    /// Opens a finished blob at its start.
    ///
    /// # Errors
    /// `Missing`, `Io`.
    fn open(&self, id: ComponentId) -> Result<Box<dyn ReadSeek>, BlobError>;

    /// Bytes of a finished blob.
    ///
    /// # Errors
    /// `Missing`, `Io`.
    fn length(&self, id: ComponentId) -> Result<u64, BlobError>;

    /// Removes a blob, durably. Whoever retries takes `Missing` for success.
    ///
    /// # Errors
    /// `Missing`, `Io`.
    fn remove(&self, id: ComponentId) -> Result<(), BlobError>;

    /// Names every finished blob and when it was last modified, in no order.
    ///
    /// # Errors
    /// `Io`: then blobs may have been left out.
    fn list(&self, each: &mut dyn FnMut(ComponentId, Moment)) -> Result<(), BlobError>;

    /// Unfinished blobs, also those that are being written now.
    ///
    /// # Errors
    /// `Io`.
    fn leftovers(&self) -> Result<Vec<Leftover>, BlobError>;

    /// Removes unfinished blobs last modified before `before`.
    ///
    /// # Errors
    /// `Io`.
    fn sweep(&self, before: Moment) -> Result<Swept, BlobError>;
}

/// A blob being written. Dropped without `finish`, it is gone.
pub trait BlobWriter: Send {
    /// Appends what `make` appends to the buffer that it is given, so that what is made there need not be
    /// copied. `make` is called once, and leaves alone what the buffer holds already.
    ///
    /// # Errors
    /// `Full`, `Io`; the blob cannot be finished any more.
    fn append(&mut self, make: &mut dyn FnMut(&mut Vec<u8>)) -> Result<(), BlobError>;

    /// Appends bytes.
    ///
    /// # Errors
    /// As [`BlobWriter::append`].
    fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.append(&mut |out| out.extend_from_slice(bytes))
    }

    /// Makes the blob durable, then visible; returns its length in bytes.
    ///
    /// # Errors
    /// `Full`, `Io`; `Io` with `AlreadyExists` if the component got a blob in the meantime.
    fn finish(self: Box<Self>) -> Result<u64, BlobError>;

    /// Gives the blob up.
    fn abort(self: Box<Self>);
}

/// An unfinished blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// The component whose blob it was to become.
    pub id: ComponentId,
    /// Bytes written so far.
    pub bytes: u64,
    /// When it was last modified.
    pub modified: Moment,
}

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Unfinished blobs removed.
    pub blobs: u64,
    /// Bytes given back.
    pub bytes: u64,
}

/// Why a blob could not be written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// The component has no blob here.
    #[error("the blob is missing")]
    Missing,
    /// The store itself is not there, or is not this archive's: its disk is not mounted.
    #[error("the folder of payloads is not there, or is not this archive's")]
    Absent,
    /// No room left: the disk, a quota or the largest file size is reached.
    #[error("no room is left for blobs")]
    Full,
    /// The process or the machine has as many files open as it may: later there will be room again.
    #[error("too many files are open")]
    Crowded,
    /// Anything else that the operating system refused.
    #[error("could not {what}: {kind}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// How it failed.
        kind: ErrorKind,
    },
}

impl BlobError {
    /// Sorts an operating system's error. `NotFound` is `Io` here: only who looks for a blob can
    /// call it missing.
    fn of(what: &'static str, error: &std::io::Error) -> Self {
        use rustix::io::Errno;
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::NOSPC | Errno::DQUOT | Errno::FBIG) => Self::Full,
            Some(Errno::MFILE | Errno::NFILE) => Self::Crowded,
            _ => Self::Io { what, kind: error.kind() },
        }
    }
}

#[cfg(test)]
mod tests;
