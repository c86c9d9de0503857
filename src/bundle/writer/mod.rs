//! Writes a bundle: every item in the order of the frozen list, each checked against its ledger
//! entry while it streams by, then the custody entries, then everything that follows from them.
//!
//! After any error the bundle can never be finished, and what lies in the output is no ZIP.

mod closing;
mod container;
mod error;
mod input;
mod items;

use std::io::{self, Read, Seek, Write};

use crate::base::limits::{BUNDLE_ITEMS_MAX, CUSTOM_VALUE_CHARS_MAX, TITLE_CHARS_MAX};
use crate::base::text;
use crate::ledger::checkpoint::{self, Checkpoint, LogKey};
use crate::ledger::entry::decode;
use crate::ledger::proof::to_tlog_proof;
use crate::ledger::tree::{leaf_hash, verify_inclusion};

use super::bag::{BagInfo, DECLARATION_TEXT, fingerprint};
use super::custody::Custody;
use super::entry::{ComponentFacts, ProvenEntry};
use super::frozen::Frozen;
use super::layout::{self, ItemNumber};
use super::openings::Openings;
use super::pages::Pages;
use super::plan::{Outcome, Plan, PlannedItem};
use super::tables::Items;

use container::Container;
pub use error::WriteError;
pub use input::{Finished, LogEntryInput, LogInput, RecordInput, ReleasedDescriptor};

/// Writes one bundle.
pub struct BundleWriter<'k, W: Write + Seek> {
    container: Container<W>,
    key: &'k LogKey,
    plan: Plan,
    frozen: Frozen,
    checkpoint: Checkpoint,
    next_item: usize,
    items: Items,
    openings: Openings,
    custody: Custody,
    custody_entries: u32,
    last_custody_seq: Option<u64>,
}

impl<'k, W: Write + Seek> BundleWriter<'k, W> {
    /// Begins a bundle. `out` must be empty; `key` is the key of the log.
    ///
    /// # Errors
    /// If the plan does not fit the ledger: a checkpoint that is not this key's, an entry
    /// `exported_begun` that is not in the log or freezes another list.
    pub fn begin(out: W, plan: Plan, key: &'k LogKey) -> Result<Self, WriteError> {
        if plan.items.is_empty() || plan.items.len() > BUNDLE_ITEMS_MAX {
            return Err(WriteError::Items { items: plan.items.len() });
        }
        check_lines(&plan)?;
        let checkpoint = checkpoint::open(&plan.checkpoint, &key.vkey())?;
        let begun = decode(&plan.begun.bytes).map_err(|_| WriteError::Begun)?;
        let frozen = Frozen::read(&begun).filter(|frozen| frozen.freezes(plan.name, &plan.items));
        let frozen = frozen.filter(|frozen| frozen.freezes_corrections(&plan.corrections));
        let frozen = frozen.ok_or(WriteError::Begun)?;
        prove(&plan.begun, &checkpoint)?;
        let folder = plan.name.folder(plan.counts().completeness());
        let mut writer = Self {
            container: Container::new(out, folder, frozen.at)?,
            key,
            frozen,
            checkpoint,
            next_item: 0,
            items: Items::new(),
            openings: Openings::default(),
            custody: Custody::default(),
            custody_entries: 0,
            last_custody_seq: None,
            plan,
        };
        let info = writer.info(0, (0, 0));
        let first = Pages { info: &info, frozen: &writer.frozen }.start_here();
        writer.container.file(layout::START_HERE, first.as_bytes())?;
        writer.container.file(layout::DECLARATION, DECLARATION_TEXT.as_bytes())?;
        let numbered = (0..).map(ItemNumber::at).zip(&writer.plan.items);
        for (number, item) in numbered.filter(|(_, item)| item.is_in_custody()) {
            writer.custody.item(number, item.record);
        }
        writer.skip_exceptions();
        Ok(writer)
    }

    /// The item that must be written next; `None` when all are.
    pub fn next_planned(&self) -> Option<&PlannedItem> {
        self.plan.items.get(self.next_item)
    }

    /// Writes the next item: a whole record. `open` gives a reader over each original in turn,
    /// of exactly the bytes that the ledger names.
    ///
    /// # Errors
    /// If anything is not what the plan and the ledger say, or reading or writing fails. The
    /// bundle is then beyond finishing: begin again, with the item planned as failed.
    pub fn record<'r>(
        &mut self,
        input: &RecordInput,
        open: impl FnMut(usize, &ComponentFacts) -> io::Result<Box<dyn Read + 'r>>,
    ) -> Result<(), WriteError> {
        let written = self.write_record(input, open);
        self.poison_on_error(written)
    }

    /// Writes the next item: selected entries of a bulk log.
    ///
    /// # Errors
    /// As [`BundleWriter::record`].
    pub fn log_entries(&mut self, input: &LogInput) -> Result<(), WriteError> {
        let written = self.write_log_entries(input);
        self.poison_on_error(written)
    }

    /// Adds an entry that tells what happened to the items before their list was frozen: readings, links,
    /// amendments and so on. To be called after all items, with ascending positions. The entries of the
    /// items themselves and `exported_begun` are in the bundle anyway and are passed over.
    ///
    /// # Errors
    /// If items are missing, the position does not ascend, or the entry is not in the log.
    pub fn custody(&mut self, entry: &ProvenEntry) -> Result<(), WriteError> {
        let written = self.write_custody_before(entry);
        self.poison_on_error(written)
    }

    fn poison_on_error(&mut self, written: Result<(), WriteError>) -> Result<(), WriteError> {
        if written.is_err() {
            self.container.poison();
        }
        written
    }

    fn write_proof(&mut self, entry: &ProvenEntry, path: String, proof: String) -> Result<(), WriteError> {
        self.container.file(path, &entry.bytes)?;
        let text = to_tlog_proof(entry.seq, &entry.hashes, &self.plan.checkpoint);
        self.container.file(proof, text.as_bytes())
    }

    /// What `bag-info.txt` says, with what is known at the end only.
    fn info(&self, custody: u64, (payload_bytes, payload_files): (u64, u64)) -> BagInfo {
        BagInfo {
            organization: self.plan.organization.clone(),
            description: self.plan.description.clone(),
            created: self.frozen.at,
            name: self.plan.name,
            kind: self.plan.kind,
            counts: self.plan.counts(),
            custody,
            payload_bytes,
            payload_files,
            origin: self.checkpoint.origin.clone(),
            checkpoint_size: self.checkpoint.size,
            fingerprint: fingerprint(&self.key.vkey()).to_hex(),
        }
    }

    /// Passes over the items that are not exported.
    fn skip_exceptions(&mut self) {
        while self.next_planned().is_some_and(|item| item.outcome != Outcome::Exported) {
            self.next_item += 1;
        }
    }

    fn all_items_written(&self) -> Result<(), WriteError> {
        if self.container.is_poisoned() {
            return Err(WriteError::Poisoned);
        }
        match self.next_planned() {
            None => Ok(()),
            Some(_) => Err(WriteError::ItemsMissing { next: ItemNumber::at(self.next_item).to_string() }),
        }
    }
}

/// The plan's texts stand in `bag-info.txt`: one line each, as their types would write them.
fn check_lines(plan: &Plan) -> Result<(), WriteError> {
    let one_line = |field, text: &str, most| match text::label(text, most) {
        Ok(clean) if clean == text => Ok(()),
        _ => Err(WriteError::Line { field }),
    };
    one_line("organization", &plan.organization, TITLE_CHARS_MAX)?;
    match &plan.description {
        Some(description) => one_line("description", description, CUSTOM_VALUE_CHARS_MAX),
        None => Ok(()),
    }
}

/// Checks that the entry lies in the log under the bundle's checkpoint.
fn prove(entry: &ProvenEntry, checkpoint: &Checkpoint) -> Result<(), WriteError> {
    verify_inclusion(entry.seq, checkpoint.size, &leaf_hash(&entry.bytes), &entry.hashes, &checkpoint.root)
        .map_err(|source| WriteError::NotInLog { seq: entry.seq, source })
}
