//! The policies that count at one instant, as one schedule.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::read::{self, Shelf};
use crate::archive::Inner;
use crate::archive::refusal::Refusal;
use crate::base::civil::CivilDate;
use crate::base::digest::Digest;
use crate::base::moment::Moment;
use crate::policy::{Policy, ReviewHeld, RuleId, Standing, review_due};
use crate::retention::{Schedule, Versioned};
use crate::store::Conn;
use crate::store::rows::policies::{PolicyReviewRow, PolicyVersionRow};

/// A version that counts.
#[derive(Debug, Clone)]
pub(in crate::archive) struct PolicyInForce {
    /// The policy.
    pub id: RuleId,
    /// Its number.
    pub version: u32,
    /// The SHA-256 of its canonical form.
    pub hash: Digest,
    /// From when on it counts.
    pub effective_from: Moment,
    /// What it says.
    pub policy: Arc<Policy>,
}

/// Every policy that counts at one instant, judged as one.
#[derive(Debug, Clone)]
pub(in crate::archive) struct InForce {
    /// Since when just these count.
    pub since: Moment,
    /// The policies, in the order of their ids.
    pub policies: Vec<PolicyInForce>,
    /// Their enabled rules, each with the day by which it has to be reviewed.
    pub schedule: Arc<Schedule>,
    /// The rules of policies whose campaign takes effect just then.
    pub rebased: Arc<BTreeSet<RuleId>>,
}

impl InForce {
    /// The policies by name, as entries tell them: `cn-general@2`.
    pub(super) fn names(&self) -> Vec<String> {
        self.policies.iter().map(|of| format!("{}@{}", of.id, of.version)).collect()
    }

    /// The policy in which a rule stands. No two policies in force have rules of one id.
    pub(in crate::archive) fn policy_of(&self, rule: &RuleId) -> Option<&PolicyInForce> {
        self.policies.iter().find(|of| {
            let rule = of.policy.obligation(rule.as_str());
            rule.is_some_and(|rule| rule.standing == Standing::Enabled)
        })
    }
}

impl Inner {
    /// Everything that ever counted until `at`, oldest first: along this chain floors are carried over.
    ///
    /// Every row was held against the ledger's last words, and every text against its hash; the last link counts at
    /// `at`, and there is none while no policy does.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if a policy is not as the ledger says, or missing.
    pub(in crate::archive) fn schedules(&self, at: Moment) -> Result<Vec<InForce>, Refusal> {
        self.vouched(|conn| {
            let (shelves, claims) = read::all(conn)?;
            let mut chain = Vec::new();
            for since in turns(&shelves).into_iter().filter(|since| *since <= at) {
                chain.extend(at_instant(self, conn, &shelves, since)?);
            }
            Ok((chain, claims))
        })
    }
}

/// The instants at which something began to count, oldest first.
fn turns(shelves: &[Shelf]) -> Vec<Moment> {
    let versions = shelves.iter().flat_map(|shelf| &shelf.versions);
    let turn = |version: &PolicyVersionRow| [version.effective_from, version.rebased_from];
    let mut turns: Vec<Moment> = versions.flat_map(turn).flatten().collect();
    turns.sort_unstable();
    turns.dedup();
    turns
}

/// True if the version counts at an instant.
pub(super) fn counts(version: &PolicyVersionRow, at: Moment) -> bool {
    version.effective_from.is_some_and(|from| from <= at) && version.effective_to.is_none_or(|to| at < to)
}

/// What counts at an instant.
pub(super) fn at_instant(
    inner: &Inner,
    conn: &mut Conn,
    shelves: &[Shelf],
    at: Moment,
) -> Result<Option<InForce>, Refusal> {
    let mut policies = Vec::new();
    let mut reviews = Vec::new();
    for shelf in shelves {
        let Some(version) = shelf.versions.iter().find(|version| counts(version, at)) else { continue };
        policies.push(PolicyInForce {
            id: version.policy_id.clone(),
            version: version.version,
            hash: version.hash,
            effective_from: version.effective_from.unwrap_or(at),
            policy: inner.policy_text(conn, version)?,
        });
        reviews.push(held(&shelf.reviews));
    }
    let versioned: Vec<Versioned<'_>> =
        policies.iter().map(|of| Versioned { hash: of.hash, policy: &of.policy }).collect();
    let Some(schedule) = Schedule::of_all(&versioned) else { return Ok(None) };
    let schedule = schedule.with_reviews(|id| {
        policies.iter().zip(&reviews).find_map(|(of, held)| {
            let rule = of.policy.obligation(id.as_str()).filter(|rule| rule.standing == Standing::Enabled)?;
            let since = CivilDate::of(of.effective_from, rule.zone).ok()?;
            review_due(&of.policy, Some(rule), since, held)
        })
    });
    let since = turns(shelves).into_iter().filter(|turn| *turn <= at).max().unwrap_or(at);
    let mut rebased = BTreeSet::new();
    let is_now = |row: &PolicyVersionRow| row.rebased_from == Some(since) && counts(row, since);
    let at_once = |shelf: &&Shelf| shelf.versions.iter().any(is_now);
    for shelf in shelves.iter().filter(at_once) {
        rebased.extend(rules_ever(inner, conn, shelf)?);
    }
    Ok(Some(InForce { since, policies, schedule: Arc::new(schedule), rebased: Arc::new(rebased) }))
}

/// The rules that any published version of a policy ever had.
pub(super) fn rules_ever(inner: &Inner, conn: &mut Conn, shelf: &Shelf) -> Result<BTreeSet<RuleId>, Refusal> {
    let mut rules = BTreeSet::new();
    for row in shelf.versions.iter().filter(|row| row.published_at.is_some()) {
        let text = inner.policy_text(conn, row)?;
        rules.extend(text.obligations.iter().map(|rule| rule.id.clone()));
    }
    Ok(rules)
}

/// Reviews as the calendar knows them.
pub(super) fn held(rows: &[PolicyReviewRow]) -> Vec<ReviewHeld> {
    rows.iter().map(|row| ReviewHeld { on: row.held_on, rule: row.rule.clone() }).collect()
}
