//! Links between records.

use diesel::prelude::*;

use super::column::Column;
use super::row::{all, row};
use super::statements::{change, count, find, insert, list, scan};
use crate::base::id::{LinkId, RecordId};
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::{Conn, each};
use crate::store::schema::links;

row! {
    /// A link.
    LinkRow as RawLink in links by (id) {
        /// The link.
        id: LinkId,
        /// The record that says so.
        from_record: RecordId,
        /// What it says, a closed word.
        kind: String,
        /// The record that it is said of.
        to_record: RecordId,
        /// When it was linked.
        created_at: Moment,
    }
}

scan!(links, LinkRow, RawLink by id);

/// Adds a link.
///
/// # Errors
/// [`StoreError::Duplicate`] if the same link is there already.
pub fn insert(conn: &mut Conn, row: &LinkRow) -> Result<(), StoreError> {
    insert!(conn, links, row)
}

/// The link.
pub fn get(conn: &mut Conn, id: LinkId) -> Result<Option<LinkRow>, StoreError> {
    find!(conn, RawLink, links::table.find(id.to_raw()))
}

/// Links that go out from a record.
pub fn from_record(conn: &mut Conn, record: RecordId) -> Result<Vec<LinkRow>, StoreError> {
    list!(conn, RawLink, links::table.filter(links::from_record.eq(record.to_raw())).order(links::id))
}

/// Links that lead to a record.
pub fn to_record(conn: &mut Conn, record: RecordId) -> Result<Vec<LinkRow>, StoreError> {
    list!(conn, RawLink, links::table.filter(links::to_record.eq(record.to_raw())).order(links::id))
}

/// Links with at least one end among the records, each once.
pub fn around(conn: &mut Conn, records: &[RecordId]) -> Result<Vec<LinkRow>, StoreError> {
    let mut found = std::collections::BTreeMap::new();
    for chunk in records.chunks(500) {
        let ends: Vec<String> = chunk.iter().map(Column::to_raw).collect();
        let raw: Vec<RawLink> = each!(conn, c => links::table
            .filter(links::from_record.eq_any(&ends).or(links::to_record.eq_any(&ends)))
            .select(RawLink::as_select())
            .load(c))?;
        found.extend(all::<LinkRow>(raw)?.into_iter().map(|link| (link.id, link)));
    }
    Ok(found.into_values().collect())
}

/// Removes a link; false if there was none.
pub fn delete(conn: &mut Conn, id: LinkId) -> Result<bool, StoreError> {
    Ok(change!(conn, diesel::delete(links::table.find(id.to_raw())))? == 1)
}

/// How many links there are.
pub fn count_all(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, links::table)
}
