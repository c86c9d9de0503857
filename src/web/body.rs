//! Request bodies: refused by length before a byte is read, read with a limit and in time,
//! parsed with line and column of the first fault.

use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{HttpRequest, error::PayloadError};
use futures_util::StreamExt as _;
use serde_json::Value;

use super::problem::Problem;
use crate::base::limits::JSON_BYTES_MAX;
use crate::record::request::{FaultCode, Faults, ObjectReader, Path, read_json};
use crate::words::{Bytes as ByteCount, Refusal};

/// Time in which the next piece of a body has to arrive.
pub const PIECE_TIMEOUT: Duration = Duration::from_secs(30);
/// Time in which a whole small body has to arrive: it is read before it is known who asks, and who
/// sends byte by byte must not hold a connection for long.
const SMALL_TIMEOUT: Duration = Duration::from_secs(20);

/// The declared length of the body, if the client says one.
pub fn declared_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// The media type of the body without its parameters, in lower case.
pub fn media_type(request: &HttpRequest) -> String {
    let field = request.headers().get(header::CONTENT_TYPE).and_then(|field| field.to_str().ok());
    let essence = field.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// True for `application/json`.
pub fn is_json(request: &HttpRequest) -> bool {
    media_type(request) == "application/json"
}

/// Refuses a body whose announced length is over the limit, before any of it is read.
///
/// # Errors
/// `too_large`.
pub fn check_length(request: &HttpRequest, most: u64) -> Result<(), Problem> {
    match declared_length(request) {
        Some(length) if length > most => Err(too_large(most)),
        _ => Ok(()),
    }
}

/// The refusal of a body with more than `most` bytes.
pub fn too_large(most: u64) -> Problem {
    Refusal::TooLarge { most: ByteCount(most) }.into()
}

/// The next piece of a body.
///
/// # Errors
/// `request_timeout` if none arrives in time; a broken or cut body.
pub async fn next_piece(payload: &mut Payload) -> Result<Option<Bytes>, Problem> {
    match tokio::time::timeout(PIECE_TIMEOUT, payload.next()).await {
        Err(_) => Err(Refusal::RequestTimeout.into()),
        Ok(None) => Ok(None),
        Ok(Some(Ok(piece))) => Ok(Some(piece)),
        Ok(Some(Err(error))) => Err(broken(&error)),
    }
}

/// The refusal of a body that the connection did not deliver.
pub fn broken(error: &PayloadError) -> Problem {
    tracing::debug!(%error, "a request body broke off");
    Refusal::MalformedRequest { part: "body".to_owned() }.into()
}

/// Reads a whole body of at most `most` bytes.
///
/// # Errors
/// `too_large`, `request_timeout`, or a broken body.
pub async fn read_whole(request: &HttpRequest, payload: &mut Payload, most: usize) -> Result<Bytes, Problem> {
    check_length(request, most as u64)?;
    let mut whole = BytesMut::new();
    let mut first = None;
    while let Some(piece) = next_piece(payload).await? {
        if whole.len() + first.as_ref().map_or(0, Bytes::len) + piece.len() > most {
            return Err(too_large(most as u64));
        }
        match (&first, whole.is_empty()) {
            // Most bodies arrive in one piece, which is then not copied.
            (None, true) => first = Some(piece),
            _ => {
                if let Some(first) = first.take() {
                    whole.extend_from_slice(&first);
                }
                whole.extend_from_slice(&piece);
            }
        }
    }
    Ok(first.unwrap_or_else(|| whole.freeze()))
}

/// Reads a JSON body.
///
/// # Errors
/// `unsupported_media_type`, `too_large`, `request_timeout`, `malformed_json` with line and column,
/// or `invalid_fields` for a name that stands twice and for nests too deep.
pub async fn read_json_body(request: &HttpRequest, payload: &mut Payload) -> Result<Value, Problem> {
    if !is_json(request) {
        return Err(Refusal::UnsupportedMediaType { allowed: vec!["application/json".to_owned()] }.into());
    }
    parse_json(&in_time(read_whole(request, payload, JSON_BYTES_MAX)).await?)
}

/// Lets the reading of a small body take the time for it and no more, however its pieces come.
///
/// # Errors
/// `request_timeout`, or what the reading refuses.
pub async fn in_time<T>(reading: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    tokio::time::timeout(SMALL_TIMEOUT, reading).await.map_err(|_| Problem::from(Refusal::RequestTimeout))?
}

/// Reads JSON from bytes that are here already.
///
/// # Errors
/// `malformed_json` with line and column, or `invalid_fields`.
pub fn parse_json(bytes: &[u8]) -> Result<Value, Problem> {
    read_json(bytes).map_err(|fault| match fault.code {
        FaultCode::Unreadable { line, column } => {
            Refusal::MalformedJson { line: line as u64, column: column as u64 }.into()
        }
        FaultCode::TooManyBytes { most, .. } => too_large(most),
        _ => super::refusals::of_faults(&[fault]),
    })
}

/// What can be read from a JSON object.
pub trait FromJson: Sized {
    /// Reads the members and puts everything that is wrong on the reader's list.
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self>;
}

/// Checks a JSON value against a request type; every fault at once.
///
/// # Errors
/// `invalid_fields`.
pub fn parse<T: FromJson>(value: &Value) -> Result<T, Problem> {
    let mut faults = Faults::new();
    let read = ObjectReader::read(value, &Path::Root, &mut faults, T::read).flatten();
    faults.into_result(read).map_err(|faults| super::refusals::of_faults(&faults))
}

/// Reads and checks a JSON body.
///
/// # Errors
/// As [`read_json_body`] and [`parse`].
pub async fn read<T: FromJson>(request: &HttpRequest, payload: &mut Payload) -> Result<T, Problem> {
    parse(&read_json_body(request, payload).await?)
}
