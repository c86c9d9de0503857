//! Reads a bulk log of which entries are to be erased, and works out what is left of it. Nothing is written.

use std::collections::BTreeSet;
use std::io::Read as _;

use zeroize::Zeroizing;

use crate::archive::detection::Looked;
use crate::archive::indexing::Documents;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::segment::{OpenedTable, SegmentTable};
use crate::archive::version::{descriptor_context, offsets_context};
use crate::archive::{Inner, descriptors};
use crate::base::digest::Digest;
use crate::base::secret::SecretBytes;
use crate::ledger::tree::small_root;
use crate::record::feed::{EntrySummary, LogEntry, Summarizing};
use crate::redaction::{self, Settings};
use crate::seal::cell;
use crate::seal::commitment::{CommitmentKey, commit};
use crate::store::Conn;
use crate::store::rows::components::{self, ComponentRow};
use crate::store::rows::records::RecordRow;
use crate::store::rows::segments::{self, SegmentRow};
use crate::store::rows::versions::{self, VersionRow};

/// A bulk log as it stands, and what is left of it without some entries.
pub(super) struct Rewriting {
    pub record: RecordRow,
    pub version: VersionRow,
    pub component: ComponentRow,
    /// What the descriptor says; it stays.
    pub descriptor: SecretBytes,
    /// The key of the commitment to it; it stays too.
    pub descriptor_key: CommitmentKey,
    /// Entries that go.
    pub gone: BTreeSet<u64>,
    pub left: Left,
    /// The words that the index has of the log, those of the entries that go among them.
    pub documents: Documents,
    /// The places of personal data, and the subjects.
    pub looked: Looked,
}

/// What is left of a bulk log.
pub(super) struct Left {
    pub table: SegmentTable,
    pub summary: EntrySummary,
    pub payload: Zeroizing<Vec<u8>>,
    /// How many entries.
    pub entries: u64,
}

impl Rewriting {
    /// Reads the log, whole, and makes sure that it is the one that the ledger speaks of.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if it is not, [`Refusal::NoKey`] on a node that cannot read.
    pub(super) fn read(
        inner: &Inner,
        conn: &mut Conn,
        record: RecordRow,
        gone: &BTreeSet<u64>,
    ) -> Result<Self, Refusal> {
        let keys = inner.keys();
        let damaged = || Refusal::Damaged(Thing::Record);
        let version = versions::get(conn, record.id, record.version)?.ok_or_else(damaged)?;
        let segment = segments::get(conn, record.id)?.ok_or(Refusal::NotFound(Thing::Entry))?;
        let component = components::of_version(conn, record.id, record.version)?.into_iter().next();
        let component = component.ok_or_else(damaged)?;
        let version_keys = descriptors::version_keys(&keys, conn, record.id, record.version)?;
        // Held against its commitment.
        descriptors::open(&version_keys, &version)?;
        let context = descriptor_context(record.id, record.version);
        let descriptor = cell::open_under(&version_keys.key, &context, &version.descriptor)?;
        let context = offsets_context(record.id, record.version);
        let table = cell::open_under(&version_keys.key, &context, &segment.offsets)?;
        let OpenedTable { table, summary } = SegmentTable::parse(table.expose()).ok_or_else(damaged)?;
        let source = inner.source(&keys, conn, &component)?;
        let segment_key = source.header.commitment_key.clone();
        // Of its final size from the start: growing would leave plaintext behind.
        let bytes = usize::try_from(component.bytes).map_err(|_| damaged())?;
        let mut plain = Zeroizing::new(vec![0; bytes]);
        let mut opening = source.open(&keys)?;
        opening.read_exact(&mut plain).map_err(|error| Refusal::Io { what: "read the log", error })?;
        if commit(&segment_key, Digest::of(&plain)).digest() != component.commitment {
            return Err(damaged());
        }
        let log = Log { segment: &segment, segment_key: &segment_key, table: &table, plain: &plain };
        let left = log.without(gone, &version, summary)?;
        let documents = inner.indexing.standing(conn, &record)?;
        let looked = inner.detection.standing(conn, &record)?;
        let (gone, descriptor_key) = (gone.clone(), version_keys.commitment_key.clone());
        Ok(Self { record, version, component, descriptor, descriptor_key, gone, left, documents, looked })
    }
}

/// The log as it stands, opened.
struct Log<'a> {
    segment: &'a SegmentRow,
    segment_key: &'a CommitmentKey,
    table: &'a SegmentTable,
    plain: &'a [u8],
}

impl Log<'_> {
    /// What is left, and of `said`, the summary of the whole log.
    fn without(
        &self,
        gone: &BTreeSet<u64>,
        version: &VersionRow,
        said: EntrySummary,
    ) -> Result<Left, Refusal> {
        let damaged = || Refusal::Damaged(Thing::Record);
        let made = self.table.without(gone, self.segment_key, self.plain);
        let (table, payload) = made.ok_or_else(damaged)?;
        // Before and after, the leaves are those that were entered with the segment.
        for leaves in
            [self.table.leaves(self.segment_key, self.plain), table.leaves(self.segment_key, &payload)]
        {
            let root = Digest::from_bytes(*small_root(&leaves.ok_or_else(damaged)?).as_bytes());
            if root != self.segment.root {
                return Err(damaged());
            }
        }
        let (mut summary, mut entries) = (Summarizing::new(version.zone), 0);
        for ordinal in 0..table.len() as u64 {
            if let Some(entry) = table.entry(&payload, ordinal) {
                summary.add(&LogEntry::from_canonical(entry).ok_or_else(damaged)?);
                entries += 1;
            }
        }
        let summary = said.after_erasure(&summary.take(), without_personal_data);
        Ok(Left { table, summary, payload, entries })
    }
}

/// A purpose, an operation, a system: whom somebody wrote into it is taken out.
fn without_personal_data(word: &str) -> String {
    let mut spans = redaction::detect(word, &Settings::default()).into_iter().peekable();
    let mut masked = String::with_capacity(word.len());
    for (position, c) in word.chars().enumerate() {
        while spans.next_if(|span| span.end <= position).is_some() {}
        match spans.peek() {
            Some(span) if span.start == position => {
                masked.push('[');
                masked.push_str(span.kind.as_str());
                masked.push(']');
            }
            Some(span) if span.start < position => {}
            Some(_) | None => masked.push(c),
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::without_personal_data;

    #[test]
    fn whom_a_purpose_names_is_taken_out_of_it_and_the_purpose_stays() {
        assert_eq!(without_personal_data("回访"), "回访");
        let masked = without_personal_data("回访手机13812345678，退款");
        assert!(masked.starts_with("回访手机[") && masked.ends_with("，退款"), "{masked}");
        assert!(!masked.contains("138"), "{masked}");
    }
}
