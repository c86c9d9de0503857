//! The acceptance cases of the specification that a pure function can show, and what holds for any record.

mod cases;
mod changes;
mod properties;
mod rules;
mod unchecked;

use serde_json::{Value, json};

use super::*;
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{HoldId, LockId};
use crate::base::moment::Moment;
use crate::policy::Policy;

/// A policy with these obligations, each written without its constant fields.
fn policy(rules: &str) -> Policy {
    let head = "format = 1\nid = 'test'\nversion = 1\ntitle = 'Test'\nowner = 'Nobody'\n\
                [[fiscal_year]]\njurisdiction = 'CN'\nends = '12-31'\n\
                [[majority]]\njurisdiction = 'TW'\nyears = 18\n\
                [[approval]]\nid = 'two'\n[[approval.stage]]\nname = 'One'\nroles = ['legal']\n";
    Policy::parse(&format!("{head}{rules}")).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// One obligation of the mainland for category `c`, with more lines.
fn rule(id: &str, kind: &str, trigger: &str, period: &str, more: &str) -> String {
    format!(
        "[[obligation]]\nid = '{id}'\njurisdiction = 'CN'\ncalendar = 'cn-civil'\nzone = 'Asia/Shanghai'\n\
         match = {{ categories = ['c'] }}\nkind = '{kind}'\ntrigger = '{trigger}'\nperiod = '{period}'\n\
         citations = ['x']\ncertainty = 'A'\n{more}\n"
    )
}

fn schedule(rules: &str) -> Schedule {
    Schedule::of(&policy(rules))
}

/// A record of category `c` that was declared and occurred on this day, with more members.
fn facts(schedule: &Schedule, occurred: &str, more: Value) -> Facts {
    let mut case = json!({"record": {"category": "c"}, "occurred": occurred});
    for (name, value) in more.as_object().unwrap() {
        case[name] = value.clone();
    }
    read_case(&case, schedule).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn day(text: &str) -> CivilDate {
    CivilDate::parse(text).unwrap()
}

fn at(text: &str) -> Now {
    Now::sane(Moment::parse(text).unwrap())
}

/// Noon in Shanghai.
fn on(day: &str) -> Now {
    at(&format!("{day}T12:00:00+08:00"))
}

fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

fn hold(number: u8, released: Option<&str>) -> Hold {
    Hold {
        id: HoldId::parse(&format!("00000000-0000-7000-8000-0000000000{number:02}")).unwrap(),
        kind: HoldKind::Legal,
        confidential: false,
        placed_at: moment("2021-01-01T00:00:00+08:00"),
        released_at: released.map(moment),
        zone: Zone::SHANGHAI,
    }
}

fn lock(level: LockLevel, until: Option<&str>) -> Lock {
    Lock {
        id: LockId::parse("00000000-0000-7000-8000-000000000001").unwrap(),
        level,
        until: until.map_or(LockUntil::Ever, |last| LockUntil::Day(day(last), Zone::SHANGHAI)),
    }
}

/// The codes of what stands in the way.
fn codes(verdict: &Verdict) -> Vec<&'static str> {
    verdict.blockers.iter().map(Blocker::code).collect()
}

/// The last day of a bound.
fn last(bound: Option<&Bound>) -> String {
    match bound.map(|bound| bound.end) {
        Some(End::Day { last, .. }) => last.to_string(),
        other => format!("{other:?}"),
    }
}
