//! Why a key directory cannot be used: which file, and what about it.

use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;

use crate::seal::key_files::BadKeyFile;

/// A key that was expected of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichKey {
    /// The service key.
    Service,
    /// The recovery key.
    Recovery,
}

impl fmt::Display for WhichKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Service => "service",
            Self::Recovery => "recovery",
        })
    }
}

/// Why the key directory was refused or could not be changed. Names files, never contents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyDirError {
    /// A file or the directory itself is not there.
    #[error("{} is missing", file.display())]
    Missing {
        /// What is missing.
        file: PathBuf,
    },
    /// Keys are there already; they are never made anew over others.
    #[error("{} holds the keys of an archive already", directory.display())]
    AlreadyThere {
        /// The key directory.
        directory: PathBuf,
    },
    /// Key files are there, but no `keyring.toml` that says to what they belong.
    #[error("{} lies there without a keyring.toml; restore that, or move the files away", file.display())]
    Unclaimed {
        /// One of the files.
        file: PathBuf,
    },
    /// Others than the owner may read or write it.
    #[error("{} is open to others (mode {mode:04o}); set it to 0400, a directory to 0700", file.display())]
    OpenToOthers {
        /// The file or directory.
        file: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Keys and data must not lie in one another: whoever copies one would copy both.
    #[error("{} lies in {}, or the other way round; keys must lie apart from data", keys.display(), data.display())]
    InsideData {
        /// The key directory or the identity file.
        keys: PathBuf,
        /// The data directory.
        data: PathBuf,
    },
    /// A link, a directory or a device stands where a file should, or a file where a directory should.
    #[error("{} is not of the kind that belongs there", file.display())]
    WrongKind {
        /// The path.
        file: PathBuf,
    },
    /// Larger than any key file.
    #[error("{} is too large for a key file ({bytes} bytes)", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// Its bytes.
        bytes: u64,
    },
    /// The identity is not the one that `keyring.toml` names, or a file is not wrapped to it.
    #[error("{} does not open with, or is not, the {key} key of this archive", file.display())]
    WrongKey {
        /// The identity file, or the file that does not open.
        file: PathBuf,
        /// The key that was needed.
        key: WhichKey,
    },
    /// The file is not what it should be.
    #[error("{}: {why}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: BadKeyFile,
    },
    /// The checkpoint that was kept apart is not one that this log signed.
    #[error("{}: not a checkpoint of this log", file.display())]
    KeptCheckpoint {
        /// The file.
        file: PathBuf,
    },
    /// The ledger's origin cannot stand in a checkpoint.
    #[error("an origin has 1 to 120 visible ASCII characters, without plus, quotes and backslash")]
    BadOrigin,
    /// The current epoch's key seals what is captured now: turn the epoch first.
    #[error("epoch {number} is the current one; turn the epoch before destroying its key")]
    CurrentEpoch {
        /// The epoch.
        number: u32,
    },
    /// The directory knows no such epoch.
    #[error("there is no key of epoch {number}")]
    NoSuchEpoch {
        /// The epoch.
        number: u32,
    },
    /// Something is sealed in the epoch.
    #[error("something is sealed in epoch {number}; its key is not destroyed")]
    EpochInUse {
        /// The epoch.
        number: u32,
    },
    /// The epoch is over, and its key is still there.
    #[error("epoch {number} is over, and its key is still there")]
    EpochLeft {
        /// The epoch.
        number: u32,
    },
    /// As many epochs as a directory may hold are in use: destroy those whose rows are re-sealed.
    #[error("too many epochs are in use")]
    TooManyEpochs,
    /// The last rotation is not finished: headers may still be wrapped to the keys before.
    #[error("the last rotation of keys is not finished")]
    RotationUnfinished,
    /// No rotation is under way.
    #[error("no rotation of keys is under way")]
    NoRotation,
    /// The keyring was opened before the directory changed.
    #[error("the key directory changed since the keyring was opened")]
    Stale,
    /// Another process is changing the key directory.
    #[error("another process is changing {}", directory.display())]
    Busy {
        /// The key directory.
        directory: PathBuf,
    },
    /// Anything else that the operating system refused.
    #[error("could not {what} {}: {kind}", file.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// How it failed.
        kind: ErrorKind,
    },
}
