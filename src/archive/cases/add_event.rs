//! Notes an event of a case. Events are evidence: none is edited or removed; one that never
//! happened is cancelled by another ([`super::cancel_event`]).

use std::sync::Arc;

use crate::access::permission::{Action, Resource};
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cells::{self, PROFILE};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::digest::Digest;
use crate::base::id::{EventId, RecordId};
use crate::base::limits::{CASE_EVENTS_MAX, EVENT_AHEAD_SECONDS_MAX};
use crate::base::moment::Moment;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::record::case::{CaseEvent, EventDetail, Timeline, timeline};
use crate::record::request::{CaseRef, Fault, FaultCode};
use crate::store::rows::cases::{self, CaseEventRow};
use crate::store::rows::{cells as cell_rows, records};
use crate::store::{Conn, Tx};

use super::entered::Entered;
use super::events::{bare, to_row_state, with_opening};
use super::facts;
use super::find::{self, Standing};
use super::new_event::NewEvent;

impl Archive {
    /// Notes an event of a case.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Order`] if it cannot have happened where it is said
    /// to, or would make another event impossible; [`Refusal::NotFound`] if the record that shows
    /// it does not lie in the case; [`Refusal::Faults`] if it lies in the future.
    pub fn add_case_event(
        &self,
        caller: &Caller,
        case: &CaseRef,
        event: NewEvent,
    ) -> Result<Entered<EventId>, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        let (id, may) = self.inner.store.read(|conn| {
            let ask = (Action::Create, Resource::CaseEvent);
            find::warranted(conn, (caller, now), ask, (&keys, case)).map(|(row, may)| (row.id, may))
        })?;
        refuse_future(event.at, now)?;
        let inner = Arc::clone(&self.inner);
        let by = caller.user();
        Entered::of(self.inner.write_as(caller, may, move |tx, _| {
            let row = cases::get(tx.conn(), id)?.ok_or(Refusal::NotFound(Thing::Case))?;
            if let Some(record) = event.record {
                check_record(tx.conn(), &row, record)?;
            }
            let fresh = CaseEventRow {
                id: EventId::generate(tx.at(), inner.entropy.as_ref()),
                case_id: row.id,
                kind: event.kind.as_str().to_owned(),
                at: event.at,
                zone: event.zone.unwrap_or(row.zone),
                recorded_at: tx.at(),
                recorded_by: by,
                record_id: event.record,
                cancels: None,
            };
            let standing = Standing::of(&inner, tx, row)?;
            let revision = note(&inner, tx, standing, &fresh, &event.detail)?;
            Ok((fresh.id, revision))
        }))
    }
}

fn refuse_future(at: Moment, now: Moment) -> Result<(), Refusal> {
    if at <= now.plus_seconds(EVENT_AHEAD_SECONDS_MAX) {
        return Ok(());
    }
    let code = FaultCode::Contradicts { other: "recorded_at".to_owned() };
    Err(Refusal::Faults(vec![Fault { path: "at".to_owned(), code }]))
}

fn check_record(conn: &mut Conn, case: &cases::CaseRow, record: RecordId) -> Result<(), Refusal> {
    match records::get(conn, record)? {
        Some(row) if row.case_id == Some(case.id) => Ok(()),
        Some(_) | None => Err(Refusal::NotFound(Thing::Record)),
    }
}

/// Writes an event, or the cancellation of one, if the story is still possible with it: with its
/// sealed detail, the state that the case comes to, and the ledger entry. Returns the revision.
pub(super) fn note(
    inner: &Inner,
    tx: &mut Tx<'_>,
    mut case: Standing,
    fresh: &CaseEventRow,
    detail: &EventDetail,
) -> Result<Digest, Refusal> {
    let rows = cases::events_of(tx.conn(), case.row.id)?;
    if rows.len() >= CASE_EVENTS_MAX {
        let code = FaultCode::TooMany { found: rows.len() + 1, most: CASE_EVENTS_MAX };
        return Err(Refusal::Faults(vec![Fault { path: "events".to_owned(), code }]));
    }
    let mut events = rows.iter().map(bare).collect::<Result<Vec<CaseEvent>, Refusal>>()?;
    events.push(bare(fresh)?);
    let line = possible(&with_opening(&case.row, events), fresh)?;
    let was = case.row.state;
    if let (Some(state), Some(opened_at)) = (line.state, line.opened_at) {
        case.row.state = to_row_state(state);
        case.row.opened_at = opened_at;
        case.row.closed_at = line.closed_at;
    }
    if !cases::update(tx.conn(), &case.row, was)? {
        return Err(Refusal::Stale);
    }
    let keys = inner.keys();
    let sealed = cells::seal_profile(inner, &keys, &fresh.id.to_string(), PROFILE, &detail.to_json())?;
    cases::insert_event(tx.conn(), fresh)?;
    cell_rows::insert(tx.conn(), &sealed.row)?;
    let facts = facts::of_event(fresh, sealed.commitment, &case.row, &case.members);
    let rows = [Bound::Case(case.row.id), Bound::Event(fresh.id), Bound::cell(fresh.id, PROFILE)];
    let facts = bind(tx.conn(), facts, &rows)?;
    tx.enter(EntryDraft {
        kind: match fresh.cancels {
            None => EntryKind::CaseEvent,
            Some(_) => EntryKind::CaseEventCancelled,
        },
        subject: case.row.id.to_string(),
        actor: Actor::User(fresh.recorded_by),
        facts,
    })?;
    Ok(case.revision())
}

/// The story, if every event in it can have happened with `fresh` among them.
fn possible(events: &[CaseEvent], fresh: &CaseEventRow) -> Result<Timeline, Refusal> {
    let line = timeline(events);
    let own = line.faults.iter().find(|fault| fault.event() == fresh.id);
    let Some(fault) = own.or(line.faults.first()) else { return Ok(line) };
    let find = |id: EventId| events.iter().find(|event| event.id == id);
    match (find(fresh.id), find(fault.event())) {
        // Another event is in the way: the person who notes this one does not know of it.
        (Some(noted), Some(other)) if noted.id != other.id => {
            Err(Refusal::OtherOrder { noted: noted.kind, other: other.kind, at: other.at, zone: other.zone })
        }
        _ => Err(Refusal::Order(*fault)),
    }
}
