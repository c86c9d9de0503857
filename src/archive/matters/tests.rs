//! The rules of matters.

use serde_json::{Value, json};

use super::{MatterQuery, facts};
use crate::access::rights::{ActorRights, Via};
use crate::access::role::{Role, Roles};
use crate::archive::cases::Entered;
use crate::archive::cases::tests::{now, scratch, with_rights};
use crate::archive::refusal::Thing;
use crate::archive::tests::{Scratch, on_postgres};
use crate::archive::users::{self, NewAccount};
use crate::archive::{Caller, Refusal};
use crate::base::entropy::SeededEntropy;
use crate::base::id::{MatterId, UserId};
use crate::ledger::entry::{Actor, decode};
use crate::record::matter::{MatterDuty, MatterFields, MatterPerson, MatterState};
use crate::record::request::FaultCode;
use crate::store::rows::users::grants_of;
use crate::store::rows::{ledger, matters};
use crate::store::testing::execute_raw;

pub(in crate::archive) fn fields(reference: &str, more: &Value) -> MatterFields {
    let mut json = json!({"reference": reference, "kind": "诉讼仲裁", "title": "服务合同纠纷",
        "court": "样例市第一人民法院", "opponents": ["临江样例科技有限公司"],
        "evidence_deadline": "2026-07-15", "hearing_on": "2026-08-02"});
    for (key, value) in more.as_object().unwrap() {
        json[key] = value.clone();
    }
    MatterFields::from_json(&json).unwrap()
}

/// A user of the archive, with what the database says was granted.
fn user(scratch: &Scratch, name: &str, role: Role) -> UserId {
    let id = UserId::generate(now(), &SeededEntropy::new(name.len() as u64 + u64::from(name.as_bytes()[0])));
    let account = NewAccount {
        id,
        name: name.to_owned(),
        roles: Roles::parse([role]).unwrap(),
        password: None,
        must_change_password: false,
        countersign: None,
    };
    let inner = std::sync::Arc::clone(&scratch.archive.inner);
    let written = scratch
        .archive
        .inner
        .store
        .write(move |tx| users::insert(&inner, &inner.keys(), tx, Actor::System, &account));
    written.map_err(Refusal::from).unwrap();
    id
}

fn caller(scratch: &Scratch, user: UserId, role: Role) -> Caller {
    let mut rights = ActorRights::new(user, Roles::parse([role]).unwrap(), Via::Session);
    let grants = scratch.archive.inner.store.read(|conn| grants_of(conn, user)).unwrap();
    rights.matters = grants.iter().filter_map(|grant| MatterId::parse(&grant.scope_id).ok()).collect();
    with_rights(rights)
}

fn opened(scratch: &Scratch, by: UserId) -> Entered<MatterId> {
    let counsel = caller(scratch, by, Role::Legal);
    scratch.archive.open_matter(&counsel, fields("FA-2026-003", &json!({}))).unwrap()
}

#[test]
fn whoever_opens_a_matter_is_on_it_and_sees_all_of_it() {
    let scratch = scratch();
    let anna = user(&scratch, "anna", Role::Legal);
    let matter = opened(&scratch, anna);
    let anna = caller(&scratch, anna, Role::Legal);
    let view = scratch.archive.matter(&anna, matter.id).unwrap();
    assert_eq!(view.revision, matter.revision);
    assert_eq!(view.people.len(), 1);
    assert_eq!((view.people[0].user, view.people[0].duty), (anna.user(), MatterDuty::Member));
    assert_eq!(view.fields.unwrap().court.unwrap().as_str(), "样例市第一人民法院");
    assert_eq!(view.matter.evidence_deadline.unwrap().to_string(), "2026-07-15");
    let again = scratch.archive.open_matter(&anna, fields("fa-2026-003", &json!({})));
    assert!(matches!(again, Err(Refusal::Exists(Thing::Matter))));
}

#[test]
fn a_matter_is_seen_by_its_people_and_as_facts_by_those_who_watch() {
    let scratch = scratch();
    let (anna, berta) = (user(&scratch, "anna", Role::Legal), user(&scratch, "berta", Role::Legal));
    let matter = opened(&scratch, anna);
    let outside = caller(&scratch, berta, Role::Legal);
    assert!(matches!(scratch.archive.matter(&outside, matter.id), Err(Refusal::NotFound(Thing::Matter))));
    let list = |who: &Caller| scratch.archive.list_matters(who, MatterQuery::default(), None, 10);
    assert!(list(&outside).unwrap().items.is_empty());
    let counsel = caller(&scratch, anna, Role::Legal);
    let person = MatterPerson { user: berta, duty: MatterDuty::SubstituteApprover };
    scratch.archive.add_matter_person(&counsel, matter.id, person, None).unwrap();
    let inside = caller(&scratch, berta, Role::Legal);
    assert_eq!(list(&inside).unwrap().items[0].words.as_ref().unwrap().title.as_str(), "服务合同纠纷");
    scratch.archive.remove_matter_person(&counsel, matter.id, person, None).unwrap();
    assert!(list(&caller(&scratch, berta, Role::Legal)).unwrap().items.is_empty());
    let auditor = caller(&scratch, berta, Role::Auditor);
    let seen = scratch.archive.matter(&auditor, matter.id).unwrap();
    assert!(seen.fields.is_none() && seen.matter.words.is_none());
    assert!(matches!(list(&caller(&scratch, berta, Role::Archivist)), Err(Refusal::Forbidden)));
}

#[test]
fn only_users_who_may_come_in_get_a_duty_and_nobody_twice() {
    let scratch = scratch();
    let anna = user(&scratch, "anna", Role::Legal);
    let matter = opened(&scratch, anna);
    let counsel = caller(&scratch, anna, Role::Legal);
    let stranger = UserId::generate(now(), &SeededEntropy::new(99));
    let add = |user, duty| {
        scratch.archive.add_matter_person(&counsel, matter.id, MatterPerson { user, duty }, None)
    };
    assert!(matches!(add(stranger, MatterDuty::Member), Err(Refusal::Faults(_))));
    assert!(matches!(add(anna, MatterDuty::Member), Err(Refusal::Exists(Thing::User))));
    add(anna, MatterDuty::Counsel).unwrap();
    let remove = |duty| {
        scratch.archive.remove_matter_person(&counsel, matter.id, MatterPerson { user: anna, duty }, None)
    };
    remove(MatterDuty::Member).unwrap();
    assert!(matches!(remove(MatterDuty::Member), Err(Refusal::NotFound(Thing::User))));
    // Another duty keeps the sight of it; the last person stays.
    assert!(scratch.archive.matter(&caller(&scratch, anna, Role::Legal), matter.id).is_ok());
    assert!(matches!(remove(MatterDuty::Counsel), Err(Refusal::WrongState)));
}

#[test]
fn a_change_depends_on_what_was_seen() {
    let scratch = scratch();
    let anna = user(&scratch, "anna", Role::Legal);
    let matter = opened(&scratch, anna);
    let counsel = caller(&scratch, anna, Role::Legal);
    let later = fields("FA-2026-003", &json!({"hearing_on": "2026-09-01", "title": "合同纠纷（二审）"}));
    let changed =
        scratch.archive.change_matter(&counsel, matter.id, later.clone(), Some(matter.revision)).unwrap();
    let stale = scratch.archive.change_matter(&counsel, matter.id, later, Some(matter.revision));
    assert!(matches!(stale, Err(Refusal::Stale)));
    let view = scratch.archive.matter(&counsel, matter.id).unwrap();
    assert_eq!(view.revision, changed.revision);
    assert_eq!(view.matter.hearing_on.unwrap().to_string(), "2026-09-01");
    assert_eq!(view.people.len(), 1, "people change by themselves");
    let close = |state| scratch.archive.set_matter_state(&counsel, matter.id, state, None);
    close(MatterState::Closed).unwrap();
    assert!(matches!(close(MatterState::Closed), Err(Refusal::WrongState)));
    let query = MatterQuery { state: Some(MatterState::Closed) };
    assert_eq!(scratch.archive.list_matters(&counsel, query, None, 10).unwrap().items.len(), 1);
}

#[test]
fn the_facts_made_again_from_the_rows_are_those_of_the_ledger() {
    let scratch = scratch();
    let anna = user(&scratch, "anna", Role::Legal);
    let matter = opened(&scratch, anna);
    let counsel = caller(&scratch, anna, Role::Legal);
    let person = MatterPerson { user: anna, duty: MatterDuty::Counsel };
    scratch.archive.add_matter_person(&counsel, matter.id, person, None).unwrap();
    scratch.archive.set_matter_state(&counsel, matter.id, MatterState::Closed, None).unwrap();
    let (row, people, entries) = scratch
        .archive
        .inner
        .store
        .read(|conn| {
            let row = matters::get(conn, matter.id)?.unwrap();
            let people = matters::people_of(conn, matter.id)?;
            Ok::<_, crate::store::StoreError>((row, people, ledger::about(conn, &matter.id.to_string())?))
        })
        .unwrap();
    let entries: Vec<_> = entries.iter().map(|row| decode(&row.body).unwrap()).collect();
    assert_eq!(entries.len(), 3);
    assert_eq!(entries[2].facts["matter"], facts::standing(&row, &people));
    assert_ne!(entries[0].facts["matter"], entries[1].facts["matter"]);
    let text = entries.iter().map(|entry| Value::Object(entry.facts.clone()).to_string()).collect::<String>();
    assert!(text.is_ascii() && !text.contains("FA-2026"));
}

#[test]
fn a_duty_is_for_those_whose_role_reads_matters() {
    let scratch = scratch();
    let anna = user(&scratch, "anna", Role::Legal);
    let matter = opened(&scratch, anna);
    let counsel = caller(&scratch, anna, Role::Legal);
    for (number, role) in Role::ALL.into_iter().enumerate() {
        let named = user(&scratch, &"x".repeat(number + 10), role);
        for duty in [MatterDuty::Counsel, MatterDuty::Member] {
            let person = MatterPerson { user: named, duty };
            let added = scratch.archive.add_matter_person(&counsel, matter.id, person, None);
            if role == Role::Legal {
                added.unwrap();
                let seen = scratch.archive.matter(&caller(&scratch, named, role), matter.id).unwrap();
                assert!(seen.fields.is_some(), "who is on a matter reads it");
                continue;
            }
            let Err(Refusal::Faults(faults)) = added else { panic!("{role}: {added:?}") };
            assert_eq!(faults[0].path, "people[0].user");
            assert_eq!(faults[0].code, FaultCode::RoleNeeded { roles: vec!["legal"] });
            assert!(grants_of_user(&scratch, named).is_empty(), "{role}");
        }
        let people = json!([{"user": named.to_string(), "duty": "member"}]);
        let reference = format!("FA-2026-1{number}");
        let opened = scratch.archive.open_matter(&counsel, fields(&reference, &json!({"people": people})));
        assert_eq!(opened.is_ok(), role == Role::Legal, "{role}");
    }
}

fn grants_of_user(scratch: &Scratch, user: UserId) -> Vec<crate::store::rows::users::GrantRow> {
    scratch.archive.inner.store.read(|conn| grants_of(conn, user)).unwrap()
}

#[test]
fn a_matter_is_never_left_with_nobody_who_reads_it() {
    use crate::archive::matters::readers::must_remain;
    let scratch = scratch();
    let (anna, berta) = (user(&scratch, "anna", Role::Legal), user(&scratch, "berta", Role::Legal));
    let matter = opened(&scratch, anna);
    let counsel = caller(&scratch, anna, Role::Legal);
    let last = |user: UserId| match scratch.archive.inner.store.read(|conn| must_remain(conn, user, None)) {
        Ok(()) => Vec::new(),
        Err(Refusal::LastReader(matters)) => matters,
        Err(other) => panic!("{other}"),
    };
    assert_eq!((last(anna), last(berta)), (vec![matter.id], Vec::new()));
    let person = MatterPerson { user: berta, duty: MatterDuty::Counsel };
    scratch.archive.add_matter_person(&counsel, matter.id, person, None).unwrap();
    assert_eq!((last(anna), last(berta)), (Vec::new(), Vec::new()));
    // She loses the role, but not the duty: he is the only one who reads it then, and stays.
    let inner = std::sync::Arc::clone(&scratch.archive.inner);
    let lost = crate::store::rows::users::UserRoleRow { user_id: berta, role: "legal".to_owned() };
    inner
        .store
        .maintain(move |upkeep| {
            crate::store::rows::users::remove_role(upkeep.conn(), &lost)?;
            Ok::<_, Refusal>(())
        })
        .map_err(Refusal::from)
        .unwrap();
    assert_eq!((last(anna), last(berta)), (vec![matter.id], Vec::new()));
    let himself = MatterPerson { user: anna, duty: MatterDuty::Member };
    let left = scratch.archive.remove_matter_person(&counsel, matter.id, himself, None);
    assert!(matches!(left, Err(Refusal::LastReader(_))), "{left:?}");
    assert!(scratch.archive.matter(&counsel, matter.id).is_ok());
}

#[test]
fn a_matter_whose_entries_cannot_be_read_hides_no_page_and_is_shown_to_nobody() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let scratch = scratch();
    let (anna, berta) = (user(&scratch, "anna", Role::Legal), user(&scratch, "berta", Role::Legal));
    let matter = opened(&scratch, anna);
    let anna = caller(&scratch, anna, Role::Legal);
    let other = scratch.archive.open_matter(&anna, fields("FA-2026-004", &json!({}))).unwrap();
    let sql = format!(
        "UPDATE ledger_entries SET subject = 'x' WHERE subject = '{0}'; \
         UPDATE matters SET hearing_on = '2030-01-01' WHERE id = '{0}'",
        matter.id
    );
    execute_raw(&scratch.place.database(), &sql);
    let list =
        |who: &Caller| scratch.archive.list_matters(who, MatterQuery::default(), None, 10).unwrap().items;
    let auditor = list(&caller(&scratch, berta, Role::Auditor));
    let told = |id| auditor.iter().find(|line| line.id == id).map(|line| line.damaged);
    assert_eq!((told(matter.id), told(other.id)), (Some(true), Some(false)));
    assert!(auditor.iter().all(|line| line.id == other.id || line.evidence_deadline.is_none()));
    assert!(list(&caller(&scratch, berta, Role::Legal)).is_empty());
    let shown = scratch.archive.matter(&anna, matter.id);
    assert!(matches!(shown, Err(Refusal::Damaged(Thing::Matter))));
}
