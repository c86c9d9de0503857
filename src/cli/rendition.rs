//! `open --redacted`: what a record says, with personal data hidden, and the report of it.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use serde_json::{Value, json};

use super::Run;
use super::args::Open;
use super::client::{Ask, Client};
use super::failure::Failure;
use super::list::text as word;
use super::open::{lacking, path_segment, write_file};
use super::pii::redact::{Place, check_files, encoded, say_hidden};
use crate::document::Charset;

pub(super) fn run(run: &Run, args: &Open) -> Result<(), Failure> {
    let to_stdout = args.output.as_os_str() == "-";
    let output = Some(args.output.as_path()).filter(|_| !to_stdout);
    check_files(output, args.report.as_deref(), args.force)?;
    run.with_archive(&args.at, async |client: &Client| {
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
        let path = format!("/api/v1/records/{}/rendition", path_segment(&args.id));
        let rendition = match client.json(&Ask::json(Method::POST, path, &body)).await {
            Err(failure) if failure.code() == Some("not_found") => {
                return Err(lacking(client, args, failure).await.about(args.id.clone()));
            }
            answer => answer?,
        };
        let text = |name: &str| rendition.get(name).and_then(Value::as_str).unwrap_or_default();
        let report = rendition.get("report").cloned().unwrap_or_default();
        let charset = Charset::parse(text("charset")).unwrap_or(Charset::Utf8);
        let bytes = match text("encoding") {
            "base64" => STANDARD.decode(text("document")).map_err(|_| Failure::system("read the answer", &"base64"))?,
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
            write_file(&args.output, &bytes, args.force)?;
        }
        let entries = report.get("entries").and_then(Value::as_array).into_iter().flatten();
        let places = entries.map(|entry| Place { kind: word(entry, "type"), operator: word(entry, "operator") });
        let review = report.get("review").and_then(Value::as_u64).unwrap_or(0);
        say_hidden(run, places, usize::try_from(review).unwrap_or(usize::MAX));
        if run.voice.json && !to_stdout {
            run.voice.json_line(&json!({
                "id": args.id, "output": args.output.display().to_string(), "bytes": bytes.len(), "redacted": true,
                "ledger_index": rendition.get("ledger_index"),
            }))?;
        }
        Ok(())
    })
}
