//! `open --redacted`: what a record says, with personal data hidden, and the report of it.

use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use serde_json::{Value, json};

use super::Run;
use super::args::Open;
use super::client::{Ask, Client};
use super::document::refused;
use super::failure::Failure;
use super::list::text as word;
use super::open::{lacking, path_segment, write_file};
use super::pii::redact::{Place, check_files, encoded, say_hidden};
use crate::document::Charset;

/// Which rendition, as the API takes it.
fn wanted(args: &Open) -> Value {
    let mut body = json!({});
    if let Some(profile) = &args.profile {
        body["profile"] = json!(profile);
    }
    if let Some(number) = args.component {
        // People count from 1, the API from 0; clap lets no 0 through.
        body["component"] = json!(number.saturating_sub(1));
    }
    if let Some(version) = args.version {
        body["version"] = json!(version);
    }
    body
}

async fn asked(client: &Client, args: &Open, (end, body): (&str, &Value)) -> Result<Value, Failure> {
    let path = format!("/api/v1/records/{}/rendition{end}", path_segment(&args.id));
    match client.json(&Ask::json(Method::POST, path, body)).await {
        Err(failure) if failure.code() == Some("not_found") => {
            Err(lacking(client, args, failure).await.about(args.id.clone()))
        }
        answer => answer,
    }
}

/// `open --redacted --keep`: the rendition as a record of its own.
pub(super) fn keep(run: &Run, args: &Open) -> Result<(), Failure> {
    run.with_archive(&args.at, async |client: &Client| {
        let mut body = wanted(args);
        body["slip"] = json!(args.slip);
        let kept = asked(client, args, ("/keep", &body)).await?;
        if run.voice.json {
            return run.voice.json_line(&kept);
        }
        let receipt = kept.get("receipt").cloned().unwrap_or_default();
        run.voice.line(word(&receipt, "id"))?;
        match kept.get("report") {
            Some(report) => tell(run, report),
            None => {
                let reason = run.voice.word("withheld", refused::word(word(&kept, "withheld")));
                run.voice.remark("open.slip_kept", &[("reason", &reason)]);
            }
        }
        Ok(())
    })
}

/// Says how many places of which types were hidden.
fn tell(run: &Run, report: &Value) {
    let entries = report.get("entries").and_then(Value::as_array).into_iter().flatten();
    let places = entries.map(|entry| Place { kind: word(entry, "type"), operator: word(entry, "operator") });
    let review = report.get("review").and_then(Value::as_u64).unwrap_or(0);
    say_hidden(run, places, usize::try_from(review).unwrap_or(usize::MAX));
}

pub(super) fn run(run: &Run, args: &Open, output: &Path) -> Result<(), Failure> {
    let to_stdout = output.as_os_str() == "-";
    check_files(Some(output).filter(|_| !to_stdout), args.report.as_deref(), args.force)?;
    run.with_archive(&args.at, async |client: &Client| {
        let rendition = asked(client, args, ("", &wanted(args))).await?;
        let text = |name: &str| rendition.get(name).and_then(Value::as_str).unwrap_or_default();
        let report = rendition.get("report").cloned().unwrap_or_default();
        let charset = Charset::parse(text("charset")).unwrap_or(Charset::Utf8);
        let bytes = match text("encoding") {
            "base64" => STANDARD
                .decode(text("document"))
                .map_err(|_| Failure::system("read the answer", &"base64"))?,
            _ => encoded(run, text("document"), charset),
        };
        // The report first: a redacted document never stands there without its report.
        if let Some(path) = &args.report {
            write_file(path, report.to_string().as_bytes(), args.force)?;
        }
        if to_stdout {
            let mut out = std::io::stdout().lock();
            out.write_all(&bytes).and_then(|()| out.flush())?;
        } else {
            write_file(output, &bytes, args.force)?;
        }
        tell(run, &report);
        if run.voice.json && !to_stdout {
            run.voice.json_line(&json!({
                "id": args.id, "output": output.display().to_string(), "bytes": bytes.len(), "redacted": true,
                "ledger_index": rendition.get("ledger_index"),
            }))?;
        }
        Ok(())
    })
}
