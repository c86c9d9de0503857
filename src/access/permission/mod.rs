//! The permission matrix: role × resource × action, one table; `docs/roles.md` has its reasons.
//!
//! Every route and every verb names one row. What has no row is allowed to nobody.

mod matrix;
#[cfg(test)]
mod tests;
mod vocabulary;

use super::role::Role;
use super::scope::{Grant, Level, Scope};
use super::two_person::TwoPersonAction;
pub use matrix::MATRIX;
pub use vocabulary::{Action, Resource};

/// One row: what each role may do with one resource by one action.
#[derive(Debug, Clone, Copy)]
pub struct Permission {
    /// The kind of thing.
    pub resource: Resource,
    /// What is done to it.
    pub action: Action,
    /// What the actor must bring besides the permission.
    pub needs: Needs,
    /// One cell per role, in the order of [`Role::ALL`].
    pub cells: [Grant; 9],
}

/// What must be brought besides the permission itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// A purpose in the actor's words, in the ledger before the first byte leaves.
    pub purpose: bool,
    /// The second factor once more, where the actor has one.
    pub second_factor: bool,
    /// A second person's approval of this very request.
    pub second_person: Option<TwoPersonAction>,
}

impl Permission {
    /// What one role may do.
    pub fn cell(&self, role: Role) -> Grant {
        Role::ALL
            .into_iter()
            .zip(self.cells)
            .find_map(|(column, grant)| (column == role).then_some(grant))
            .unwrap_or(Grant { scope: Scope::None, level: Level::Facts })
    }
}

/// The row of one resource and action, if anybody may do it at all.
pub fn find(resource: Resource, action: Action) -> Option<&'static Permission> {
    MATRIX.iter().find(|row| row.resource == resource && row.action == action)
}
