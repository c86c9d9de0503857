//! Who the bearers of API tokens are, remembered while no word about rights changes: a feed shows the
//! same token thousands of times a minute. What is remembered was held against the ledger, and ends
//! with the next word that is entered about anybody.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::archive::Caller;
use crate::base::digest::Digest;

/// Tokens that are remembered at once.
const REMEMBERED_MAX: usize = 1_024;
/// For how long the rows are not looked at again: whoever changes them is noticed after that.
const LOOKED_AT_AGAIN: Duration = Duration::from_secs(1);

/// Callers by the hash of their token.
#[derive(Default)]
pub(in crate::archive) struct Remembered(Mutex<HashMap<Digest, Known>>);

struct Known {
    /// The generation of the words under which the caller was found to be vouched for.
    generation: u64,
    looked_at: Instant,
    caller: Caller,
}

impl Remembered {
    /// The bearer of a token, if nothing was entered since about anybody's rights.
    pub(super) fn get(&self, hash: Digest, generation: u64) -> Option<Caller> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get(&hash)?;
        let holds = known.generation == generation && known.looked_at.elapsed() < LOOKED_AT_AGAIN;
        holds.then(|| known.caller.clone())
    }

    /// Remembers who was found. `generation` is that of before the rows were read.
    pub(super) fn keep(&self, hash: Digest, generation: u64, caller: &Caller) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX && !known.contains_key(&hash) {
            known.clear();
        }
        let caller = caller.clone();
        known.insert(hash, Known { generation, looked_at: Instant::now(), caller });
    }

    /// As if a second had passed.
    #[cfg(test)]
    pub(in crate::archive) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
