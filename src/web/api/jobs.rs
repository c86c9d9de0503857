//! Long work: how far it has come, stopping it, and what came of it. And the verification, which is
//! nothing but a job.

use std::sync::Arc;

use actix_web::http::header::{HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::page::{Paging, Query};
use super::{Path, answer, id, page};
use crate::access::permission::{Action, Resource};
use crate::archive::jobs::{Job, JobFault, JobKind, JobState};
use crate::base::id::JobId;
use crate::record::request::{FaultCode, ObjectReader};
use crate::store::rows::Before;
use crate::web::body::{self, FromJson};
use crate::web::download::{self, RangeFields};
use crate::web::guard::Asker;
use crate::web::observe::language;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, bytes, field, json, query};
use crate::words::{DamagedKind, Language, Refusal, problem_text};

/// Seconds after which a job that has not ended is worth another look.
const LOOK_SECONDS: &str = "1";
const STATES: &[&str] = &["ready", "running", "done", "failed", "cancelled"];

/// A job.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobBody {
    /// The job.
    pub id: String,
    /// Where it is shown.
    pub href: String,
    /// export, verify, rotate_keys, turn_epoch or simulate_policy.
    pub kind: &'static str,
    /// ready, running, done, failed or cancelled.
    pub state: &'static str,
    /// Units of work done.
    pub done: u64,
    /// Units of work in all; 0 if unknown.
    pub total: u64,
    /// When it was asked for.
    pub created_at: String,
    /// Who asked.
    pub created_by: String,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// Where the result is, once it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// When the result is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<JobErrorBody>,
    /// True where what stands here is not as the ledger says; absent where it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub damaged: bool,
}

/// Why a job failed.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobErrorBody {
    /// The stable code, as in problem documents.
    pub code: &'static str,
    /// What happened, in a few words of the reader's language.
    pub title: String,
    /// What happened here.
    pub detail: String,
    /// What to do next.
    pub remedy: String,
}

/// A page of jobs.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobPage {
    /// The newest first.
    pub items: Vec<JobBody>,
    /// The cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// How thorough a verification is.
#[derive(ToSchema)]
pub struct VerifyBody {
    /// True to decrypt everything too.
    deep: Option<bool>,
}

impl FromJson for VerifyBody {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        Some(Self { deep: reader.boolean("deep") })
    }
}

pub(super) fn group() -> Group {
    let shown = || Some(json(route::of::<JobBody>));
    Group {
        name: "jobs",
        description: "Long work goes on beside the request that asked for it, survives a restart, and can be stopped.",
        operations: vec![
            Operation::post("/api/v1/verify", "verify", || web::to(verify))
                .says("Begins to re-read the whole archive and to name what is wrong; the report is the job's result.")
                .row(Resource::Ledger, Action::Verify)
                .takes(json(route::of::<VerifyBody>))
                .gives(202, "It has begun; Location names the job.", shown()),
            Operation::get("/api/v1/jobs", "list_jobs", || web::to(list))
                .says("The caller's jobs; all of them, by id, for administrators.")
                .row(Resource::Job, Action::List)
                .with(query("state", "ready, running, done, failed or cancelled."))
                .paged()
                .gives(200, "A page.", Some(json(route::of::<JobPage>))),
            Operation::get("/api/v1/jobs/{id}", "show_job", || web::to(show))
                .says("How far a job has come. While it has not ended, Retry-After says when to look again.")
                .row(Resource::Job, Action::Read)
                .gives(200, "The job.", shown()),
            Operation::post("/api/v1/jobs/{id}/cancel", "cancel_job", || web::to(cancel))
                .says("Stops a job; what it has made so far is thrown away.")
                .row(Resource::Job, Action::Cancel)
                .gives(200, "The job, stopped.", shown()),
            Operation::get("/api/v1/jobs/{id}/result", "job_result", || web::to(result))
                .says("What came of a job of one's own, other than an export.")
                .row(Resource::Job, Action::Read)
                .with(field("Range", "One range of bytes."))
                .with(field("If-Range", "The ETag for which the range is meant."))
                .gives(200, "The result: a verification's report, what a replacement of keys did.", Some(bytes("application/json")))
                .gives(206, "The range.", Some(bytes("application/json"))),
        ],
    }
}

/// Why a job failed, in the words of problem documents.
fn refusal_of(fault: JobFault, job: &str) -> Refusal {
    match fault {
        JobFault::StorageFull => Refusal::StorageFull,
        JobFault::Damaged => Refusal::damaged(DamagedKind::Job, Some(job)),
        JobFault::NoKey => Refusal::NoReadingKey,
        JobFault::DatabaseUnavailable => Refusal::DatabaseUnavailable,
        JobFault::NotPermitted => Refusal::Forbidden,
        JobFault::Interrupted => Refusal::JobInterrupted,
        JobFault::Internal => Refusal::Internal { request: job.to_owned() },
    }
}

impl From<Job> for JobBody {
    fn from(job: Job) -> Self {
        Self::of(job, Language::default())
    }
}

impl JobBody {
    fn of(job: Job, language: Language) -> Self {
        let id = job.id.to_string();
        let error = job.fault.filter(|_| job.state == JobState::Failed).map(|fault| {
            let refusal = refusal_of(fault, &id);
            let text = problem_text(&refusal, language);
            JobErrorBody {
                code: refusal.code().as_str(),
                title: text.title.to_string(),
                detail: text.detail.to_string(),
                remedy: text.remedy.to_string(),
            }
        });
        let result = job.expires_at.map(|_| match job.kind {
            JobKind::Export => format!("/api/v1/exports/{}/content", job.subject),
            JobKind::Verify | JobKind::RotateKeys | JobKind::TurnEpoch | JobKind::SimulatePolicy => {
                format!("/api/v1/jobs/{id}/result")
            }
        });
        Self {
            href: format!("/api/v1/jobs/{id}"),
            id,
            kind: job.kind.as_str(),
            state: job.state.as_str(),
            done: job.done,
            total: job.total,
            created_at: job.created_at.to_rfc3339(),
            created_by: job.created_by.to_string(),
            finished_at: job.finished_at.map(|at| at.to_rfc3339()),
            result,
            expires_at: job.expires_at.map(|at| at.to_rfc3339()),
            error,
            damaged: job.damaged,
        }
    }
}

/// 202: the work goes on, and `place` shows how far it has come.
pub(super) fn accepted<T: Serialize>(body: &T, place: &str) -> HttpResponse {
    let mut response = answer(202, body);
    if let Ok(place) = HeaderValue::from_str(place) {
        response.headers_mut().insert(LOCATION, place);
    }
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(LOOK_SECONDS));
    response
}

async fn verify(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let wanted: VerifyBody = body::read(&request, &mut payload).await?;
    asker.service().start_jobs()?;
    let deep = wanted.deep.unwrap_or(false);
    let job = asker.act(move |archive, caller| archive.begin_verify(caller, deep)).await?;
    Ok(begun(&request, job))
}

/// 202 for a job that was asked for by itself.
pub(super) fn begun(request: &HttpRequest, job: Job) -> HttpResponse {
    let body = JobBody::of(job, language(request));
    let place = body.href.clone();
    accepted(&body, &place)
}

async fn list(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["state", "cursor", "limit"])?;
    let state = query
        .read("state", |word| JobState::parse(word).ok_or(FaultCode::UnknownWord { allowed: STATES }))?;
    let paging = Paging::of_query(&request, &query)?;
    let before = paging.before(asker.service(), JobId::parse)?;
    let service = asker.service().clone();
    // One more than is shown tells whether the list goes on.
    let more = paging.items().saturating_add(1);
    let mut jobs = asker.act(move |archive, caller| archive.list_jobs(caller, state, before, more)).await?;
    let goes_on = jobs.len() > paging.limit;
    jobs.truncate(paging.limit);
    let last = jobs.last().filter(|_| goes_on).map(|last| Before { at: last.created_at, id: last.id });
    let next = last.map(|last| service.cursors().write(&paging.list, &last));
    let language = language(&request);
    let items = jobs.into_iter().map(|job| JobBody::of(job, language)).collect();
    Ok(page::respond(&request, &JobPage { items, next: next.clone() }, next.as_deref()))
}

async fn show(asker: Asker, request: HttpRequest, job: Path) -> Result<HttpResponse, Problem> {
    let job = id(&job, JobId::parse)?;
    // Whoever looks waits for the end: somebody has to work on it.
    asker.service().start_jobs()?;
    let job = asker.act(move |archive, caller| archive.show_job(caller, job)).await?;
    let goes_on = matches!(job.state, JobState::Ready | JobState::Running);
    let mut response = answer(200, &JobBody::of(job, language(&request)));
    if goes_on {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(LOOK_SECONDS));
    }
    Ok(response)
}

async fn cancel(asker: Asker, request: HttpRequest, job: Path) -> Result<HttpResponse, Problem> {
    let job = id(&job, JobId::parse)?;
    let job = asker.act(move |archive, caller| archive.cancel_job(caller, job)).await?;
    Ok(answer(200, &JobBody::of(job, language(&request))))
}

async fn result(asker: Asker, request: HttpRequest, job: Path) -> Result<HttpResponse, Problem> {
    let job = id(&job, JobId::parse)?;
    let fields = RangeFields::of(&request);
    let fairness = Arc::clone(asker.service().fairness());
    let (outgoing, digest) = asker
        .act(move |archive, caller| {
            let result = archive.job_result(caller, job)?;
            let digest = result.digest;
            let etag = Some(format!("\"{}\"", digest.to_hex()));
            Ok((download::prepare(result.into(), etag, &fields)?, digest))
        })
        .await?;
    let mut response = outgoing.respond(&fairness)?;
    if let Ok(value) = HeaderValue::from_str(&digest.to_content_digest()) {
        response.headers_mut().insert(HeaderName::from_static("repr-digest"), value);
    }
    Ok(response)
}
