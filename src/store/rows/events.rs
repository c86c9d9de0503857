//! Retention events: what sets the periods of records going, and the keyed tokens by which they reach them.
//! What names people (the values of the keys, the reasons) is in cells.

use diesel::prelude::*;

use super::column::{Column, LookupToken};
use super::row::{all, row};
use super::statements::{Before, behind, count, find, insert, insert_new, list, scan};
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{CaseId, EventId, RecordId, UserId};
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::{Conn, MultiBackend};
use crate::store::schema::{retention_event_keys, retention_events};

row! {
    /// A retention event.
    RetentionEventRow as RawRetentionEvent in retention_events by (id) {
        /// The event.
        id: EventId,
        /// What happened, as policies name it.
        kind: String,
        /// The day on which it happened.
        occurred_on: CivilDate,
        /// The zone in which the day holds.
        zone: Zone,
        /// The case that is one of its keys.
        case_id: Option<CaseId>,
        /// The record that shows it.
        record_id: Option<RecordId>,
        /// When it was recorded.
        recorded_at: Moment,
        /// Who recorded it.
        recorded_by: UserId,
        /// Finds it by source system and the event's number there.
        source_token: Option<LookupToken>,
        /// The event in whose place it stands.
        corrects: Option<EventId>,
        /// The event that it takes back.
        cancels: Option<EventId>,
    }
}

row! {
    /// A key of an event.
    EventKeyRow as RawEventKey in retention_event_keys by (event_id, name, token) {
        /// The event.
        event_id: EventId,
        /// The name of the key.
        name: String,
        /// Finds the event by the key's value.
        token: LookupToken,
    }
}

scan!(retention_events, RetentionEventRow, RawRetentionEvent by id);

/// Adds an event.
///
/// # Errors
/// [`StoreError::Duplicate`] for `source_token`, `corrects` or `cancels`.
pub fn insert(conn: &mut Conn, row: &RetentionEventRow) -> Result<(), StoreError> {
    insert!(conn, retention_events, row)
}

/// Adds a key; false if the event has it.
pub fn add_key(conn: &mut Conn, row: &EventKeyRow) -> Result<bool, StoreError> {
    insert_new!(conn, retention_event_keys, row)
}

/// The event.
pub fn get(conn: &mut Conn, id: EventId) -> Result<Option<RetentionEventRow>, StoreError> {
    find!(conn, RawRetentionEvent, retention_events::table.find(id.to_raw()))
}

/// The event of that source.
pub fn by_source(conn: &mut Conn, token: &LookupToken) -> Result<Option<RetentionEventRow>, StoreError> {
    find!(
        conn,
        RawRetentionEvent,
        retention_events::table.filter(retention_events::source_token.eq(token.to_raw()))
    )
}

/// The event that corrects this one or takes it back.
pub fn successor(conn: &mut Conn, id: EventId) -> Result<Option<RetentionEventRow>, StoreError> {
    let id = id.to_raw();
    find!(
        conn,
        RawRetentionEvent,
        retention_events::table
            .filter(retention_events::corrects.eq(id.clone()).or(retention_events::cancels.eq(id)))
    )
}

/// The keys of an event.
pub fn keys_of(conn: &mut Conn, id: EventId) -> Result<Vec<EventKeyRow>, StoreError> {
    list!(
        conn,
        RawEventKey,
        retention_event_keys::table
            .filter(retention_event_keys::event_id.eq(id.to_raw()))
            .order((retention_event_keys::name, retention_event_keys::token))
    )
}

/// Every key of this token, of events that were corrected or cancelled too.
pub fn by_token(conn: &mut Conn, token: &LookupToken) -> Result<Vec<EventKeyRow>, StoreError> {
    list!(
        conn,
        RawEventKey,
        retention_event_keys::table
            .filter(retention_event_keys::token.eq(token.to_raw()))
            .order((retention_event_keys::event_id, retention_event_keys::name))
    )
}

/// How many keys there are.
pub fn count_keys(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, retention_event_keys::table)
}

/// Which events a page shows. Everything given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// What happened.
    pub kind: Option<String>,
    /// A key.
    pub token: Option<LookupToken>,
    /// Only those of these cases, and those that `recorded_by` recorded; `None` means all.
    pub within: Option<Vec<CaseId>>,
    /// Where `within` limits the list.
    pub recorded_by: Option<UserId>,
}

/// A page of events, the one recorded last first.
pub fn page(
    conn: &mut Conn,
    filter: &EventFilter,
    before: Option<Before<EventId>>,
    limit: u32,
) -> Result<Vec<RetentionEventRow>, StoreError> {
    let mut query =
        retention_events::table.select(RawRetentionEvent::as_select()).into_boxed::<MultiBackend>();
    if let Some(kind) = &filter.kind {
        query = query.filter(retention_events::kind.eq(kind.clone()));
    }
    if let Some(token) = &filter.token {
        let bound = retention_event_keys::table
            .filter(retention_event_keys::token.eq(token.to_raw()))
            .select(retention_event_keys::event_id);
        query = query.filter(retention_events::id.eq_any(bound));
    }
    if let Some(within) = &filter.within {
        let cases: Vec<Option<String>> = within.iter().map(|case| Some(case.to_raw())).collect();
        let own = filter.recorded_by.map(|user| user.to_raw()).unwrap_or_default();
        let own = retention_events::recorded_by.eq(own).nullable();
        query = query.filter(own.or(retention_events::case_id.eq_any(cases)));
    }
    if let Some(before) = before {
        query = query.filter(behind!(retention_events::recorded_at, retention_events::id, before));
    }
    let order = (retention_events::recorded_at.desc(), retention_events::id.desc());
    all(query.order(order).limit(i64::from(limit)).load(conn)?)
}
