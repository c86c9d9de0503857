//! Other programs on the same files, where they are installed: `rage` and `age` encrypt a file,
//! `restic` and `borg` back a folder up. They promise other things (no ledger, no acknowledgement of
//! each file, but compression and deduplication), so this says what such work costs, not who is better.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{megabytes_per_second, micros_each};
use crate::archive::stage::Declared;
use crate::bench::figure::{Figure, Unit};
use crate::bench::process::{own_time, time_of_children};
use crate::bench::site::{Site, make_folder};
use crate::bench::{Malfunction, text};
use crate::seal::Identity;

/// Bytes of one small file.
const FILE_BYTES: usize = 10 * 1024;
/// Bytes of the long file that are handed over at once.
const PIECE_BYTES: usize = 256 * 1024;
/// Runs of each program.
const RUNS: usize = 3;

pub(super) fn measure(site: &Site, short: bool) -> Result<Vec<Figure>, Malfunction> {
    let files: u64 = if short { 200 } else { 4_096 };
    let megabytes: u64 = if short { 32 } else { 512 };
    let folder = site.join("peers-files");
    make_folder(&folder)?;
    for number in 0..files {
        let path = folder.join(format!("{number:06}.txt"));
        let text = text::record(number, FILE_BYTES);
        std::fs::write(path, text).map_err(Malfunction::system("write a file to measure with"))?;
    }
    let long = site.join("peers-long.bin");
    let bytes = megabytes << 20;
    let content: Vec<u8> = (0..bytes).map(|at| ((at * 31) >> 3) as u8).collect();
    std::fs::write(&long, &content).map_err(Malfunction::system("write a file to measure with"))?;

    let mut figures = vec![ours(site, &content)?];
    drop(content);
    let (recipient, other) = (Identity::generate().to_recipient(), Identity::generate().to_recipient());
    for (name, program) in [("peers.rage", "rage"), ("peers.age", "age")] {
        let encrypt = || {
            let mut command = Command::new(program);
            command
                .args(["-r", &recipient.to_string(), "-r", &other.to_string(), "-o", "/dev/null"])
                .arg(&long);
            command
        };
        if let Some((cpu, _)) = several(encrypt, || Ok(()))? {
            let rates = cpu.into_iter().map(|cpu| megabytes_per_second(bytes, cpu)).collect();
            figures.push(
                Figure::new(name, Unit::MegabytesPerCpuSecond, rates)
                    .on(format!("{program}, {megabytes} MiB to /dev/null, two recipients")),
            );
        }
    }
    let count = usize::try_from(files).unwrap_or(1);
    for backup in [RESTIC, BORG] {
        figures.extend(backup.measure(site, &folder, count)?);
    }
    site.clear("peers-files")?;
    std::fs::remove_file(&long).map_err(Malfunction::system("take a file away"))?;
    Ok(figures)
}

/// The same long file into an archive: sealed, digested twice, written and made durable.
fn ours(site: &Site, content: &[u8]) -> Result<Figure, Malfunction> {
    let mut rates = Vec::new();
    for _ in 0..RUNS {
        let made = site.archive("peers")?;
        let before = own_time();
        let intake = made.archive.begin_content(Declared::default());
        let mut intake = intake.map_err(Malfunction::refused("seal a content"))?;
        // As it arrives from the network: sealed at one go it would be in memory twice.
        for piece in content.chunks(PIECE_BYTES) {
            intake.write(piece).map_err(Malfunction::refused("seal a content"))?;
        }
        drop(intake.finish().map_err(Malfunction::refused("seal a content"))?);
        rates.push(megabytes_per_second(content.len() as u64, own_time().saturating_sub(before)));
    }
    site.clear("peers")?;
    let on = format!("muniment, {} MiB to the disk, two recipients", content.len() >> 20);
    Ok(Figure::new("peers.own", Unit::MegabytesPerCpuSecond, rates).on(on))
}

/// A program that backs a folder up.
struct Backup {
    program: &'static str,
    cpu: &'static str,
    wall: &'static str,
    init: &'static [&'static str],
    create: &'static [&'static str],
    /// Whether the repository is an argument of its own before the folder.
    archive: Option<&'static str>,
}

const RESTIC: Backup = Backup {
    program: "restic",
    cpu: "peers.restic_cpu",
    wall: "peers.restic_wall",
    init: &["init", "--quiet"],
    create: &["backup", "--quiet"],
    archive: None,
};
const BORG: Backup = Backup {
    program: "borg",
    cpu: "peers.borg_cpu",
    wall: "peers.borg_wall",
    init: &["init", "--encryption=repokey-blake2"],
    create: &["create"],
    archive: Some("::measured"),
};

impl Backup {
    fn measure(&self, site: &Site, folder: &Path, files: usize) -> Result<Vec<Figure>, Malfunction> {
        let home = site.join("peers-home");
        let command = |words: &[&str]| {
            let mut command = Command::new(self.program);
            // Nothing of the user's: neither repository nor cache nor passphrase.
            command
                .args(words)
                .env("HOME", &home)
                .env("XDG_CACHE_HOME", home.join("cache"))
                .env("RESTIC_REPOSITORY", home.join("repository"))
                .env("RESTIC_PASSWORD", "bench")
                .env("BORG_BASE_DIR", &home)
                .env("BORG_REPO", home.join("repository"))
                .env("BORG_PASSPHRASE", "bench");
            command
        };
        let prepare = || {
            site.clear("peers-home")?;
            make_folder(&home)?;
            once(command(self.init)).map(|_| ())
        };
        let create = || {
            let mut command = command(self.create);
            command.args(self.archive).arg(folder);
            command
        };
        let measured = several(create, prepare)?;
        site.clear("peers-home")?;
        let Some((cpu, wall)) = measured else { return Ok(Vec::new()) };
        let each = |times: Vec<Duration>| times.into_iter().map(|time| micros_each(time, files)).collect();
        let on = format!("{}, {files} files of 10 KB, each file", self.program);
        Ok(vec![
            Figure::new(self.cpu, Unit::CpuMicros, each(cpu)).on(&*on),
            Figure::new(self.wall, Unit::Micros, each(wall)).on(on),
        ])
    }
}

/// Processor time and time by the clock of each run; `None` if the program is not installed.
#[allow(clippy::type_complexity, reason = "two lists of times, taken apart at once")]
fn several(
    command: impl Fn() -> Command,
    prepare: impl Fn() -> Result<(), Malfunction>,
) -> Result<Option<(Vec<Duration>, Vec<Duration>)>, Malfunction> {
    if !is_installed(command().get_program()) {
        return Ok(None);
    }
    let (mut cpu, mut wall) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        prepare()?;
        let before = time_of_children()?;
        let started = Instant::now();
        once(command())?;
        wall.push(started.elapsed());
        cpu.push(time_of_children()?.saturating_sub(before));
    }
    Ok(Some((cpu, wall)))
}

fn is_installed(program: &std::ffi::OsStr) -> bool {
    let asked = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    asked.is_ok_and(|answer| !answer.stdout.is_empty() || !answer.stderr.is_empty())
}

fn once(mut command: Command) -> Result<(), Malfunction> {
    let done = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output();
    let done = done.map_err(Malfunction::system("run another program"))?;
    if done.status.success() {
        Ok(())
    } else {
        let program = command.get_program().to_string_lossy().into_owned();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        Err(Malfunction::wrong("run another program", format!("{program}: {said}")))
    }
}
