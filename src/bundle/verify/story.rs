//! What the entries of a bundle tell, taken together: whether they can all be true. Signature and proofs show
//! that the holder of the key entered them; a log whose entries contradict one another, or say what no
//! archive enters, was not written by an archive.

mod dates;
mod erasures;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::base::id::{ApprovalId, RecordId, UserId};
use crate::base::moment::Moment;
use crate::bundle::layout::ItemNumber;
use crate::bundle::plan::Selection;
use crate::ledger::entry::{Actor, Entry, EntryKind};

use super::fault::{Fault, FaultKind};
use super::report::Faults;
use erasures::{Erasure, Erasures};

/// What was told, by the position of the entry.
#[derive(Default)]
pub(super) struct Story(BTreeMap<u64, Told>);

/// What is kept of an entry.
struct Told {
    path: String,
    at: Moment,
    kind: EntryKind,
    subject: String,
    /// The version that a capture or an amendment brought.
    version: Option<u64>,
    /// Entries of the segment that a capture brought.
    segment: Option<u64>,
    erasure: Option<Erasure>,
}

/// The list of items, as far as it is known: those in the bundle, and the others.
pub(super) struct Listed<'a> {
    pub list: &'a BTreeMap<ItemNumber, (RecordId, u64, Selection)>,
    pub present: &'a BTreeSet<ItemNumber>,
}

impl Story {
    /// Entries that were read.
    pub(super) fn entries(&self) -> u64 {
        self.0.len() as u64
    }

    /// Adds an entry, and names what is wrong with it by itself.
    pub(super) fn add(&mut self, seq: u64, path: &str, entry: &Entry, faults: &mut Faults) {
        let number = |name: &str| entry.facts.get(name).and_then(Value::as_u64);
        let mut told = Told {
            path: path.to_owned(),
            at: entry.at,
            kind: entry.kind,
            subject: entry.subject.clone(),
            version: None,
            segment: None,
            erasure: None,
        };
        let mut wrong = Vec::new();
        match entry.kind {
            EntryKind::Captured | EntryKind::Amended | EntryKind::SegmentCaptured => {
                told.version = number("version");
                told.segment = entry.facts.get("segment").and_then(|facts| facts.get("entries")?.as_u64());
                wrong.extend(dates::faults(entry));
            }
            EntryKind::EntryErased => {
                told.erasure = Erasure::read(&entry.facts);
                wrong.extend(countersign(entry, false));
                if told.erasure.is_none() {
                    wrong.push(FaultKind::ErasureDiffers { fact: "entries" });
                }
            }
            EntryKind::ExportBegun => wrong.extend(countersign(entry, true)),
            _ => {}
        }
        for kind in wrong {
            faults.push(Fault::at(path, kind));
        }
        self.0.entry(seq).or_insert(told);
    }

    /// Instants ascend with the positions: nothing is entered before what stands before it.
    pub(super) fn instants(&self, faults: &mut Faults) {
        let mut latest = None;
        for (seq, told) in &self.0 {
            if latest.is_some_and(|latest| told.at < latest) {
                faults.push(Fault::at(&told.path, FaultKind::InstantOrder { seq: *seq }));
            }
            latest = latest.max(Some(told.at));
        }
    }

    /// What happened to each record of the list, from its beginning, and what was erased of it.
    pub(super) fn histories(&self, listed: &Listed<'_>, faults: &mut Faults) {
        let records: BTreeSet<String> =
            listed.list.values().map(|(record, _, _)| record.to_string()).collect();
        let mut versions: BTreeMap<&str, u64> = BTreeMap::new();
        let mut erasures: BTreeMap<&str, Erasures> = BTreeMap::new();
        for (seq, told) in self.0.iter().filter(|(_, told)| records.contains(&told.subject)) {
            let mut fault = |kind| faults.push(Fault::at(&told.path, kind));
            if !told.kind.is_about_records() {
                fault(FaultKind::CustodyKind { seq: *seq, kind: told.kind });
                continue;
            }
            let subject = told.subject.as_str();
            let version = versions.entry(subject).or_default();
            match told.kind {
                // It begins with the capture, of which there is one, and goes on version by version.
                EntryKind::Captured | EntryKind::SegmentCaptured if *version == 0 => *version = 1,
                EntryKind::Amended if *version > 0 => *version += 1,
                EntryKind::Captured | EntryKind::SegmentCaptured | EntryKind::Amended => {
                    fault(FaultKind::HistoryOrder { seq: *seq });
                    continue;
                }
                _ => {
                    if *version == 0 {
                        fault(FaultKind::HistoryOrder { seq: *seq });
                        *version = 1;
                    }
                }
            }
            if told.version.is_some_and(|told| told != *version) {
                fault(FaultKind::HistoryOrder { seq: *seq });
            }
            if let Some(entries) = told.segment {
                erasures.insert(subject, Erasures::of(entries));
            }
            if let Some(erasure) = &told.erasure {
                let wrong = erasures.entry(subject).or_default().add(erasure);
                wrong.into_iter().for_each(|fact| fault(FaultKind::ErasureDiffers { fact }));
            }
        }
        for item in listed.present {
            let Some((record, _, selection)) = listed.list.get(item) else { continue };
            let gone = erasures.get(record.to_string().as_str());
            if let Some(entry) = gone.and_then(|gone| gone.first_of(selection)) {
                faults.push(Fault::at(&item.record_json(), FaultKind::ErasedExported { entry }));
            }
        }
    }
}

/// What is wrong with who agreed to a step. `alone` says whether it may be taken by one person, and marked so.
fn countersign(entry: &Entry, alone: bool) -> Option<FaultKind> {
    let fact = entry.facts.get("countersign");
    if alone && fact.and_then(Value::as_str) == Some("not_countersigned") {
        return None;
    }
    let Some(by) = fact.and_then(Value::as_object).and_then(countersigned_by) else {
        return Some(FaultKind::CountersignForm);
    };
    (entry.actor == Actor::User(by)).then_some(FaultKind::CountersignSelf)
}

/// Who agreed, by an approval: both are named, and nothing else is.
fn countersigned_by(fact: &Map<String, Value>) -> Option<UserId> {
    ApprovalId::parse(fact.get("approval")?.as_str()?).ok()?;
    let by = UserId::parse(fact.get("by")?.as_str()?).ok()?;
    (fact.len() == 2).then_some(by)
}
