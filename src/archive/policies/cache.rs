//! Policies that were opened and read, by the hash of their canonical form: what a hash names never changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::digest::Digest;
use crate::policy::Policy;

/// Policies that are kept; each takes some hundred kilobytes at most.
const KEPT_MAX: usize = 32;

/// Policies by their hashes.
#[derive(Default)]
pub(in crate::archive) struct PolicyCache(Mutex<HashMap<Digest, Arc<Policy>>>);

impl PolicyCache {
    /// The policy of this hash, if it was read.
    pub(super) fn get(&self, hash: Digest) -> Option<Arc<Policy>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned()
    }

    /// Keeps a policy whose canonical form was found to have this hash.
    pub(super) fn keep(&self, hash: Digest, policy: &Arc<Policy>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(hash, Arc::clone(policy));
    }
}
