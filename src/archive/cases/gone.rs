//! Cases that were opened and have no row any more, as lists and the view of one tell of them.

use serde_json::{Map, Value};

use super::list::Asked;
use super::page::Page;
use super::view::CaseSummary;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::archive::caller::Caller;
use crate::archive::gone::{self, Gone};
use crate::archive::last_words::Opened;
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::Zone;
use crate::base::id::{CaseId, UserId};
use crate::base::moment::Moment;
use crate::store::Conn;
use crate::store::rows::Before;
use crate::store::rows::cases::{self, CaseState};

/// Puts the lines of such cases where their rows would stand: between `after`, the end of the page before,
/// and `until`, that of this one.
///
/// # Errors
/// [`Refusal::Damaged`] if there are too many, or the ledger cannot be read.
pub(super) fn add(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    asked: &Asked<'_>,
    (after, until): (Option<Before<CaseId>>, Option<Before<CaseId>>),
    page: &mut Page<CaseSummary>,
) -> Result<(), Refusal> {
    for gone in in_reach(ledger, conn, asked)? {
        let place = (gone.opened_at, CaseId::from_bytes(gone.id));
        let within = after.is_none_or(|after| place < (after.at, after.id))
            && until.is_none_or(|until| (until.at, until.id) < place);
        if within {
            page.items.extend(line(&gone));
        }
    }
    page.items.sort_by_key(|line| std::cmp::Reverse((line.created_at, line.id)));
    Ok(())
}

/// Those that the caller would see among what he asks for. One of a reference is not looked for: no entry says
/// which references there were.
///
/// # Errors
/// As [`gone::all`].
pub(super) fn in_reach(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    asked: &Asked<'_>,
) -> Result<Vec<Gone>, Refusal> {
    if asked.query.reference.is_some() {
        return Ok(Vec::new());
    }
    let mut gone = gone::all(ledger, conn, Opened::Cases)?;
    let sees = |one: &Gone| asked.reach.level_of(asked.caller.rights(), &target(one)).is_some();
    gone.retain(|one| is_asked_for(asked, one) && sees(one));
    Ok(gone)
}

/// The answer to who asks for a case by an id that has no row in his reach: [`Refusal::Damaged`] where he would
/// see a case that was opened and is gone, otherwise as of one that never was.
pub(super) fn refusal(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    (caller, now): (&Caller, Moment),
    ask: (Action, Resource),
    case: CaseId,
) -> Refusal {
    let stands = cases::get(conn, case).map(|row| row.is_some());
    let found = match stands {
        // Out of reach: nothing is gone.
        Ok(true) => Ok(None),
        Ok(false) => gone::one(ledger, conn, (*case.as_bytes(), Opened::Cases)),
        Err(error) => Err(error.into()),
    };
    let target = found.map(|gone| gone.map(|gone| target(&gone)));
    match target.and_then(|target| caller.permit(ask, target.as_ref(), Thing::Case, now)) {
        Ok(_) => Refusal::Damaged(Thing::Case),
        Err(refused) => refused,
    }
}

fn facts(gone: &Gone) -> Option<&Map<String, Value>> {
    gone.last.facts.get("case").and_then(Value::as_object)
}

fn text<'g>(gone: &'g Gone, name: &str) -> Option<&'g str> {
    facts(gone)?.get(name)?.as_str()
}

fn target(gone: &Gone) -> Target {
    Target {
        cases: vec![CaseId::from_bytes(gone.id)],
        made_by: text(gone, "created_by").and_then(|id| UserId::parse(id).ok()),
        at: Some(gone.opened_at),
        ..Target::default()
    }
}

fn is_asked_for(asked: &Asked<'_>, gone: &Gone) -> bool {
    let query = asked.query;
    query.state.is_none_or(|state| text(gone, "state") == Some(state.as_str()))
        && query.party.is_none_or(|party| super::facts::parts_of(&gone.last.facts, party) > 0)
}

fn line(gone: &Gone) -> Option<CaseSummary> {
    let moment = |name: &str| text(gone, name).and_then(|at| Moment::parse(at).ok());
    Some(CaseSummary {
        id: CaseId::from_bytes(gone.id),
        level: Level::Facts,
        words: None,
        state: CaseState::parse(text(gone, "state")?)?,
        tier: None,
        priority: None,
        language: text(gone, "language").map(str::to_owned),
        opened_at: moment("opened_at")?,
        closed_at: moment("closed_at"),
        zone: Zone::parse(text(gone, "zone")?).ok()?,
        created_at: gone.opened_at,
        damaged: true,
    })
}
