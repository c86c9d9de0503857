//! Versions of records: what was captured at one time, and the sealed descriptor.

use diesel::prelude::*;

use super::column::{Column, LookupToken};
use super::row::row;
use super::statements::{change, count, find, insert, list, scan};
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::id::{RecordId, UserId};
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::Conn;
use crate::store::schema::versions;

row! {
    /// One version of a record.
    VersionRow as RawVersion in versions by (record_id, version) {
        /// The record.
        record_id: RecordId,
        /// The version, from 1.
        version: u32,
        /// Recognises a revision of the source that was captured before.
        revision_token: Option<LookupToken>,
        /// The local day on which it happened.
        occurred_on: CivilDate,
        /// The instant, where it is known.
        occurred_at: Option<Moment>,
        /// Where that day holds.
        zone: Zone,
        /// When it reached the company.
        received_at: Moment,
        /// When it was captured.
        captured_at: Moment,
        /// Who captured it.
        captured_by: UserId,
        /// Whether it was captured later than the rules allow.
        late: bool,
        /// The sealed descriptor: nonce and ciphertext under the version key.
        descriptor: Vec<u8>,
        /// SHA-256 of the sealed descriptor.
        descriptor_digest: Digest,
        /// The commitment to the descriptor's plaintext.
        descriptor_commitment: Digest,
        /// Canonical JSON of the dates, closed words and booleans that the engines need in clear.
        facts: String,
        /// The version of the engine that indexed it; `None` until then.
        indexed_engine: Option<String>,
        /// The version of the engine that looked for personal data in it; `None` until then.
        detected_engine: Option<String>,
    }
}

scan!(versions, VersionRow, RawVersion by record_id, version);

/// Adds a version.
pub fn insert(conn: &mut Conn, row: &VersionRow) -> Result<(), StoreError> {
    insert!(conn, versions, row)
}

/// One version.
pub fn get(conn: &mut Conn, record: RecordId, version: u32) -> Result<Option<VersionRow>, StoreError> {
    find!(conn, RawVersion, versions::table.find((record.to_raw(), version.to_raw())))
}

/// Puts another sealed descriptor in place, because the version has another key; false if there is no such
/// version.
pub fn reseal(
    conn: &mut Conn,
    (record, version): (RecordId, u32),
    descriptor: &[u8],
    digest: Digest,
) -> Result<bool, StoreError> {
    let row = versions::table.find((record.to_raw(), version.to_raw()));
    let values = (versions::descriptor.eq(descriptor), versions::descriptor_digest.eq(digest.to_raw()));
    Ok(change!(conn, diesel::update(row).set(values))? == 1)
}

/// Takes the sealed descriptors of a record's versions away; their digests stay.
pub fn empty(conn: &mut Conn, record: RecordId) -> Result<(), StoreError> {
    let own = versions::table.filter(versions::record_id.eq(record.to_raw()));
    change!(conn, diesel::update(own).set(versions::descriptor.eq(Vec::<u8>::new()))).map(|_| ())
}

/// Every version of a record, first to last.
pub fn of_record(conn: &mut Conn, record: RecordId) -> Result<Vec<VersionRow>, StoreError> {
    list!(
        conn,
        RawVersion,
        versions::table.filter(versions::record_id.eq(record.to_raw())).order(versions::version)
    )
}

/// The version of a record that was captured from this revision of its source.
pub fn by_revision(
    conn: &mut Conn,
    record: RecordId,
    token: &LookupToken,
) -> Result<Option<VersionRow>, StoreError> {
    find!(
        conn,
        RawVersion,
        versions::table
            .filter(versions::record_id.eq(record.to_raw()))
            .filter(versions::revision_token.eq(token.to_raw()))
            .order(versions::version.desc())
    )
}

/// How many versions there are.
pub fn count_all(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, versions::table)
}

/// How many first versions came in late from an instant on and before another.
pub fn count_late(conn: &mut Conn, (from, before): (Moment, Moment)) -> Result<u64, StoreError> {
    count!(
        conn,
        versions::table
            .filter(versions::version.eq(1_i64))
            .filter(versions::late.eq(true))
            .filter(versions::captured_at.ge(from.to_raw()))
            .filter(versions::captured_at.lt(before.to_raw()))
    )
}
