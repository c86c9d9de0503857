//! Password hashes take 64 MiB each; more than a few at once would let a stranger fill the memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use crate::access::password::HASHES_AT_ONCE;
use crate::archive::refusal::Refusal;

/// Threads that may wait at the gate: about three seconds of work. Further ones are sent away, or
/// strangers who log in in vain would hold every thread of the service.
const WAITING_MAX: usize = 32;

/// Lets [`HASHES_AT_ONCE`] hashes be computed at a time; the others wait.
#[derive(Debug, Default)]
pub struct HashGate {
    running: Mutex<usize>,
    freed: Condvar,
    waiting: AtomicUsize,
}

impl HashGate {
    /// Computes once there is room, unless too many wait already.
    ///
    /// # Errors
    /// [`Refusal::TooBusy`].
    pub fn run_unless_busy<T>(&self, hash: impl FnOnce() -> T) -> Result<T, Refusal> {
        let waiting = self.waiting.fetch_add(1, Ordering::SeqCst);
        let outcome = match waiting < WAITING_MAX + HASHES_AT_ONCE {
            true => Ok(self.run(hash)),
            false => Err(Refusal::TooBusy { wait_seconds: 5 }),
        };
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        outcome
    }

    /// Computes once there is room.
    pub fn run<T>(&self, hash: impl FnOnce() -> T) -> T {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        while *running >= HASHES_AT_ONCE {
            running = self.freed.wait(running).unwrap_or_else(PoisonError::into_inner);
        }
        *running += 1;
        drop(running);
        let _place = Place(self);
        hash()
    }
}

/// A place in the gate, given back even if the hash panics.
struct Place<'a>(&'a HashGate);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.running.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn no_more_hashes_run_at_once_than_the_limit() {
        let gate = Arc::new(HashGate::default());
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (gate, running, most) = (Arc::clone(&gate), Arc::clone(&running), Arc::clone(&most));
                std::thread::spawn(move || {
                    for _ in 0..50 {
                        gate.run(|| {
                            let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                            most.fetch_max(now, Ordering::SeqCst);
                            std::thread::yield_now();
                            running.fetch_sub(1, Ordering::SeqCst);
                        });
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(most.load(Ordering::SeqCst) <= HASHES_AT_ONCE);
    }

    #[test]
    fn who_comes_when_too_many_wait_is_sent_away() {
        let gate = HashGate::default();
        gate.waiting.store(WAITING_MAX + HASHES_AT_ONCE, Ordering::SeqCst);
        assert!(matches!(gate.run_unless_busy(|| 7), Err(Refusal::TooBusy { .. })));
        gate.waiting.store(0, Ordering::SeqCst);
        assert!(matches!(gate.run_unless_busy(|| 7), Ok(7)));
        assert_eq!(gate.waiting.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn a_place_is_given_back_after_a_panic() {
        let gate = HashGate::default();
        for _ in 0..HASHES_AT_ONCE + 1 {
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                gate.run(|| panic!("as if the hash failed"));
            }));
            assert!(outcome.is_err());
        }
        assert_eq!(gate.run(|| 7), 7);
    }
}
