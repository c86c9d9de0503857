//! The time line of a case: its events in order, the state they lead to, and the stretches in
//! which the service clock stood.

use std::collections::HashSet;

use super::event::{CaseEvent, Cost, EventKind, Responsible};
use crate::base::id::EventId;
use crate::base::moment::Moment;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CaseState {
    /// Being worked on.
    Open,
    /// Waiting for somebody outside.
    Paused,
    /// Solved, and not yet closed.
    Resolved,
    /// Finished.
    Closed,
}

impl CaseState {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paused => "paused",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// Reads [`Self::as_str`]'s word; `None` for any other.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Open, Self::Paused, Self::Resolved, Self::Closed].into_iter().find(|s| s.as_str() == word)
    }

    /// True once the service has ended (until it is reopened).
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed)
    }
}

/// An event that cannot have happened where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderFault {
    /// Something happened before the case was opened.
    #[error("event {event}: the case was not open yet")]
    NotOpened {
        /// The event.
        event: EventId,
    },
    /// The state does not admit it.
    #[error("event {event}: {} cannot follow while the case is {}", kind.as_str(), state.as_str())]
    NotNow {
        /// The event.
        event: EventId,
        /// What it claims.
        kind: EventKind,
        /// The state it meets.
        state: CaseState,
    },
    /// A first response after a first response.
    #[error("event {event}: a first response was given already")]
    SecondFirstResponse {
        /// The later event.
        event: EventId,
    },
    /// It cancels an event that the case does not have, or that is itself a cancellation.
    #[error("event {event}: the event it cancels is unknown")]
    CancelsUnknown {
        /// The cancelling event.
        event: EventId,
    },
}

impl OrderFault {
    /// The event that cannot have happened where it stands.
    pub const fn event(self) -> EventId {
        match self {
            Self::NotOpened { event }
            | Self::NotNow { event, .. }
            | Self::SecondFirstResponse { event }
            | Self::CancelsUnknown { event } => event,
        }
    }
}

/// Why the clock stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// The case was paused.
    Paused,
    /// The case counted as resolved (and was reopened later).
    Resolved,
}

/// A stretch in which the service clock stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// Its first instant.
    pub from: Moment,
    /// The instant at which the clock ran again; absent while it stands.
    pub until: Option<Moment>,
    /// Why.
    pub reason: StopReason,
}

/// What the events of a case amount to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The state after the last event; absent before the case is opened.
    pub state: Option<CaseState>,
    /// When the case was opened.
    pub opened_at: Option<Moment>,
    /// When the first response was given.
    pub first_response_at: Option<Moment>,
    /// When it was resolved, if it still counts as resolved or was closed since.
    pub resolved_at: Option<Moment>,
    /// When it was closed, if it still is.
    pub closed_at: Option<Moment>,
    /// Stretches without service clock, in order, not overlapping.
    pub stops: Vec<Stop>,
    /// Who became responsible when, in order.
    pub responsible: Vec<(Moment, Responsible)>,
    /// Time and material spent.
    pub cost: Cost,
    /// Events that cannot have happened as told; they are left out of everything above.
    pub faults: Vec<OrderFault>,
}

impl Timeline {
    /// When the service ended: resolved, or closed without having been resolved.
    pub fn ended_at(&self) -> Option<Moment> {
        self.resolved_at.or(self.closed_at)
    }
}

/// Puts events in order and follows them. Events of one instant are taken in the order that the
/// state admits, so that an import with whole seconds or whole days is not refused for it.
pub fn timeline(events: &[CaseEvent]) -> Timeline {
    let mut line = Timeline::default();
    let standing = without_cancelled(events, &mut line.faults);
    let mut rest: Vec<&CaseEvent> = standing;
    rest.sort_by_key(|event| (event.at, rank(event.kind), event.id));
    let mut from = 0;
    while let Some(first) = rest.get(from) {
        let at = first.at;
        let until = rest.iter().skip(from).position(|event| event.at != at).map_or(rest.len(), |n| from + n);
        let mut group: Vec<&CaseEvent> = rest.get(from..until).unwrap_or_default().to_vec();
        while !group.is_empty() {
            let next = group.iter().position(|event| line.admits(event).is_ok()).unwrap_or(0);
            line.take(group.remove(next));
        }
        from = until;
    }
    line
}

/// Who was responsible at `at`: the last person or team named up to that instant.
pub fn responsible_at(events: &[CaseEvent], at: Moment) -> Option<Responsible> {
    let line = timeline(events);
    line.responsible.into_iter().take_while(|(since, _)| *since <= at).last().map(|(_, who)| who)
}

fn rank(kind: EventKind) -> usize {
    EventKind::ALL.iter().position(|other| *other == kind).unwrap_or(EventKind::ALL.len())
}

fn without_cancelled<'a>(events: &'a [CaseEvent], faults: &mut Vec<OrderFault>) -> Vec<&'a CaseEvent> {
    let real: HashSet<EventId> =
        events.iter().filter(|event| event.cancels.is_none()).map(|event| event.id).collect();
    let mut cancelled = HashSet::new();
    for event in events {
        if let Some(target) = event.cancels {
            if real.contains(&target) {
                cancelled.insert(target);
            } else {
                faults.push(OrderFault::CancelsUnknown { event: event.id });
            }
        }
    }
    events.iter().filter(|event| event.cancels.is_none() && !cancelled.contains(&event.id)).collect()
}

impl Timeline {
    fn admits(&self, event: &CaseEvent) -> Result<(), OrderFault> {
        use CaseState::{Closed, Open, Paused, Resolved};
        let Some(state) = self.state else {
            return match event.kind {
                EventKind::Opened => Ok(()),
                _ => Err(OrderFault::NotOpened { event: event.id }),
            };
        };
        let legal = match event.kind {
            EventKind::Opened => false,
            EventKind::FirstResponse => matches!(state, Open | Paused),
            EventKind::Assigned | EventKind::Escalated => state != Closed,
            EventKind::Paused => state == Open,
            EventKind::Resumed => state == Paused,
            EventKind::Resolved => matches!(state, Open | Paused),
            EventKind::Reopened => matches!(state, Resolved | Closed),
            EventKind::Closed => state != Closed,
            EventKind::Cost => true,
        };
        if !legal {
            return Err(OrderFault::NotNow { event: event.id, kind: event.kind, state });
        }
        if event.kind == EventKind::FirstResponse && self.first_response_at.is_some() {
            return Err(OrderFault::SecondFirstResponse { event: event.id });
        }
        Ok(())
    }

    fn take(&mut self, event: &CaseEvent) {
        if let Err(fault) = self.admits(event) {
            self.faults.push(fault);
            return;
        }
        let at = event.at;
        match event.kind {
            EventKind::Opened => {
                self.opened_at = Some(at);
                self.state = Some(CaseState::Open);
            }
            EventKind::FirstResponse => self.first_response_at = Some(at),
            EventKind::Assigned | EventKind::Escalated => {
                if let Some(who) = event.responsible() {
                    self.responsible.push((at, who));
                }
            }
            EventKind::Paused => {
                self.stop(at, StopReason::Paused);
                self.state = Some(CaseState::Paused);
            }
            EventKind::Resumed => {
                self.go(at);
                self.state = Some(CaseState::Open);
            }
            EventKind::Resolved => {
                self.go(at);
                self.stop(at, StopReason::Resolved);
                self.resolved_at = Some(at);
                self.state = Some(CaseState::Resolved);
            }
            EventKind::Reopened => {
                self.go(at);
                (self.resolved_at, self.closed_at) = (None, None);
                self.state = Some(CaseState::Open);
            }
            EventKind::Closed => {
                if self.resolved_at.is_none() {
                    self.go(at);
                    self.stop(at, StopReason::Resolved);
                }
                self.closed_at = Some(at);
                self.state = Some(CaseState::Closed);
            }
            EventKind::Cost => self.spend(event),
        }
    }

    fn stop(&mut self, from: Moment, reason: StopReason) {
        self.stops.push(Stop { from, until: None, reason });
    }

    fn go(&mut self, at: Moment) {
        if let Some(stop) = self.stops.last_mut().filter(|stop| stop.until.is_none()) {
            stop.until = Some(at);
        }
    }

    fn spend(&mut self, event: &CaseEvent) {
        self.cost.minutes = self.cost.minutes.saturating_add(event.detail.minutes.unwrap_or(0).into());
        if let Some(material) = &event.detail.material {
            let sum = self.cost.material.entry(material.currency.clone()).or_default();
            *sum = sum.saturating_add(material.minor_units);
        }
    }
}
