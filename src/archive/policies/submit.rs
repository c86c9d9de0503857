//! Hands a draft in for review.

use std::sync::Arc;

use serde_json::json;

use super::draft::{enter, may_write, must_be_seen};
use super::refusal::PolicyRefusal;
use crate::access::permission::Action;
use crate::archive::Archive;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cases::Entered;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::digest::Digest;
use crate::base::id::PolicyVersionId;
use crate::ledger::entry::EntryKind;
use crate::policy::{LifeStage, RuleId};
use crate::store::rows::policies::{self, PolicyVersionRow};

impl Archive {
    /// Says that a draft is finished and may be reviewed.
    ///
    /// # Errors
    /// Not permitted or not there; [`PolicyRefusal::NotNext`] if it is no draft; [`Refusal::WrongState`] if it was
    /// handed in already; [`Refusal::Stale`].
    pub fn submit_policy(
        &self,
        caller: &Caller,
        (policy, number): (&RuleId, u32),
        expected: Option<Digest>,
    ) -> Result<Entered<PolicyVersionId>, Refusal> {
        let may = may_write(self, caller, Action::Change)?;
        let inner = Arc::clone(&self.inner);
        let policy = policy.clone();
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let shelf = inner.shelf_within(tx, &policy)?;
            let found = shelf.as_ref().and_then(|shelf| shelf.version(number));
            let before = found.ok_or(Refusal::NotFound(Thing::Policy))?;
            must_be_seen(before, expected)?;
            if before.stage != LifeStage::Draft {
                let refused = PolicyRefusal::NotNext { from: before.stage, to: LifeStage::Reviewed };
                return Err(refused.into());
            }
            if before.submitted_at.is_some() {
                return Err(Refusal::WrongState);
            }
            let row = PolicyVersionRow {
                submitted_at: Some(tx.at()),
                submitted_by: Some(caller.user()),
                ..before.clone()
            };
            if !policies::update_version(tx.conn(), &row, before.stage)? {
                return Err(Refusal::Stale);
            }
            let facts = json!({"step": "submitted"});
            enter(tx, caller, (EntryKind::PolicyStep, &row), facts, &[Bound::PolicyVersion(row.id)])?;
            Ok((row.id, row.fingerprint()))
        }))
    }
}
