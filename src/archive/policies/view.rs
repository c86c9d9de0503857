//! Shows policies: they bind everybody, so everybody who is let in reads them.

use std::sync::Arc;

use serde_json::Value;

use super::in_force::{counts, held};
use super::read::{self, Shelf};
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::cells::{self, NOTICE};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::id::{PolicyVersionId, UserId};
use crate::base::moment::Moment;
use crate::policy::{LifeStage, Policy, ReviewHeld, RuleId, Standing, is_overdue, review_due};
use crate::store::Conn;
use crate::store::rows::policies::{PolicyState, PolicyVersionRow};

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyLine {
    /// The policy.
    pub id: RuleId,
    /// What people call it.
    pub title: String,
    /// Where it stands.
    pub state: PolicyState,
    /// Who answers for it here.
    pub owner: UserId,
    /// The version that counts now.
    pub in_force: Option<u32>,
    /// The newest version.
    pub newest: u32,
    /// Where that one stands.
    pub newest_stage: LifeStage,
    /// By when the version that counts has to be reviewed.
    pub review_due: Option<CivilDate>,
    /// True once that day is over: amber.
    pub review_overdue: bool,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyView {
    /// What a list shows of it too.
    pub line: PolicyLine,
    /// Its versions, the newest first.
    pub versions: Vec<VersionLine>,
    /// Rules of the version that counts whose review is overdue, with the day.
    pub amber: Vec<(RuleId, CivilDate)>,
}

/// A version, without what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionLine {
    /// The version.
    pub id: PolicyVersionId,
    /// Its number.
    pub version: u32,
    /// The SHA-256 of its canonical form.
    pub hash: Digest,
    /// Where it stands.
    pub stage: LifeStage,
    /// When it came in as it is, and who brought it.
    pub created: (Moment, UserId),
    /// When it was handed in for review, and by whom.
    pub submitted: Option<(Moment, UserId)>,
    /// When it was reviewed, and by whom.
    pub reviewed: Option<(Moment, UserId)>,
    /// When it was published, and by whom.
    pub published: Option<(Moment, UserId)>,
    /// Who agreed to that.
    pub countersigned_by: Option<UserId>,
    /// The hash of the simulation that was named then.
    pub simulation: Option<Digest>,
    /// From when on it counts.
    pub effective_from: Option<Moment>,
    /// From when on it counts no more.
    pub effective_to: Option<Moment>,
    /// When it was retired, and by whom.
    pub retired: Option<(Moment, UserId)>,
    /// From when on older records stand under it as well: what earlier versions left them is over then.
    pub rebased_from: Option<Moment>,
    /// True if it counts now.
    pub counts: bool,
    /// Its revision, for a step that depends on it.
    pub revision: Digest,
}

/// A version with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionView {
    /// What is known of it.
    pub line: VersionLine,
    /// What it says.
    pub policy: Arc<Policy>,
    /// What people were told of its campaign.
    pub notice: Option<String>,
}

impl VersionLine {
    fn of(row: &PolicyVersionRow, now: Moment) -> Self {
        Self {
            id: row.id,
            version: row.version,
            hash: row.hash,
            stage: row.stage,
            created: (row.created_at, row.created_by),
            submitted: row.submitted_at.zip(row.submitted_by),
            reviewed: row.reviewed_at.zip(row.reviewed_by),
            published: row.published_at.zip(row.published_by),
            countersigned_by: row.countersigned_by,
            simulation: row.simulation,
            effective_from: row.effective_from,
            effective_to: row.effective_to,
            retired: row.retired_at.zip(row.retired_by),
            rebased_from: row.rebased_from,
            counts: counts(row, now),
            revision: row.fingerprint(),
        }
    }
}

impl Archive {
    /// Every policy, by id.
    ///
    /// # Errors
    /// Not permitted; [`Refusal::Damaged`] if a policy is not as the ledger says, or missing.
    pub fn list_policies(&self, caller: &Caller) -> Result<Vec<PolicyLine>, Refusal> {
        let now = self.inner.now();
        caller.permit((Action::List, Resource::Policy), Some(&Target::archive()), Thing::Policy, now)?;
        self.inner.vouched(|conn| {
            let (shelves, claims) = read::all(conn)?;
            let lines: Result<_, Refusal> =
                shelves.iter().map(|shelf| Ok(self.policy_line(conn, shelf, now)?.0)).collect();
            Ok((lines?, claims))
        })
    }

    /// A policy with its versions.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Damaged`].
    pub fn policy(&self, caller: &Caller, id: &RuleId) -> Result<PolicyView, Refusal> {
        let now = self.inner.now();
        caller.permit((Action::Read, Resource::Policy), Some(&Target::archive()), Thing::Policy, now)?;
        let found = self.inner.vouched(|conn| {
            let (shelf, claims) = read::one(conn, id)?;
            let Some(shelf) = shelf else { return Ok((None, claims)) };
            let (line, amber) = self.policy_line(conn, &shelf, now)?;
            let versions = shelf.versions.iter().rev().map(|row| VersionLine::of(row, now)).collect();
            Ok((Some(PolicyView { line, versions, amber }), claims))
        })?;
        found.ok_or(Refusal::NotFound(Thing::Policy))
    }

    /// A version with what it says; without a number the one that counts now, or else the newest.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Damaged`].
    pub fn policy_version(
        &self,
        caller: &Caller,
        (id, number): (&RuleId, Option<u32>),
    ) -> Result<VersionView, Refusal> {
        let now = self.inner.now();
        caller.permit((Action::Read, Resource::Policy), Some(&Target::archive()), Thing::Policy, now)?;
        let found = self.inner.vouched(|conn| {
            let (shelf, mut claims) = read::one(conn, id)?;
            let row = shelf.as_ref().and_then(|shelf| match number {
                Some(number) => shelf.version(number),
                None => shelf.versions.iter().find(|row| counts(row, now)).or(shelf.versions.last()),
            });
            let Some(row) = row else { return Ok((None, claims)) };
            let policy = self.inner.policy_text(conn, row)?;
            let notice = match row.rebased_from {
                None => None,
                Some(_) => {
                    let owner = row.id.to_string();
                    claims.push(read::claim_of_cell(conn, &owner, NOTICE)?);
                    let words = cells::profile(&self.inner.keys(), conn, &owner, NOTICE, Thing::Policy)?;
                    words.get("text").and_then(Value::as_str).map(str::to_owned)
                }
            };
            Ok((Some(VersionView { line: VersionLine::of(row, now), policy, notice }), claims))
        })?;
        found.ok_or(Refusal::NotFound(Thing::Policy))
    }

    fn policy_line(
        &self,
        conn: &mut Conn,
        shelf: &Shelf,
        now: Moment,
    ) -> Result<(PolicyLine, Vec<(RuleId, CivilDate)>), Refusal> {
        let stands = shelf.versions.iter().find(|row| counts(row, now));
        let newest = shelf.versions.last().ok_or(Refusal::Damaged(Thing::Policy))?;
        let text = self.inner.policy_text(conn, stands.unwrap_or(newest))?;
        let reviews = held(&shelf.reviews);
        let due = stands.and_then(|row| {
            let since = CivilDate::of(row.effective_from?, Zone::SHANGHAI).ok()?;
            review_due(&text, None, since, &reviews)
        });
        let today = CivilDate::of(now, Zone::SHANGHAI).ok();
        let amber = stands.map(|row| amber(&text, row, &reviews, now)).unwrap_or_default();
        let line = PolicyLine {
            id: shelf.policy.id.clone(),
            title: text.title.clone(),
            state: shelf.policy.state,
            owner: shelf.policy.owner,
            in_force: stands.map(|row| row.version),
            newest: newest.version,
            newest_stage: newest.stage,
            review_due: due,
            review_overdue: due.zip(today).is_some_and(|(due, today)| is_overdue(due, today)),
        };
        Ok((line, amber))
    }
}

/// The enabled rules of a version in force whose review is overdue.
fn amber(
    text: &Policy,
    row: &PolicyVersionRow,
    reviews: &[ReviewHeld],
    now: Moment,
) -> Vec<(RuleId, CivilDate)> {
    let enabled = text.obligations.iter().filter(|rule| rule.standing == Standing::Enabled);
    enabled
        .filter_map(|rule| {
            let since = CivilDate::of(row.effective_from?, rule.zone).ok()?;
            let today = CivilDate::of(now, rule.zone).ok()?;
            let due = review_due(text, Some(rule), since, reviews)?;
            is_overdue(due, today).then(|| (rule.id.clone(), due))
        })
        .collect()
}
