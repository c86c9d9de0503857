//! What the entry `exported_begun` freezes before a bundle is made: the list of items, and which entries
//! of the ledger its custody log tells of. Both stand there as digests, so that nobody can shorten
//! either afterwards, not even the holder of the log's key.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::base::digest::{Digest, Digesting};
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::ledger::entry::{Entry, EntryKind};

use super::entry::digest;
use super::name::BundleName;
use super::plan::{PlannedItem, Selection};

const DAY_SECONDS: i64 = 24 * 3600;

/// The digest of a frozen list: SHA-256 over one line `record version entries` per item. It
/// covers opaque ids and numbers only, so that it may stand in the ledger.
pub fn items_digest<'a>(items: impl Iterator<Item = (RecordId, u64, &'a Selection)>) -> Digest {
    let mut digesting = Digesting::new();
    for (record, version, entries) in items {
        digesting.update(line_of(record, version, entries).as_bytes());
    }
    digesting.finish()
}

/// The lines over which [`items_digest`] goes, to be kept and read again.
pub fn items_text(items: &[PlannedItem]) -> String {
    items.iter().map(|item| line_of(item.record, item.version, &item.entries)).collect()
}

/// One line of [`items_text`]; `None` for any other text.
pub fn parse_item(line: &str) -> Option<(RecordId, u64, Selection)> {
    let [record, version, entries] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
    Some((RecordId::parse(record).ok()?, version.parse().ok()?, Selection::parse(entries)?))
}

fn line_of(record: RecordId, version: u64, entries: &Selection) -> String {
    format!("{record} {version} {}\n", entries.to_text())
}

/// Which entries a bundle's custody log tells of: all that the ledger had about its records when the
/// list was frozen, and none that came later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrozenCustody {
    /// Entries that the ledger had then: positions from here on are not told of.
    pub size: u64,
    /// How many of those were about the records.
    pub entries: u64,
    /// SHA-256 over one line per position, ascending.
    pub digest: Digest,
}

impl FrozenCustody {
    /// The entries at `positions`, in any order, of a ledger of `size` entries.
    pub fn new(size: u64, positions: impl IntoIterator<Item = u64>) -> Self {
        let positions: BTreeSet<u64> = positions.into_iter().collect();
        let mut digesting = Digesting::new();
        for position in &positions {
            digesting.update(format!("{position}\n").as_bytes());
        }
        Self { size, entries: positions.len() as u64, digest: digesting.finish() }
    }
}

/// That a record corrects another, which stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Correction {
    /// The record that is corrected.
    pub record: RecordId,
    /// The record that says so.
    pub by: RecordId,
}

/// What the ledger had of the records besides the items when the list was frozen: nobody who reads a version
/// is to take it for the newest, or for the only one, without being told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrozenVersions {
    /// Items that are of an earlier version than the newest.
    pub superseded: u64,
    /// Versions of the records that are no items.
    pub left: u64,
    /// How many times another record corrects one of them.
    pub corrections: u64,
    /// SHA-256 over one line `record by` per correction, ascending.
    pub corrections_digest: Digest,
}

impl FrozenVersions {
    /// Counts the versions of items `(record, version)` whose custody is told; `newest` gives the newest
    /// version of a record, as far as the ledger has one.
    pub fn new(
        items: impl Iterator<Item = (RecordId, u64)>,
        newest: impl Fn(RecordId) -> u64,
        corrections: &BTreeSet<Correction>,
    ) -> Self {
        let (mut superseded, mut listed) = (0, BTreeMap::<RecordId, BTreeSet<u64>>::new());
        for (record, version) in items {
            superseded += u64::from(version < newest(record));
            listed.entry(record).or_default().insert(version);
        }
        let left = listed.iter().map(|(record, listed)| newest(*record).saturating_sub(listed.len() as u64));
        Self {
            superseded,
            left: left.sum(),
            corrections: corrections.len() as u64,
            corrections_digest: digest_of(corrections),
        }
    }
}

/// The facts of the entry `exported_begun`: the bundle's name, how many items were asked for with the digest
/// of their list, the custody log's extent, and what there is of the records besides. What becomes of each item
/// may be settled later.
pub fn begun_facts(
    name: BundleName,
    items: &[PlannedItem],
    custody: &FrozenCustody,
    versions: &FrozenVersions,
) -> Value {
    let digest = items_digest(items.iter().map(|item| (item.record, item.version, &item.entries)));
    json!({
        "bundle": name.to_string(),
        "corrections": versions.corrections,
        "corrections_digest": versions.corrections_digest.to_hex(),
        "custody_digest": custody.digest.to_hex(),
        "custody_entries": custody.entries,
        "custody_size": custody.size,
        "items": items.len(),
        "items_digest": digest.to_hex(),
        "superseded": versions.superseded,
        "versions_left": versions.left,
    })
}

/// What the entry `exported_begun` says of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// The bundle's name.
    pub name: BundleName,
    /// When the list was frozen.
    pub at: Moment,
    /// Items in the list.
    pub items: u64,
    /// The digest of the list.
    pub items_digest: Digest,
    /// What the custody log tells of.
    pub custody: FrozenCustody,
    /// What there was of the records besides.
    pub versions: FrozenVersions,
    /// True if nobody agreed to the export beside who made it.
    pub not_countersigned: bool,
}

/// The name of the bundle and the digest of its list, which every such entry has, also of an earlier layout.
pub fn list_of(entry: &Entry) -> Option<(BundleName, Digest)> {
    let name = BundleName::parse(entry.facts.get("bundle")?.as_str()?).ok()?;
    Some((name, digest(entry.facts.get("items_digest")?)?)).filter(|_| entry.kind == EntryKind::ExportBegun)
}

impl Frozen {
    /// Reads the entry; `None` if it is another, or lacks a fact.
    pub fn read(entry: &Entry) -> Option<Self> {
        if entry.kind != EntryKind::ExportBegun {
            return None;
        }
        let facts = &entry.facts;
        let number = |name: &str| facts.get(name)?.as_u64();
        Some(Self {
            name: BundleName::parse(facts.get("bundle")?.as_str()?).ok()?,
            at: entry.at,
            items: number("items")?,
            items_digest: digest(facts.get("items_digest")?)?,
            custody: FrozenCustody {
                size: number("custody_size")?,
                entries: number("custody_entries")?,
                digest: digest(facts.get("custody_digest")?)?,
            },
            versions: FrozenVersions {
                superseded: number("superseded")?,
                left: number("versions_left")?,
                corrections: number("corrections")?,
                corrections_digest: digest(facts.get("corrections_digest")?)?,
            },
            not_countersigned: says_not_countersigned(facts),
        })
    }

    /// True if the name is of the year that clocks in China showed then, or up to a day before: whoever keeps
    /// the log may enter what another node began.
    pub(super) fn is_of_the_year(&self) -> bool {
        [0, DAY_SECONDS].iter().any(|before| {
            BundleName::year_of(self.at.plus_seconds(-before)).is_ok_and(|year| year == self.name.year())
        })
    }

    /// True if it freezes this list of items under this name.
    pub(super) fn freezes(&self, name: BundleName, items: &[PlannedItem]) -> bool {
        let digest = items_digest(items.iter().map(|item| (item.record, item.version, &item.entries)));
        (self.name, self.items, self.items_digest) == (name, items.len() as u64, digest)
    }

    /// True if it freezes these corrections.
    pub(super) fn freezes_corrections(&self, corrections: &BTreeSet<Correction>) -> bool {
        let FrozenVersions { corrections: count, corrections_digest: digest, .. } = self.versions;
        (count, digest) == (corrections.len() as u64, digest_of(corrections))
    }
}

fn digest_of(corrections: &BTreeSet<Correction>) -> Digest {
    let mut digesting = Digesting::new();
    for Correction { record, by } in corrections {
        digesting.update(format!("{record} {by}\n").as_bytes());
    }
    digesting.finish()
}

fn says_not_countersigned(facts: &Map<String, Value>) -> bool {
    facts.get("countersign").and_then(Value::as_str) == Some("not_countersigned")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custody_is_the_same_in_any_order_and_other_with_any_other_position() {
        let of = |positions: &[u64]| FrozenCustody::new(9, positions.iter().copied());
        assert_eq!(of(&[3, 1, 12]), of(&[1, 3, 12]));
        assert_eq!(of(&[1, 1]).entries, 1);
        for other in [&[1][..], &[1, 2, 12], &[13, 12], &[]] {
            assert_ne!(of(&[1, 3, 12]).digest, of(other).digest, "{other:?}");
        }
    }
}
