//! The custody entries: each in the log, numbered and ordered without a gap.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use crate::bundle::frozen::Frozen;
use crate::bundle::layout::{CustodyNumber, Place};
use crate::ledger::entry::decode;

use super::VerifyError;
use super::fault::{Fault, FaultKind};
use super::files::Files;
use super::ledger::{Trust, proven};
use super::records::Checked;
use super::report::Faults;

pub(super) fn check<R: Read + Seek>(
    files: &mut Files<'_, R>,
    trust: &Trust,
    checked: &mut Checked,
    faults: &mut Faults,
) -> Result<(), VerifyError> {
    let numbers: BTreeSet<CustodyNumber> = files
        .places()
        .filter_map(|(_, place)| match place {
            Place::CustodyProof(number) => Some(number),
            _ => None,
        })
        .collect();
    let name = files.name;
    let mut last = None;
    for (expected, number) in (1..).zip(numbers) {
        let path = number.entry();
        checked.account(path.clone());
        checked.account(number.proof());
        let entry = proven(files, trust, &path, &number.proof(), faults)?;
        let Some(entry) = entry else {
            checked.custody = None;
            continue;
        };
        if number.0 != expected || last.is_some_and(|last| entry.seq <= last) {
            faults.push(Fault::at(&path, FaultKind::CustodyOrder));
        }
        last = Some(entry.seq);
        let decoded = match decode(&entry.bytes) {
            Ok(decoded) => decoded,
            Err(error) => {
                faults.push(Fault::at(&path, FaultKind::EntryUnreadable { error }));
                checked.custody = None;
                continue;
            }
        };
        checked.custody_entries += 1;
        checked.positions.insert(entry.seq);
        if let Some(custody) = &mut checked.custody {
            custody.add(entry.seq, &decoded, (path, number.proof()));
        }
        // An entry cannot freeze what came after it.
        let frozen = Frozen::read(&decoded);
        let frozen = frozen.filter(|frozen| frozen.name == name && frozen.custody.size <= entry.seq);
        checked.begun.extend(frozen.map(|frozen| (entry.seq, frozen)));
    }
    Ok(())
}
