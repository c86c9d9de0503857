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

/// The next number of a counter, from 1, without gaps, and beyond `given`, up to which numbers are known
/// to have been given whatever the row says: taken inside a write, it is given back if that
/// is rolled back. On a shared database other nodes wait for it until the write has ended.
///
/// # Errors
/// [`StoreError::Corrupt`] if something else than a number stands there.
pub fn next_number(conn: &mut Conn, key: &str, given: u64) -> Result<u64, StoreError> {
    put_first(conn, key, "0")?;
    // Writing the row locks it, on either database.
    each!(conn, c => diesel::update(meta::table.find(key)).set(meta::value.eq(meta::value)).execute(c))?;
    let found: String = each!(conn, c => meta::table.find(key).select(meta::value).first(c))?;
    let corrupt = || StoreError::Corrupt { table: "meta", id: key.to_owned(), why: "no number".to_owned() };
    let next =
        found.parse::<u64>().ok().and_then(|last| last.max(given).checked_add(1)).ok_or_else(corrupt)?;
    put(conn, key, &next.to_string())?;
    Ok(next)
}
