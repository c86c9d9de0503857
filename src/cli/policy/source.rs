//! Which policy is meant: a shipped pack by its name, or a file.

use std::path::Path;

use crate::base::limits::POLICY_BYTES_MAX;
use crate::cli::failure::Failure;
use crate::cli::site::read_file;
use crate::policy::{Fault, Policy, shipped_names, shipped_text};

/// The text of a policy.
pub(super) fn text(name: &str) -> Result<String, Failure> {
    // A file outweighs a pack only where it says so: `./cn-general`.
    if let Some(text) = shipped_text(name) {
        return Ok(text.to_owned());
    }
    let path = Path::new(name);
    if !path.exists() {
        let packs = shipped_names().collect::<Vec<_>>().join(", ");
        return Err(Failure::usage("policy.unreadable", &[("name", name), ("packs", &packs)]));
    }
    let bytes = read_file(path, POLICY_BYTES_MAX as u64)?;
    String::from_utf8(bytes).map_err(|_| Failure::declined("policy.not_utf8", &[("path", name)]))
}

/// A policy, read, with the faults of its file.
pub(super) fn read(name: &str) -> Result<Result<Policy, Vec<Fault>>, Failure> {
    text(name).map(|text| Policy::parse(&text))
}

/// A policy that has to be right.
pub(super) fn right(name: &str) -> Result<Policy, Failure> {
    read(name)?.map_err(|faults| {
        Failure::declined("policy.has_faults", &[("name", name), ("count", &faults.len().to_string())])
    })
}
