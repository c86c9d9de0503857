//! Reviews (制度评审): of a draft that was handed in, which they let pass or send back, and of a version that is in
//! force, whose calendar begins anew with each.

use std::sync::Arc;

use serde_json::{Value, json};

use super::draft::{enter, may_write, must_be_seen};
use super::read::{self, Shelf};
use super::refusal::PolicyRefusal;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cases::Entered;
use crate::archive::cells::{self, PROFILE};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::id::{PolicyReviewId, PolicyVersionId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::policy::{LifeStage, ReviewDecision, ReviewFields, RuleId};
use crate::record::request::{Fault, FaultCode};
use crate::store::rows::cells as cell_rows;
use crate::store::rows::policies::{self, PolicyReviewRow, PolicyVersionRow};

/// A review to be entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReview(ReviewFields);

impl NewReview {
    /// Reads it. It was held today at the latest, by the calendar of China, where most of the archive's people sit.
    ///
    /// # Errors
    /// Every fault of its fields.
    pub fn from_json(value: &Value, now: Moment) -> Result<Self, Vec<Fault>> {
        ReviewFields::from_json(value, CivilDate::of(now, Zone::SHANGHAI).ok()).map(Self)
    }
}

/// A review as it was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewView {
    /// The review.
    pub id: PolicyReviewId,
    /// The number of the version that was reviewed.
    pub version: u32,
    /// When it was entered.
    pub recorded_at: Moment,
    /// By whom.
    pub recorded_by: UserId,
    /// What was written down.
    pub fields: ReviewFields,
}

impl Archive {
    /// Enters a review of a version. Of a draft that was handed in, *keep* lets it pass, and the other decisions send
    /// it back; of one that passed, they take that back. A version in force stays in force: what was decided is done
    /// by publishing another.
    ///
    /// # Errors
    /// Not permitted or not there; [`PolicyRefusal::NotSubmitted`]; [`PolicyRefusal::UnknownRule`];
    /// [`Refusal::WrongState`] for a version that was superseded; [`Refusal::Stale`].
    pub fn review_policy(
        &self,
        caller: &Caller,
        (policy, number): (&RuleId, u32),
        review: NewReview,
        expected: Option<Digest>,
    ) -> Result<Entered<PolicyReviewId>, Refusal> {
        let may = may_write(self, caller, Action::Change)?;
        let inner = Arc::clone(&self.inner);
        let (policy, NewReview(fields)) = (policy.clone(), review);
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let shelf = inner.shelf_within(tx, &policy)?;
            let found = shelf.as_ref().and_then(|shelf| shelf.version(number));
            let before = found.ok_or(Refusal::NotFound(Thing::Policy))?;
            must_be_seen(before, expected)?;
            let text = inner.policy_text(tx.conn(), before)?;
            if fields.rule.as_ref().is_some_and(|rule| text.obligation(rule.as_str()).is_none()) {
                return Err(PolicyRefusal::UnknownRule.into());
            }
            let at = tx.at();
            let row = after(before, &fields, (caller.user(), at))?;
            let came_in = CivilDate::of(before.created_at, Zone::SHANGHAI).ok();
            if before.stage == LifeStage::Draft && came_in.is_some_and(|day| fields.held_on < day) {
                // Nobody can have reviewed what was not there.
                let code = FaultCode::Before { other: "created".to_owned() };
                return Err(Refusal::Faults(vec![Fault { path: "held_on".to_owned(), code }]));
            }
            let review = PolicyReviewRow {
                id: PolicyReviewId::generate(at, inner.entropy.as_ref()),
                policy_id: policy,
                version_id: row.id,
                rule: fields.rule.clone(),
                held_on: fields.held_on,
                decision: fields.decision,
                recorded_at: at,
                recorded_by: caller.user(),
            };
            if row != *before && !policies::update_version(tx.conn(), &row, before.stage)? {
                return Err(Refusal::Stale);
            }
            let words = Value::Object(fields.to_json());
            let sealed = cells::seal_profile(&inner, &inner.keys(), &review.id.to_string(), PROFILE, &words)?;
            policies::insert_review(tx.conn(), &review)?;
            cell_rows::insert(tx.conn(), &sealed.row)?;
            let facts = json!({
                "decision": review.decision.as_str(),
                "held_on": review.held_on.to_string(),
                "profile": sealed.commitment.to_hex(),
                "review": review.id.to_string(),
                "rule": review.rule.as_ref().map(RuleId::as_str),
            });
            let bounds = [
                Bound::PolicyVersion(row.id),
                Bound::PolicyReview(review.id),
                Bound::cell(review.id, PROFILE),
            ];
            enter(tx, caller, (EntryKind::PolicyReviewHeld, &row), facts, &bounds)?;
            Ok((review.id, row.fingerprint()))
        }))
    }

    /// The reviews of a policy, the newest first.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Damaged`] if one is not as the ledger says.
    pub fn policy_reviews(&self, caller: &Caller, policy: &RuleId) -> Result<Vec<ReviewView>, Refusal> {
        let now = self.inner.now();
        caller.permit((Action::Read, Resource::Policy), Some(&Target::archive()), Thing::Policy, now)?;
        self.inner
            .vouched(|conn| {
                let (shelf, mut claims) = read::one(conn, policy)?;
                let Some(Shelf { versions, reviews, .. }) = shelf else { return Ok((None, claims)) };
                let keys = self.inner.keys();
                let mut views = Vec::with_capacity(reviews.len());
                for row in reviews.into_iter().rev() {
                    let owner = row.id.to_string();
                    claims.push(read::claim_of_words(conn, &owner)?);
                    let words = cells::profile(&keys, conn, &owner, PROFILE, Thing::Policy)?;
                    let fields = ReviewFields::from_json(&words, None);
                    views.push(ReviewView {
                        id: row.id,
                        version: number_of(&versions, row.version_id)?,
                        recorded_at: row.recorded_at,
                        recorded_by: row.recorded_by,
                        fields: fields.map_err(|_| Refusal::Damaged(Thing::Policy))?,
                    });
                }
                Ok((Some(views), claims))
            })?
            .ok_or(Refusal::NotFound(Thing::Policy))
    }
}

/// The number of a version among those of its policy.
pub(super) fn number_of(versions: &[PolicyVersionRow], id: PolicyVersionId) -> Result<u32, Refusal> {
    let found = versions.iter().find(|version| version.id == id);
    found.map(|version| version.version).ok_or(Refusal::Damaged(Thing::Policy))
}

/// The version as a review leaves it. One of a single rule does not let a draft pass.
fn after(
    before: &PolicyVersionRow,
    fields: &ReviewFields,
    (by, at): (UserId, Moment),
) -> Result<PolicyVersionRow, Refusal> {
    let row = before.clone();
    let back = PolicyVersionRow {
        stage: LifeStage::Draft,
        submitted_at: None,
        submitted_by: None,
        reviewed_at: None,
        reviewed_by: None,
        ..row.clone()
    };
    let keeps = fields.decision == ReviewDecision::Keep;
    match before.stage {
        LifeStage::Draft if before.submitted_at.is_none() => Err(PolicyRefusal::NotSubmitted.into()),
        LifeStage::Draft if keeps && fields.rule.is_none() => Ok(PolicyVersionRow {
            stage: LifeStage::Reviewed,
            reviewed_at: Some(at),
            reviewed_by: Some(by),
            ..row
        }),
        LifeStage::Draft | LifeStage::Reviewed if !keeps => Ok(back),
        LifeStage::Draft | LifeStage::Reviewed | LifeStage::Published => Ok(row),
        LifeStage::Superseded | LifeStage::Retired => Err(Refusal::WrongState),
    }
}
