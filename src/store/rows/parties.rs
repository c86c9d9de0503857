//! Parties, and in which records they appear. Their names are in cells.

use diesel::prelude::*;

use super::column::{Column, LookupToken};
use super::row::{all, row};
use super::statements::{Before, behind, count, find, insert, list, scan};
use crate::base::id::{CaseId, PartyId, RecordId, UserId};
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::{Conn, MultiBackend, each};
use crate::store::schema::{case_parties, cases, parties, record_parties, records};

row! {
    /// A party.
    PartyRow as RawParty in parties by (id) {
        /// The party.
        id: PartyId,
        /// Finds it by name.
        name_token: LookupToken,
        /// When it was registered.
        created_at: Moment,
    }
}

row! {
    /// A party's part in one version of a record.
    RecordPartyRow as RawRecordParty in record_parties by (record_id, version, party_id, role) {
        /// The record.
        record_id: RecordId,
        /// The version.
        version: u32,
        /// The party.
        party_id: PartyId,
        /// Its role, a closed word.
        role: String,
    }
}

scan!(parties, PartyRow, RawParty by id);

/// Adds a party.
///
/// # Errors
/// [`StoreError::Duplicate`] for `name_token`, if a party of that name exists.
pub fn insert(conn: &mut Conn, row: &PartyRow) -> Result<(), StoreError> {
    insert!(conn, parties, row)
}

/// The party.
pub fn get(conn: &mut Conn, id: PartyId) -> Result<Option<PartyRow>, StoreError> {
    find!(conn, RawParty, parties::table.find(id.to_raw()))
}

/// The party of that name.
pub fn by_name(conn: &mut Conn, token: &LookupToken) -> Result<Option<PartyRow>, StoreError> {
    find!(conn, RawParty, parties::table.filter(parties::name_token.eq(token.to_raw())))
}

/// A page of parties, newest first.
pub fn page(
    conn: &mut Conn,
    before: Option<Before<PartyId>>,
    limit: u32,
) -> Result<Vec<PartyRow>, StoreError> {
    let mut query = parties::table.select(RawParty::as_select()).into_boxed();
    if let Some(before) = before {
        query = query.filter(behind!(parties::created_at, parties::id, before));
    }
    let order = (parties::created_at.desc(), parties::id.desc());
    all(query.order(order).limit(i64::from(limit)).load(conn)?)
}

/// Whose parties somebody may see: those of these cases and of the records in them, and those of
/// what this user captured or opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartyScope {
    /// Granted cases.
    pub cases: Vec<CaseId>,
    /// The user whose own cases and captures count too.
    pub made_by: Option<UserId>,
}

/// The parties of a scope.
macro_rules! within {
    ($scope:expr) => {{
        let granted: Vec<String> = $scope.cases.iter().map(Column::to_raw).collect();
        // Nobody's id is blank: without a user nothing is anybody's own.
        let user = $scope.made_by.map_or_else(String::new, |user| user.to_raw());
        let opened = cases::table.filter(cases::created_by.eq(user.clone())).select(cases::id);
        let in_cases = case_parties::table
            .filter(case_parties::case_id.eq_any(granted.clone()).or(case_parties::case_id.eq_any(opened)))
            .select(case_parties::party_id);
        let granted: Vec<Option<String>> = granted.into_iter().map(Some).collect();
        let inside = records::table.filter(records::case_id.eq_any(granted)).select(records::id);
        let captured = records::table.filter(records::captured_by.eq(user)).select(records::id);
        let in_records = record_parties::table
            .filter(record_parties::record_id.eq_any(inside).or(record_parties::record_id.eq_any(captured)))
            .select(record_parties::party_id);
        parties::id.eq_any(in_cases).or(parties::id.eq_any(in_records))
    }};
}

/// As [`page`], with the parties of a scope only.
pub fn page_within(
    conn: &mut Conn,
    scope: &PartyScope,
    before: Option<Before<PartyId>>,
    limit: u32,
) -> Result<Vec<PartyRow>, StoreError> {
    let mut query =
        parties::table.select(RawParty::as_select()).into_boxed::<MultiBackend>().filter(within!(scope));
    if let Some(before) = before {
        query = query.filter(behind!(parties::created_at, parties::id, before));
    }
    let order = (parties::created_at.desc(), parties::id.desc());
    all(query.order(order).limit(i64::from(limit)).load(conn)?)
}

/// The party, if it lies in the scope.
pub fn get_within(conn: &mut Conn, scope: &PartyScope, id: PartyId) -> Result<Option<PartyRow>, StoreError> {
    let query = parties::table
        .select(RawParty::as_select())
        .into_boxed::<MultiBackend>()
        .filter(parties::id.eq(id.to_raw()))
        .filter(within!(scope));
    let found: Vec<PartyRow> = all(query.load(conn)?)?;
    Ok(found.into_iter().next())
}

/// How many parties there are.
pub fn count_all(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, parties::table)
}

/// Notes a party's part in a version.
pub fn insert_part(conn: &mut Conn, row: &RecordPartyRow) -> Result<(), StoreError> {
    insert!(conn, record_parties, row)
}

/// Who has part in a version.
pub fn of_version(
    conn: &mut Conn,
    record: RecordId,
    version: u32,
) -> Result<Vec<RecordPartyRow>, StoreError> {
    list!(
        conn,
        RawRecordParty,
        record_parties::table
            .filter(record_parties::record_id.eq(record.to_raw()))
            .filter(record_parties::version.eq(version.to_raw()))
            .order((record_parties::party_id, record_parties::role))
    )
}

/// Who has part in any version of the records.
pub fn of_records(conn: &mut Conn, records: &[RecordId]) -> Result<Vec<RecordPartyRow>, StoreError> {
    let mut rows = Vec::new();
    for chunk in records.chunks(500) {
        let keys: Vec<String> = chunk.iter().map(Column::to_raw).collect();
        let raw: Vec<RawRecordParty> = each!(conn, c => record_parties::table
            .filter(record_parties::record_id.eq_any(keys))
            .select(RawRecordParty::as_select())
            .load(c))?;
        rows.extend(all::<RecordPartyRow>(raw)?);
    }
    Ok(rows)
}

/// How many parts parties have.
pub fn count_parts(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, record_parties::table)
}
