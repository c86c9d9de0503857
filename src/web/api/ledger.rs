//! The ledger, as strangers check it: the signed checkpoint, and entries with their proofs.

use actix_web::web;
use actix_web::{HttpResponse, http::header};

use super::records::{LedgerEntryBody, number};
use super::{Path, answer};
use crate::access::permission::{Action, Resource};
use crate::web::guard::{Asker, permit_on_archive};
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, bytes, json};
use crate::words::Refusal;

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

/// Plain text as it was signed, byte for byte.
fn text(text: String) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8")).body(text)
}
