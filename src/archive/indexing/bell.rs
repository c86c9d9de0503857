//! Wakes the indexer when something was captured, and tells it when to stop.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A bell that is rung after captures and heard by the indexer.
#[derive(Debug, Default)]
pub(in crate::archive) struct Bell {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    rung: bool,
    closed: bool,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) enum Heard {
    /// Something was captured.
    Rung,
    /// The time was up.
    Nothing,
    /// The indexer must end.
    Closed,
}

impl Bell {
    /// Rings.
    pub(in crate::archive) fn ring(&self) {
        self.change(|state| state.rung = true);
    }

    /// Tells who waits to end.
    pub(in crate::archive) fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// Takes [`Bell::close`] back, before somebody new waits.
    pub(in crate::archive) fn open(&self) {
        self.change(|state| state.closed = false);
    }

    /// True once it was closed.
    pub(in crate::archive) fn is_closed(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed
    }

    /// Waits until the bell rings or is closed, at most so long.
    pub(in crate::archive) fn wait(&self, longest: Duration) -> Heard {
        self.wait_while(longest, |state| !state.rung && !state.closed)
    }

    /// Lets more captures come, at most so long, unless it is closed.
    pub(in crate::archive) fn linger(&self, long: Duration) -> Heard {
        self.wait_while(long, |state| !state.closed)
    }

    /// Rests, at most so long, unless it is closed; a ring is kept for who waits for one.
    pub(in crate::archive) fn rest(&self, long: Duration) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.changed.wait_timeout_while(state, long, |state| !state.closed));
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    fn wait_while(&self, longest: Duration, waits: impl Fn(&State) -> bool) -> Heard {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut state, _) = self
            .changed
            .wait_timeout_while(state, longest, |state| waits(state))
            .unwrap_or_else(PoisonError::into_inner);
        match (state.closed, std::mem::take(&mut state.rung)) {
            (true, _) => Heard::Closed,
            (false, true) => Heard::Rung,
            (false, false) => Heard::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_before_the_wait_is_heard_once() {
        let bell = Bell::default();
        bell.ring();
        assert_eq!(bell.wait(Duration::from_secs(60)), Heard::Rung);
        assert_eq!(bell.wait(Duration::ZERO), Heard::Nothing);
    }

    #[test]
    fn a_ring_during_a_rest_is_heard_afterwards() {
        let bell = Bell::default();
        bell.ring();
        bell.rest(Duration::ZERO);
        assert_eq!(bell.wait(Duration::from_secs(60)), Heard::Rung);
    }

    #[test]
    fn a_closed_bell_ends_every_wait() {
        let bell = Bell::default();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| bell.wait(Duration::from_secs(60)));
            bell.close();
            assert_eq!(waiting.join().unwrap(), Heard::Closed);
        });
        assert_eq!(bell.linger(Duration::from_secs(60)), Heard::Closed);
    }
}
