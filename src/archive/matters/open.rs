//! Opens a matter.

use std::sync::Arc;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cases::Entered;
use crate::archive::cells::PROFILE;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::MatterId;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::record::matter::{MatterDuty, MatterFields, MatterPerson, MatterState};
use crate::store::rows::cells as cell_rows;
use crate::store::rows::matters::{self, MatterPersonRow, MatterRow};

use super::find::{self, reference_token};
use super::{facts, people};

impl Archive {
    /// Opens a matter. Whoever opens it becomes a member, unless he has a duty already.
    ///
    /// # Errors
    /// Not permitted; [`Refusal::Exists`] if a matter of that reference stands already, or
    /// [`Refusal::NamesThrottled`]; [`Refusal::Faults`] if somebody named is not a user who may come in and
    /// reads matters.
    pub fn open_matter(&self, caller: &Caller, fields: MatterFields) -> Result<Entered<MatterId>, Refusal> {
        let own = Target::of_user(caller.user());
        let create = (Action::Create, Resource::Matter);
        let may = caller.warrant(create, Some(&own), Thing::Matter, self.inner.now())?;
        let inner = Arc::clone(&self.inner);
        let by = caller.user();
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let keys = inner.keys();
            let reference_token = reference_token(&keys, fields.reference.as_str())?;
            find::may_name(caller, tx, Action::Create, &reference_token)?;
            let row = MatterRow {
                id: MatterId::generate(tx.at(), inner.entropy.as_ref()),
                reference_token,
                kind: fields.kind.as_str().to_owned(),
                state: MatterState::Open.as_str().to_owned(),
                evidence_deadline: fields.evidence_deadline,
                hearing_on: fields.hearing_on,
                created_at: tx.at(),
                created_by: by,
            };
            let mut on_it = fields.people.clone();
            people::check(tx.conn(), &on_it)?;
            if !on_it.iter().any(|person| person.user == by) {
                on_it.push(MatterPerson { user: by, duty: MatterDuty::Member });
            }
            let sealed = find::seal(&inner, &keys, row.id, &fields)?;
            matters::insert(tx.conn(), &row)?;
            cell_rows::insert(tx.conn(), &sealed.row)?;
            let on_it: Vec<MatterPersonRow> =
                on_it.into_iter().map(|person| people::row(row.id, person)).collect();
            for person in &on_it {
                inner.must_be_vouched(tx, &Bound::User(person.user_id), Thing::User)?;
                people::add(tx.conn(), person)?;
            }
            // A duty brings a grant, which belongs to its user.
            let mut bound = vec![Bound::Matter(row.id), Bound::cell(row.id, PROFILE)];
            bound.extend(on_it.iter().map(|person| Bound::User(person.user_id)));
            let facts = facts::of_matter(&row, &on_it, Some(sealed.commitment));
            let facts = bind(tx.conn(), facts, &bound)?;
            tx.enter(EntryDraft {
                kind: EntryKind::MatterOpened,
                subject: row.id.to_string(),
                actor: Actor::User(by),
                facts,
            })?;
            Ok((row.id, facts::revision(&row, &on_it, sealed.row.digest)))
        }))
    }
}
