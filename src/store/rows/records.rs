//! Records: one row for each piece of evidence, with what holds for all its versions.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;

use super::column::{Column, LookupToken};
use super::index::{Domain, marks_of};
use super::row::{all, row};
use super::statements::{Before, behind, change, count, find, insert, list, must_ascend, scan};
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{CaseId, PartyId, RecordId, UserId};
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::{Conn, MultiBackend, each};
use crate::store::schema::{detected_types, record_parties, record_retention, records, segments, versions};

row! {
    /// A record.
    RecordRow as RawRecord in records by (id) {
        /// The record.
        id: RecordId,
        /// Its kind, a closed word.
        kind: String,
        /// Its kind of service record, a closed word.
        subkind: Option<String>,
        /// Its category, for retention.
        category: String,
        /// Whose law applies.
        jurisdiction: String,
        /// The case that it belongs to.
        case_id: Option<CaseId>,
        /// Its state, a closed word.
        state: String,
        /// The current version, from 1.
        version: u32,
        /// Finds it by source system and external id.
        source_token: Option<LookupToken>,
        /// When it was captured.
        captured_at: Moment,
        /// Who captured it.
        captured_by: UserId,
        /// When the row last changed.
        updated_at: Moment,
    }
}

scan!(records, RecordRow, RawRecord by id);

/// Adds a record.
///
/// # Errors
/// [`StoreError::Duplicate`] for `source_token`, if the source has been captured before.
pub fn insert(conn: &mut Conn, row: &RecordRow) -> Result<(), StoreError> {
    insert!(conn, records, row)
}

/// The record.
pub fn get(conn: &mut Conn, id: RecordId) -> Result<Option<RecordRow>, StoreError> {
    find!(conn, RawRecord, records::table.find(id.to_raw()))
}

/// Those of the records that exist, in no particular order.
pub fn get_many(conn: &mut Conn, ids: &[RecordId]) -> Result<Vec<RecordRow>, StoreError> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let keys: Vec<String> = chunk.iter().map(Column::to_raw).collect();
        let found: Vec<RawRecord> = each!(conn, c => records::table
            .filter(records::id.eq_any(keys))
            .select(RawRecord::as_select())
            .load(c))?;
        rows.extend(all::<RecordRow>(found)?);
    }
    Ok(rows)
}

/// The ids of records behind `after`, in their order.
pub fn ids_after(conn: &mut Conn, after: Option<RecordId>, limit: u32) -> Result<Vec<RecordId>, StoreError> {
    let mut query = records::table
        .select(records::id)
        .order(records::id)
        .limit(i64::from(limit))
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        query = query.filter(records::id.gt(after.to_raw()));
    }
    let found: Vec<String> = query.load(conn)?;
    if let Some(last) = found.last() {
        must_ascend(conn, "records", after.map(|id| id.to_raw()).as_ref(), last)?;
    }
    let read = |id: String| {
        RecordId::from_raw(id.clone()).map_err(|why| StoreError::Corrupt {
            table: "records",
            id,
            why: format!("id: {why}"),
        })
    };
    found.into_iter().map(read).collect()
}

/// The record that was captured from this source.
pub fn by_source(conn: &mut Conn, token: &LookupToken) -> Result<Option<RecordRow>, StoreError> {
    find!(conn, RawRecord, records::table.filter(records::source_token.eq(token.to_raw())))
}

/// Every record of a case, oldest capture first.
pub fn of_case(conn: &mut Conn, case: CaseId) -> Result<Vec<RecordRow>, StoreError> {
    list!(
        conn,
        RawRecord,
        records::table.filter(records::case_id.eq(case.to_raw())).order((records::captured_at, records::id))
    )
}

/// Whose records somebody may see: those of these cases, and those that this user captured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Within {
    /// Granted cases.
    pub cases: Vec<CaseId>,
    /// The user whose own captures are visible too.
    pub captured_by: Option<UserId>,
}

/// Which records a page shows. Everything given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// The kind.
    pub kind: Option<String>,
    /// The subkind.
    pub subkind: Option<String>,
    /// The category.
    pub category: Option<String>,
    /// The state.
    pub state: Option<String>,
    /// True for those alone that may be used, and not only be stored and secured.
    pub unrestricted: bool,
    /// The case.
    pub case_id: Option<CaseId>,
    /// A party of any version, in any role.
    pub party_id: Option<PartyId>,
    /// Types of personal data; the current version must have a place of each.
    pub pii: Vec<String>,
    /// Types of which the current version must have no place.
    pub pii_absent: Vec<String>,
    /// Whether the current version must have a place that a person should judge, or none.
    pub pii_unsure: Option<bool>,
    /// Marks of the detector; the current version must have one of them. Without any, it may have any.
    pub detected_as: Vec<String>,
    /// The first day on which the current version may have occurred.
    pub occurred_from: Option<CivilDate>,
    /// The last such day.
    pub occurred_to: Option<CivilDate>,
    /// Where days are asked for, a segment of a bulk log fits too if its entries reach into this stretch
    /// of time, both ends included.
    pub or_entries_between: Option<(Moment, Moment)>,
    /// Captured at or after.
    pub captured_from: Option<Moment>,
    /// Captured before.
    pub captured_before: Option<Moment>,
    /// Only what somebody may see; `None` means everything.
    pub within: Option<Within>,
}

/// The order of a list. Of two records with the same instant or day, the one captured later is the newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// What was captured last comes first.
    #[default]
    CapturedNewest,
    /// What was captured first comes first.
    CapturedOldest,
    /// What happened last comes first, by the days of the current versions.
    OccurredNewest,
    /// What happened first comes first, likewise.
    OccurredOldest,
}

/// A page of records, newest capture first.
pub fn page(
    conn: &mut Conn,
    filter: &RecordFilter,
    before: Option<Before<RecordId>>,
    limit: u32,
) -> Result<Vec<RecordRow>, StoreError> {
    page_in(conn, (filter, Order::CapturedNewest), before, limit)
}

/// A page of records in some order, behind the last one of the page before. Of days, the instant is where the day
/// begins in UTC.
pub fn page_in(
    conn: &mut Conn,
    (filter, order): (&RecordFilter, Order),
    before: Option<Before<RecordId>>,
    limit: u32,
) -> Result<Vec<RecordRow>, StoreError> {
    macro_rules! occurred_on {
        () => {
            versions::table
                .filter(versions::record_id.eq(records::id))
                .filter(versions::version.eq(records::version))
                .select(versions::occurred_on)
                .single_value()
        };
    }
    let mut query = records::table.select(RawRecord::as_select()).into_boxed::<MultiBackend>();
    for condition in conditions(filter) {
        query = query.filter(condition);
    }
    let day = |before: &Before<RecordId>| CivilDate::of(before.at, Zone::UTC).map(|day| day.to_raw());
    let bad_day = |_| StoreError::Malformed { why: "a page begins behind no day".to_owned() };
    query = match (order, before) {
        (_, None) => query,
        (Order::CapturedNewest, Some(before)) => {
            query.filter(behind!(records::captured_at, records::id, before).nullable())
        }
        (Order::CapturedOldest, Some(Before { at, id })) => {
            let (at, id) = (at.to_raw(), id.to_raw());
            let shown = records::captured_at.eq(at).and(records::id.le(id));
            query.filter(records::captured_at.ge(at).and(diesel::dsl::not(shown)).nullable())
        }
        (Order::OccurredNewest, Some(before)) => {
            let (day, id) = (day(&before).map_err(bad_day)?, before.id.to_raw());
            let same_day = occurred_on!().eq(day.clone()).and(records::id.lt(id).nullable());
            query.filter(occurred_on!().lt(day).or(same_day))
        }
        (Order::OccurredOldest, Some(before)) => {
            let (day, id) = (day(&before).map_err(bad_day)?, before.id.to_raw());
            let same_day = occurred_on!().eq(day.clone()).and(records::id.gt(id).nullable());
            query.filter(occurred_on!().gt(day).or(same_day))
        }
    };
    query = match order {
        Order::CapturedNewest => query.order((records::captured_at.desc(), records::id.desc())),
        Order::CapturedOldest => query.order((records::captured_at.asc(), records::id.asc())),
        Order::OccurredNewest => query.order((occurred_on!().desc(), records::id.desc())),
        Order::OccurredOldest => query.order((occurred_on!().asc(), records::id.asc())),
    };
    all(query.limit(i64::from(limit)).load(conn)?)
}

/// Those of the records that a filter lets through, in no particular order.
pub fn among(conn: &mut Conn, filter: &RecordFilter, ids: &[RecordId]) -> Result<Vec<RecordRow>, StoreError> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let keys: Vec<String> = chunk.iter().map(Column::to_raw).collect();
        let mut query = records::table.select(RawRecord::as_select()).into_boxed::<MultiBackend>();
        query = query.filter(records::id.eq_any(keys));
        for condition in conditions(filter) {
            query = query.filter(condition);
        }
        rows.extend(all::<RecordRow>(query.load(conn)?)?);
    }
    Ok(rows)
}

/// The ids that a filter lets through, in no particular order; at most `limit`.
pub fn ids(conn: &mut Conn, filter: &RecordFilter, limit: u32) -> Result<Vec<RecordId>, StoreError> {
    let mut query = records::table.select(RawRecord::as_select()).into_boxed::<MultiBackend>();
    for condition in conditions(filter) {
        query = query.filter(condition);
    }
    let found: Vec<RecordRow> = all(query.limit(i64::from(limit)).load(conn)?)?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// How many records a filter lets through.
pub fn count(conn: &mut Conn, filter: &RecordFilter) -> Result<u64, StoreError> {
    let mut query = records::table.count().into_boxed::<MultiBackend>();
    for condition in conditions(filter) {
        query = query.filter(condition);
    }
    let found: i64 = query.get_result(conn)?;
    Ok(found.unsigned_abs())
}

/// How many records a filter lets through of which a version has no mark of `engine` in a domain.
pub fn count_pending(
    conn: &mut Conn,
    filter: &RecordFilter,
    domain: Domain,
    engine: &str,
) -> Result<u64, StoreError> {
    let (first, behind) = marks_of(engine);
    let mut query = records::table.count().into_boxed::<MultiBackend>();
    for condition in conditions(filter) {
        query = query.filter(condition);
    }
    macro_rules! unmarked {
        ($column:expr) => {
            versions::table
                .filter($column.is_null().or($column.lt(first)).or($column.ge(behind)))
                .select(versions::record_id)
        };
    }
    query = match domain {
        Domain::Content => query.filter(records::id.eq_any(unmarked!(versions::indexed_engine))),
        Domain::Subject | Domain::Withheld => {
            query.filter(records::id.eq_any(unmarked!(versions::detected_engine)))
        }
    };
    let found: i64 = query.get_result(conn)?;
    Ok(found.unsigned_abs())
}

/// How many records lie in each of the cases; those without any are left out.
pub fn count_in_cases(conn: &mut Conn, cases: &[CaseId]) -> Result<HashMap<CaseId, usize>, StoreError> {
    let mut counted = HashMap::new();
    for chunk in cases.chunks(500) {
        let ids: Vec<Option<String>> = chunk.iter().map(|case| Some(case.to_raw())).collect();
        let found: Vec<(Option<String>, i64)> = each!(conn, c => records::table
            .filter(records::case_id.eq_any(ids))
            .group_by(records::case_id)
            .select((records::case_id, diesel::dsl::count_star()))
            .load(c))?;
        for (case, count) in found {
            if let Some(case) = case.and_then(|case| CaseId::parse(&case).ok()) {
                counted.insert(case, usize::try_from(count).unwrap_or(usize::MAX));
            }
        }
    }
    Ok(counted)
}

/// How many records there are.
pub fn count_all(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, records::table)
}

type Condition = Box<
    dyn BoxableExpression<
            records::table,
            MultiBackend,
            SqlType = diesel::sql_types::Nullable<diesel::sql_types::Bool>,
        >,
>;

fn conditions(filter: &RecordFilter) -> Vec<Condition> {
    let mut conditions: Vec<Condition> = Vec::new();
    if let Some(kind) = &filter.kind {
        conditions.push(Box::new(records::kind.eq(kind.clone()).nullable()));
    }
    if let Some(subkind) = &filter.subkind {
        conditions.push(Box::new(records::subkind.eq(subkind.clone())));
    }
    if let Some(category) = &filter.category {
        conditions.push(Box::new(records::category.eq(category.clone()).nullable()));
    }
    if let Some(state) = &filter.state {
        conditions.push(Box::new(records::state.eq(state.clone()).nullable()));
    }
    if filter.unrestricted {
        let restricted = record_retention::table
            .filter(record_retention::record_id.eq(records::id))
            .filter(record_retention::restricted.eq(true));
        conditions.push(Box::new(diesel::dsl::not(exists(restricted)).nullable()));
    }
    if let Some(case) = filter.case_id {
        conditions.push(Box::new(records::case_id.eq(case.to_raw())));
    }
    if let Some(from) = filter.captured_from {
        conditions.push(Box::new(records::captured_at.ge(from.to_raw()).nullable()));
    }
    if let Some(before) = filter.captured_before {
        conditions.push(Box::new(records::captured_at.lt(before.to_raw()).nullable()));
    }
    if let Some(party) = filter.party_id {
        let named = record_parties::table
            .filter(record_parties::party_id.eq(party.to_raw()))
            .select(record_parties::record_id);
        conditions.push(Box::new(records::id.eq_any(named).nullable()));
    }
    for kind in &filter.pii {
        let having = detected_types::table
            .filter(detected_types::kind.eq(kind.clone()))
            .select(detected_types::record_id);
        conditions.push(Box::new(records::id.eq_any(having).nullable()));
    }
    for kind in &filter.pii_absent {
        let having = detected_types::table
            .filter(detected_types::kind.eq(kind.clone()))
            .select(detected_types::record_id);
        conditions.push(Box::new(records::id.ne_all(having).nullable()));
    }
    if let Some(unsure) = filter.pii_unsure {
        let having =
            detected_types::table.filter(detected_types::unsure.gt(0)).select(detected_types::record_id);
        conditions.push(match unsure {
            true => Box::new(records::id.eq_any(having).nullable()),
            false => Box::new(records::id.ne_all(having).nullable()),
        });
    }
    if !filter.detected_as.is_empty() {
        let marks: Vec<Option<String>> = filter.detected_as.iter().cloned().map(Some).collect();
        let marked = || versions::table.filter(versions::detected_engine.eq_any(marks.clone()));
        // The marks have an index of the database: those that fit are found first, and held to the
        // current version then.
        conditions.push(Box::new(records::id.eq_any(marked().select(versions::record_id)).nullable()));
        let current = marked()
            .filter(versions::record_id.eq(records::id))
            .filter(versions::version.eq(records::version));
        conditions.push(Box::new(exists(current).nullable()));
    }
    conditions.extend(occurred(filter));
    conditions.extend(filter.within.as_ref().map(visible));
    conditions
}

fn occurred(filter: &RecordFilter) -> Option<Condition> {
    if filter.occurred_from.is_none() && filter.occurred_to.is_none() {
        return None;
    }
    let first = filter.occurred_from.map_or_else(String::new, |date| date.to_raw());
    // Dates are text that sorts; this stands behind every date.
    let last = filter.occurred_to.map_or_else(|| "9999".to_owned(), |date| date.to_raw());
    let current = versions::table
        .filter(versions::record_id.eq(records::id))
        .filter(versions::version.eq(records::version))
        .filter(versions::occurred_on.ge(first).and(versions::occurred_on.le(last)));
    let Some((from, to)) = filter.or_entries_between else {
        return Some(Box::new(exists(current).nullable()));
    };
    let reaching = segments::table
        .filter(segments::record_id.eq(records::id))
        .filter(segments::first_at.le(to.to_raw()).and(segments::last_at.ge(from.to_raw())));
    Some(Box::new(exists(current).or(exists(reaching)).nullable()))
}

fn visible(within: &Within) -> Condition {
    let cases: Vec<Option<String>> = within.cases.iter().map(|case| Some(case.to_raw())).collect();
    match within.captured_by {
        None => Box::new(records::case_id.eq_any(cases)),
        Some(user) => {
            Box::new(records::captured_by.eq(user.to_raw()).nullable().or(records::case_id.eq_any(cases)))
        }
    }
}

/// Brings a record from one state to another; false if it is not in the first.
pub fn bring(conn: &mut Conn, id: RecordId, from: &str, to: &str) -> Result<bool, StoreError> {
    let row = records::table.find(id.to_raw()).filter(records::state.eq(from));
    Ok(change!(conn, diesel::update(row).set(records::state.eq(to)))? == 1)
}

/// Makes `version` the current one, if the one before it is current now; false otherwise.
pub fn advance(conn: &mut Conn, id: RecordId, version: u32, at: Moment) -> Result<bool, StoreError> {
    let previous = i64::from(version) - 1;
    let changed = change!(
        conn,
        diesel::update(records::table.find(id.to_raw()).filter(records::version.eq(previous)))
            .set((records::version.eq(version.to_raw()), records::updated_at.eq(at.to_raw())))
    )?;
    Ok(changed == 1)
}
