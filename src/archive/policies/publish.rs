//! Puts a version into force: by two persons, on the ground of a simulation of exactly this version against the
//! archive as it is.

use std::sync::Arc;

use serde_json::{Value, json};

use super::confirm::must_stand;
use super::draft::{enter, must_be_newer, must_be_seen};
use super::in_force::{InForce, at_instant};
use super::read::Shelf;
use super::refusal::PolicyRefusal;
use super::retire::RetireRequest;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::two_person::TwoPersonAction;
use crate::archive::Archive;
use crate::archive::acting::Warrant;
use crate::archive::approvals::{ApprovalRequest, Countersign, Step};
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cases::Entered;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::id::{ApprovalId, PolicyVersionId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::policy::{LifeStage, Policy, RuleId, Severity, Standing};
use crate::retention::calendar::{Calendar, CalendarName};
use crate::store::Tx;
use crate::store::rows::policies::{self, PolicyEvaluationRow, PolicyState, PolicyVersionRow, SimulationRow};

/// What is to be published, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishRequest {
    /// The policy.
    pub policy: RuleId,
    /// The number of the version.
    pub version: u32,
    /// The hash of the simulation that was looked at.
    pub simulation: Digest,
    /// From when on it counts; from its publication on where nothing is said.
    pub effective_from: Option<Moment>,
    /// How many records will be due at once by it: said in as many words.
    pub newly_due: u64,
}

impl PublishRequest {
    /// What the second person agrees to.
    pub(super) fn parameters(&self, hash: Digest) -> Value {
        json!({
            "effective_from": self.effective_from.map(|at| at.to_rfc3339()),
            "hash": hash.to_hex(),
            "newly_due": self.newly_due,
            "policy": self.policy.as_str(),
            "simulation": self.simulation.to_hex(),
            "step": "publish",
            "version": self.version,
        })
    }
}

/// What a second person is asked to agree to.
pub(super) enum Asked<'a> {
    Publish(&'a PublishRequest),
    Retire(&'a RetireRequest),
}

/// That the caller may publish and retire, if a second person agrees.
pub(super) fn may_publish(archive: &Archive, caller: &Caller) -> Result<Warrant, Refusal> {
    let now = archive.inner.now();
    let publish = (Action::Publish, Resource::Policy);
    caller.warrant_with_approval(publish, Some(&Target::archive()), Thing::Policy, now)
}

impl Archive {
    /// Asks for the second person without whom nothing is published.
    ///
    /// # Errors
    /// What the publication itself would be refused for; what [`Archive::request_approval`] refuses.
    pub fn request_policy_publication(
        &self,
        caller: &Caller,
        request: &PublishRequest,
        (reason, approver): (&str, Option<UserId>),
    ) -> Result<ApprovalId, Refusal> {
        self.ask_about(caller, &Asked::Publish(request), (reason, approver))
    }

    pub(super) fn ask_about(
        &self,
        caller: &Caller,
        asked: &Asked<'_>,
        (reason, approver): (&str, Option<UserId>),
    ) -> Result<ApprovalId, Refusal> {
        let may = may_publish(self, caller)?;
        let (policy, number) = match asked {
            Asked::Publish(request) => (&request.policy, request.version),
            Asked::Retire(request) => (&request.policy, request.version),
        };
        let inner = &self.inner;
        let row = inner.vouched(|conn| {
            let (shelf, claims) = super::read::one(conn, policy)?;
            Ok((shelf.and_then(|shelf| shelf.version(number).cloned()), claims))
        })?;
        let row = row.ok_or(Refusal::NotFound(Thing::Policy))?;
        let (from, to) = match asked {
            Asked::Publish(_) => (LifeStage::Reviewed, LifeStage::Published),
            Asked::Retire(_) => (LifeStage::Superseded, LifeStage::Retired),
        };
        if row.stage != from {
            return Err(PolicyRefusal::NotNext { from: row.stage, to }.into());
        }
        let parameters = match asked {
            Asked::Publish(request) => {
                let text = inner.store.read(|conn| inner.policy_text(conn, &row))?;
                must_be_fit(&text, inner.now())?;
                request.parameters(row.hash)
            }
            Asked::Retire(request) => request.parameters(row.hash),
        };
        let wanted = ApprovalRequest {
            action: TwoPersonAction::PublishPolicy,
            subject: row.id.to_string(),
            parameters,
            reason: reason.to_owned(),
            approver,
        };
        self.request_approval_of((caller, may), &wanted, Target::archive(), None)
    }

    /// Puts a reviewed version into force. The one that was in force until then is superseded, its floors stay over
    /// what was declared before. `expected` is the revision that the caller saw.
    ///
    /// # Errors
    /// Not permitted or not there; what [`PolicyRefusal`] names; [`Refusal::NeedsSecondPerson`] and what else an
    /// approval can be refused for; [`Refusal::Stale`] if it was changed, or records came in, meanwhile.
    pub fn publish_policy(
        &self,
        caller: &Caller,
        request: &PublishRequest,
        approval: Option<ApprovalId>,
        expected: Option<Digest>,
    ) -> Result<Entered<PolicyVersionId>, Refusal> {
        let may = may_publish(self, caller)?;
        let (inner, request) = (Arc::clone(&self.inner), request.clone());
        let now = inner.now();
        let (weighed, against) = match inner.exchange_version((&request.policy, request.version), (now, now))
        {
            // What came in since the simulation is judged as well: nothing becomes due that nobody has confirmed.
            Ok(draft) if draft.row.stage == LifeStage::Reviewed => {
                (inner.weighed(&draft, request.simulation, now)?, draft.against)
            }
            Ok(draft) => (None, draft.against),
            Err(Refusal::WrongState) => (None, None),
            Err(other) => return Err(other),
        };
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let at = tx.at();
            let shelves = inner.shelves_within(tx)?;
            let shelf = shelves.iter().find(|shelf| shelf.policy.id == request.policy);
            let shelf = shelf.ok_or(Refusal::NotFound(Thing::Policy))?;
            let before = shelf.version(request.version).ok_or(Refusal::NotFound(Thing::Policy))?;
            must_be_seen(before, expected)?;
            if before.stage.step_to(LifeStage::Published).is_err() {
                let refused = PolicyRefusal::NotNext { from: before.stage, to: LifeStage::Published };
                return Err(refused.into());
            }
            must_be_newer(shelf, request.version)?;
            let from = begins(shelf, request.effective_from, at)?;
            let text = inner.policy_text(tx.conn(), before)?;
            must_be_fit(&text, at)?;
            let stands = at_instant(&inner, tx.conn(), &shelves, at)?;
            must_be_free(&text, stands.as_ref())?;
            if stands.as_ref().map(|stands| stands.schedule.policy().hash) != against {
                return Err(Refusal::Stale);
            }
            let named = (request.simulation, weighed);
            let (simulation, weighed) = must_stand(&inner, tx, (before, against), named)?;
            if weighed.orphaned > 0 {
                return Err(PolicyRefusal::Orphans { records: weighed.orphaned }.into());
            }
            if weighed.newly_due != request.newly_due {
                return Err(PolicyRefusal::NewlyDue { records: weighed.newly_due }.into());
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
            let beside = stands.map(|stands| stands.names()).unwrap_or_default();
            let done =
                Publication { caller, shelf, before, from, simulation: &simulation, countersign, beside };
            done.write(tx, &text)
        }))
    }
}

/// A publication to which nothing stands any more.
struct Publication<'a> {
    caller: &'a Caller,
    shelf: &'a Shelf,
    before: &'a PolicyVersionRow,
    from: Moment,
    simulation: &'a SimulationRow,
    countersign: Countersign,
    /// What is in force beside it, by name.
    beside: Vec<String>,
}

impl Publication<'_> {
    fn write(self, tx: &mut Tx<'_>, text: &Policy) -> Result<(PolicyVersionId, Digest), Refusal> {
        let at = tx.at();
        // A publication that one person alone decides is none of this archive's.
        let Countersign::By { approval, person } = self.countersign else {
            return Err(Refusal::OnePersonArchive);
        };
        let superseded = match self.shelf.published() {
            None => None,
            Some(old) => Some(self.supersede(tx, old)?),
        };
        let row = PolicyVersionRow {
            stage: LifeStage::Published,
            published_at: Some(at),
            published_by: Some(self.caller.user()),
            countersigned_by: Some(person),
            simulation: Some(self.simulation.result),
            effective_from: Some(self.from),
            ..self.before.clone()
        };
        let mut policy = self.shelf.policy.clone();
        policy.state = PolicyState::InForce;
        if !policies::update_version(tx.conn(), &row, self.before.stage)?
            || !policies::update(tx.conn(), &policy)?
        {
            return Err(Refusal::Stale);
        }
        let mut bounds =
            vec![Bound::Policies, Bound::Policy(policy.id.clone()), Bound::PolicyVersion(row.id)];
        bounds.push(Bound::Approval(approval));
        let evaluation = evaluation(&row, text, self.from);
        if let Some(evaluation) = &evaluation {
            policies::insert_evaluation(tx.conn(), evaluation)?;
            bounds.push(Bound::PolicyEvaluation(row.id));
        }
        let facts = json!({
            "beside": self.beside,
            "countersigned": self.countersign.to_fact(),
            "effective_from": self.from.to_rfc3339(),
            "evaluate_on": evaluation.map(|evaluation| evaluation.due_on.to_string()),
            "newly_due": self.simulation.newly_due,
            "simulation": self.simulation.id.to_string(),
            "simulation_result": self.simulation.result.to_hex(),
            "supersedes": superseded,
        });
        enter(tx, self.caller, (EntryKind::PolicyPublished, &row), facts, &bounds)?;
        Ok((row.id, row.fingerprint()))
    }

    /// Ends the version that was in force; its number.
    fn supersede(&self, tx: &mut Tx<'_>, old: &PolicyVersionRow) -> Result<u32, Refusal> {
        let row =
            PolicyVersionRow { stage: LifeStage::Superseded, effective_to: Some(self.from), ..old.clone() };
        if !policies::update_version(tx.conn(), &row, old.stage)? {
            return Err(Refusal::Stale);
        }
        let facts = json!({"effective_to": self.from.to_rfc3339(), "step": "superseded"});
        enter(tx, self.caller, (EntryKind::PolicyStep, &row), facts, &[Bound::PolicyVersion(row.id)])?;
        Ok(row.version)
    }
}

/// From when on the version counts: not from the past, and not before one that waits for its day.
fn begins(shelf: &Shelf, wanted: Option<Moment>, at: Moment) -> Result<Moment, Refusal> {
    let from = wanted.unwrap_or(at);
    let waits = shelf.published().and_then(|old| old.effective_from).is_some_and(|old| from < old);
    if from < at || waits { Err(PolicyRefusal::TooEarly.into()) } else { Ok(from) }
}

/// Refuses a policy that says what must not be published.
fn must_be_fit(text: &Policy, at: Moment) -> Result<(), Refusal> {
    let today = CivilDate::of(at, Zone::SHANGHAI).map_err(|_| Refusal::Damaged(Thing::Policy))?;
    let findings = text.lint(today);
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if errors == 0 { Ok(()) } else { Err(PolicyRefusal::Unfit { errors: errors as u64 }.into()) }
}

/// Refuses a rule whose id another policy in force has: verdicts and certificates name rules by their ids.
fn must_be_free(text: &Policy, stands: Option<&InForce>) -> Result<(), Refusal> {
    let Some(stands) = stands else { return Ok(()) };
    for rule in text.obligations.iter().filter(|rule| rule.standing == Standing::Enabled) {
        if let Some(other) = stands.policy_of(&rule.id).filter(|other| other.id != text.id) {
            let (rule, policy) = (rule.id.to_string(), other.id.to_string());
            return Err(PolicyRefusal::RuleTaken { rule, policy }.into());
        }
    }
    Ok(())
}

/// When the effect is to be evaluated, if the policy says how it is measured.
fn evaluation(row: &PolicyVersionRow, text: &Policy, from: Moment) -> Option<PolicyEvaluationRow> {
    let effect = text.effect.as_ref()?;
    let day = CivilDate::of(from, Zone::SHANGHAI).ok()?;
    let due_on = Calendar::plain(CalendarName::Anniversary).last_day(day, effect.evaluate_after).ok()?;
    Some(PolicyEvaluationRow {
        version_id: row.id,
        due_on,
        outcome: None,
        evaluated_at: None,
        evaluated_by: None,
    })
}
