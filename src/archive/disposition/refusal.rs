//! Why a step of a disposition is not taken. Facts only.

use crate::base::moment::Moment;

/// Why a disposition did not go further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DispositionRefusal {
    /// None of the records may be disposed of now.
    #[error("nothing is due; {left_out} were left out")]
    NothingDue {
        /// How many were looked at.
        left_out: u64,
    },
    /// The stage that is decided on is for others.
    #[error("the stage is for others")]
    NotTheirStage,
    /// Nothing is done before its cooling-off is over.
    #[error("cooling off until {until}")]
    CoolingOff {
        /// Until when.
        until: Moment,
    },
    /// Destruction witnesses are missing.
    #[error("{there} of {needed} witnesses attend")]
    Witnesses {
        /// How many have to.
        needed: u64,
        /// How many do.
        there: u64,
    },
    /// The recovery key cannot be replaced: sealed records are opened by the one of now alone.
    #[error("{records} records are sealed for the recovery key of now")]
    EscrowsWait {
        /// How many.
        records: u64,
    },
}
