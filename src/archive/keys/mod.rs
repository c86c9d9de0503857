//! The archive's keys: what is known of them, replacing them, turning the epoch.
//!
//! Rotation and epoch turn rewrite sealed cells only, never a payload. Both can be broken off at
//! any step and begun again: the cells say which generation and which epoch they belong to.

mod in_force;
mod leftover;
mod recover;
mod replaced;
mod rewrite;
mod rotate;
mod status;
#[cfg(test)]
mod tests;
mod turn;

pub use crate::keydir::Replace;
pub use leftover::KeysLeft;
pub use recover::{Recovering, RecoveryRequest};
pub use rotate::Rotation;
pub use status::KeysStatus;
pub use turn::EpochTurn;

pub(in crate::archive) use in_force::Replacing;
pub(in crate::archive) use replaced::Replaced;

use std::sync::Arc;
use std::time::Duration;

use crate::seal::Keyring;

use super::Inner;

/// How long use cases under way may go on with the keys of before.
const DRAIN_STEP: Duration = Duration::from_millis(2);

impl Inner {
    /// Puts new keys in place of the old, and returns once no use case holds the old ones: from
    /// then on nothing is written any more under what they replace.
    fn replace_keys(&self, keys: Keyring) {
        let old = {
            let mut held = self.keys.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            std::mem::replace(&mut *held, Arc::new(keys))
        };
        while Arc::strong_count(&old) > 1 {
            std::thread::sleep(DRAIN_STEP);
        }
    }
}
