//! Read-acknowledgements (宣贯): who says to have read the version that was published.

use std::sync::Arc;

use serde_json::json;

use super::draft::enter;
use super::read::{self, claim};
use super::refusal::PolicyRefusal;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cases::Entered;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::{PolicyVersionId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::policy::{LifeStage, RuleId};
use crate::store::rows::policies::{self, PolicyAcknowledgementRow};

/// Who has read a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgements {
    /// When the reader of this said so, if that was said.
    pub own: Option<Moment>,
    /// Everybody who said so and when, oldest first: for who may see users.
    pub all: Option<Vec<(UserId, Moment)>>,
}

impl Archive {
    /// Notes that the caller has read a published version. A person says so; a token reads nothing.
    ///
    /// # Errors
    /// Not permitted or not there; [`PolicyRefusal::NotNext`] for a version that is not published;
    /// [`Refusal::Exists`] if it was said already.
    pub fn acknowledge_policy(
        &self,
        caller: &Caller,
        (policy, number): (&RuleId, u32),
    ) -> Result<Entered<PolicyVersionId>, Refusal> {
        caller.in_person()?;
        let now = self.inner.now();
        let read = (Action::Read, Resource::Policy);
        let may = caller.warrant(read, Some(&Target::archive()), Thing::Policy, now)?;
        let inner = Arc::clone(&self.inner);
        let policy = policy.clone();
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let shelf = inner.shelf_within(tx, &policy)?;
            let found = shelf.as_ref().and_then(|shelf| shelf.version(number));
            let row = found.ok_or(Refusal::NotFound(Thing::Policy))?;
            if row.stage != LifeStage::Published {
                let refused = PolicyRefusal::NotNext { from: row.stage, to: LifeStage::Published };
                return Err(refused.into());
            }
            let said = PolicyAcknowledgementRow {
                version_id: row.id,
                user_id: caller.user(),
                acknowledged_at: tx.at(),
            };
            let bound = Bound::PolicyAcknowledgement(row.id, caller.user());
            inner.must_be_vouched(tx, &bound, Thing::Policy)?;
            if !policies::acknowledge(tx.conn(), &said)? {
                return Err(Refusal::Exists(Thing::Policy));
            }
            enter(tx, caller, (EntryKind::PolicyAcknowledged, row), json!({}), &[bound])?;
            Ok((row.id, row.fingerprint()))
        }))
    }

    /// Who has read a version.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Damaged`].
    pub fn policy_acknowledgements(
        &self,
        caller: &Caller,
        (policy, number): (&RuleId, u32),
    ) -> Result<Acknowledgements, Refusal> {
        let now = self.inner.now();
        caller.permit((Action::Read, Resource::Policy), Some(&Target::archive()), Thing::Policy, now)?;
        let users = caller.reach(Action::List, Resource::User, now);
        let sees_all = users.level_of(caller.rights(), &Target::archive()).is_some();
        let found = self.inner.vouched(|conn| {
            let (shelf, mut claims) = read::one(conn, policy)?;
            let row = shelf.as_ref().and_then(|shelf| shelf.version(number));
            let Some(row) = row else { return Ok((None, claims)) };
            let said = policies::acknowledgements_of(conn, row.id)?;
            claims.extend(said.iter().map(|said| {
                let bound = Bound::PolicyAcknowledgement(said.version_id, said.user_id);
                claim(&bound, Some(said.fingerprint()))
            }));
            let own = said.iter().find(|said| said.user_id == caller.user());
            let own = own.map(|said| said.acknowledged_at);
            let all = said.iter().map(|said| (said.user_id, said.acknowledged_at)).collect();
            Ok((Some(Acknowledgements { own, all: sees_all.then_some(all) }), claims))
        })?;
        found.ok_or(Refusal::NotFound(Thing::Policy))
    }
}
