//! Sessions, API tokens and failed log-ins. Only hashes and keyed tokens are stored.

use diesel::prelude::*;

use super::column::{Column, LookupToken};
use super::row::row;
use super::statements::{change, find, insert, list, scan};
use crate::base::digest::Digest;
use crate::base::id::{TokenId, UserId};
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::{Conn, each};
use crate::store::schema::{api_tokens, login_failures, sessions};

row! {
    /// A session of the browser.
    SessionRow as RawSession in sessions by (token_hash) {
        /// SHA-256 of the session's token.
        token_hash: Digest,
        /// Whose it is.
        user_id: UserId,
        /// When it was opened.
        created_at: Moment,
        /// When it was last used.
        seen_at: Moment,
        /// When it ends in any case.
        expires_at: Moment,
        /// What the list of sessions shows for it.
        label: String,
    }
}

row! {
    /// An API token.
    ApiTokenRow as RawApiToken in api_tokens by (id) {
        /// Its public id.
        id: TokenId,
        /// SHA-256 of the token.
        token_hash: Digest,
        /// Whose it is.
        user_id: UserId,
        /// What it may be used for, closed words.
        scopes: String,
        /// When it was made.
        created_at: Moment,
        /// When it ends.
        expires_at: Option<Moment>,
        /// When it was taken back.
        revoked_at: Option<Moment>,
    }
}

row! {
    /// Failed log-ins under one name.
    LoginFailureRow as RawLoginFailure in login_failures by (name_token) {
        /// Finds the row by the name that was tried.
        name_token: LookupToken,
        /// How many since the last success.
        failures: u32,
        /// The last of them.
        last_at: Moment,
        /// Until when further tries wait.
        locked_until: Moment,
    }
}

scan!(api_tokens, ApiTokenRow, RawApiToken by id);

/// Every session, for `verify`.
pub mod every_session {
    use diesel::prelude::*;

    use super::{RawSession, SessionRow};
    use crate::store::rows::statements::scan;
    use crate::store::schema::sessions;

    scan!(sessions, SessionRow, RawSession by token_hash);
}

/// Opens a session.
pub fn insert(conn: &mut Conn, row: &SessionRow) -> Result<(), StoreError> {
    insert!(conn, sessions, row)
}

/// The session with that token.
pub fn get(conn: &mut Conn, token_hash: Digest) -> Result<Option<SessionRow>, StoreError> {
    find!(conn, RawSession, sessions::table.find(token_hash.to_raw()))
}

/// A user's sessions, newest first.
pub fn of_user(conn: &mut Conn, user: UserId) -> Result<Vec<SessionRow>, StoreError> {
    list!(
        conn,
        RawSession,
        sessions::table.filter(sessions::user_id.eq(user.to_raw())).order(sessions::created_at.desc())
    )
}

/// Notes that a session was used; false if it is gone.
pub fn touch(conn: &mut Conn, token_hash: Digest, at: Moment) -> Result<bool, StoreError> {
    let changed = change!(
        conn,
        diesel::update(sessions::table.find(token_hash.to_raw())).set(sessions::seen_at.eq(at.to_raw()))
    )?;
    Ok(changed == 1)
}

/// Ends a session; false if it was gone.
pub fn delete(conn: &mut Conn, token_hash: Digest) -> Result<bool, StoreError> {
    Ok(change!(conn, diesel::delete(sessions::table.find(token_hash.to_raw())))? == 1)
}

/// Removes sessions that ended before `now` or were last used before `idle_since`.
pub fn delete_ended(conn: &mut Conn, now: Moment, idle_since: Moment) -> Result<u64, StoreError> {
    let ended = sessions::expires_at.lt(now.to_raw()).or(sessions::seen_at.lt(idle_since.to_raw()));
    change!(conn, diesel::delete(sessions::table.filter(ended)))
}

/// Adds an API token.
pub fn insert_token(conn: &mut Conn, row: &ApiTokenRow) -> Result<(), StoreError> {
    insert!(conn, api_tokens, row)
}

/// The API token with that id.
pub fn token(conn: &mut Conn, id: TokenId) -> Result<Option<ApiTokenRow>, StoreError> {
    find!(conn, RawApiToken, api_tokens::table.find(id.to_raw()))
}

/// The API token with that hash, whether it still holds or not.
pub fn token_by_hash(conn: &mut Conn, token_hash: Digest) -> Result<Option<ApiTokenRow>, StoreError> {
    find!(conn, RawApiToken, api_tokens::table.filter(api_tokens::token_hash.eq(token_hash.to_raw())))
}

/// A user's API tokens, newest first, revoked ones too.
pub fn tokens_of(conn: &mut Conn, user: UserId) -> Result<Vec<ApiTokenRow>, StoreError> {
    list!(
        conn,
        RawApiToken,
        api_tokens::table.filter(api_tokens::user_id.eq(user.to_raw())).order(api_tokens::created_at.desc())
    )
}

/// Takes an API token back; false if it was revoked before or never existed.
pub fn revoke_token(conn: &mut Conn, id: TokenId, at: Moment) -> Result<bool, StoreError> {
    let changed = change!(
        conn,
        diesel::update(api_tokens::table.find(id.to_raw()).filter(api_tokens::revoked_at.is_null()))
            .set(api_tokens::revoked_at.eq(at.to_raw()))
    )?;
    Ok(changed == 1)
}

/// Failed log-ins under a name.
pub fn login_failures(conn: &mut Conn, name: &LookupToken) -> Result<Option<LoginFailureRow>, StoreError> {
    find!(conn, RawLoginFailure, login_failures::table.find(name.to_raw()))
}

/// Stores the failed log-ins under a name.
pub fn put_login_failures(conn: &mut Conn, row: &LoginFailureRow) -> Result<(), StoreError> {
    use diesel::upsert::excluded;
    let raw = super::row::Row::to_raw(row);
    each!(conn, c => diesel::insert_into(login_failures::table)
        .values(&raw)
        .on_conflict(login_failures::name_token)
        .do_update()
        .set((
            login_failures::failures.eq(excluded(login_failures::failures)),
            login_failures::last_at.eq(excluded(login_failures::last_at)),
            login_failures::locked_until.eq(excluded(login_failures::locked_until)),
        ))
        .execute(c))?;
    Ok(())
}

/// Forgets the failed log-ins under a name.
pub fn clear_login_failures(conn: &mut Conn, name: &LookupToken) -> Result<(), StoreError> {
    change!(conn, diesel::delete(login_failures::table.find(name.to_raw()))).map(|_| ())
}

/// Forgets failed log-ins of which the last lies before `at`.
pub fn delete_login_failures_before(conn: &mut Conn, at: Moment) -> Result<u64, StoreError> {
    change!(conn, diesel::delete(login_failures::table.filter(login_failures::last_at.lt(at.to_raw()))))
}
