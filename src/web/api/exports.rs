//! Evidence packages: a frozen list becomes a bundle that strangers can verify. The list is in the
//! ledger before the first byte is written; a job makes the bundle, which is then fetched.

use std::sync::Arc;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::account::CODE;
use super::jobs::{JobBody, accepted};
use super::page::{Paging, Query};
use super::uploads::key_of;
use super::{Path, answer, id, page};
use crate::access::permission::{Action, Resource};
use crate::archive::exports::{ExportRequest, ExportView as View, ItemName, Selection};
use crate::base::id::{ApprovalId, CaseId, ExportId};
use crate::base::limits::EXPORT_IDS_MAX;
use crate::record::names::Reference;
use crate::record::request::{CaseRef, FaultCode, ObjectReader};
use crate::web::body::{self, FromJson};
use crate::web::download::{self, RangeFields};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, IDEMPOTENCY_KEY, Operation, bytes, field, json};

/// What to export, and what for.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `ExportRequest`")]
pub struct ExportBody {
    /// Every record of this case (id or reference), in its current version.
    case: Option<String>,
    /// Or these records, versions of them (RECORD@VERSION) and entries of bulk logs (RECORD.ORDINAL).
    ids: Option<Vec<String>>,
    /// What for. Kept sealed; the ledger holds its commitment.
    purpose: String,
    /// Who hands it out, as it stands in the bundle.
    organization: String,
    /// What it is about, as it stands in the bundle.
    description: Option<String>,
    /// The second person's approval.
    approval: Option<String>,
}

/// An export that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportAsked {
    /// The export.
    pub id: String,
    /// The job that makes the package.
    pub job: JobBody,
    /// Where the package will be.
    pub content: String,
    /// True if an earlier, equal request is answered once more.
    pub replayed: bool,
}

/// An export.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportView {
    /// The export.
    pub id: String,
    /// The package's name, numbered within its year.
    pub name: String,
    /// What it is for.
    pub kind: String,
    /// begun, finished, cancelled or failed.
    pub state: String,
    /// The case that it is about, if it is one case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// When it was asked for.
    pub created_at: String,
    /// Who asked.
    pub created_by: String,
    /// Items asked for.
    pub requested: u64,
    /// Items in the package.
    pub exported: u64,
    /// Items kept back by a decision.
    pub withheld: u64,
    /// Items that could not be read.
    pub failed: u64,
    /// Bytes of the package.
    pub bytes: u64,
    /// The job that makes or made it, while jobs are remembered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<JobBody>,
    /// Where the package is.
    pub content: String,
    /// True where what stands here is not as the ledger says; absent where it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub damaged: bool,
}

/// A page of exports.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportPage {
    /// The newest first.
    pub items: Vec<ExportView>,
    /// The cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

pub(super) fn group() -> Group {
    Group {
        name: "exports",
        description: "Evidence packages that strangers can verify without this service.",
        operations: vec![
            Operation::post("/api/v1/exports", "export_evidence", || web::to(export))
                .says("Freezes the list, enters it in the ledger, and begins to write an evidence package.")
                .row(Resource::Export, Action::CreateWithOriginals)
                .with(CODE)
                .with(IDEMPOTENCY_KEY)
                .takes(json(route::of::<ExportBody>))
                .gives(
                    202,
                    "It is being made; Location names the job, Retry-After says when to look.",
                    Some(json(route::of::<ExportAsked>)),
                ),
            Operation::get("/api/v1/exports", "list_exports", || web::to(list))
                .says("Exports that the caller asked for or may see.")
                .row(Resource::Export, Action::List)
                .paged()
                .gives(200, "A page.", Some(json(route::of::<ExportPage>))),
            Operation::get("/api/v1/exports/{id}", "show_export", || web::to(show))
                .says("One export.")
                .row(Resource::Export, Action::Read)
                .gives(200, "The export.", Some(json(route::of::<ExportView>))),
            Operation::get("/api/v1/exports/{id}/content", "download_export", || web::to(download))
                .says("The finished package: one ZIP, a BagIt bag. The ledger knows of it before the first byte.")
                .row(Resource::Export, Action::Download)
                .with(CODE)
                .with(field("Range", "One range of bytes."))
                .with(field("If-Range", "The ETag for which the range is meant."))
                .gives(
                    200,
                    "The package. Export-Counts says what became of the items, Repr-Digest is for the recipient \
                     to compare.",
                    Some(bytes("application/zip")),
                )
                .gives(206, "The range.", Some(bytes("application/zip"))),
        ],
    }
}

impl FromJson for ExportRequest {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let plain = |text: &str| Ok::<_, FaultCode>(text.to_owned());
        let case = reader.text("case", |text| match CaseId::parse(text) {
            Ok(id) => Ok(CaseRef::Id(id)),
            Err(_) => Reference::parse(text).map(CaseRef::Reference),
        });
        let entry = |text: &str| ItemName::parse(text).map_err(|_| FaultCode::BadId { what: "record" });
        let ids = reader.texts("ids", EXPORT_IDS_MAX, entry, |a, b| a == b);
        let purpose = reader.text("purpose", plain);
        let organization = reader.text("organization", plain);
        let description = reader.text("description", plain);
        let approval = reader.text("approval", ApprovalId::parse);
        reader.require(&["organization"]);
        let selection = match (case, ids.is_empty()) {
            (Some(case), true) => Some(Selection::Case(case)),
            (None, false) => Some(Selection::Ids(ids)),
            (Some(_), false) => {
                reader.fault("ids", FaultCode::Contradicts { other: "case".to_owned() });
                None
            }
            (None, true) => {
                if !reader.has("case") && !reader.has("ids") {
                    reader.fault("case", FaultCode::Required);
                }
                None
            }
        };
        Some(Self {
            selection: selection?,
            // A purpose that is missing has a refusal of its own.
            purpose: purpose.unwrap_or_default(),
            organization: organization?,
            description,
            approval,
            key: None,
        })
    }
}

async fn export(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let key = key_of(&request)?;
    let mut wanted: ExportRequest = body::read(&request, &mut payload).await?;
    wanted.key = key;
    asker.service().start_jobs()?;
    let (asked, job) = asker
        .act(move |archive, caller| {
            let asked = archive.begin_export(caller, &wanted)?;
            Ok((asked, archive.show_job(caller, asked.job)?))
        })
        .await?;
    let body = ExportAsked {
        id: asked.id.to_string(),
        job: JobBody::from(job),
        content: content_of(&asked.id.to_string()),
        replayed: asked.replayed,
    };
    let place = body.job.href.clone();
    Ok(accepted(&body, &place))
}

fn content_of(export: &str) -> String {
    format!("/api/v1/exports/{export}/content")
}

impl From<View> for ExportView {
    fn from(view: View) -> Self {
        let View { row, name, job, damaged } = view;
        let id = row.id.to_string();
        Self {
            content: content_of(&id),
            id,
            name,
            kind: row.kind,
            state: row.state,
            case: row.case_id.map(|case| case.to_string()),
            created_at: row.created_at.to_rfc3339(),
            created_by: row.created_by.to_string(),
            requested: row.requested,
            exported: row.exported,
            withheld: row.withheld,
            failed: row.failed,
            bytes: row.bundle_bytes,
            job: job.map(JobBody::from),
            damaged,
        }
    }
}

async fn list(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["cursor", "limit"])?;
    let paging = Paging::of_query(&request, &query)?;
    let before = paging.before(asker.service(), ExportId::parse)?;
    let service = asker.service().clone();
    let limit = paging.items();
    let (exports, next) =
        asker.act(move |archive, caller| archive.list_exports(caller, before, limit)).await?;
    let next = next.map(|next| service.cursors().write(&paging.list, &next));
    let body = ExportPage { items: exports.into_iter().map(ExportView::from).collect(), next: next.clone() };
    Ok(page::respond(&request, &body, next.as_deref()))
}

async fn show(asker: Asker, export: Path) -> Result<HttpResponse, Problem> {
    let export = id(&export, ExportId::parse)?;
    let shown = asker.act(move |archive, caller| archive.show_export(caller, export)).await?;
    Ok(answer(200, &ExportView::from(shown)))
}

async fn download(asker: Asker, request: HttpRequest, export: Path) -> Result<HttpResponse, Problem> {
    let export = id(&export, ExportId::parse)?;
    let fields = RangeFields::of(&request);
    let leaves = request.method() != Method::HEAD;
    let fairness = Arc::clone(asker.service().fairness());
    let (outgoing, counts, digest) = asker
        .act(move |archive, caller| {
            let delivery = archive.deliver_export(caller, export, leaves)?;
            let (counts, digest) = (delivery.counts, delivery.bundle.digest);
            let etag = Some(format!("\"{}\"", digest.to_hex()));
            Ok((download::prepare(delivery.bundle.into(), etag, &fields)?, counts, digest))
        })
        .await?;
    let mut response = outgoing.respond(&fairness)?;
    let counts =
        format!("exported={}, withheld={}, failed={}", counts.exported, counts.withheld, counts.failed);
    let mut fields = vec![
        ("export-id", export.to_string()),
        ("export-counts", counts),
        ("repr-digest", digest.to_content_digest()),
    ];
    // RFC 9530: of what is in this very message, so not of a range.
    if response.status() == StatusCode::OK {
        fields.push(("content-digest", digest.to_content_digest()));
    }
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    Ok(response)
}
