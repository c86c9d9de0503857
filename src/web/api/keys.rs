//! The archive's keys: how they stand. Their secrets never pass this door.

use actix_web::HttpResponse;
use actix_web::web;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer;
use crate::access::permission::{Action, Resource};
use crate::archive::keys::KeysStatus;
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, json};

/// How the keys stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeysBody {
    /// Which recipients are current.
    pub generation: u32,
    /// The service recipient (age1…).
    pub service_recipient: String,
    /// The recovery recipient (age1…).
    pub recovery_recipient: String,
    /// The current epoch.
    pub epoch: u32,
    /// True while a rotation waits to be finished.
    pub rotation_unfinished: bool,
    /// Headers still wrapped to earlier recipients.
    pub older_generations: u64,
    /// Cells still sealed in earlier epochs.
    pub older_epochs: u64,
    /// Sealed cells in all.
    pub cells: u64,
    /// True if the recovery identity still lies on this machine, where it should not stay.
    pub recovery_identity_is_here: bool,
    /// The ledger's origin.
    pub log_origin: String,
}

pub(super) fn group() -> Group {
    Group {
        name: "keys",
        description: "The archive's keys.",
        operations: vec![
            Operation::get("/api/v1/keys", "keys_status", || web::to(status))
                .says("How the keys stand.")
                .row(Resource::Keys, Action::Read)
                .gives(200, "Their status.", Some(json(route::of::<KeysBody>))),
        ],
    }
}

async fn status(asker: Asker) -> Result<HttpResponse, Problem> {
    let KeysStatus {
        generation,
        service,
        recovery,
        epoch,
        rotation_unfinished,
        older_generations,
        older_epochs,
        cells,
        recovery_identity_is_here,
        log_origin,
    } = asker.act(|archive, caller| archive.keys_status(caller)).await?;
    Ok(answer(
        200,
        &KeysBody {
            generation,
            service_recipient: service,
            recovery_recipient: recovery,
            epoch,
            rotation_unfinished,
            older_generations,
            older_epochs,
            cells,
            recovery_identity_is_here,
            log_origin,
        },
    ))
}
