//! What the custody of a record tells of the packages that held it.

use super::*;
use crate::access::role::Role;
use crate::archive::Caller;
use crate::archive::cases::tests::{caller, named};
use crate::archive::records::{Countersigned, LedgerEntry};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::tests::{Scratch, on_postgres, scratch};
use crate::base::id::RecordId;
use crate::store::testing::execute_raw;

const TICKET: &str = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "断网",
    "components": [{"name": "工单.txt"}]}"#;

/// One record in a package, one in another case; both packages are finished, the first was handed out.
fn handed_out() -> (Scratch, [RecordId; 2]) {
    let scratch = scratch();
    let records =
        ["SC-1", "SC-2"].map(|case| scratch.capture(&TICKET.replace("SC-1", case), b"x").unwrap().record);
    let operator = scratch.operator();
    for (case, fetched) in [("SC-1", true), ("SC-2", false)] {
        let request = ExportRequest {
            selection: Selection::Case(named(case)),
            purpose: format!("{case} 举证"),
            organization: "示例服务有限公司".to_owned(),
            description: None,
            approval: None,
            key: None,
        };
        let asked = scratch.archive.begin_export(&operator, &request).unwrap();
        assert!(scratch.archive.work_on_next(3_600, &|| false).unwrap());
        if fetched {
            scratch.archive.deliver_export(&operator, asked.id, true).unwrap();
        }
    }
    (scratch, records)
}

fn told(scratch: &Scratch, who: &Caller, record: RecordId) -> Result<Vec<LedgerEntry>, Refusal> {
    scratch.archive.custody(who, record)
}

fn deeds(entries: &[LedgerEntry]) -> Vec<(&'static str, Option<&str>, Option<&str>)> {
    entries
        .iter()
        .map(|entry| (entry.kind.as_str(), entry.package.as_deref(), entry.purpose.as_deref()))
        .collect()
}

#[test]
fn the_custody_of_a_record_tells_of_the_packages_that_held_it_and_of_no_others() {
    let (scratch, [first, second]) = handed_out();
    let entries = told(&scratch, &scratch.operator(), first).unwrap();
    let package = entries[1].package.as_deref().unwrap();
    let countersigns: Vec<_> = entries.iter().map(|entry| entry.countersign).collect();
    assert_eq!(&countersigns[..3], [None, Some(Countersigned::ByNobody), None]);
    assert_eq!(
        deeds(&entries),
        [
            ("captured", None, None),
            ("exported_begun", Some(package), Some("SC-1 举证")),
            ("exported_finished", Some(package), None),
            ("exported_delivered", Some(package), None),
        ]
    );
    assert_eq!(entries[1].actor.to_string(), scratch.operator().user().to_string());
    let other = told(&scratch, &scratch.operator(), second).unwrap();
    assert_ne!(other[1].package.as_deref(), Some(package));
    assert_eq!(
        other.iter().map(|entry| entry.kind.as_str()).collect::<Vec<_>>(),
        ["captured", "exported_begun", "exported_finished"]
    );
}

#[test]
fn purposes_are_for_those_who_answer_for_content_and_what_else_a_package_held_for_those_who_see_all() {
    let (scratch, [record, _]) = handed_out();
    let case = scratch.archive.case(&scratch.operator(), &named("SC-1")).unwrap().case.id;
    let asked = |role: Role, cases: &[crate::base::id::CaseId]| {
        let entries = told(&scratch, &caller(role, 5, cases), record).unwrap();
        (entries[1].purpose.is_some(), !entries[1].bytes.is_empty(), !entries[0].bytes.is_empty())
    };
    assert_eq!(asked(Role::Legal, &[case]), (true, false, true));
    assert_eq!(asked(Role::PrivacyOfficer, &[]), (true, true, true));
    assert_eq!(asked(Role::Auditor, &[]), (false, true, true));
    assert!(matches!(told(&scratch, &caller(Role::Archivist, 5, &[case]), record), Err(Refusal::Forbidden)));
}

#[test]
fn packages_are_told_of_whatever_was_done_to_the_rows_of_exports() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let (scratch, [record, _]) = handed_out();
    let operator = scratch.operator();
    let database = scratch.place.database();
    let before = deeds(&told(&scratch, &operator, record).unwrap()).len();
    execute_raw(&database, "UPDATE exports SET case_id = NULL, state = 'begun'");
    execute_raw(&database, "DELETE FROM exports");
    execute_raw(&database, "DELETE FROM jobs");
    execute_raw(
        &database,
        "UPDATE ledger_entries SET subject = 'x', kind = 'searched' WHERE kind LIKE 'exported%'",
    );
    assert_eq!(told(&scratch, &operator, record).unwrap().len(), before);
    // A list that is gone hides nothing: what cannot be told is refused.
    execute_raw(&database, "DELETE FROM cells WHERE part = 'items'");
    let refused = told(&scratch, &operator, record).map(|_| ());
    assert!(matches!(refused, Err(Refusal::Damaged(Thing::Export))), "{refused:?}");
}
