//! Captures: new records, and new versions of records.

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::receipt::ReceiptBody;
use super::{Path, answer, id};
use crate::access::permission::{Action, Resource};
use crate::archive::Receipt;
use crate::base::id::RecordId;
use crate::web::guard::{Asker, permit_on_archive};
use crate::web::intake;
use crate::web::multipart::FORM_DATA;
use crate::web::problem::Problem;
use crate::web::route::{self, Body, Group, IDEMPOTENCY_KEY, IF_MATCH, Operation, json};
use crate::words::Refusal;

/// What holds for a capture where its description says nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaptureDefaultsBody {
    /// The jurisdiction.
    pub jurisdiction: String,
    /// The IANA zone of dates and of times without an offset.
    pub zone: String,
}

/// A record to capture. The fields are those of `docs/formats/descriptor.md`, with an example of each kind in
/// `docs/formats/capture`; contents stand inline.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read by `record::request`")]
pub struct CaptureBody {
    /// authorization, processing_log, delivery_confirmation, service_record, or a subkind such as ticket.
    kind: String,
    /// Subkind of a service record.
    subkind: Option<String>,
    /// Category of the file plan.
    category: Option<String>,
    /// The case: its reference (a new one is opened) or its id.
    case: Option<String>,
    /// Jurisdiction.
    jurisdiction: Option<String>,
    /// When it happened: a date, a local time, or an instant.
    occurred: String,
    /// The IANA zone of the dates.
    zone: Option<String>,
    /// When it was received.
    received: Option<String>,
    /// Title; otherwise the first file's name.
    title: Option<String>,
    /// Parties: `role` and `name` each.
    parties: Option<Vec<serde_json::Value>>,
    /// Typed fields of the kind.
    fields: Option<serde_json::Value>,
    /// Custom fields: `name` and `value` each.
    custom: Option<Vec<serde_json::Value>>,
    /// Tags.
    tags: Option<Vec<String>>,
    /// Language of the content.
    language: Option<String>,
    /// Remarks.
    notes: Option<String>,
    /// Links: `kind` (authorises, performed_under, confirms, corrects, answers, derived_from) and `to`, a record's id.
    links: Option<Vec<serde_json::Value>>,
    /// Where it came from: `system`, `external_id`, `revision`.
    source: Option<serde_json::Value>,
    /// The files, in order.
    components: Vec<CaptureComponentBody>,
    /// The key under which a repeated request is recognised; as the header field.
    idempotency_key: Option<String>,
}

/// One file of a capture.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read by `record::request`")]
pub struct CaptureComponentBody {
    /// File name, without folders; an upload brings its own.
    name: Option<String>,
    /// Media type; guessed from the name if not given.
    media_type: Option<String>,
    /// native, attachment, transcript, translation or signature.
    role: Option<String>,
    /// Its length, to be checked.
    bytes: Option<u64>,
    /// SHA-256 of its bytes in hexadecimal, to be checked.
    sha256: Option<String>,
    /// The content, if it is text.
    text: Option<String>,
    /// The content in base64 (RFC 4648 §4).
    base64: Option<String>,
    /// The content of a complete upload of the caller's.
    upload: Option<String>,
}

pub(super) fn group() -> Group {
    let bodies = |operation: Operation| {
        operation
            .takes(json(route::of::<CaptureBody>))
            // First the part `record` (JSON as above), then the files in order.
            .takes(Body { media_type: FORM_DATA, schema: None })
            .with(IDEMPOTENCY_KEY)
            .gives(201, "The capture receipt.", Some(json(route::of::<ReceiptBody>)))
            .gives(200, "The receipt of an earlier, equal request.", Some(json(route::of::<ReceiptBody>)))
    };
    Group {
        name: "capture",
        description: "Takes evidence in: sealed, entered in the ledger, acknowledged with a receipt.",
        operations: vec![
            bodies(Operation::post("/api/v1/records", "capture", || web::to(capture)))
                .says("Captures a record: JSON with contents inline, or a form with the part record and the files.")
                .row(Resource::Record, Action::Create),
            bodies(Operation::post("/api/v1/records/{id}/versions", "amend", || web::to(amend)))
                .says("Adds a whole new version to a record; earlier versions stay as they are.")
                .with(IF_MATCH)
                .row(Resource::Record, Action::Change),
            Operation::get("/api/v1/capture-defaults", "capture_defaults", || web::to(defaults))
                .says("What holds for a capture where its description says nothing.")
                .row(Resource::Record, Action::Create)
                .gives(200, "Jurisdiction and zone.", Some(json(route::of::<CaptureDefaultsBody>))),
        ],
    }
}

async fn defaults(asker: Asker) -> Result<HttpResponse, Problem> {
    let defaults = asker.service().capture_defaults(true);
    let now = defaults.now;
    asker
        .act_or_problem(move |_, caller| permit_on_archive(caller, Resource::Record, Action::Create, now))
        .await?;
    let body = CaptureDefaultsBody {
        jurisdiction: defaults.jurisdiction.as_str().to_owned(),
        zone: defaults.zone.name().to_owned(),
    };
    Ok(answer(200, &body))
}

/// Answers a receipt: 201 the first time, 200 when the same request came before.
pub(super) fn receipt(receipt: Receipt) -> HttpResponse {
    let place = format!("/api/v1/records/{}", receipt.record);
    let mut response = answer(if receipt.replayed { 200 } else { 201 }, &ReceiptBody::from(receipt));
    if let Ok(place) = actix_web::http::header::HeaderValue::from_str(&place) {
        response.headers_mut().insert(actix_web::http::header::LOCATION, place);
    }
    response
}

async fn capture(asker: Asker, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let finish = Box::new(|archive: &crate::archive::Archive, caller: &_, capture, staged| {
        archive.capture(caller, capture, staged)
    });
    intake::take(asker, &request, payload, finish).await.map(receipt)
}

async fn amend(
    asker: Asker,
    request: HttpRequest,
    record: Path,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let record = id(&record, RecordId::parse)?;
    let expected = expected_version(&request)?;
    let finish = Box::new(move |archive: &crate::archive::Archive, caller: &_, capture, staged| {
        archive.amend(caller, record, capture, staged, expected)
    });
    intake::take(asker, &request, payload, finish).await.map(receipt)
}

/// The ETag of a record in its `version`.
pub(super) fn etag(version: u32) -> String {
    format!("\"v{version}\"")
}

/// The version of a tag; what follows it says what else is told of the record.
fn version_in(tag: &str) -> Option<u32> {
    tag.split('.').next().and_then(|version| version.parse().ok())
}

/// The version that `If-Match` names; `*` and silence name none.
fn expected_version(request: &HttpRequest) -> Result<Option<u32>, Problem> {
    let Some(field) = request.headers().get(actix_web::http::header::IF_MATCH) else { return Ok(None) };
    match field.to_str().ok().map(str::trim) {
        Some("*") => Ok(None),
        Some(tag) => {
            let version =
                tag.strip_prefix("\"v").and_then(|rest| rest.strip_suffix('"')).and_then(version_in);
            // A tag that we never gave matches no state that there is.
            version.map(Some).ok_or_else(|| Refusal::PreconditionFailed.into())
        }
        None => Err(Refusal::MalformedRequest { part: "If-Match".to_owned() }.into()),
    }
}
