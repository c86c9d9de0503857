//! The archive's few single values: its id, its log's origin, counters.

use diesel::prelude::*;

use crate::store::StoreError;
use crate::store::backend::{Conn, each};
use crate::store::schema::meta;

/// The value of `key`.
pub fn get(conn: &mut Conn, key: &str) -> Result<Option<String>, StoreError> {
    Ok(each!(conn, c => meta::table.find(key).select(meta::value).first(c).optional())?)
}

/// Sets `key`, whether it was there or not.
pub fn put(conn: &mut Conn, key: &str, value: &str) -> Result<(), StoreError> {
    each!(conn, c => diesel::insert_into(meta::table)
        .values((meta::key.eq(key), meta::value.eq(value)))
        .on_conflict(meta::key)
        .do_update()
        .set(meta::value.eq(diesel::upsert::excluded(meta::value)))
        .execute(c))?;
    Ok(())
}

/// Sets `key` only if it is not there yet; false if it was.
pub fn put_first(conn: &mut Conn, key: &str, value: &str) -> Result<bool, StoreError> {
    let rows = each!(conn, c => diesel::insert_into(meta::table)
        .values((meta::key.eq(key), meta::value.eq(value)))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(rows == 1)
}

/// Where a counter stands; 0 if it never counted. Taken inside a write, on a shared database other nodes
/// wait for it until the write has ended.
///
/// # Errors
/// [`StoreError::Corrupt`] if something else than a number stands there.
pub fn last_number(conn: &mut Conn, key: &str) -> Result<u64, StoreError> {
    put_first(conn, key, "0")?;
    // Writing the row locks it, on either database.
    each!(conn, c => diesel::update(meta::table.find(key)).set(meta::value.eq(meta::value)).execute(c))?;
    let found: String = each!(conn, c => meta::table.find(key).select(meta::value).first(c))?;
    found.parse().map_err(|_| no_number(key))
}

/// The next number of a counter, from 1, without gaps: taken inside a write, it is given back if that
/// is rolled back.
///
/// # Errors
/// As [`last_number`].
pub fn next_number(conn: &mut Conn, key: &str) -> Result<u64, StoreError> {
    let next = last_number(conn, key)?.checked_add(1).ok_or_else(|| no_number(key))?;
    put(conn, key, &next.to_string())?;
    Ok(next)
}

/// The keys that begin so, in order.
pub fn keys_beginning(conn: &mut Conn, beginning: &str) -> Result<Vec<String>, StoreError> {
    let keys: Vec<String> = each!(conn, c => meta::table.select(meta::key).order(meta::key).load(c))?;
    Ok(keys.into_iter().filter(|key| key.starts_with(beginning)).collect())
}

fn no_number(key: &str) -> StoreError {
    StoreError::Corrupt { table: "meta", id: key.to_owned(), why: "no number".to_owned() }
}
