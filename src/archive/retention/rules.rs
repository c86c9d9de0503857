//! Under which rules records stand: every combination of policies that was ever in force, oldest first.

use std::sync::Arc;

use crate::archive::Inner;
use crate::archive::refusal::Refusal;
use crate::base::moment::Moment;
use crate::retention::Schedule;

/// Rules, and since when they are in force.
#[derive(Debug, Clone)]
pub(in crate::archive) struct Rules {
    /// Since when.
    pub since: Moment,
    /// The rules.
    pub schedule: Arc<Schedule>,
}

impl Inner {
    /// Every combination of rules that was ever in force, oldest first; the last is in force at `now`. Never empty:
    /// where no policy is in force, there are no rules, and everything is kept.
    ///
    /// # Errors
    /// The policies cannot be read, or are not as the ledger says.
    pub(in crate::archive) fn rules(&self, now: Moment) -> Result<Vec<Rules>, Refusal> {
        let in_force = self.schedules(now)?;
        let mut rules: Vec<Rules> =
            in_force.into_iter().map(|one| Rules { since: one.since, schedule: one.schedule }).collect();
        #[cfg(test)]
        {
            let given = self.rules_in_force.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            rules.extend(given.iter().filter(|rules| rules.since <= now).cloned());
        }
        if rules.is_empty() {
            rules.push(Rules { since: Moment::from_micros(0), schedule: Arc::new(Schedule::none()) });
        }
        Ok(rules)
    }
}
