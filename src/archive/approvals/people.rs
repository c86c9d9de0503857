//! Who could be the second person.

use crate::access::rights::{ActorRights, Target, Via};
use crate::access::role::Role;
use crate::access::two_person::{self, LOCKED_OUT_COUNTS_DAYS, SecondPerson, TwoPersonAction};
use crate::base::id::UserId;
use crate::base::moment::Moment;
use crate::ledger::entry;
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::users::{self, UserState};
use crate::store::rows::{Before, ledger};

use crate::archive::Archive;
use crate::archive::caller::rights_of;
use crate::archive::refusal::Refusal;
use crate::archive::users::UserProfile;

/// Users read at once.
const BATCH: u32 = 200;

/// Everybody who can log in, each as if logged in. Who has no password (the local operator, a feed's
/// account) never sits at the page where approvals are given, and would be waited for in vain.
fn who_can_log_in(keys: &Keyring, conn: &mut Conn) -> Result<Vec<ActorRights>, Refusal> {
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

/// Who counts as somebody to ask. For appointments an administrator who never came in does not: nobody
/// is behind the account yet. One who was locked out of late does: whoever locks the other out must not be
/// alone by it.
pub(super) fn who_counts(
    keys: &Keyring,
    conn: &mut Conn,
    action: TwoPersonAction,
    now: Moment,
) -> Result<Vec<ActorRights>, Refusal> {
    if action != TwoPersonAction::Appoint {
        return who_can_log_in(keys, conn);
    }
    let mut people = Vec::new();
    for row in users::with_role(conn, Role::Administrator.as_str())? {
        let counts = match row.state {
            UserState::Active => !row.must_change_password,
            UserState::Disabled => was_let_in_lately(conn, row.id, now)?,
        };
        if counts && UserProfile::read(keys, conn, row.id)?.password.is_some() {
            people.push(rights_of(conn, row.id, Via::Session)?);
        }
    }
    Ok(people)
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
