//! Finds a matter for a caller, and reads its words.

use serde_json::{Map, Value};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::archive::Inner;
use crate::archive::caller::Caller;
use crate::archive::cells::{self, PROFILE, SealedProfile};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::taken::Name;
use crate::base::digest::Digest;
use crate::base::id::MatterId;
use crate::base::moment::Moment;
use crate::base::text::fold_name;
use crate::record::matter::MatterFields;
use crate::seal::Keyring;
use crate::store::rows::LookupToken;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::matters::{self, MatterPersonRow, MatterRow};
use crate::store::{Conn, Tx};

use super::facts;

/// A matter as the permission table sees it.
pub(in crate::archive) fn target(row: &MatterRow) -> Target {
    Target {
        matters: vec![row.id],
        made_by: Some(row.created_by),
        at: Some(row.created_at),
        ..Target::default()
    }
}

/// The token under which a matter of this reference is found.
pub(super) fn reference_token(keys: &Keyring, reference: &str) -> Result<[u8; 16], Refusal> {
    let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
    Ok(index.lookup_token("matter.reference", &fold_name(reference)))
}

/// The matter, if the caller may do this to it.
///
/// # Errors
/// As [`Caller::permit`].
pub(super) fn permitted(
    conn: &mut Conn,
    (caller, now): (&Caller, Moment),
    action: Action,
    matter: MatterId,
) -> Result<(MatterRow, Level), Refusal> {
    let row = matters::get(conn, matter)?;
    let target = row.as_ref().map(target);
    let level = caller.permit((action, Resource::Matter), target.as_ref(), Thing::Matter, now)?;
    Ok((row.ok_or(Refusal::NotFound(Thing::Matter))?, level))
}

/// Lets the caller give a matter this reference, if no matter has it.
///
/// # Errors
/// As [`Caller::may_name`].
pub(super) fn may_name(
    caller: &Caller,
    tx: &mut Tx<'_>,
    action: Action,
    reference: &LookupToken,
) -> Result<(), Refusal> {
    let (now, found) = (tx.at(), matters::by_reference(tx.conn(), reference)?);
    let seen = caller.reach(Action::Read, Resource::Matter, now);
    let name = Name::of(found.as_ref(), |row| seen.level_of(caller.rights(), &target(row)).is_some());
    caller.may_name((action, Resource::Matter), name, Thing::Matter, now)
}

/// A matter inside a write, with everything that its ledger entry speaks of.
pub(super) struct Standing {
    pub row: MatterRow,
    pub people: Vec<MatterPersonRow>,
    pub profile: Digest,
}

impl Standing {
    /// Reads it, and refuses it if it is not as `expected`.
    pub(super) fn of(conn: &mut Conn, matter: MatterId, expected: Option<Digest>) -> Result<Self, Refusal> {
        let row = matters::get(conn, matter)?.ok_or(Refusal::NotFound(Thing::Matter))?;
        let people = matters::people_of(conn, matter)?;
        let cell = cell_rows::get(conn, &matter.to_string(), PROFILE)?;
        let profile = cell.ok_or(Refusal::Damaged(Thing::Matter))?.digest;
        let standing = Self { row, people, profile };
        match expected {
            Some(expected) if expected != standing.revision() => Err(Refusal::Stale),
            Some(_) | None => Ok(standing),
        }
    }

    /// Its revision.
    pub(super) fn revision(&self) -> Digest {
        facts::revision(&self.row, &self.people, self.profile)
    }
}

/// Seals the words of a matter; people are kept in rows.
pub(super) fn seal(
    inner: &Inner,
    keys: &Keyring,
    matter: MatterId,
    fields: &MatterFields,
) -> Result<SealedProfile, Refusal> {
    let mut words: Map<String, Value> = fields.to_json();
    words.remove("people");
    cells::seal_profile(inner, keys, &matter.to_string(), PROFILE, &Value::Object(words))
}

/// Opens the words of a matter and checks them against its clear columns.
///
/// # Errors
/// [`Refusal::Damaged`] if they are missing, do not open, or contradict the row.
pub(in crate::archive) fn open(
    keys: &Keyring,
    conn: &mut Conn,
    row: &MatterRow,
) -> Result<MatterFields, Refusal> {
    let words = cells::profile(keys, conn, &row.id.to_string(), PROFILE, Thing::Matter)?;
    let fields = MatterFields::from_json(&words).map_err(|_| Refusal::Damaged(Thing::Matter))?;
    let agrees = fields.kind.as_str() == row.kind
        && fields.evidence_deadline == row.evidence_deadline
        && fields.hearing_on == row.hearing_on;
    if agrees { Ok(fields) } else { Err(Refusal::Damaged(Thing::Matter)) }
}
