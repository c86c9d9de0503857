//! The pages for people against the files for machines: each is made again from `bag-info.txt` and from the
//! entry `exported_begun`, and has to be the same byte for byte. A page that whoever holds the key
//! worded otherwise, and signed, is a fault like any other.

use std::io::{Read, Seek};

use crate::base::limits::BUNDLE_TEXT_BYTES_MAX;
use crate::bundle::bag::BagInfo;
use crate::bundle::frozen::Frozen;
use crate::bundle::pages::Pages;
use crate::bundle::table::first_difference;

use super::VerifyError;
use super::fault::{Fault, FaultKind};
use super::files::Files;
use super::report::Faults;

/// Holds every page against what it must be.
pub(super) fn check<R: Read + Seek>(
    files: &mut Files<'_, R>,
    info: &BagInfo,
    frozen: &Frozen,
    faults: &mut Faults,
) -> Result<(), VerifyError> {
    for (path, expected) in (Pages { info, frozen }).all() {
        let Some(found) = files.bytes(path, BUNDLE_TEXT_BYTES_MAX, faults)? else { continue };
        if let Some(line) = first_difference(expected.as_bytes(), &found) {
            faults.push(Fault::at(path, FaultKind::PageDiffers { line }));
        }
    }
    Ok(())
}
