use super::*;

#[test]
fn a_disabled_user_is_out_at_once_by_every_door() {
    let house = a_house();
    let administrator = house.administrator();
    let user = house.a_user(&administrator, "li.min", &[Role::Archivist]);
    let session = house.archive.log_in(&typed("li.min", PASSWORD)).unwrap();
    let new = NewToken { scopes: TokenScopes::parse("record:create").unwrap(), expires_at: None };
    let token = house.archive.create_token(&user, &new).unwrap();
    let by_token = || house.archive.caller_of_token(token.secret.expose_text().unwrap());
    assert!(by_token().is_ok());
    house.archive.disable_user(&administrator, user.user()).unwrap();
    assert!(matches!(by_token(), Err(Refusal::TokenInvalid)));
    let by_session = house.archive.caller_of_session(text_of(&session), RequestKind::Polling);
    assert!(matches!(by_session, Err(Refusal::SessionEnded)));
    assert!(matches!(house.archive.log_in(&typed("li.min", PASSWORD)), Err(Refusal::BadCredentials)));
    house.archive.enable_user(&administrator, user.user()).unwrap();
    assert!(by_token().is_ok() && house.archive.log_in(&typed("li.min", PASSWORD)).is_ok());
}

#[test]
fn sessions_are_seen_by_their_owner_and_administrators_only() {
    let house = a_house();
    let administrator = house.administrator();
    let user = house.a_user(&administrator, "li.min", &[Role::Legal]);
    let other = house.a_user(&administrator, "wang.fang", &[Role::Legal]);
    let browser =
        SessionLabel::of_user_agent("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
    house.archive.log_in(&LogIn { label: browser, ..typed("li.min", PASSWORD) }).unwrap();
    let own = house.archive.list_sessions(&user, user.user()).unwrap();
    assert_eq!(own.iter().map(|session| session.label.as_str()).collect::<Vec<_>>(), ["firefox/linux"]);
    let id = &own[0].id;
    let strangers = house.archive.list_sessions(&other, user.user());
    assert!(matches!(strangers, Err(Refusal::NotFound(Thing::User))));
    let refused = house.archive.revoke_session(&other, user.user(), id);
    assert!(matches!(refused, Err(Refusal::NotFound(Thing::Session))));
    house.archive.revoke_session(&administrator, user.user(), id).unwrap();
    assert!(house.archive.list_sessions(&user, user.user()).unwrap().is_empty());
}

#[test]
fn nobody_changes_the_own_roles_and_one_administrator_always_stays() {
    let house = a_house();
    let administrator = house.administrator();
    let witness = Roles::parse([Role::DestructionWitness]).unwrap();
    let own = house.archive.change_roles(&administrator, administrator.user(), &witness, None);
    assert!(matches!(own, Err(Refusal::Forbidden)));
    let second = house.a_user(&administrator, "second", &[Role::Administrator]);
    let demoted = house.appointed(&administrator, &second, administrator.user(), &witness);
    house.archive.change_roles(&second, administrator.user(), &witness, Some(demoted)).unwrap();
    assert_eq!(house.archive.show_user(&second, administrator.user()).unwrap().roles, witness);
    // The demoted one comes with the rights of an earlier request.
    let late = house.archive.disable_user(&administrator, second.user());
    assert!(matches!(late, Err(Refusal::Forbidden)));
    // Of two who act in the same moment, one remains.
    let third = house.a_user(&second, "third", &[Role::Administrator]);
    house.archive.disable_user(&third, second.user()).unwrap();
    let last = house.archive.disable_user(&second, third.user());
    assert!(last.is_err() && house.archive.show_user(&third, third.user()).is_ok());
    let none = house.archive.change_roles(&second, administrator.user(), &Roles::default(), None);
    assert!(matches!(none, Err(Refusal::Label { field: "roles", .. })));
}

#[test]
fn a_name_is_taken_in_every_spelling() {
    let house = a_house();
    let administrator = house.administrator();
    house.a_user(&administrator, "李敏 Min", &[Role::Legal]);
    let again = NewUser {
        name: UserName::parse("李敏  ＭＩＮ").unwrap(),
        roles: Roles::parse([Role::Legal]).unwrap(),
    };
    let refused = house.archive.create_user(&administrator, &again);
    assert!(matches!(refused, Err(Refusal::Exists(Thing::User))));
    assert!(UserName::parse("a\u{202E}b").is_err());
}

#[test]
fn names_are_for_those_who_need_them_and_auditors_see_ids() {
    let house = a_house();
    let administrator = house.administrator();
    let legal = house.a_user(&administrator, "legal", &[Role::Legal]);
    let auditor = house.a_user(&administrator, "auditor", &[Role::Auditor]);
    let archivist = house.a_user(&administrator, "archivist-2", &[Role::Archivist]);
    let names = |caller: &Caller| {
        let page = house.archive.list_users(caller, None, 100).unwrap();
        page.users.into_iter().filter_map(|user| user.name).count()
    };
    assert_eq!((names(&administrator), names(&legal), names(&auditor)), (6, 6, 0));
    assert!(matches!(house.archive.list_users(&archivist, None, 100), Err(Refusal::Forbidden)));
    assert_eq!(archivist.name(&house.archive).unwrap(), "archivist-2");
    assert_eq!(house.archive.user_by_name(&legal, "AUDITOR").unwrap().id, auditor.user());
    assert!(matches!(house.archive.user_by_name(&auditor, "legal"), Err(Refusal::Forbidden)));
}

#[test]
fn pages_of_users_show_everybody_once() {
    let house = a_house();
    let administrator = house.administrator();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = house.archive.list_users(&administrator, after, 2).unwrap();
        seen.extend(page.users.into_iter().map(|user| user.id));
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    let all = house.archive.list_users(&administrator, None, 100).unwrap().users;
    assert_eq!(seen, all.into_iter().map(|user| user.id).collect::<Vec<_>>());
    assert_eq!(seen.len(), 3);
}

#[test]
fn a_grant_reaches_the_next_request_and_ends_with_its_revocation() {
    let house = a_house();
    let administrator = house.administrator();
    let user = house.a_user(&administrator, "li.min", &[Role::Legal]);
    let case = house.a_case();
    let granted = Granted::Case(case);
    let refused = house.archive.grant(&user, user.user(), granted);
    assert!(matches!(refused, Err(Refusal::NotFound(Thing::Case))), "legal grants what legal sees");
    house.archive.grant(&administrator, user.user(), granted).unwrap();
    assert!(matches!(house.archive.grant(&administrator, user.user(), granted), Err(Refusal::WrongState)));
    let now = house.archive.caller_as(&typed("li.min", PASSWORD)).unwrap();
    assert!(now.rights().cases.contains(&case));
    let grantees = house.archive.list_grants(&now, granted).unwrap();
    assert_eq!(grantees, [Grantee { user: user.user(), damaged: false }]);
    house.archive.revoke_grant(&administrator, user.user(), granted).unwrap();
    let later = house.archive.caller_as(&typed("li.min", PASSWORD)).unwrap();
    assert!(later.rights().cases.is_empty());
}
