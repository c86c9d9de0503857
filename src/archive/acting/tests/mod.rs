mod doors;
mod streams;
mod use_cases;
pub(in crate::archive) mod world;

use std::collections::BTreeSet;

use crate::archive::refusal::Refusal;
use crate::ledger::entry::{Actor, decode};
use crate::store::rows::ledger;

use use_cases::{ASKED_OTHERWISE, USE_CASES, UseCase};
use world::{Round, Who, World};

/// Entries in the name of any of them.
fn entries_of(world: &World) -> usize {
    let people = [&world.operator, &world.clerk, &world.privacy].map(|caller| Actor::User(caller.user()));
    let rows = world.archive().inner.store.read(|conn| ledger::entries_from(conn, 0, 10_000)).unwrap();
    rows.iter().filter(|row| people.contains(&decode(&row.body).unwrap().actor)).count()
}

fn is_out(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Forbidden | Refusal::SessionEnded | Refusal::BadCredentials)
}

/// Every use case twice, with callers who were let in before: once while they are in, once after they
/// were disabled between being judged and writing.
#[test]
fn nobody_acts_who_was_disabled_between_being_judged_and_writing() {
    let world = World::new();
    for UseCase { file, name, who, run } in USE_CASES {
        let caller = world.live(*who);
        if let Err(refusal) = run(&world, &caller, Round::First) {
            assert!(!is_out(&refusal), "{file} {name}: {refusal}");
        }
    }
    let [operator, clerk, privacy] = [Who::Operator, Who::Clerk, Who::Privacy].map(|who| world.live(who));
    for person in [&operator, &clerk, &privacy] {
        world.archive().disable_user(&world.keeper, person.user()).unwrap();
    }
    let (before, uploads) = (entries_of(&world), world.uploads());
    for UseCase { file, name, who, run } in USE_CASES {
        let caller = match who {
            Who::Operator => &operator,
            Who::Clerk => &clerk,
            Who::Privacy => &privacy,
        };
        match run(&world, caller, Round::Second) {
            Err(refusal) => assert!(is_out(&refusal), "{file} {name}: {refusal}"),
            Ok(()) => panic!("{file} {name}: somebody who is disabled acted"),
        }
        assert_eq!(entries_of(&world), before, "{file} {name}");
    }
    assert_eq!(world.uploads(), uploads);
}

/// What is in the source is in the table, and nothing acts for a caller by another way.
#[test]
fn every_use_case_that_writes_is_in_the_table() {
    let sources = doors::sources();
    let mut seen = BTreeSet::new();
    for (file, text) in &sources {
        let calls = doors::count(text, &["write_as(", "write_guarded_as(", "maintain_as("]);
        if calls == 0 {
            continue;
        }
        seen.insert(file.as_str());
        let rows = USE_CASES.iter().filter(|row| row.file == file).count();
        let otherwise = ASKED_OTHERWISE.iter().find(|(name, _, _)| name == file).map_or(0, |(_, n, _)| *n);
        assert!(rows + otherwise >= calls, "{file}: {calls} calls, {rows} rows in acting/tests/use_cases.rs");
    }
    for row in USE_CASES {
        assert!(seen.contains(row.file), "{}: {} is in the table for nothing", row.file, row.name);
    }
}

#[test]
fn the_bare_writer_is_for_those_who_are_named_here() {
    for (file, text) in &doors::sources() {
        let calls = doors::count(text, &["store.write(", "store.write_guarded(", "store.maintain("]);
        let named = doors::BARE.iter().find(|(name, _, _)| name == file).map_or(0, |(_, n, _)| *n);
        assert_eq!(calls, named, "{file}: a change for a caller goes through Inner::write_as");
    }
}
