//! Shows users: to those who manage them, to those who pick people for matters and grants, and to
//! themselves.

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::role::{Role, Roles};
use crate::access::scope::Level;
use crate::base::id::{CaseId, MatterId, UserId};
use crate::base::limits::PAGE_ITEMS_MAX;
use crate::base::moment::Moment;
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::users::{self, UserRow, UserState};
use crate::store::rows::{Before, cells};

use super::SECOND_FACTOR;
use super::profile::{Account, UserProfile};
use crate::access::rights::Via;
use crate::archive::caller::rights_in;
use crate::archive::last_words::UserRows;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller};

/// A user, at the caller's level.
#[derive(Clone, PartialEq, Eq)]
pub struct UserView {
    /// The user.
    pub id: UserId,
    /// The log-in name; `None` for those who see ids only.
    pub name: Option<String>,
    /// The roles.
    pub roles: Roles,
    /// Whether they may come in.
    pub state: UserState,
    /// When the account was made.
    pub created_at: Moment,
    /// True until the one-time password is changed.
    pub must_change_password: bool,
    /// True if a second factor is asked for.
    pub second_factor: bool,
    /// The cases granted.
    pub cases: Vec<CaseId>,
    /// The matters granted.
    pub matters: Vec<MatterId>,
}

/// A page of users, newest first.
pub struct UserPage {
    /// The users.
    pub users: Vec<UserView>,
    /// Where the next page begins, if there is one.
    pub next: Option<UserCursor>,
}

/// Where a page of users begins: behind this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserCursor {
    /// When the last shown user was made.
    pub at: Moment,
    /// The last shown user.
    pub id: UserId,
}

impl Archive {
    /// A page of users, newest first, at most `limit` (and never more than 500).
    ///
    /// # Errors
    /// Not permitted.
    pub fn list_users(
        &self,
        caller: &Caller,
        after: Option<UserCursor>,
        limit: u32,
    ) -> Result<UserPage, Refusal> {
        let now = self.inner.now();
        let level =
            caller.permit((Action::List, Resource::User), Some(&Target::archive()), Thing::User, now)?;
        let limit = limit.clamp(1, u32::try_from(PAGE_ITEMS_MAX).unwrap_or(u32::MAX));
        let before = after.map(|cursor| Before { at: cursor.at, id: cursor.id });
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            // One more than asked for, to see whether there is a next page.
            let mut rows = users::page(conn, before, limit + 1)?;
            let more = rows.len() > limit as usize;
            rows.truncate(limit as usize);
            let next = rows.last().filter(|_| more).map(|row| UserCursor { at: row.created_at, id: row.id });
            let named = sees_names(caller, level);
            let users = rows.into_iter().map(|row| view(&keys, conn, row, named));
            Ok(UserPage { users: users.collect::<Result<_, Refusal>>()?, next })
        })
    }

    /// One user.
    ///
    /// # Errors
    /// Not permitted, or no such user.
    pub fn show_user(&self, caller: &Caller, user: UserId) -> Result<UserView, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            let row = users::get(conn, user)?;
            let target = row.as_ref().map(|row| Target::of_user(row.id));
            let level = caller.permit((Action::Read, Resource::User), target.as_ref(), Thing::User, now)?;
            let row = row.ok_or(Refusal::NotFound(Thing::User))?;
            view(&keys, conn, row, sees_names(caller, level))
        })
    }

    /// Finds a user by log-in name, for those who see names. Whether there is one is not looked at before.
    ///
    /// # Errors
    /// Not permitted, or no such user.
    pub fn user_by_name(&self, caller: &Caller, name: &str) -> Result<UserView, Refusal> {
        let now = self.inner.now();
        let all = Target::archive();
        let level = caller.permit((Action::List, Resource::User), Some(&all), Thing::User, now)?;
        if !sees_names(caller, level) {
            return Err(Refusal::Forbidden);
        }
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            let found = Account::by_name(&keys, conn, name)?;
            let target = found.as_ref().map(|account| Target::of_user(account.row.id));
            caller.permit((Action::Read, Resource::User), target.as_ref(), Thing::User, now)?;
            view(&keys, conn, found.ok_or(Refusal::NotFound(Thing::User))?.row, true)
        })
    }

    /// The caller's own account. Open also to who must change the password first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn who_am_i(&self, caller: &Caller) -> Result<UserView, Refusal> {
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            let row = users::get(conn, caller.user())?.ok_or(Refusal::NotFound(Thing::User))?;
            view(&keys, conn, row, true)
        })
    }
}

impl Caller {
    /// The caller's log-in name, read and opened when it is asked for.
    ///
    /// # Errors
    /// The database cannot be read, or the profile does not open.
    pub fn name(&self, archive: &Archive) -> Result<String, Refusal> {
        let keys = archive.inner.keys();
        let profile = archive.inner.store.read(|conn| UserProfile::read(&keys, conn, self.user()))?;
        Ok(profile.name)
    }
}

/// The matrix gives legal and privacy facts only, but for a purpose that needs names: "Legal and
/// privacy pick people by name for matters and grants". Auditors see ids, as in the ledger.
pub(in crate::archive) fn sees_names(caller: &Caller, level: Level) -> bool {
    level == Level::Full
        || [Role::Legal, Role::PrivacyOfficer].into_iter().any(|role| caller.rights().roles.has(role))
}

fn view(keys: &Keyring, conn: &mut Conn, row: UserRow, named: bool) -> Result<UserView, Refusal> {
    let rows = UserRows::read(conn, row.id)?.ok_or(Refusal::NotFound(Thing::User))?;
    let rights = rights_in(&rows, Via::Session)?;
    let name = match named {
        true => Some(UserProfile::read(keys, conn, row.id)?.name),
        false => None,
    };
    Ok(UserView {
        id: row.id,
        name,
        roles: rights.roles,
        state: row.state,
        created_at: row.created_at,
        must_change_password: row.must_change_password,
        second_factor: cells::get(conn, &row.id.to_string(), SECOND_FACTOR)?.is_some(),
        cases: rights.cases.into_iter().collect(),
        matters: rights.matters.into_iter().collect(),
    })
}
