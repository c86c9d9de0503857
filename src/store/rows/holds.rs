//! Holds: what they name, and whom they were told to. Their words are in cells.

use diesel::prelude::*;

use super::column::{Column, LookupToken};
use super::row::row;
use super::statements::{change, count, find, insert, insert_new, list, must_ascend, scan};
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::id::{HoldId, HoldNoticeId, MatterId, UserId};
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::Conn;
use crate::store::schema::{hold_members, hold_notices, hold_recipients, holds};

row! {
    /// A hold.
    HoldRow as RawHold in holds by (id) {
        /// The hold.
        id: HoldId,
        /// The matter that it belongs to.
        matter_id: MatterId,
        /// Why it stands, a closed word.
        kind: String,
        /// Whether what comes later is held too, a closed word.
        mode: String,
        /// Its state, a closed word.
        state: String,
        /// True if others learn no more than that a disposition is not available.
        confidential: bool,
        /// In which zone its days are counted.
        zone: Zone,
        /// For how many days it rests on what it held once it is released.
        grace_days: u32,
        /// By when somebody is to look at it again.
        review_by: Option<CivilDate>,
        /// In how many batches its members came.
        batches: u32,
        /// How many members it has.
        members: u64,
        /// When it was placed.
        placed_at: Moment,
        /// Who placed it.
        placed_by: UserId,
        /// When it was released.
        released_at: Option<Moment>,
        /// Who released it.
        released_by: Option<UserId>,
        /// Until when it rests on what it held.
        rests_until: Option<Moment>,
        /// Drawn by lot: without it the digest by which the ledger vouches for the row would tell what stands there to
        /// whoever tries out all that could.
        blind: Option<Digest>,
    }
}

row! {
    /// Something that a hold names.
    HoldMemberRow as RawHoldMember in hold_members by (hold_id, token) {
        /// The hold.
        hold_id: HoldId,
        /// By which the ledger speaks of it.
        token: LookupToken,
        /// With which batch it came, from 0.
        batch: u32,
        /// What it is, and its id, sealed.
        named: Vec<u8>,
    }
}

row! {
    /// That people were told of a hold.
    HoldNoticeRow as RawHoldNotice in hold_notices by (id) {
        /// The notice.
        id: HoldNoticeId,
        /// The hold.
        hold_id: HoldId,
        /// When.
        noticed_at: Moment,
        /// By whom.
        noticed_by: UserId,
        /// Drawn by lot, as with a hold.
        blind: Option<Digest>,
    }
}

row! {
    /// Somebody who was told.
    HoldRecipientRow as RawHoldRecipient in hold_recipients by (notice_id, user_id) {
        /// The notice.
        notice_id: HoldNoticeId,
        /// Who.
        user_id: UserId,
        /// When this person said to have read it.
        acknowledged_at: Option<Moment>,
    }
}

scan!(holds, HoldRow, RawHold by id);

/// Every notice.
pub mod every_notice {
    use super::*;
    scan!(hold_notices, HoldNoticeRow, RawHoldNotice by id);
}

/// Adds a hold.
///
/// # Errors
/// [`StoreError::Duplicate`] if it is there.
pub fn insert(conn: &mut Conn, row: &HoldRow) -> Result<(), StoreError> {
    insert!(conn, holds, row)
}

/// The hold.
pub fn get(conn: &mut Conn, id: HoldId) -> Result<Option<HoldRow>, StoreError> {
    find!(conn, RawHold, holds::table.find(id.to_raw()))
}

/// Stores everything about a hold that can change, if it is in the state `was`; false otherwise.
pub fn update(conn: &mut Conn, row: &HoldRow, was: &str) -> Result<bool, StoreError> {
    let raw = super::row::Row::to_raw(row);
    let changed = change!(
        conn,
        diesel::update(holds::table.find(&raw.id).filter(holds::state.eq(was))).set((
            holds::state.eq(&raw.state),
            holds::review_by.eq(&raw.review_by),
            holds::batches.eq(&raw.batches),
            holds::members.eq(&raw.members),
            holds::released_at.eq(&raw.released_at),
            holds::released_by.eq(&raw.released_by),
            holds::rests_until.eq(&raw.rests_until),
        ))
    )?;
    Ok(changed == 1)
}

/// Adds a member; false if the hold has it.
pub fn add_member(conn: &mut Conn, row: &HoldMemberRow) -> Result<bool, StoreError> {
    insert_new!(conn, hold_members, row)
}

/// The members of one batch.
pub fn batch_of(conn: &mut Conn, hold: HoldId, batch: u32) -> Result<Vec<HoldMemberRow>, StoreError> {
    list!(
        conn,
        RawHoldMember,
        hold_members::table
            .filter(hold_members::hold_id.eq(hold.to_raw()))
            .filter(hold_members::batch.eq(batch.to_raw()))
            .order(hold_members::token)
    )
}

/// A page of members in the order in which they came, behind that of this batch and token.
pub fn members_page(
    conn: &mut Conn,
    hold: HoldId,
    after: Option<(u32, LookupToken)>,
    limit: u32,
) -> Result<Vec<HoldMemberRow>, StoreError> {
    let (batch, token) = after.map_or((-1, Vec::new()), |(batch, token)| (batch.to_raw(), token.to_raw()));
    let behind = hold_members::batch
        .gt(batch)
        .or(hold_members::batch.eq(batch).and(hold_members::token.gt(token.clone())));
    let found: Vec<HoldMemberRow> = list!(
        conn,
        RawHoldMember,
        hold_members::table
            .filter(hold_members::hold_id.eq(hold.to_raw()))
            .filter(behind.clone())
            .order((hold_members::batch, hold_members::token))
            .limit(i64::from(limit))
    )?;
    if let Some(last) = found.last() {
        let key = (last.batch.to_raw(), last.token.to_raw());
        must_ascend(conn, "hold_members", Some(&(batch, token)), &key)?;
    }
    Ok(found)
}

/// How many members a hold has.
pub fn count_members_of(conn: &mut Conn, hold: HoldId) -> Result<u64, StoreError> {
    count!(conn, hold_members::table.filter(hold_members::hold_id.eq(hold.to_raw())))
}

/// How many members there are in all holds.
pub fn count_members(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, hold_members::table)
}

/// Adds a notice.
pub fn insert_notice(conn: &mut Conn, row: &HoldNoticeRow) -> Result<(), StoreError> {
    insert!(conn, hold_notices, row)
}

/// The notice.
pub fn notice(conn: &mut Conn, id: HoldNoticeId) -> Result<Option<HoldNoticeRow>, StoreError> {
    find!(conn, RawHoldNotice, hold_notices::table.find(id.to_raw()))
}

/// Adds somebody who is told.
pub fn insert_recipient(conn: &mut Conn, row: &HoldRecipientRow) -> Result<(), StoreError> {
    insert!(conn, hold_recipients, row)
}

/// Who was told by a notice.
pub fn recipients_of(conn: &mut Conn, notice: HoldNoticeId) -> Result<Vec<HoldRecipientRow>, StoreError> {
    list!(
        conn,
        RawHoldRecipient,
        hold_recipients::table
            .filter(hold_recipients::notice_id.eq(notice.to_raw()))
            .order(hold_recipients::user_id)
    )
}

/// Notes that somebody said to have read a notice; false if that was said before, or nobody told this person.
pub fn acknowledge(
    conn: &mut Conn,
    (notice, user): (HoldNoticeId, UserId),
    at: Moment,
) -> Result<bool, StoreError> {
    let row = hold_recipients::table.find((notice.to_raw(), user.to_raw()));
    let changed = change!(
        conn,
        diesel::update(row.filter(hold_recipients::acknowledged_at.is_null()))
            .set(hold_recipients::acknowledged_at.eq(at.to_raw()))
    )?;
    Ok(changed == 1)
}

/// How many people were told in all notices.
pub fn count_recipients(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, hold_recipients::table)
}
