//! In how many records personal data was looked for, so that nobody takes an empty answer for a proof.

use crate::archive::caller::Caller;
use crate::archive::detection;
use crate::archive::refusal::Refusal;
use crate::archive::search::pending_within;
use crate::archive::search::reach::Sight;
use crate::archive::{Archive, Inner};
use crate::store::rows::index::Domain;
use crate::store::rows::records::{self, RecordFilter};

/// How far the records within a caller's reach were examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Examined {
    /// In these no personal data was looked for yet.
    pub not_examined: u64,
    /// Of these only a part could be looked at: text inside PDF, Office files, images and sound is not
    /// read, nor is what is damaged or too long.
    pub in_part: u64,
}

impl Archive {
    /// How far the records within the caller's reach were examined. Nobody is looked up by it, so nothing is
    /// entered in the ledger: who waits for the detector asks this, and looks up once.
    ///
    /// # Errors
    /// Not permitted, or the database cannot be read.
    pub fn subjects_examined(&self, caller: &Caller) -> Result<Examined, Refusal> {
        Examined::within(&self.inner, &Sight::of_subjects(caller, self.inner.now())?)
    }
}

impl Examined {
    pub(super) fn within(inner: &Inner, sight: &Sight<'_>) -> Result<Self, Refusal> {
        let engine = detection::engine();
        let not_examined = pending_within(inner, sight, (Domain::Subject, &engine))?;
        let Some(within) = &sight.within else { return Ok(Self { not_examined, in_part: 0 }) };
        let filter = RecordFilter { detected_as: detection::marks_in_part(&engine), ..within.clone() };
        let in_part = inner.store.read(|conn| records::count(conn, &filter))?;
        Ok(Self { not_examined, in_part })
    }
}
