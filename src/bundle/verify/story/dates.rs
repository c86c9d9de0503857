//! The dates of a captured version: each exists, none contradicts another, and what is called late is.
//!
//! Days are counted by the calendar of UTC with grace, not by the zone: the rules of zones are changed
//! afterwards, and the checker that lies in the bundle has no zone database. So a wrong word is told from a
//! difference of clocks and zones, and both checkers say the same.

use chrono::Datelike as _;
use serde_json::Value;

use crate::base::civil::{CivilDate, YEARS, Zone};
use crate::base::moment::Moment;
use crate::bundle::verify::fault::FaultKind;
use crate::ledger::entry::{Entry, EntryKind};
use crate::record::occurred::LATE_AFTER_DAYS;

/// Days by which a date in some zone, and the clock of another node, may differ from the calendar of UTC.
const GRACE_DAYS: i64 = 2;

/// What is wrong with the dates that an entry of a capture or an amendment states.
pub(super) fn faults(entry: &Entry) -> Vec<FaultKind> {
    let mut faults = Vec::new();
    let text = |name: &str| entry.facts.get(name).and_then(Value::as_str);
    let entered = CivilDate::of(entry.at, Zone::UTC).ok();
    match text("received_at").and_then(moment) {
        None => faults.push(FaultKind::NoSuchDate { fact: "received_at" }),
        Some(received) if received > entry.at.plus_seconds(GRACE_DAYS * 24 * 3600) => {
            faults.push(FaultKind::DateContradicts { fact: "received_at" });
        }
        Some(_) => {}
    }
    let on = text("occurred_on").and_then(|text| CivilDate::parse(text).ok());
    match entry.facts.get("occurred_at").filter(|fact| !fact.is_null()) {
        None => {}
        Some(fact) => match (fact.as_str().and_then(moment), on) {
            (None, _) => faults.push(FaultKind::NoSuchDate { fact: "occurred_at" }),
            (Some(at), Some(on)) if !is_day_of(on, at) => {
                faults.push(FaultKind::DateContradicts { fact: "occurred_at" });
            }
            (Some(_), _) => {}
        },
    }
    let (Some(on), Some(entered)) = (on, entered) else {
        faults.push(FaultKind::NoSuchDate { fact: "occurred_on" });
        return faults;
    };
    let days = entered.days_since(on);
    // The entries of a log may bear instants of the future: those are what its system wrote.
    if entry.kind != EntryKind::SegmentCaptured && days < -GRACE_DAYS - 1 {
        faults.push(FaultKind::DateContradicts { fact: "occurred_on" });
    }
    let most = i64::from(LATE_AFTER_DAYS);
    match entry.facts.get("late").and_then(Value::as_bool) {
        Some(true) if days > most - GRACE_DAYS => {}
        Some(false) if days <= most + GRACE_DAYS => {}
        _ => faults.push(FaultKind::LateDiffers),
    }
    faults
}

/// An instant as the archive writes it, of a year that both checkers have.
fn moment(text: &str) -> Option<Moment> {
    Moment::parse(text).ok().filter(|at| at.to_rfc3339() == text && has_year(*at))
}

/// False for an instant at the ends of the calendar, where days can no longer be counted.
pub(super) fn has_year(at: Moment) -> bool {
    (1..9_999).contains(&at.to_utc().year())
}

/// True if an id that says when it was made (version 7 of RFC 9562) was made by then, or a clock apart.
pub(super) fn was_made_by(id: &[u8; 16], at: Moment) -> bool {
    let [a, b, c, d, e, f, version, ..] = *id;
    let millis = [a, b, c, d, e, f].iter().fold(0_i64, |millis, byte| (millis << 8) | i64::from(*byte));
    let made = Moment::from_micros(millis.saturating_mul(1_000));
    version >> 4 != 7 || made <= at.plus_seconds(GRACE_DAYS * 24 * 3600)
}

/// True if some clock shows this day at that instant. An instant beyond the calendar has no day.
fn is_day_of(on: CivilDate, at: Moment) -> bool {
    match CivilDate::of(at, Zone::UTC) {
        Ok(day) if (YEARS.start() + 1..YEARS.end() - 1).contains(&day.to_naive().year()) => {
            day.days_since(on).abs() <= 1
        }
        Ok(_) | Err(_) => true,
    }
}
