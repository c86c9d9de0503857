//! The BagIt part, stricter than RFC 8493 asks: one spelling, both algorithms, every file listed
//! exactly once, nothing fetched.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use sha2::{Digest as _, Sha512};

use crate::base::digest::Digesting;
use crate::base::limits::{BUNDLE_LIST_BYTES_MAX, BUNDLE_TEXT_BYTES_MAX};
use crate::bundle::bag::{Algorithm, BadLine, BagInfo, DECLARATION_TEXT, LAYOUT, parse_manifest};
use crate::bundle::layout::{self, Place};
use crate::bundle::record::FileSums;

use super::VerifyError;
use super::fault::{Fault, FaultKind};
use super::files::Files;
use super::ledger::Trust;
use super::report::Faults;

/// Every file that could be read whole, by its path.
pub(super) type Sums = BTreeMap<String, FileSums>;

/// Hashes every file and holds the manifests against them.
pub(super) fn check<R: Read + Seek>(
    files: &mut Files<'_, R>,
    faults: &mut Faults,
) -> Result<Sums, VerifyError> {
    for path in layout::TAG_FILES.iter().chain(&[layout::CUSTODY, layout::SIGNATURE]) {
        if !files.has(path) {
            faults.push(Fault::at(path, FaultKind::MissingFile));
        }
    }
    if files.has(layout::DECLARATION)
        && let Some(bytes) = files.bytes(layout::DECLARATION, BUNDLE_TEXT_BYTES_MAX, faults)?
        && bytes != DECLARATION_TEXT.as_bytes()
    {
        faults.push(Fault::at(layout::DECLARATION, FaultKind::Declaration));
    }
    let sums = hash(files, faults)?;
    for algorithm in Algorithm::ALL {
        let payload = |path: &str| path.starts_with("data/");
        manifest(files, &sums, algorithm, &algorithm.manifest(), &payload, faults)?;
        let tag = |path: &str| !path.starts_with("data/") && !is_outside(path);
        manifest(files, &sums, algorithm, &algorithm.tag_manifest(), &tag, faults)?;
    }
    Ok(sums)
}

/// True for the files that no tag manifest covers.
fn is_outside(path: &str) -> bool {
    path == layout::SIGNATURE || Algorithm::ALL.iter().any(|algorithm| algorithm.tag_manifest() == path)
}

fn hash<R: Read + Seek>(files: &mut Files<'_, R>, faults: &mut Faults) -> Result<Sums, VerifyError> {
    let paths: Vec<String> = files.paths().map(str::to_owned).collect();
    let mut sums = Sums::new();
    for path in paths {
        let (mut sha256, mut sha512, mut bytes) = (Digesting::new(), Sha512::new(), 0_u64);
        let whole = files.stream(&path, faults, &mut |chunk| {
            sha256.update(chunk);
            sha512.update(chunk);
            bytes = bytes.saturating_add(chunk.len() as u64);
        })?;
        if whole {
            let sums_of = FileSums {
                path: path.clone(),
                bytes,
                sha256: sha256.finish(),
                sha512: sha512.finalize().into(),
            };
            sums.insert(path, sums_of);
        }
    }
    Ok(sums)
}

/// Holds one manifest against the files of its part.
fn manifest<R: Read + Seek>(
    files: &mut Files<'_, R>,
    sums: &Sums,
    algorithm: Algorithm,
    path: &str,
    covers: &dyn Fn(&str) -> bool,
    faults: &mut Faults,
) -> Result<(), VerifyError> {
    let Some(text) = files.text(path, BUNDLE_LIST_BYTES_MAX, faults)? else { return Ok(()) };
    let (listed, wrong) = parse_manifest(&text, algorithm);
    for (line, wrong) in wrong {
        let kind = match wrong {
            BadLine::Form => FaultKind::ManifestLine { line },
            BadLine::Twice => FaultKind::ListedTwice { line },
        };
        faults.push(Fault::at(path, kind));
    }
    for listed in listed.keys().filter(|listed| !files.has(listed) || !covers(listed)) {
        faults.push(Fault::at(listed, FaultKind::ListedMissing { algorithm }));
    }
    for found in files.paths().filter(|found| covers(found)) {
        match (listed.get(found), sums.get(found)) {
            (None, _) => faults.push(Fault::at(found, FaultKind::NotListed { algorithm })),
            (Some(digest), Some(sums)) if digest.as_slice() != digest_of(sums, algorithm) => {
                faults.push(Fault::at(found, FaultKind::DigestDiffers { algorithm }));
            }
            // What could not be read has its fault already.
            (Some(_), _) => {}
        }
    }
    Ok(())
}

fn digest_of(sums: &FileSums, algorithm: Algorithm) -> &[u8] {
    match algorithm {
        Algorithm::Sha256 => sums.sha256.as_bytes(),
        Algorithm::Sha512 => &sums.sha512,
    }
}

/// Reads `bag-info.txt` and holds it against what is there.
pub(super) fn info<R: Read + Seek>(
    files: &mut Files<'_, R>,
    sums: &Sums,
    trust: &Trust,
    faults: &mut Faults,
) -> Result<Option<BagInfo>, VerifyError> {
    let path = layout::BAG_INFO;
    let Some(text) = files.text(path, BUNDLE_TEXT_BYTES_MAX, faults)? else { return Ok(None) };
    if let Some(found) = BagInfo::layout_of(&text).filter(|found| *found != LAYOUT) {
        // Another version's package: what this one expects of its files and pages does not hold for it.
        faults.push(Fault::at(path, FaultKind::LayoutUnknown { found: super::fault::shown(found) }));
        return Ok(None);
    }
    let info = match BagInfo::parse(&text) {
        Ok(info) => info,
        Err(label) => {
            let label = super::fault::shown(&label);
            faults.push(Fault::at(path, FaultKind::BagInfo { label }));
            return Ok(None);
        }
    };
    let mut fault = |kind| faults.push(Fault::at(path, kind));
    let bad = |label: &str| FaultKind::BagInfo { label: label.to_owned() };
    if info.name != files.name {
        fault(bad("External-Identifier"));
    }
    if info.completeness() != files.completeness {
        fault(FaultKind::Completeness);
    }
    let payload = || sums.values().filter(|file| file.path.starts_with("data/"));
    let (bytes, count) = (payload().map(|file| file.bytes).sum(), payload().count() as u64);
    if (bytes, count) != (info.payload_bytes, info.payload_files) {
        fault(FaultKind::Oxum { bytes, files: count });
    }
    if let Some(checkpoint) = &trust.checkpoint {
        if checkpoint.origin != info.origin {
            fault(bad("Muniment-Log-Origin"));
        }
        if checkpoint.size != info.checkpoint_size {
            fault(bad("Muniment-Log-Size"));
        }
    }
    if trust.key.as_ref().is_some_and(|key| key.fingerprint.to_hex() != info.fingerprint) {
        fault(bad("Muniment-Key-Fingerprint"));
    }
    let exported = files
        .places()
        .filter(|(path, place)| matches!(place, Place::Record(_)) && path.ends_with("/record.json"));
    let (exported, stated) = (exported.count() as u64, info.counts.exported);
    if exported != stated {
        let label = "Muniment-Items-Exported";
        fault(FaultKind::CountDiffers { label, stated, found: exported });
    }
    Ok(Some(info))
}
