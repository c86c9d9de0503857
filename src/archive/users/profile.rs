//! What is sealed of a user: the name and the password's hash.

use serde_json::{Value, json};

use crate::base::id::UserId;
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::users::{self, UserRow};

use super::SECOND_FACTOR;
use crate::archive::Inner;
use crate::archive::cells::{self, PROFILE, SealedProfile};
use crate::archive::last_words::{Claim, UserRows};
use crate::archive::refusal::{Refusal, Thing};

/// A user's profile, opened.
pub(in crate::archive) struct UserProfile {
    /// The log-in name.
    pub name: String,
    /// The password's PHC string; `None` for those who never log in with one.
    pub password: Option<String>,
}

impl UserProfile {
    /// Reads and opens it.
    pub(in crate::archive) fn read(keys: &Keyring, conn: &mut Conn, user: UserId) -> Result<Self, Refusal> {
        let json = cells::profile(keys, conn, &user.to_string(), PROFILE, Thing::User)?;
        let text = |key: &str| json.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(Self { name: text("name").ok_or(Refusal::Damaged(Thing::User))?, password: text("password") })
    }

    /// Seals it for its user.
    pub(in crate::archive) fn seal(
        &self,
        inner: &Inner,
        keys: &Keyring,
        user: UserId,
    ) -> Result<SealedProfile, Refusal> {
        let json = json!({"name": self.name, "password": self.password});
        cells::seal_profile(inner, keys, &user.to_string(), PROFILE, &json)
    }
}

/// A user with the profile.
pub(in crate::archive) struct Account {
    pub row: UserRow,
    pub profile: UserProfile,
}

impl Account {
    /// Finds the user by log-in name.
    pub(in crate::archive) fn by_name(
        keys: &Keyring,
        conn: &mut Conn,
        name: &str,
    ) -> Result<Option<Self>, Refusal> {
        let token = super::name_token(keys, name)?;
        match users::by_name(conn, &token)? {
            None => Ok(None),
            Some(row) => Ok(Some(Self { profile: UserProfile::read(keys, conn, row.id)?, row })),
        }
    }

    /// What of it gives rights, for [`Inner::vouched`].
    pub(in crate::archive) fn claims(&self, conn: &mut Conn) -> Result<Vec<Claim>, Refusal> {
        let user = self.row.id;
        let rows = UserRows::read(conn, user)?.filter(|rows| rows.row == self.row);
        let rows = rows.ok_or(Refusal::Damaged(Thing::User))?;
        let (profile, secret) = (Claim::cell(conn, user, PROFILE)?, Claim::cell(conn, user, SECOND_FACTOR)?);
        Ok(vec![Claim::User(rows), profile, secret])
    }

    /// Finds the user by id.
    pub(in crate::archive) fn get(
        keys: &Keyring,
        conn: &mut Conn,
        user: UserId,
    ) -> Result<Option<Self>, Refusal> {
        match users::get(conn, user)? {
            None => Ok(None),
            Some(row) => Ok(Some(Self { profile: UserProfile::read(keys, conn, row.id)?, row })),
        }
    }
}
