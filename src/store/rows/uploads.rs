//! Uploads: contents that arrive before the capture that names them.

use diesel::prelude::*;

use super::column::{Column, words};
use super::row::{all, row};
use super::statements::{Before, behind, change, find, insert, list};
use crate::base::id::{ComponentId, UploadId, UserId};
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::{Conn, each};
use crate::store::schema::uploads;

words! {
    /// How far an upload has come.
    UploadState = "state of an upload" {
        /// Its content has not arrived.
        Waiting = "waiting",
        /// Its content is here, sealed and durable.
        Complete = "complete",
        /// A record has taken the content over.
        Captured = "captured",
    }
}

row! {
    /// An upload. What is known of it in words, and the keys of its content, lie in cells.
    UploadRow as RawUpload in uploads by (id) {
        /// The upload.
        id: UploadId,
        /// Whose it is.
        actor: UserId,
        /// When it was begun.
        created_at: Moment,
        /// When it is swept.
        expires_at: Moment,
        /// How far it has come.
        state: UploadState,
        /// Bytes that its content is announced to have.
        declared_bytes: u64,
        /// The component that the content becomes, once it is here.
        component_id: Option<ComponentId>,
    }
}

/// Adds an upload.
pub fn insert(conn: &mut Conn, row: &UploadRow) -> Result<(), StoreError> {
    insert!(conn, uploads, row)
}

/// The payloads of all uploads that no record has taken over.
pub fn components(conn: &mut Conn) -> Result<Vec<ComponentId>, StoreError> {
    let complete = uploads::state.eq(UploadState::Complete.as_str());
    let rows: Vec<UploadRow> = list!(conn, RawUpload, uploads::table.filter(complete).order(uploads::id))?;
    Ok(rows.into_iter().filter_map(|row| row.component_id).collect())
}

/// The upload.
pub fn get(conn: &mut Conn, id: UploadId) -> Result<Option<UploadRow>, StoreError> {
    find!(conn, RawUpload, uploads::table.find(id.to_raw()))
}

/// A page of somebody's uploads, newest first.
pub fn page(
    conn: &mut Conn,
    actor: UserId,
    before: Option<Before<UploadId>>,
    limit: u32,
) -> Result<Vec<UploadRow>, StoreError> {
    let mut query =
        uploads::table.filter(uploads::actor.eq(actor.to_raw())).select(RawUpload::as_select()).into_boxed();
    if let Some(before) = before {
        query = query.filter(behind!(uploads::created_at, uploads::id, before));
    }
    let order = (uploads::created_at.desc(), uploads::id.desc());
    all(query.order(order).limit(i64::from(limit)).load(conn)?)
}

/// Announced bytes of each upload of a person that no record has taken over.
pub fn open_bytes(conn: &mut Conn, actor: UserId) -> Result<Vec<u64>, StoreError> {
    let found: Vec<i64> = each!(conn, c => uploads::table
        .filter(uploads::actor.eq(actor.to_raw()))
        .filter(uploads::state.ne(UploadState::Captured.as_str()))
        .select(uploads::declared_bytes)
        .load(c))?;
    Ok(found.into_iter().map(i64::unsigned_abs).collect())
}

/// Takes the content in; false if the upload does not wait for one.
pub fn complete(conn: &mut Conn, id: UploadId, component: ComponentId) -> Result<bool, StoreError> {
    let waiting = uploads::table.find(id.to_raw()).filter(uploads::state.eq(UploadState::Waiting.as_str()));
    let changed = change!(
        conn,
        diesel::update(waiting).set((
            uploads::state.eq(UploadState::Complete.as_str()),
            uploads::component_id.eq(component.to_raw()),
        ))
    )?;
    Ok(changed == 1)
}

/// Hands the content over to a record; false if it is not there to be handed over.
pub fn hand_over(conn: &mut Conn, id: UploadId, component: ComponentId) -> Result<bool, StoreError> {
    let complete = uploads::table
        .find(id.to_raw())
        .filter(uploads::state.eq(UploadState::Complete.as_str()))
        .filter(uploads::component_id.eq(component.to_raw()));
    let changed =
        change!(conn, diesel::update(complete).set(uploads::state.eq(UploadState::Captured.as_str())))?;
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

/// Removes an upload that is in this state; false if there is none.
pub fn delete(conn: &mut Conn, id: UploadId, state: UploadState) -> Result<bool, StoreError> {
    let there = uploads::table.find(id.to_raw()).filter(uploads::state.eq(state.as_str()));
    Ok(change!(conn, diesel::delete(there))? == 1)
}

/// The upload whose content becomes a component: its payload in the blob store is no orphan.
pub fn of_component(conn: &mut Conn, id: ComponentId) -> Result<Option<UploadRow>, StoreError> {
    find!(conn, RawUpload, uploads::table.filter(uploads::component_id.eq(id.to_raw())))
}
