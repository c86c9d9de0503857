use super::*;

#[test]
fn what_somebody_was_refused_is_entered_with_what_was_asked_and_nothing_else() {
    let house = a_house();
    let administrator = house.administrator();
    let user = house.a_user(&administrator, "curious", &[Role::Service]);
    for _ in 0..12 {
        assert!(house.archive.list_tokens(&user, administrator.user()).is_err());
    }
    assert!(house.entries(EntryKind::Refused).is_empty());
    house.archive.enter_refusals().unwrap();
    let entered = house.entries(EntryKind::Refused);
    assert_eq!(entered.len(), 10, "the rest is counted for the next entry");
    assert!(entered.iter().all(|entry| entry.subject == user.user().to_string()));
    assert_eq!(entered[0].facts["resource"], "token");
    assert_eq!(entered[0].facts["action"], "list");
    house.wait(6);
    assert!(house.archive.list_tokens(&user, administrator.user()).is_err());
    house.archive.enter_refusals().unwrap();
    assert_eq!(house.entries(EntryKind::Refused)[10].facts["passed_over"], 2);
    // What is not there was refused to nobody.
    let nobody = UserId::generate(START, &crate::base::entropy::SeededEntropy::new(5));
    assert!(house.archive.list_tokens(&user, nobody).is_err());
}

#[test]
fn a_refusal_is_entered_without_being_asked_for_while_the_archive_works_and_when_it_closes() {
    let House { _folder, place, options, archive, token, .. } = a_house();
    archive.start_background().unwrap();
    let caller = archive.caller_of_bearer(&token, RequestKind::Deliberate).unwrap();
    let refused = |archive: &Archive| {
        let rows = archive.inner.store.read(|conn| ledger::entries_from(conn, 0, 1000)).unwrap();
        rows.iter().filter(|row| row.kind == EntryKind::Refused).count()
    };
    assert!(
        archive
            .create_user(
                &caller,
                &NewUser {
                    name: UserName::parse("mallory").unwrap(),
                    roles: Roles::parse([Role::Administrator]).unwrap(),
                }
            )
            .is_err()
    );
    drop(caller);
    drop(archive);
    let archive = Archive::open(&place, &options).unwrap();
    assert_eq!(refused(&archive), 1);
}

#[test]
fn neither_names_nor_addresses_nor_passwords_reach_the_ledger_or_the_database() {
    let house = a_house();
    let administrator = house.administrator();
    house.a_user(&administrator, "wang.xiaoming", &[Role::Legal]);
    let wrong = LogIn { source: Some("203.0.113.99"), ..typed("wang.xiaoming", "wrong-secret-phrase") };
    assert!(house.archive.log_in(&wrong).is_err());
    house.wait(60);
    house.archive.tidy_access().unwrap();
    let data = house.place.data().to_owned();
    drop(house.archive);
    for file in
        std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
    {
        let bytes = std::fs::read(&file).unwrap();
        for word in ["wang.xiaoming", "203.0.113.99", "wrong-secret-phrase", PASSWORD, "$argon2id"] {
            let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "{word} in {}", file.display());
        }
    }
}
