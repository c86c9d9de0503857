//! Explanations of gaps (缺口说明): they stand beside the gap and never remove it.

use crate::base::digest::Digest;
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
    /// Which gap it explained ([`Gap::identity`]).
    pub identity: Digest,
    /// How that gap stood then ([`Gap::state`]).
    pub state: Digest,
}

/// How a gap stands beside its explanations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapStanding {
    /// Nobody explained it.
    Open,
    /// Explained, and it stands as it stood then.
    Explained,
    /// Explained, and something about it is not as it was then: more entries, other days, another cause.
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

/// Gaps with their explanations, and explanations whose gap does not show any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// Every gap.
    pub gaps: Vec<ExplainedGap>,
    /// What was said of gaps that later records have closed, in the order in which it was said: neither
    /// the gap nor the explanation is forgotten.
    pub closed: Vec<Explanation>,
}

/// Puts explanations beside the gaps they name. Every gap and every explanation comes out again.
pub fn explained(gaps: Vec<Gap>, explanations: &[Explanation]) -> Beside {
    let mut left: Vec<Explanation> = explanations.to_vec();
    left.sort_by_key(|explanation| (explanation.at, explanation.id));
    let gaps = gaps
        .into_iter()
        .map(|gap| {
            let identity = gap.identity();
            let own: Vec<Explanation> = left.extract_if(.., |one| one.identity == identity).collect();
            let standing = match own.last() {
                None => GapStanding::Open,
                Some(last) if last.state == gap.state() => GapStanding::Explained,
                Some(_) => GapStanding::GrownSince,
            };
            ExplainedGap { gap, explanations: own, standing }
        })
        .collect();
    Beside { gaps, closed: left }
}
