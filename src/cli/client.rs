//! Speaks HTTP with the archive's socket. If nobody listens there, this process opens the archive
//! itself and answers on that socket for the length of the verb.
//!
//! A request that was not taken is sent again: the other end may be a short-lived command that
//! just ended. A capture carries a key, so that sending it again adds nothing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustix::io::Errno;
use serde_json::Value;
use tokio::net::UnixStream;

use crate::archive::{Archive, Refusal as ArchiveRefusal};
use crate::base::moment::Moment;
use crate::base::secret::SecretBytes;
use crate::web::{Listen, Patience, Reach, Running, SeatLimits, Service, Settings, address_of, start};
use crate::words::{Language, Refusal};

use super::failure::{Failure, NOT_HEARD};
use super::form::{Part, Sending};
use super::site::Site;

/// Time for which a directory that another command holds is waited for.
const LOCK_WAIT: Duration = Duration::from_secs(10);
/// Time between two tries.
const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// Times that a request which was not taken is sent again.
const TRIES_MAX: u32 = 20;
/// Worker threads of the service that lives for one verb.
const WORKERS: usize = 2;

/// A request before it is sent; it can be sent again.
pub struct Ask {
    method: Method,
    path: String,
    headers: Vec<(HeaderName, String)>,
    body: AskBody,
}

enum AskBody {
    None,
    Json(Vec<u8>),
    Form(Vec<Part>),
}

impl Ask {
    /// A reading request.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), headers: Vec::new(), body: AskBody::None }
    }

    /// A request with a JSON body.
    pub fn json(method: Method, path: impl Into<String>, body: &Value) -> Self {
        let body = AskBody::Json(body.to_string().into_bytes());
        Self { method, path: path.into(), headers: Vec::new(), body }
    }

    /// A request with a form.
    pub fn form(path: impl Into<String>, parts: Vec<Part>) -> Self {
        Self { method: Method::POST, path: path.into(), headers: Vec::new(), body: AskBody::Form(parts) }
    }

    /// Adds a header field.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((HeaderName::from_static(name), value.into()));
        self
    }

    /// True if sending it twice does no more than sending it once.
    fn may_repeat(&self) -> bool {
        self.method == Method::GET || self.headers.iter().any(|(name, _)| name == "idempotency-key")
    }
}

/// The client of one verb, on one thread.
pub struct Client {
    site: Rc<Site>,
    language: Language,
    bearer: RefCell<Option<SecretBytes>>,
    /// Connections that wait for the next request.
    idle: RefCell<Vec<SendRequest<Sending>>>,
    /// The service of this very process, where nobody else's answered.
    own: RefCell<Option<Running>>,
    /// True if that service is to index what waits for it.
    indexing: bool,
    /// The newest entry's date and the present, where the archive that this process opened is dated later than now.
    clock_behind: Cell<Option<(Moment, Moment)>>,
}

impl Client {
    /// A client that connects when the first request is sent. Where this process has to open the archive
    /// itself then, it is `indexing` too: for verbs that search.
    pub fn new(site: Rc<Site>, language: Language, indexing: bool) -> Self {
        Self {
            site,
            language,
            bearer: RefCell::new(None),
            idle: RefCell::new(Vec::new()),
            own: RefCell::new(None),
            indexing,
            clock_behind: Cell::new(None),
        }
    }

    /// The newest entry's date and the present, if this process opened an archive that is dated later than now.
    pub fn clock_behind(&self) -> Option<(Moment, Moment)> {
        self.clock_behind.get()
    }

    /// The language in which the service answers.
    pub fn language(&self) -> Language {
        self.language
    }

    /// From now on speaks as whoever this token or session belongs to.
    pub fn speak_as(&self, bearer: SecretBytes) {
        self.bearer.replace(Some(bearer));
    }

    /// Closes the connections; gives the service of this process back to be stopped, if there is one.
    pub fn close(&self) -> Option<Running> {
        self.idle.borrow_mut().clear();
        self.own.borrow_mut().take()
    }

    /// Sends a request and reads the JSON that answers it.
    ///
    /// # Errors
    /// Nobody answers and the archive cannot be opened; the service refuses.
    pub async fn json(&self, ask: &Ask) -> Result<Value, Failure> {
        self.json_with_progress(ask, None).await
    }

    /// As [`Client::json`], moving a bar as the request goes out.
    ///
    /// # Errors
    /// As [`Client::json`].
    pub async fn json_with_progress(
        &self,
        ask: &Ask,
        progress: Option<&indicatif::ProgressBar>,
    ) -> Result<Value, Failure> {
        self.json_and_next(ask, progress).await.map(|(value, _)| value)
    }

    /// As [`Client::json`], with the path of the next page where there is one.
    ///
    /// # Errors
    /// As [`Client::json`].
    pub async fn json_and_next(
        &self,
        ask: &Ask,
        progress: Option<&indicatif::ProgressBar>,
    ) -> Result<(Value, Option<String>), Failure> {
        let response = self.send(ask, progress).await?;
        let next = next_page(&response);
        let (whole, lane) = read_whole(response).await?;
        self.give_back(lane);
        if whole.is_empty() {
            return Ok((Value::Null, next));
        }
        let value =
            serde_json::from_slice(&whole).map_err(|error| Failure::system("read the answer", &error))?;
        Ok((value, next))
    }

    /// Sends a request whose answer is read by the caller, piece by piece. A refusal is an error.
    ///
    /// # Errors
    /// As [`Client::json`].
    pub async fn send(
        &self,
        ask: &Ask,
        progress: Option<&indicatif::ProgressBar>,
    ) -> Result<Answer, Failure> {
        let mut tries = 0;
        loop {
            tries += 1;
            let answer = self.try_once(ask, progress).await;
            match answer {
                Ok(answer) if answer.response.status().is_success() => return Ok(answer),
                Ok(answer) => {
                    let wait = retry_after(&answer.response);
                    let status = answer.response.status();
                    let (whole, lane) = read_whole(answer).await?;
                    let document = problem(status, &whole);
                    let code = document.get("code").and_then(Value::as_str).unwrap_or_default().to_owned();
                    // Both codes say that nothing was done.
                    if tries < TRIES_MAX && matches!(code.as_str(), "too_busy" | "shutting_down") {
                        drop(lane);
                        tokio::time::sleep(wait.min(Duration::from_secs(2))).await;
                        continue;
                    }
                    self.give_back(lane);
                    return Err(Failure::There { document, about: None });
                }
                Err(Lost::Failure(failure)) => return Err(failure),
                Err(Lost::NotTaken) if tries < TRIES_MAX => {}
                Err(Lost::Unknown(_)) if tries < TRIES_MAX && ask.may_repeat() => {}
                Err(Lost::NotTaken) => {
                    return Err(Failure::system("reach the service", &"no connection lasts"));
                }
                Err(Lost::Unknown(error)) => return Err(Failure::system(NOT_HEARD, &error)),
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    async fn try_once(&self, ask: &Ask, progress: Option<&indicatif::ProgressBar>) -> Result<Answer, Lost> {
        let kept = self.idle.borrow_mut().pop();
        let mut lane = match kept.filter(|lane| !lane.is_closed()) {
            Some(lane) => lane,
            None => self.connect().await.map_err(Lost::Failure)?,
        };
        if lane.ready().await.is_err() {
            return Err(Lost::NotTaken);
        }
        let request = self.request(ask, progress).map_err(Lost::Failure)?;
        match lane.send_request(request).await {
            Ok(response) => Ok(Answer { response, lane: Some(lane) }),
            Err(error) if error.is_canceled() => Err(Lost::NotTaken),
            // A file that cannot be read, or is not as it was announced: sending again mends nothing.
            Err(error) if error.is_user() => {
                Err(Lost::Failure(Failure::system("read the file", &deepest(&error))))
            }
            Err(error) if error.is_incomplete_message() => {
                let ended = std::io::Error::from_raw_os_error(Errno::CONNRESET.raw_os_error());
                Err(Lost::Unknown(ended.to_string()))
            }
            Err(error) => Err(Lost::Unknown(deepest(&error))),
        }
    }

    fn request(
        &self,
        ask: &Ask,
        progress: Option<&indicatif::ProgressBar>,
    ) -> Result<Request<Sending>, Failure> {
        let mut request = Request::builder()
            .method(ask.method.clone())
            .uri(&ask.path)
            .header(HOST, "localhost")
            .header(ACCEPT_LANGUAGE, self.language.tag());
        let bearer = self.bearer.borrow();
        if let Some(secret) = bearer.as_ref().and_then(SecretBytes::expose_text) {
            request = request.header(AUTHORIZATION, format!("Bearer {secret}"));
        }
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        let (media_type, body) = match &ask.body {
            AskBody::None => (None, Sending::of_bytes(Vec::new())),
            AskBody::Json(bytes) => (Some("application/json".to_owned()), Sending::of_bytes(bytes.clone())),
            AskBody::Form(parts) => {
                let (media_type, body) = Sending::of_form(parts);
                (Some(media_type), body)
            }
        };
        if let Some(media_type) = media_type {
            request = request.header(CONTENT_TYPE, media_type);
        }
        let body = match progress {
            Some(progress) => body.with_progress(progress.clone()),
            None => body,
        };
        request.body(body).map_err(|error| Failure::system("write the request", &error))
    }

    async fn connect(&self) -> Result<SendRequest<Sending>, Failure> {
        let began = Instant::now();
        let stream = loop {
            if let Ok(address) = address_of(&self.site.place.socket())
                && let Ok(stream) = UnixStream::connect(address.path()).await
            {
                break stream;
            }
            match self.open_here() {
                Ok(()) => {}
                // Another command holds the directory for a moment, or a server that has yet to listen.
                Err(ArchiveRefusal::AlreadyOpen) if began.elapsed() < LOCK_WAIT => {
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                Err(refusal) => return Err(self.site.failure(refusal)),
            }
        };
        let (lane, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(|error| Failure::system("reach the service", &error))?;
        tokio::task::spawn_local(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        });
        Ok(lane)
    }

    /// Opens the archive in this process and answers on its socket.
    fn open_here(&self) -> Result<(), ArchiveRefusal> {
        let archive = Archive::open(&self.site.place, &self.site.options())?;
        self.clock_behind.set(archive.clock_behind()?);
        if self.indexing {
            archive.start_background()?;
        }
        let listen = Listen {
            address: None,
            tls: None,
            behind_proxy: false,
            socket: self.site.place.socket(),
            seats: SeatLimits::default(),
            patience: Patience::default(),
            workers: WORKERS,
            on_signals: false,
        };
        let reach = Reach { settings: Settings::of(&self.site.config), ..Reach::default() };
        let running = start(Service::new(archive, reach), listen).map_err(|error| ArchiveRefusal::Io {
            what: "answer on the archive's socket",
            error: std::io::Error::other(error),
        })?;
        self.own.replace(Some(running));
        Ok(())
    }

    fn give_back(&self, lane: Option<SendRequest<Sending>>) {
        if let Some(lane) = lane.filter(|lane| !lane.is_closed()) {
            self.idle.borrow_mut().push(lane);
        }
    }
}

/// Why one try gave no answer.
enum Lost {
    /// The request was never begun.
    NotTaken,
    /// It was sent, and the connection broke before the answer.
    Unknown(String),
    /// Trying again mends nothing.
    Failure(Failure),
}

fn deepest(error: &hyper::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

/// An answer whose body is still to be read.
pub struct Answer {
    response: Response<Incoming>,
    lane: Option<SendRequest<Sending>>,
}

impl Answer {
    /// The announced length of the body.
    pub fn length(&self) -> Option<u64> {
        self.header("content-length")?.parse().ok()
    }

    /// A header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The next bytes of the body; a body that breaks off is an error.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn next(&mut self) -> Result<Option<hyper::body::Bytes>, Failure> {
        while let Some(frame) = self.response.body_mut().frame().await {
            let frame =
                frame.map_err(|error| Failure::system("read the answer to its end", &deepest(&error)))?;
            if let Ok(bytes) = frame.into_data() {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }
}

async fn read_whole(answer: Answer) -> Result<(Vec<u8>, Option<SendRequest<Sending>>), Failure> {
    let mut answer = answer;
    let mut whole = Vec::new();
    while let Some(bytes) = answer.next().await? {
        whole.extend_from_slice(&bytes);
    }
    Ok((whole, answer.lane.take()))
}

/// The problem document of a refusal; where the body is none, one made of the status.
fn problem(status: StatusCode, body: &[u8]) -> Value {
    match serde_json::from_slice::<Value>(body) {
        Ok(document) if document.get("code").is_some() => document,
        Ok(_) | Err(_) => {
            let refusal = Refusal::Internal { request: status.to_string() };
            crate::web::problem::Problem::from(refusal).to_json(Language::En)
        }
    }
}

fn retry_after(response: &Response<Incoming>) -> Duration {
    let seconds = response.headers().get("retry-after").and_then(|field| field.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(1))
}

/// The path in `Link: <…>; rel="next"`.
fn next_page(answer: &Answer) -> Option<String> {
    let (path, rest) = answer.header("link")?.strip_prefix('<')?.split_once('>')?;
    rest.contains("rel=\"next\"").then(|| path.to_owned())
}
