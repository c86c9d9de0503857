//! Lists parties, and shows one by id or name.

use crate::access::permission::Action;
use crate::access::scope::Level;
use crate::archive::caller::Caller;
use crate::archive::cases::Page;
use crate::archive::cases::evidence::Opening;
use crate::archive::cases::page::{Cursor, items_of};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, parties as names};
use crate::base::id::PartyId;
use crate::base::moment::Moment;
use crate::record::party::PartyName;
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
    /// True if it is not as the ledger says: then nothing but its id is told.
    pub damaged: bool,
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
            let ledger = self.inner.ledgered(conn)?;
            let line = |row| line((&keys, &ledger), conn, row, sight);
            Ok(Page { items: rows.iter().map(line).collect::<Result<_, _>>()?, next })
        })
    }

    /// Shows a party.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Damaged`] if it is not as the ledger says.
    pub fn party(&self, caller: &Caller, party: PartyId) -> Result<PartyView, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            let (row, sight) = reach::permitted(conn, (caller, now), Action::Read, party)?;
            let ledger = self.inner.ledgered(conn)?;
            view((&keys, &ledger), conn, &row, sight)
        })
    }

    /// Shows the party of that name, in either Chinese script and any width.
    ///
    /// # Errors
    /// Not permitted, or not there for who may read names; [`Refusal::Damaged`] if it is not as the ledger says.
    pub fn party_named(&self, caller: &Caller, name: &PartyName) -> Result<PartyView, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            reach::of(caller, Action::Read, now)?;
            let token = names::name_token(&keys, name.as_str())?;
            let found = parties::by_name(conn, &token)?.ok_or(Refusal::NotFound(Thing::Party))?;
            let (row, sight) = reach::permitted(conn, (caller, now), Action::Read, found.id)?;
            if sight.level != Level::Full {
                // To whom names are withheld, no name that he tries is anybody's.
                return Err(Refusal::NotFound(Thing::Party));
            }
            let ledger = self.inner.ledgered(conn)?;
            view((&keys, &ledger), conn, &row, sight)
        })
    }
}

/// A party as much of it as the reader may see, once it is shown to be as entered.
///
/// # Errors
/// [`Refusal::Damaged`] if it is not.
pub(super) fn view(
    opening: Opening<'_>,
    conn: &mut Conn,
    row: &PartyRow,
    sight: Sight,
) -> Result<PartyView, Refusal> {
    let name = names::name(opening, conn, row.id)?;
    Ok(PartyView {
        id: row.id,
        name: (sight.level == Level::Full).then_some(name),
        registered_at: sight.since.then_some(row.created_at),
        damaged: false,
    })
}

/// The same for a page, where one of which the ledger says something else is marked.
fn line(opening: Opening<'_>, conn: &mut Conn, row: &PartyRow, sight: Sight) -> Result<PartyView, Refusal> {
    match view(opening, conn, row, sight).map_err(Refusal::in_a_list) {
        Err(Refusal::Damaged(Thing::Party)) => {
            Ok(PartyView { id: row.id, name: None, registered_at: None, damaged: true })
        }
        told => told,
    }
}
