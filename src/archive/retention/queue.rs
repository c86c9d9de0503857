//! The lists on which records stand.

use crate::retention::{Blocker, State, Task, Verdict};

crate::base::words::words! {
    /// A list that people work through.
    Queue {
        /// Its period is over.
        Due = "due",
        /// Its period runs.
        Running = "running",
        /// Its period waits for an event.
        AwaitingTrigger = "awaiting_trigger",
        /// Its trigger has been unknown for too long.
        StaleTrigger = "stale_trigger",
        /// No rule is about it.
        Unclassified = "unclassified",
        /// A date that a rule asks for is missing or wrong.
        Exception = "exception",
        /// The review of a rule about it is overdue.
        ReviewOverdue = "review_overdue",
        /// One rule wants it erased before another lets it go (期限冲突).
        Conflict = "conflict",
        /// It may only be stored and secured.
        Restricted = "restricted",
        /// A hold stands.
        Held = "held",
        /// It is kept for ever.
        Permanent = "permanent",
        /// It is not as the ledger says, and could not be judged.
        Damaged = "damaged",
    }
}

impl Queue {
    /// What any hold stands over, also one that only some may know: a list that nobody reads as it is. Whoever knows
    /// of other holds than exactly those that are not confidential finds in it what he may know.
    pub(super) const GUARDED: &'static str = "guarded";

    /// The lists on which a verdict puts a record.
    pub(super) fn of(verdict: &Verdict) -> Vec<&'static str> {
        let mut queues: Vec<Self> = Vec::new();
        let mut put = |queue: Self, is_on: bool| {
            if is_on && !queues.contains(&queue) {
                queues.push(queue);
            }
        };
        put(Self::Due, verdict.stage == State::Due);
        put(Self::Running, verdict.stage == State::Running);
        put(Self::AwaitingTrigger, verdict.stage == State::AwaitingTrigger);
        put(Self::Conflict, verdict.conflict.is_some());
        put(Self::Restricted, verdict.restricted);
        put(Self::Held, verdict.held);
        put(Self::Permanent, verdict.permanent);
        let is_overdue = |blocker: &Blocker| matches!(blocker, Blocker::ReviewOverdue { .. });
        put(Self::ReviewOverdue, verdict.blockers.iter().any(is_overdue));
        for task in &verdict.tasks {
            put(
                match task {
                    Task::Unclassified => Self::Unclassified,
                    Task::StaleTrigger { .. } => Self::StaleTrigger,
                    Task::Exception { .. } => Self::Exception,
                },
                true,
            );
        }
        queues.into_iter().map(Self::as_str).collect()
    }
}
