//! Requests that wait for a second person (双人复核).

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::account::CODE;
use super::approval_told::{self as told, AskedItemsBody, ToldLine};
use super::page::{Paging, Query};
use super::{Path, answer, id, page};
use crate::access::permission::{Action, Resource};
use crate::access::role::Role;
use crate::access::two_person::{TwoPersonAction, Verdict};
use crate::archive::approvals::{
    Amiss, ApprovalCursor, ApprovalPage, ApprovalRequest, ApprovalView, AskedItems, StoredState,
};
use crate::base::id::{ApprovalId, UserId};
use crate::record::request::{FaultCode, ObjectReader};
use crate::store::rows::Before;
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::observe::{self, no_content};
use crate::web::problem::Problem;
use crate::web::route::{self, Group, LIMIT, Operation, json, query};
use crate::words::Language;

/// A request for a second person's approval.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `ApprovalRequest`")]
pub struct ApprovalInput {
    /// The step: release_hold, reset_credentials, remove_user …
    action: String,
    /// The id of what it is to be done to.
    subject: String,
    /// What exactly; the step must later be taken with these and no others.
    parameters: Option<Value>,
    /// Why; sealed, for the second person to read.
    reason: String,
    /// Who is asked, where the role approves only what it is named for.
    approver: Option<String>,
}

/// A request that waits, or was decided.
#[derive(Serialize, ToSchema)]
pub struct ApprovalBody {
    /// The request.
    id: String,
    /// The step.
    action: String,
    /// What it is to be done to.
    subject: String,
    /// What sort of thing that is: case, matter, record, user or archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_kind: Option<&'static str>,
    /// Its reference, log-in name or title, where the reader may know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_name: Option<String>,
    /// The title beside a reference, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_title: Option<String>,
    /// Who asks.
    requested_by: String,
    /// Their log-in name, where the reader may know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_by_name: Option<String>,
    /// When they asked.
    requested_at: String,
    /// Until when it waits, or may be used.
    expires_at: String,
    /// Where it stands: waiting, approved, refused, used or expired; damaged where nobody knows, because the
    /// request is not as the ledger says.
    state: String,
    /// Who decided it, once somebody has.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    /// Their log-in name, where the reader may know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by_name: Option<String>,
    /// When they decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<String>,
    /// True if the reader may decide it now.
    may_decide: bool,
    /// What exactly is asked for, for the requester and for who may decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Value>,
    /// The reason, for the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Step, subject and parameters as people read them, in the language that was asked for.
    told: Vec<ToldLine>,
    /// What would be handed out, for the same; shown with one request, not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<AskedItemsBody>,
    /// True in a list where the request, or what it is about, is not as the ledger says; absent where it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    damaged: bool,
}

/// A page of requests.
#[derive(Serialize, ToSchema)]
pub struct ApprovalList {
    /// The requests.
    items: Vec<ApprovalBody>,
    /// Where the next page begins; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A request that was made.
#[derive(Serialize, ToSchema)]
pub struct ApprovalMade {
    /// The request.
    pub(super) id: String,
}

/// A decision.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `Verdict`")]
pub struct VerdictBody {
    /// approve or refuse.
    verdict: String,
}

pub(super) fn group() -> Group {
    Group {
        name: "approvals",
        description: "Steps that need a second person (双人复核): asked for by one, decided by another.",
        operations: vec![
            Operation::get("/api/v1/approvals", "list_approvals", || web::to(list))
                .says("Lists requests that the reader made or may decide.")
                .row(Resource::Approval, Action::List)
                .with(query("state", "waiting (otherwise), approved, refused, used or expired."))
                .paged()
                .gives(200, "A page; it may be short and still have a next one.", Some(json(route::of::<ApprovalList>))),
            // The step's own row decides, as for the step itself.
            Operation::post("/api/v1/approvals", "request_approval", || web::to(request_approval))
                .says("Asks for a second person's approval; needs the permission for the step itself.")
                .row(Resource::Approval, Action::Read)
                .takes(json(route::of::<ApprovalInput>))
                .gives(201, "The request.", Some(json(route::of::<ApprovalMade>))),
            Operation::get("/api/v1/approvals/{id}", "show_approval", || web::to(show))
                .says("Shows a request, with a page of what would be handed out.")
                .row(Resource::Approval, Action::Read)
                .with(query("items_from", "Items of the list before the page that is shown; otherwise 0."))
                .with(LIMIT)
                .gives(200, "The request.", Some(json(route::of::<ApprovalBody>))),
            Operation::post("/api/v1/approvals/{id}/decide", "decide_approval", || web::to(decide))
                .says("Approves or refuses; needs the permission to approve the step, and never the own request.")
                .row(Resource::Approval, Action::Read)
                .with(CODE)
                .takes(json(route::of::<VerdictBody>))
                .gives(204, "It is decided.", None),
            Operation::post("/api/v1/approvals/{id}/cancel", "cancel_approval", || web::to(cancel))
                .says("Takes the own request back.")
                .row(Resource::Approval, Action::Cancel)
                .gives(204, "It is taken back.", None),
        ],
    }
}

impl ApprovalBody {
    fn of(view: ApprovalView, items: Option<AskedItems>, language: Language) -> Self {
        use crate::access::two_person::ApprovalState as S;
        let state = match view.state {
            _ if view.damaged == Some(Amiss::Request) => "damaged",
            S::Waiting => "waiting",
            S::Approved { .. } => "approved",
            S::Refused { .. } => "refused",
            S::Used { .. } => "used",
            S::Expired => "expired",
        };
        let (decided_by, decided_at) = match view.state {
            S::Approved { by, at } | S::Refused { by, at } | S::Used { by, at } => {
                (Some(by.to_string()), Some(at.to_rfc3339()))
            }
            S::Waiting | S::Expired => (None, None),
        };
        let told = told::lines(&view, language);
        let (kind, (name, title)) = match view.told.subject {
            Some(subject) => (told::kind_of(subject.thing), (subject.name, subject.title)),
            None => (None, (None, None)),
        };
        let (parameters, reason) = view.asked.map(|asked| (asked.parameters, asked.reason)).unzip();
        Self {
            id: view.id.to_string(),
            action: view.action.as_str().to_owned(),
            subject: view.subject,
            subject_kind: kind,
            subject_name: name,
            subject_title: title,
            requested_by: view.requested_by.to_string(),
            requested_by_name: view.told.requested_by,
            requested_at: view.requested_at.to_rfc3339(),
            expires_at: view.expires_at.to_rfc3339(),
            state: state.to_owned(),
            decided_by,
            decided_by_name: view.told.decided_by,
            decided_at,
            may_decide: view.may_decide,
            parameters,
            reason,
            told,
            items: items.map(AskedItemsBody::from),
            damaged: view.damaged.is_some(),
        }
    }
}

/// The highest number of an item that JSON readers keep exactly.
const FROM_MOST: u64 = (1 << 53) - 1;

const STATES: &[&str] = &["waiting", "approved", "refused", "used", "expired"];

async fn list(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["state", "cursor", "limit"])?;
    let state = query
        .read("state", |word| StoredState::parse(word).ok_or(FaultCode::UnknownWord { allowed: STATES }))?;
    let state = state.unwrap_or(StoredState::Waiting);
    let paging = Paging::of_query(&request, &query)?;
    let service = asker.service().clone();
    let after = paging
        .before(&service, ApprovalId::parse)?
        .map(|before| ApprovalCursor { at: before.at, id: before.id });
    let items = paging.items();
    let ApprovalPage { approvals, next } =
        asker.act(move |archive, caller| archive.list_approvals(caller, state, after, items)).await?;
    let next = next.map(|next| service.cursors().write(&paging.list, &Before { at: next.at, id: next.id }));
    let language = observe::language(&request);
    let bodies = approvals.into_iter().map(|view| ApprovalBody::of(view, None, language));
    let body = ApprovalList { items: bodies.collect(), next: next.clone() };
    Ok(page::respond(&request, &body, next.as_deref()))
}

/// Steps that are asked for here. What is to be destroyed is asked for where it lies, under /records/{id}/erasures, which
/// looks first whether it can be done.
const STEPS: &[&str] = &[
    "release_hold",
    "publish_policy",
    "shorten_retention",
    "re_identify",
    "recover_keys",
    "export_originals",
    "reset_credentials",
    "remove_user",
    "appoint",
];

impl FromJson for ApprovalRequest {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let plain = |text: &str| Ok::<_, FaultCode>(text.to_owned());
        let action = reader.text("action", |word| {
            let action = TwoPersonAction::parse(word).filter(|_| STEPS.contains(&word));
            action.ok_or(FaultCode::UnknownWord { allowed: STEPS })
        });
        let subject = reader.text("subject", plain);
        let parameters = reader.value("parameters").cloned();
        let reason = reader.text("reason", plain);
        let approver = reader.text("approver", UserId::parse);
        reader.require(&["action", "subject", "reason"]);
        let parameters = parameters.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        if action == Some(TwoPersonAction::Appoint) {
            check_roles(reader, &parameters);
        }
        Some(Self { action: action?, subject: subject?, parameters, reason: reason?, approver })
    }
}

/// Roles are refused here that nobody could be given: the step itself would be refused only after a second
/// person had approved it in vain.
fn check_roles(reader: &mut ObjectReader<'_>, parameters: &Value) {
    let roles = parameters.get("roles").and_then(Value::as_array);
    match roles.map(|roles| roles.iter().map(|role| role.as_str().map(Role::parse)).collect::<Vec<_>>()) {
        Some(roles) if !roles.is_empty() => {
            if roles.iter().any(|role| !matches!(role, Some(Ok(_)))) {
                reader.fault("parameters", FaultCode::UnknownWord { allowed: Role::WORDS });
            }
        }
        Some(_) | None => reader.fault("parameters", FaultCode::Required),
    }
}

async fn request_approval(
    asker: Asker,
    request: HttpRequest,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let wanted: ApprovalRequest = body::read(&request, &mut payload).await?;
    let id = asker.act(move |archive, caller| archive.request_approval(caller, &wanted)).await?;
    Ok(answer(201, &ApprovalMade { id: id.to_string() }))
}

async fn show(asker: Asker, request: HttpRequest, approval: Path) -> Result<HttpResponse, Problem> {
    let approval = id(&approval, ApprovalId::parse)?;
    let query = Query::of(&request, &["items_from", "limit"])?;
    let from = query.read("items_from", |text| {
        text.parse::<u64>().map_err(|_| FaultCode::OutOfRange { least: 0, most: FROM_MOST })
    })?;
    let page = (from.unwrap_or(0), query.limit()?);
    let (view, items) = asker
        .act(move |archive, caller| {
            let view = archive.show_approval(caller, approval)?;
            // Who only counts requests is told no more than that there is one.
            let items = match view.asked {
                Some(_) => archive.approval_items(caller, approval, page)?,
                None => None,
            };
            Ok((view, items))
        })
        .await?;
    Ok(answer(200, &ApprovalBody::of(view, items, observe::language(&request))))
}

impl FromJson for Verdict {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        const WORDS: &[&str] = &["approve", "refuse"];
        let verdict = reader.text("verdict", |word| match word {
            "approve" => Ok(Self::Approve),
            "refuse" => Ok(Self::Refuse),
            _ => Err(FaultCode::UnknownWord { allowed: WORDS }),
        });
        reader.require(&["verdict"]);
        verdict
    }
}

async fn decide(
    asker: Asker,
    request: HttpRequest,
    approval: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let approval = id(&approval, ApprovalId::parse)?;
    let verdict: Verdict = body::read(&request, &mut payload).await?;
    asker.act(move |archive, caller| archive.decide_approval(caller, approval, verdict)).await?;
    Ok(no_content())
}

async fn cancel(asker: Asker, approval: Path) -> Result<HttpResponse, Problem> {
    let approval = id(&approval, ApprovalId::parse)?;
    asker.act(move |archive, caller| archive.cancel_approval(caller, approval)).await?;
    Ok(no_content())
}
