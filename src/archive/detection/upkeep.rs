//! What the outside can ask of the detector: catch up now, and how much is left.

use std::time::{Duration, Instant};

use crate::archive::Archive;
use crate::archive::refusal::Refusal;
use crate::store::rows::index::{self, Domain};

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
}
