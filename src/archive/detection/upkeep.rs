//! What the outside can ask of the detector: catch up now, and how much is left.

use std::cell::OnceCell;
use std::time::{Duration, Instant};

use crate::archive::Archive;
use crate::archive::refusal::Refusal;
use crate::base::id::RecordId;
use crate::record::state::RecordState;
use crate::store::rows::index::{self, Amiss, Domain};

use super::plan::{has_subjects, marks_kept, marks_past};

/// Versions that are named at once where marks do not fit.
const AMISS_MAX: u32 = 1_000;

impl Archive {
    /// Looks here and now for personal data where none was looked for, for at most so long; how many
    /// versions are left. For processes that end before a background thread would have got to it.
    ///
    /// # Errors
    /// No identity or index keys on this node, or the database refuses.
    pub fn detect_pending(&self, longest: Duration) -> Result<u64, Refusal> {
        // A time beyond what the clock can say is no limit.
        let deadline = Instant::now().checked_add(longest);
        self.inner.detection.detector.run_until(deadline, &mut |_| {})?;
        self.not_examined()
    }

    /// In how many versions no personal data was looked for yet.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn not_examined(&self) -> Result<u64, Refusal> {
        let detector = &self.inner.detection.detector;
        let pending =
            self.inner.store.read(|conn| index::count_pending(conn, Domain::Subject, &detector.engine));
        Ok(pending?)
    }

    /// Versions that are marked as examined although what was found in them or their place in the subject
    /// index is gone, or as past although they are current: no look-up finds them. At most so many as are
    /// mended at once.
    ///
    /// # Errors
    /// No identity or index keys on this node, or the database cannot be read.
    pub(in crate::archive) fn wrongly_examined(&self) -> Result<Vec<(RecordId, u32)>, Refusal> {
        let detector = &self.inner.detection.detector;
        let (kept, past) = (marks_kept(&detector.engine), marks_past(&detector.engine));
        let (slot, is_over) = (OnceCell::new(), || false);
        self.inner.store.read(|conn| {
            let mut found = index::amiss(conn, &kept, Amiss::NotKept, AMISS_MAX)?;
            found.extend(index::amiss(conn, &past, Amiss::State(RecordState::CLOSED), AMISS_MAX)?);
            let with = detector.with(slot.get_or_init(|| detector.keys()), &is_over)?;
            // Not everything that is found names somebody: only the places themselves say.
            for version in index::amiss(conn, &kept, Amiss::NoBlock, AMISS_MAX)? {
                if has_subjects(with, conn, version)? {
                    found.push(version);
                }
            }
            found.sort_unstable();
            found.truncate(usize::try_from(AMISS_MAX).unwrap_or(usize::MAX));
            Ok::<_, Refusal>(found)
        })
    }

    /// Has versions examined again, here and now. What does not fit then is made anew with the whole index:
    /// false says so.
    ///
    /// # Errors
    /// As [`Archive::detect_pending`].
    pub(in crate::archive) fn examine_again(&self, versions: Vec<(RecordId, u32)>) -> Result<bool, Refusal> {
        let unmarked = self.inner.store.maintain(move |upkeep| {
            versions.iter().try_for_each(|version| {
                index::mark(upkeep.conn(), Domain::Subject, *version, None).map(|_| ())
            })
        });
        unmarked.map_err(|error| Refusal::Store(error.into_cause()))?;
        Ok(self.detect_pending(Duration::MAX)? == 0 && self.wrongly_examined()?.is_empty())
    }
}
