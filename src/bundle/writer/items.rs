//! The items: whole records, and parts of bulk logs.

use std::io::{self, Read, Seek, Write};

use serde_json::Value;
use zeroize::Zeroizing;

use crate::base::canonical;
use crate::base::digest::Digest;
use crate::bundle::entry::{Captured, ComponentFacts, ProvenEntry};
use crate::bundle::layout::{self, ItemNumber};
use crate::bundle::plan::Selection;
use crate::bundle::record::{FileSums, RecordParts, original_name};
use crate::bundle::segment::EntryProof;
use crate::seal::commitment::commit;

use super::container::Shape;
use super::{BundleWriter, LogInput, RecordInput, ReleasedDescriptor, WriteError, prove};

/// What is told of an item in the archive's sealed words.
struct Words<'a> {
    descriptor: Option<&'a Value>,
    case_reference: Option<&'a str>,
}

impl<W: Write + Seek> BundleWriter<'_, W> {
    pub(super) fn write_record<'r>(
        &mut self,
        input: &RecordInput,
        mut open: impl FnMut(usize, &ComponentFacts) -> io::Result<Box<dyn Read + 'r>>,
    ) -> Result<(), WriteError> {
        let (item, captured) = self.begin_item(&input.entry, &Selection::All)?;
        let descriptor = self.release(item, &captured, input.descriptor.as_ref())?;
        if input.commitment_keys.len() != captured.components.len() {
            return Err(WriteError::CommitmentKeys { item: item.to_string() });
        }
        let mut files = Vec::with_capacity(captured.components.len());
        for (index, (component, key)) in captured.components.iter().zip(&input.commitment_keys).enumerate() {
            let extension =
                layout::extension(original_name(descriptor.as_ref(), index), &component.media_type);
            let shape = Shape {
                path: item.native(index, extension),
                bytes: component.bytes,
                deflate: !layout::is_compressed(extension),
            };
            let mut reader = open(index, component)
                .map_err(|source| WriteError::Source { path: shape.path.clone(), source })?;
            let file = self.container.stream(shape, &mut reader, &mut |_| {})?;
            if commit(key, file.sha256) != component.commitment {
                return Err(WriteError::Commitment { path: file.path });
            }
            self.openings.components.insert(component.component, key.clone());
            files.push(file);
        }
        let words =
            Words { descriptor: descriptor.as_ref(), case_reference: input.case_reference.as_deref() };
        self.end_item(item, &captured, &input.entry, &Selection::All, words, &files)
    }

    pub(super) fn write_log_entries(&mut self, input: &LogInput) -> Result<(), WriteError> {
        let planned = self.next_planned().map(|planned| planned.entries.clone());
        let Some(selection @ Selection::Entries(_)) = planned else { return Err(WriteError::NotPlanned) };
        let (item, captured) = self.begin_item(&input.entry, &selection)?;
        let (Selection::Entries(ordinals), Some(segment)) = (&selection, captured.segment) else {
            return Err(WriteError::NotPlanned);
        };
        if !ordinals.as_slice().iter().eq(input.entries.iter().map(|entry| &entry.ordinal)) {
            return Err(WriteError::NotPlanned);
        }
        let descriptor = self.release(item, &captured, input.descriptor.as_ref())?;
        let (mut lines, mut proofs) = (Zeroizing::new(Vec::new()), Vec::new());
        for entry in &input.entries {
            let proof = EntryProof {
                ordinal: entry.ordinal,
                key: entry.commitment_key.clone(),
                hashes: entry.hashes.clone(),
            };
            let json = entry.json.expose();
            if json.contains(&b'\n') || proof.check(&segment, Digest::of(json)).is_err() {
                return Err(WriteError::LogEntry { item: item.to_string(), ordinal: entry.ordinal });
            }
            lines.extend_from_slice(json);
            lines.push(b'\n');
            proofs.extend_from_slice(&proof.to_line());
            proofs.push(b'\n');
        }
        let shape = Shape { path: item.native(0, "jsonl"), bytes: lines.len() as u64, deflate: true };
        let file = self.container.stream(shape, &mut lines.as_slice(), &mut |_| {})?;
        self.container.file(item.segment(), &proofs)?;
        let words =
            Words { descriptor: descriptor.as_ref(), case_reference: input.case_reference.as_deref() };
        self.end_item(item, &captured, &input.entry, &selection, words, &[file])
    }

    /// Checks that the entry is the one of the next planned item and lies in the log.
    fn begin_item(
        &self,
        entry: &ProvenEntry,
        selection: &Selection,
    ) -> Result<(ItemNumber, Captured), WriteError> {
        if self.container.is_poisoned() {
            return Err(WriteError::Poisoned);
        }
        let captured = Captured::read(entry.seq, &entry.bytes)?;
        let planned = self.next_planned().ok_or(WriteError::NotPlanned)?;
        if planned.record != captured.record
            || planned.version != captured.version
            || planned.entries != *selection
        {
            return Err(WriteError::NotPlanned);
        }
        prove(entry, &self.checkpoint)?;
        Ok((ItemNumber::at(self.next_item), captured))
    }

    /// Takes the descriptor's JSON, if it is the one that the ledger committed to.
    fn release(
        &mut self,
        item: ItemNumber,
        captured: &Captured,
        released: Option<&ReleasedDescriptor>,
    ) -> Result<Option<Value>, WriteError> {
        let Some(released) = released else { return Ok(None) };
        let json = released.descriptor.to_json();
        let digest = Digest::of(&canonical::to_bytes(&json));
        if commit(&released.commitment_key, digest) != captured.descriptor {
            return Err(WriteError::Commitment { path: item.record_json() });
        }
        self.openings.descriptors.insert(item, released.commitment_key.clone());
        Ok(Some(json))
    }

    fn end_item(
        &mut self,
        item: ItemNumber,
        captured: &Captured,
        entry: &ProvenEntry,
        selection: &Selection,
        Words { descriptor, case_reference }: Words<'_>,
        files: &[FileSums],
    ) -> Result<(), WriteError> {
        let origin = self.checkpoint.origin.clone();
        let parts =
            RecordParts { item, origin: &origin, captured, selection, descriptor, case_reference, files };
        self.container.file(item.record_json(), &parts.to_bytes())?;
        self.write_proof(entry, item.entry(), item.proof())?;
        self.items.add(&parts);
        self.custody.add(entry.seq, &captured.entry, (item.entry(), item.proof()));
        self.next_item += 1;
        self.skip_exceptions();
        Ok(())
    }
}
