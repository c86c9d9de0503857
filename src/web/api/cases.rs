//! Service cases (服务案卷): open, change, events, explanations; gaps over the archive.

use actix_web::http::header;
use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;
use utoipa::ToSchema;

use super::case_views::{CaseBody, CaseLine, CasePage, EnteredBody, GapBody, GapPage, standing_word};
use super::page::{Paging, Query};
use super::{Path, answer, expected_revision, id, names, page, revision_tag};
use crate::access::permission::{Action, Resource};
use crate::archive::cases::{CaseChange, CaseQuery, Entered, Explain, GapQuery, NewEvent, Page, Reason};
use crate::base::id::{CaseId, EventId, PartyId, RecordId};
use crate::base::limits::PAGE_ITEMS_MAX;
use crate::record::case::OpenCase;
use crate::record::gaps::{GapCode, GapStanding};
use crate::record::names::Reference;
use crate::record::request::{CaseRef, FaultCode, ObjectReader};
use crate::store::rows::cases::CaseState;
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::refusals::of_faults;
use crate::web::route::{self, Group, IF_MATCH, Operation, json, query};

const STATES: &[&str] = &["open", "paused", "resolved", "closed"];
const STANDINGS: &[&str] = &["open", "explained", "grown_since"];

/// Which cases to list; in a body, because references stand in no URL.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here; the fields are read into a query")]
pub struct CasesQuery {
    /// open, paused, resolved or closed.
    state: Option<String>,
    /// A party's id.
    party: Option<String>,
    /// The number by which people know the case.
    reference: Option<String>,
    /// From the page before.
    cursor: Option<String>,
    /// Items of the page, 1 to 500.
    limit: Option<u64>,
}

/// What a case says of itself beside number and title.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read by `record::case` and `CaseChange`")]
pub struct CaseParticulars {
    /// The service.
    service: Option<String>,
    /// The team responsible while no event names somebody else.
    team: Option<String>,
    /// Tags: all of them.
    tags: Option<Vec<String>>,
    /// Parties, all of them: role and name each.
    parties: Option<Vec<Value>>,
    /// Tier of the service.
    tier: Option<String>,
    /// Priority.
    priority: Option<String>,
    /// The customer's language.
    language: Option<String>,
}

/// A case to open.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read by `record::case`")]
pub struct CaseFields {
    /// The number by which people know it.
    reference: String,
    /// What it is about.
    title: String,
    #[serde(flatten)]
    particulars: CaseParticulars,
    /// The zone of its days.
    zone: Option<String>,
    /// When it was opened; otherwise now.
    opened: Option<String>,
}

/// What to change of a case: what is not named stays, and null takes away what may be lacking.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read by `CaseChange`")]
pub struct CaseChangeFields {
    /// The number by which people know it.
    reference: Option<String>,
    /// What it is about.
    title: Option<String>,
    #[serde(flatten)]
    particulars: CaseParticulars,
}

/// An event of a case.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read by `NewEvent`")]
pub struct EventFields {
    /// first_response, assigned, escalated, paused, resumed, resolved, reopened, closed, cost.
    kind: String,
    /// When it happened; otherwise now.
    at: Option<String>,
    /// The zone of that time; otherwise the case's.
    zone: Option<String>,
    /// The record of the case that shows it.
    record: Option<String>,
    /// Who became responsible, or responded.
    person: Option<String>,
    /// The team that became responsible.
    team: Option<String>,
    /// Why.
    reason: Option<String>,
    /// Anything worth reading later.
    note: Option<String>,
    /// Working time (cost).
    minutes: Option<u32>,
    /// Material (cost).
    material: Option<Value>,
}

/// Why an event is taken back.
#[derive(ToSchema)]
pub struct CancelFields {
    /// The reason; kept sealed.
    reason: String,
}

/// Why a gap stands (缺口说明).
#[derive(ToSchema)]
pub struct ExplainFields {
    /// The gap's key, as in G3.purpose.
    key: String,
    /// The record in which it shows.
    record: Option<String>,
    /// The word that the gap is about, where several gaps of the record have one key.
    about: Option<String>,
    /// The explanation; kept sealed.
    words: String,
}

pub(super) fn group() -> Group {
    Group {
        name: "cases",
        description: "Service cases (服务案卷) with time line, evidence-chain gaps and service levels.",
        operations: [reading(), writing()].concat(),
    }
}

fn reading() -> Vec<Operation> {
    let page = || Some(json(route::of::<CasePage>));
    vec![
        Operation::get("/api/v1/cases", "list_cases", || web::to(list))
            .says("Lists cases, the one entered last first.")
            .row(Resource::Case, Action::List)
            .with(query("state", "open, paused, resolved or closed."))
            .with(query("party", "A party's id."))
            .paged()
            .gives(200, "A page.", page()),
        Operation::post("/api/v1/cases/query", "query_cases", || web::to(list_by_body))
            .says("Lists cases by reference, which stands in no URL.")
            .row(Resource::Case, Action::List)
            .takes(json(route::of::<CasesQuery>))
            .gives(200, "A page.", page()),
        Operation::get("/api/v1/cases/{id}", "show_case", || web::to(show))
            .says("Shows a case with its time line, gaps and service levels.")
            .row(Resource::Case, Action::Read)
            .gives(200, "The case; its ETag is for If-Match.", Some(json(route::of::<CaseBody>))),
        Operation::get("/api/v1/gaps", "list_gaps", || web::to(gaps))
            .says("Evidence-chain gaps over the archive.")
            .row(Resource::Gap, Action::List)
            .with(query("code", "G1 to G9."))
            .with(query("standing", "open, explained or grown_since."))
            .with(query("state", "Only in cases that are open, paused, resolved or closed."))
            .with(query("party", "Only in cases of this party (id)."))
            .paged()
            .gives(
                200,
                "A page; it may be short and still have a next one.",
                Some(json(route::of::<GapPage>)),
            ),
    ]
}

fn writing() -> Vec<Operation> {
    let entered = || Some(json(route::of::<EnteredBody>));
    vec![
        Operation::post("/api/v1/cases", "open_case", || web::to(open))
            .says("Opens a case.")
            .row(Resource::Case, Action::Create)
            .takes(json(route::of::<CaseFields>))
            .gives(201, "It is open.", entered()),
        Operation::patch("/api/v1/cases/{id}", "change_case", || web::to(change))
            .says("Changes what is said of a case; what is not named stays.")
            .row(Resource::Case, Action::Change)
            .with(IF_MATCH)
            .takes(json(route::of::<CaseChangeFields>))
            .gives(200, "It is changed.", entered()),
        Operation::post("/api/v1/cases/{id}/events", "add_case_event", || web::to(add_event))
            .says("Adds an event to a case.")
            .row(Resource::CaseEvent, Action::Create)
            .takes(json(route::of::<EventFields>))
            .gives(201, "It is entered.", entered()),
        Operation::post("/api/v1/cases/{id}/events/{event}/cancel", "cancel_case_event", || {
            web::to(cancel_event)
        })
        .says("Takes an event back by another entry; nothing is deleted.")
        .row(Resource::CaseEvent, Action::Cancel)
        .takes(json(route::of::<CancelFields>))
        .gives(201, "It is taken back.", entered()),
        Operation::post("/api/v1/cases/{id}/explanations", "explain_gap", || web::to(explain))
            .says("Explains a gap; it stays, with its explanation.")
            .row(Resource::Gap, Action::Explain)
            .takes(json(route::of::<ExplainFields>))
            .gives(201, "It is explained.", entered()),
    ]
}

fn state(word: &str) -> Result<CaseState, FaultCode> {
    CaseState::parse(word).ok_or(FaultCode::UnknownWord { allowed: STATES })
}

fn standing(word: &str) -> Result<GapStanding, FaultCode> {
    [GapStanding::Open, GapStanding::Explained, GapStanding::GrownSince]
        .into_iter()
        .find(|standing| standing_word(*standing) == word)
        .ok_or(FaultCode::UnknownWord { allowed: STANDINGS })
}

async fn list(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["state", "party", "cursor", "limit"])?;
    let wanted = CaseQuery {
        state: query.read("state", state)?,
        party: query.read("party", PartyId::parse)?,
        reference: None,
    };
    let paging = Paging::of_query(&request, &query)?;
    listed(asker, &request, wanted, paging).await
}

impl FromJson for (CaseQuery, Paging) {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let wanted = CaseQuery {
            state: reader.text("state", state),
            party: reader.text("party", PartyId::parse),
            reference: reader.text("reference", Reference::parse),
        };
        Some((wanted, Paging::read(reader, PAGE_ITEMS_MAX)))
    }
}

async fn list_by_body(
    asker: Asker,
    request: HttpRequest,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let value = body::read_json_body(&request, &mut payload).await?;
    let (wanted, mut paging): (CaseQuery, Paging) = body::parse(&value)?;
    paging.list = page::list_of_body(&request, value);
    listed(asker, &request, wanted, paging).await
}

async fn listed(
    asker: Asker,
    request: &HttpRequest,
    wanted: CaseQuery,
    paging: Paging,
) -> Result<HttpResponse, Problem> {
    let service = asker.service().clone();
    let (place, items) = (paging.place(&service)?, paging.items());
    let Page { items, next } = asker
        .act(move |archive, caller| archive.list_cases(caller, &wanted, place.as_deref(), items))
        .await?;
    let next = paging.next(&service, next);
    let body = CasePage { items: items.into_iter().map(CaseLine::from).collect(), next: next.clone() };
    Ok(page::respond(request, &body, next.as_deref()))
}

async fn show(asker: Asker, case: Path) -> Result<HttpResponse, Problem> {
    let case = CaseRef::Id(id(&case, CaseId::parse)?);
    let (view, names) = asker
        .act(move |archive, caller| {
            let view = archive.case(caller, &case)?;
            let closed = view.closed_gaps.iter().map(|gap| gap.explanation.by);
            let said = view.gaps.iter().flat_map(|gap| &gap.explanations).map(|said| said.by).chain(closed);
            let names = names::of(archive, caller, said)?;
            Ok((view, names))
        })
        .await?;
    // Gaps and service levels move with the clock: the tag is for changes, not for sparing a look.
    let tag = revision_tag(view.revision);
    let mut response = answer(200, &CaseBody::from(view).named(&names));
    tag_it(&mut response, &tag);
    Ok(response)
}

/// Says with an answer which state of the thing it shows.
pub(super) fn tag_it(response: &mut HttpResponse, tag: &str) {
    if let Ok(tag) = header::HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
}

/// What was entered, with the tag of the state after it.
pub(super) fn entered<Id: ToString>(status: u16, entered: Entered<Id>) -> HttpResponse {
    let tag = revision_tag(entered.revision);
    let mut response = answer(status, &EnteredBody::from(entered));
    tag_it(&mut response, &tag);
    response
}

async fn gaps(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["code", "standing", "state", "party", "cursor", "limit"])?;
    let wanted = GapQuery {
        code: query.read("code", GapCode::parse)?,
        standing: query.read("standing", standing)?,
        cases: CaseQuery {
            state: query.read("state", state)?,
            party: query.read("party", PartyId::parse)?,
            reference: None,
        },
    };
    let paging = Paging::of_query(&request, &query)?;
    let service = asker.service().clone();
    let (place, items) = (paging.place(&service)?, paging.items());
    let found =
        asker.act(move |archive, caller| archive.gaps(caller, &wanted, place.as_deref(), items)).await?;
    let next = paging.next(&service, found.next);
    let body = GapPage {
        items: found.items.into_iter().map(GapBody::from).collect(),
        damaged: found.damaged.iter().map(ToString::to_string).collect(),
        next: next.clone(),
    };
    Ok(page::respond(&request, &body, next.as_deref()))
}

async fn open(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let value = body::read_json_body(&request, &mut payload).await?;
    let defaults = asker.service().capture_defaults(true);
    let case =
        OpenCase::from_json(&value, defaults.zone, defaults.now).map_err(|faults| of_faults(&faults))?;
    let opened = asker.act(move |archive, caller| archive.open_case(caller, case)).await?;
    let place = format!("/api/v1/cases/{}", opened.id);
    let mut response = entered(201, opened);
    if let Ok(place) = header::HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

async fn change(
    asker: Asker,
    request: HttpRequest,
    case: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let case = CaseRef::Id(id(&case, CaseId::parse)?);
    let expected = expected_revision(&request)?;
    let value = body::read_json_body(&request, &mut payload).await?;
    let change = CaseChange::from_json(&value).map_err(|faults| of_faults(&faults))?;
    let changed =
        asker.act(move |archive, caller| archive.change_case(caller, &case, change, expected)).await?;
    Ok(entered(200, changed))
}

async fn add_event(
    asker: Asker,
    request: HttpRequest,
    case: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let case = CaseRef::Id(id(&case, CaseId::parse)?);
    let value = body::read_json_body(&request, &mut payload).await?;
    let defaults = asker.service().capture_defaults(true);
    let event =
        NewEvent::from_json(&value, defaults.zone, defaults.now).map_err(|faults| of_faults(&faults))?;
    let added = asker.act(move |archive, caller| archive.add_case_event(caller, &case, event)).await?;
    Ok(entered(201, added))
}

impl FromJson for CancelFields {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let reason =
            reader.text("reason", |text| Reason::parse(text).map(|reason| reason.as_str().to_owned()));
        reader.require(&["reason"]);
        Some(Self { reason: reason? })
    }
}

async fn cancel_event(
    asker: Asker,
    request: HttpRequest,
    place: web::Path<(String, String)>,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (case, event) = place.into_inner();
    let case = CaseRef::Id(id(&case, CaseId::parse)?);
    let event = id(&event, EventId::parse)?;
    let fields: CancelFields = body::read(&request, &mut payload).await?;
    let cancelled = asker
        .act(move |archive, caller| {
            let reason = reason(&fields.reason)?;
            archive.cancel_case_event(caller, &case, event, &reason)
        })
        .await?;
    Ok(entered(201, cancelled))
}

fn reason(text: &str) -> Result<Reason, crate::archive::Refusal> {
    Reason::parse(text).map_err(|fault| crate::archive::Refusal::Label { field: "reason", fault })
}

impl FromJson for ExplainFields {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let key = reader.text("key", |text| Ok::<_, FaultCode>(text.to_owned()));
        let record = reader.text("record", |text| RecordId::parse(text).map(|id| id.to_string()));
        let about = reader.text("about", |text| Reason::parse(text).map(|about| about.as_str().to_owned()));
        let words = reader.text("words", |text| Reason::parse(text).map(|words| words.as_str().to_owned()));
        reader.require(&["key", "words"]);
        Some(Self { key: key?, record, about, words: words? })
    }
}

async fn explain(
    asker: Asker,
    request: HttpRequest,
    case: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let case = CaseRef::Id(id(&case, CaseId::parse)?);
    let fields: ExplainFields = body::read(&request, &mut payload).await?;
    let explained = asker
        .act(move |archive, caller| {
            let explain = Explain {
                key: fields.key,
                record: fields.record.and_then(|text| RecordId::parse(&text).ok()),
                about: fields.about,
                words: reason(&fields.words)?,
            };
            archive.explain_gap(caller, &case, explain)
        })
        .await?;
    Ok(entered(201, explained))
}
