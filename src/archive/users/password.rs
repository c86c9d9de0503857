//! Changes the own password: the one thing that is open to who must.

use serde_json::json;

use crate::access::password::BadPassword;
use crate::access::permission::{Action, Resource};
use crate::access::rights::{Target, Via};
use crate::base::id::UserId;
use crate::base::moment::Moment;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::store::Tx;
use crate::store::rows::cells;
use crate::store::rows::users::{self, UserRow};

use super::profile::Account;
use super::session::end_all;
use crate::archive::acting::Warrant;
use crate::archive::bound::{Bound, bind};
use crate::archive::cells::{PROFILE, SealedProfile};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller};

/// Both passwords as typed.
#[derive(Clone, Copy)]
pub struct PasswordChange<'a> {
    /// The password so far.
    pub old: &'a str,
    /// The password from now on.
    pub new: &'a str,
}

impl Archive {
    /// Changes the caller's password. Other sessions of the caller end; tokens stay.
    ///
    /// # Errors
    /// [`Refusal::BadCredentials`] for a wrong old password (throttled like a log-in),
    /// [`Refusal::Password`] for the new one, [`Refusal::Forbidden`] for
    /// callers who came in without a password.
    pub fn change_own_password(&self, caller: &Caller, change: PasswordChange<'_>) -> Result<(), Refusal> {
        let inner = &self.inner;
        if caller.rights().via != Via::Session {
            return Err(Refusal::Forbidden);
        }
        let may = may_change(caller, inner.now())?;
        let (keys, user) = (inner.keys(), caller.user());
        let account = inner.store.read(|conn| Account::get(&keys, conn, user))?;
        let Account { mut profile, .. } = account.ok_or(Refusal::NotFound(Thing::User))?;
        inner.once_more(&keys, user, |inner| {
            match inner.same_password(change.old, profile.password.as_deref())? {
                true => Ok(()),
                false => Err(Refusal::BadCredentials),
            }
        })?;
        if inner.same_password(change.new, profile.password.as_deref())? {
            return Err(Refusal::Password(BadPassword::Present));
        }
        let before = profile.password.take();
        profile.password = Some(inner.hash_password(change.new, &profile.name)?);
        let sealed = profile.seal(inner, &keys, user)?;
        let kept = caller.session;
        let shared = std::sync::Arc::clone(inner);
        let written = inner.write_as(caller, may, move |tx, _| {
            shared.account_must_be_vouched(tx, user)?;
            // What was compared above must still be the password.
            let present =
                Account::get(&shared.keys(), tx.conn(), user)?.ok_or(Refusal::NotFound(Thing::User))?;
            if present.profile.password != before {
                return Err(Refusal::Stale);
            }
            put_password(tx, present.row, &sealed, false)?;
            let ended = end_all(tx.conn(), user, kept)?;
            enter_change(tx, user, Actor::User(user), &sealed, &ended, None)
        });
        written.map(|_| ()).map_err(Refusal::from)
    }
}

/// Who must change the password first has no rights yet, and needs none for this.
fn may_change(caller: &Caller, now: Moment) -> Result<Warrant, Refusal> {
    let own = Target::of_user(caller.user());
    let ask = move |caller: &Caller, now| match caller.must_change_password() {
        true => Ok(()),
        false => {
            let change = (Action::Change, Resource::Account);
            caller.permit(change, Some(&own), Thing::User, now).map(|_| ())
        }
    };
    ask(caller, now)?;
    Ok(Warrant::by(move |caller, _, now| ask(caller, now)))
}

/// Puts a profile with a new password in place of the old one.
pub(super) fn put_password(
    tx: &mut Tx<'_>,
    row: UserRow,
    sealed: &SealedProfile,
    must_change_password: bool,
) -> Result<(), Refusal> {
    let present = cells::get(tx.conn(), &sealed.row.owner, PROFILE)?.ok_or(Refusal::Damaged(Thing::User))?;
    if !cells::replace(tx.conn(), &sealed.row, present.digest)? {
        return Err(Refusal::Stale);
    }
    users::update(tx.conn(), &UserRow { must_change_password, ..row })?;
    Ok(())
}

/// Enters that a password changed and which sessions ended with it, by whose approval if not by its
/// owner.
pub(super) fn enter_change(
    tx: &mut Tx<'_>,
    user: UserId,
    actor: Actor,
    sealed: &SealedProfile,
    ended: &[Bound],
    approval: Option<crate::base::id::ApprovalId>,
) -> Result<(), Refusal> {
    let facts = json!({
        "approval": approval.map(|id| id.to_string()),
        "profile": sealed.commitment.to_hex(),
        "sessions_ended": ended.len(),
    });
    let rows = [&[Bound::User(user), Bound::cell(user, PROFILE)], ended].concat();
    let facts = bind(tx.conn(), facts, &rows)?;
    tx.enter(EntryDraft { kind: EntryKind::PasswordChanged, subject: user.to_string(), actor, facts })?;
    Ok(())
}
