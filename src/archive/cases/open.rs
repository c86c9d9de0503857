//! Opens a case: by hand, or because a capture named a reference that no case has yet.

use std::sync::Arc;

use crate::access::decide::reach;
use crate::access::permission::{Action, Resource};
use crate::access::rights::{ActorRights, Target};
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cells::PROFILE;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner, parties};
use crate::base::civil::Zone;
use crate::base::id::{CaseId, UserId};
use crate::base::moment::Moment;
use crate::base::text::fold_name;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::record::case::{CaseProfile, LevelWord, OpenCase};
use crate::record::names::{Reference, Title};
use crate::record::party::Party;
use crate::record::request::CaseRef;
use crate::seal::Keyring;
use crate::store::Tx;
use crate::store::rows::cases::{self, CasePartyRow, CaseRow, CaseState};
use crate::store::rows::cells as cell_rows;

use super::entered::Entered;
use super::find::Standing;
use super::{facts, profile};

/// A case that a capture named.
pub(in crate::archive) struct Found {
    pub id: CaseId,
    /// True if it was opened just now.
    pub opened: bool,
}

/// What is known of a case at the moment a capture opens it.
pub(in crate::archive) struct Opening<'a> {
    pub by: &'a ActorRights,
    pub at: Moment,
    /// When the first thing in it happened.
    pub opened_at: Moment,
    pub zone: Zone,
    /// Its customers.
    pub parties: Vec<Party>,
}

/// The token under which a case of this reference is found.
pub(in crate::archive) fn reference_token(keys: &Keyring, reference: &str) -> Result<[u8; 16], Refusal> {
    let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
    Ok(index.lookup_token("case.reference", &fold_name(reference)))
}

impl Archive {
    /// Opens a case by hand.
    ///
    /// # Errors
    /// Not permitted, [`Refusal::Exists`] if a case of that reference stands already, or
    /// [`Refusal::NamesThrottled`].
    pub fn open_case(&self, caller: &Caller, case: OpenCase) -> Result<Entered<CaseId>, Refusal> {
        let own = Target::of_user(caller.user());
        let create = (Action::Create, Resource::Case);
        let may = caller.warrant(create, Some(&own), Thing::Case, self.inner.now())?;
        let inner = Arc::clone(&self.inner);
        let by = caller.user();
        Entered::of(self.inner.write_as(caller, may, move |tx, caller| {
            let keys = inner.keys();
            let token = reference_token(&keys, case.profile.reference.as_str())?;
            super::find::may_name(caller, tx, create, &token)?;
            let word = |level: &Option<LevelWord>| level.as_ref().map(|word| word.as_str().to_owned());
            let row = CaseRow {
                id: CaseId::without_time(inner.entropy.as_ref()),
                reference_token: token,
                state: CaseState::Open,
                tier: word(&case.tier),
                priority: word(&case.priority),
                language: case.language.as_ref().map(|language| language.as_str().to_owned()),
                opened_at: case.opened_at,
                closed_at: None,
                zone: case.zone,
                created_at: tx.at(),
                created_by: by,
            };
            let standing = insert(&inner, &keys, tx, row, &case.profile)?;
            Ok((standing.row.id, standing.revision()))
        }))
    }
}

/// Finds the case, or opens it if it is named by a reference that no case has yet.
///
/// A reference stands on paper, and a capture under it joins whatever case has it. An id stands nowhere
/// but in this archive: only who sees the case has it from there, and to all others it names nothing.
///
/// # Errors
/// [`Refusal::UnknownCase`] for an id that does not exist or is out of this person's sight.
pub(in crate::archive) fn find_or_open(
    inner: &Inner,
    keys: &Keyring,
    tx: &mut Tx<'_>,
    case: &CaseRef,
    opening: &Opening<'_>,
) -> Result<Found, Refusal> {
    let reference = match case {
        CaseRef::Id(id) => {
            let seen = reach(opening.by, Resource::Case, Action::Read, opening.at);
            let row = cases::get(tx.conn(), *id)?
                .filter(|row| seen.level_of(opening.by, &super::find::target(row)).is_some());
            return row.map(|row| Found { id: row.id, opened: false }).ok_or(Refusal::UnknownCase);
        }
        CaseRef::Reference(reference) => reference,
    };
    let token = reference_token(keys, reference.as_str())?;
    if let Some(row) = cases::by_reference(tx.conn(), &token)? {
        return Ok(Found { id: row.id, opened: false });
    }
    tx.guard()?;
    let row = CaseRow {
        id: CaseId::without_time(inner.entropy.as_ref()),
        reference_token: token,
        state: CaseState::Open,
        tier: None,
        priority: None,
        language: None,
        opened_at: opening.opened_at,
        closed_at: None,
        zone: opening.zone,
        created_at: opening.at,
        created_by: opening.by.user,
    };
    let profile = first_profile(reference, &opening.parties)?;
    let standing = insert(inner, keys, tx, row, &profile)?;
    Ok(Found { id: standing.row.id, opened: true })
}

/// What is said of a case that a capture opened: its reference is its title until somebody gives it one.
fn first_profile(reference: &Reference, parties: &[Party]) -> Result<CaseProfile, Refusal> {
    let title = Title::parse(reference.as_str())
        .map_err(|fault| Refusal::Label { field: "case.reference", fault })?;
    Ok(CaseProfile {
        reference: reference.clone(),
        title,
        service: None,
        parties: parties.to_vec(),
        team: None,
        tags: Vec::new(),
    })
}

/// Writes a new case with its parties, its sealed profile and its ledger entry.
fn insert(
    inner: &Inner,
    keys: &Keyring,
    tx: &mut Tx<'_>,
    row: CaseRow,
    profile: &CaseProfile,
) -> Result<Standing, Refusal> {
    let members = members(inner, keys, tx, (row.id, row.created_by), &profile.parties)?;
    let sealed = profile::seal(inner, keys, &row, profile)?;
    cases::insert(tx.conn(), &row)?;
    for member in &members {
        cases::add_party(tx.conn(), member)?;
    }
    cell_rows::insert(tx.conn(), &sealed.row)?;
    let facts = facts::of_case(&row, &members, sealed.commitment);
    let facts = bind(tx.conn(), facts, &[Bound::Case(row.id), Bound::cell(row.id, PROFILE)])?;
    tx.enter(EntryDraft {
        kind: EntryKind::CaseOpened,
        subject: row.id.to_string(),
        actor: Actor::User(row.created_by),
        facts,
    })?;
    Ok(Standing { row, members, profile: sealed.row.digest })
}

/// The parties of a case as rows; those that the archive does not know yet are registered by `by`.
pub(super) fn members(
    inner: &Inner,
    keys: &Keyring,
    tx: &mut Tx<'_>,
    (case_id, by): (CaseId, UserId),
    parties: &[Party],
) -> Result<Vec<CasePartyRow>, Refusal> {
    let mut rows: Vec<CasePartyRow> = Vec::with_capacity(parties.len());
    for party in parties {
        let party_id = parties::find_or_register(inner, keys, tx, by, &party.name)?;
        let member = CasePartyRow { case_id, party_id, role: party.role.as_str().to_owned() };
        if !rows.contains(&member) {
            rows.push(member);
        }
    }
    Ok(rows)
}
