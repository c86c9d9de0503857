//! Under which rules records stand: every combination of policies that was ever in force, oldest first.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use crate::archive::Inner;
use crate::archive::policies::in_force::InForce;
use crate::archive::refusal::Refusal;
use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::moment::Moment;
use crate::policy::RuleId;
use crate::retention::{Facts, Residual, Schedule};

/// Rules, and since when they are in force.
#[derive(Debug, Clone)]
pub(in crate::archive) struct Rules {
    /// Since when.
    pub since: Moment,
    /// The rules.
    pub schedule: Arc<Schedule>,
    /// Rules that older records stand under as they are from then on, without what earlier versions of them left
    /// behind: a campaign says so.
    pub rebased: Arc<BTreeSet<RuleId>>,
    /// By which it is known what was judged under these, after those before.
    pub under: Digest,
}

impl Rules {
    /// Rules that leave standing what earlier ones left behind.
    pub(in crate::archive) fn plain(since: Moment, schedule: Arc<Schedule>) -> Self {
        let under = schedule.policy().hash;
        Self { since, schedule, rebased: Arc::default(), under }
    }

    fn of(link: &InForce) -> Self {
        let rules = Self::plain(link.since, Arc::clone(&link.schedule));
        Self { rebased: Arc::clone(&link.rebased), ..rules }
    }
}

/// The rules of a chain, oldest first. A campaign changes no policy, and what was judged before it is not good
/// enough after it: so it is part of that by which judgements are known.
pub(in crate::archive) fn rules_of(chain: &[InForce]) -> Vec<Rules> {
    let mut campaigns = Vec::new();
    let mut rules: Vec<Rules> = chain.iter().map(Rules::of).collect();
    for link in &mut rules {
        if !link.rebased.is_empty() {
            let ids: Vec<&str> = link.rebased.iter().map(RuleId::as_str).collect();
            campaigns.push(json!([link.since.to_rfc3339(), ids]));
        }
        if !campaigns.is_empty() {
            let known = json!([link.schedule.policy().hash.to_hex(), campaigns]);
            link.under = Digest::of(&canonical::to_bytes(&known));
        }
    }
    rules
}

/// True if a date by which a record is judged stands in what is sealed of it: under the last of these rules, or in
/// what earlier ones left behind. Of a residual whose rule is not known any more it is taken for granted.
pub(super) fn rest_on_words(rules: &[Rules], facts: &Facts) -> bool {
    let asks = |residual: &Residual| {
        let mut known = rules.iter().filter_map(|rules| rules.schedule.asks_for_words(&residual.rule));
        known.next().unwrap_or(true)
    };
    rules.last().is_none_or(|last| last.schedule.rests_on_words(&facts.versions))
        || facts.residuals.iter().any(asks)
}

impl Inner {
    /// Every combination of rules that was ever in force, oldest first; the last is in force at `now`. Never empty:
    /// where no policy is in force, there are no rules, and everything is kept.
    ///
    /// # Errors
    /// The policies cannot be read, or are not as the ledger says.
    pub(in crate::archive) fn rules(&self, now: Moment) -> Result<Vec<Rules>, Refusal> {
        Ok(self.rules_along(&self.schedules(now)?, now))
    }

    /// The same along a chain that was read.
    pub(in crate::archive) fn rules_along(&self, chain: &[InForce], now: Moment) -> Vec<Rules> {
        let mut rules = rules_of(chain);
        #[cfg(test)]
        {
            let given = self.rules_in_force.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            rules.extend(given.iter().filter(|rules| rules.since <= now).cloned());
        }
        #[cfg(not(test))]
        let _ = now;
        if rules.is_empty() {
            rules.push(Rules::plain(Moment::from_micros(0), Arc::new(Schedule::none())));
        }
        rules
    }
}
