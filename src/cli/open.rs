//! `open`: an original, for a stated purpose. The file appears under its name only when it is whole.

use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use hyper::Method;
use serde_json::{Value, json};

use super::Run;
use super::args::Open;
use super::client::{Answer, Ask, Client};
use super::failure::Failure;
use super::show::{entry_in, record_of};
use crate::words::Refusal;

pub(super) fn run(run: &Run, args: &Open) -> Result<(), Failure> {
    // clap asks for an output unless something is kept.
    let Some(output) = &args.output else { return super::rendition::keep(run, args) };
    if args.redacted {
        return super::rendition::run(run, args, output);
    }
    let to_stdout = output.as_os_str() == "-";
    if !to_stdout && output.is_dir() {
        let path = output.display().to_string();
        return Err(Failure::usage("output_is_folder", &[("path", &path)]));
    }
    if !to_stdout && !args.force && output.symlink_metadata().is_ok() {
        return Err(Refusal::OutputExists { path: output.display().to_string() }.into());
    }
    // Before the archive is asked: an output that cannot be written must not leave a reading in the ledger.
    let mut part = if to_stdout { None } else { Some(Part::create(output)?) };
    run.with_archive(&args.at, async |client: &Client| {
        let mut body = json!({
            "purpose": args.purpose,
            "form": if args.sealed { "sealed" } else { "content" },
        });
        if let Some(number) = args.component {
            // People count from 1, the API from 0; clap lets no 0 through.
            body["component"] = json!(number.saturating_sub(1));
        }
        if let Some(version) = args.version {
            body["version"] = json!(version);
        }
        let ask = Ask::json(Method::POST, format!("/api/v1/records/{}/open", path_segment(&args.id)), &body);
        let answer = match client.send(&ask, None).await {
            Err(failure) if failure.code() == Some("not_found") => {
                return Err(lacking(client, args, failure).await.about(args.id.clone()));
            }
            answer => answer?,
        };
        let bytes = match part.take() {
            None => write_out(run, answer, &mut std::io::stdout().lock()).await?,
            Some(mut part) => {
                let bytes = write_out(run, answer, &mut part.file).await?;
                part.finish(output, args.force)?;
                bytes
            }
        };
        if run.voice.json && !to_stdout {
            run.voice.json_line(&json!({
                "id": args.id, "output": output.display().to_string(), "bytes": bytes, "sealed": args.sealed,
            }))?;
        }
        Ok(())
    })
}

/// The refusal in words that name the entry, the version or the component that the record lacks; as it was
/// where the reader cannot see the record itself.
pub(super) async fn lacking(client: &Client, args: &Open, failure: Failure) -> Failure {
    if args.version.is_none() && args.component.is_none() && record_of(&args.id) == args.id {
        return failure;
    }
    let ask = Ask::get(format!("/api/v1/records/{}", path_segment(record_of(&args.id))));
    let Ok(record) = client.json(&ask).await else { return failure };
    if let Err(failure) = entry_in(client, &record, &args.id) {
        return failure;
    }
    let items =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let versions = items(&record, "versions");
    let number = |version: &Value| version.get("version").and_then(Value::as_u64);
    let wanted = args.version.or_else(|| versions.last().and_then(number)).unwrap_or(1);
    let Some(version) = versions.iter().find(|version| number(version) == Some(wanted)) else {
        let facts = [("version", wanted.to_string()), ("count", versions.len().to_string())];
        return reworded(failure, "no_version", client, &facts);
    };
    let components = items(version, "components").len();
    match args.component.filter(|wanted| *wanted > components as u64) {
        Some(wanted) => {
            let facts = [("component", wanted.to_string()), ("count", components.to_string())];
            reworded(failure, "no_component", client, &facts)
        }
        None => failure,
    }
}

fn reworded(failure: Failure, key: &'static str, client: &Client, facts: &[(&str, String)]) -> Failure {
    let facts: Vec<(&str, &str)> = facts.iter().map(|(name, fact)| (*name, fact.as_str())).collect();
    failure.reworded(key, client.language(), &facts)
}

/// An id as a segment of a path: whatever else was typed names nothing there.
pub(super) fn path_segment(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    id.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A file that has no name until it is whole, so that nothing readable stays of it if this process is killed. Where
/// the file system knows no such files it is written beside its place, and is gone again if it never gets there.
pub(super) struct Part {
    /// Its name until then, if it needs one.
    path: Option<PathBuf>,
    /// Where it is written to.
    pub(super) file: File,
}

impl Part {
    pub(super) fn create(output: &Path) -> Result<Self, Failure> {
        if let Some(file) = nameless(output) {
            return Ok(Self { path: None, file });
        }
        let path = part_name(output);
        let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        let file = made.map_err(|error| unwritable(output, &error))?;
        Ok(Self { path: Some(path), file })
    }

    /// Puts the whole file in its place.
    pub(super) fn finish(self, output: &Path, force: bool) -> Result<(), Failure> {
        let placed = self.file.sync_all().and_then(|()| match &self.path {
            Some(path) => place(path, output, force),
            None => name_it(&self.file, output, force),
        });
        placed.map_err(|error| unwritable(output, &error))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let Some(path) = &self.path else { return };
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::debug!(%error, "the partial output could not be removed");
            }
            Ok(()) | Err(_) => {}
        }
    }
}

/// A new file in the folder of `output` that has no name; `None` where there can be none.
fn nameless(output: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags};
    if !Path::new(OWN_FILES).exists() {
        return None;
    }
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR).ok().map(File::from)
}

/// Gives a nameless file its name; without `force`, never that of another.
fn name_it(file: &File, output: &Path, force: bool) -> std::io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    let own = Path::new(OWN_FILES).join(file.as_raw_fd().to_string());
    let named = |name: &Path| linkat(CWD, &own, CWD, name, AtFlags::SYMLINK_FOLLOW).map_err(Into::into);
    if !force {
        return named(output);
    }
    let beside = part_name(output);
    named(&beside)?;
    std::fs::rename(&beside, output)
}

fn unwritable(output: &Path, error: &std::io::Error) -> Failure {
    let path = output.display().to_string();
    match error.kind() {
        std::io::ErrorKind::AlreadyExists => Refusal::OutputExists { path }.into(),
        std::io::ErrorKind::StorageFull => Refusal::StorageFull.into(),
        _ => Failure::system("write the output file", &format!("{path}: {error}")),
    }
}

/// Writes a file that appears under its name only when it is whole.
///
/// # Errors
/// It exists and `force` is not set, or it cannot be written.
pub(super) fn write_file(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let mut part = Part::create(path)?;
    std::io::Write::write_all(&mut part.file, bytes).map_err(|error| unwritable(path, &error))?;
    part.finish(path, force)
}

/// Puts the finished file in its place; without `force`, never over another.
fn place(part: &Path, output: &Path, force: bool) -> std::io::Result<()> {
    if force {
        return std::fs::rename(part, output);
    }
    std::fs::hard_link(part, output)?;
    std::fs::remove_file(part)
}

/// Where the kernel shows the open files of this process.
const OWN_FILES: &str = "/proc/self/fd";

fn part_name(output: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(output.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    output.with_file_name(name)
}

/// Writes an answer's body out as it comes; returns its bytes.
pub(super) async fn write_out(
    run: &Run,
    mut answer: Answer,
    out: &mut impl std::io::Write,
) -> Result<u64, Failure> {
    let progress = run.voice.progress(answer.length().unwrap_or(0), true);
    let mut total = 0_u64;
    loop {
        let bytes = match answer.next().await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => break,
            // The service has no other way left to say that it cannot read on.
            Err(Failure::System { .. }) => {
                return Err(Failure::declined("broken_off", &[("bytes", &total.to_string())]));
            }
            Err(other) => return Err(other),
        };
        out.write_all(&bytes)?;
        total += bytes.len() as u64;
        progress.inc(bytes.len() as u64);
    }
    out.flush()?;
    progress.finish_and_clear();
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_id_leads_to_no_other_path() {
        assert_eq!(path_segment("0190-a.3"), "0190-a.3");
        assert_eq!(path_segment("../x?y#z%41"), "..%2Fx%3Fy%23z%2541");
    }

    #[test]
    fn what_cannot_be_written_is_known_before_the_first_byte_and_what_was_not_finished_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Part::create(&folder.path().join("nowhere/o")).is_err());
        let output = folder.path().join("o");
        drop(Part::create(&output).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        write_file(&output, b"whole", false).unwrap();
        assert!(write_file(&output, b"other", false).is_err());
        let part = Part::create(&output).unwrap();
        let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.collect::<Vec<_>>(), ["o"], "what is not whole has no name");
        drop(part);
        assert_eq!(std::fs::read(&output).unwrap(), b"whole");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_finished_file_never_replaces_another_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let (part, output) = (folder.path().join("p"), folder.path().join("o"));
        std::fs::write(&part, b"new").unwrap();
        std::fs::write(&output, b"old").unwrap();
        assert!(place(&part, &output, false).is_err());
        assert_eq!(std::fs::read(&output).unwrap(), b"old");
        place(&part, &output, true).unwrap();
        assert_eq!(std::fs::read(&output).unwrap(), b"new");
    }
}
