//! The clock guard: when the wall clock cannot be trusted, nothing is disposed of until two people confirm.

use crate::base::moment::Moment;

/// Seconds by which the clock may run ahead of its last tick.
pub const JUMP_SECONDS_MAX: i64 = 24 * 3_600;

/// What the guard looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    /// What the clock shows.
    pub now: Moment,
    /// The time of the ledger's last entry, if it has one.
    pub last_entry: Option<Moment>,
    /// When the guard last looked, or when two people last confirmed the clock.
    pub last_tick: Option<Moment>,
}

/// Why the clock cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockFault {
    /// It shows a time before the ledger's last entry.
    #[error("the clock shows a time before the last entry of the ledger, by {seconds} s")]
    Behind {
        /// By so much.
        seconds: i64,
    },
    /// It has jumped ahead.
    #[error("the clock has jumped ahead by {seconds} s")]
    Jumped {
        /// By so much.
        seconds: i64,
    },
}

/// `None` if the clock may be trusted.
pub fn clock_fault(reading: ClockReading) -> Option<ClockFault> {
    let ClockReading { now, last_entry, last_tick } = reading;
    if let Some(entry) = last_entry.filter(|entry| now < *entry) {
        return Some(ClockFault::Behind { seconds: entry.seconds_since(now).max(1) });
    }
    let ahead = last_tick.map(|tick| now.seconds_since(tick));
    ahead.filter(|seconds| *seconds > JUMP_SECONDS_MAX).map(|seconds| ClockFault::Jumped { seconds })
}
