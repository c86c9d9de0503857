//! Finds the entry by which a record began, also where what stands beside the entry was changed: entries stand
//! in the order of their instants, and a record's row bears the instant of its first.

use std::rc::Rc;

use super::ledgered::{About, Ledgered, amiss};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::moment::Moment;
use crate::ledger::entry::{self, Entry, EntryKind};
use crate::store::rows::ledger;
use crate::store::rows::records::RecordRow;
use crate::store::{Conn, StoreError};

/// Entries that are looked at from an instant on: where several nodes write, an entry bears a slightly later
/// one than its row.
const LOOKED_AT_MAX: u64 = 1_024;

impl Ledgered<'_> {
    /// The entry that captured the first version of a record. It is looked for by the columns beside it and,
    /// where they lead nowhere, by its instant.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if neither leads to it, or the database cannot be read.
    pub(super) fn first_capture(&self, conn: &mut Conn, row: &RecordRow) -> Result<Rc<Entry>, Refusal> {
        let subject = row.id.to_string();
        let about = (subject.as_str(), Thing::Record);
        let found = match ledger::first_capture_of(conn, &subject) {
            Ok(found) => found.map(|found| (found.seq, found.body)),
            Err(StoreError::Corrupt { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let by_columns = match &found {
            None => None,
            Some((seq, body)) => self.first_at(conn, (*seq, body), about)?,
        };
        match by_columns {
            Some(entry) => Ok(entry),
            None => {
                let by_instant = self.first_from(conn, row.captured_at, about)?;
                by_instant.ok_or_else(|| amiss("no entry", about))
            }
        }
    }

    /// The entry, if it is in the ledger and the first of this record.
    fn first_at(
        &self,
        conn: &mut Conn,
        entry: (u64, &[u8]),
        about: About<'_>,
    ) -> Result<Option<Rc<Entry>>, Refusal> {
        match self.prove_body(conn, entry, about) {
            Ok(entry) => Ok(Some(entry).filter(|entry| is_first(entry))),
            Err(Refusal::Damaged(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    fn first_from(
        &self,
        conn: &mut Conn,
        at: Moment,
        about: About<'_>,
    ) -> Result<Option<Rc<Entry>>, Refusal> {
        let (mut low, mut high) = (0, self.size());
        while low < high {
            let middle = low + (high - low) / 2;
            match read(conn, middle)? {
                Some((_, entry)) if entry.at < at => low = middle + 1,
                Some(_) => high = middle,
                None => return Ok(None),
            }
        }
        for seq in low..self.size().min(low.saturating_add(LOOKED_AT_MAX)) {
            let Some((body, entry)) = read(conn, seq)? else { return Ok(None) };
            if entry.subject == about.0 && is_first(&entry) {
                return self.first_at(conn, (seq, &body), about);
            }
        }
        Ok(None)
    }
}

/// An entry as it stands there; nothing shows yet that it is in the ledger. `None` if it is none.
fn read(conn: &mut Conn, seq: u64) -> Result<Option<(Vec<u8>, Entry)>, Refusal> {
    let Some(body) = ledger::body(conn, seq)? else { return Ok(None) };
    Ok(entry::decode(&body).ok().map(|entry| (body, entry)))
}

fn is_first(entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::Captured | EntryKind::SegmentCaptured)
}
