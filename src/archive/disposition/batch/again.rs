//! What the ledger says is destroyed and lies in the database again, as after the restoring of an older copy, is
//! destroyed again. It passed the gate when it was entered; nothing is decided here.

use crate::archive::Inner;
use crate::archive::refusal::Refusal;
use crate::base::id::RecordId;
use crate::record::state::RecordState;
use crate::store::Conn;
use crate::store::rows::components::{self, Presence};
use crate::store::rows::records::RecordRow;
use crate::store::rows::{cells, records, versions};

use super::shred::{destroy, in_files};

impl Inner {
    /// Destroys again what was destroyed and is there; how many records it was.
    ///
    /// # Errors
    /// The ledger cannot be read, or the database refuses.
    pub(in crate::archive) fn shred_again(&self) -> Result<u64, Refusal> {
        let back = self.store.read(|conn| {
            let ledger = self.ledgered(conn)?;
            let mut back = Vec::new();
            for id in ledger.heads().all_disposed() {
                let id = RecordId::from_bytes(id);
                if ledger.brought_to(conn, id)? == RecordState::Shredded
                    && let Some(row) = records::get(conn, id)?
                    && is_there(conn, &row)?
                {
                    back.push(row);
                }
            }
            Ok::<_, Refusal>(back)
        })?;
        for row in &back {
            let row = row.clone();
            let files = self.store.maintain(move |upkeep| {
                let conn = upkeep.conn();
                let gone = components::of_record(conn, row.id)?;
                destroy(conn, &row)?;
                Ok::<_, Refusal>(in_files(&gone))
            });
            self.remove_payloads(&files.map_err(Refusal::from)?);
        }
        if !back.is_empty() {
            tracing::warn!(
                records = back.len(),
                "what was destroyed lay in the database again, and is destroyed again"
            );
            self.store.wal_checkpoint_truncate()?;
        }
        Ok(back.len() as u64)
    }
}

/// True if something of a record is there that was destroyed.
fn is_there(conn: &mut Conn, row: &RecordRow) -> Result<bool, Refusal> {
    if row.state != RecordState::Shredded.as_str() || !cells::of_owner(conn, &row.id.to_string())?.is_empty()
    {
        return Ok(true);
    }
    let versions = versions::of_record(conn, row.id)?;
    let components = components::of_record(conn, row.id)?;
    Ok(versions.iter().any(|version| !version.descriptor.is_empty())
        || components.iter().any(|component| component.state == Presence::Present))
}
