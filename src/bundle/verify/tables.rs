//! The tables against what they are made from.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use crate::base::limits::BUNDLE_LIST_BYTES_MAX;
use crate::bundle::bag::BagInfo;
use crate::bundle::frozen::Correction;
use crate::bundle::layout::{self, ItemNumber};
use crate::bundle::plan::{Counts, Outcome, PlannedItem};
use crate::bundle::table::first_difference;
use crate::bundle::tables::{parse_corrections, parse_exceptions};

use super::VerifyError;
use super::fault::{Fault, FaultKind};
use super::files::Files;
use super::records::Checked;
use super::report::Faults;

pub(super) fn check<R: Read + Seek>(
    files: &mut Files<'_, R>,
    info: Option<&BagInfo>,
    checked: &mut Checked,
    faults: &mut Faults,
) -> Result<(), VerifyError> {
    checked.corrections = corrections(files, faults)?;
    let items = checked.items.take().map(|items| items.into_bytes());
    compare(files, layout::ITEMS, items, faults)?;
    let exceptions = exceptions(files, faults)?;
    // Without the exceptions there is no saying which records the custody log tells of.
    let custody = checked.custody.as_mut().filter(|_| exceptions.is_some());
    let custody = custody.map(|custody| {
        for (item, planned) in exceptions.iter().flatten().filter(|(_, planned)| planned.is_in_custody()) {
            custody.item(*item, planned.record);
        }
        custody.to_bytes()
    });
    compare(files, layout::CUSTODY, custody, faults)?;
    let Some(exceptions) = exceptions else {
        checked.custody = None;
        return Ok(());
    };
    let all = checked.present.iter().chain(exceptions.iter().map(|(item, _)| item));
    let requested = info.map_or_else(|| all.count() as u64, |info| info.counts.requested());
    if let Some(info) = info {
        counts(info, checked, &exceptions, faults);
    }
    for (item, planned) in &exceptions {
        let twice = checked.present.contains(item);
        let entry = (planned.record, planned.version, planned.entries.clone());
        if twice || checked.list.insert(*item, entry).is_some() {
            faults.push(Fault::at(layout::EXCEPTIONS, FaultKind::ItemTwice { item: item.to_string() }));
        }
    }
    numbering(requested, checked, faults);
    checked.exceptions = exceptions;
    Ok(())
}

/// Compares a table with what it must be, if that is known.
fn compare<R: Read + Seek>(
    files: &mut Files<'_, R>,
    path: &str,
    expected: Option<Vec<u8>>,
    faults: &mut Faults,
) -> Result<(), VerifyError> {
    let Some(found) = files.bytes(path, BUNDLE_LIST_BYTES_MAX, faults)? else { return Ok(()) };
    if let Some(line) = expected.and_then(|expected| first_difference(&expected, &found)) {
        faults.push(Fault::at(path, FaultKind::TableDiffers { line }));
    }
    Ok(())
}

fn corrections<R: Read + Seek>(
    files: &mut Files<'_, R>,
    faults: &mut Faults,
) -> Result<Option<BTreeSet<Correction>>, VerifyError> {
    let path = layout::CORRECTIONS;
    let Some(bytes) = files.bytes(path, BUNDLE_LIST_BYTES_MAX, faults)? else { return Ok(None) };
    let read = parse_corrections(&bytes);
    Ok(read.map_err(|line| faults.push(Fault::at(path, FaultKind::TableDiffers { line }))).ok())
}

fn exceptions<R: Read + Seek>(
    files: &mut Files<'_, R>,
    faults: &mut Faults,
) -> Result<Option<Vec<(ItemNumber, PlannedItem)>>, VerifyError> {
    let path = layout::EXCEPTIONS;
    let Some(bytes) = files.bytes(path, BUNDLE_LIST_BYTES_MAX, faults)? else { return Ok(None) };
    match parse_exceptions(&bytes) {
        Ok(rows) => Ok(Some(rows)),
        Err(line) => {
            faults.push(Fault::at(path, FaultKind::TableDiffers { line }));
            Ok(None)
        }
    }
}

fn counts(info: &BagInfo, checked: &Checked, exceptions: &[(ItemNumber, PlannedItem)], faults: &mut Faults) {
    let outcomes: Vec<Outcome> = exceptions.iter().map(|(_, item)| item.outcome).collect();
    let found = Counts::of(outcomes.iter());
    for (label, stated, found) in [
        ("Muniment-Items-Withheld", info.counts.withheld, found.withheld),
        ("Muniment-Items-Failed", info.counts.failed, found.failed),
        ("Muniment-Custody-Entries", info.custody, checked.custody_entries),
    ] {
        if stated != found {
            faults.push(Fault::at(layout::BAG_INFO, FaultKind::CountDiffers { label, stated, found }));
        }
    }
}

/// The items and the exceptions together are the numbers from 1 on, each once.
fn numbering(requested: u64, checked: &Checked, faults: &mut Faults) {
    let known = |item: &ItemNumber| checked.list.contains_key(item) || checked.present.contains(item);
    for number in 1..=u32::try_from(requested.min(999_999)).unwrap_or(999_999) {
        let item = ItemNumber(number);
        if !known(&item) {
            faults.push(Fault::of_bundle(FaultKind::ItemMissing { item: item.to_string() }));
        }
    }
    let beyond = |item: &&ItemNumber| u64::from(item.0) > requested;
    for item in checked.list.keys().filter(beyond) {
        faults.push(Fault::of_bundle(FaultKind::ItemTwice { item: item.to_string() }));
    }
}
