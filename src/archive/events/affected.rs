//! Which records an event reaches: what a second person sees before an end comes nearer.

use crate::archive::refusal::Refusal;
use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::base::limits::EVENT_RECORDS_MAX;
use crate::bundle::frozen::items_text;
use crate::bundle::plan::{Outcome, PlannedItem, Selection};
use crate::record::state::RecordState;
use crate::store::Conn;
use crate::store::rows::{LookupToken, records, retention};

/// The records that keys reach, frozen for the second person.
pub(super) struct Affected {
    /// The lines of the list.
    pub text: String,
    /// Their digest.
    pub digest: Digest,
    /// How many there are.
    pub count: usize,
    /// Those of them whose content is gone already.
    pub destroyed: usize,
}

impl Affected {
    /// The records that these keys reach now.
    ///
    /// # Errors
    /// [`Refusal::TooMany`] if nobody could look through them.
    pub(super) fn of(conn: &mut Conn, tokens: &[LookupToken]) -> Result<Self, Refusal> {
        let mut ids: Vec<RecordId> = Vec::new();
        for token in tokens {
            ids.extend(retention::with_key(conn, token)?);
        }
        ids.sort_unstable();
        ids.dedup();
        if ids.len() > EVENT_RECORDS_MAX {
            return Err(Refusal::TooMany { most: EVENT_RECORDS_MAX as u64 });
        }
        let mut rows = records::get_many(conn, &ids)?;
        rows.sort_unstable_by_key(|row| row.id);
        let is_destroyed = |row: &records::RecordRow| {
            RecordState::from_row(&row.state).is_some_and(RecordState::is_destroyed)
        };
        let destroyed = rows.iter().filter(|row| is_destroyed(row)).count();
        let items: Vec<PlannedItem> = rows
            .iter()
            .map(|row| PlannedItem {
                record: row.id,
                version: row.version.into(),
                entries: Selection::All,
                outcome: Outcome::Exported,
            })
            .collect();
        let text = items_text(&items);
        Ok(Self { digest: Digest::of(text.as_bytes()), text, count: items.len(), destroyed })
    }
}
