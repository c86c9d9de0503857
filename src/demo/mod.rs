//! The demonstration: an archive in three languages with people of every role, cases with and
//! without gaps in their chains of evidence, and a matter. It is made through the archive's own use
//! cases; nothing in it could not have come in through the front doors.

#![allow(
    clippy::indexing_slicing,
    reason = "JSON objects take members by index; nothing here indexes a slice"
)]

mod content;
mod people;
mod play;
#[cfg(test)]
mod tests;

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::archive::open::{Created, OpenOptions};
use crate::archive::{Archive, Place, Refusal};
use crate::base::moment::FixedClock;
use crate::base::secret::SecretBytes;

pub use play::Counts;

/// The file that says that a demonstration was made to its end.
const MARK: &str = "demo";

/// Why the demonstration cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The archive refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Its content, which is compiled in, does not fit: a test shows that it does.
    #[error("{place}: {what}")]
    Content {
        /// Where.
        place: String,
        /// What does not fit.
        what: String,
    },
    /// Its mark cannot be written.
    #[error("cannot write {}: {error}", path.display())]
    Mark {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
}

impl DemoError {
    fn content(place: &str, what: &str) -> Self {
        Self::Content { place: place.to_owned(), what: what.to_owned() }
    }
}

/// What lies in a directory that a demonstration is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Nothing,
    /// A demonstration, whole.
    Whole,
    /// An archive that is none, or a demonstration whose making was cut off.
    Other,
}

/// Looks what lies at `place`.
pub fn standing(place: &Place) -> Standing {
    match (place.holds_archive(), place.data().join(MARK).exists()) {
        (false, _) => Standing::Nothing,
        (true, true) => Standing::Whole,
        (true, false) => Standing::Other,
    }
}

/// A person of the demonstration with the one-time password, which is told once.
pub struct Person {
    /// The name to log in with.
    pub name: String,
    /// The role.
    pub role: &'static str,
    /// The password.
    pub password: SecretBytes,
}

/// A demonstration that was made just now.
pub struct Made {
    /// Its people.
    pub people: Vec<Person>,
    /// The archivist's token.
    pub archivist: (String, SecretBytes),
    /// What is in it.
    pub counts: Counts,
}

/// Makes the demonstration at `place` and closes it again.
///
/// # Errors
/// See [`DemoError`]. What was begun stays and is not taken for a whole one.
pub fn make(place: &Place, options: &OpenOptions) -> Result<Made, DemoError> {
    let clock = Arc::new(FixedClock::at(content::moment("founded", play::FOUNDED)?));
    let options = OpenOptions { clock: clock.clone(), ..options.clone() };
    let Created { archive, administrator, archivist, .. } = Archive::create(place, &options)?;
    let caller = archive.local_operator()?;
    let people = people::make(&archive, &administrator, options.entropy.as_ref())?;
    let counts = play::play(&archive, (&caller, &people), &clock)?;
    // Whoever looks around at once finds everything.
    archive.index_pending(Duration::MAX)?;
    archive.detect_pending(Duration::MAX)?;
    drop(archive);
    let path = place.data().join(MARK);
    let mark = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    let marked = mark.and_then(|mut mark| mark.write_all(b"1\n"));
    marked.map_err(|error| DemoError::Mark { path, error })?;
    Ok(Made { people: people.told, archivist, counts })
}
