//! Where records stand under the policies, as pages tell of it, and who may still find, open and export those
//! that may only be stored and secured (限制处理).

use std::collections::BTreeMap;

use crate::access::rights::Target;
use crate::archive::refusal::Refusal;
use crate::base::id::RecordId;
use crate::record::state::RecordState;
use crate::store::Conn;
use crate::store::rows::records::RecordRow;
use crate::store::rows::retention;

/// What the judge last said of some records, asked for all of them at once: a page asks the database once, however
/// many records it tells of.
#[derive(Default)]
pub(in crate::archive) struct Standings(BTreeMap<RecordId, (String, bool)>);

impl Standings {
    /// # Errors
    /// The database cannot be read.
    pub(in crate::archive) fn of(
        conn: &mut Conn,
        records: impl IntoIterator<Item = RecordId>,
    ) -> Result<Self, Refusal> {
        let records: Vec<RecordId> = records.into_iter().collect();
        Ok(Self(retention::states_of(conn, &records)?))
    }

    /// The word for where a record stands: what an entry brought it to, or else what the judge last said.
    pub(in crate::archive) fn word_of(&self, row: &RecordRow) -> String {
        let judged = self.0.get(&row.id).filter(|_| row.state == RecordState::Active.as_str());
        judged.map_or_else(|| row.state.clone(), |(state, _)| state.clone())
    }

    /// True while a record may only be stored and secured.
    pub(in crate::archive) fn is_restricted(&self, record: RecordId) -> bool {
        self.0.get(&record).is_some_and(|(_, restricted)| *restricted)
    }

    /// A record as the permission table sees it: what is restricted is open to legal and privacy roles alone.
    pub(in crate::archive) fn target_of(&self, row: &RecordRow) -> Target {
        let restricted = self.is_restricted(row.id);
        Target { restricted, ..Target::record(row.case_id, row.captured_by) }
    }
}

/// One record as the permission table sees it.
///
/// # Errors
/// The database cannot be read.
pub(in crate::archive) fn target_of(conn: &mut Conn, row: &RecordRow) -> Result<Target, Refusal> {
    Ok(Standings::of(conn, [row.id])?.target_of(row))
}

/// True while one record may only be stored and secured.
///
/// # Errors
/// The database cannot be read.
pub(in crate::archive) fn is_restricted(conn: &mut Conn, record: RecordId) -> Result<bool, Refusal> {
    Ok(Standings::of(conn, [record])?.is_restricted(record))
}
