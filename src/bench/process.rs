//! Processor time and memory of a process, as the kernel accounts for them.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::Malfunction;

/// Processor time that this process has used so far, all its threads together.
pub fn own_time() -> Duration {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(spent.tv_sec).unwrap_or(0), u32::try_from(spent.tv_nsec).unwrap_or(0))
}

/// Processor time of another process in user and kernel, threads that have ended included. The kernel
/// tells it in ticks of ten milliseconds.
///
/// # Errors
/// No such process.
pub fn time_of(process: u32) -> Result<Duration, Malfunction> {
    ticks_of(process, [UTIME, STIME])
}

/// Processor time of the children of this process that have ended and were waited for.
///
/// # Errors
/// The kernel does not tell.
pub fn time_of_children() -> Result<Duration, Malfunction> {
    ticks_of(std::process::id(), [CUTIME, CSTIME])
}

// Fields of proc_pid_stat(5), counted from the one behind the command's name.
const UTIME: usize = 11;
const STIME: usize = 12;
const CUTIME: usize = 13;
const CSTIME: usize = 14;

fn ticks_of(process: u32, fields: [usize; 2]) -> Result<Duration, Malfunction> {
    let path = format!("/proc/{process}/stat");
    let text = std::fs::read_to_string(path).map_err(Malfunction::system("read a process's time"))?;
    let ticks =
        sum_of_fields(&text, fields).ok_or_else(|| Malfunction::wrong("read a process's time", text))?;
    Ok(Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second().max(1)))
}

/// The command's name stands in brackets, and may hold blanks and brackets itself.
fn sum_of_fields(stat: &str, fields: [usize; 2]) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let all: Vec<&str> = rest.split(' ').collect();
    fields.into_iter().try_fold(0, |sum, field| Some(sum + all.get(field)?.trim().parse::<u64>().ok()?))
}

/// Memory of a process.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Bytes in memory now.
    pub resident: u64,
    /// Those of them that are its own: not pages of the program's file, which the system takes away and
    /// reads again as it likes.
    pub own: u64,
    /// The most bytes it ever had there.
    pub peak: u64,
}

/// Memory of another process.
///
/// # Errors
/// No such process.
pub fn memory_of(process: u32) -> Result<Memory, Malfunction> {
    let path = format!("/proc/{process}/status");
    let text = std::fs::read_to_string(path).map_err(Malfunction::system("read a process's memory"))?;
    let read = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        let kibibytes = line.split_whitespace().nth(1)?.parse::<u64>().ok()?;
        kibibytes.checked_mul(1024)
    };
    match (read("VmRSS:"), read("RssAnon:"), read("VmHWM:")) {
        (Some(resident), Some(own), Some(peak)) => Ok(Memory { resident, own, peak }),
        _ => Err(Malfunction::wrong("read a process's memory", "no VmRSS")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_with_brackets_in_its_name_is_read_right() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194304 1 2 3 4 50 60 700 800 20 0 1 0 9 9 9";
        assert_eq!(sum_of_fields(stat, [UTIME, STIME]), Some(110));
        assert_eq!(sum_of_fields(stat, [CUTIME, CSTIME]), Some(1500));
        assert_eq!(sum_of_fields("7 (a", [UTIME, STIME]), None);
    }

    #[test]
    fn work_takes_time_and_memory() {
        let before = own_time();
        let sum: u64 = (0..3_000_000_u64).map(|number| number.wrapping_mul(number) >> 3).sum();
        assert!(sum > 0 && own_time() > before);
        let memory = memory_of(std::process::id()).unwrap();
        assert!(memory.peak >= memory.resident && memory.resident > memory.own && memory.own > 0);
    }
}
