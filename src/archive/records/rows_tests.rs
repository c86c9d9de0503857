//! What is told after somebody who can write to the database took rows away whole, or changed those by which
//! others are found: who has a grant, which cases and matters there are, who a party is.

use serde_json::json;

use super::RecordFilter;
use super::tampering::{filed, is_damaged};
use crate::access::role::Role;
use crate::archive::cases::tests::{caller, named, scratch};
use crate::archive::cases::{AttainmentQuery, CaseQuery, GapQuery};
use crate::archive::matters::MatterQuery;
use crate::archive::matters::tests::fields;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::tests::{Scratch, on_postgres};
use crate::archive::users::tests::a_house;
use crate::archive::users::{Granted, Grantee};
use crate::base::id::CaseId;
use crate::record::request::CaseRef;
use crate::store::rows::cases::CaseState;
use crate::store::testing::{dump, execute_raw};

fn raw(scratch: &Scratch, sql: &str) {
    execute_raw(&scratch.place.database(), &format!("PRAGMA foreign_keys = OFF; {sql}"));
}

fn listed(scratch: &Scratch, query: &CaseQuery, limit: u32) -> Vec<(CaseId, bool)> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let operator = scratch.operator();
        let page = scratch.archive.list_cases(&operator, query, cursor.as_deref(), limit).unwrap();
        all.extend(page.items.into_iter().map(|case| (case.id, case.damaged)));
        match page.next {
            Some(next) => cursor = Some(next),
            None => return all,
        }
    }
}

#[test]
fn a_case_of_which_every_row_is_gone_is_listed_where_it_stood_and_shown_to_nobody() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let scratch = scratch();
    let (archive, operator) = (&scratch.archive, scratch.operator());
    let open = |number: u32| scratch.open_case(json!({"reference": format!("SC-{number}"), "title": "巡检"}));
    let cases: Vec<CaseId> = (0..5).map(|number| open(number).unwrap().id).collect();
    let before: Vec<CaseId> = listed(&scratch, &CaseQuery::default(), 50).iter().map(|it| it.0).collect();
    let gone = cases[2];
    raw(
        &scratch,
        &format!(
            "DELETE FROM cases WHERE id = '{gone}'; DELETE FROM case_parties WHERE case_id = '{gone}'; \
             DELETE FROM cells WHERE owner = '{gone}'"
        ),
    );
    for limit in [50, 1, 2, 3] {
        let told = listed(&scratch, &CaseQuery::default(), limit);
        assert_eq!(told.iter().map(|it| it.0).collect::<Vec<_>>(), before, "pages of {limit}");
        assert!(told.iter().all(|(id, damaged)| *damaged == (*id == gone)), "{told:?}");
    }
    let by_state = |state| listed(&scratch, &CaseQuery { state: Some(state), ..CaseQuery::default() }, 50);
    assert!(by_state(CaseState::Open).contains(&(gone, true)) && by_state(CaseState::Closed).is_empty());
    is_damaged(archive.case(&operator, &CaseRef::Id(gone)), Thing::Case, "by its id");
    let stranger = caller(Role::Service, 7, &[cases[0]]);
    let sees = archive.list_cases(&stranger, &CaseQuery::default(), None, 50).unwrap().items;
    assert_eq!(sees.iter().map(|case| case.id).collect::<Vec<_>>(), [cases[0]]);
    let asked = archive.case(&stranger, &CaseRef::Id(gone));
    assert!(matches!(asked, Err(Refusal::NotFound(Thing::Case))), "who did not see it learns nothing");
    let gaps = archive.gaps(&operator, &GapQuery::default(), None, 50).unwrap();
    assert_eq!(gaps.damaged, [gone]);
    let table = archive.attainment_table(&operator, &AttainmentQuery::default());
    is_damaged(table, Thing::Case, "a sum that would leave it out");
    // Many at once are told of by none of the pages.
    for number in 10..220 {
        open(number).unwrap();
    }
    raw(&scratch, "DELETE FROM cases");
    let page = archive.list_cases(&operator, &CaseQuery::default(), None, 50);
    is_damaged(page.map(|_| ()), Thing::Case, "all are gone");
}

#[test]
fn a_matter_of_which_every_row_is_gone_is_listed_and_shown_to_nobody() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let scratch = scratch();
    let (archive, operator) = (&scratch.archive, scratch.operator());
    let open = |reference: &str| archive.open_matter(&operator, fields(reference, &json!({}))).unwrap().id;
    let (gone, stays) = (open("FA-1"), open("FA-2"));
    let privacy = caller(Role::PrivacyOfficer, 3, &[]);
    raw(
        &scratch,
        &format!(
            "DELETE FROM matters WHERE id = '{gone}'; DELETE FROM matter_people WHERE matter_id = '{gone}'"
        ),
    );
    let page = archive.list_matters(&privacy, MatterQuery::default(), None, 10).unwrap().items;
    let mut told: Vec<_> = page.iter().map(|line| (line.id, line.damaged, line.words.is_some())).collect();
    told.sort_by_key(|line| line.1);
    assert_eq!((told[0].0, told[0].1), (stays, false));
    assert_eq!(told[1..], [(gone, true, false)]);
    let line = page.iter().find(|line| line.id == gone).unwrap();
    assert_eq!(line.evidence_deadline.unwrap().to_string(), "2026-07-15");
    is_damaged(archive.matter(&privacy, gone), Thing::Matter, "by its id");
    archive.matter(&privacy, stays).unwrap();
    let stranger = caller(Role::Legal, 8, &[]);
    assert!(matches!(archive.matter(&stranger, gone), Err(Refusal::NotFound(Thing::Matter))));
}

#[test]
fn who_has_a_grant_is_told_as_the_ledger_says() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let house = a_house();
    let administrator = house.administrator();
    let [one, other, third] = ["li.min", "wang.fang", "zhao.lei"]
        .map(|name| house.a_user(&administrator, name, &[Role::Legal]).user());
    let granted = Granted::Case(house.a_case());
    house.archive.grant(&administrator, one, granted).unwrap();
    house.archive.grant(&administrator, third, granted).unwrap();
    let told = || {
        let mut told = house.archive.list_grants(&administrator, granted).unwrap();
        told.sort_by_key(|one| (one.damaged, one.user));
        told
    };
    let whole = |user| Grantee { user, damaged: false };
    let damaged = |user| Grantee { user, damaged: true };
    let ordered = |mut these: Vec<Grantee>| {
        these.sort_by_key(|one| (one.damaged, one.user));
        these
    };
    assert_eq!(told(), ordered(vec![whole(one), whole(third)]));
    let database = house.place.database();
    // Taken from one, and given to the other, past the program.
    execute_raw(&database, &format!("DELETE FROM grants WHERE user_id = '{one}'"));
    assert_eq!(told(), [whole(third), damaged(one)]);
    execute_raw(
        &database,
        &format!(
            "INSERT INTO grants SELECT '{other}', scope, scope_id FROM grants WHERE user_id = '{third}'"
        ),
    );
    assert_eq!(told(), ordered(vec![whole(third), damaged(one), damaged(other)]));
    execute_raw(&database, &format!("PRAGMA foreign_keys = OFF; DELETE FROM users WHERE id = '{third}'"));
    assert!(told().contains(&damaged(third)));
}

#[test]
fn a_capture_joins_no_party_whose_row_was_changed() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let capture = |scratch: &Scratch, name: &str| {
        let request = json!({"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01",
            "parties": [{"role": "customer", "name": name}], "components": [{"name": "a.txt"}]});
        scratch.capture(&request.to_string(), b"x")
    };
    // Known to the program, and after a new start of it.
    for is_remembered in [true, false] {
        let scratch = scratch();
        for name in ["甲公司", "乙公司", "甲公司"] {
            capture(&scratch, name).unwrap();
        }
        if !is_remembered {
            scratch.archive.inner.registered.forget();
        }
        // Whoever names the one would get the other.
        raw(
            &scratch,
            "CREATE TEMP TABLE t AS SELECT id, name_token FROM parties; \
             UPDATE parties SET name_token = randomblob(16); \
             UPDATE parties SET name_token = (SELECT name_token FROM t WHERE t.id <> parties.id)",
        );
        let before = dump(&scratch.place.database(), "SELECT CAST(count(*) AS TEXT) FROM record_parties");
        for name in ["甲公司", "乙公司"] {
            is_damaged(capture(&scratch, name), Thing::Party, name);
        }
        let after = dump(&scratch.place.database(), "SELECT CAST(count(*) AS TEXT) FROM record_parties");
        assert_eq!(before, after);
        let filter = RecordFilter { party: Some("甲公司".to_owned()), ..RecordFilter::default() };
        let found = scratch.archive.list(&scratch.operator(), &filter, None, 10);
        is_damaged(found.map(|_| ()), Thing::Party, "the records of the other would be listed");
        capture(&scratch, "丙公司").unwrap();
    }
}

#[test]
fn a_first_entry_that_cannot_be_found_by_what_stands_beside_it_hides_no_page() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let filed = filed();
    let (scratch, record) = (&filed.scratch, filed.ticket);
    let (archive, operator) = (&scratch.archive, scratch.operator());
    let list =
        |who: &crate::archive::Caller| archive.list(who, &RecordFilter::default(), None, 50).unwrap().items;
    let whole = list(&operator);
    for column in ["subject = 'x'", "kind = 'original_read'", "kind = 'nonsense'", "at = 0"] {
        let of = format!("subject = '{record}' AND kind = 'captured'");
        let seq = dump(
            &scratch.place.database(),
            &format!("SELECT CAST(seq AS TEXT) FROM ledger_entries WHERE {of}"),
        );
        let kept = format!(
            "CREATE TABLE kept AS SELECT * FROM ledger_entries WHERE seq = {}; UPDATE ledger_entries SET {column} WHERE seq = {}",
            seq[0], seq[0]
        );
        raw(scratch, &kept);
        // By the instant of its row the entry is found all the same, and says what it always said.
        assert_eq!(
            list(&operator).iter().map(|it| (it.id, it.damaged)).collect::<Vec<_>>(),
            whole.iter().map(|it| (it.id, false)).collect::<Vec<_>>(),
            "{column}"
        );
        raw(
            scratch,
            &format!(
                "DELETE FROM ledger_entries WHERE seq = {}; INSERT INTO ledger_entries SELECT * FROM kept; DROP TABLE kept",
                seq[0]
            ),
        );
    }
    raw(
        scratch,
        &format!(
            "UPDATE ledger_entries SET subject = 'x' WHERE subject = '{record}' AND kind = 'captured'; \
             UPDATE records SET captured_at = captured_at + 86400000000 WHERE id = '{record}'"
        ),
    );
    let told = list(&operator);
    assert_eq!(told.len(), whole.len());
    assert!(told.iter().all(|line| line.damaged == (line.id == record)), "{told:?}");
    assert!(told.iter().all(|line| line.title.is_none() || line.id != record));
    // Nothing shows who may see it: who sees only some records does not get it.
    let service = caller(Role::Service, 9, &filed.cases);
    assert!(list(&service).iter().all(|line| line.id != record));
    is_damaged(archive.show(&operator, record), Thing::Record, "shown");
    archive.case(&operator, &named("SC-2")).unwrap();
}
