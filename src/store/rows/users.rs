//! Users, their roles and what they were granted. Names and passwords are in cells.

use diesel::prelude::*;

use super::column::{Column, LookupToken, words};
use super::row::{all, row};
use super::statements::{Before, behind, change, count, find, insert, insert_new, list, scan};
use crate::base::id::UserId;
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::{Conn, each};
use crate::store::schema::{grants, user_roles, users};

words! {
    /// Whether a user may come in.
    UserState = "state of a user" {
        /// May log in.
        Active = "active",
        /// May not.
        Disabled = "disabled",
    }
    /// What a grant is about.
    GrantScope = "scope of a grant" {
        /// A service case.
        Case = "case",
        /// A legal matter.
        Matter = "matter",
    }
}

row! {
    /// A user.
    UserRow as RawUser in users by (id) {
        /// The user.
        id: UserId,
        /// Finds the user by log-in name.
        name_token: LookupToken,
        /// Whether they may come in.
        state: UserState,
        /// When the account was made.
        created_at: Moment,
        /// Whether the password must be changed at the next log-in.
        must_change_password: bool,
    }
}

row! {
    /// A user's role.
    UserRoleRow as RawUserRole in user_roles by (user_id, role) {
        /// The user.
        user_id: UserId,
        /// The role, a closed word.
        role: String,
    }
}

row! {
    /// A case or matter that a user may see.
    GrantRow as RawGrant in grants by (user_id, scope, scope_id) {
        /// The user.
        user_id: UserId,
        /// Case or matter.
        scope: GrantScope,
        /// Which one.
        scope_id: String,
    }
}

scan!(users, UserRow, RawUser by id);

/// Adds a user.
///
/// # Errors
/// [`StoreError::Duplicate`] for `name_token`, if the log-in name is taken.
pub fn insert(conn: &mut Conn, row: &UserRow) -> Result<(), StoreError> {
    insert!(conn, users, row)
}

/// The user.
pub fn get(conn: &mut Conn, id: UserId) -> Result<Option<UserRow>, StoreError> {
    find!(conn, RawUser, users::table.find(id.to_raw()))
}

/// The user with that log-in name.
pub fn by_name(conn: &mut Conn, token: &LookupToken) -> Result<Option<UserRow>, StoreError> {
    find!(conn, RawUser, users::table.filter(users::name_token.eq(token.to_raw())))
}

/// A page of users, newest first.
pub fn page(conn: &mut Conn, before: Option<Before<UserId>>, limit: u32) -> Result<Vec<UserRow>, StoreError> {
    let mut query = users::table.select(RawUser::as_select()).into_boxed();
    if let Some(before) = before {
        query = query.filter(behind!(users::created_at, users::id, before));
    }
    let order = (users::created_at.desc(), users::id.desc());
    all(query.order(order).limit(i64::from(limit)).load(conn)?)
}

/// How many users there are.
pub fn count_all(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, users::table)
}

/// Stores name, state and whether the password must change; false if there is no such user.
pub fn update(conn: &mut Conn, row: &UserRow) -> Result<bool, StoreError> {
    let raw = super::row::Row::to_raw(row);
    let changed = change!(
        conn,
        diesel::update(users::table.find(&raw.id)).set((
            users::name_token.eq(&raw.name_token),
            users::state.eq(&raw.state),
            users::must_change_password.eq(raw.must_change_password),
        ))
    )?;
    Ok(changed == 1)
}

/// Gives a role; false if the user has it.
pub fn add_role(conn: &mut Conn, row: &UserRoleRow) -> Result<bool, StoreError> {
    insert_new!(conn, user_roles, row)
}

/// Takes a role back; false if the user did not have it.
pub fn remove_role(conn: &mut Conn, row: &UserRoleRow) -> Result<bool, StoreError> {
    let raw = super::row::Row::to_raw(row);
    Ok(change!(conn, diesel::delete(user_roles::table.find((raw.user_id, raw.role))))? == 1)
}

/// A user's roles.
pub fn roles_of(conn: &mut Conn, user: UserId) -> Result<Vec<String>, StoreError> {
    Ok(each!(conn, c => user_roles::table
        .filter(user_roles::user_id.eq(user.to_raw()))
        .order(user_roles::role)
        .select(user_roles::role)
        .load(c))?)
}

/// Users who have the role, whether they may come in or not.
pub fn with_role(conn: &mut Conn, role: &str) -> Result<Vec<UserRow>, StoreError> {
    let with_role = user_roles::table.filter(user_roles::role.eq(role)).select(user_roles::user_id);
    list!(conn, RawUser, users::table.filter(users::id.eq_any(with_role)).order(users::id))
}

/// How many active users have the role.
pub fn count_active_with_role(conn: &mut Conn, role: &str) -> Result<u64, StoreError> {
    let with_role = || user_roles::table.filter(user_roles::role.eq(role)).select(user_roles::user_id);
    let active = || users::table.filter(users::state.eq(UserState::Active.as_str()));
    count!(conn, active().filter(users::id.eq_any(with_role())))
}

/// Grants a case or matter; false if it was granted before.
pub fn add_grant(conn: &mut Conn, row: &GrantRow) -> Result<bool, StoreError> {
    insert_new!(conn, grants, row)
}

/// Takes a grant back; false if there was none.
pub fn remove_grant(conn: &mut Conn, row: &GrantRow) -> Result<bool, StoreError> {
    let raw = super::row::Row::to_raw(row);
    let key = (raw.user_id, raw.scope, raw.scope_id);
    Ok(change!(conn, diesel::delete(grants::table.find(key)))? == 1)
}

/// What a user was granted.
pub fn grants_of(conn: &mut Conn, user: UserId) -> Result<Vec<GrantRow>, StoreError> {
    list!(
        conn,
        RawGrant,
        grants::table.filter(grants::user_id.eq(user.to_raw())).order((grants::scope, grants::scope_id))
    )
}

/// To whom a case or matter was granted.
pub fn granted(conn: &mut Conn, scope: GrantScope, scope_id: &str) -> Result<Vec<GrantRow>, StoreError> {
    list!(
        conn,
        RawGrant,
        grants::table
            .filter(grants::scope.eq(scope.as_str()))
            .filter(grants::scope_id.eq(scope_id))
            .order(grants::user_id)
    )
}

/// How many roles all users have together.
pub fn count_roles(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, user_roles::table)
}

/// How many grants there are.
pub fn count_grants(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, grants::table)
}
