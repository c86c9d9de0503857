//! Names that neither leave the folder nor can be read in two ways.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization as _;

use super::directory::ZipEntry;
use super::fault::{Fault, FaultKind};

/// Refuses names that fall together and names that are not safe.
pub(super) fn check_names(files: &[ZipEntry]) -> Result<(), Fault> {
    let mut seen = HashSet::with_capacity(files.len());
    for file in files {
        // Windows drops dots and blanks at the end, macOS normalises, both fold case.
        let folded: String = file.name.nfkc().flat_map(char::to_lowercase).nfkc().collect();
        let folded = folded.trim_end_matches(['/', '.', ' ']).to_owned();
        if !seen.insert(folded) {
            return Err(Fault::at(&file.name, FaultKind::DuplicateName));
        }
    }
    for file in files {
        if !is_safe(&file.name) {
            return Err(Fault::at(&file.name, FaultKind::UnsafeName));
        }
    }
    Ok(())
}

/// ASCII letters, digits, `.`, `-`, `_` in parts between slashes, none of them empty or of dots
/// only, none ending in a dot, none a device of Windows.
fn is_safe(name: &str) -> bool {
    let part_is_safe = |part: &str| {
        let stem = part.split('.').next().unwrap_or_default().to_ascii_lowercase();
        let device = matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
            || (stem.len() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")));
        !part.is_empty()
            && !part.ends_with('.')
            && !device
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    };
    !name.is_empty()
        && name.len() <= 255
        && name.strip_suffix('/').unwrap_or(name).split('/').all(part_is_safe)
}
