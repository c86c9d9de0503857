//! The rules of customers.

use serde_json::json;

use crate::access::role::Role;
use crate::archive::cases::tests::{caller, scratch};
use crate::archive::refusal::Thing;
use crate::archive::tests::Scratch;
use crate::archive::{Caller, Refusal};
use crate::base::civil::Zone;
use crate::base::id::PartyId;
use crate::record::gaps::Standing;
use crate::record::party::PartyName;

const CUSTOMER: &str = "青禾科技有限公司";

fn party(scratch: &Scratch, name: &str) -> PartyId {
    scratch.archive.party_named(&scratch.operator(), &PartyName::parse(name).unwrap()).unwrap().id
}

fn authorization(case: &str, valid_to: &str) -> serde_json::Value {
    json!({"kind": "authorization", "case": case, "occurred": "2026-01-01", "title": "授权书",
        "parties": [{"role": "customer", "name": CUSTOMER}],
        "fields": {"purposes": ["故障诊断"], "valid_from": "2026-01-01", "valid_to": valid_to}})
}

#[test]
fn a_dossier_gathers_what_the_archive_holds_of_a_customer() {
    let scratch = scratch();
    let expired = scratch.take(authorization("SC-1", "2026-03-31")).record;
    let in_force = scratch.take(authorization("SC-2", "2026-12-31")).record;
    let parties = json!([{"role": "customer", "name": CUSTOMER}]);
    let complaint = scratch
        .take(json!({"kind": "complaint", "case": "SC-2", "occurred": "2026-06-01", "parties": parties}))
        .record;
    // The answer does not name the customer: it is found by its link.
    let answer = scratch
        .take(json!({"kind": "consultation", "case": "SC-2", "occurred": "2026-06-03",
            "links": [{"kind": "answers", "to": complaint.to_string()}]}))
        .record;
    let feedback = scratch
        .take(
            json!({"kind": "feedback", "occurred": "2026-06-05", "parties": parties, "fields": {"score": 4}}),
        )
        .record;
    scratch.take(json!({"kind": "ticket", "case": "SC-3", "occurred": "2026-06-01",
        "parties": [{"role": "customer", "name": "别家公司"}]}));
    let view =
        scratch.archive.dossier(&scratch.operator(), party(&scratch, CUSTOMER), Zone::SHANGHAI).unwrap();
    assert_eq!(view.party.name.unwrap().as_str(), CUSTOMER);
    let lines: Vec<_> = view
        .dossier
        .authorizations
        .iter()
        .map(|line| (line.record, line.standing == Standing::InForce))
        .collect();
    assert_eq!(lines, [(in_force, true), (expired, false)]);
    assert_eq!(view.dossier.complaints.len(), 1);
    assert_eq!((view.dossier.complaints[0].0, view.dossier.complaints[0].2), (complaint, Some(answer)));
    assert_eq!((view.dossier.feedback[0].record, view.dossier.feedback[0].score), (feedback, Some(4)));
    let mut cases: Vec<_> = view
        .cases
        .values()
        .map(|line| line.case.words.as_ref().unwrap().reference.as_str().to_owned())
        .collect();
    cases.sort();
    assert_eq!((view.dossier.cases.len(), cases), (2, vec!["SC-1".to_owned(), "SC-2".to_owned()]));
    assert!(view.records.contains_key(&answer) && view.records[&in_force].title.is_some());
    assert!(view.dossier.holds.is_empty() && view.dossier.destroyed.is_empty());
}

#[test]
fn a_party_is_found_by_name_in_either_script() {
    let scratch = scratch();
    scratch.take(json!({"kind": "ticket", "occurred": "2026-06-01",
        "parties": [{"role": "customer", "name": "華東電機有限公司"}]}));
    assert_eq!(party(&scratch, "华东电机有限公司"), party(&scratch, "華東電機有限公司"));
    let unknown = PartyName::parse("无此公司").unwrap();
    let refused = scratch.archive.party_named(&scratch.operator(), &unknown);
    assert!(matches!(refused, Err(Refusal::NotFound(Thing::Party))));
}

#[test]
fn parties_are_listed_in_pages() {
    let scratch = scratch();
    for number in 0..5 {
        scratch.take(json!({"kind": "ticket", "occurred": "2026-06-01",
            "parties": [{"role": "customer", "name": format!("第{number}公司")}]}));
    }
    let mut names = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = scratch.archive.list_parties(&scratch.operator(), cursor.as_deref(), 2).unwrap();
        names.extend(page.items.into_iter().map(|party| party.name.unwrap().as_str().to_owned()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    names.sort();
    assert_eq!(names, ["第0公司", "第1公司", "第2公司", "第3公司", "第4公司"]);
}

#[test]
fn a_party_lies_where_the_cases_and_records_lie_that_name_it() {
    let scratch = scratch();
    let (anna, bert) = (caller(Role::Archivist, 1, &[]), caller(Role::Archivist, 2, &[]));
    scratch.take_as(
        &anna,
        json!({"kind": "ticket", "case": "SC-1", "occurred": "2026-06-01",
        "parties": [{"role": "customer", "name": CUSTOMER}]}),
    );
    let id = party(&scratch, CUSTOMER);
    assert_eq!(scratch.archive.party(&anna, id).unwrap().name.unwrap().as_str(), CUSTOMER);
    assert!(matches!(scratch.archive.party(&bert, id), Err(Refusal::NotFound(Thing::Party))));
    assert!(scratch.archive.list_parties(&bert, None, 10).unwrap().items.is_empty());
    let case = scratch.case("SC-1").case.id;
    let granted = caller(Role::Archivist, 2, &[case]);
    assert!(scratch.archive.party(&granted, id).is_ok());
    assert_eq!(scratch.archive.list_parties(&granted, None, 10).unwrap().items.len(), 1);
    let service = caller(Role::Service, 3, &[case]);
    assert!(scratch.archive.party(&service, id).unwrap().name.is_none(), "names are masked");
    let auditor = caller(Role::Auditor, 4, &[]);
    assert!(matches!(scratch.archive.party(&auditor, id), Err(Refusal::Forbidden)));
    assert!(matches!(scratch.archive.list_parties(&auditor, None, 10), Err(Refusal::Forbidden)));
}

#[test]
fn a_dossier_shows_only_what_its_reader_may_see() {
    let scratch = scratch();
    let (anna, bert) = (caller(Role::Archivist, 1, &[]), caller(Role::Archivist, 2, &[]));
    scratch.take_as(&anna, authorization("SC-1", "2026-12-31"));
    scratch.take_as(&bert, authorization("SC-2", "2026-12-31"));
    let id = party(&scratch, CUSTOMER);
    let count = |who: &Caller| {
        let view = scratch.archive.dossier(who, id, Zone::SHANGHAI).unwrap();
        (view.dossier.authorizations.len(), view.dossier.cases.len(), view.records.len())
    };
    assert_eq!(count(&anna), (1, 1, 1));
    assert_eq!(count(&scratch.operator()), (2, 2, 2));
}
