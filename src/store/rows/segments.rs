//! Segments: bulk entries of one case, category and month, sealed together as one record.

use diesel::prelude::*;

use super::column::Column;
use super::row::row;
use super::statements::{change, count, find, insert, list, scan};
use crate::base::digest::Digest;
use crate::base::id::{CaseId, RecordId};
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::Conn;
use crate::store::schema::segments;

row! {
    /// A segment.
    SegmentRow as RawSegment in segments by (record_id) {
        /// The record that it is.
        record_id: RecordId,
        /// The case that its entries belong to.
        case_id: Option<CaseId>,
        /// How many entries it has.
        entries: u64,
        /// The earliest entry's instant.
        first_at: Moment,
        /// The latest entry's instant.
        last_at: Moment,
        /// The Merkle root over the entries' commitments (RFC 6962).
        root: Digest,
        /// Where each entry begins, sealed under the version key.
        offsets: Vec<u8>,
        /// SHA-256 of the sealed offsets.
        offsets_digest: Digest,
    }
}

scan!(segments, SegmentRow, RawSegment by record_id);

/// Adds a segment.
pub fn insert(conn: &mut Conn, row: &SegmentRow) -> Result<(), StoreError> {
    insert!(conn, segments, row)
}

/// The segment that a record is.
pub fn get(conn: &mut Conn, record: RecordId) -> Result<Option<SegmentRow>, StoreError> {
    find!(conn, RawSegment, segments::table.find(record.to_raw()))
}

/// The segments of a case, earliest first.
pub fn of_case(conn: &mut Conn, case: CaseId) -> Result<Vec<SegmentRow>, StoreError> {
    list!(
        conn,
        RawSegment,
        segments::table
            .filter(segments::case_id.eq(case.to_raw()))
            .order((segments::first_at, segments::record_id))
    )
}

/// Puts another sealed table in place, because entries were erased; false if there is no such segment.
pub fn reseal(conn: &mut Conn, record: RecordId, offsets: &[u8], digest: Digest) -> Result<bool, StoreError> {
    let values = (segments::offsets.eq(offsets), segments::offsets_digest.eq(digest.to_raw()));
    Ok(change!(conn, diesel::update(segments::table.find(record.to_raw())).set(values))? == 1)
}

/// Takes the sealed table of a segment's entries away; its digest stays.
pub fn empty(conn: &mut Conn, record: RecordId) -> Result<(), StoreError> {
    let own = segments::table.find(record.to_raw());
    change!(conn, diesel::update(own).set(segments::offsets.eq(Vec::<u8>::new()))).map(|_| ())
}

/// Removes a segment; false if there was none.
pub fn delete(conn: &mut Conn, record: RecordId) -> Result<bool, StoreError> {
    Ok(change!(conn, diesel::delete(segments::table.find(record.to_raw())))? == 1)
}

/// How many segments there are.
pub fn count_all(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, segments::table)
}
