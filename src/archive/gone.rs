//! Cases and matters of which the ledger tells and of which no row stands any more. How many were opened is
//! known, so a list counts; only where other many rows stand is it looked for which are gone. What is told of
//! one is what its last entry says.

use std::collections::HashSet;
use std::rc::Rc;

use crate::archive::last_words::Opened;
use crate::archive::records::{Ledgered, amiss};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::ledger::entry::{Entry, EntryKind};
use crate::store::rows::{cases, exports, ledger, matters};
use crate::store::{Conn, StoreError};

/// So many are told of one by one; where more are gone, a list is refused.
const GONE_MAX: usize = 200;

/// A case or a matter without a row.
pub(super) struct Gone {
    /// Its id.
    pub id: [u8; 16],
    /// When it was opened; where the entry of that cannot be found, when something was last entered about it.
    pub opened_at: Moment,
    /// The last entry that vouches for its row.
    pub last: Rc<Entry>,
}

/// Every case, or every matter, that was opened and has no row.
///
/// # Errors
/// [`Refusal::Damaged`] if there are too many, or the ledger cannot be read.
pub(super) fn all(ledger: &Ledgered<'_>, conn: &mut Conn, what: Opened) -> Result<Vec<Gone>, Refusal> {
    let (standing, thing) = match what {
        Opened::Cases => (cases::count_all(conn)?, Thing::Case),
        Opened::Matters => (matters::count_all(conn)?, Thing::Matter),
    };
    if u64::from(ledger.heads().opened(what)?) == standing {
        return Ok(Vec::new());
    }
    let standing = standing_ids(conn)?;
    let mut gone = Vec::new();
    for id in ledger.heads().subjects().into_iter().filter(|id| !standing.contains(id)) {
        if let Some(one) = find(ledger, conn, (id, thing))?.filter(|one| kind_of(&one.last) == Some(what)) {
            gone.push(one);
        }
        if gone.len() > GONE_MAX {
            return Err(amiss("so many are gone that a page cannot tell of them", ("", thing)));
        }
    }
    Ok(gone)
}

/// What the ledger has of a case or a matter of which no row stands; `None` if it tells of none of this kind.
///
/// # Errors
/// [`Refusal::Damaged`] if its last entry cannot be read.
pub(super) fn one(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    (id, what): ([u8; 16], Opened),
) -> Result<Option<Gone>, Refusal> {
    let thing = match what {
        Opened::Cases => Thing::Case,
        Opened::Matters => Thing::Matter,
    };
    Ok(find(ledger, conn, (id, thing))?.filter(|gone| kind_of(&gone.last) == Some(what)))
}

fn find(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    (id, thing): ([u8; 16], Thing),
) -> Result<Option<Gone>, Refusal> {
    let Some(story) = ledger.heads().story(&id)? else { return Ok(None) };
    // All ids have one form.
    let subject = RecordId::from_bytes(id).to_string();
    let last = ledger.at(conn, story.row, (&subject, thing))?;
    let opened_at = begun_at(ledger, conn, (&subject, thing))?.unwrap_or(last.at);
    Ok(Some(Gone { id, opened_at, last }))
}

/// When the first entry about it was made, if it can be found by what stands beside it.
fn begun_at(ledger: &Ledgered<'_>, conn: &mut Conn, about: (&str, Thing)) -> Result<Option<Moment>, Refusal> {
    let row = match ledger::first_about(conn, about.0) {
        Err(StoreError::Corrupt { .. }) => return Ok(None),
        found => found?,
    };
    let Some(row) = row else { return Ok(None) };
    match ledger.prove(conn, &row, about) {
        Ok(entry) => {
            let begins = matches!(entry.kind, EntryKind::CaseOpened | EntryKind::MatterOpened);
            Ok(begins.then_some(entry.at))
        }
        Err(Refusal::Damaged(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Of what an entry that vouches for a row tells; `None` for an export.
fn kind_of(entry: &Entry) -> Option<Opened> {
    match entry.kind {
        EntryKind::CaseOpened
        | EntryKind::CaseChanged
        | EntryKind::CaseEvent
        | EntryKind::CaseEventCancelled => Some(Opened::Cases),
        EntryKind::MatterOpened | EntryKind::MatterChanged => Some(Opened::Matters),
        _ => None,
    }
}

/// The ids of everything that has a story and a row.
fn standing_ids(conn: &mut Conn) -> Result<HashSet<[u8; 16]>, Refusal> {
    let mut ids = HashSet::new();
    cases::scan(conn, &mut |row| {
        ids.extend(row.ok().map(|row| *row.id.as_bytes()));
        Ok::<_, Refusal>(())
    })?;
    matters::scan(conn, &mut |row| {
        ids.extend(row.ok().map(|row| *row.id.as_bytes()));
        Ok::<_, Refusal>(())
    })?;
    exports::scan(conn, &mut |row| {
        ids.extend(row.ok().map(|row| *row.id.as_bytes()));
        Ok::<_, Refusal>(())
    })?;
    Ok(ids)
}
