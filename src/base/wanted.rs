//! Whether anybody still waits for what is being worked out: the work for somebody who went away can end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asked now and then by whoever works. Clones share it; what nobody was said to wait for is wanted all the same.
#[derive(Debug, Clone, Default)]
pub struct Wanted(Arc<AtomicBool>);

/// Somebody who waits. Dropped, nobody does.
#[derive(Debug)]
pub struct Awaited(Arc<AtomicBool>);

impl Wanted {
    /// False once whoever waited went away.
    pub fn is_so(&self) -> bool {
        !self.0.load(Ordering::Relaxed)
    }

    /// Somebody waits, until what is given is dropped.
    #[must_use = "dropped at once, nobody waits"]
    pub fn awaited(&self) -> Awaited {
        Awaited(Arc::clone(&self.0))
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_wanted_until_whoever_waits_goes_away() {
        let wanted = Wanted::default();
        let (seen, awaited) = (wanted.clone(), wanted.awaited());
        assert!(seen.is_so());
        drop(awaited);
        assert!(!seen.is_so());
        assert!(Wanted::default().is_so());
    }
}
