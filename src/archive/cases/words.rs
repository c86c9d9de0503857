//! The words that people gave about a case beside its own: what happened in detail, and why a gap is there. Each
//! lies in a cell of its own, and is told only if it is the one that its entry is committed to.

use std::collections::HashMap;
use std::fmt::Display;

use serde_json::Value;

use crate::archive::cells::{self, PROFILE};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::worded::commitment_in;
use crate::base::digest::Digest;
use crate::ledger::entry::{Entry, EntryKind};
use crate::seal::Keyring;
use crate::store::Conn;

/// The commitments to such words, by the id of what they are about.
#[derive(Default)]
pub(in crate::archive) struct Words(HashMap<String, Digest>);

impl Words {
    /// Takes in what an entry about the case, shown to be in the ledger, is committed to.
    pub(super) fn hear(&mut self, entry: &Entry) {
        let (about, fact) = match entry.kind {
            EntryKind::CaseEvent | EntryKind::CaseEventCancelled => ("event", "detail"),
            EntryKind::GapExplained => ("explanation", "words"),
            _ => return,
        };
        let id = entry.facts.get(about).and_then(|row| row.get("id")).and_then(Value::as_str);
        if let (Some(id), Some(words)) = (id, commitment_in(&entry.facts, fact)) {
            self.0.insert(id.to_owned(), words);
        }
    }

    /// Reads and opens the words about one of them.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] with `thing` if they are not those of the entry.
    pub(super) fn of(
        &self,
        keys: &Keyring,
        conn: &mut Conn,
        id: impl Display,
        thing: Thing,
    ) -> Result<Value, Refusal> {
        let owner = id.to_string();
        let said = self.0.get(&owner).copied();
        cells::profile_as(keys, conn, (&owner, PROFILE), said, thing)
    }
}
