//! Takes an event back that never happened. Both stay: the event and its cancellation, which says why.

use std::sync::Arc;

use crate::access::permission::{Action, Resource};
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::EventId;
use crate::record::case::EventDetail;
use crate::record::request::CaseRef;
use crate::store::rows::cases::{self, CaseEventRow};

use super::add_event::note;
use super::entered::Entered;
use super::find::{self, Standing};
use super::reason::Reason;

impl Archive {
    /// Cancels an event of a case.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::WrongState`] if it is cancelled already or is itself
    /// a cancellation; [`Refusal::Order`] if the events that stand are impossible without it.
    pub fn cancel_case_event(
        &self,
        caller: &Caller,
        case: &CaseRef,
        event: EventId,
        reason: &Reason,
    ) -> Result<Entered<EventId>, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        let (case, may) = self.inner.store.read(|conn| {
            let ask = (Action::Cancel, Resource::CaseEvent);
            find::warranted(conn, (caller, now), ask, (&keys, case)).map(|(row, may)| (row.id, may))
        })?;
        let inner = Arc::clone(&self.inner);
        let by = caller.user();
        let detail = EventDetail { note: Some(reason.as_str().to_owned()), ..EventDetail::default() };
        Entered::of(self.inner.write_as(caller, may, move |tx, _| {
            let row = cases::get(tx.conn(), case)?.ok_or(Refusal::NotFound(Thing::Case))?;
            let events = cases::events_of(tx.conn(), case)?;
            let wrong = events.iter().find(|row| row.id == event);
            let wrong = wrong.ok_or(Refusal::NotFound(Thing::CaseEvent))?;
            if wrong.cancels.is_some() || events.iter().any(|row| row.cancels == Some(event)) {
                return Err(Refusal::WrongState);
            }
            let fresh = CaseEventRow {
                id: EventId::generate(tx.at(), inner.entropy.as_ref()),
                case_id: case,
                kind: wrong.kind.clone(),
                at: tx.at(),
                zone: row.zone,
                recorded_at: tx.at(),
                recorded_by: by,
                record_id: None,
                cancels: Some(event),
            };
            let standing = Standing::of(&inner, tx, row)?;
            let revision = note(&inner, tx, standing, &fresh, &detail)?;
            Ok((fresh.id, revision))
        }))
    }
}
