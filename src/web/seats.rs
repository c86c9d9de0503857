//! How many connections stand before the TCP address: in all, and from each source.
//!
//! A connection takes its seat when it is accepted; under TLS, when that is agreed on, which takes seconds
//! at most. Where no seat is left, the connection that has waited longest without a whole request gives its
//! seat to the new one: first those that have never sent one, then those that rest between two. So
//! nobody keeps others out by holding connections on which he says nothing. If all are at work, the new one
//! is closed. So is one by which an answer leaves that is taken too slowly, however many seats are left. The
//! socket of the command line has no seats: it answers however full the address is.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rustix::net::{Shutdown, shutdown};

use super::patience::{Outbox, Patience};
use crate::base::open_files;
use crate::config::Config;

/// Files that are kept for what connections ask for: database, blobs, the socket.
const FILES_KEPT: usize = 512;
/// Files that one connection takes: its own, and the one by which it can be closed.
const FILES_EACH: usize = 2;
/// Fewer than that are never allowed.
const SEATS_MIN: usize = 64;
/// Files that a service with an address has to be allowed: with fewer, people at the door would take those
/// with which captures are written.
pub const FILES_TO_SERVE: u64 = (FILES_KEPT + SEATS_MIN * FILES_EACH) as u64;

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
    /// The number of the next event: a connection that came, or that rests again.
    next: u64,
    sitting: HashMap<u64, Sitting>,
    /// Who says nothing, longest first.
    silent: BTreeMap<Silence, u64>,
    by_source: HashMap<Source, Group>,
}

/// A connection that has a seat.
struct Sitting {
    source: Option<Source>,
    /// Since when it is silent; `None` while it has requests at work.
    silence: Option<Silence>,
    /// Requests at work.
    at_work: usize,
    /// By which it is closed.
    line: Option<OwnedFd>,
    /// What leaves by it.
    outbox: Arc<Outbox>,
}

/// How a connection is silent, and since which event: the least gives way first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Silence {
    kind: Silent,
    since: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Silent {
    /// It has sent no whole head yet.
    NeverSpoke,
    /// It rests between two requests.
    Rests,
}

/// The connections of one source.
#[derive(Default)]
struct Group {
    count: usize,
    silent: BTreeSet<(Silence, u64)>,
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
    number: u64,
    standing: Standing,
    outbox: Arc<Outbox>,
}

/// An answer that leaves by a connection.
pub struct Leaving {
    outbox: Arc<Outbox>,
    number: u64,
}

/// A request at work on a connection.
pub struct AtWork(Arc<Seat>);

/// A request of which a stranger's body is awaited.
pub struct Unheard(Arc<Seat>);

/// Whether there was a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// There was.
    Seated,
    /// One too many in all.
    Over,
    /// One too many from this source.
    SourceOver,
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

    /// Takes a seat for a connection that was accepted, from where it comes, and with what it can be
    /// closed; one that says nothing gives way where there is no seat left.
    pub fn take(self: &Arc<Self>, from: Option<IpAddr>, line: Option<OwnedFd>) -> Seat {
        let source = from.and_then(Source::of);
        let mut taken = self.taken();
        let number = taken.tick();
        let outbox = Arc::new(Outbox::default());
        let sitting = Sitting { source, silence: None, at_work: 0, line, outbox: Arc::clone(&outbox) };
        let (standing, closed) = taken.seat(self.limits, number, sitting);
        drop(taken);
        closed.into_iter().flatten().for_each(|line| close(&line));
        Seat { seats: Arc::clone(self), number, standing, outbox }
    }

    /// Closes the connections on which an answer is taken too slowly; gives how many there were.
    pub fn close_slow(&self, patience: Patience, now: Instant) -> usize {
        let mut taken = self.taken();
        let slow = |sitting: &Sitting| sitting.line.is_some() && sitting.outbox.is_too_slow(patience, now);
        let sitting = taken.sitting.iter();
        let slow: Vec<u64> =
            sitting.filter(|(_, sitting)| slow(sitting)).map(|(number, _)| *number).collect();
        let left: Vec<Sitting> = slow.into_iter().filter_map(|number| taken.leave(number)).collect();
        drop(taken);
        left.iter().filter_map(|sitting| sitting.line.as_ref()).for_each(close);
        left.len()
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn tick(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Seats a connection; gives the lines of those that gave way, which are to be closed.
    fn seat(
        &mut self,
        limits: SeatLimits,
        number: u64,
        sitting: Sitting,
    ) -> (Standing, [Option<OwnedFd>; 2]) {
        let mut closed = [None, None];
        let source = sitting.source;
        if let (Some(each), Some(source)) = (limits.each, source)
            && self.by_source.get(&source).is_some_and(|group| group.count >= each)
        {
            let silent = self.by_source.get(&source).and_then(|group| group.silent.first().copied());
            let Some((_, longest)) = silent else { return (Standing::SourceOver, closed) };
            closed[0] = self.leave(longest).and_then(|sitting| sitting.line);
        }
        if self.sitting.len() >= limits.all {
            let longest = self.silent.first_key_value().map(|(_, longest)| *longest);
            let Some(longest) = longest else { return (Standing::Over, closed) };
            closed[1] = self.leave(longest).and_then(|sitting| sitting.line);
        }
        self.sitting.insert(number, sitting);
        if let Some(source) = source {
            self.by_source.entry(source).or_default().count += 1;
        }
        self.falls_silent(number, Silence { kind: Silent::NeverSpoke, since: number });
        (Standing::Seated, closed)
    }

    fn falls_silent(&mut self, number: u64, silence: Silence) {
        // What cannot be closed does not give way.
        let Some(sitting) = self.sitting.get_mut(&number).filter(|sitting| sitting.line.is_some()) else {
            return;
        };
        sitting.silence = Some(silence);
        self.silent.insert(silence, number);
        if let Some(group) = sitting.source.and_then(|source| self.by_source.get_mut(&source)) {
            group.silent.insert((silence, number));
        }
    }

    fn speaks(&mut self, number: u64) {
        let Some(sitting) = self.sitting.get_mut(&number) else { return };
        let Some(silence) = sitting.silence.take() else { return };
        self.silent.remove(&silence);
        if let Some(group) = sitting.source.and_then(|source| self.by_source.get_mut(&source)) {
            group.silent.remove(&(silence, number));
        }
    }

    /// Frees a seat; nothing if it was freed before.
    fn leave(&mut self, number: u64) -> Option<Sitting> {
        self.speaks(number);
        let sitting = self.sitting.remove(&number)?;
        if let Some(source) = sitting.source
            && let Some(group) = self.by_source.get_mut(&source)
        {
            group.count = group.count.saturating_sub(1);
            if group.count == 0 {
                self.by_source.remove(&source);
            }
        }
        Some(sitting)
    }
}

impl Seat {
    /// Whether there was a seat for it.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// A whole head has come: until what is given is dropped, the connection does not give way.
    pub fn at_work(self: &Arc<Self>) -> AtWork {
        self.begin();
        AtWork(Arc::clone(self))
    }

    /// The body comes from somebody who is not known yet: until what is given is dropped, the connection
    /// gives way like one that never spoke.
    pub fn unheard(self: &Arc<Self>) -> Unheard {
        self.end(Silent::NeverSpoke);
        Unheard(Arc::clone(self))
    }

    /// An answer begins to leave; until what is given is dropped, it is looked at how fast it is taken.
    pub fn leaving(&self) -> Leaving {
        Leaving { outbox: Arc::clone(&self.outbox), number: self.outbox.begin() }
    }

    fn begin(&self) {
        let mut taken = self.seats.taken();
        if let Some(sitting) = taken.sitting.get_mut(&self.number) {
            sitting.at_work += 1;
        }
        taken.speaks(self.number);
    }

    fn end(&self, kind: Silent) {
        let mut taken = self.seats.taken();
        let since = taken.tick();
        let Some(sitting) = taken.sitting.get_mut(&self.number) else { return };
        sitting.at_work = sitting.at_work.saturating_sub(1);
        if sitting.at_work == 0 {
            taken.falls_silent(self.number, Silence { kind, since });
        }
    }
}

impl Leaving {
    /// There is room for its next piece.
    pub fn has_room(&self) {
        self.outbox.has_room(self.number, Instant::now());
    }

    /// A piece was handed over.
    pub fn handed_over(&self, bytes: usize) {
        self.outbox.handed_over(self.number, bytes, Instant::now());
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.outbox.end(self.number);
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.end(Silent::Rests);
    }
}

impl Drop for Unheard {
    fn drop(&mut self) {
        self.0.begin();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // Dropped behind the lock: closing a file may take its time.
        let left = self.seats.taken().leave(self.number);
        drop(left);
    }
}

fn close(line: &OwnedFd) {
    if let Err(error) = shutdown(line, Shutdown::Both) {
        tracing::debug!(%error, "a connection that was to be closed had gone already");
    }
}

/// Lets this process have as many files open as the system allows, and says how many connections that
/// leaves room for.
pub fn room_for(wanted: usize) -> usize {
    let files = open_files::allowed().and_then(|files| usize::try_from(files).ok());
    let Some(files) = files else { return wanted };
    wanted.min(files.saturating_sub(FILES_KEPT) / FILES_EACH).max(SEATS_MIN)
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read as _};
    use std::os::unix::net::UnixStream;

    use super::*;

    fn seats(all: usize, each: usize) -> Arc<Seats> {
        Arc::new(Seats::new(SeatLimits { all, each: Some(each) }))
    }

    /// A connection, and the client's end of it.
    fn come(seats: &Arc<Seats>, from: &str) -> (Arc<Seat>, UnixStream) {
        let (client, server) = UnixStream::pair().unwrap();
        client.set_nonblocking(true).unwrap();
        (Arc::new(seats.take(Some(from.parse().unwrap()), Some(server.into()))), client)
    }

    fn is_closed((_, client): &(Arc<Seat>, UnixStream)) -> bool {
        match (&mut &*client).read(&mut [0]) {
            Ok(count) => count == 0,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                false
            }
        }
    }

    fn closed(connections: &[(Arc<Seat>, UnixStream)]) -> Vec<bool> {
        connections.iter().map(is_closed).collect()
    }

    #[test]
    fn where_all_seats_are_taken_the_longest_silence_gives_way() {
        let seats = seats(3, 9);
        let mut held: Vec<_> = (0..3).map(|_| come(&seats, "127.0.0.1")).collect();
        let rests = held[0].0.at_work();
        let mut works = vec![held[1].0.at_work()];
        drop(rests);
        // The third never spoke: it goes before the first, which rests.
        held.push(come(&seats, "127.0.0.1"));
        assert_eq!(closed(&held), [false, false, true, false]);
        held.push(come(&seats, "127.0.0.1"));
        assert_eq!(closed(&held), [false, false, true, true, false]);
        works.push(held[4].0.at_work());
        held.push(come(&seats, "127.0.0.1"));
        assert_eq!(closed(&held), [true, false, true, true, false, false]);
        works.push(held[5].0.at_work());
        let late = come(&seats, "127.0.0.1");
        assert_eq!(late.0.standing(), Standing::Over, "all are at work");
        assert!(held.iter().all(|(seat, _)| seat.standing() == Standing::Seated));
        drop((held, works, late));
        assert!(seats.taken().sitting.is_empty() && seats.taken().silent.is_empty());
    }

    #[test]
    fn who_sends_a_strangers_body_gives_way_like_one_that_never_spoke() {
        let seats = seats(2, 9);
        let (slow, other) = (come(&seats, "127.0.0.1"), come(&seats, "127.0.0.1"));
        let _works = other.0.at_work();
        let works = slow.0.at_work();
        drop(slow.0.unheard());
        assert_eq!(come(&seats, "127.0.0.1").0.standing(), Standing::Over, "its body has come");
        let unheard = slow.0.unheard();
        assert_eq!(come(&seats, "127.0.0.1").0.standing(), Standing::Seated);
        assert!(is_closed(&slow) && !is_closed(&other));
        drop((unheard, works));
        assert_eq!(seats.taken().sitting.len(), 1);
    }

    #[test]
    fn a_source_has_its_own_bound_and_loopback_none() {
        let seats = seats(99, 2);
        let from = |text: &str| come(&seats, text);
        let held = [from("192.0.2.7"), from("192.0.2.7"), from("::ffff:192.0.2.7")];
        assert_eq!(closed(&held), [true, false, false], "its own silent one gives way");
        let works: Vec<_> = held.iter().map(|(seat, _)| seat.at_work()).collect();
        assert_eq!(from("192.0.2.7").0.standing(), Standing::SourceOver);
        let other = from("192.0.2.8");
        assert_eq!((other.0.standing(), is_closed(&other)), (Standing::Seated, false));
        let network = [from("2001:db8::1"), from("2001:db8::2"), from("2001:db8::3")];
        assert_eq!(closed(&network), [true, false, false]);
        let here: Vec<_> = (0..9).map(|_| from("127.0.0.1")).collect();
        assert_eq!(closed(&here), [false; 9]);
        drop((works, held));
        assert_eq!(from("192.0.2.7").0.standing(), Standing::Seated);
        drop((other, network, here));
        assert!(seats.taken().by_source.is_empty());
    }

    #[test]
    fn requests_beside_each_other_are_counted() {
        let seats = seats(1, 9);
        let one = come(&seats, "127.0.0.1");
        let (first, second) = (one.0.at_work(), one.0.at_work());
        drop(first);
        assert_eq!(come(&seats, "127.0.0.1").0.standing(), Standing::Over);
        drop(second);
        assert_eq!(come(&seats, "127.0.0.1").0.standing(), Standing::Seated);
        assert!(is_closed(&one));
    }
}
