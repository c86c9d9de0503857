//! Who sees how much of which case.

use serde_json::json;

use super::{caller, named, scratch, told};
use crate::access::role::Role;
use crate::access::scope::Level;
use crate::archive::cases::{CaseQuery, Explain, GapQuery, Reason, What};
use crate::archive::refusal::Thing;
use crate::archive::{Caller, Refusal};

#[test]
fn an_archivist_sees_what_is_his_own_or_granted_and_nothing_else() {
    let scratch = scratch();
    let (anna, bert) = (caller(Role::Archivist, 1, &[]), caller(Role::Archivist, 2, &[]));
    scratch.take_as(&anna, json!({"kind": "ticket", "case": "SC-1", "occurred": "2026-06-01"}));
    scratch.take_as(&bert, json!({"kind": "complaint", "case": "SC-1", "occurred": "2026-06-02"}));
    scratch.take_as(&bert, json!({"kind": "ticket", "case": "SC-2", "occurred": "2026-06-01"}));
    let view = scratch.archive.case(&anna, &named("SC-1")).unwrap();
    assert_eq!(told(&view), ["opening", "ticket"], "the complaint is another's capture");
    let hidden = scratch.archive.case(&anna, &named("SC-2"));
    let absent = scratch.archive.case(&anna, &named("SC-404"));
    assert!(matches!(hidden, Err(Refusal::NotFound(Thing::Case))));
    assert!(matches!(absent, Err(Refusal::NotFound(Thing::Case))));
    let list = |who: &Caller| scratch.archive.list_cases(who, &CaseQuery::default(), None, 10).unwrap().items;
    assert_eq!(list(&anna).len(), 1);
    let granted = caller(Role::Archivist, 1, &[scratch.case("SC-2").case.id]);
    assert_eq!(list(&granted).len(), 2);
    assert_eq!(told(&scratch.archive.case(&granted, &named("SC-2")).unwrap()), ["opening", "ticket"]);
}

#[test]
fn an_auditor_sees_facts_and_no_word() {
    let scratch = scratch();
    scratch.take(json!({"kind": "delivery_confirmation", "case": "SC-1", "occurred": "2026-06-01",
        "parties": [{"role": "customer", "name": "甲公司"}]}));
    scratch
        .event_with("SC-1", json!({"kind": "assigned", "at": "2026-06-02T09:00", "person": "王芳"}))
        .unwrap();
    let auditor = caller(Role::Auditor, 7, &[]);
    let view = scratch.archive.case(&auditor, &named("SC-1")).unwrap();
    assert_eq!(view.case.level, Level::Facts);
    assert!(view.case.words.is_none() && view.responsible.is_empty());
    assert!(view.parties.iter().all(|party| party.name.is_none()));
    assert!(view.timeline.iter().all(|line| match &line.what {
        What::Opening => true,
        What::Event(event) => event.detail.is_none(),
        What::Record(record) => record.title.is_none(),
    }));
    assert!(!view.gaps.is_empty() && view.gaps.iter().all(|gap| gap.shown.cause.is_none()));
    let page = scratch.archive.gaps(&auditor, &GapQuery::default(), None, 50).unwrap();
    assert!(!page.items.is_empty() && page.items.iter().all(|gap| gap.reference.is_none()));
}

#[test]
fn front_line_service_sees_its_own_cases_without_names() {
    let scratch = scratch();
    scratch.take(json!({"kind": "ticket", "case": "SC-1", "occurred": "2026-06-01", "title": "张三来电",
        "parties": [{"role": "customer", "name": "甲公司"}]}));
    let case = scratch.case("SC-1").case.id;
    let service = caller(Role::Service, 8, &[case]);
    let view = scratch.archive.case(&service, &named("SC-1")).unwrap();
    assert_eq!(view.case.words.as_ref().unwrap().reference.as_str(), "SC-1");
    assert!(view.case.words.unwrap().title.is_none());
    assert!(view.parties.iter().all(|party| party.name.is_none()));
    assert!(view.gaps.is_empty(), "gaps are not for this role");
    let gaps = scratch.archive.gaps(&service, &GapQuery::default(), None, 50);
    assert!(matches!(gaps, Err(Refusal::Forbidden)));
}

#[test]
fn only_archivists_change_cases() {
    let scratch = scratch();
    scratch.take(json!({"kind": "delivery_confirmation", "case": "SC-1", "occurred": "2026-06-01"}));
    let case = scratch.case("SC-1").case.id;
    let legal = caller(Role::Legal, 9, &[case]);
    let change = crate::archive::cases::CaseChange::default();
    let refused = scratch.archive.change_case(&legal, &named("SC-1"), change, None);
    assert!(matches!(refused, Err(Refusal::Forbidden)), "seen, and not to be changed");
    let administrator = caller(Role::Administrator, 10, &[]);
    assert!(matches!(scratch.archive.case(&administrator, &named("SC-1")), Err(Refusal::Forbidden)));
    // Explaining is for those who know the case with names.
    let gap = scratch.case("SC-1").gaps[0].clone();
    let explain = Explain {
        key: gap.shown.key,
        record: gap.shown.record,
        about: None,
        words: Reason::parse("见邮件").unwrap(),
    };
    assert!(scratch.archive.explain_gap(&legal, &named("SC-1"), explain.clone()).is_ok());
    let auditor = caller(Role::Auditor, 7, &[]);
    let refused = scratch.archive.explain_gap(&auditor, &named("SC-1"), explain);
    assert!(matches!(refused, Err(Refusal::Forbidden)));
}
