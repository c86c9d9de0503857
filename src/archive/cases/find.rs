//! Finds a case for a caller: by id or reference, and only if it is in reach.

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::archive::Inner;
use crate::archive::acting::Warrant;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::taken::Name;
use crate::base::digest::Digest;
use crate::base::id::CaseId;
use crate::base::moment::Moment;
use crate::record::request::CaseRef;
use crate::seal::Keyring;
use crate::store::rows::LookupToken;
use crate::store::rows::cases::{self, CasePartyRow, CaseRow};
use crate::store::{Conn, Tx};

use super::{facts, profile, reference_token};

/// A case as the permission table sees it.
pub(in crate::archive) fn target(row: &CaseRow) -> Target {
    Target {
        cases: vec![row.id],
        made_by: Some(row.created_by),
        at: Some(row.created_at),
        ..Target::default()
    }
}

/// The case of that id or reference, if there is one.
pub(in crate::archive) fn by_ref(
    keys: &Keyring,
    conn: &mut Conn,
    case: &CaseRef,
) -> Result<Option<CaseRow>, Refusal> {
    Ok(match case {
        CaseRef::Id(id) => cases::get(conn, *id)?,
        CaseRef::Reference(reference) => {
            cases::by_reference(conn, &reference_token(keys, reference.as_str())?)?
        }
    })
}

/// True if `case` names the case of that id. Other cases are not looked at.
pub(in crate::archive) fn is_named(
    keys: &Keyring,
    conn: &mut Conn,
    id: Option<CaseId>,
    case: &CaseRef,
) -> Result<bool, Refusal> {
    let Some(id) = id else { return Ok(false) };
    Ok(match case {
        CaseRef::Id(named) => *named == id,
        CaseRef::Reference(reference) => {
            let row = cases::get(conn, id)?.ok_or(Refusal::Damaged(Thing::Case))?;
            row.reference_token == reference_token(keys, reference.as_str())?
        }
    })
}

/// The case, if the caller may do this to it.
///
/// # Errors
/// As [`Caller::permit`]; a case that does not exist and one out of reach get the same answer.
pub(in crate::archive) fn permitted(
    conn: &mut Conn,
    (caller, now): (&Caller, Moment),
    ask: (Action, Resource),
    (keys, case): (&Keyring, &CaseRef),
) -> Result<(CaseRow, Level), Refusal> {
    let row = by_ref(keys, conn, case)?;
    let level = caller.permit(ask, row.as_ref().map(target).as_ref(), Thing::Case, now)?;
    Ok((row.ok_or(Refusal::NotFound(Thing::Case))?, level))
}

/// Lets the caller give a case this reference, if no case has it.
///
/// # Errors
/// As [`Caller::may_name`].
pub(super) fn may_name(
    caller: &Caller,
    tx: &mut Tx<'_>,
    asked: (Action, Resource),
    reference: &LookupToken,
) -> Result<(), Refusal> {
    let (now, found) = (tx.at(), cases::by_reference(tx.conn(), reference)?);
    let seen = caller.reach(Action::Read, Resource::Case, now);
    let name = Name::of(found.as_ref(), |row| seen.level_of(caller.rights(), &target(row)).is_some());
    caller.may_name(asked, name, Thing::Case, now)
}

/// The same for a change: judged again when it is written.
///
/// # Errors
/// As [`permitted`].
pub(in crate::archive) fn warranted(
    conn: &mut Conn,
    asks: (&Caller, Moment),
    ask: (Action, Resource),
    named: (&Keyring, &CaseRef),
) -> Result<(CaseRow, Warrant), Refusal> {
    let (row, _) = permitted(conn, asks, ask, named)?;
    let may = Warrant::to(ask, target(&row), Thing::Case);
    Ok((row, may))
}

/// A case inside a write, with everything that its ledger entry speaks of.
pub(in crate::archive) struct Standing {
    pub row: CaseRow,
    pub members: Vec<CasePartyRow>,
    pub profile: Digest,
}

impl Standing {
    /// Reads it.
    pub(in crate::archive) fn of(inner: &Inner, tx: &mut Tx<'_>, row: CaseRow) -> Result<Self, Refusal> {
        inner.must_be_vouched(tx, &Bound::Case(row.id), Thing::Case)?;
        inner.must_be_worded(tx, &Bound::Case(row.id))?;
        let conn = tx.conn();
        let members = cases::parties_of(conn, row.id)?;
        let profile = profile::digest(conn, row.id)?;
        Ok(Self { row, members, profile })
    }

    /// Its revision.
    pub(in crate::archive) fn revision(&self) -> Digest {
        facts::revision(&self.row, &self.members, self.profile)
    }
}
