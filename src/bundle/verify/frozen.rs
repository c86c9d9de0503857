//! What the bundle holds against what the entry `exported_begun` froze: the list of items, the extent of the
//! custody log, and the instant.

use std::collections::BTreeMap;

use crate::base::id::RecordId;
use crate::bundle::bag::BagInfo;
use crate::bundle::frozen::{Frozen, FrozenCustody, FrozenVersions, items_digest};
use crate::bundle::layout::{self, ItemNumber};
use crate::bundle::plan::Selection;

use super::fault::{Fault, FaultKind};
use super::records::{Begun, Checked};
use super::report::Faults;

/// The one entry that froze this bundle; `None`, and a fault, if there is none, more than one, or it
/// cannot be read.
pub(super) fn of(checked: &Checked, faults: &mut Faults) -> Option<(u64, Frozen)> {
    match checked.begun.as_slice() {
        [Begun { seq, path, frozen }] => {
            if frozen.is_none() {
                faults.push(Fault::at(path, FaultKind::BegunUnreadable));
            }
            let frozen = frozen.clone()?;
            let size = frozen.custody.size;
            if size != *seq {
                faults.push(Fault::at(path, FaultKind::FrozenElsewhere { seq: *seq, size }));
            }
            Some((*seq, frozen))
        }
        other => {
            let found = other.len() as u64;
            faults.push(Fault::of_bundle(FaultKind::NotFrozen { found }));
            None
        }
    }
}

/// Checks list, custody, instant and the year of the name.
pub(super) fn check(
    checked: &Checked,
    (begun_at, frozen): &(u64, Frozen),
    info: Option<&BagInfo>,
    faults: &mut Faults,
) {
    if frozen.items == 0 {
        faults.push(Fault::of_bundle(FaultKind::NoItems));
    }
    if !is_the_list(&checked.list, frozen) {
        faults.push(Fault::of_bundle(FaultKind::OtherList));
    }
    if info.is_some_and(|info| info.created != frozen.at) {
        let label = "Muniment-Created".to_owned();
        faults.push(Fault::at(layout::BAG_INFO, FaultKind::BagInfo { label }));
    }
    if !frozen.is_of_the_year() {
        faults.push(Fault::of_bundle(FaultKind::NameYear { year: frozen.name.year() }));
    }
    // While some entry cannot be read there is no saying which are missing.
    let Some(custody) = &checked.custody else { return };
    for seq in custody.about_others().filter(|seq| seq != begun_at) {
        faults.push(Fault::at(&custody.entry_at(seq), FaultKind::CustodyForeign { seq }));
    }
    let size = frozen.custody.size;
    for seq in custody.about_items().filter(|seq| *seq >= size) {
        faults.push(Fault::at(&custody.entry_at(seq), FaultKind::CustodyLater { seq, size }));
    }
    let told = FrozenCustody::new(size, custody.about_items().filter(|seq| *seq < size));
    if told != frozen.custody {
        let (expected, found) = (frozen.custody.entries, told.entries);
        faults.push(Fault::at(layout::CUSTODY, FaultKind::OtherCustody { expected, found }));
    }
}

/// Checks what was frozen of versions and corrections; `newest` has the versions of each record of which the
/// custody log tells.
pub(super) fn versions(
    checked: &Checked,
    frozen: &Frozen,
    newest: &BTreeMap<RecordId, u64>,
    faults: &mut Faults,
) {
    // Where the table could not be read its fault is told already.
    let Some(corrections) = &checked.corrections else { return };
    let told = checked.list.values().map(|(record, version, _)| (*record, *version));
    let told = told.filter(|(record, _)| newest.contains_key(record));
    let versions = FrozenVersions::new(told, |record| newest.get(&record).copied().unwrap_or(0), corrections);
    for (fact, stated, found) in [
        ("superseded", frozen.versions.superseded, versions.superseded),
        ("versions_left", frozen.versions.left, versions.left),
        ("corrections", frozen.versions.corrections, versions.corrections),
    ] {
        if stated != found {
            faults.push(Fault::of_bundle(FaultKind::VersionsDiffer { fact, stated, found }));
        }
    }
    let of_the_list = corrections.iter().all(|correction| newest.contains_key(&correction.record));
    let told_here = checked.told.corrections().filter(|told| newest.contains_key(&told.record));
    let are_told = told_here.into_iter().all(|told| corrections.contains(&told));
    if versions.corrections_digest != frozen.versions.corrections_digest || !of_the_list || !are_told {
        faults.push(Fault::at(layout::CORRECTIONS, FaultKind::CorrectionsDiffer));
    }
}

fn is_the_list(list: &BTreeMap<ItemNumber, (RecordId, u64, Selection)>, frozen: &Frozen) -> bool {
    let items = list.values().map(|(record, version, entries)| (*record, *version, entries));
    (frozen.items, frozen.items_digest) == (list.len() as u64, items_digest(items))
}
