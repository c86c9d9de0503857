//! What can be measured, one file a topic.

mod bulk;
mod capture;
mod idle;
mod keys;
mod peers;
mod proof;
mod retention;
mod seal;
mod search;
mod stream;
mod subject;

use std::time::Duration;

use super::Malfunction;
use super::figure::Figure;
use super::site::Site;
use crate::archive::Archive;

pub(super) use capture::description;

/// A topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Sealing in memory, and headers.
    Seal,
    /// Inclusion proofs.
    Proof,
    /// Memory of an idle server.
    Idle,
    /// Captures over HTTP.
    Capture,
    /// Bulk logs over HTTP.
    Bulk,
    /// One long file over HTTP, and its verification.
    Stream,
    /// Search over many records.
    Search,
    /// Judging, in memory and in an archive.
    Retention,
    /// Rotation and epoch over many records.
    Keys,
    /// Other programs on the same files.
    Peers,
}

impl Topic {
    /// All of them, in the order in which they are measured.
    pub const ALL: [Self; 10] = [
        Self::Seal,
        Self::Proof,
        Self::Idle,
        Self::Capture,
        Self::Bulk,
        Self::Stream,
        Self::Search,
        Self::Retention,
        Self::Keys,
        Self::Peers,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Proof => "proof",
            Self::Idle => "idle",
            Self::Capture => "capture",
            Self::Bulk => "bulk",
            Self::Stream => "stream",
            Self::Search => "search",
            Self::Retention => "retention",
            Self::Keys => "keys",
            Self::Peers => "peers",
        }
    }

    /// The topic of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == name)
    }

    /// Measures it.
    pub(super) fn measure(self, site: &Site, short: bool) -> Result<Vec<Figure>, Malfunction> {
        let measure = match self {
            Self::Seal => seal::measure,
            Self::Proof => proof::measure,
            Self::Idle => idle::measure,
            Self::Capture => capture::measure,
            Self::Bulk => bulk::measure,
            Self::Stream => stream::measure,
            Self::Search => search::measure,
            Self::Retention => retention::measure,
            Self::Keys => keys::measure,
            Self::Peers => peers::measure,
        };
        measure(site, short)
    }
}

/// Runs whose median is quoted.
const fn runs(short: bool) -> usize {
    if short { 3 } else { 5 }
}

/// Megabytes a second.
fn megabytes_per_second(bytes: u64, time: Duration) -> f64 {
    bytes as f64 / 1e6 / time.as_secs_f64().max(1e-9)
}

/// Microseconds for each of `count`.
fn micros_each(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / count.max(1) as f64
}

/// So many in a second.
fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(1e-9)
}

/// Indexes everything that waits; the time of this process, which does nothing else meanwhile.
fn index(archive: &Archive) -> Result<Duration, Malfunction> {
    let before = super::process::own_time();
    let left = archive.index_pending(Duration::MAX).map_err(Malfunction::refused("index"))?;
    if left > 0 {
        return Err(Malfunction::wrong("index", format!("{left} versions are left")));
    }
    Ok(super::process::own_time().saturating_sub(before))
}

/// Judges everything that waits; the time of this process, which does nothing else meanwhile.
fn judge_all(archive: &Archive) -> Result<Duration, Malfunction> {
    let before = super::process::own_time();
    if !archive.judge_pending(Duration::MAX).map_err(Malfunction::refused("judge"))? {
        return Err(Malfunction::wrong("judge", "records are left"));
    }
    Ok(super::process::own_time().saturating_sub(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_known_by_their_names() {
        assert!(Topic::ALL.into_iter().all(|topic| Topic::parse(topic.as_str()) == Some(topic)));
        assert_eq!(Topic::parse("captures"), None);
    }
}
