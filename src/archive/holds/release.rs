//! Releases a hold, by two persons: with a reason, on somebody's authority, and not at once. For some days it rests
//! on what it held, so that what was released by mistake can be held again.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::two_person::TwoPersonAction;
use crate::archive::Archive;
use crate::archive::acting::Warrant;
use crate::archive::approvals::{ApprovalRequest, Countersign, Step};
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cases::Entered;
use crate::archive::cells::PURPOSE;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::id::{ApprovalId, HoldId, UserId};
use crate::base::limits::{REASON_CHARS_MAX, TITLE_CHARS_MAX};
use crate::base::moment::Moment;
use crate::base::text;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::record::hold::HoldState;
use crate::retention::End;
use crate::retention::calendar::{Calendar, Period};
use crate::store::rows::cells as cell_rows;
use crate::store::rows::holds;

use super::find::{self, Standing};
use super::words::HoldGrounds;

/// What is said of a release that is asked for.
#[derive(Clone)]
pub struct ReleaseRequest {
    /// On whose authority: a judgment, a settlement, a letter of counsel.
    pub authority: String,
    /// Why.
    pub reason: String,
    /// Who is asked, where the role approves only what it is named for.
    pub approver: Option<UserId>,
}

impl Archive {
    /// Asks for the second person without whom no hold is released. What is approved is the hold as it stands now:
    /// one that grows afterwards has to be asked for again.
    ///
    /// # Errors
    /// What the release itself would be refused for; [`Refusal::Label`] for words that are none; what
    /// [`Archive::request_approval`] refuses.
    pub fn request_hold_release(
        &self,
        caller: &Caller,
        hold: HoldId,
        request: &ReleaseRequest,
    ) -> Result<ApprovalId, Refusal> {
        let label = |field| move |fault| Refusal::Label { field, fault };
        let authority = text::label(&request.authority, TITLE_CHARS_MAX).map_err(label("authority"))?;
        let reason = text::prose(&request.reason, REASON_CHARS_MAX).map_err(label("reason"))?;
        let (may, target) = self.may_release(caller, hold)?;
        let standing = self.inner.store.read(|conn| Standing::read(conn, hold))?;
        if standing.row.state != HoldState::Standing.as_str() {
            return Err(Refusal::WrongState);
        }
        let wanted = ApprovalRequest {
            action: TwoPersonAction::ReleaseHold,
            subject: hold.to_string(),
            parameters: parameters(standing.revision()),
            reason: HoldGrounds { authority, reason }.to_text(),
            approver: request.approver,
        };
        self.request_approval_of((caller, may), &wanted, target, None)
    }

    /// Releases a hold by the approval of a second person.
    ///
    /// # Errors
    /// [`Refusal::NeedsSecondPerson`] or [`Refusal::OnePersonArchive`] without an approval;
    /// [`Refusal::WrongState`] if it was released; [`Refusal::Approval`] if the hold changed since.
    pub fn release_hold(
        &self,
        caller: &Caller,
        hold: HoldId,
        approval: Option<ApprovalId>,
    ) -> Result<Entered<HoldId>, Refusal> {
        let (may, target) = self.may_release(caller, hold)?;
        let by = caller.user();
        let grounds = match approval {
            None => None,
            Some(approval) => {
                let said = self.inner.store.read(|conn| self.inner.reason_asked(conn, approval, by))?;
                Some(HoldGrounds::of_text(&said).ok_or(Refusal::NotFound(Thing::Approval))?)
            }
        };
        let inner = Arc::clone(&self.inner);
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let keys = inner.keys();
            let mut standing = Standing::to_change(&inner, tx, hold, None)?;
            let (subject, parameters) = (hold.to_string(), parameters(standing.revision()));
            let (action, target) = (TwoPersonAction::ReleaseHold, &target);
            let step = Step { action, subject: &subject, parameters: &parameters, target, by, approval };
            let countersign = step.countersign(&inner, tx)?;
            let (Countersign::By { approval, .. }, Some(grounds)) = (countersign, grounds) else {
                return Err(Refusal::OnePersonArchive);
            };
            let row = &mut standing.row;
            let until = rests_until(tx.at(), row.zone, row.grace_days)?;
            row.state = HoldState::Released.as_str().to_owned();
            (row.released_at, row.released_by) = (Some(tx.at()), Some(by));
            row.rests_until = Some(until);
            if !holds::update(tx.conn(), row, HoldState::Standing.as_str())? {
                return Err(Refusal::Stale);
            }
            let sealed = grounds.seal(&inner, &keys, hold)?;
            cell_rows::insert(tx.conn(), &sealed.row)?;
            let facts = json!({
                "countersign": countersign.to_fact(),
                "grounds": sealed.commitment.to_hex(),
                "hold": subject,
                "released_at": tx.at().to_rfc3339(),
                "rests_until": until.to_rfc3339(),
            });
            let rows = [Bound::Hold(hold), Bound::cell(hold, PURPOSE), Bound::Approval(approval)];
            let facts = bind(tx.conn(), facts, &rows)?;
            tx.enter(EntryDraft { kind: EntryKind::HoldReleased, subject, actor: caller.actor(), facts })?;
            Ok((hold, standing.revision()))
        }))
    }

    fn may_release(
        &self,
        caller: &Caller,
        hold: HoldId,
    ) -> Result<(Warrant, crate::access::rights::Target), Refusal> {
        let register = self.inner.holds_now()?;
        let target = register.get(hold).map(|word| find::target(word));
        let release = (Action::Release, Resource::Hold);
        let may = caller.warrant_with_approval(release, target.as_ref(), Thing::Hold, self.inner.now())?;
        Ok((may, target.ok_or(Refusal::NotFound(Thing::Hold))?))
    }
}

/// What the second person agrees to: that the hold is released as it stands.
fn parameters(revision: Digest) -> Value {
    json!({"revision": revision.to_hex()})
}

/// The first instant at which a hold that is released at `at` rests on nothing any more: its days are whole ones, in
/// its zone.
fn rests_until(at: Moment, zone: Zone, days: u32) -> Result<Moment, Refusal> {
    let grace = Period::new(0, days).ok_or(Refusal::WrongState)?;
    let last = CivilDate::of(at, zone).ok().and_then(|day| Calendar::CnCivil.last_day(day, grace).ok());
    last.and_then(|last| End::of_day(last, zone).from()).ok_or(Refusal::WrongState)
}
