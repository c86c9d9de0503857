//! Who could be the second person.

use crate::access::rights::{ActorRights, Target, Via};
use crate::access::two_person::{self, SecondPerson, TwoPersonAction};
use crate::base::id::UserId;
use crate::base::moment::Moment;
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::Before;
use crate::store::rows::users::{self, UserState};

use crate::archive::Archive;
use crate::archive::caller::rights_of;
use crate::archive::refusal::Refusal;
use crate::archive::users::UserProfile;

/// Users read at once.
const BATCH: u32 = 200;

/// Everybody who can log in, each as if logged in. Who has no password (the local operator, a feed's
/// account) never sits at the page where approvals are given, and would be waited for in vain.
pub(super) fn who_can_log_in(keys: &Keyring, conn: &mut Conn) -> Result<Vec<ActorRights>, Refusal> {
    let mut people = Vec::new();
    let mut before = None;
    loop {
        let rows = users::page(conn, before, BATCH)?;
        let Some(last) = rows.last() else { return Ok(people) };
        before = Some(Before { at: last.created_at, id: last.id });
        for row in rows.into_iter().filter(|row| row.state == UserState::Active) {
            if UserProfile::read(keys, conn, row.id)?.password.is_some() {
                people.push(rights_of(conn, row.id, Via::Session)?);
            }
        }
    }
}

/// How a two-person step of `requester` goes on. Whoever could be named as approver counts as if
/// named: a requester must not become alone by naming nobody.
pub(super) fn second_person(
    people: &[ActorRights],
    action: TwoPersonAction,
    requester: UserId,
    target: &Target,
    now: Moment,
) -> SecondPerson {
    let named = |_: &ActorRights| Target { assigned: true, ..target.clone() };
    two_person::second_person(action, requester, people, named, now)
}

impl Archive {
    /// The steps that no two people of this archive could take together: what an archive with one
    /// person is told.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn steps_out_of_reach(&self) -> Result<Vec<TwoPersonAction>, Refusal> {
        let keys = self.inner.keys();
        let people = self.inner.store.read(|conn| who_can_log_in(&keys, conn))?;
        Ok(two_person::out_of_reach(&people, self.inner.now()))
    }
}
