//! The list of an export: what was asked for, and what becomes of each item.

use std::collections::BTreeSet;

use crate::base::id::RecordId;
use crate::base::words::words;

use super::entry::ProvenEntry;
use super::frozen::Correction;
use super::name::{BundleName, Completeness};

/// What a bundle is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BundleKind {
    /// For a dispute or an audit (证据包).
    Evidence,
}

impl BundleKind {
    /// The word in `bag-info.txt`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
        }
    }

    /// The BagIt profile that bundles of this kind follow, kept in `policies/bagit-profiles`.
    pub const fn profile(self) -> &'static str {
        match self {
            Self::Evidence => "urn:muniment:bagit-profile:evidence:3",
        }
    }
}

/// All that is settled before the first byte of a bundle is written.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the bundle is called.
    pub name: BundleName,
    /// What it is for.
    pub kind: BundleKind,
    /// Who hands it out (`Source-Organization`): one line.
    pub organization: String,
    /// What it is about, such as a case's reference (`External-Description`): one line.
    pub description: Option<String>,
    /// The frozen list, in the order of the item numbers.
    pub items: Vec<PlannedItem>,
    /// Which of their records others correct.
    pub corrections: BTreeSet<Correction>,
    /// The signed checkpoint to which all proofs lead.
    pub checkpoint: String,
    /// The entry `exported_begun`, whose facts are [`super::frozen::begun_facts`]. Its instant is when the
    /// bundle says that it was made.
    pub begun: ProvenEntry,
}

impl Plan {
    /// How many items were asked for, and what becomes of them.
    pub fn counts(&self) -> Counts {
        Counts::of(self.items.iter().map(|item| &item.outcome))
    }
}

/// One item of the frozen list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedItem {
    /// The record.
    pub record: RecordId,
    /// Its version, from 1.
    pub version: u64,
    /// Which entries of a bulk log.
    pub entries: Selection,
    /// What becomes of it.
    pub outcome: Outcome,
}

impl PlannedItem {
    /// True if the custody log tells of its record: not where it is kept back by a decision, or where
    /// there is none that the person who exports may know of.
    pub fn is_in_custody(&self) -> bool {
        match self.outcome {
            Outcome::Exported => true,
            Outcome::Failed(FailedReason::Destroyed | FailedReason::KeyMissing | FailedReason::Damaged) => {
                true
            }
            Outcome::Failed(FailedReason::NotFound) | Outcome::Withheld(_) => false,
        }
    }
}

/// What becomes of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the bundle.
    Exported,
    /// It is kept back by a decision.
    Withheld(WithheldReason),
    /// It could not be exported; the bundle is labelled PARTIAL.
    Failed(FailedReason),
}

impl Outcome {
    /// The words in `exceptions.csv`: what became of it, and why; no reason where it is in the bundle.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Exported => ("exported", ""),
            Self::Withheld(reason) => ("withheld", reason.as_str()),
            Self::Failed(reason) => ("failed", reason.as_str()),
        }
    }
}

words! {
    /// Why an item is withheld (不予提供).
    WithheldReason {
        /// Legal professional privilege, or work for counsel.
        Privileged = "privileged",
        /// Personal data of others.
        PersonalData = "personal_data",
        /// A trade secret.
        TradeSecret = "trade_secret",
        /// The record is restricted (限制处理).
        Restricted = "restricted",
        /// The person who exports may not read it.
        NotPermitted = "not_permitted",
    }
}

words! {
    /// Why an item could not be exported.
    FailedReason {
        /// The archive has no such record, version or entry.
        NotFound = "not_found",
        /// The key was destroyed with the record.
        Destroyed = "destroyed",
        /// The key is not at hand.
        KeyMissing = "key_missing",
        /// What is stored is not what the ledger says.
        Damaged = "damaged",
    }
}

/// Which part of a record is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// The record with all its components.
    All,
    /// These entries of a bulk log.
    Entries(Ordinals),
}

impl Selection {
    /// `*`, or the entries' numbers as ranges: `0-3,7`.
    pub fn to_text(&self) -> String {
        match self {
            Self::All => "*".to_owned(),
            Self::Entries(ordinals) => ordinals.to_text(),
        }
    }

    /// Reads the text in its only spelling.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" { Some(Self::All) } else { Ordinals::parse(text).map(Self::Entries) }
    }
}

/// Numbers of entries of a segment, from 0: at least one, ascending, none twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordinals(Vec<u64>);

/// Why numbers are no selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a selection has at least one entry, at most as many as a segment, ascending, none twice")]
pub struct BadOrdinals;

impl Ordinals {
    /// Checks the numbers.
    ///
    /// # Errors
    /// If there is none, too many, or they do not ascend.
    pub fn new(ordinals: Vec<u64>) -> Result<Self, BadOrdinals> {
        let most = crate::base::limits::SEGMENT_ENTRIES_MAX;
        if ordinals.is_empty() || ordinals.len() > most || !ordinals.is_sorted_by(|a, b| a < b) {
            return Err(BadOrdinals);
        }
        match ordinals.last() {
            Some(last) if *last < most as u64 => Ok(Self(ordinals)),
            _ => Err(BadOrdinals),
        }
    }

    /// The numbers.
    pub fn as_slice(&self) -> &[u64] {
        &self.0
    }

    fn to_text(&self) -> String {
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for ordinal in &self.0 {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == *ordinal => *last = *ordinal,
                _ => ranges.push((*ordinal, *ordinal)),
            }
        }
        let range = |(first, last): &(u64, u64)| {
            if first == last { first.to_string() } else { format!("{first}-{last}") }
        };
        ranges.iter().map(range).collect::<Vec<_>>().join(",")
    }

    fn parse(text: &str) -> Option<Self> {
        let most = crate::base::limits::SEGMENT_ENTRIES_MAX as u64;
        let mut ordinals = Vec::new();
        for range in text.split(',') {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
            if last >= most || ordinals.len() as u64 > most {
                return None;
            }
            ordinals.extend(first..=last);
        }
        let ordinals = Self::new(ordinals).ok()?;
        (ordinals.to_text() == text).then_some(ordinals)
    }
}

/// How many items were asked for, and what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Items in the bundle.
    pub exported: u64,
    /// Items kept back by a decision.
    pub withheld: u64,
    /// Items that could not be exported.
    pub failed: u64,
}

impl Counts {
    /// Counts outcomes.
    pub fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            match outcome {
                Outcome::Exported => counts.exported += 1,
                Outcome::Withheld(_) => counts.withheld += 1,
                Outcome::Failed(_) => counts.failed += 1,
            }
        }
        counts
    }

    /// Items asked for: the sum.
    pub const fn requested(self) -> u64 {
        self.exported.saturating_add(self.withheld).saturating_add(self.failed)
    }

    /// Whether something could not be exported.
    pub const fn completeness(self) -> Completeness {
        if self.failed == 0 { Completeness::Complete } else { Completeness::Partial }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_selection_has_one_spelling() {
        let text = |ordinals: &[u64]| Selection::Entries(Ordinals::new(ordinals.to_vec()).unwrap()).to_text();
        assert_eq!(text(&[0, 1, 2, 3, 7]), "0-3,7");
        assert_eq!(text(&[5]), "5");
        for bad in ["", "1-1", "3,2", "1,2", "1-", "+1", "01", "0-99999999999", "1,1", "2-1", " 1"] {
            assert_eq!(Selection::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_failures_make_a_bundle_partial() {
        let withheld = Counts { exported: 1, withheld: 2, failed: 0 };
        assert_eq!((withheld.requested(), withheld.completeness()), (3, Completeness::Complete));
        assert_eq!(Counts { failed: 1, ..withheld }.completeness(), Completeness::Partial);
    }

    proptest! {
        #[test]
        fn selections_are_read_back(ordinals in proptest::collection::btree_set(0_u64..16_384, 1..200)) {
            let selection = Selection::Entries(Ordinals::new(ordinals.into_iter().collect()).unwrap());
            prop_assert_eq!(Selection::parse(&selection.to_text()), Some(selection));
        }

        #[test]
        fn any_text_is_a_selection_or_none(text in "[0-9,*-]{0,20}") {
            if let Some(selection) = Selection::parse(&text) {
                prop_assert_eq!(selection.to_text(), text);
            }
        }
    }
}
