//! Request bodies: refused by length before a byte is read, read with a limit and in time,
//! parsed with line and column of the first fault.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{HttpRequest, error::PayloadError};
use futures_util::StreamExt as _;
use serde_json::Value;

use super::problem::Problem;
use super::seats::Seat;
use crate::base::limits::{JSON_BYTES_MAX, STRANGER_BYTES_MAX};
use crate::record::request::{FaultCode, Faults, ObjectReader, Path, read_json};
use crate::words::{Bytes as ByteCount, Refusal};

/// Time in which the next piece of a body has to arrive.
const PIECE_TIMEOUT: Duration = Duration::from_secs(30);
/// Time in which a whole small body has to arrive: who sends byte by byte must not hold a connection for
/// long.
const SMALL_TIMEOUT: Duration = Duration::from_secs(20);
/// The same for a body from somebody who is not known yet.
const STRANGER_TIMEOUT: Duration = Duration::from_secs(10);
/// Time that a long body may make the service wait, all its pieces together, before its pace counts.
const GRACE: Duration = Duration::from_secs(60);
/// Bytes for each further second that it makes the service wait.
const PACE_BYTES: u64 = 1_024;

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
/// `request_timeout` if none arrives in time, or if the body comes too slowly on the whole; a broken or cut
/// body.
pub async fn next_piece(payload: &mut Payload, pace: &mut Pace) -> Result<Option<Bytes>, Problem> {
    match pace.wait_for(payload.next()).await? {
        None => Ok(None),
        Some(Ok(piece)) => pace.came(piece.len()).map(|()| Some(piece)),
        Some(Err(error)) => Err(broken(&error)),
    }
}

/// How fast a body comes. Who sends a byte now and then keeps no connection, and no place among the
/// long works, for ever. Only the time counts in which the service waited for the client.
#[derive(Debug, Default)]
pub struct Pace {
    waited: Duration,
    bytes: u64,
}

impl Pace {
    /// Waits for a piece, no longer than one may take.
    ///
    /// # Errors
    /// `request_timeout`.
    pub async fn wait_for<T>(&mut self, piece: impl Future<Output = T>) -> Result<T, Problem> {
        let began = Instant::now();
        let came = tokio::time::timeout(PIECE_TIMEOUT, piece).await;
        self.waited = self.waited.saturating_add(began.elapsed());
        came.map_err(|_| Refusal::RequestTimeout.into())
    }

    /// Notes what came.
    ///
    /// # Errors
    /// `request_timeout` if that is too little for the time.
    pub fn came(&mut self, bytes: usize) -> Result<(), Problem> {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        let counts = self.waited.saturating_sub(GRACE).as_secs();
        match self.bytes < counts.saturating_mul(PACE_BYTES) {
            true => Err(Refusal::RequestTimeout.into()),
            false => Ok(()),
        }
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
    let mut pace = Pace::default();
    while let Some(piece) = next_piece(payload, &mut pace).await? {
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
    must_be_json(request)?;
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

/// As [`read`], from somebody who is not known yet: little, and soon.
///
/// # Errors
/// As [`read`].
pub async fn read_from_stranger<T: FromJson>(
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<T, Problem> {
    must_be_json(request)?;
    let unheard = request.conn_data::<Arc<Seat>>().map(Seat::unheard);
    let reading = read_whole(request, payload, STRANGER_BYTES_MAX);
    let whole = tokio::time::timeout(STRANGER_TIMEOUT, reading).await;
    drop(unheard);
    parse(&parse_json(&whole.map_err(|_| Problem::from(Refusal::RequestTimeout))??)?)
}

fn must_be_json(request: &HttpRequest) -> Result<(), Problem> {
    match is_json(request) {
        true => Ok(()),
        false => Err(Refusal::UnsupportedMediaType { allowed: vec!["application/json".to_owned()] }.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_may_come_slowly_but_not_for_ever() {
        let pace = |waited: u64, bytes: usize| {
            Pace { waited: Duration::from_secs(waited), bytes: 0 }.came(bytes).is_ok()
        };
        assert!(pace(59, 1), "within the time of grace");
        assert!(!pace(120, 60));
        assert!(pace(120, 61_440));
        assert!(!pace(7_200, 1_000_000), "two hours for a megabyte");
        assert!(pace(7_200, 1 << 30));
    }
}
