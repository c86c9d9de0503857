//! Log-in and log-out, the own account, sessions and tokens.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, http::header};
use serde::Serialize;
use utoipa::ToSchema;

use super::users::UserBody;
use super::{Path, answer, id};
use crate::access::permission::{Action, Resource};
use crate::archive::users::{LogIn, PasswordChange, SessionLabel, SessionRef, SessionView};
use crate::base::id::UserId;
use crate::base::secret::SecretBytes;
use crate::record::request::{FaultCode, ObjectReader};
use crate::web::body::{self, FromJson};
use crate::web::guard::{Asker, SECOND_FACTOR, check_not_cross_site, cookie_name};
use crate::web::observe::no_content;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, Parameter, field, json};
use crate::web::state::Service;

/// The code of the second factor, where a step asks for it again.
pub(super) const CODE: Parameter = field(SECOND_FACTOR, "The code of the second factor, for who has one.");

/// What somebody types to log in.
#[derive(ToSchema)]
pub struct LogInBody {
    /// The name.
    name: String,
    /// The password.
    #[schema(value_type = String)]
    password: SecretBytes,
    /// The code of the second factor, if there is one.
    #[schema(value_type = Option<String>)]
    code: Option<SecretBytes>,
    /// True for a browser: the session then comes as a cookie and not in the body.
    cookie: Option<bool>,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub struct SessionBody {
    /// What the session is called in lists.
    id: String,
    /// Whose it is.
    user: String,
    /// The token, shown this once; absent where it came as a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// When it ends in any case.
    expires_at: String,
    /// True if nothing may be done before the password is changed.
    must_change_password: bool,
}

/// A session in a list.
#[derive(Serialize, ToSchema)]
pub struct SessionLine {
    /// What it is called.
    id: String,
    /// From what kind of program.
    label: String,
    /// When it began.
    created_at: String,
    /// When something was last done in it.
    seen_at: String,
    /// When it ends in any case.
    expires_at: String,
    /// True for the session that asks.
    current: bool,
    /// True where it is not as the ledger says: nobody comes in by it; absent where it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    damaged: bool,
}

/// Sessions of one person.
#[derive(Serialize, ToSchema)]
pub struct SessionList {
    /// The sessions.
    items: Vec<SessionLine>,
}

/// A new password.
#[derive(ToSchema)]
pub struct PasswordBody {
    /// The password so far.
    #[schema(value_type = String)]
    old: SecretBytes,
    /// The new one.
    #[schema(value_type = String)]
    new: SecretBytes,
}

/// A second factor that waits to be confirmed.
#[derive(Serialize, ToSchema)]
pub struct SecondFactorBody {
    /// The secret, in base32, shown this once.
    secret: String,
    /// The otpauth address for a QR code.
    address: String,
}

/// A code of the second factor.
#[derive(ToSchema)]
pub struct CodeBody {
    /// Six digits.
    #[schema(value_type = String)]
    code: SecretBytes,
}

pub(super) fn group() -> Group {
    Group {
        name: "account",
        description: "Log-in, the own account, sessions and tokens.",
        operations: [own(), open_sessions(), super::tokens::operations()].concat(),
    }
}

fn own() -> Vec<Operation> {
    vec![
        Operation::post("/api/v1/sessions", "log_in", || web::to(log_in))
            .says("Logs in with name, password and second factor.")
            .takes(json(route::of::<LogInBody>))
            .gives(201, "A session.", Some(json(route::of::<SessionBody>))),
        Operation::delete("/api/v1/sessions/current", "log_out", || web::to(log_out))
            .says("Ends the session that asks.")
            .row(Resource::Session, Action::Remove)
            .gives(204, "It is ended.", None),
        Operation::get("/api/v1/me", "who_am_i", || web::to(me))
            .says("The own account.")
            .row(Resource::Account, Action::Read)
            .gives(200, "The account.", Some(json(route::of::<UserBody>))),
        Operation::put("/api/v1/me/password", "change_password", || web::to(change_password))
            .says("Changes the own password; other sessions end.")
            .row(Resource::Account, Action::Change)
            .with(CODE)
            .takes(json(route::of::<PasswordBody>))
            .gives(204, "It is changed.", None),
        Operation::post("/api/v1/me/second-factor", "enrol_second_factor", || web::to(enrol))
            .says("Begins to enrol a second factor (TOTP).")
            .row(Resource::Account, Action::Change)
            .with(CODE)
            .gives(201, "The secret, shown this once.", Some(json(route::of::<SecondFactorBody>))),
        Operation::put("/api/v1/me/second-factor", "confirm_second_factor", || web::to(confirm))
            .says("Confirms the second factor by a code.")
            .row(Resource::Account, Action::Change)
            .takes(json(route::of::<CodeBody>))
            .gives(204, "It counts from now on.", None),
        Operation::delete("/api/v1/me/second-factor", "remove_second_factor", || web::to(remove_factor))
            .says("Takes the own second factor off.")
            .row(Resource::Account, Action::Change)
            .with(CODE)
            .gives(204, "It is gone.", None),
    ]
}

fn open_sessions() -> Vec<Operation> {
    vec![
        Operation::get("/api/v1/users/{id}/sessions", "list_sessions", || web::to(sessions))
            .says("A person's open sessions.")
            .row(Resource::Session, Action::List)
            .gives(200, "The sessions.", Some(json(route::of::<SessionList>))),
        Operation::delete("/api/v1/users/{id}/sessions/{session}", "revoke_session", || {
            web::to(revoke_session)
        })
        .says("Ends a person's session.")
        .row(Resource::Session, Action::Remove)
        .gives(204, "It is ended.", None),
    ]
}

/// A secret text; it is wiped where it ends up.
fn secret(reader: &mut ObjectReader<'_>, key: &'static str) -> Option<SecretBytes> {
    reader.text(key, |text| Ok::<_, FaultCode>(SecretBytes::new(text.as_bytes().to_vec())))
}

pub(super) fn exposed(secret: &SecretBytes) -> &str {
    secret.expose_text().unwrap_or_default()
}

impl FromJson for LogInBody {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let name = reader.text("name", |text| Ok::<_, FaultCode>(text.to_owned()));
        let password = secret(reader, "password");
        let code = secret(reader, "code");
        let cookie = reader.boolean("cookie");
        reader.require(&["name", "password"]);
        Some(Self { name: name?, password: password?, code, cookie })
    }
}

async fn log_in(
    service: Data<Service>,
    request: HttpRequest,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    check_not_cross_site(&request)?;
    let body: LogInBody = body::read_from_stranger(&request, &mut payload).await?;
    let agent = request.headers().get(header::USER_AGENT).and_then(|field| field.to_str().ok());
    let label = SessionLabel::of_user_agent(agent.unwrap_or_default());
    // Behind a proxy on this machine everybody has its address: such failures are counted by name only.
    let source = request.peer_addr().map(|peer| peer.ip()).filter(|ip| !ip.is_loopback());
    let by_cookie = body.cookie == Some(true);
    let session = service
        .run(move |archive| {
            let source = source.map(|ip| ip.to_string());
            archive.log_in(&LogIn {
                name: &body.name,
                password: exposed(&body.password),
                code: body.code.as_ref().map(exposed),
                label,
                source: source.as_deref(),
            })
        })
        .await?;
    let token = exposed(&session.secret).to_owned();
    let mut response = answer(
        201,
        &SessionBody {
            id: session.id.as_str().to_owned(),
            user: session.user.to_string(),
            token: (!by_cookie).then(|| token.clone()),
            expires_at: session.expires_at.to_rfc3339(),
            must_change_password: session.must_change_password,
        },
    );
    if by_cookie {
        set_cookie(&mut response, &cookie(&service, token));
    }
    Ok(response)
}

/// The session cookie: for this host only, out of reach of scripts and of other sites' requests.
fn cookie(service: &Service, value: String) -> Cookie<'static> {
    Cookie::build(cookie_name(service.is_secure()), value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(service.is_secure())
        .finish()
}

fn set_cookie(response: &mut HttpResponse, cookie: &Cookie<'_>) {
    if let Err(error) = response.add_cookie(cookie) {
        tracing::error!(%error, "a cookie cannot be written");
    }
}

async fn log_out(asker: Asker) -> Result<HttpResponse, Problem> {
    let service = asker.service().clone();
    asker.act(|archive, caller| archive.log_out(caller)).await?;
    let mut response = no_content();
    let mut gone = cookie(&service, String::new());
    gone.make_removal();
    set_cookie(&mut response, &gone);
    Ok(response)
}

async fn me(asker: Asker) -> Result<HttpResponse, Problem> {
    let user = asker.act(|archive, caller| archive.who_am_i(caller)).await?;
    Ok(answer(200, &UserBody::from(user)))
}

impl FromJson for PasswordBody {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let (old, new) = (secret(reader, "old"), secret(reader, "new"));
        reader.require(&["old", "new"]);
        Some(Self { old: old?, new: new? })
    }
}

async fn change_password(
    asker: Asker,
    request: HttpRequest,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let body: PasswordBody = body::read(&request, &mut payload).await?;
    asker
        .act(move |archive, caller| {
            let change = PasswordChange { old: exposed(&body.old), new: exposed(&body.new) };
            archive.change_own_password(caller, change)
        })
        .await?;
    Ok(no_content())
}

async fn enrol(asker: Asker) -> Result<HttpResponse, Problem> {
    let made = asker.act(|archive, caller| archive.enrol_second_factor(caller)).await?;
    let body = SecondFactorBody {
        secret: exposed(&made.secret).to_owned(),
        address: exposed(&made.address).to_owned(),
    };
    Ok(answer(201, &body))
}

impl FromJson for CodeBody {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let code = secret(reader, "code");
        reader.require(&["code"]);
        Some(Self { code: code? })
    }
}

async fn confirm(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let body: CodeBody = body::read(&request, &mut payload).await?;
    asker.act(move |archive, caller| archive.confirm_second_factor(caller, exposed(&body.code))).await?;
    Ok(no_content())
}

async fn remove_factor(asker: Asker) -> Result<HttpResponse, Problem> {
    asker.act(|archive, caller| archive.remove_second_factor(caller)).await?;
    Ok(no_content())
}

impl From<SessionView> for SessionLine {
    fn from(view: SessionView) -> Self {
        Self {
            id: view.id.as_str().to_owned(),
            label: view.label,
            created_at: view.created_at.to_rfc3339(),
            seen_at: view.seen_at.to_rfc3339(),
            expires_at: view.expires_at.to_rfc3339(),
            current: view.current,
            damaged: view.damaged,
        }
    }
}

async fn sessions(asker: Asker, user: Path) -> Result<HttpResponse, Problem> {
    let user = id(&user, UserId::parse)?;
    let items = asker.act(move |archive, caller| archive.list_sessions(caller, user)).await?;
    Ok(answer(200, &SessionList { items: items.into_iter().map(SessionLine::from).collect() }))
}

async fn revoke_session(asker: Asker, path: web::Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (user, session) = path.into_inner();
    let user = id(&user, UserId::parse)?;
    asker
        .act(move |archive, caller| archive.revoke_session(caller, user, &SessionRef::parse(&session)?))
        .await?;
    Ok(no_content())
}
