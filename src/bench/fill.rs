//! Fills an archive through its own use cases, faster than over HTTP.

use std::sync::atomic::{AtomicU64, Ordering};

use super::site::{Fresh, Site};
use super::topics::description;
use super::{Malfunction, text};
use crate::archive::Archive;
use crate::archive::stage::Declared;
use crate::base::civil::Zone;
use crate::base::moment::{Clock as _, SystemClock};
use crate::record::jurisdiction::Jurisdiction;
use crate::record::request::{Capture, CaptureDefaults, read_json};

/// Captures at the same time, so that they share commits.
const THREADS: usize = 32;

/// Makes an archive of `count` records with texts of `bytes`.
pub fn fill(site: &Site, name: &str, count: u64, bytes: usize) -> Result<Fresh, Malfunction> {
    let fresh = site.archive(name)?;
    let next = AtomicU64::new(0);
    let captured: Vec<Result<(), Malfunction>> = std::thread::scope(|scope| {
        let work = || -> Result<(), Malfunction> {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok(());
                }
                capture(&fresh.archive, &description(number), text::record(number, bytes).as_bytes())?;
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        let lost = |_| Err(Malfunction::wrong("capture", "a thread panicked"));
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(lost)).collect()
    });
    captured.into_iter().collect::<Result<(), _>>()?;
    Ok(fresh)
}

/// Captures one record as the local operator.
pub fn capture(archive: &Archive, description: &str, content: &[u8]) -> Result<(), Malfunction> {
    let staged =
        archive.stage(content, Declared::default()).map_err(Malfunction::refused("seal a content"))?;
    finish(archive, description, staged)
}

/// Captures what was sealed before.
pub fn finish(
    archive: &Archive,
    description: &str,
    staged: crate::archive::stage::Staged,
) -> Result<(), Malfunction> {
    let defaults = CaptureDefaults {
        jurisdiction: Jurisdiction::china(),
        zone: Zone::SHANGHAI,
        now: SystemClock.now(),
        content_comes_apart: true,
    };
    let read = read_json(description.as_bytes());
    let read = read.map_err(|fault| Malfunction::wrong("describe a record", fault.path))?;
    let capture = Capture::from_json(&read, &defaults);
    let capture = capture.map_err(|faults| Malfunction::wrong("describe a record", format!("{faults:?}")))?;
    let caller = archive.local_operator().map_err(Malfunction::refused("act as the operator"))?;
    archive.capture(&caller, capture, vec![staged]).map_err(Malfunction::refused("capture a record"))?;
    Ok(())
}
