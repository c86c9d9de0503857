//! Users, their roles, and the cases and matters granted to them.

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::account::CODE;
use super::page::{Paging, Query};
use super::{Path, answer, id, page};
use crate::access::permission::{Action, Resource};
use crate::access::role::{Role, Roles};
use crate::archive::users::{
    CreatedUser, Granted, Grantee, NewUser, Reset, UserCursor, UserName, UserPage, UserView,
};
use crate::base::id::{ApprovalId, CaseId, MatterId, UserId};
use crate::record::request::{FaultCode, ObjectReader};
use crate::store::rows::Before;
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::observe::no_content;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, json};

/// A user of the archive.
#[derive(Serialize, ToSchema)]
pub struct UserBody {
    /// The user.
    pub id: String,
    /// The name to log in with, for those who may read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The roles.
    pub roles: Vec<String>,
    /// active, disabled or removed.
    pub state: String,
    /// When the account was made.
    pub created_at: String,
    /// True if nothing may be done before the password is changed.
    pub must_change_password: bool,
    /// True if a second factor is enrolled.
    pub second_factor: bool,
    /// Cases granted.
    pub cases: Vec<String>,
    /// Matters granted.
    pub matters: Vec<String>,
    /// True where the user is not as the ledger says: then neither name nor roles nor grants are told; absent
    /// where it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub damaged: bool,
}

/// A page of users.
#[derive(Serialize, ToSchema)]
pub struct UserList {
    /// The users.
    pub items: Vec<UserBody>,
    /// Where the next page begins; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A user to be.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `NewUser`")]
pub struct NewUserBody {
    /// The name to log in with.
    name: String,
    /// The roles.
    roles: Vec<String>,
}

/// A user that was made.
#[derive(Serialize, ToSchema)]
pub struct CreatedUserBody {
    /// The user.
    id: String,
    /// A one-time password, shown this once.
    password: String,
}

/// A user's name; in a body, because names stand in no URL.
#[derive(ToSchema)]
pub struct UserNamed {
    /// The name.
    name: String,
}

/// Roles.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `Roles`")]
pub struct RolesBody {
    /// All the roles that the person is to have.
    roles: Vec<String>,
    /// The second administrator's approval, where roles that approve are given or an administrator's is taken.
    approval: Option<String>,
}

/// What of a person's credentials is to be set anew.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `Reset`")]
pub struct ResetBody {
    /// password, second_factor or both.
    reset: String,
    /// The approval of a second administrator.
    approval: Option<String>,
}

/// What came of a reset.
#[derive(Serialize, ToSchema)]
pub struct ResetDone {
    /// A one-time password, where one was set; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

/// Who has been granted something.
#[derive(Serialize, ToSchema)]
pub struct GrantList {
    /// The users.
    users: Vec<String>,
    /// Users who are not as the ledger says: whether it is granted to them cannot be told; absent where
    /// there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    damaged: Vec<String>,
}

pub(super) fn group() -> Group {
    Group {
        name: "users",
        description: "Users, their roles, and the cases and matters granted to them.",
        operations: [people(), standing(), grants()].concat(),
    }
}

fn people() -> Vec<Operation> {
    vec![
        Operation::get("/api/v1/users", "list_users", || web::to(list))
            .says("Lists users, the one made last first.")
            .row(Resource::User, Action::List)
            .paged()
            .gives(200, "A page.", Some(json(route::of::<UserList>))),
        Operation::post("/api/v1/users", "create_user", || web::to(create))
            .says("Makes a user with a one-time password.")
            .row(Resource::User, Action::Create)
            .with(CODE)
            .takes(json(route::of::<NewUserBody>))
            .gives(201, "The user.", Some(json(route::of::<CreatedUserBody>))),
        Operation::post("/api/v1/users/named", "user_named", || web::to(named))
            .says("Finds a user by name.")
            .row(Resource::User, Action::Read)
            .takes(json(route::of::<UserNamed>))
            .gives(200, "The user.", Some(json(route::of::<UserBody>))),
        Operation::get("/api/v1/users/{id}", "show_user", || web::to(show))
            .says("Shows a user.")
            .row(Resource::User, Action::Read)
            .gives(200, "The user.", Some(json(route::of::<UserBody>))),
    ]
}

fn standing() -> Vec<Operation> {
    vec![
        Operation::delete("/api/v1/users/{id}", "remove_user", || web::to(remove))
            .says("Ends an account for good; takes a second administrator.")
            .row(Resource::User, Action::Remove)
            .with(CODE)
            .with(route::query("approval", "The approval's id."))
            .gives(204, "It is ended.", None),
        Operation::put("/api/v1/users/{id}/roles", "change_roles", || web::to(change_roles))
            .says("Sets a user's roles; nobody sets the own. Roles that approve take a second administrator.")
            .row(Resource::User, Action::Change)
            .with(CODE)
            .takes(json(route::of::<RolesBody>))
            .gives(204, "They are set.", None),
        Operation::post("/api/v1/users/{id}/disable", "disable_user", || web::to(disable))
            .says("Lets a user in no more, and ends the sessions.")
            .row(Resource::User, Action::Change)
            .with(CODE)
            .gives(204, "It is done.", None),
        Operation::post("/api/v1/users/{id}/enable", "enable_user", || web::to(enable))
            .says("Lets a user in again.")
            .row(Resource::User, Action::Change)
            .with(CODE)
            .gives(204, "It is done.", None),
        Operation::post("/api/v1/users/{id}/reset", "reset_credentials", || web::to(reset))
            .says("Sets a person's password or second factor anew; takes a second administrator.")
            .row(Resource::User, Action::Reset)
            .with(CODE)
            .takes(json(route::of::<ResetBody>))
            .gives(200, "It is done.", Some(json(route::of::<ResetDone>))),
    ]
}

fn grants() -> Vec<Operation> {
    let list = || Some(json(route::of::<GrantList>));
    vec![
        Operation::get("/api/v1/grants/{scope}/{id}", "list_grants", || web::to(list_grants))
            .says("Who has been granted a case or matter (scope: case or matter).")
            .row(Resource::Grant, Action::List)
            .gives(200, "The users.", list()),
        Operation::put("/api/v1/grants/{scope}/{id}/{user}", "grant", || web::to(grant))
            .says("Grants a case or matter to a user.")
            .row(Resource::Grant, Action::Create)
            .with(CODE)
            .gives(204, "It is granted.", None),
        Operation::delete("/api/v1/grants/{scope}/{id}/{user}", "revoke_grant", || web::to(revoke_grant))
            .says("Takes a grant back.")
            .row(Resource::Grant, Action::Remove)
            .gives(204, "It is taken back.", None),
    ]
}

impl From<UserView> for UserBody {
    fn from(view: UserView) -> Self {
        Self {
            id: view.id.to_string(),
            name: view.name,
            roles: view.roles.iter().map(|role| role.as_str().to_owned()).collect(),
            state: view.state.as_str().to_owned(),
            created_at: view.created_at.to_rfc3339(),
            must_change_password: view.must_change_password,
            second_factor: view.second_factor,
            cases: view.cases.iter().map(ToString::to_string).collect(),
            matters: view.matters.iter().map(ToString::to_string).collect(),
            damaged: view.damaged,
        }
    }
}

async fn list(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["cursor", "limit"])?;
    let paging = Paging::of_query(&request, &query)?;
    let service = asker.service().clone();
    let after =
        paging.before(&service, UserId::parse)?.map(|before| UserCursor { at: before.at, id: before.id });
    let items = paging.items();
    let UserPage { users, next } =
        asker.act(move |archive, caller| archive.list_users(caller, after, items)).await?;
    let next = next.map(|next| service.cursors().write(&paging.list, &Before { at: next.at, id: next.id }));
    let body = UserList { items: users.into_iter().map(UserBody::from).collect(), next: next.clone() };
    Ok(page::respond(&request, &body, next.as_deref()))
}

fn read_roles(reader: &mut ObjectReader<'_>) -> Vec<Role> {
    let role = |word: &str| Role::parse(word).map_err(|_| FaultCode::UnknownWord { allowed: Role::WORDS });
    let roles = reader.texts("roles", Role::ALL.len(), role, |a, b| a == b);
    reader.require(&["roles"]);
    roles
}

/// A name and roles, each well formed by itself; whether the roles go together is asked later.
struct NewUserFields {
    name: String,
    roles: Vec<Role>,
}

impl FromJson for NewUserFields {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let name = reader.text("name", |text| Ok::<_, FaultCode>(text.to_owned()));
        let roles = read_roles(reader);
        reader.require(&["name"]);
        Some(Self { name: name?, roles })
    }
}

async fn create(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let fields: NewUserFields = body::read(&request, &mut payload).await?;
    let CreatedUser { id, password } = asker
        .act(move |archive, caller| {
            let new = NewUser { name: UserName::parse(&fields.name)?, roles: Roles::parse(fields.roles)? };
            archive.create_user(caller, &new)
        })
        .await?;
    let password = password.expose_text().unwrap_or_default().to_owned();
    Ok(answer(201, &CreatedUserBody { id: id.to_string(), password }))
}

impl FromJson for UserNamed {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let name = reader.text("name", |text| Ok::<_, FaultCode>(text.to_owned()));
        reader.require(&["name"]);
        Some(Self { name: name? })
    }
}

async fn named(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let body: UserNamed = body::read(&request, &mut payload).await?;
    let user = asker.act(move |archive, caller| archive.user_by_name(caller, &body.name)).await?;
    Ok(answer(200, &UserBody::from(user)))
}

async fn show(asker: Asker, user: Path) -> Result<HttpResponse, Problem> {
    let user = id(&user, UserId::parse)?;
    let user = asker.act(move |archive, caller| archive.show_user(caller, user)).await?;
    Ok(answer(200, &UserBody::from(user)))
}

async fn remove(asker: Asker, request: HttpRequest, user: Path) -> Result<HttpResponse, Problem> {
    let user = id(&user, UserId::parse)?;
    let approval = Query::of(&request, &["approval"])?.read("approval", ApprovalId::parse)?;
    asker.act(move |archive, caller| archive.remove_user(caller, user, approval)).await?;
    Ok(no_content())
}

impl FromJson for (Vec<Role>, Option<ApprovalId>) {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let roles = read_roles(reader);
        Some((roles, reader.text("approval", ApprovalId::parse)))
    }
}

async fn change_roles(
    asker: Asker,
    request: HttpRequest,
    user: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let user = id(&user, UserId::parse)?;
    let (roles, approval): (Vec<Role>, _) = body::read(&request, &mut payload).await?;
    asker
        .act(move |archive, caller| archive.change_roles(caller, user, &Roles::parse(roles)?, approval))
        .await?;
    Ok(no_content())
}

async fn disable(asker: Asker, user: Path) -> Result<HttpResponse, Problem> {
    let user = id(&user, UserId::parse)?;
    asker.act(move |archive, caller| archive.disable_user(caller, user)).await?;
    Ok(no_content())
}

async fn enable(asker: Asker, user: Path) -> Result<HttpResponse, Problem> {
    let user = id(&user, UserId::parse)?;
    asker.act(move |archive, caller| archive.enable_user(caller, user)).await?;
    Ok(no_content())
}

const RESETS: &[&str] = &["password", "second_factor", "both"];

impl FromJson for (Reset, Option<ApprovalId>) {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let reset = reader.text("reset", |word| match word {
            "password" => Ok(Reset::Password),
            "second_factor" => Ok(Reset::SecondFactor),
            "both" => Ok(Reset::Both),
            _ => Err(FaultCode::UnknownWord { allowed: RESETS }),
        });
        let approval = reader.text("approval", ApprovalId::parse);
        reader.require(&["reset"]);
        Some((reset?, approval))
    }
}

async fn reset(
    asker: Asker,
    request: HttpRequest,
    user: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let user = id(&user, UserId::parse)?;
    let (reset, approval) = body::read(&request, &mut payload).await?;
    let password =
        asker.act(move |archive, caller| archive.reset_credentials(caller, user, reset, approval)).await?;
    let password = password.map(|secret| secret.expose_text().unwrap_or_default().to_owned());
    Ok(answer(200, &ResetDone { password }))
}

fn granted(scope: &str, thing: &str) -> Result<Granted, Problem> {
    match scope {
        "case" => Ok(Granted::Case(id(thing, CaseId::parse)?)),
        "matter" => Ok(Granted::Matter(id(thing, MatterId::parse)?)),
        _ => Err(crate::words::Refusal::NotFound.into()),
    }
}

async fn list_grants(asker: Asker, path: web::Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (scope, thing) = path.into_inner();
    let granted = granted(&scope, &thing)?;
    let grantees = asker.act(move |archive, caller| archive.list_grants(caller, granted)).await?;
    let (damaged, users): (Vec<_>, Vec<_>) = grantees.into_iter().partition(|one| one.damaged);
    let ids = |these: Vec<Grantee>| these.iter().map(|one| one.user.to_string()).collect();
    Ok(answer(200, &GrantList { users: ids(users), damaged: ids(damaged) }))
}

type GrantPath = web::Path<(String, String, String)>;

fn grant_of(path: GrantPath) -> Result<(Granted, UserId), Problem> {
    let (scope, thing, user) = path.into_inner();
    Ok((granted(&scope, &thing)?, id(&user, UserId::parse)?))
}

async fn grant(asker: Asker, path: GrantPath) -> Result<HttpResponse, Problem> {
    let (granted, user) = grant_of(path)?;
    asker.act(move |archive, caller| archive.grant(caller, user, granted)).await?;
    Ok(no_content())
}

async fn revoke_grant(asker: Asker, path: GrantPath) -> Result<HttpResponse, Problem> {
    let (granted, user) = grant_of(path)?;
    asker.act(move |archive, caller| archive.revoke_grant(caller, user, granted)).await?;
    Ok(no_content())
}
