//! Who asks: reads the credentials of a request and turns them into a caller of the archive.
//! What the caller may do is decided by the use cases, from one table.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::dev::Payload;
use actix_web::http::{Method, Version, header};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use futures_util::future::LocalBoxFuture;

use super::body::declared_length;
use super::door::Door;
use super::fair::{Fairness, Place};
use super::problem::Problem;
use super::state::Service;
use crate::access::decide::decide;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::session::RequestKind;
use crate::archive::{Archive, Caller, Refusal as ArchiveRefusal};
use crate::base::moment::Moment;
use crate::base::secret::SecretBytes;
use crate::words::Refusal;

/// The session cookie where people reach the service by TLS: bound to this host and to TLS.
const COOKIE_SECURE: &str = "__Host-muniment-session";
/// The session cookie on plain HTTP, which is loopback only.
const COOKIE_PLAIN: &str = "muniment-session";

/// The name of the session cookie.
pub const fn cookie_name(secure: bool) -> &'static str {
    if secure { COOKIE_SECURE } else { COOKIE_PLAIN }
}

/// How a request says who asks.
enum Credentials {
    /// A token in the `Authorization` field.
    Bearer(SecretBytes),
    /// The session cookie of a browser.
    Cookie(SecretBytes),
    /// None, but the process at the other end of the socket runs as our own user.
    LocalOperator,
    /// None.
    Nobody,
}

/// What a request shows of who asks.
struct Knock {
    credentials: Credentials,
    /// The code of the second factor, where the step asks for it again.
    code: Option<SecretBytes>,
    kind: RequestKind,
}

/// The field with the code of the second factor.
pub const SECOND_FACTOR: &str = "x-second-factor";
/// The field by which a page says that it asks by itself: such requests keep no session alive.
const POLLING: &str = "x-polling";

/// Whoever asks. Handlers of everything that is not public take it, before the body.
pub struct Asker {
    service: web::Data<Service>,
    who: Who,
    known: Known,
}

/// Whether the one who sent a request was let in; among the request's extensions, for who sends the answer.
#[derive(Clone, Default)]
pub struct Known(Arc<AtomicBool>);

impl Known {
    /// True once somebody was let in.
    pub fn is_so(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn now(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How far it is known who asks.
enum Who {
    /// The head shows credentials; they are looked at in the same trip as the work.
    Knocks(Knock),
    /// Let in.
    Inside(Box<Caller>, Option<Place>),
}

/// Somebody who was let in, with the turn that lasts until the request is answered.
pub struct Inside {
    /// The service.
    pub service: web::Data<Service>,
    /// Who it is.
    pub caller: Caller,
    /// Keep it as long as the request is being answered.
    pub turn: Option<Place>,
}

impl FromRequest for Asker {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asker = Self::of(request);
        let body_follows = body_follows(request);
        Box::pin(async move {
            let asker = asker?;
            // Nobody is waited for who is not known: a body is read only from somebody who was let in.
            if body_follows { asker.let_in().await } else { Ok(asker) }
        })
    }
}

impl Asker {
    fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let Some(service) = request.app_data::<web::Data<Service>>().cloned() else {
            return Err(Refusal::Internal { request: String::new() }.into());
        };
        let credentials = read_credentials(request, service.is_secure())?;
        if matches!(credentials, Credentials::Cookie(_)) && changes_something(request.method()) {
            check_same_site(request)?;
        }
        if matches!(credentials, Credentials::Nobody) {
            return Err(Refusal::Unauthenticated.into());
        }
        let code = request.headers().get(SECOND_FACTOR);
        let code = code.map(|code| SecretBytes::new(code.as_bytes().trim_ascii().to_vec()));
        let kind = match request.headers().contains_key(POLLING) {
            true => RequestKind::Polling,
            false => RequestKind::Deliberate,
        };
        let known = Known::default();
        request.extensions_mut().insert(known.clone());
        Ok(Self { service, who: Who::Knocks(Knock { credentials, code, kind }), known })
    }

    /// The service that is asked.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Runs a use case as this caller: one trip to the blocking threads for both.
    ///
    /// # Errors
    /// What log-in, token or use case refuse.
    pub async fn act<T: Send + 'static>(
        self,
        work: impl FnOnce(&Archive, &Caller) -> Result<T, ArchiveRefusal> + Send + 'static,
    ) -> Result<T, Problem> {
        self.act_or_problem(move |archive, caller| work(archive, caller).map_err(Problem::from)).await
    }

    /// As [`Asker::act`], for work that also reads what the request says.
    ///
    /// # Errors
    /// What log-in, token or work refuse.
    pub async fn act_or_problem<T: Send + 'static>(
        self,
        work: impl FnOnce(&Archive, &Caller) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let Self { service, who, known } = self;
        let fairness = Arc::clone(service.fairness());
        service
            .run_or_problem(move |archive| {
                let (caller, _turn) = who.inside(archive, &fairness)?;
                known.now();
                work(archive, &caller).map_err(|problem| confined(&caller, problem))
            })
            .await
    }

    /// Finds out who asks, before the body of a long request is read.
    ///
    /// # Errors
    /// What log-in or token refuse.
    pub async fn enter(self) -> Result<Inside, Problem> {
        let Self { service, who, .. } = self.let_in().await?;
        match who {
            Who::Inside(caller, turn) => Ok(Inside { service, caller: *caller, turn }),
            Who::Knocks(_) => Err(Refusal::Internal { request: String::new() }.into()),
        }
    }

    async fn let_in(self) -> Result<Self, Problem> {
        let Self { service, who, known } = self;
        let fairness = Arc::clone(service.fairness());
        // Whom nobody has to look up is let in here: it saves a trip to the blocking threads.
        let who = who.at_sight(service.archive(), &fairness)?;
        if matches!(who, Who::Inside(..)) {
            known.now();
            return Ok(Self { service, who, known });
        }
        let inside = service.run_or_problem(move |archive| who.inside(archive, &fairness)).await;
        let (caller, turn) = inside?;
        known.now();
        Ok(Self { service, who: Who::Inside(caller, turn), known })
    }
}

impl Who {
    /// Lets in whose token was looked at a moment ago.
    fn at_sight(self, archive: &Archive, fairness: &Arc<Fairness>) -> Result<Self, Problem> {
        match self {
            Self::Knocks(knock) => match knock.remembered(archive) {
                Some(caller) => {
                    let turn = fairness.turn(caller.user())?;
                    Ok(Self::Inside(Box::new(caller), Some(turn)))
                }
                None => Ok(Self::Knocks(knock)),
            },
            inside @ Self::Inside(..) => Ok(inside),
        }
    }

    /// Looks at the credentials, if that was not done, and takes a turn.
    fn inside(
        self,
        archive: &Archive,
        fairness: &Arc<Fairness>,
    ) -> Result<(Box<Caller>, Option<Place>), Problem> {
        match self {
            Self::Inside(caller, turn) => Ok((caller, turn)),
            Self::Knocks(knock) => {
                let caller = knock.caller(archive)?;
                // The local operator is this machine's owner, and bounded by it.
                let turn = (!caller.is_local()).then(|| fairness.turn(caller.user())).transpose()?;
                Ok((Box::new(caller), turn))
            }
        }
    }
}

/// True if the head announces a body.
pub fn body_follows(request: &HttpRequest) -> bool {
    match declared_length(request) {
        Some(length) => length > 0,
        // HTTP/2 needs no announcement; HTTP/1 sends none without it.
        None => {
            request.headers().contains_key(header::TRANSFER_ENCODING)
                || (request.version() == Version::HTTP_2 && changes_something(request.method()))
        }
    }
}

/// Who has to change the password first has no role until then: lists and searches find nothing in
/// reach and say so. The reason is the password, and it is what the person has to hear.
fn confined(caller: &Caller, problem: Problem) -> Problem {
    match problem.refusal {
        Refusal::Forbidden | Refusal::NotFound if caller.must_change_password() => {
            Problem { refusal: Refusal::PasswordChangeRequired, ..problem }
        }
        _ => problem,
    }
}

impl Knock {
    /// The bearer of a token that is known by heart; nobody with a code to check.
    fn remembered(&self, archive: &Archive) -> Option<Caller> {
        match (&self.credentials, &self.code) {
            (Credentials::Bearer(token), None) => archive.remembered_bearer(token.expose_text()?),
            _ => None,
        }
    }

    /// Finds out who it is, with the second factor where it was shown.
    fn caller(&self, archive: &Archive) -> Result<Caller, ArchiveRefusal> {
        let caller = self.credentials.caller(archive, self.kind)?;
        match self.code.as_ref().and_then(SecretBytes::expose_text) {
            Some(code) => archive.with_second_factor(&caller, code),
            None => Ok(caller),
        }
    }
}

impl Credentials {
    fn caller(&self, archive: &Archive, request: RequestKind) -> Result<Caller, ArchiveRefusal> {
        match self {
            Self::Bearer(secret) => {
                archive.caller_of_bearer(secret.expose_text().unwrap_or_default(), request)
            }
            Self::Cookie(secret) => {
                archive.caller_of_session(secret.expose_text().unwrap_or_default(), request)
            }
            Self::LocalOperator => archive.local_operator(),
            Self::Nobody => Err(ArchiveRefusal::Forbidden),
        }
    }
}

fn read_credentials(request: &HttpRequest, secure: bool) -> Result<Credentials, Problem> {
    if let Some(field) = request.headers().get(header::AUTHORIZATION) {
        let token = field.to_str().ok().and_then(|field| {
            let (scheme, token) = field.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        // A field that cannot be read is not taken for silence: silence may be the local operator.
        let token = token.ok_or_else(|| Problem::from(Refusal::TokenInvalid))?;
        return Ok(Credentials::Bearer(SecretBytes::new(token.as_bytes().to_vec())));
    }
    if let Some(cookie) = request.cookie(cookie_name(secure)) {
        return Ok(Credentials::Cookie(SecretBytes::new(cookie.value().as_bytes().to_vec())));
    }
    match request.conn_data::<Door>() {
        Some(Door::Socket { same_user: true }) => Ok(Credentials::LocalOperator),
        Some(Door::Socket { same_user: false } | Door::Address) | None => Ok(Credentials::Nobody),
    }
}

/// Asks the permission table about what belongs to the archive as a whole and has no use case of
/// its own: counters, checkpoints.
///
/// # Errors
/// `forbidden`.
pub fn permit_on_archive(
    caller: &Caller,
    resource: Resource,
    action: Action,
    now: Moment,
) -> Result<(), Problem> {
    let decision = decide(caller.rights(), resource, action, Some(&Target::archive()), now);
    Refusal::of_decision(decision).map_or(Ok(()), |refusal| Err(refusal.into()))
}

fn changes_something(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// A request that a browser sends with its cookie must come from our own page: its own word
/// (`Sec-Fetch-Site`) where it gives one, otherwise the origin, which must be this host.
///
/// # Errors
/// `cross_site`.
pub fn check_same_site(request: &HttpRequest) -> Result<(), Problem> {
    let field = |name: &str| request.headers().get(name).and_then(|field| field.to_str().ok());
    let fine = match field("sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => match (field("origin"), field("host")) {
            (Some(origin), Some(host)) => {
                origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
            }
            (None, _) | (_, None) => false,
        },
    };
    if fine { Ok(()) } else { Err(Refusal::CrossSite.into()) }
}

/// As [`check_same_site`], for requests without a cookie yet: refused only if a browser says that
/// another site's page sent it.
///
/// # Errors
/// `cross_site`.
pub fn check_not_cross_site(request: &HttpRequest) -> Result<(), Problem> {
    let by_browser = ["sec-fetch-site", "origin"].iter().any(|name| request.headers().contains_key(*name));
    if by_browser { check_same_site(request) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_cookie_counts_only_on_requests_from_our_own_page() {
        for (fields, fine) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "none")][..], true),
            (&[("sec-fetch-site", "same-site")][..], false),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "http://localhost:8420"),
                    ("host", "localhost:8420"),
                ][..],
                false,
            ),
            (&[("origin", "http://localhost:8420"), ("host", "localhost:8420")][..], true),
            (&[("origin", "http://evil.example"), ("host", "localhost:8420")][..], false),
            (&[("origin", "null"), ("host", "localhost:8420")][..], false),
            (&[("host", "localhost:8420")][..], false),
            (&[][..], false),
        ] {
            let mut request = TestRequest::post();
            for field in fields {
                request = request.insert_header(*field);
            }
            assert_eq!(check_same_site(&request.to_http_request()).is_ok(), fine, "{fields:?}");
        }
    }

    #[test]
    fn an_authorization_that_cannot_be_read_is_never_silence() {
        for field in ["", "Basic YTpi", "Bearer", "mun_t_x"] {
            let request = TestRequest::get().insert_header(("authorization", field)).to_http_request();
            assert!(read_credentials(&request, false).is_err(), "{field}");
        }
        let request =
            TestRequest::get().insert_header(("authorization", "bearer  mun_t_x ")).to_http_request();
        assert!(matches!(read_credentials(&request, false), Ok(Credentials::Bearer(_))));
    }

    #[test]
    fn nobody_is_the_local_operator_without_the_kernels_word() {
        let request = TestRequest::get().to_http_request();
        assert!(matches!(read_credentials(&request, false), Ok(Credentials::Nobody)));
    }

    #[test]
    fn a_cookie_without_the_host_prefix_does_not_count_behind_tls() {
        let cookie = actix_web::cookie::Cookie::new(COOKIE_PLAIN, "mun_s_x");
        let request = TestRequest::get().cookie(cookie).to_http_request();
        assert!(matches!(read_credentials(&request, true), Ok(Credentials::Nobody)));
        assert!(matches!(read_credentials(&request, false), Ok(Credentials::Cookie(_))));
    }
}
