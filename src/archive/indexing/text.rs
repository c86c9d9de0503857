//! What a version says in words: its descriptor, and the text of its components or log entries.
//!
//! Indexing and confirming read the same words in the same order, and taking a version out of the index
//! reads them once more: the text of a version depends on nothing but what is sealed of it.

use std::io::{Cursor, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::time::Instant;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::base::entropy::Entropy;
use crate::base::id::CaseId;
use crate::base::limits::EXTRACT_BYTES_MAX;
use crate::base::secret::SecretBytes;
use crate::blob::{BlobError, Blobs, ReadSeek};
use crate::document::protocol::Task;
use crate::document::{Format, sniff};
use crate::record::descriptor::Descriptor;
use crate::record::feed::LogEntry;
use crate::sandbox::{Documents, Tenant};
use crate::seal::payload::Opening;
use crate::seal::{Keyring, SealedHeader, VersionKeys, cell};
use crate::store::rows::components::{self, ComponentRow, Place, Presence};
use crate::store::rows::records::RecordRow;
use crate::store::rows::segments::{self, SegmentRow};
use crate::store::rows::versions::{self, VersionRow};
use crate::store::rows::{cells as cell_rows, index::IndexRow};
use crate::store::{Conn, StoreError};

use crate::archive::cells::{self, PROFILE};
use crate::archive::descriptors;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::segment::SegmentTable;
use crate::archive::version::offsets_context;

use super::component::{ReadText, Said, Unread};

/// Stands between texts that do not belong together: no phrase runs across it.
pub(in crate::archive) const BETWEEN: &str = " · ";
/// Bytes by which a payload shows whether it is text.
const HEAD_BYTES: usize = 64 * 1024;

/// With what sealed words are read.
#[derive(Clone, Copy)]
pub(in crate::archive) struct Reading<'k> {
    pub keys: &'k Keyring,
    pub blobs: &'k dyn Blobs,
    /// What reads documents, and for whom.
    pub documents: &'k Documents,
    pub tenant: Tenant,
    /// When somebody who waits for it has waited long enough.
    pub until: Option<Instant>,
}

/// How much of a version's content could be read as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) enum Found {
    /// All that looks like text.
    Text,
    /// Some of it is damaged, too large, or no text after all.
    Part,
    /// Nothing looks like text: the descriptor is all there is.
    Descriptor,
}

/// A version whose keys and descriptor are open.
pub(in crate::archive) struct OpenVersion<'k> {
    reading: Reading<'k>,
    keys: VersionKeys,
    pub row: VersionRow,
    pub descriptor: Descriptor,
    case: Option<CaseId>,
}

/// The words of a record as a whole. They are wiped when dropped.
pub(in crate::archive) struct WholeText {
    text: Zeroizing<String>,
    content_at: usize,
    pub found: Found,
    /// Components that were refused, and were not before.
    pub unread: Vec<Unread>,
}

impl WholeText {
    /// Descriptor and content.
    pub fn all(&self) -> &str {
        &self.text
    }

    /// What the files say.
    pub fn content(&self) -> &str {
        self.text.get(self.content_at..).unwrap_or("")
    }

    /// What the descriptor says.
    pub fn descriptor(&self) -> &str {
        self.text.get(..self.content_at).unwrap_or("")
    }
}

impl<'k> OpenVersion<'k> {
    /// Opens a version of a record.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] and its like if keys or descriptor do not open.
    pub fn open(
        reading: Reading<'k>,
        conn: &mut Conn,
        record: &RecordRow,
        version: u32,
    ) -> Result<Self, Refusal> {
        let row = versions::get(conn, record.id, version)?.ok_or(Refusal::Damaged(Thing::Record))?;
        let keys = descriptors::version_keys(reading.keys, conn, record.id, version)?;
        let descriptor = descriptors::open(&keys, &row)?;
        Ok(Self { reading, keys, row, descriptor, case: record.case_id })
    }

    /// The reference of its case. A damaged case has none, and hides nobody's own record.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn case_reference(&self, conn: &mut Conn) -> Result<Option<String>, Refusal> {
        let Some(case) = self.case else { return Ok(None) };
        match cells::profile(self.reading.keys, conn, &case.to_string(), PROFILE, Thing::Case) {
            Ok(profile) => {
                let reference = profile.get("profile").and_then(|profile| profile.get("reference"));
                Ok(reference.and_then(Value::as_str).map(str::to_owned))
            }
            Err(error) if is_damage(&error) => {
                tracing::warn!(record = %self.row.record_id, %case, "a record is read without its case: damaged");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// True if all text of the content could be read when the version was indexed.
    pub fn was_indexed_whole(&self) -> bool {
        self.row.indexed_engine == Some(super::mark::Mark::Text.to_text(super::ENGINE))
    }

    /// The words of the record as a whole. Of a segment that is the descriptor: its entries speak for
    /// themselves.
    ///
    /// # Errors
    /// The database or the disk cannot be read. Damaged components are left out, and the outcome says so.
    pub fn whole(&self, conn: &mut Conn, is_segment: bool) -> Result<WholeText, Refusal> {
        let mut text = Zeroizing::new(String::new());
        describe(&self.descriptor, self.case_reference(conn)?.as_deref(), &mut text);
        text.push_str(BETWEEN);
        let content_at = text.len();
        let mut taken = Taken { text, room: EXTRACT_BYTES_MAX, read: 0, failed: 0, unread: Vec::new() };
        if !is_segment {
            let rows = components::of_version(conn, self.row.record_id, self.row.version)?;
            for row in rows.iter().filter(|row| row.state == Presence::Present) {
                self.take(conn, row, &mut taken)?;
            }
        }
        let found = match (taken.failed, taken.read) {
            (0, 0) if is_segment => Found::Text,
            (0, 0) => Found::Descriptor,
            (0, _) => Found::Text,
            _ => Found::Part,
        };
        Ok(WholeText { text: taken.text, content_at, found, unread: taken.unread })
    }

    fn take(&self, conn: &mut Conn, row: &ComponentRow, taken: &mut Taken) -> Result<(), Refusal> {
        let task = Task::Text { parts: false, lenient: true };
        match self.said(conn, row, (taken.room, Format::is_read), task) {
            Ok(Said::Text((bytes, read))) => {
                taken.text.push_str(&read.text);
                taken.text.push_str(BETWEEN);
                taken.room = taken.room.saturating_sub(bytes);
                taken.read += 1;
            }
            Ok(Said::Nothing) => {}
            Ok(Said::Refused(unread)) => {
                taken.unread.extend(unread);
                taken.failed += 1;
            }
            Err(error) if is_damage(&error) => {
                tracing::warn!(record = %row.record_id, component = %row.id, "a component's text cannot be read");
                taken.failed += 1;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// What a component says, and how many bytes it has.
    fn said(
        &self,
        conn: &mut Conn,
        row: &ComponentRow,
        (room, reads): (u64, fn(Format) -> bool),
        task: Task,
    ) -> Result<Said<(u64, ReadText)>, Refusal> {
        self.reading.must_have_time()?;
        let name = descriptors::file_name(&self.descriptor, row.ordinal);
        let source = self.payload(conn, row)?;
        if source.plain_bytes() > EXTRACT_BYTES_MAX {
            // Larger than is read of any document, whatever came before it.
            return Self::of_its_head(source, row, &name, reads).map(|is_read| match is_read {
                true => Said::Refused(Some(Unread::new(row, self.row.version, "too_large"))),
                false => Said::Nothing,
            });
        }
        let Some(bytes) = Self::bytes_of(source, row, &name, room, reads)? else {
            return Ok(Said::Nothing);
        };
        let said = self.reading.read(conn, (row, self.row.version), (&name, &bytes), task)?;
        Ok(match said {
            Said::Text(read) => Said::Text((bytes.len() as u64, read)),
            Said::Nothing => Said::Nothing,
            Said::Refused(unread) => Said::Refused(unread),
        })
    }

    /// True if a component looks like one of the formats that `reads`.
    fn of_its_head(
        mut source: Opening<Box<dyn ReadSeek>>,
        row: &ComponentRow,
        name: &str,
        reads: fn(Format) -> bool,
    ) -> Result<bool, Refusal> {
        let mut head = Zeroizing::new(vec![0; HEAD_BYTES]);
        source.read_exact(&mut head).map_err(unreadable)?;
        Ok(looks_like(&head, (row, name), reads))
    }

    /// The bytes of a component; `None` if it does not look like one of the formats that `reads`.
    fn bytes_of(
        mut source: Opening<Box<dyn ReadSeek>>,
        row: &ComponentRow,
        name: &str,
        room: u64,
        reads: fn(Format) -> bool,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
        let length = usize::try_from(source.plain_bytes()).unwrap_or(usize::MAX);
        // Of its final size from the start: growing would leave plaintext behind.
        let small = length <= usize::try_from(room).unwrap_or(usize::MAX);
        let mut bytes = Zeroizing::new(vec![0; if small { length } else { length.min(HEAD_BYTES) }]);
        let (head, rest) = bytes.split_at_mut(length.min(HEAD_BYTES));
        source.read_exact(head).map_err(unreadable)?;
        if !looks_like(head, (row, name), reads) {
            return Ok(None);
        }
        if !small {
            return Err(Refusal::Damaged(Thing::Component));
        }
        source.read_exact(rest).map_err(unreadable)?;
        Ok(Some(bytes))
    }

    /// The characters of a component as they stand in it, and its bytes.
    ///
    /// # Errors
    /// Damage of the component, or more bytes than `room`.
    pub fn characters(
        &self,
        conn: &mut Conn,
        row: &ComponentRow,
        room: u64,
    ) -> Result<Said<Characters>, Refusal> {
        let reads: fn(Format) -> bool = |format| format.is_read() || format == Format::Mail;
        Ok(match self.said(conn, row, (room, reads), Task::Characters)? {
            Said::Text((bytes, read)) => {
                Said::Text(Characters { format: read.format, text: read.text, bytes })
            }
            Said::Nothing => Said::Nothing,
            Said::Refused(unread) => Said::Refused(unread),
        })
    }

    /// Opens what is sealed under the version's key.
    ///
    /// # Errors
    /// Changed, or sealed for something else.
    pub fn open_under(&self, context: &str, sealed: &[u8]) -> Result<SecretBytes, Refusal> {
        cell::open_under(&self.keys.key, context, sealed).map_err(|_| Refusal::Damaged(Thing::Record))
    }

    /// Seals under the version's key.
    pub fn seal_under(&self, context: &str, plain: &SecretBytes, entropy: &dyn Entropy) -> Vec<u8> {
        cell::seal_under(&self.keys.key, context, plain.expose(), entropy)
    }

    /// The log entries of a segment; `None` if the record is none.
    ///
    /// # Errors
    /// Damage of table or payload.
    pub fn segment(&self, conn: &mut Conn) -> Result<Option<OpenSegment>, Refusal> {
        let record = self.row.record_id;
        let Some(row) = segments::get(conn, record)? else { return Ok(None) };
        let damaged = || Refusal::Damaged(Thing::Record);
        let context = offsets_context(record, self.row.version);
        let table = cell::open_under(&self.keys.key, &context, &row.offsets).map_err(|_| damaged())?;
        let table = SegmentTable::parse(table.expose()).ok_or_else(damaged)?.table;
        let component = components::of_version(conn, record, self.row.version)?.into_iter().next();
        let component = component.filter(|row| row.state == Presence::Present).ok_or_else(damaged)?;
        if table.len() as u64 != row.entries {
            return Err(damaged());
        }
        Ok(Some(OpenSegment { row, table, payload: self.payload(conn, &component)? }))
    }

    fn payload(&self, conn: &mut Conn, row: &ComponentRow) -> Result<Opening<Box<dyn ReadSeek>>, Refusal> {
        let damaged = || Refusal::Damaged(Thing::Component);
        let cell = cell_rows::get(conn, &row.record_id.to_string(), &row.id.to_string())?;
        let header = cells::open(self.reading.keys, &cell.ok_or_else(damaged)?, Thing::Component)?;
        let header = SealedHeader::parse(header.expose())?;
        let file_key = self.reading.keys.open_header(&header.header)?;
        let source: Box<dyn ReadSeek> = match row.place {
            Place::Inline => Box::new(Cursor::new(components::payload(conn, row.id)?.ok_or_else(damaged)?)),
            Place::Blob => self.reading.blobs.open(row.id)?,
        };
        Opening::new(&file_key, source, row.payload_bytes).map_err(unreadable)
    }
}

/// A component's characters. They are wiped when dropped.
pub(in crate::archive) struct Characters {
    pub format: Format,
    pub text: Zeroizing<String>,
    /// Bytes of the component.
    pub bytes: u64,
}

struct Taken {
    text: Zeroizing<String>,
    /// Bytes of content that may still be read.
    room: u64,
    read: u32,
    failed: u32,
    unread: Vec<Unread>,
}

/// A segment whose entries can be read one by one.
pub(in crate::archive) struct OpenSegment {
    pub row: SegmentRow,
    table: SegmentTable,
    payload: Opening<Box<dyn ReadSeek>>,
}

impl OpenSegment {
    /// How many entries it has, those that were erased among them.
    pub fn entries(&self) -> u64 {
        self.table.len() as u64
    }

    /// True if the entry was erased: there is nothing to read.
    pub fn is_erased(&self, ordinal: u64) -> bool {
        self.table.is_erased(ordinal)
    }

    /// Reads an entry that was not erased.
    ///
    /// # Errors
    /// Damage of the payload, or no such entry.
    pub fn entry(&mut self, ordinal: u64) -> Result<LogEntry, Refusal> {
        let damaged = || Refusal::Damaged(Thing::Entry);
        let (start, length) = self.table.place(ordinal).ok_or_else(damaged)?;
        let mut bytes = Zeroizing::new(vec![0; length]);
        if self.payload.stream_position().map_err(unreadable)? != start {
            self.payload.seek(SeekFrom::Start(start)).map_err(unreadable)?;
        }
        self.payload.read_exact(&mut bytes).map_err(unreadable)?;
        LogEntry::from_canonical(&bytes).ok_or_else(damaged)
    }
}

/// The words of a log entry.
pub(in crate::archive) fn entry_text(entry: &LogEntry) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    let own = [
        Some(&entry.operation),
        Some(&entry.purpose),
        Some(&entry.data_category),
        entry.subject.as_ref(),
        Some(&entry.system),
        Some(&entry.actor),
        entry.authorization.as_ref(),
    ];
    own.into_iter().flatten().for_each(|value| add(&mut text, value));
    for (name, value) in &entry.extra {
        add(&mut text, name);
        add_leaves(&mut text, value);
    }
    text
}

/// Whether the beginning of a component looks like one of the formats that `reads`.
fn looks_like(head: &[u8], (row, name): (&ComponentRow, &str), reads: fn(Format) -> bool) -> bool {
    let format = sniff(head, Some(name), Some(&row.media_type)).format;
    reads(format)
}

/// The same of an entry whose fields stand in a JSON object.
pub(in crate::archive) fn entry_text_of(fields: &Map<String, Value>) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    let own = ["operation", "purpose", "data_category", "subject", "system", "actor", "authorization"];
    own.iter().filter_map(|name| fields.get(*name)).for_each(|value| add_leaves(&mut text, value));
    for (name, value) in fields {
        if !own.contains(&name.as_str()) && !["at", "count"].contains(&name.as_str()) {
            add(&mut text, name);
            add_leaves(&mut text, value);
        }
    }
    text
}

/// What a descriptor says, and the reference of its case.
pub(in crate::archive) fn describe(descriptor: &Descriptor, case: Option<&str>, text: &mut String) {
    add(text, descriptor.title.as_str());
    case.into_iter().for_each(|reference| add(text, reference));
    descriptor.parties.iter().for_each(|party| add(text, party.name.as_str()));
    descriptor.tags.iter().for_each(|tag| add(text, tag.as_str()));
    for field in &descriptor.custom {
        add(text, &field.name);
        add(text, &field.value);
    }
    descriptor.fields.to_json().values().for_each(|value| add_leaves(text, value));
    if let Some(source) = &descriptor.source {
        add(text, source.system.as_str());
        add(text, source.external_id.as_str());
    }
    descriptor.original_names.iter().for_each(|name| add(text, name.as_str()));
    descriptor.notes.iter().for_each(|notes| add(text, notes.as_str()));
}

/// Adds a text that does not belong to the one before.
pub(in crate::archive) fn add(text: &mut String, part: &str) {
    if !text.is_empty() {
        text.push_str(BETWEEN);
    }
    text.push_str(part);
}

/// Every value of a JSON tree, in its order. Its depth was limited when it came in.
fn add_leaves(text: &mut String, value: &Value) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => add(text, &number.to_string()),
        Value::String(value) => add(text, value),
        Value::Array(items) => items.iter().for_each(|item| add_leaves(text, item)),
        Value::Object(members) => members.values().for_each(|member| add_leaves(text, member)),
    }
}

/// True if `error` is about this one record, and no other time or machine would read it.
pub(in crate::archive) fn is_damage(error: &Refusal) -> bool {
    matches!(
        error,
        Refusal::Damaged(_)
            | Refusal::Seal(_)
            | Refusal::Blob(BlobError::Missing)
            | Refusal::Store(StoreError::Corrupt { .. })
    )
}

/// True if `error` came of reading one record, and another time may read it: nothing may be noted at the
/// record because of it.
pub(in crate::archive) fn may_pass(error: &Refusal) -> bool {
    matches!(
        error,
        Refusal::Io { .. }
            | Refusal::NoKey(_)
            | Refusal::NoEpochKey { .. }
            | Refusal::Blob(BlobError::Io { .. } | BlobError::Crowded | BlobError::Full | BlobError::Absent)
    )
}

fn unreadable(error: std::io::Error) -> Refusal {
    match error.kind() {
        // The bytes are there, and are not what was sealed.
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof => Refusal::Damaged(Thing::Component),
        _ => Refusal::Io { what: "read a payload", error },
    }
}

/// Whether a block of the index is that of the record's current version.
pub(in crate::archive) fn is_current(block: &IndexRow, record: &RecordRow) -> bool {
    block.record_id == record.id && block.version == record.version
}
