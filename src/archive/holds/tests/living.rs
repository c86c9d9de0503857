//! Live holds reach what comes later; snapshots do not.

use serde_json::json;

use super::court::Court;
use super::{is_held, verified};
use crate::archive::refusal::Refusal;

#[test]
fn what_comes_into_a_held_case_or_names_a_held_party_is_held_at_once() {
    let court = Court::new();
    court.placed(json!({"parties": [court.customer().to_string()]}), &json!({}));
    let by_party = court.another_log("SC-2", &json!({}));
    assert!(is_held(&court.erase(by_party, &[0]), 1));
    let nobodys = court.another_log("SC-3", &json!({"parties": []}));
    assert!(court.erase(nobodys, &[0]).is_ok());
    // In a case in which the party takes part, whoever the record names.
    let in_its_case = court.another_log("SC-2", &json!({"parties": []}));
    let case = json!({"reference": "SC-4", "title": "案", "parties": [{"role": "customer", "name": super::court::CUSTOMER}]});
    let now = court.archive().inner.now();
    let case =
        crate::record::case::OpenCase::from_json(&case, crate::base::civil::Zone::SHANGHAI, now).unwrap();
    let operator = court.archive().local_operator().unwrap();
    court.archive().open_case(&operator, case).unwrap();
    let there = court.another_log("SC-4", &json!({"parties": []}));
    assert!(is_held(&court.erase(there, &[0]), 1));
    assert!(
        is_held(&court.erase(in_its_case, &[0]), 1),
        "the case took the party over from its first record"
    );
    // A party that left the case frees nothing that was in it.
    let change = crate::archive::cases::CaseChange::from_json(&json!({"parties": []})).unwrap();
    court
        .archive()
        .change_case(&operator, &crate::archive::cases::tests::named("SC-4"), change, None)
        .unwrap();
    assert!(is_held(&court.erase(there, &[0]), 1));
}

#[test]
fn a_contract_that_is_held_holds_every_record_that_bears_its_number() {
    let court = Court::new();
    let contract = |number: &str| json!({"custom": [{"name": "合同编号", "value": number}]});
    court.placed(json!({"fields": [{"name": "合同编号", "value": "HT-2026-001"}]}), &json!({}));
    let held = court.another_log("SC-2", &contract("ht-2026-001"));
    let free = court.another_log("SC-2", &contract("HT-2026-002"));
    assert!(is_held(&court.erase(held, &[0]), 1));
    assert!(court.erase(free, &[0]).is_ok());
    let snapshot = json!({"mode": "snapshot"});
    let placed = court.place(&court.counsel, json!({"fields": [{"name": "a", "value": "b"}]}), &snapshot);
    assert!(matches!(placed, Err(Refusal::Faults(faults)) if faults[0].path == "mode"));
}

#[test]
fn a_category_that_is_held_holds_what_is_filed_under_it() {
    let court = Court::new();
    court.placed(json!({"categories": ["cn.svc.log"]}), &json!({}));
    let held = court.another_log("SC-2", &json!({"category": "cn.svc.log"}));
    assert!(is_held(&court.erase(held, &[0]), 1));
    assert!(court.erase(court.log, &[0]).is_ok());
}

#[test]
fn a_snapshot_holds_what_was_there_and_nothing_that_came_later() {
    let court = Court::new();
    court.placed(json!({"cases": [court.case.to_string()]}), &json!({"mode": "snapshot"}));
    let later = court.another_log("SC-1", &json!({}));
    assert!(is_held(&court.erase(court.log, &[0]), 1));
    assert!(court.erase(later, &[0]).is_ok());
}

#[test]
fn a_saved_query_holds_the_entries_that_it_finds_and_a_live_one_those_that_no_index_has_seen() {
    let court = Court::new();
    assert_eq!(court.archive().index_pending(std::time::Duration::MAX).unwrap(), 0);
    let query = |words: &str| json!({"query": {"words": words}});
    let snapshot = court.place(&court.counsel, query("zebra1quartz"), &json!({"mode": "snapshot"})).unwrap();
    assert_eq!((snapshot.members, snapshot.not_indexed), (1, 0));
    assert!(is_held(&court.erase(court.log, &[1]), 1));
    assert!(court.erase(court.log, &[0]).is_ok());
    court.placed(query("zebra0quartz"), &json!({}));
    // Captured later, and not indexed.
    let later = court.another_log("SC-1", &json!({}));
    assert!(is_held(&court.erase(later, &[0]), 1));
    assert!(court.erase(later, &[1]).is_ok());
    let shown = court.archive().show(&court.counsel, later).unwrap();
    assert_eq!(shown.holds.len(), 1, "the log as a whole contains what is held");
    let none = court.place(&court.counsel, json!({"query": {"words": "的"}}), &json!({}));
    assert!(matches!(none, Err(Refusal::Query(_))));
    assert!(verified(&court).is_clean());
}
