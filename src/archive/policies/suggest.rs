//! Suggestions: from anybody who is let in, to a rule or to the policy as a whole; decided by who may change it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::draft::{enter, may_write};
use super::read;
use super::refusal::PolicyRefusal;
use super::review::number_of;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cases::Entered;
use crate::archive::cells::{self, PROFILE};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::{PolicySuggestionId, UserId};
use crate::base::limits::SUGGESTIONS_OPEN_MAX;
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::policy::{RuleId, SuggestionFields, SuggestionState};
use crate::record::names::Note;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::policies::{self, PolicySuggestionRow};

/// A suggestion as its reader may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestionView {
    /// The suggestion.
    pub id: PolicySuggestionId,
    /// The number of the version.
    pub version: u32,
    /// To this rule; none for the policy as a whole.
    pub rule: Option<RuleId>,
    /// Where it stands.
    pub state: SuggestionState,
    /// When it was made, and by whom.
    pub made: (Moment, UserId),
    /// When it was decided, and by whom.
    pub decided: Option<(Moment, UserId)>,
    /// What is suggested.
    pub text: String,
    /// What was answered.
    pub answer: Option<String>,
}

impl Archive {
    /// Makes a suggestion to a version of a policy.
    ///
    /// # Errors
    /// Not permitted or not there; [`PolicyRefusal::UnknownRule`]; [`Refusal::TooMany`] where too many of the
    /// caller's wait already.
    pub fn suggest_to_policy(
        &self,
        caller: &Caller,
        (policy, number): (&RuleId, u32),
        fields: SuggestionFields,
    ) -> Result<Entered<PolicySuggestionId>, Refusal> {
        let may = may_write(self, caller, Action::Suggest)?;
        let inner = Arc::clone(&self.inner);
        let policy = policy.clone();
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let shelf = inner.shelf_within(tx, &policy)?;
            let found = shelf.as_ref().and_then(|shelf| shelf.version(number));
            let version = found.ok_or(Refusal::NotFound(Thing::Policy))?;
            let text = inner.policy_text(tx.conn(), version)?;
            if fields.rule.as_ref().is_some_and(|rule| text.obligation(rule.as_str()).is_none()) {
                return Err(PolicyRefusal::UnknownRule.into());
            }
            if policies::count_open_suggestions(tx.conn(), caller.user())? >= SUGGESTIONS_OPEN_MAX {
                return Err(Refusal::TooMany { most: SUGGESTIONS_OPEN_MAX });
            }
            let row = PolicySuggestionRow {
                id: PolicySuggestionId::generate(tx.at(), inner.entropy.as_ref()),
                version_id: version.id,
                rule: fields.rule.clone(),
                state: SuggestionState::Open,
                made_at: tx.at(),
                made_by: caller.user(),
                decided_at: None,
                decided_by: None,
            };
            let words = json!({"text": fields.text.as_str()});
            let sealed = cells::seal_profile(&inner, &inner.keys(), &row.id.to_string(), PROFILE, &words)?;
            policies::insert_suggestion(tx.conn(), &row)?;
            cell_rows::insert(tx.conn(), &sealed.row)?;
            let bounds = [Bound::PolicySuggestion(row.id), Bound::cell(row.id, PROFILE)];
            let facts = facts(&row, &sealed);
            enter(tx, caller, (EntryKind::PolicySuggested, version), facts, &bounds)?;
            Ok((row.id, row.fingerprint()))
        }))
    }

    /// Takes a suggestion up, or declines it, with an answer for who made it.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::WrongState`] if it was decided.
    pub fn decide_suggestion(
        &self,
        caller: &Caller,
        id: PolicySuggestionId,
        (accept, answer): (bool, Note),
    ) -> Result<Entered<PolicySuggestionId>, Refusal> {
        let may = may_write(self, caller, Action::Change)?;
        let inner = Arc::clone(&self.inner);
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let keys = inner.keys();
            inner.must_be_vouched(tx, &Bound::PolicySuggestion(id), Thing::Policy)?;
            let owner = id.to_string();
            inner.must_be_vouched(tx, &Bound::cell(id, PROFILE), Thing::Policy)?;
            let before = policies::suggestion(tx.conn(), id)?.ok_or(Refusal::NotFound(Thing::Policy))?;
            if before.state != SuggestionState::Open {
                return Err(Refusal::WrongState);
            }
            inner.must_be_vouched(tx, &Bound::PolicyVersion(before.version_id), Thing::Policy)?;
            let version = policies::version(tx.conn(), before.version_id)?;
            let version = version.ok_or(Refusal::Damaged(Thing::Policy))?;
            let state = if accept { SuggestionState::Accepted } else { SuggestionState::Declined };
            let row = PolicySuggestionRow {
                state,
                decided_at: Some(tx.at()),
                decided_by: Some(caller.user()),
                ..before
            };
            let mut words = cells::profile(&keys, tx.conn(), &owner, PROFILE, Thing::Policy)?;
            let members = words.as_object_mut().ok_or(Refusal::Damaged(Thing::Policy))?;
            members.insert("answer".to_owned(), json!(answer.as_str()));
            let cell = cell_rows::get(tx.conn(), &owner, PROFILE)?.ok_or(Refusal::Damaged(Thing::Policy))?;
            let sealed = cells::seal_profile(&inner, &keys, &owner, PROFILE, &words)?;
            if !cell_rows::replace(tx.conn(), &sealed.row, cell.digest)?
                || !policies::decide_suggestion(tx.conn(), &row)?
            {
                return Err(Refusal::Stale);
            }
            let bounds = [Bound::PolicySuggestion(id), Bound::cell(id, PROFILE)];
            let facts = facts(&row, &sealed);
            enter(tx, caller, (EntryKind::PolicySuggested, &version), facts, &bounds)?;
            Ok((id, row.fingerprint()))
        }))
    }

    /// The suggestions to a policy, the newest first: all of them for who may change it, otherwise one's own.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Damaged`].
    pub fn policy_suggestions(
        &self,
        caller: &Caller,
        policy: &RuleId,
    ) -> Result<Vec<SuggestionView>, Refusal> {
        let now = self.inner.now();
        caller.permit((Action::Read, Resource::Policy), Some(&Target::archive()), Thing::Policy, now)?;
        let change = caller.reach(Action::Change, Resource::Policy, now);
        let sees_all = change.level_of(caller.rights(), &Target::archive()).is_some();
        let found = self.inner.vouched(|conn| {
            let (shelf, mut claims) = read::one(conn, policy)?;
            let Some(shelf) = shelf else { return Ok((None, claims)) };
            let keys = self.inner.keys();
            let mut views = Vec::new();
            for version in &shelf.versions {
                let rows = policies::suggestions_to(conn, version.id)?;
                for row in rows.into_iter().filter(|row| sees_all || row.made_by == caller.user()) {
                    let owner = row.id.to_string();
                    claims.push(read::claim(&Bound::PolicySuggestion(row.id), Some(row.fingerprint())));
                    claims.push(read::claim_of_words(conn, &owner)?);
                    let words = cells::profile(&keys, conn, &owner, PROFILE, Thing::Policy)?;
                    views.push(view(&row, number_of(&shelf.versions, row.version_id)?, &words)?);
                }
            }
            views.sort_by_key(|view| std::cmp::Reverse(view.made.0));
            Ok((Some(views), claims))
        })?;
        found.ok_or(Refusal::NotFound(Thing::Policy))
    }
}

fn facts(row: &PolicySuggestionRow, sealed: &cells::SealedProfile) -> Value {
    json!({
        "profile": sealed.commitment.to_hex(),
        "rule": row.rule.as_ref().map(RuleId::as_str),
        "state": row.state.as_str(),
        "suggestion": row.id.to_string(),
    })
}

fn view(row: &PolicySuggestionRow, version: u32, words: &Value) -> Result<SuggestionView, Refusal> {
    let text = words.get("text").and_then(Value::as_str).ok_or(Refusal::Damaged(Thing::Policy))?;
    Ok(SuggestionView {
        id: row.id,
        version,
        rule: row.rule.clone(),
        state: row.state,
        made: (row.made_at, row.made_by),
        decided: row.decided_at.zip(row.decided_by),
        text: text.to_owned(),
        answer: words.get("answer").and_then(Value::as_str).map(str::to_owned),
    })
}
