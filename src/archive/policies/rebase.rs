//! The re-base campaign: the one way by which a shorter rule reaches records that were declared before it. By two
//! persons, on the ground of a simulation of just that, and after everybody was told and had the time to object.
//!
//! It takes away what earlier versions of the policy left standing, and nothing else: other policies' floors stay, and
//! so does whatever is held or locked when it takes effect.

use std::sync::Arc;

use serde_json::{Value, json};

use super::confirm::must_stand;
use super::draft::{enter, must_be_seen};
use super::in_force::{at_instant, counts};
use super::refusal::PolicyRefusal;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::two_person::TwoPersonAction;
use crate::archive::Archive;
use crate::archive::acting::Warrant;
use crate::archive::approvals::{ApprovalRequest, Countersign, Step};
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cases::Entered;
use crate::archive::cells::{self, NOTICE};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::id::{ApprovalId, PolicyVersionId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::policy::{LifeStage, RuleId};
use crate::record::names::Note;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::policies::{self, PolicyVersionRow};

/// A campaign that is to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebaseRequest {
    /// The policy.
    pub policy: RuleId,
    /// The number of the version: the one that counts.
    pub version: u32,
    /// The hash of the simulation that was looked at.
    pub simulation: Digest,
    /// How many records will be due by it that are not now: said in as many words.
    pub newly_due: u64,
    /// Whole days between the notice and the effect: [`crate::base::limits::CAMPAIGN_DAYS`].
    pub notice_days: u64,
    /// What people are told.
    pub notice: Note,
}

impl RebaseRequest {
    /// What the second person agrees to.
    fn parameters(&self, hash: Digest) -> Value {
        json!({
            "hash": hash.to_hex(),
            "newly_due": self.newly_due,
            "notice": self.notice.as_str(),
            "notice_days": self.notice_days,
            "policy": self.policy.as_str(),
            "simulation": self.simulation.to_hex(),
            "step": "rebase",
            "version": self.version,
        })
    }

    /// From when on older records stand under the version: the days of the notice are whole ones.
    fn effect(&self, at: Moment) -> Option<Moment> {
        let days = i64::try_from(self.notice_days).ok()?.checked_add(1)?;
        let day = CivilDate::of(at, Zone::SHANGHAI).ok()?.plus_days(days)?;
        Some(day.begins_in(Zone::SHANGHAI))
    }
}

impl Archive {
    /// Asks for the second person without whom no campaign begins.
    ///
    /// # Errors
    /// Not permitted or not there; [`PolicyRefusal::NotNext`] for a version that does not count; what
    /// [`Archive::request_approval`] refuses.
    pub fn request_policy_rebase(
        &self,
        caller: &Caller,
        request: &RebaseRequest,
        (reason, approver): (&str, Option<UserId>),
    ) -> Result<ApprovalId, Refusal> {
        let may = may_shorten(self, caller)?;
        let inner = &self.inner;
        let row = inner.vouched(|conn| {
            let (shelf, claims) = super::read::one(conn, &request.policy)?;
            Ok((shelf.and_then(|shelf| shelf.version(request.version).cloned()), claims))
        })?;
        let row = row.ok_or(Refusal::NotFound(Thing::Policy))?;
        must_count(&row, inner.now())?;
        let wanted = ApprovalRequest {
            action: TwoPersonAction::ShortenRetention,
            subject: row.id.to_string(),
            parameters: request.parameters(row.hash),
            reason: reason.to_owned(),
            approver,
        };
        self.request_approval_of((caller, may), &wanted, Target::archive(), None)
    }

    /// Begins a campaign: once its notice is over, records that were declared before the version stand under it as
    /// it is. `expected` is the revision that the caller saw.
    ///
    /// # Errors
    /// Not permitted or not there; [`PolicyRefusal::NotNext`] for a version that does not count;
    /// [`Refusal::WrongState`] where a campaign was decided on already; [`PolicyRefusal::NoSimulation`],
    /// [`PolicyRefusal::NewlyDue`]; [`Refusal::NeedsSecondPerson`] and what else an approval can be refused for;
    /// [`Refusal::Stale`].
    pub fn rebase_policy(
        &self,
        caller: &Caller,
        request: &RebaseRequest,
        approval: Option<ApprovalId>,
        expected: Option<Digest>,
    ) -> Result<Entered<PolicyVersionId>, Refusal> {
        let may = may_shorten(self, caller)?;
        let (inner, request) = (Arc::clone(&self.inner), request.clone());
        let now = inner.now();
        let weighed = match inner.exchange_version((&request.policy, request.version), (now, now)) {
            Ok(draft) if draft.row.stage == LifeStage::Published => {
                inner.weighed(&draft, request.simulation, now)?
            }
            Ok(_) | Err(Refusal::WrongState) => None,
            Err(other) => return Err(other),
        };
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let at = tx.at();
            let shelves = inner.shelves_within(tx)?;
            let shelf = shelves.iter().find(|shelf| shelf.policy.id == request.policy);
            let before = shelf.and_then(|shelf| shelf.version(request.version));
            let before = before.ok_or(Refusal::NotFound(Thing::Policy))?;
            must_be_seen(before, expected)?;
            must_count(before, at)?;
            let stands = at_instant(&inner, tx.conn(), &shelves, at)?;
            let against = stands.map(|stands| stands.schedule.policy().hash);
            let named = (request.simulation, weighed);
            let (simulation, weighed) = must_stand(&inner, tx, (before, against), named)?;
            if weighed.newly_due != request.newly_due {
                return Err(PolicyRefusal::NewlyDue { records: weighed.newly_due }.into());
            }
            let step = Step {
                action: TwoPersonAction::ShortenRetention,
                subject: &before.id.to_string(),
                parameters: &request.parameters(before.hash),
                target: &Target::archive(),
                by: caller.user(),
                approval,
            };
            let countersign = step.countersign(&inner, tx)?;
            let Countersign::By { approval, .. } = countersign else { return Err(Refusal::OnePersonArchive) };
            let effect = request.effect(at).ok_or(PolicyRefusal::TooEarly)?;
            let row = PolicyVersionRow { rebased_from: Some(effect), ..before.clone() };
            if !policies::update_version(tx.conn(), &row, before.stage)? {
                return Err(Refusal::Stale);
            }
            let words = json!({"text": request.notice.as_str()});
            let owner = row.id.to_string();
            let sealed = cells::seal_profile(&inner, &inner.keys(), &owner, NOTICE, &words)?;
            cell_rows::insert(tx.conn(), &sealed.row)?;
            let facts = json!({
                "countersigned": countersign.to_fact(),
                "newly_due": simulation.newly_due,
                "notice": sealed.commitment.to_hex(),
                "rebased_from": effect.to_rfc3339(),
                "simulation": simulation.id.to_string(),
                "simulation_result": simulation.result.to_hex(),
                "step": "rebased",
            });
            let bounds =
                [Bound::PolicyVersion(row.id), Bound::cell(row.id, NOTICE), Bound::Approval(approval)];
            enter(tx, caller, (EntryKind::PolicyStep, &row), facts, &bounds)?;
            Ok((row.id, row.fingerprint()))
        }))
    }
}

/// That the caller may shorten what older records have, if a second person agrees.
fn may_shorten(archive: &Archive, caller: &Caller) -> Result<Warrant, Refusal> {
    let shorten = (Action::Shorten, Resource::Policy);
    caller.warrant_with_approval(shorten, Some(&Target::archive()), Thing::Policy, archive.inner.now())
}

/// Refuses a version that does not count now, and one whose campaign was decided on.
fn must_count(row: &PolicyVersionRow, at: Moment) -> Result<(), Refusal> {
    if row.stage != LifeStage::Published || !counts(row, at) {
        return Err(PolicyRefusal::NotNext { from: row.stage, to: LifeStage::Published }.into());
    }
    if row.rebased_from.is_some() { Err(Refusal::WrongState) } else { Ok(()) }
}
