//! Every item: its entry in the log, what `record.json` says, and the originals, each against
//! the other two.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};

use serde_json::{Map, Value};

use crate::base::canonical;
use crate::base::digest::{Digest, Digesting};
use crate::base::id::{ComponentId, RecordId};
use crate::base::limits::{BUNDLE_LIST_BYTES_MAX, BUNDLE_TEXT_BYTES_MAX};
use crate::bundle::custody::Custody;
use crate::bundle::entry::{BadCapture, Captured};
use crate::bundle::frozen::{Correction, Frozen};
use crate::bundle::layout::{self, ItemNumber, Place};
use crate::bundle::openings::Openings;
use crate::bundle::plan::{Ordinals, PlannedItem, Selection};
use crate::bundle::record::{FileSums, RecordParts};
use crate::bundle::segment::EntryProof;
use crate::bundle::tables::Items;
use crate::seal::commitment::commit;

use super::VerifyError;
use super::bag::Sums;
use super::descriptor;
use super::fault::{Fault, FaultKind};
use super::files::Files;
use super::ledger::{Trust, proven};
use super::report::Faults;
use super::story::Story;

/// What the items came to.
#[derive(Default)]
pub(super) struct Checked {
    /// The frozen list, as far as it is known from the items and the exceptions.
    pub list: BTreeMap<ItemNumber, (RecordId, u64, Selection)>,
    /// Items whose entries and texts could be read.
    pub exported: u64,
    /// Numbers of the items that lie in the bundle, readable or not.
    pub present: BTreeSet<ItemNumber>,
    /// `items.csv` as it should be; `None` once an item could not be read.
    pub items: Option<Items>,
    /// `custody.csv` as it should be, while all entries could be read.
    pub custody: Option<Custody>,
    /// What `exceptions.csv` lists, once it was read.
    pub exceptions: Vec<(ItemNumber, PlannedItem)>,
    /// What `corrections.csv` lists, once it was read.
    pub corrections: Option<BTreeSet<Correction>>,
    /// Custody entries read.
    pub custody_entries: u64,
    /// What all entries that were read tell: each is a line of `custody.csv`.
    pub told: Story,
    /// Entries `exported_begun` that name this bundle.
    pub begun: Vec<Begun>,
    accounted: BTreeSet<String>,
}

/// An entry that names this bundle as one that begins.
pub(super) struct Begun {
    /// Its position.
    pub seq: u64,
    /// Where it lies.
    pub path: String,
    /// What it freezes; `None` if it lacks a fact.
    pub frozen: Option<Frozen>,
}

impl Checked {
    /// True if some record, proof or rule of the layout accounts for the file.
    pub(super) fn is_accounted(&self, path: &str) -> bool {
        let by_name = matches!(
            layout::place(path),
            Some(Place::Tag | Place::Custody | Place::Manifest | Place::Signature)
        );
        // Files without a place were refused when the folder was read.
        by_name || layout::place(path).is_none() || self.accounted.contains(path)
    }

    pub(super) fn account(&mut self, path: impl Into<String>) {
        self.accounted.insert(path.into());
    }
}

/// The openings, less and less of them as they are used.
pub(super) fn openings<R: Read + Seek>(
    files: &mut Files<'_, R>,
    faults: &mut Faults,
) -> Result<Openings, VerifyError> {
    let path = layout::OPENINGS;
    let Some(bytes) = files.bytes(path, BUNDLE_LIST_BYTES_MAX, faults)? else {
        return Ok(Openings::default());
    };
    let openings = Openings::parse(&bytes);
    if openings.is_none() {
        faults.push(Fault::at(path, FaultKind::OpeningsUnreadable));
    }
    Ok(openings.unwrap_or_default())
}

/// Checks all items.
pub(super) fn check<R: Read + Seek>(
    files: &mut Files<'_, R>,
    sums: &Sums,
    trust: &Trust,
    mut openings: Openings,
    faults: &mut Faults,
) -> Result<Checked, VerifyError> {
    let mut checked =
        Checked { items: Some(Items::new()), custody: Some(Custody::default()), ..Checked::default() };
    checked.present = files
        .places()
        .filter_map(|(_, place)| match place {
            Place::Record(item) | Place::Proof(item) => Some(item),
            _ => None,
        })
        .collect();
    let mut used = BTreeSet::new();
    for item in checked.present.clone() {
        let mut one = One { files: &mut *files, sums, trust, openings: &openings, used: &mut used, item };
        match one.check(&mut checked, faults)? {
            Some(()) => checked.exported += 1,
            None => (checked.items, checked.custody) = (None, None),
        }
    }
    openings.components.retain(|id, _| !used.contains(id));
    openings.descriptors.retain(|item, _| !checked.present.contains(item));
    let unknown = openings.components.keys().map(ToString::to_string);
    for subject in unknown.chain(openings.descriptors.keys().map(ToString::to_string)) {
        faults.push(Fault::at(layout::OPENINGS, FaultKind::OpeningUnknown { subject }));
    }
    Ok(checked)
}

/// One item under check.
struct One<'a, 'w, R> {
    files: &'a mut Files<'w, R>,
    sums: &'a Sums,
    trust: &'a Trust,
    openings: &'a Openings,
    used: &'a mut BTreeSet<ComponentId>,
    item: ItemNumber,
}

impl<R: Read + Seek> One<'_, '_, R> {
    /// `None`, and faults, if the item cannot be read at all.
    fn check(&mut self, checked: &mut Checked, faults: &mut Faults) -> Result<Option<()>, VerifyError> {
        let item = self.item;
        let path = item.record_json();
        for accounted in [path.clone(), item.entry(), item.proof()] {
            checked.account(accounted);
        }
        let proven = proven(self.files, self.trust, &item.entry(), &item.proof(), faults)?;
        let record = self.files.bytes(&path, BUNDLE_TEXT_BYTES_MAX, faults)?;
        let captured = proven.and_then(|proven| match Captured::read(proven.seq, &proven.bytes) {
            Ok(captured) => Some(captured),
            Err(error) => {
                let kind = match error {
                    BadCapture::Entry(error) => FaultKind::EntryUnreadable { error },
                    error => FaultKind::EntryOfOther { error },
                };
                faults.push(Fault::at(&item.entry(), kind));
                None
            }
        });
        let (Some(captured), Some(bytes)) = (captured, record) else { return Ok(None) };
        let Some(record) = read_object(&bytes) else {
            faults.push(Fault::at(&path, FaultKind::RecordUnreadable));
            return Ok(None);
        };
        let Some(selection) = self.selection(&captured, &record) else {
            faults.push(Fault::at(&path, differs("entries")));
            return Ok(None);
        };
        let Some(files) = self.natives(&captured, &record) else {
            faults.push(Fault::at(&path, differs("components")));
            return Ok(None);
        };
        let descriptor = record.get("descriptor").filter(|value| !value.is_null());
        if descriptor.is_some_and(|descriptor| !descriptor::is_one(descriptor)) {
            faults.push(Fault::at(&path, FaultKind::DescriptorForm));
        }
        let case_reference = record.get("case_reference").and_then(Value::as_str);
        if !descriptor::is_reference(record.get("case_reference")) {
            faults.push(Fault::at(&path, differs("case_reference")));
        }
        let origin = self.trust.checkpoint.as_ref().map_or("", |checkpoint| checkpoint.origin.as_str());
        let parts = RecordParts {
            item,
            origin,
            captured: &captured,
            selection: &selection,
            descriptor,
            case_reference,
            files: &files,
        };
        for field in differing_fields(&parts.to_json(), &record) {
            faults.push(Fault::at(&path, differs(&field)));
        }
        self.descriptor(&captured, descriptor, faults);
        match &selection {
            Selection::All => self.originals(&captured, &files, faults),
            Selection::Entries(ordinals) => {
                checked.account(item.segment());
                self.log_entries(&captured, ordinals, &files, faults)?;
            }
        }
        for file in &files {
            checked.account(file.path.clone());
        }
        if let Some(items) = &mut checked.items {
            items.add(&parts);
        }
        checked.told.add(captured.seq, &item.entry(), &captured.entry, faults);
        if let Some(custody) = &mut checked.custody {
            custody.item(item, captured.record);
            custody.add(captured.seq, &captured.entry, (item.entry(), item.proof()));
        }
        checked.list.insert(item, (captured.record, captured.version, selection));
        Ok(Some(()))
    }

    /// Which entries the item says it holds; only a segment can be held in part.
    fn selection(&self, captured: &Captured, record: &Map<String, Value>) -> Option<Selection> {
        let selection = Selection::parse(record.get("entries")?.as_str()?)?;
        match (&selection, captured.segment) {
            (Selection::All, _) | (Selection::Entries(_), Some(_)) => Some(selection),
            (Selection::Entries(_), None) => None,
        }
    }

    /// The files that hold the components: each at a path of its own place, and each there.
    fn natives(&self, captured: &Captured, record: &Map<String, Value>) -> Option<Vec<FileSums>> {
        let told = record.get("components")?.as_array()?;
        if told.len() != captured.components.len() {
            return None;
        }
        let native = |(index, component): (usize, &Value)| {
            let path = component.get("file")?.get("path")?.as_str()?;
            let own = self.item.is_native(index, path);
            if own { self.sums.get(path).cloned() } else { None }
        };
        told.iter().enumerate().map(native).collect()
    }

    fn descriptor(&self, captured: &Captured, descriptor: Option<&Value>, faults: &mut Faults) {
        let path = self.item.record_json();
        match (descriptor, self.openings.descriptors.get(&self.item)) {
            (None, None) => {}
            (None, Some(_)) => {
                let subject = self.item.to_string();
                faults.push(Fault::at(layout::OPENINGS, FaultKind::OpeningUnknown { subject }));
            }
            (Some(_), None) => faults.push(Fault::at(&path, FaultKind::OpeningMissing)),
            (Some(descriptor), Some(key)) => {
                if commit(key, Digest::of(&canonical::to_bytes(descriptor))) != captured.descriptor {
                    faults.push(Fault::at(&path, FaultKind::CommitmentDiffers));
                }
            }
        }
    }

    fn originals(&mut self, captured: &Captured, files: &[FileSums], faults: &mut Faults) {
        for (component, file) in captured.components.iter().zip(files) {
            if component.bytes != file.bytes {
                let (expected, found) = (component.bytes, file.bytes);
                faults.push(Fault::at(&file.path, FaultKind::SizeDiffers { expected, found }));
            }
            match self.openings.components.get(&component.component) {
                None => faults.push(Fault::at(&file.path, FaultKind::OpeningMissing)),
                Some(key) => {
                    self.used.insert(component.component);
                    if commit(key, file.sha256) != component.commitment {
                        faults.push(Fault::at(&file.path, FaultKind::CommitmentDiffers));
                    }
                }
            }
        }
    }

    /// Each line of the file against its proof and the segment's root.
    fn log_entries(
        &mut self,
        captured: &Captured,
        ordinals: &Ordinals,
        files: &[FileSums],
        faults: &mut Faults,
    ) -> Result<(), VerifyError> {
        let path = self.item.segment();
        let (Some(segment), [file]) = (captured.segment, files) else { return Ok(()) };
        let Some(text) = self.files.bytes(&path, BUNDLE_LIST_BYTES_MAX, faults)? else { return Ok(()) };
        let mut lines = Lines::default();
        self.files.stream(&file.path, faults, &mut |chunk| lines.push(chunk))?;
        let mut entries = lines.finish().into_iter();
        let mut proofs = text.split_inclusive(|byte| *byte == b'\n');
        for (line, ordinal) in (1..).zip(ordinals.as_slice()) {
            let proof = proofs.next().and_then(|line| EntryProof::parse(line.strip_suffix(b"\n")?));
            match (proof, entries.next()) {
                (Some(proof), Some(entry)) if proof.ordinal == *ordinal => {
                    if proof.check(&segment, entry).is_err() {
                        faults.push(Fault::at(&file.path, FaultKind::LogEntryDiffers { line }));
                    }
                }
                _ => faults.push(Fault::at(&path, FaultKind::LogEntryUnreadable { line })),
            }
        }
        if proofs.next().is_some() || entries.next().is_some() {
            let line = ordinals.as_slice().len() as u64 + 1;
            faults.push(Fault::at(&path, FaultKind::LogEntryUnreadable { line }));
        }
        Ok(())
    }
}

/// The digests of the lines of a file that streams by.
#[derive(Default)]
struct Lines {
    line: Digesting,
    open: bool,
    digests: Vec<Digest>,
}

impl Lines {
    fn push(&mut self, chunk: &[u8]) {
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(end) => {
                    self.line.update(end);
                    self.digests.push(std::mem::take(&mut self.line).finish());
                    self.open = false;
                }
                None => {
                    self.line.update(piece);
                    self.open = true;
                }
            }
        }
    }

    /// All lines; a last one without a break counts as one too many.
    fn finish(mut self) -> Vec<Digest> {
        if self.open {
            self.digests.push(Digest::of(b"a line without an end"));
        }
        self.digests
    }
}

fn differs(field: &str) -> FaultKind {
    FaultKind::RecordDiffers { field: super::fault::shown(field) }
}

/// A canonical JSON object.
fn read_object(bytes: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) if canonical::is_canonical(bytes) => Some(object),
        _ => None,
    }
}

fn differing_fields(expected: &Map<String, Value>, found: &Map<String, Value>) -> Vec<String> {
    let keys: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    keys.into_iter().filter(|key| expected.get(*key) != found.get(*key)).cloned().collect()
}
