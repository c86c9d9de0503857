//! 诉讼保留: holds, what they name, whom they were told to, and their release by two persons.

use actix_web::http::header;
use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::account::CODE;
use super::case_views::EnteredBody;
use super::cases::{entered, tag_it};
use super::hold_views::{HoldBody, HoldLine, HoldMemberLine, HoldMemberPage, HoldPage};
use super::page::{Paging, Query};
use super::receipt::LedgerPlaceBody;
use super::{Path, answer, expected_revision, id, page, revision_tag};
use crate::access::permission::{Action, Resource};
use crate::archive::cases::Page;
use crate::archive::holds::{
    HoldFields, HoldQueryFilter, HoldSelectors, NewNotice, NoticeView, Placed, ReleaseRequest,
};
use crate::base::civil::CivilDate;
use crate::base::id::{ApprovalId, HoldId, HoldNoticeId, MatterId, UserId};
use crate::base::limits::HOLD_RECIPIENTS_MAX;
use crate::record::hold::HoldState;
use crate::record::request::{FaultCode, ObjectReader};
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::refusals::of_faults;
use crate::web::route::{self, Group, IF_MATCH, Operation, json, query};

/// A hold that was placed or grew.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlacedBody {
    /// The hold.
    pub id: String,
    /// How many members it has.
    pub members: u64,
    /// Records within the asker's reach that no search finds yet, where a search was saved. A live hold reads them
    /// before they could be destroyed; a snapshot lacks them.
    pub not_indexed: u64,
    /// Where it stands in the ledger.
    pub ledger: LedgerPlaceBody,
}

/// A request that waits for a second person.
#[derive(Serialize, ToSchema)]
pub struct HoldReleaseApprovalBody {
    /// The request, to be decided under /api/v1/approvals and then named in the release.
    id: String,
}

/// What people were told of a hold.
#[derive(Serialize, ToSchema)]
pub struct HoldNoticeBody {
    /// The notice.
    id: String,
    /// The hold, for those who may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<String>,
    /// When.
    noticed_at: String,
    /// By whom.
    noticed_by: String,
    /// The words, for those who were told and those who may read words of the hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// True where the words cannot be opened. Absent otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    damaged: bool,
    /// Who was told. Of those who only were told themselves: they alone.
    recipients: Vec<HoldRecipientBody>,
}

/// Somebody who was told of a hold.
#[derive(Serialize, ToSchema)]
pub struct HoldRecipientBody {
    /// The user.
    user: String,
    /// When this person said to have read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged_at: Option<String>,
}

/// Notices about holds.
#[derive(Serialize, ToSchema)]
pub struct HoldNoticeList {
    /// The notices.
    items: Vec<HoldNoticeBody>,
}

/// A notice that was given.
#[derive(Serialize, ToSchema)]
pub struct HoldNoticedBody {
    /// The notice.
    id: String,
}

/// That somebody has read a notice.
#[derive(Serialize, ToSchema)]
pub struct HoldAcknowledgedBody {
    /// The notice.
    id: String,
    /// When it was said.
    acknowledged_at: String,
}

/// What is to be held.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read by `HoldSelectors`")]
pub struct HoldSelection {
    /// Records, and entries of bulk logs as `<record>.<number>`.
    records: Option<Vec<String>>,
    /// Cases, by their ids: whatever lies in them.
    cases: Option<Vec<String>>,
    /// Parties, by their ids: records that name them, and cases in which they take part.
    parties: Option<Vec<String>>,
    /// Categories.
    categories: Option<Vec<String>>,
    /// Custom fields with their values, such as the number of a contract: name and value each. Live holds only.
    fields: Option<Vec<Value>>,
    /// A search: words, and kind, occurred_from and occurred_to if they are to hold too.
    query: Option<Value>,
}

/// A hold that is to be placed.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read by `HoldFields`")]
pub struct HoldInput {
    /// The matter, by its id.
    matter: String,
    /// What people call it.
    title: String,
    /// Why.
    reason: String,
    /// legal (the usual) or unsettled.
    kind: Option<String>,
    /// live (the usual) or snapshot.
    mode: Option<String>,
    /// True if others are to learn no more than that a disposition is not available.
    confidential: Option<bool>,
    /// By when somebody is to look at it again.
    review_by: Option<String>,
    /// In which IANA zone its days are counted; otherwise the service's.
    zone: Option<String>,
    /// Days for which it rests on what it held once it is released: 30, unless it says otherwise.
    grace_days: Option<u32>,
    /// What it holds.
    members: HoldSelection,
}

/// By when somebody is to look at a hold again.
#[derive(ToSchema)]
pub struct HoldReviewInput {
    /// The day; absent to take it away.
    #[schema(value_type = Option<String>)]
    review_by: Option<CivilDate>,
}

/// What a second person is asked to agree to.
#[derive(ToSchema)]
pub struct HoldReleaseApprovalAsked {
    /// On whose authority: a judgment, a settlement, a letter of counsel.
    authority: String,
    /// Why.
    reason: String,
    /// The user who is asked, where the role approves only what it is named for.
    #[schema(value_type = Option<String>)]
    approver: Option<UserId>,
}

/// A release by the approval of a second person.
#[derive(ToSchema)]
pub struct HoldReleaseAsked {
    /// The approval that a second person gave.
    #[schema(value_type = Option<String>)]
    approval: Option<ApprovalId>,
}

/// What people are to be told.
#[derive(ToSchema)]
pub struct HoldNoticeInput {
    /// The words.
    text: String,
    /// Users, by their ids.
    #[schema(value_type = Vec<String>)]
    to: Vec<UserId>,
}

impl FromJson for HoldReviewInput {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        Some(Self { review_by: reader.text("review_by", CivilDate::parse) })
    }
}

impl FromJson for HoldReleaseApprovalAsked {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let plain = |text: &str| Ok::<_, FaultCode>(text.to_owned());
        let authority = reader.text("authority", plain);
        let reason = reader.text("reason", plain);
        let approver = reader.text("approver", UserId::parse);
        reader.require(&["authority", "reason"]);
        Some(Self { authority: authority?, reason: reason?, approver })
    }
}

impl FromJson for HoldReleaseAsked {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        Some(Self { approval: reader.text("approval", ApprovalId::parse) })
    }
}

impl FromJson for HoldNoticeInput {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let text = reader.text("text", |text| Ok::<_, FaultCode>(text.to_owned()));
        let to = reader.texts("to", HOLD_RECIPIENTS_MAX, UserId::parse, |a, b| a == b);
        reader.require(&["text", "to"]);
        Some(Self { text: text?, to })
    }
}

pub(super) fn group() -> Group {
    let placed = || Some(json(route::of::<PlacedBody>));
    let changed = || Some(json(route::of::<EnteredBody>));
    Group {
        name: "holds",
        description: "Holds (诉讼保留): what a hold names cannot be destroyed until it is released by two persons and has \
                      rested for a while.",
        operations: vec![
            Operation::get("/api/v1/holds", "list_holds", || web::to(list))
                .says("Lists holds, the one placed last first.")
                .row(Resource::Hold, Action::List)
                .with(query("matter", "The matter, by its id."))
                .with(query("state", "standing or released."))
                .with(query("overdue", "true: only those that somebody should have looked at again."))
                .paged()
                .gives(200, "A page.", Some(json(route::of::<HoldPage>))),
            Operation::post("/api/v1/holds", "place_hold", || web::to(place))
                .says("Places a hold in a matter.")
                .row(Resource::Hold, Action::Create)
                .takes(json(route::of::<HoldInput>))
                .gives(201, "It stands.", placed()),
            Operation::get("/api/v1/holds/{id}", "show_hold", || web::to(show))
                .says("Shows a hold.")
                .row(Resource::Hold, Action::Read)
                .gives(200, "The hold; its ETag is for If-Match.", Some(json(route::of::<HoldBody>))),
            Operation::get("/api/v1/holds/{id}/members", "list_hold_members", || web::to(members))
                .says("Lists what a hold names, in the order in which it came.")
                .row(Resource::Hold, Action::Read)
                .paged()
                .gives(200, "A page.", Some(json(route::of::<HoldMemberPage>))),
            Operation::post("/api/v1/holds/{id}/members", "add_to_hold", || web::to(add))
                .says("Brings further members into a hold. A hold only grows.")
                .row(Resource::Hold, Action::Change)
                .with(IF_MATCH)
                .takes(json(route::of::<HoldSelection>))
                .gives(200, "It has them.", placed()),
            Operation::put("/api/v1/holds/{id}/review", "review_hold_by", || web::to(review))
                .says("Sets the day by which somebody is to look at a hold again. It reminds and never releases.")
                .row(Resource::Hold, Action::Change)
                .with(IF_MATCH)
                .takes(json(route::of::<HoldReviewInput>))
                .gives(200, "It is set.", changed()),
            Operation::post("/api/v1/holds/{id}/release/approvals", "request_hold_release", || web::to(ask_release))
                .says("Asks for approval of releasing a hold as it stands.")
                .row(Resource::Hold, Action::Release)
                .with(CODE)
                .takes(json(route::of::<HoldReleaseApprovalAsked>))
                .gives(201, "The request.", Some(json(route::of::<HoldReleaseApprovalBody>))),
            Operation::post("/api/v1/holds/{id}/release", "release_hold", || web::to(release))
                .says("Releases a hold by the approval of a second person. For some days it rests on what it held.")
                .row(Resource::Hold, Action::Release)
                .with(CODE)
                .takes(json(route::of::<HoldReleaseAsked>))
                .gives(200, "It is released.", changed()),
            Operation::get("/api/v1/holds/{id}/notices", "list_hold_notices", || web::to(notices))
                .says("Lists what people were told of a hold, and who said to have read it.")
                .with(query("cursor", "Where the page begins."))
                .with(query("limit", "Notices on the page; at most 500."))
                .row(Resource::Hold, Action::Read)
                .gives(200, "The notices.", Some(json(route::of::<HoldNoticeList>))),
            Operation::post("/api/v1/holds/{id}/notices", "notice_hold", || web::to(notice))
                .says("Tells people of a hold.")
                .row(Resource::HoldNotice, Action::Create)
                .takes(json(route::of::<HoldNoticeInput>))
                .gives(201, "They find it among their notices.", Some(json(route::of::<HoldNoticedBody>))),
            Operation::get("/api/v1/hold-notices", "list_own_hold_notices", || web::to(own_notices))
                .says("Lists what the asker was told of holds, newest first.")
                .with(query("cursor", "Where the page begins."))
                .with(query("limit", "Notices on the page; at most 500."))
                .row(Resource::HoldNotice, Action::List)
                .gives(200, "The notices.", Some(json(route::of::<HoldNoticeList>))),
            Operation::post("/api/v1/hold-notices/{id}/acknowledgement", "acknowledge_hold", || {
                web::to(acknowledge)
            })
            .says("Says that the asker has read what he was told.")
            .row(Resource::HoldNotice, Action::Change)
            .gives(200, "It is entered.", Some(json(route::of::<HoldAcknowledgedBody>))),
        ],
    }
}

impl From<NoticeView> for HoldNoticeBody {
    fn from(notice: NoticeView) -> Self {
        let recipient = |(user, at): (UserId, Option<crate::base::moment::Moment>)| HoldRecipientBody {
            user: user.to_string(),
            acknowledged_at: at.map(|at| at.to_rfc3339()),
        };
        Self {
            id: notice.id.to_string(),
            hold: notice.hold.map(|hold| hold.to_string()),
            noticed_at: notice.noticed_at.to_rfc3339(),
            noticed_by: notice.noticed_by.to_string(),
            text: notice.text,
            damaged: notice.damaged,
            recipients: notice.recipients.into_iter().map(recipient).collect(),
        }
    }
}

fn placed(status: u16, made: Placed) -> HttpResponse {
    let Placed { entered, members, not_indexed } = made;
    let tag = revision_tag(entered.revision);
    let ledger = LedgerPlaceBody { index: entered.ledger.index, size: entered.ledger.size };
    let mut response =
        answer(status, &PlacedBody { id: entered.id.to_string(), members, not_indexed, ledger });
    tag_it(&mut response, &tag);
    response
}

async fn list(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["matter", "state", "overdue", "cursor", "limit"])?;
    let filter = HoldQueryFilter {
        matter: query.read("matter", MatterId::parse)?,
        state: query.read("state", HoldState::parse)?,
        overdue: query
            .read("overdue", |word| match word {
                "true" => Ok(true),
                "false" => Ok(false),
                _ => Err(FaultCode::UnknownWord { allowed: &["true", "false"] }),
            })?
            .unwrap_or(false),
    };
    let paging = Paging::of_query(&request, &query)?;
    let service = asker.service().clone();
    let (place, items) = (paging.place(&service)?, paging.items());
    let Page { items, next } =
        asker.act(move |archive, caller| archive.list_holds(caller, filter, place.as_deref(), items)).await?;
    let next = paging.next(&service, next);
    let body = HoldPage { items: items.into_iter().map(HoldLine::from).collect(), next: next.clone() };
    Ok(page::respond(&request, &body, next.as_deref()))
}

async fn place(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let value = body::read_json_body(&request, &mut payload).await?;
    let zone = asker.service().capture_defaults(true).zone;
    let fields = HoldFields::from_json(&value, zone).map_err(|faults| of_faults(&faults))?;
    let made = asker.act(move |archive, caller| archive.place_hold(caller, &fields)).await?;
    let place = format!("/api/v1/holds/{}", made.entered.id);
    let mut response = placed(201, made);
    if let Ok(place) = header::HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

async fn show(asker: Asker, request: HttpRequest, hold: Path) -> Result<HttpResponse, Problem> {
    let hold = id(&hold, HoldId::parse)?;
    let view = asker.act(move |archive, caller| archive.hold(caller, hold)).await?;
    let tag = revision_tag(view.revision);
    Ok(page::tagged(&request, &HoldBody::from(view), &tag))
}

async fn members(asker: Asker, request: HttpRequest, hold: Path) -> Result<HttpResponse, Problem> {
    let hold = id(&hold, HoldId::parse)?;
    let query = Query::of(&request, &["cursor", "limit"])?;
    let paging = Paging::of_query(&request, &query)?;
    let service = asker.service().clone();
    let (place, items) = (paging.place(&service)?, paging.items());
    let Page { items, next } =
        asker.act(move |archive, caller| archive.hold_members(caller, hold, place.as_deref(), items)).await?;
    let next = paging.next(&service, next);
    let body =
        HoldMemberPage { items: items.into_iter().map(HoldMemberLine::from).collect(), next: next.clone() };
    Ok(page::respond(&request, &body, next.as_deref()))
}

async fn add(
    asker: Asker,
    request: HttpRequest,
    hold: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let hold = id(&hold, HoldId::parse)?;
    let expected = expected_revision(&request)?;
    let value = body::read_json_body(&request, &mut payload).await?;
    let selectors = HoldSelectors::from_json(&value).map_err(|faults| of_faults(&faults))?;
    let made =
        asker.act(move |archive, caller| archive.add_to_hold(caller, hold, &selectors, expected)).await?;
    Ok(placed(200, made))
}

async fn review(
    asker: Asker,
    request: HttpRequest,
    hold: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let hold = id(&hold, HoldId::parse)?;
    let expected = expected_revision(&request)?;
    let HoldReviewInput { review_by } = body::read(&request, &mut payload).await?;
    let changed =
        asker.act(move |archive, caller| archive.review_hold_by(caller, hold, review_by, expected)).await?;
    Ok(entered(200, changed))
}

async fn ask_release(
    asker: Asker,
    request: HttpRequest,
    hold: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let hold = id(&hold, HoldId::parse)?;
    let HoldReleaseApprovalAsked { authority, reason, approver } = body::read(&request, &mut payload).await?;
    let wanted = ReleaseRequest { authority, reason, approver };
    let id = asker.act(move |archive, caller| archive.request_hold_release(caller, hold, &wanted)).await?;
    Ok(answer(201, &HoldReleaseApprovalBody { id: id.to_string() }))
}

async fn release(
    asker: Asker,
    request: HttpRequest,
    hold: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let hold = id(&hold, HoldId::parse)?;
    let HoldReleaseAsked { approval } = body::read(&request, &mut payload).await?;
    let released = asker.act(move |archive, caller| archive.release_hold(caller, hold, approval)).await?;
    Ok(entered(200, released))
}

async fn notices(asker: Asker, request: HttpRequest, hold: Path) -> Result<HttpResponse, Problem> {
    let hold = id(&hold, HoldId::parse)?;
    let query = Query::of(&request, &["cursor", "limit"])?;
    let paging = Paging::of_query(&request, &query)?;
    let service = asker.service().clone();
    let (place, items) = (paging.place(&service)?, paging.items());
    let found =
        asker.act(move |archive, caller| archive.hold_notices(caller, hold, place.as_deref(), items)).await?;
    let Page { items, next } = found;
    let next = paging.next(&service, next);
    let body = HoldNoticeList { items: items.into_iter().map(HoldNoticeBody::from).collect() };
    Ok(page::respond(&request, &body, next.as_deref()))
}

async fn notice(
    asker: Asker,
    request: HttpRequest,
    hold: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let hold = id(&hold, HoldId::parse)?;
    let HoldNoticeInput { text, to } = body::read(&request, &mut payload).await?;
    let wanted = NewNotice { text, to };
    let id = asker.act(move |archive, caller| archive.notice_hold(caller, hold, &wanted)).await?;
    Ok(answer(201, &HoldNoticedBody { id: id.to_string() }))
}

async fn own_notices(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["cursor", "limit"])?;
    let paging = Paging::of_query(&request, &query)?;
    let service = asker.service().clone();
    let (place, items) = (paging.place(&service)?, paging.items());
    let Page { items, next } =
        asker.act(move |archive, caller| archive.own_hold_notices(caller, place.as_deref(), items)).await?;
    let next = paging.next(&service, next);
    let body = HoldNoticeList { items: items.into_iter().map(HoldNoticeBody::from).collect() };
    Ok(page::respond(&request, &body, next.as_deref()))
}

async fn acknowledge(asker: Asker, notice: Path) -> Result<HttpResponse, Problem> {
    let notice = id(&notice, HoldNoticeId::parse)?;
    let at = asker.act(move |archive, caller| archive.acknowledge_hold(caller, notice)).await?;
    Ok(answer(200, &HoldAcknowledgedBody { id: notice.to_string(), acknowledged_at: at.to_rfc3339() }))
}
