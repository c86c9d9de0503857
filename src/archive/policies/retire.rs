//! Retires a version that was superseded: by two persons. Its floors stay where facts have them as residuals.

use std::sync::Arc;

use serde_json::{Value, json};

use super::draft::{enter, must_be_seen};
use super::in_force::counts;
use super::publish::{Asked, may_publish};
use super::refusal::PolicyRefusal;
use crate::access::rights::Target;
use crate::access::two_person::TwoPersonAction;
use crate::archive::Archive;
use crate::archive::approvals::{Countersign, Step};
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cases::Entered;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::digest::Digest;
use crate::base::id::{ApprovalId, PolicyVersionId, UserId};
use crate::ledger::entry::EntryKind;
use crate::policy::{LifeStage, RuleId};
use crate::store::rows::policies::{self, PolicyVersionRow};

/// Which version is to be retired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetireRequest {
    /// The policy.
    pub policy: RuleId,
    /// The number of the version.
    pub version: u32,
}

impl RetireRequest {
    /// What the second person agrees to.
    pub(super) fn parameters(&self, hash: Digest) -> Value {
        json!({
            "hash": hash.to_hex(), "policy": self.policy.as_str(), "step": "retire", "version": self.version,
        })
    }
}

impl Archive {
    /// Asks for the second person without whom nothing is retired.
    ///
    /// # Errors
    /// As [`Archive::request_policy_publication`].
    pub fn request_policy_retirement(
        &self,
        caller: &Caller,
        request: &RetireRequest,
        (reason, approver): (&str, Option<UserId>),
    ) -> Result<ApprovalId, Refusal> {
        self.ask_about(caller, &Asked::Retire(request), (reason, approver))
    }

    /// Retires a version that was superseded and counts no more.
    ///
    /// # Errors
    /// Not permitted or not there; [`PolicyRefusal::NotNext`]; [`Refusal::NeedsSecondPerson`] and what else an
    /// approval can be refused for; [`Refusal::Stale`].
    pub fn retire_policy(
        &self,
        caller: &Caller,
        request: &RetireRequest,
        approval: Option<ApprovalId>,
        expected: Option<Digest>,
    ) -> Result<Entered<PolicyVersionId>, Refusal> {
        let may = may_publish(self, caller)?;
        let (inner, request) = (Arc::clone(&self.inner), request.clone());
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let shelf = inner.shelf_within(tx, &request.policy)?;
            let found = shelf.as_ref().and_then(|shelf| shelf.version(request.version));
            let before = found.ok_or(Refusal::NotFound(Thing::Policy))?;
            must_be_seen(before, expected)?;
            // One that is superseded from a later day on still counts until then.
            if before.stage.step_to(LifeStage::Retired).is_err() || counts(before, tx.at()) {
                let refused = PolicyRefusal::NotNext { from: before.stage, to: LifeStage::Retired };
                return Err(refused.into());
            }
            let step = Step {
                action: TwoPersonAction::PublishPolicy,
                subject: &before.id.to_string(),
                parameters: &request.parameters(before.hash),
                target: &Target::archive(),
                by: caller.user(),
                approval,
            };
            let countersign = step.countersign(&inner, tx)?;
            let Countersign::By { approval, .. } = countersign else { return Err(Refusal::OnePersonArchive) };
            let row = PolicyVersionRow {
                stage: LifeStage::Retired,
                retired_at: Some(tx.at()),
                retired_by: Some(caller.user()),
                ..before.clone()
            };
            if !policies::update_version(tx.conn(), &row, before.stage)? {
                return Err(Refusal::Stale);
            }
            let facts = json!({"countersigned": countersign.to_fact(), "step": "retired"});
            let bounds = [Bound::PolicyVersion(row.id), Bound::Approval(approval)];
            enter(tx, caller, (EntryKind::PolicyStep, &row), facts, &bounds)?;
            Ok((row.id, row.fingerprint()))
        }))
    }
}
