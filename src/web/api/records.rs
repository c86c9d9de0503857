//! Reading records: lists, what is known of one, its proof, who did what with it.

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::besides::{self, BesidesRead, RECORD_COLUMNS, wants_table};
use super::custody::{CustodyBody, custody};
use super::hold_views::HoldMarkBody;
use super::page::{Paging, Query};
use super::record_views::{LedgerEntryBody, RecordBody};
use super::search::TYPES;
use super::{Path, answer, id, names, page};
use crate::access::permission::{Action, Resource};
use crate::archive::disposition::ErasureView;
use crate::archive::records::{Besides, Order, Page, RecordFilter, RecordSummary};
use crate::base::civil::CivilDate;
use crate::base::digest::Digest;
use crate::base::id::{CaseId, PartyId, RecordId};
use crate::base::limits::PAGE_ITEMS_MAX;
use crate::record::category::Category;
use crate::record::kind::Kind;
use crate::record::names::Reference;
use crate::record::request::{CaseRef, Fault, FaultCode, ObjectReader};
use crate::record::state::RecordState;
use crate::redaction::Kind as Type;
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::refusals::of_faults;
use crate::web::route::{self, Group, Operation, json, query};
use crate::words::Refusal;

/// One line of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordLine {
    /// The record.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Its subkind, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subkind: Option<String>,
    /// Its category.
    pub category: String,
    /// Its jurisdiction.
    pub jurisdiction: String,
    /// Its case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// Its state.
    pub state: String,
    /// Its current version.
    pub version: u32,
    /// The day on which it happened.
    pub occurred_on: String,
    /// When it was captured first.
    pub captured_at: String,
    /// By whom.
    pub captured_by: String,
    /// True if it came late (补录).
    pub late: bool,
    /// Its title, for those who may read it in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Entries, for a segment of a bulk log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries: Option<u64>,
    /// True if a hold of which the reader may know stands over it. Absent where none does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// True where the database says otherwise than the ledger: the line is told as the ledger has it. Absent
    /// where both agree.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub damaged: bool,
}

/// A page of records.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordPage {
    /// The records, newest capture first.
    pub items: Vec<RecordLine>,
    /// Where the next page begins; none on the last. The Link field says the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What to list; everything given must hold. In a body, because names of parties stand in no URL.
#[derive(ToSchema, Default)]
#[allow(dead_code, reason = "described here; the fields are read into a filter")]
pub struct RecordQuery {
    /// Kind or subkind.
    kind: Option<String>,
    /// Category.
    category: Option<String>,
    /// A case, by id or reference.
    case: Option<String>,
    /// A party, by id or name.
    party: Option<String>,
    /// The first day on which it may have happened.
    occurred_from: Option<String>,
    /// The last such day.
    occurred_to: Option<String>,
    /// The state.
    state: Option<String>,
    /// Types of personal data (PHONE, ID_CARD …), each of which must have been found in it.
    pii: Option<Vec<String>>,
    /// Types none of which was found in it; only records all of which was looked at by the present engine fit.
    pii_absent: Option<Vec<String>>,
    /// true: with places that a person should judge; false: all of it looked at, and without any.
    pii_review: Option<bool>,
    /// A tag of the current version, for those who may read it in full.
    tag: Option<String>,
    /// Whether a hold of which the reader may know stands over it.
    held: Option<bool>,
    /// Such a hold, by id.
    hold: Option<String>,
    /// A matter by id: a hold that was placed in it, and of which the reader may know, stands over it.
    matter: Option<String>,
    /// The first day on which it may become due, for those who may list what is due.
    due_from: Option<String>,
    /// The last such day.
    due_to: Option<String>,
    /// captured_newest (if nothing is said), captured_oldest, occurred_newest or occurred_oldest.
    sort: Option<String>,
    /// From the page before.
    cursor: Option<String>,
    /// Items of the page, 1 to 500.
    limit: Option<u64>,
}

const FILTERS: &[&str] =
    &["kind", "category", "case", "party", "occurred_from", "occurred_to", "state", "cursor", "limit"];

pub(super) fn group() -> Group {
    let page = || Some(json(route::of::<RecordPage>));
    Group {
        name: "records",
        description: "What the archive holds, at the reader's level. What is out of reach does not exist.",
        operations: vec![
            Operation::get("/api/v1/records", "list_records", || web::to(list))
                .says("Lists records, newest capture first.")
                .row(Resource::Record, Action::List)
                .with(query("kind", "Kind or subkind."))
                .with(query("category", "Category."))
                .with(query("case", "A case's id."))
                .with(query("party", "A party's id."))
                .with(query("occurred_from", "The first day on which it may have happened."))
                .with(query("occurred_to", "The last such day."))
                .with(query("state", "The state."))
                .paged()
                .gives(200, "A page.", page()),
            Operation::post("/api/v1/records/query", "query_records", || web::to(list_by_body))
                .says("Lists records by names of cases and parties, which stand in no URL. With Accept: text/csv the page is a table.")
                .row(Resource::Record, Action::List)
                .takes(json(route::of::<RecordQuery>))
                .gives(200, "A page.", page()),
            Operation::get("/api/v1/records/{id}", "show_record", || web::to(show))
                .says("Shows a record with its versions, files, links and parties.")
                .row(Resource::Record, Action::Read)
                .gives(200, "The record; its ETag is for If-Match.", Some(json(route::of::<RecordBody>))),
            Operation::get("/api/v1/records/{id}/proof", "prove_record", || web::to(proof))
                .says("The ledger's proof that a version was captured, with the entry it proves.")
                .row(Resource::Proof, Action::Read)
                .with(query("version", "The version; otherwise the current one."))
                .gives(200, "Entry and proof.", Some(json(route::of::<LedgerEntryBody>))),
            Operation::get("/api/v1/records/{id}/custody", "custody_of_record", || web::to(custody))
                .says("Who did what with a record: every ledger entry about it and about the packages that held it.")
                .row(Resource::Custody, Action::Read)
                .gives(200, "The entries.", Some(json(route::of::<CustodyBody>))),
        ],
    }
}

fn kind(text: &str) -> Result<Kind, FaultCode> {
    Kind::parse(text).map_err(|fault| FaultCode::UnknownKind { allowed: fault.allowed })
}

fn case(text: &str) -> Result<CaseRef, FaultCode> {
    match CaseId::parse(text) {
        Ok(id) => Ok(CaseRef::Id(id)),
        Err(_) => Ok(CaseRef::Reference(Reference::parse(text)?)),
    }
}

async fn list(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, FILTERS)?;
    let filter = RecordFilter {
        kind: query.read("kind", kind)?,
        category: query.read("category", Category::parse)?.map(|category| category.as_str().to_owned()),
        case: query.read("case", |text| CaseId::parse(text).map(CaseRef::Id))?,
        party: query.read("party", |text| PartyId::parse(text).map(|id| id.to_string()))?,
        occurred_from: query.read("occurred_from", CivilDate::parse)?,
        occurred_to: query.read("occurred_to", CivilDate::parse)?,
        state: query.read("state", RecordState::parse)?.map(|state| state.as_str().to_owned()),
        ..RecordFilter::default()
    };
    if filter.occurred_to.zip(filter.occurred_from).is_some_and(|(to, from)| to < from) {
        let code = FaultCode::Before { other: "occurred_from".to_owned() };
        return Err(of_faults(&[Fault { path: "occurred_to".to_owned(), code }]));
    }
    let paging = Paging::of_query(&request, &query)?;
    listed(asker, &request, filter, paging).await
}

/// Types of personal data.
fn types(reader: &mut ObjectReader<'_>, name: &'static str) -> Vec<Type> {
    let of_type =
        |text: &str| Type::parse(text).ok_or_else(|| FaultCode::UnknownWord { allowed: TYPES.as_slice() });
    reader.texts(name, Type::ALL.len(), of_type, |one, other| one == other)
}

/// The orders of a list.
const ORDERS: &[&str] = &["captured_newest", "captured_oldest", "occurred_newest", "occurred_oldest"];

fn order(word: &str) -> Result<Order, FaultCode> {
    match word {
        "captured_newest" => Ok(Order::CapturedNewest),
        "captured_oldest" => Ok(Order::CapturedOldest),
        "occurred_newest" => Ok(Order::OccurredNewest),
        "occurred_oldest" => Ok(Order::OccurredOldest),
        _ => Err(FaultCode::UnknownWord { allowed: ORDERS }),
    }
}

/// What to list, as it was typed.
struct RecordQuestion {
    filter: RecordFilter,
    besides: BesidesRead,
    paging: Paging,
}

impl FromJson for RecordQuestion {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let filter = RecordFilter {
            kind: reader.text("kind", kind),
            category: reader.text("category", Category::parse).map(|category| category.as_str().to_owned()),
            case: reader.text("case", case),
            party: reader.text("party", |text| Ok::<_, FaultCode>(text.to_owned())),
            occurred_from: reader.text("occurred_from", CivilDate::parse),
            occurred_to: reader.text("occurred_to", CivilDate::parse),
            state: reader.text("state", RecordState::parse).map(|state| state.as_str().to_owned()),
            pii: types(reader, "pii"),
            pii_absent: types(reader, "pii_absent"),
            pii_review: reader.boolean("pii_review"),
            order: reader.text("sort", order).unwrap_or_default(),
            besides: Besides::default(),
        };
        reader.not_before(("occurred_to", filter.occurred_to), ("occurred_from", filter.occurred_from));
        let besides = BesidesRead::read(reader);
        Some(RecordQuestion { filter, besides, paging: Paging::read(reader, PAGE_ITEMS_MAX) })
    }
}

async fn list_by_body(
    asker: Asker,
    request: HttpRequest,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let value = body::read_json_body(&request, &mut payload).await?;
    let RecordQuestion { filter, besides, mut paging } = body::parse(&value)?;
    paging.list = page::list_of_body(&request, value);
    let besides = besides.in_zone(asker.service().settings().zone);
    let filter = RecordFilter { besides, ..filter };
    listed(asker, &request, filter, paging).await
}

async fn listed(
    asker: Asker,
    request: &HttpRequest,
    filter: RecordFilter,
    paging: Paging,
) -> Result<HttpResponse, Problem> {
    let service = asker.service().clone();
    let before = paging.before(&service, RecordId::parse)?;
    let limit = paging.limit;
    let Page { items, next } =
        asker.act(move |archive, caller| archive.list(caller, &filter, before, limit)).await?;
    let next = next.map(|next| service.cursors().write(&paging.list, &next));
    let items: Vec<RecordLine> = items.into_iter().map(RecordLine::from).collect();
    if wants_table(request) {
        return Ok(besides::table(RECORD_COLUMNS, &items, next.as_deref()));
    }
    let body = RecordPage { items, next: next.clone() };
    Ok(page::respond(request, &body, next.as_deref()))
}

async fn show(asker: Asker, request: HttpRequest, record: Path) -> Result<HttpResponse, Problem> {
    let record = id(&record, RecordId::parse)?;
    let (view, names) = asker
        .act(move |archive, caller| {
            let view = archive.show(caller, record)?;
            let captors = view.versions.iter().map(|version| version.captured_by);
            let erasers = view.erasures.iter().flat_map(ErasureView::people);
            let names = names::of(archive, caller, captors.chain(erasers))?;
            Ok((view, names))
        })
        .await?;
    let mut body = RecordBody::from(view);
    for version in &mut body.versions {
        version.captured_by_name = names.get(&version.captured_by).cloned();
    }
    for erasure in &mut body.erasures {
        erasure.by_name = names.get(&erasure.by).cloned();
        erasure.approved_by_name = names.get(&erasure.approved_by).cloned();
    }
    // What was erased, and what holds it, changes what is told of a record, and adds no version.
    let tag = match (body.erasures.len(), body.holds.is_empty()) {
        (0, true) => super::capture::etag(body.version),
        (erasures, true) => format!("\"v{}.{erasures}\"", body.version),
        (erasures, false) => format!("\"v{}.{erasures}.{}\"", body.version, held_by(&body.holds)),
    };
    Ok(page::tagged(&request, &body, &tag))
}

/// The holds over a record as one short word.
fn held_by(holds: &[HoldMarkBody]) -> String {
    let ids: Vec<String> = holds.iter().map(|mark| format!("{} {:?}", mark.hold, mark.rests_until)).collect();
    Digest::of(ids.join("\n").as_bytes()).to_hex().chars().take(16).collect()
}

async fn proof(asker: Asker, request: HttpRequest, record: Path) -> Result<HttpResponse, Problem> {
    let record = id(&record, RecordId::parse)?;
    let query = Query::of(&request, &["version"])?;
    let version = query.read("version", |text| {
        text.parse::<u32>().map_err(|_| FaultCode::OutOfRange { least: 1, most: u64::from(u32::MAX) })
    })?;
    let (entry, proof) =
        asker.act(move |archive, caller| archive.record_proof(caller, record, version)).await?;
    Ok(answer(200, &LedgerEntryBody { proof: Some(proof), ..LedgerEntryBody::from(entry) }))
}

pub(super) fn words_of(kind: Kind) -> (String, Option<String>) {
    (kind.as_str().to_owned(), kind.subkind().map(|subkind| subkind.as_str().to_owned()))
}

impl From<RecordSummary> for RecordLine {
    fn from(line: RecordSummary) -> Self {
        let (kind, subkind) = words_of(line.kind);
        Self {
            id: line.id.to_string(),
            kind,
            subkind,
            category: line.category,
            jurisdiction: line.jurisdiction,
            case: line.case.map(|id| id.to_string()),
            state: line.state,
            version: line.version,
            occurred_on: line.occurred_on.to_string(),
            captured_at: line.captured_at.to_rfc3339(),
            captured_by: line.captured_by.to_string(),
            late: line.late,
            title: line.title,
            entries: line.entries,
            held: line.held,
            damaged: line.damaged,
        }
    }
}

/// The number in a path; what is none names nothing that exists.
pub(super) fn number(text: &str) -> Result<u64, Problem> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain).ok_or_else(|| Refusal::NotFound.into())
}
