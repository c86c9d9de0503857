//! The events that reach a record, by the keyed tokens of its keys. Each is held against the entry that recorded
//! it, and how many there are against how many the ledger tells of: who takes one away, adds one or changes
//! one in the database is found out before anything is judged by it.

use std::collections::{BTreeMap, BTreeSet};

use crate::archive::bound::{Bound, ROWS, digest_in};
use crate::archive::records::{Ledgered, amiss};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::worded;
use crate::base::digest::Digest;
use crate::base::id::EventId;
use crate::ledger::entry::EntryKind;
use crate::record::occurred::Occurred;
use crate::retention::EventFact;
use crate::store::Conn;
use crate::store::rows::LookupToken;
use crate::store::rows::events::{self, EventKeyRow, RetentionEventRow};

use super::facts::{self, EVENT};

/// Events that one reader keeps, so that none is proved twice.
const KEPT_MAX: usize = 20_000;

/// An event that stands, was corrected or was cancelled, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) struct StandingEvent {
    /// Its row.
    pub row: RetentionEventRow,
    /// Its keys.
    pub keys: Vec<EventKeyRow>,
    /// The commitment to its words.
    pub words: Option<Digest>,
}

/// Reads the events of keys, for one reader of one state of the ledger.
#[derive(Default)]
pub(in crate::archive) struct Reaching {
    proved: BTreeMap<EventId, StandingEvent>,
    tokens: BTreeMap<LookupToken, Vec<EventId>>,
}

impl Reaching {
    /// Every event of a key: those that were corrected or cancelled too.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] with [`Thing::Event`] if one is not as its entry says, or there are others than the
    /// ledger tells of.
    pub(in crate::archive) fn of_token(
        &mut self,
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
        token: &LookupToken,
    ) -> Result<Vec<StandingEvent>, Refusal> {
        if self.proved.len() > KEPT_MAX {
            *self = Self::default();
        }
        let ids = match self.tokens.get(token) {
            Some(ids) => ids.clone(),
            None => {
                let (told, rows) = (ledger.heads().events(token)?, events::by_token(conn, token)?);
                if usize::try_from(told) != Ok(rows.len()) {
                    return Err(amiss("the events of a key", ("", Thing::Event)));
                }
                let ids: Vec<EventId> = rows.into_iter().map(|key| key.event_id).collect();
                self.tokens.insert(*token, ids.clone());
                ids
            }
        };
        ids.into_iter().map(|id| self.proved(ledger, conn, id)).collect()
    }

    /// An event, held against the entry that recorded it.
    ///
    /// # Errors
    /// As [`Self::of_token`].
    pub(in crate::archive) fn proved(
        &mut self,
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
        id: EventId,
    ) -> Result<StandingEvent, Refusal> {
        if let Some(known) = self.proved.get(&id) {
            return Ok(known.clone());
        }
        let subject = id.to_string();
        let damaged = || amiss("an event", (&subject, Thing::Event));
        let row = events::get(conn, id)?.ok_or_else(damaged)?;
        let keys = events::keys_of(conn, id)?;
        let entry = worded::beginning(ledger, conn, (&subject, EntryKind::EventRecorded), Thing::Event)?;
        let said = entry.facts.get(ROWS).and_then(|rows| rows.get(Bound::RetentionEvent(id).address()));
        let is_said = said.and_then(digest_in) == Some(digest(&row, &keys))
            && entry.facts.get(EVENT) == Some(&facts::event(&row, &keys));
        if !is_said {
            return Err(damaged());
        }
        let words = worded::commitment_in(&entry.facts, "words");
        let event = StandingEvent { row, keys, words };
        self.proved.insert(id, event.clone());
        Ok(event)
    }

    /// The events that count for a record with these keys: those that nobody corrected or took back. An event
    /// of all records counts under each of the names of keys that `asked` gives for its type.
    ///
    /// # Errors
    /// As [`Self::of_token`].
    pub(in crate::archive) fn facts_of(
        &mut self,
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
        (keys, all): (&[(String, LookupToken)], &LookupToken),
        asked: &BTreeSet<(String, String)>,
    ) -> Result<Vec<EventFact>, Refusal> {
        let mut found: BTreeMap<(EventId, String), StandingEvent> = BTreeMap::new();
        for (name, token) in keys {
            for event in self.of_token(ledger, conn, token)? {
                found.insert((event.row.id, name.clone()), event);
            }
        }
        for event in self.of_token(ledger, conn, all)? {
            for (_, name) in asked.iter().filter(|(kind, _)| *kind == event.row.kind) {
                found.insert((event.row.id, name.clone()), event.clone());
            }
        }
        let gone: BTreeSet<EventId> =
            found.values().flat_map(|event| [event.row.corrects, event.row.cancels]).flatten().collect();
        let stands = |event: &StandingEvent| event.row.cancels.is_none() && !gone.contains(&event.row.id);
        let mut facts = Vec::new();
        for ((_, name), event) in found.iter().filter(|(_, event)| stands(event)) {
            facts.push(fact(&event.row, name)?);
        }
        Ok(facts)
    }
}

fn fact(row: &RetentionEventRow, key: &str) -> Result<EventFact, Refusal> {
    let damaged = |_| Refusal::Damaged(Thing::Event);
    Ok(EventFact {
        id: row.id,
        kind: crate::policy::trigger::EventType::parse(&row.kind).map_err(damaged)?,
        key: crate::policy::trigger::EventKey::parse(key).map_err(damaged)?,
        on: Occurred { on: row.occurred_on, at: None, zone: row.zone },
        recorded_at: row.recorded_at,
    })
}

/// The digest that an entry carries for an event with its keys.
pub(in crate::archive) fn digest(row: &RetentionEventRow, keys: &[EventKeyRow]) -> Digest {
    crate::archive::bound::together(row.fingerprint(), keys.iter().map(EventKeyRow::fingerprint))
}
