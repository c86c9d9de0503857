//! Lists matters in reach, the one entered last first.

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::cases::Page;
use crate::archive::cases::page::{Cursor, items_of};
use crate::archive::refusal::Refusal;
use crate::base::id::MatterId;
use crate::record::matter::MatterState;
use crate::store::rows::matters::{self, MatterFilter};

use super::gone;
use super::view::{self, MatterSummary};

/// Which matters a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MatterQuery {
    /// Where it stands.
    pub state: Option<MatterState>,
}

impl Archive {
    /// Lists matters. `cursor` is the `next` of the page before.
    ///
    /// # Errors
    /// Not permitted, or [`Refusal::BadCursor`].
    pub fn list_matters(
        &self,
        caller: &Caller,
        query: MatterQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<MatterSummary>, Refusal> {
        let reach = caller.reach(Action::List, Resource::Matter, self.inner.now());
        if reach.is_nothing() {
            return Err(caller.forbidden((Action::List, Resource::Matter)));
        }
        let rights = caller.rights();
        let filter = MatterFilter {
            state: query.state.map(|state| state.as_str().to_owned()),
            within: match reach.usual.all {
                Some(_) => None,
                None => Some(rights.matters.iter().copied().collect()),
            },
        };
        let before = cursor.map(|text| Cursor::parse(text, MatterId::parse)).transpose()?;
        let keys = self.inner.keys();
        let limit = items_of(limit);
        self.inner.store.read(|conn| {
            let rows = matters::page(conn, &filter, before.map(|cursor| cursor.before), limit)?;
            let full = u32::try_from(rows.len()).is_ok_and(|count| count == limit);
            let last = rows.last().filter(|_| full);
            let next = last.map(|row| Cursor::after(row.created_at, row.id).to_text());
            let mut items = Vec::with_capacity(rows.len());
            let ledger = self.inner.ledgered(conn)?;
            for row in &rows {
                // An engagement's period cuts here.
                let level_of = |target: &Target| reach.level_of(rights, target);
                items.extend(view::line((&keys, &ledger), conn, row, level_of)?);
            }
            let until = next.as_deref().map(|text| Cursor::parse(text, MatterId::parse)).transpose()?;
            let place = (before.map(|cursor| cursor.before), until.map(|until| until.before));
            let asked = (query, |target: &Target| reach.level_of(rights, target));
            let mut page = Page { items, next };
            gone::add(&ledger, conn, asked, place, &mut page)?;
            Ok(page)
        })
    }
}
