//! Who decides on a disposition: one to five named stages, one behind the other.

use std::collections::BTreeSet;

use super::obligation::RuleId;
use crate::access::role::Role;
use crate::base::limits::APPROVAL_STAGES_MAX;
use crate::retention::calendar::Period;

/// One stage: so many approvers of these roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What people call it, as in 档案部门审核.
    pub name: String,
    /// Who may approve: never empty.
    pub roles: BTreeSet<Role>,
    /// How many have to, at least one.
    pub needed: u8,
}

/// A chain of approvals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Its id.
    pub id: RuleId,
    stages: Vec<Stage>,
    /// How long after the last approval nothing is destroyed (销毁缓冲期).
    pub cooling_off: Option<Period>,
}

impl Chain {
    /// `None` unless it has one to five stages.
    pub fn new(id: RuleId, stages: Vec<Stage>, cooling_off: Option<Period>) -> Option<Self> {
        (1..=APPROVAL_STAGES_MAX).contains(&stages.len()).then_some(Self { id, stages, cooling_off })
    }

    /// Its stages, in order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }
}
