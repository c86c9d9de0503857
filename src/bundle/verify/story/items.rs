//! The items against what their entries tell: each is of a record, a version and entries that there were, what was
//! erased is not here and is called destroyed, and nothing is asked for twice.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::id::RecordId;
use crate::bundle::layout::{self, ItemNumber};
use crate::bundle::plan::{FailedReason, Outcome, PlannedItem, Selection};
use crate::bundle::verify::fault::{Fault, FaultKind};
use crate::bundle::verify::report::Faults;

use super::{History, Listed};

/// The items that are called destroyed, and of whose destruction no entry here tells.
pub(super) fn unshown(listed: &Listed<'_>, histories: &BTreeMap<RecordId, History>) -> Vec<ItemNumber> {
    let is_shown = |item: &PlannedItem| {
        histories
            .get(&item.record)
            .is_some_and(|history| history.shredded || history.erasures.are_gone(&item.entries))
    };
    let destroyed = Outcome::Failed(FailedReason::Destroyed);
    let unshown = listed.exceptions.iter().filter(|(_, item)| item.outcome == destroyed && !is_shown(item));
    unshown.map(|(number, _)| *number).collect()
}

/// Names the items that cannot be as the list has them.
pub(super) fn check(listed: &Listed<'_>, histories: &BTreeMap<RecordId, History>, faults: &mut Faults) {
    for number in listed.present {
        let Some((record, version, selection)) = listed.list.get(number) else { continue };
        let mut fault = |kind| faults.push(Fault::at(&number.record_json(), kind));
        let Some(history) = histories.get(record) else { continue };
        if let Some(entry) = history.erasures.first_of(selection) {
            fault(FaultKind::ErasedExported { entry });
        }
        if history.shredded {
            fault(FaultKind::ShreddedExported { item: number.to_string() });
        }
        if let Some(fact) = unlogged(history, *version, selection) {
            fault(FaultKind::ItemUnlogged { item: number.to_string(), fact });
        }
    }
    for (number, item) in listed.exceptions {
        let mut fault = |kind| faults.push(Fault::at(layout::EXCEPTIONS, kind));
        let history = histories.get(&item.record);
        if item.is_in_custody() {
            let unlogged = match history {
                None => Some("record"),
                Some(history) => unlogged(history, item.version, &item.entries),
            };
            if let Some(fact) = unlogged {
                fault(FaultKind::ItemUnlogged { item: number.to_string(), fact });
            }
        }
        let gone = history.is_some_and(|history| history.erasures.first_of(&item.entries).is_some());
        if gone && item.outcome != Outcome::Failed(FailedReason::Destroyed) {
            fault(FaultKind::ErasedOtherwise { item: number.to_string() });
        }
    }
    twice(listed, faults);
}

/// What of an item the ledger never had.
fn unlogged(history: &History, version: u64, selection: &Selection) -> Option<&'static str> {
    if version == 0 || version > history.version {
        return Some("version");
    }
    match selection {
        Selection::Entries(ordinals) if !history.erasures.has(ordinals.as_slice()) => Some("entries"),
        Selection::Entries(_) | Selection::All => None,
    }
}

/// No item asks for what another asks for.
fn twice(listed: &Listed<'_>, faults: &mut Faults) {
    let mut asked: BTreeMap<(RecordId, u64), (bool, BTreeSet<u64>)> = BTreeMap::new();
    for (number, (record, version, selection)) in listed.list {
        let is_first = !asked.contains_key(&(*record, *version));
        let (whole, entries) = asked.entry((*record, *version)).or_default();
        let fits = match selection {
            Selection::All => is_first,
            Selection::Entries(ordinals) => {
                !*whole && ordinals.as_slice().iter().all(|entry| entries.insert(*entry))
            }
        };
        *whole |= *selection == Selection::All;
        if !fits {
            faults.push(Fault::of_bundle(FaultKind::ItemTwice { item: number.to_string() }));
        }
    }
}
