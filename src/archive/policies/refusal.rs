//! Why a step in a policy's life is not taken. Facts only.

use crate::policy::{Fault, LifeStage};

/// Why a policy did not go further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyRefusal {
    /// The file cannot be read as a policy; all faults at once.
    #[error("{} faults in the policy", .0.len())]
    Faults(Vec<Fault>),
    /// No shipped pack has that name.
    #[error("no such pack")]
    UnknownPack,
    /// What was published never changes.
    #[error("it was published")]
    Published,
    /// It is another policy or version than the one that it is to replace.
    #[error("another policy or version")]
    Other,
    /// The version does not take this step from where it stands.
    #[error("{} is not followed by {}", from.as_str(), to.as_str())]
    NotNext {
        /// Where it stands.
        from: LifeStage,
        /// Where it was to go.
        to: LifeStage,
    },
    /// It was not handed in for review.
    #[error("not handed in")]
    NotSubmitted,
    /// It says what must not be published.
    #[error("{errors} findings forbid it")]
    Unfit {
        /// How many.
        errors: u64,
    },
    /// A version as new or newer was published.
    #[error("version {published} was published")]
    NotNewer {
        /// The published one.
        published: u32,
    },
    /// Another policy in force has a rule of that id.
    #[error("the rule {rule} stands in {policy}")]
    RuleTaken {
        /// The rule.
        rule: String,
        /// The other policy.
        policy: String,
    },
    /// The simulation that was named is none of this version against the archive as it is.
    #[error("no such simulation")]
    NoSimulation,
    /// Records would be due at once that are not due now, or other ones than were confirmed.
    #[error("{records} records would be due at once")]
    NewlyDue {
        /// How many.
        records: u64,
    },
    /// Records that rules are about now would have none.
    #[error("{records} records would have no rule")]
    Orphans {
        /// How many.
        records: u64,
    },
    /// Such a day lies in the past, or before another version's that waits for its day.
    #[error("the day has passed")]
    TooEarly,
    /// There is no rule of that id.
    #[error("no such rule")]
    UnknownRule,
}
