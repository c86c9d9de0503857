//! Sets a lost password or second factor anew: two administrators, for one alone could act as the
//! person.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::two_person::TwoPersonAction;
use crate::base::id::{ApprovalId, UserId};
use crate::base::secret::SecretBytes;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::store::rows::users;

use super::create::one_time_password;
use super::password::{enter_change, put_password};
use super::profile::Account;
use super::second_factor::{account_rows, take_off};
use super::session::end_all;
use crate::archive::approvals::Step;
use crate::archive::bound::{Bound, bind};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller};

/// What is set anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// The password, to one that must be changed at once.
    Password,
    /// The second factor, to none.
    SecondFactor,
    /// Both.
    Both,
}

impl Reset {
    /// What the approval has to be asked for with.
    pub fn to_parameters(self) -> Value {
        json!({"password": self.password(), "second_factor": self.second_factor()})
    }

    fn password(self) -> bool {
        matches!(self, Self::Password | Self::Both)
    }

    fn second_factor(self) -> bool {
        matches!(self, Self::SecondFactor | Self::Both)
    }
}

impl Archive {
    /// Sets a user's password or second factor anew and ends all sessions of the user. A new password
    /// is returned, once.
    ///
    /// # Errors
    /// Not permitted, no such user, or the approval is missing or does not fit.
    pub fn reset_credentials(
        &self,
        caller: &Caller,
        user: UserId,
        reset: Reset,
        approval: Option<ApprovalId>,
    ) -> Result<Option<SecretBytes>, Refusal> {
        let inner = &self.inner;
        let row = inner.store.read(|conn| users::get(conn, user))?;
        let target = row.map(|row| Target::of_user(row.id));
        let permission = (Action::Reset, Resource::User);
        let may = caller.warrant_with_approval(permission, target.as_ref(), Thing::User, inner.now())?;
        let password = reset.password().then(|| one_time_password(inner.entropy.as_ref()));
        let hash = match &password {
            // Nobody's name is in it: it is random.
            Some(password) => Some(inner.hash_password(password.expose_text().unwrap_or_default(), "")?),
            None => None,
        };
        let (shared, by, actor) = (Arc::clone(inner), caller.user(), caller.actor());
        let written = inner.write_as(caller, may, move |tx, _| {
            let keys = shared.keys();
            let (subject, parameters) = (user.to_string(), reset.to_parameters());
            let step = Step {
                action: TwoPersonAction::ResetCredentials,
                subject: &subject,
                parameters: &parameters,
                target: &Target::of_user(user),
                by,
                approval,
            };
            shared.account_must_be_vouched(tx, user)?;
            let countersign = step.countersign(&shared, tx)?.to_fact();
            let ended = end_all(tx.conn(), user, None)?;
            if let Some(hash) = hash {
                let account = Account::get(&keys, tx.conn(), user)?.ok_or(Refusal::NotFound(Thing::User))?;
                let Account { row, mut profile } = account;
                profile.password = Some(hash);
                let sealed = profile.seal(&shared, &keys, user)?;
                put_password(tx, row, &sealed, true)?;
                enter_change(tx, user, actor, &sealed, &ended, approval)?;
            }
            if reset.second_factor() {
                take_off(tx.conn(), user)?;
            }
            let facts = json!({
                "change": "credentials_reset",
                "countersigned": countersign,
                "password": reset.password(),
                "second_factor": reset.second_factor(),
                "sessions_ended": ended.len(),
            });
            let mut rows = account_rows(user);
            rows.extend(approval.map(Bound::Approval));
            rows.extend(ended);
            let facts = bind(tx.conn(), facts, &rows)?;
            tx.enter(EntryDraft { kind: EntryKind::UserChanged, subject, actor, facts })?;
            Ok::<_, Refusal>(())
        });
        written.map_err(Refusal::from)?;
        Ok(password)
    }
}
