//! Which parties a caller reaches: a party lies in the cases and records that name it.

use crate::access::decide::Reach;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::PartyId;
use crate::base::moment::Moment;
use crate::store::Conn;
use crate::store::rows::parties::{self, PartyRow, PartyScope};

/// What a caller reaches: everything, or a part of it.
pub(super) struct PartyReach {
    /// `None` for everything.
    pub scope: Option<PartyScope>,
    /// How much of each party is shown.
    pub sight: Sight,
}

/// How much of a party is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sight {
    /// Of its name.
    pub level: Level,
    /// Since when the archive knows it. Somebody who sees a part of the cases would learn from it that the
    /// customer stood in others before.
    pub since: bool,
}

/// True if the caller may read names of parties: to anybody else no name that he tries is told to be anybody's.
pub(in crate::archive) fn reads_names(caller: &Caller, now: Moment) -> bool {
    of(caller, Action::Read, now).is_ok_and(|reach| reach.sight.level == Level::Full)
}

/// The reach of one action over parties.
///
/// # Errors
/// [`Refusal::Forbidden`] if no role of the caller reaches any party.
pub(super) fn of(caller: &Caller, action: Action, now: Moment) -> Result<PartyReach, Refusal> {
    let reach: Reach = caller.reach(action, Resource::Party, now);
    let levels = reach.usual;
    if let Some(level) = levels.all {
        return Ok(PartyReach { scope: None, sight: Sight { level, since: true } });
    }
    let level = levels.granted.into_iter().chain(levels.own).max();
    let level = level.ok_or_else(|| caller.forbidden((action, Resource::Party)))?;
    let rights = caller.rights();
    let cases = levels.granted.map_or_else(Vec::new, |_| rights.cases.iter().copied().collect());
    let made_by = levels.own.map(|_| caller.user());
    let sight = Sight { level, since: false };
    Ok(PartyReach { scope: Some(PartyScope { cases, made_by }), sight })
}

/// The party, if the caller may do this to it.
///
/// # Errors
/// [`Refusal::Forbidden`], or [`Refusal::NotFound`] for one out of reach as for one that does not exist.
pub(super) fn permitted(
    conn: &mut Conn,
    (caller, now): (&Caller, Moment),
    action: Action,
    party: PartyId,
) -> Result<(PartyRow, Sight), Refusal> {
    let PartyReach { scope, sight } = of(caller, action, now)?;
    let found = match &scope {
        None => parties::get(conn, party)?,
        Some(scope) => parties::get_within(conn, scope, party)?,
    };
    // What was found lies in reach: the table is asked once more for what the step needs besides.
    let target = found.as_ref().map(|_| Target {
        cases: caller.rights().cases.iter().copied().collect(),
        made_by: Some(caller.user()),
        ..Target::default()
    });
    caller.permit((action, Resource::Party), target.as_ref(), Thing::Party, now)?;
    Ok((found.ok_or(Refusal::NotFound(Thing::Party))?, sight))
}

/// Refuses a party that the caller does not see.
///
/// # Errors
/// As for showing it.
pub(in crate::archive) fn must_be_in_sight(
    conn: &mut Conn,
    asks: (&Caller, Moment),
    party: PartyId,
) -> Result<(), Refusal> {
    permitted(conn, asks, Action::Read, party).map(|_| ())
}
