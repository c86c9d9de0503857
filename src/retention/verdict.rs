//! What the judge says.

use std::cmp::Ordering;

use super::facts::Progress;
use super::schedule::RuleRef;
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{HoldId, LockId, RecordId, SubjectRequestId};
use crate::base::moment::Moment;
use crate::policy::Action;

crate::base::words::words! {
    /// Why something never ends.
    NeverWhy {
        /// The rule says so.
        Permanent = "permanent",
        /// An event has not occurred.
        NotYet = "not_yet",
        /// The record does not say a date that the rule asks for.
        Missing = "missing",
        /// What the record says is no date.
        Invalid = "invalid",
        /// A table of the policy does not say.
        NoTable = "no_table",
        /// The last day lies past the year 9998.
        BeyondCalendar = "beyond_calendar",
    }
}

/// When something ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With this day in this zone.
    Day {
        /// The last day.
        last: CivilDate,
        /// In which zone.
        zone: Zone,
        /// The first instant after it.
        from: Moment,
    },
    /// At this instant.
    At(Moment),
    /// Never, as far as is known.
    Never(NeverWhy),
}

impl End {
    /// With the end of a day.
    pub fn of_day(last: CivilDate, zone: Zone) -> Self {
        Self::Day { last, zone, from: super::calendar::disposable_from(last, zone) }
    }

    /// The first instant after it; `None` for never.
    pub const fn from(self) -> Option<Moment> {
        match self {
            Self::Day { from, .. } | Self::At(from) => Some(from),
            Self::Never(_) => None,
        }
    }

    /// True once it is over.
    pub fn is_over(self, now: Moment) -> bool {
        self.from().is_some_and(|from| from <= now)
    }

    /// Which comes first; never comes last.
    pub fn order(self, other: Self) -> Ordering {
        match (self.from(), other.from()) {
            (Some(one), Some(other)) => one.cmp(&other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            // What is never to end outlasts what is only not known to.
            (None, None) => {
                let permanent = |end: Self| matches!(end, Self::Never(NeverWhy::Permanent));
                permanent(self).cmp(&permanent(other))
            }
        }
    }
}

/// What sets an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A rule of the policy.
    Rule(RuleRef),
    /// A rule of an earlier policy.
    Residual(RuleRef),
    /// A rule that binds the record from which this one was made.
    Inherited(RuleRef, RecordId),
    /// A granted request for erasure.
    Erasure(SubjectRequestId),
    /// What was decided for this record.
    Assignment,
    /// A lock.
    Lock(LockId),
}

impl Source {
    /// The id by which ties are broken.
    pub(super) fn tie(&self) -> &str {
        match self {
            Self::Rule(rule) | Self::Residual(rule) | Self::Inherited(rule, _) => rule.id().as_str(),
            Self::Erasure(_) | Self::Assignment | Self::Lock(_) => "",
        }
    }
}

/// An end and what sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// What sets it.
    pub source: Source,
    /// When it is.
    pub end: End,
}

/// A ceiling that ends before the record may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What wants it erased.
    pub ceiling: Bound,
    /// What wants it kept.
    pub floor: Bound,
}

pub use crate::record::state::RecordState as State;

/// Why it cannot be destroyed now. In the order of precedence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocker {
    /// It is gone already.
    Gone,
    /// A hold stands.
    Hold {
        /// Which.
        id: HoldId,
        /// Others learn only that something does.
        confidential: bool,
    },
    /// A hold was released not long ago.
    Grace {
        /// Which.
        id: HoldId,
        /// Until when it rests.
        until: Moment,
    },
    /// A compliance lock.
    ComplianceLock {
        /// Which.
        id: LockId,
        /// Until when; for ever where nothing is said.
        until: Option<Moment>,
    },
    /// A floor.
    Floor(Bound),
    /// A governance lock that nobody has opened.
    GovernanceLock {
        /// Which.
        id: LockId,
        /// Until when; for ever where nothing is said.
        until: Option<Moment>,
    },
    /// No rule is about it.
    Unclassified,
    /// Nothing wants it gone yet.
    NotDue {
        /// From when on something does.
        from: Option<Moment>,
    },
    /// Its action is another one.
    Action(Action),
    /// The review of a rule is overdue.
    ReviewOverdue {
        /// The rule.
        rule: RuleRef,
        /// Since this day.
        on: CivilDate,
    },
    /// The facts were materialised under another version of the policy: they have to be made anew.
    OtherPolicy,
    /// Approvals are missing.
    Approvals,
    /// Not yet.
    CoolingOff {
        /// Until then.
        until: Moment,
    },
    /// The clock cannot be trusted.
    Clock,
}

impl Blocker {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::OtherPolicy => "other_policy",
            Self::Hold { .. } => "hold",
            Self::Grace { .. } => "grace",
            Self::ComplianceLock { .. } => "compliance_lock",
            Self::Floor(_) => "floor",
            Self::GovernanceLock { .. } => "governance_lock",
            Self::Unclassified => "unclassified",
            Self::NotDue { .. } => "not_due",
            Self::Action(_) => "action",
            Self::ReviewOverdue { .. } => "review_overdue",
            Self::Approvals => "approvals",
            Self::CoolingOff { .. } => "cooling_off",
            Self::Clock => "clock",
        }
    }
}

/// Something that a person has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// No rule is about the record.
    Unclassified,
    /// A trigger has been unknown for too long.
    StaleTrigger {
        /// The rule that waits.
        rule: RuleRef,
    },
    /// A date is missing or wrong, or lies beyond what can be counted: the exception queue.
    Exception {
        /// The rule that asks for it.
        rule: RuleRef,
        /// Why it is not known.
        why: NeverWhy,
    },
}

crate::base::words::words! {
    /// What has to be done with a disposition that has begun.
    Consequence {
        /// The record leaves its batch.
        Evict = "evict",
        /// Its key comes back from escrow.
        Restore = "restore",
        /// Too late: the tombstone says when and why.
        Tombstone = "tombstone",
    }
}

/// What the judge says of a record at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The record.
    pub record: RecordId,
    /// When.
    pub at: Moment,
    /// How far it has come, whatever else stands in the way.
    pub stage: State,
    /// True if a hold stands, or its grace runs.
    pub held: bool,
    /// True if it may only be stored and secured.
    pub restricted: bool,
    /// True if it stays for ever.
    pub permanent: bool,
    /// Until when it must be kept: the latest of its floors.
    pub floor: Option<Bound>,
    /// By when it must be erased: the earliest of its ceilings.
    pub ceiling: Option<Bound>,
    /// From when on it is due; `None` if that is not known or never.
    pub due_from: Option<Moment>,
    /// True if it is due because a ceiling or a request says so.
    pub mandatory: bool,
    /// What happens at the end.
    pub action: Option<Action>,
    /// What decided on that.
    pub action_of: Option<Source>,
    /// A ceiling below the floor.
    pub conflict: Option<Conflict>,
    /// Why it cannot be destroyed now; empty if it can.
    pub blockers: Vec<Blocker>,
    /// What has to be done with a disposition that has begun.
    pub consequence: Option<Consequence>,
    /// True if only a review that began after the last release of a hold counts.
    pub fresh_review: bool,
    /// What people have to look at.
    pub tasks: Vec<Task>,
    pub(super) progress: Progress,
}

/// That a record may be destroyed now. Only a verdict gives one.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    record: RecordId,
    at: Moment,
}

impl Permit {
    /// The record.
    pub const fn record(&self) -> RecordId {
        self.record
    }

    /// When it was judged.
    pub const fn at(&self) -> Moment {
        self.at
    }
}

impl Verdict {
    /// The one word for where the record stands: what guards it comes before how far it has come.
    pub const fn state(&self) -> State {
        match self.stage {
            State::Shredded | State::Residual | State::Transferred => self.stage,
            _ if self.held => State::Held,
            _ if self.permanent => State::Permanent,
            _ if self.restricted => State::Restricted,
            stage => stage,
        }
    }

    /// That the record may be destroyed, if nothing stands in the way.
    pub fn permit(&self) -> Option<Permit> {
        self.blockers.is_empty().then_some(Permit { record: self.record, at: self.at })
    }
}
