//! The one answer to "may this person do this to that?".
//!
//! Order of the questions: does any role allow the action at all, does the token, does it reach
//! this thing, may it be seen. A thing out of sight and a thing that does not exist get the same
//! answer, so that ids cannot be tried out.

use super::permission::{self, Action, Needs, Resource};
use super::rights::{ActorRights, Target, Via};
use super::role::Role;
use super::scope::Level;
use crate::base::moment::Moment;

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Yes, at this level, with what must be brought along.
    Allow(Allowed),
    /// Yes, once a second person has approved this very request.
    NeedsSecond(Allowed),
    /// There is no such thing, as far as this actor can tell.
    NotFound,
    /// The actor may not do this; whether the thing exists is not said, or the actor sees it anyway.
    Forbidden,
}

/// What a yes comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    /// How much is shown.
    pub level: Level,
    /// What must be brought besides.
    pub needs: Needs,
}

/// Over which things an actor's permission reaches, and how much of each is shown. `None` means
/// that things of that sort are outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Levels {
    /// Everything.
    pub all: Option<Level>,
    /// What the actor made.
    pub own: Option<Level>,
    /// What lies in cases and matters granted.
    pub granted: Option<Level>,
    /// What names the actor as reviewer, approver or witness.
    pub assigned: Option<Level>,
}

/// The reach of one actor for one row of the matrix: what a list may contain. A list filters by
/// it in the database, so that counts, facets and pages never speak of what is out of reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// For things that are not restricted.
    pub usual: Levels,
    /// For restricted records: nothing but what legal and privacy roles bring.
    pub restricted: Levels,
    resource: Resource,
}

impl Levels {
    /// True if nothing is reached.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }

    /// The local operator stands for the machine that holds data directory and keys: there a grant
    /// per case would keep nothing out of sight, so what the roles may do with what
    /// lies in cases, they may do everywhere. Other people's sessions and tokens are not among it.
    fn widen(&mut self) {
        self.all = [self.all, self.own, self.granted, self.assigned].into_iter().max().flatten();
    }

    fn add(&mut self, grant: super::scope::Grant) {
        let raise = |held: &mut Option<Level>| *held = (*held).max(Some(grant.level));
        match grant.scope {
            super::scope::Scope::All => raise(&mut self.all),
            scope => {
                if scope.own() {
                    raise(&mut self.own);
                }
                if scope.granted() {
                    raise(&mut self.granted);
                }
                if scope.assigned() {
                    raise(&mut self.assigned);
                }
            }
        }
    }
}

/// What `actor` reaches by this row of the matrix.
pub fn reach(actor: &ActorRights, resource: Resource, action: Action, now: Moment) -> Reach {
    let mut reach = Reach { usual: Levels::default(), restricted: Levels::default(), resource };
    let expired = actor.engagement.as_ref().is_some_and(|engagement| engagement.expires <= now);
    let Some(row) =
        permission::find(resource, action).filter(|_| !expired && door_lets(actor, resource, action))
    else {
        return reach;
    };
    for role in actor.roles.iter() {
        reach.usual.add(row.cell(role));
        // A restricted record is for storage and security only: no search hits outside legal and
        // privacy roles, no teaching export.
        if !resource.shows_content() || matches!(role, Role::Legal | Role::PrivacyOfficer) {
            reach.restricted.add(row.cell(role));
        }
    }
    if actor.via == Via::LocalOperator && resource.lies_in_cases() {
        reach.usual.widen();
        reach.restricted.widen();
    }
    reach
}

/// A door can only take away: a token does what its scopes name, and the local operator, whom
/// nobody asked for a password, approves nothing: an approval never has a default.
fn door_lets(actor: &ActorRights, resource: Resource, action: Action) -> bool {
    match &actor.via {
        Via::Session => true,
        Via::Token(scopes) => scopes.allow(resource, action),
        Via::LocalOperator => !matches!(action, Action::Approve | Action::Witness),
    }
}

impl Reach {
    /// True if the actor may do this to nothing at all.
    pub fn is_nothing(self) -> bool {
        self.usual.is_nothing() && self.restricted.is_nothing()
    }

    /// How much of `target` the actor may have, or `None` if it is outside.
    pub fn level_of(self, actor: &ActorRights, target: &Target) -> Option<Level> {
        let levels = if target.restricted { self.restricted } else { self.usual };
        let granted = target.cases.iter().any(|case| actor.cases.contains(case))
            || target.matters.iter().any(|matter| actor.matters.contains(matter));
        let in_granted = levels.granted.or(levels.all).filter(|_| granted);
        // Of a confidential hold, others learn no more than that a disposition is not available.
        if target.confidential {
            return in_granted;
        }
        let everywhere = levels.all.filter(|_| self.engagement_covers(actor, target));
        let own = levels.own.filter(|_| target.made_by == Some(actor.user));
        let assigned = levels.assigned.filter(|_| target.assigned);
        let granted = levels.granted.filter(|_| granted);
        [everywhere, own, granted, assigned].into_iter().flatten().max()
    }

    fn engagement_covers(self, actor: &ActorRights, target: &Target) -> bool {
        match &actor.engagement {
            Some(engagement) if self.resource.lies_in_cases() => engagement.covers(&target.cases, target.at),
            Some(_) | None => true,
        }
    }
}

/// May `actor` do `action` to `target`? Pass `None` where no such thing was found: the answer is
/// then the one that any thing out of sight gets.
pub fn decide(
    actor: &ActorRights,
    resource: Resource,
    action: Action,
    target: Option<&Target>,
    now: Moment,
) -> Decision {
    let reach_of_action = reach(actor, resource, action, now);
    // Without any cell the answer is the same for every id, known or not, so it may be a plain no.
    let Some(row) = permission::find(resource, action).filter(|_| !reach_of_action.is_nothing()) else {
        return Decision::Forbidden;
    };
    let Some(target) = target else { return Decision::NotFound };
    let level = reach_of_action.level_of(actor, target);
    if changes_own_standing(actor, resource, action, target)
        && (level.is_some() || sees(actor, resource, target, now))
    {
        return Decision::Forbidden;
    }
    match level {
        Some(level) => {
            let allowed = Allowed { level, needs: row.needs };
            match row.needs.second_person {
                None => Decision::Allow(allowed),
                Some(_) => Decision::NeedsSecond(allowed),
            }
        }
        None if sees(actor, resource, target, now) => Decision::Forbidden,
        None => Decision::NotFound,
    }
}

/// Nobody raises, resets or ends the own standing as an administrator of it: otherwise
/// "administrator: no content" would last until he made himself something else.
fn changes_own_standing(actor: &ActorRights, resource: Resource, action: Action, target: &Target) -> bool {
    resource == Resource::User
        && matches!(action, Action::Change | Action::Reset | Action::Remove | Action::Appoint)
        && target.made_by == Some(actor.user)
}

/// True if the actor knows anyway that `target` exists.
fn sees(actor: &ActorRights, resource: Resource, target: &Target, now: Moment) -> bool {
    let seen_as = resource.seen_through();
    [Action::Read, Action::List]
        .into_iter()
        .any(|action| reach(actor, seen_as, action, now).level_of(actor, target).is_some())
}

impl Resource {
    /// The thing by which one knows that this one exists: a record's parts are known through the record.
    pub const fn seen_through(self) -> Self {
        match self {
            Self::Record
            | Self::Descriptor
            | Self::Rendition
            | Self::Original
            | Self::Custody
            | Self::Proof => Self::Record,
            Self::Case | Self::CaseEvent | Self::Gap => Self::Case,
            Self::Party
            | Self::Matter
            | Self::Hold
            | Self::HoldNotice
            | Self::Policy
            | Self::Event
            | Self::Lock
            | Self::Disposition
            | Self::Ledger
            | Self::Checkpoint
            | Self::Export
            | Self::TeachingDraft
            | Self::TeachingCase
            | Self::Identity
            | Self::SubjectRequest
            | Self::SearchContent
            | Self::SearchSubject
            | Self::Report
            | Self::Feed
            | Self::User
            | Self::Grant
            | Self::Account
            | Self::Session
            | Self::Token
            | Self::Approval
            | Self::Keys
            | Self::Backup
            | Self::Job
            | Self::System => self,
        }
    }

    /// True for what shows or carries out what records say.
    pub const fn shows_content(self) -> bool {
        matches!(
            self,
            Self::Descriptor
                | Self::Rendition
                | Self::Original
                | Self::Export
                | Self::TeachingDraft
                | Self::TeachingCase
                | Self::Identity
                | Self::SearchContent
                | Self::SearchSubject
        )
    }

    /// True for what belongs to cases, so that an engagement over some cases cuts it.
    pub const fn lies_in_cases(self) -> bool {
        !matches!(
            self,
            Self::Policy
                | Self::Checkpoint
                | Self::TeachingCase
                | Self::Feed
                | Self::User
                | Self::Account
                | Self::Session
                | Self::Token
                | Self::Approval
                | Self::Keys
                | Self::Backup
                | Self::Job
                | Self::System
        )
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
