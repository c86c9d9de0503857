//! What follows the items: custody entries, tables, manifests and the signature.

use std::io::{Seek, Write};

use crate::base::digest::{Digest, Digesting};
use crate::bundle::bag::{Algorithm, manifest_line, signed_lines};
use crate::bundle::entry::ProvenEntry;
use crate::bundle::frozen::FrozenCustody;
use crate::bundle::layout::{self, CustodyNumber, ItemNumber};
use crate::bundle::pages::Pages;
use crate::bundle::tables::{self, Items};
use crate::ledger::entry::decode;
use crate::ledger::statement;

use super::{BundleWriter, Finished, WriteError, prove};

impl<W: Write + Seek> BundleWriter<'_, W> {
    /// Completes the bundle: tables, proofs' openings, manifests and signature.
    ///
    /// # Errors
    /// If planned items or frozen custody entries are missing, an earlier call failed, or writing fails.
    pub fn finish(mut self) -> Result<(W, Finished), WriteError> {
        self.all_items_written()?;
        self.write_begun()?;
        self.custody_is_the_frozen_one()?;
        let (custody, items) = (self.custody.to_bytes(), std::mem::replace(&mut self.items, Items::new()));
        self.container.file(layout::CUSTODY, &custody)?;
        self.container.file(layout::ITEMS, &items.into_bytes())?;
        let numbered = (0..).map(ItemNumber::at).zip(&self.plan.items);
        self.container.file(layout::EXCEPTIONS, &tables::exceptions(numbered))?;
        self.container.file(layout::CORRECTIONS, &tables::corrections(&self.plan.corrections))?;
        self.container.file(layout::CHECKPOINT, self.plan.checkpoint.as_bytes())?;
        self.container.file(layout::VKEY, format!("{}\n", self.key.vkey()).as_bytes())?;
        self.container.file(layout::OPENINGS, &self.openings.to_bytes())?;
        let (payload_bytes, payload_files) = self.payload();
        let info = self.info(u64::from(self.custody_entries), (payload_bytes, payload_files));
        let pages = Pages { info: &info, frozen: &self.frozen }.all();
        // The first page was the first file of the ZIP.
        for (path, text) in pages.iter().filter(|(path, _)| *path != layout::START_HERE) {
            self.container.file(*path, text.as_bytes())?;
        }
        self.container.file(layout::BAG_INFO, info.to_text().as_bytes())?;
        let digest = self.write_manifests()?;
        let finished = Finished {
            file_name: self.plan.name.file_name(self.plan.counts().completeness()),
            counts: self.plan.counts(),
            files: self.container.sums().len() as u64,
            payload_bytes,
            digest,
        };
        Ok((self.container.finish()?, finished))
    }

    pub(super) fn write_custody_before(&mut self, entry: &ProvenEntry) -> Result<(), WriteError> {
        self.all_items_written()?;
        if self.last_custody_seq.is_some_and(|last| entry.seq <= last) {
            return Err(WriteError::CustodyOrder { seq: entry.seq });
        }
        self.last_custody_seq = Some(entry.seq);
        if entry.seq == self.plan.begun.seq || self.custody.has(entry.seq) {
            return Ok(());
        }
        if entry.seq > self.plan.begun.seq {
            self.write_begun()?;
        }
        self.write_custody(entry)
    }

    /// The entries that were handed over are those that the list was frozen with: not one fewer, and none
    /// that came later or is about something else.
    fn custody_is_the_frozen_one(&self) -> Result<(), WriteError> {
        let told = FrozenCustody::new(self.frozen.custody.size, self.custody.about_items());
        let others = self.custody.about_others().any(|seq| seq != self.plan.begun.seq);
        if others || told != self.frozen.custody { Err(WriteError::Custody) } else { Ok(()) }
    }

    fn write_begun(&mut self) -> Result<(), WriteError> {
        if self.custody.has(self.plan.begun.seq) {
            return Ok(());
        }
        let begun = self.plan.begun.clone();
        self.write_custody(&begun)
    }

    fn write_custody(&mut self, entry: &ProvenEntry) -> Result<(), WriteError> {
        let decoded = decode(&entry.bytes).map_err(|error| WriteError::Entry(error.into()))?;
        prove(entry, &self.checkpoint)?;
        self.custody_entries += 1;
        let number = CustodyNumber(self.custody_entries);
        self.write_proof(entry, number.entry(), number.proof())?;
        self.custody.add(entry.seq, &decoded, (number.entry(), number.proof()));
        Ok(())
    }

    fn payload(&self) -> (u64, u64) {
        let payload = || self.container.sums().iter().filter(|file| file.path.starts_with("data/"));
        (payload().map(|file| file.bytes).sum(), payload().count() as u64)
    }

    /// Manifests over the payload, tag manifests over all else, and the signature over those.
    fn write_manifests(&mut self) -> Result<Digest, WriteError> {
        for algorithm in Algorithm::ALL {
            let text = self.manifest(algorithm, true);
            self.container.file(algorithm.manifest(), text.as_bytes())?;
        }
        // Both are made before either is written: tag manifests do not list each other.
        let tags = Algorithm::ALL.map(|algorithm| (algorithm, self.manifest(algorithm, false)));
        let mut digests = Digesting::new();
        for (algorithm, text) in tags {
            if algorithm == Algorithm::Sha512 {
                digests.update(text.as_bytes());
            }
            self.container.file(algorithm.tag_manifest(), text.as_bytes())?;
        }
        let signed = self.container.sums().last().map(|file| file.sha512).unwrap_or([0; 64]);
        let lines = signed_lines(self.plan.name, &signed);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let note =
            statement::sign(self.key, statement::Subject::Bundle, &lines).map_err(|_| WriteError::Begun)?;
        self.container.file(layout::SIGNATURE, note.as_bytes())?;
        Ok(digests.finish())
    }

    fn manifest(&self, algorithm: Algorithm, payload: bool) -> String {
        let files = self.container.sums().iter().filter(|file| file.path.starts_with("data/") == payload);
        files
            .map(|file| match algorithm {
                Algorithm::Sha256 => manifest_line(file.sha256.as_bytes(), &file.path),
                Algorithm::Sha512 => manifest_line(&file.sha512, &file.path),
            })
            .collect()
    }
}
