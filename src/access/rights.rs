//! Who acts, and by which door.

use std::collections::BTreeSet;

use super::engagement::Engagement;
use super::role::Roles;
use super::token::TokenScopes;
use crate::base::id::{CaseId, MatterId, UserId};

/// How the actor proved who he is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// A log-in with password (and second factor where enrolled).
    Session,
    /// An API token, which narrows its owner's rights to its scopes.
    Token(TokenScopes),
    /// The local operator that `init` made, on the machine that holds the data directory.
    /// Never the approver of anything: nobody asked this door for a password.
    LocalOperator,
}

/// Everything the decision needs to know of an actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorRights {
    /// The person.
    pub user: UserId,
    /// The person's roles.
    pub roles: Roles,
    /// The cases granted to the person. A team's cases are granted to each of its members:
    /// the grant is the one clear form of "own team", for team names are sealed.
    pub cases: BTreeSet<CaseId>,
    /// The matters granted to the person.
    pub matters: BTreeSet<MatterId>,
    /// The door.
    pub via: Via,
    /// For an auditor from outside: what the engagement covers.
    pub engagement: Option<Engagement>,
}

impl ActorRights {
    /// A person with these roles who came in by `via`; grants are added as fields.
    pub fn new(user: UserId, roles: Roles, via: Via) -> Self {
        Self { user, roles, cases: BTreeSet::new(), matters: BTreeSet::new(), via, engagement: None }
    }
}

/// What the decision needs to know of a thing, from its clear columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// The cases it lies in (for a case: itself).
    pub cases: Vec<CaseId>,
    /// The matters it lies in (for a matter: itself; for a record: those that hold or gather it).
    pub matters: Vec<MatterId>,
    /// Who made it: captured the record, opened the case, drafted the policy; for an account,
    /// a session or a token, whose it is.
    pub made_by: Option<UserId>,
    /// True if it names the actor as reviewer, approver or witness.
    pub assigned: bool,
    /// True for a record that must be erased by one rule and kept by another:
    /// stored only, and its content open to legal and privacy roles alone.
    pub restricted: bool,
    /// True for a confidential hold: seen only by those granted its matter.
    pub confidential: bool,
    /// When it was entered, for an engagement's period.
    pub at: Option<crate::base::moment::Moment>,
}

impl Target {
    /// What belongs to the archive as a whole: policies, keys, the ledger's checkpoint.
    pub fn archive() -> Self {
        Self::default()
    }

    /// A case, or what lies in it.
    pub fn in_case(case: CaseId) -> Self {
        Self { cases: vec![case], ..Self::default() }
    }

    /// A matter, or what lies in it.
    pub fn in_matter(matter: MatterId) -> Self {
        Self { matters: vec![matter], ..Self::default() }
    }

    /// A record: its case, if it has one, and who captured it.
    pub fn record(case: Option<CaseId>, captured_by: UserId) -> Self {
        Self { cases: case.into_iter().collect(), made_by: Some(captured_by), ..Self::default() }
    }

    /// Someone's account, session, token, job or draft.
    pub fn of_user(user: UserId) -> Self {
        Self { made_by: Some(user), ..Self::default() }
    }
}
