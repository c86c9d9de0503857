//! Why a record stands where it stands: every input and every step, to be worked out again by anybody.

use serde_json::Value;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::events::{Reaching, event_in_sight};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::{EventId, RecordId};
use crate::base::moment::Moment;
use crate::record::state::RecordState;
use crate::retention::{Now, Verdict, explain};
use crate::store::rows::records;

use super::guards::Guards;
use super::materialise::materialise;
use super::rules::rest_on_words;

/// An explanation, with the verdict to which it leads.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The verdict.
    pub verdict: Verdict,
    /// Everything that led to it: `docs/formats/explanation.md`.
    pub json: Value,
}

impl Archive {
    /// Materialises a record anew, judges it as of `at` (now, if nothing is said), and tells every step. Holds of which
    /// the caller may not know are no part of it; events that are out of his sight have no id.
    ///
    /// # Errors
    /// Not there or not for this caller; [`Refusal::Forbidden`] where a date stands in the record's words, as a birth
    /// does, and the caller may not read them; [`Refusal::WrongState`] once its content is gone;
    /// [`Refusal::Damaged`].
    pub fn explain_retention(
        &self,
        caller: &Caller,
        record: RecordId,
        at: Option<Moment>,
    ) -> Result<Explained, Refusal> {
        let now = self.inner.now();
        let rules = self.inner.rules(now)?;
        self.inner.store.read(|conn| {
            let row = records::get(conn, record)?;
            let target = row.as_ref().map(|row| Target::record(row.case_id, row.captured_by));
            caller.permit((Action::Read, Resource::Disposition), target.as_ref(), Thing::Record, now)?;
            let (Some(row), Some(target)) = (row, target) else {
                return Err(Refusal::NotFound(Thing::Record));
            };
            if !RecordState::from_row(&row.state).is_some_and(RecordState::is_openable) {
                return Err(Refusal::WrongState);
            }
            let (ledger, mut reaching) = (self.inner.ledgered(conn)?, Reaching::default());
            let (_, mut facts) = materialise((&self.inner, &ledger), conn, &mut reaching, (&row, &rules))?;
            let schedule = &rules.last().ok_or(Refusal::WrongState)?.schedule;
            let words = caller.reach(Action::Read, Resource::Descriptor, now);
            let reads_words = words.level_of(caller.rights(), &target) == Some(Level::Full);
            let tells_words = schedule.holds_words(&facts.versions) || rest_on_words(&rules, &facts);
            if tells_words && !reads_words {
                // A date of the record, as that on which somebody comes of age, says what is sealed of it.
                return Err(Refusal::Forbidden);
            }
            for event in &mut facts.events {
                // The closing of a case bears the id of the case.
                let is_case = row.case_id.is_some_and(|case| case.as_bytes() == event.id.as_bytes());
                if !is_case && !event_in_sight(conn, (caller, now), event.id)? {
                    event.id = EventId::from_bytes([0; 16]);
                }
            }
            let guards = Guards::over(&self.inner, conn, &row)?.told_to(&self.inner, caller, now);
            let now = Now::sane(at.unwrap_or(now));
            let explained = explain(&facts, schedule, &guards.holds, &guards.locks, now);
            Ok(Explained { json: explained.to_json().clone(), verdict: explained.verdict })
        })
    }
}
