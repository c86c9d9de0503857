//! The text form of every key file, without reading or writing one.
//!
//! Identities, epoch keys and index keys are age files or stand inside age files, the log key
//! is a C2SP signed-note key, the rest is TOML: public tools are enough to use them.

mod identities;
mod log_key;
mod manifest;
mod symmetric;

pub use identities::{IdentityRole, open_passphrase, parse_identities, write_identities};
pub use log_key::{check_origin, origin_of_log_key, parse_log_key, write_log_key, write_verifier_key};
pub use manifest::{Manifest, Pair};
pub use symmetric::{parse_epoch, parse_index, write_epoch, write_index};

use super::SealError;

/// Why a key file is not what it should be. Never carries what stands in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKeyFile {
    /// Not of the form that this file has.
    #[error("it is not {expected}")]
    Form {
        /// What the file should be.
        expected: &'static str,
    },
    /// Written for another archive.
    #[error("it belongs to another archive")]
    OtherArchive,
    /// It names another archive or another log than the keys beside it do, which agree with each other.
    #[error("it names another archive or another log than the keys beside it")]
    OtherKeys,
    /// Written for another epoch.
    #[error("it holds the key of epoch {found}")]
    OtherEpoch {
        /// The epoch that the file names.
        found: u32,
    },
    /// The passphrase does not open it.
    #[error("the passphrase does not open it")]
    WrongPassphrase,
    /// Protected by a passphrase, and none was given.
    #[error("it is protected by a passphrase, and none was given")]
    PassphraseNeeded,
    /// The age file does not open.
    #[error("{0}")]
    Sealed(#[from] SealError),
}

#[cfg(test)]
mod tests;
