//! A folder: every file below it, in an order that does not change from run to run.

use std::path::{Path, PathBuf};

use super::description;
use super::files::{self, Found, look_at};
use super::send::{self, Job, Refused, key_of, worse};
use crate::base::limits::FAULTS_MAX;
use crate::cli::Run;
use crate::cli::args::Capture;
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::table::Table;
use crate::record::request::CaptureInput;
use crate::words::{Outcome, Refusal};

/// The custom field that keeps a file's place below the folder.
const PATH_FIELD: &str = "path";
/// Folders within each other.
const DEPTH_MAX: usize = 64;

pub(super) fn run(run: &Run, args: &Capture, folder: &Path) -> Result<(), Failure> {
    let template = description::of_files(args)?;
    let mut walk = Walk::default();
    walk.enter(folder, 0)?;
    walk.report(run);
    let count = walk.files.len();
    if count == 0 {
        return Err(Failure::usage("empty_folder", &[("path", &folder.display().to_string())]));
    }
    let (mut jobs, mut refused): (Vec<Job>, Vec<Refused>) = (Vec::new(), Vec::new());
    for (number, path) in walk.files.iter().enumerate() {
        // Counted over all files: with the same key, a call that is made again knows those that it captured.
        let key = key_of(args.idempotency_key.as_deref(), number, count);
        match look_at(path).and_then(|found| job(&template, args, folder, (path, found), key)) {
            Ok(job) => jobs.push(job),
            Err(failure) => refused.push(Refused { about: path.display().to_string(), failure }),
        }
    }
    if !refused.is_empty() && (args.all_or_none || jobs.is_empty()) {
        let failures: Vec<Failure> = refused.into_iter().map(|refused| refused.failure).collect();
        return Err(files::nothing_for(run, &failures, count));
    }
    run.with_archive(&args.at, async |client: &Client| {
        let sent = jobs.len();
        let turned_down = send::each(run, client, jobs).await?;
        if run.voice.json {
            // The others were told as they came.
            refused.iter().for_each(|refused| run.tell(&refused.failure));
        }
        let none_captured = turned_down.len() == sent;
        refused.extend(turned_down);
        ending(run, &refused, count, none_captured)
    })
}

fn job(
    template: &CaptureInput,
    args: &Capture,
    folder: &Path,
    (path, found): (&Path, Found),
    key: String,
) -> Result<Job, Failure> {
    let mut input = template.clone();
    let place = path.strip_prefix(folder).unwrap_or(path);
    input.custom.push((PATH_FIELD.to_owned(), place.display().to_string()));
    files::job(&input, args, vec![found], key)
}

/// Says which files were not captured, one under the other.
fn ending(run: &Run, refused: &[Refused], files: usize, none_captured: bool) -> Result<(), Failure> {
    if refused.is_empty() {
        return Ok(());
    }
    if !run.voice.json {
        let mut table = Table::new(["head.file", "head.refused"].map(|key| run.voice.say(key, &[])));
        for Refused { about, failure } in refused.iter().take(FAULTS_MAX) {
            table.row([about.clone(), failure.sentence(&run.voice)]);
        }
        table.tell(&run.voice);
    }
    let (faulty, files) = (refused.len().to_string(), files.to_string());
    run.voice.remark("captured_rest", &[("faulty", &faulty), ("files", &files)]);
    let worst = refused.iter().fold(None, |worst, refused| Some(worse(worst, refused.failure.outcome())));
    // What could be captured was: that is a finding, not a refusal.
    let outcome = if none_captured { worst.unwrap_or(Outcome::Refused) } else { Outcome::FoundWrong };
    Err(Failure::Told(outcome))
}

/// What lies below a folder.
#[derive(Default)]
struct Walk {
    files: Vec<PathBuf>,
    hidden: Vec<PathBuf>,
    /// Links, sockets and the like: never followed.
    other: Vec<PathBuf>,
}

impl Walk {
    fn enter(&mut self, folder: &Path, depth: usize) -> Result<(), Failure> {
        let unreadable = || Failure::from(Refusal::FileUnreadable { path: folder.display().to_string() });
        if depth > DEPTH_MAX {
            return Err(unreadable());
        }
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|_| unreadable())? {
            entries.push(entry.map_err(|_| unreadable())?);
        }
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let kind = entry.file_type().map_err(|_| unreadable())?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                self.hidden.push(path);
            } else if kind.is_dir() {
                self.enter(&path, depth + 1)?;
            } else if kind.is_file() {
                self.files.push(path);
            } else {
                self.other.push(path);
            }
        }
        Ok(())
    }

    fn report(&self, run: &Run) {
        for (key, paths) in [("passed_over_hidden", &self.hidden), ("passed_over_other", &self.other)] {
            for path in paths {
                run.voice.remark(key, &[("path", &path.display().to_string())]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_names_and_nothing_hidden_or_linked_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("b/inner")).unwrap();
        for name in ["c.txt", "a.txt", "b/2.txt", "b/1.txt", "b/inner/x.txt", ".hidden", "b/.DS_Store"] {
            std::fs::write(root.join(name), b"x").unwrap();
        }
        std::os::unix::fs::symlink(root.join("a.txt"), root.join("link.txt")).unwrap();
        let mut walk = Walk::default();
        walk.enter(root, 0).unwrap();
        let names = |paths: &[PathBuf]| -> Vec<String> {
            paths.iter().map(|path| path.strip_prefix(root).unwrap().display().to_string()).collect()
        };
        assert_eq!(names(&walk.files), ["a.txt", "b/1.txt", "b/2.txt", "b/inner/x.txt", "c.txt"]);
        assert_eq!(names(&walk.hidden), [".hidden", "b/.DS_Store"]);
        assert_eq!(names(&walk.other), ["link.txt"]);
    }
}
