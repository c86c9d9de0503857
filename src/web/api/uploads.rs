//! Uploads: long contents that come one by one, before the capture that names them.

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::page::{Paging, Query};
use super::{Path, answer, id, page};
use crate::access::permission::{Action, Resource};
use crate::archive::uploads::{NewUpload, Receiving, Reception, Upload};
use crate::base::digest::Digest;
use crate::base::id::UploadId;
use crate::base::limits::COMPONENT_BYTES_MAX;
use crate::record::names::{FileName, MediaType, Reference};
use crate::record::request::ObjectReader;
use crate::store::rows::Before;
use crate::web::body::{self, FromJson, Pace, declared_length, next_piece};
use crate::web::guard::{Asker, Inside};
use crate::web::intake::{BATCH_BYTES, idempotency_key};
use crate::web::multipart::content_digest;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, IDEMPOTENCY_KEY, Operation, bytes, field, json};
use crate::web::state::Service;
use crate::words::Refusal;

/// A content that is announced.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `NewUpload`")]
pub struct NewUploadBody {
    /// File name, without folders.
    name: String,
    /// Media type; guessed from the name if not given.
    media_type: Option<String>,
    /// Its length in bytes.
    #[schema(minimum = 1)]
    bytes: u64,
    /// SHA-256 of it in hexadecimal, if it is known already.
    sha256: Option<String>,
}

/// An upload.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadBody {
    /// Its id: what a component of a capture names as `upload`.
    pub id: String,
    /// waiting (for its content), complete, or captured.
    pub state: &'static str,
    /// File name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// The announced length in bytes.
    pub bytes: u64,
    /// SHA-256 of the content that is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Where the content goes.
    pub content: String,
    /// When it was begun.
    pub created_at: String,
    /// When it is removed if no record has taken it over.
    pub expires_at: String,
}

/// A page of uploads.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadPage {
    /// The newest first.
    pub items: Vec<UploadBody>,
    /// The cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

pub(super) fn group() -> Group {
    let mine = |operation: Operation| operation.row(Resource::Record, Action::Create);
    let shown = || Some(json(route::of::<UploadBody>));
    Group {
        name: "uploads",
        description: "Long contents, one by one, before the capture that names them. They are the uploader's \
                      alone, sealed from the first byte, and removed after 7 days unless captured.",
        operations: vec![
            mine(Operation::post("/api/v1/uploads", "begin_upload", || web::to(begin)))
                .says("Announces a content: its name, media type and length.")
                .with(IDEMPOTENCY_KEY)
                .takes(json(route::of::<NewUploadBody>))
                .gives(201, "The upload; Location names it.", shown())
                .gives(200, "The upload of an earlier, equal request.", shown()),
            mine(Operation::get("/api/v1/uploads", "list_uploads", || web::to(list)))
                .says("The caller's uploads.")
                .paged()
                .gives(200, "A page.", Some(json(route::of::<UploadPage>))),
            mine(Operation::get("/api/v1/uploads/{id}", "show_upload", || web::to(show)))
                .says("One upload of the caller's.")
                .gives(200, "The upload.", shown()),
            mine(Operation::delete("/api/v1/uploads/{id}", "give_up_upload", || web::to(give_up)))
                .says("Removes an upload with its content; what a record has taken over stays.")
                .gives(204, "It is gone.", None),
            mine(Operation::put("/api/v1/uploads/{id}/content", "send_upload", || web::to(send)))
                .says("Sends the content, whole. The same content again changes nothing.")
                .with(field("Content-Digest", "SHA-256 of the body (RFC 9530): sha-256=:BASE64:. Required."))
                .takes(bytes("application/octet-stream"))
                .gives(200, "The complete upload.", shown()),
        ],
    }
}

impl FromJson for NewUpload {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let name = reader.text("name", FileName::parse);
        let media_type = reader.text("media_type", MediaType::parse);
        let bytes = reader.number("bytes", 1..=COMPONENT_BYTES_MAX);
        let digest = reader.text("sha256", Digest::parse_hex);
        reader.require(&["name", "bytes"]);
        let name = name?;
        let media_type = media_type.unwrap_or_else(|| MediaType::guess(&name));
        Some(Self { name, media_type, bytes: bytes?, digest })
    }
}

impl From<Upload> for UploadBody {
    fn from(upload: Upload) -> Self {
        let Upload { id, state, announced, digest, created_at, expires_at, replayed: _ } = upload;
        Self {
            id: id.to_string(),
            state: state.as_str(),
            name: announced.name.as_str().to_owned(),
            media_type: announced.media_type.as_str().to_owned(),
            bytes: announced.bytes,
            sha256: digest.map(Digest::to_hex),
            content: format!("/api/v1/uploads/{id}/content"),
            created_at: created_at.to_rfc3339(),
            expires_at: expires_at.to_rfc3339(),
        }
    }
}

/// The `Idempotency-Key` as a reference.
///
/// # Errors
/// `invalid_fields` for a key that is blank, too long or has control characters.
pub(super) fn key_of(request: &HttpRequest) -> Result<Option<Reference>, Problem> {
    idempotency_key(request)?
        .map(|key| {
            Reference::parse(&key).map_err(|code| {
                let path = "Idempotency-Key".to_owned();
                crate::web::refusals::of_faults(&[crate::record::request::Fault { path, code: code.into() }])
            })
        })
        .transpose()
}

async fn begin(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let key = key_of(&request)?;
    let wanted: NewUpload = body::read(&request, &mut payload).await?;
    let upload = asker.act(move |archive, caller| archive.begin_upload(caller, wanted, key.as_ref())).await?;
    let place = format!("/api/v1/uploads/{}", upload.id);
    let mut response = answer(if upload.replayed { 200 } else { 201 }, &UploadBody::from(upload));
    if let Ok(place) = actix_web::http::header::HeaderValue::from_str(&place) {
        response.headers_mut().insert(actix_web::http::header::LOCATION, place);
    }
    Ok(response)
}

async fn list(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["cursor", "limit"])?;
    let paging = Paging::of_query(&request, &query)?;
    let before = paging.before(asker.service(), UploadId::parse)?;
    let service = asker.service().clone();
    // One more than is shown tells whether the list goes on.
    let more = paging.items().saturating_add(1);
    let mut uploads = asker.act(move |archive, caller| archive.list_uploads(caller, before, more)).await?;
    let goes_on = uploads.len() > paging.limit;
    uploads.truncate(paging.limit);
    let last = uploads.last().filter(|_| goes_on).map(|last| Before { at: last.created_at, id: last.id });
    let next = last.map(|last| service.cursors().write(&paging.list, &last));
    let body = UploadPage { items: uploads.into_iter().map(UploadBody::from).collect(), next: next.clone() };
    Ok(page::respond(&request, &body, next.as_deref()))
}

async fn show(asker: Asker, upload: Path) -> Result<HttpResponse, Problem> {
    let upload = id(&upload, UploadId::parse)?;
    let shown = asker.act(move |archive, caller| archive.show_upload(caller, upload)).await?;
    Ok(answer(200, &UploadBody::from(shown)))
}

async fn give_up(asker: Asker, upload: Path) -> Result<HttpResponse, Problem> {
    let upload = id(&upload, UploadId::parse)?;
    asker.act(move |archive, caller| archive.give_up_upload(caller, upload)).await?;
    Ok(crate::web::observe::no_content())
}

async fn send(
    asker: Asker,
    request: HttpRequest,
    upload: Path,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let upload = id(&upload, UploadId::parse)?;
    body::check_length(&request, COMPONENT_BYTES_MAX)?;
    let Inside { service, caller, turn: _turn } = asker.enter().await?;
    let digest =
        content_digest(request.headers())?.ok_or_else(|| Problem::from(Refusal::BadContentDigest))?;
    let length = declared_length(&request);
    let reception = service
        .run(move |archive| archive.receive_upload(&caller, upload, digest, length))
        .await
        .map_err(of_content)?;
    let done = match reception {
        Reception::Here(upload) => upload,
        Reception::Send(receiving) => receive(&service, receiving, payload).await.map_err(of_content)?,
    };
    Ok(answer(200, &UploadBody::from(done)))
}

/// Seals the body while it arrives; no more than a batch of it is in memory.
async fn receive(
    service: &Service,
    mut receiving: Receiving,
    mut payload: Payload,
) -> Result<Upload, Problem> {
    let mut batch = Vec::new();
    let mut gathered = 0;
    let mut pace = Pace::default();
    loop {
        let piece = next_piece(&mut payload, &mut pace).await?;
        let ended = piece.is_none();
        if let Some(piece) = piece {
            gathered += piece.len();
            batch.push(piece);
        }
        if ended || gathered >= BATCH_BYTES {
            let pieces = std::mem::take(&mut batch);
            gathered = 0;
            receiving = service
                .run(move |_| {
                    pieces.iter().try_for_each(|piece| receiving.write(piece))?;
                    Ok(receiving)
                })
                .await?;
        }
        if ended {
            return service.run(move |_| receiving.finish()).await;
        }
    }
}

/// A refusal of the one content, which has no number.
fn of_content(mut problem: Problem) -> Problem {
    match &mut problem.refusal {
        Refusal::EmptyFile { file }
        | Refusal::LengthMismatch { file, .. }
        | Refusal::DigestMismatch { file } => "content".clone_into(file),
        _ => {}
    }
    problem
}
