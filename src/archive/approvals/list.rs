//! Lists requests: the own ones, those that wait for the caller, and for those who answer for the
//! archive all of them.

use serde_json::Value;

use crate::access::decide::{Decision, decide};
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::two_person::{ApprovalState, TwoPersonAction};
use crate::base::id::{ApprovalId, HoldId, UserId};
use crate::base::limits::PAGE_ITEMS_MAX;
use crate::base::moment::Moment;
use crate::ledger::entry::{Actor, EntryKind};
use crate::store::rows::Before;
use crate::store::rows::approvals::{self, ApprovalRow};
use crate::store::{Conn, StoreError};

use super::sealed::Loaded;
use super::told::{Reader, Told};
use crate::archive::bound::Bound;
use crate::archive::cases::evidence::Opening;
use crate::archive::holds::is_in_sight;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller, worded};

pub use crate::store::rows::approvals::ApprovalState as StoredState;

/// Requests that are looked at for one page.
const LOOKED_AT_MAX: usize = 500;
/// How often a request is read that was decided in between.
const READINGS: usize = 3;

/// A request as the caller may see it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApprovalView {
    /// The request.
    pub id: ApprovalId,
    /// The step.
    pub action: TwoPersonAction,
    /// What it is to be done to.
    pub subject: String,
    /// Who asks.
    pub requested_by: UserId,
    /// When they asked.
    pub requested_at: Moment,
    /// Until when it waits, or may be used.
    pub expires_at: Moment,
    /// Where it stands; nothing of the kind where the request is damaged.
    pub state: ApprovalState,
    /// True if the caller may decide it now.
    pub may_decide: bool,
    /// What exactly is asked for, and why: for the requester and for who may decide.
    pub asked: Option<Asked>,
    /// What it is about and who asks, in words, as far as the caller may know them anyway.
    pub told: Told,
    /// What is not as the ledger says. On a page alone: one request that somebody touched is told there as it
    /// was asked for, and without words.
    pub damaged: Option<Amiss>,
}

/// What of a request is not as the ledger says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amiss {
    /// The request itself: nobody knows where it stands.
    Request,
    /// What it is about, or whom it names.
    Subject,
}

/// What is sealed of a request.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    /// The parameters.
    pub parameters: Value,
    /// The reason.
    pub reason: String,
}

/// A page of requests, newest first. It may hold fewer than asked for although there are more.
pub struct ApprovalPage {
    /// The requests.
    pub approvals: Vec<ApprovalView>,
    /// Where the next page begins, if there is one.
    pub next: Option<ApprovalCursor>,
}

/// Where a page begins: behind this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApprovalCursor {
    /// When it was asked for.
    pub at: Moment,
    /// The request.
    pub id: ApprovalId,
}

impl ApprovalCursor {
    fn of(view: &ApprovalView) -> Self {
        Self { at: view.requested_at, id: view.id }
    }
}

impl Archive {
    /// A page of the requests in one stored state that are in the caller's sight.
    ///
    /// # Errors
    /// Not permitted, or the ledger cannot be read.
    pub fn list_approvals(
        &self,
        caller: &Caller,
        state: StoredState,
        after: Option<ApprovalCursor>,
        limit: u32,
    ) -> Result<ApprovalPage, Refusal> {
        let (now, keys) = (self.inner.now(), self.inner.keys());
        let own = Target::of_user(caller.user());
        caller.permit((Action::List, Resource::Approval), Some(&own), Thing::Approval, now)?;
        let limit = limit.clamp(1, u32::try_from(PAGE_ITEMS_MAX).unwrap_or(u32::MAX));
        let before = after.map(|cursor| Before { at: cursor.at, id: cursor.id });
        let restrictions = self.inner.restrictions()?;
        let reader = Reader { archive: self, caller, restrictions: &restrictions, now };
        let look = |conn: &mut Conn| {
            let ledger = self.inner.ledgered(conn)?;
            let (mut seen, mut before, mut looked_at) = (Vec::new(), before, 0);
            // Filled up with what is in sight: a page with a gap would tell that something lies there.
            loop {
                let rows = approvals::page(conn, state, before, limit + 1)?;
                let is_last = rows.len() <= limit as usize;
                for row in rows {
                    let at = ApprovalCursor { at: row.requested_at, id: row.id };
                    if looked_at >= LOOKED_AT_MAX {
                        let next = before.map(|before| ApprovalCursor { at: before.at, id: before.id });
                        return Ok(ApprovalPage { approvals: seen, next });
                    }
                    looked_at += 1;
                    if let Some(line) = reader.line((&keys, &ledger), conn, row)? {
                        if seen.len() == limit as usize {
                            let last = seen.last().map(ApprovalCursor::of);
                            return Ok(ApprovalPage { approvals: seen, next: last });
                        }
                        seen.push(line);
                    }
                    before = Some(Before { at: at.at, id: at.id });
                }
                if is_last {
                    return Ok(ApprovalPage { approvals: seen, next: None });
                }
            }
        };
        self.inner.settled(look, |page| page.approvals.iter().all(|seen| seen.damaged.is_none()))
    }

    /// One request. Users, the case or the matter that it is about are as the ledger says.
    ///
    /// # Errors
    /// No such request in sight; [`Refusal::Damaged`] if the request, or what it is about, is not as the
    /// ledger says.
    pub fn show_approval(&self, caller: &Caller, id: ApprovalId) -> Result<ApprovalView, Refusal> {
        let (now, keys) = (self.inner.now(), self.inner.keys());
        let own = Target::of_user(caller.user());
        caller.permit((Action::Read, Resource::Approval), Some(&own), Thing::Approval, now)?;
        self.must_stand(id)?;
        let restrictions = self.inner.restrictions()?;
        let reader = Reader { archive: self, caller, restrictions: &restrictions, now };
        self.inner.vouched(|conn| {
            let ledger = self.inner.ledgered(conn)?;
            let loaded =
                Loaded::get((&keys, &ledger), conn, id)?.filter(|loaded| in_sight(caller, loaded, now));
            let loaded = loaded.ok_or(Refusal::NotFound(Thing::Approval))?;
            let mut claims = Vec::new();
            let told = reader.told(conn, &loaded.approval, &mut claims)?;
            Ok((view(caller, loaded, told, now), claims))
        })
    }

    /// Refuses a request that is not as the ledger's last word says; one that is nowhere is none.
    pub(super) fn must_stand(&self, id: ApprovalId) -> Result<(), Refusal> {
        let (address, now) = (Bound::Approval(id).address(), self.inner.now());
        for _ in 0..READINGS {
            let row = self.inner.store.read(|conn| approvals::get(conn, id))?;
            let stands = match &row {
                Some(row) => self.stands(row, now),
                None => self.inner.last_words.about(&address).is_none(),
            };
            if stands {
                return Ok(());
            }
            // It may have been decided in between, here or on another node.
            self.inner.follow()?;
        }
        tracing::error!(what = "approval", "not as the ledger says: run muniment verify");
        Err(Refusal::Damaged(Thing::Approval))
    }
}

impl Archive {
    /// True if a request is as the ledger's last word says.
    pub(super) fn stands(&self, row: &ApprovalRow, now: Moment) -> bool {
        let said = self.inner.last_words.about(&Bound::Approval(row.id).address());
        said.is_some_and(|said| row.known_as(now).contains(&said))
    }
}

impl Reader<'_> {
    /// A request as a page shows it; `None` if it is out of the reader's sight.
    fn line(
        &self,
        opening: Opening<'_>,
        conn: &mut Conn,
        row: ApprovalRow,
    ) -> Result<Option<ApprovalView>, Refusal> {
        let (id, stands) = (row.id, self.archive.stands(&row, self.now));
        let loaded = match Loaded::open(opening, conn, row).map_err(Refusal::in_a_list) {
            // A page that calls approved what nobody approved is worse than none.
            Ok(loaded) if stands => loaded,
            Ok(_) | Err(Refusal::Damaged(Thing::Approval) | Refusal::Store(StoreError::Corrupt { .. })) => {
                return self.as_asked(opening, conn, id);
            }
            Err(other) => return Err(other),
        };
        if !in_sight(self.caller, &loaded, self.now) {
            return Ok(None);
        }
        let mut claims = Vec::new();
        match self.told(conn, &loaded.approval, &mut claims).map_err(Refusal::in_a_list) {
            Ok(told) if self.archive.inner.is_vouched(&claims) => {
                Ok(Some(view(self.caller, loaded, told, self.now)))
            }
            Ok(_) | Err(Refusal::Damaged(_) | Refusal::Store(StoreError::Corrupt { .. })) => {
                let seen = view(self.caller, loaded, Told::default(), self.now);
                Ok(Some(ApprovalView { damaged: Some(Amiss::Subject), may_decide: false, ..seen }))
            }
            Err(other) => Err(other),
        }
    }

    /// True if the reader may know the hold with this id.
    fn knows_hold(&self, id: Option<&str>) -> bool {
        let register = self.archive.inner.holds_known();
        let hold = id.and_then(|id| HoldId::parse(id).ok()).and_then(|id| register.get(id));
        hold.is_some_and(|word| is_in_sight(self.caller, word, self.now))
    }

    /// What the ledger says was asked for, where the request is another by now; `None` for all but who asked,
    /// and who sees every request. Of one that nobody asked for nothing is told.
    fn as_asked(
        &self,
        (_, ledger): Opening<'_>,
        conn: &mut Conn,
        id: ApprovalId,
    ) -> Result<Option<ApprovalView>, Refusal> {
        tracing::error!(approval = %id, "not as the ledger says: run muniment verify");
        let begun = (id.to_string(), EntryKind::ApprovalRequested);
        let entry = match worded::beginning(ledger, conn, (&begun.0, begun.1), Thing::Approval) {
            Ok(entry) => entry,
            Err(Refusal::Damaged(_)) => return Ok(None),
            Err(other) => return Err(other),
        };
        let text = |name: &str| entry.facts.get(name).and_then(Value::as_str);
        let (Actor::User(by), Some(action)) = (entry.actor, text("action").and_then(TwoPersonAction::parse))
        else {
            return Ok(None);
        };
        if action.row().0 == Resource::Hold && by != self.caller.user() && !self.knows_hold(text("about")) {
            return Ok(None);
        }
        let target = Target { made_by: Some(by), ..Target::default() };
        let reads = decide(self.caller.rights(), Resource::Approval, Action::Read, Some(&target), self.now);
        let shown = matches!(reads, Decision::Allow(_)).then(|| ApprovalView {
            id,
            action,
            subject: text("about").unwrap_or_default().to_owned(),
            requested_by: by,
            requested_at: entry.at,
            expires_at: text("expires_at").and_then(|at| Moment::parse(at).ok()).unwrap_or(entry.at),
            state: ApprovalState::Expired,
            may_decide: false,
            asked: None,
            told: Told::default(),
            damaged: Some(Amiss::Request),
        });
        Ok(shown)
    }
}

/// True if the caller asked for it, may decide it, or may see all requests. One about a hold tells that there is a hold:
/// it is for those who may know that too.
pub(super) fn in_sight(caller: &Caller, loaded: &Loaded, now: Moment) -> bool {
    let target = Target {
        made_by: Some(loaded.approval.requested_by),
        assigned: loaded.sealed.approver == Some(caller.user()),
        ..Target::default()
    };
    let reads = decide(caller.rights(), Resource::Approval, Action::Read, Some(&target), now);
    let is_own = loaded.approval.requested_by == caller.user();
    let may_know = is_own || loaded.approval.action.row().0 != Resource::Hold || {
        let hold = loaded.sealed.target_for(caller.user());
        matches!(decide(caller.rights(), Resource::Hold, Action::Read, Some(&hold), now), Decision::Allow(_))
    };
    (matches!(reads, Decision::Allow(_)) && may_know) || may_approve(caller, loaded, now)
}

pub(super) fn may_approve(caller: &Caller, loaded: &Loaded, now: Moment) -> bool {
    let target = loaded.sealed.target_for(caller.user());
    let resource = loaded.approval.action.row().0;
    let answer = decide(caller.rights(), resource, Action::Approve, Some(&target), now);
    loaded.approval.requested_by != caller.user() && matches!(answer, Decision::Allow(_))
}

/// True if the list of a request says what keys reach, and not what the requester chose out of what he sees.
pub(super) fn lists_what_keys_reach(action: TwoPersonAction) -> bool {
    action == TwoPersonAction::CorrectEvent
}

/// How much keys reach is for who decides: who asks may see nothing of it.
fn without_reach(parameters: &mut Value) {
    if let Some(parameters) = parameters.as_object_mut() {
        for name in ["count", "items"] {
            parameters.shift_remove(name);
        }
    }
}

fn view(caller: &Caller, loaded: Loaded, told: Told, now: Moment) -> ApprovalView {
    let may_approve = may_approve(caller, &loaded, now);
    let Loaded { approval, sealed } = loaded;
    let state = approval.state_at(now);
    let concerned = may_approve || approval.requested_by == caller.user();
    let mut parameters = sealed.parameters;
    if !may_approve && lists_what_keys_reach(approval.action) {
        without_reach(&mut parameters);
    }
    ApprovalView {
        id: approval.id,
        action: approval.action,
        subject: approval.subject,
        requested_by: approval.requested_by,
        requested_at: approval.requested_at,
        expires_at: approval.expires_at,
        state,
        may_decide: may_approve && state == ApprovalState::Waiting,
        asked: concerned.then_some(Asked { parameters, reason: sealed.reason }),
        told,
        damaged: None,
    }
}
