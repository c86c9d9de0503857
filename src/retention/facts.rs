//! What the judge knows of a record: dates, ids and which rules match. A birth date leaves only the day on
//! which its owner comes of age.

use super::schedule::RuleRef;
use super::verdict::End;
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::id::{EventId, RecordId, SubjectRequestId};
use crate::base::moment::Moment;
use crate::policy::Action;
use crate::policy::trigger::{EventKey, EventType};
use crate::record::occurred::Occurred;

/// A date of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateFact {
    /// It is known.
    Known(Occurred),
    /// The record does not say.
    Missing,
    /// What the record says is no date.
    Invalid,
}

/// An event that one of the record's keys binds to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFact {
    /// Its id in the ledger.
    pub id: EventId,
    /// What happened.
    pub kind: EventType,
    /// The name of the key that binds it.
    pub key: EventKey,
    /// When it happened.
    pub on: Occurred,
    /// When it was recorded.
    pub recorded_at: Moment,
}

/// One version of the record under one version of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFacts {
    /// Its number, from 1.
    pub number: u32,
    /// The rules that match, as indexes into the schedule.
    pub matched: Vec<u32>,
    /// Its dates, in the order of the schedule's slots.
    pub dates: Vec<DateFact>,
}

/// A ceiling of a record from which this one was derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InheritedCeiling {
    /// The record from which it comes.
    pub from: RecordId,
    /// The rule that sets it there.
    pub rule: RuleRef,
    /// Its last day there.
    pub last_day: CivilDate,
    /// In this zone.
    pub zone: Zone,
}

/// Where a record comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lineage {
    /// It was captured.
    Original,
    /// It was made from others and still speaks of people: it goes when they have to.
    Derived(Vec<InheritedCeiling>),
    /// It was made from others and speaks of nobody: its own rules alone count.
    Anonymous,
}

/// A floor that stands although the policy of today does not ask for it any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Residual {
    /// The rule that asked for it.
    pub rule: RuleRef,
    /// Until when.
    pub end: End,
}

/// What somebody decided for this record alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// What happens at the end.
    pub action: Option<Action>,
    /// Not before the end of this day in this zone.
    pub keep_until: Option<(CivilDate, Zone)>,
}

/// A request for erasure that was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erasure {
    /// The request.
    pub request: SubjectRequestId,
    /// When it was granted.
    pub granted_at: Moment,
}

/// How far a disposition has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// None has begun.
    None,
    /// `done` of `of` stages are through.
    InReview {
        /// When it began.
        begun: Moment,
        /// Stages that are through.
        done: u8,
        /// Stages that there are.
        of: u8,
    },
    /// All stages are through.
    Approved {
        /// When the review began.
        begun: Moment,
    },
    /// All stages are through, and nothing is done before `until`.
    CoolingOff {
        /// When the review began.
        begun: Moment,
        /// When it ends.
        until: Moment,
    },
    /// The key is wrapped only for the escrow recipient.
    Sealed {
        /// When the review began.
        begun: Moment,
    },
    /// The key is gone.
    Shredded,
    /// Only the tombstone is left.
    Residual,
    /// It was handed over.
    Transferred,
}

impl Progress {
    /// When the review that led here began.
    pub const fn begun(self) -> Option<Moment> {
        match self {
            Self::InReview { begun, .. }
            | Self::Approved { begun }
            | Self::CoolingOff { begun, .. }
            | Self::Sealed { begun } => Some(begun),
            Self::None | Self::Shredded | Self::Residual | Self::Transferred => None,
        }
    }
}

/// All that the judge knows of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The record.
    pub record: RecordId,
    /// The hash of the policy under which they were materialised: under another one they would name other rules.
    pub under: Digest,
    /// When it was declared a record.
    pub declared: Occurred,
    /// Its versions: each has its own obligations.
    pub versions: Vec<VersionFacts>,
    /// Events that its keys bind to it.
    pub events: Vec<EventFact>,
    /// Where it comes from.
    pub lineage: Lineage,
    /// Floors of earlier policies.
    pub residuals: Vec<Residual>,
    /// What was decided for it alone.
    pub assignment: Option<Assignment>,
    /// A granted request for erasure.
    pub erasure: Option<Erasure>,
    /// How far its disposition has come.
    pub progress: Progress,
    /// When what happens at its end became something else by a change of policy: a review that had begun before then
    /// begins anew.
    pub action_since: Option<Moment>,
}
