//! Explanations of gaps (缺口说明): they stand beside the gap and never remove it.

use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{ExplanationId, RecordId};
use crate::base::moment::Moment;

use super::gap::Gap;

/// An explanation as the engine needs it; its words stay sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Names it.
    pub id: ExplanationId,
    /// The gap's key ([`Gap::key`]), as in `G3.purpose`.
    pub key: String,
    /// The record in which the gap shows; absent for a gap of the case as a whole.
    pub record: Option<RecordId>,
    /// When it was given.
    pub at: Moment,
}

/// How a gap stands beside its explanations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapStanding {
    /// Nobody explained it.
    Open,
    /// Explained, and nothing was added since.
    Explained,
    /// Explained, and it showed again on a later day.
    GrownSince,
}

/// A gap with its explanations, in the order in which they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedGap {
    /// The gap, unchanged.
    pub gap: Gap,
    /// What was said about it.
    pub explanations: Vec<Explanation>,
    /// How it stands.
    pub standing: GapStanding,
}

/// Puts explanations beside the gaps they name. Every gap comes out again.
pub fn explained(gaps: Vec<Gap>, explanations: &[Explanation], zone: Zone) -> Vec<ExplainedGap> {
    gaps.into_iter()
        .map(|gap| {
            let key = gap.key();
            let mut own: Vec<Explanation> =
                explanations.iter().filter(|e| e.key == key && e.record == gap.record).cloned().collect();
            own.sort_by_key(|explanation| (explanation.at, explanation.id));
            let last_on = own.last().and_then(|e| CivilDate::of(e.at, zone).ok());
            let standing = match last_on {
                None => GapStanding::Open,
                // A gap of one day or of the case as a whole does not grow by lasting.
                Some(on) if gap.count > 1 && gap.until > on => GapStanding::GrownSince,
                Some(_) => GapStanding::Explained,
            };
            ExplainedGap { gap, explanations: own, standing }
        })
        .collect()
}
