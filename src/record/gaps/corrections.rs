//! What a correction does: a record that a later one corrects stays in the archive and in the chain, and the
//! later one is judged in its place.
//!
//! A link *corrects* counts between records of one kind and subkind, where the correcting one lies in the case
//! that is judged, or both lie elsewhere: otherwise a gap could be made to go by calling a complaint a
//! chat, or by correcting it in a case that nobody looks at. Records that correct each other in a circle
//! all stand as they are. A correction whose key is destroyed corrects nothing any more.
//!
//! What others say of the corrected record they say of the correcting one: links that lead to it, and the
//! names under which log entries mean it. What the corrected record itself said (its own links, fields,
//! entries) is said no more: a correction is whole.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::RecordFacts;
use super::gap::{Gap, GapCode};
use crate::base::id::RecordId;
use crate::record::lineage::{Link, LinkKind};

/// A gap that a corrected record showed, and that does not show once its correction is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectedGap {
    /// The gap, as it would stand without the correction.
    pub gap: Gap,
    /// The records that correct the one in which it showed; all that correct something, where it showed in
    /// the case as a whole or in a record that is not corrected itself.
    pub by: Vec<RecordId>,
}

/// Which records are corrected, and by which.
pub(super) struct Corrections(BTreeMap<RecordId, BTreeSet<RecordId>>);

impl Corrections {
    /// The corrections among the records: each corrected one with those that stand in the end, where a
    /// correction is corrected in turn.
    pub(super) fn among(records: &[RecordFacts]) -> Self {
        let known: BTreeMap<RecordId, &RecordFacts> =
            records.iter().map(|record| (record.id, record)).collect();
        let mut direct: BTreeMap<RecordId, BTreeSet<RecordId>> = BTreeMap::new();
        for record in records {
            for to in record.linked(LinkKind::Corrects) {
                let counts = known.get(&to).is_some_and(|corrected| {
                    corrected.kind == record.kind && (record.in_case || !corrected.in_case)
                });
                if counts {
                    direct.entry(to).or_default().insert(record.id);
                }
            }
        }
        let circular: Vec<RecordId> =
            direct.keys().copied().filter(|id| reached(&direct, *id).contains(id)).collect();
        direct.retain(|id, _| !circular.contains(id));
        let stands = |id: &RecordId| !direct.contains_key(id);
        let ends = |id: &RecordId| reached(&direct, *id).into_iter().filter(stands).collect();
        Self(direct.keys().map(|id| (*id, ends(id))).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The records that correct this one; none if it stands.
    pub(super) fn of(&self, id: RecordId) -> Option<&BTreeSet<RecordId>> {
        self.0.get(&id)
    }

    /// Every record that stands in another's place.
    pub(super) fn correcting(&self) -> BTreeSet<RecordId> {
        self.0.values().flatten().copied().collect()
    }

    /// The records that stand, with what others say of those that do not.
    pub(super) fn applied(&self, records: &[RecordFacts]) -> Vec<RecordFacts> {
        let mut names: BTreeMap<RecordId, Vec<String>> = BTreeMap::new();
        for record in records {
            for by in self.0.get(&record.id).into_iter().flatten() {
                let known = names.entry(*by).or_default();
                known.push(record.id.to_string());
                known.extend(record.references.iter().cloned());
            }
        }
        let standing = records.iter().filter(|record| !self.0.contains_key(&record.id));
        standing
            .map(|record| {
                let mut record = record.clone();
                record.references.extend(names.remove(&record.id).unwrap_or_default());
                record.links = record.links.iter().flat_map(|link| self.moved(*link)).collect();
                record
            })
            .collect()
    }

    /// The records as they were before any of them was corrected.
    pub(super) fn undone(&self, records: &[RecordFacts]) -> Vec<RecordFacts> {
        let ends = self.correcting();
        let corrects = |record: &RecordFacts| {
            let takes_part = ends.contains(&record.id) || self.0.contains_key(&record.id);
            takes_part && record.linked(LinkKind::Corrects).any(|to| self.0.contains_key(&to))
        };
        records.iter().filter(|record| !corrects(record)).cloned().collect()
    }

    /// A link to a corrected record leads to those that stand in its place.
    fn moved(&self, link: Link) -> Vec<Link> {
        match self.0.get(&link.to) {
            Some(by) if link.kind != LinkKind::Corrects => {
                by.iter().map(|to| Link { to: *to, ..link }).collect()
            }
            Some(_) | None => vec![link],
        }
    }
}

/// All that correct `id`, and all that correct those.
fn reached(direct: &BTreeMap<RecordId, BTreeSet<RecordId>>, id: RecordId) -> BTreeSet<RecordId> {
    let (mut found, mut open) = (BTreeSet::new(), vec![id]);
    while let Some(next) = open.pop() {
        for by in direct.get(&next).into_iter().flatten() {
            if found.insert(*by) {
                open.push(*by);
            }
        }
    }
    found
}

/// The gaps among `before` that the corrections closed: those that do not stand `after`, and do not stand
/// in a correcting record instead.
pub(super) fn closed(corrections: &Corrections, before: Vec<Gap>, after: &[Gap]) -> Vec<CorrectedGap> {
    let standing: BTreeSet<_> = after.iter().map(Gap::identity).map(|identity| identity.to_hex()).collect();
    before
        .into_iter()
        .filter(|gap| !standing.contains(&gap.identity().to_hex()))
        .filter_map(|gap| {
            let by = gap.record.and_then(|record| corrections.of(record));
            let moved = |other: &Gap| {
                let there = other.record.zip(by).is_some_and(|(record, by)| by.contains(&record));
                let same = other.key() == gap.key() && other.about() == gap.about();
                // A log without a confirmation of its own is held against the latest one: it may be another now.
                there && same || gap.code == GapCode::G6 && other.cause == gap.cause
            };
            if after.iter().any(moved) {
                return None;
            }
            let by = by.cloned().unwrap_or_else(|| corrections.correcting());
            Some(CorrectedGap { gap, by: by.into_iter().collect() })
        })
        .collect()
}
