//! A manifest: one record per row, with the files that the row names.

use std::path::Path;

use serde_json::Value;

use super::rows::{self, Checked};
use super::send::{self, Job, fresh_key};
use super::{preview, table_words};
use crate::base::limits::TABLE_BYTES_MAX;
use crate::cli::Run;
use crate::cli::args::Capture;
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::form::Content;
use crate::cli::site::read_file;
use crate::record::feed::{manifest_from_csv, manifest_from_jsonl};
use crate::words::FaultWord;

pub(super) fn run(run: &Run, args: &Capture, manifest: &Path) -> Result<(), Failure> {
    let about = manifest.display().to_string();
    let bytes = read_file(manifest, TABLE_BYTES_MAX)?;
    let extension = manifest.extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default().to_lowercase();
    let read = match extension.as_str() {
        "jsonl" | "ndjson" => manifest_from_jsonl(&bytes),
        "csv" | "tsv" | "txt" => manifest_from_csv(&bytes),
        _ => return Err(Failure::usage("manifest_format", &[("path", &about)])),
    };
    let read = read.map_err(|faults| rows::refused(run, &about, &faults))?;
    if read.is_empty() {
        return Err(Failure::usage("no_rows", &[("path", &about)]));
    }
    if args.preview {
        return preview::of_rows(run, &read, &rows::defaults_of_preview(run, &args.at)?);
    }
    let folder = manifest.parent().unwrap_or(Path::new("."));
    run.with_archive(&args.at, async |client: &Client| {
        let defaults = rows::defaults(client).await?;
        let jobs = jobs(run, &about, folder, rows::checked(read, &defaults))?;
        send::all(run, client, jobs).await
    })
}

/// One capture per row. All rows and all files are looked at first, and told together what is wrong with them.
fn jobs(run: &Run, about: &str, folder: &Path, rows: Checked) -> Result<Vec<Job>, Failure> {
    let Checked { rows, mut faults } = rows;
    let mut jobs = Vec::with_capacity(rows.len());
    for row in rows {
        let line = row.line;
        let places = row.places.clone();
        let mut files = Vec::with_capacity(row.files.len());
        for (number, file) in row.files.iter().enumerate() {
            let path = folder.join(file.as_str());
            let column = places.column_of(&format!("components[{number}]")).unwrap_or("file");
            match std::fs::metadata(&path) {
                Ok(facts) if facts.is_file() && facts.len() > 0 => {
                    files.push((file.name().to_owned(), Content::File(path, facts.len())));
                }
                Ok(facts) if facts.is_file() => {
                    faults.push(table_words::of_file(column, line, FaultWord::Empty));
                }
                Ok(_) | Err(_) => faults.push(table_words::of_file(column, line, FaultWord::FileMissing)),
            }
        }
        let key =
            row.capture.get("idempotency_key").and_then(Value::as_str).map_or_else(fresh_key, str::to_owned);
        jobs.push(Job {
            about: format!("{about}:{line}"),
            description: row.capture,
            files,
            amends: None,
            places: Some(places),
            key,
        });
    }
    rows::none_or(run, about, faults, jobs)
}
