//! `open`: an original, for a stated purpose. The file appears under its name only when it is whole.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use hyper::Method;
use serde_json::{Value, json};

use super::Run;
use super::args::Open;
use super::client::{Answer, Ask, Client};
use super::failure::Failure;
use super::show::record_of;
use crate::words::Refusal;

pub(super) fn run(run: &Run, args: &Open) -> Result<(), Failure> {
    let to_stdout = args.output.as_os_str() == "-";
    if !to_stdout && args.output.is_dir() {
        let path = args.output.display().to_string();
        return Err(Failure::usage("output_is_folder", &[("path", &path)]));
    }
    if !to_stdout && !args.force && args.output.symlink_metadata().is_ok() {
        return Err(Refusal::OutputExists { path: args.output.display().to_string() }.into());
    }
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
        let bytes = if to_stdout {
            write_out(run, answer, &mut std::io::stdout().lock()).await?
        } else {
            to_file(run, answer, args).await?
        };
        if run.voice.json && !to_stdout {
            run.voice.json_line(&json!({
                "id": args.id, "output": args.output.display().to_string(), "bytes": bytes, "sealed": args.sealed,
            }))?;
        }
        Ok(())
    })
}

/// The refusal in words that name the version or the component that the record lacks; as it was
/// where the reader cannot see the record itself.
async fn lacking(client: &Client, args: &Open, failure: Failure) -> Failure {
    if args.version.is_none() && args.component.is_none() {
        return failure;
    }
    let ask = Ask::get(format!("/api/v1/records/{}", path_segment(record_of(&args.id))));
    let Ok(record) = client.json(&ask).await else { return failure };
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

async fn to_file(run: &Run, answer: Answer, args: &Open) -> Result<u64, Failure> {
    let part = part_name(&args.output);
    let unwritable = |error: &std::io::Error| match error.kind() {
        std::io::ErrorKind::StorageFull => Failure::from(Refusal::StorageFull),
        _ => Failure::system("write the output file", &format!("{}: {error}", args.output.display())),
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&part)
        .map_err(|error| unwritable(&error))?;
    let written = write_out(run, answer, &mut file).await;
    let put = written.and_then(|bytes| {
        file.sync_all().map_err(|error| unwritable(&error))?;
        place(&part, &args.output, args.force).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Refusal::OutputExists { path: args.output.display().to_string() }.into()
            }
            _ => unwritable(&error),
        })?;
        Ok(bytes)
    });
    if put.is_err()
        && let Err(error) = std::fs::remove_file(&part)
    {
        tracing::debug!(%error, "the partial output was gone already");
    }
    put
}

/// Writes a file that appears under its name only when it is whole.
///
/// # Errors
/// It exists and `force` is not set, or it cannot be written.
pub(super) fn write_file(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let part = part_name(path);
    let written =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part).and_then(
            |mut file| {
                std::io::Write::write_all(&mut file, bytes)?;
                file.sync_all()?;
                place(&part, path, force)
            },
        );
    written.map_err(|error| {
        if let Err(error) = std::fs::remove_file(&part) {
            tracing::debug!(%error, "the partial output was gone already");
        }
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Refusal::OutputExists { path: path.display().to_string() }.into()
            }
            std::io::ErrorKind::StorageFull => Refusal::StorageFull.into(),
            _ => Failure::system("write the output file", &format!("{}: {error}", path.display())),
        }
    })
}

/// Puts the finished file in its place; without `force`, never over another.
fn place(part: &Path, output: &Path, force: bool) -> std::io::Result<()> {
    if force {
        return std::fs::rename(part, output);
    }
    std::fs::hard_link(part, output)?;
    std::fs::remove_file(part)
}

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
    let mut total = 0;
    while let Some(bytes) = answer.next().await? {
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
