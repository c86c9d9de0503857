//! Retention policies, their versions, and what is said of them. What people wrote is in cells.

use diesel::prelude::*;

use super::column::{Column, words};
use super::row::row;
use super::statements::{change, count, find, insert, insert_new, list, scan};
use crate::base::civil::CivilDate;
use crate::base::digest::Digest;
use crate::base::id::{PolicyReviewId, PolicySuggestionId, PolicyVersionId, SimulationId, UserId};
use crate::base::moment::Moment;
use crate::policy::{EvaluationOutcome, LifeStage, ReviewDecision, RuleId, SuggestionState};
use crate::store::StoreError;
use crate::store::backend::Conn;
use crate::store::schema::{
    policies, policy_acknowledgements, policy_evaluations, policy_reviews, policy_suggestions,
    policy_versions, simulations,
};

words! {
    /// Where a policy stands.
    PolicyState = "state of a policy" {
        /// No version was ever in force.
        Drafted = "drafted",
        /// A version is in force, or will be.
        InForce = "in_force",
    }
}

/// Closed lists of words that the floor below knows.
macro_rules! by_word {
    ($($type:ty = $what:literal),*) => {$(
        impl Column for $type {
            type Raw = String;
            fn to_raw(&self) -> String {
                self.as_str().to_owned()
            }
            fn from_raw(raw: String) -> Result<Self, String> {
                Self::parse(&raw).ok_or_else(|| concat!("an unknown ", $what).to_owned())
            }
        }
    )*};
}
by_word!(
    LifeStage = "stage of a policy",
    ReviewDecision = "decision of a review",
    SuggestionState = "state of a suggestion",
    EvaluationOutcome = "outcome of an evaluation"
);

row! {
    /// A policy.
    PolicyRow as RawPolicy in policies by (id) {
        /// Its own id: lower-case words.
        id: RuleId,
        /// Who answers for it here.
        owner: UserId,
        /// Where it stands.
        state: PolicyState,
        /// How many versions it has.
        versions: u32,
        /// When the first one came in.
        created_at: Moment,
    }
}

row! {
    /// A version of a policy.
    PolicyVersionRow as RawPolicyVersion in policy_versions by (id) {
        /// The version.
        id: PolicyVersionId,
        /// Of this policy.
        policy_id: RuleId,
        /// Its number, from 1.
        version: u32,
        /// The SHA-256 of its canonical form.
        hash: Digest,
        /// Where it stands.
        stage: LifeStage,
        /// When it came in as it is.
        created_at: Moment,
        /// Who brought it.
        created_by: UserId,
        /// When it was handed in for review.
        submitted_at: Option<Moment>,
        /// By whom.
        submitted_by: Option<UserId>,
        /// When it was reviewed.
        reviewed_at: Option<Moment>,
        /// By whom.
        reviewed_by: Option<UserId>,
        /// When it was published.
        published_at: Option<Moment>,
        /// By whom.
        published_by: Option<UserId>,
        /// Who agreed to that.
        countersigned_by: Option<UserId>,
        /// The hash of the simulation that was named then.
        simulation: Option<Digest>,
        /// From when on it counts.
        effective_from: Option<Moment>,
        /// From when on it counts no more.
        effective_to: Option<Moment>,
        /// When it was retired.
        retired_at: Option<Moment>,
        /// By whom.
        retired_by: Option<UserId>,
        /// From when on older records stand under it as well, without what earlier versions left them.
        rebased_from: Option<Moment>,
    }
}

row! {
    /// A review (制度评审).
    PolicyReviewRow as RawPolicyReview in policy_reviews by (id) {
        /// The review.
        id: PolicyReviewId,
        /// Of this policy.
        policy_id: RuleId,
        /// As it stood then.
        version_id: PolicyVersionId,
        /// Of this rule alone; none for the policy as a whole.
        rule: Option<RuleId>,
        /// On which day it was held.
        held_on: CivilDate,
        /// What it came to.
        decision: ReviewDecision,
        /// When it was entered.
        recorded_at: Moment,
        /// By whom.
        recorded_by: UserId,
    }
}

row! {
    /// That somebody has read a version (宣贯).
    PolicyAcknowledgementRow as RawPolicyAcknowledgement in policy_acknowledgements by (version_id, user_id) {
        /// The version.
        version_id: PolicyVersionId,
        /// Who has read it.
        user_id: UserId,
        /// When that was said.
        acknowledged_at: Moment,
    }
}

row! {
    /// A suggestion to a rule.
    PolicySuggestionRow as RawPolicySuggestion in policy_suggestions by (id) {
        /// The suggestion.
        id: PolicySuggestionId,
        /// To this version.
        version_id: PolicyVersionId,
        /// To this rule of it; none for the policy as a whole.
        rule: Option<RuleId>,
        /// Where it stands.
        state: SuggestionState,
        /// When it was made.
        made_at: Moment,
        /// By whom.
        made_by: UserId,
        /// When it was decided.
        decided_at: Option<Moment>,
        /// By whom.
        decided_by: Option<UserId>,
    }
}

row! {
    /// The evaluation of a version's effect (效果评估).
    PolicyEvaluationRow as RawPolicyEvaluation in policy_evaluations by (version_id) {
        /// The version.
        version_id: PolicyVersionId,
        /// On which day it is due.
        due_on: CivilDate,
        /// What it came to; none while it was not made.
        outcome: Option<EvaluationOutcome>,
        /// When it was made.
        evaluated_at: Option<Moment>,
        /// By whom.
        evaluated_by: Option<UserId>,
    }
}

row! {
    /// A simulation of a version.
    SimulationRow as RawSimulation in simulations by (id) {
        /// The simulation.
        id: SimulationId,
        /// Of this version.
        version_id: PolicyVersionId,
        /// The hash that the version had.
        policy_hash: Digest,
        /// The hash of the schedule that was in force; none if none was.
        against: Option<Digest>,
        /// As of when it was judged.
        as_of: Moment,
        /// The hash of the report.
        result: Digest,
        /// Records that were judged.
        judged: u64,
        /// Records that would be due and were not.
        newly_due: u64,
        /// Entries that the ledger had.
        ledger_size: u64,
        /// When it was run.
        made_at: Moment,
        /// For whom.
        made_by: UserId,
    }
}

scan!(policies, PolicyRow, RawPolicy by id);

/// Every version of every policy.
pub mod every_version {
    use super::*;
    scan!(policy_versions, PolicyVersionRow, RawPolicyVersion by id);
}

/// Every review.
pub mod every_review {
    use super::*;
    scan!(policy_reviews, PolicyReviewRow, RawPolicyReview by id);
}

/// Every acknowledgement.
pub mod every_acknowledgement {
    use super::*;
    scan!(policy_acknowledgements, PolicyAcknowledgementRow, RawPolicyAcknowledgement by version_id, user_id);
}

/// Every suggestion.
pub mod every_suggestion {
    use super::*;
    scan!(policy_suggestions, PolicySuggestionRow, RawPolicySuggestion by id);
}

/// Every evaluation.
pub mod every_evaluation {
    use super::*;
    scan!(policy_evaluations, PolicyEvaluationRow, RawPolicyEvaluation by version_id);
}

/// Every simulation.
pub mod every_simulation {
    use super::*;
    scan!(simulations, SimulationRow, RawSimulation by id);
}

/// Every policy, in the order of their ids. They are few.
pub fn all(conn: &mut Conn) -> Result<Vec<PolicyRow>, StoreError> {
    list!(conn, RawPolicy, policies::table.order(policies::id))
}

/// The policy.
pub fn get(conn: &mut Conn, id: &RuleId) -> Result<Option<PolicyRow>, StoreError> {
    find!(conn, RawPolicy, policies::table.find(id.to_raw()))
}

/// Adds a policy.
pub fn insert(conn: &mut Conn, row: &PolicyRow) -> Result<(), StoreError> {
    insert!(conn, policies, row)
}

/// Stores everything about a policy that can change.
pub fn update(conn: &mut Conn, row: &PolicyRow) -> Result<bool, StoreError> {
    let raw = super::row::Row::to_raw(row);
    let changed = change!(
        conn,
        diesel::update(policies::table.find(&raw.id)).set((
            policies::owner.eq(&raw.owner),
            policies::state.eq(&raw.state),
            policies::versions.eq(&raw.versions),
        ))
    )?;
    Ok(changed == 1)
}

/// Every version of a policy, in order.
pub fn versions_of(conn: &mut Conn, policy: &RuleId) -> Result<Vec<PolicyVersionRow>, StoreError> {
    list!(
        conn,
        RawPolicyVersion,
        policy_versions::table
            .filter(policy_versions::policy_id.eq(policy.to_raw()))
            .order(policy_versions::version)
    )
}

/// A version by its id.
pub fn version(conn: &mut Conn, id: PolicyVersionId) -> Result<Option<PolicyVersionRow>, StoreError> {
    find!(conn, RawPolicyVersion, policy_versions::table.find(id.to_raw()))
}

/// Adds a version.
pub fn insert_version(conn: &mut Conn, row: &PolicyVersionRow) -> Result<(), StoreError> {
    insert!(conn, policy_versions, row)
}

/// Stores everything about a version that can change, if it is at the stage `was`; false otherwise.
pub fn update_version(conn: &mut Conn, row: &PolicyVersionRow, was: LifeStage) -> Result<bool, StoreError> {
    let raw = super::row::Row::to_raw(row);
    let changed = change!(
        conn,
        diesel::update(policy_versions::table.find(&raw.id).filter(policy_versions::stage.eq(was.as_str())))
            .set((
                (
                    policy_versions::hash.eq(&raw.hash),
                    policy_versions::stage.eq(&raw.stage),
                    policy_versions::created_at.eq(&raw.created_at),
                    policy_versions::created_by.eq(&raw.created_by),
                    policy_versions::submitted_at.eq(&raw.submitted_at),
                    policy_versions::submitted_by.eq(&raw.submitted_by),
                    policy_versions::reviewed_at.eq(&raw.reviewed_at),
                    policy_versions::reviewed_by.eq(&raw.reviewed_by),
                ),
                (
                    policy_versions::published_at.eq(&raw.published_at),
                    policy_versions::published_by.eq(&raw.published_by),
                    policy_versions::countersigned_by.eq(&raw.countersigned_by),
                    policy_versions::simulation.eq(&raw.simulation),
                    policy_versions::effective_from.eq(&raw.effective_from),
                    policy_versions::effective_to.eq(&raw.effective_to),
                    policy_versions::retired_at.eq(&raw.retired_at),
                    policy_versions::retired_by.eq(&raw.retired_by),
                    policy_versions::rebased_from.eq(&raw.rebased_from),
                ),
            ))
    )?;
    Ok(changed == 1)
}

/// How many versions there are in all.
pub fn count_versions(conn: &mut Conn) -> Result<u64, StoreError> {
    count!(conn, policy_versions::table)
}

/// The review.
pub fn review(conn: &mut Conn, id: PolicyReviewId) -> Result<Option<PolicyReviewRow>, StoreError> {
    find!(conn, RawPolicyReview, policy_reviews::table.find(id.to_raw()))
}

/// The reviews of a policy, the oldest first.
pub fn reviews_of(conn: &mut Conn, policy: &RuleId) -> Result<Vec<PolicyReviewRow>, StoreError> {
    list!(
        conn,
        RawPolicyReview,
        policy_reviews::table
            .filter(policy_reviews::policy_id.eq(policy.to_raw()))
            .order((policy_reviews::held_on, policy_reviews::id))
    )
}

/// Adds a review.
pub fn insert_review(conn: &mut Conn, row: &PolicyReviewRow) -> Result<(), StoreError> {
    insert!(conn, policy_reviews, row)
}

/// Who has read a version.
pub fn acknowledgements_of(
    conn: &mut Conn,
    version: PolicyVersionId,
) -> Result<Vec<PolicyAcknowledgementRow>, StoreError> {
    list!(
        conn,
        RawPolicyAcknowledgement,
        policy_acknowledgements::table
            .filter(policy_acknowledgements::version_id.eq(version.to_raw()))
            .order((policy_acknowledgements::acknowledged_at, policy_acknowledgements::user_id))
    )
}

/// That this person has read the version.
pub fn acknowledgement(
    conn: &mut Conn,
    version: PolicyVersionId,
    user: UserId,
) -> Result<Option<PolicyAcknowledgementRow>, StoreError> {
    let key = (version.to_raw(), user.to_raw());
    find!(conn, RawPolicyAcknowledgement, policy_acknowledgements::table.find(key.clone()))
}

/// Notes that somebody has read a version; false if that was noted.
pub fn acknowledge(conn: &mut Conn, row: &PolicyAcknowledgementRow) -> Result<bool, StoreError> {
    insert_new!(conn, policy_acknowledgements, row)
}

/// The suggestion.
pub fn suggestion(
    conn: &mut Conn,
    id: PolicySuggestionId,
) -> Result<Option<PolicySuggestionRow>, StoreError> {
    find!(conn, RawPolicySuggestion, policy_suggestions::table.find(id.to_raw()))
}

/// The suggestions to a version, the oldest first.
pub fn suggestions_to(
    conn: &mut Conn,
    version: PolicyVersionId,
) -> Result<Vec<PolicySuggestionRow>, StoreError> {
    list!(
        conn,
        RawPolicySuggestion,
        policy_suggestions::table
            .filter(policy_suggestions::version_id.eq(version.to_raw()))
            .order((policy_suggestions::made_at, policy_suggestions::id))
    )
}

/// How many suggestions wait for a decision of those that one person made.
pub fn count_open_suggestions(conn: &mut Conn, by: UserId) -> Result<u64, StoreError> {
    count!(
        conn,
        policy_suggestions::table
            .filter(policy_suggestions::made_by.eq(by.to_raw()))
            .filter(policy_suggestions::state.eq(SuggestionState::Open.as_str()))
    )
}

/// Adds a suggestion.
pub fn insert_suggestion(conn: &mut Conn, row: &PolicySuggestionRow) -> Result<(), StoreError> {
    insert!(conn, policy_suggestions, row)
}

/// Stores the decision on a suggestion that is open; false otherwise.
pub fn decide_suggestion(conn: &mut Conn, row: &PolicySuggestionRow) -> Result<bool, StoreError> {
    let raw = super::row::Row::to_raw(row);
    let open = SuggestionState::Open.as_str();
    let changed = change!(
        conn,
        diesel::update(policy_suggestions::table.find(&raw.id).filter(policy_suggestions::state.eq(open)))
            .set((
                policy_suggestions::state.eq(&raw.state),
                policy_suggestions::decided_at.eq(&raw.decided_at),
                policy_suggestions::decided_by.eq(&raw.decided_by),
            ))
    )?;
    Ok(changed == 1)
}

/// The evaluation of a version.
pub fn evaluation(
    conn: &mut Conn,
    version: PolicyVersionId,
) -> Result<Option<PolicyEvaluationRow>, StoreError> {
    find!(conn, RawPolicyEvaluation, policy_evaluations::table.find(version.to_raw()))
}

/// Adds an evaluation that is due.
pub fn insert_evaluation(conn: &mut Conn, row: &PolicyEvaluationRow) -> Result<(), StoreError> {
    insert!(conn, policy_evaluations, row)
}

/// Stores what an evaluation came to, if it has none yet; false otherwise.
pub fn evaluate(conn: &mut Conn, row: &PolicyEvaluationRow) -> Result<bool, StoreError> {
    let raw = super::row::Row::to_raw(row);
    let changed = change!(
        conn,
        diesel::update(
            policy_evaluations::table.find(&raw.version_id).filter(policy_evaluations::outcome.is_null())
        )
        .set((
            policy_evaluations::outcome.eq(&raw.outcome),
            policy_evaluations::evaluated_at.eq(&raw.evaluated_at),
            policy_evaluations::evaluated_by.eq(&raw.evaluated_by),
        ))
    )?;
    Ok(changed == 1)
}

/// The simulation.
pub fn simulation(conn: &mut Conn, id: SimulationId) -> Result<Option<SimulationRow>, StoreError> {
    find!(conn, RawSimulation, simulations::table.find(id.to_raw()))
}

/// The simulations of a version, the newest first.
pub fn simulations_of(conn: &mut Conn, version: PolicyVersionId) -> Result<Vec<SimulationRow>, StoreError> {
    list!(
        conn,
        RawSimulation,
        simulations::table
            .filter(simulations::version_id.eq(version.to_raw()))
            .order((simulations::made_at.desc(), simulations::id.desc()))
    )
}

/// Adds a simulation.
pub fn insert_simulation(conn: &mut Conn, row: &SimulationRow) -> Result<(), StoreError> {
    insert!(conn, simulations, row)
}
