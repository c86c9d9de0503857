//! Holds and locks over a record, as the judge takes them, and those of them that one reader may know.

use crate::archive::Inner;
use crate::archive::caller::Caller;
use crate::archive::holds::is_in_sight;
use crate::archive::refusal::Refusal;
use crate::base::moment::Moment;
use crate::retention::{Facts, Hold, Lock, Now, Schedule, Verdict, judge};
use crate::store::Conn;
use crate::store::rows::records::RecordRow;

use super::queue::Queue;

/// What stands guard over a record.
#[derive(Debug, Clone, Default)]
pub(super) struct Guards {
    pub holds: Vec<Hold>,
    pub locks: Vec<Lock>,
}

impl Guards {
    /// Every hold that was placed over the record, those that were released too, and its locks.
    ///
    /// # Errors
    /// They cannot be read, or are not as the ledger says.
    pub(super) fn over(inner: &Inner, conn: &mut Conn, record: &RecordRow) -> Result<Self, Refusal> {
        // No lock can be set yet.
        Ok(Self { holds: inner.holds_of(conn, record)?, locks: Vec::new() })
    }

    /// Those of which the caller may know. Whatever he is told of a record is judged by them alone: of the others he
    /// learns when he tries a disposition, and then no more than that it is not available.
    pub(super) fn told_to(&self, inner: &Inner, caller: &Caller, now: Moment) -> Self {
        let register = inner.holds_known();
        let is_told = |hold: &Hold| register.get(hold.id).is_some_and(|word| is_in_sight(caller, word, now));
        self.only(is_told)
    }

    /// Without the holds that only some may know.
    pub(super) fn open(&self) -> Self {
        self.only(|hold| !hold.confidential)
    }

    fn only(&self, keeps: impl Fn(&Hold) -> bool) -> Self {
        let holds = self.holds.iter().copied().filter(keeps).collect();
        Self { holds, locks: self.locks.clone() }
    }

    /// What is kept of a record for everybody to read: where it would stand if nothing held it, and on which lists.
    /// What holds it is kept as lists alone, and told to those who may know it.
    pub(super) fn kept(
        &self,
        facts: &Facts,
        schedule: &Schedule,
        now: Moment,
    ) -> (Verdict, Vec<&'static str>) {
        let judged = |guards: &Self| judge(facts, schedule, &guards.holds, &guards.locks, Now::sane(now));
        let verdict = judged(&self.only(|_| false));
        let mut queues = Queue::of(&verdict);
        if judged(&self.open()).held {
            queues.push(Queue::Held.as_str());
        }
        if judged(self).held {
            queues.push(Queue::GUARDED);
        }
        (verdict, queues)
    }
}
