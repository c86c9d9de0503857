//! Checks a bundle without the archive that made it: no server, no database, no private key.
//!
//! Everything that is wrong is named, not only the first thing; but while the ZIP itself is not
//! safe to read, nothing in it is read. Without the log's key from another source the best
//! verdict is [`Verdict::Consistent`]: a forger with a key of his own can always make a bundle
//! that agrees with itself. Nothing is said to be signed whose signature is not right.

mod bag;
mod custody;
mod descriptor;
mod directory;
mod fault;
mod files;
mod frozen;
mod ledger;
mod names;
mod pages;
mod records;
mod report;
mod source;
mod story;
mod tables;
mod unpack;

use std::io::{self, Read, Seek};

use crate::base::digest::Digest;
use crate::bundle::bag::fingerprint;
use crate::ledger::checkpoint::CheckpointError;
use crate::ledger::statement;

pub use fault::{Fault, FaultKind};
pub use report::{PackageKey, Report, Signer, Verdict};
pub use source::Watch;

use files::Files;
use report::Faults;
use source::Source;
use story::Listed;

/// What the caller knows of the log's key from another source than the bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Known {
    /// Nothing.
    #[default]
    Nothing,
    /// The public key (`origin+id+base64`).
    Vkey(String),
    /// Its fingerprint: SHA-256 of the file with it.
    Fingerprint(Digest),
}

/// What a bundle is checked against.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The log's key.
    pub known: Known,
}

/// Why a bundle was not checked; its own faults are no errors, they stand in the report.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The file could not be read.
    #[error("the bundle could not be read: {0}")]
    Io(#[source] io::Error),
    /// The caller stopped the check.
    #[error("the check was stopped")]
    Stopped,
    /// The key to check against is none.
    #[error("the public key to check against is not of the form origin+id+base64")]
    BadVkey,
}

/// Checks the bundle in `read`, from its first byte to its last. `watch` is told how many bytes
/// were read so far, and may stop the check. Memory grows with the number of files, never with
/// the size of one.
///
/// # Errors
/// If reading fails, the caller stops the check, or the key in `options` is malformed.
pub fn verify<R: Read + Seek>(read: R, options: &Options, watch: Watch<'_>) -> Result<Report, VerifyError> {
    let known = expected(&options.known)?;
    let mut source = Source::new(read, watch);
    let broken = source.broken();
    let mut report = Report::default();
    let mut faults = Faults::default();
    let entries = directory::read(&mut source);
    broken.check()?;
    match entries.and_then(|entries| Files::open(source, entries, broken.clone(), &mut faults)) {
        Ok(mut files) => check_files(&mut files, known, &mut report, &mut faults)?,
        Err(fault) => {
            broken.check()?;
            faults.push(fault);
        }
    }
    report.take_faults(faults);
    Ok(report)
}

/// The fingerprint that the bundle's key must have.
fn expected(known: &Known) -> Result<Option<Digest>, VerifyError> {
    match known {
        Known::Nothing => Ok(None),
        Known::Fingerprint(fingerprint) => Ok(Some(*fingerprint)),
        Known::Vkey(vkey) => {
            let vkey = vkey.trim();
            match statement::open("", vkey, statement::Subject::Bundle) {
                Err(CheckpointError::BadVkey) => Err(VerifyError::BadVkey),
                _ => Ok(Some(fingerprint(vkey))),
            }
        }
    }
}

fn check_files<R: Read + Seek>(
    files: &mut Files<'_, R>,
    known: Option<Digest>,
    report: &mut Report,
    faults: &mut Faults,
) -> Result<(), VerifyError> {
    report.name = Some(files.name);
    report.completeness = Some(files.completeness);
    let sums = bag::check(files, faults)?;
    report.files = sums.len() as u64;
    report.bytes = sums.values().map(|file| file.bytes).sum();
    let trust = ledger::trust(files, &sums, known, faults)?;
    report.key = trust.key.clone();
    report.signer = trust.signer.clone();
    report.checkpoint = trust.checkpoint.clone();
    let info = bag::info(files, &sums, &trust, faults)?;
    report.created = info.as_ref().map(|info| info.created);
    report.organization = info.as_ref().map(|info| fault::shown(&info.organization));
    report.counts = info.as_ref().map(|info| info.counts);
    let openings = records::openings(files, faults)?;
    let mut checked = records::check(files, &sums, &trust, openings, faults)?;
    custody::check(files, &trust, &mut checked, faults)?;
    tables::check(files, info.as_ref(), &mut checked, faults)?;
    checked.told.instants(faults);
    let mut histories = None;
    // While some entry cannot be read there is no saying where a history begins.
    if checked.custody.is_some() {
        let (list, present, exceptions) = (&checked.list, &checked.present, &checked.exceptions);
        histories = Some(checked.told.histories(&Listed { list, present, exceptions }, faults));
    }
    if let Some(begun) = frozen::of(&checked, faults) {
        frozen::check(&checked, &begun, info.as_ref(), faults);
        if let Some(histories) = &histories {
            frozen::versions(&checked, &begun.1, &histories.newest, faults);
        }
        report.versions = Some(begun.1.versions);
        report.not_countersigned = begun.1.not_countersigned;
        report.custody_size = Some(begun.1.custody.size);
        if let Some(info) = &info {
            pages::check(files, info, &begun.1, faults)?;
        }
    }
    report.unshown =
        histories.map(|told| told.unshown).unwrap_or_default().iter().map(ToString::to_string).collect();
    let exceptions = std::mem::take(&mut checked.exceptions).into_iter();
    report.exceptions = exceptions.map(|(number, item)| (number.to_string(), item)).collect();
    report.records = checked.exported;
    report.custody_entries = checked.custody_entries;
    report.custody_lines = checked.told.entries();
    for path in files.paths().filter(|path| !checked.is_accounted(path)) {
        faults.push(Fault::at(path, FaultKind::UnknownFile));
    }
    Ok(())
}
