//! Recovers the archive with the recovery identity when the service identity is lost or suspected:
//! a new service identity, every header wrapped to it, no payload byte written.
//!
//! It takes two administrators, who both stand at the machine: without
//! a service identity no service runs in which the one could ask and the other agree.

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::two_person::{ApprovalRefusal, TwoPersonAction, Verdict};
use crate::archive::acting::Warrant;
use crate::archive::approvals::{ApprovalRequest, Step};
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::{Caller, SecondFactor};
use crate::archive::open::OpenOptions;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::users::LogIn;
use crate::archive::{Archive, Place};
use crate::keydir::{IdentitySource, Replace};
use crate::ledger::entry::{EntryDraft, EntryKind};

use super::Rotation;

/// An archive that was opened with the recovery identity. Nothing but a recovery is done with it.
pub struct Recovering(Archive);

/// Who recovers, and why.
pub struct RecoveryRequest<'a> {
    /// The administrator who asks.
    pub by: &'a Caller,
    /// The administrator who agrees.
    pub approved_by: &'a Caller,
    /// Why; kept sealed.
    pub reason: String,
}

impl Recovering {
    /// Opens the archive with the recovery identity.
    ///
    /// # Errors
    /// No archive, another process holds it, or keys or database refuse.
    pub fn open(place: &Place, options: &OpenOptions, recovery: &IdentitySource) -> Result<Self, Refusal> {
        Archive::open_to_recover(place, options, recovery).map(Self)
    }

    /// Who types this name and password.
    ///
    /// # Errors
    /// As [`Archive::caller_as`].
    pub fn caller_as(&self, log_in: &LogIn<'_>) -> Result<Caller, Refusal> {
        let mut caller = self.0.caller_as(log_in)?;
        // Who has one was let in with it, a moment ago and for this one step.
        if caller.second_factor == SecondFactor::Enrolled && log_in.code.is_some() {
            caller.second_factor = SecondFactor::Shown;
        }
        Ok(caller)
    }

    /// Makes the new service identity in the key directory and wraps every header to it. A recovery
    /// that was broken off is taken up by another one.
    ///
    /// # Errors
    /// Not two different administrators, or keys or database refuse.
    pub fn recover(
        &self,
        request: &RecoveryRequest<'_>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Rotation, Refusal> {
        let archive = &self.0;
        let inner = &archive.inner;
        // Before anything is asked for, so that a wrong pair leaves no request behind.
        if request.by.user() == request.approved_by.user() {
            return Err(ApprovalRefusal::OwnRequest.into());
        }
        let approve = (Action::Approve, Resource::Keys);
        request.approved_by.permit(approve, Some(&Target::archive()), Thing::Archive, inner.now())?;
        let subject = inner.keys().archive.to_string();
        let parameters = json!({});
        let approval = archive.request_approval(
            request.by,
            &ApprovalRequest {
                action: TwoPersonAction::RecoverKeys,
                subject: subject.clone(),
                parameters: parameters.clone(),
                reason: request.reason.clone(),
                approver: None,
            },
        )?;
        archive.decide_approval(request.approved_by, approval, Verdict::Approve)?;
        let unfinished = inner.keys().previous_recipients.is_some();
        let generation = inner.keys().recipients.generation;
        let (by, actor) = (request.by.user(), request.by.actor());
        let recover = (Action::Recover, Resource::Keys);
        let target = Target::archive();
        let may = Warrant::of_question(recover, Some(&target), Thing::Archive, true);
        let begins = may.clone();
        let shared = std::sync::Arc::clone(inner);
        // Entered before the keys change: whatever happens then, the ledger knows who began it.
        let written = inner.write_as(request.by, begins, move |tx, _| {
            let step = Step {
                action: TwoPersonAction::RecoverKeys,
                subject: &subject,
                parameters: &parameters,
                target: &Target::archive(),
                by,
                approval: Some(approval),
            };
            let countersign = step.countersign(&shared, tx)?.to_fact();
            let facts = json!({"countersign": countersign, "generation": generation});
            let facts = bind(tx.conn(), facts, &[Bound::Approval(approval)])?;
            tx.enter(EntryDraft { kind: EntryKind::KeysRecovered, subject: subject.clone(), actor, facts })?;
            Ok::<_, Refusal>(())
        });
        written.map_err(Refusal::from)?;
        // What was sealed for its destruction and is to be kept: nothing else opens it.
        archive.restore_sealed(actor)?;
        if unfinished {
            // Headers of two generations at once would leave the lost identity a way in.
            archive.rotate(
                (request.by, may.clone()),
                Replace::Service,
                &IdentitySource::Default,
                progress,
            )?;
        }
        archive.rotate((request.by, may), Replace::Service, &IdentitySource::Default, progress)
    }
}
