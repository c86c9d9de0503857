//! What a simulation compares: the policies that count, judged as one, with one of them in place of another.

use std::sync::Arc;

use super::in_force::{InForce, PolicyInForce, counts, rules_ever};
use super::read;
use crate::archive::Inner;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::{Exchange, Rules, rules_of};
use crate::base::digest::Digest;
use crate::base::moment::Moment;
use crate::policy::{LifeStage, Policy, RuleId};
use crate::retention::{Schedule, Versioned};
use crate::store::rows::policies::PolicyVersionRow;

/// A version of the archive that is to take its predecessor's place, or to reach back to older records.
pub(in crate::archive) struct Draft {
    /// The version.
    pub row: PolicyVersionRow,
    /// The hash of what is in force; none if nothing is.
    pub against: Option<Digest>,
    /// What is compared.
    pub exchange: Exchange,
}

impl Inner {
    /// A policy that lies in no archive, in place of the version of it that counts at `now`, from `at` on.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if a policy is not as the ledger says.
    pub(in crate::archive) fn exchange_for(
        &self,
        policy: &Policy,
        (now, at): (Moment, Moment),
    ) -> Result<Exchange, Refusal> {
        let chain = self.schedules(now)?;
        let schedule = exchanged(chain.last(), (policy.hash(), policy))?;
        Ok(Exchange { before: self.rules_along(&chain, now), after: Rules::plain(at, Arc::new(schedule)) })
    }

    /// A version of the archive in the same way. Of one that counts already it is asked what a campaign would
    /// change: that older records stand under it too, without the floors that earlier versions left them.
    ///
    /// # Errors
    /// Not there; [`Refusal::WrongState`] for a version that was superseded, or whose campaign was decided already;
    /// [`Refusal::Damaged`].
    pub(in crate::archive) fn exchange_version(
        &self,
        (policy, number): (&RuleId, u32),
        (now, at): (Moment, Moment),
    ) -> Result<Draft, Refusal> {
        let chain = self.schedules(now)?;
        let against = chain.last().map(|last| last.schedule.policy().hash);
        let before = self.rules_along(&chain, now);
        let found = self.vouched(|conn| {
            let (shelf, claims) = read::one(conn, policy)?;
            let Some(shelf) = shelf else { return Ok((None, claims)) };
            let Some(row) = shelf.version(number).cloned() else { return Ok((None, claims)) };
            let after = match row.stage {
                LifeStage::Published if counts(&row, now) && row.rebased_from.is_none() => {
                    let last = chain.last().ok_or(Refusal::Damaged(Thing::Policy))?;
                    let rules = Rules::plain(at, Arc::clone(&last.schedule));
                    Rules { rebased: Arc::new(rules_ever(self, conn, &shelf)?), ..rules }
                }
                LifeStage::Draft | LifeStage::Reviewed | LifeStage::Published if !counts(&row, now) => {
                    let text = self.policy_text(conn, &row)?;
                    Rules::plain(at, Arc::new(exchanged(chain.last(), (row.hash, &text))?))
                }
                LifeStage::Draft
                | LifeStage::Reviewed
                | LifeStage::Published
                | LifeStage::Superseded
                | LifeStage::Retired => return Err(Refusal::WrongState),
            };
            Ok((Some((row, after)), claims))
        })?;
        let (row, after) = found.ok_or(Refusal::NotFound(Thing::Policy))?;
        Ok(Draft { row, against, exchange: Exchange { before, after } })
    }

    /// Two versions of the archive: what the second changed, or would change, beside the policies that count at
    /// `now`.
    ///
    /// # Errors
    /// Not there; [`Refusal::Damaged`].
    pub(in crate::archive) fn exchange_between(
        &self,
        policy: &RuleId,
        (before, after): (u32, u32),
        (now, at): (Moment, Moment),
    ) -> Result<(PolicyVersionRow, Exchange), Refusal> {
        let chain = self.schedules(now)?;
        let found = self.vouched(|conn| {
            let (shelf, claims) = read::one(conn, policy)?;
            let versions = shelf
                .as_ref()
                .and_then(|shelf| Some((shelf.version(before)?.clone(), shelf.version(after)?.clone())));
            let Some((one, other)) = versions else { return Ok((None, claims)) };
            let texts = (self.policy_text(conn, &one)?, self.policy_text(conn, &other)?);
            Ok((Some((one, other, texts)), claims))
        })?;
        let (one, other, (one_text, other_text)) = found.ok_or(Refusal::NotFound(Thing::Policy))?;
        let since = other.effective_from.unwrap_or(at);
        // What led to the first of them, and nothing that came with the second.
        let mut rules: Vec<Rules> = rules_of(&chain).into_iter().filter(|link| link.since < since).collect();
        let first = exchanged(chain.last(), (one.hash, &one_text))?;
        rules.push(Rules::plain(one.effective_from.unwrap_or(since).min(since), Arc::new(first)));
        let second = exchanged(chain.last(), (other.hash, &other_text))?;
        Ok((other, Exchange { before: rules, after: Rules::plain(since, Arc::new(second)) }))
    }
}

/// What counts, with this text in place of the version of the same policy.
fn exchanged(stands: Option<&InForce>, (hash, policy): (Digest, &Policy)) -> Result<Schedule, Refusal> {
    let others = stands.map_or(&[][..], |stands| stands.policies.as_slice());
    let others = others.iter().filter(|of| of.id != policy.id);
    let versioned = |of: &'_ PolicyInForce| (of.hash, Arc::clone(&of.policy));
    let others: Vec<_> = others.map(versioned).collect();
    let mut all: Vec<Versioned<'_>> =
        others.iter().map(|(hash, policy)| Versioned { hash: *hash, policy }).collect();
    all.push(Versioned { hash, policy });
    Schedule::of_all(&all).ok_or(Refusal::Damaged(Thing::Policy))
}
