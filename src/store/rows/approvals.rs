//! Requests that wait for a second person.

use diesel::prelude::*;

use super::column::{Column, words};
use super::row::{all, row};
use super::statements::{Before, behind, change, find, insert, list, scan};
use crate::base::digest::Digest;
use crate::base::id::{ApprovalId, UserId};
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::backend::Conn;
use crate::store::schema::approvals;

words! {
    /// How far a request has come.
    ApprovalState = "state of an approval" {
        /// Nobody has decided.
        Waiting = "waiting",
        /// A second person agreed.
        Approved = "approved",
        /// A second person refused.
        Refused = "refused",
        /// What was approved was done.
        Used = "used",
        /// Nobody decided, or nobody used it, in time.
        Expired = "expired",
    }
}

row! {
    /// A request for a second person.
    ApprovalRow as RawApproval in approvals by (id) {
        /// The request.
        id: ApprovalId,
        /// What is to be done, a closed word.
        action: String,
        /// The opaque id of what it is to be done to.
        subject: String,
        /// SHA-256 of the exact request.
        request_digest: Digest,
        /// Who asks.
        requested_by: UserId,
        /// When they asked.
        requested_at: Moment,
        /// Until when it holds.
        expires_at: Moment,
        /// How far it has come.
        state: ApprovalState,
        /// Who decided.
        decided_by: Option<UserId>,
        /// When they decided.
        decided_at: Option<Moment>,
    }
}

scan!(approvals, ApprovalRow, RawApproval by id);

/// Adds a request.
pub fn insert(conn: &mut Conn, row: &ApprovalRow) -> Result<(), StoreError> {
    insert!(conn, approvals, row)
}

/// The request.
pub fn get(conn: &mut Conn, id: ApprovalId) -> Result<Option<ApprovalRow>, StoreError> {
    find!(conn, RawApproval, approvals::table.find(id.to_raw()))
}

/// A page of requests in one state, newest first.
pub fn page(
    conn: &mut Conn,
    state: ApprovalState,
    before: Option<Before<ApprovalId>>,
    limit: u32,
) -> Result<Vec<ApprovalRow>, StoreError> {
    let in_state = approvals::table.filter(approvals::state.eq(state.as_str()));
    let mut query = in_state.select(RawApproval::as_select()).into_boxed();
    if let Some(before) = before {
        query = query.filter(behind!(approvals::requested_at, approvals::id, before));
    }
    let order = (approvals::requested_at.desc(), approvals::id.desc());
    all(query.order(order).limit(i64::from(limit)).load(conn)?)
}

/// What a person has asked for and may still be decided or used at `now`, by the digest of the exact request,
/// oldest first.
pub fn unused(
    conn: &mut Conn,
    by: UserId,
    digest: Digest,
    now: Moment,
) -> Result<Vec<ApprovalRow>, StoreError> {
    let pending = [ApprovalState::Waiting.as_str(), ApprovalState::Approved.as_str()];
    list!(
        conn,
        RawApproval,
        approvals::table
            .filter(approvals::requested_by.eq(by.to_raw()))
            .filter(approvals::state.eq_any(pending))
            .filter(approvals::expires_at.gt(now.to_raw()))
            .filter(approvals::request_digest.eq(digest.to_raw()))
            .order((approvals::requested_at, approvals::id))
    )
}

/// A second person's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// What they decided.
    pub state: ApprovalState,
    /// Who decided.
    pub by: UserId,
    /// When.
    pub at: Moment,
}

/// Notes a decision; false if the request does not wait for one (any more).
pub fn decide(conn: &mut Conn, id: ApprovalId, decision: Decision) -> Result<bool, StoreError> {
    let waiting = approvals::state.eq(ApprovalState::Waiting.as_str());
    let changed = change!(
        conn,
        diesel::update(approvals::table.find(id.to_raw()).filter(waiting)).set((
            approvals::state.eq(decision.state.as_str()),
            approvals::decided_by.eq(decision.by.to_raw()),
            approvals::decided_at.eq(decision.at.to_raw()),
        ))
    )?;
    Ok(changed == 1)
}

/// Notes that an approval was used; false if it was used before or never approved. Use it once means
/// to do the thing only if this is true.
pub fn mark_used(conn: &mut Conn, id: ApprovalId) -> Result<bool, StoreError> {
    let approved = approvals::state.eq(ApprovalState::Approved.as_str());
    let changed = change!(
        conn,
        diesel::update(approvals::table.find(id.to_raw()).filter(approved))
            .set(approvals::state.eq(ApprovalState::Used.as_str()))
    )?;
    Ok(changed == 1)
}

impl ApprovalRow {
    /// The digests by which an entry may know it: its own, and, since requests expire without an entry, by
    /// their own clear instant, those that an expired one had before.
    pub fn known_as(&self, now: Moment) -> Vec<Digest> {
        let before: &[ApprovalState] = match self.state == ApprovalState::Expired && self.expires_at <= now {
            true => &[ApprovalState::Waiting, ApprovalState::Approved],
            false => &[],
        };
        let as_if = |state: &ApprovalState| Self { state: *state, ..self.clone() }.fingerprint();
        std::iter::once(self.fingerprint()).chain(before.iter().map(as_if)).collect()
    }
}

/// Marks everything as expired that waits or is approved and whose time is over; how many there were.
pub fn expire(conn: &mut Conn, now: Moment) -> Result<u64, StoreError> {
    let pending = [ApprovalState::Waiting.as_str(), ApprovalState::Approved.as_str()];
    change!(
        conn,
        diesel::update(
            approvals::table
                .filter(approvals::state.eq_any(pending))
                .filter(approvals::expires_at.le(now.to_raw()))
        )
        .set(approvals::state.eq(ApprovalState::Expired.as_str()))
    )
}
