use super::*;
use crate::access::password::BadPassword;

#[test]
fn a_right_password_opens_a_session_that_knows_its_holder() {
    let house = a_house();
    let session = house.archive.log_in(&typed("ＡＤＭＩＮ", &house.password)).unwrap();
    assert!(session.must_change_password);
    let caller = house.archive.caller_of_session(text_of(&session), RequestKind::Deliberate).unwrap();
    assert_eq!(caller.user(), session.user);
    assert_eq!(house.fact(EntryKind::SessionOpened, "second_factor"), [false]);
    assert!(house.entries(EntryKind::SessionOpened).iter().all(|entry| entry.subject == session.id.as_str()));
}

#[test]
fn a_wrong_name_and_a_wrong_password_get_the_same_answer() {
    let house = a_house();
    for (name, password) in
        [("admin", "not the password"), ("nobody", house.password.as_str()), ("local", ""), ("admin", "\n")]
    {
        let refused = house.archive.log_in(&typed(name, password));
        assert!(matches!(refused, Err(Refusal::BadCredentials)), "{name}");
    }
}

#[test]
fn the_throttle_survives_a_restart_and_then_not_even_the_right_password_is_looked_at() {
    let house = a_house();
    for _ in 0..5 {
        assert!(matches!(
            house.archive.log_in(&typed("admin", "wrong password")),
            Err(Refusal::BadCredentials)
        ));
    }
    let House { _folder, place, options, clock, archive, password, .. } = house;
    drop(archive);
    let archive = Archive::open(&place, &options).unwrap();
    let refused = archive.log_in(&typed("admin", &password));
    let Err(Refusal::Throttled { wait_seconds }) = refused else { panic!("{refused:?}") };
    assert!((1..=WAIT_SECONDS_MAX + 1).contains(&wait_seconds));
    clock.set(START.plus_seconds(wait_seconds));
    assert!(archive.log_in(&typed("admin", &password)).is_ok());
    // The name starts anew.
    assert!(matches!(archive.log_in(&typed("admin", "wrong password")), Err(Refusal::BadCredentials)));
}

#[test]
fn one_known_password_does_not_reset_the_count_of_its_source() {
    let house = a_house();
    fn from_office<'a>(name: &'a str, password: &'a str) -> LogIn<'a> {
        LogIn { source: Some("192.0.2.7"), ..typed(name, password) }
    }
    for number in 0..20 {
        let name: &str = Box::leak(format!("guess-{number}").into_boxed_str());
        assert!(house.archive.log_in(&from_office(name, "short")).is_err());
    }
    assert!(house.archive.log_in(&from_office("admin", &house.password)).is_ok());
    assert!(matches!(house.archive.log_in(&from_office("x", "y")), Err(Refusal::BadCredentials)));
    assert!(matches!(house.archive.log_in(&from_office("z", "y")), Err(Refusal::Throttled { .. })));
    assert!(house.archive.log_in(&typed("admin", &house.password)).is_ok(), "elsewhere nobody waits");
}

#[test]
fn failures_of_a_minute_are_one_entry_of_counts() {
    let house = a_house();
    for _ in 0..6 {
        assert!(house.archive.log_in(&typed("admin", "wrong password")).is_err());
    }
    assert!(house.entries(EntryKind::LoginsFailed).is_empty());
    house.wait(60);
    house.archive.log_in(&typed("admin", &house.password)).unwrap();
    assert_eq!(house.fact(EntryKind::LoginsFailed, "wrong"), [5]);
    assert_eq!(house.fact(EntryKind::LoginsFailed, "throttled"), [1]);
    house.wait(60);
    house.archive.log_in(&typed("admin", &house.password)).unwrap();
    assert_eq!(house.entries(EntryKind::LoginsFailed).len(), 1);
}

#[test]
fn a_session_ends_when_idle_and_polling_does_not_keep_it() {
    let house = a_house();
    let session = house.archive.log_in(&typed("admin", &house.password)).unwrap();
    let ask = |request| house.archive.caller_of_session(text_of(&session), request);
    house.wait(IDLE_SECONDS - 1);
    assert!(ask(RequestKind::Deliberate).is_ok());
    house.wait(IDLE_SECONDS - 1);
    assert!(ask(RequestKind::Polling).is_ok());
    house.wait(1);
    assert!(matches!(ask(RequestKind::Deliberate), Err(Refusal::SessionEnded)));
}

#[test]
fn who_logged_out_is_out() {
    let house = a_house();
    let session = house.archive.log_in(&typed("admin", &house.password)).unwrap();
    let ask = || house.archive.caller_of_session(text_of(&session), RequestKind::Deliberate);
    house.archive.log_out(&ask().unwrap()).unwrap();
    assert!(matches!(ask(), Err(Refusal::SessionEnded)));
    assert_eq!(house.fact(EntryKind::SessionRevoked, "why"), ["log_out"]);
}

#[test]
fn a_token_acts_for_its_owner_and_a_session_is_no_token() {
    let house = a_house();
    let caller = house.archive.caller_of_token(&house.token).unwrap();
    assert!(!caller.is_local());
    let session = house.archive.log_in(&typed("admin", &house.password)).unwrap();
    assert!(matches!(house.archive.caller_of_token(text_of(&session)), Err(Refusal::TokenInvalid)));
    assert!(matches!(house.archive.caller_of_token("mun_t_"), Err(Refusal::TokenInvalid)));
}

#[test]
fn a_one_time_password_opens_nothing_but_its_own_change() {
    let house = a_house();
    let first = house.archive.caller_as(&typed("admin", &house.password)).unwrap();
    assert!(first.must_change_password() && first.rights().roles == Roles::default());
    assert!(house.archive.who_am_i(&first).unwrap().must_change_password);
    let new =
        NewUser { name: UserName::parse("李敏").unwrap(), roles: Roles::parse([Role::Auditor]).unwrap() };
    assert!(matches!(house.archive.create_user(&first, &new), Err(Refusal::PasswordChangeRequired)));
    assert!(matches!(house.archive.list_users(&first, None, 10), Err(Refusal::PasswordChangeRequired)));
    assert!(matches!(house.archive.enrol_second_factor(&first), Err(Refusal::PasswordChangeRequired)));
    let same = PasswordChange { old: &house.password, new: &house.password };
    assert!(matches!(
        house.archive.change_own_password(&first, same),
        Err(Refusal::Password(BadPassword::Present))
    ));
    let administrator = house.administrator();
    assert!(house.archive.create_user(&administrator, &new).is_ok());
}

#[test]
fn a_changed_password_ends_the_other_sessions_and_keeps_this_one() {
    let house = a_house();
    house.administrator();
    let here = house.archive.log_in(&typed("admin", PASSWORD)).unwrap();
    let there = house.archive.log_in(&typed("admin", PASSWORD)).unwrap();
    let ask = |session: &Session| house.archive.caller_of_session(text_of(session), RequestKind::Deliberate);
    let wrong = PasswordChange { old: "not the password", new: "another-long-phrase-9" };
    assert!(matches!(
        house.archive.change_own_password(&ask(&here).unwrap(), wrong),
        Err(Refusal::BadCredentials)
    ));
    let change = PasswordChange { old: PASSWORD, new: "another-long-phrase-9" };
    house.archive.change_own_password(&ask(&here).unwrap(), change).unwrap();
    assert!(ask(&here).is_ok());
    assert!(matches!(ask(&there), Err(Refusal::SessionEnded)));
    assert!(matches!(house.archive.log_in(&typed("admin", PASSWORD)), Err(Refusal::BadCredentials)));
}

#[test]
fn a_token_makes_no_tokens_and_ends_when_it_is_taken_back() {
    let house = a_house();
    let administrator = house.administrator();
    let user = house.a_user(&administrator, "li.min", &[Role::Archivist]);
    let everything = NewToken { scopes: TokenScopes::parse("*").unwrap(), expires_at: None };
    let token = house.archive.create_token(&user, &everything).unwrap();
    let by_token = || house.archive.caller_of_token(token.secret.expose_text().unwrap());
    let refused = house.archive.create_token(&by_token().unwrap(), &everything);
    assert!(matches!(refused, Err(Refusal::Forbidden)));
    let other = house.a_user(&administrator, "wang.fang", &[Role::Archivist]);
    assert!(matches!(house.archive.revoke_token(&other, token.id), Err(Refusal::NotFound(Thing::Token))));
    house.archive.revoke_token(&user, token.id).unwrap();
    assert!(matches!(by_token(), Err(Refusal::TokenInvalid)));
    assert!(matches!(house.archive.revoke_token(&user, token.id), Err(Refusal::WrongState)));
}

#[test]
fn a_token_expires_at_its_instant() {
    let house = a_house();
    let operator = house.archive.local_operator().unwrap();
    let end = house.clock.now().plus_seconds(60);
    let new = NewToken { scopes: TokenScopes::parse("record:*").unwrap(), expires_at: Some(end) };
    let token = house.archive.create_token(&operator, &new).unwrap();
    let by_token = || house.archive.caller_of_token(token.secret.expose_text().unwrap());
    house.wait(59);
    assert!(by_token().is_ok());
    house.wait(1);
    assert!(matches!(by_token(), Err(Refusal::TokenInvalid)));
    let past = house.archive.create_token(&operator, &new);
    assert!(matches!(past, Err(Refusal::Faults(faults)) if faults[0].path == "expires_at"));
}
