//! Freezes the list of what is exported.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::base::id::{CaseId, ExportId, RecordId};
use crate::bundle::frozen::{Correction, FrozenVersions};
use crate::bundle::plan::{
    FailedReason, Ordinals, Outcome, PlannedItem, Selection as Entries, WithheldReason,
};
use crate::store::Conn;
use crate::store::rows::records::{self, RecordRow};
use crate::store::rows::{Before, exports, segments};

use super::told::{Asked, Told};
use super::{ItemName, Selection};
use crate::archive::acting::Warrant;
use crate::archive::caller::Caller;
use crate::archive::disposition::erased_in;
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::retention::Restrictions;
use crate::archive::{Archive, cases, rows};
use crate::base::limits::PAGE_ITEMS_MAX;

/// The list of an export at one moment.
pub(super) struct Frozen {
    pub items: Vec<PlannedItem>,
    /// The case, where the selection is one.
    pub case: Option<CaseId>,
    /// The positions of the entries of which the custody log tells, ascending.
    pub positions: Vec<u64>,
    /// What there is of the same records besides.
    pub versions: FrozenVersions,
    /// Which of the records others correct.
    pub corrections: BTreeSet<Correction>,
    /// Entries that the ledger had.
    pub size: u64,
}

impl Archive {
    /// The items of a selection, its case where it is one case, and what the custody log will tell of: all
    /// of one moment, and held against the ledger.
    ///
    /// # Errors
    /// [`Refusal::UnknownCase`] for a case that does not exist and for one out of reach alike,
    /// [`Refusal::NotFound`] for one in reach that is empty, [`Refusal::Damaged`] if the database has other
    /// records or versions than the ledger tells of.
    pub(super) fn freeze(&self, caller: &Caller, selection: &Selection) -> Result<Frozen, Refusal> {
        let keys = self.inner.keys();
        let vkey = self.inner.last_words.vkey();
        let restrictions = self.inner.restrictions()?;
        self.inner.store.read(|conn| {
            let (items, case, told) = match selection {
                Selection::Ids(names) => {
                    let named = Asked::Records(names.iter().map(|name| name.record).collect());
                    let told = Told::of(conn, vkey, &named)?;
                    (self.named(conn, (caller, &restrictions), names, &told)?, None, told)
                }
                Selection::Case(case) => {
                    let case = cases::by_ref(&keys, conn, case)?.map(|row| row.id);
                    let case = case.filter(|case| self.reaches(caller, &Target::in_case(*case)));
                    let case = case.ok_or(Refusal::UnknownCase)?;
                    let told = Told::of(conn, vkey, &Asked::Case(case))?;
                    (self.of_case(conn, (caller, &restrictions), case, &told)?, Some(case), told)
                }
            };
            if items.is_empty() {
                return Err(Refusal::NotFound(Thing::Record));
            }
            let (positions, size) = (told.positions(&items), told.size());
            let (versions, corrections) = told.versions(&items);
            Ok(Frozen { items, case, positions, versions, corrections, size })
        })
    }

    /// What would become of each item of a selection.
    #[cfg(test)]
    pub(in crate::archive) fn planned_export(
        &self,
        caller: &Caller,
        selection: &Selection,
    ) -> Result<Vec<Outcome>, Refusal> {
        Ok(self.freeze(caller, selection)?.items.into_iter().map(|item| item.outcome).collect())
    }

    /// Every record of a case that the caller may export, the oldest capture first.
    fn of_case(
        &self,
        conn: &mut Conn,
        (caller, restrictions): (&Caller, &Restrictions<'_>),
        case: CaseId,
        told: &Told,
    ) -> Result<Vec<PlannedItem>, Refusal> {
        let wanted = records::RecordFilter { case_id: Some(case), ..records::RecordFilter::default() };
        let limit = u32::try_from(PAGE_ITEMS_MAX).unwrap_or(u32::MAX);
        let mut rows: Vec<RecordRow> = Vec::new();
        let mut before = None;
        loop {
            let page = records::page(conn, &wanted, before, limit)?;
            let Some(last) = page.last() else { break };
            before = Some(Before { at: last.captured_at, id: last.id });
            rows.extend(page);
        }
        rows.reverse();
        told.are_all(rows.iter().map(|row| row.id))?;
        rows.retain(|row| self.may_export(caller, row));
        let ledger = self.inner.ledgered(conn)?;
        let mut items = Vec::with_capacity(rows.len());
        for row in &rows {
            ledger.must_be_entered(conn, row)?;
            told.is_newest(row.id, row.version)?;
            match restrictions.over(conn, row)? {
                true => items.push(withheld(row)),
                false => items.extend(all_of(&ledger, conn, row)?),
            }
        }
        Ok(items)
    }

    /// What is named one by one. What is not there (or not for this caller) is planned as failed, so that
    /// the counts say so.
    fn named(
        &self,
        conn: &mut Conn,
        (caller, restrictions): (&Caller, &Restrictions<'_>),
        names: &[ItemName],
        told: &Told,
    ) -> Result<Vec<PlannedItem>, Refusal> {
        let ledger = self.inner.ledgered(conn)?;
        let mut items = Vec::new();
        for named in grouped(names, told) {
            items.extend(self.items(conn, (caller, restrictions), named, (&ledger, told))?);
        }
        Ok(items)
    }

    fn items(
        &self,
        conn: &mut Conn,
        (caller, restrictions): (&Caller, &Restrictions<'_>),
        Named { record, version, ordinals }: Named,
        (ledger, told): (&Ledgered<'_>, &Told),
    ) -> Result<Vec<PlannedItem>, Refusal> {
        let row = records::get(conn, record)?;
        match &row {
            // The ledger knows it, and the database does not any more.
            None => told.knows_nothing_of(record)?,
            // Whose it is decides the entry, before the clear columns say that it is out of reach.
            Some(row) => ledger.must_be_entered(conn, row)?,
        }
        let Some(row) = row.filter(|row| self.may_export(caller, row)) else {
            return Ok(vec![PlannedItem {
                record,
                version: version.unwrap_or(1),
                entries: Entries::All,
                outcome: Outcome::Failed(FailedReason::NotFound),
            }]);
        };
        told.is_newest(row.id, row.version)?;
        let wanted = PlannedItem { version: version.unwrap_or(u64::from(row.version)), ..whole(&row) };
        if restrictions.over(conn, &row)? {
            // It leaves for a matter only, and no export is of one yet.
            let outcome = Outcome::Withheld(WithheldReason::Restricted);
            return Ok(vec![PlannedItem { outcome, ..wanted }]);
        }
        if wanted.version > u64::from(row.version) {
            let outcome = Outcome::Failed(FailedReason::NotFound);
            return Ok(vec![PlannedItem { outcome, ..wanted }]);
        }
        if wanted.version < u64::from(row.version) {
            // An earlier version, which somebody asked for by its number: no log has any.
            return match ordinals.is_empty() {
                true => Ok(vec![wanted]),
                false => Err(Refusal::NotFound(Thing::Entry)),
            };
        }
        if ordinals.is_empty() {
            return all_of(ledger, conn, &row);
        }
        let entries = segments::get(conn, record)?.map_or(0, |segment| segment.entries);
        if ordinals.iter().any(|ordinal| *ordinal >= entries) {
            return Err(Refusal::NotFound(Thing::Entry));
        }
        if !rows::is_openable(&row) {
            return all_of(ledger, conn, &row);
        }
        let gone = erased_in(ledger, conn, record)?;
        some_of(&row, ordinals, &gone)
    }

    fn may_export(&self, caller: &Caller, row: &RecordRow) -> bool {
        self.reaches(caller, &Target::record(row.case_id, row.captured_by))
    }

    fn reaches(&self, caller: &Caller, target: &Target) -> bool {
        let reach = caller.reach(Action::CreateWithOriginals, Resource::Export, self.inner.now());
        reach.level_of(&caller.rights, target).is_some()
    }
}

/// The right to export all of these, as when the list was frozen.
pub(super) fn to_export(items: &[PlannedItem], case: Option<CaseId>) -> Warrant {
    let exported = items.iter().filter(|item| item.outcome == Outcome::Exported);
    let wanted: Vec<RecordId> = exported.map(|item| item.record).collect();
    Warrant::by(move |caller, conn, now| {
        let reach = caller.reach(Action::CreateWithOriginals, Resource::Export, now);
        if reach.is_nothing() {
            return Err(Refusal::Forbidden);
        }
        let reaches = |target: &Target| reach.level_of(caller.rights(), target).is_some();
        if case.is_some_and(|case| !reaches(&Target::in_case(case))) {
            return Err(Refusal::UnknownCase);
        }
        for record in &wanted {
            let row = records::get(conn, *record)?;
            let target = row.map(|row| Target::record(row.case_id, row.captured_by));
            if !target.is_some_and(|target| reaches(&target)) {
                return Err(Refusal::NotFound(Thing::Record));
            }
        }
        Ok(())
    })
}

/// The right to have a bundle made. Each item is looked at again when it is fetched.
pub(in crate::archive) fn to_make_bundle(export: &str) -> Warrant {
    let export = ExportId::parse(export);
    Warrant::by(move |caller, conn, now| {
        let reach = caller.reach(Action::CreateWithOriginals, Resource::Export, now);
        if reach.is_nothing() {
            return Err(Refusal::Forbidden);
        }
        let id = export.clone().map_err(|_| Refusal::Damaged(Thing::Export))?;
        let case = exports::get(conn, id)?.and_then(|row| row.case_id).map(Target::in_case);
        match case.is_none_or(|case| reach.level_of(caller.rights(), &case).is_some()) {
            true => Ok(()),
            false => Err(Refusal::UnknownCase),
        }
    })
}

/// A record whole. A bulk log of which entries were erased is not there whole any more: what is left of it, each
/// entry with its proof, and what is gone, as an item that failed. Whoever reads the package learns that something
/// was there and which, and the package does not call itself complete.
fn all_of(ledger: &Ledgered<'_>, conn: &mut Conn, row: &RecordRow) -> Result<Vec<PlannedItem>, Refusal> {
    if !rows::is_openable(row) {
        return Ok(vec![PlannedItem { outcome: Outcome::Failed(FailedReason::Destroyed), ..whole(row) }]);
    }
    let gone = erased_in(ledger, conn, row.id)?;
    if gone.is_empty() {
        return Ok(vec![whole(row)]);
    }
    let entries = segments::get(conn, row.id)?.map_or(0, |segment| segment.entries);
    some_of(row, (0..entries).collect(), &gone)
}

/// Entries of a bulk log: those that are there, and those that were erased as an item that failed.
fn some_of(row: &RecordRow, ordinals: Vec<u64>, erased: &BTreeSet<u64>) -> Result<Vec<PlannedItem>, Refusal> {
    let (gone, left): (Vec<u64>, Vec<u64>) =
        ordinals.into_iter().partition(|ordinal| erased.contains(ordinal));
    let destroyed = Outcome::Failed(FailedReason::Destroyed);
    let mut items = Vec::new();
    for (ordinals, outcome) in [(left, Outcome::Exported), (gone, destroyed)] {
        if !ordinals.is_empty() {
            let ordinals = Ordinals::new(ordinals).map_err(|_| Refusal::NotFound(Thing::Entry))?;
            items.push(PlannedItem { entries: Entries::Entries(ordinals), outcome, ..whole(row) });
        }
    }
    Ok(items)
}

/// What is restricted leaves for a matter only, and no export is of one yet.
fn withheld(row: &RecordRow) -> PlannedItem {
    PlannedItem { outcome: Outcome::Withheld(WithheldReason::Restricted), ..whole(row) }
}

fn whole(row: &RecordRow) -> PlannedItem {
    PlannedItem {
        record: row.id,
        version: u64::from(row.version),
        entries: Entries::All,
        outcome: Outcome::Exported,
    }
}

/// What is asked for of one version of a record.
struct Named {
    record: RecordId,
    /// The version; `None` for the newest.
    version: Option<u64>,
    /// Entries of a bulk log; none for all of it.
    ordinals: Vec<u64>,
}

/// Names in the order in which their versions were named first; a version that is named whole takes its single
/// entries in.
fn grouped(names: &[ItemName], told: &Told) -> Vec<Named> {
    // The newest is the same, whether it is asked for by its number or not; so is the first of what is not there.
    let same = |name: &ItemName| (name.record, name.version.unwrap_or(told.newest(name.record)));
    let mut order: Vec<ItemName> = Vec::new();
    let mut wanted: BTreeMap<(RecordId, u64), Option<Vec<u64>>> = BTreeMap::new();
    for name in names {
        let held = wanted.entry(same(name)).or_insert_with(|| {
            order.push(*name);
            Some(Vec::new())
        });
        match (name.ordinal, held) {
            (None, held) => *held = None,
            (Some(ordinal), Some(ordinals)) => ordinals.push(ordinal),
            (Some(_), None) => {}
        }
    }
    let named = |name: &ItemName| {
        let mut ordinals = wanted.get(&same(name)).cloned().flatten().unwrap_or_default();
        ordinals.sort_unstable();
        ordinals.dedup();
        Named { record: name.record, version: name.version, ordinals }
    };
    order.iter().map(named).collect()
}
