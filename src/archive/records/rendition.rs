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
use crate::base::digest::Digest;
use crate::base::id::{ComponentId, RecordId};
use crate::base::limits::{EXTRACT_BYTES_MAX, RENDITION_BYTES_MAX};
use crate::document::protocol::{self, Task};
use crate::document::rendition::{Asked, Party, SlipWords};
use crate::document::{self, Charset, Decoded, Format as Kind};
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::redaction::report::ENGINE_VERSION;
use crate::redaction::{self, Format, Policy, Request, Subjects};
use crate::sandbox::{self, Tenant};
use crate::seal::Keyring;
use crate::store::Tx;
use crate::store::rows::cells::{self as cell_rows, CellRow};
use crate::store::rows::components::ComponentRow;
use crate::store::rows::records::RecordRow;

use profiles::{EMBEDDED, EMBEDDED_PATTERN, policy, profiles_for};
use subjects::{log_fields, names_around, subjects};

use super::Source;
use super::original::{Found, Wanted};
use super::proven::Proven;
use super::pseudonyms::{Numbers, Pseudonyms};
use crate::archive::acting::Warrant;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cells::REDACTION;
use crate::archive::refusal::{Refusal, Thing, Withheld};
use crate::archive::retention::target_of;
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
    subjects: Subjects,
    pub(super) kind: Kind,
    pub(super) content: Content,
    /// For a reader of redacted text, what the detector found in it, by place in the original: all of it must be among
    /// what is hidden.
    proven: Option<Proven>,
}

/// What is to be rendered.
pub(super) enum Content {
    /// A text, and how the engine sees it.
    Text(Decoded, Format),
    /// Another document, its name, and whom it is about.
    Document(Zeroizing<Vec<u8>>, String, Vec<Party>),
}

/// What came of it.
struct Hidden {
    content: RenditionContent,
    kind: Kind,
    places: u64,
    report: Value,
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
        let (found, names, proven, target) = self.inner.store.read(|conn| {
            let found = self.find(conn, keys, (caller, read), wanted)?;
            let ledger = self.inner.ledgered(conn)?;
            let names = names_around((keys, &ledger), conn, &found)?;
            let target = target_of(conn, &found.record)?;
            let is_redacted = !self.may_read(caller, &target);
            let proven =
                is_redacted.then(|| Proven::of(&self.inner, keys, conn, &found, entry)).transpose()?;
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
        let bytes = content(source, (&component, entry), keys)?;
        let name = descriptors::file_name(&descriptor, component.ordinal);
        let kind = match entry {
            Some(_) => Kind::Json,
            None => document::sniff(&bytes, Some(&name), Some(&component.media_type)).format,
        };
        let no_text = || Refusal::Withheld(Withheld::NoText);
        let (content, subjects) = match format_of(kind) {
            Some(format) => {
                let most = RENDITION_BYTES_MAX;
                if bytes.len() as u64 > most {
                    return Err(Refusal::Withheld(Withheld::TooLarge { most }));
                }
                let text = document::decode(&bytes, None).map_err(|_| no_text())?;
                let known = subjects(&names, &log_fields(&text.text, kind))?;
                (Content::Text(text, format), Subjects::new(&known))
            }
            // What was found in a document is not held against the copy place by place: it is for those who could have
            // read the original.
            None if proven.is_some() => return Err(Refusal::Withheld(Withheld::Unproven)),
            None if kind.is_read() && !self.inner.documents.is_nowhere() => {
                let parties = subjects(&names, &BTreeSet::new())?.iter().map(Party::of).collect();
                (Content::Document(bytes, name, parties), Subjects::default())
            }
            None => return Err(no_text()),
        };
        Ok(Made { may, record, component, captured, policy, subjects, kind, content, proven })
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
        let Made { may, record, component, captured, policy, .. } = made;
        // Numbers and stand-ins are the same in the whole case.
        let owner = record.case_id.map_or_else(|| record.id.to_string(), |case| case.to_string());
        let mut pseudonyms = self.inner.store.read(|conn| {
            let ledger = self.inner.ledgered(conn)?;
            Pseudonyms::read(&self.inner, (keys, &ledger), conn, &owner)
        })?;
        let Hidden { content, kind, places, report } = self.hidden(made, &mut pseudonyms)?;
        let new = pseudonyms.to_write(&self.inner, keys)?;
        let facts = json!({
            "captured": captured,
            "component": component.id.to_string(),
            "engine": ENGINE_VERSION,
            "entry": request.entry,
            "hidden": places,
            "policy": policy.name,
            "policy_hash": policy.digest.to_hex(),
            "policy_version": policy.version,
            "version": component.version,
        });
        let (actor, subject) = (caller.actor(), record.id.to_string());
        let written = self.inner.write_as(caller, may.clone(), move |tx, _| {
            tx.enter(EntryDraft { kind: EntryKind::Redacted, subject, actor, facts })?;
            let Some(Numbers { row, commitment, was }) = new else { return Ok::<_, Refusal>(()) };
            put(tx, &row, was)?;
            // About the case, so that whoever reads its numbers finds the word about them.
            let facts = json!({"numbers": commitment.to_hex()});
            let facts = bind(tx.conn(), facts, &[Bound::cell(&row.owner, REDACTION)])?;
            tx.enter(EntryDraft { kind: EntryKind::Redacted, subject: row.owner.clone(), actor, facts })?;
            Ok(())
        })?;
        Ok(Rendition {
            name: name_of((record.id, component), request.entry, kind),
            media_type: kind.media_type(),
            charset: match &made.content {
                Content::Text(text, _) => text.charset,
                Content::Document(..) => Charset::Utf8,
            },
            content,
            report,
            component: component.id,
            version: component.version,
            ledger_index: written.first_seq,
        })
    }
}

impl Archive {
    /// Hides in what a rendition is made of; gives numbers in the case's book.
    fn hidden(&self, made: &Made, pseudonyms: &mut Pseudonyms) -> Result<Hidden, Refusal> {
        let Made { component, policy, subjects, kind, content, proven, .. } = made;
        match content {
            Content::Text(text, format) => {
                let keys = pseudonyms.keys();
                let request = Request { policy, keys: &keys, subjects, format: *format };
                let redacted = redaction::redact(&text.text, &request, pseudonyms.book());
                let hides_all =
                    |proven: &Proven| proven.is_hidden(&text.text, *format, policy, &redacted.report);
                if !redacted.safe || !proven.as_ref().is_none_or(hides_all) {
                    return Err(Refusal::Withheld(Withheld::Unproven));
                }
                Ok(Hidden {
                    content: RenditionContent::Text(Zeroizing::new(redacted.document)),
                    kind: *kind,
                    places: redacted.report.entries.len() as u64,
                    report: redacted.report.to_json(),
                })
            }
            Content::Document(bytes, name, parties) => {
                let asked = asked(policy, pseudonyms, parties)?;
                let wanted = protocol::Request::new(Task::Rendition, Some(name), Some(&component.media_type));
                let wanted = wanted.asking(asked.to_json());
                let made = self.inner.documents.make(Tenant::Person, &wanted, bytes).map_err(not_made)?;
                let report = made.report.ok_or(Refusal::Withheld(Withheld::Unproven))?;
                pseudonyms.take(&made.numbers)?;
                Ok(Hidden {
                    content: RenditionContent::Bytes(made.bytes),
                    kind: made.format,
                    places: report.entries.len() as u64,
                    report: serde_json::to_value(&report)
                        .map_err(|_| Refusal::Withheld(Withheld::Unproven))?,
                })
            }
        }
    }
}

/// What is asked for of a document that is no text.
pub(super) fn asked(
    policy: &Policy,
    pseudonyms: &mut Pseudonyms,
    parties: &[Party],
) -> Result<Asked, Refusal> {
    let text = Policy::shipped_text(&policy.name).ok_or(Refusal::Withheld(Withheld::Unproven))?;
    let slips = SlipWords {
        picture: "图片 / picture".to_owned(),
        attachment: "附件 / attachment".to_owned(),
        page: "本页不予提供 / page withheld".to_owned(),
    };
    let secret = pseudonyms.secret().clone();
    let mut asked = Asked::new(text, &secret, pseudonyms.book(), slips);
    asked.patterns = vec![(EMBEDDED.to_owned(), EMBEDDED_PATTERN.to_owned())];
    asked.subjects = parties.to_vec();
    Ok(asked)
}

/// Why nothing was made, as readers are told.
pub(super) fn not_made(refusal: sandbox::Refusal) -> Refusal {
    tracing::info!(%refusal, "no redacted copy of a document");
    if refusal.may_pass() {
        return Refusal::Io { what: "read a document", error: std::io::Error::other(refusal) };
    }
    match refusal {
        sandbox::Refusal::Document(_) | sandbox::Refusal::Withheld(document::Withheld::NoCopy { .. }) => {
            Refusal::Withheld(Withheld::NoText)
        }
        _ => Refusal::Withheld(Withheld::Unproven),
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

fn name_of((record, component): (RecordId, &ComponentRow), entry: Option<u64>, kind: Kind) -> String {
    let ending = match kind {
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
        _ => "txt",
    };
    // People count components from 1.
    let part = entry.map_or_else(
        || format!("component{}", u64::from(component.ordinal) + 1),
        |ordinal| format!("entry{ordinal}"),
    );
    format!("{record}.{part}.redacted.{ending}")
}
