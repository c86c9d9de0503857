//! A redacted rendition (遮盖副本): what a component or an entry of a log says, in the format in which it
//! came, with personal data hidden as a profile asks. The original stays as it is, and nobody needs a
//! purpose for what hides the people in it; that it was made, by which profile, is in the ledger first.
//!
//! Text is hidden in here; every other document goes to a process of its own, which makes a copy anew
//! (`document::rendition`). Who may not read the original gets one of a text by the profiles for the own level, and
//! only of a version in all of which the present engine has looked for personal data.
//!
//! What cannot be read to its last byte, or of which it is not certain that nothing is left, is withheld: hiding half
//! of a document shows the other.

mod profiles;
mod subjects;

use std::collections::BTreeSet;
use std::io::{Read as _, Seek as _, SeekFrom};

use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::rows;
use crate::base::digest::Digest;
use crate::base::id::{ComponentId, RecordId};
use crate::base::limits::{EXTRACT_BYTES_MAX, RENDITION_BYTES_MAX};
use crate::document::rendition::{LookedAt, Party};
use crate::document::{self, Charset, Decoded, Format as Kind};
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::redaction::report::ENGINE_VERSION;
use crate::redaction::{Format, Policy, Subjects};
use crate::seal::Keyring;
use crate::store::Tx;
use crate::store::rows::cells::{self as cell_rows, CellRow};
use crate::store::rows::components::ComponentRow;
use crate::store::rows::records::RecordRow;

use profiles::{policy, profiles_for};
use subjects::{log_fields, names_around, subjects};

use super::Source;
use super::hiding::Hidden;
use super::original::{Found, Wanted};
use super::proven::Proven;
use super::pseudonyms::{Numbers, Pseudonyms};
use crate::archive::acting::Warrant;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cells::REDACTION;
use crate::archive::refusal::{Refusal, Thing, Withheld};
use crate::archive::{Archive, descriptors};

/// How often a rendition is made anew because another one gave numbers in the same case meanwhile.
const TRIES: usize = 16;

/// Which rendition.
#[derive(Clone)]
pub struct RenditionRequest {
    /// The record.
    pub record: RecordId,
    /// One entry of a bulk log, by its number from 0.
    pub entry: Option<u64>,
    /// The version; the current one if not said.
    pub version: Option<u32>,
    /// The component, by number from 0.
    pub component: usize,
    /// The profile by name, one of those for the reader's level; otherwise the first of them.
    pub profile: Option<String>,
    /// Pages and pictures that the caller has looked at, and what is to be filled in there.
    pub looked_at: Vec<LookedAt>,
}

/// A rendition.
pub struct Rendition {
    /// A name that says nothing but which record it is of: the original's name may name people.
    pub name: String,
    /// The media type of the format.
    pub media_type: &'static str,
    /// In what the original is encoded.
    pub charset: Charset,
    /// What it says.
    pub content: RenditionContent,
    /// What was hidden: positions, types, rules, counts.
    pub report: Value,
    /// The component.
    pub component: ComponentId,
    /// The version.
    pub version: u32,
    /// Position of the rendition's ledger entry.
    pub ledger_index: u64,
}

/// What a rendition says.
pub enum RenditionContent {
    /// A text.
    Text(Zeroizing<String>),
    /// The bytes of a document that is none.
    Bytes(Zeroizing<Vec<u8>>),
}

#[cfg(test)]
impl Rendition {
    /// The text of one that is text.
    pub(in crate::archive) fn said(&self) -> &str {
        match &self.content {
            RenditionContent::Text(text) => text,
            RenditionContent::Bytes(_) => "",
        }
    }
}

/// What a rendition is made of.
pub(super) struct Made {
    pub(super) may: Warrant,
    pub(super) record: RecordRow,
    pub(super) component: ComponentRow,
    pub(super) captured: u64,
    pub(super) policy: Policy,
    pub(super) subjects: Subjects,
    pub(super) kind: Kind,
    pub(super) content: Content,
    pub(super) looked_at: Vec<LookedAt>,
    /// For a reader of redacted text, what the detector found in it, by place in the original: all of it must be among
    /// what is hidden.
    pub(super) proven: Option<Proven>,
}

/// What is to be rendered.
pub(super) enum Content {
    /// A text, and how the engine sees it.
    Text(Decoded, Format),
    /// Another document, its name, and whom it is about.
    Document(Zeroizing<Vec<u8>>, String, Vec<Party>),
    /// Nothing, and why.
    None(Withheld),
}

impl Archive {
    /// Whether somebody may have personal data found and hidden in text that is no record.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub fn may_use_engine(&self, caller: &Caller) -> Result<(), Refusal> {
        let create = (Action::Create, Resource::Rendition);
        caller.permit(create, Some(&Target::archive()), Thing::Archive, self.inner.now()).map(|_| ())
    }

    /// Makes a redacted rendition of a component, or of an entry of a log.
    ///
    /// # Errors
    /// Not permitted, not there, damaged, no such profile for this reader, no text, too large, or the
    /// ledger cannot be written.
    pub fn redacted_rendition(
        &self,
        caller: &Caller,
        request: &RenditionRequest,
    ) -> Result<Rendition, Refusal> {
        let keys = self.inner.keys();
        let made = self.gather(caller, request, &keys)?;
        for _ in 0..TRIES {
            match self.hide(caller, request, (&keys, &made)) {
                Err(Refusal::Stale) => {}
                outcome => return outcome,
            }
        }
        Err(Refusal::TooBusy { wait_seconds: 1 })
    }

    pub(super) fn gather(
        &self,
        caller: &Caller,
        request: &RenditionRequest,
        keys: &Keyring,
    ) -> Result<Made, Refusal> {
        let RenditionRequest { record, entry, version, component, .. } = *request;
        let wanted = Wanted { record, entry, version, component };
        let read = (Action::Read, Resource::Rendition);
        let restrictions = self.inner.restrictions()?;
        let (found, names, proven, target) = self.inner.store.read(|conn| {
            let found = self.find(conn, (keys, &restrictions), (caller, read), wanted)?;
            let ledger = self.inner.ledgered(conn)?;
            let names = names_around((keys, &ledger), conn, &found)?;
            let target = restrictions.target_of(conn, &found.record)?;
            let is_redacted = !self.may_read(caller, &target);
            let proven =
                is_redacted.then(|| Proven::of(&self.inner, keys, conn, &found, entry)).transpose()?;
            if !request.looked_at.is_empty() {
                ledger.must_have_opened(conn, &caller.actor(), (record, found.component.id))?;
            }
            Ok::<_, Refusal>((found, names, proven, target))
        })?;
        let policy = policy(request.profile.as_deref(), profiles_for(caller, proven.is_some()))?;
        // Who may read the original must still be allowed to when the rendition is entered.
        let original = (Action::Read, Resource::Original);
        let may_read = match proven {
            Some(_) => None,
            None => Some(caller.warrant(original, Some(&target), Thing::Record, self.inner.now())?),
        };
        let Found { may, record, descriptor, component, captured, source, entry } = found;
        let may = match may_read {
            Some(may_read) => may.and(may_read),
            None => may,
        };
        let name = descriptors::file_name(&descriptor, component.ordinal);
        let (kind, content, subjects) = match content(source, (&component, entry), keys) {
            Ok(bytes) => {
                let kind = match entry {
                    Some(_) => Kind::Json,
                    None => document::sniff(&bytes, Some(&name), Some(&component.media_type)).format,
                };
                let read = ((kind, !request.looked_at.is_empty()), bytes, name);
                let (content, subjects) = self.readable(read, &names, proven.is_some())?;
                (kind, content, subjects)
            }
            Err(Refusal::Withheld(why)) => (Kind::Unknown, Content::None(why), Subjects::default()),
            Err(other) => return Err(other),
        };
        let looked_at = request.looked_at.clone();
        Ok(Made { may, record, component, captured, policy, subjects, kind, content, looked_at, proven })
    }

    /// What is to be hidden in, and who in it; [`Content::None`] where nothing can be.
    fn readable(
        &self,
        ((kind, was_looked_at), bytes, name): ((Kind, bool), Zeroizing<Vec<u8>>, String),
        names: &[String],
        is_redacted: bool,
    ) -> Result<(Content, Subjects), Refusal> {
        let none = |why| Ok((Content::None(why), Subjects::default()));
        let has_pages = matches!(kind, Kind::Pdf | Kind::Png | Kind::Jpeg);
        match format_of(kind) {
            _ if was_looked_at && !has_pages => none(Withheld::NoText),
            Some(_) if bytes.len() as u64 > RENDITION_BYTES_MAX => {
                none(Withheld::TooLarge { most: RENDITION_BYTES_MAX })
            }
            Some(format) => {
                let Ok(text) = document::decode(&bytes, None) else { return none(Withheld::NoText) };
                let known = subjects(names, &log_fields(&text.text, kind))?;
                Ok((Content::Text(text, format), Subjects::new(&known)))
            }
            // What was found in a document is not held against the copy place by place: it is for those who could have
            // read the original.
            None if is_redacted => none(Withheld::Unproven),
            None if (kind.is_read() || was_looked_at) && !self.inner.documents.is_nowhere() => {
                let parties = subjects(names, &BTreeSet::new())?.iter().map(Party::of).collect();
                Ok((Content::Document(bytes, name, parties), Subjects::default()))
            }
            None => none(Withheld::NoText),
        }
    }

    /// True if the caller may read the original.
    fn may_read(&self, caller: &Caller, target: &Target) -> bool {
        let reach = caller.reach(Action::Read, Resource::Original, self.inner.now());
        reach.level_of(caller.rights(), target).is_some()
    }

    /// Hides and enters it. [`Refusal::Stale`] if another rendition gave numbers in the case meanwhile.
    fn hide(
        &self,
        caller: &Caller,
        request: &RenditionRequest,
        (keys, made): (&Keyring, &Made),
    ) -> Result<Rendition, Refusal> {
        let Made { may, record, component, .. } = made;
        let mut pseudonyms = self.pseudonyms_of(made, keys)?;
        let hidden = self.hidden(made, &mut pseudonyms).map_err(|unmade| unmade.refusal)?;
        let Hidden { content, kind, places, report } = hidden;
        let entering = Entering {
            facts: made.facts(request.entry, places),
            record: record.id,
            actor: caller.actor(),
            numbers: pseudonyms.to_write(&self.inner, keys)?,
        };
        let written = self.inner.write_as(caller, may.clone(), move |tx, _| entering.enter(tx))?;
        Ok(Rendition {
            name: name_of((record.id, component), request.entry, ending_of(kind)),
            media_type: kind.media_type(),
            charset: made.charset(),
            content,
            report,
            component: component.id,
            version: component.version,
            ledger_index: written.first_seq,
        })
    }
}

impl Made {
    /// What the ledger says of a rendition with so many places hidden.
    pub(super) fn facts(&self, entry: Option<u64>, places: u64) -> Value {
        let facts = json!({
            "captured": self.captured,
            "component": self.component.id.to_string(),
            "engine": ENGINE_VERSION,
            "entry": entry,
            "hidden": places,
            "policy": self.policy.name,
            "policy_hash": self.policy.digest.to_hex(),
            "policy_version": self.policy.version,
            "version": self.component.version,
        });
        let looked_at = (!self.looked_at.is_empty()).then(|| ("looked_at", json!(self.looked_at.len())));
        with(facts, looked_at)
    }

    /// True if it is made for somebody who may read the original.
    pub(super) const fn is_whole(&self) -> bool {
        self.proven.is_none()
    }

    /// In what the original is encoded.
    pub(super) const fn charset(&self) -> Charset {
        match &self.content {
            Content::Text(text, _) => text.charset,
            Content::Document(..) | Content::None(_) => Charset::Utf8,
        }
    }
}

/// Facts, and others beside them.
pub(super) fn with(mut facts: Value, also: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    if let Some(members) = facts.as_object_mut() {
        members.extend(also.into_iter().map(|(name, fact)| (name.to_owned(), fact)));
    }
    facts
}

/// The entries of a rendition, ready to be written.
pub(super) struct Entering {
    pub(super) facts: Value,
    pub(super) record: RecordId,
    pub(super) actor: Actor,
    pub(super) numbers: Option<Numbers>,
}

impl Entering {
    pub(super) fn enter(self, tx: &mut Tx<'_>) -> Result<(), Refusal> {
        let Self { facts, record, actor, numbers } = self;
        rows::must_be_open_still(tx.conn(), record)?;
        tx.enter(EntryDraft { kind: EntryKind::Redacted, subject: record.to_string(), actor, facts })?;
        let Some(Numbers { row, commitment, was }) = numbers else { return Ok(()) };
        put(tx, &row, was)?;
        // About the case, so that whoever reads its numbers finds the word about them.
        let facts = json!({"numbers": commitment.to_hex()});
        let facts = bind(tx.conn(), facts, &[Bound::cell(&row.owner, REDACTION)])?;
        tx.enter(EntryDraft { kind: EntryKind::Redacted, subject: row.owner.clone(), actor, facts })?;
        Ok(())
    }
}

impl Archive {
    /// The numbers and stand-ins of what is rendered: they are the same in the whole case.
    pub(super) fn pseudonyms_of(&self, made: &Made, keys: &Keyring) -> Result<Pseudonyms, Refusal> {
        let record = &made.record;
        let owner = record.case_id.map_or_else(|| record.id.to_string(), |case| case.to_string());
        self.inner.store.read(|conn| {
            let ledger = self.inner.ledgered(conn)?;
            Pseudonyms::read(&self.inner, (keys, &ledger), conn, &owner)
        })
    }
}

/// Writes the numbers of a case in place of those that were read.
fn put(tx: &mut Tx<'_>, row: &CellRow, was: Option<Digest>) -> Result<(), Refusal> {
    let standing = cell_rows::get(tx.conn(), &row.owner, &row.part)?.map(|row| row.digest);
    match (standing, was) {
        (None, None) => Ok(cell_rows::insert(tx.conn(), row)?),
        (Some(standing), Some(was)) if standing == was => match cell_rows::replace(tx.conn(), row, was)? {
            true => Ok(()),
            false => Err(Refusal::Stale),
        },
        _ => Err(Refusal::Stale),
    }
}

/// How the engine writes a format; `None` for what is withheld. A mail's parts may be encoded: to hide in
/// its text alone would show them.
pub const fn format_of(kind: Kind) -> Option<Format> {
    match kind {
        Kind::Plain | Kind::Markdown => Some(Format::Text),
        Kind::Csv | Kind::Tsv => Some(Format::Csv),
        Kind::Json | Kind::JsonLines => Some(Format::Json),
        Kind::Xml | Kind::Html => Some(Format::Xml),
        Kind::Mail
        | Kind::Pdf
        | Kind::Docx
        | Kind::Xlsx
        | Kind::Pptx
        | Kind::Ofd
        | Kind::OpenDocument
        | Kind::Zip
        | Kind::Msg
        | Kind::Doc
        | Kind::Xls
        | Kind::Ppt
        | Kind::Compound
        | Kind::Rtf
        | Kind::Png
        | Kind::Jpeg
        | Kind::Gif
        | Kind::Tiff
        | Kind::Webp
        | Kind::Bmp
        | Kind::Recording
        | Kind::Compressed
        | Kind::Unknown => None,
    }
}

/// The bytes that are to be rendered.
pub(super) fn content(
    source: Source,
    (component, entry): (&ComponentRow, Option<(u64, usize)>),
    keys: &Keyring,
) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let unreadable = |error| Refusal::Io { what: "read a payload", error };
    let mut opening = source.open(keys)?;
    let length = match entry {
        Some((start, length)) => {
            opening.seek(SeekFrom::Start(start)).map_err(unreadable)?;
            length as u64
        }
        None => component.bytes,
    };
    let most = EXTRACT_BYTES_MAX;
    let room = usize::try_from(length).ok().filter(|_| length <= most);
    // Of its final size from the start: growing would leave plaintext behind.
    let mut bytes = Zeroizing::new(vec![0; room.ok_or(Refusal::Withheld(Withheld::TooLarge { most }))?]);
    opening.read_exact(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// How a file of this kind ends.
pub(super) const fn ending_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Csv => "csv",
        Kind::Tsv => "tsv",
        Kind::Json => "json",
        Kind::JsonLines => "jsonl",
        Kind::Xml => "xml",
        Kind::Html => "html",
        Kind::Markdown => "md",
        Kind::Pdf => "pdf",
        Kind::Docx => "docx",
        Kind::Xlsx => "xlsx",
        Kind::Pptx => "pptx",
        Kind::Mail => "eml",
        Kind::Rtf => "rtf",
        Kind::Png => "png",
        _ => "txt",
    }
}

/// A name that says nothing but of what it is a copy.
pub(super) fn name_of(
    (record, component): (RecordId, &ComponentRow),
    entry: Option<u64>,
    ending: &str,
) -> String {
    // People count components from 1.
    let part = entry.map_or_else(
        || format!("component{}", u64::from(component.ordinal) + 1),
        |ordinal| format!("entry{ordinal}"),
    );
    format!("{record}.{part}.redacted.{ending}")
}
