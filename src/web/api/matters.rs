//! Legal matters (法务事项): the unit of access for legal work.

use actix_web::http::header;
use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::case_views::EnteredBody;
use super::cases::entered;
use super::page::{Paging, Query};
use super::{Path, expected_revision, id, page, revision_tag};
use crate::access::permission::{Action, Resource};
use crate::archive::cases::Page;
use crate::archive::matters::{MatterQuery, MatterSummary, MatterView};
use crate::base::civil::CivilDate;
use crate::base::id::{MatterId, UserId};
use crate::record::matter::{MatterDuty, MatterFields, MatterPerson, MatterState};
use crate::record::request::ObjectReader;
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::refusals::of_faults;
use crate::web::route::{self, Group, IF_MATCH, Operation, json, query};

/// What a list shows of a matter.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatterLine {
    /// The matter.
    pub id: String,
    /// The number by which people know it, for those who may read words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The case number (案号) of court or authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_number: Option<String>,
    /// Its kind.
    pub kind: String,
    /// Where it stands.
    pub state: String,
    /// The deadline for evidence (举证期限).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence_deadline: Option<String>,
    /// The day of the hearing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hearing_on: Option<String>,
    /// When it was entered here.
    pub created_at: String,
    /// How much the reader gets: facts, redacted or full.
    pub level: String,
    /// True where the database says otherwise than the ledger: then the line is told as the ledger has it, and
    /// without words; absent where it does not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub damaged: bool,
}

/// A page of matters.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatterPage {
    /// The matters.
    pub items: Vec<MatterLine>,
    /// Where the next page begins; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A matter.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatterBody {
    /// The matter.
    pub matter: MatterLine,
    /// All its fields, for those who may read words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Value>,
    /// People who work on it.
    pub people: Vec<MatterPersonBody>,
    /// Who entered it.
    pub created_by: String,
}

/// A person who works on a matter.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatterPersonBody {
    /// The user.
    pub user: String,
    /// The duty.
    pub duty: String,
}

/// A matter's fields, as `docs/formats` describes them.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read by `MatterFields`")]
pub struct MatterInput {
    /// The number by which people know it.
    reference: String,
    /// Its kind.
    kind: String,
    /// What it is about.
    title: String,
    /// Court or body.
    court: Option<String>,
    /// Case number (案号).
    case_number: Option<String>,
    /// Cause (案由).
    cause: Option<String>,
    /// Our role.
    our_role: Option<String>,
    /// Opponents.
    opponents: Option<Vec<String>>,
    /// Deadline for evidence (举证期限).
    evidence_deadline: Option<String>,
    /// Day of the hearing.
    hearing_on: Option<String>,
    /// Responsible counsel.
    counsel: Option<String>,
    /// Remarks.
    notes: Option<String>,
    /// People: user and duty each.
    people: Option<Vec<Value>>,
}

/// Where a matter is to stand.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here; the word is read into a state")]
pub struct MatterStateInput {
    /// The state.
    state: String,
}

pub(super) fn group() -> Group {
    let changed = || Some(json(route::of::<EnteredBody>));
    Group {
        name: "matters",
        description: "Legal matters (法务事项): the unit of access for legal work.",
        operations: vec![
            Operation::get("/api/v1/matters", "list_matters", || web::to(list))
                .says("Lists matters, the one entered last first.")
                .row(Resource::Matter, Action::List)
                .with(query("state", "The state."))
                .paged()
                .gives(200, "A page.", Some(json(route::of::<MatterPage>))),
            Operation::post("/api/v1/matters", "open_matter", || web::to(open))
                .says("Opens a matter.")
                .row(Resource::Matter, Action::Create)
                .takes(json(route::of::<MatterInput>))
                .gives(201, "It is open.", changed()),
            Operation::get("/api/v1/matters/{id}", "show_matter", || web::to(show))
                .says("Shows a matter.")
                .row(Resource::Matter, Action::Read)
                .gives(200, "The matter; its ETag is for If-Match.", Some(json(route::of::<MatterBody>))),
            Operation::put("/api/v1/matters/{id}", "change_matter", || web::to(change))
                .says("Replaces a matter's fields.")
                .row(Resource::Matter, Action::Change)
                .with(IF_MATCH)
                .takes(json(route::of::<MatterInput>))
                .gives(200, "It is changed.", changed()),
            Operation::put("/api/v1/matters/{id}/state", "set_matter_state", || web::to(set_state))
                .says("Sets where a matter stands.")
                .row(Resource::Matter, Action::Change)
                .with(IF_MATCH)
                .takes(json(route::of::<MatterStateInput>))
                .gives(200, "It is changed.", changed()),
            Operation::put("/api/v1/matters/{id}/people/{user}/{duty}", "add_matter_person", || {
                web::to(add_person)
            })
            .says("Lets a person work on a matter, and see it.")
            .row(Resource::Matter, Action::Change)
            .with(IF_MATCH)
            .gives(200, "It is changed.", changed()),
            Operation::delete("/api/v1/matters/{id}/people/{user}/{duty}", "remove_matter_person", || {
                web::to(remove_person)
            })
            .says("Ends a person's work on a matter.")
            .row(Resource::Matter, Action::Change)
            .with(IF_MATCH)
            .gives(200, "It is changed.", changed()),
        ],
    }
}

impl From<MatterSummary> for MatterLine {
    fn from(matter: MatterSummary) -> Self {
        let words = matter.words.as_ref();
        Self {
            id: matter.id.to_string(),
            reference: words.map(|words| words.reference.as_str().to_owned()),
            title: words.map(|words| words.title.as_str().to_owned()),
            case_number: words
                .and_then(|words| words.case_number.as_ref())
                .map(|one| one.as_str().to_owned()),
            kind: matter.kind.as_str().to_owned(),
            state: matter.state.as_str().to_owned(),
            evidence_deadline: matter.evidence_deadline.map(|on: CivilDate| on.to_string()),
            hearing_on: matter.hearing_on.map(|on| on.to_string()),
            created_at: matter.created_at.to_rfc3339(),
            level: matter.level.as_str().to_owned(),
            damaged: matter.damaged,
        }
    }
}

impl From<MatterView> for MatterBody {
    fn from(view: MatterView) -> Self {
        let person = |one: &crate::archive::matters::MatterPersonView| MatterPersonBody {
            user: one.user.to_string(),
            duty: one.duty.as_str().to_owned(),
        };
        Self {
            matter: MatterLine::from(view.matter),
            fields: view.fields.map(|fields| Value::Object(fields.to_json())),
            people: view.people.iter().map(person).collect(),
            created_by: view.created_by.to_string(),
        }
    }
}

async fn list(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["state", "cursor", "limit"])?;
    let wanted = MatterQuery { state: query.read("state", MatterState::parse)? };
    let paging = Paging::of_query(&request, &query)?;
    let service = asker.service().clone();
    let (place, items) = (paging.place(&service)?, paging.items());
    let Page { items, next } = asker
        .act(move |archive, caller| archive.list_matters(caller, wanted, place.as_deref(), items))
        .await?;
    let next = paging.next(&service, next);
    let body = MatterPage { items: items.into_iter().map(MatterLine::from).collect(), next: next.clone() };
    Ok(page::respond(&request, &body, next.as_deref()))
}

async fn read_fields(request: &HttpRequest, payload: &mut Payload) -> Result<MatterFields, Problem> {
    let value = body::read_json_body(request, payload).await?;
    MatterFields::from_json(&value).map_err(|faults| of_faults(&faults))
}

async fn open(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let fields = read_fields(&request, &mut payload).await?;
    let opened = asker.act(move |archive, caller| archive.open_matter(caller, fields)).await?;
    let place = format!("/api/v1/matters/{}", opened.id);
    let mut response = entered(201, opened);
    if let Ok(place) = header::HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

async fn show(asker: Asker, request: HttpRequest, matter: Path) -> Result<HttpResponse, Problem> {
    let matter = id(&matter, MatterId::parse)?;
    let view = asker.act(move |archive, caller| archive.matter(caller, matter)).await?;
    let tag = revision_tag(view.revision);
    Ok(page::tagged(&request, &MatterBody::from(view), &tag))
}

async fn change(
    asker: Asker,
    request: HttpRequest,
    matter: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let matter = id(&matter, MatterId::parse)?;
    let expected = expected_revision(&request)?;
    let fields = read_fields(&request, &mut payload).await?;
    let changed =
        asker.act(move |archive, caller| archive.change_matter(caller, matter, fields, expected)).await?;
    Ok(entered(200, changed))
}

impl FromJson for MatterState {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let word = reader.text("state", Self::parse);
        reader.require(&["state"]);
        word
    }
}

async fn set_state(
    asker: Asker,
    request: HttpRequest,
    matter: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let matter = id(&matter, MatterId::parse)?;
    let expected = expected_revision(&request)?;
    let state: MatterState = body::read(&request, &mut payload).await?;
    let changed =
        asker.act(move |archive, caller| archive.set_matter_state(caller, matter, state, expected)).await?;
    Ok(entered(200, changed))
}

type PersonPath = web::Path<(String, String, String)>;

fn person(path: PersonPath) -> Result<(MatterId, MatterPerson), Problem> {
    let (matter, user, duty) = path.into_inner();
    let user = id(&user, UserId::parse)?;
    let duty = MatterDuty::parse(&duty).map_err(|_| Problem::from(crate::words::Refusal::NotFound))?;
    Ok((id(&matter, MatterId::parse)?, MatterPerson { user, duty }))
}

async fn add_person(asker: Asker, request: HttpRequest, path: PersonPath) -> Result<HttpResponse, Problem> {
    let (matter, person) = person(path)?;
    let expected = expected_revision(&request)?;
    let changed =
        asker.act(move |archive, caller| archive.add_matter_person(caller, matter, person, expected)).await?;
    Ok(entered(200, changed))
}

async fn remove_person(
    asker: Asker,
    request: HttpRequest,
    path: PersonPath,
) -> Result<HttpResponse, Problem> {
    let (matter, person) = person(path)?;
    let expected = expected_revision(&request)?;
    let changed = asker
        .act(move |archive, caller| archive.remove_matter_person(caller, matter, person, expected))
        .await?;
    Ok(entered(200, changed))
}
