//! How many connections stand before the TCP address: in all, and from each source.
//!
//! A connection takes its seat when it is accepted; one too many is closed at once. From where it comes
//! is known with its first request at the latest (TLS hides it before): then the source's own bound is
//! looked at. The socket of the command line has no seats: it answers however full the address is.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::config::Config;

/// Connections that the system must have files left for beside those of the address: database, blobs,
/// the socket.
const FILES_KEPT: usize = 512;
/// Fewer than that are never allowed.
const SEATS_MIN: usize = 64;

/// How many connections are let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatLimits {
    /// At the TCP address, in all.
    pub all: usize,
    /// From one source; `None` where all come from a proxy.
    pub each: Option<usize>,
}

impl Default for SeatLimits {
    fn default() -> Self {
        Self { all: 1_024, each: Some(128) }
    }
}

impl SeatLimits {
    /// As the configuration says.
    pub fn of(config: &Config) -> Self {
        let each = config.connections_per_source;
        Self { all: config.connections, each: (each > 0).then_some(each) }
    }
}

/// The seats of an address.
pub struct Seats {
    limits: SeatLimits,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_source: HashMap<Source, usize>,
}

/// Where connections come from: one IPv4 address, or the network that one IPv6 subscriber has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Source {
    V4([u8; 4]),
    V6Network(u64),
}

/// A connection's seat, given back when the connection ends.
pub struct Seat {
    seats: Arc<Seats>,
    standing: Standing,
    source: OnceLock<Option<Source>>,
}

/// Whether there was a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Seated,
    /// One too many.
    Over,
}

impl Source {
    /// Loopback is this machine: its proxies and tools speak for many.
    fn of(address: IpAddr) -> Option<Self> {
        match address.to_canonical() {
            address if address.is_loopback() => None,
            IpAddr::V4(address) => Some(Self::V4(address.octets())),
            IpAddr::V6(address) => Some(Self::V6Network((address.to_bits() >> 64) as u64)),
        }
    }
}

impl Seats {
    /// Nobody sits.
    pub fn new(limits: SeatLimits) -> Self {
        Self { limits, taken: Mutex::default() }
    }

    /// Takes a seat for a connection that was accepted.
    pub fn take(self: &Arc<Self>) -> Seat {
        let mut taken = self.taken();
        let standing = if taken.all < self.limits.all { Standing::Seated } else { Standing::Over };
        taken.all += 1;
        drop(taken);
        Seat { seats: Arc::clone(self), standing, source: OnceLock::new() }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// True if there are more connections than are let in.
    pub fn is_over(&self) -> bool {
        self.standing == Standing::Over
    }

    /// Notes where the connection comes from; false if that source has too many.
    pub fn comes_from(&self, address: IpAddr) -> bool {
        let Some(each) = self.seats.limits.each else { return true };
        let mut first = false;
        let source = *self.source.get_or_init(|| {
            first = true;
            Source::of(address)
        });
        let Some(source) = source else { return true };
        let mut taken = self.seats.taken();
        let count = taken.by_source.entry(source).or_default();
        *count += usize::from(first);
        *count <= each
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        taken.all = taken.all.saturating_sub(1);
        if let Some(Some(source)) = self.source.get()
            && let Some(count) = taken.by_source.get_mut(source)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.by_source.remove(source);
            }
        }
    }
}

/// Lets this process have as many files open as the system allows, and says how many connections that
/// leaves room for.
pub fn room_for(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let Some(files) = files.and_then(|files| usize::try_from(files).ok()) else { return wanted };
    wanted.min(files.saturating_sub(FILES_KEPT)).max(SEATS_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(all: usize, each: usize) -> Arc<Seats> {
        Arc::new(Seats::new(SeatLimits { all, each: Some(each) }))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_too_many_is_over_until_somebody_leaves() {
        let seats = seats(2, 9);
        let (first, second) = (seats.take(), seats.take());
        assert!(!first.is_over() && !second.is_over());
        let third = seats.take();
        assert!(third.is_over());
        drop((first, third));
        assert!(!seats.take().is_over());
    }

    #[test]
    fn a_source_has_its_own_bound_and_loopback_none() {
        let seats = seats(99, 2);
        let from = |text: &str| {
            let seat = seats.take();
            let fine = seat.comes_from(address(text));
            assert_eq!(seat.comes_from(address(text)), fine, "asked again it is counted once");
            (seat, fine)
        };
        let held = [from("192.0.2.7"), from("192.0.2.7"), from("::ffff:192.0.2.7")];
        assert_eq!(held.iter().map(|(_, fine)| *fine).collect::<Vec<_>>(), [true, true, false]);
        assert!(from("192.0.2.8").1);
        let network = [from("2001:db8::1"), from("2001:db8::2"), from("2001:db8::3")];
        assert_eq!(network.iter().map(|(_, fine)| *fine).collect::<Vec<_>>(), [true, true, false]);
        assert!((0..9).map(|_| from("127.0.0.1")).collect::<Vec<_>>().iter().all(|(_, fine)| *fine));
        drop(held);
        assert!(from("192.0.2.7").1);
    }
}
