//! Brings a version of a policy in as a draft, or in place of one that was not published.

use std::sync::Arc;

use serde_json::json;

use super::read::Shelf;
use super::refusal::PolicyRefusal;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::acting::Warrant;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cases::Entered;
use crate::archive::cells::POLICY;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::id::PolicyVersionId;
use crate::base::limits::{POLICIES_MAX, POLICY_VERSIONS_MAX};
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::policy::{LifeStage, Policy, RuleId, shipped};
use crate::store::Tx;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::policies::{self, PolicyRow, PolicyState, PolicyVersionRow};

/// What a draft is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicySource {
    /// A policy file.
    Text(String),
    /// A pack that comes with the program.
    Pack(String),
}

/// A version that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The policy.
    pub policy: RuleId,
    /// The number of the version.
    pub version: u32,
    /// Its entry.
    pub entered: Entered<PolicyVersionId>,
}

/// A policy that was read, ready to be kept.
pub(super) struct Brought {
    pub policy: Policy,
    pub text: Vec<u8>,
    pub hash: Digest,
}

impl PolicySource {
    /// Reads it.
    ///
    /// # Errors
    /// [`PolicyRefusal::Faults`] with all of them, or [`PolicyRefusal::UnknownPack`].
    pub(super) fn read(&self) -> Result<Brought, Refusal> {
        let policy = match self {
            Self::Text(text) => Policy::parse(text),
            Self::Pack(name) => shipped(name).ok_or(PolicyRefusal::UnknownPack)?,
        };
        let policy = policy.map_err(PolicyRefusal::Faults)?;
        let text = canonical::to_bytes(&policy.to_json());
        let hash = Digest::of(&text);
        Ok(Brought { policy, text, hash })
    }
}

/// A change of policies that the caller was permitted.
pub(super) fn may_write(archive: &Archive, caller: &Caller, action: Action) -> Result<Warrant, Refusal> {
    let now = archive.inner.now();
    caller.warrant((action, Resource::Policy), Some(&Target::archive()), Thing::Policy, now)
}

/// Refuses a change of a version that is not as the caller saw it.
pub(super) fn must_be_seen(row: &PolicyVersionRow, expected: Option<Digest>) -> Result<(), Refusal> {
    match expected {
        Some(expected) if expected != row.fingerprint() => Err(Refusal::Stale),
        Some(_) | None => Ok(()),
    }
}

impl Archive {
    /// Takes a version in as a draft. It judges nothing until it is published.
    ///
    /// # Errors
    /// Not permitted; a file with faults; [`Refusal::Exists`] if there is such a version,
    /// [`PolicyRefusal::NotNewer`] if one as new was published.
    pub fn import_policy(&self, caller: &Caller, source: &PolicySource) -> Result<Imported, Refusal> {
        let may = may_write(self, caller, Action::Create)?;
        let brought = source.read()?;
        let (policy, version) = (brought.policy.id.clone(), brought.policy.version);
        let inner = Arc::clone(&self.inner);
        let entered = Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let shelf = inner.shelf_within(tx, &brought.policy.id)?;
            let number = brought.policy.version;
            if let Some(shelf) = &shelf {
                if shelf.version(number).is_some() {
                    return Err(Refusal::Exists(Thing::Policy));
                }
                must_be_newer(shelf, number)?;
            }
            let row = PolicyVersionRow {
                id: PolicyVersionId::generate(tx.at(), inner.entropy.as_ref()),
                ..drafted(tx, caller, &brought)
            };
            keep(&inner, tx, shelf.map(|shelf| shelf.policy), caller, &row)?;
            let cell = inner.seal_policy(&row, &brought.text)?;
            cell_rows::insert(tx.conn(), &cell)?;
            let bounds = [
                Bound::Policies,
                Bound::Policy(row.policy_id.clone()),
                Bound::PolicyVersion(row.id),
                Bound::cell(row.id, POLICY),
            ];
            enter(tx, caller, (EntryKind::PolicyDrafted, &row), json!({}), &bounds)?;
            Ok((row.id, row.fingerprint()))
        }))?;
        Ok(Imported { policy, version, entered })
    }

    /// Puts another text in place of a version that was not published; it is a draft again. `expected` is the
    /// revision that the caller saw.
    ///
    /// # Errors
    /// Not permitted or not there; [`PolicyRefusal::Published`]; [`PolicyRefusal::Other`] for the text of another
    /// policy or version; a file with faults; [`Refusal::Stale`].
    pub fn replace_policy_version(
        &self,
        caller: &Caller,
        (policy, number): (&RuleId, u32),
        source: &PolicySource,
        expected: Option<Digest>,
    ) -> Result<Entered<PolicyVersionId>, Refusal> {
        let may = may_write(self, caller, Action::Change)?;
        let brought = source.read()?;
        if brought.policy.id != *policy || brought.policy.version != number {
            return Err(PolicyRefusal::Other.into());
        }
        let inner = Arc::clone(&self.inner);
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let shelf = inner.shelf_within(tx, &brought.policy.id)?;
            let found = shelf.as_ref().and_then(|shelf| shelf.version(number));
            let before = found.ok_or(Refusal::NotFound(Thing::Policy))?;
            must_be_seen(before, expected)?;
            if !matches!(before.stage, LifeStage::Draft | LifeStage::Reviewed) {
                return Err(PolicyRefusal::Published.into());
            }
            let row = PolicyVersionRow { id: before.id, ..drafted(tx, caller, &brought) };
            let owner = row.id.to_string();
            let cell = cell_rows::get(tx.conn(), &owner, POLICY)?.ok_or(Refusal::Damaged(Thing::Policy))?;
            let sealed = inner.seal_policy(&row, &brought.text)?;
            if !cell_rows::replace(tx.conn(), &sealed, cell.digest)?
                || !policies::update_version(tx.conn(), &row, before.stage)?
            {
                return Err(Refusal::Stale);
            }
            let facts = json!({"replaces": before.hash.to_hex()});
            let bounds = [Bound::PolicyVersion(row.id), Bound::cell(row.id, POLICY)];
            enter(tx, caller, (EntryKind::PolicyDrafted, &row), facts, &bounds)?;
            Ok((row.id, row.fingerprint()))
        }))
    }
}

/// Refuses a version as old as one that was published, or older.
pub(super) fn must_be_newer(shelf: &Shelf, number: u32) -> Result<(), Refusal> {
    let published = shelf.versions.iter().filter(|row| row.published_at.is_some());
    match published.map(|row| row.version).max() {
        Some(published) if number <= published => Err(PolicyRefusal::NotNewer { published }.into()),
        Some(_) | None => Ok(()),
    }
}

/// The row of a draft, but for its id.
fn drafted(tx: &Tx<'_>, caller: &Caller, brought: &Brought) -> PolicyVersionRow {
    PolicyVersionRow {
        id: PolicyVersionId::from_bytes([0; 16]),
        policy_id: brought.policy.id.clone(),
        version: brought.policy.version,
        hash: brought.hash,
        stage: LifeStage::Draft,
        created_at: tx.at(),
        created_by: caller.user(),
        submitted_at: None,
        submitted_by: None,
        reviewed_at: None,
        reviewed_by: None,
        published_at: None,
        published_by: None,
        countersigned_by: None,
        simulation: None,
        effective_from: None,
        effective_to: None,
        retired_at: None,
        retired_by: None,
        rebased_from: None,
    }
}

/// Puts the version beside its policy, which is made for the first one.
fn keep(
    inner: &Inner,
    tx: &mut Tx<'_>,
    policy: Option<PolicyRow>,
    caller: &Caller,
    row: &PolicyVersionRow,
) -> Result<(), Refusal> {
    match policy {
        Some(mut policy) => {
            if policy.versions as usize >= POLICY_VERSIONS_MAX {
                return Err(Refusal::TooMany { most: POLICY_VERSIONS_MAX as u64 });
            }
            policy.versions += 1;
            if !policies::update(tx.conn(), &policy)? {
                return Err(Refusal::Stale);
            }
        }
        None => {
            inner.must_be_vouched(tx, &Bound::Policies, Thing::Policy)?;
            if policies::all(tx.conn())?.len() >= POLICIES_MAX {
                return Err(Refusal::TooMany { most: POLICIES_MAX as u64 });
            }
            let policy = PolicyRow {
                id: row.policy_id.clone(),
                owner: caller.user(),
                state: PolicyState::Drafted,
                versions: 1,
                created_at: tx.at(),
            };
            policies::insert(tx.conn(), &policy)?;
        }
    }
    Ok(policies::insert_version(tx.conn(), row)?)
}

/// Enters a step of a version: which it is and what it says, beside what the step has of its own.
pub(super) fn enter(
    tx: &mut Tx<'_>,
    caller: &Caller,
    (kind, row): (EntryKind, &PolicyVersionRow),
    more: serde_json::Value,
    bounds: &[Bound],
) -> Result<(), Refusal> {
    let mut facts = json!({
        "hash": row.hash.to_hex(),
        "policy": row.policy_id.as_str(),
        "stage": row.stage.as_str(),
        "version": row.version,
    });
    if let (Some(facts), serde_json::Value::Object(more)) = (facts.as_object_mut(), more) {
        facts.extend(more);
    }
    let facts = bind(tx.conn(), facts, bounds)?;
    tx.enter(EntryDraft { kind, subject: row.id.to_string(), actor: caller.actor(), facts })?;
    Ok(())
}
