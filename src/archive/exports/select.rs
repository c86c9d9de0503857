//! Freezes the list of what is exported.

use std::collections::BTreeMap;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::base::id::{CaseId, RecordId};
use crate::bundle::plan::{FailedReason, Ordinals, Outcome, PlannedItem, Selection as Entries};
use crate::record::request::CaseRef;
use crate::store::Conn;
use crate::store::rows::records::{self, RecordRow};
use crate::store::rows::{Before, cases, segments};

use super::Selection;
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::records::{EntryName, RecordFilter};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::limits::PAGE_ITEMS_MAX;

impl Archive {
    /// The items of a selection, and its case where it is one case.
    pub(super) fn freeze(
        &self,
        caller: &Caller,
        selection: &Selection,
    ) -> Result<(Vec<PlannedItem>, Option<CaseId>), Refusal> {
        let keys = self.inner.keys();
        let (items, case) = self.inner.store.read(|conn| {
            let case = match selection {
                Selection::Ids(_) => None,
                Selection::Case(CaseRef::Id(id)) => cases::get(conn, *id)?.map(|row| row.id),
                Selection::Case(CaseRef::Reference(reference)) => {
                    let token = crate::archive::cases::reference_token(&keys, reference.as_str())?;
                    cases::by_reference(conn, &token)?.map(|row| row.id)
                }
            };
            Ok::<_, Refusal>((self.select(conn, caller, selection)?, case))
        })?;
        if items.is_empty() {
            return Err(Refusal::NotFound(Thing::Record));
        }
        Ok((items, case))
    }

    /// The items of a selection, the oldest capture first. What is named but not there (or not for
    /// this caller) is planned as failed, so that the counts say so.
    pub(super) fn select(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        selection: &Selection,
    ) -> Result<Vec<PlannedItem>, Refusal> {
        match selection {
            Selection::Case(case) => {
                let filter = RecordFilter { case: Some(case.clone()), ..RecordFilter::default() };
                let wanted = self.wanted(conn, &filter)?.ok_or(Refusal::UnknownCase)?;
                let mut rows: Vec<RecordRow> = Vec::new();
                let mut before = None;
                loop {
                    let limit = u32::try_from(PAGE_ITEMS_MAX).unwrap_or(u32::MAX);
                    let page = records::page(conn, &wanted, before, limit)?;
                    let Some(last) = page.last() else { break };
                    before = Some(Before { at: last.captured_at, id: last.id });
                    rows.extend(page);
                }
                rows.reverse();
                rows.retain(|row| self.may_export(caller, row));
                rows.iter().try_for_each(|row| self.must_be_entered(conn, row))?;
                Ok(rows.iter().map(whole).collect())
            }
            Selection::Ids(names) => {
                let mut items = Vec::new();
                for (record, ordinals) in grouped(names) {
                    items.push(self.item(conn, caller, record, ordinals)?);
                }
                Ok(items)
            }
        }
    }

    fn item(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        record: RecordId,
        ordinals: Vec<u64>,
    ) -> Result<PlannedItem, Refusal> {
        let row = records::get(conn, record)?.filter(|row| self.may_export(caller, row));
        let Some(row) = row else {
            return Ok(PlannedItem {
                record,
                version: 1,
                entries: Entries::All,
                outcome: Outcome::Failed(FailedReason::NotFound),
            });
        };
        self.must_be_entered(conn, &row)?;
        if ordinals.is_empty() {
            return Ok(whole(&row));
        }
        let entries = segments::get(conn, record)?.map_or(0, |segment| segment.entries);
        if ordinals.iter().any(|ordinal| *ordinal >= entries) {
            return Err(Refusal::NotFound(Thing::Entry));
        }
        let ordinals = Ordinals::new(ordinals).map_err(|_| Refusal::NotFound(Thing::Entry))?;
        Ok(PlannedItem { entries: Entries::Entries(ordinals), ..whole(&row) })
    }

    fn may_export(&self, caller: &Caller, row: &RecordRow) -> bool {
        let reach = caller.reach(Action::CreateWithOriginals, Resource::Export, self.inner.now());
        reach.level_of(&caller.rights, &Target::record(row.case_id, row.captured_by)).is_some()
    }
}

fn whole(row: &RecordRow) -> PlannedItem {
    PlannedItem {
        record: row.id,
        version: u64::from(row.version),
        entries: Entries::All,
        outcome: Outcome::Exported,
    }
}

/// Names in the order in which their records were named first; a record that is named whole takes
/// its single entries in.
fn grouped(names: &[EntryName]) -> Vec<(RecordId, Vec<u64>)> {
    let mut order: Vec<RecordId> = Vec::new();
    let mut wanted: BTreeMap<RecordId, Option<Vec<u64>>> = BTreeMap::new();
    for name in names {
        let held = wanted.entry(name.record).or_insert_with(|| {
            order.push(name.record);
            Some(Vec::new())
        });
        match (name.ordinal, held) {
            (None, held) => *held = None,
            (Some(ordinal), Some(ordinals)) => ordinals.push(ordinal),
            (Some(_), None) => {}
        }
    }
    let ordinals = |record: &RecordId| {
        let mut ordinals = wanted.get(record).cloned().flatten().unwrap_or_default();
        ordinals.sort_unstable();
        ordinals.dedup();
        ordinals
    };
    order.iter().map(|record| (*record, ordinals(record))).collect()
}
