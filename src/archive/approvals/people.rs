//! Who could be the second person.

use std::collections::HashSet;

use crate::access::rights::{ActorRights, Target, Via};
use crate::access::role::Role;
use crate::access::two_person::{self, LOCKED_OUT_COUNTS_DAYS, SecondPerson, TwoPersonAction};
use crate::base::id::UserId;
use crate::base::moment::Moment;
use crate::ledger::entry;
use crate::seal::Keyring;
use crate::store::rows::users::{self, UserRow, UserState};
use crate::store::rows::{Before, ledger};
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

/// Who counts as somebody to ask, as the ledger knows them: whoever can write to the database must not
/// make a person alone by taking the others out of it.
///
/// # Errors
/// [`Refusal::Damaged`] if one of them is not as the ledger says, or not there.
pub(super) fn vouched_who_counts(
    inner: &Inner,
    tx: &mut Tx<'_>,
    action: TwoPersonAction,
) -> Result<Vec<ActorRights>, Refusal> {
    let at = tx.at();
    let (people, standing) = who_counts(&inner.keys(), tx.conn(), action, at)?;
    for user in &standing {
        inner.must_be_vouched(tx, &Bound::User(*user), Thing::User)?;
        inner.must_be_vouched(tx, &Bound::cell(user, PROFILE), Thing::User)?;
    }
    match inner.last_words.are_all_users(&standing) {
        true => Ok(people),
        false => Err(Refusal::Damaged(Thing::User)),
    }
}

/// Who counts as somebody to ask, each as if logged in, and every user there is. Who has no password
/// (the local operator, a feed's account) never sits at the page where approvals are given, and would
/// be waited for in vain.
///
/// For appointments an administrator who never came in does not count: nobody is behind the account
/// yet. One who was locked out of late does: whoever locks the other out must not be alone by it.
pub(super) fn who_counts(
    keys: &Keyring,
    conn: &mut Conn,
    action: TwoPersonAction,
    now: Moment,
) -> Result<(Vec<ActorRights>, HashSet<UserId>), Refusal> {
    let (mut people, mut standing) = (Vec::new(), HashSet::new());
    let mut before = None;
    loop {
        let rows = users::page(conn, before, BATCH)?;
        let Some(last) = rows.last() else { return Ok((people, standing)) };
        before = Some(Before { at: last.created_at, id: last.id });
        standing.extend(rows.iter().map(|row| row.id));
        for row in rows {
            if counts(conn, &row, action, now)?
                && UserProfile::read(keys, conn, row.id)?.password.is_some()
                && let Some(rows) = UserRows::read(conn, row.id)?
            {
                people.push(rights_in(&rows, Via::Session)?);
            }
        }
    }
}

fn counts(conn: &mut Conn, row: &UserRow, action: TwoPersonAction, now: Moment) -> Result<bool, Refusal> {
    if action != TwoPersonAction::Appoint {
        return Ok(row.state == UserState::Active);
    }
    if !users::roles_of(conn, row.id)?.iter().any(|role| role == Role::Administrator.as_str()) {
        return Ok(false);
    }
    match row.state {
        UserState::Active => Ok(!row.must_change_password),
        UserState::Disabled => was_let_in_lately(conn, row.id, now),
    }
}

/// True if the last thing that was done with the account was done within the days for which a locked-out
/// administrator counts.
fn was_let_in_lately(conn: &mut Conn, user: UserId, now: Moment) -> Result<bool, Refusal> {
    let last = ledger::about_before(conn, &user.to_string(), u64::MAX, 1)?.into_iter().next();
    let last = last.map(|row| entry::decode(&row.body)).transpose()?;
    let since = last.map(|entry| entry.at.plus_seconds(LOCKED_OUT_COUNTS_DAYS * 24 * 3600));
    Ok(since.is_some_and(|until| now < until))
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

/// True if `approver`, named by the requester, could decide it.
pub(super) fn could_decide(
    people: &[ActorRights],
    action: TwoPersonAction,
    (requester, approver): (UserId, UserId),
    target: &Target,
    now: Moment,
) -> bool {
    let named: Vec<ActorRights> = people.iter().filter(|person| person.user == approver).cloned().collect();
    second_person(&named, action, requester, target, now) == SecondPerson::Ask
}
