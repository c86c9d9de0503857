//! Confirms the clock, by two persons: as long as it is not believed, nothing is destroyed.

use std::sync::Arc;

use serde_json::{Value, json};

use super::acting::Warrant;
use super::approvals::{ApprovalRequest, Countersign, Step};
use super::bound::{Bound, bind};
use super::caller::Caller;
use super::disposition::Look;
use super::receipt::LedgerPlace;
use super::refusal::{Refusal, Thing};
use super::{Archive, Inner};
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::two_person::{ApprovalRefusal, TwoPersonAction};
use crate::base::id::{ApprovalId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::retention::{ClockFault, JUMP_SECONDS_MAX};
use crate::store::Conn;
use crate::store::rows::{approvals, ledger};

/// How the clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockView {
    /// What it shows.
    pub now: Moment,
    /// What it showed when it was last believed.
    pub seen: Moment,
    /// The date of the newest entry of the ledger.
    pub newest: Moment,
    /// Why nothing is destroyed until two persons confirm it; `None` while it is believed.
    pub fault: Option<ClockFault>,
}

/// A clock that was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockConfirmed {
    /// What it showed.
    pub now: Moment,
    /// Where that stands in the ledger.
    pub ledger: LedgerPlace,
}

impl Inner {
    fn clock_view(&self, conn: &mut Conn) -> Result<ClockView, Refusal> {
        let newest = ledger::last_entry(conn)?.ok_or(Refusal::NotFound(Thing::LedgerEntry))?.at;
        let now = self.now();
        let Look { seen, fault } = self.clock_guard.look(now, newest);
        Ok(ClockView { now, seen, newest, fault })
    }
}

impl Archive {
    /// How the clock stands, and whether it is believed.
    ///
    /// # Errors
    /// Not permitted, or the database cannot be read.
    pub fn clock(&self, caller: &Caller) -> Result<ClockView, Refusal> {
        let read = (Action::Read, Resource::System);
        caller.permit(read, Some(&Target::archive()), Thing::Archive, self.inner.now())?;
        self.inner.store.read(|conn| self.inner.clock_view(conn))
    }

    /// Asks for the second person without whom no clock is confirmed. `reason` says why it shows what it shows.
    ///
    /// # Errors
    /// Not permitted; [`Refusal::WrongState`] while the clock is believed; what [`Archive::request_approval`] refuses.
    pub fn request_clock_confirmation(
        &self,
        caller: &Caller,
        (reason, approver): (&str, Option<UserId>),
    ) -> Result<ApprovalId, Refusal> {
        let may = self.may_confirm_clock(caller)?;
        let view = self.inner.store.read(|conn| self.inner.clock_view(conn))?;
        if view.fault.is_none() {
            return Err(Refusal::WrongState);
        }
        let wanted = ApprovalRequest {
            action: TwoPersonAction::ConfirmClock,
            subject: self.inner.keys().archive.to_string(),
            parameters: parameters(view.seen),
            reason: reason.to_owned(),
            approver,
        };
        self.request_approval_of((caller, may), &wanted, Target::archive(), None)
    }

    /// Confirms the clock by the approval of a second person, who agreed within the day: from here on it is believed
    /// again.
    ///
    /// # Errors
    /// [`Refusal::NeedsSecondPerson`] or [`Refusal::OnePersonArchive`] without an approval; [`Refusal::WrongState`]
    /// while it is believed; [`Refusal::Approval`] if it has moved on by more than a day since the approval was asked
    /// for.
    pub fn confirm_clock(
        &self,
        caller: &Caller,
        approval: Option<ApprovalId>,
    ) -> Result<ClockConfirmed, Refusal> {
        let may = self.may_confirm_clock(caller)?;
        let (inner, by) = (Arc::clone(&self.inner), caller.user());
        let written = self.inner.write_as(caller, may, move |tx, caller| {
            let view = inner.clock_view(tx.conn())?;
            let fault = view.fault.ok_or(Refusal::WrongState)?;
            if let Some(approval) = approval {
                let asked = approvals::get(tx.conn(), approval)?.map(|row| row.requested_at);
                // It was another clock to which the second person agreed.
                let is_of_today = |asked: Moment| view.now.seconds_since(asked).abs() <= JUMP_SECONDS_MAX;
                let behind = matches!(fault, ClockFault::Behind { .. });
                if asked.is_some_and(|asked| !behind && !is_of_today(asked)) {
                    return Err(Refusal::Approval(ApprovalRefusal::Expired));
                }
            }
            let subject = inner.keys().archive.to_string();
            let (action, target) = (TwoPersonAction::ConfirmClock, &Target::archive());
            let parameters = &parameters(view.seen);
            let step = Step { action, subject: &subject, parameters, target, by, approval };
            let countersign = step.countersign(&inner, tx)?;
            let Countersign::By { approval, .. } = countersign else { return Err(Refusal::OnePersonArchive) };
            let facts = json!({
                "countersign": countersign.to_fact(),
                "newest": view.newest.to_rfc3339(),
                "seen": view.seen.to_rfc3339(),
                "shown": view.now.to_rfc3339(),
            });
            let facts = bind(tx.conn(), facts, &[Bound::Approval(approval)])?;
            let (kind, actor) = (EntryKind::ClockConfirmed, caller.actor());
            // This entry too may be dated ahead: what is accepted reaches as far as it.
            let newest = tx.at().max(view.newest);
            tx.enter(EntryDraft { kind, subject, actor, facts })?;
            Ok::<_, Refusal>((view.now, newest))
        });
        let written = written.map_err(Refusal::from)?;
        let (now, newest) = written.value;
        self.inner.clock_guard.confirmed(now, newest);
        self.inner.keep_clock();
        let index = written.first_seq + written.count.saturating_sub(1);
        Ok(ClockConfirmed { now, ledger: LedgerPlace { index, size: written.checkpoint_size } })
    }

    fn may_confirm_clock(&self, caller: &Caller) -> Result<Warrant, Refusal> {
        let (confirm, all) = ((Action::ConfirmClock, Resource::System), Target::archive());
        caller.warrant_with_approval(confirm, Some(&all), Thing::Archive, self.inner.now())
    }
}

/// What the second person agrees to: that the clock is right although it was last believed then.
fn parameters(seen: Moment) -> Value {
    json!({"seen": seen.to_rfc3339()})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::role::Role;
    use crate::access::two_person::Verdict;
    use crate::archive::users::tests::a_house;

    #[test]
    fn two_administrators_confirm_a_clock_that_jumped_and_nobody_alone() {
        let house = a_house();
        let archive = &house.archive;
        let admin = house.administrator();
        let officer = house.a_user(&admin, "an", &[Role::PrivacyOfficer]);
        let asks = house.a_user(&admin, "li", &[Role::Administrator]);
        let decides = house.administrator_again();
        let asked = |by: &Caller| archive.request_clock_confirmation(by, ("换了主板电池", None));
        assert!(matches!(asked(&asks), Err(Refusal::WrongState)), "it is believed");
        assert_eq!(archive.clock(&asks).unwrap().fault, None);
        // As if the clock had shown a day of last month when it was last believed.
        let before = archive.inner.now().plus_seconds(-30 * 24 * 3_600);
        archive.inner.clock_guard.confirmed(before, before);
        let fault = || archive.clock(&asks).unwrap().fault;
        assert!(matches!(fault(), Some(ClockFault::Jumped { .. })));
        assert!(matches!(asked(&officer), Err(Refusal::Forbidden)));
        assert!(matches!(archive.confirm_clock(&asks, None), Err(Refusal::NeedsSecondPerson(_))));
        let id = asked(&asks).unwrap();
        assert!(matches!(archive.confirm_clock(&asks, Some(id)), Err(Refusal::Approval(_))));
        assert!(archive.decide_approval(&asks, id, Verdict::Approve).is_err());
        archive.decide_approval(&decides, id, Verdict::Approve).unwrap();
        assert!(matches!(fault(), Some(ClockFault::Jumped { .. })), "approved is not confirmed");
        archive.confirm_clock(&asks, Some(id)).unwrap();
        assert_eq!(fault(), None);
        let entries = house.entries(EntryKind::ClockConfirmed);
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].facts["countersign"]["by"], decides.user().to_string());
        assert!(matches!(archive.confirm_clock(&asks, Some(id)), Err(Refusal::WrongState)));
        // What is believed now is what the next process begins with.
        let kept = crate::keydir::KeyDir::kept_clock(house.place.keys()).unwrap();
        let now = archive.inner.now().to_rfc3339();
        let (today, _) = now.split_once('T').unwrap();
        assert!(kept.is_some_and(|kept| kept.starts_with(today)));
    }
}
