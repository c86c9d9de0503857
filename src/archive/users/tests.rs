use std::sync::Arc;

use serde_json::Value;

use super::roles::appointment;
use super::*;
use crate::access::role::{Role, Roles};
use crate::access::session::{IDLE_SECONDS, RequestKind};
use crate::access::throttle::WAIT_SECONDS_MAX;
use crate::access::token::TokenScopes;
use crate::access::two_person::{TwoPersonAction, Verdict};
use crate::archive::approvals::ApprovalRequest;
use crate::archive::open::{Created, OpenOptions};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::stage::Declared;
use crate::archive::{Archive, Caller, Place};
use crate::base::civil::Zone;
use crate::base::id::{ApprovalId, CaseId, UserId};
use crate::base::moment::{Clock as _, FixedClock, Moment};
use crate::ledger::entry::{Entry, EntryKind, decode};
use crate::record::jurisdiction::Jurisdiction;
use crate::record::request::{Capture, CaptureDefaults, read_json};
use crate::store::rows::ledger;

pub(in crate::archive) const PASSWORD: &str = "violet-harbour-lantern";
const START: Moment = Moment::from_micros(1_800_000_000_000_000);

/// A new archive with a clock that the test moves.
pub(in crate::archive) struct House {
    _folder: tempfile::TempDir,
    pub place: Place,
    options: OpenOptions,
    clock: Arc<FixedClock>,
    pub archive: Archive,
    password: String,
    token: String,
}

pub(in crate::archive) fn a_house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(&folder.path().join("data"), None).unwrap();
    let clock = Arc::new(FixedClock::at(START));
    let options = OpenOptions { clock: Arc::clone(&clock) as _, ..OpenOptions::default() };
    let Created { archive, administrator, archivist, .. } = Archive::create(&place, &options).unwrap();
    let text = |secret: &crate::base::secret::SecretBytes| secret.expose_text().unwrap().to_owned();
    let (password, token) = (text(&administrator.1), text(&archivist.1));
    House { _folder: folder, place, options, clock, archive, password, token }
}

pub(in crate::archive) fn typed<'a>(name: &'a str, password: &'a str) -> LogIn<'a> {
    LogIn { name, password, code: None, label: SessionLabel::COMMAND_LINE, source: None }
}

fn text_of(session: &Session) -> &str {
    session.secret.expose_text().unwrap()
}

/// The code that an authenticator with this secret shows.
pub(in crate::archive) fn code_at(secret: &str, now: Moment) -> String {
    let bytes = crate::access::base32::decode(secret).unwrap();
    let step = now.micros() / 30_000_000;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let tag = ring::hmac::sign(&key, &step.to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

impl House {
    pub fn wait(&self, seconds: i64) {
        self.clock.set(self.clock.now().plus_seconds(seconds));
    }

    pub fn entries(&self, kind: EntryKind) -> Vec<Entry> {
        let rows = self.archive.inner.store.read(|conn| ledger::entries_from(conn, 0, 1000)).unwrap();
        let entries = rows.into_iter().map(|row| decode(&row.body).unwrap());
        entries.filter(|entry| entry.kind == kind).collect()
    }

    /// How its archive is opened again.
    pub fn options(&self) -> OpenOptions {
        self.options.clone()
    }

    /// The administrator, with a password of the own.
    pub fn administrator(&self) -> Caller {
        let first = self.archive.caller_as(&typed("admin", &self.password)).unwrap();
        let change = PasswordChange { old: &self.password, new: PASSWORD };
        self.archive.change_own_password(&first, change).unwrap();
        self.archive.caller_as(&typed("admin", PASSWORD)).unwrap()
    }

    /// A user made by the administrator, who has changed the password.
    pub fn a_user(&self, administrator: &Caller, name: &str, roles: &[Role]) -> Caller {
        let new = NewUser {
            name: UserName::parse(name).unwrap(),
            roles: Roles::parse(roles.iter().copied()).unwrap(),
        };
        let created = self.archive.create_user(administrator, &new).unwrap();
        let password = created.password.expose_text().unwrap();
        let first = self.archive.caller_as(&typed(name, password)).unwrap();
        self.archive.change_own_password(&first, PasswordChange { old: password, new: PASSWORD }).unwrap();
        self.archive.caller_as(&typed(name, PASSWORD)).unwrap()
    }

    /// The approval by `decides` of what `asks` wants to make of a user.
    pub fn appointed(&self, decides: &Caller, asks: &Caller, user: UserId, roles: &Roles) -> ApprovalId {
        let request = ApprovalRequest {
            action: TwoPersonAction::Appoint,
            subject: user.to_string(),
            parameters: appointment(roles),
            reason: "takes over from the colleague who left".to_owned(),
            approver: None,
        };
        let id = self.archive.request_approval(asks, &request).unwrap();
        self.archive.decide_approval(decides, id, Verdict::Approve).unwrap();
        id
    }

    /// A case that a capture opened.
    pub fn a_case(&self) -> CaseId {
        let defaults = CaptureDefaults {
            jurisdiction: Jurisdiction::china(),
            zone: Zone::SHANGHAI,
            now: self.clock.now(),
            content_comes_apart: true,
        };
        let json = br#"{"kind": "authorization", "case": "SC-1", "occurred": "2026-03-01",
            "components": [{"name": "a.txt"}]}"#;
        let capture = Capture::from_json(&read_json(json).unwrap(), &defaults).unwrap();
        let staged = self.archive.stage(b"x", Declared::default()).unwrap();
        let operator = self.archive.local_operator().unwrap();
        self.archive.capture(&operator, capture, vec![staged]).unwrap().case.unwrap()
    }

    /// The code that the user's authenticator shows now.
    fn code(&self, secret: &str) -> String {
        code_at(secret, self.clock.now())
    }

    /// The caller's second factor, enrolled and confirmed; its secret.
    pub fn enrolled(&self, caller: &Caller) -> String {
        let new = self.archive.enrol_second_factor(caller).unwrap();
        let secret = new.secret.expose_text().unwrap().to_owned();
        self.archive.confirm_second_factor(caller, &self.code(&secret)).unwrap();
        secret
    }

    pub fn fact(&self, kind: EntryKind, name: &str) -> Vec<Value> {
        self.entries(kind).into_iter().map(|entry| entry.facts.get(name).cloned().unwrap()).collect()
    }
}

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
    assert!(matches!(house.archive.change_own_password(&first, same), Err(Refusal::SamePassword)));
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
    assert!(matches!(house.archive.create_token(&operator, &new), Err(Refusal::WrongState)));
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
    // The demoted one still holds the rights of an earlier request.
    let late = house.archive.disable_user(&administrator, second.user());
    assert!(matches!(late, Err(Refusal::LastAdministrator)));
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
    assert_eq!(house.archive.list_grants(&now, granted).unwrap(), [user.user()]);
    house.archive.revoke_grant(&administrator, user.user(), granted).unwrap();
    let later = house.archive.caller_as(&typed("li.min", PASSWORD)).unwrap();
    assert!(later.rights().cases.is_empty());
}

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
