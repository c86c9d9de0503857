//! Legal matters and the people on them. What names people is in cells.

use diesel::prelude::*;

use super::column::{Column, LookupToken};
use super::row::{all, row};
use super::statements::{Before, behind, change, count, find, insert, insert_new, list, scan};
use crate::base::civil::CivilDate;
use crate::base::id::{MatterId, UserId};
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::{Conn, MultiBackend};
use crate::store::schema::{matter_people, matters};

row! {
    /// A matter.
    MatterRow as RawMatter in matters by (id) {
        /// The matter.
        id: MatterId,
        /// Finds it by reference.
        reference_token: LookupToken,
        /// What it is, a closed word.
        kind: String,
        /// Its state, a closed word.
        state: String,
        /// Until when evidence may be handed in.
        evidence_deadline: Option<CivilDate>,
        /// When it is heard.
        hearing_on: Option<CivilDate>,
        /// When it was entered here.
        created_at: Moment,
        /// Who entered it.
        created_by: UserId,
    }
}

row! {
    /// Somebody's duty in a matter.
    MatterPersonRow as RawMatterPerson in matter_people by (matter_id, user_id, duty) {
        /// The matter.
        matter_id: MatterId,
        /// The user.
        user_id: UserId,
        /// The duty, a closed word.
        duty: String,
    }
}

scan!(matters, MatterRow, RawMatter by id);

/// Adds a matter.
///
/// # Errors
/// [`StoreError::Duplicate`] for `reference_token`, if a matter of that reference exists.
pub fn insert(conn: &mut Conn, row: &MatterRow) -> Result<(), StoreError> {
    insert!(conn, matters, row)
}

/// The matter.
pub fn get(conn: &mut Conn, id: MatterId) -> Result<Option<MatterRow>, StoreError> {
    find!(conn, RawMatter, matters::table.find(id.to_raw()))
}

/// The matter of that reference.
pub fn by_reference(conn: &mut Conn, token: &LookupToken) -> Result<Option<MatterRow>, StoreError> {
    find!(conn, RawMatter, matters::table.filter(matters::reference_token.eq(token.to_raw())))
}

/// Which matters a page shows. Everything given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MatterFilter {
    /// The state.
    pub state: Option<String>,
    /// Only these matters; `None` means all.
    pub within: Option<Vec<MatterId>>,
}

/// A page of matters, the one entered last first.
pub fn page(
    conn: &mut Conn,
    filter: &MatterFilter,
    before: Option<Before<MatterId>>,
    limit: u32,
) -> Result<Vec<MatterRow>, StoreError> {
    let mut query = matters::table.select(RawMatter::as_select()).into_boxed::<MultiBackend>();
    if let Some(state) = &filter.state {
        query = query.filter(matters::state.eq(state.clone()));
    }
    if let Some(within) = &filter.within {
        query = query.filter(matters::id.eq_any(within.iter().map(Column::to_raw).collect::<Vec<_>>()));
    }
    if let Some(before) = before {
        query = query.filter(behind!(matters::created_at, matters::id, before));
    }
    let order = (matters::created_at.desc(), matters::id.desc());
    all(query.order(order).limit(i64::from(limit)).load(conn)?)
}

/// How many matters there are.
pub fn count_all(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, matters::table)
}

/// Stores everything about a matter that can change, if it is in the state `was`; false otherwise.
pub fn update(conn: &mut Conn, row: &MatterRow, was: &str) -> Result<bool, StoreError> {
    let raw = super::row::Row::to_raw(row);
    let changed = change!(
        conn,
        diesel::update(matters::table.find(&raw.id).filter(matters::state.eq(was))).set((
            matters::reference_token.eq(&raw.reference_token),
            matters::kind.eq(&raw.kind),
            matters::state.eq(&raw.state),
            matters::evidence_deadline.eq(&raw.evidence_deadline),
            matters::hearing_on.eq(&raw.hearing_on),
        ))
    )?;
    Ok(changed == 1)
}

/// Gives somebody a duty; false if they have it.
pub fn add_person(conn: &mut Conn, row: &MatterPersonRow) -> Result<bool, StoreError> {
    insert_new!(conn, matter_people, row)
}

/// Takes a duty back; false if they did not have it.
pub fn remove_person(conn: &mut Conn, row: &MatterPersonRow) -> Result<bool, StoreError> {
    let raw = super::row::Row::to_raw(row);
    let key = (raw.matter_id, raw.user_id, raw.duty);
    Ok(change!(conn, diesel::delete(matter_people::table.find(key)))? == 1)
}

/// Who is on a matter.
pub fn people_of(conn: &mut Conn, matter: MatterId) -> Result<Vec<MatterPersonRow>, StoreError> {
    list!(
        conn,
        RawMatterPerson,
        matter_people::table
            .filter(matter_people::matter_id.eq(matter.to_raw()))
            .order((matter_people::user_id, matter_people::duty))
    )
}

/// How many duties there are in all matters.
pub fn count_people(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, matter_people::table)
}
