//! Dispositions: records that are reviewed together, sealed, and destroyed for good.

use std::collections::BTreeSet;
use std::time::Duration;

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::ToSchema;

use super::account::CODE;
use super::disposition_views::{
    CarriedBody, CertificateBody, DispositionBody, DispositionLineBody, DispositionPageBody,
    DispositionStateBody, LeftOutBody, ProposedBody,
};
use super::page::{Paging, Query};
use super::{Path, answer, id, page};
use crate::access::permission::{Action, Resource};
use crate::archive::cases::Reason;
use crate::archive::disposition::{Decided, NewDisposition, ReviewVerdict, ToDispose};
use crate::base::id::{DispositionId, RecordId};
use crate::base::limits::DISPOSED_AT_ONCE_MAX;
use crate::policy::RuleId;
use crate::record::request::{FaultCode, ObjectReader};
use crate::retention::calendar::Period;
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, json};

/// Steps of one disposition; there are never so many.
const STEPS_MAX: u64 = 1 << 53;
/// How periods are written.
const PERIODS: &[&str] = &["P1Y", "P6M", "P90D"];
/// How long one request works on; the next one goes on from there.
const WORKS: Duration = Duration::from_secs(10);

/// What is to be disposed of, and why: either `records` or `rule`.
#[derive(ToSchema)]
pub struct DispositionAsked {
    /// These records, at most 10000.
    #[schema(value_type = Option<Vec<String>>)]
    records: BTreeSet<RecordId>,
    /// Everything that is due under this rule.
    #[schema(value_type = Option<String>)]
    rule: Option<RuleId>,
    /// Why; sealed.
    #[schema(value_type = String)]
    reason: Reason,
}

/// What a reviewer says.
#[derive(ToSchema)]
pub struct DecisionAsked {
    /// approve, refuse or extend.
    #[schema(value_type = String)]
    verdict: ReviewVerdict,
    /// Why: needed to refuse or extend; sealed.
    #[schema(value_type = Option<String>)]
    reason: Option<Reason>,
    /// To extend: for how long from today on (ISO 8601).
    #[schema(value_type = Option<String>)]
    period: Option<Period>,
    /// To extend: which records; all, if none is named.
    #[schema(value_type = Option<Vec<String>>)]
    records: BTreeSet<RecordId>,
    /// The number of the newest step that the reviewer saw; another one is refused.
    seen: Option<u64>,
}

/// A record that is to be read again.
#[derive(ToSchema)]
pub struct RestorationAsked {
    /// The record.
    #[schema(value_type = String)]
    record: RecordId,
}

impl FromJson for DispositionAsked {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let records = records_of(reader);
        let rule = reader.text("rule", |text| RuleId::parse(text).map_err(|_| FaultCode::BadWord));
        let reason = reader.text("reason", Reason::parse);
        reader.require(&["reason"]);
        if rule.is_none() && records.is_empty() && reader.value("rule").is_none() {
            reader.require(&["records"]);
        }
        Some(Self { records, rule, reason: reason? })
    }
}

impl FromJson for DecisionAsked {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let verdict = reader.text("verdict", |word| {
            ReviewVerdict::parse(word).ok_or(FaultCode::UnknownWord { allowed: ReviewVerdict::WORDS })
        });
        let reason = reader.text("reason", Reason::parse);
        let period = reader.text("period", |text| {
            Period::parse(text).map_err(|_| FaultCode::UnknownWord { allowed: PERIODS })
        });
        let records = records_of(reader);
        let seen = reader.number("seen", 0..=STEPS_MAX);
        match verdict {
            Some(ReviewVerdict::Approve) | None => reader.require(&["verdict"]),
            Some(ReviewVerdict::Refuse) => reader.require(&["verdict", "reason"]),
            Some(ReviewVerdict::Extend) => reader.require(&["verdict", "reason", "period"]),
        }
        Some(Self { verdict: verdict?, reason, period, records, seen })
    }
}

impl FromJson for RestorationAsked {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let record = reader.text("record", RecordId::parse);
        reader.require(&["record"]);
        Some(Self { record: record? })
    }
}

fn records_of(reader: &mut ObjectReader<'_>) -> BTreeSet<RecordId> {
    reader.texts("records", DISPOSED_AT_ONCE_MAX, RecordId::parse, |a, b| a == b).into_iter().collect()
}

pub(super) fn group() -> Group {
    Group {
        name: "dispositions",
        description: "Records that are reviewed together, sealed, and destroyed for good; their certificates.",
        operations: vec![
            Operation::get("/api/v1/dispositions", "list_dispositions", || web::to(list))
                .says("Lists the dispositions that the caller asked for, decides on, attends or oversees.")
                .row(Resource::Disposition, Action::List)
                .paged()
                .gives(200, "A page.", Some(json(route::of::<DispositionPageBody>))),
            Operation::post("/api/v1/dispositions", "propose_disposition", || web::to(propose))
                .says("Begins a disposition of records that are due; the others are named and left out.")
                .row(Resource::Disposition, Action::Create)
                .takes(json(route::of::<DispositionAsked>))
                .gives(201, "The disposition, which is in review.", Some(json(route::of::<ProposedBody>))),
            Operation::get("/api/v1/dispositions/{id}", "show_disposition", || web::to(show))
                .says("Where a disposition stands, who decides next, and what became of each record.")
                .row(Resource::Disposition, Action::Read)
                .gives(200, "The disposition.", Some(json(route::of::<DispositionBody>))),
            Operation::post("/api/v1/dispositions/{id}/decisions", "decide_disposition", || web::to(decide))
                .says("Decides in the stage that is due: the policy names the roles; nobody has to read the records.")
                .row(Resource::Disposition, Action::Approve)
                .with(CODE)
                .takes(json(route::of::<DecisionAsked>))
                .gives(200, "Where it stands.", Some(json(route::of::<DispositionStateBody>))),
            Operation::post("/api/v1/dispositions/{id}/attendance", "attend_disposition", || web::to(attend))
                .says("Says that one attends the destruction as a witness (监销人).")
                .row(Resource::Disposition, Action::Witness)
                .with(CODE)
                .gives(204, "Entered.", None),
            Operation::post("/api/v1/dispositions/{id}/withdrawal", "withdraw_disposition", || web::to(withdraw))
                .says("Takes a disposition back of which nothing is sealed yet.")
                .row(Resource::Disposition, Action::Create)
                .gives(204, "Withdrawn.", None),
            Operation::post("/api/v1/dispositions/{id}/sealing", "seal_disposition", || web::to(seal))
                .says(
                    "Seals records of an approved disposition for some seconds: their keys are wrapped for the recovery recipient \
                     alone. Ask again until the state is sealed.",
                )
                .row(Resource::Disposition, Action::Destroy)
                .with(CODE)
                .gives(200, "How far it has come.", Some(json(route::of::<CarriedBody>))),
            Operation::post("/api/v1/dispositions/{id}/shredding", "shred_disposition", || web::to(shred))
                .says(
                    "Destroys the keys of sealed records for good, for some seconds. Ask again until the state is finished.",
                )
                .row(Resource::Disposition, Action::Destroy)
                .with(CODE)
                .gives(200, "How far it has come.", Some(json(route::of::<CarriedBody>))),
            Operation::post("/api/v1/dispositions/{id}/restorations", "restore_from_disposition", || web::to(restore))
                .says("Takes a sealed record back; it is read again after the next recovery of keys by two persons.")
                .row(Resource::Disposition, Action::Create)
                .takes(json(route::of::<RestorationAsked>))
                .gives(204, "It leaves the disposition.", None),
            Operation::get("/api/v1/dispositions/{id}/certificate", "certificate_of_destruction", || web::to(certificate))
                .says("The certificate of destruction of a finished disposition, with all that is needed to check it offline.")
                .row(Resource::Disposition, Action::Read)
                .gives(200, "The certificate: docs/formats/certificate.md.", Some(json(route::of::<CertificateBody>))),
        ],
    }
}

async fn list(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["cursor", "limit"])?;
    let paging = Paging::of_query(&request, &query)?;
    let service = asker.service().clone();
    let (place, items) = (paging.place(&service)?, paging.items());
    let (lines, next) =
        asker.act(move |archive, caller| archive.dispositions(caller, place.as_deref(), items)).await?;
    let next = paging.next(&service, next);
    let body = DispositionPageBody {
        items: lines.into_iter().map(DispositionLineBody::from).collect(),
        next: next.clone(),
    };
    Ok(page::respond(&request, &body, next.as_deref()))
}

async fn propose(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let DispositionAsked { records, rule, reason } = body::read(&request, &mut payload).await?;
    let what = match rule {
        Some(rule) => ToDispose::Rule(rule.to_string()),
        None => ToDispose::Records(records),
    };
    let new = NewDisposition { what, reason };
    let proposed = asker.act(move |archive, caller| archive.propose_disposition(caller, &new)).await?;
    let left_out = proposed.left_out.into_iter();
    let left_out = left_out.map(|(record, why)| LeftOutBody { record: record.to_string(), why }).collect();
    Ok(answer(201, &ProposedBody { id: proposed.id.to_string(), items: proposed.items, left_out }))
}

async fn show(asker: Asker, disposition: Path) -> Result<HttpResponse, Problem> {
    let id = id(&disposition, DispositionId::parse)?;
    let view = asker.act(move |archive, caller| archive.disposition(caller, id)).await?;
    Ok(answer(200, &DispositionBody::from(view)))
}

async fn decide(
    asker: Asker,
    request: HttpRequest,
    disposition: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = id(&disposition, DispositionId::parse)?;
    let asked: DecisionAsked = body::read(&request, &mut payload).await?;
    let missing = || Problem::from(crate::words::Refusal::MalformedRequest { part: "reason".to_owned() });
    let decided = match (asked.verdict, asked.reason, asked.period) {
        (ReviewVerdict::Approve, note, _) => Decided::Approve { note },
        (ReviewVerdict::Refuse, Some(reason), _) => Decided::Refuse { reason },
        (ReviewVerdict::Extend, Some(reason), Some(period)) => {
            Decided::Extend { records: asked.records, period, reason }
        }
        (ReviewVerdict::Refuse | ReviewVerdict::Extend, ..) => return Err(missing()),
    };
    let seen = asked.seen;
    let state =
        asker.act(move |archive, caller| archive.decide_disposition(caller, id, &decided, seen)).await?;
    Ok(answer(200, &DispositionStateBody { state: state.as_str() }))
}

async fn attend(asker: Asker, disposition: Path) -> Result<HttpResponse, Problem> {
    let id = id(&disposition, DispositionId::parse)?;
    asker.act(move |archive, caller| archive.attend_disposition(caller, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn withdraw(asker: Asker, disposition: Path) -> Result<HttpResponse, Problem> {
    let id = id(&disposition, DispositionId::parse)?;
    asker.act(move |archive, caller| archive.withdraw_disposition(caller, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn seal(asker: Asker, disposition: Path) -> Result<HttpResponse, Problem> {
    let id = id(&disposition, DispositionId::parse)?;
    let carried = asker.act(move |archive, caller| archive.seal_disposition(caller, id, WORKS)).await?;
    Ok(answer(200, &CarriedBody::from(carried)))
}

async fn shred(asker: Asker, disposition: Path) -> Result<HttpResponse, Problem> {
    let id = id(&disposition, DispositionId::parse)?;
    let carried = asker.act(move |archive, caller| archive.shred_disposition(caller, id, WORKS)).await?;
    Ok(answer(200, &CarriedBody::from(carried)))
}

async fn restore(
    asker: Asker,
    request: HttpRequest,
    disposition: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = id(&disposition, DispositionId::parse)?;
    let RestorationAsked { record } = body::read(&request, &mut payload).await?;
    asker.act(move |archive, caller| archive.restore_from_disposition(caller, id, record)).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn certificate(asker: Asker, disposition: Path) -> Result<HttpResponse, Problem> {
    let id = id(&disposition, DispositionId::parse)?;
    let file = asker.act(move |archive, caller| archive.certificate_of_destruction(caller, id)).await?;
    Ok(answer(200, &CertificateBody { file }))
}
