//! Writes a new user down.

use serde_json::json;

use crate::access::role::Roles;
use crate::base::id::UserId;
use crate::base::text::fold_name;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::seal::Keyring;
use crate::store::Tx;
use crate::store::rows::users::{self, UserRoleRow, UserRow, UserState};

use crate::archive::Inner;
use crate::archive::approvals::Countersign;
use crate::archive::bound::{Bound, bind};
use crate::archive::cells::{self, PROFILE};
use crate::archive::refusal::{Refusal, Thing};

/// A user who is to be.
pub(in crate::archive) struct NewAccount {
    pub id: UserId,
    /// The name to log in with.
    pub name: String,
    pub roles: Roles,
    /// The password's PHC string; `None` for those who never log in with one.
    pub password: Option<String>,
    pub must_change_password: bool,
    /// For roles that approve: by whom it is countersigned that the user has them.
    pub countersign: Option<Countersign>,
}

/// The token under which a user of this name is found.
pub(in crate::archive) fn name_token(keys: &Keyring, name: &str) -> Result<[u8; 16], Refusal> {
    let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
    Ok(index.lookup_token("user.name", &fold_name(name)))
}

/// Writes the user with roles, sealed profile and ledger entry.
///
/// # Errors
/// [`Refusal::Exists`] if somebody has that name.
pub(in crate::archive) fn insert(
    inner: &Inner,
    keys: &Keyring,
    tx: &mut Tx<'_>,
    by: Actor,
    account: &NewAccount,
) -> Result<(), Refusal> {
    let token = name_token(keys, &account.name)?;
    if users::by_name(tx.conn(), &token)?.is_some() {
        return Err(Refusal::Exists(Thing::User));
    }
    let at = tx.at();
    let profile = json!({"name": account.name, "password": account.password});
    let sealed = cells::seal_profile(inner, keys, &account.id.to_string(), PROFILE, &profile)?;
    users::insert(
        tx.conn(),
        &UserRow {
            id: account.id,
            name_token: token,
            state: UserState::Active,
            created_at: at,
            must_change_password: account.must_change_password,
        },
    )?;
    let roles: Vec<&str> = account.roles.iter().map(|role| role.as_str()).collect();
    for role in &roles {
        users::add_role(tx.conn(), &UserRoleRow { user_id: account.id, role: (*role).to_owned() })?;
    }
    crate::store::rows::cells::insert(tx.conn(), &sealed.row)?;
    let mut facts = json!({"profile": sealed.commitment.to_hex(), "roles": roles});
    if let (Some(countersign), Some(facts)) = (account.countersign, facts.as_object_mut()) {
        facts.insert("countersigned".to_owned(), countersign.to_fact());
    }
    let rows = [Bound::User(account.id), Bound::cell(account.id, PROFILE)];
    let facts = bind(tx.conn(), facts, &rows)?;
    tx.enter(EntryDraft { kind: EntryKind::UserCreated, subject: account.id.to_string(), actor: by, facts })?;
    Ok(())
}
