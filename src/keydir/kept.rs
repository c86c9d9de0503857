//! The newest checkpoint that this machine has seen, kept apart from the data: whoever puts an older
//! copy of the database in place of the present one does not take this back with it.

use std::path::Path;

use crate::ledger::checkpoint::{self, Checkpoint};

use super::disk::Disk;
use super::{KeyDir, KeyDirError};

/// The file that holds it.
pub(super) const KEPT: &str = "log.checkpoint";
/// What the clock showed when it was last believed.
pub(super) const CLOCK: &str = "clock.seen";

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

    /// Keeps what the clock showed, in place of what was kept before.
    ///
    /// # Errors
    /// `Busy`, `Io`.
    pub fn keep_clock(path: &Path, seen: &str) -> Result<(), KeyDirError> {
        let disk = Disk::at(path);
        let _lock = disk.lock()?;
        disk.replace(CLOCK, seen.as_bytes())
    }

    /// What was kept of the clock; `None` if nothing ever was.
    ///
    /// # Errors
    /// `Exposed`, `WrongKind`, `Io`.
    pub fn kept_clock(path: &Path) -> Result<Option<String>, KeyDirError> {
        let disk = Disk::at(path);
        if !disk.exists(CLOCK)? {
            return Ok(None);
        }
        Ok(Some(String::from_utf8_lossy(disk.read(CLOCK)?.expose()).into_owned()))
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
