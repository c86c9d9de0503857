//! Disables a user at once, or lets one in again. Ending an account for good takes two
//! administrators ([`super::leaver`]).

use std::sync::Arc;

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::base::id::UserId;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::store::rows::users::{self, UserRow, UserState};

use super::roles::keep_an_administrator;
use super::session::end_all;
use crate::archive::bound::{Bound, bind};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller};

impl Archive {
    /// Keeps a user out: sessions end, tokens are refused from the next request on.
    ///
    /// # Errors
    /// Not permitted (nobody ends the own account), no such user, disabled already
    /// ([`Refusal::WrongState`]), or [`Refusal::LastAdministrator`].
    pub fn disable_user(&self, caller: &Caller, user: UserId) -> Result<(), Refusal> {
        self.set_state(caller, user, UserState::Disabled)
    }

    /// Lets a disabled user in again, with roles, grants and tokens as they were.
    ///
    /// # Errors
    /// As [`Archive::disable_user`].
    pub fn enable_user(&self, caller: &Caller, user: UserId) -> Result<(), Refusal> {
        self.set_state(caller, user, UserState::Active)
    }

    fn set_state(&self, caller: &Caller, user: UserId, state: UserState) -> Result<(), Refusal> {
        let row = self.inner.store.read(|conn| users::get(conn, user))?;
        let target = row.map(|row| Target::of_user(row.id));
        let now = self.inner.now();
        let may = caller.warrant((Action::Change, Resource::User), target.as_ref(), Thing::User, now)?;
        let actor = caller.actor();
        let shared = Arc::clone(&self.inner);
        let written = self.inner.write_as(caller, may, move |tx, _| {
            shared.must_be_vouched(tx, &Bound::User(user), Thing::User)?;
            let row = users::get(tx.conn(), user)?.ok_or(Refusal::NotFound(Thing::User))?;
            if row.state == state {
                return Err(Refusal::WrongState);
            }
            users::update(tx.conn(), &UserRow { state, ..row })?;
            let ended = match state {
                UserState::Disabled => end_all(tx.conn(), user, None)?,
                UserState::Active => Vec::new(),
            };
            keep_an_administrator(tx)?;
            let facts = json!({"change": "state", "sessions_ended": ended.len(), "state": state.as_str()});
            let facts = bind(tx.conn(), facts, &[&[Bound::User(user)], ended.as_slice()].concat())?;
            tx.enter(EntryDraft { kind: EntryKind::UserChanged, subject: user.to_string(), actor, facts })?;
            Ok(())
        });
        written.map(|_| ()).map_err(Refusal::from)
    }
}
