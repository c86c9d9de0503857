//! Which changes of roles take two administrators.
//!
//! An administrator who alone could give a role that approves would be both persons of every step: with
//! an account of his own making as the second. So roles that approve are given by two. The
//! administrator's role is taken away by two as well: who could put the other administrators out of it
//! would be alone again, and alone it goes without a second ([`super::WhenAlone`]).

use super::super::permission::{Action, MATRIX};
use super::super::role::{Role, Roles};
use super::super::scope::Scope;

/// Days for which an administrator who was locked out still counts as somebody to ask: to lock the other
/// out takes one, and must not make that one alone. After them the archive goes on with who is left.
pub const LOCKED_OUT_COUNTS_DAYS: i64 = 14;

/// True for roles that may be the second person of any step.
pub fn approves(role: Role) -> bool {
    MATRIX.iter().any(|row| row.action == Action::Approve && row.cell(role).scope != Scope::None)
}

/// True if to go from one set of roles to the other takes two administrators.
pub fn takes_two(before: &Roles, after: &Roles) -> bool {
    let given = after.iter().any(|role| approves(role) && !before.has(role));
    given || (before.has(Role::Administrator) && !after.has(Role::Administrator))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(roles: &[Role]) -> Roles {
        Roles::parse(roles.iter().copied()).unwrap()
    }

    #[test]
    fn who_may_approve_anything_is_appointed_by_two() {
        let nobody = Roles::default();
        for (role, two) in [
            (Role::Archivist, false),
            (Role::Legal, true),
            (Role::PrivacyOfficer, true),
            (Role::Trainer, false),
            (Role::Reviewer, true),
            (Role::Auditor, false),
            (Role::Service, false),
            (Role::DestructionWitness, false),
            (Role::Administrator, true),
        ] {
            assert_eq!(takes_two(&nobody, &roles(&[role])), two, "{role}");
            assert!(!takes_two(&roles(&[role]), &roles(&[role])), "{role} stays");
            assert_eq!(takes_two(&roles(&[role]), &nobody), role == Role::Administrator, "{role} ends");
        }
        assert!(takes_two(&roles(&[Role::Archivist]), &roles(&[Role::Archivist, Role::Legal])));
        assert!(!takes_two(&roles(&[Role::Legal]), &roles(&[Role::Archivist, Role::Legal])));
    }
}
