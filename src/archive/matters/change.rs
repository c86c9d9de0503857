//! Changes what a matter says about itself, closes it and opens it again. People change by
//! themselves ([`super::people`]); holds are released one by one, never by closing a matter.

use std::sync::Arc;

use crate::access::permission::{Action, Resource};
use crate::archive::Archive;
use crate::archive::acting::Warrant;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cases::Entered;
use crate::archive::cells::PROFILE;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::digest::Digest;
use crate::base::id::MatterId;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::record::matter::{MatterFields, MatterState};
use crate::store::rows::cells as cell_rows;
use crate::store::rows::matters;

use super::facts;
use super::find::{self, Standing, reference_token};

impl Archive {
    /// Replaces everything that a matter says about itself; `fields.people` is not looked at.
    /// `expected` is the revision that the caller saw.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Stale`]; [`Refusal::Exists`] if another matter has
    /// the new reference; [`Refusal::NamesThrottled`].
    pub fn change_matter(
        &self,
        caller: &Caller,
        matter: MatterId,
        fields: MatterFields,
        expected: Option<Digest>,
    ) -> Result<Entered<MatterId>, Refusal> {
        let may = self.may_change(caller, matter)?;
        let inner = Arc::clone(&self.inner);
        let by = caller.user();
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let keys = inner.keys();
            inner.must_be_vouched(tx, &Bound::Matter(matter), Thing::Matter)?;
            inner.must_be_worded(tx, &Bound::Matter(matter))?;
            let Standing { mut row, people, profile } = Standing::of(tx.conn(), matter, expected)?;
            let token = reference_token(&keys, fields.reference.as_str())?;
            if token != row.reference_token {
                find::may_name(caller, tx, Action::Change, &token)?;
            }
            row.reference_token = token;
            row.kind = fields.kind.as_str().to_owned();
            row.evidence_deadline = fields.evidence_deadline;
            row.hearing_on = fields.hearing_on;
            let sealed = find::seal(&inner, &keys, matter, &fields)?;
            let replaced = cell_rows::replace(tx.conn(), &sealed.row, profile)?;
            if !replaced || !matters::update(tx.conn(), &row, &row.state)? {
                return Err(Refusal::Stale);
            }
            let facts = facts::of_matter(&row, &people, Some(sealed.commitment));
            let facts = bind(tx.conn(), facts, &[Bound::Matter(matter), Bound::cell(matter, PROFILE)])?;
            tx.enter(EntryDraft {
                kind: EntryKind::MatterChanged,
                subject: matter.to_string(),
                actor: Actor::User(by),
                facts,
            })?;
            Ok((matter, facts::revision(&row, &people, sealed.row.digest)))
        }))
    }

    /// Closes a matter, or opens it again.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::WrongState`] if it stands so already;
    /// [`Refusal::Stale`].
    pub fn set_matter_state(
        &self,
        caller: &Caller,
        matter: MatterId,
        state: MatterState,
        expected: Option<Digest>,
    ) -> Result<Entered<MatterId>, Refusal> {
        let may = self.may_change(caller, matter)?;
        let inner = Arc::clone(&self.inner);
        let by = caller.user();
        Entered::of(self.inner.write_as(caller, may, move |tx, _| {
            inner.must_be_vouched(tx, &Bound::Matter(matter), Thing::Matter)?;
            inner.must_be_worded(tx, &Bound::Matter(matter))?;
            let mut standing = Standing::of(tx.conn(), matter, expected)?;
            let was = std::mem::replace(&mut standing.row.state, state.as_str().to_owned());
            if was == standing.row.state {
                return Err(Refusal::WrongState);
            }
            if !matters::update(tx.conn(), &standing.row, &was)? {
                return Err(Refusal::Stale);
            }
            let facts = facts::of_matter(&standing.row, &standing.people, None);
            let facts = bind(tx.conn(), facts, &[Bound::Matter(matter)])?;
            tx.enter(EntryDraft {
                kind: EntryKind::MatterChanged,
                subject: matter.to_string(),
                actor: Actor::User(by),
                facts,
            })?;
            Ok((matter, standing.revision()))
        }))
    }

    pub(super) fn may_change(&self, caller: &Caller, matter: MatterId) -> Result<Warrant, Refusal> {
        let now = self.inner.now();
        let permitted =
            self.inner.store.read(|conn| find::permitted(conn, (caller, now), Action::Change, matter));
        let (row, _) = permitted?;
        Ok(Warrant::to((Action::Change, Resource::Matter), find::target(&row), Thing::Matter))
    }
}
