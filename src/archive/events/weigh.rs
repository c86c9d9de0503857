//! What an event that is recorded, corrected or taken back would do, worked out from what the ledger vouches for:
//! which records its keys reach, whether an end comes nearer, and whether its keys reach what the caller sees.

use std::collections::BTreeSet;

use crate::access::permission::{Action, Resource};
use crate::archive::caller::Caller;
use crate::archive::records::Ledgered;
use crate::archive::refusal::Refusal;
use crate::archive::retention::{CASE_CLOSED, Reached};
use crate::archive::{Inner, rows};
use crate::base::civil::{CivilDate, Zone};
use crate::base::moment::Moment;
use crate::store::Conn;
use crate::store::rows::LookupToken;

use super::affected::{Affected, is_destroyed};
use super::key::{self, ALL, CASE};
use super::nearer::{Doing, comes_nearer};
use super::reach::{Reaching, StandingEvent};

/// An event, and what is done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighing<'w> {
    /// What happened.
    pub kind: &'w str,
    /// To whom or to what.
    pub keys: &'w [(String, LookupToken)],
    /// The zone of its day.
    pub zone: Zone,
    /// What is done.
    pub doing: Doing,
}

/// What would come of it.
#[derive(Debug, Clone)]
pub(super) struct Weighed {
    /// The records that it reaches; `None` for an event of all records.
    pub affected: Option<Affected>,
    /// Those of them that are gone and that the caller sees.
    pub destroyed_in_sight: usize,
    /// True if it takes a second person.
    pub needs_second: bool,
}

/// Weighs it. A second person is needed where an end could come nearer, and where a key reaches nothing that the
/// caller sees: the answer is the same whether it reaches something else or nothing at all.
///
/// # Errors
/// [`Refusal::Damaged`] if an event, or what its keys reach, is not as the ledger says.
pub(super) fn weigh(
    (inner, ledger): (&Inner, &Ledgered<'_>),
    conn: &mut Conn,
    reaching: &mut Reaching,
    (caller, now): (&Caller, Moment),
    event: Weighing<'_>,
) -> Result<Weighed, Refusal> {
    let today = CivilDate::of(now, event.zone).ok();
    if event.keys.iter().any(|(name, _)| name == ALL) {
        let needs_second = all_comes_nearer(ledger, conn, reaching, (&event, today))?;
        return Ok(Weighed { affected: None, destroyed_in_sight: 0, needs_second });
    }
    let tokens: BTreeSet<LookupToken> = event.keys.iter().map(|(_, token)| *token).collect();
    let reached = inner.reached_by(ledger, conn, &tokens)?;
    let affected = Affected::of(reached.iter().map(|reached| &reached.row));
    let in_sight = |reached: &&Reached| rows::is_in_sight(caller.rights(), &reached.row, now);
    let gone = reached.iter().filter(in_sight).filter(|reached| is_destroyed(&reached.row));
    let destroyed_in_sight = gone.count();
    let sees_all = caller.reach(Action::Read, Resource::Record, now).usual.all.is_some();
    let is_seen = |(name, token): &(String, LookupToken)| {
        let has = |reached: &&Reached| reached.keys.iter().any(|(_, key)| key == token);
        // A case out of sight was refused before.
        sees_all || name == CASE || reached.iter().filter(has).any(|reached| in_sight(&reached))
    };
    // The closing of a case is said by the case itself.
    let is_odd = event.kind == CASE_CLOSED;
    let needs_second = is_odd
        || !event.keys.iter().all(is_seen)
        || one_comes_nearer((inner, ledger), conn, reaching, (&event, today), &reached)?;
    Ok(Weighed { affected: Some(affected), destroyed_in_sight, needs_second })
}

/// Of an event of all records nobody looks at each record: what is not plainly later could bring one nearer.
fn all_comes_nearer(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    reaching: &mut Reaching,
    (event, today): (&Weighing<'_>, Option<CivilDate>),
) -> Result<bool, Refusal> {
    let Doing::Correct(id, on) = event.doing else { return Ok(true) };
    let was = reaching.proved(ledger, conn, id)?.row.occurred_on;
    Ok(on < was || today.is_none_or(|today| on > today))
}

/// Each key is weighed by itself, and with the others of its name that a record has.
fn one_comes_nearer(
    (inner, ledger): (&Inner, &Ledgered<'_>),
    conn: &mut Conn,
    reaching: &mut Reaching,
    (event, today): (&Weighing<'_>, Option<CivilDate>),
    reached: &[Reached],
) -> Result<bool, Refusal> {
    let Some(today) = today else { return Ok(true) };
    let mut together: BTreeSet<BTreeSet<LookupToken>> = BTreeSet::new();
    for (name, token) in event.keys {
        together.insert(BTreeSet::from([*token]));
        for record in reached.iter().filter(|record| record.keys.iter().any(|(_, key)| key == token)) {
            let of_name = record.keys.iter().filter(|(of, _)| of == name);
            together.insert(of_name.map(|(_, token)| *token).collect());
        }
    }
    let all = key::all_token(&inner.keys())?;
    for mut tokens in together {
        tokens.insert(all);
        let mut found: Vec<StandingEvent> = Vec::new();
        for token in &tokens {
            found.extend(reaching.of_token(ledger, conn, token)?);
        }
        let of_type: Vec<&StandingEvent> =
            found.iter().filter(|other| other.row.kind == event.kind).collect();
        if comes_nearer(&of_type, event.doing, today) {
            return Ok(true);
        }
    }
    Ok(false)
}
