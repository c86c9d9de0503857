//! What a process gives up before it reads a document.

use rustix::process::{Resource, Rlimit, setrlimit};

use super::descriptors;
use crate::base::limits::{WORKER_CPU_SECONDS_MAX, WORKER_FILES_MAX, WORKER_MEMORY_BYTES_MAX};
use crate::document::protocol::Layers;

/// How much of the machine the process may have.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes of address space.
    pub memory_bytes: u64,
    /// Seconds of a processor.
    pub cpu_seconds: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { memory_bytes: WORKER_MEMORY_BYTES_MAX, cpu_seconds: WORKER_CPU_SECONDS_MAX }
    }
}

/// Gives up everything that a parser does not need. What this machine cannot give up is told.
///
/// The order counts: the filter of system calls comes last, because it lets none of the others through.
pub(super) fn confine(bounds: Bounds) -> Layers {
    ask_ahead();
    let descriptors = descriptors::close_others();
    Layers { descriptors, ..system(bounds) }
}

/// The first pattern of all asks how many processors there are, and the files that say so cannot be opened later.
fn ask_ahead() {
    std::hint::black_box(regex::Regex::new("a").is_ok_and(|pattern| pattern.is_match("a")));
}

#[cfg(target_os = "linux")]
fn system(bounds: Bounds) -> Layers {
    use rustix::process::{DumpableBehavior, Signal, set_dumpable_behavior, set_parent_process_death_signal};
    use rustix::thread::set_no_new_privs;

    Layers {
        // A parent that ended before this has closed the pipe: there will be nothing to read.
        ends_with_parent: set_parent_process_death_signal(Some(Signal::KILL)).is_ok(),
        undumpable: set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok(),
        no_new_privileges: set_no_new_privs(true).is_ok(),
        landlock: super::files::give_up(),
        limits: limit(bounds),
        filter: super::calls::give_up(),
        descriptors: false,
    }
}

#[cfg(not(target_os = "linux"))]
fn system(bounds: Bounds) -> Layers {
    Layers { limits: limit(bounds), ..Layers::default() }
}

/// A process may always lower its own limits, unless it never had so much.
fn limit(bounds: Bounds) -> bool {
    let files = WORKER_FILES_MAX;
    let limits = [
        (Resource::As, bounds.memory_bytes, bounds.memory_bytes),
        // The first tells of itself, the second kills.
        (Resource::Cpu, bounds.cpu_seconds, bounds.cpu_seconds.saturating_add(1)),
        (Resource::Nofile, files, files),
        (Resource::Nproc, 0, 0),
        (Resource::Core, 0, 0),
        (Resource::Fsize, 0, 0),
    ];
    limits.into_iter().all(|(resource, current, maximum)| {
        let had = rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let limit = Rlimit { current: Some(current.min(had)), maximum: Some(maximum.min(had)) };
        setrlimit(resource, limit).is_ok()
    })
}
