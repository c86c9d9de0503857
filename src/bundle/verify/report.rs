use crate::base::digest::Digest;
use crate::base::limits::FAULTS_MAX;
use crate::base::moment::Moment;
use crate::bundle::frozen::FrozenVersions;
use crate::bundle::name::{BundleName, Completeness};
use crate::bundle::plan::{Counts, PlannedItem};
use crate::ledger::checkpoint::Checkpoint;

use super::fault::Fault;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The bundle's name, from its folder.
    pub name: Option<BundleName>,
    /// Whether it says that something is missing.
    pub completeness: Option<Completeness>,
    /// Who handed it out, in their own words; safe to print.
    pub organization: Option<String>,
    /// When it says it was made.
    pub created: Option<Moment>,
    /// How many items it says were asked for, and what became of them.
    pub counts: Option<Counts>,
    /// The items that are not in it, by their numbers, and why, as `exceptions.csv` says.
    pub exceptions: Vec<(String, PlannedItem)>,
    /// The items that it calls destroyed, and of whose destruction no entry in it tells.
    pub unshown: Vec<String>,
    /// The key that lies in it, whether or not that key signed it.
    pub key: Option<PackageKey>,
    /// Who signed it; nobody, unless the signature is right and is over this very bundle.
    pub signer: Option<Signer>,
    /// The checkpoint to which all proofs lead, if its signature is right.
    pub checkpoint: Option<Checkpoint>,
    /// True if the ledger says that nobody agreed to the export beside who made it.
    pub not_countersigned: bool,
    /// Entries that the ledger had when the list was frozen: the custody log tells of no later one.
    pub custody_size: Option<u64>,
    /// What the ledger says of the versions and the corrections of its records, when the list was frozen.
    pub versions: Option<FrozenVersions>,
    /// Items in the bundle that were checked.
    pub records: u64,
    /// Entries in `proof/custody` that were checked.
    pub custody_entries: u64,
    /// Lines that `custody.csv` has for all entries that were checked, its heading aside.
    pub custody_lines: u64,
    /// Files that were read.
    pub files: u64,
    /// Bytes that were unpacked and hashed.
    pub bytes: u64,
    /// What is wrong, at most [`FAULTS_MAX`] faults.
    pub faults: Vec<Fault>,
    /// Faults beyond those.
    pub more_faults: u64,
}

/// A public key that lies in a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageKey {
    /// The key.
    pub vkey: String,
    /// Its fingerprint: SHA-256 of `proof/vkey`.
    pub fingerprint: Digest,
}

/// The key that signed a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The key, as it lies in the bundle.
    pub key: PackageKey,
    /// True if it is the key that the caller knows from another source.
    pub pinned: bool,
}

/// What a bundle is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Something is wrong.
    Refused,
    /// All agrees with itself and with the key in the bundle; nobody vouched for that key.
    Consistent,
    /// All agrees, under the key that the caller knows.
    Verified,
}

impl Report {
    /// What the bundle is worth.
    pub fn verdict(&self) -> Verdict {
        match &self.signer {
            Some(signer) if self.faults.is_empty() && self.more_faults == 0 => {
                if signer.pinned {
                    Verdict::Verified
                } else {
                    Verdict::Consistent
                }
            }
            _ => Verdict::Refused,
        }
    }

    pub(super) fn take_faults(&mut self, faults: Faults) {
        self.faults = faults.list;
        self.more_faults = faults.more;
    }
}

/// Faults while they are gathered.
#[derive(Debug, Default)]
pub(super) struct Faults {
    list: Vec<Fault>,
    more: u64,
}

impl Faults {
    pub(super) fn push(&mut self, fault: Fault) {
        // Two checks may meet one fault; it is told once.
        if self.list.contains(&fault) {
            return;
        }
        if self.list.len() < FAULTS_MAX {
            self.list.push(fault);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}
