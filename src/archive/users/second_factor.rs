//! The second factor (TOTP): enrolled by its owner, shown at log-in and again before grave steps,
//! taken off by its owner. Who lost it asks two administrators ([`super::reset`]).

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::base32;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::totp::{TotpCode, TotpSecret, TotpStep};
use crate::base::id::UserId;
use crate::base::secret::SecretBytes;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::seal::Keyring;
use crate::store::rows::{cells as cell_rows, meta};
use crate::store::{Conn, Tx};

use super::profile::Account;
use super::throttle::Places;
use crate::archive::acting::Warrant;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::SecondFactor;
use crate::archive::cells::{self, PROFILE};
use crate::archive::last_words::Claim;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller, Inner};

/// The part of a user's cells that holds the secret of the second factor.
pub(in crate::archive) const SECOND_FACTOR: &str = cells::SECOND_FACTOR;
/// The part that holds a secret whose first code has not been shown yet.
const NOT_YET_CONFIRMED: &str = cells::SECOND_FACTOR_NEW;

/// Every part that only users have.
pub(in crate::archive) const ACCOUNT_SECRETS: [&str; 2] = [SECOND_FACTOR, NOT_YET_CONFIRMED];

/// A secret to be put into an authenticator: shown once.
#[derive(Debug)]
pub struct NewSecondFactor {
    /// The secret in base 32, to be typed.
    pub secret: SecretBytes,
    /// The `otpauth:` address, to be shown as a QR picture.
    pub address: SecretBytes,
}

impl Archive {
    /// Begins to enrol a second factor for the caller. It counts once [`Archive::confirm_second_factor`]
    /// has seen a code of it; one that the caller has already counts until then.
    ///
    /// # Errors
    /// Not permitted; [`Refusal::SecondFactorRequired`] if the caller has one and did not show it.
    pub fn enrol_second_factor(&self, caller: &Caller) -> Result<NewSecondFactor, Refusal> {
        let inner = &self.inner;
        let may = own_account(caller, inner)?;
        let keys = inner.keys();
        let user = caller.user();
        let account = inner.store.read(|conn| Account::get(&keys, conn, user))?;
        let name = account.ok_or(Refusal::NotFound(Thing::User))?.profile.name;
        let secret = TotpSecret::generate(inner.entropy.as_ref());
        let shown = NewSecondFactor { secret: secret.to_text(), address: secret.to_address(&name) };
        let sealed = seal(inner, &keys, user, NOT_YET_CONFIRMED, &secret)?;
        let actor = caller.actor();
        let shared = Arc::clone(inner);
        let written = inner.write_as(caller, may, move |tx, _| {
            shared.account_must_be_vouched(tx, user)?;
            let owner = user.to_string();
            cell_rows::delete(tx.conn(), &owner, NOT_YET_CONFIRMED)?;
            cell_rows::insert(tx.conn(), &sealed.row)?;
            let facts = json!({"change": "second_factor_begun", "commitment": sealed.commitment.to_hex()});
            let facts = bind(tx.conn(), facts, &account_rows(user))?;
            tx.enter(EntryDraft { kind: EntryKind::UserChanged, subject: owner, actor, facts })?;
            Ok::<_, Refusal>(())
        });
        written.map_err(Refusal::from)?;
        Ok(shown)
    }

    /// Takes the first code of the secret that was enrolled: from here on it is asked for.
    ///
    /// # Errors
    /// [`Refusal::WrongState`] if none was begun, [`Refusal::SecondFactorWrong`].
    pub fn confirm_second_factor(&self, caller: &Caller, code: &str) -> Result<(), Refusal> {
        let inner = &self.inner;
        let may = own_account(caller, inner)?;
        let keys = inner.keys();
        let user = caller.user();
        let secret = inner.store.read(|conn| read(&keys, conn, user, NOT_YET_CONFIRMED))?;
        let secret = secret.ok_or(Refusal::WrongState)?;
        let step = inner.once_more(&keys, user, |inner| {
            let code = TotpCode::parse(code).map_err(|_| Refusal::SecondFactorWrong)?;
            secret.verify(code, None, inner.now()).map_err(|_| Refusal::SecondFactorWrong)
        })?;
        let sealed = seal(inner, &keys, user, SECOND_FACTOR, &secret)?;
        let actor = caller.actor();
        let shared = Arc::clone(inner);
        let written = inner.write_as(caller, may, move |tx, _| {
            shared.account_must_be_vouched(tx, user)?;
            let owner = user.to_string();
            // Another secret may have been begun meanwhile; then this code belongs to none.
            if !cell_rows::delete(tx.conn(), &owner, NOT_YET_CONFIRMED)? {
                return Err(Refusal::WrongState);
            }
            cell_rows::delete(tx.conn(), &owner, SECOND_FACTOR)?;
            cell_rows::insert(tx.conn(), &sealed.row)?;
            meta::put(tx.conn(), &step_key(user), &step.0.to_string())?;
            let facts = json!({"change": "second_factor_enrolled", "commitment": sealed.commitment.to_hex()});
            let facts = bind(tx.conn(), facts, &account_rows(user))?;
            tx.enter(EntryDraft { kind: EntryKind::UserChanged, subject: owner, actor, facts })?;
            Ok(())
        });
        written.map(|_| ()).map_err(Refusal::from)
    }

    /// Takes the caller's second factor off. It has to be shown once more for that.
    ///
    /// # Errors
    /// [`Refusal::WrongState`] if there is none, [`Refusal::SecondFactorRequired`].
    pub fn remove_second_factor(&self, caller: &Caller) -> Result<(), Refusal> {
        let may = own_account(caller, &self.inner)?;
        let (user, actor) = (caller.user(), caller.actor());
        let shared = Arc::clone(&self.inner);
        let written = self.inner.write_as(caller, may, move |tx, _| {
            shared.account_must_be_vouched(tx, user)?;
            if !take_off(tx.conn(), user)? {
                return Err(Refusal::WrongState);
            }
            let facts = bind(tx.conn(), json!({"change": "second_factor_removed"}), &account_rows(user))?;
            tx.enter(EntryDraft { kind: EntryKind::UserChanged, subject: user.to_string(), actor, facts })?;
            Ok(())
        });
        written.map(|_| ()).map_err(Refusal::from)
    }

    /// The same caller, who has shown the second factor with this request. For callers without one
    /// nothing changes.
    ///
    /// # Errors
    /// [`Refusal::SecondFactorWrong`], [`Refusal::Throttled`].
    pub fn with_second_factor(&self, caller: &Caller, code: &str) -> Result<Caller, Refusal> {
        if caller.second_factor == SecondFactor::None {
            return Ok(caller.clone());
        }
        let keys = self.inner.keys();
        self.inner.once_more(&keys, caller.user(), |inner| {
            inner.check_second_factor(&keys, caller.user(), Some(code))
        })?;
        Ok(Caller { second_factor: SecondFactor::Shown, ..caller.clone() })
    }
}

impl Inner {
    /// Checks a code where the user has a second factor; says whether there is one. The code's step
    /// is written down before this returns, so that no code counts twice.
    pub(super) fn check_second_factor(
        &self,
        keys: &Keyring,
        user: UserId,
        code: Option<&str>,
    ) -> Result<bool, Refusal> {
        let secret = self.vouched(|conn| {
            let claim = Claim::cell(conn, user, SECOND_FACTOR)?;
            Ok((read(keys, conn, user, SECOND_FACTOR)?, vec![claim]))
        })?;
        let Some(secret) = secret else { return Ok(false) };
        let code = code.filter(|code| !code.trim().is_empty()).ok_or(Refusal::SecondFactorRequired)?;
        let code = TotpCode::parse(code).map_err(|_| Refusal::SecondFactorWrong)?;
        let now = self.now();
        let spent = self.store.maintain(move |upkeep| {
            let last = last_step(upkeep.conn(), user)?;
            let step = secret.verify(code, last, now).map_err(|_| Refusal::SecondFactorWrong)?;
            meta::put(upkeep.conn(), &step_key(user), &step.0.to_string())?;
            Ok(())
        });
        spent.map(|()| true).map_err(Refusal::from)
    }

    /// Everything that stands of an account must be what the ledger says; see
    /// [`Inner::must_be_vouched`].
    pub(super) fn account_must_be_vouched(&self, tx: &mut Tx<'_>, user: UserId) -> Result<(), Refusal> {
        account_rows(user).iter().try_for_each(|bound| self.must_be_vouched(tx, bound, Thing::User))
    }

    /// Lets somebody who is logged in type a secret once more, throttled like a log-in.
    pub(super) fn once_more<T>(
        &self,
        keys: &Keyring,
        user: UserId,
        check: impl FnOnce(&Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let tried = self.begin_try(Places::of_user(keys, user)?)?;
        let outcome = check(self);
        match &outcome {
            Ok(_) => {
                self.store.maintain(move |upkeep| tried.settle(upkeep.conn())).map_err(Refusal::from)?;
            }
            Err(Refusal::BadCredentials | Refusal::SecondFactorWrong) => self.end_failed(tried)?,
            Err(_) => self.withdraw(tried)?,
        }
        outcome
    }
}

/// Takes a user's second factor off, begun or enrolled; false if there was none.
pub(super) fn take_off(conn: &mut Conn, user: UserId) -> Result<bool, Refusal> {
    let owner = user.to_string();
    cell_rows::delete(conn, &owner, NOT_YET_CONFIRMED)?;
    Ok(cell_rows::delete(conn, &owner, SECOND_FACTOR)?)
}

/// Everything that stands of an account.
pub(super) fn account_rows(user: UserId) -> Vec<Bound> {
    let cells = [PROFILE, SECOND_FACTOR, NOT_YET_CONFIRMED].map(|part| Bound::cell(user, part));
    std::iter::once(Bound::User(user)).chain(cells).collect()
}

fn own_account(caller: &Caller, inner: &Inner) -> Result<Warrant, Refusal> {
    let own = Target::of_user(caller.user());
    let change = (Action::Change, Resource::Account);
    let may = caller.warrant(change, Some(&own), Thing::User, inner.now())?;
    // The local operator never types a code.
    if caller.is_local() {
        return Err(Refusal::Forbidden);
    }
    caller.in_person().map(|()| may)
}

fn seal(
    inner: &Inner,
    keys: &Keyring,
    user: UserId,
    part: &str,
    secret: &TotpSecret,
) -> Result<cells::SealedProfile, Refusal> {
    let text = secret.to_text();
    let json = json!({"secret": text.expose_text().unwrap_or_default()});
    cells::seal_profile(inner, keys, &user.to_string(), part, &json)
}

fn read(keys: &Keyring, conn: &mut Conn, user: UserId, part: &str) -> Result<Option<TotpSecret>, Refusal> {
    if cell_rows::get(conn, &user.to_string(), part)?.is_none() {
        return Ok(None);
    }
    let json = cells::profile(keys, conn, &user.to_string(), part, Thing::User)?;
    let secret = json.get("secret").and_then(Value::as_str).and_then(base32::decode);
    let secret = secret.map(SecretBytes::new).and_then(|bytes| TotpSecret::from_slice(bytes.expose()));
    secret.map(Some).ok_or(Refusal::Damaged(Thing::User))
}

/// How the names in `meta` begin under which the last step of each is kept.
pub(in crate::archive) const STEP_KEY: &str = "second_factor_step/";

fn step_key(user: UserId) -> String {
    format!("{STEP_KEY}{user}")
}

fn last_step(conn: &mut Conn, user: UserId) -> Result<Option<TotpStep>, Refusal> {
    let key = step_key(user);
    let Some(text) = meta::get(conn, &key)? else { return Ok(None) };
    text.parse().map(|step| Some(TotpStep(step))).map_err(|_| {
        Refusal::Store(crate::store::StoreError::Corrupt {
            table: "meta",
            id: key,
            why: "not a number".to_owned(),
        })
    })
}
