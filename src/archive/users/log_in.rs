//! Log-in: name, password and, where enrolled, the second factor become a session.
//!
//! Unknown names, disabled users and wrong passwords get the same answer after the same time. The
//! second factor is asked for only after the password was right.

use std::sync::Arc;

use serde_json::json;

use crate::access::password::{Match, Password, TypedPassword};
use crate::access::session::{RequestKind, SessionTimes};
use crate::access::token::{BearerToken, TokenKind};
use crate::base::id::UserId;
use crate::base::limits::SESSIONS_MAX;
use crate::base::moment::Moment;
use crate::base::secret::SecretBytes;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::store::Tx;
use crate::store::rows::cells;
use crate::store::rows::sessions::{self, SessionRow};
use crate::store::rows::users::UserState;

use super::profile::{Account, UserProfile};
use super::second_factor::SECOND_FACTOR;
use super::session::{SessionLabel, SessionRef, forget_ended};
use super::throttle::{Places, Try};
use crate::archive::acting::{Came, Found};
use crate::archive::bound::{Bound, bind};
use crate::archive::refusal::Refusal;
use crate::archive::{Archive, Caller, Inner};

/// Characters of a log-in name.
pub use crate::base::limits::USER_NAME_CHARS_MAX;

/// What somebody types to log in.
#[derive(Clone, Copy)]
pub struct LogIn<'a> {
    /// The log-in name, in any spelling that folds to it.
    pub name: &'a str,
    /// The password.
    pub password: &'a str,
    /// The code of the second factor, if it was typed.
    pub code: Option<&'a str>,
    /// From what kind of program.
    pub label: SessionLabel,
    /// The network address, where there is one: failures are counted for it too.
    pub source: Option<&'a str>,
}

/// A session that was opened: the only time that its token is shown.
#[derive(Debug)]
pub struct Session {
    /// The token.
    pub secret: SecretBytes,
    /// What the session is called in lists.
    pub id: SessionRef,
    /// Whose it is.
    pub user: UserId,
    /// When it ends in any case.
    pub expires_at: Moment,
    /// True if nothing may be done in it before the password is changed.
    pub must_change_password: bool,
}

/// Somebody who has shown password and second factor.
struct Proven {
    account: Account,
    tried: Try,
    second_factor: bool,
}

impl Archive {
    /// Opens a session.
    ///
    /// # Errors
    /// [`Refusal::BadCredentials`] for a wrong name or password, [`Refusal::Throttled`] before the
    /// password is even looked at, [`Refusal::SecondFactorRequired`] or
    /// [`Refusal::SecondFactorWrong`] once the password was right, [`Refusal::TooBusy`].
    pub fn log_in(&self, log_in: &LogIn<'_>) -> Result<Session, Refusal> {
        self.open_session(self.inner.prove(log_in)?, log_in)
    }

    fn open_session(&self, proven: Proven, log_in: &LogIn<'_>) -> Result<Session, Refusal> {
        let inner = &self.inner;
        let Proven { account, tried, second_factor } = proven;
        let token = BearerToken::generate(TokenKind::Session, inner.entropy.as_ref());
        let times = SessionTimes::begin(inner.now());
        let row = SessionRow {
            token_hash: token.hash().to_digest(),
            user_id: account.row.id,
            created_at: times.created_at,
            seen_at: times.seen_at,
            expires_at: times.expires_at,
            label: log_in.label.to_text(),
        };
        let session = Session {
            secret: token.to_text(),
            id: SessionRef::of(row.token_hash),
            user: row.user_id,
            expires_at: row.expires_at,
            must_change_password: account.row.must_change_password,
        };
        let id = session.id.clone();
        let (shared, password) = (Arc::clone(inner), account.profile.password);
        let written = inner.store.write(move |tx| {
            still_the_same(&shared, tx, row.user_id, password.as_deref(), second_factor)?;
            tried.settle(tx.conn())?;
            make_room(tx, row.user_id)?;
            sessions::insert(tx.conn(), &row)?;
            enter_opened(tx, &id, &row, second_factor, true)
        });
        written.map_err(Refusal::from)?;
        inner.enter_failed_logins()?;
        Ok(session)
    }

    /// Who types this name and password, for one command of the command line: entered in the ledger
    /// like a log-in, but no session is kept.
    ///
    /// # Errors
    /// As [`Archive::log_in`].
    pub fn caller_as(&self, log_in: &LogIn<'_>) -> Result<Caller, Refusal> {
        let inner = &self.inner;
        let Proven { account, tried, second_factor } = inner.prove(log_in)?;
        let times = SessionTimes::begin(inner.now());
        let row = SessionRow {
            // Of a token that nobody ever gets: the entry needs a name that no other session has.
            token_hash: BearerToken::generate(TokenKind::Session, inner.entropy.as_ref()).hash().to_digest(),
            user_id: account.row.id,
            created_at: times.created_at,
            seen_at: times.seen_at,
            expires_at: times.created_at,
            label: log_in.label.to_text(),
        };
        let user = row.user_id;
        let (shared, password) = (Arc::clone(inner), account.profile.password);
        let written = inner.store.write(move |tx| {
            still_the_same(&shared, tx, row.user_id, password.as_deref(), second_factor)?;
            tried.settle(tx.conn())?;
            enter_opened(tx, &SessionRef::of(row.token_hash), &row, second_factor, false)
        });
        written.map_err(Refusal::from)?;
        inner.enter_failed_logins()?;
        let caller = inner.vouched(|conn| {
            let Found { caller, claims, .. } =
                inner.find_caller(conn, Came::InPerson(user), RequestKind::Deliberate)?;
            Ok((caller, claims))
        })?;
        Ok(caller.noting(inner))
    }
}

impl Inner {
    fn prove(&self, log_in: &LogIn<'_>) -> Result<Proven, Refusal> {
        let keys = self.keys();
        // One more character than any name has: what is longer is nobody's name.
        let name: String = log_in.name.chars().take(USER_NAME_CHARS_MAX + 1).collect();
        let tried = self.begin_try(Places::of_log_in(&keys, &name, log_in.source)?)?;
        let found = self
            .vouched(|conn| {
                let account = Account::by_name(&keys, conn, &name)?;
                let claims = account.as_ref().map(|account| account.claims(conn)).transpose()?;
                Ok((account, claims.unwrap_or_default()))
            })
            .map(|account| account.filter(|account| account.row.state == UserState::Active));
        let proven = found.and_then(|found| {
            let stored = found.as_ref().and_then(|account| account.profile.password.as_deref());
            let same = self.same_password(log_in.password, stored)?;
            let account = found.filter(|_| same).ok_or(Refusal::BadCredentials)?;
            let second_factor = self.check_second_factor(&keys, account.row.id, log_in.code)?;
            Ok(Proven { account, tried, second_factor })
        });
        match &proven {
            Ok(_) => {}
            Err(Refusal::BadCredentials | Refusal::SecondFactorWrong) => self.end_failed(tried)?,
            // Not yet wrong: the code is asked for on the next page. Or it is not their fault.
            Err(_) => self.withdraw(tried)?,
        }
        proven
    }

    /// Compares a typed password with a stored hash, or with none for as long.
    pub(super) fn same_password(&self, typed: &str, stored: Option<&str>) -> Result<bool, Refusal> {
        let Ok(typed) = TypedPassword::parse(typed) else {
            // No password looks like this, whoever is asked.
            return Ok(false);
        };
        let compared = self.hashing.run_unless_busy(|| typed.compare(stored))?;
        match compared.map_err(|_| Refusal::Hashing)? {
            Match::Yes | Match::YesHashAnew => Ok(true),
            Match::No => Ok(false),
        }
    }

    /// Takes a text as a new password and hashes it.
    pub(in crate::archive) fn hash_password(&self, typed: &str, name: &str) -> Result<String, Refusal> {
        let password = Password::parse(typed, &[name]).map_err(Refusal::Password)?;
        let hashed = self.hashing.run_unless_busy(|| password.hash(self.entropy.as_ref()))?;
        hashed.map_err(|_| Refusal::Hashing)
    }
}

/// While the hash was computed the user may have been disabled, the password changed, or a second factor
/// enrolled: what was shown must be what is asked for now.
fn still_the_same(
    inner: &Inner,
    tx: &mut Tx<'_>,
    user: UserId,
    password: Option<&str>,
    second_factor: bool,
) -> Result<(), Refusal> {
    inner.account_must_be_vouched(tx, user)?;
    let row = crate::store::rows::users::get(tx.conn(), user)?;
    row.filter(|row| row.state == UserState::Active).ok_or(Refusal::BadCredentials)?;
    if UserProfile::read(&inner.keys(), tx.conn(), user)?.password.as_deref() != password {
        return Err(Refusal::BadCredentials);
    }
    let enrolled = cells::get(tx.conn(), &user.to_string(), SECOND_FACTOR)?.is_some();
    match enrolled && !second_factor {
        true => Err(Refusal::SecondFactorRequired),
        false => Ok(()),
    }
}

fn make_room(tx: &mut Tx<'_>, user: UserId) -> Result<(), Refusal> {
    let at = tx.at();
    forget_ended(tx.conn(), at)?;
    for row in sessions::of_user(tx.conn(), user)?.iter().skip(SESSIONS_MAX - 1) {
        sessions::delete(tx.conn(), row.token_hash)?;
        let facts = json!({"user": user.to_string(), "why": "too_many"});
        let facts = bind(tx.conn(), facts, &[Bound::Session(row.token_hash)])?;
        tx.enter(EntryDraft {
            kind: EntryKind::SessionRevoked,
            subject: SessionRef::of(row.token_hash).as_str().to_owned(),
            actor: Actor::System,
            facts,
        })?;
    }
    Ok(())
}

fn enter_opened(
    tx: &mut Tx<'_>,
    id: &SessionRef,
    row: &SessionRow,
    second_factor: bool,
    kept: bool,
) -> Result<(), Refusal> {
    let facts = json!({
        "kept": kept,
        "label": row.label,
        "second_factor": second_factor,
        "user": row.user_id.to_string(),
    });
    let facts = match kept {
        true => bind(tx.conn(), facts, &[Bound::Session(row.token_hash)])?,
        false => facts,
    };
    tx.enter(EntryDraft {
        kind: EntryKind::SessionOpened,
        subject: id.as_str().to_owned(),
        actor: Actor::User(row.user_id),
        facts,
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::role::Role;
    use crate::archive::users::PasswordChange;
    use crate::archive::users::tests::{PASSWORD, a_house, typed};

    #[test]
    fn a_password_that_was_changed_while_it_was_compared_opens_nothing() {
        let house = a_house();
        let owner = house.a_user(&house.administrator(), "li.na", &[Role::Legal]);
        let log_in = typed("li.na", PASSWORD);
        let (early, late) =
            (house.archive.inner.prove(&log_in).unwrap(), house.archive.inner.prove(&log_in).unwrap());
        assert!(house.archive.open_session(early, &log_in).is_ok());
        let change = PasswordChange { old: PASSWORD, new: "orchard-lantern-violet-9" };
        house.archive.change_own_password(&owner, change).unwrap();
        assert!(matches!(house.archive.open_session(late, &log_in), Err(Refusal::BadCredentials)));
    }
}
