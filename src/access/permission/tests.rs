use std::collections::BTreeSet;

use super::vocabulary::UnknownWord;
use super::*;

/// The whole matrix as people read it: reviewed by eye whenever it changes.
#[test]
fn the_matrix_is_what_was_reviewed() {
    let mut table = format!("{:<16}{:<22}{:<44}", "resource", "action", "needs");
    for role in Role::ALL {
        table.push_str(&format!("{:<26}", role.as_str()));
    }
    for row in MATRIX {
        let mut needs = Vec::new();
        if row.needs.purpose {
            needs.push("purpose".to_owned());
        }
        if row.needs.second_factor {
            needs.push("second factor".to_owned());
        }
        if let Some(action) = row.needs.second_person {
            needs.push(format!("2 persons: {}", action.as_str()));
        }
        table.push_str(&format!(
            "\n{:<16}{:<22}{:<44}",
            row.resource.as_str(),
            row.action.as_str(),
            needs.join(", ")
        ));
        for role in Role::ALL {
            let grant = row.cell(role);
            let cell = match grant.scope {
                Scope::None => "-".to_owned(),
                scope => format!("{} {}", scope.as_str(), grant.level.as_str()),
            };
            table.push_str(&format!("{cell:<26}"));
        }
    }
    let lines: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("matrix", lines.join("\n"));
    });
}

fn may(role: Role, resource: Resource, action: Action) -> Option<(Scope, Level)> {
    let grant = find(resource, action)?.cell(role);
    (grant.scope != Scope::None).then_some((grant.scope, grant.level))
}

/// Resources whose full level shows nothing that a customer entrusted.
const WITHOUT_CONTENT: [Resource; 5] =
    [Resource::Policy, Resource::User, Resource::Account, Resource::Session, Resource::Token];

#[test]
fn no_resource_and_action_stands_twice() {
    let rows: BTreeSet<_> = MATRIX.iter().map(|row| (row.resource, row.action)).collect();
    assert_eq!(rows.len(), MATRIX.len());
}

#[test]
fn every_resource_and_every_action_has_a_row() {
    for resource in Resource::ALL {
        assert!(MATRIX.iter().any(|row| row.resource == *resource), "{resource:?}");
    }
    for action in Action::ALL {
        assert!(MATRIX.iter().any(|row| row.action == *action), "{action:?}");
    }
}

#[test]
fn every_row_is_somebodys() {
    for row in MATRIX {
        assert!(
            row.cells.iter().any(|cell| cell.scope != Scope::None),
            "{:?} {:?}",
            row.resource,
            row.action
        );
    }
}

#[test]
fn roles_without_content_get_facts_and_nothing_more() {
    for row in MATRIX.iter().filter(|row| !WITHOUT_CONTENT.contains(&row.resource)) {
        for role in Role::ALL.into_iter().filter(|role| !role.reads_content()) {
            let grant = row.cell(role);
            assert!(
                grant.scope == Scope::None || grant.level == Level::Facts,
                "{role} {:?} {:?}",
                row.resource,
                row.action
            );
        }
    }
}

#[test]
fn what_shows_content_is_closed_to_roles_without_it() {
    for row in MATRIX {
        let shows = row.resource.shows_content()
            && row.resource != Resource::Export
            && !matches!(row.action, Action::Approve);
        for role in Role::ALL.into_iter().filter(|role| shows && !role.reads_content()) {
            assert_eq!(row.cell(role).scope, Scope::None, "{role} {:?} {:?}", row.resource, row.action);
        }
    }
    // Of an export the reviewer sees the list of what leaves, and the auditor that it left; neither takes it out.
    for role in Role::ALL.into_iter().filter(|role| !role.reads_content()) {
        assert_eq!(may(role, Resource::Export, Action::Download), None, "{role}");
    }
}

#[test]
fn an_administrator_never_comes_near_a_record_a_case_or_a_search() {
    for resource in Resource::ALL.iter().filter(|resource| {
        resource.seen_through() == Resource::Record
            || resource.seen_through() == Resource::Case
            || resource.shows_content()
            || matches!(
                resource,
                Resource::Party | Resource::Matter | Resource::Hold | Resource::SubjectRequest
            )
    }) {
        for action in Action::ALL {
            assert_eq!(may(Role::Administrator, *resource, *action), None, "{resource:?} {action:?}");
        }
    }
}

#[test]
fn only_archivists_capture() {
    for role in Role::ALL {
        assert_eq!(may(role, Resource::Record, Action::Create).is_some(), role == Role::Archivist, "{role}");
    }
}

#[test]
fn an_original_is_read_by_archivist_legal_and_privacy_and_always_for_a_purpose() {
    let row = find(Resource::Original, Action::Read).unwrap();
    assert!(row.needs.purpose);
    assert_eq!(may(Role::Archivist, Resource::Original, Action::Read), Some((Scope::Own, Level::Full)));
    assert_eq!(may(Role::Legal, Resource::Original, Action::Read), Some((Scope::Granted, Level::Full)));
    assert_eq!(may(Role::PrivacyOfficer, Resource::Original, Action::Read), Some((Scope::All, Level::Full)));
    for role in [
        Role::Trainer,
        Role::Reviewer,
        Role::Auditor,
        Role::Service,
        Role::DestructionWitness,
        Role::Administrator,
    ] {
        assert_eq!(may(role, Resource::Original, Action::Read), None, "{role}");
    }
}

#[test]
fn subject_search_is_open_to_legal_and_privacy_only() {
    for role in Role::ALL {
        let open = may(role, Resource::SearchSubject, Action::List).is_some();
        assert_eq!(open, matches!(role, Role::Legal | Role::PrivacyOfficer), "{role}");
    }
}

#[test]
fn trainer_and_service_see_redacted_words_of_granted_cases_only() {
    for role in [Role::Trainer, Role::Service] {
        for resource in [Resource::Record, Resource::Descriptor, Resource::Rendition, Resource::Case] {
            assert_eq!(
                may(role, resource, Action::Read),
                Some((Scope::Granted, Level::Redacted)),
                "{role} {resource:?}"
            );
        }
    }
    for row in MATRIX.iter().filter(|row| !WITHOUT_CONTENT.contains(&row.resource)) {
        for role in [Role::Trainer, Role::Service] {
            assert!(row.cell(role).level < Level::Full || row.cell(role).scope == Scope::None);
        }
    }
}

#[test]
fn the_proof_of_a_record_reaches_exactly_as_far_as_the_record() {
    for role in Role::ALL {
        let scope = |resource| find(resource, Action::Read).unwrap().cell(role).scope;
        assert_eq!(scope(Resource::Proof), scope(Resource::Record), "{role}");
        let verify = find(Resource::Record, Action::Verify).unwrap().cell(role).scope;
        assert_eq!(verify, scope(Resource::Record), "{role}");
    }
}

#[test]
fn a_list_reaches_exactly_as_far_as_reading_one() {
    for resource in Resource::ALL {
        if let (Some(list), Some(read)) = (find(*resource, Action::List), find(*resource, Action::Read)) {
            assert_eq!(list.cells, read.cells, "{resource:?}");
        }
    }
}

#[test]
fn the_steps_of_the_two_person_rule_are_marked_in_the_table_and_can_be_approved() {
    for action in TwoPersonAction::ALL {
        let (resource, verb) = action.row();
        assert_eq!(find(resource, verb).unwrap().needs.second_person, Some(action));
        assert!(find(resource, Action::Approve).is_some(), "{action:?}");
    }
    let marked = MATRIX.iter().filter(|row| row.needs.second_person.is_some()).count();
    assert_eq!(marked, TwoPersonAction::ALL.len());
}

#[test]
fn approving_exporting_and_destroying_ask_for_the_second_factor_again() {
    for row in MATRIX {
        let again = matches!(row.action, Action::Approve | Action::Destroy | Action::CreateWithOriginals)
            || (row.resource == Resource::Export && matches!(row.action, Action::Create | Action::Download))
            || row.needs.second_person.is_some();
        assert!(!again || row.needs.second_factor, "{:?} {:?}", row.resource, row.action);
    }
}

#[test]
fn an_account_is_its_owners_alone_and_tokens_are_made_by_their_owners() {
    for role in Role::ALL {
        for (resource, action) in [
            (Resource::Account, Action::Read),
            (Resource::Account, Action::Change),
            (Resource::Token, Action::Create),
        ] {
            assert_eq!(may(role, resource, action).map(|(scope, _)| scope), Some(Scope::Own), "{role}");
        }
    }
}

#[test]
fn a_word_of_the_matrix_is_read_back() {
    for resource in Resource::ALL {
        assert_eq!(Resource::parse(resource.as_str()), Ok(*resource));
    }
    for action in Action::ALL {
        assert_eq!(Action::parse(action.as_str()), Ok(*action));
    }
    assert_eq!(Resource::parse("records"), Err(UnknownWord::Resource));
    assert_eq!(Action::parse(""), Err(UnknownWord::Action));
}
