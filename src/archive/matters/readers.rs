//! Who can read a matter: an active user to whom it is granted, with a role that reads matters. A matter
//! that nobody can read any more would be lost to the house, and its evidence with it.

use crate::access::permission::{self, Action, Resource};
use crate::access::role::{Role, Roles};
use crate::access::scope::Level;
use crate::archive::caller::roles_of;
use crate::archive::refusal::Refusal;
use crate::base::id::{MatterId, UserId};
use crate::store::rows::users::{self, GrantScope, UserState};
use crate::store::{Conn, StoreError};

/// Matters that a refusal names at most.
const NAMED_MAX: usize = 20;

/// The roles that read a matter which is granted to them, in words and not only as facts.
pub(super) fn roles() -> impl Iterator<Item = Role> {
    let row = permission::find(Resource::Matter, Action::Read);
    Role::ALL.into_iter().filter(move |role| {
        row.is_some_and(|row| {
            let grant = row.cell(*role);
            grant.scope.granted() && grant.level == Level::Full
        })
    })
}

/// True if one of the roles reads matters.
pub(in crate::archive) fn reads(of: &Roles) -> bool {
    roles().any(|role| of.has(role))
}

/// Refuses to take sight from the only person who can read a matter: `matter`, or any that is granted to
/// the person. To be asked before it is taken.
///
/// # Errors
/// [`Refusal::LastReader`].
pub(in crate::archive) fn must_remain(
    conn: &mut Conn,
    user: UserId,
    matter: Option<MatterId>,
) -> Result<(), Refusal> {
    let mut lost = Vec::new();
    if is_reader(conn, user)? {
        for grant in users::grants_of(conn, user)? {
            let Some(id) = matter_of(grant.scope, &grant.scope_id, user)? else { continue };
            if matter.is_none_or(|matter| matter == id) && !has_another_reader(conn, id, user)? {
                lost.push(id);
            }
            if lost.len() == NAMED_MAX {
                break;
            }
        }
    }
    if lost.is_empty() { Ok(()) } else { Err(Refusal::LastReader(lost)) }
}

fn matter_of(scope: GrantScope, id: &str, user: UserId) -> Result<Option<MatterId>, Refusal> {
    match scope {
        GrantScope::Case => Ok(None),
        GrantScope::Matter => MatterId::parse(id).map(Some).map_err(|_| {
            let why = "an id of another form".to_owned();
            Refusal::Store(StoreError::Corrupt { table: "grants", id: user.to_string(), why })
        }),
    }
}

fn has_another_reader(conn: &mut Conn, matter: MatterId, than: UserId) -> Result<bool, Refusal> {
    for grant in users::granted(conn, GrantScope::Matter, &matter.to_string())? {
        if grant.user_id != than && is_reader(conn, grant.user_id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_reader(conn: &mut Conn, user: UserId) -> Result<bool, Refusal> {
    let active = users::get(conn, user)?.is_some_and(|row| row.state == UserState::Active);
    Ok(active && reads(&roles_of(conn, user)?))
}
