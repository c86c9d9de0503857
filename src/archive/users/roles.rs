//! Gives and takes roles. They hold from the next request on.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::role::{Role, Roles};
use crate::access::two_person::{TwoPersonAction, takes_two};
use crate::base::id::{ApprovalId, UserId};
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::store::Tx;
use crate::store::rows::users::{self, UserRoleRow};

use super::create::some_role;
use crate::archive::approvals::Step;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::roles_of;
use crate::archive::matters::readers;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller};

impl Archive {
    /// Replaces a user's roles. To give a role that approves, or to take an administrator's away, takes a
    /// second administrator, once there is one.
    ///
    /// # Errors
    /// Not permitted (nobody changes the own roles), no such user, no role,
    /// [`Refusal::LastAdministrator`], [`Refusal::LastReader`], [`Refusal::WrongState`] if nothing would change, or the approval
    /// (asked for with the roles as parameters) is missing or does not fit.
    pub fn change_roles(
        &self,
        caller: &Caller,
        user: UserId,
        roles: &Roles,
        approval: Option<ApprovalId>,
    ) -> Result<(), Refusal> {
        let row = self.inner.store.read(|conn| users::get(conn, user))?;
        let target = row.map(|row| Target::of_user(row.id));
        let now = self.inner.now();
        let may = caller.warrant((Action::Change, Resource::User), target.as_ref(), Thing::User, now)?;
        some_role(roles)?;
        let (inner, roles, by, actor) =
            (Arc::clone(&self.inner), roles.clone(), caller.user(), caller.actor());
        let written = self.inner.write_as(caller, may, move |tx, _| {
            inner.must_be_vouched(tx, &Bound::User(user), Thing::User)?;
            let before = roles_of(tx.conn(), user)?;
            if before == roles {
                return Err(Refusal::WrongState);
            }
            let subject = user.to_string();
            let step = Step {
                action: TwoPersonAction::Appoint,
                subject: &subject,
                parameters: &appointment(&roles),
                target: &Target::of_user(user),
                by,
                approval,
            };
            let countersign = match takes_two(&before, &roles) {
                true => Some(step.countersign(&inner, tx)?.to_fact()),
                false => None,
            };
            if readers::reads(&before) && !readers::reads(&roles) {
                readers::must_remain(tx.conn(), user, None)?;
            }
            replace_roles(tx, user, &before, &roles)?;
            keep_an_administrator(tx)?;
            let mut facts = json!({"before": words(&before), "roles": words(&roles)});
            let mut rows = vec![Bound::User(user)];
            if let (Some(countersign), Some(facts)) = (countersign, facts.as_object_mut()) {
                facts.insert("countersigned".to_owned(), countersign);
                rows.extend(approval.map(Bound::Approval));
            }
            let facts = bind(tx.conn(), facts, &rows)?;
            tx.enter(EntryDraft { kind: EntryKind::RoleChanged, subject, actor, facts })?;
            Ok(())
        });
        written.map(|_| ()).map_err(Refusal::from)
    }
}

/// What the approval of an appointment has to be asked for with: the roles that the user is to have.
pub fn appointment(roles: &Roles) -> Value {
    json!({"roles": words(roles)})
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
