//! Opens an original. The ledger knows of it, durably, before the first byte leaves: if the
//! ledger cannot be written, nothing is read.

use std::io::{Cursor, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use serde_json::json;

use crate::access::permission::{Action, Resource};
use crate::base::id::{ComponentId, EventId, RecordId};
use crate::base::limits::{REASON_CHARS_MAX, WORKER_HERE_BYTES_MAX};
use crate::base::text;
use crate::blob::ReadSeek;
use crate::document::protocol::{self, Answer, Task};
use crate::document::{self, sniff};
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::record::descriptor::Descriptor;
use crate::sandbox::Tenant;
use crate::seal::{Keyring, cell};
use crate::store::Conn;
use crate::store::rows::components::{self, ComponentRow};
use crate::store::rows::records::{self, RecordRow};
use crate::store::rows::{cells as cell_rows, segments, versions};

use super::Source;
use super::hiding::not_made;
use super::rendition::content;
use crate::archive::acting::Warrant;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing, Withheld};
use crate::archive::retention::Restrictions;
use crate::archive::segment::SegmentTable;
use crate::archive::version::offsets_context;
use crate::archive::{Archive, Watch, cells, descriptors, rows};

/// The part of the cell that holds what an original was read for.
pub(super) const PURPOSE: &str = cells::PURPOSE;

/// In which form the original is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Decrypted.
    Content,
    /// Header and payload: a standard age file, for holders of an identity.
    Sealed,
    /// Its text, in UTF-8, with the texts of the documents inside it.
    Text,
}

impl Form {
    /// The word in requests and in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Sealed => "sealed",
            Self::Text => "text",
        }
    }
}

/// Which original, and what for.
#[derive(Clone)]
pub struct OpenRequest {
    /// The record.
    pub record: RecordId,
    /// One entry of a bulk log, by its number from 0.
    pub entry: Option<u64>,
    /// The version; the current one if not said.
    pub version: Option<u32>,
    /// The component, by number from 0.
    pub component: usize,
    /// What it is read for. Kept sealed; the ledger holds its commitment.
    pub purpose: String,
    /// In which form.
    pub form: Form,
}

/// An original, opened. Reading decrypts and authenticates; a damaged chunk is an error, not data.
pub struct Opened {
    /// The file's name as it came.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Bytes that the reader will give.
    pub bytes: u64,
    /// The component.
    pub component: ComponentId,
    /// Position of the reading's ledger entry.
    pub ledger_index: u64,
    /// The bytes.
    pub reader: Box<dyn ReadSeek>,
    /// Looks now and then whether they may go on leaving.
    pub watch: Watch,
}

/// What is looked for.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub record: RecordId,
    /// One entry of a bulk log, by its number from 0.
    pub entry: Option<u64>,
    /// The version; the current one if not said.
    pub version: Option<u32>,
    /// The component, by number from 0.
    pub component: usize,
}

/// What was found, before anything is shown.
pub(super) struct Found {
    /// What the caller was permitted.
    pub may: Warrant,
    pub record: RecordRow,
    pub descriptor: Descriptor,
    pub component: ComponentRow,
    /// Position of the entry that captured its version.
    pub captured: u64,
    pub source: Source,
    /// Where the entry of a bulk log lies in the plaintext.
    pub entry: Option<(u64, usize)>,
}

impl OpenRequest {
    fn wanted(&self) -> Wanted {
        let Self { record, entry, version, component, .. } = *self;
        Wanted { record, entry, version, component }
    }
}

impl Archive {
    /// Opens an original for a stated purpose.
    ///
    /// # Errors
    /// No purpose, not permitted, not there, damaged, or the ledger cannot be written.
    pub fn open_original(&self, caller: &Caller, request: &OpenRequest) -> Result<Opened, Refusal> {
        let purpose = text::prose(&request.purpose, REASON_CHARS_MAX).map_err(|fault| match fault {
            text::BadLabel::Blank => Refusal::PurposeRequired,
            fault => Refusal::Label { field: "purpose", fault },
        })?;
        let keys = self.inner.keys();
        let wanted = request.wanted();
        let may = (Action::Read, Resource::Original);
        let restrictions = self.inner.restrictions()?;
        let found =
            self.inner.store.read(|conn| self.find(conn, (&keys, &restrictions), (caller, may), wanted))?;
        // That the key opens the header is known before the ledger says that the original was read.
        let file_key = found.source.file_key(&keys)?;
        let text = match request.form {
            Form::Text => Some(self.text_of(&keys, &found)?),
            Form::Content | Form::Sealed => None,
        };
        let ledger_index =
            self.enter_reading(&keys, (caller, found.may.clone()), request, &found.component, &purpose)?;
        drop(file_key);
        let component = found.component.id;
        let name = descriptors::file_name(&found.descriptor, found.component.ordinal);
        let media_type = found.component.media_type.clone();
        let (bytes, reader): (u64, Box<dyn ReadSeek>) = match (found.entry, request.form) {
            (Some((start, length)), Form::Content) => {
                let mut opening = found.source.open(&keys)?;
                let mut entry = vec![0; length];
                opening
                    .seek(SeekFrom::Start(start))
                    .and_then(|_| opening.read_exact(&mut entry))
                    .map_err(|error| Refusal::Io { what: "read the entry", error })?;
                (length as u64, Box::new(Cursor::new(entry)))
            }
            (None, Form::Content) => (found.component.bytes, Box::new(found.source.open(&keys)?)),
            (_, Form::Text) => {
                let text = text.unwrap_or_default();
                (text.len() as u64, Box::new(Cursor::new(text)))
            }
            (_, Form::Sealed) => {
                let joined = found.source.joined();
                (joined.bytes, Box::new(joined))
            }
        };
        let (name, media_type) = match (request.form, request.entry) {
            (Form::Sealed, _) => (format!("{name}.age"), "application/octet-stream".to_owned()),
            (Form::Content, Some(ordinal)) => {
                (format!("{}.{ordinal}.json", request.record), "application/json".to_owned())
            }
            (Form::Content, None) => (name, media_type),
            (Form::Text, _) => (format!("{name}.txt"), "text/plain; charset=utf-8".to_owned()),
        };
        let watch = Watch::new(&self.inner, caller, found.may);
        Ok(Opened { name, media_type, bytes, component, ledger_index, reader, watch })
    }

    /// What a component, or an entry of a bulk log, says, with the documents inside it.
    fn text_of(&self, keys: &Keyring, found: &Found) -> Result<Vec<u8>, Refusal> {
        let component = &found.component;
        let name = match found.entry {
            Some(_) => "entry.json".to_owned(),
            None => descriptors::file_name(&found.descriptor, component.ordinal),
        };
        let source = self.inner.store.read(|conn| self.inner.source(keys, conn, component))?;
        let bytes = content(source, (component, found.entry), keys)?;
        let task = Task::Text { parts: false, lenient: true };
        let wanted = protocol::Request::new(task, Some(&name), Some(&component.media_type));
        let is_text = sniff(&bytes, Some(&name), Some(&component.media_type)).format.is_text_like();
        let mut text = if is_text && bytes.len() <= WORKER_HERE_BYTES_MAX {
            match document::read(&wanted, &bytes) {
                Answer::Read((read, _)) => read.into_text(),
                _ => return Err(Refusal::Withheld(Withheld::NoText)),
            }
        } else {
            self.inner
                .documents
                .read(Tenant::Person, &wanted, &bytes)
                .map_err(|refusal| not_made(refusal).refusal)?
                .into_text()
        };
        Ok(std::mem::take(&mut *text).into_bytes())
    }

    /// Finds the content that somebody wants to read in one of the ways of the permission table.
    ///
    /// # Errors
    /// Not permitted, not there, or damaged.
    pub(super) fn find(
        &self,
        conn: &mut Conn,
        (keys, restrictions): (&Keyring, &Restrictions<'_>),
        (caller, read): (&Caller, (Action, Resource)),
        wanted: Wanted,
    ) -> Result<Found, Refusal> {
        let record = records::get(conn, wanted.record)?;
        let target = record.as_ref().map(|row| restrictions.target_of(conn, row)).transpose()?;
        let may = caller.warrant(read, target.as_ref(), Thing::Record, self.inner.now())?;
        let record = record.ok_or(Refusal::NotFound(Thing::Record))?;
        let captures = self.inner.ledgered(conn)?.must_be_whole(conn, &record)?;
        rows::must_be_openable(&record)?;
        let number = wanted.version.unwrap_or(record.version);
        let version = versions::get(conn, record.id, number)?.ok_or(Refusal::NotFound(Thing::Record))?;
        let component = components::of_version(conn, record.id, number)?
            .into_iter()
            .nth(wanted.component)
            .ok_or(Refusal::NotFound(Thing::Component))?;
        let version_keys = descriptors::version_keys(keys, conn, record.id, number)?;
        let descriptor = descriptors::open(&version_keys, &version)?;
        let entry = match wanted.entry {
            None => None,
            Some(ordinal) => {
                let segment = segments::get(conn, record.id)?.ok_or(Refusal::NotFound(Thing::Entry))?;
                let context = offsets_context(record.id, number);
                let plain = cell::open_under(&version_keys.key, &context, &segment.offsets)
                    .map_err(|_| Refusal::Damaged(Thing::Record))?;
                let opened = SegmentTable::parse(plain.expose()).ok_or(Refusal::Damaged(Thing::Record))?;
                if opened.table.is_erased(ordinal) {
                    return Err(Refusal::Erased(Thing::Entry));
                }
                Some(opened.table.place(ordinal).ok_or(Refusal::NotFound(Thing::Entry))?)
            }
        };
        let source = self.inner.source(keys, conn, &component)?;
        // One for each version, in their order.
        let captured = usize::try_from(number).ok().and_then(|number| captures.get(number.checked_sub(1)?));
        let captured = captured.ok_or(Refusal::Damaged(Thing::Record))?.seq;
        Ok(Found { may, record, descriptor, component, captured, source, entry })
    }

    /// Enters the reading, with the purpose sealed beside it; returns once that is on disk.
    fn enter_reading(
        &self,
        keys: &Keyring,
        (caller, may): (&Caller, Warrant),
        request: &OpenRequest,
        component: &ComponentRow,
        purpose: &str,
    ) -> Result<u64, Refusal> {
        let inner = Arc::clone(&self.inner);
        let id = EventId::generate(inner.now(), inner.entropy.as_ref());
        let sealed =
            cells::seal_profile(&inner, keys, &id.to_string(), PURPOSE, &json!({"purpose": purpose}))?;
        let facts = json!({
            "component": component.id.to_string(),
            "entry": request.entry,
            "form": request.form.as_str(),
            "purpose": sealed.commitment.to_hex(),
            "reading": id.to_string(),
            "version": component.version,
        });
        let (actor, record) = (caller.actor(), request.record);
        let written = self.inner.write_as(caller, may, move |tx, _| {
            rows::must_be_open_still(tx.conn(), record)?;
            cell_rows::insert(tx.conn(), &sealed.row)?;
            let facts = bind(tx.conn(), facts, &[Bound::cell(id, PURPOSE)])?;
            let (kind, subject) = (EntryKind::OriginalRead, record.to_string());
            tx.enter(EntryDraft { kind, subject, actor, facts })?;
            Ok::<_, Refusal>(())
        });
        Ok(written.map_err(Refusal::from)?.first_seq)
    }
}
