//! Components: the files of a version. Small payloads lie beside them, in a table of their own.

use diesel::prelude::*;

use super::column::{Column, words};
use super::row::row;
use super::statements::{change, count, find, insert, list, scan};
use crate::base::digest::Digest;
use crate::base::id::{ComponentId, RecordId};
use crate::store::StoreError;
use crate::store::backend::{Conn, each};
use crate::store::schema::{components, payloads};

words! {
    /// Where a payload lies.
    Place = "place of a payload" {
        /// In the table `payloads`.
        Inline = "inline",
        /// In the blob store, under the component's id.
        Blob = "blob",
    }
    /// Whether a payload is still there.
    Presence = "presence" {
        /// It must be there.
        Present = "present",
        /// It was destroyed.
        Gone = "gone",
    }
}

row! {
    /// One component of one version.
    ComponentRow as RawComponent in components by (id) {
        /// The component.
        id: ComponentId,
        /// Its record.
        record_id: RecordId,
        /// Its version of the record.
        version: u32,
        /// Its place among the version's components, from 0.
        ordinal: u32,
        /// What it is in its version, a closed word.
        role: String,
        /// Its media type.
        media_type: String,
        /// Bytes of the plaintext.
        bytes: u64,
        /// Bytes of the sealed payload.
        payload_bytes: u64,
        /// SHA-256 of the sealed payload.
        payload_digest: Digest,
        /// The commitment to the plaintext.
        commitment: Digest,
        /// Where the payload lies.
        place: Place,
        /// Whether it is still there.
        state: Presence,
    }
}

row! {
    /// A sealed payload of at most 64 KiB of plaintext.
    PayloadRow as RawPayload in payloads by (component_id) {
        /// Its component.
        component_id: ComponentId,
        /// The sealed bytes.
        bytes: Vec<u8>,
    }
}

scan!(components, ComponentRow, RawComponent by id);

/// Adds a component.
pub fn insert(conn: &mut Conn, row: &ComponentRow) -> Result<(), StoreError> {
    insert!(conn, components, row)
}

/// The component.
pub fn get(conn: &mut Conn, id: ComponentId) -> Result<Option<ComponentRow>, StoreError> {
    find!(conn, RawComponent, components::table.find(id.to_raw()))
}

/// The components of one version, in order.
pub fn of_version(conn: &mut Conn, record: RecordId, version: u32) -> Result<Vec<ComponentRow>, StoreError> {
    list!(
        conn,
        RawComponent,
        components::table
            .filter(components::record_id.eq(record.to_raw()))
            .filter(components::version.eq(version.to_raw()))
            .order(components::ordinal)
    )
}

/// The components of every version of a record, in order.
pub fn of_record(conn: &mut Conn, record: RecordId) -> Result<Vec<ComponentRow>, StoreError> {
    list!(
        conn,
        RawComponent,
        components::table
            .filter(components::record_id.eq(record.to_raw()))
            .order((components::version, components::ordinal))
    )
}

/// Components whose payloads lie in files: the oldest and the newest, at most `limit` of each.
pub fn some_in_files(conn: &mut Conn, limit: u32) -> Result<Vec<ComponentId>, StoreError> {
    let in_files = || {
        let present = components::state.eq(Presence::Present.to_raw());
        components::table
            .filter(components::place.eq(Place::Blob.to_raw()).and(present))
            .select(components::id)
    };
    let most = i64::from(limit);
    let mut found: Vec<String> =
        each!(conn, c => in_files().order(components::id.desc()).limit(most).load(c))?;
    let oldest: Vec<String> = each!(conn, c => in_files().order(components::id).limit(most).load(c))?;
    found.extend(oldest);
    let id = |raw| {
        ComponentId::from_raw(raw).map_err(|why| StoreError::Corrupt {
            table: "components",
            id: "id".to_owned(),
            why,
        })
    };
    found.into_iter().map(id).collect()
}

/// Removes a component with the payload that lies beside it; false if there was none.
pub fn delete(conn: &mut Conn, id: ComponentId) -> Result<bool, StoreError> {
    delete_payload(conn, id)?;
    Ok(change!(conn, diesel::delete(components::table.find(id.to_raw())))? == 1)
}

/// Takes the payloads of a record away that lie beside its components, and marks each component as gone.
pub fn empty(conn: &mut Conn, record: RecordId) -> Result<(), StoreError> {
    for row in of_record(conn, record)? {
        delete_payload(conn, row.id)?;
    }
    let own = components::table.filter(components::record_id.eq(record.to_raw()));
    change!(conn, diesel::update(own).set(components::state.eq(Presence::Gone.to_raw()))).map(|_| ())
}

/// How many components there are.
pub fn count_all(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, components::table)
}

/// Stores a payload beside its component.
pub fn insert_payload(conn: &mut Conn, row: &PayloadRow) -> Result<(), StoreError> {
    let id = row.component_id.to_raw();
    let values = (payloads::component_id.eq(&id), payloads::bytes.eq(row.bytes.as_slice()));
    each!(conn, c => diesel::insert_into(payloads::table).values(values).execute(c))?;
    Ok(())
}

/// The payload that lies beside its component.
pub fn payload(conn: &mut Conn, id: ComponentId) -> Result<Option<Vec<u8>>, StoreError> {
    let found: Option<RawPayload> = each!(conn, c => payloads::table
        .find(id.to_raw())
        .select(RawPayload::as_select())
        .first(c)
        .optional())?;
    Ok(found.map(|row| row.bytes))
}

/// Removes a payload; false if there was none.
pub fn delete_payload(conn: &mut Conn, id: ComponentId) -> Result<bool, StoreError> {
    Ok(change!(conn, diesel::delete(payloads::table.find(id.to_raw())))? == 1)
}

/// How many payloads lie in the database.
pub fn count_payloads(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, payloads::table)
}
