//! `export evidence`: a package that strangers can verify, in a folder of one's own.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use super::Run;
use super::approval::data_of;
use super::args::{Evidence, Export};
use super::client::{Ask, Client};
use super::failure::Failure;
use super::hint;
use super::list::text;
use super::login::answered;
use super::open::{Part, write_out};
use super::site::read_file;
use crate::base::digest::to_hex;
use crate::base::entropy::{Entropy as _, SystemEntropy};
use crate::base::limits::EXPORT_IDS_BYTES_MAX;
use crate::words::{Outcome, Refusal};

/// Stand for what was not said. One text in every language: the second person agrees to it word by word, and
/// whoever asked may go on in another language.
const PURPOSE_NOT_STATED: &str = "（未注明用途 / 未註明用途 / purpose not stated）";
const NOT_STATED: &str = "（未注明 / 未註明 / not stated）";
/// Time between two looks at the job that makes the package.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

pub(super) fn run(run: &Run, verb: &Export) -> Result<(), Failure> {
    let Export::Evidence(args) = verb;
    let mut body = json!({
        "purpose": args.purpose.clone().unwrap_or_else(|| PURPOSE_NOT_STATED.to_owned()),
        "organization": args.organization.clone().unwrap_or_else(|| NOT_STATED.to_owned()),
    });
    if let Some(case) = &args.case {
        body["case"] = json!(case);
    }
    if let Some(file) = &args.ids {
        body["ids"] = json!(ids(file)?);
    }
    for (name, value) in [("description", &args.description), ("approval", &args.approval)] {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    let unwritable = |path: &Path, error: &std::io::Error| {
        Failure::system("write the package", &format!("{}: {error}", path.display()))
    };
    let folder = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&args.output);
    folder.map_err(|error| unwritable(&args.output, &error))?;
    run.with_archive(&args.at, async |client: &Client| {
        let key = fresh_key();
        let ask = || Ask::json(Method::POST, "/api/v1/exports", &body).with("idempotency-key", key.clone());
        let asked = match answered(run, client, &args.at, ask).await {
            Ok(asked) => asked,
            Err(failure) => return Err(second_person(run, client, args, &body, failure).await),
        };
        let href = asked.pointer("/job/href").and_then(Value::as_str).unwrap_or_default();
        wait_for(run, client, href).await?;
        let answer = client.send(&Ask::get(text(&asked, "content")), None).await?;
        let name = answer.header("content-disposition").and_then(file_name);
        let path = args.output.join(name.unwrap_or_else(|| "evidence.zip".to_owned()));
        let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
        let (id, counts) = (header("export-id"), header("export-counts"));
        let mut part = Part::create(&path)?;
        let bytes = write_out(run, answer, &mut part.file).await?;
        part.finish(&path, false)?;
        let shown = path.display().to_string();
        if run.voice.json {
            run.voice.json_line(&json!({"export": id, "output": shown, "bytes": bytes, "counts": counts}))?;
            return must_be_whole(run, &counts, &path);
        }
        run.voice.remark("export.made", &[("id", &id), ("counts", &in_words(run, &counts))]);
        run.voice.line(&shown)?;
        must_be_whole(run, &counts, &path)
    })
}

/// What is missing in the package is said beside it; what is missing since it could not be read any more is a finding.
fn must_be_whole(run: &Run, counts: &str, package: &Path) -> Result<(), Failure> {
    match counts.split(", ").find_map(|count| count.strip_prefix("failed=")) {
        None | Some("0") => return Ok(()),
        Some(failed) => run.voice.remark("export.failed", &[("failed", failed)]),
    }
    if lacks_what_is_damaged(package)? { Err(Failure::Told(Outcome::FoundWrong)) } else { Ok(()) }
}

/// True if the package's list of exceptions names something damaged.
fn lacks_what_is_damaged(package: &Path) -> Result<bool, Failure> {
    let unreadable = |error: &dyn std::fmt::Display| Failure::system("read the file", error);
    let file = File::open(package).map_err(|error| unreadable(&error))?;
    let mut zip = zip::ZipArchive::new(file).map_err(|error| unreadable(&error))?;
    let mut names = zip.file_names().filter_map(Result::ok);
    let listed = names.find(|name| name.ends_with("/report/exceptions.csv")).map(Cow::into_owned);
    drop(names);
    let Some(listed) = listed else { return Ok(false) };
    let mut table = String::new();
    let mut entry = zip.by_name(&listed).map_err(|error| unreadable(&error))?;
    entry.read_to_string(&mut table).map_err(|error| unreadable(&error))?;
    Ok(table.lines().any(|line| line.ends_with(",failed,damaged")))
}

/// The counts of a package (`exported=5, withheld=0, failed=0`) as people read them.
fn in_words(run: &Run, counts: &str) -> String {
    let told = counts.split(", ").map(|count| match count.split_once('=') {
        Some((what, number)) => format!("{} {number}", run.voice.word("count", what)),
        None => count.to_owned(),
    });
    told.collect::<Vec<_>>().join(&run.voice.say("list.comma", &[]))
}

/// A key that nobody used before: where the request has to be sent again, no second export begins.
fn fresh_key() -> String {
    let mut random = [0; 16];
    SystemEntropy.fill(&mut random);
    format!("cli-{}", to_hex(&random))
}

/// Looks at a job until it has ended well, moving a bar as it goes on.
pub(super) async fn wait_for(run: &Run, client: &Client, href: &str) -> Result<(), Failure> {
    let progress = run.voice.progress(0, false);
    let ended = loop {
        let job = client.json(&Ask::get(href).with("x-polling", "1")).await?;
        let number = |name: &str| job.get(name).and_then(Value::as_u64).unwrap_or(0);
        progress.set_length(number("total"));
        progress.set_position(number("done"));
        match job.get("state").and_then(Value::as_str) {
            Some("ready" | "running") => tokio::time::sleep(LOOK_AGAIN).await,
            Some("done") => break Ok(()),
            Some("cancelled") => break Err(Refusal::JobCancelled.into()),
            // A failed job says why as a problem document does.
            _ => {
                let document = job.get("error").cloned().unwrap_or_default();
                break Err(Failure::There { document, about: None });
            }
        }
    };
    progress.finish_and_clear();
    ended
}

/// Where a second person is needed, asks for one and says what that person has to run.
async fn second_person(
    run: &Run,
    client: &Client,
    args: &Evidence,
    body: &Value,
    failure: Failure,
) -> Failure {
    if failure.code() != Some("needs_second_person") {
        return failure;
    }
    if let Some(waiting) = &args.approval {
        hint::later(run, "approval.next", &[("data", &data_of(&args.at)), ("id", waiting)]);
        return failure;
    }
    let ask = || Ask::json(Method::POST, "/api/v1/exports/approvals", body);
    match answered(run, client, &args.at, ask).await {
        Ok(made) => {
            let id = text(&made, "id");
            hint::later(run, "approval.next", &[("data", &data_of(&args.at)), ("id", id)]);
            hint::later(run, "approval.then", &[("id", id)]);
            failure
        }
        Err(other) => other,
    }
}

/// One id a line; blank lines and lines that begin with # are passed over.
fn ids(file: &Path) -> Result<Vec<String>, Failure> {
    let bytes = read_file(file, EXPORT_IDS_BYTES_MAX)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let ids = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let ids: Vec<String> = ids.map(str::to_owned).collect();
    if ids.is_empty() {
        return Err(Failure::usage("no_ids", &[("path", &file.display().to_string())]));
    }
    Ok(ids)
}

/// The plain file name of a `Content-Disposition`, if it is one that stays in its folder.
fn file_name(field: &str) -> Option<String> {
    let (_, rest) = field.split_once("filename=\"")?;
    let (name, _) = rest.split_once('"')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fine = !name.is_empty() && !name.starts_with('.') && name.chars().all(plain);
    fine.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packages_name_never_leads_out_of_its_folder() {
        assert_eq!(file_name("attachment; filename=\"EB-2026-1.zip\"; x").as_deref(), Some("EB-2026-1.zip"));
        for field in ["attachment; filename=\"../x.zip\"", "attachment; filename=\".x\"", "attachment"] {
            assert_eq!(file_name(field), None, "{field}");
        }
    }

    #[test]
    fn a_list_of_ids_may_have_remarks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ids");
        std::fs::write(&path, "# chosen by counsel\n\n a \nb.3\n").unwrap();
        assert_eq!(ids(&path).unwrap(), ["a", "b.3"]);
        std::fs::write(&path, "# nothing yet\n\n").unwrap();
        assert!(matches!(ids(&path), Err(Failure::Usage { key: "no_ids", .. })));
    }
}
