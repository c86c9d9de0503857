//! What a verdict under a new version of a policy must not undercut.
//!
//! | change | existing records |
//! |---|---|
//! | lengthened, added, jurisdiction added | the new rule counts, and is later or one more: nothing to carry over |
//! | shortened | the old floor stays over records declared before the change |
//! | trigger changed | they take the later of both ends |
//! | action changed | a review that had begun begins anew |
//! | rule retired | the last computed floor stays |
//! | re-classified | they take the later of both ends, unless a second person says otherwise |
//!
//! But for the action all of these are one rule: over a record declared before the change, no floor ends earlier
//! than it did.

use super::facts::{Facts, Residual, VersionFacts};
use super::judge::{Now, judge};
use super::reckon::{NoTrace, Reckoning};
use super::schedule::{Ruled, Schedule};
use super::verdict::End;
use crate::base::civil::CivilDate;
use crate::base::moment::Moment;
use crate::policy::{Obligation, RuleKind, Standing};

/// A record under one version of a policy.
#[derive(Debug, Clone, Copy)]
pub struct Declared<'a> {
    /// The rules.
    pub schedule: &'a Schedule,
    /// The facts that were materialised under them.
    pub facts: &'a Facts,
}

/// The residual floors with which a record stands under the new version from `effective` on: those that it had,
/// and each floor that the new version would let end earlier. None is made for records declared later.
pub fn carried_over(before: Declared<'_>, after: Declared<'_>, effective: Moment) -> Vec<Residual> {
    let mut residuals = before.facts.residuals.clone();
    if before.facts.declared.begins() >= effective {
        return residuals;
    }
    for (rule, version) in floors(before) {
        let Some(old) = end_of(before, rule, version, effective) else { continue };
        // A floor that is over keeps nothing.
        if old.is_over(effective) {
            continue;
        }
        let new = floors(after)
            .filter(|(other, _)| other.obligation.id == rule.obligation.id)
            .filter_map(|(other, version)| end_of(after, other, version, effective))
            .max_by(|one, other| one.order(*other));
        if new.is_none_or(|new| new.order(old).is_lt()) {
            let residual = Residual { rule: rule.reference.clone(), end: old };
            if !residuals.contains(&residual) {
                residuals.push(residual);
            }
        }
    }
    residuals
}

/// When what happens at the end of a record became something else: at `effective`, or at an earlier change.
pub fn action_since(before: Declared<'_>, after: Declared<'_>, effective: Moment) -> Option<Moment> {
    let earlier = before.facts.action_since;
    if before.facts.declared.begins() >= effective {
        return earlier;
    }
    let action =
        |under: Declared<'_>| judge(under.facts, under.schedule, &[], &[], Now::sane(effective)).action;
    let (old, new) = (action(before), action(after));
    // Where nobody said what happens, nobody can have agreed to it.
    if old.is_some() && old != new { Some(effective) } else { earlier }
}

/// The floors that match, for each version of the record.
fn floors<'a>(under: Declared<'a>) -> impl Iterator<Item = (&'a Ruled, &'a VersionFacts)> {
    under.facts.versions.iter().flat_map(move |version| {
        let rules = version.matched.iter().filter_map(|index| usize::try_from(*index).ok());
        let rules = rules.filter_map(|index| under.schedule.rules.get(index));
        rules.filter(|rule| is_counted_floor(&rule.obligation)).map(move |rule| (rule, version))
    })
}

/// A floor that never counted leaves nothing behind.
fn is_counted_floor(rule: &Obligation) -> bool {
    rule.standing == Standing::Enabled && rule.rule.kind() == RuleKind::Floor
}

/// When a floor ends; `None` if it is not in force on that day.
fn end_of(under: Declared<'_>, rule: &Ruled, version: &VersionFacts, at: Moment) -> Option<End> {
    let today = CivilDate::of(at, rule.obligation.zone).ok()?;
    if !rule.obligation.in_force.has_begun(today) {
        return None;
    }
    let reckoning = Reckoning { facts: under.facts, version, schedule: under.schedule, rule, today };
    Some(reckoning.end(&mut NoTrace))
}
