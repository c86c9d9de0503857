//! What the figures were measured on. A fact that the system does not tell is left out, never guessed.

use std::path::{Path, PathBuf};

use super::Malfunction;

/// The machine and this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The processor's name.
    pub processor: Option<String>,
    /// Processors that this process may use.
    pub cores: usize,
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
    /// The kernel.
    pub kernel: String,
    /// The directory that was measured.
    pub directory: PathBuf,
    /// The file system on which it lies, and its device.
    pub file_system: Option<String>,
    /// The database.
    pub database: String,
    /// This program's version.
    pub version: &'static str,
    /// `release`, or `debug`, whose figures say nothing.
    pub build: &'static str,
}

/// Looks at the machine, for measurements in `directory`.
///
/// # Errors
/// The directory cannot be found.
pub fn look(directory: Option<&Path>) -> Result<Machine, Malfunction> {
    let given = directory.map_or_else(std::env::temp_dir, Path::to_path_buf);
    let directory = given.canonicalize().map_err(Malfunction::system("find the directory"))?;
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let system = rustix::system::uname();
    Ok(Machine {
        processor: read("/proc/cpuinfo").and_then(|text| after(&text, "model name")),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        memory_bytes: read("/proc/meminfo").and_then(|text| kibibytes(&after(&text, "MemTotal")?)),
        kernel: format!(
            "{} {} {}",
            system.sysname().to_string_lossy(),
            system.release().to_string_lossy(),
            system.machine().to_string_lossy()
        ),
        file_system: read("/proc/self/mountinfo").and_then(|text| file_system(&text, &directory)),
        directory,
        database: format!("SQLite {}", crate::store::sqlite_version()),
        version: env!("CARGO_PKG_VERSION"),
        build: if cfg!(debug_assertions) { "debug" } else { "release" },
    })
}

/// The rest of the line that begins with `name`, behind the colon.
fn after(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, rest)| rest.trim().to_owned())
}

fn kibibytes(text: &str) -> Option<u64> {
    text.strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// Type and device of the mount with the longest path above `directory` (proc_pid_mountinfo(5)).
fn file_system(mounts: &str, directory: &Path) -> Option<String> {
    let mounts = mounts.lines().filter_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let path = before.split(' ').nth(4)?;
        let mut source = after.split(' ');
        let (kind, device) = (source.next()?, source.next()?);
        directory.starts_with(path).then(|| (path.len(), format!("{kind} on {device}")))
    });
    mounts.max_by_key(|(length, _)| *length).map(|(_, told)| told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_mount_tells_the_file_system() {
        let mounts =
            "22 1 254:0 / / rw - ext4 /dev/vda rw\n23 22 0:5 / /tmp rw,nosuid shared:1 - tmpfs tmpfs rw\n";
        assert_eq!(file_system(mounts, Path::new("/tmp/x")).as_deref(), Some("tmpfs on tmpfs"));
        assert_eq!(file_system(mounts, Path::new("/tmpx")).as_deref(), Some("ext4 on /dev/vda"));
    }

    #[test]
    fn this_machine_can_be_looked_at() {
        let machine = look(None).unwrap();
        assert!(machine.cores > 0 && machine.database.starts_with("SQLite 3."));
    }
}
