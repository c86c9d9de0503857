//! Exports: numbered without gaps within a year, so that a missing one shows.

use diesel::prelude::*;

use super::column::Column;
use super::row::{all, row};
use super::statements::{Before, behind, change, count, find, insert, scan};
use crate::base::digest::Digest;
use crate::base::id::{CaseId, ExportId, MatterId, UserId};
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::Conn;
use crate::store::schema::exports;

row! {
    /// An export.
    ExportRow as RawExport in exports by (id) {
        /// The export.
        id: ExportId,
        /// Its number within the year, from 1.
        number: u64,
        /// The year.
        year: u32,
        /// What it is for, a closed word.
        kind: String,
        /// Its state, a closed word.
        state: String,
        /// The case that it is about.
        case_id: Option<CaseId>,
        /// The matter that it is for.
        matter_id: Option<MatterId>,
        /// When it was asked for.
        created_at: Moment,
        /// Who asked.
        created_by: UserId,
        /// Entries under the checkpoint that it rests on.
        checkpoint_size: u64,
        /// Records asked for.
        requested: u64,
        /// Records in it.
        exported: u64,
        /// Records left out on purpose.
        withheld: u64,
        /// Records that could not be read.
        failed: u64,
        /// SHA-256 of the finished bundle.
        bundle_digest: Option<Digest>,
        /// Bytes of the finished bundle.
        bundle_bytes: u64,
    }
}

scan!(exports, ExportRow, RawExport by id);

/// Adds an export.
///
/// # Errors
/// [`StoreError::Duplicate`] for `year_number`, if that number is taken.
pub fn insert(conn: &mut Conn, row: &ExportRow) -> Result<(), StoreError> {
    insert!(conn, exports, row)
}

/// The export.
pub fn get(conn: &mut Conn, id: ExportId) -> Result<Option<ExportRow>, StoreError> {
    find!(conn, RawExport, exports::table.find(id.to_raw()))
}

/// A page of exports, newest first.
pub fn page(
    conn: &mut Conn,
    before: Option<Before<ExportId>>,
    limit: u32,
) -> Result<Vec<ExportRow>, StoreError> {
    let mut query = exports::table.select(RawExport::as_select()).into_boxed();
    if let Some(before) = before {
        query = query.filter(behind!(exports::created_at, exports::id, before));
    }
    let order = (exports::created_at.desc(), exports::id.desc());
    all(query.order(order).limit(i64::from(limit)).load(conn)?)
}

/// Stores state, counts and the finished bundle, if the export is in the state `was`; false otherwise.
pub fn update(conn: &mut Conn, row: &ExportRow, was: &str) -> Result<bool, StoreError> {
    let raw = super::row::Row::to_raw(row);
    let changed = change!(
        conn,
        diesel::update(exports::table.find(&raw.id).filter(exports::state.eq(was))).set((
            exports::state.eq(&raw.state),
            exports::checkpoint_size.eq(raw.checkpoint_size),
            exports::requested.eq(raw.requested),
            exports::exported.eq(raw.exported),
            exports::withheld.eq(raw.withheld),
            exports::failed.eq(raw.failed),
            exports::bundle_digest.eq(&raw.bundle_digest),
            exports::bundle_bytes.eq(raw.bundle_bytes),
        ))
    )?;
    Ok(changed == 1)
}

/// How many exports there are.
pub fn count_all(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, exports::table)
}
