//! Finds a hold for a caller. That it is there is what the ledger says, not the database: one whose row is gone is
//! damaged, and no less a hold.

use std::sync::Arc;

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::archive::Inner;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cells::PROFILE;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::id::HoldId;
use crate::base::moment::Moment;
use crate::record::hold::HoldState;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::holds::{self, HoldRow};
use crate::store::{Conn, Tx};

use super::register::{HoldWord, Register};

/// A hold as the permission table sees it.
pub(in crate::archive) fn target(word: &HoldWord) -> Target {
    Target {
        matters: vec![word.matter],
        confidential: word.confidential,
        at: Some(word.placed_at),
        ..Target::default()
    }
}

/// True if the caller may know that the hold is there.
pub(in crate::archive) fn is_in_sight(caller: &Caller, word: &HoldWord, now: Moment) -> bool {
    caller.reach(Action::Read, Resource::Hold, now).level_of(caller.rights(), &target(word)).is_some()
}

/// The hold, if the caller may do this to it.
///
/// # Errors
/// As [`Caller::permit`]; a hold that is not there and one out of sight get the same answer.
pub(super) fn permitted(
    register: &Register,
    (caller, now): (&Caller, Moment),
    action: Action,
    hold: HoldId,
) -> Result<(Arc<HoldWord>, Level), Refusal> {
    let word = register.get(hold);
    let target = word.map(|word| target(word));
    let level = caller.permit((action, Resource::Hold), target.as_ref(), Thing::Hold, now)?;
    Ok((Arc::clone(word.ok_or(Refusal::NotFound(Thing::Hold))?), level))
}

/// A hold with what its revision is made of.
pub(super) struct Standing {
    pub row: HoldRow,
    /// The digest of its sealed words.
    pub words: Digest,
}

impl Standing {
    /// Reads it.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if row or words are gone.
    pub(super) fn read(conn: &mut Conn, hold: HoldId) -> Result<Self, Refusal> {
        let row = holds::get(conn, hold)?.ok_or(Refusal::Damaged(Thing::Hold))?;
        let cell = cell_rows::get(conn, &hold.to_string(), PROFILE)?;
        Ok(Self { row, words: cell.ok_or(Refusal::Damaged(Thing::Hold))?.digest })
    }

    /// Reads it inside a write, held against the ledger's last words.
    ///
    /// # Errors
    /// [`Refusal::Damaged`]; [`Refusal::Stale`] if it is not as `expected`; [`Refusal::WrongState`] if it was
    /// released.
    pub(super) fn to_change(
        inner: &Inner,
        tx: &mut Tx<'_>,
        hold: HoldId,
        expected: Option<Digest>,
    ) -> Result<Self, Refusal> {
        inner.must_be_vouched(tx, &Bound::Hold(hold), Thing::Hold)?;
        inner.must_be_vouched(tx, &Bound::cell(hold, PROFILE), Thing::Hold)?;
        let standing = Self::read(tx.conn(), hold)?;
        if expected.is_some_and(|expected| expected != standing.revision()) {
            return Err(Refusal::Stale);
        }
        match standing.row.state == HoldState::Standing.as_str() {
            true => Ok(standing),
            false => Err(Refusal::WrongState),
        }
    }

    /// The state of the hold as one value: another revision means that something of it changed.
    pub(super) fn revision(&self) -> Digest {
        let state = json!({"hold": self.row.fingerprint().to_hex(), "words": self.words.to_hex()});
        Digest::of(&canonical::to_bytes(&state))
    }
}
