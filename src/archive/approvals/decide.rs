//! Decides a request of another person, or takes the own request back.

use std::sync::Arc;

use serde_json::json;

use crate::access::permission::{self, Action, Resource};
use crate::access::rights::Target;
use crate::access::two_person::{Approval, ApprovalRefusal, ApprovalState, Decider, Verdict};
use crate::base::id::ApprovalId;
use crate::base::moment::Moment;
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::store::Tx;
use crate::store::rows::approvals::{self, ApprovalState as RowState, Decision};

use super::list::in_sight;
use super::sealed::{Loaded, of_row};
use crate::archive::acting::Warrant;
use crate::archive::bound::{Bound, bind};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Caller};

impl Archive {
    /// Says yes or no to what another person asks for.
    ///
    /// # Errors
    /// [`Refusal::Approval`]: the own request, no right to approve it, expired or decided;
    /// [`Refusal::SecondFactorRequired`]; or no such request in sight.
    pub fn decide_approval(&self, caller: &Caller, id: ApprovalId, verdict: Verdict) -> Result<(), Refusal> {
        let inner = &self.inner;
        let (now, keys) = (inner.now(), inner.keys());
        let loaded = inner.store.read(|conn| {
            let ledger = inner.ledgered(conn)?;
            Loaded::get((&keys, &ledger), conn, id)
        })?;
        may_decide(caller, loaded.as_ref(), verdict, now)?;
        let loaded = loaded.ok_or(Refusal::NotFound(Thing::Approval))?;
        let target = loaded.sealed.target_for(caller.user());
        let may = Warrant::by(move |caller, _, now| may_decide(caller, Some(&loaded), verdict, now));
        let shared = Arc::clone(inner);
        let written = inner.write_as(caller, may, move |tx, caller| {
            // Judged again on the row as it is now, at the instant that the entry bears.
            let at = tx.at();
            let row = approvals::get(tx.conn(), id)?.ok_or(Refusal::NotFound(Thing::Approval))?;
            let approval = of_row(row)?;
            let state = decided(caller, &approval, verdict, &target, at)?;
            shared.must_be_vouched(tx, &Bound::Approval(id), Thing::Approval)?;
            if !approvals::decide(tx.conn(), id, Decision { state, by: caller.user(), at })? {
                return Err(ApprovalRefusal::AlreadyDecided.into());
            }
            enter(tx, caller, &approval, state.as_str())
        });
        written.map(|_| ()).map_err(Refusal::from)
    }

    /// Takes back what the caller asked for, while nobody has decided.
    ///
    /// # Errors
    /// Not the caller's request, or decided already.
    pub fn cancel_approval(&self, caller: &Caller, id: ApprovalId) -> Result<(), Refusal> {
        let inner = &self.inner;
        let row = inner.store.read(|conn| approvals::get(conn, id))?;
        // Not even the local operator, whose reach is the whole machine, speaks for another here.
        let own = row.filter(|row| row.requested_by == caller.user());
        let target = own.map(|row| Target::of_user(row.requested_by));
        let permission = (Action::Cancel, Resource::Approval);
        let may = caller.warrant(permission, target.as_ref(), Thing::Approval, inner.now())?;
        let shared = Arc::clone(inner);
        let written = inner.write_as(caller, may, move |tx, caller| {
            let at = tx.at();
            let row = approvals::get(tx.conn(), id)?.ok_or(Refusal::NotFound(Thing::Approval))?;
            let approval = of_row(row)?;
            if approval.state == ApprovalState::Waiting {
                shared.must_be_vouched(tx, &Bound::Approval(id), Thing::Approval)?;
            }
            let withdrawn = Decision { state: RowState::Expired, by: caller.user(), at };
            if !approvals::decide(tx.conn(), id, withdrawn)? {
                return Err(ApprovalRefusal::AlreadyDecided.into());
            }
            enter(tx, caller, &approval, "withdrawn")
        });
        written.map(|_| ()).map_err(Refusal::from)
    }
}

/// Whether the caller may decide so; `loaded` is what was found.
fn may_decide(
    caller: &Caller,
    loaded: Option<&Loaded>,
    verdict: Verdict,
    now: Moment,
) -> Result<(), Refusal> {
    if caller.must_change_password() {
        return Err(Refusal::PasswordChangeRequired);
    }
    let loaded = loaded.filter(|loaded| in_sight(caller, loaded, now));
    let Loaded { approval, sealed } = loaded.ok_or(Refusal::NotFound(Thing::Approval))?;
    decided(caller, approval, verdict, &sealed.target_for(caller.user()), now)?;
    match permission::find(approval.action.row().0, Action::Approve) {
        Some(row) => caller.shown(row.needs),
        None => Ok(()),
    }
}

/// The state that the decision leads to.
fn decided(
    caller: &Caller,
    approval: &Approval,
    verdict: Verdict,
    target: &Target,
    at: Moment,
) -> Result<RowState, Refusal> {
    let decider = Decider { actor: caller.rights(), standing_in_for: None };
    let decided = approval.decide(verdict, decider, target, at).map_err(|refusal| match refusal {
        ApprovalRefusal::NotFound => Refusal::NotFound(Thing::Approval),
        other => other.into(),
    })?;
    match decided.state {
        ApprovalState::Approved { .. } => Ok(RowState::Approved),
        ApprovalState::Refused { .. } => Ok(RowState::Refused),
        ApprovalState::Waiting | ApprovalState::Used { .. } | ApprovalState::Expired => {
            Err(Refusal::WrongState)
        }
    }
}

fn enter(
    tx: &mut Tx<'_>,
    caller: &Caller,
    approval: &Approval,
    verdict: &'static str,
) -> Result<(), Refusal> {
    let facts = json!({
        "about": approval.subject,
        "action": approval.action.as_str(),
        "requested_by": approval.requested_by.to_string(),
        "verdict": verdict,
    });
    let facts = bind(tx.conn(), facts, &[Bound::Approval(approval.id)])?;
    tx.enter(EntryDraft {
        kind: EntryKind::ApprovalDecided,
        subject: approval.id.to_string(),
        actor: caller.actor(),
        facts,
    })?;
    Ok(())
}
