//! Whether a record lies where it was captured. Its case and who captured it decide who may read it,
//! and stand in clear in the database.

use serde_json::Value;

use crate::archive::Archive;
use crate::archive::refusal::{Refusal, Thing};
use crate::ledger::entry::{self, EntryKind};
use crate::ledger::proof;
use crate::store::Conn;
use crate::store::rows::ledger;
use crate::store::rows::records::RecordRow;

impl Archive {
    /// Refuses a record of which the entry that captured it, proved under the signed checkpoint, says
    /// another case or another person. Asked before anything of it is decrypted for somebody.
    ///
    /// # Errors
    /// [`Refusal::Damaged`], or the ledger cannot be read.
    pub(in crate::archive) fn must_be_entered(
        &self,
        conn: &mut Conn,
        row: &RecordRow,
    ) -> Result<(), Refusal> {
        let damaged = || {
            tracing::error!(record = %row.id, "not where the ledger says: run muniment verify");
            Refusal::Damaged(Thing::Record)
        };
        let first = ledger::first_about(conn, &row.id.to_string())?.ok_or_else(damaged)?;
        let (entered, text) = self.proven(conn, first.seq)?;
        proof::verify(&text, &entered.bytes, self.inner.last_words.vkey()).map_err(|_| damaged())?;
        let entry = entry::decode(&entered.bytes)?;
        let says = |name: &str| entry.facts.get(name).and_then(Value::as_str);
        let is_first = matches!(entry.kind, EntryKind::Captured | EntryKind::SegmentCaptured);
        let same = entry.subject == row.id.to_string()
            && says("case") == row.case_id.map(|id| id.to_string()).as_deref()
            && says("captured_by") == Some(row.captured_by.to_string().as_str());
        if is_first && same { Ok(()) } else { Err(damaged()) }
    }
}
