//! Holds and locks over a record, as the judge takes them.

use crate::archive::Inner;
use crate::archive::refusal::Refusal;
use crate::retention::{Hold, Lock};
use crate::store::Conn;
use crate::store::rows::records::RecordRow;

/// What stands guard over a record.
#[derive(Debug, Clone, Default)]
pub(super) struct Guards {
    pub holds: Vec<Hold>,
    pub locks: Vec<Lock>,
}

impl Guards {
    /// Every hold that was placed over the record, those that were released too, and its locks.
    ///
    /// # Errors
    /// They cannot be read, or are not as the ledger says.
    pub(super) fn over(inner: &Inner, conn: &mut Conn, record: &RecordRow) -> Result<Self, Refusal> {
        // No lock can be set yet.
        Ok(Self { holds: inner.holds_of(conn, record)?, locks: Vec::new() })
    }
}
