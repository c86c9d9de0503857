//! Gives and takes roles. They hold from the next request on.

use std::sync::Arc;

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::role::{Role, Roles};
use crate::base::id::UserId;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::store::Tx;
use crate::store::rows::users::{self, UserRoleRow};

use super::create::some_role;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::roles_of;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller};

impl Archive {
    /// Replaces a user's roles.
    ///
    /// # Errors
    /// Not permitted (nobody changes the own roles), no such user, no role,
    /// [`Refusal::LastAdministrator`], or [`Refusal::WrongState`] if nothing would change.
    pub fn change_roles(&self, caller: &Caller, user: UserId, roles: &Roles) -> Result<(), Refusal> {
        let row = self.inner.store.read(|conn| users::get(conn, user))?;
        let target = row.map(|row| Target::of_user(row.id));
        let now = self.inner.now();
        caller.permit((Action::Change, Resource::User), target.as_ref(), Thing::User, now)?;
        some_role(roles)?;
        let (roles, actor) = (roles.clone(), caller.actor());
        let shared = Arc::clone(&self.inner);
        let written = self.inner.store.write(move |tx| {
            shared.must_be_vouched(tx, &Bound::User(user), Thing::User)?;
            let before = roles_of(tx.conn(), user)?;
            if before == roles {
                return Err(Refusal::WrongState);
            }
            replace_roles(tx, user, &before, &roles)?;
            keep_an_administrator(tx)?;
            let facts = json!({"before": words(&before), "roles": words(&roles)});
            let facts = bind(tx.conn(), facts, &[Bound::User(user)])?;
            tx.enter(EntryDraft { kind: EntryKind::RoleChanged, subject: user.to_string(), actor, facts })?;
            Ok(())
        });
        written.map(|_| ()).map_err(Refusal::from)
    }
}

/// Writes the difference.
pub(super) fn replace_roles(
    tx: &mut Tx<'_>,
    user: UserId,
    before: &Roles,
    after: &Roles,
) -> Result<(), Refusal> {
    let row = |role: Role| UserRoleRow { user_id: user, role: role.as_str().to_owned() };
    for role in before.iter().filter(|role| !after.has(*role)) {
        users::remove_role(tx.conn(), &row(role))?;
    }
    for role in after.iter().filter(|role| !before.has(*role)) {
        users::add_role(tx.conn(), &row(role))?;
    }
    Ok(())
}

/// Refuses what would leave nobody to manage users.
pub(super) fn keep_an_administrator(tx: &mut Tx<'_>) -> Result<(), Refusal> {
    match users::count_active_with_role(tx.conn(), Role::Administrator.as_str())? {
        0 => Err(Refusal::LastAdministrator),
        _ => Ok(()),
    }
}

fn words(roles: &Roles) -> Vec<&'static str> {
    roles.iter().map(Role::as_str).collect()
}
