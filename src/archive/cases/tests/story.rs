//! How a case is told: opened, events in their order, records between them.

use serde_json::json;

use super::{named, scratch, told};
use crate::archive::Refusal;
use crate::archive::cases::{AttainmentQuery, Reason, What};
use crate::archive::refusal::Thing;
use crate::record::case::{EventKind, OrderFault};
use crate::record::service_level::{Measure, Outcome};
use crate::store::rows::cases::CaseState;

const CASE: &str = "SC-2026-001";

fn opening() -> serde_json::Value {
    json!({
        "reference": CASE, "title": "核心交换机故障", "opened": "2026-03-02T09:00", "team": "网络组",
        "tier": "金牌", "priority": "P1", "language": "zh-CN", "tags": ["网络"],
        "parties": [{"role": "customer", "name": "华东机电有限公司"}],
    })
}

#[test]
fn a_case_is_shown_as_it_was_opened() {
    let scratch = scratch();
    let opened = scratch.open_case(opening()).unwrap();
    let view = scratch.case("sc-2026-００１");
    assert_eq!((view.case.id, view.revision), (opened.id, opened.revision));
    let words = view.case.words.unwrap();
    assert_eq!(words.title.unwrap().as_str(), "核心交换机故障");
    assert_eq!(words.team.unwrap().as_str(), "网络组");
    assert_eq!(view.case.tier.as_deref(), Some("金牌"));
    assert_eq!(view.parties[0].name.as_ref().unwrap().as_str(), "华东机电有限公司");
    assert_eq!(view.case.opened_at.to_seconds_text(), "2026-03-02T01:00:00Z");
}

#[test]
fn no_two_cases_have_one_reference() {
    let scratch = scratch();
    scratch.open_case(opening()).unwrap();
    assert!(matches!(scratch.open_case(opening()), Err(Refusal::Exists(Thing::Case))));
}

#[test]
fn a_case_that_a_capture_opened_is_told_like_any_other() {
    let scratch = scratch();
    scratch.take(json!({"kind": "ticket", "case": CASE, "occurred": "2026-03-02",
        "parties": [{"role": "customer", "name": "华东机电有限公司"}]}));
    let view = scratch.case(CASE);
    assert_eq!(told(&view), ["opening", "ticket"]);
    assert_eq!(view.case.words.unwrap().title.unwrap().as_str(), CASE);
    assert_eq!(view.parties[0].name.as_ref().unwrap().as_str(), "华东机电有限公司");
}

#[test]
fn events_and_records_stand_in_the_order_in_which_they_happened() {
    let scratch = scratch();
    scratch.open_case(opening()).unwrap();
    let ticket = scratch.take(json!({"kind": "ticket", "case": CASE, "title": "故障工单",
        "occurred": "2026-03-02T09:30:00+08:00"}));
    scratch.event(CASE, "resolved", "2026-03-02T12:00").unwrap();
    scratch
        .event_with(
            CASE,
            json!({"kind": "first_response", "at": "2026-03-02T09:10",
            "record": ticket.record.to_string(), "person": "王芳", "note": "电话"}),
        )
        .unwrap();
    let view = scratch.case(CASE);
    assert_eq!(told(&view), ["opening", "first_response", "ticket", "resolved"]);
    assert_eq!(view.case.state, CaseState::Resolved);
    let What::Event(response) = &view.timeline[1].what else { panic!("not an event") };
    assert_eq!(response.record, Some(ticket.record));
    assert_eq!(response.detail.as_ref().unwrap().note.as_deref(), Some("电话"));
    let What::Record(line) = &view.timeline[2].what else { panic!("not a record") };
    assert_eq!(line.title.as_ref().unwrap().as_str(), "故障工单");
    assert_eq!(line.late_days, Some(120), "captured 120 days after");
}

#[test]
fn an_event_that_cannot_have_happened_is_refused_and_leaves_nothing() {
    let scratch = scratch();
    scratch.open_case(opening()).unwrap();
    scratch.event(CASE, "closed", "2026-03-03T09:00").unwrap();
    let before = scratch.case(CASE);
    let late = scratch.event(CASE, "resolved", "2026-03-04T09:00");
    assert!(matches!(late, Err(Refusal::Order(OrderFault::NotNow { .. }))));
    let early = scratch.event(CASE, "resolved", "2026-03-01T09:00");
    assert!(matches!(early, Err(Refusal::Order(OrderFault::NotOpened { .. }))));
    let future = scratch.event(CASE, "reopened", "2026-07-01T09:00");
    assert!(matches!(future, Err(Refusal::Faults(_))));
    let after = scratch.case(CASE);
    assert_eq!((after.revision, told(&after)), (before.revision, told(&before)));
}

#[test]
fn an_event_between_others_is_refused_if_it_makes_one_of_them_impossible() {
    let scratch = scratch();
    scratch.open_case(opening()).unwrap();
    scratch.event(CASE, "resolved", "2026-03-05T09:00").unwrap();
    let between = scratch.event(CASE, "closed", "2026-03-04T09:00");
    assert!(
        matches!(between, Err(Refusal::OtherOrder { .. })),
        "the event that is in the way is named: {between:?}"
    );
    assert_eq!(scratch.case(CASE).case.state, CaseState::Resolved);
}

#[test]
fn a_record_of_another_case_shows_no_event_of_this_one() {
    let scratch = scratch();
    scratch.open_case(opening()).unwrap();
    let other = scratch.take(json!({"kind": "ticket", "case": "SC-2", "occurred": "2026-03-02"}));
    let event = json!({"kind": "assigned", "at": "2026-03-02T10:00", "team": "网络组",
        "record": other.record.to_string()});
    assert!(matches!(scratch.event_with(CASE, event), Err(Refusal::NotFound(Thing::Record))));
}

#[test]
fn a_cancelled_event_stays_in_sight_and_counts_for_nothing() {
    let scratch = scratch();
    scratch.open_case(opening()).unwrap();
    let wrong = scratch.event(CASE, "resolved", "2026-03-02T10:00").unwrap();
    let cancel = |event| {
        let reason = Reason::parse("录错了案卷").unwrap();
        scratch.archive.cancel_case_event(&scratch.operator(), &named(CASE), event, &reason)
    };
    let cancelling = cancel(wrong.id).unwrap();
    let view = scratch.case(CASE);
    assert_eq!(view.case.state, CaseState::Open);
    let lines = view.timeline.iter().filter_map(|line| match &line.what {
        What::Event(event) => Some((event.id, event.cancelled_by, event.cancels)),
        What::Opening | What::Record(_) => None,
    });
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [(wrong.id, Some(cancelling.id), None), (cancelling.id, None, Some(wrong.id))]
    );
    assert!(matches!(cancel(wrong.id), Err(Refusal::WrongState)), "cancelled already");
    assert!(matches!(cancel(cancelling.id), Err(Refusal::WrongState)), "a cancellation");
}

#[test]
fn an_event_on_which_others_rest_cannot_be_cancelled() {
    let scratch = scratch();
    scratch.open_case(opening()).unwrap();
    let paused = json!({"kind": "paused", "at": "2026-03-02T10:00", "reason": "等待客户"});
    let paused = scratch.event_with(CASE, paused).unwrap();
    scratch.event(CASE, "resumed", "2026-03-02T11:00").unwrap();
    let reason = Reason::parse("没有暂停过").unwrap();
    let refused = scratch.archive.cancel_case_event(&scratch.operator(), &named(CASE), paused.id, &reason);
    assert!(matches!(refused, Err(Refusal::OtherOrder { noted: EventKind::Paused, .. })), "{refused:?}");
}

#[test]
fn a_told_opening_stands_above_the_one_that_the_capture_guessed() {
    let scratch = scratch();
    scratch.take(json!({"kind": "ticket", "case": CASE, "occurred": "2026-03-05"}));
    assert!(scratch.event(CASE, "first_response", "2026-03-02T09:30").is_err());
    scratch.event(CASE, "opened", "2026-03-02T09:00").unwrap();
    scratch.event(CASE, "first_response", "2026-03-02T09:30").unwrap();
    let view = scratch.case(CASE);
    assert_eq!(told(&view), ["opened", "first_response", "ticket"]);
    assert_eq!(view.case.opened_at.to_seconds_text(), "2026-03-02T01:00:00Z");
    let twice = scratch.event(CASE, "opened", "2026-03-01T09:00");
    assert!(matches!(twice, Err(Refusal::OtherOrder { other: EventKind::Opened, .. })), "{twice:?}");
}

#[test]
fn promises_responsible_people_and_costs_are_on_the_case() {
    let scratch = scratch();
    scratch.open_case(opening()).unwrap();
    scratch.event(CASE, "first_response", "2026-03-02T09:10").unwrap();
    for (at, person) in [("2026-03-02T09:20", "王芳"), ("2026-03-02T11:00", "陈明")] {
        scratch.event_with(CASE, json!({"kind": "assigned", "at": at, "person": person})).unwrap();
    }
    let cost = json!({"kind": "cost", "at": "2026-03-02T12:00", "minutes": 90,
        "material": {"minor_units": 1250, "currency": "CNY"}});
    scratch.event_with(CASE, cost).unwrap();
    scratch.event(CASE, "resolved", "2026-03-02T14:00").unwrap();
    let view = scratch.case(CASE);
    let outcomes: Vec<_> = view.attainments.iter().map(|row| (row.measure, row.outcome)).collect();
    assert_eq!(outcomes, [(Measure::FirstResponse, Outcome::Met), (Measure::Resolution, Outcome::Missed)]);
    let people: Vec<_> = view.responsible.iter().filter_map(|(_, who)| who.person()).collect();
    assert_eq!(people, ["王芳", "陈明"]);
    assert_eq!((view.cost.minutes, view.cost.material.get("CNY")), (90, Some(&1250)));
}

#[test]
fn the_table_of_service_levels_sums_all_cases_up() {
    let scratch = scratch();
    for (number, resolved) in [(1, "2026-03-02T12:00"), (2, "2026-03-02T20:00"), (3, "2026-03-02T20:00")] {
        let mut opening = opening();
        opening["reference"] = json!(format!("SC-{number}"));
        scratch.open_case(opening).unwrap();
        let case = format!("SC-{number}");
        scratch.event(&case, "first_response", "2026-03-02T09:05").unwrap();
        scratch.event(&case, "resolved", resolved).unwrap();
    }
    let table = |query: &AttainmentQuery| {
        let rows = scratch.archive.attainment_table(&scratch.operator(), query).unwrap().rows;
        rows.iter().map(|row| (row.measure, row.met, row.missed)).collect::<Vec<_>>()
    };
    assert_eq!(
        table(&AttainmentQuery::default()),
        [(Measure::FirstResponse, 3, 0), (Measure::Resolution, 1, 2)]
    );
    let later = AttainmentQuery { opened_from: Some(super::now()), ..AttainmentQuery::default() };
    assert_eq!(table(&later), []);
}
