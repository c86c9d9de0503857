//! The newest checkpoint that this machine has seen, kept apart from the data: whoever puts an older
//! copy of the database in place of the present one does not take this back with it.

use std::path::Path;

use crate::ledger::checkpoint::{self, Checkpoint};

use super::disk::Disk;
use super::{KeyDir, KeyDirError};

/// The file that holds it.
pub(super) const KEPT: &str = "log.checkpoint";

impl KeyDir {
    /// Keeps a signed checkpoint in place of the one that was kept before.
    ///
    /// # Errors
    /// `Busy`, `Io`.
    pub fn keep_checkpoint(path: &Path, note: &str) -> Result<(), KeyDirError> {
        let disk = Disk::at(path);
        let _lock = disk.lock()?;
        disk.replace(KEPT, note.as_bytes())
    }

    /// The checkpoint that was kept last; `None` if none ever was.
    ///
    /// # Errors
    /// `Exposed`, `WrongKind`, `Io`.
    pub fn kept_checkpoint(path: &Path) -> Result<Option<String>, KeyDirError> {
        let disk = Disk::at(path);
        if !disk.exists(KEPT)? {
            return Ok(None);
        }
        Ok(Some(String::from_utf8_lossy(disk.read(KEPT)?.expose()).into_owned()))
    }

    /// What a kept checkpoint says, if the log with this public key signed it.
    ///
    /// # Errors
    /// `KeptCheckpoint`.
    pub fn open_kept_checkpoint(path: &Path, note: &str, vkey: &str) -> Result<Checkpoint, KeyDirError> {
        checkpoint::open(note, vkey)
            .map_err(|_| KeyDirError::KeptCheckpoint { file: Disk::at(path).path(KEPT) })
    }
}
