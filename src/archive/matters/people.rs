//! Who works on a matter, and in which duty. A duty brings the grant by which the matter is seen;
//! it ends with the last duty.

use std::sync::Arc;

use crate::access::role::Role;
use crate::archive::Archive;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::{Caller, roles_of};
use crate::archive::cases::Entered;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::digest::Digest;
use crate::base::id::{MatterId, UserId};
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::record::matter::MatterPerson;
use crate::record::request::{Fault, FaultCode};
use crate::store::Conn;
use crate::store::rows::matters::{self, MatterPersonRow};
use crate::store::rows::users::{self, GrantRow, GrantScope, UserState};

use super::find::Standing;
use super::{facts, readers};

impl Archive {
    /// Gives somebody a duty in a matter, and with it the sight of the matter.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Exists`] if he has that duty; [`Refusal::Faults`] if
    /// he is not a user who may come in, or has no role that reads matters; [`Refusal::Stale`].
    pub fn add_matter_person(
        &self,
        caller: &Caller,
        matter: MatterId,
        person: MatterPerson,
        expected: Option<Digest>,
    ) -> Result<Entered<MatterId>, Refusal> {
        self.change_people(caller, (matter, person.user), expected, move |conn, _| {
            check(conn, &[person])?;
            match add(conn, &row(matter, person))? {
                true => Ok(()),
                false => Err(Refusal::Exists(Thing::User)),
            }
        })
    }

    /// Takes a duty back.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::NotFound`] if he does not have that duty;
    /// [`Refusal::WrongState`] if he is the last on the matter, [`Refusal::LastReader`] if nobody of the
    /// others can read it; [`Refusal::Stale`].
    pub fn remove_matter_person(
        &self,
        caller: &Caller,
        matter: MatterId,
        person: MatterPerson,
        expected: Option<Digest>,
    ) -> Result<Entered<MatterId>, Refusal> {
        self.change_people(caller, (matter, person.user), expected, move |conn, standing| {
            let gone = row(matter, person);
            if !standing.people.contains(&gone) {
                return Err(Refusal::NotFound(Thing::User));
            }
            // With nobody on it, a matter would be out of everybody's sight.
            if standing.people.len() == 1 {
                return Err(Refusal::WrongState);
            }
            let stays = standing.people.iter().any(|row| row.user_id == person.user && *row != gone);
            if !stays {
                readers::must_remain(conn, person.user, Some(matter))?;
            }
            matters::remove_person(conn, &gone)?;
            if !stays {
                users::remove_grant(conn, &grant(&gone))?;
            }
            Ok(())
        })
    }

    fn change_people(
        &self,
        caller: &Caller,
        (matter, user): (MatterId, UserId),
        expected: Option<Digest>,
        change: impl FnOnce(&mut Conn, &Standing) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<Entered<MatterId>, Refusal> {
        let may = self.may_change(caller, matter)?;
        let inner = Arc::clone(&self.inner);
        let by = caller.user();
        Entered::of(self.inner.write_as(caller, may, move |tx, _| {
            inner.must_be_vouched(tx, &Bound::Matter(matter), Thing::Matter)?;
            // Whose grants come or go is bound anew with the matter.
            inner.must_be_vouched(tx, &Bound::User(user), Thing::User)?;
            let mut standing = Standing::of(tx.conn(), matter, expected)?;
            change(tx.conn(), &standing)?;
            standing.people = matters::people_of(tx.conn(), matter)?;
            let facts = facts::of_matter(&standing.row, &standing.people, None);
            // A duty brings or takes a grant, which belongs to its user.
            let facts = bind(tx.conn(), facts, &[Bound::Matter(matter), Bound::User(user)])?;
            tx.enter(EntryDraft {
                kind: EntryKind::MatterChanged,
                subject: matter.to_string(),
                actor: Actor::User(by),
                facts,
            })?;
            Ok((matter, standing.revision()))
        }))
    }
}

/// The row of a duty.
pub(super) fn row(matter: MatterId, person: MatterPerson) -> MatterPersonRow {
    MatterPersonRow { matter_id: matter, user_id: person.user, duty: person.duty.as_str().to_owned() }
}

fn grant(person: &MatterPersonRow) -> GrantRow {
    GrantRow { user_id: person.user_id, scope: GrantScope::Matter, scope_id: person.matter_id.to_string() }
}

/// Writes a duty with its grant; false if it was there before.
pub(super) fn add(conn: &mut Conn, person: &MatterPersonRow) -> Result<bool, Refusal> {
    users::add_grant(conn, &grant(person))?;
    Ok(matters::add_person(conn, person)?)
}

/// Refuses people who are not users, may not come in, or could not read the matter.
pub(super) fn check(conn: &mut Conn, people: &[MatterPerson]) -> Result<(), Refusal> {
    let mut faults = Vec::new();
    for (number, person) in people.iter().enumerate() {
        let user = users::get(conn, person.user)?;
        let fault = match user.is_none_or(|user| user.state != UserState::Active) {
            true => Some(FaultCode::BadId { what: "user" }),
            false if readers::reads(&roles_of(conn, person.user)?) => None,
            false => Some(FaultCode::RoleNeeded { roles: readers::roles().map(Role::as_str).collect() }),
        };
        if let Some(code) = fault {
            faults.push(Fault { path: format!("people[{number}].user"), code });
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Faults(faults)) }
}
