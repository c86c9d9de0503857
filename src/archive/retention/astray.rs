//! Holds what is kept of records (where they stand, on which lists, by which keys events reach them, when they are
//! judged again) against what the judge says anew. Nothing of it is vouched for, and nobody is given a right by it;
//! but a record that is missing from a list is missed by whoever works through it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::archive::Archive;
use crate::archive::events::Reaching;
use crate::archive::refusal::Refusal;
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::store::rows::records;
use crate::store::rows::retention::{self, RetentionRow};
use crate::store::{Conn, StoreError};

use super::judging::{Outcome, Turn, followed};

/// Records that are looked at in one snapshot of the database.
const BATCH: u32 = 64;

/// After how long all records are looked over again.
const LOOK_OVER_AGAIN: Duration = Duration::from_secs(24 * 3_600);

/// How far all records were looked over.
#[derive(Debug, Default)]
pub(in crate::archive) struct LookingOver {
    after: Option<RecordId>,
    again_at: Option<Instant>,
}

impl Archive {
    /// Records of which something else is kept than what they say, behind `after`; and how far was looked, `None` once
    /// all were. What waits to be judged is not among them.
    ///
    /// # Errors
    /// No identity or index keys on this node, or the database refuses.
    pub(in crate::archive) fn wrongly_judged(
        &self,
        after: Option<RecordId>,
    ) -> Result<(Vec<RecordId>, Option<RecordId>), Refusal> {
        let now = self.inner.now();
        let rules = self.inner.rules(now)?;
        let Some(turn) = Turn::of(&self.inner, &rules, now) else { return Ok((Vec::new(), None)) };
        self.inner.store.read(|conn| {
            let mut ids: BTreeSet<RecordId> = records::ids_after(conn, after, BATCH)?.into_iter().collect();
            let last = ids.last().copied();
            // Rows of records that are not there lie between the others.
            let kept = retention::page_all(conn, None, after, BATCH)?;
            ids.extend(kept.iter().map(|row| row.record_id).filter(|id| last.is_none_or(|last| *id <= last)));
            let (ledger, mut reaching) = (self.inner.ledgered(conn)?, Reaching::default());
            let last = ids.last().copied();
            let followed = followed(conn)?;
            let mut astray = Vec::new();
            for id in ids {
                let Some(kept) = retention::get(conn, id)? else {
                    // What was captured a moment ago waits to be judged.
                    astray.extend((followed >= ledger.size()).then_some(id));
                    continue;
                };
                if kept.wake_at.is_some_and(|at| at <= now) || kept.policy != turn.under() {
                    // It is judged again anyway.
                    continue;
                }
                let made = turn.made(&ledger, conn, &mut reaching, id)?;
                if !is_as_made(conn, &kept, &made)? {
                    tracing::error!(record = %id, "where it stands was kept otherwise than it is judged");
                    astray.push(id);
                }
            }
            Ok((astray, last))
        })
    }

    /// Has these judged anew.
    ///
    /// # Errors
    /// The database refuses.
    pub(in crate::archive) fn judge_anew(&self, astray: Vec<RecordId>) -> Result<(), Refusal> {
        if astray.is_empty() {
            return Ok(());
        }
        let written = self.inner.store.maintain(move |upkeep| {
            astray.iter().try_for_each(|record| retention::forget(upkeep.conn(), *record))?;
            Ok::<_, StoreError>(())
        });
        written.map(|_| ()).map_err(|error| Refusal::Store(error.into_cause()))
    }

    /// Looks over some more records and has those judged anew of which something else is kept than what they say: all
    /// of them after a start, and once a day. True if more are to be looked over now.
    ///
    /// # Errors
    /// As [`Archive::wrongly_judged`].
    pub(in crate::archive) fn look_over(&self, looking: &mut LookingOver) -> Result<bool, Refusal> {
        if looking.again_at.is_some_and(|at| Instant::now() < at) {
            return Ok(false);
        }
        let (astray, last) = self.wrongly_judged(looking.after)?;
        self.judge_anew(astray)?;
        looking.after = last;
        looking.again_at = match last {
            Some(_) => None,
            None => Instant::now().checked_add(LOOK_OVER_AGAIN),
        };
        Ok(last.is_some())
    }

    /// All that [`Archive::wrongly_judged`] finds.
    ///
    /// # Errors
    /// The same.
    pub(in crate::archive) fn all_wrongly_judged(&self) -> Result<Vec<RecordId>, Refusal> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let (astray, last) = self.wrongly_judged(after)?;
            all.extend(astray);
            match last {
                None => return Ok(all),
                last => after = last,
            }
        }
    }
}

/// True if what is kept is what would be kept now. It may wake earlier than it has to, and never later.
fn is_as_made(conn: &mut Conn, kept: &RetentionRow, made: &Outcome) -> Result<bool, StoreError> {
    let Outcome::Kept(row, keys, queues) = made else { return Ok(false) };
    let wakes_in_time = |kept: Option<Moment>, wanted: Option<Moment>| match (kept, wanted) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(kept), Some(wanted)) => kept <= wanted,
    };
    let wanted: BTreeSet<_> = keys.iter().copied().collect();
    let lists: BTreeSet<String> = queues.iter().map(|queue| (*queue).to_owned()).collect();
    Ok(kept.version == row.version
        && kept.state == row.state
        && kept.restricted == row.restricted
        && wakes_in_time(kept.wake_at, row.wake_at)
        && retention::keys_of(conn, kept.record_id)?.into_iter().collect::<BTreeSet<_>>() == wanted
        && retention::queues_of(conn, kept.record_id)?.into_iter().collect::<BTreeSet<_>>() == lists)
}
