use super::*;

#[test]
fn an_enrolled_second_factor_is_asked_for_and_no_code_counts_twice() {
    let house = a_house();
    let administrator = house.administrator();
    let secret = house.enrolled(&administrator);
    assert!(matches!(house.archive.log_in(&typed("admin", PASSWORD)), Err(Refusal::SecondFactorRequired)));
    let used = house.code(&secret);
    let with = |code| house.archive.log_in(&LogIn { code: Some(code), ..typed("admin", PASSWORD) });
    assert!(matches!(with(used.as_str()), Err(Refusal::SecondFactorWrong)), "it confirmed the enrolment");
    house.wait(30);
    let fresh = house.code(&secret);
    assert!(with(fresh.as_str()).is_ok());
    assert!(matches!(with(fresh.as_str()), Err(Refusal::SecondFactorWrong)));
    assert_eq!(house.fact(EntryKind::SessionOpened, "second_factor").last(), Some(&Value::Bool(true)));
}

#[test]
fn a_wrong_password_is_not_asked_for_a_code() {
    let house = a_house();
    house.enrolled(&house.administrator());
    assert!(matches!(house.archive.log_in(&typed("admin", "wrong password")), Err(Refusal::BadCredentials)));
}

#[test]
fn grave_steps_ask_for_the_second_factor_again() {
    let house = a_house();
    let administrator = house.administrator();
    let secret = house.enrolled(&administrator);
    house.wait(30);
    let code = house.code(&secret);
    let again = house.archive.caller_as(&LogIn { code: Some(&code), ..typed("admin", PASSWORD) }).unwrap();
    let new =
        NewUser { name: UserName::parse("li.min").unwrap(), roles: Roles::parse([Role::Legal]).unwrap() };
    assert!(matches!(house.archive.create_user(&again, &new), Err(Refusal::SecondFactorRequired)));
    assert!(matches!(house.archive.with_second_factor(&again, &code), Err(Refusal::SecondFactorWrong)));
    house.wait(30);
    let shown = house.archive.with_second_factor(&again, &house.code(&secret)).unwrap();
    assert!(house.archive.create_user(&shown, &new).is_ok());
    house.archive.remove_second_factor(&shown).unwrap();
    assert!(house.archive.log_in(&typed("admin", PASSWORD)).is_ok());
}

#[test]
fn a_stolen_session_cannot_try_out_codes() {
    let house = a_house();
    let secret = house.enrolled(&house.administrator());
    house.wait(30);
    let code = house.code(&secret);
    let stolen = house.archive.caller_as(&LogIn { code: Some(&code), ..typed("admin", PASSWORD) }).unwrap();
    for _ in 0..5 {
        let guess = house.archive.with_second_factor(&stolen, &code);
        assert!(matches!(guess, Err(Refusal::SecondFactorWrong)));
    }
    assert!(matches!(house.archive.with_second_factor(&stolen, &code), Err(Refusal::Throttled { .. })));
}
