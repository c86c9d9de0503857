//! Where records stand: what is due and why, as of any date, and what a draft would change.

use std::collections::BTreeMap;

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::jobs::{JobBody, begun};
use super::page::{Paging, Query};
use super::{Path, answer, id, page};
use crate::access::permission::{Action, Resource};
use crate::archive::retention::{DueLine, DueQuery, EndLine, Queue};
use crate::base::id::RecordId;
use crate::base::limits::POLICY_BYTES_MAX;
use crate::policy::{Place, Policy};
use crate::record::occurred::parse_moment;
use crate::record::request::{Fault, FaultCode, ObjectReader};
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::refusals::of_faults;
use crate::web::route::{self, Group, Operation, json, query};

/// A rule that sets an end.
#[derive(Serialize, ToSchema)]
pub struct EndBody {
    /// The rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    /// The articles on which it rests.
    citations: Vec<String>,
    /// The first instant after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
}

/// A date that a rule asks for and that is not known.
#[derive(Serialize, ToSchema)]
pub struct ExceptionBody {
    /// The rule.
    rule: String,
    /// missing, invalid, no_table or beyond_calendar.
    why: &'static str,
}

/// A ceiling below what keeps the record (期限冲突).
#[derive(Serialize, ToSchema)]
pub struct ConflictBody {
    /// What wants it erased.
    ceiling: EndBody,
    /// What keeps it.
    floor: EndBody,
}

/// One record of a list.
#[derive(Serialize, ToSchema)]
pub struct DueBody {
    /// The record.
    id: String,
    /// Its kind, or kind of service record.
    kind: &'static str,
    /// Its category.
    category: String,
    /// Its case.
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<String>,
    /// Where it stands; absent if it could not be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    /// True if a ceiling or a request wants it erased.
    mandatory: bool,
    /// True if dates are held back: they follow from somebody's birth.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    withheld: bool,
    /// From when on it is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_from: Option<String>,
    /// What keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<EndBody>,
    /// What wants it erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    ceiling: Option<EndBody>,
    /// destroy, review, transfer or permanent.
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
    /// Why it cannot be destroyed now.
    blockers: Vec<&'static str>,
    /// The rules that have waited for an event for too long.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    starved: Vec<String>,
    /// Dates that are missing or wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exceptions: Vec<ExceptionBody>,
    /// Both sides of a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    conflict: Option<ConflictBody>,
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub struct DuePageBody {
    /// As of when.
    at: String,
    /// The records.
    items: Vec<DueBody>,
    /// Where the next page begins.
    next: Option<String>,
}

/// A rule whose review is overdue.
#[derive(Serialize, ToSchema)]
pub struct OverdueBody {
    /// The rule.
    rule: String,
    /// Since this day.
    on: String,
}

/// The digest of today.
#[derive(Serialize, ToSchema)]
pub struct DigestBody {
    /// As of when.
    at: String,
    /// How many records are on each list.
    counts: BTreeMap<&'static str, u64>,
    /// Rules whose review is overdue.
    overdue_reviews: Vec<OverdueBody>,
    /// The first records whose rules have waited for an event for too long.
    starved: Vec<DueBody>,
    /// The first records that one rule wants erased and another kept (期限冲突).
    conflicts: Vec<DueBody>,
    /// Records there are.
    records: u64,
    /// Records that were judged under the policies in force.
    judged: u64,
}

/// A draft to simulate.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read by hand")]
pub struct SimulationFields {
    /// The policy file (TOML).
    policy: String,
    /// As of when: a date or an instant; otherwise now.
    at: Option<String>,
}

impl From<EndLine> for EndBody {
    fn from(line: EndLine) -> Self {
        let EndLine { rule, version, citations, from } = line;
        Self { rule, version, citations, from: from.map(|from| from.to_rfc3339()) }
    }
}

impl From<DueLine> for DueBody {
    fn from(line: DueLine) -> Self {
        let exception =
            |(rule, why): (String, crate::retention::NeverWhy)| ExceptionBody { rule, why: why.as_str() };
        Self {
            id: line.record.to_string(),
            kind: line.kind.closest_word(),
            category: line.category,
            case: line.case.map(|case| case.to_string()),
            state: line.state.map(crate::retention::State::as_str),
            mandatory: line.mandatory,
            withheld: line.withheld,
            due_from: line.due_from.map(|from| from.to_rfc3339()),
            floor: line.floor.map(EndBody::from),
            ceiling: line.ceiling.map(EndBody::from),
            action: line.action,
            blockers: line.blockers,
            starved: line.starved,
            exceptions: line.exceptions.into_iter().map(exception).collect(),
            conflict: line
                .conflict
                .map(|(ceiling, floor)| ConflictBody { ceiling: ceiling.into(), floor: floor.into() }),
        }
    }
}

pub(super) fn group() -> Group {
    Group {
        name: "retention",
        description: "Where records stand under the policies in force: what is due and why, as of any date.",
        operations: vec![
            Operation::get("/api/v1/retention/due", "list_due", || web::to(due))
                .says("Lists the records that are due, or that stand on another list of retention.")
                .row(Resource::Disposition, Action::List)
                .with(query("list", "due, running, awaiting_trigger, stale_trigger, unclassified, exception, review_overdue, conflict, restricted, held, permanent or damaged; otherwise due."))
                .with(query("at", "As of this date or instant; otherwise now."))
                .paged()
                .gives(200, "A page; it may be short and still have a next one.", Some(json(route::of::<DuePageBody>))),
            Operation::get("/api/v1/retention/digest", "retention_digest", || web::to(digest))
                .says("The digest of today: how many records are on each list, which reviews are overdue, which triggers starve, which rules contradict.")
                .row(Resource::Disposition, Action::List)
                .gives(200, "The digest.", Some(json(route::of::<DigestBody>))),
            Operation::get("/api/v1/records/{id}/retention", "explain_retention", || web::to(explain))
                .says("Explains where a record stands: every input and every step, to be worked out again offline.")
                .row(Resource::Disposition, Action::Read)
                .with(query("at", "As of this date or instant; otherwise now."))
                .gives(200, "The explanation: docs/formats/explanation.md.", Some(json(route::of::<ExplanationBody>))),
            Operation::post("/api/v1/retention/simulations", "simulate_policy", || web::to(simulate))
                .says("Simulates a draft of a policy over all records in reach, as a job; the result is the job's.")
                .row(Resource::Policy, Action::Simulate)
                .takes(json(route::of::<SimulationFields>))
                .gives(202, "It is under way; Location names the job, Retry-After says when to look.", Some(json(route::of::<JobBody>))),
        ],
    }
}

/// An explanation: `docs/formats/explanation.md` says what it holds.
#[derive(Serialize, ToSchema)]
pub struct ExplanationBody {
    /// All of it: format, at, policy, obligations, facts, holds, locks, steps, verdict.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    explanation: Value,
}

fn at(query: &Query, asker: &Asker) -> Result<Option<crate::base::moment::Moment>, Problem> {
    let zone = asker.service().capture_defaults(true).zone;
    query.read("at", |text| parse_moment(text, zone))
}

async fn due(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["list", "at", "cursor", "limit"])?;
    let queue = query
        .read("list", |word| Queue::parse(word).ok_or(FaultCode::UnknownWord { allowed: Queue::WORDS }))?;
    let wanted = DueQuery { queue: queue.unwrap_or(Queue::Due), at: at(&query, &asker)? };
    let paging = Paging::of_query(&request, &query)?;
    let service = asker.service().clone();
    let (place, items) = (paging.place(&service)?, paging.items());
    let found =
        asker.act(move |archive, caller| archive.due(caller, &wanted, place.as_deref(), items)).await?;
    let next = paging.next(&service, found.next);
    let items = found.items.into_iter().map(DueBody::from).collect();
    let body = DuePageBody { at: found.at.to_rfc3339(), items, next: next.clone() };
    Ok(page::respond(&request, &body, next.as_deref()))
}

async fn digest(asker: Asker) -> Result<HttpResponse, Problem> {
    let digest = asker.act(|archive, caller| archive.retention_digest(caller)).await?;
    let overdue = digest.overdue.into_iter();
    let overdue = overdue.map(|rule| OverdueBody { rule: rule.rule, on: rule.on.to_string() });
    let body = DigestBody {
        at: digest.at.to_rfc3339(),
        counts: digest.counts,
        overdue_reviews: overdue.collect(),
        starved: digest.starved.into_iter().map(DueBody::from).collect(),
        conflicts: digest.conflicts.into_iter().map(DueBody::from).collect(),
        records: digest.progress.records,
        judged: digest.progress.judged,
    };
    Ok(answer(200, &body))
}

async fn explain(asker: Asker, request: HttpRequest, record: Path) -> Result<HttpResponse, Problem> {
    let record = id(&record, RecordId::parse)?;
    let query = Query::of(&request, &["at"])?;
    let at = at(&query, &asker)?;
    let explained = asker.act(move |archive, caller| archive.explain_retention(caller, record, at)).await?;
    let body = ExplanationBody { explanation: explained.json };
    Ok(answer(200, &body))
}

/// A draft as it is asked for.
struct Wanted {
    policy: String,
    at: Option<String>,
}

impl FromJson for Wanted {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let policy = reader.text("policy", |text| match text.len() {
            0..=POLICY_BYTES_MAX => Ok(text.to_owned()),
            bytes => Err(FaultCode::TooManyBytes { bytes: bytes as u64, most: POLICY_BYTES_MAX as u64 }),
        });
        let at = reader.text("at", |text| Ok::<_, FaultCode>(text.to_owned()));
        reader.require(&["policy"]);
        Some(Self { policy: policy?, at })
    }
}

async fn simulate(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let wanted: Wanted = body::read(&request, &mut payload).await?;
    let zone = asker.service().capture_defaults(true).zone;
    let fault = |path: &str, code: FaultCode| of_faults(&[Fault { path: path.to_owned(), code }]);
    let at = wanted.at.as_deref().map(|text| parse_moment(text, zone)).transpose();
    let at = at.map_err(|bad| fault("at", bad.into()))?;
    if let Err(faults) = Policy::parse(&wanted.policy) {
        // `muniment policy check` lists all of them in words.
        let code = |place: Option<Place>| FaultCode::Unreadable {
            line: place.map_or(1, |place| place.line),
            column: place.map_or(1, |place| place.column),
        };
        let faults: Vec<Fault> = faults
            .into_iter()
            .map(|found| Fault { path: "policy".to_owned(), code: code(found.place) })
            .collect();
        return Err(of_faults(&faults));
    }
    asker.service().start_jobs()?;
    let job = asker.act(move |archive, caller| archive.begin_simulation(caller, &wanted.policy, at)).await?;
    Ok(begun(&request, job))
}
