//! The API, one file per resource: its routes, its DTOs, and handlers that translate.

mod account;
mod approval_told;
mod approvals;
pub(crate) mod besides;
mod capture;
mod case_views;
mod cases;
mod clock;
mod custody;
mod disposition_views;
mod dispositions;
mod entries;
mod erasures;
mod events;
mod export_approval;
mod exports;
mod feeds;
mod health;
mod hold_views;
mod holds;
mod jobs;
mod keys;
mod ledger;
mod matters;
mod names;
mod original;
mod page;
mod parties;
mod pii;
mod policies;
mod policy_inputs;
mod policy_views;
mod policy_voices;
mod receipt;
mod record_views;
mod records;
mod renditions;
mod reports;
mod retention;
mod search;
mod subjects;
mod tokens;
mod uploads;
mod users;

use actix_web::{HttpResponse, web};

use super::problem::Problem;
use super::route::Group;
use crate::base::digest::Digest;
use crate::words::Refusal;

/// Every route of the service.
pub fn groups() -> Vec<Group> {
    vec![
        capture::group(),
        uploads::group(),
        entries::group(),
        feeds::group(),
        records::group(),
        original::group(),
        erasures::group(),
        renditions::group(),
        pii::group(),
        search::group(),
        subjects::group(),
        cases::group(),
        parties::group(),
        reports::group(),
        events::group(),
        retention::group(),
        dispositions::group(),
        matters::group(),
        holds::group(),
        policies::group(),
        policy_voices::group(),
        // Before the exports themselves: `approvals` is no export's id.
        export_approval::group(),
        exports::group(),
        jobs::group(),
        ledger::group(),
        account::group(),
        users::group(),
        approvals::group(),
        keys::group(),
        clock::group(),
        health::group(),
    ]
}

/// What a path that nobody knows gets.
///
/// # Errors
/// `not_found`, always.
pub async fn no_such_path() -> Result<HttpResponse, Problem> {
    Err(Refusal::NotFound.into())
}

/// JSON that answers.
fn answer<T: serde::Serialize>(status: u16, body: &T) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status).unwrap_or(actix_web::http::StatusCode::OK);
    HttpResponse::build(status).json(body)
}

/// An id in the path. What is no id names nothing that exists.
fn id<T>(text: &str, parse: impl Fn(&str) -> Result<T, crate::base::id::BadId>) -> Result<T, Problem> {
    parse(text).map_err(|_| Refusal::NotFound.into())
}

/// The revision that `If-Match` names; `*` names any.
///
/// # Errors
/// `precondition_required` without the field, `precondition_failed` for a tag that we never gave.
fn expected_revision(request: &actix_web::HttpRequest) -> Result<Option<Digest>, Problem> {
    let field = request.headers().get(actix_web::http::header::IF_MATCH);
    let field = field.ok_or_else(|| Problem::from(Refusal::PreconditionRequired))?;
    match field.to_str().ok().map(str::trim) {
        Some("*") => Ok(None),
        Some(tag) => {
            let digest = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).map(Digest::parse_hex);
            digest.and_then(Result::ok).map(Some).ok_or_else(|| Refusal::PreconditionFailed.into())
        }
        None => Err(Refusal::MalformedRequest { part: "If-Match".to_owned() }.into()),
    }
}

/// The ETag of a revision.
fn revision_tag(revision: Digest) -> String {
    format!("\"{}\"", revision.to_hex())
}

/// A placeholder of the path.
type Path = web::Path<String>;
