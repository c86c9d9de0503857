//! Removes what time is over for: results, uploads, and jobs that ended long ago.

use crate::archive::Archive;
use crate::archive::refusal::Refusal;
use crate::base::id::JobId;
use crate::base::limits::ORPHAN_SECONDS_MAX;
use crate::base::moment::{Clock as _, Moment, SystemClock};
use crate::store::rows::jobs;

use super::result;

/// Seconds for which a job that ended is shown.
const SHOWN_SECONDS: i64 = 90 * 24 * 3600;
/// Results that are looked at together.
const BATCH: u32 = 100;

impl Archive {
    /// Removes results and uploads whose time is over, with their keys first, and forgets jobs that
    /// ended long ago.
    ///
    /// # Errors
    /// The database or the payload store refuses; what is left comes up again.
    pub fn tidy_jobs(&self) -> Result<(), Refusal> {
        let inner = &self.inner;
        loop {
            let now = inner.now();
            let due = inner.store.read(|conn| jobs::with_expired_result(conn, now, BATCH))?;
            if due.is_empty() {
                break;
            }
            for row in due {
                let id = row.id;
                let forgotten = inner.store.maintain(move |upkeep| {
                    result::forget(upkeep.conn(), id)?;
                    Ok::<_, Refusal>(jobs::forget_result(upkeep.conn(), id)?)
                });
                forgotten.map_err(Refusal::from)?;
                // Without its key it is noise already; a crash before this leaves it to the sweep below.
                result::remove(inner, id)?;
            }
        }
        self.sweep_results()?;
        self.sweep_uploads()?;
        let shown = inner.now().plus_seconds(-SHOWN_SECONDS);
        let forgotten = inner.store.maintain(move |upkeep| jobs::delete_ended_before(upkeep.conn(), shown));
        forgotten.map(|_| ()).map_err(|error| Refusal::Store(error.into_cause()))
    }

    /// Removes files of results that no job names, and those that were never finished; what is young may be of
    /// work under way.
    pub(in crate::archive) fn sweep_results(&self) -> Result<(), Refusal> {
        let inner = &self.inner;
        // The file system has the system's time, whatever clock the archive was given.
        let before = SystemClock.now().plus_seconds(-ORPHAN_SECONDS_MAX);
        for (job, modified) in self.stray_results()? {
            if modified < before {
                result::remove(inner, job)?;
            }
        }
        inner.results.sweep(before)?;
        Ok(())
    }

    /// Files of results that no job names, and when they were last written.
    pub(in crate::archive) fn stray_results(&self) -> Result<Vec<(JobId, Moment)>, Refusal> {
        let mut files = Vec::new();
        self.inner.results.list(&mut |file, modified| files.push((file, modified)))?;
        let mut stray = Vec::new();
        for (file, modified) in files {
            let Ok(id) = JobId::parse(&file.to_string()) else { continue };
            let job = self.inner.store.read(|conn| jobs::get(conn, id))?;
            if job.is_none_or(|row| row.expires_at.is_none()) {
                stray.push((id, modified));
            }
        }
        Ok(stray)
    }

    /// Removes spool files that a process which was killed has left. Nobody else can be writing one:
    /// this process holds the directory.
    pub(super) fn remove_spools(&self) -> Result<(), Refusal> {
        let io = |error| Refusal::Io { what: "look through spool files", error };
        for path in self.inner.place.spools().map_err(io)? {
            std::fs::remove_file(path).map_err(io)?;
        }
        Ok(())
    }
}
