//! Evidence packages: a frozen list becomes a bundle that strangers can verify. The list is in the
//! ledger before the first byte is written; the bundle leaves as the answer.

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::ToSchema;

use super::account::CODE;
use crate::access::permission::{Action, Resource};
use crate::archive::exports::{ExportRequest, Selection};
use crate::archive::records::EntryName;
use crate::base::id::{ApprovalId, CaseId};
use crate::record::names::Reference;
use crate::record::request::{CaseRef, FaultCode, ObjectReader};
use crate::web::body::{self, FromJson};
use crate::web::download::{self, RangeFields, Source};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, bytes, json};

/// Items that one export names one by one.
const IDS_MAX: usize = 10_000;

/// What to export, and what for.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `ExportRequest`")]
pub struct ExportBody {
    /// Every record of this case (id or reference), in its current version.
    case: Option<String>,
    /// Or these records and entries of bulk logs (RECORD.ORDINAL).
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

pub(super) fn group() -> Group {
    Group {
        name: "exports",
        description: "Evidence packages that strangers can verify without this service.",
        operations: vec![
            Operation::post("/api/v1/exports", "export_evidence", || web::to(export))
                .says("Writes an evidence package and sends it: one ZIP, a BagIt bag.")
                .row(Resource::Export, Action::CreateWithOriginals)
                .with(CODE)
                .takes(json(route::of::<ExportBody>))
                .gives(
                    200,
                    "The package. Export-Id and Export-Counts name it and what became of the items; \
                     Content-Digest is for the recipient to compare.",
                    Some(bytes("application/zip")),
                ),
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
        let entry = |text: &str| EntryName::parse(text).map_err(|_| FaultCode::BadId { what: "record" });
        let ids = reader.texts("ids", IDS_MAX, entry, |a, b| a == b);
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
        })
    }
}

async fn export(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let wanted: ExportRequest = body::read(&request, &mut payload).await?;
    let place = asker.service().long_work()?;
    let fields = RangeFields::default();
    let (outgoing, id, counts, digest) = asker
        .act(move |archive, caller| {
            let _place = place;
            let begun = archive.begin_export(caller, &wanted)?;
            let id = begun.id;
            let done = archive.write_export(caller, begun)?;
            let source = Source {
                name: done.file_name,
                media_type: "application/zip".to_owned(),
                bytes: done.bytes,
                reader: Box::new(done.bundle),
            };
            Ok((download::prepare(source, None, &fields)?, id, done.counts, done.digest))
        })
        .await?;
    let mut response = outgoing.respond()?;
    let counts =
        format!("exported={}, withheld={}, failed={}", counts.exported, counts.withheld, counts.failed);
    for (name, value) in [
        ("export-id", id.to_string()),
        ("export-counts", counts),
        ("content-digest", digest.to_content_digest()),
    ] {
        if let Ok(value) = actix_web::http::header::HeaderValue::from_str(&value) {
            let name = actix_web::http::header::HeaderName::from_static(name);
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}
