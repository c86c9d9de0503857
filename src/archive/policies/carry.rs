//! Facts with the floors that earlier policies leave behind.

use super::in_force::InForce;
use crate::archive::refusal::Refusal;
use crate::retention::{Declared, Facts, Schedule, carried_over};

/// A record's facts under the last schedule of the chain, with the floors of those before: they are carried over
/// from each to the next, since a floor that one version made longer stands although a later one has it shorter.
/// `None` for a chain without a link.
///
/// # Errors
/// Whatever `materialise` returns, which holds the rules of a schedule against the record.
pub(in crate::archive) fn carried(
    chain: &[InForce],
    mut materialise: impl FnMut(&Schedule) -> Result<Facts, Refusal>,
) -> Result<Option<Facts>, Refusal> {
    let mut last: Option<(&Schedule, Facts)> = None;
    for link in chain {
        let mut facts = materialise(&link.schedule)?;
        if let Some((schedule, before)) = &last {
            let before = Declared { schedule, facts: before };
            let after = Declared { schedule: &link.schedule, facts: &facts };
            facts.residuals = carried_over(before, after, link.since);
        }
        last = Some((&link.schedule, facts));
    }
    Ok(last.map(|(_, facts)| facts))
}
