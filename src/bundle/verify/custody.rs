//! The custody entries: each in the log, numbered and ordered without a gap.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use serde_json::Value;

use crate::bundle::frozen::Frozen;
use crate::bundle::layout::{CustodyNumber, Place};
use crate::ledger::entry::{EntryKind, decode};

use super::VerifyError;
use super::fault::{Fault, FaultKind};
use super::files::Files;
use super::ledger::{Trust, proven};
use super::records::{Begun, Checked};
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
    let name = Value::from(files.name.to_string());
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
        let is_item = checked.custody.as_ref().is_some_and(|custody| custody.has(entry.seq));
        if is_item || number.0 != expected || last.is_some_and(|last| entry.seq <= last) {
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
        checked.told.add(entry.seq, &path, &decoded, faults);
        if let Some(custody) = &mut checked.custody {
            custody.add(entry.seq, &decoded, (path.clone(), number.proof()));
        }
        // Whoever names this bundle is counted, however little else of the entry holds.
        if decoded.kind == EntryKind::ExportBegun && decoded.facts.get("bundle") == Some(&name) {
            checked.begun.push(Begun { seq: entry.seq, path, frozen: Frozen::read(&decoded) });
        }
    }
    Ok(())
}
