//! Whoever is served for long is looked at again while it goes on.

use super::world::{Who, World, a_person, in_person};
use crate::access::role::Role;
use crate::archive::records::{Form, OpenRequest};
use crate::archive::refusal::Refusal;
use crate::archive::users::Granted;

fn reading(world: &World) -> OpenRequest {
    OpenRequest {
        record: world.records[0],
        entry: None,
        version: None,
        component: 0,
        purpose: "核对".to_owned(),
        form: Form::Content,
    }
}

#[test]
fn a_reader_who_loses_the_case_or_the_account_gets_no_further_piece() {
    let world = World::new();
    let archive = world.archive();
    let counsel = a_person(archive, "counsel", Role::Legal, None);
    let case = world.scratch.case(super::world::CASE).case.id;
    archive.grant(&world.keeper, counsel, Granted::Case(case)).unwrap();
    let mut opened = archive.open_original(&in_person(archive, counsel), &reading(&world)).unwrap();
    opened.watch.look_now().unwrap();
    // Words about others change nothing for this one.
    archive.disable_user(&world.keeper, world.people[0]).unwrap();
    opened.watch.look_now().unwrap();
    archive.revoke_grant(&world.keeper, counsel, Granted::Case(case)).unwrap();
    assert!(matches!(opened.watch.look_now(), Err(Refusal::NotFound(_))));
    archive.grant(&world.keeper, counsel, Granted::Case(case)).unwrap();
    opened.watch.look_now().unwrap();
    archive.disable_user(&world.keeper, counsel).unwrap();
    assert!(matches!(opened.watch.look_now(), Err(Refusal::BadCredentials)));
}

#[test]
fn whoever_fetches_a_package_or_the_ledger_is_looked_at_too() {
    let world = World::new();
    let archive = world.archive();
    let mut package = archive.deliver_export(&world.operator, world.export, true).unwrap().bundle;
    let mut ledger = archive.export_ledger(&world.operator, &[]).unwrap();
    let mut sent = archive.watch_over(&world.live(Who::Operator));
    for watch in [&mut package.watch, &mut ledger.watch, &mut sent] {
        watch.look_now().unwrap();
    }
    archive.disable_user(&world.keeper, world.operator.user()).unwrap();
    for watch in [&mut package.watch, &mut ledger.watch, &mut sent] {
        assert!(matches!(watch.look_now(), Err(Refusal::Forbidden)));
    }
}
