//! Lists retention events, the one recorded last first, within the reader's reach.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::access::decide::Reach;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::cases::Page;
use crate::archive::cases::page::{Cursor, items_of};
use crate::archive::cells::{self, PROFILE};
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{CaseId, EventId, RecordId, UserId};
use crate::base::moment::Moment;
use crate::policy::trigger::{EventKey, EventType};
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::events::{self, EventFilter, RetentionEventRow};

use super::key::{self, CASE};
use super::reach::Reaching;

/// Which events a list shows. Everything given must hold.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// What happened.
    pub kind: Option<EventType>,
    /// To whom or to what.
    pub key: Option<(EventKey, String)>,
}

impl std::fmt::Debug for EventQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventQuery").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// An event as a reader may see it.
#[derive(Debug, Clone)]
pub struct EventView {
    /// The event.
    pub id: EventId,
    /// What happened.
    pub kind: String,
    /// On which day.
    pub on: CivilDate,
    /// In which zone.
    pub zone: Zone,
    /// The names of its keys; `all` for an event of all records.
    pub keys: Vec<String>,
    /// The values of its keys, for readers of words.
    pub values: Option<BTreeMap<String, String>>,
    /// Why it was recorded or changed, likewise.
    pub reason: Option<String>,
    /// The case that is one of its keys.
    pub case: Option<CaseId>,
    /// The record that shows it.
    pub record: Option<RecordId>,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// By whom.
    pub recorded_by: UserId,
    /// The event in whose place it stands.
    pub corrects: Option<EventId>,
    /// The event that it takes back.
    pub cancels: Option<EventId>,
    /// The event that corrects it or takes it back.
    pub superseded_by: Option<EventId>,
    /// True if it is not as the ledger says: nothing that stands here counts.
    pub damaged: bool,
}

/// An event as the permission table sees it.
pub(super) fn target(row: &RetentionEventRow) -> Target {
    Target {
        cases: row.case_id.into_iter().collect(),
        made_by: Some(row.recorded_by),
        at: Some(row.recorded_at),
        ..Target::default()
    }
}

impl Archive {
    /// Lists events. `cursor` is the `next` of the page before.
    ///
    /// # Errors
    /// Not permitted, or [`Refusal::BadCursor`].
    pub fn list_events(
        &self,
        caller: &Caller,
        query: &EventQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<EventView>, Refusal> {
        let (now, keys) = (self.inner.now(), self.inner.keys());
        let ask = (Action::List, Resource::Event);
        let reach = caller.reach(ask.0, ask.1, now);
        if reach.is_nothing() {
            return Err(caller.forbidden(ask));
        }
        let cursor = cursor.map(|text| Cursor::parse(text, EventId::parse)).transpose()?;
        self.inner.store.read(|conn| {
            let token = match &query.key {
                None => None,
                Some((name, value)) if name.as_str() == CASE => match key::case_named(&keys, conn, value) {
                    Ok(case) => Some(key::case_token(&keys, case.id)?),
                    Err(Refusal::NotFound(_)) => return Ok(Page { items: Vec::new(), next: None }),
                    Err(other) => return Err(other),
                },
                Some((name, value)) => Some(key::key_token(&keys, name, value)?),
            };
            let (within, recorded_by) = within(caller, reach);
            let kind = query.kind.as_ref().map(|kind| kind.as_str().to_owned());
            let filter = EventFilter { kind, token, within, recorded_by };
            let limit = items_of(limit);
            let rows = events::page(conn, &filter, cursor.map(|cursor| cursor.before), limit)?;
            let full = u32::try_from(rows.len()).is_ok_and(|count| count == limit);
            let last = rows.last().filter(|_| full);
            let next = last.map(|row| Cursor::after(row.recorded_at, row.id).to_text());
            let (ledger, mut reaching) = (self.inner.ledgered(conn)?, Reaching::default());
            let mut items = Vec::with_capacity(rows.len());
            for row in rows {
                if let Some(level) = reach.level_of(caller.rights(), &target(&row)) {
                    items.push(line((&keys, &ledger, &mut reaching), conn, row, level)?);
                }
            }
            Ok(Page { items, next })
        })
    }

    /// One event.
    ///
    /// # Errors
    /// Not there, or not for this caller; [`Refusal::Damaged`].
    pub fn event(&self, caller: &Caller, id: EventId) -> Result<EventView, Refusal> {
        let (now, keys) = (self.inner.now(), self.inner.keys());
        self.inner.store.read(|conn| {
            let row = events::get(conn, id)?;
            let seen = row.as_ref().map(target);
            let ask = (Action::List, Resource::Event);
            let level = caller.permit(ask, seen.as_ref(), Thing::Event, now)?;
            let row = row.ok_or(Refusal::NotFound(Thing::Event))?;
            let (ledger, mut reaching) = (self.inner.ledgered(conn)?, Reaching::default());
            let view = line((&keys, &ledger, &mut reaching), conn, row, level)?;
            if view.damaged { Err(Refusal::Damaged(Thing::Event)) } else { Ok(view) }
        })
    }
}

/// True if the caller may see the event.
///
/// # Errors
/// The database cannot be read.
pub(in crate::archive) fn event_in_sight(
    conn: &mut Conn,
    (caller, now): (&Caller, Moment),
    id: EventId,
) -> Result<bool, Refusal> {
    let reach = caller.reach(Action::List, Resource::Event, now);
    let row = events::get(conn, id)?;
    Ok(row.is_some_and(|row| reach.level_of(caller.rights(), &target(&row)).is_some()))
}

/// The reach in the words of the database.
fn within(caller: &Caller, reach: Reach) -> (Option<Vec<CaseId>>, Option<UserId>) {
    if reach.usual.all.is_some() {
        return (None, None);
    }
    let granted =
        reach.usual.granted.map_or_else(Vec::new, |_| caller.rights().cases.iter().copied().collect());
    (Some(granted), reach.usual.own.map(|_| caller.user()))
}

fn line(
    (keys, ledger, reaching): (&Keyring, &Ledgered<'_>, &mut Reaching),
    conn: &mut Conn,
    row: RetentionEventRow,
    level: Level,
) -> Result<EventView, Refusal> {
    let told = reaching.proved(ledger, conn, row.id).and_then(|standing| {
        let words = match level {
            Level::Facts | Level::Redacted => None,
            Level::Full => {
                let place = (&*row.id.to_string(), PROFILE);
                Some(cells::profile_as(keys, conn, place, standing.words, Thing::Event)?)
            }
        };
        Ok((standing, words))
    });
    let (names, words, damaged) = match told {
        Ok((standing, words)) => (standing.keys.into_iter().map(|key| key.name).collect(), words, false),
        Err(Refusal::Damaged(_)) => (Vec::new(), None, true),
        Err(other) => return Err(other),
    };
    let text = |name: &str| words.as_ref()?.get(name)?.as_str().map(str::to_owned);
    let values = words.as_ref().and_then(|words| words.get("keys")).and_then(Value::as_object).map(|keys| {
        let pairs = keys.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        pairs.collect()
    });
    Ok(EventView {
        reason: text("reason"),
        values,
        keys: names,
        superseded_by: events::successor(conn, row.id)?.map(|row| row.id),
        damaged,
        id: row.id,
        kind: row.kind,
        on: row.occurred_on,
        zone: row.zone,
        case: row.case_id,
        record: row.record_id,
        recorded_at: row.recorded_at,
        recorded_by: row.recorded_by,
        corrects: row.corrects,
        cancels: row.cancels,
    })
}
