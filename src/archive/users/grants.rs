//! Grants: which cases and matters a person may see. Who grants needs to see nothing of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::base::id::{CaseId, MatterId, UserId};
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::store::rows::users::{self, GrantRow, GrantScope, UserState};
use crate::store::rows::{cases, matters};
use crate::store::{Conn, StoreError};

use crate::archive::acting::Warrant;
use crate::archive::bound::{Bound, bind};
use crate::archive::last_words::{Claim, UserRows};
use crate::archive::matters::readers;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller};

/// What is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// A service case.
    Case(CaseId),
    /// A legal matter.
    Matter(MatterId),
}

/// Somebody to whom something is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grantee {
    /// The user.
    pub user: UserId,
    /// True if the user is not as the ledger says: whether anything is granted to them cannot be told.
    pub damaged: bool,
}

impl Archive {
    /// Lets a user see a case or matter.
    ///
    /// # Errors
    /// Not permitted, no such case, matter or active user in sight, or [`Refusal::WrongState`] if
    /// it was granted before.
    pub fn grant(&self, caller: &Caller, user: UserId, granted: Granted) -> Result<(), Refusal> {
        let may = self.inner.store.read(|conn| {
            let may = granted.permit(conn, caller, Action::Create, self.inner.now())?;
            let row = users::get(conn, user)?.filter(|row| row.state == UserState::Active);
            row.map(|_| may).ok_or(Refusal::NotFound(Thing::User))
        })?;
        self.change_grant((caller, may), user, granted, "granted", |conn, row| {
            Ok(users::add_grant(conn, row)?)
        })
    }

    /// Takes a grant back.
    ///
    /// # Errors
    /// Not permitted, no such case or matter in sight, [`Refusal::WrongState`] if it was not granted, or
    /// [`Refusal::LastReader`].
    pub fn revoke_grant(&self, caller: &Caller, user: UserId, granted: Granted) -> Result<(), Refusal> {
        let now = self.inner.now();
        let may = self.inner.store.read(|conn| granted.permit(conn, caller, Action::Remove, now))?;
        self.change_grant((caller, may), user, granted, "grant_revoked", |conn, row| {
            if let Ok(matter) = MatterId::parse(&row.scope_id)
                && row.scope == GrantScope::Matter
            {
                readers::must_remain(conn, row.user_id, Some(matter))?;
            }
            Ok(users::remove_grant(conn, row)?)
        })
    }

    /// To whom a case or matter is granted, as the ledger says. Every user is held against the last word about
    /// it: a grant that somebody took away in the database is missed, and one that he put there is none.
    ///
    /// # Errors
    /// Not permitted, or no such case or matter in sight.
    pub fn list_grants(&self, caller: &Caller, granted: Granted) -> Result<Vec<Grantee>, Refusal> {
        let now = self.inner.now();
        let look = |conn: &mut Conn| {
            granted.permit(conn, caller, Action::List, now)?;
            self.grantees(conn, granted)
        };
        self.inner.settled(look, |grantees| grantees.iter().all(|one| !one.damaged))
    }

    fn grantees(&self, conn: &mut Conn, granted: Granted) -> Result<Vec<Grantee>, Refusal> {
        let (scope, id) = granted.to_row();
        let mut all: BTreeSet<UserId> = self.inner.last_words.users().into_iter().collect();
        all.extend(users::granted(conn, scope, &id)?.into_iter().map(|row| row.user_id));
        let mut grantees = Vec::new();
        for user in all {
            let rows = match UserRows::read(conn, user) {
                Err(StoreError::Corrupt { .. }) => None,
                rows => rows?,
            };
            let has = |grant: &GrantRow| grant.scope == scope && grant.scope_id == id;
            let is_granted = rows.as_ref().is_some_and(|rows| rows.grants.iter().any(has));
            let damaged = !rows.is_some_and(|rows| self.inner.is_vouched(&[Claim::User(rows)]));
            if is_granted || damaged {
                grantees.push(Grantee { user, damaged });
            }
        }
        Ok(grantees)
    }

    fn change_grant(
        &self,
        (caller, may): (&Caller, Warrant),
        user: UserId,
        granted: Granted,
        change: &'static str,
        write: fn(&mut Conn, &GrantRow) -> Result<bool, Refusal>,
    ) -> Result<(), Refusal> {
        let (scope, scope_id) = granted.to_row();
        let row = GrantRow { user_id: user, scope, scope_id };
        let actor = caller.actor();
        let shared = Arc::clone(&self.inner);
        let written = self.inner.write_as(caller, may, move |tx, _| {
            shared.must_be_vouched(tx, &Bound::User(user), Thing::User)?;
            if !write(tx.conn(), &row)? {
                return Err(Refusal::WrongState);
            }
            let facts = match row.scope {
                GrantScope::Case => json!({"case": row.scope_id, "change": change}),
                GrantScope::Matter => json!({"change": change, "matter": row.scope_id}),
            };
            let facts = bind(tx.conn(), facts, &[Bound::User(row.user_id)])?;
            tx.enter(EntryDraft {
                kind: EntryKind::UserChanged,
                subject: row.user_id.to_string(),
                actor,
                facts,
            })?;
            Ok(())
        });
        written.map(|_| ()).map_err(Refusal::from)
    }
}

impl Granted {
    fn to_row(self) -> (GrantScope, String) {
        match self {
            Self::Case(id) => (GrantScope::Case, id.to_string()),
            Self::Matter(id) => (GrantScope::Matter, id.to_string()),
        }
    }

    fn permit(
        self,
        conn: &mut Conn,
        caller: &Caller,
        action: Action,
        now: crate::base::moment::Moment,
    ) -> Result<Warrant, Refusal> {
        let (target, thing) = match self {
            Self::Case(id) => (cases::get(conn, id)?.map(|_| Target::in_case(id)), Thing::Case),
            Self::Matter(id) => (matters::get(conn, id)?.map(|_| Target::in_matter(id)), Thing::Matter),
        };
        caller.warrant((action, Resource::Grant), target.as_ref(), thing, now)
    }
}
