//! What the entries of a bundle tell, taken together: whether they can all be true. Signature and proofs show
//! that the holder of the key entered them; a log whose entries contradict one another, or say what no
//! archive enters, was not written by an archive.

mod dates;
mod erasures;
mod items;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::base::id::{ApprovalId, RecordId, UserId};
use crate::base::moment::Moment;
use crate::bundle::entry::Captured;
use crate::bundle::frozen::Correction;
use crate::bundle::layout::ItemNumber;
use crate::bundle::plan::{PlannedItem, Selection};
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
    /// What a capture or an amendment brought.
    brought: Option<Brought>,
    erasure: Option<Erasure>,
    /// The approval by which a second person agreed.
    approval: Option<String>,
    /// True if a record that was sealed for its destruction was given back.
    restores: bool,
}

/// What a capture or an amendment brought.
struct Brought {
    version: u64,
    /// Entries of the segment.
    segment: Option<u64>,
    /// The records that it corrects.
    corrects: Vec<Correction>,
}

/// The list of items, as far as it is known: those in the bundle, and the others.
pub(super) struct Listed<'a> {
    pub list: &'a BTreeMap<ItemNumber, (RecordId, u64, Selection)>,
    pub present: &'a BTreeSet<ItemNumber>,
    pub exceptions: &'a [(ItemNumber, PlannedItem)],
}

/// What the entries tell of the records and items of the list.
pub(super) struct Histories {
    /// The newest version of each record of which the custody log tells.
    pub newest: BTreeMap<RecordId, u64>,
    /// The items that are called destroyed, and of whose destruction no entry here tells.
    pub unshown: Vec<ItemNumber>,
}

impl Story {
    /// Entries that were read.
    pub(super) fn entries(&self) -> u64 {
        self.0.len() as u64
    }

    /// Which records correct which others, as captures tell that are here.
    pub(super) fn corrections(&self) -> impl Iterator<Item = Correction> + '_ {
        self.0.values().flat_map(|told| &told.brought).flat_map(|brought| brought.corrects.iter().copied())
    }

    /// Adds an entry, and names what is wrong with it by itself.
    pub(super) fn add(&mut self, seq: u64, path: &str, entry: &Entry, faults: &mut Faults) {
        let mut told = Told {
            path: path.to_owned(),
            at: entry.at,
            kind: entry.kind,
            subject: entry.subject.clone(),
            brought: None,
            erasure: None,
            approval: approval(entry),
            restores: entry.kind == EntryKind::DispositionStep
                && entry.facts.get("step").and_then(Value::as_str) == Some("restored"),
        };
        let mut wrong = Vec::new();
        if !dates::has_year(entry.at) {
            wrong.push(FaultKind::NoSuchDate { fact: "at" });
        }
        match entry.kind {
            EntryKind::Captured | EntryKind::Amended | EntryKind::SegmentCaptured => {
                wrong.extend(dates::faults(entry));
                match Captured::of(seq, entry.clone()) {
                    Ok(captured) => {
                        if !was_made_by_then(&captured) {
                            wrong.push(FaultKind::IdAhead { seq });
                        }
                        told.brought = Some(Brought::by(&captured));
                    }
                    Err(error) => wrong.push(FaultKind::EntryOfOther { error }),
                }
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

    /// Instants ascend with the positions: nothing is entered before what stands before it. And no approval is
    /// used for two steps.
    pub(super) fn instants(&self, faults: &mut Faults) {
        let (mut latest, mut used) = (None, BTreeSet::new());
        for (seq, told) in &self.0 {
            if latest.is_some_and(|latest| told.at < latest) {
                faults.push(Fault::at(&told.path, FaultKind::InstantOrder { seq: *seq }));
            }
            latest = latest.max(Some(told.at));
            if told.approval.as_ref().is_some_and(|approval| !used.insert(approval.as_str())) {
                faults.push(Fault::at(&told.path, FaultKind::ApprovalTwice { seq: *seq }));
            }
        }
    }

    /// What happened to each record of the list, from its beginning, what was erased of it, and whether the
    /// items are such as the ledger has.
    pub(super) fn histories(&self, listed: &Listed<'_>, faults: &mut Faults) -> Histories {
        let records: BTreeMap<String, RecordId> =
            listed.list.values().map(|(record, _, _)| (record.to_string(), *record)).collect();
        let mut histories: BTreeMap<RecordId, History> = BTreeMap::new();
        for (seq, told) in &self.0 {
            let Some(record) = records.get(&told.subject) else { continue };
            let mut fault = |kind| faults.push(Fault::at(&told.path, kind));
            if told.kind.is_about_records() {
                histories.entry(*record).or_default().add(*seq, told, &mut fault);
            } else {
                fault(FaultKind::CustodyKind { seq: *seq, kind: told.kind });
            }
        }
        items::check(listed, &histories, faults);
        Histories {
            unshown: items::unshown(listed, &histories),
            newest: histories.into_iter().map(|(record, history)| (record, history.version)).collect(),
        }
    }
}

impl Brought {
    fn by(captured: &Captured) -> Self {
        let (version, by) = (captured.version, captured.record);
        let corrects = captured.corrects().into_iter().map(|record| Correction { record, by });
        Self {
            version,
            segment: captured.segment.map(|segment| segment.entries),
            corrects: corrects.collect(),
        }
    }
}

/// What happened to one record, so far.
#[derive(Default)]
struct History {
    /// The newest version; 0 before the capture.
    version: u64,
    /// Entries of its segment, and what was erased of them.
    erasures: Erasures,
    /// True once its key was destroyed.
    shredded: bool,
    /// It was sealed for its destruction, and not given back.
    sealed: bool,
}

impl History {
    fn add(&mut self, seq: u64, told: &Told, fault: &mut dyn FnMut(FaultKind)) {
        match told.kind {
            // It begins with the capture, of which there is one, and goes on version by version.
            EntryKind::Captured | EntryKind::SegmentCaptured if self.version == 0 => self.version = 1,
            EntryKind::Amended if self.version > 0 => self.version += 1,
            EntryKind::Captured | EntryKind::SegmentCaptured | EntryKind::Amended => {
                fault(FaultKind::HistoryOrder { seq });
                return;
            }
            _ => {
                if self.version == 0 {
                    fault(FaultKind::HistoryOrder { seq });
                    self.version = 1;
                }
            }
        }
        let of_content = matches!(
            told.kind,
            EntryKind::Amended
                | EntryKind::OriginalRead
                | EntryKind::EntryErased
                | EntryKind::Redacted
                | EntryKind::RecordShredded
        );
        let destroys = told.kind == EntryKind::RecordShredded;
        if self.shredded && of_content {
            fault(FaultKind::AfterShredding { seq });
        } else if of_content && self.sealed != destroys {
            fault(FaultKind::WhileSealed { seq });
        }
        self.shredded |= destroys;
        self.sealed = (self.sealed || told.kind == EntryKind::RecordSealed) && !told.restores;
        if let Some(brought) = &told.brought {
            if brought.version != self.version {
                fault(FaultKind::HistoryOrder { seq });
            }
            if let Some(entries) = brought.segment {
                self.erasures = Erasures::of(entries);
            }
        }
        if let Some(erasure) = &told.erasure {
            let wrong = self.erasures.add(erasure);
            wrong.into_iter().for_each(|fact| fault(FaultKind::ErasureDiffers { fact }));
        }
    }
}

/// True if the ids of record and components, where they tell the time, were made before the entry.
fn was_made_by_then(captured: &Captured) -> bool {
    let at = captured.entry.at;
    let components = captured.components.iter().map(|component| component.component);
    dates::was_made_by(captured.record.as_bytes(), at)
        && components.into_iter().all(|component| dates::was_made_by(component.as_bytes(), at))
}

/// The approval that an erasure or an export used up.
fn approval(entry: &Entry) -> Option<String> {
    if !matches!(entry.kind, EntryKind::EntryErased | EntryKind::ExportBegun) {
        return None;
    }
    entry.facts.get("countersign")?.get("approval")?.as_str().map(str::to_owned)
}

/// What is wrong with who agreed to a step. `alone` says whether it may be taken by one person, and marked so.
fn countersign(entry: &Entry, alone: bool) -> Option<FaultKind> {
    if entry.actor == Actor::System {
        return Some(FaultKind::NobodyActed);
    }
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
