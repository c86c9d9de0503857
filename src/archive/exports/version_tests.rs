//! Which version leaves, and what the package says of those that stay and of records that correct it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::tests::{bytes, check, export, request, text_of};
use super::*;
use crate::access::role::{Role, Roles};
use crate::archive::refusal::Refusal;
use crate::archive::stage::Declared;
use crate::archive::tests::{Scratch, scratch};
use crate::archive::users::{self, NewAccount};
use crate::base::id::{RecordId, UserId};
use crate::bundle::verify::Report;
use crate::ledger::entry::{Actor, EntryKind};

fn an_authorization(change: &Value) -> String {
    let mut words = json!({"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "断网",
        "components": [{"name": "工单.txt"}]});
    for (name, value) in change.as_object().unwrap() {
        words[name] = value.clone();
    }
    words.to_string()
}

/// A record of two versions, and one that corrects it.
fn corrected() -> (Scratch, RecordId, RecordId) {
    let scratch = scratch();
    let first = scratch.capture(&an_authorization(&json!({})), b"before").unwrap().record;
    let staged = scratch.archive.stage(b"after", Declared::default()).unwrap();
    let later = scratch.request(&an_authorization(&json!({"title": "断网（补正）"})));
    scratch.archive.amend(&scratch.operator(), first, later, vec![staged], None).unwrap();
    let links = json!({"case": "SC-2", "links": [{"kind": "corrects", "to": first.to_string()}]});
    let second = scratch.capture(&an_authorization(&links), b"corrects").unwrap().record;
    (scratch, first, second)
}

fn named(names: &[String]) -> Selection {
    Selection::Ids(names.iter().map(|name| ItemName::parse(name).unwrap()).collect())
}

/// Versions, items of the list, and what is said of the versions, of a package of these names.
fn package(scratch: &Scratch, names: &[String]) -> (Vec<u8>, Report) {
    let zip = bytes(&mut export(scratch, named(names)));
    let report = check(scratch, zip.clone());
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    (zip, report)
}

#[test]
fn a_version_is_asked_for_by_its_number_and_the_package_says_which_stay_behind() {
    let (scratch, record, _) = corrected();
    let cases = [
        (vec![format!("{record}")], (1, 0, 1)),
        (vec![format!("{record}@2")], (1, 0, 1)),
        (vec![format!("{record}@1")], (1, 1, 1)),
        (vec![format!("{record}@1"), format!("{record}")], (2, 1, 0)),
        (vec![format!("{record}@2"), format!("{record}")], (1, 0, 1)),
    ];
    for (names, expected) in cases {
        let (zip, report) = package(&scratch, &names);
        let versions = report.versions.unwrap();
        assert_eq!((report.records, versions.superseded, versions.left), expected, "{names:?}");
        let custody = text_of(&zip, "data/custody/custody.csv");
        assert!(custody.contains(",captured,1,") && custody.contains(",amended,2,"), "{custody}");
    }
    let (zip, _) = package(&scratch, &[format!("{record}@1")]);
    assert_eq!(text_of(&zip, "data/records/R000001/native.txt"), "before");
    assert!(text_of(&zip, "README.txt").contains("newest version of their record: 1"));
}

#[test]
fn a_version_that_there_is_not_is_not_found() {
    let (scratch, record, _) = corrected();
    let (zip, report) = package(&scratch, &[format!("{record}@3"), format!("{record}@1")]);
    assert_eq!(report.counts.map(|counts| (counts.exported, counts.failed)), Some((1, 1)));
    assert!(text_of(&zip, "report/exceptions.csv").contains(",3,*,failed,not_found"));
}

#[test]
fn a_package_names_the_records_that_correct_what_is_in_it() {
    let (scratch, record, by) = corrected();
    let (zip, report) = package(&scratch, &[record.to_string()]);
    assert_eq!(report.versions.unwrap().corrections, 1);
    let listed = text_of(&zip, "report/corrections.csv");
    assert!(listed.contains(&format!("{record},{by}\r\n")), "{listed}");
    let (zip, report) = package(&scratch, &[by.to_string()]);
    assert_eq!(report.versions.unwrap().corrections, 0);
    assert_eq!(text_of(&zip, "report/corrections.csv").lines().count(), 1);
}

/// Somebody who may approve an export.
fn a_second_person(scratch: &Scratch) {
    let archive = &scratch.archive;
    let now = archive.inner.now();
    let account = NewAccount {
        id: UserId::generate(now, archive.inner.entropy.as_ref()),
        name: "privacy".to_owned(),
        roles: Roles::parse([Role::PrivacyOfficer]).unwrap(),
        password: Some("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA".to_owned()),
        must_change_password: false,
        countersign: None,
    };
    let inner = Arc::clone(&archive.inner);
    let written = archive
        .inner
        .store
        .write(move |tx| users::insert(&inner, &inner.keys(), tx, Actor::System, &account));
    written.map_err(Refusal::from).unwrap();
}

#[test]
fn the_second_person_reads_that_a_version_is_superseded_and_that_a_record_is_corrected() {
    let (scratch, record, by) = corrected();
    a_second_person(&scratch);
    let caller = scratch.operator();
    let asked = request(named(&[format!("{record}@1"), by.to_string()]));
    let approval = scratch.archive.request_export_approval(&caller, &asked).unwrap();
    let items = scratch.archive.approval_items(&caller, approval, (0, 10)).unwrap().unwrap().items;
    let told: Vec<_> =
        items.iter().map(|item| (item.version, item.newest, item.corrected_by.clone())).collect();
    assert_eq!(told, [(1, Some(2), vec![by]), (1, None, vec![])]);
}

#[test]
fn the_case_is_told_by_its_number_beside_its_id() {
    let (scratch, record, _) = corrected();
    let (zip, _) = package(&scratch, &[record.to_string()]);
    assert!(text_of(&zip, "report/items.csv").contains(",SC-1,CN,"));
    let told: Value = serde_json::from_str(&text_of(&zip, "data/records/R000001/record.json")).unwrap();
    assert_eq!(told["case_reference"], "SC-1");
}

#[test]
fn the_list_is_frozen_where_its_entry_stands() {
    let (scratch, record, _) = corrected();
    let (zip, report) = package(&scratch, &[record.to_string()]);
    let custody = text_of(&zip, "data/custody/custody.csv");
    let line = custody.lines().find(|line| line.contains(EntryKind::ExportBegun.as_str())).unwrap();
    let position: u64 = line.split(',').next().unwrap().parse().unwrap();
    assert_eq!(report.custody_size, Some(position));
}
