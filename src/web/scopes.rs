//! The scopes that tokens are good for: the rows of the permission matrix that routes stand under.

use std::sync::LazyLock;

use super::api;
use super::route::Needs;
use crate::access::permission::{Action, MATRIX, Resource};

/// Rows that are asked besides the route's own: titles and fields of what is shown, and decisions.
const BESIDE: [(Resource, Action); 5] = [
    (Resource::Descriptor, Action::Read),
    (Resource::Export, Action::Approve),
    (Resource::User, Action::Appoint),
    (Resource::User, Action::Approve),
    (Resource::Keys, Action::Approve),
];

static SCOPES: LazyLock<Vec<(Resource, Vec<Action>)>> = LazyLock::new(listed);

/// What can be done to each sort of thing, in the order of the matrix.
pub fn scopes() -> &'static [(Resource, Vec<Action>)] {
    &SCOPES
}

fn listed() -> Vec<(Resource, Vec<Action>)> {
    let mut used: Vec<(Resource, Action)> = BESIDE.to_vec();
    for operation in api::groups().iter().flat_map(|group| &group.operations) {
        if let Needs::Row(resource, action) = operation.needs {
            used.push((resource, action));
        }
    }
    let mut listed: Vec<(Resource, Vec<Action>)> = Vec::new();
    for row in MATRIX.iter().filter(|row| used.contains(&(row.resource, row.action))) {
        match listed.iter_mut().find(|(resource, _)| *resource == row.resource) {
            Some((_, actions)) => actions.push(row.action),
            None => listed.push((row.resource, vec![row.action])),
        }
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::token::TokenScopes;
    use crate::words::{Language, term};

    #[test]
    fn every_scope_can_be_given_and_has_words_in_every_language() {
        let all = scopes();
        assert!(all.len() > 20, "{all:?}");
        for (resource, actions) in all {
            for action in actions {
                let scope = format!("{}:{}", resource.as_str(), action.as_str());
                assert!(
                    TokenScopes::parse(&scope).is_ok_and(|scopes| scopes.allow(*resource, *action)),
                    "{scope}"
                );
                for language in Language::ALL {
                    let told = (
                        term(language, "resource", resource.as_str()),
                        term(language, "action", action.as_str()),
                    );
                    assert!(matches!(told, (Some(_), Some(_))), "{}: {scope}", language.tag());
                }
            }
        }
    }
}
