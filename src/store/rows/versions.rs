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
use crate::store::backend::{Conn, each};
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

/// Notes which engine has indexed a version; `None` asks for it to be indexed again.
pub fn set_indexed(
    conn: &mut Conn,
    record: RecordId,
    version: u32,
    engine: Option<&str>,
) -> Result<bool, StoreError> {
    let changed = change!(
        conn,
        diesel::update(versions::table.find((record.to_raw(), version.to_raw())))
            .set(versions::indexed_engine.eq(engine))
    )?;
    Ok(changed == 1)
}

/// Versions that this engine has not indexed, those that none has indexed first; at most `limit`.
pub fn unindexed(conn: &mut Conn, engine: &str, limit: u32) -> Result<Vec<(RecordId, u32)>, StoreError> {
    let never: Vec<(String, i64)> = each!(conn, c => versions::table
        .filter(versions::indexed_engine.is_null())
        .order((versions::record_id, versions::version))
        .limit(i64::from(limit))
        .select((versions::record_id, versions::version))
        .load(c))?;
    let rest = i64::from(limit) - never.len() as i64;
    let by_another: Vec<(String, i64)> = each!(conn, c => versions::table
        .filter(versions::indexed_engine.ne(engine))
        .order((versions::record_id, versions::version))
        .limit(rest)
        .select((versions::record_id, versions::version))
        .load(c))?;
    never.into_iter().chain(by_another).map(|(record, version)| place(record, version)).collect()
}

fn place(record: String, version: i64) -> Result<(RecordId, u32), StoreError> {
    let key = format!("{record}/{version}");
    let corrupt = |why| StoreError::Corrupt { table: "versions", id: key, why };
    match (RecordId::from_raw(record), u32::from_raw(version)) {
        (Ok(record), Ok(version)) => Ok((record, version)),
        (Err(why), _) | (_, Err(why)) => Err(corrupt(why)),
    }
}

/// How many versions this engine has not indexed.
pub fn count_unindexed(conn: &mut Conn, engine: &str) -> Result<u64, StoreError> {
    count!(
        conn,
        versions::table.filter(versions::indexed_engine.is_null().or(versions::indexed_engine.ne(engine)))
    )
}

/// How many versions there are.
pub fn count_all(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, versions::table)
}
