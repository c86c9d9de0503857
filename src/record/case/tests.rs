//! The rules of case events.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::base::civil::Zone;
use crate::base::entropy::SeededEntropy;
use crate::base::id::EventId;
use crate::base::moment::Moment;

fn at(hour: i64) -> Moment {
    Moment::parse("2026-03-02T00:00:00+08:00").unwrap().plus_seconds(hour * 3_600)
}

fn event(kind: EventKind, hour: i64) -> CaseEvent {
    let seed = u64::try_from(hour).unwrap() * 100 + kind as u64;
    CaseEvent {
        id: EventId::generate(at(hour), &SeededEntropy::new(seed)),
        kind,
        at: at(hour),
        zone: Zone::SHANGHAI,
        record: None,
        cancels: None,
        detail: EventDetail::default(),
    }
}

fn story(kinds: &[EventKind]) -> Vec<CaseEvent> {
    kinds.iter().zip(1..).map(|(kind, hour)| event(*kind, hour)).collect()
}

fn assigned(person: &str, hour: i64) -> CaseEvent {
    CaseEvent {
        detail: EventDetail { person: Some(person.to_owned()), ..EventDetail::default() },
        ..event(Assigned, hour)
    }
}

use EventKind::*;

#[rstest]
#[case(&[], None)]
#[case(&[Opened], Some(CaseState::Open))]
#[case(&[Opened, Paused], Some(CaseState::Paused))]
#[case(&[Opened, Paused, Resumed], Some(CaseState::Open))]
#[case(&[Opened, FirstResponse, Assigned, Escalated, Resolved], Some(CaseState::Resolved))]
#[case(&[Opened, Paused, Resolved, Closed], Some(CaseState::Closed))]
#[case(&[Opened, Closed, Reopened], Some(CaseState::Open))]
#[case(&[Opened, Resolved, Reopened, Resolved, Closed, Cost], Some(CaseState::Closed))]
fn a_legal_story_leads_to_its_state(#[case] kinds: &[EventKind], #[case] state: Option<CaseState>) {
    let line = timeline(&story(kinds));
    assert_eq!((line.state, line.faults), (state, Vec::new()));
}

#[rstest]
#[case::nothing_happens_before_the_opening(&[FirstResponse], "not open yet")]
#[case::a_case_is_opened_once(&[Opened, Opened], "opened cannot follow while the case is open")]
#[case::what_runs_cannot_resume(&[Opened, Resumed], "resumed cannot follow while the case is open")]
#[case::what_stands_cannot_pause(&[Opened, Paused, Paused], "paused cannot follow while the case is paused")]
#[case::what_is_closed_stays_closed(&[Opened, Closed, Resolved], "resolved cannot follow while the case is closed")]
#[case::what_is_open_cannot_reopen(&[Opened, Reopened], "reopened cannot follow while the case is open")]
#[case::there_is_one_first_response(&[Opened, FirstResponse, FirstResponse], "first response was given already")]
#[case::nobody_is_assigned_to_a_closed_case(&[Opened, Closed, Assigned], "assigned cannot follow")]
fn an_illegal_event_is_named_and_left_out(#[case] kinds: &[EventKind], #[case] words: &str) {
    let line = timeline(&story(kinds));
    let legal = timeline(&story(&kinds[..kinds.len() - 1]));
    assert_eq!(line.faults.len(), 1);
    assert!(line.faults[0].to_string().contains(words), "{}", line.faults[0]);
    assert_eq!(Timeline { faults: Vec::new(), ..line }, legal);
}

#[test]
fn events_of_one_instant_are_taken_in_the_order_that_makes_sense() {
    for kinds in [[Closed, Resolved, Opened], [Resolved, Opened, Closed]] {
        let events: Vec<CaseEvent> = kinds.iter().map(|kind| event(*kind, 5)).collect();
        let line = timeline(&events);
        assert_eq!((line.state, line.faults), (Some(CaseState::Closed), Vec::new()));
    }
    let mut events = story(&[Opened, Closed]);
    events.extend([event(Closed, 9), event(Reopened, 9)]);
    assert_eq!(timeline(&events).faults, []);
}

#[test]
fn a_cancelled_event_never_happened() {
    let mut events = story(&[Opened, Resolved]);
    let wrong = events[1].id;
    events.push(CaseEvent { cancels: Some(wrong), ..event(Resolved, 9) });
    let line = timeline(&events);
    assert_eq!((line.state, line.resolved_at, line.faults), (Some(CaseState::Open), None, Vec::new()));
}

#[test]
fn what_is_not_there_cannot_be_cancelled() {
    let stranger = event(Resolved, 7).id;
    let mut events = story(&[Opened]);
    events.push(CaseEvent { cancels: Some(stranger), ..event(Resolved, 9) });
    assert!(matches!(timeline(&events).faults[..], [OrderFault::CancelsUnknown { .. }]));
}

#[test]
fn somebody_is_responsible_at_every_instant_after_the_first_assignment() {
    let events = [event(Opened, 1), assigned("王芳", 3), assigned("陈明", 8)];
    let who = |hour| responsible_at(&events, at(hour)).and_then(|who| who.person().map(str::to_owned));
    assert_eq!(who(2), None);
    assert_eq!(who(3).as_deref(), Some("王芳"));
    assert_eq!(who(7).as_deref(), Some("王芳"));
    assert_eq!(who(8).as_deref(), Some("陈明"));
}

#[test]
fn the_clock_stands_while_paused_and_between_resolution_and_reopening() {
    let line = timeline(&story(&[Opened, Paused, Resumed, Resolved, Reopened, Paused]));
    let stops: Vec<_> = line.stops.iter().map(|stop| (stop.from, stop.until)).collect();
    assert_eq!(stops, [(at(2), Some(at(3))), (at(4), Some(at(5))), (at(6), None)]);
}

#[test]
fn costs_are_summed_per_currency() {
    let cost = |minutes, minor_units, currency: &str, hour| CaseEvent {
        detail: EventDetail {
            minutes: Some(minutes),
            material: Some(Material { minor_units, currency: currency.to_owned() }),
            ..EventDetail::default()
        },
        ..event(Cost, hour)
    };
    let events = [event(Opened, 1), cost(30, 100, "CNY", 2), cost(45, 250, "CNY", 3), cost(0, 9, "TWD", 4)];
    let spent = timeline(&events).cost;
    assert_eq!(spent.minutes, 75);
    assert_eq!(
        spent.material.into_iter().collect::<Vec<_>>(),
        [("CNY".to_owned(), 350), ("TWD".to_owned(), 9)]
    );
}

#[rstest]
#[case(Assigned, json!({}), BadDetail::Missing { field: "person" })]
#[case(Paused, json!({}), BadDetail::Missing { field: "reason" })]
#[case(Cost, json!({"note": "三小时"}), BadDetail::Missing { field: "minutes" })]
#[case(Opened, json!({"minutes": 5}), BadDetail::Unexpected { field: "minutes" })]
#[case(Closed, json!({"note": "\u{7}"}), BadDetail::Unreadable { field: "note" })]
#[case(Cost, json!({"material": {"minor_units": 5, "currency": "yuan"}}), BadDetail::Currency)]
fn details_fit_their_event(
    #[case] kind: EventKind,
    #[case] detail: serde_json::Value,
    #[case] fault: BadDetail,
) {
    assert_eq!(EventDetail::from_json(detail).unwrap().checked(kind), Err(fault));
}

#[test]
fn details_survive_their_json() {
    let detail = EventDetail {
        person: Some("王芳".to_owned()),
        minutes: Some(90),
        material: Some(Material { minor_units: 12_50, currency: "CNY".to_owned() }),
        note: Some("现场更换硬盘".to_owned()),
        ..EventDetail::default()
    };
    assert_eq!(EventDetail::from_json(detail.to_json()), Some(detail));
    assert_eq!(EventDetail::from_json(json!({"who": "王芳"})), None);
}

fn opening() -> serde_json::Value {
    json!({
        "reference": "CASE-2026-001",
        "title": "核心交换机故障",
        "parties": [{"role": "客户", "name": "华东机电有限公司"}],
        "tier": "金牌",
        "priority": "P1",
        "opened": "2026-03-02T09:00",
        "tags": ["网络", "现场"],
    })
}

#[test]
fn a_case_is_opened_with_its_profile() {
    let case = OpenCase::from_json(&opening(), Zone::SHANGHAI, at(0)).unwrap();
    assert_eq!(case.opened_at.to_seconds_text(), "2026-03-02T01:00:00Z");
    assert_eq!(case.tier.as_ref().map(LevelWord::as_str), Some("金牌"));
    assert_eq!(case.profile.customers().count(), 1);
    let bytes = case.profile.to_bytes();
    assert_eq!(CaseProfile::from_bytes(bytes.expose()), Some(case.profile.clone()));
    assert!(!format!("{case:?}").contains("华东"));
}

#[test]
fn the_bytes_of_a_profile_are_these() {
    let case = OpenCase::from_json(&opening(), Zone::SHANGHAI, at(0)).unwrap();
    assert_eq!(
        case.profile.to_bytes().expose_text().unwrap(),
        "{\"parties\":[{\"name\":\"华东机电有限公司\",\"role\":\"customer\"}],\"reference\":\"CASE-2026-001\",\
         \"tags\":[\"网络\",\"现场\"],\"title\":\"核心交换机故障\",\"v\":1}"
    );
}

#[test]
fn all_faults_of_an_opening_are_told_at_once() {
    let input = json!({
        "title": " ",
        "parties": [{"role": "客户", "name": "甲"}, {"role": "customer", "name": "甲"}, {"role": "king", "name": "乙"}],
        "priority": "*",
        "opened": "2026-02-30",
        "zone": "Asia/Shanghei",
        "colour": "red",
    });
    let mut paths: Vec<String> = OpenCase::from_json(&input, Zone::SHANGHAI, at(0))
        .unwrap_err()
        .into_iter()
        .map(|fault| fault.path)
        .collect();
    paths.sort();
    assert_eq!(
        paths,
        ["colour", "opened", "parties", "parties[2].role", "priority", "reference", "title", "zone"]
    );
}

proptest! {
    #[test]
    fn stops_are_in_order_and_apart_whatever_is_told(kinds in proptest::collection::vec((0..10_usize, 0..30_i64), 0..40)) {
        let events: Vec<CaseEvent> =
            kinds.into_iter().map(|(kind, hour)| event(EventKind::ALL[kind], hour)).collect();
        let line = timeline(&events);
        for pair in line.stops.windows(2) {
            prop_assert!(pair[0].until.is_some_and(|until| pair[0].from <= until && until <= pair[1].from));
        }
        prop_assert_eq!(line.state.is_some(), line.opened_at.is_some());
        prop_assert_eq!(line.state.is_some_and(CaseState::is_ended), line.ended_at().is_some());
    }
}
