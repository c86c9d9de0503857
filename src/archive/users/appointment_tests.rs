//! Nobody is both persons of a step: who may approve is appointed by two administrators.

use serde_json::json;

use super::tests::{House, PASSWORD, a_house, typed};
use super::{CreatedUser, NewUser, UserName};
use crate::access::role::{Role, Roles};
use crate::access::two_person::{ApprovalRefusal, LOCKED_OUT_COUNTS_DAYS, TwoPersonAction};
use crate::archive::Caller;
use crate::archive::refusal::Refusal;
use crate::ledger::entry::EntryKind;

fn roles(roles: &[Role]) -> Roles {
    Roles::parse(roles.iter().copied()).unwrap()
}

fn create(house: &House, by: &Caller, name: &str, role: Role) -> Result<CreatedUser, Refusal> {
    let new = NewUser { name: UserName::parse(name).unwrap(), roles: roles(&[role]) };
    house.archive.create_user(by, &new)
}

fn needs_a_second<T>(done: Result<T, Refusal>) -> bool {
    matches!(done, Err(Refusal::NeedsSecondPerson(TwoPersonAction::Appoint)))
}

#[test]
fn the_first_administrator_appoints_alone_and_the_ledger_says_so() {
    let house = a_house();
    let first = house.administrator();
    house.a_user(&first, "legal", &[Role::Legal]);
    house.a_user(&first, "clerk", &[Role::Archivist]);
    let made = house.entries(EntryKind::UserCreated);
    let marks: Vec<_> = made.iter().filter_map(|entry| entry.facts.get("countersigned").cloned()).collect();
    assert_eq!(marks, [json!("not_countersigned")], "of the counsel, not of the archivist");
}

#[test]
fn once_there_are_two_neither_makes_a_second_person_alone() {
    let house = a_house();
    let (archive, first) = (&house.archive, house.administrator());
    let second = house.a_user(&first, "second", &[Role::Administrator]);
    assert!(needs_a_second(create(&house, &first, "puppet", Role::PrivacyOfficer)));
    let clerk = create(&house, &first, "clerk", Role::Archivist).unwrap().id;
    let raised = roles(&[Role::Archivist, Role::Legal]);
    assert!(needs_a_second(archive.change_roles(&first, clerk, &raised, None)));
    let approval = house.appointed(&second, &first, clerk, &raised);
    let more = roles(&[Role::Archivist, Role::Legal, Role::Reviewer]);
    let differs = archive.change_roles(&first, clerk, &more, Some(approval));
    assert!(matches!(differs, Err(Refusal::Approval(ApprovalRefusal::OtherRequest))));
    archive.change_roles(&first, clerk, &raised, Some(approval)).unwrap();
    let mark = house.fact(EntryKind::RoleChanged, "countersigned").pop().unwrap();
    assert_eq!(mark, json!({"approval": approval.to_string(), "by": second.user().to_string()}));
    // To take such a role away is done at once.
    archive.change_roles(&second, clerk, &roles(&[Role::Archivist]), None).unwrap();
}

#[test]
fn who_locks_the_other_out_is_not_alone_by_it() {
    let house = a_house();
    let (archive, first) = (&house.archive, house.administrator());
    let second = house.a_user(&first, "second", &[Role::Administrator]);
    assert!(needs_a_second(archive.change_roles(&first, second.user(), &roles(&[Role::Service]), None)));
    archive.disable_user(&first, second.user()).unwrap();
    assert!(needs_a_second(create(&house, &first, "puppet", Role::PrivacyOfficer)));
    house.wait(LOCKED_OUT_COUNTS_DAYS * 24 * 3600 + 1);
    create(&house, &first, "successor", Role::Administrator).unwrap();
}

#[test]
fn an_administrator_who_never_came_in_is_nobody_to_ask() {
    let house = a_house();
    let first = house.administrator();
    let made = create(&house, &first, "second", Role::Administrator).unwrap();
    create(&house, &first, "legal", Role::Legal).unwrap();
    let password = made.password.expose_text().unwrap();
    let came = house.archive.caller_as(&typed("second", password)).unwrap();
    let change = super::PasswordChange { old: password, new: PASSWORD };
    house.archive.change_own_password(&came, change).unwrap();
    assert!(needs_a_second(create(&house, &first, "puppet", Role::Legal)));
}
