//! Asks for the second person that an export with originals needs (双人复核).

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::account::CODE;
use super::answer;
use super::exports::ExportBody;
use crate::access::permission::{Action, Resource};
use crate::archive::exports::ExportRequest;
use crate::web::body;
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, json};

/// A request that waits for a second person.
#[derive(Serialize, ToSchema)]
pub struct ExportApprovalBody {
    /// The request, to be decided under /api/v1/approvals and then named in the export.
    id: String,
}

pub(super) fn group() -> Group {
    Group {
        name: "export approvals",
        description: "The second person that an export with originals needs (双人复核).",
        operations: vec![
            Operation::post("/api/v1/exports/approvals", "request_export_approval", || web::to(ask))
                .says("Asks for approval of exactly what the export would hand out now.")
                .row(Resource::Export, Action::CreateWithOriginals)
                .with(CODE)
                .takes(json(route::of::<ExportBody>))
                .gives(201, "The request.", Some(json(route::of::<ExportApprovalBody>))),
        ],
    }
}

async fn ask(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let wanted: ExportRequest = body::read(&request, &mut payload).await?;
    let id = asker.act(move |archive, caller| archive.request_export_approval(caller, &wanted)).await?;
    Ok(answer(201, &ExportApprovalBody { id: id.to_string() }))
}
