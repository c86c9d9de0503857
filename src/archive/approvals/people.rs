//! Who could be the second person.

use std::collections::HashSet;

use crate::access::rights::{ActorRights, Target, Via};
use crate::access::two_person::{self, SecondPerson, TwoPersonAction};
use crate::base::id::UserId;
use crate::base::moment::Moment;
use crate::seal::Keyring;
use crate::store::rows::Before;
use crate::store::rows::users::{self, UserState};
use crate::store::{Conn, Tx};

use crate::archive::Inner;
use crate::archive::bound::Bound;
use crate::archive::caller::rights_in;
use crate::archive::cells::PROFILE;
use crate::archive::last_words::UserRows;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::users::UserProfile;

/// Users read at once.
const BATCH: u32 = 200;

/// Everybody who can log in, as the ledger knows them: whoever can write to the database must not make
/// a person alone by taking the others out of it.
///
/// # Errors
/// [`Refusal::Damaged`] if one of them is not as the ledger says, or not there.
pub(super) fn vouched_who_can_log_in(inner: &Inner, tx: &mut Tx<'_>) -> Result<Vec<ActorRights>, Refusal> {
    let (people, standing) = who_can_log_in(&inner.keys(), tx.conn())?;
    for user in &standing {
        inner.must_be_vouched(tx, &Bound::User(*user), Thing::User)?;
        inner.must_be_vouched(tx, &Bound::cell(user, PROFILE), Thing::User)?;
    }
    match inner.last_words.are_all_users(&standing) {
        true => Ok(people),
        false => Err(Refusal::Damaged(Thing::User)),
    }
}

/// Everybody who can log in, each as if logged in, and every user there is. Who has no password (the local operator, a feed's
/// account) never sits at the page where approvals are given, and would be waited for in vain.
pub(super) fn who_can_log_in(
    keys: &Keyring,
    conn: &mut Conn,
) -> Result<(Vec<ActorRights>, HashSet<UserId>), Refusal> {
    let (mut people, mut standing) = (Vec::new(), HashSet::new());
    let mut before = None;
    loop {
        let rows = users::page(conn, before, BATCH)?;
        let Some(last) = rows.last() else { return Ok((people, standing)) };
        before = Some(Before { at: last.created_at, id: last.id });
        standing.extend(rows.iter().map(|row| row.id));
        for row in rows.into_iter().filter(|row| row.state == UserState::Active) {
            if UserProfile::read(keys, conn, row.id)?.password.is_some()
                && let Some(rows) = UserRows::read(conn, row.id)?
            {
                people.push(rights_in(&rows, Via::Session)?);
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
