//! An auditor's engagement: a guest for a time, over a part of the archive and a period.

use std::collections::BTreeSet;

use crate::base::id::CaseId;
use crate::base::moment::Moment;

/// What an engagement lets its guest see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engagement {
    /// The cases under audit; `None` for the whole archive.
    pub cases: Option<BTreeSet<CaseId>>,
    /// The first instant under audit.
    pub from: Moment,
    /// The first instant no longer under audit.
    pub until: Moment,
    /// From this instant on the guest sees nothing.
    pub expires: Moment,
}

impl Engagement {
    /// True if a thing of these cases that was entered at `at` is under audit. Things that
    /// belong to no case or to no instant are only for an engagement over the whole archive
    /// (cases) and are not cut by the period (instants).
    pub fn covers(&self, cases: &[CaseId], at: Option<Moment>) -> bool {
        let in_cases = match &self.cases {
            None => true,
            Some(under_audit) => cases.iter().any(|case| under_audit.contains(case)),
        };
        in_cases && at.is_none_or(|at| self.from <= at && at < self.until)
    }
}
