//! Rows read back into the model's words; a word that the model does not know is corruption.

use crate::access::decide::reach;
use crate::access::permission::{Action, Resource};
use crate::access::rights::{ActorRights, Target};
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::record::kind::Kind;
use crate::record::state::RecordState;
use crate::store::rows::records::{self, RecordRow};
use crate::store::{Conn, StoreError};

use super::refusal::{Refusal, Thing};

/// The kind of a stored record.
pub(super) fn kind_of(row: &RecordRow) -> Result<Kind, Refusal> {
    Kind::from_row(&row.kind, row.subkind.as_deref()).ok_or_else(|| {
        Refusal::Store(StoreError::Corrupt {
            table: "records",
            id: row.id.to_string(),
            why: "an unknown kind".to_owned(),
        })
    })
}

/// True while the record's content can be read: it is neither sealed for its destruction nor destroyed.
pub(super) fn is_openable(row: &RecordRow) -> bool {
    RecordState::from_row(&row.state).is_some_and(RecordState::is_openable)
}

/// Refuses a record of which nothing can be read.
///
/// # Errors
/// [`Refusal::Erased`] once it is destroyed, [`Refusal::WrongState`] while it is sealed.
pub(super) fn must_be_openable(row: &RecordRow) -> Result<(), Refusal> {
    match RecordState::from_row(&row.state) {
        Some(state) if state.is_openable() => Ok(()),
        Some(state) if state.is_destroyed() => Err(Refusal::Erased(Thing::Record)),
        Some(_) | None => Err(Refusal::WrongState),
    }
}

/// The same inside the write that enters a reading: it may have been sealed since it was found.
///
/// # Errors
/// As [`must_be_openable`], or the database refuses.
pub(super) fn must_be_open_still(conn: &mut Conn, record: RecordId) -> Result<(), Refusal> {
    let row = records::get(conn, record)?.ok_or(Refusal::NotFound(Thing::Record))?;
    must_be_openable(&row)
}

/// True if this person may know that the record is there.
pub(super) fn is_in_sight(rights: &ActorRights, row: &RecordRow, now: Moment) -> bool {
    let target = Target::record(row.case_id, row.captured_by);
    reach(rights, Resource::Record, Action::Read, now).level_of(rights, &target).is_some()
}
