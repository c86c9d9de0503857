//! The events of a case read back, as the engine of `record::case` follows them.

use std::collections::HashMap;

use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::EventId;
use crate::record::case::{CaseEvent, EventDetail, EventKind};
use crate::seal::Keyring;
use crate::store::rows::cases::{self, CaseEventRow, CaseRow, CaseState};
use crate::store::{Conn, StoreError};

use super::words::Words;

/// The event as the engine takes it, without its sealed detail: enough for order and state.
pub(super) fn bare(row: &CaseEventRow) -> Result<CaseEvent, Refusal> {
    Ok(CaseEvent {
        id: row.id,
        kind: kind_of(row)?,
        at: row.at,
        zone: row.zone,
        record: row.record_id,
        cancels: row.cancels,
        detail: EventDetail::default(),
    })
}

/// What happened.
pub(super) fn kind_of(row: &CaseEventRow) -> Result<EventKind, Refusal> {
    EventKind::parse(&row.kind).ok_or_else(|| {
        Refusal::Store(StoreError::Corrupt {
            table: "case_events",
            id: row.id.to_string(),
            why: "kind: an unknown kind of event".to_owned(),
        })
    })
}

/// Every event of a case with its detail, and the rows they come from. `words` are those of the case.
///
/// # Errors
/// [`Refusal::Damaged`] if the detail of one is not that of its entry.
pub(in crate::archive) fn opened(
    (keys, words): (&Keyring, &Words),
    conn: &mut Conn,
    case: &CaseRow,
) -> Result<(Vec<CaseEvent>, Vec<CaseEventRow>), Refusal> {
    let rows = cases::events_of(conn, case.id)?;
    let mut events = Vec::with_capacity(rows.len() + 1);
    for row in &rows {
        let detail = words.of(keys, conn, row.id, Thing::CaseEvent)?;
        let detail = EventDetail::from_json(detail).ok_or(Refusal::Damaged(Thing::CaseEvent))?;
        events.push(CaseEvent { detail, ..bare(row)? });
    }
    Ok((with_opening(case, events), rows))
}

/// Adds the opening that the case's own row tells of, unless a standing event tells of it. It bears
/// the case's own id, which no event has.
pub(super) fn with_opening(case: &CaseRow, mut events: Vec<CaseEvent>) -> Vec<CaseEvent> {
    let cancelled: Vec<EventId> = events.iter().filter_map(|event| event.cancels).collect();
    let told = events.iter().any(|event| {
        event.kind == EventKind::Opened && event.cancels.is_none() && !cancelled.contains(&event.id)
    });
    if !told && let Ok(id) = EventId::parse(&case.id.to_string()) {
        events.push(CaseEvent {
            id,
            kind: EventKind::Opened,
            at: case.opened_at,
            zone: case.zone,
            record: None,
            cancels: None,
            detail: EventDetail::default(),
        });
    }
    events
}

/// Which event takes which back: the cancelled one, then the cancelling one.
pub(super) fn cancellations(rows: &[CaseEventRow]) -> HashMap<EventId, EventId> {
    rows.iter().filter_map(|row| Some((row.cancels?, row.id))).collect()
}

/// The state in the words of the rows.
pub(super) fn to_row_state(state: crate::record::case::CaseState) -> CaseState {
    match state {
        crate::record::case::CaseState::Open => CaseState::Open,
        crate::record::case::CaseState::Paused => CaseState::Paused,
        crate::record::case::CaseState::Resolved => CaseState::Resolved,
        crate::record::case::CaseState::Closed => CaseState::Closed,
    }
}
