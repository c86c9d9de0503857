//! The key directory: `DIR-keys/`, 0700, a sibling of the data directory, never inside it.
//!
//! | file | holds |
//! |---|---|
//! | `keyring.toml` | names the archive, the recipients and the epochs in use; no secrets |
//! | `service.identity` | the identity of the running service (may lie elsewhere, see [`IdentitySource`]) |
//! | `recovery.identity` | the recovery identity, until the operator takes it off-line |
//! | `epoch-<n>.age`, `index.age` | epoch and index keys, age files to service and recovery |
//! | `log.key`, `log.vkey` | the key that signs checkpoints, and its public half |
//! | `log.checkpoint` | the newest checkpoint that this machine has seen |
//!
//! Promises: every file is made durable under a temporary name and then renamed, and
//! `keyring.toml` is the file whose replacement makes a change take effect, so that after a crash
//! at any point the directory opens with the identity with which it opened before. A file that
//! others may read is refused. Must never: print or log what stands in a file.

mod create;
mod disk;
mod epochs;
mod error;
mod escrow;
mod kept;
mod leftover;
mod open;
mod place;
mod rotation;

pub use create::{CreatedKeys, Founding};
pub use error::{KeyDirError, WhichKey};
pub use leftover::Leftovers;
pub use open::IdentitySource;
pub use rotation::{Replace, Rotated};

use std::path::Path;

/// What can be done with a key directory. It holds no state: every call reads anew.
#[derive(Clone, Copy, Debug)]
pub struct KeyDir;

impl KeyDir {
    /// The file of the key that signs checkpoints. It is in no escrow place.
    pub const LOG_KEY: &str = LOG_KEY;

    /// True while the recovery identity still lies in the key directory: the operator should be
    /// reminded to take it off-line.
    ///
    /// # Errors
    /// `Io`.
    pub fn recovery_identity_is_here(path: &Path) -> Result<bool, KeyDirError> {
        disk::Disk::at(path).exists(RECOVERY_IDENTITY)
    }
}

const MANIFEST: &str = "keyring.toml";
const SERVICE_IDENTITY: &str = "service.identity";
const RECOVERY_IDENTITY: &str = "recovery.identity";
const INDEX: &str = "index.age";
const LOG_KEY: &str = "log.key";
const VERIFIER_KEY: &str = "log.vkey";

fn epoch_file(number: u32) -> String {
    format!("epoch-{number}.age")
}

/// The epoch whose key file has this name.
fn parse_epoch_file(name: &str) -> Option<u32> {
    let number = name.strip_prefix("epoch-")?.strip_suffix(".age")?.parse().ok()?;
    (epoch_file(number) == name).then_some(number)
}

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod tests;
