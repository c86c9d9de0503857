//! What authenticated people were refused is entered in the ledger; strangers cannot make it grow,
//! and neither can a person who asks a thousand times a second.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Via;
use crate::base::id::{RecordId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::{EntryDraft, EntryKind};

use super::refusal::Refusal;
use super::{Archive, Caller};

/// Refusals of one person that are entered at once.
const BURST: u32 = 10;
/// Seconds after which one more is entered.
const REFILL_SECONDS: i64 = 6;

/// What is left to each person, and how many refusals were not entered.
#[derive(Debug, Default)]
pub(super) struct Refused(Mutex<HashMap<UserId, Bucket>>);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: u32,
    filled_at: Moment,
    passed_over: u64,
}

impl Refused {
    /// Takes one from the person's bucket: how many were passed over since the last that was
    /// entered, or `None` if this one is passed over too.
    fn take(&self, user: UserId, now: Moment) -> Option<u64> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = Bucket { left: BURST, filled_at: now, passed_over: 0 };
        // One bucket for each person who was refused something since the start: as many as users.
        let bucket = buckets.entry(user).or_insert(full);
        let gained = now.seconds_since(bucket.filled_at).max(0) / REFILL_SECONDS;
        if gained > 0 {
            bucket.left = bucket.left.saturating_add(u32::try_from(gained).unwrap_or(BURST)).min(BURST);
            bucket.filled_at = bucket.filled_at.plus_seconds(gained * REFILL_SECONDS);
        }
        match bucket.left.checked_sub(1) {
            None => {
                bucket.passed_over += 1;
                None
            }
            Some(left) => {
                bucket.left = left;
                Some(std::mem::take(&mut bucket.passed_over))
            }
        }
    }
}

impl Archive {
    /// Enters that the caller was refused something. `subject` is the id that was asked for; what is
    /// no id is left out, for it may be anything. At most a burst of ten, and then ten a minute, are
    /// entered for one person; each says how many before it were passed over.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn note_refusal(
        &self,
        caller: &Caller,
        (action, resource): (Action, Resource),
        subject: Option<&str>,
    ) -> Result<(), Refusal> {
        let Some(passed_over) = self.inner.refused.take(caller.user(), self.inner.now()) else {
            return Ok(());
        };
        // Ids of all kinds have one form.
        let subject = subject.filter(|text| RecordId::parse(text).is_ok());
        let draft = EntryDraft {
            kind: EntryKind::Refused,
            subject: subject.map_or_else(|| caller.user().to_string(), str::to_owned),
            actor: caller.actor(),
            facts: json!({
                "action": action.as_str(),
                "door": door(&caller.rights().via),
                "passed_over": passed_over,
                "resource": resource.as_str(),
            }),
        };
        let written = self.inner.store.write(move |tx| Ok::<_, Refusal>(tx.enter(draft)?));
        written.map(|_| ()).map_err(Refusal::from)
    }
}

fn door(via: &Via) -> &'static str {
    match via {
        Via::Session => "session",
        Via::Token(_) => "token",
        Via::LocalOperator => "local_operator",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SeededEntropy;

    const NOW: Moment = Moment::from_micros(1_800_000_000_000_000);

    fn user(seed: u64) -> UserId {
        UserId::generate(NOW, &SeededEntropy::new(seed))
    }

    #[test]
    fn a_burst_is_entered_and_the_rest_counted_for_the_next_entry() {
        let refused = Refused::default();
        for _ in 0..BURST {
            assert_eq!(refused.take(user(1), NOW), Some(0));
        }
        for _ in 0..5 {
            assert_eq!(refused.take(user(1), NOW), None);
        }
        assert_eq!(refused.take(user(2), NOW), Some(0), "another person has a bucket of his own");
        assert_eq!(refused.take(user(1), NOW.plus_seconds(REFILL_SECONDS)), Some(5));
        assert_eq!(refused.take(user(1), NOW.plus_seconds(REFILL_SECONDS)), None);
    }

    #[test]
    fn a_bucket_holds_no_more_than_a_burst_and_a_clock_that_went_back_fills_nothing() {
        let refused = Refused::default();
        assert_eq!(refused.take(user(1), NOW), Some(0));
        let entered = |at: Moment| (0..100).filter(|_| refused.take(user(1), at).is_some()).count();
        assert_eq!(entered(NOW.plus_seconds(86_400)), BURST as usize);
        assert_eq!(entered(NOW), 0);
    }
}
