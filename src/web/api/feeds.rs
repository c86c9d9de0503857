//! Foreign exports through a mapping profile (字段映射): tried out, and captured row by row.

use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer;
use crate::access::permission::{Action, Resource};
use crate::archive::feeds::{RowOutcome, RowRefusal};
use crate::archive::{Archive, Caller};
use crate::base::limits::{
    FAULTS_MAX, FEED_BYTES_MAX, FEED_ROWS_MAX, FEED_WORD_BYTES_MAX, PROFILE_BYTES_MAX,
};
use crate::record::feed::{ManifestRow, MappingProfile, Table, TableFault, TableProblem};
use crate::record::request::{CaptureDefaults, Fault, FaultCode};
use crate::web::body::check_length;
use crate::web::fair::Place;
use crate::web::guard::{Asker, Inside};
use crate::web::multipart::{FORM_DATA, Parts};
use crate::web::observe::language;
use crate::web::problem::{Problem, fault_json};
use crate::web::refusals::{of_faults, of_profile, of_table, table_fault};
use crate::web::route::{self, Body, Group, Operation, json};
use crate::web::state::Service;
use crate::words::{Language, Refusal};

const ON_FAULT: &[&str] = &["capture_nothing", "skip"];

/// The form: the profile, then on_fault where it is wanted, then the export.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read part by part")]
pub struct FeedForm {
    /// The mapping profile (TOML, docs/formats/mapping-profile.md).
    profile: String,
    /// What a faulty row means: capture_nothing (otherwise) or skip. For captures only.
    on_fault: Option<String>,
    /// The export: CSV, XLSX or JSON, as the profile says.
    #[schema(format = Binary)]
    file: String,
}

/// What a profile would make of an export. Nothing is stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedPreview {
    /// The profile's name.
    pub profile: String,
    /// Rows of the export.
    pub rows: u64,
    /// The encoding that the text was in, if it was text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<&'static str>,
    /// Columns that the profile reads but the export does not have.
    pub missing: Vec<String>,
    /// Columns of the export that the profile does not name.
    pub unmapped: Vec<String>,
    /// The first 20 rows.
    pub first: Vec<PreviewRow>,
}

/// A row as the profile reads it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewRow {
    /// Line (CSV), row (XLSX) or item (JSON), from 1.
    pub line: u64,
    /// What would be captured, as POST /api/v1/records takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capture: Option<Value>,
    /// What is wrong: path (the export's column), line, code, detail, remedy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Value>,
}

/// What became of an export.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedReport {
    /// The profile's name.
    pub profile: String,
    /// Rows of the export.
    pub rows: u64,
    /// Rows that are new records or new versions.
    pub captured: u64,
    /// Rows that the archive had already.
    pub known: u64,
    /// Rows that were not captured.
    pub refused: u64,
    /// Each row, in the order of the export.
    pub results: Vec<FeedRow>,
}

/// What became of one row.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedRow {
    /// Line (CSV), row (XLSX) or item (JSON), from 1.
    pub line: u64,
    /// captured, known or refused.
    pub outcome: &'static str,
    /// The record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// What is wrong with its cells.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Value>,
    /// Why the archive refused it: a problem document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Value>,
}

pub(super) fn group() -> Group {
    let form = || Body { media_type: FORM_DATA, schema: Some(route::of::<FeedForm>) };
    Group {
        name: "feeds",
        description: "Exports of other systems, read through a mapping profile.",
        operations: vec![
            Operation::post("/api/v1/feeds/preview", "preview_feed", || web::to(preview))
                .says("Shows what a profile makes of an export, with every fault of its first rows. Stores nothing.")
                .row(Resource::Feed, Action::Create)
                .takes(form())
                .gives(200, "The preview.", Some(json(route::of::<FeedPreview>))),
            Operation::post("/api/v1/feeds/capture", "capture_feed", || web::to(capture))
                .says("Captures an export row by row; a row that is here already adds nothing.")
                .row(Resource::Record, Action::Create)
                .takes(form())
                .gives(200, "What became of each row.", Some(json(route::of::<FeedReport>))),
        ],
    }
}

/// The form, read.
struct Form {
    profile: Vec<u8>,
    skip: bool,
    file: Vec<u8>,
}

impl Form {
    async fn read(request: &HttpRequest, payload: Payload) -> Result<Self, Problem> {
        let most = FEED_BYTES_MAX + PROFILE_BYTES_MAX;
        check_length(request, most as u64 + 64 * 1024)?;
        let mut parts = Parts::of(request, payload)?;
        let profile = parts.expect("profile").await?.read_whole(PROFILE_BYTES_MAX).await?;
        let mut skip = None;
        while let Some(mut part) = parts.next().await? {
            match part.name() {
                "on_fault" if skip.is_none() => {
                    let word = part.read_whole(FEED_WORD_BYTES_MAX).await?;
                    let known = ON_FAULT.iter().position(|known| known.as_bytes() == word.trim_ascii());
                    let code = FaultCode::UnknownWord { allowed: ON_FAULT };
                    let fault = Fault { path: "on_fault".to_owned(), code };
                    skip = Some(known.ok_or_else(|| of_faults(&[fault]))? == 1);
                }
                "file" => {
                    let file = part.read_whole(FEED_BYTES_MAX).await?;
                    drop(part);
                    parts.end().await?;
                    return Ok(Self { profile, skip: skip.unwrap_or(false), file });
                }
                "on_fault" => return Err(parts.surplus()),
                _ => return Err(Refusal::MalformedMultipart.into()),
            }
        }
        Err(Refusal::MalformedMultipart.into())
    }

    /// The profile, and the export as a table.
    fn table(&self) -> Result<(MappingProfile, Table), Problem> {
        let text = std::str::from_utf8(&self.profile).map_err(|error| {
            let offset = error.valid_up_to();
            let before = self.profile.get(..offset).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
            Problem::from(Refusal::NotUtf8 { file: "profile".to_owned(), line, offset: offset as u64 })
        })?;
        let profile = MappingProfile::parse(text).map_err(|faults| of_profile(&faults))?;
        let table = profile.read(&self.file).map_err(|fault| of_table(&[fault]))?;
        Ok((profile, table))
    }
}

/// A form that has arrived, with everything that is held for it.
struct Sent {
    service: Data<Service>,
    caller: Caller,
    form: Form,
    language: Language,
    held: Held,
}

/// Held by the work, not by the request: a client that goes away must not free what is still used.
struct Held {
    _turn: Option<Place>,
    _feed: Place,
    _long: Place,
}

impl Sent {
    /// Reads a form from somebody who may send it: one at a time for each person, for it is held in
    /// memory whole. The place among the long works is taken when it is here: who sends slowly
    /// holds none that others wait for.
    async fn read(asker: Asker, request: &HttpRequest, payload: Payload) -> Result<Self, Problem> {
        let Inside { service, caller, turn } = asker.enter().await?;
        let feed = service.fairness().feed(caller.user())?;
        // Who may not capture is not told what is wrong with the file.
        let caller = service
            .run(move |archive| {
                archive.may_preview_feed(&caller)?;
                Ok(caller)
            })
            .await?;
        let form = Form::read(request, payload).await?;
        let long = service.fairness().long_work(caller.user())?;
        let held = Held { _turn: turn, _feed: feed, _long: long };
        Ok(Self { service, caller, form, language: language(request), held })
    }

    /// Reads profile and table, and works with them.
    async fn work<T: Serialize + Send + 'static>(
        self,
        work: impl FnOnce(Reading<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let Self { service, caller, form, language, held } = self;
        let defaults = service.capture_defaults(true);
        let body = service
            .run_or_problem(move |archive| {
                let _held = held;
                let (profile, table) = form.table()?;
                let skip = form.skip;
                // The table holds all that is used from here on.
                drop(form);
                work(Reading {
                    archive,
                    caller: &caller,
                    profile: &profile,
                    table: &table,
                    defaults: &defaults,
                    skip,
                    language,
                })
            })
            .await?;
        Ok(answer(200, &body))
    }
}

/// An export that was read.
#[derive(Clone, Copy)]
struct Reading<'a> {
    archive: &'a Archive,
    caller: &'a Caller,
    profile: &'a MappingProfile,
    table: &'a Table,
    defaults: &'a CaptureDefaults,
    /// Faulty rows are passed over.
    skip: bool,
    language: Language,
}

async fn preview(asker: Asker, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    Sent::read(asker, &request, payload).await?.work(|reading| Ok(previewed(reading))).await
}

async fn capture(asker: Asker, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let sent = Sent::read(asker, &request, payload).await?;
    sent.work(|reading| {
        let (rows, faulty) = checked(reading)?;
        if !faulty.is_empty() && !reading.skip {
            return Err(of_table(&faulty));
        }
        captured(reading, (&rows, &faulty))
    })
    .await
}

fn previewed(reading: Reading<'_>) -> FeedPreview {
    let Reading { profile, table, defaults, language, .. } = reading;
    let preview = profile.preview(table, defaults);
    let told = |fault: &TableFault| fault_json(&table_fault(fault), language);
    let mut first: Vec<PreviewRow> = preview
        .first
        .into_iter()
        .map(|(row, checked)| match checked {
            Ok(_) => PreviewRow { line: row.line, capture: Some(row.capture), faults: Vec::new() },
            Err(faults) => {
                PreviewRow { line: row.line, capture: None, faults: faults.iter().map(told).collect() }
            }
        })
        .collect();
    for fault in &preview.unreadable {
        match first.iter_mut().find(|row| row.line == fault.line) {
            Some(row) => row.faults.push(told(fault)),
            None => first.push(PreviewRow { line: fault.line, capture: None, faults: vec![told(fault)] }),
        }
    }
    first.sort_by_key(|row| row.line);
    FeedPreview {
        profile: profile.name().to_owned(),
        rows: preview.rows as u64,
        encoding: table.encoding,
        missing: preview.missing,
        unmapped: preview.unmapped,
        first,
    }
}

/// The rows that can be captured as far as can be told, and the faults of the others.
fn checked(reading: Reading<'_>) -> Result<(Vec<ManifestRow>, Vec<TableFault>), Problem> {
    let Reading { profile, table, defaults, .. } = reading;
    if table.rows.len() > FEED_ROWS_MAX {
        let line = table.rows.get(FEED_ROWS_MAX).map_or(0, |row| row.line);
        return Err(of_table(&[TableFault::line(line, TableProblem::TooManyRows { most: FEED_ROWS_MAX })]));
    }
    let (mut fine, mut faults) = (Vec::with_capacity(table.rows.len()), Vec::new());
    for read in profile.apply(table).map_err(|faults| of_table(&faults))? {
        match read.and_then(|row| row.check(defaults).map(|_| row)) {
            Ok(row) => fine.push(row),
            Err(found) => faults.extend(found),
        }
    }
    Ok((fine, faults))
}

fn captured(
    reading: Reading<'_>,
    (rows, faulty): (&[ManifestRow], &[TableFault]),
) -> Result<FeedReport, Problem> {
    let Reading { archive, caller, profile, table, defaults, language, .. } = reading;
    let outcomes = archive.capture_rows(caller, table, rows, defaults)?;
    let told = |fault: &TableFault| fault_json(&table_fault(fault), language);
    let mut results: Vec<FeedRow> =
        rows.iter().zip(outcomes).map(|(row, outcome)| row_of(row.line, outcome, language)).collect();
    for fault in faulty {
        match results.last_mut().filter(|row| row.line == fault.line && row.outcome == "refused") {
            Some(row) if row.faults.len() < FAULTS_MAX => row.faults.push(told(fault)),
            Some(_) => {}
            None => results.push(FeedRow { faults: vec![told(fault)], ..refused(fault.line) }),
        }
    }
    results.sort_by_key(|row| row.line);
    let count = |outcome| results.iter().filter(|row| row.outcome == outcome).count() as u64;
    Ok(FeedReport {
        profile: profile.name().to_owned(),
        rows: table.rows.len() as u64,
        captured: count("captured"),
        known: count("known"),
        refused: count("refused"),
        results,
    })
}

fn refused(line: u64) -> FeedRow {
    FeedRow { line, outcome: "refused", id: None, version: None, faults: Vec::new(), problem: None }
}

fn row_of(line: u64, outcome: RowOutcome, language: Language) -> FeedRow {
    match outcome {
        Ok(receipt) => FeedRow {
            outcome: if receipt.replayed { "known" } else { "captured" },
            id: Some(receipt.record.to_string()),
            version: Some(receipt.version),
            ..refused(line)
        },
        Err(RowRefusal::Faults(faults)) => {
            let told = faults.iter().map(|fault| fault_json(&table_fault(fault), language));
            FeedRow { faults: told.collect(), ..refused(line) }
        }
        Err(RowRefusal::Refused(refusal)) => {
            FeedRow { problem: Some(Problem::from(refusal).to_json(language)), ..refused(line) }
        }
    }
}
