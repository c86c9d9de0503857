//! Service cases, their parties, events and explained gaps. What names people is in cells.

use diesel::prelude::*;

use super::column::{Column, LookupToken, words};
use super::row::{all, row};
use super::statements::{Before, behind, change, count, find, insert, insert_new, list, scan};
use crate::base::civil::Zone;
use crate::base::id::{CaseId, EventId, ExplanationId, PartyId, RecordId, UserId};
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::{Conn, MultiBackend};
use crate::store::schema::{case_events, case_parties, cases, gap_explanations};

words! {
    /// The state of a case.
    CaseState = "state of a case" {
        /// Work goes on.
        Open = "open",
        /// The clock stands.
        Paused = "paused",
        /// Done, as far as the service is concerned.
        Resolved = "resolved",
        /// Done for good.
        Closed = "closed",
    }
}

row! {
    /// A case.
    CaseRow as RawCase in cases by (id) {
        /// The case.
        id: CaseId,
        /// Finds it by reference.
        reference_token: LookupToken,
        /// Its state.
        state: CaseState,
        /// The service tier, a word of the service-level file.
        tier: Option<String>,
        /// The priority, a word of the service-level file.
        priority: Option<String>,
        /// The customer's language.
        language: Option<String>,
        /// When it was opened.
        opened_at: Moment,
        /// When it was closed.
        closed_at: Option<Moment>,
        /// Where its business hours hold.
        zone: Zone,
        /// When it was entered here.
        created_at: Moment,
        /// Who entered it.
        created_by: UserId,
    }
}

row! {
    /// A party's part in a case.
    CasePartyRow as RawCaseParty in case_parties by (case_id, party_id, role) {
        /// The case.
        case_id: CaseId,
        /// The party.
        party_id: PartyId,
        /// Its role, a closed word.
        role: String,
    }
}

row! {
    /// An event of a case.
    CaseEventRow as RawCaseEvent in case_events by (id) {
        /// The event.
        id: EventId,
        /// The case.
        case_id: CaseId,
        /// What happened, a closed word.
        kind: String,
        /// When it happened.
        at: Moment,
        /// Where that was.
        zone: Zone,
        /// When it was noted.
        recorded_at: Moment,
        /// Who noted it.
        recorded_by: UserId,
        /// The record that shows it.
        record_id: Option<RecordId>,
        /// The earlier event that this one takes back.
        cancels: Option<EventId>,
    }
}

row! {
    /// An explanation of a gap in a case's chain of evidence.
    GapExplanationRow as RawGapExplanation in gap_explanations by (id) {
        /// The explanation.
        id: ExplanationId,
        /// The case.
        case_id: CaseId,
        /// Which gap, a closed word.
        gap: String,
        /// The record that it is about.
        record_id: Option<RecordId>,
        /// When it was explained.
        at: Moment,
        /// Who explained it.
        by_user: UserId,
    }
}

scan!(cases, CaseRow, RawCase by id);

/// Events of every case, for `verify`.
pub mod every_event {
    use super::*;
    scan!(case_events, CaseEventRow, RawCaseEvent by id);
}

/// Explanations of every case, for `verify`.
pub mod every_explanation {
    use super::*;
    scan!(gap_explanations, GapExplanationRow, RawGapExplanation by id);
}

/// Adds a case.
///
/// # Errors
/// [`StoreError::Duplicate`] for `reference_token`, if a case of that reference exists.
pub fn insert(conn: &mut Conn, row: &CaseRow) -> Result<(), StoreError> {
    insert!(conn, cases, row)
}

/// The case.
pub fn get(conn: &mut Conn, id: CaseId) -> Result<Option<CaseRow>, StoreError> {
    find!(conn, RawCase, cases::table.find(id.to_raw()))
}

/// The case of that reference.
pub fn by_reference(conn: &mut Conn, token: &LookupToken) -> Result<Option<CaseRow>, StoreError> {
    find!(conn, RawCase, cases::table.filter(cases::reference_token.eq(token.to_raw())))
}

/// Which cases a page shows. Everything given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// The state.
    pub state: Option<CaseState>,
    /// A party, in any role.
    pub party_id: Option<PartyId>,
    /// Only these cases; `None` means all.
    pub within: Option<Vec<CaseId>>,
    /// Where `within` limits the list: what this user entered is on it too.
    pub made_by: Option<UserId>,
}

macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let mut query = $query.into_boxed::<MultiBackend>();
        if let Some(state) = $filter.state {
            query = query.filter(cases::state.eq(state.as_str()));
        }
        if let Some(party) = $filter.party_id {
            let named = case_parties::table
                .filter(case_parties::party_id.eq(party.to_raw()))
                .select(case_parties::case_id);
            query = query.filter(cases::id.eq_any(named));
        }
        if let Some(within) = &$filter.within {
            let these = cases::id.eq_any(within.iter().map(Column::to_raw).collect::<Vec<_>>());
            query = match $filter.made_by {
                Some(user) => query.filter(these.or(cases::created_by.eq(user.to_raw()))),
                None => query.filter(these),
            };
        }
        query
    }};
}

/// A page of cases, the one entered last first.
pub fn page(
    conn: &mut Conn,
    filter: &CaseFilter,
    before: Option<Before<CaseId>>,
    limit: u32,
) -> Result<Vec<CaseRow>, StoreError> {
    let mut query = filtered!(cases::table.select(RawCase::as_select()), filter);
    if let Some(before) = before {
        query = query.filter(behind!(cases::created_at, cases::id, before));
    }
    let order = (cases::created_at.desc(), cases::id.desc());
    all(query.order(order).limit(i64::from(limit)).load(conn)?)
}

/// How many cases a filter lets through.
pub fn count(conn: &mut Conn, filter: &CaseFilter) -> Result<u64, StoreError> {
    let found: i64 = filtered!(cases::table.count(), filter).get_result(conn)?;
    Ok(found.unsigned_abs())
}

/// How many cases there are.
pub fn count_all(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, cases::table)
}

/// Stores everything about a case that can change, if it is in the state `was`; false otherwise.
pub fn update(conn: &mut Conn, row: &CaseRow, was: CaseState) -> Result<bool, StoreError> {
    let raw = super::row::Row::to_raw(row);
    let changed = change!(
        conn,
        diesel::update(cases::table.find(&raw.id).filter(cases::state.eq(was.as_str()))).set((
            cases::reference_token.eq(&raw.reference_token),
            cases::state.eq(&raw.state),
            cases::tier.eq(&raw.tier),
            cases::priority.eq(&raw.priority),
            cases::language.eq(&raw.language),
            cases::opened_at.eq(raw.opened_at),
            cases::closed_at.eq(raw.closed_at),
            cases::zone.eq(&raw.zone),
        ))
    )?;
    Ok(changed == 1)
}

/// Notes a party's part in a case; false if it was noted before.
pub fn add_party(conn: &mut Conn, row: &CasePartyRow) -> Result<bool, StoreError> {
    insert_new!(conn, case_parties, row)
}

/// Takes a party's part in a case back; false if there was none.
pub fn remove_party(conn: &mut Conn, row: &CasePartyRow) -> Result<bool, StoreError> {
    let raw = super::row::Row::to_raw(row);
    let key = (raw.case_id, raw.party_id, raw.role);
    Ok(change!(conn, diesel::delete(case_parties::table.find(key)))? == 1)
}

/// Who has part in a case.
pub fn parties_of(conn: &mut Conn, case: CaseId) -> Result<Vec<CasePartyRow>, StoreError> {
    list!(
        conn,
        RawCaseParty,
        case_parties::table
            .filter(case_parties::case_id.eq(case.to_raw()))
            .order((case_parties::party_id, case_parties::role))
    )
}

/// In which cases a party has part.
pub fn of_party(conn: &mut Conn, party: PartyId) -> Result<Vec<CasePartyRow>, StoreError> {
    list!(
        conn,
        RawCaseParty,
        case_parties::table
            .filter(case_parties::party_id.eq(party.to_raw()))
            .order((case_parties::case_id, case_parties::role))
    )
}

/// Notes an event.
pub fn insert_event(conn: &mut Conn, row: &CaseEventRow) -> Result<(), StoreError> {
    insert!(conn, case_events, row)
}

/// The event.
pub fn event(conn: &mut Conn, id: EventId) -> Result<Option<CaseEventRow>, StoreError> {
    find!(conn, RawCaseEvent, case_events::table.find(id.to_raw()))
}

/// The events of a case in the order in which they happened, cancelled ones and cancellations too.
pub fn events_of(conn: &mut Conn, case: CaseId) -> Result<Vec<CaseEventRow>, StoreError> {
    list!(
        conn,
        RawCaseEvent,
        case_events::table
            .filter(case_events::case_id.eq(case.to_raw()))
            .order((case_events::at, case_events::id))
    )
}

/// Notes an explanation.
pub fn insert_explanation(conn: &mut Conn, row: &GapExplanationRow) -> Result<(), StoreError> {
    insert!(conn, gap_explanations, row)
}

/// The explanations of a case's gaps, oldest first.
pub fn explanations_of(conn: &mut Conn, case: CaseId) -> Result<Vec<GapExplanationRow>, StoreError> {
    list!(
        conn,
        RawGapExplanation,
        gap_explanations::table
            .filter(gap_explanations::case_id.eq(case.to_raw()))
            .order((gap_explanations::at, gap_explanations::id))
    )
}

/// The explanation.
pub fn explanation(conn: &mut Conn, id: ExplanationId) -> Result<Option<GapExplanationRow>, StoreError> {
    find!(conn, RawGapExplanation, gap_explanations::table.find(id.to_raw()))
}

/// How many parts parties have in cases.
pub fn count_parties(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, case_parties::table)
}
