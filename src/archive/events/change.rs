//! Corrects an event, or takes it back: by another event, never by changing it. What can only move an end away
//! counts at once; what could bring one nearer takes a second person, who is given the list of the records.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::two_person::TwoPersonAction;
use crate::archive::acting::Warrant;
use crate::archive::approvals::{ApprovalRequest, Step};
use crate::archive::caller::Caller;
use crate::archive::cases::Reason;
use crate::archive::cells::{self, PROFILE};
use crate::archive::receipt::LedgerPlace;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{ApprovalId, EventId, UserId};
use crate::store::Conn;
use crate::store::rows::LookupToken;
use crate::store::rows::events;

use super::affected::Affected;
use super::key::ALL;
use super::list::target;
use super::nearer::Doing;
use super::reach::{Reaching, StandingEvent};
use super::record::{Prepared, enter};
use super::weigh::{Weighed, Weighing, weigh};

/// What becomes of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventChangeKind {
    /// It happened on this day, not on the one that was recorded.
    Correct {
        /// The right day.
        on: CivilDate,
        /// Its zone; the event's own if not said.
        zone: Option<Zone>,
    },
    /// It never happened.
    Cancel,
}

/// A change of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventChange {
    /// The event.
    pub event: EventId,
    /// What becomes of it.
    pub kind: EventChangeKind,
    /// Why.
    pub reason: Reason,
}

/// A change that was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangedEvent {
    /// The event that corrects the other or takes it back.
    pub id: EventId,
    /// Records in the caller's sight that it reaches and whose content is gone already. The entry says how many there
    /// are in all.
    pub destroyed: usize,
    /// Where it stands in the ledger.
    pub ledger: LedgerPlace,
}

/// A change, worked out against what stands.
struct Planned {
    standing: StandingEvent,
    on: CivilDate,
    zone: Zone,
    target: Target,
    may: Warrant,
    keys: Vec<(String, LookupToken)>,
    weighed: Weighed,
}

impl Archive {
    /// Corrects an event or takes it back.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::WrongState`] for an event that was corrected or taken back
    /// already, or that takes one back; [`Refusal::NeedsSecondPerson`] where an end could come nearer: see
    /// [`Archive::request_event_change_approval`].
    pub fn change_event(
        &self,
        caller: &Caller,
        change: &EventChange,
        approval: Option<ApprovalId>,
    ) -> Result<ChangedEvent, Refusal> {
        let planned = self.planned(caller, change)?;
        let (inner, may, change) = (Arc::clone(&self.inner), planned.may.clone(), change.clone());
        let tokens: Vec<LookupToken> = planned.keys.iter().map(|(_, token)| *token).collect();
        let in_sight = planned.weighed.destroyed_in_sight;
        let written = self.inner.write_as(caller, may, move |tx, caller| {
            if events::successor(tx.conn(), change.event)?.is_some() {
                return Err(Refusal::WrongState);
            }
            let countersign = match planned.weighed.needs_second {
                false => None,
                true => {
                    // What the keys reach now must be what the second person saw.
                    let affected = match &planned.weighed.affected {
                        None => None,
                        Some(_) => Some(Affected::by_rows(tx.conn(), &tokens)?),
                    };
                    let parameters = change.parameters(&planned, affected.as_ref());
                    let step = Step {
                        action: TwoPersonAction::CorrectEvent,
                        subject: &subject(&inner, &planned),
                        parameters: &parameters,
                        target: &planned.target,
                        by: caller.user(),
                        approval,
                    };
                    Some(step.countersign(&inner, tx)?)
                }
            };
            let destroyed = planned.weighed.affected.as_ref().map_or(0, |affected| affected.destroyed);
            let (corrects, cancels) = match change.kind {
                EventChangeKind::Correct { .. } => (Some(change.event), None),
                EventChangeKind::Cancel => (None, Some(change.event)),
            };
            let prepared = prepared(&inner, tx.conn(), &planned, &change.reason)?;
            enter(&inner, tx, prepared, caller.user(), (corrects, cancels), (countersign, destroyed))
        });
        let written = written.map_err(Refusal::from)?;
        let index = written.first_seq + written.count.saturating_sub(1);
        let ledger = LedgerPlace { index, size: written.checkpoint_size };
        Ok(ChangedEvent { id: written.value, destroyed: in_sight, ledger })
    }

    /// Asks for the second person without whom no end comes nearer, with the list of the records that the event
    /// reaches now.
    ///
    /// # Errors
    /// What the change itself would be refused for, [`Refusal::WrongState`] if it needs no approval, or what
    /// [`Archive::request_approval`] refuses. Of more records than anybody could look through the second person
    /// is told how many there are.
    pub fn request_event_change_approval(
        &self,
        caller: &Caller,
        change: &EventChange,
        approver: Option<UserId>,
    ) -> Result<ApprovalId, Refusal> {
        let planned = self.planned(caller, change)?;
        if !planned.weighed.needs_second {
            return Err(Refusal::WrongState);
        }
        let wanted = ApprovalRequest {
            action: TwoPersonAction::CorrectEvent,
            subject: subject(&self.inner, &planned),
            parameters: change.parameters(&planned, planned.weighed.affected.as_ref()),
            reason: change.reason.as_str().to_owned(),
            approver,
        };
        let items = planned.weighed.affected.as_ref().and_then(|affected| affected.text.as_deref());
        self.request_approval_of((caller, planned.may), &wanted, planned.target, items)
    }

    fn planned(&self, caller: &Caller, change: &EventChange) -> Result<Planned, Refusal> {
        // Keys of records that were captured a moment ago count as well.
        self.judge_all_pending()?;
        let now = self.inner.now();
        self.inner.store.read(|conn| {
            let ledger = self.inner.ledgered(conn)?;
            let mut reaching = Reaching::default();
            let found = events::get(conn, change.event)?;
            let seen = found.as_ref().map(target);
            let ask = (Action::Change, Resource::Event);
            let may = caller.warrant_with_approval(ask, seen.as_ref(), Thing::Event, now)?;
            let standing = reaching.proved(&ledger, conn, change.event)?;
            let target = seen.ok_or(Refusal::NotFound(Thing::Event))?;
            if standing.row.cancels.is_some() || events::successor(conn, change.event)?.is_some() {
                return Err(Refusal::WrongState);
            }
            let (on, zone) = match change.kind {
                EventChangeKind::Correct { on, zone } => (on, zone.unwrap_or(standing.row.zone)),
                EventChangeKind::Cancel => (standing.row.occurred_on, standing.row.zone),
            };
            let doing = match change.kind {
                EventChangeKind::Correct { on, .. } => Doing::Correct(change.event, on),
                EventChangeKind::Cancel => Doing::Cancel(change.event),
            };
            let keys: Vec<(String, LookupToken)> =
                standing.keys.iter().map(|key| (key.name.clone(), key.token)).collect();
            let weighing = Weighing { kind: &standing.row.kind, keys: &keys, zone, doing };
            let weighed = weigh((&self.inner, &ledger), conn, &mut reaching, (caller, now), weighing)?;
            Ok(Planned { standing, on, zone, target, may, keys, weighed })
        })
    }
}

/// What a request is about: the case of the event, or the archive where it has none.
fn subject(inner: &Inner, planned: &Planned) -> String {
    planned.standing.row.case_id.map_or_else(|| inner.keys().archive.to_string(), |case| case.to_string())
}

impl EventChange {
    fn parameters(&self, planned: &Planned, affected: Option<&Affected>) -> Value {
        let mut parameters = json!({
            "change": match self.kind {
                EventChangeKind::Correct { .. } => "correct",
                EventChangeKind::Cancel => "cancel",
            },
            "event": self.event.to_string(),
            "on": planned.on.to_string(),
            "type": planned.standing.row.kind,
            "was_on": planned.standing.row.occurred_on.to_string(),
            "zone": planned.zone.name(),
        });
        let listed = match affected {
            Some(affected) => affected.to_json(),
            None => json!({"all": true}),
        };
        if let (Some(parameters), Value::Object(listed)) = (parameters.as_object_mut(), listed) {
            parameters.extend(listed);
        }
        parameters
    }
}

/// The event that takes the other's place, with the same keys.
fn prepared(inner: &Inner, conn: &mut Conn, planned: &Planned, reason: &Reason) -> Result<Prepared, Refusal> {
    let StandingEvent { row, keys, words } = &planned.standing;
    let ring = inner.keys();
    let mut words = cells::profile_as(&ring, conn, (&row.id.to_string(), PROFILE), *words, Thing::Event)?;
    if let Some(words) = words.as_object_mut() {
        words.insert("reason".to_owned(), Value::from(reason.as_str()));
        // The number there is that of the event that was recorded.
        words.shift_remove("source");
    }
    Ok(Prepared {
        kind: row.kind.clone(),
        on: planned.on,
        zone: planned.zone,
        case: row.case_id,
        record: row.record_id,
        source: None,
        keys: planned.keys.clone(),
        words,
        is_all: keys.iter().any(|key| key.name == ALL),
        target: planned.target.clone(),
        approval: None,
    })
}
