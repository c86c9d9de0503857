//! The archive's keys: how they stand, and their replacement as a job. Their secrets never pass this door.

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::account::CODE;
use super::answer;
use super::jobs::{JobBody, begun};
use crate::access::permission::{Action, Resource};
use crate::archive::jobs::replace_of;
use crate::archive::keys::{KeysStatus, Replace};
use crate::record::request::{FaultCode, ObjectReader};
use crate::web::body::{self, FromJson};
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
    /// Epochs that are over and whose keys still lie in the key directory: a turn was cut off, and they open older
    /// copies of the database.
    pub retired_epochs: Vec<u32>,
    /// Escrow places in which the last turn of the epoch has not come to its end.
    pub escrow_behind: u64,
}

/// Which identities are replaced.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `Replace`")]
pub struct RotateBody {
    /// service, recovery or both.
    replace: String,
}

const REPLACED: &[&str] = &["service", "recovery", "both"];

impl FromJson for Replace {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let word = |word: &str| replace_of(word).ok_or(FaultCode::UnknownWord { allowed: REPLACED });
        let replace = reader.text("replace", word);
        reader.require(&["replace"]);
        replace
    }
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
            Operation::post("/api/v1/keys/rotate", "rotate_keys", || web::to(rotate))
                .says("Begins to replace recipients: every header is wrapped to new ones, no payload is touched.")
                .row(Resource::Keys, Action::Rotate)
                .with(CODE)
                .takes(json(route::of::<RotateBody>))
                .gives(202, "It has begun; Location names the job.", Some(json(route::of::<JobBody>))),
            Operation::post("/api/v1/keys/turn-epoch", "turn_epoch", || web::to(turn))
                .says("Begins to seal every cell under a fresh key; the keys before are destroyed at its end.")
                .row(Resource::Keys, Action::TurnEpoch)
                .with(CODE)
                .gives(202, "It has begun; Location names the job.", Some(json(route::of::<JobBody>))),
        ],
    }
}

async fn rotate(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let replace: Replace = body::read(&request, &mut payload).await?;
    asker.service().start_jobs()?;
    let job = asker.act(move |archive, caller| archive.begin_rotation(caller, replace)).await?;
    Ok(begun(&request, job))
}

async fn turn(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    asker.service().start_jobs()?;
    let job = asker.act(|archive, caller| archive.begin_epoch_turn(caller)).await?;
    Ok(begun(&request, job))
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
        left,
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
            retired_epochs: left.epochs,
            escrow_behind: left.escrow.len() as u64,
        },
    ))
}
