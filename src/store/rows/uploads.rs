//! Uploads: captures whose content is still on its way.

use diesel::prelude::*;

use super::column::Column;
use super::row::row;
use super::statements::{change, find, insert, list};
use crate::base::id::{ComponentId, UploadId, UserId};
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::Conn;
use crate::store::schema::{upload_parts, uploads};

row! {
    /// An upload.
    UploadRow as RawUpload in uploads by (id) {
        /// The upload.
        id: UploadId,
        /// Who captures.
        actor: UserId,
        /// When it was begun.
        created_at: Moment,
        /// When it is swept.
        expires_at: Moment,
        /// The request, sealed.
        request: Vec<u8>,
        /// Its state, a closed word.
        state: String,
    }
}

row! {
    /// One component of an upload.
    UploadPartRow as RawUploadPart in upload_parts by (upload_id, ordinal) {
        /// The upload.
        upload_id: UploadId,
        /// Its place among the components, from 0.
        ordinal: u32,
        /// The component that it becomes.
        component_id: ComponentId,
        /// Its state, a closed word.
        state: String,
        /// Bytes of the sealed payload that have arrived.
        payload_bytes: u64,
    }
}

/// Adds an upload.
pub fn insert(conn: &mut Conn, row: &UploadRow) -> Result<(), StoreError> {
    insert!(conn, uploads, row)
}

/// The upload.
pub fn get(conn: &mut Conn, id: UploadId) -> Result<Option<UploadRow>, StoreError> {
    find!(conn, RawUpload, uploads::table.find(id.to_raw()))
}

/// Moves an upload from one state to another; false if it is not in the first.
pub fn change_state(
    conn: &mut Conn,
    id: UploadId,
    step: super::records::StateStep<'_>,
) -> Result<bool, StoreError> {
    let changed = change!(
        conn,
        diesel::update(uploads::table.find(id.to_raw()).filter(uploads::state.eq(step.from)))
            .set(uploads::state.eq(step.to))
    )?;
    Ok(changed == 1)
}

/// Uploads that are to be swept at `now`, at most `limit`.
pub fn expired(conn: &mut Conn, now: Moment, limit: u32) -> Result<Vec<UploadRow>, StoreError> {
    list!(
        conn,
        RawUpload,
        uploads::table
            .filter(uploads::expires_at.le(now.to_raw()))
            .order((uploads::expires_at, uploads::id))
            .limit(i64::from(limit))
    )
}

/// Removes an upload with its parts; false if there was none.
pub fn delete(conn: &mut Conn, id: UploadId) -> Result<bool, StoreError> {
    change!(conn, diesel::delete(upload_parts::table.filter(upload_parts::upload_id.eq(id.to_raw()))))?;
    Ok(change!(conn, diesel::delete(uploads::table.find(id.to_raw())))? == 1)
}

/// Adds a part.
pub fn insert_part(conn: &mut Conn, row: &UploadPartRow) -> Result<(), StoreError> {
    insert!(conn, upload_parts, row)
}

/// The parts of an upload, in order.
pub fn parts_of(conn: &mut Conn, id: UploadId) -> Result<Vec<UploadPartRow>, StoreError> {
    list!(
        conn,
        RawUploadPart,
        upload_parts::table.filter(upload_parts::upload_id.eq(id.to_raw())).order(upload_parts::ordinal)
    )
}

/// The part that becomes a component: its payload in the blob store is no orphan.
pub fn part_of_component(conn: &mut Conn, id: ComponentId) -> Result<Option<UploadPartRow>, StoreError> {
    find!(conn, RawUploadPart, upload_parts::table.filter(upload_parts::component_id.eq(id.to_raw())))
}

/// Stores a part's component, state and length; false if there is no such part.
pub fn update_part(conn: &mut Conn, row: &UploadPartRow) -> Result<bool, StoreError> {
    let raw = super::row::Row::to_raw(row);
    let changed = change!(
        conn,
        diesel::update(upload_parts::table.find((&raw.upload_id, raw.ordinal))).set((
            upload_parts::component_id.eq(&raw.component_id),
            upload_parts::state.eq(&raw.state),
            upload_parts::payload_bytes.eq(raw.payload_bytes),
        ))
    )?;
    Ok(changed == 1)
}
