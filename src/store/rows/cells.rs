//! Cells: everything small that is sealed under the epoch key. Destroying one is what shreds.

use diesel::prelude::*;

use super::column::Column;
use super::row::row;
use super::statements::{change, count, find, insert, list, must_ascend, scan};
use crate::base::digest::Digest;
use crate::store::StoreError;
use crate::store::backend::{Conn, each};
use crate::store::schema::cells;

row! {
    /// A sealed cell. Owner and part are bound into the seal.
    CellRow as RawCell in cells by (owner, part) {
        /// The id of what it belongs to.
        owner: String,
        /// Which of the owner's cells it is.
        part: String,
        /// The epoch key that seals it.
        epoch: u32,
        /// Nonce and ciphertext.
        sealed: Vec<u8>,
        /// SHA-256 of `sealed`, so that it can be checked without any key.
        digest: Digest,
        /// The set of recipients of the age header inside; 0 where there is none.
        generation: u32,
    }
}

scan!(cells, CellRow, RawCell by owner, part);

/// Adds a cell.
pub fn insert(conn: &mut Conn, row: &CellRow) -> Result<(), StoreError> {
    insert!(conn, cells, row)
}

/// Adds cells.
pub fn insert_all(conn: &mut Conn, rows: &[CellRow]) -> Result<(), StoreError> {
    rows.iter().try_for_each(|row| insert(conn, row))
}

/// One cell.
pub fn get(conn: &mut Conn, owner: &str, part: &str) -> Result<Option<CellRow>, StoreError> {
    find!(conn, RawCell, cells::table.find((owner, part)))
}

/// Every cell of an owner.
pub fn of_owner(conn: &mut Conn, owner: &str) -> Result<Vec<CellRow>, StoreError> {
    list!(conn, RawCell, cells::table.filter(cells::owner.eq(owner)).order(cells::part))
}

/// Puts a cell in place of the one with the digest `was`; false if that is no longer there.
pub fn replace(conn: &mut Conn, row: &CellRow, was: Digest) -> Result<bool, StoreError> {
    let raw = super::row::Row::to_raw(row);
    let changed = change!(
        conn,
        diesel::update(cells::table.find((&raw.owner, &raw.part)).filter(cells::digest.eq(was.to_raw())))
            .set((
                cells::epoch.eq(raw.epoch),
                cells::sealed.eq(&raw.sealed),
                cells::digest.eq(&raw.digest),
                cells::generation.eq(raw.generation),
            ))
    )?;
    Ok(changed == 1)
}

/// Removes a cell; false if there was none.
pub fn delete(conn: &mut Conn, owner: &str, part: &str) -> Result<bool, StoreError> {
    Ok(change!(conn, diesel::delete(cells::table.find((owner, part))))? == 1)
}

/// Removes every cell of an owner; how many there were.
pub fn delete_owner(conn: &mut Conn, owner: &str) -> Result<u64, StoreError> {
    change!(conn, diesel::delete(cells::table.filter(cells::owner.eq(owner))))
}

/// The order of cells: that of their key, by which they are found. Nothing else of a cell is indexed, since
/// every capture makes two and all are looked through only when keys are renewed.
const KEY: (cells::owner, cells::part) = (cells::owner, cells::part);

/// Everything behind a cell. The range comes first, for the index's sake.
#[diesel::dsl::auto_type]
fn behind<'a>((owner, part): (&'a str, &'a str)) -> _ {
    cells::owner.ge(owner).and(cells::owner.gt(owner).or(cells::part.gt(part)))
}

/// Cells that an older epoch key seals, in the order of owner and part, at most `limit` behind `after`: what is
/// left of turning the epoch.
pub fn of_older_epochs(
    conn: &mut Conn,
    current: u32,
    after: Option<(&str, &str)>,
    limit: u32,
) -> Result<Vec<CellRow>, StoreError> {
    let stale = || cells::epoch.lt(current.to_raw());
    let found: Vec<CellRow> = match after {
        None => list!(conn, RawCell, cells::table.filter(stale()).order(KEY).limit(i64::from(limit)))?,
        Some(after) => list!(
            conn,
            RawCell,
            cells::table.filter(stale()).filter(behind(after)).order(KEY).limit(i64::from(limit))
        )?,
    };
    if let Some(last) = found.last() {
        must_ascend(conn, "cells", after.as_ref(), &(last.owner.as_str(), last.part.as_str()))?;
    }
    Ok(found)
}

/// How many cells older epoch keys seal.
pub fn count_older_epochs(conn: &mut Conn, current: u32) -> Result<u64, StoreError> {
    count!(conn, cells::table.filter(cells::epoch.lt(current.to_raw())))
}

/// Cells whose age header has older recipients, in the order of owner and part, at most `limit` behind `after`:
/// what is left of rotating keys.
pub fn of_older_generations(
    conn: &mut Conn,
    current: u32,
    after: Option<(&str, &str)>,
    limit: u32,
) -> Result<Vec<CellRow>, StoreError> {
    let stale = || cells::generation.ge(1).and(cells::generation.lt(current.to_raw()));
    let found: Vec<CellRow> = match after {
        None => list!(conn, RawCell, cells::table.filter(stale()).order(KEY).limit(i64::from(limit)))?,
        Some(after) => list!(
            conn,
            RawCell,
            cells::table.filter(stale()).filter(behind(after)).order(KEY).limit(i64::from(limit))
        )?,
    };
    if let Some(last) = found.last() {
        must_ascend(conn, "cells", after.as_ref(), &(last.owner.as_str(), last.part.as_str()))?;
    }
    Ok(found)
}

/// How many cells have an age header with older recipients.
pub fn count_older_generations(conn: &mut Conn, current: u32) -> Result<u64, StoreError> {
    count!(conn, cells::table.filter(cells::generation.ge(1).and(cells::generation.lt(current.to_raw()))))
}

/// How many cells have this part. Looks through the whole table.
pub fn count_of_part(conn: &mut Conn, part: &str) -> Result<u64, StoreError> {
    count!(conn, cells::table.filter(cells::part.eq(part)))
}

/// The epochs in which cells are sealed, ascending. Looks through the whole table.
pub fn epochs(conn: &mut Conn) -> Result<Vec<u32>, StoreError> {
    let found: Vec<i64> = each!(conn, c =>
        cells::table.select(cells::epoch).distinct().order(cells::epoch).load(c))?;
    let epoch = |raw| {
        u32::from_raw(raw).map_err(|why| StoreError::Corrupt { table: "cells", id: "epoch".to_owned(), why })
    };
    found.into_iter().map(epoch).collect()
}

/// How many cells there are.
pub fn count_all(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, cells::table)
}
