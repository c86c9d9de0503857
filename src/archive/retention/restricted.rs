//! Records that may only be stored and secured (限制处理): who may still find, open and export them.

use crate::access::rights::Target;
use crate::archive::refusal::Refusal;
use crate::base::id::RecordId;
use crate::record::state::RecordState;
use crate::store::Conn;
use crate::store::rows::records::RecordRow;
use crate::store::rows::retention;

/// The word for where a record stands: what an entry brought it to, or else what the judge last said.
///
/// # Errors
/// The database cannot be read.
pub(in crate::archive) fn standing_of(conn: &mut Conn, row: &RecordRow) -> Result<String, Refusal> {
    if row.state != RecordState::Active.as_str() {
        return Ok(row.state.clone());
    }
    let mut states = retention::states_of(conn, &[row.id])?;
    Ok(states.remove(&row.id).map_or_else(|| row.state.clone(), |(state, _)| state))
}

/// A record as the permission table sees it: what is restricted is open to legal and privacy roles alone.
///
/// # Errors
/// The database cannot be read.
pub(in crate::archive) fn target_of(conn: &mut Conn, row: &RecordRow) -> Result<Target, Refusal> {
    let restricted = is_restricted(conn, row.id)?;
    Ok(Target { restricted, ..Target::record(row.case_id, row.captured_by) })
}

/// True while a record may only be stored and secured.
///
/// # Errors
/// The database cannot be read.
pub(in crate::archive) fn is_restricted(conn: &mut Conn, record: RecordId) -> Result<bool, Refusal> {
    Ok(retention::states_of(conn, &[record])?.remove(&record).is_some_and(|(_, restricted)| restricted))
}
