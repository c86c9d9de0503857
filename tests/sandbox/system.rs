//! What the system says of processes.

use std::collections::BTreeSet;
use std::fs;

/// The processes whose parent is `parent`, those that have ended and were not reaped among them.
pub fn children_of(parent: u32) -> Vec<u32> {
    let numbers = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str().and_then(|name| name.parse::<u32>().ok()));
    numbers.filter(|number| status(*number, "PPid").is_some_and(|one| one == parent.to_string())).collect()
}

/// A line of a process's status.
pub fn status(process: u32, name: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(line.trim().to_owned())
}

/// The descriptors that a process has open.
pub fn descriptors(process: &str) -> BTreeSet<u32> {
    let Ok(open) = fs::read_dir(format!("/proc/{process}/fd")) else { return BTreeSet::new() };
    open.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// Milliseconds of a processor that ended children of this process took.
pub fn children_milliseconds() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    // Fields 16 and 17, of which two stand before the bracket; in ticks of 10 ms.
    [13, 14].into_iter().map(|field: usize| fields[field].parse::<u64>().unwrap() * 10).sum()
}
