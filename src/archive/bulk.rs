//! Captures processing logs in bulk (数据处理日志): a stream of entries becomes segments, each one
//! sealed payload with one ledger entry; every log entry stays addressable, searchable and
//! provable by itself through the RFC 6962 root over the entries' commitments.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use chrono::Datelike as _;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::limits::{FAULTS_MAX, SEGMENT_BYTES_MAX, SEGMENT_ENTRIES_MAX};
use crate::base::moment::Moment;
use crate::ledger::tree::{Hash, leaf_hash, small_root};
use crate::record::feed::{EntryFault, EntryFormat, EntryReader, LogEntry, Summarizing};
use crate::record::kind::Kind;
use crate::record::occurred::Occurred;
use crate::record::request::Capture;
use crate::seal::commitment::{CommitmentKey, commit};

use super::acting::Warrant;
use super::caller::Caller;
use super::origin::Origin;
use super::receipt::Receipt;
use super::refusal::{Refusal, Thing};
use super::segment::SegmentTable;
use super::stage::{Declared, Intake, Staged};
use super::version::{Draft, SegmentDraft};
use super::{Archive, Inner, Watch};

/// The media type of a segment's payload: one canonical JSON object per line.
pub const SEGMENT_MEDIA_TYPE: &str = "application/x-ndjson";

/// Months whose segments grow at the same time; logs that jump about more close some early.
const MONTHS_OPEN_MAX: usize = 24;
/// Bytes read from the stream at once.
const READ_BYTES: usize = 256 * 1024;

/// What a faulty line means for the lines around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFault {
    /// Nothing is captured.
    CaptureNothing,
    /// The entries before the first fault are captured.
    KeepBefore,
}

/// What became of a bulk log.
#[derive(Debug)]
pub struct BulkReceipt {
    /// One receipt per segment.
    pub segments: Vec<Receipt>,
    /// Entries captured.
    pub entries: u64,
    /// The first fault, where the entries before it were kept.
    pub fault: Option<EntryFault>,
}

/// What the stream is.
#[derive(Debug, Clone, Copy)]
pub struct BulkOptions {
    /// JSONL or CSV.
    pub format: EntryFormat,
    /// What a faulty line means.
    pub on_fault: OnFault,
}

impl Archive {
    /// Captures a stream of log entries. `capture` describes what all segments share.
    ///
    /// # Errors
    /// [`Refusal::Entries`] if the log is refused as a whole: with the first [`FAULTS_MAX`] faults, and how many
    /// there are besides.
    pub fn capture_entries(
        &self,
        caller: &Caller,
        capture: Capture,
        options: BulkOptions,
        stream: &mut dyn Read,
    ) -> Result<BulkReceipt, Refusal> {
        let own = Target::of_user(caller.user());
        let create = (Action::Create, Resource::Record);
        let may = caller.warrant(create, Some(&own), Thing::Record, self.inner.now())?;
        if capture.kind != Kind::ProcessingLog {
            return Err(Refusal::WrongState);
        }
        let inner = &self.inner;
        let watch = Watch::new(inner, caller, may.clone());
        let mut bulk = Bulk::new(self, capture, options, watch);
        bulk.read(stream)?;
        if options.on_fault == OnFault::CaptureNothing && !bulk.faults.is_empty() {
            return Err(Refusal::Entries { faults: bulk.faults, more: bulk.more_faults });
        }
        bulk.close_all()?;
        if bulk.closed.is_empty() {
            return Err(match bulk.faults.is_empty() {
                true => Refusal::from(super::refusal::ContentFault::Empty),
                false => Refusal::Entries { faults: bulk.faults, more: bulk.more_faults },
            });
        }
        let (faults, drafts, sources) = bulk.into_drafts(inner, caller)?;
        let segments = self.commit_segments(caller, may.and(sources), drafts)?;
        let entries = segments.iter().filter_map(|receipt| receipt.entries).sum();
        Ok(BulkReceipt { segments, entries, fault: faults.into_iter().next() })
    }

    /// Writes all segments in one transaction: a crash leaves all of them or none.
    fn commit_segments(
        &self,
        caller: &Caller,
        may: Warrant,
        drafts: Vec<(Draft, Origin)>,
    ) -> Result<Vec<Receipt>, Refusal> {
        let origins: Vec<Origin> = drafts.iter().map(|(_, origin)| origin.clone()).collect();
        let inner = Arc::clone(&self.inner);
        let written = self.inner.write_as(caller, may, move |tx, caller| {
            let mut outcomes = Vec::with_capacity(drafts.len());
            for (draft, _) in drafts {
                outcomes.push((draft.write(&inner, tx, caller)?, tx.entered()));
            }
            Ok(outcomes)
        });
        match written.map_err(Refusal::from) {
            Ok(written) => {
                self.inner.indexing.ring();
                self.inner.detection.ring();
                let place = |(outcome, entered): (super::version::Outcome, u64)| {
                    outcome.acknowledge(written.first_seq + entered - 1, written.checkpoint_size)
                };
                Ok(written.value.into_iter().map(place).collect())
            }
            Err(Refusal::CapturedMeanwhile) => {
                let again =
                    |origin: &Origin| self.earlier(caller, origin)?.ok_or(Refusal::IdempotencyConflict);
                origins.iter().map(again).collect()
            }
            Err(other) => Err(other),
        }
    }
}

/// A bulk log on its way in: one open segment per month.
struct Bulk<'a> {
    archive: &'a Archive,
    capture: Capture,
    options: BulkOptions,
    watch: Watch,
    open: BTreeMap<(i32, u32), Segment>,
    closed: Vec<ClosedSegment>,
    faults: Vec<EntryFault>,
    /// Faults beyond those that are listed.
    more_faults: u64,
}

/// A segment that still grows.
struct Segment {
    intake: Intake,
    commitment_key: CommitmentKey,
    table: SegmentTable,
    summary: Summarizing,
    leaves: Vec<Hash>,
    bytes: usize,
    first_at: Moment,
    last_at: Moment,
}

/// A segment whose payload is sealed and durable.
struct ClosedSegment {
    staged: Staged,
    draft: SegmentDraft,
}

impl<'a> Bulk<'a> {
    fn new(archive: &'a Archive, capture: Capture, options: BulkOptions, watch: Watch) -> Self {
        Self {
            archive,
            capture,
            options,
            watch,
            open: BTreeMap::new(),
            closed: Vec::new(),
            faults: Vec::new(),
            more_faults: 0,
        }
    }

    /// Reads the stream to its end, or to the first fault where the entries before it are kept.
    fn read(&mut self, stream: &mut dyn Read) -> Result<(), Refusal> {
        let zone = self.capture.occurred.zone;
        let mut reader = EntryReader::new(self.options.format, zone);
        let mut buffer = vec![0; READ_BYTES];
        loop {
            self.watch.look()?;
            let count =
                stream.read(&mut buffer).map_err(|error| Refusal::Io { what: "read the log", error })?;
            match buffer.get(..count) {
                Some(bytes) if !bytes.is_empty() => reader.push(bytes),
                _ => reader.finish(),
            }
            while let Some(entry) = reader.next_entry() {
                match entry {
                    // After a fault that refuses all, only further faults are looked for.
                    Ok(entry) if self.faults.is_empty() => self.add(entry, zone)?,
                    Ok(_) => {}
                    Err(fault) if self.faults.len() < FAULTS_MAX => {
                        self.faults.push(fault);
                        if self.options.on_fault == OnFault::KeepBefore {
                            return Ok(());
                        }
                    }
                    Err(_) => self.more_faults += 1,
                }
            }
            if count == 0 {
                return Ok(());
            }
        }
    }

    fn add(&mut self, entry: LogEntry, zone: Zone) -> Result<(), Refusal> {
        let month = CivilDate::of(entry.at, zone).map_or((0, 0), |date| {
            let date = date.to_naive();
            (date.year(), date.month())
        });
        if !self.open.contains_key(&month) {
            if self.open.len() >= MONTHS_OPEN_MAX
                && let Some((_, oldest)) = self.open.pop_first()
            {
                self.closed.push(oldest.close()?);
            }
            self.open.insert(month, Segment::begin(self.archive, entry.at, zone)?);
        }
        let Some(segment) = self.open.get_mut(&month) else { return Ok(()) };
        segment.add(entry)?;
        if segment.is_full()
            && let Some(segment) = self.open.remove(&month)
        {
            self.closed.push(segment.close()?);
        }
        Ok(())
    }

    fn close_all(&mut self) -> Result<(), Refusal> {
        while let Some((_, segment)) = self.open.pop_first() {
            self.closed.push(segment.close()?);
        }
        Ok(())
    }

    /// One draft per segment, each known again by the request's key and its number.
    #[allow(clippy::type_complexity, reason = "named by its one caller")]
    fn into_drafts(
        self,
        inner: &Inner,
        caller: &Caller,
    ) -> Result<(Vec<EntryFault>, Vec<(Draft, Origin)>, Warrant), Refusal> {
        let mut drafts = Vec::with_capacity(self.closed.len());
        let mut sources = Warrant::entry();
        for (number, closed) in self.closed.into_iter().enumerate() {
            let mut capture = self.capture.clone();
            capture.occurred = Occurred {
                on: CivilDate::of(closed.draft.first_at, capture.occurred.zone)
                    .unwrap_or(capture.occurred.on),
                at: Some(closed.draft.first_at),
                zone: capture.occurred.zone,
            };
            let staged = vec![closed.staged];
            let mut origin = inner.origin(caller, &capture, &staged, Some(number))?;
            sources = sources.and(self.archive.permit_source(caller, &mut origin)?);
            let draft = Draft::new(inner, caller, capture, staged, origin.clone()).with_segment(closed.draft);
            drafts.push((draft, origin));
        }
        Ok((self.faults, drafts, sources))
    }
}

impl Segment {
    fn begin(archive: &Archive, at: Moment, zone: Zone) -> Result<Self, Refusal> {
        Ok(Self {
            intake: archive.begin_content(Declared::default())?,
            commitment_key: CommitmentKey::generate(archive.inner.entropy.as_ref()),
            table: SegmentTable::default(),
            summary: Summarizing::new(zone),
            leaves: Vec::new(),
            bytes: 0,
            first_at: at,
            last_at: at,
        })
    }

    fn add(&mut self, entry: LogEntry) -> Result<(), Refusal> {
        self.summary.add(&entry);
        self.first_at = self.first_at.min(entry.at);
        self.last_at = self.last_at.max(entry.at);
        let mut line = entry.into_canonical();
        self.leaves.push(entry_leaf(&self.commitment_key.for_ordinal(self.leaves.len() as u64), &line));
        line.push(b'\n');
        self.bytes += line.len();
        self.table.push(self.bytes);
        self.intake.write(&line)
    }

    fn is_full(&self) -> bool {
        self.bytes >= SEGMENT_BYTES_MAX - crate::base::limits::BULK_LINE_BYTES_MAX
            || self.leaves.len() >= SEGMENT_ENTRIES_MAX
    }

    fn close(mut self) -> Result<ClosedSegment, Refusal> {
        let draft = SegmentDraft {
            entries: self.leaves.len() as u64,
            first_at: self.first_at,
            last_at: self.last_at,
            root: Digest::from_bytes(*small_root(&self.leaves).as_bytes()),
            offsets: self.table.to_bytes(&self.summary.take()),
        };
        let staged = self.intake.finish_under(self.commitment_key)?;
        Ok(ClosedSegment { staged, draft })
    }
}

/// The leaf of one log entry in its segment's tree: the hash of the entry's own commitment, under
/// the key that the segment's commitment key gives for its number.
pub(super) fn entry_leaf(entry_key: &CommitmentKey, entry: &[u8]) -> Hash {
    leaf_hash(commit(entry_key, Digest::of(entry)).digest().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::tests::scratch;

    #[test]
    fn a_log_that_is_refused_names_a_hundred_faults_and_counts_the_others() {
        let scratch = scratch();
        let request =
            r#"{"kind": "processing_log", "case": "SC-1", "occurred": "2026-03-01", "title": "日志"}"#;
        let log = "{\"actor\":\"op\"}\n".repeat(90);
        let options = BulkOptions { format: EntryFormat::Jsonl, on_fault: OnFault::CaptureNothing };
        let refused = scratch.archive.capture_entries(
            &scratch.operator(),
            scratch.request(request),
            options,
            &mut log.as_bytes(),
        );
        // Each lacks five fields, and says neither whose data nor how much.
        let Err(Refusal::Entries { faults, more }) = refused else { panic!("it was captured") };
        assert_eq!((faults.len(), more), (FAULTS_MAX, 90 * 6 - FAULTS_MAX as u64));
        assert_eq!(faults.last().unwrap().line, 17);
    }
}
