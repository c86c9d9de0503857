//! Reads the ledger from its beginning and believes it only if the tree over its entries is the one
//! that was signed. What stands beside an entry in the database, and which entries stand there, is in
//! the hands of whoever can write to the database; what was signed is not.

use crate::ledger::checkpoint;
use crate::ledger::tree::{Builder, leaf_hash};
use crate::store::rows::ledger::{self, EntryRow};
use crate::store::{Conn, StoreError};

use super::refusal::{Refusal, Thing};

/// Hears the position and the bytes of an entry.
pub(super) type Each<'a> = &'a mut dyn FnMut(u64, &[u8]) -> Result<(), Refusal>;

/// Shows the position and the bytes of every entry under the newest checkpoint, in order; returns how
/// many there are. What was shown counts only if this returns them.
///
/// # Errors
/// [`StoreError::LedgerBroken`] if entries and tree are not those that were signed for,
/// [`StoreError::OtherLogKey`], what `each` returns, or the ledger cannot be read.
pub(super) fn read(conn: &mut Conn, vkey: &str, each: Each<'_>) -> Result<u64, Refusal> {
    let latest = ledger::latest_checkpoint(conn)?.ok_or(Refusal::NotFound(Thing::LedgerEntry))?;
    let signed = checkpoint::open(&latest.note, vkey).map_err(|_| StoreError::OtherLogKey)?;
    let mut tree = Builder::new();
    ledger::scan(conn, 0..signed.size, &mut |row: Result<EntryRow, StoreError>| {
        let row = row?;
        if row.seq != tree.size() {
            return Err(broken("an entry is missing"));
        }
        tree.push(leaf_hash(&row.body));
        each(row.seq, &row.body)
    })?;
    match tree.size() == signed.size && tree.root() == signed.root {
        true => Ok(signed.size),
        false => Err(broken("the entries are not those that were signed for")),
    }
}

fn broken(why: &str) -> Refusal {
    StoreError::LedgerBroken { why: why.to_owned() }.into()
}
