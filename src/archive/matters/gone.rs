//! Matters that were opened and have no row any more, as lists and the view of one tell of them.

use super::find;
use super::list::MatterQuery;
use super::view::{self, MatterSummary};
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::archive::caller::Caller;
use crate::archive::cases::Page;
use crate::archive::gone::{self, Gone};
use crate::archive::last_words::Opened;
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::MatterId;
use crate::base::moment::Moment;
use crate::store::Conn;
use crate::store::rows::Before;
use crate::store::rows::matters::{self, MatterRow};

/// Puts the lines of such matters where their rows would stand: between `after`, the end of the page before,
/// and `until`, that of this one.
///
/// # Errors
/// [`Refusal::Damaged`] if there are too many, or the ledger cannot be read.
pub(super) fn add(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    (query, level_of): (MatterQuery, impl Fn(&Target) -> Option<Level>),
    (after, until): (Option<Before<MatterId>>, Option<Before<MatterId>>),
    page: &mut Page<MatterSummary>,
) -> Result<(), Refusal> {
    for gone in gone::all(ledger, conn, Opened::Matters)? {
        let Some(row) = row(&gone) else { continue };
        let place = (row.created_at, row.id);
        let within = after.is_none_or(|after| place < (after.at, after.id))
            && until.is_none_or(|until| (until.at, until.id) < place);
        let is_asked_for = query.state.is_none_or(|state| state.as_str() == row.state);
        if within && is_asked_for && level_of(&find::target(&row)).is_some() {
            page.items.push(view::marked(&row)?);
        }
    }
    page.items.sort_by_key(|line| std::cmp::Reverse((line.created_at, line.id)));
    Ok(())
}

/// The answer to who asks for a matter that has no row in his reach: [`Refusal::Damaged`] where he would see a
/// matter that was opened and is gone, otherwise as of one that never was.
pub(super) fn refusal(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    (caller, now): (&Caller, Moment),
    matter: MatterId,
) -> Refusal {
    let stands = matters::get(conn, matter).map(|row| row.is_some());
    let found = match stands {
        // Out of reach: nothing is gone.
        Ok(true) => Ok(None),
        Ok(false) => gone::one(ledger, conn, (*matter.as_bytes(), Opened::Matters)),
        Err(error) => Err(error.into()),
    };
    let target = found.map(|gone| gone.as_ref().and_then(row).map(|row| find::target(&row)));
    let ask = (Action::Read, Resource::Matter);
    match target.and_then(|target| caller.permit(ask, target.as_ref(), Thing::Matter, now)) {
        Ok(_) => Refusal::Damaged(Thing::Matter),
        Err(refused) => refused,
    }
}

fn row(gone: &Gone) -> Option<MatterRow> {
    view::row_in(&gone.last, MatterId::from_bytes(gone.id), gone.opened_at)
}
