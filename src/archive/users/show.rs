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
use crate::store::rows::Before;
use crate::store::rows::users::{self, UserRow, UserState};
use crate::store::{Conn, StoreError};

use super::SECOND_FACTOR;
use super::profile::{Account, UserProfile};
use crate::access::rights::Via;
use crate::archive::caller::rights_in;
use crate::archive::cells::PROFILE;
use crate::archive::last_words::{Claim, UserRows};
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
    /// True if anything of it is not as the ledger says: then the id is told, and nothing else that counts.
    pub damaged: bool,
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
        let look = |conn: &mut Conn| {
            // One more than asked for, to see whether there is a next page.
            let mut rows = users::page(conn, before, limit + 1)?;
            let more = rows.len() > limit as usize;
            rows.truncate(limit as usize);
            let next = rows.last().filter(|_| more).map(|row| UserCursor { at: row.created_at, id: row.id });
            let named = sees_names(caller, level);
            let users = rows.into_iter().map(|row| self.user_line(&keys, conn, row, named));
            Ok(UserPage { users: users.collect::<Result<_, Refusal>>()?, next })
        };
        self.inner.settled(look, |page| page.users.iter().all(|user| !user.damaged))
    }

    /// One user.
    ///
    /// # Errors
    /// Not permitted, or no such user; [`Refusal::Damaged`] if it is not as the ledger says.
    pub fn show_user(&self, caller: &Caller, user: UserId) -> Result<UserView, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        self.inner.vouched(|conn| {
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
    /// Not permitted, or no such user; [`Refusal::Damaged`] if it is not as the ledger says.
    pub fn user_by_name(&self, caller: &Caller, name: &str) -> Result<UserView, Refusal> {
        let now = self.inner.now();
        let all = Target::archive();
        let level = caller.permit((Action::List, Resource::User), Some(&all), Thing::User, now)?;
        if !sees_names(caller, level) {
            return Err(Refusal::Forbidden);
        }
        let keys = self.inner.keys();
        self.inner.vouched(|conn| {
            let found = Account::by_name(&keys, conn, name)?;
            let target = found.as_ref().map(|account| Target::of_user(account.row.id));
            caller.permit((Action::Read, Resource::User), target.as_ref(), Thing::User, now)?;
            view(&keys, conn, found.ok_or(Refusal::NotFound(Thing::User))?.row, true)
        })
    }

    /// The caller's own account. Open also to who must change the password first.
    ///
    /// # Errors
    /// The database cannot be read; [`Refusal::Damaged`] if it is not as the ledger says.
    pub fn who_am_i(&self, caller: &Caller) -> Result<UserView, Refusal> {
        let keys = self.inner.keys();
        self.inner.vouched(|conn| {
            let row = users::get(conn, caller.user())?.ok_or(Refusal::NotFound(Thing::User))?;
            view(&keys, conn, row, true)
        })
    }
}

impl Caller {
    /// The caller's log-in name, read and opened when it is asked for.
    ///
    /// # Errors
    /// The database cannot be read, or the profile is not as the ledger says.
    pub fn name(&self, archive: &Archive) -> Result<String, Refusal> {
        let keys = archive.inner.keys();
        archive.inner.vouched(|conn| {
            let claim = Claim::cell(conn, self.user(), PROFILE)?;
            Ok((UserProfile::read(&keys, conn, self.user())?.name, vec![claim]))
        })
    }
}

/// The matrix gives legal and privacy facts only, but for a purpose that needs names: "Legal and
/// privacy pick people by name for matters and grants". Auditors see ids, as in the ledger.
pub(in crate::archive) fn sees_names(caller: &Caller, level: Level) -> bool {
    level == Level::Full
        || [Role::Legal, Role::PrivacyOfficer].into_iter().any(|role| caller.rights().roles.has(role))
}

impl Archive {
    /// A user as a page shows it: who is not as the ledger says has neither name nor rights there.
    fn user_line(
        &self,
        keys: &Keyring,
        conn: &mut Conn,
        row: UserRow,
        named: bool,
    ) -> Result<UserView, Refusal> {
        let unknown = UserView {
            id: row.id,
            name: None,
            roles: Roles::default(),
            state: row.state,
            created_at: row.created_at,
            must_change_password: row.must_change_password,
            second_factor: false,
            cases: Vec::new(),
            matters: Vec::new(),
            damaged: true,
        };
        match view(keys, conn, row, named).map_err(Refusal::in_a_list) {
            Ok((user, claims)) if self.inner.is_vouched(&claims) => Ok(user),
            Ok(_) | Err(Refusal::Damaged(Thing::User) | Refusal::Store(StoreError::Corrupt { .. })) => {
                Ok(unknown)
            }
            Err(other) => Err(other),
        }
    }
}

/// A user, and what of it the ledger must say the same of before it is told.
fn view(
    keys: &Keyring,
    conn: &mut Conn,
    row: UserRow,
    named: bool,
) -> Result<(UserView, Vec<Claim>), Refusal> {
    let rows = UserRows::read(conn, row.id)?.ok_or(Refusal::NotFound(Thing::User))?;
    let rights = rights_in(&rows, Via::Session)?;
    let second_factor = Claim::cell(conn, row.id, SECOND_FACTOR)?;
    let mut claims = vec![Claim::User(rows)];
    let name = match named {
        true => {
            claims.push(Claim::cell(conn, row.id, PROFILE)?);
            Some(UserProfile::read(keys, conn, row.id)?.name)
        }
        false => None,
    };
    let is_enrolled = matches!(&second_factor, Claim::Cell { row: Some(_), .. });
    claims.push(second_factor);
    let view = UserView {
        id: row.id,
        name,
        roles: rights.roles,
        state: row.state,
        created_at: row.created_at,
        must_change_password: row.must_change_password,
        second_factor: is_enrolled,
        cases: rights.cases.into_iter().collect(),
        matters: rights.matters.into_iter().collect(),
        damaged: false,
    };
    Ok((view, claims))
}
