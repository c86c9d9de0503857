//! Where personal data stands in the versions of records, sealed, and how many places of which type each
//! record has. Both are worked out again from what is sealed of the records.

use diesel::prelude::*;

use super::column::Column;
use super::row::row;
use super::statements::{change, count, find, insert, list};
use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::store::StoreError;
use crate::store::backend::Conn;
use crate::store::schema::{detected_types, detections};

row! {
    /// What was found in one version.
    DetectionRow as RawDetection in detections by (record_id, version) {
        /// The record.
        record_id: RecordId,
        /// The version.
        version: u32,
        /// The engine that looked.
        engine: String,
        /// The places, sealed under the version's key.
        sealed: Vec<u8>,
        /// SHA-256 of the sealed places.
        digest: Digest,
    }
}

row! {
    /// How many places of one type a record's current version has.
    TypeRow as RawType in detected_types by (record_id, kind) {
        /// The record.
        record_id: RecordId,
        /// The type, as the engine names it.
        kind: String,
        /// How many places.
        places: u64,
        /// Those of them that a person should judge.
        unsure: u64,
    }
}

/// What was found in a version.
pub fn get(conn: &mut Conn, record: RecordId, version: u32) -> Result<Option<DetectionRow>, StoreError> {
    find!(conn, RawDetection, detections::table.find((record.to_raw(), version.to_raw())))
}

/// Keeps what was found in a version, in place of what another engine found.
pub fn put(conn: &mut Conn, row: &DetectionRow) -> Result<(), StoreError> {
    let key = (row.record_id.to_raw(), row.version.to_raw());
    change!(conn, diesel::delete(detections::table.find(key)))?;
    insert!(conn, detections, row)
}

/// Forgets what was found in the versions of a record but one.
pub fn forget_others(conn: &mut Conn, record: RecordId, version: u32) -> Result<(), StoreError> {
    let others = detections::table
        .filter(detections::record_id.eq(record.to_raw()))
        .filter(detections::version.ne(version.to_raw()));
    change!(conn, diesel::delete(others)).map(|_| ())
}

/// Forgets everything that was found in a record.
pub fn forget(conn: &mut Conn, record: RecordId) -> Result<(), StoreError> {
    let own = detections::table.filter(detections::record_id.eq(record.to_raw()));
    change!(conn, diesel::delete(own))?;
    set_types(conn, record, &[])
}

/// Notes which types a record has, in place of what was noted before.
pub fn set_types(conn: &mut Conn, record: RecordId, types: &[TypeRow]) -> Result<(), StoreError> {
    let own = detected_types::table.filter(detected_types::record_id.eq(record.to_raw()));
    change!(conn, diesel::delete(own))?;
    types.iter().try_for_each(|row| insert!(conn, detected_types, row))
}

/// The types that a record has, in the order of their names.
pub fn types_of(conn: &mut Conn, record: RecordId) -> Result<Vec<TypeRow>, StoreError> {
    list!(
        conn,
        RawType,
        detected_types::table
            .filter(detected_types::record_id.eq(record.to_raw()))
            .order(detected_types::kind)
    )
}

/// How many versions have something kept.
pub fn count_all(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, detections::table)
}
