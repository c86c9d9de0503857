//! Ends the account of somebody who leaves: two administrators. The name stays sealed in its place,
//! for the ledger names the person by id for as long as it is kept.

use std::sync::Arc;

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::role::Roles;
use crate::access::two_person::TwoPersonAction;
use crate::base::id::{ApprovalId, TokenId, UserId};
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::store::Tx;
use crate::store::rows::sessions;
use crate::store::rows::users::{self, UserRow, UserState};

use super::password::put_password;
use super::profile::Account;
use super::roles::{keep_an_administrator, replace_roles};
use super::second_factor::{account_rows, take_off};
use super::session::end_all;
use crate::archive::approvals::Step;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::roles_of;
use crate::archive::matters::readers;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller, Inner};

impl Archive {
    /// Ends a user's account: no roles, no grants, no tokens, no sessions, no password.
    ///
    /// # Errors
    /// Not permitted (nobody ends the own account), no such user, [`Refusal::LastAdministrator`],
    /// [`Refusal::LastReader`], or the approval (asked for with the parameters `{}`) is missing or does not fit.
    pub fn remove_user(
        &self,
        caller: &Caller,
        user: UserId,
        approval: Option<ApprovalId>,
    ) -> Result<(), Refusal> {
        let inner = &self.inner;
        let row = inner.store.read(|conn| users::get(conn, user))?;
        let target = row.map(|row| Target::of_user(row.id));
        let permission = (Action::Remove, Resource::User);
        let may = caller.warrant_with_approval(permission, target.as_ref(), Thing::User, inner.now())?;
        let (shared, by, actor) = (Arc::clone(inner), caller.user(), caller.actor());
        let written = inner.write_as(caller, may, move |tx, _| {
            let keys = shared.keys();
            let subject = user.to_string();
            let step = Step {
                action: TwoPersonAction::RemoveUser,
                subject: &subject,
                parameters: &json!({}),
                target: &Target::of_user(user),
                by,
                approval,
            };
            shared.account_must_be_vouched(tx, user)?;
            readers::must_remain(tx.conn(), user, None)?;
            let countersign = step.countersign(&shared, tx)?.to_fact();
            let account = Account::get(&keys, tx.conn(), user)?.ok_or(Refusal::NotFound(Thing::User))?;
            let Account { row, mut profile } = account;
            profile.password = None;
            let sealed = profile.seal(&shared, &keys, user)?;
            put_password(tx, UserRow { state: UserState::Disabled, ..row }, &sealed, false)?;
            let before = roles_of(tx.conn(), user)?;
            replace_roles(tx, user, &before, &Roles::default())?;
            keep_an_administrator(tx)?;
            take_off(tx.conn(), user)?;
            let taken = take_access(&shared, tx, user)?;
            let facts = json!({
                "change": "removed",
                "countersigned": countersign,
                "grants_revoked": taken.grants,
                "profile": sealed.commitment.to_hex(),
                "sessions_ended": taken.sessions.len(),
                "tokens_revoked": taken.tokens.len(),
            });
            let mut rows = account_rows(user);
            rows.extend(taken.tokens.into_iter().map(Bound::Token));
            rows.extend(approval.map(Bound::Approval));
            rows.extend(taken.sessions);
            let facts = bind(tx.conn(), facts, &rows)?;
            tx.enter(EntryDraft { kind: EntryKind::UserChanged, subject, actor, facts })?;
            Ok::<_, Refusal>(())
        });
        written.map(|_| ()).map_err(Refusal::from)
    }
}

/// What was taken from the leaver.
struct Taken {
    sessions: Vec<Bound>,
    tokens: Vec<TokenId>,
    grants: u64,
}

fn take_access(inner: &Inner, tx: &mut Tx<'_>, user: UserId) -> Result<Taken, Refusal> {
    let at = tx.at();
    let mut taken = Taken { sessions: end_all(tx.conn(), user, None)?, tokens: Vec::new(), grants: 0 };
    for token in sessions::tokens_of(tx.conn(), user)? {
        inner.must_be_vouched(tx, &Bound::Token(token.id), Thing::Token)?;
        if sessions::revoke_token(tx.conn(), token.id, at)? {
            taken.tokens.push(token.id);
        }
    }
    for grant in users::grants_of(tx.conn(), user)? {
        taken.grants += u64::from(users::remove_grant(tx.conn(), &grant)?);
    }
    Ok(taken)
}
