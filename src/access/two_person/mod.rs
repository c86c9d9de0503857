//! The two-person rule (`docs/roles.md`): what one person asks for, another approves; the
//! approval binds the exact request, lasts for a time and is used once.
//!
//! Persons are compared, not doors: an API token or the command line is its owner.

mod action;
mod appointment;
#[cfg(test)]
mod tests;

pub use action::{TwoPersonAction, WhenAlone};
pub use appointment::{LOCKED_OUT_COUNTS_DAYS, approves, takes_two};

use super::decide::{self, Decision};
use super::permission::Action;
use super::rights::{ActorRights, Target};
use crate::base::canonical;
use crate::base::digest::{Digest, Digesting};
use crate::base::id::{ApprovalId, UserId};
use crate::base::moment::Moment;

/// Seconds for which a request waits, and an approval may be used: 72 hours from the request, so
/// that a Friday's request outlasts the week-end and nothing approved lies about for weeks.
pub const APPROVAL_SECONDS: i64 = 72 * 3600;

/// The digest of the exact request: action, subject and parameters.
///
/// The parameters hold ids, dates, numbers and closed words, and *commitments* of free text: the
/// digest is stored, and a digest of a guessable text would give the text away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestDigest(Digest);

impl RequestDigest {
    /// Of a request with these parameters.
    pub fn of(action: TwoPersonAction, subject: &str, parameters: &serde_json::Value) -> Self {
        let mut digesting = Digesting::new();
        for part in [
            b"muniment/approval/v1".as_slice(),
            action.as_str().as_bytes(),
            subject.as_bytes(),
            &canonical::to_bytes(parameters),
        ] {
            // Every part with its length, so that no two requests spell the same bytes.
            digesting.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digesting.update(part);
        }
        Self(digesting.finish())
    }

    /// As stored.
    pub const fn from_digest(digest: Digest) -> Self {
        Self(digest)
    }

    /// The digest.
    pub const fn to_digest(self) -> Digest {
        self.0
    }
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalState {
    /// Nobody has decided.
    Waiting,
    /// A second person said yes.
    Approved {
        /// Who.
        by: UserId,
        /// When.
        at: Moment,
    },
    /// A second person said no.
    Refused {
        /// Who.
        by: UserId,
        /// When.
        at: Moment,
    },
    /// The approved request was carried out.
    Used {
        /// Who had approved it.
        by: UserId,
        /// When it was approved.
        at: Moment,
    },
    /// Time ran out before it was decided or used.
    Expired,
}

/// A request for a second person's approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// What is to be done.
    pub action: TwoPersonAction,
    /// The opaque id of what it is to be done to.
    pub subject: String,
    /// What exactly.
    pub digest: RequestDigest,
    /// Who asked.
    pub requested_by: UserId,
    /// When.
    pub requested_at: Moment,
    /// From this instant on it can be neither decided nor used.
    pub expires_at: Moment,
    /// Where it stands.
    pub state: ApprovalState,
}

/// A second person's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Approve,
    /// No.
    Refuse,
}

/// Who decides: a person with the right to approve, or the deputy such a person named.
#[derive(Debug, Clone, Copy)]
pub struct Decider<'a> {
    /// The person who decides.
    pub actor: &'a ActorRights,
    /// For a deputy: the approver who named him, with that approver's rights.
    pub standing_in_for: Option<&'a ActorRights>,
}

/// Why a request cannot be decided or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalRefusal {
    /// The decider asked for it, or stands in for who did.
    #[error("nobody approves what he asked for himself")]
    OwnRequest,
    /// The decider has no right to approve such requests.
    #[error("no right to approve this")]
    NotEligible,
    /// The decider cannot see what it is about.
    #[error("no such request in sight")]
    NotFound,
    /// Time ran out.
    #[error("it has expired")]
    Expired,
    /// Somebody has decided already.
    #[error("it has been decided")]
    AlreadyDecided,
    /// Nobody has approved it yet.
    #[error("it still waits for a second person")]
    StillWaiting(TwoPersonAction),
    /// The second person said no.
    #[error("the second person refused it")]
    Refused,
    /// It was used already.
    #[error("it has been used")]
    AlreadyUsed,
    /// What is to be done is not what was approved.
    #[error("the request differs from what was approved")]
    OtherRequest,
    /// Only who asked for it may use it.
    #[error("only the requester may use it")]
    NotRequester,
}

/// What the requester asks to be done now.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// Who does it.
    pub by: UserId,
    /// What.
    pub action: TwoPersonAction,
    /// To what.
    pub subject: &'a str,
    /// With exactly these parameters.
    pub digest: RequestDigest,
}

impl Approval {
    /// The state at `now`, time counted in.
    pub fn state_at(&self, now: Moment) -> ApprovalState {
        match self.state {
            ApprovalState::Waiting | ApprovalState::Approved { .. } if self.expires_at <= now => {
                ApprovalState::Expired
            }
            state => state,
        }
    }

    /// The request with a second person's answer in it.
    pub fn decide(
        &self,
        verdict: Verdict,
        decider: Decider<'_>,
        target: &Target,
        now: Moment,
    ) -> Result<Self, ApprovalRefusal> {
        let by = decider.actor.user;
        let asked_for_it = |person: UserId| person == self.requested_by;
        // A deputy must not become the way round the rule: neither by deciding for the requester
        // nor by having asked himself.
        if asked_for_it(by) || decider.standing_in_for.is_some_and(|approver| asked_for_it(approver.user)) {
            return Err(ApprovalRefusal::OwnRequest);
        }
        match may_approve(self.action, decider, target, now) {
            Decision::Allow(_) | Decision::NeedsSecond(_) => {}
            Decision::Forbidden => return Err(ApprovalRefusal::NotEligible),
            Decision::NotFound => return Err(ApprovalRefusal::NotFound),
        }
        match self.state_at(now) {
            ApprovalState::Waiting => {}
            ApprovalState::Expired => return Err(ApprovalRefusal::Expired),
            ApprovalState::Approved { .. } | ApprovalState::Refused { .. } | ApprovalState::Used { .. } => {
                return Err(ApprovalRefusal::AlreadyDecided);
            }
        }
        let state = match verdict {
            Verdict::Approve => ApprovalState::Approved { by, at: now },
            Verdict::Refuse => ApprovalState::Refused { by, at: now },
        };
        Ok(Self { state, ..self.clone() })
    }

    /// The request marked as used, if it is approved, fresh, and exactly what is to be done.
    pub fn use_once(&self, wanted: Use<'_>, now: Moment) -> Result<Self, ApprovalRefusal> {
        let (by, at) = match self.state_at(now) {
            ApprovalState::Approved { by, at } => (by, at),
            ApprovalState::Waiting => return Err(ApprovalRefusal::StillWaiting(self.action)),
            ApprovalState::Refused { .. } => return Err(ApprovalRefusal::Refused),
            ApprovalState::Used { .. } => return Err(ApprovalRefusal::AlreadyUsed),
            ApprovalState::Expired => return Err(ApprovalRefusal::Expired),
        };
        if wanted.by != self.requested_by {
            return Err(ApprovalRefusal::NotRequester);
        }
        // Checked again although `decide` refuses it: a row could have been written by other hands.
        if by == self.requested_by {
            return Err(ApprovalRefusal::OwnRequest);
        }
        if wanted.action != self.action || wanted.subject != self.subject || wanted.digest != self.digest {
            return Err(ApprovalRefusal::OtherRequest);
        }
        Ok(Self { state: ApprovalState::Used { by, at }, ..self.clone() })
    }
}

fn may_approve(action: TwoPersonAction, decider: Decider<'_>, target: &Target, now: Moment) -> Decision {
    let resource = action.row().0;
    match decider.standing_in_for {
        None => decide::decide(decider.actor, resource, Action::Approve, Some(target), now),
        Some(approver) => {
            // The approver's rights through the deputy's door: a deputy's token stays as narrow as it is.
            let rights = ActorRights { via: decider.actor.via.clone(), ..approver.clone() };
            decide::decide(&rights, resource, Action::Approve, Some(target), now)
        }
    }
}

/// How a two-person step goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondPerson {
    /// Somebody else can approve: ask.
    Ask,
    /// Nobody else can, and the step is done all the same, marked *not countersigned*.
    ProceedMarked,
    /// Nobody else can, so it is refused: the archive has one person for this.
    RefuseOnePerson,
}

/// Who could be the second person? `people` are the active users, each as if logged in;
/// `target` is seen with their eyes by `target_for`.
pub fn second_person(
    action: TwoPersonAction,
    requester: UserId,
    people: &[ActorRights],
    target_for: impl Fn(&ActorRights) -> Target,
    now: Moment,
) -> SecondPerson {
    let resource = action.row().0;
    let somebody = people.iter().filter(|person| person.user != requester).any(|person| {
        let answer = decide::decide(person, resource, Action::Approve, Some(&target_for(person)), now);
        matches!(answer, Decision::Allow(_))
    });
    match (somebody, action.when_alone()) {
        (true, _) => SecondPerson::Ask,
        (false, WhenAlone::ProceedMarked) => SecondPerson::ProceedMarked,
        (false, WhenAlone::Refuse) => SecondPerson::RefuseOnePerson,
    }
}
