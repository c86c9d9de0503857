//! How what is said of a case is changed.

use serde_json::json;

use super::{named, now, scratch};
use crate::archive::Refusal;
use crate::archive::cases::{CaseChange, CaseQuery};
use crate::archive::refusal::Thing;
use crate::record::names::Reference;
use crate::store::rows::cases::CaseState;

const CASE: &str = "SC-2026-001";

fn opened(reference: &str) -> serde_json::Value {
    json!({"reference": reference, "title": "例行维护", "service": "运维", "tier": "金牌", "tags": ["网络"],
        "parties": [{"role": "customer", "name": "甲公司"}]})
}

#[test]
fn what_is_named_changes_what_is_null_goes_and_the_rest_stays() {
    let scratch = scratch();
    scratch.open_case(opened(CASE)).unwrap();
    let changed = scratch
        .change(
            CASE,
            json!({"title": "紧急维护", "service": null, "priority": "P2", "language": "zh-CN",
            "parties": [{"role": "customer", "name": "乙公司"}]}),
        )
        .unwrap();
    let view = scratch.case(CASE);
    assert_eq!(view.revision, changed.revision);
    let words = view.case.words.unwrap();
    assert_eq!(words.title.unwrap().as_str(), "紧急维护");
    assert!(words.service.is_none());
    assert_eq!(words.tags.len(), 1);
    assert_eq!((view.case.tier.as_deref(), view.case.priority.as_deref()), (Some("金牌"), Some("P2")));
    let names: Vec<_> = view.parties.iter().map(|party| party.name.as_ref().unwrap().as_str()).collect();
    assert_eq!(names, ["乙公司"]);
}

#[test]
fn a_change_of_what_has_changed_meanwhile_is_refused() {
    let scratch = scratch();
    let first = scratch.open_case(opened(CASE)).unwrap();
    let change = |revision| {
        let change = CaseChange::from_json(&json!({"team": "二组"})).unwrap();
        scratch.archive.change_case(&scratch.operator(), &named(CASE), change, Some(revision))
    };
    let event = scratch.event(CASE, "closed", "2026-06-30T12:00").unwrap();
    assert!(matches!(change(first.revision), Err(Refusal::Stale)), "an event came between");
    let second = change(event.revision).unwrap();
    assert_ne!(second.revision, event.revision);
    assert!(matches!(change(event.revision), Err(Refusal::Stale)));
}

#[test]
fn a_case_cannot_take_the_reference_of_another() {
    let scratch = scratch();
    scratch.open_case(opened(CASE)).unwrap();
    scratch.open_case(opened("SC-2")).unwrap();
    let taken = scratch.change("SC-2", json!({"reference": CASE}));
    assert!(matches!(taken, Err(Refusal::Exists(Thing::Case))));
    scratch.change("SC-2", json!({"reference": "SC-3"})).unwrap();
    assert!(scratch.archive.case(&scratch.operator(), &named("SC-2")).is_err());
    assert_eq!(scratch.case("SC-3").case.words.unwrap().reference.as_str(), "SC-3");
}

#[test]
fn all_faults_of_a_change_are_told_at_once() {
    let faults = CaseChange::from_json(&json!({"title": null, "tier": "*", "parties": [{"role": "king"}],
        "state": "closed"}))
    .unwrap_err();
    let mut paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["parties[0].name", "parties[0].role", "state", "tier", "title"]);
}

#[test]
fn cases_are_listed_in_pages_and_by_what_is_asked_for() {
    let scratch = scratch();
    for number in 0..5 {
        scratch.open_case(opened(&format!("SC-{number}"))).unwrap();
    }
    scratch.event("SC-3", "closed", "2026-06-30T12:00").unwrap();
    let list = |query: &CaseQuery, cursor: Option<&str>| {
        scratch.archive.list_cases(&scratch.operator(), query, cursor, 2).unwrap()
    };
    let mut seen = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = list(&CaseQuery::default(), cursor.as_deref());
        seen.extend(page.items.iter().map(|case| case.words.clone().unwrap().reference.as_str().to_owned()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    seen.sort();
    assert_eq!(seen, ["SC-0", "SC-1", "SC-2", "SC-3", "SC-4"]);
    let closed = CaseQuery { state: Some(CaseState::Closed), ..CaseQuery::default() };
    assert_eq!(list(&closed, None).items.len(), 1);
    let reference = Some(Reference::parse("sc-2").unwrap());
    assert_eq!(list(&CaseQuery { reference, ..CaseQuery::default() }, None).items.len(), 1);
    let customer = scratch.case("SC-1").parties[0].party;
    let of_customer = CaseQuery { party: Some(customer), ..closed };
    assert_eq!(list(&of_customer, None).items.len(), 1);
    let garbage = scratch.archive.list_cases(&scratch.operator(), &CaseQuery::default(), Some("zzz"), 2);
    assert!(matches!(garbage, Err(Refusal::BadCursor)));
    assert!(scratch.case("SC-1").case.created_at >= now());
}
