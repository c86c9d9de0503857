use serde_json::json;

use super::*;
use crate::access::rights::Via;
use crate::access::role::{Role, Roles};
use crate::access::token::TokenScopes;
use crate::base::entropy::SeededEntropy;
use crate::base::id::MatterId;

const NOW: Moment = Moment::from_micros(1_800_000_000_000_000);
const HOLD: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn user(seed: u64) -> UserId {
    UserId::generate(NOW, &SeededEntropy::new(seed))
}

fn matter() -> MatterId {
    MatterId::generate(NOW, &SeededEntropy::new(50))
}

fn counsel(seed: u64) -> ActorRights {
    let roles = Roles::parse([Role::Legal]).unwrap();
    ActorRights { matters: [matter()].into(), ..ActorRights::new(user(seed), roles, Via::Session) }
}

fn digest() -> RequestDigest {
    RequestDigest::of(TwoPersonAction::ReleaseHold, HOLD, &json!({"reason": "c0ffee"}))
}

/// User 1 asks to release a hold.
fn a_request() -> Approval {
    Approval {
        id: ApprovalId::generate(NOW, &SeededEntropy::new(9)),
        action: TwoPersonAction::ReleaseHold,
        subject: HOLD.to_owned(),
        digest: digest(),
        requested_by: user(1),
        requested_at: NOW,
        expires_at: NOW.plus_seconds(APPROVAL_SECONDS),
        state: ApprovalState::Waiting,
    }
}

fn approved_by(actor: &ActorRights) -> Result<Approval, ApprovalRefusal> {
    let decider = Decider { actor, standing_in_for: None };
    a_request().decide(Verdict::Approve, decider, &Target::in_matter(matter()), NOW)
}

fn the_release() -> Use<'static> {
    Use { by: user(1), action: TwoPersonAction::ReleaseHold, subject: HOLD, digest: digest() }
}

/// The steps that no two of these people could take together.
fn out_of_reach(people: &[ActorRights], now: Moment) -> Vec<TwoPersonAction> {
    let can = |person: &ActorRights, action: TwoPersonAction, verb: Action| {
        !decide::reach(person, action.row().0, verb, now).is_nothing()
    };
    let possible = |action: TwoPersonAction| {
        people.iter().any(|one| {
            can(one, action, action.row().1)
                && people.iter().any(|other| other.user != one.user && can(other, action, Action::Approve))
        })
    };
    TwoPersonAction::ALL.into_iter().filter(|action| !possible(*action)).collect()
}

#[test]
fn what_one_asks_for_another_approves_and_the_first_carries_out_once() {
    let approved = approved_by(&counsel(2)).unwrap();
    let used = approved.use_once(the_release(), NOW.plus_seconds(5)).unwrap();
    assert_eq!(used.state, ApprovalState::Used { by: user(2), at: NOW });
    assert_eq!(used.use_once(the_release(), NOW.plus_seconds(6)), Err(ApprovalRefusal::AlreadyUsed));
}

#[test]
fn nobody_approves_his_own_request_by_any_door() {
    let token = Via::Token(TokenScopes::parse("hold:approve").unwrap());
    for via in [Via::Session, token, Via::LocalOperator] {
        let same_person = ActorRights { via, ..counsel(1) };
        assert_eq!(approved_by(&same_person), Err(ApprovalRefusal::OwnRequest));
    }
}

#[test]
fn a_deputy_is_no_way_round_the_rule() {
    let (requester, approver, deputy) =
        (counsel(1), counsel(2), ActorRights::new(user(3), Roles::default(), Via::Session));
    let ask = |actor: &ActorRights, standing_in_for: Option<&ActorRights>| {
        a_request()
            .decide(Verdict::Approve, Decider { actor, standing_in_for }, &Target::in_matter(matter()), NOW)
            .map(|approval| approval.state)
    };
    assert_eq!(ask(&deputy, None), Err(ApprovalRefusal::NotEligible));
    assert_eq!(ask(&deputy, Some(&approver)), Ok(ApprovalState::Approved { by: user(3), at: NOW }));
    // The requester names a deputy, or is the deputy himself.
    assert_eq!(ask(&deputy, Some(&requester)), Err(ApprovalRefusal::OwnRequest));
    assert_eq!(ask(&requester, Some(&approver)), Err(ApprovalRefusal::OwnRequest));
    // A deputy's token stays as narrow as it is.
    let narrow = ActorRights { via: Via::Token(TokenScopes::parse("record:read").unwrap()), ..deputy };
    assert_eq!(ask(&narrow, Some(&approver)), Err(ApprovalRefusal::NotEligible));
}

#[test]
fn who_does_not_see_the_matter_finds_no_request() {
    let elsewhere = ActorRights { matters: [].into(), ..counsel(2) };
    assert_eq!(approved_by(&elsewhere), Err(ApprovalRefusal::NotFound));
    let administrator = ActorRights::new(user(4), Roles::parse([Role::Administrator]).unwrap(), Via::Session);
    assert_eq!(approved_by(&administrator), Err(ApprovalRefusal::NotEligible));
}

#[test]
fn an_approval_binds_the_exact_request() {
    let approved = approved_by(&counsel(2)).unwrap();
    let other_reason = RequestDigest::of(TwoPersonAction::ReleaseHold, HOLD, &json!({"reason": "c0ffef"}));
    for (wanted, why) in [
        (Use { digest: other_reason, ..the_release() }, ApprovalRefusal::OtherRequest),
        (Use { subject: "another hold", ..the_release() }, ApprovalRefusal::OtherRequest),
        (Use { action: TwoPersonAction::Destroy, ..the_release() }, ApprovalRefusal::OtherRequest),
        (Use { by: user(2), ..the_release() }, ApprovalRefusal::NotRequester),
    ] {
        assert_eq!(approved.use_once(wanted, NOW), Err(why));
    }
}

#[test]
fn after_seventy_two_hours_nothing_is_decided_or_used() {
    let end = NOW.plus_seconds(APPROVAL_SECONDS);
    let other = counsel(2);
    let decider = Decider { actor: &other, standing_in_for: None };
    let late = a_request().decide(Verdict::Approve, decider, &Target::in_matter(matter()), end);
    assert_eq!(late, Err(ApprovalRefusal::Expired));
    let approved = approved_by(&other).unwrap();
    assert_eq!(approved.use_once(the_release(), end), Err(ApprovalRefusal::Expired));
    assert!(approved.use_once(the_release(), end.plus_seconds(-1)).is_ok());
}

#[test]
fn a_decision_stands() {
    let other = counsel(2);
    let decider = Decider { actor: &other, standing_in_for: None };
    let refused = a_request().decide(Verdict::Refuse, decider, &Target::in_matter(matter()), NOW).unwrap();
    assert_eq!(refused.use_once(the_release(), NOW), Err(ApprovalRefusal::Refused));
    let again = refused.decide(Verdict::Approve, decider, &Target::in_matter(matter()), NOW);
    assert_eq!(again, Err(ApprovalRefusal::AlreadyDecided));
    assert_eq!(
        a_request().use_once(the_release(), NOW),
        Err(ApprovalRefusal::StillWaiting(TwoPersonAction::ReleaseHold))
    );
}

#[test]
fn a_row_in_which_one_person_is_both_is_not_believed() {
    let forged = Approval { state: ApprovalState::Approved { by: user(1), at: NOW }, ..a_request() };
    assert_eq!(forged.use_once(the_release(), NOW), Err(ApprovalRefusal::OwnRequest));
}

#[test]
fn an_archive_with_one_person_refuses_and_says_so_but_exports_marked() {
    let target = |_: &ActorRights| Target::in_matter(matter());
    let ask = |action, people: &[ActorRights]| second_person(action, user(1), people, target, NOW);
    let alone = [counsel(1)];
    assert_eq!(ask(TwoPersonAction::ReleaseHold, &alone), SecondPerson::RefuseOnePerson);
    assert_eq!(ask(TwoPersonAction::ExportOriginals, &alone), SecondPerson::ProceedMarked);
    let two = [counsel(1), counsel(2)];
    assert_eq!(ask(TwoPersonAction::ReleaseHold, &two), SecondPerson::Ask);
    assert_eq!(ask(TwoPersonAction::ExportOriginals, &two), SecondPerson::Ask);
    // A second person who may not approve is no second person.
    let trainer = ActorRights { roles: Roles::parse([Role::Trainer]).unwrap(), ..counsel(2) };
    assert_eq!(ask(TwoPersonAction::ReleaseHold, &[counsel(1), trainer]), SecondPerson::RefuseOnePerson);
    assert_eq!(out_of_reach(&alone, NOW).len(), TwoPersonAction::ALL.len());
}

#[test]
fn two_administrators_can_do_what_takes_two_administrators() {
    let administrator =
        |seed| ActorRights::new(user(seed), Roles::parse([Role::Administrator]).unwrap(), Via::Session);
    let missing = out_of_reach(&[administrator(1), administrator(2)], NOW);
    for action in [
        TwoPersonAction::RecoverKeys,
        TwoPersonAction::ResetCredentials,
        TwoPersonAction::RemoveUser,
        TwoPersonAction::NewLogOrigin,
        TwoPersonAction::ConfirmClock,
    ] {
        assert!(!missing.contains(&action), "{action:?}");
    }
    assert!(missing.contains(&TwoPersonAction::ReleaseHold));
}

#[test]
fn no_two_requests_have_one_digest() {
    let of = |action, subject: &str, parameters| RequestDigest::of(action, subject, &parameters).to_digest();
    let all = [
        of(TwoPersonAction::Destroy, "a", json!({})),
        of(TwoPersonAction::Destroy, "a{}", json!({})),
        of(TwoPersonAction::Destroy, "", json!({})),
        of(TwoPersonAction::ReIdentify, "a", json!({})),
        of(TwoPersonAction::Destroy, "a", json!({"n": 1})),
    ];
    let different: std::collections::HashSet<_> = all.iter().collect();
    assert_eq!(different.len(), all.len());
    assert_eq!(
        of(TwoPersonAction::Destroy, "a", json!({"x": 1, "y": 2})),
        of(TwoPersonAction::Destroy, "a", json!({"y": 2, "x": 1}))
    );
}

#[test]
fn the_words_are_read_back() {
    for action in TwoPersonAction::ALL {
        assert_eq!(TwoPersonAction::parse(action.as_str()), Some(action));
    }
    assert_eq!(TwoPersonAction::parse("anything"), None);
}
