//! Whether the service lives and can work, what it counted, and what it answers.

use std::collections::BTreeMap;

use actix_web::web::{self, Data};
use actix_web::{HttpResponse, http::header};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer;
use crate::access::permission::{Action, Resource};
use crate::web::guard::{Asker, permit_on_archive};
use crate::web::openapi;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, bytes, json};
use crate::web::state::Service;
use crate::words::Refusal;

/// The process answers.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// Always "ok".
    status: &'static str,
}

/// Whether the service can work.
#[derive(Serialize, ToSchema)]
pub struct Readiness {
    /// "ok", or "not" if any part does not work.
    status: &'static str,
    /// The parts: database, blobs, keys, clock, disk, ledger, documents; each "ok" or "not".
    parts: BTreeMap<&'static str, &'static str>,
}

pub(super) fn group() -> Group {
    Group {
        name: "service",
        description: "The service itself.",
        operations: vec![
            Operation::get("/healthz", "healthz", || web::to(healthz)).says("The process answers.").gives(
                200,
                "It does.",
                Some(json(route::of::<Health>)),
            ),
            Operation::get("/readyz", "readyz", || web::to(readyz))
                .says("The archive can be read and written; 503 while it cannot.")
                .gives(200, "It can.", Some(json(route::of::<Readiness>)))
                .gives(503, "A part does not work.", Some(json(route::of::<Readiness>))),
            Operation::get("/metrics", "metrics", || web::to(metrics))
                .says("Counters in Prometheus' text form.")
                .row(Resource::System, Action::Read)
                .gives(200, "The counters.", Some(bytes("text/plain"))),
            Operation::get("/openapi.json", "openapi", || web::to(document))
                .says("This reference, for programs.")
                .gives(200, "An OpenAPI 3.1 document.", Some(bytes("application/json"))),
            Operation::get("/docs", "docs", || web::to(page)).says("This reference, for people.").gives(
                200,
                "A page.",
                Some(bytes("text/html")),
            ),
        ],
    }
}

async fn healthz() -> HttpResponse {
    answer(200, &Health { status: "ok" })
}

async fn readyz(service: Data<Service>) -> Result<HttpResponse, Problem> {
    let free = service.settings().free_bytes_min;
    let parts = service.run(move |archive| Ok(archive.readiness(free))).await?;
    let word = |works: bool| if works { "ok" } else { "not" };
    let works = parts.iter().all(|(_, works)| *works);
    let parts = parts.iter().map(|(part, works)| (part.as_str(), word(*works))).collect();
    let mut response = answer(if works { 200 } else { 503 }, &Readiness { status: word(works), parts });
    if !works {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("5"));
    }
    Ok(response)
}

async fn metrics(asker: Asker) -> Result<HttpResponse, Problem> {
    let service = asker.service().clone();
    let now = service.now();
    asker
        .act_or_problem(move |_, caller| permit_on_archive(caller, Resource::System, Action::Read, now))
        .await?;
    let handle = service.metrics().ok_or_else(|| Problem::from(Refusal::NotFound))?;
    handle.run_upkeep();
    let text = handle.render();
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4")).body(text))
}

async fn document() -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(openapi::text())
}

async fn page() -> HttpResponse {
    let page = openapi::page(&super::groups());
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8")).body(page)
}
