//! Evaluations of a version's effect (效果评估): due some time after it was published, against the metric and the
//! target that it names itself.

use std::sync::Arc;

use serde_json::{Value, json};

use super::draft::{enter, may_write};
use super::read::{self, claim};
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cases::Entered;
use crate::archive::cells::{self, PROFILE};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{PolicyVersionId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::policy::{Effect, EvaluationFields, EvaluationOutcome, RuleId};
use crate::store::rows::cells as cell_rows;
use crate::store::rows::policies::{self, PolicyEvaluationRow};

/// The evaluation of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationView {
    /// The number of the version.
    pub version: u32,
    /// On which day it is due.
    pub due_on: CivilDate,
    /// True if that day is over and it was not made.
    pub overdue: bool,
    /// What is measured, and what it should come to.
    pub effect: Option<Effect>,
    /// What it came to.
    pub outcome: Option<EvaluationOutcome>,
    /// When it was made, and by whom.
    pub evaluated: Option<(Moment, UserId)>,
    /// What was written down: outcome, before, after, note; and what the archive counted, `measured`.
    pub words: Option<Value>,
}

impl Archive {
    /// Enters what the evaluation of a version came to. The first word stands.
    ///
    /// # Errors
    /// Not permitted or not there, or the version has nothing to be evaluated; [`Refusal::WrongState`] if it was
    /// evaluated already.
    pub fn evaluate_policy(
        &self,
        caller: &Caller,
        (policy, number): (&RuleId, u32),
        fields: EvaluationFields,
    ) -> Result<Entered<PolicyVersionId>, Refusal> {
        let may = may_write(self, caller, Action::Change)?;
        // What the archive itself counts stands beside what people measured; of a version that never counted there
        // is nothing, which the write itself refuses.
        let measured = match self.policy_measures(caller, (policy, number)) {
            Err(Refusal::WrongState | Refusal::NotFound(_)) => None,
            measures => Some(measures?.to_json()),
        };
        let inner = Arc::clone(&self.inner);
        let policy = policy.clone();
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let shelf = inner.shelf_within(tx, &policy)?;
            let found = shelf.as_ref().and_then(|shelf| shelf.version(number));
            let version = found.ok_or(Refusal::NotFound(Thing::Policy))?;
            let bound = Bound::PolicyEvaluation(version.id);
            inner.must_be_vouched(tx, &bound, Thing::Policy)?;
            let before = policies::evaluation(tx.conn(), version.id)?;
            let before = before.ok_or(Refusal::NotFound(Thing::Policy))?;
            if before.outcome.is_some() {
                return Err(Refusal::WrongState);
            }
            let row = PolicyEvaluationRow {
                outcome: Some(fields.outcome),
                evaluated_at: Some(tx.at()),
                evaluated_by: Some(caller.user()),
                ..before
            };
            let (keys, owner) = (inner.keys(), version.id.to_string());
            let mut words = fields.to_json();
            words.extend(measured.map(|measured| ("measured".to_owned(), measured)));
            let words = Value::Object(words);
            let sealed = cells::seal_profile(&inner, &keys, &owner, PROFILE, &words)?;
            cell_rows::insert(tx.conn(), &sealed.row)?;
            if !policies::evaluate(tx.conn(), &row)? {
                return Err(Refusal::Stale);
            }
            let facts = json!({
                "outcome": fields.outcome.as_str(), "profile": sealed.commitment.to_hex(),
            });
            let bounds = [bound, Bound::cell(version.id, PROFILE)];
            enter(tx, caller, (EntryKind::PolicyEvaluated, version), facts, &bounds)?;
            Ok((version.id, version.fingerprint()))
        }))
    }

    /// The evaluations of a policy's versions, the newest version first.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Damaged`].
    pub fn policy_evaluations(
        &self,
        caller: &Caller,
        policy: &RuleId,
    ) -> Result<Vec<EvaluationView>, Refusal> {
        let now = self.inner.now();
        caller.permit((Action::Read, Resource::Policy), Some(&Target::archive()), Thing::Policy, now)?;
        let today = CivilDate::of(now, Zone::SHANGHAI).ok();
        let found = self.inner.vouched(|conn| {
            let (shelf, mut claims) = read::one(conn, policy)?;
            let Some(shelf) = shelf else { return Ok((None, claims)) };
            let mut views = Vec::new();
            for version in shelf.versions.iter().rev() {
                let row = policies::evaluation(conn, version.id)?;
                let bound = Bound::PolicyEvaluation(version.id);
                claims.push(claim(&bound, row.as_ref().map(PolicyEvaluationRow::fingerprint)));
                let Some(row) = row else { continue };
                let owner = version.id.to_string();
                let words = match row.outcome {
                    None => None,
                    Some(_) => {
                        claims.push(read::claim_of_words(conn, &owner)?);
                        Some(cells::profile(&self.inner.keys(), conn, &owner, PROFILE, Thing::Policy)?)
                    }
                };
                let is_open = row.outcome.is_none();
                views.push(EvaluationView {
                    version: version.version,
                    due_on: row.due_on,
                    overdue: is_open && today.is_some_and(|today| row.due_on < today),
                    effect: self.inner.policy_text(conn, version)?.effect.clone(),
                    outcome: row.outcome,
                    evaluated: row.evaluated_at.zip(row.evaluated_by),
                    words,
                });
            }
            Ok((Some(views), claims))
        })?;
        found.ok_or(Refusal::NotFound(Thing::Policy))
    }
}
