//! Where records stand under the policy in force, the lists on which they are for it, and by which keys events
//! reach them. All of it is worked out again from the records, the events and the policy.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::exists;
use diesel::prelude::*;

use super::column::{Column, LookupToken};
use super::records::Within;
use super::row::{all, row};
use super::statements::{change, count, find, insert, insert_new, list, must_ascend};
use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::{Conn, MultiBackend, each};
use crate::store::schema::{record_keys, record_retention, records, retention_queues};

row! {
    /// Where a record stands.
    RetentionRow as RawRetention in record_retention by (record_id) {
        /// The record.
        record_id: RecordId,
        /// The version that was current then.
        version: u32,
        /// Under which policies.
        policy: Digest,
        /// What the judge knows, sealed under the version's key.
        sealed: Vec<u8>,
        /// Where it stands, a closed word.
        state: String,
        /// True if it may only be stored and secured.
        restricted: bool,
        /// When it was judged.
        judged_at: Moment,
        /// When it has to be judged again.
        wake_at: Option<Moment>,
    }
}

row! {
    /// A key of a record.
    RecordKeyRow as RawRecordKey in record_keys by (record_id, token) {
        /// The record.
        record_id: RecordId,
        /// Finds the record by the key's name and value.
        token: LookupToken,
    }
}

row! {
    /// That a record stands on a list.
    QueueRow as RawQueue in retention_queues by (record_id, queue) {
        /// The record.
        record_id: RecordId,
        /// The list, a closed word.
        queue: String,
    }
}

macro_rules! within {
    ($query:expr, $within:expr, $id:expr) => {{
        let mut query = $query;
        if let Some(within) = $within {
            let cases: Vec<Option<String>> = within.cases.iter().map(|case| Some(case.to_raw())).collect();
            let own = within.captured_by.map(|user| user.to_raw()).unwrap_or_default();
            let own = records::captured_by.eq(own).nullable();
            let seen = records::table.filter(own.or(records::case_id.eq_any(cases))).select(records::id);
            query = query.filter($id.eq_any(seen));
        }
        query
    }};
}

/// Where a record stands.
pub fn get(conn: &mut Conn, record: RecordId) -> Result<Option<RetentionRow>, StoreError> {
    find!(conn, RawRetention, record_retention::table.find(record.to_raw()))
}

/// The states of those of the records that were judged, and whether they are restricted.
pub fn states_of(
    conn: &mut Conn,
    ids: &[RecordId],
) -> Result<BTreeMap<RecordId, (String, bool)>, StoreError> {
    let mut states = BTreeMap::new();
    for chunk in ids.chunks(500) {
        let keys: Vec<String> = chunk.iter().map(Column::to_raw).collect();
        let found: Vec<(String, String, bool)> = each!(conn, c => record_retention::table
            .filter(record_retention::record_id.eq_any(keys))
            .select((record_retention::record_id, record_retention::state, record_retention::restricted))
            .load(c))?;
        for (id, state, restricted) in found {
            if let Ok(id) = RecordId::from_raw(id) {
                states.insert(id, (state, restricted));
            }
        }
    }
    Ok(states)
}

/// Keeps where a record stands, with its keys and lists, in place of what was kept before.
pub fn put(
    conn: &mut Conn,
    row: &RetentionRow,
    keys: &[LookupToken],
    queues: &[&'static str],
) -> Result<(), StoreError> {
    let record = row.record_id;
    change!(conn, diesel::delete(record_retention::table.find(record.to_raw())))?;
    insert!(conn, record_retention, row)?;
    change!(conn, diesel::delete(record_keys::table.filter(record_keys::record_id.eq(record.to_raw()))))?;
    for token in keys {
        let row = RecordKeyRow { record_id: record, token: *token };
        insert_new!(conn, record_keys, &row)?;
    }
    set_queues(conn, record, queues)
}

/// Notes what the judge said, where what he knows stayed the same.
pub fn judged(
    conn: &mut Conn,
    record: RecordId,
    (state, restricted): (&str, bool),
    (judged_at, wake_at): (Moment, Option<Moment>),
    queues: &[&'static str],
) -> Result<(), StoreError> {
    change!(
        conn,
        diesel::update(record_retention::table.find(record.to_raw())).set((
            record_retention::state.eq(state),
            record_retention::restricted.eq(restricted),
            record_retention::judged_at.eq(judged_at.to_raw()),
            record_retention::wake_at.eq(wake_at.to_raw()),
        ))
    )?;
    set_queues(conn, record, queues)
}

fn set_queues(conn: &mut Conn, record: RecordId, queues: &[&'static str]) -> Result<(), StoreError> {
    change!(
        conn,
        diesel::delete(retention_queues::table.filter(retention_queues::record_id.eq(record.to_raw())))
    )?;
    queues.iter().try_for_each(|queue| {
        let row = QueueRow { record_id: record, queue: (*queue).to_owned() };
        insert!(conn, retention_queues, &row)
    })
}

/// Forgets where a record stands: it is judged anew.
pub fn forget(conn: &mut Conn, record: RecordId) -> Result<(), StoreError> {
    change!(conn, diesel::delete(record_retention::table.find(record.to_raw())))?;
    change!(conn, diesel::delete(record_keys::table.filter(record_keys::record_id.eq(record.to_raw()))))?;
    set_queues(conn, record, &[])
}

/// The records that a key reaches, in the order of their ids.
pub fn with_key(conn: &mut Conn, token: &LookupToken) -> Result<Vec<RecordId>, StoreError> {
    let found: Vec<RecordKeyRow> = list!(
        conn,
        RawRecordKey,
        record_keys::table.filter(record_keys::token.eq(token.to_raw())).order(record_keys::record_id)
    )?;
    Ok(found.into_iter().map(|row| row.record_id).collect())
}

/// The keys of a record.
pub fn keys_of(conn: &mut Conn, record: RecordId) -> Result<Vec<LookupToken>, StoreError> {
    let found: Vec<RecordKeyRow> =
        list!(conn, RawRecordKey, record_keys::table.filter(record_keys::record_id.eq(record.to_raw())))?;
    Ok(found.into_iter().map(|row| row.token).collect())
}

/// The lists on which a record stands.
pub fn queues_of(conn: &mut Conn, record: RecordId) -> Result<Vec<String>, StoreError> {
    let found: Vec<QueueRow> = list!(
        conn,
        RawQueue,
        retention_queues::table.filter(retention_queues::record_id.eq(record.to_raw()))
    )?;
    Ok(found.into_iter().map(|row| row.queue).collect())
}

/// Has the records that a key reaches judged again, or all of them.
pub fn wake(conn: &mut Conn, token: Option<&LookupToken>, at: Moment) -> Result<u64, StoreError> {
    let at = record_retention::wake_at.eq(Some(at.to_raw()));
    match token {
        None => change!(conn, diesel::update(record_retention::table).set(at)),
        Some(token) => {
            let reached = record_keys::table
                .filter(record_keys::token.eq(token.to_raw()))
                .select(record_keys::record_id);
            let these = record_retention::table.filter(record_retention::record_id.eq_any(reached));
            change!(conn, diesel::update(these).set(at))
        }
    }
}

/// Has these records judged again.
pub fn wake_records(conn: &mut Conn, ids: &[RecordId], at: Moment) -> Result<(), StoreError> {
    for chunk in ids.chunks(500) {
        let keys: Vec<String> = chunk.iter().map(Column::to_raw).collect();
        let these = record_retention::table.filter(record_retention::record_id.eq_any(keys));
        change!(conn, diesel::update(these).set(record_retention::wake_at.eq(Some(at.to_raw()))))?;
    }
    Ok(())
}

/// Has the records on a list judged again.
pub fn wake_queue(conn: &mut Conn, queue: &str, at: Moment) -> Result<u64, StoreError> {
    let listed = retention_queues::table
        .filter(retention_queues::queue.eq(queue.to_owned()))
        .select(retention_queues::record_id);
    let these = record_retention::table.filter(record_retention::record_id.eq_any(listed));
    change!(conn, diesel::update(these).set(record_retention::wake_at.eq(Some(at.to_raw()))))
}

/// Records that have to be judged again at `now`, those that have waited longest first.
pub fn awake(conn: &mut Conn, now: Moment, limit: u32) -> Result<Vec<RecordId>, StoreError> {
    let found: Vec<String> = each!(conn, c => record_retention::table
        .filter(record_retention::wake_at.le(now.to_raw()))
        .order((record_retention::wake_at, record_retention::record_id))
        .limit(i64::from(limit))
        .select(record_retention::record_id)
        .load(c))?;
    parsed(found)
}

/// Records behind `after` that were not judged under these policies, in the order of their ids.
pub fn not_under(
    conn: &mut Conn,
    policy: Digest,
    after: Option<RecordId>,
    limit: u32,
) -> Result<Vec<RecordId>, StoreError> {
    let under = record_retention::table
        .filter(record_retention::record_id.eq(records::id))
        .filter(record_retention::policy.eq(policy.to_raw()));
    let mut query = records::table
        .filter(diesel::dsl::not(exists(under)))
        .order(records::id)
        .limit(i64::from(limit))
        .select(records::id)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        query = query.filter(records::id.gt(after.to_raw()));
    }
    let found = query.load(conn)?;
    parsed_behind(conn, after, found)
}

/// How many records were judged under these policies.
pub fn count_under(conn: &mut Conn, policy: Digest) -> Result<u64, StoreError> {
    count!(conn, record_retention::table.filter(record_retention::policy.eq(policy.to_raw())))
}

/// When the next record has to be judged again.
pub fn next_wake(conn: &mut Conn) -> Result<Option<Moment>, StoreError> {
    let found: Option<i64> = each!(conn, c => record_retention::table
        .select(diesel::dsl::min(record_retention::wake_at))
        .get_result::<Option<i64>>(c))?;
    Ok(found.map(Moment::from_micros))
}

/// How many records within somebody's reach were judged under these policies.
pub fn count_under_within(
    conn: &mut Conn,
    policy: Digest,
    within: Option<&Within>,
) -> Result<u64, StoreError> {
    let query = record_retention::table
        .filter(record_retention::policy.eq(policy.to_raw()))
        .select(diesel::dsl::count_star())
        .into_boxed::<MultiBackend>();
    let found: i64 = within!(query, within, record_retention::record_id).get_result(conn)?;
    Ok(found.unsigned_abs())
}

/// Those of the records that stand on a list.
pub fn on_list(conn: &mut Conn, queue: &str, ids: &[RecordId]) -> Result<BTreeSet<RecordId>, StoreError> {
    let mut listed = BTreeSet::new();
    for chunk in ids.chunks(500) {
        let keys: Vec<String> = chunk.iter().map(Column::to_raw).collect();
        let found: Vec<String> = each!(conn, c => retention_queues::table
            .filter(retention_queues::queue.eq(queue.to_owned()))
            .filter(retention_queues::record_id.eq_any(keys))
            .select(retention_queues::record_id)
            .load(c))?;
        listed.extend(parsed(found)?);
    }
    Ok(listed)
}

/// Every record within somebody's reach that was judged, behind `after`, in the order of their ids.
pub fn page_all(
    conn: &mut Conn,
    within: Option<&Within>,
    after: Option<RecordId>,
    limit: u32,
) -> Result<Vec<RetentionRow>, StoreError> {
    let query = record_retention::table
        .select(RawRetention::as_select())
        .order(record_retention::record_id)
        .limit(i64::from(limit))
        .into_boxed::<MultiBackend>();
    let mut query = within!(query, within, record_retention::record_id);
    if let Some(after) = after {
        query = query.filter(record_retention::record_id.gt(after.to_raw()));
    }
    let found: Vec<RawRetention> = query.load(conn)?;
    if let Some(last) = found.last() {
        must_ascend(conn, "record_retention", after.map(|id| id.to_raw()).as_ref(), &last.record_id)?;
    }
    all(found)
}

/// The records on a list, behind `after`, in the order of their ids.
pub fn on_queue(
    conn: &mut Conn,
    queue: &str,
    within: Option<&Within>,
    after: Option<RecordId>,
    limit: u32,
) -> Result<Vec<RecordId>, StoreError> {
    let query = retention_queues::table
        .filter(retention_queues::queue.eq(queue.to_owned()))
        .order(retention_queues::record_id)
        .limit(i64::from(limit))
        .select(retention_queues::record_id)
        .into_boxed::<MultiBackend>();
    let mut query = within!(query, within, retention_queues::record_id);
    if let Some(after) = after {
        query = query.filter(retention_queues::record_id.gt(after.to_raw()));
    }
    let found = query.load(conn)?;
    parsed_behind(conn, after, found)
}

/// How many records are on a list.
pub fn count_on_queue(conn: &mut Conn, queue: &str, within: Option<&Within>) -> Result<u64, StoreError> {
    let query = retention_queues::table
        .filter(retention_queues::queue.eq(queue.to_owned()))
        .select(diesel::dsl::count_star())
        .into_boxed::<MultiBackend>();
    let found: i64 = within!(query, within, retention_queues::record_id).get_result(conn)?;
    Ok(found.unsigned_abs())
}

/// A page of ids that must lie behind `after`.
fn parsed_behind(
    conn: &Conn,
    after: Option<RecordId>,
    ids: Vec<String>,
) -> Result<Vec<RecordId>, StoreError> {
    if let Some(last) = ids.last() {
        must_ascend(conn, "records", after.map(|id| id.to_raw()).as_ref(), last)?;
    }
    parsed(ids)
}

fn parsed(ids: Vec<String>) -> Result<Vec<RecordId>, StoreError> {
    let read = |id: String| {
        RecordId::from_raw(id.clone()).map_err(|why| StoreError::Corrupt {
            table: "record_retention",
            id,
            why: format!("record_id: {why}"),
        })
    };
    ids.into_iter().map(read).collect()
}
