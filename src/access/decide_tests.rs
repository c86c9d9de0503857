use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::access::engagement::Engagement;
use crate::access::permission::MATRIX;
use crate::access::role::Roles;
use crate::access::token::TokenScopes;
use crate::base::entropy::SeededEntropy;
use crate::base::id::{CaseId, MatterId, UserId};

const NOW: Moment = Moment::from_micros(1_800_000_000_000_000);

fn user(seed: u64) -> UserId {
    UserId::generate(NOW, &SeededEntropy::new(seed))
}

fn case(seed: u64) -> CaseId {
    CaseId::generate(NOW, &SeededEntropy::new(seed))
}

fn matter(seed: u64) -> MatterId {
    MatterId::generate(NOW, &SeededEntropy::new(seed))
}

fn person(seed: u64, roles: &[Role]) -> ActorRights {
    ActorRights::new(user(seed), Roles::parse(roles.iter().copied()).unwrap(), Via::Session)
}

fn granted(actor: ActorRights, cases: &[u64]) -> ActorRights {
    ActorRights { cases: cases.iter().map(|seed| case(*seed)).collect(), ..actor }
}

/// Record of case `of`, captured by user 900.
fn record(of: u64) -> Target {
    Target::record(Some(case(of)), user(900))
}

fn ask(actor: &ActorRights, resource: Resource, action: Action, target: &Target) -> Decision {
    decide(actor, resource, action, Some(target), NOW)
}

fn level(decision: Decision) -> Option<Level> {
    match decision {
        Decision::Allow(allowed) | Decision::NeedsSecond(allowed) => Some(allowed.level),
        Decision::NotFound | Decision::Forbidden => None,
    }
}

#[test]
fn legal_reads_originals_of_granted_cases_and_finds_no_others() {
    let legal = granted(person(1, &[Role::Legal]), &[10]);
    let allowed = ask(&legal, Resource::Original, Action::Read, &record(10));
    assert!(matches!(allowed, Decision::Allow(Allowed { level: Level::Full, needs }) if needs.purpose));
    assert_eq!(ask(&legal, Resource::Original, Action::Read, &record(11)), Decision::NotFound);
    assert_eq!(ask(&legal, Resource::Record, Action::Read, &record(11)), Decision::NotFound);
}

#[test]
fn a_granted_matter_opens_what_lies_in_it() {
    let legal = ActorRights { matters: BTreeSet::from([matter(5)]), ..person(1, &[Role::Legal]) };
    let target = Target { matters: vec![matter(4), matter(5)], ..record(10) };
    assert_eq!(level(ask(&legal, Resource::Descriptor, Action::Read, &target)), Some(Level::Full));
    assert_eq!(
        ask(&legal, Resource::Hold, Action::Create, &Target::in_matter(matter(4))),
        Decision::NotFound
    );
    assert!(matches!(
        ask(&legal, Resource::Hold, Action::Release, &Target::in_matter(matter(5))),
        Decision::NeedsSecond(_)
    ));
}

#[test]
fn archivists_open_what_they_captured_and_only_see_the_rest_of_a_granted_case() {
    let archivist = granted(person(900, &[Role::Archivist]), &[10]);
    let colleagues = Target::record(Some(case(10)), user(901));
    assert_eq!(level(ask(&archivist, Resource::Original, Action::Read, &record(77))), Some(Level::Full));
    assert_eq!(level(ask(&archivist, Resource::Record, Action::Read, &colleagues)), Some(Level::Full));
    assert_eq!(ask(&archivist, Resource::Original, Action::Read, &colleagues), Decision::Forbidden);
    let elsewhere = Target::record(Some(case(11)), user(901));
    assert_eq!(ask(&archivist, Resource::Original, Action::Read, &elsewhere), Decision::NotFound);
}

#[test]
fn a_reviewer_decides_on_what_is_assigned_and_reads_no_content() {
    let reviewer = person(1, &[Role::Reviewer]);
    let assigned = Target { assigned: true, ..record(10) };
    assert_eq!(level(ask(&reviewer, Resource::Disposition, Action::Approve, &assigned)), Some(Level::Facts));
    assert_eq!(level(ask(&reviewer, Resource::Record, Action::Read, &assigned)), Some(Level::Facts));
    for resource in [Resource::Descriptor, Resource::Rendition, Resource::Original] {
        assert_eq!(ask(&reviewer, resource, Action::Read, &assigned), Decision::Forbidden);
    }
    assert_eq!(ask(&reviewer, Resource::Record, Action::Read, &record(10)), Decision::NotFound);
}

#[test]
fn the_highest_level_of_several_roles_counts() {
    let both = granted(person(1, &[Role::Service, Role::Legal]), &[10]);
    assert_eq!(level(ask(&both, Resource::Descriptor, Action::Read, &record(10))), Some(Level::Full));
    // The matrix gives privacy the facts of all matters and legal the words of granted ones.
    let counsel = ActorRights {
        matters: BTreeSet::from([matter(5)]),
        ..person(1, &[Role::PrivacyOfficer, Role::Legal])
    };
    assert_eq!(
        level(ask(&counsel, Resource::Matter, Action::Read, &Target::in_matter(matter(5)))),
        Some(Level::Full)
    );
    assert_eq!(
        level(ask(&counsel, Resource::Matter, Action::Read, &Target::in_matter(matter(6)))),
        Some(Level::Facts)
    );
}

#[test]
fn a_restricted_record_is_open_to_legal_and_privacy_only() {
    let restricted = Target { restricted: true, ..record(10) };
    let service = granted(person(1, &[Role::Service]), &[10]);
    assert_eq!(ask(&service, Resource::Rendition, Action::Read, &restricted), Decision::Forbidden);
    assert_eq!(ask(&service, Resource::SearchContent, Action::List, &restricted), Decision::NotFound);
    let captor = person(900, &[Role::Archivist]);
    assert_eq!(ask(&captor, Resource::Original, Action::Read, &restricted), Decision::Forbidden);
    assert_eq!(level(ask(&captor, Resource::Record, Action::Read, &restricted)), Some(Level::Full));
    let privacy = person(2, &[Role::PrivacyOfficer]);
    assert_eq!(level(ask(&privacy, Resource::Original, Action::Read, &restricted)), Some(Level::Full));
}

#[test]
fn a_confidential_hold_is_seen_through_its_matter_only() {
    let hold = Target { confidential: true, assigned: true, ..Target::in_matter(matter(5)) };
    for roles in [[Role::PrivacyOfficer], [Role::Auditor], [Role::Reviewer], [Role::Legal]] {
        assert_eq!(
            ask(&person(1, &roles), Resource::Hold, Action::Read, &hold),
            Decision::NotFound,
            "{roles:?}"
        );
    }
    let counsel = ActorRights { matters: BTreeSet::from([matter(5)]), ..person(1, &[Role::Legal]) };
    assert_eq!(level(ask(&counsel, Resource::Hold, Action::Read, &hold)), Some(Level::Full));
}

#[test]
fn an_engagement_ends_the_auditors_sight_at_its_edges() {
    let engagement = Engagement {
        cases: Some(BTreeSet::from([case(10)])),
        from: NOW.plus_seconds(-1000),
        until: NOW.plus_seconds(-10),
        expires: NOW.plus_seconds(60),
    };
    let guest = ActorRights { engagement: Some(engagement), ..person(1, &[Role::Auditor]) };
    let at = |of: u64, seconds: i64| Target { at: Some(NOW.plus_seconds(seconds)), ..record(of) };
    assert_eq!(level(ask(&guest, Resource::Record, Action::Read, &at(10, -500))), Some(Level::Facts));
    assert_eq!(ask(&guest, Resource::Record, Action::Read, &at(11, -500)), Decision::NotFound);
    assert_eq!(ask(&guest, Resource::Record, Action::Read, &at(10, -1001)), Decision::NotFound);
    assert_eq!(ask(&guest, Resource::Record, Action::Read, &at(10, -10)), Decision::NotFound);
    assert_eq!(ask(&guest, Resource::Ledger, Action::Download, &Target::archive()), Decision::NotFound);
    assert!(level(ask(&guest, Resource::Policy, Action::Read, &Target::archive())).is_some());
    let later = decide(&guest, Resource::Record, Action::Read, Some(&at(10, -500)), NOW.plus_seconds(60));
    assert_eq!(later, Decision::Forbidden);
}

#[test]
fn nobody_changes_the_own_standing() {
    let administrator = person(1, &[Role::Administrator]);
    for action in [Action::Change, Action::Reset, Action::Remove] {
        assert_eq!(
            ask(&administrator, Resource::User, action, &Target::of_user(user(1))),
            Decision::Forbidden
        );
        assert!(level(ask(&administrator, Resource::User, action, &Target::of_user(user(2)))).is_some());
    }
    assert!(
        level(ask(&administrator, Resource::Account, Action::Change, &Target::of_user(user(1)))).is_some()
    );
    assert_eq!(
        ask(&administrator, Resource::Account, Action::Change, &Target::of_user(user(2))),
        Decision::NotFound
    );
}

#[test]
fn a_token_narrows_and_never_widens() {
    let scopes = TokenScopes::parse("record:create original:read user:create").unwrap();
    let archivist = ActorRights { via: Via::Token(scopes), ..person(900, &[Role::Archivist]) };
    assert!(level(ask(&archivist, Resource::Record, Action::Create, &Target::archive())).is_some());
    assert_eq!(ask(&archivist, Resource::Record, Action::Read, &record(10)), Decision::Forbidden);
    assert_eq!(ask(&archivist, Resource::User, Action::Create, &Target::archive()), Decision::Forbidden);
}

#[test]
fn the_local_operator_approves_nothing() {
    let operator = ActorRights {
        via: Via::LocalOperator,
        matters: BTreeSet::from([matter(5)]),
        ..person(1, &[Role::Archivist, Role::Legal])
    };
    assert!(level(ask(&operator, Resource::Hold, Action::Release, &Target::in_matter(matter(5)))).is_some());
    assert_eq!(
        ask(&operator, Resource::Hold, Action::Approve, &Target::in_matter(matter(5))),
        Decision::Forbidden
    );
}

#[test]
fn someone_without_roles_looks_after_the_own_account_and_nothing_else() {
    let nobody = person(1, &[]);
    for row in MATRIX {
        assert_eq!(ask(&nobody, row.resource, row.action, &Target::of_user(user(1))), Decision::Forbidden);
    }
}

fn some_roles() -> impl Strategy<Value = Vec<Role>> {
    proptest::sample::subsequence(Role::ALL.to_vec(), 0..=4)
        .prop_filter("roles that one person may hold", |roles| Roles::parse(roles.iter().copied()).is_ok())
}

fn some_target() -> impl Strategy<Value = Target> {
    (0u64..4, 0u64..3, 0u64..3, any::<[bool; 3]>()).prop_map(
        |(of, at, by, [assigned, restricted, confidential])| Target {
            cases: vec![case(of)],
            matters: vec![matter(at)],
            made_by: Some(user(by)),
            assigned,
            restricted,
            confidential,
            at: None,
        },
    )
}

proptest! {
    #[test]
    fn out_of_sight_answers_exactly_as_not_there(roles in some_roles(), row in 0..MATRIX.len(), target in some_target()) {
        let actor = granted(person(1, &roles), &[1]);
        let row = &MATRIX[row];
        let there = ask(&actor, row.resource, row.action, &target);
        let not_there = decide(&actor, row.resource, row.action, None, NOW);
        if !sees(&actor, row.resource, &target, NOW)
            && reach(&actor, row.resource, row.action, NOW).level_of(&actor, &target).is_none()
        {
            prop_assert_eq!(there, not_there);
        }
    }

    #[test]
    fn a_token_allows_nothing_that_its_owner_may_not(
        roles in some_roles(), row in 0..MATRIX.len(), scope in 0..MATRIX.len(), target in some_target(),
    ) {
        let owner = granted(person(1, &roles), &[1, 2]);
        let scope = format!("{}:{}", MATRIX[scope].resource.as_str(), MATRIX[scope].action.as_str());
        let token = ActorRights { via: Via::Token(TokenScopes::parse(&scope).unwrap()), ..owner.clone() };
        let row = &MATRIX[row];
        let by_token = ask(&token, row.resource, row.action, &target);
        if level(by_token).is_some() {
            prop_assert_eq!(by_token, ask(&owner, row.resource, row.action, &target));
        }
    }

    #[test]
    fn one_role_more_never_takes_anything_away(
        roles in some_roles(), more in 0usize..9, row in 0..MATRIX.len(), target in some_target(),
    ) {
        let with_more: Vec<Role> = roles.iter().copied().chain([Role::ALL[more]]).collect();
        prop_assume!(Roles::parse(with_more.iter().copied()).is_ok());
        let row = &MATRIX[row];
        let less = ask(&granted(person(1, &roles), &[1]), row.resource, row.action, &target);
        let more = ask(&granted(person(1, &with_more), &[1]), row.resource, row.action, &target);
        prop_assert!(level(more) >= level(less));
    }
}
