//! A bulk processing log: a file of many entries, streamed to the archive.

use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use super::description;
use super::files::{Found, look_at};
use super::send::key_of;
use crate::base::civil::Zone;
use crate::cli::Run;
use crate::cli::args::Capture;
use crate::cli::client::{Ask, Client};
use crate::cli::failure::Failure;
use crate::cli::form::{Content, Part};
use crate::record::feed::{EntryFormat, EntryReader};
use crate::record::request::CaptureInput;
use crate::words::{Facts, Fault, FaultWord, Language, Outcome, fault_text};

/// Bytes in which the first entry is looked for.
const FIRST_BYTES: u64 = 256 * 1024;
/// The date that is sent where not even the first entry says one: the archive will refuse the log
/// for that entry, and no record gets this date.
const NO_DATE: &str = "2000-01-01";

pub(super) fn run(run: &Run, args: &Capture, log: &Path) -> Result<(), Failure> {
    let found = look_at(log)?;
    let mut input = description::of(args)?;
    let kind = input.kind.get_or_insert_with(|| "processing_log".to_owned());
    if crate::record::kind::Kind::parse(kind) != Ok(crate::record::kind::Kind::ProcessingLog) {
        return Err(Failure::usage("entries_kind", &[("kind", kind)]));
    }
    let format = format_of(log)?;
    input.title.get_or_insert_with(|| found.name.clone());
    run.with_archive(&args.at, async |client: &Client| {
        // Each segment gets the date of its own first entry; the request as a whole needs one too.
        if input.occurred.is_none() {
            let zone = match input.zone.as_deref().map(Zone::parse) {
                // What is no zone the archive will refuse.
                Some(zone) => zone.unwrap_or(Zone::UTC),
                None => super::rows::defaults(client).await?.zone,
            };
            input.occurred = Some(first_date(log, format, zone)?.unwrap_or_else(|| NO_DATE.to_owned()));
        }
        let ask = ask(args, &input, format, &found);
        let progress = run.voice.progress(found.content.length(), true);
        let receipt = client.json_with_progress(&ask, Some(&progress)).await;
        progress.finish_and_clear();
        acknowledge(run, &found.about, &receipt.map_err(|failure| failure.about(found.about.clone()))?)
    })
}

fn ask(args: &Capture, input: &CaptureInput, format: EntryFormat, found: &Found) -> Ask {
    let text = |name: &'static str, text: &str| Part {
        name,
        file_name: None,
        media_type: None,
        content: Content::Bytes(text.as_bytes().to_vec()),
    };
    let parts = vec![
        text("record", &input.to_json().to_string()),
        text("format", if format == EntryFormat::Csv { "csv" } else { "jsonl" }),
        text("on_fault", if args.keep_before_fault { "keep_before" } else { "capture_nothing" }),
        Part {
            name: "entries",
            file_name: Some(found.name.clone()),
            media_type: None,
            content: found.content.clone(),
        },
    ];
    let key = key_of(args.idempotency_key.as_deref(), 0, 1);
    Ask::form("/api/v1/entries", parts).with("idempotency-key", format!("\"{key}\""))
}

fn acknowledge(run: &Run, about: &str, receipt: &Value) -> Result<(), Failure> {
    let segments = receipt.get("segments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for segment in segments {
        if run.voice.json {
            run.voice.json_line(segment)?;
        } else {
            run.voice.line(segment.get("id").and_then(Value::as_str).unwrap_or_default())?;
        }
    }
    let entries = receipt.get("entries").and_then(Value::as_u64).unwrap_or(0).to_string();
    let count = segments.len().to_string();
    run.voice.remark("captured_entries", &[("entries", &entries), ("segments", &count), ("input", about)]);
    match receipt.get("fault").filter(|fault| !fault.is_null()) {
        None => Ok(()),
        Some(fault) => {
            let number = |name: &str| fault.get(name).and_then(Value::as_u64).unwrap_or(0).to_string();
            let code = fault.get("code").and_then(Value::as_str).unwrap_or_default();
            let why = in_words(code, run.voice.language);
            run.voice.remark(
                "kept_before_fault",
                &[("line", &number("line")), ("column", &number("column")), ("code", &why), ("input", about)],
            );
            Err(Failure::Told(Outcome::FoundWrong))
        }
    }
}

fn format_of(log: &Path) -> Result<EntryFormat, Failure> {
    let extension = log.extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default().to_lowercase();
    match extension.as_str() {
        "jsonl" | "ndjson" | "json" | "log" => Ok(EntryFormat::Jsonl),
        "csv" | "tsv" => Ok(EntryFormat::Csv),
        _ => Err(Failure::usage("entries_format", &[("path", &log.display().to_string())])),
    }
}

/// The date of the first entry in the zone; `None` if the first entry is faulty.
fn first_date(log: &Path, format: EntryFormat, zone: Zone) -> Result<Option<String>, Failure> {
    let mut beginning = Vec::new();
    let file = std::fs::File::open(log).map_err(|error| Failure::system("read the file", &error))?;
    file.take(FIRST_BYTES)
        .read_to_end(&mut beginning)
        .map_err(|error| Failure::system("read the file", &error))?;
    let mut reader = EntryReader::new(format, zone);
    reader.push(&beginning);
    if (beginning.len() as u64) < FIRST_BYTES {
        reader.finish();
    }
    Ok(match reader.next_entry() {
        Some(Ok(entry)) => {
            crate::base::civil::CivilDate::of(entry.at, zone).ok().map(|date| date.to_string())
        }
        Some(Err(_)) | None => None,
    })
}

/// What is wrong with an entry, in words; the code where the words need facts that a receipt lacks.
fn in_words(code: &str, language: Language) -> String {
    match FaultWord::parse(code).filter(|word| word.placeholders().is_empty()) {
        Some(word) => fault_text(&Fault::of("", word, Facts::new()), language).detail,
        None => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_a_log_is_that_of_its_first_entry() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        let entry = "{\"at\":\"2026-03-01T23:30:00Z\",\"operation\":\"use\",\"purpose\":\"客服\",\
                     \"data_category\":\"联系方式\",\"system\":\"crm\",\"actor\":\"u-1\",\"count\":1}";
        std::fs::write(&path, entry).unwrap();
        let date = first_date(&path, format_of(&path).unwrap(), Zone::SHANGHAI).unwrap();
        assert_eq!(date.as_deref(), Some("2026-03-02"));
        std::fs::write(&path, "{broken").unwrap();
        assert_eq!(first_date(&path, EntryFormat::Jsonl, Zone::SHANGHAI).unwrap(), None);
    }

    #[test]
    fn a_log_of_unknown_form_is_not_guessed_at() {
        assert!(format_of(Path::new("log.xlsx")).is_err());
        assert_eq!(format_of(Path::new("LOG.CSV")).unwrap(), EntryFormat::Csv);
    }

    #[test]
    fn a_fault_is_told_in_words_where_the_receipt_has_its_facts() {
        assert_eq!(in_words("not_json", Language::ZhCn), "该行不是合格的 JSON。");
        assert_eq!(in_words("too_long", Language::ZhCn), "too_long");
    }
}
