//! Where records stand under the policies, as pages tell of it, and who may still find, open and export those
//! that may only be stored and secured (限制处理). Whether a record is one of them is judged anew, from what the
//! ledger vouches for, before a right follows from it: the column that says so is for lists and counts.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use crate::access::rights::Target;
use crate::archive::events::Reaching;
use crate::archive::refusal::Refusal;
use crate::archive::{Inner, rows};
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::record::category::Category;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::state::RecordState;
use crate::retention::{Now, judge};
use crate::store::rows::records::RecordRow;
use crate::store::rows::retention;
use crate::store::{Conn, StoreError};

use super::materialise::materialise;
use super::rules::Rules;

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
}

/// Who may see what of restricted records, for one reader at one instant.
pub(in crate::archive) struct Restrictions<'i> {
    inner: &'i Inner,
    rules: Vec<Rules>,
    now: Moment,
    reaching: RefCell<Reaching>,
    judged: RefCell<HashMap<RecordId, bool>>,
}

impl Inner {
    /// The rules by which records are restricted now. To be asked for before a snapshot of the database is taken.
    ///
    /// # Errors
    /// The policies cannot be read, or are not as the ledger says.
    pub(in crate::archive) fn restrictions(&self) -> Result<Restrictions<'_>, Refusal> {
        let now = self.now();
        let rules = self.rules(now)?;
        let (reaching, judged) = (RefCell::default(), RefCell::default());
        Ok(Restrictions { inner: self, rules, now, reaching, judged })
    }
}

impl Restrictions<'_> {
    /// True while a record may only be stored and secured. What cannot be judged counts as such.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(in crate::archive) fn over(&self, conn: &mut Conn, row: &RecordRow) -> Result<bool, Refusal> {
        if !RecordState::from_row(&row.state).is_some_and(RecordState::is_openable) {
            return Ok(row.state == RecordState::Restricted.as_str());
        }
        if let Some(known) = self.judged.borrow().get(&row.id) {
            return Ok(*known);
        }
        let restricted = match self.judge(conn, row) {
            Ok(restricted) => restricted,
            Err(Refusal::Store(StoreError::Corrupt { .. })) => true,
            Err(Refusal::Damaged(_) | Refusal::Seal(_) | Refusal::NoKey(_)) => true,
            Err(other) => return Err(other),
        };
        self.judged.borrow_mut().insert(row.id, restricted);
        Ok(restricted)
    }

    /// A record as the permission table sees it: what is restricted is open to legal and privacy roles alone.
    ///
    /// # Errors
    /// As [`Self::over`].
    pub(in crate::archive) fn target_of(&self, conn: &mut Conn, row: &RecordRow) -> Result<Target, Refusal> {
        let restricted = self.over(conn, row)?;
        Ok(Target { restricted, ..Target::record(row.case_id, row.captured_by) })
    }

    fn judge(&self, conn: &mut Conn, row: &RecordRow) -> Result<bool, Refusal> {
        let Some(last) = self.rules.last() else { return Ok(false) };
        // No record is restricted but by a ceiling.
        let category = Category::parse(&row.category);
        let jurisdiction = Jurisdiction::parse(&row.jurisdiction);
        if let (Ok(kind), Ok(category), Ok(jurisdiction)) = (rows::kind_of(row), category, jurisdiction)
            && !last.schedule.has_ceiling_for(kind, &category, &jurisdiction)
        {
            return Ok(false);
        }
        let ledger = self.inner.ledgered(conn)?;
        let mut reaching = self.reaching.borrow_mut();
        let (_, facts) = materialise((self.inner, &ledger), conn, &mut reaching, (row, &self.rules))?;
        // A hold restricts nothing, and no lock can be set yet.
        Ok(judge(&facts, &last.schedule, &[], &[], Now::sane(self.now)).restricted)
    }
}
