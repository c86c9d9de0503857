//! Policies as the API shows them.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::archive::policies::{
    PolicyLine, PolicyView, ReviewView, SimulationView, VersionLine, VersionView,
};
use crate::base::digest::Digest;
use crate::base::id::UserId;
use crate::base::moment::Moment;

/// A line of the list of policies.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyLineBody {
    /// The policy's own id.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Where it stands: drafted or in_force.
    pub state: String,
    /// The user who answers for it here.
    pub owner: String,
    /// The number of the version that counts now; absent while none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_force: Option<u32>,
    /// The number of the newest version.
    pub newest: u32,
    /// Where that one stands: draft, reviewed, published, superseded or retired.
    pub newest_stage: String,
    /// By when the version that counts has to be reviewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_due: Option<String>,
    /// True once that day is over.
    pub review_overdue: bool,
}

/// The policies, by id.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyList {
    /// The policies.
    pub items: Vec<PolicyLineBody>,
}

/// A policy with its versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyBody {
    /// What a list shows of it too.
    pub policy: PolicyLineBody,
    /// Its versions, the newest first.
    pub versions: Vec<PolicyVersionLine>,
    /// Rules whose review is overdue: nothing is destroyed at anybody's discretion under them.
    pub amber: Vec<AmberRule>,
}

/// A rule whose review is overdue.
#[derive(Debug, Serialize, ToSchema)]
pub struct AmberRule {
    /// The rule.
    pub rule: String,
    /// By when it had to be reviewed.
    pub review_due: String,
}

/// Who took a step, and when.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyStepBody {
    /// When.
    pub at: String,
    /// The user.
    pub by: String,
}

/// A version, without what it says.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyVersionLine {
    /// The version's id, as the ledger names it.
    pub id: String,
    /// Its number.
    pub version: u32,
    /// The SHA-256 of its canonical form.
    pub hash: String,
    /// Where it stands: draft, reviewed, published, superseded or retired.
    pub stage: String,
    /// When it came in as it is.
    pub created: PolicyStepBody,
    /// When it was handed in for review.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted: Option<PolicyStepBody>,
    /// When it was reviewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<PolicyStepBody>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<PolicyStepBody>,
    /// The user who agreed to that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub countersigned_by: Option<String>,
    /// The hash of the simulation that was named then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulation: Option<String>,
    /// From when on it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<String>,
    /// From when on it counts no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<String>,
    /// When it was retired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retired: Option<PolicyStepBody>,
    /// From when on older records stand under it as well; absent where no campaign says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rebased_from: Option<String>,
    /// True if it counts now.
    pub counts: bool,
    /// Its state, for If-Match.
    pub revision: String,
}

/// A version with what it says.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyVersionBody {
    /// What is known of it.
    pub version: PolicyVersionLine,
    /// What people were told of its campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// What it says, in its canonical form.
    pub policy: Value,
}

/// A review (制度评审).
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyReviewBody {
    /// The review.
    pub id: String,
    /// The number of the version that was reviewed.
    pub version: u32,
    /// When it was entered.
    pub recorded_at: String,
    /// By whom.
    pub recorded_by: String,
    /// What was written down: held_on, rule, decision, participants, answers, complaints, gaps, actions.
    pub review: Value,
}

/// The reviews of a policy, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyReviewList {
    /// The reviews.
    pub items: Vec<PolicyReviewBody>,
}

/// A simulation that was kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimulationBody {
    /// The simulation.
    pub id: String,
    /// The number of the version.
    pub version: u32,
    /// The hash that the version had.
    pub policy_hash: String,
    /// The hash of what was in force; absent if nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// As of when every record was judged.
    pub as_of: String,
    /// The hash of the result: publishing names it.
    pub hash: String,
    /// Records that were judged; for those who see all records, or agree to what is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judged: Option<u64>,
    /// Records that would be due at once and are not due now: publishing confirms their number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newly_due: Option<u64>,
    /// Entries that the ledger had.
    pub ledger_size: u64,
    /// When it was run.
    pub made_at: String,
    /// By whom.
    pub made_by: String,
}

/// The simulations of a policy, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimulationList {
    /// The simulations.
    pub items: Vec<SimulationBody>,
}

/// A simulation with its report.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimulationReportBody {
    /// The simulation.
    pub simulation: SimulationBody,
    /// What would change: groups of category, customer and month with their counts, and the records.
    pub report: Value,
}

impl From<PolicyLine> for PolicyLineBody {
    fn from(line: PolicyLine) -> Self {
        Self {
            id: line.id.to_string(),
            title: line.title,
            state: line.state.as_str().to_owned(),
            owner: line.owner.to_string(),
            in_force: line.in_force,
            newest: line.newest,
            newest_stage: line.newest_stage.as_str().to_owned(),
            review_due: line.review_due.map(|on| on.to_string()),
            review_overdue: line.review_overdue,
        }
    }
}

impl From<PolicyView> for PolicyBody {
    fn from(view: PolicyView) -> Self {
        let amber = view.amber.into_iter();
        Self {
            policy: view.line.into(),
            versions: view.versions.into_iter().map(PolicyVersionLine::from).collect(),
            amber: amber
                .map(|(rule, due)| AmberRule { rule: rule.to_string(), review_due: due.to_string() })
                .collect(),
        }
    }
}

fn step((at, by): (Moment, UserId)) -> PolicyStepBody {
    PolicyStepBody { at: at.to_rfc3339(), by: by.to_string() }
}

impl From<VersionLine> for PolicyVersionLine {
    fn from(line: VersionLine) -> Self {
        Self {
            id: line.id.to_string(),
            version: line.version,
            hash: line.hash.to_hex(),
            stage: line.stage.as_str().to_owned(),
            created: step(line.created),
            submitted: line.submitted.map(step),
            reviewed: line.reviewed.map(step),
            published: line.published.map(step),
            countersigned_by: line.countersigned_by.map(|user| user.to_string()),
            simulation: line.simulation.map(Digest::to_hex),
            effective_from: line.effective_from.map(Moment::to_rfc3339),
            effective_to: line.effective_to.map(Moment::to_rfc3339),
            retired: line.retired.map(step),
            rebased_from: line.rebased_from.map(Moment::to_rfc3339),
            counts: line.counts,
            revision: line.revision.to_hex(),
        }
    }
}

impl From<VersionView> for PolicyVersionBody {
    fn from(view: VersionView) -> Self {
        Self { version: view.line.into(), notice: view.notice, policy: view.policy.to_json() }
    }
}

impl From<ReviewView> for PolicyReviewBody {
    fn from(view: ReviewView) -> Self {
        Self {
            id: view.id.to_string(),
            version: view.version,
            recorded_at: view.recorded_at.to_rfc3339(),
            recorded_by: view.recorded_by.to_string(),
            review: Value::Object(view.fields.to_json()),
        }
    }
}

impl From<SimulationView> for SimulationBody {
    fn from(view: SimulationView) -> Self {
        Self {
            id: view.id.to_string(),
            version: view.version,
            policy_hash: view.policy_hash.to_hex(),
            against: view.against.map(Digest::to_hex),
            as_of: view.as_of.to_rfc3339(),
            hash: view.result.to_hex(),
            judged: view.judged,
            newly_due: view.newly_due,
            ledger_size: view.ledger_size,
            made_at: view.made_at.to_rfc3339(),
            made_by: view.made_by.to_string(),
        }
    }
}
