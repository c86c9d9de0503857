//! Rows of a manifest or of an export: all are checked before the first is sent, so that a faulty
//! file is refused as a whole, with line and column of every fault.

use super::table_words;
use crate::base::civil::Zone;
use crate::base::limits::FAULTS_MAX;
use crate::base::moment::{Clock as _, SystemClock};
use crate::cli::Run;
use crate::cli::failure::Failure;
use crate::record::feed::{ManifestRow, ReadRow, TableFault};
use crate::record::jurisdiction::Jurisdiction;
use crate::record::request::CaptureDefaults;

/// What holds where a row says nothing, as in the service.
pub(super) fn defaults() -> CaptureDefaults {
    CaptureDefaults {
        jurisdiction: Jurisdiction::china(),
        zone: Zone::SHANGHAI,
        now: SystemClock.now(),
        content_comes_apart: true,
    }
}

/// The rows, if every one of them can be captured as far as can be told here.
///
/// # Errors
/// `manifest_fault` with every fault, up to a limit.
pub(super) fn checked(run: &Run, about: &str, rows: Vec<ReadRow>) -> Result<Vec<ManifestRow>, Failure> {
    let defaults = defaults();
    let mut fine = Vec::with_capacity(rows.len());
    let mut faults: Vec<TableFault> = Vec::new();
    for row in rows {
        match row {
            Ok(row) => match row.check(&defaults) {
                Ok(_) => fine.push(row),
                Err(found) => faults.extend(found),
            },
            Err(found) => faults.extend(found),
        }
        if faults.len() > FAULTS_MAX {
            break;
        }
    }
    if faults.is_empty() { Ok(fine) } else { Err(refused(run, about, &faults)) }
}

/// The refusal of a table for its faults.
pub(super) fn refused(run: &Run, about: &str, faults: &[TableFault]) -> Failure {
    let document = table_words::document(&run.voice, faults);
    Failure::There { document, about: Some(about.to_owned()) }
}
