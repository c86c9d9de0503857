//! The ledger, as strangers check it: the signed checkpoint, and entries with their proofs.

use std::sync::Arc;

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse, http::header};
use utoipa::ToSchema;

use super::account::CODE;
use super::record_views::LedgerEntryBody;
use super::records::number;
use super::{Path, answer};
use crate::access::permission::{Action, Resource};
use crate::base::id::RecordId;
use crate::base::limits::LEDGER_PROOFS_MAX;
use crate::record::request::ObjectReader;
use crate::web::body::{self, FromJson};
use crate::web::download::{self, RangeFields, Source};
use crate::web::guard::{Asker, Inside, permit_on_archive};
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, bytes, json};
use crate::words::Refusal;

/// What to write out beside the ledger itself.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into ids")]
pub struct LedgerExportInput {
    /// Records whose proofs are wanted.
    records: Option<Vec<String>>,
}

pub(super) fn group() -> Group {
    Group {
        name: "ledger",
        description: "The tamper-evident log (C2SP tlog-tiles) of everything that was done.",
        operations: vec![
            Operation::get("/api/v1/ledger/checkpoint", "ledger_checkpoint", || web::to(checkpoint))
                .says("The newest signed checkpoint.")
                .row(Resource::Checkpoint, Action::Read)
                .gives(200, "A signed note.", Some(bytes("text/plain"))),
            Operation::get("/api/v1/ledger/entries/{index}", "ledger_entry", || web::to(entry))
                .says("An entry with its proof under the newest checkpoint.")
                .row(Resource::Ledger, Action::Read)
                .gives(200, "Entry and proof.", Some(json(route::of::<LedgerEntryBody>))),
            Operation::post("/api/v1/ledger/export", "export_ledger", || web::to(export))
                .says("Writes the whole ledger out under one checkpoint, for strangers to check.")
                .row(Resource::Ledger, Action::Download)
                .with(CODE)
                .takes(json(route::of::<LedgerExportInput>))
                .gives(
                    200,
                    "A tar: checkpoint, vkey, tile/… (C2SP tlog-tiles), proof/RECORD.tlog-proof and .json.",
                    Some(bytes("application/x-tar")),
                ),
        ],
    }
}

async fn checkpoint(asker: Asker) -> Result<HttpResponse, Problem> {
    let now = asker.service().now();
    let note = asker
        .act_or_problem(move |archive, caller| {
            permit_on_archive(caller, Resource::Checkpoint, Action::Read, now)?;
            Ok(archive.checkpoint()?)
        })
        .await?;
    let note = note.ok_or_else(|| Problem::from(Refusal::NotFound))?;
    Ok(text(note))
}

async fn entry(asker: Asker, index: Path) -> Result<HttpResponse, Problem> {
    let index = number(&index)?;
    let (entry, proof) = asker.act(move |archive, caller| archive.ledger_entry(caller, index)).await?;
    Ok(answer(200, &LedgerEntryBody { proof: Some(proof), ..LedgerEntryBody::from(entry) }))
}

impl FromJson for Vec<RecordId> {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        Some(reader.texts("records", LEDGER_PROOFS_MAX, RecordId::parse, |a, b| a == b))
    }
}

async fn export(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let records: Vec<RecordId> = body::read(&request, &mut payload).await?;
    let Inside { service, caller, turn: _turn } = asker.enter().await?;
    let fairness = Arc::clone(service.fairness());
    let place = fairness.long_work(caller.user())?;
    let outgoing = service
        .run(move |archive| {
            let _place = place;
            let export = archive.export_ledger(&caller, &records)?;
            let source = Source {
                name: "ledger.tar".to_owned(),
                media_type: "application/x-tar".to_owned(),
                bytes: export.bytes,
                reader: Box::new(export.file),
                watch: export.watch,
            };
            download::prepare(source, None, &RangeFields::default())
        })
        .await?;
    outgoing.respond(&fairness)
}

/// Plain text as it was signed, byte for byte.
fn text(text: String) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8")).body(text)
}
