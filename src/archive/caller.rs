//! Who calls a use case, and with which rights: made by the archive from a session, a token or
//! the local door, never by a front door itself.

use std::sync::Arc;

use crate::access::decide::{Decision, Reach, decide, reach};
use crate::access::permission::{self, Action, Needs, Resource};
use crate::access::rights::{ActorRights, Target, Via};
use crate::access::role::{Role, Roles};
use crate::access::scope::{Level, Scope};
use crate::base::digest::Digest;
use crate::base::id::{CaseId, MatterId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::Actor;
use crate::store::rows::users::{self, GrantScope, UserState};
use crate::store::{Conn, StoreError};

use super::Inner;
use super::acting::{Standing, Warrant};
use super::last_words::{Claim, UserRows};
use super::refusal::{Refusal, Thing};
use super::refusals::Notes;
use super::users::SECOND_FACTOR;

/// The person for whom a use case runs.
#[derive(Debug, Clone)]
pub struct Caller {
    pub(super) rights: Arc<ActorRights>,
    /// By what the caller is let in, and under what that was found.
    pub(super) standing: Standing,
    /// The hash of the session's token, where the caller came in with one that is kept.
    pub(super) session: Option<Digest>,
    pub(super) second_factor: SecondFactor,
    /// The digest of the second factor's cell, where the caller has one.
    pub(super) factor: Option<Digest>,
    /// True while nothing may be done but change the password.
    pub(super) confined: bool,
    /// Where it is noted if the caller is refused something.
    pub(super) notes: Notes,
}

/// How it stands with the caller's second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecondFactor {
    /// The caller has none.
    None,
    /// The caller has one, and has not shown it with this request.
    Enrolled,
    /// The caller has shown it with this request.
    Shown,
}

impl Caller {
    /// Reads roles, grants and second factor of an active user; `None` for others. What was read is
    /// added to `claims`: the caller is good for nothing before it was vouched for.
    pub(super) fn load(
        conn: &mut Conn,
        user: UserId,
        via: Via,
        standing: Standing,
        claims: &mut Vec<Claim>,
    ) -> Result<Option<Self>, Refusal> {
        let Some(rows) = UserRows::read(conn, user)? else { return Ok(None) };
        let is_active = rows.row.state == UserState::Active;
        // A token was made by its owner, who had changed the password then.
        let confined = rows.row.must_change_password && via == Via::Session;
        let mut rights = rights_in(&rows, via)?;
        if confined {
            rights.roles = Roles::default();
        }
        let second_factor = Claim::cell(conn, user, SECOND_FACTOR)?;
        let factor = match &second_factor {
            Claim::Cell { row: Some(row), .. } => Some(row.digest),
            _ => None,
        };
        claims.extend([Claim::User(rows), second_factor]);
        if !is_active {
            return Ok(None);
        }
        let second_factor = factor.map_or(SecondFactor::None, |_| SecondFactor::Enrolled);
        let (rights, notes) = (Arc::new(rights), Notes::default());
        Ok(Some(Self { rights, standing, session: None, second_factor, factor, confined, notes }))
    }

    /// The same caller, whose refusals are entered in the ledger.
    pub(super) fn noting(self, inner: &Inner) -> Self {
        Self { notes: Notes::of(&inner.refused), ..self }
    }

    /// A caller with these rights, for the tests of other modules.
    #[cfg(test)]
    pub(super) fn for_test(rights: ActorRights) -> Self {
        Self {
            rights: Arc::new(rights),
            standing: Standing { came: super::acting::Came::Test, heard: 0, until: None },
            session: None,
            second_factor: SecondFactor::None,
            factor: None,
            confined: false,
            notes: Notes::default(),
        }
    }

    /// The person.
    pub fn user(&self) -> UserId {
        self.rights.user
    }

    /// What the person may do, and how the person came in.
    pub fn rights(&self) -> &ActorRights {
        &self.rights
    }

    /// True for the local operator, who stands for the machine that holds the data directory.
    pub fn is_local(&self) -> bool {
        self.rights.via == Via::LocalOperator
    }

    /// True if nothing may be done before the password is changed.
    pub fn must_change_password(&self) -> bool {
        self.confined
    }

    pub(super) fn actor(&self) -> Actor {
        Actor::User(self.rights.user)
    }

    /// Asks the permission table. `target` is what was found, or `None` if there is no such thing.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for what lies outside the caller's cases and matters (as if it did
    /// not exist), [`Refusal::Forbidden`] where no role of the caller reaches at all,
    /// [`Refusal::NeedsSecondPerson`] where another person has to approve this very request first,
    /// [`Refusal::SecondFactorRequired`] where the second factor has to be shown again.
    pub(super) fn permit(
        &self,
        row: (Action, Resource),
        target: Option<&Target>,
        thing: Thing,
        now: Moment,
    ) -> Result<Level, Refusal> {
        match self.decide(row, target, now)? {
            Decision::Allow(allowed) => self.shown(allowed.needs).map(|()| allowed.level),
            Decision::NeedsSecond(allowed) => Err(match allowed.needs.second_person {
                Some(action) => Refusal::NeedsSecondPerson(action),
                None => Refusal::Forbidden,
            }),
            Decision::NotFound => Err(Refusal::NotFound(thing)),
            Decision::Forbidden => Err(self.forbidden(row)),
        }
    }

    /// As [`Caller::permit`] for a step that takes two persons: the caller may ask for it and, with
    /// the approval that the use case then looks for, do it.
    pub(super) fn permit_with_approval(
        &self,
        row: (Action, Resource),
        target: Option<&Target>,
        thing: Thing,
        now: Moment,
    ) -> Result<Level, Refusal> {
        match self.decide(row, target, now)? {
            Decision::Allow(allowed) | Decision::NeedsSecond(allowed) => {
                self.shown(allowed.needs).map(|()| allowed.level)
            }
            Decision::NotFound => Err(Refusal::NotFound(thing)),
            Decision::Forbidden => Err(self.forbidden(row)),
        }
    }

    /// As [`Caller::permit`], for a change: what was permitted is judged again when it is written
    /// ([`Inner::write_as`]).
    pub(super) fn warrant(
        &self,
        row: (Action, Resource),
        target: Option<&Target>,
        thing: Thing,
        now: Moment,
    ) -> Result<Warrant, Refusal> {
        self.permit(row, target, thing, now)?;
        Ok(Warrant::of_question(row, target, thing, false))
    }

    /// As [`Caller::warrant`], for a step that takes two persons.
    pub(super) fn warrant_with_approval(
        &self,
        row: (Action, Resource),
        target: Option<&Target>,
        thing: Thing,
        now: Moment,
    ) -> Result<Warrant, Refusal> {
        self.permit_with_approval(row, target, thing, now)?;
        Ok(Warrant::of_question(row, target, thing, true))
    }

    /// As [`Caller::warrant`] on the archive as a whole; who works at the machine itself needs no row of the
    /// table.
    pub(super) fn warrant_at_the_machine(
        &self,
        row: (Action, Resource),
        thing: Thing,
        now: Moment,
    ) -> Result<Warrant, Refusal> {
        match self.is_local() {
            true => Ok(Warrant::machine()),
            false => self.warrant(row, Some(&Target::archive()), thing, now),
        }
    }

    /// Over which things an action of the caller reaches: what a list may contain.
    pub(super) fn reach(&self, action: Action, resource: Resource, now: Moment) -> Reach {
        reach(&self.rights, resource, action, now)
    }

    /// The refusal where nothing at all is reached: a token that lacks a scope is told which, if its owner
    /// could do it.
    pub(super) fn forbidden(&self, (action, resource): (Action, Resource)) -> Refusal {
        let of_owner = permission::find(resource, action)
            .is_some_and(|row| self.rights.roles.iter().any(|role| row.cell(role).scope != Scope::None));
        match &self.rights.via {
            Via::Token(scopes) if of_owner && !scopes.allow(resource, action) => {
                Refusal::OutOfScope(resource, action)
            }
            Via::Token(_) | Via::Session | Via::LocalOperator => Refusal::Forbidden,
        }
    }

    /// Who looks after the own account has to be there in person: a token that got into other
    /// hands must not lock its owner out or make further tokens.
    pub(super) fn in_person(&self) -> Result<(), Refusal> {
        match self.rights.via {
            Via::Session | Via::LocalOperator => Ok(()),
            Via::Token(_) => Err(Refusal::Forbidden),
        }
    }

    fn decide(
        &self,
        (action, resource): (Action, Resource),
        target: Option<&Target>,
        now: Moment,
    ) -> Result<Decision, Refusal> {
        if self.confined {
            return Err(Refusal::PasswordChangeRequired);
        }
        let decision = decide(&self.rights, resource, action, target, now);
        // What is not there at all was refused to nobody.
        let is_refused = match decision {
            Decision::Forbidden => true,
            Decision::NotFound => target.is_some(),
            Decision::Allow(_) | Decision::NeedsSecond(_) => false,
        };
        if is_refused {
            self.notes.note(&self.rights, (action, resource), now);
        }
        Ok(decision)
    }

    /// Approvals, exports and destruction ask for the second factor again.
    pub(super) fn shown(&self, needs: Needs) -> Result<(), Refusal> {
        match (needs.second_factor, self.second_factor) {
            (true, SecondFactor::Enrolled) => Err(Refusal::SecondFactorRequired),
            (true, SecondFactor::None | SecondFactor::Shown) | (false, _) => Ok(()),
        }
    }
}

/// A user's rights as the rows say.
pub(super) fn rights_in(rows: &UserRows, via: Via) -> Result<ActorRights, Refusal> {
    let user = rows.row.id;
    let mut rights = ActorRights::new(user, parse_roles(user, &rows.roles)?, via);
    for grant in &rows.grants {
        let corrupt = || corrupt("grants", user, "an id of another form");
        match grant.scope {
            GrantScope::Case => {
                rights.cases.insert(CaseId::parse(&grant.scope_id).map_err(|_| corrupt())?);
            }
            GrantScope::Matter => {
                rights.matters.insert(MatterId::parse(&grant.scope_id).map_err(|_| corrupt())?);
            }
        }
    }
    Ok(rights)
}

/// A user's roles as the rows say.
pub(super) fn roles_of(conn: &mut Conn, user: UserId) -> Result<Roles, Refusal> {
    parse_roles(user, &users::roles_of(conn, user)?)
}

fn parse_roles(user: UserId, words: &[String]) -> Result<Roles, Refusal> {
    let roles: Result<Vec<Role>, _> = words.iter().map(|word| Role::parse(word)).collect();
    let roles = roles.map_err(|_| corrupt("user_roles", user, "an unknown role"))?;
    Roles::parse(roles).map_err(|_| corrupt("user_roles", user, "roles that exclude each other"))
}

fn corrupt(table: &'static str, user: UserId, why: &str) -> Refusal {
    Refusal::Store(StoreError::Corrupt { table, id: user.to_string(), why: why.to_owned() })
}
