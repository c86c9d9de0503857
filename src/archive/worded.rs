//! Holds words that are written once against the entry that wrote them: the name of a party, what somebody
//! asks a second person for. The words of what changes are held by its last entry
//! ([`super::records::Ledgered::must_be_worded`]).

#[cfg(test)]
mod tests;

use std::rc::Rc;

use serde_json::Value;

use crate::base::digest::Digest;
use crate::ledger::entry::{Entry, EntryKind};
use crate::store::Conn;
use crate::store::rows::ledger;

use super::bound::digest_in;
use super::records::Ledgered;
use super::refusal::{Refusal, Thing};

/// The entry by which something began, shown to be in the ledger. It must be of this kind.
///
/// # Errors
/// [`Refusal::Damaged`] with `thing` if there is none, or the ledger cannot be read.
pub(super) fn beginning(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    (subject, kind): (&str, EntryKind),
    thing: Thing,
) -> Result<Rc<Entry>, Refusal> {
    let row = ledger::first_about(conn, subject)?.ok_or(Refusal::Damaged(thing))?;
    match ledger.prove(conn, &row, (subject, thing)) {
        Ok(entry) if entry.kind == kind => Ok(entry),
        Ok(_) | Err(Refusal::Damaged(_)) => Err(Refusal::Damaged(thing)),
        Err(other) => Err(other),
    }
}

/// The commitment that a fact of an entry holds.
pub(super) fn commitment_in(facts: &serde_json::Map<String, Value>, fact: &str) -> Option<Digest> {
    facts.get(fact).and_then(digest_in)
}
