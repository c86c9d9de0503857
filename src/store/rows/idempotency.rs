//! Keys by which a request that is made again is recognised.

use diesel::prelude::*;

use super::column::{Column, LookupToken};
use super::row::row;
use super::statements::{change, find, insert};
use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::Conn;
use crate::store::schema::idempotency;

row! {
    /// A request that was answered before, found again by the key that the caller chose.
    IdempotencyRow as RawIdempotency in idempotency by (actor, key_token) {
        /// Who asked: a user's id.
        actor: String,
        /// Finds the key.
        key_token: LookupToken,
        /// SHA-256 of the request.
        request_digest: Digest,
        /// The opaque id of what came of it.
        subject: String,
        /// When it was answered.
        created_at: Moment,
    }
}

/// Keeps the key of a request.
///
/// # Errors
/// [`StoreError::Duplicate`] if this actor has used the key before.
pub fn insert(conn: &mut Conn, row: &IdempotencyRow) -> Result<(), StoreError> {
    insert!(conn, idempotency, row)
}

/// What this actor asked under that key before.
pub fn get(conn: &mut Conn, actor: &str, token: &LookupToken) -> Result<Option<IdempotencyRow>, StoreError> {
    find!(conn, RawIdempotency, idempotency::table.find((actor, token.to_raw())))
}

/// Forgets every request of which this record came; how many there were.
pub fn delete_of_record(conn: &mut Conn, record: RecordId) -> Result<u64, StoreError> {
    let subjects = format!("{record}/%");
    change!(conn, diesel::delete(idempotency::table.filter(idempotency::subject.like(subjects))))
}

/// Forgets keys of requests answered before `at`.
pub fn delete_before(conn: &mut Conn, at: Moment) -> Result<u64, StoreError> {
    change!(conn, diesel::delete(idempotency::table.filter(idempotency::created_at.lt(at.to_raw()))))
}
