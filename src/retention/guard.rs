//! What stands guard over a record: holds and locks.

use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{HoldId, LockId};
use crate::base::moment::Moment;

crate::base::words::words! {
    /// Why a hold stands.
    HoldKind {
        /// A legal matter.
        Legal = "legal",
        /// Debts and other matters that are not settled (未结清债权债务).
        Unsettled = "unsettled",
    }
}

/// A hold over the record, as it was bound to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// Why it stands.
    pub kind: HoldKind,
    /// Others than its own people learn only that something stands in the way.
    pub confidential: bool,
    /// When it was placed.
    pub placed_at: Moment,
    /// When it was released.
    pub released_at: Option<Moment>,
    /// In which zone the days of grace are counted.
    pub zone: Zone,
}

/// Until when a lock holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockUntil {
    /// To the end of this day in this zone.
    Day(CivilDate, Zone),
    /// For ever.
    Ever,
}

/// How strong a lock is; it only ever grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockLevel {
    /// Two people may open it, with a permission and a reason.
    Governance {
        /// They have.
        bypassed: bool,
    },
    /// Nobody may.
    Compliance,
}

/// A lock on the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lock {
    /// Its id.
    pub id: LockId,
    /// How strong it is.
    pub level: LockLevel,
    /// Until when it holds.
    pub until: LockUntil,
}
