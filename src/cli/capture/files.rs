//! Plain files: one record each, or one record of them all.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::description::{self, MTIME};
use super::send::{self, Job, key_of, worse};
use crate::base::limits::FAULTS_MAX;
use crate::base::moment::Moment;
use crate::cli::Run;
use crate::cli::args::Capture;
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::form::Content;
use crate::record::names::FileName;
use crate::record::request::{CaptureInput, ComponentInput, Fault};
use crate::web::refusals::of_faults;
use crate::words::{Outcome, Refusal};

pub(super) fn run(run: &Run, args: &Capture) -> Result<(), Failure> {
    if args.files.is_empty() {
        return Err(Failure::usage("nothing_to_capture", &[]));
    }
    let template = description::of_files(args)?;
    let one = args.together || args.amends.is_some();
    let found = all_found(run, &args.files)?;
    let groups: Vec<Vec<Found>> =
        if one { vec![found] } else { found.into_iter().map(|file| vec![file]).collect() };
    let count = groups.len();
    let jobs: Result<Vec<Job>, Failure> = groups
        .into_iter()
        .enumerate()
        .map(|(number, files)| {
            let key = key_of(args.idempotency_key.as_deref(), number, count);
            Ok(Job { amends: args.amends.clone(), ..job(&template, args, files, key)? })
        })
        .collect();
    let jobs = jobs?;
    run.with_archive(&args.at, async |client: &Client| send::all(run, client, jobs).await)
}

/// A file that can be captured.
pub(super) struct Found {
    pub(super) about: String,
    pub(super) name: String,
    pub(super) content: Content,
    /// When it was last changed, as an RFC 3339 instant.
    pub(super) changed: Option<String>,
}

/// Looks at every file before the first is sent. Every one that cannot be captured is told; then none is,
/// so that the same call can be made again once they are mended.
///
/// # Errors
/// What is wrong with the one file that is, or that several are, which was told then.
pub(super) fn all_found(run: &Run, paths: &[PathBuf]) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::with_capacity(paths.len());
    let mut refused: Vec<Failure> = Vec::new();
    for path in paths {
        match look_at(path) {
            Ok(file) => found.push(file),
            Err(failure) if paths.len() == 1 => return Err(failure),
            Err(failure) => refused.push(failure),
        }
    }
    if refused.is_empty() { Ok(found) } else { Err(nothing_for(run, &refused, paths.len())) }
}

/// Tells what is wrong with each, and that nothing at all was captured for it.
pub(super) fn nothing_for(run: &Run, refused: &[Failure], files: usize) -> Failure {
    refused.iter().take(FAULTS_MAX).for_each(|failure| run.tell(failure));
    let (faulty, files) = (refused.len().to_string(), files.to_string());
    run.voice.remark("captured_nothing", &[("faulty", &faulty), ("files", &files)]);
    let worst = refused.iter().fold(None, |worst, failure| Some(worse(worst, failure.outcome())));
    Failure::Told(worst.unwrap_or(Outcome::Refused))
}

/// Looks at a file before anything is sent: it must be there, be a file, and not be empty.
///
/// # Errors
/// `file_unreadable`, `empty_file`, or a name that is no text.
pub(super) fn look_at(path: &Path) -> Result<Found, Failure> {
    let about = path.display().to_string();
    let unreadable = || Refusal::FileUnreadable { path: about.clone() };
    let facts = std::fs::metadata(path).map_err(|_| unreadable())?;
    if facts.is_dir() {
        return Err(Failure::usage("is_folder", &[("path", &about)]));
    }
    if !facts.is_file() {
        return Err(unreadable().into());
    }
    // Opened once here, so that a file nobody may read is told before the first capture.
    std::fs::File::open(path).map_err(|_| unreadable())?;
    if facts.len() == 0 {
        return Err(Refusal::EmptyFile { file: about }.into());
    }
    let name = path.file_name().and_then(std::ffi::OsStr::to_str);
    let name = name.ok_or_else(|| Failure::usage("name_not_utf8", &[("path", &about)]))?.to_owned();
    // The archive refuses it too, but by then those before it were captured.
    FileName::parse(&name).map_err(|bad| {
        let fault = Fault { path: "components[0].name".to_owned(), code: bad.into() };
        Failure::from(of_faults(&[fault])).about(&about)
    })?;
    let changed = facts.modified().ok().and_then(|at| {
        let since = at.duration_since(UNIX_EPOCH).ok()?;
        Some(Moment::from_micros(i64::try_from(since.as_micros()).ok()?).to_seconds_text())
    });
    Ok(Found { content: Content::File(path.to_owned(), facts.len()), about, name, changed })
}

/// The capture of these files as one record.
pub(super) fn job(
    template: &CaptureInput,
    args: &Capture,
    files: Vec<Found>,
    key: String,
) -> Result<Job, Failure> {
    let mut input = template.clone();
    let first = files.first().ok_or_else(|| Failure::usage("nothing_to_capture", &[]))?;
    let about = first.about.clone();
    if args.occurred.as_deref() == Some(MTIME) {
        let changed = first.changed.clone();
        input.occurred = Some(changed.ok_or_else(|| Failure::usage("no_mtime", &[("path", &about)]))?);
    }
    input.components = files.iter().map(component).collect();
    let files = files.into_iter().map(|file| (file.name, file.content)).collect();
    Ok(Job { about, description: input.to_json(), files, amends: None, places: None, key })
}

fn component(file: &Found) -> ComponentInput {
    let bytes = Some(file.content.length());
    ComponentInput { name: file.name.clone(), bytes, ..ComponentInput::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_captured_is_told_before_anything_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let code = |path: &Path| match look_at(path).err().unwrap() {
            Failure::Here { problem, .. } => problem.refusal.code().as_str(),
            Failure::Usage { key, .. } => key,
            other => panic!("{other:?}"),
        };
        let empty = folder.path().join("empty.txt");
        std::fs::write(&empty, b"").unwrap();
        assert_eq!(code(&empty), "empty_file");
        assert_eq!(code(folder.path()), "is_folder");
        assert_eq!(code(&folder.path().join("missing")), "file_unreadable");
    }

    #[test]
    fn a_files_own_time_is_an_instant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, b"x").unwrap();
        let at = UNIX_EPOCH + std::time::Duration::from_secs(1_772_323_200);
        std::fs::File::options().append(true).open(&path).unwrap().set_modified(at).unwrap();
        assert_eq!(look_at(&path).unwrap().changed.unwrap(), "2026-03-01T00:00:00Z");
    }
}
