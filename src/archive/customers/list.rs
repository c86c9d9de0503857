//! Lists parties, and shows one by id or name.

use crate::access::permission::Action;
use crate::access::scope::Level;
use crate::archive::caller::Caller;
use crate::archive::cases::Page;
use crate::archive::cases::page::{Cursor, items_of};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, parties as names};
use crate::base::id::PartyId;
use crate::base::moment::Moment;
use crate::record::party::PartyName;
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::parties::{self, PartyRow};

use super::reach::{self, PartyReach, Sight};

/// A party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyView {
    /// The party.
    pub id: PartyId,
    /// Its name as it was first written; at full level.
    pub name: Option<PartyName>,
    /// When it was registered; for those who see all parties.
    pub registered_at: Option<Moment>,
}

impl Archive {
    /// Lists parties in reach, the one registered last first.
    ///
    /// # Errors
    /// Not permitted, or [`Refusal::BadCursor`].
    pub fn list_parties(
        &self,
        caller: &Caller,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<PartyView>, Refusal> {
        let PartyReach { scope, sight } = reach::of(caller, Action::List, self.inner.now())?;
        let before = cursor.map(|text| Cursor::parse(text, PartyId::parse)).transpose()?;
        let before = before.map(|cursor| cursor.before);
        let keys = self.inner.keys();
        let limit = items_of(limit);
        self.inner.store.read(|conn| {
            let rows = match &scope {
                None => parties::page(conn, before, limit)?,
                Some(scope) => parties::page_within(conn, scope, before, limit)?,
            };
            let full = u32::try_from(rows.len()).is_ok_and(|count| count == limit);
            let last = rows.last().filter(|_| full);
            let next = last.map(|row| Cursor::after(row.created_at, row.id).to_text());
            let items = rows.iter().map(|row| view(&keys, conn, row, sight)).collect::<Result<_, _>>()?;
            Ok(Page { items, next })
        })
    }

    /// Shows a party.
    ///
    /// # Errors
    /// Not permitted or not there.
    pub fn party(&self, caller: &Caller, party: PartyId) -> Result<PartyView, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            let (row, sight) = reach::permitted(conn, (caller, now), Action::Read, party)?;
            view(&keys, conn, &row, sight)
        })
    }

    /// Shows the party of that name, in either Chinese script and any width.
    ///
    /// # Errors
    /// Not permitted or not there.
    pub fn party_named(&self, caller: &Caller, name: &PartyName) -> Result<PartyView, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            reach::of(caller, Action::Read, now)?;
            let token = names::name_token(&keys, name.as_str())?;
            let found = parties::by_name(conn, &token)?.ok_or(Refusal::NotFound(Thing::Party))?;
            let (row, sight) = reach::permitted(conn, (caller, now), Action::Read, found.id)?;
            view(&keys, conn, &row, sight)
        })
    }
}

/// A party as much of it as the reader may see.
pub(super) fn view(
    keys: &Keyring,
    conn: &mut Conn,
    row: &PartyRow,
    sight: Sight,
) -> Result<PartyView, Refusal> {
    let name = match sight.level {
        Level::Full => Some(names::name(keys, conn, row.id)?),
        Level::Facts | Level::Redacted => None,
    };
    Ok(PartyView { id: row.id, name, registered_at: sight.since.then_some(row.created_at) })
}
