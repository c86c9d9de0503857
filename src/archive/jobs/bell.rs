//! Wakes the runners when a job was asked for.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Counts rings, so that none is missed between two waits.
#[derive(Debug, Default)]
pub(in crate::archive) struct JobBell {
    rings: Mutex<u64>,
    rung: Condvar,
}

impl JobBell {
    /// Rings: every runner looks.
    pub(in crate::archive) fn ring(&self) {
        let mut rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        *rings = rings.wrapping_add(1);
        self.rung.notify_all();
    }

    /// How often it was rung.
    pub(in crate::archive) fn rings(&self) -> u64 {
        *self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is rung more often than `heard`, at most so long.
    pub(super) fn wait(&self, heard: u64, longest: Duration) {
        let rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.rung.wait_timeout_while(rings, longest, |rings| *rings == heard));
    }
}
