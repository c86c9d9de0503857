//! The clock, and its confirmation by two persons.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::web::{self, Payload};
use serde::Serialize;
use utoipa::ToSchema;

use super::account::CODE;
use super::answer;
use super::receipt::LedgerPlaceBody;
use crate::access::permission::{Action, Resource};
use crate::archive::confirm_clock::ClockView;
use crate::base::id::{ApprovalId, UserId};
use crate::base::limits::REASON_CHARS_MAX;
use crate::base::text;
use crate::record::request::ObjectReader;
use crate::retention::ClockFault;
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, json};

/// How the clock stands.
#[derive(Serialize, ToSchema)]
pub struct ClockBody {
    /// What it shows.
    now: String,
    /// What it showed when it was last believed.
    seen: String,
    /// The date of the newest entry of the ledger.
    newest: String,
    /// True while it is believed: nothing is destroyed otherwise.
    believed: bool,
    /// Why it is not: behind (the newest entry is dated later than now) or jumped (it went further than time). Absent
    /// while it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
}

/// What a second person is asked to agree to.
#[derive(ToSchema)]
pub struct ClockApprovalAsked {
    /// Why the clock shows what it shows; the second person reads it.
    reason: String,
    /// The user who is asked, where the role approves only what it is named for.
    #[schema(value_type = Option<String>)]
    approver: Option<UserId>,
}

/// A request that waits for a second person.
#[derive(Serialize, ToSchema)]
pub struct ClockApprovalBody {
    /// The request, to be decided under /api/v1/approvals and then named in the confirmation.
    id: String,
}

/// By whose approval the clock is confirmed.
#[derive(ToSchema)]
pub struct ClockConfirmationAsked {
    /// The approval that a second person gave.
    #[schema(value_type = Option<String>)]
    approval: Option<ApprovalId>,
}

/// That the clock was confirmed.
#[derive(Serialize, ToSchema)]
pub struct ClockConfirmedBody {
    /// What it showed.
    now: String,
    /// Where that stands in the ledger.
    ledger: LedgerPlaceBody,
}

impl From<ClockView> for ClockBody {
    fn from(view: ClockView) -> Self {
        Self {
            now: view.now.to_rfc3339(),
            seen: view.seen.to_rfc3339(),
            newest: view.newest.to_rfc3339(),
            believed: view.fault.is_none(),
            fault: view.fault.map(|fault| match fault {
                ClockFault::Behind { .. } => "behind",
                ClockFault::Jumped { .. } => "jumped",
            }),
        }
    }
}

impl FromJson for ClockApprovalAsked {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let reason = reader.text("reason", |reason| text::prose(reason, REASON_CHARS_MAX));
        let approver = reader.text("approver", UserId::parse);
        reader.require(&["reason"]);
        Some(Self { reason: reason?, approver })
    }
}

impl FromJson for ClockConfirmationAsked {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        Some(Self { approval: reader.text("approval", ApprovalId::parse) })
    }
}

pub(super) fn group() -> Group {
    Group {
        name: "clock",
        description: "Whether the clock is believed. While it is not, nothing is destroyed until two persons confirm it.",
        operations: vec![
            Operation::get("/api/v1/clock", "show_clock", || web::to(show))
                .says("How the clock stands.")
                .row(Resource::System, Action::Read)
                .gives(200, "What it shows, and whether it is believed.", Some(json(route::of::<ClockBody>))),
            Operation::post("/api/v1/clock/confirmations/approvals", "request_clock_confirmation", || {
                web::to(ask)
            })
            .says("Asks for approval of the clock as it stands.")
            .row(Resource::System, Action::ConfirmClock)
            .with(CODE)
            .takes(json(route::of::<ClockApprovalAsked>))
            .gives(201, "The request.", Some(json(route::of::<ClockApprovalBody>))),
            Operation::post("/api/v1/clock/confirmations", "confirm_clock", || web::to(confirm))
                .says("Confirms the clock by the approval of a second person, given within the day.")
                .row(Resource::System, Action::ConfirmClock)
                .with(CODE)
                .takes(json(route::of::<ClockConfirmationAsked>))
                .gives(200, "It is believed again.", Some(json(route::of::<ClockConfirmedBody>))),
        ],
    }
}

async fn show(asker: Asker) -> Result<HttpResponse, Problem> {
    let view = asker.act(|archive, caller| archive.clock(caller)).await?;
    Ok(answer(200, &ClockBody::from(view)))
}

async fn ask(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let ClockApprovalAsked { reason, approver } = body::read(&request, &mut payload).await?;
    let asked = move |archive: &crate::archive::Archive, caller: &crate::archive::Caller| {
        archive.request_clock_confirmation(caller, (&reason, approver))
    };
    let id = asker.act(asked).await?;
    Ok(answer(201, &ClockApprovalBody { id: id.to_string() }))
}

async fn confirm(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let ClockConfirmationAsked { approval } = body::read(&request, &mut payload).await?;
    let done = asker.act(move |archive, caller| archive.confirm_clock(caller, approval)).await?;
    let ledger = LedgerPlaceBody { index: done.ledger.index, size: done.ledger.size };
    Ok(answer(200, &ClockConfirmedBody { now: done.now.to_rfc3339(), ledger }))
}
