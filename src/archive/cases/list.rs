//! Lists cases, newest entry first, within the reader's reach.

use crate::access::decide::Reach;
use crate::access::permission::{Action, Resource};
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::refusal::Refusal;
use crate::base::id::{CaseId, PartyId};
use crate::base::moment::Moment;
use crate::record::names::Reference;
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::cases::{self, CaseFilter, CaseRow, CaseState};

use super::gone;
use super::held;
use super::page::{Cursor, Page, items_of};
use super::view::CaseSummary;
use super::{find, reference_token};

/// Which cases a list shows. Everything given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseQuery {
    /// Where it stands.
    pub state: Option<CaseState>,
    /// A party, in any role.
    pub party: Option<PartyId>,
    /// The number by which people know it.
    pub reference: Option<Reference>,
}

impl Archive {
    /// Lists cases. `cursor` is the `next` of the page before.
    ///
    /// # Errors
    /// Not permitted, or [`Refusal::BadCursor`].
    pub fn list_cases(
        &self,
        caller: &Caller,
        query: &CaseQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<CaseSummary>, Refusal> {
        let now = self.inner.now();
        let reach = caller.reach(Action::List, Resource::Case, now);
        let cursor = cursor.map(|text| Cursor::parse(text, CaseId::parse)).transpose()?;
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            let asked = Asked { caller, reach, query, now };
            let rows = reached(&keys, conn, &asked, cursor, items_of(limit))?;
            let ledger = self.inner.ledgered(conn)?;
            let items = held::lines(&ledger, conn, &rows.items)?;
            let after = cursor.map(|cursor| cursor.before);
            let until = rows.next.as_deref().map(|text| Cursor::parse(text, CaseId::parse)).transpose()?;
            let mut page = Page { items, next: rows.next };
            gone::add(&ledger, conn, &asked, (after, until.map(|until| until.before)), &mut page)?;
            Ok(page)
        })
    }
}

/// Who asks for which cases.
pub(super) struct Asked<'a> {
    pub caller: &'a Caller,
    pub reach: Reach,
    pub query: &'a CaseQuery,
    pub now: Moment,
}

/// A page of the cases in reach, each with the level at which it is shown.
pub(super) fn reached(
    keys: &Keyring,
    conn: &mut Conn,
    asked: &Asked<'_>,
    cursor: Option<Cursor<CaseId>>,
    limit: u32,
) -> Result<Page<(CaseRow, crate::access::scope::Level)>, Refusal> {
    let Asked { caller, reach, query, now } = asked;
    if reach.is_nothing() {
        return Err(caller.forbidden((Action::List, Resource::Case)));
    }
    // Who is shown no parties learns none by asking for them.
    if query.party.is_some() && caller.reach(Action::List, Resource::Party, *now).is_nothing() {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let rights = caller.rights();
    let filter = match &query.reference {
        None => CaseFilter { state: query.state, party_id: query.party, ..filter(caller, *reach) },
        // A reference names one case at most: it is looked up and then held against the rest.
        Some(reference) => {
            let token = reference_token(keys, reference.as_str())?;
            let found = cases::by_reference(conn, &token)?;
            let found = found.filter(|row| reach.level_of(rights, &find::target(row)).is_some());
            let within = Some(found.map(|row| row.id).into_iter().collect());
            CaseFilter { state: query.state, party_id: query.party, within, made_by: None }
        }
    };
    let rows = cases::page(conn, &filter, cursor.map(|cursor| cursor.before), limit)?;
    let full = u32::try_from(rows.len()).is_ok_and(|count| count == limit);
    let last = rows.last().filter(|_| full);
    let next = last.map(|row| Cursor::after(row.created_at, row.id).to_text());
    // The database filters by grant and maker; an engagement's period cuts here.
    let shown = rows.into_iter().filter_map(|row| {
        let level = reach.level_of(rights, &find::target(&row))?;
        Some((row, level))
    });
    Ok(Page { items: shown.collect(), next })
}

/// The reach in the words of the database.
pub(in crate::archive) fn filter(caller: &Caller, reach: Reach) -> CaseFilter {
    let rights = caller.rights();
    if reach.usual.all.is_some() {
        let under_audit = rights.engagement.as_ref().and_then(|engagement| engagement.cases.as_ref());
        let within = under_audit.map(|cases| cases.union(&rights.cases).copied().collect());
        return CaseFilter { within, ..CaseFilter::default() };
    }
    let granted = reach.usual.granted.map_or_else(Vec::new, |_| rights.cases.iter().copied().collect());
    CaseFilter {
        within: Some(granted),
        made_by: reach.usual.own.map(|_| caller.user()),
        ..CaseFilter::default()
    }
}
