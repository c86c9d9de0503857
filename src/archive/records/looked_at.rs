//! Whoever says what is to be filled in on pages that nobody can read for certain has looked at them: the ledger
//! knows that this person opened this very component, for a purpose.

use serde_json::Value;

use super::Ledgered;
use crate::archive::refusal::{Refusal, Thing, Withheld};
use crate::base::id::{ComponentId, RecordId};
use crate::ledger::entry::{Actor, EntryKind};
use crate::store::Conn;
use crate::store::rows::ledger::{self, EntryFilter};

/// Entries that are read at once.
const LOOKED_AT: u32 = 100;

impl Ledgered<'_> {
    /// Refuses somebody who has not opened the component in full.
    ///
    /// # Errors
    /// [`Withheld::NotOpened`], or an entry is not in the ledger.
    pub(super) fn must_have_opened(
        &self,
        conn: &mut Conn,
        actor: &Actor,
        (record, component): (RecordId, ComponentId),
    ) -> Result<(), Refusal> {
        let (subject, component) = (record.to_string(), component.to_string());
        let about = (subject.as_str(), Thing::Record);
        let kind = Some(EntryKind::OriginalRead);
        let mut before_seq = None;
        loop {
            let filter = EntryFilter { subject: Some(&subject), kind, before_seq };
            let rows = ledger::page(conn, filter, LOOKED_AT)?;
            let Some(oldest) = rows.last() else { return Err(Refusal::Withheld(Withheld::NotOpened)) };
            before_seq = Some(oldest.seq);
            for row in &rows {
                let entry = self.prove(conn, row, about)?;
                let says = |name: &str| entry.facts.get(name).and_then(Value::as_str);
                let is_it = says("component") == Some(component.as_str()) && says("form") == Some("content");
                if is_it && entry.actor == *actor {
                    return Ok(());
                }
            }
        }
    }
}
