//! Which records an event reaches: what a second person sees before an end comes nearer.

use serde_json::{Value, json};

use crate::archive::refusal::Refusal;
use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::base::limits::EVENT_RECORDS_MAX;
use crate::bundle::frozen::items_text;
use crate::bundle::plan::{Outcome, PlannedItem, Selection};
use crate::record::state::RecordState;
use crate::store::Conn;
use crate::store::rows::records::RecordRow;
use crate::store::rows::{LookupToken, records, retention};

/// The records that keys reach, frozen for the second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Affected {
    /// The lines of the list; `None` for more than anybody could look through.
    pub text: Option<String>,
    /// How many there are.
    pub count: usize,
    /// Those of them whose content is gone already.
    pub destroyed: usize,
}

impl Affected {
    /// Of these, in the order of their ids.
    pub(super) fn of<'r>(rows: impl Iterator<Item = &'r RecordRow>) -> Self {
        let (mut items, mut destroyed) = (Vec::new(), 0);
        for row in rows {
            destroyed += usize::from(is_destroyed(row));
            items.push(PlannedItem {
                record: row.id,
                version: row.version.into(),
                entries: Selection::All,
                outcome: Outcome::Exported,
            });
        }
        let text = (items.len() <= EVENT_RECORDS_MAX).then(|| items_text(&items));
        Self { text, count: items.len(), destroyed }
    }

    /// Of what rows say that keys reach now: no more than what is compared with what descriptors said before.
    ///
    /// # Errors
    /// The database refuses.
    pub(super) fn by_rows(conn: &mut Conn, tokens: &[LookupToken]) -> Result<Self, Refusal> {
        let mut ids: Vec<RecordId> = Vec::new();
        for token in tokens {
            ids.extend(retention::with_key(conn, token)?);
        }
        ids.sort_unstable();
        ids.dedup();
        let mut rows = records::get_many(conn, &ids)?;
        rows.sort_unstable_by_key(|row| row.id);
        Ok(Self::of(rows.iter()))
    }

    /// What of it a request binds.
    pub(super) fn to_json(&self) -> Value {
        match &self.text {
            Some(text) => json!({"count": self.count, "items": Digest::of(text.as_bytes()).to_hex()}),
            None => json!({"count": self.count}),
        }
    }
}

/// True if the content of a record is gone.
pub(super) fn is_destroyed(row: &RecordRow) -> bool {
    RecordState::from_row(&row.state).is_some_and(RecordState::is_destroyed)
}
