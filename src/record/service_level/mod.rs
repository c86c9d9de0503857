//! Service levels: what was promised per tier and priority, in which hours, and whether it was
//! kept. Figures are evidence: every one of them can be recomputed from case events and the file.

mod attain;
mod business;
mod parse;
mod target;

#[cfg(test)]
mod tests;

pub use attain::{Attainment, AttainmentRow, Measure, Outcome, attainments, table};
pub use business::{BusinessTime, Span};
pub use parse::{ServiceLevelFault, parse};
pub use target::{BadTarget, Target};

use std::collections::BTreeMap;

use crate::base::civil::Zone;
use crate::base::text::fold_name;

/// Which time a target counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClockKind {
    /// Business hours only; days are business days.
    Business,
    /// All hours of all days.
    Calendar,
}

impl ClockKind {
    /// The word in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Calendar => "calendar",
        }
    }
}

/// What was promised for one tier and priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// Which time counts.
    pub clock: ClockKind,
    /// From the opening of a case to its first response.
    pub first_response: Option<Target>,
    /// From the opening of a case to its resolution.
    pub resolution: Option<Target>,
    /// From a complaint to its answer; the file's own target where absent.
    pub complaint_answer: Option<Target>,
}

/// A service-level file, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceLevel {
    name: String,
    business: BusinessTime,
    always: BusinessTime,
    promises: BTreeMap<(String, String), Promise>,
    complaint: (ClockKind, Target),
    confirmation_days: u32,
}

impl ServiceLevel {
    /// The name of the service level.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The zone whose clocks count.
    pub fn zone(&self) -> Zone {
        self.business.zone()
    }

    /// Days within which a service that ended must be confirmed (gap G5).
    pub const fn confirmation_days(&self) -> u32 {
        self.confirmation_days
    }

    /// The calendar of a clock.
    pub const fn calendar(&self, clock: ClockKind) -> &BusinessTime {
        match clock {
            ClockKind::Business => &self.business,
            ClockKind::Calendar => &self.always,
        }
    }

    /// The promise for a tier and priority: the exact pair, else the tier's row for any priority
    /// (`*`), else the priority's row for any tier, else the row for all. Words are folded.
    pub fn promise(&self, tier: Option<&str>, priority: Option<&str>) -> Option<&Promise> {
        let fold = |word: Option<&str>| word.map(fold_name).filter(|word| word != ANY);
        let (tier, priority) = (fold(tier), fold(priority));
        let any = || ANY.to_owned();
        let mut keys = Vec::with_capacity(4);
        if let (Some(tier), Some(priority)) = (&tier, &priority) {
            keys.push((tier.clone(), priority.clone()));
        }
        if let Some(tier) = tier {
            keys.push((tier, any()));
        }
        if let Some(priority) = priority {
            keys.push((any(), priority));
        }
        keys.push((any(), any()));
        keys.iter().find_map(|key| self.promises.get(key))
    }

    /// Within which time a complaint must be answered, and by which clock.
    pub fn complaint_answer(&self, tier: Option<&str>, priority: Option<&str>) -> (ClockKind, Target) {
        self.promise(tier, priority)
            .and_then(|promise| promise.complaint_answer.map(|target| (promise.clock, target)))
            .unwrap_or(self.complaint)
    }
}

/// The word for any tier or any priority.
const ANY: &str = "*";
