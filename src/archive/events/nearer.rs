//! Whether an end comes nearer by an event that is recorded, corrected or taken back. Every trigger follows the days
//! of the first or the last event of a type that has come, so this follows from the days alone, without asking any
//! policy.

use std::collections::BTreeSet;

use crate::base::civil::CivilDate;
use crate::base::id::EventId;

use super::reach::StandingEvent;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    /// An event of this day is recorded.
    Record(CivilDate),
    /// An event is said to have happened on this day.
    Correct(EventId, CivilDate),
    /// An event never happened.
    Cancel(EventId),
}

/// True if an end comes nearer, now or on a day to come: `events` are all events of one type that reach one record
/// by one name of a key, those that were corrected or taken back too. The first event ever sets a period going,
/// and brings nothing nearer than it stood; whatever was taken back stays the bound for what comes in its place.
pub(super) fn comes_nearer(events: &[&StandingEvent], doing: Doing, today: CivilDate) -> bool {
    let gone: BTreeSet<EventId> =
        events.iter().flat_map(|event| [event.row.corrects, event.row.cancels]).flatten().collect();
    let (mut before, mut after, mut lapsed) = (Vec::new(), Vec::new(), None);
    let happened: BTreeSet<(EventId, CivilDate)> = events
        .iter()
        .filter(|event| event.row.cancels.is_none())
        .map(|event| (event.row.id, event.row.occurred_on))
        .collect();
    for (id, on) in happened {
        if gone.contains(&id) {
            lapsed = lapsed.max(Some(on));
            continue;
        }
        before.push(on);
        match doing {
            Doing::Correct(of, right) if of == id => after.push(right),
            Doing::Cancel(of) if of == id => {}
            Doing::Record(_) | Doing::Correct(..) | Doing::Cancel(_) => after.push(on),
        }
    }
    if let Doing::Record(on) = doing {
        after.push(on);
    }
    let to_come: BTreeSet<CivilDate> =
        before.iter().chain(&after).copied().filter(|day| *day > today).chain([today]).collect();
    to_come.into_iter().any(|day| {
        let come = |days: &[CivilDate]| {
            let come = days.iter().copied().filter(|on| *on <= day);
            come.clone().min().zip(come.max())
        };
        match (come(&before), come(&after)) {
            (_, None) => false,
            (None, Some((first, _))) => lapsed.is_some_and(|bound| first < bound),
            (Some((first, last)), Some((new_first, new_last))) => new_first < first || new_last < last,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::civil::Zone;
    use crate::base::id::UserId;
    use crate::base::moment::Moment;
    use crate::store::rows::events::RetentionEventRow;

    fn id(number: usize) -> EventId {
        EventId::from_bytes([u8::try_from(number).unwrap(); 16])
    }

    fn day(text: &str) -> CivilDate {
        CivilDate::parse(text).unwrap()
    }

    /// Events as `2024-01-01`, `2024-01-01 for 0` (corrects the event at that place) or `not 0` (takes it back).
    fn events(said: &[&str]) -> Vec<StandingEvent> {
        let mut events: Vec<StandingEvent> = Vec::new();
        for (at, text) in said.iter().enumerate() {
            let (on, corrects, cancels) = match (text.split_once(" for "), text.strip_prefix("not ")) {
                (Some((on, of)), _) => (day(on), Some(id(of.parse().unwrap())), None),
                (_, Some(of)) => {
                    let of: usize = of.parse().unwrap();
                    (events[of].row.occurred_on, None, Some(id(of)))
                }
                _ => (day(text), None, None),
            };
            let row = RetentionEventRow {
                id: id(at),
                kind: "relationship_ended".to_owned(),
                occurred_on: on,
                zone: Zone::SHANGHAI,
                case_id: None,
                record_id: None,
                recorded_at: Moment::from_micros(0),
                recorded_by: UserId::from_bytes([9; 16]),
                source_token: None,
                corrects,
                cancels,
            };
            events.push(StandingEvent { row, keys: Vec::new(), words: None });
        }
        events
    }

    #[test]
    fn what_brings_an_end_nearer_follows_from_the_days() {
        let record = |on: &str| Doing::Record(day(on));
        let correct = |of: usize, on: &str| Doing::Correct(id(of), day(on));
        let cancel = |of: usize| Doing::Cancel(id(of));
        for (said, doing, nearer) in [
            // The first sets the period going.
            (vec![], record("2010-01-01"), false),
            (vec![], record("2031-01-01"), false),
            // A ceiling goes by the first, a floor by the last.
            (vec!["2024-01-01"], record("2020-01-01"), true),
            (vec!["2024-01-01"], record("2024-01-01"), false),
            (vec!["2024-01-01"], record("2025-01-01"), false),
            (vec!["2022-01-01", "2024-01-01"], record("2023-01-01"), false),
            (vec!["2024-01-01"], correct(0, "2023-12-31"), true),
            (vec!["2024-01-01"], correct(0, "2025-01-01"), false),
            (vec!["2022-01-01", "2024-01-01"], correct(0, "2023-01-01"), false),
            (vec!["2024-01-01"], cancel(0), false),
            (vec!["2022-01-01", "2024-01-01"], cancel(1), true),
            (vec!["2022-01-01", "2024-01-01"], cancel(0), false),
            // What was taken back, or corrected, stays the bound.
            (vec!["2024-01-01", "not 0"], record("2020-01-01"), true),
            (vec!["2024-01-01", "not 0"], record("2024-01-01"), false),
            (vec!["2024-01-01", "2026-01-01 for 0", "not 1"], record("2025-01-01"), true),
            (vec!["2024-01-01", "2026-01-01 for 0", "not 1"], record("2026-01-01"), false),
            (vec!["2024-01-01", "2026-01-01 for 0"], record("2024-01-01"), true),
            (vec!["2024-01-01", "2026-01-01 for 0"], correct(1, "2024-01-01"), true),
            // Through a day that is still to come.
            (vec!["2022-01-01", "2024-01-01"], correct(1, "2031-01-01"), true),
            (vec!["2024-01-01"], correct(0, "2031-01-01"), false),
            (vec!["2031-01-01"], record("2030-01-01"), true),
            (vec!["2031-01-01"], correct(0, "2030-01-01"), true),
            (vec!["2031-01-01"], correct(0, "2032-01-01"), false),
            (vec!["2024-01-01", "2031-01-01 for 0"], record("2023-01-01"), true),
            (vec!["2024-01-01", "2031-01-01 for 0"], record("2025-01-01"), true),
        ] {
            let events = events(&said);
            let events: Vec<&StandingEvent> = events.iter().collect();
            assert_eq!(comes_nearer(&events, doing, day("2026-11-22")), nearer, "{said:?} {doing:?}");
        }
    }
}
