//! Around every request: a request id, the words of refusals in the reader's language, security
//! headers, one log line and the counters. Logged are id, route pattern, status and duration;
//! never content, query, names or addresses of people.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse, web};
use futures_util::Stream;

use super::guard::{Known, body_follows};
use super::problem::Problem;
use super::seats::{AtWork, Leaving, Seat, Standing};
use super::state::Service;
use crate::words::{Bytes, Language, Refusal, Seconds};

/// Bytes of an address with its query.
const ADDRESS_BYTES_MAX: usize = 8 * 1024;

/// Seconds after which a seat may be free.
const SEAT_SECONDS: u64 = 5;

/// The id of one request, in logs, in `X-Request-Id` and in problem documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

/// The language in which a request wants to be answered.
pub fn language(request: &HttpRequest) -> Language {
    let field = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|field| field.to_str().ok());
    field.map_or_else(Language::default, Language::from_accept_language)
}

/// The middleware. Everything that goes out passes here once.
///
/// # Errors
/// None of its own: what a handler refuses becomes a problem document.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let started = Instant::now();
    let service = request.app_data::<web::Data<Service>>().cloned();
    let id = service.as_ref().map_or_else(|| RequestId(String::new()), |service| service.request_id());
    request.extensions_mut().insert(id.clone());
    let mut request = request;
    let kept = keep_body(&mut request);
    let at_work = request.conn_data::<Arc<Seat>>().map(Seat::at_work);
    let turned_away = turned_away(&request);
    let mut response = match turned_away {
        Some(refusal) => refused(request, refusal, &id),
        None => in_words(next.call(request).await?, &id),
    };
    // To whom nothing is owed, nothing is held while he lets his answer lie: he gives way like one at rest.
    let is_known = response.request().extensions().get::<Known>().is_some_and(Known::is_so);
    let at_work = at_work.filter(|_| is_known);
    let is_empty = matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
    let seat = response.request().conn_data::<Arc<Seat>>().filter(|_| !is_empty);
    let leaving = seat.map(|seat| seat.leaving());
    if kept.is_some() || at_work.is_some() || leaving.is_some() {
        let held = (kept, at_work);
        let with =
            |_: &mut _, body| BoxBody::new(Answered { body: BoxBody::new(body), leaving, _held: held });
        response = response.map_body(with).map_into_right_body();
    }
    let secure = service.as_ref().is_some_and(|service| service.is_secure());
    add_headers(response.headers_mut(), &id, secure);
    record(response.request(), response.status(), started, &id);
    Ok(response)
}

/// Why a request goes no further: an address that this service never gives, a connection for which there
/// is no seat, a source that has too many.
fn turned_away(request: &ServiceRequest) -> Option<Refusal> {
    if request.uri().to_string().len() > ADDRESS_BYTES_MAX {
        return Some(Refusal::UriTooLong { most: Bytes(ADDRESS_BYTES_MAX as u64) });
    }
    // RFC 9110, 8.4: what is encoded is not what would be kept, and nothing here decodes.
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|coding| !coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity")) {
        return Some(Refusal::MalformedRequest { part: "Content-Encoding".to_owned() });
    }
    match request.conn_data::<Arc<Seat>>()?.standing() {
        Standing::Seated => None,
        Standing::Over => Some(Refusal::TooBusy { wait: Seconds(SEAT_SECONDS) }),
        Standing::SourceOver => Some(Refusal::RateLimited { wait: Seconds(SEAT_SECONDS) }),
    }
}

/// Refuses a request before anything reads it, and ends its connection.
fn refused<B: MessageBody>(
    request: ServiceRequest,
    refusal: Refusal,
    id: &RequestId,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let mut problem = Problem::from(refusal);
    problem.request_id = (!id.0.is_empty()).then(|| id.0.clone());
    let (request, _) = request.into_parts();
    let mut answer = problem.to_response(language(&request));
    answer.head_mut().set_connection_type(ConnectionType::Close);
    ServiceResponse::new(request, answer).map_into_right_body()
}

/// A request's body, held as long as the answer is being sent.
type Kept = Rc<RefCell<Payload>>;

/// Holds a body whose length nobody announced. Of such a body, let go unread, the server would read and
/// throw away as much as the client cares to send, for as long as it likes; held, its end is the end of the
/// connection.
fn keep_body(request: &mut ServiceRequest) -> Option<Kept> {
    if !request.headers().contains_key(header::TRANSFER_ENCODING) {
        return None;
    }
    let kept = Rc::new(RefCell::new(request.take_payload()));
    let pieces = Pieces(Rc::clone(&kept));
    let pieces: Pin<Box<dyn Stream<Item = Result<web::Bytes, PayloadError>>>> = Box::pin(pieces);
    request.set_payload(Payload::from(pieces));
    Some(kept)
}

/// The pieces of a body that is held elsewhere.
struct Pieces(Kept);

impl Stream for Pieces {
    type Item = Result<web::Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

/// An answer that is sent while the request's body is held, and the connection at work; how fast it is taken
/// is looked at.
struct Answered {
    body: BoxBody,
    leaving: Option<Leaving>,
    _held: (Option<Kept>, Option<AtWork>),
}

impl MessageBody for Answered {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<web::Bytes, Self::Error>>> {
        let this = self.get_mut();
        if let Some(leaving) = &this.leaving {
            leaving.has_room();
        }
        let next = Pin::new(&mut this.body).poll_next(context);
        if let (Some(leaving), Poll::Ready(Some(Ok(piece)))) = (&this.leaving, &next) {
            leaving.handed_over(piece.len());
        }
        next
    }
}

/// Puts a refusal that a handler returned, or that actix itself made, into words.
fn in_words<B: MessageBody>(
    response: ServiceResponse<B>,
    id: &RequestId,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let problem = response.response().error().map(|error| problem_of(error, id));
    match problem {
        Some(problem) => {
            let mut answer = problem.to_response(language(response.request()));
            // A body that nobody reads any more must not keep its connection.
            if answer.status() == StatusCode::UNAUTHORIZED && body_follows(response.request()) {
                answer.head_mut().set_connection_type(ConnectionType::Close);
            }
            response.into_response(answer).map_into_right_body()
        }
        None => response.map_into_left_body(),
    }
}

fn problem_of(error: &Error, id: &RequestId) -> Problem {
    let mut problem = match error.as_error::<Problem>() {
        Some(problem) => problem.clone(),
        None => of_status(error.as_response_error().status_code(), error),
    };
    problem.request_id = (!id.0.is_empty()).then(|| id.0.clone());
    if let Refusal::Internal { request } = &mut problem.refusal {
        request.clone_from(&id.0);
        tracing::error!(request = %id.0, "a request met a fault of the program");
    }
    problem
}

/// What actix refuses by itself, before a handler sees the request.
fn of_status(status: StatusCode, error: &Error) -> Problem {
    tracing::debug!(%error, "refused before a handler");
    match status {
        StatusCode::NOT_FOUND => Refusal::NotFound.into(),
        StatusCode::PAYLOAD_TOO_LARGE => super::body::too_large(crate::base::limits::JSON_BYTES_MAX as u64),
        StatusCode::REQUEST_TIMEOUT => Refusal::RequestTimeout.into(),
        status if status.is_client_error() => Refusal::MalformedRequest { part: "request".to_owned() }.into(),
        _ => Refusal::Internal { request: String::new() }.into(),
    }
}

const fn name(text: &'static str) -> HeaderName {
    HeaderName::from_static(text)
}

/// What every response carries. Pages have scripts and styles of their own origin only.
const SECURITY_HEADERS: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (name("cross-origin-opener-policy"), "same-origin"),
    (name("cross-origin-resource-policy"), "same-origin"),
    (name("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

fn add_headers(headers: &mut HeaderMap, id: &RequestId, secure: bool) {
    for (name, value) in SECURITY_HEADERS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    // Answers depend on who asks; only what says otherwise may be kept by caches.
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if secure {
        let value = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    if let Ok(id) = HeaderValue::from_str(&id.0) {
        headers.insert(name("x-request-id"), id);
    }
}

fn record(request: &HttpRequest, status: StatusCode, started: Instant, id: &RequestId) {
    let seconds = started.elapsed().as_secs_f64();
    // The pattern, not the path: ids stay out of the logs, and the counters stay few.
    let route = request.match_pattern().unwrap_or_else(|| "unknown".to_owned());
    let method = known_method(request.method());
    tracing::info!(
        request = %id.0,
        method,
        route = %route,
        status = status.as_u16(),
        micros = (seconds * 1e6) as u64,
        "request"
    );
    let labels = [("method", method.to_owned()), ("route", route), ("status", status.as_str().to_owned())];
    metrics::counter!("muniment_http_requests_total", &labels[..]).increment(1);
    metrics::histogram!("muniment_http_request_seconds", &labels[..2]).record(seconds);
}

/// Methods that anybody may invent would make counters without end.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// An answer without a body.
pub fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
