//! Removes uploads whose time is over.

use crate::archive::Archive;
use crate::archive::refusal::Refusal;
use crate::store::rows::uploads;

/// Uploads that are looked at together.
const BATCH: u32 = 100;

impl Archive {
    /// Removes uploads that nobody captured in time; how many.
    ///
    /// # Errors
    /// The database or the payload store refuses.
    pub fn sweep_uploads(&self) -> Result<u64, Refusal> {
        let mut swept = 0;
        loop {
            let now = self.inner.now();
            let due = self.inner.store.read(|conn| uploads::expired(conn, now, BATCH))?;
            let mut moved = 0;
            for row in &due {
                if self.inner.remove_upload(row)? {
                    moved += 1;
                }
            }
            swept += moved;
            // What changed meanwhile comes up at the next sweep.
            if moved == 0 {
                return Ok(swept);
            }
        }
    }
}
