//! Reads the ledger and believes it only if the tree over its entries is the one that was signed.
//! What stands beside an entry in the database, and which entries stand there, is in the hands of
//! whoever can write to the database; what was signed is not.

use serde::Deserialize;

use crate::ledger::checkpoint;
use crate::ledger::entry::EntryKind;
use crate::ledger::tree::{Builder, Hash, TreeError, consistency, empty_root, leaf_hash, verify_consistency};
use crate::store::rows::ledger::{self, DatabaseTiles, EntryRow};
use crate::store::{Conn, StoreError};

use super::refusal::{Refusal, Thing};

/// Hears the position and the bytes of an entry.
pub(super) type Each<'a> = &'a mut dyn FnMut(u64, &[u8]) -> Result<(), Refusal>;

/// An entry of which only some facts are read: reading all of each would take three times as long.
pub(super) struct Lean<'e, F> {
    pub kind: EntryKind,
    pub subject: &'e str,
    pub facts: F,
}

/// Reads what is asked for of the entry with these bytes. What other kinds of entries mean by the names of the
/// facts may be of any form: they are [`serde_json::Value`]s, with nothing where there is none.
///
/// # Errors
/// It cannot be read.
pub(super) fn lean<'e, F: Deserialize<'e>>(body: &'e [u8]) -> Result<Lean<'e, F>, Refusal> {
    #[derive(Deserialize)]
    struct Body<'e, F> {
        kind: &'e str,
        subject: &'e str,
        facts: F,
    }
    let malformed = || broken("an entry cannot be read");
    let Body { kind, subject, facts } = serde_json::from_slice(body).map_err(|_| malformed())?;
    Ok(Lean { kind: EntryKind::parse(kind).ok_or_else(malformed)?, subject, facts })
}

/// How far the ledger was read, and the root of the tree over that many entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) size: u64,
    pub(super) root: Hash,
}

impl Reach {
    /// Nothing was read.
    pub(super) fn nothing() -> Self {
        Self { size: 0, root: empty_root() }
    }
}

/// Shows the position and the bytes of every entry under the newest checkpoint, in order; returns how
/// many there are. What was shown counts only if this returns them.
///
/// # Errors
/// As [`read_on`]; [`Refusal::NotFound`] if nothing was ever signed.
pub(super) fn read(conn: &mut Conn, vkey: &str, each: Each<'_>) -> Result<u64, Refusal> {
    match read_on(conn, vkey, Reach::nothing(), each)?.size {
        0 => Err(Refusal::NotFound(Thing::LedgerEntry)),
        size => Ok(size),
    }
}

/// The same for the entries behind `from`, after checking that those before are still the same;
/// returns how far it is read now. Nothing is locked meanwhile.
///
/// # Errors
/// [`StoreError::LedgerBroken`] if entries and tree are not those that were signed for,
/// [`StoreError::OtherLogKey`], what `each` returns, or the ledger cannot be read.
pub(super) fn read_on(conn: &mut Conn, vkey: &str, from: Reach, each: Each<'_>) -> Result<Reach, Refusal> {
    let latest = ledger::latest_checkpoint(conn)?.filter(|latest| latest.size > from.size);
    let Some(latest) = latest else { return Ok(from) };
    let signed = checkpoint::open(&latest.note, vkey).map_err(|_| StoreError::OtherLogKey)?;
    let mut tree = Builder::resume(&DatabaseTiles::new(conn), from.size).map_err(from_tree)?;
    if tree.root() != from.root {
        return Err(broken("the tree over the entries known before is another one"));
    }
    ledger::scan(conn, from.size..signed.size, &mut |row: Result<EntryRow, StoreError>| {
        let row = row?;
        if row.seq != tree.size() {
            return Err(broken("an entry is missing"));
        }
        tree.push(leaf_hash(&row.body));
        each(row.seq, &row.body)
    })?;
    let reach = Reach { size: tree.size(), root: tree.root() };
    match reach == (Reach { size: signed.size, root: signed.root }) {
        true => Ok(reach),
        false => Err(broken("the entries are not those that were signed for")),
    }
}

/// True if the tree at `to` begins with the tree at `from`, by the proof that the stored tiles give: it
/// holds for these two roots or for none, whatever the tiles say.
///
/// # Errors
/// The tiles cannot be read.
pub(super) fn follows(conn: &mut Conn, from: Reach, to: Reach) -> Result<bool, Refusal> {
    let proof = match consistency(&DatabaseTiles::new(conn), from.size, to.size) {
        Ok(proof) => proof,
        Err(TreeError::Source(error)) => return Err(error.into()),
        Err(_) => return Ok(false),
    };
    Ok(verify_consistency(from.size, &from.root, to.size, &to.root, &proof).is_ok())
}

pub(super) fn broken(why: &str) -> Refusal {
    StoreError::LedgerBroken { why: why.to_owned() }.into()
}

fn from_tree(error: TreeError<StoreError>) -> Refusal {
    match error {
        TreeError::Source(error) => error.into(),
        other => broken(&other.to_string()),
    }
}
