//! A redacted rendition (遮盖副本): what a component or an entry of a log says, in the format in which it
//! came, with personal data hidden as a profile asks. The original stays as it is, and nobody needs a
//! purpose for what hides the people in it; that it was made, by which profile, is in the ledger first.
//!
//! What cannot be read as text to its last byte is withheld: hiding half of a document shows the other.

use std::collections::BTreeSet;
use std::io::{Read as _, Seek as _, SeekFrom};

use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::base::digest::Digest;
use crate::base::id::{ComponentId, PartyId, RecordId};
use crate::base::limits::RENDITION_BYTES_MAX;
use crate::document::{self, Charset, Decoded, Format as Kind};
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::record::request::{Fault, FaultCode};
use crate::redaction::report::ENGINE_VERSION;
use crate::redaction::{self, Format, Policy, Report, Request, Subject, Subjects};
use crate::seal::Keyring;
use crate::store::rows::cells::{self as cell_rows, CellRow};
use crate::store::rows::components::ComponentRow;
use crate::store::rows::records::{self as record_rows, RecordRow};
use crate::store::rows::{cases, links, parties as party_rows};
use crate::store::{Conn, Tx};

use super::Source;
use super::original::{Found, Wanted};
use super::pseudonyms::{Numbers, Pseudonyms};
use crate::archive::acting::Warrant;
use crate::archive::bound::{Bound, bind};
use crate::archive::caller::Caller;
use crate::archive::cases::evidence::Opening;
use crate::archive::cells::REDACTION;
use crate::archive::refusal::{Refusal, Thing, Withheld};
use crate::archive::{Archive, descriptors, parties};

/// The profiles that hide.
const PROFILES: &[&str] = &["opposing-party", "auditor", "teaching", "hipaa-safe-harbor"];
/// Records linked with a record of which the parties are looked for in it.
const LINKED_MAX: usize = 200;
/// A file inside the text. Nobody has looked into it, so it goes.
const EMBEDDED: &str = "EMBEDDED_FILE";
/// RFC 2397, "The data URL scheme", as far as it holds bytes and not words.
const EMBEDDED_PATTERN: &str = r"(?i)data:[a-z0-9.+/*_-]*(?:;[a-z0-9.=+_-]+)*;\s*base64\s*,[a-z0-9+/=%_\s-]*";
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
    /// The profile by name; otherwise the one for the reader's level.
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
    /// The text.
    pub document: Zeroizing<String>,
    /// What was hidden: positions, types, rules, counts.
    pub report: Report,
    /// The component.
    pub component: ComponentId,
    /// The version.
    pub version: u32,
    /// Position of the rendition's ledger entry.
    pub ledger_index: u64,
}

/// What a rendition is made of.
struct Made {
    may: Warrant,
    record: RecordRow,
    component: ComponentRow,
    captured: u64,
    policy: Policy,
    subjects: Subjects,
    kind: Kind,
    format: Format,
    text: Decoded,
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

    fn gather(&self, caller: &Caller, request: &RenditionRequest, keys: &Keyring) -> Result<Made, Refusal> {
        let RenditionRequest { record, entry, version, component, .. } = *request;
        let wanted = Wanted { record, entry, version, component };
        let read = (Action::Read, Resource::Rendition);
        let (found, names) = self.inner.store.read(|conn| {
            let found = self.find(conn, keys, (caller, read), wanted)?;
            let ledger = self.inner.ledgered(conn)?;
            let names = names_around((keys, &ledger), conn, &found)?;
            Ok::<_, Refusal>((found, names))
        })?;
        // What an engine leaves in is seen by readers who could have seen the original; nobody else is given
        // a rendition before it has been proved on records like theirs.
        let target = Target::record(found.record.case_id, found.record.captured_by);
        let original = (Action::Read, Resource::Original);
        let may_read = caller.warrant(original, Some(&target), Thing::Record, self.inner.now())?;
        let policy = policy(request.profile.as_deref())?;
        let Found { may, record, descriptor, component, captured, source, entry } = found;
        let bytes = content(source, (&component, entry), keys)?;
        let name = descriptors::file_name(&descriptor, component.ordinal);
        let kind = match entry {
            Some(_) => Kind::Json,
            None => document::sniff(&bytes, Some(&name), Some(&component.media_type)).format,
        };
        let format = format_of(kind).ok_or(Refusal::Withheld(Withheld::NoText))?;
        let text = document::decode(&bytes, None).map_err(|_| Refusal::Withheld(Withheld::NoText))?;
        let subjects = subjects(&names, &log_fields(&text.text, kind))?;
        Ok(Made { may: may.and(may_read), record, component, captured, policy, subjects, kind, format, text })
    }

    /// Hides and enters it. [`Refusal::Stale`] if another rendition gave numbers in the case meanwhile.
    fn hide(
        &self,
        caller: &Caller,
        request: &RenditionRequest,
        (keys, made): (&Keyring, &Made),
    ) -> Result<Rendition, Refusal> {
        let Made { may, record, component, captured, policy, subjects, kind, format, text } = made;
        // Numbers and stand-ins are the same in the whole case.
        let owner = record.case_id.map_or_else(|| record.id.to_string(), |case| case.to_string());
        let mut pseudonyms = self.inner.store.read(|conn| {
            let ledger = self.inner.ledgered(conn)?;
            Pseudonyms::read(&self.inner, (keys, &ledger), conn, &owner)
        })?;
        let redacted = redaction::redact(
            &text.text,
            &Request { policy, keys: &pseudonyms.keys(), subjects, format: *format },
            pseudonyms.book(),
        );
        if !redacted.safe {
            return Err(Refusal::Withheld(Withheld::Unproven));
        }
        let document = Zeroizing::new(redacted.document);
        let new = pseudonyms.to_write(&self.inner, keys)?;
        let facts = json!({
            "captured": captured,
            "component": component.id.to_string(),
            "engine": ENGINE_VERSION,
            "entry": request.entry,
            "hidden": redacted.report.entries.len(),
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
            name: name_of((record.id, component), request.entry, *kind),
            media_type: kind.media_type(),
            charset: text.charset,
            document,
            report: redacted.report,
            component: component.id,
            version: component.version,
            ledger_index: written.first_seq,
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

/// The profile that was asked for.
fn policy(asked: Option<&str>) -> Result<Policy, Refusal> {
    let name = asked.or(PROFILES.first().copied()).unwrap_or_default();
    let policy = PROFILES.contains(&name).then(|| Policy::shipped(name)).flatten();
    let policy = policy.and_then(|policy| policy.and(EMBEDDED, EMBEDDED_PATTERN).ok());
    policy.ok_or_else(|| {
        let code = FaultCode::UnknownWord { allowed: PROFILES };
        Refusal::Faults(vec![Fault { path: "profile".to_owned(), code }])
    })
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
fn content(
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
    let most = RENDITION_BYTES_MAX;
    let room = usize::try_from(length).ok().filter(|_| length <= most);
    // Of its final size from the start: growing would leave plaintext behind.
    let mut bytes = Zeroizing::new(vec![0; room.ok_or(Refusal::Withheld(Withheld::TooLarge { most }))?]);
    opening.read_exact(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// The names of all parties of the record, of its case, and of what it is linked with, as they were entered:
/// a party that somebody took out of the database would stand in the rendition.
fn names_around(opening: Opening<'_>, conn: &mut Conn, found: &Found) -> Result<Vec<String>, Refusal> {
    let record = found.record.id;
    let linked: BTreeSet<RecordId> = links::around(conn, &[record])?
        .into_iter()
        .flat_map(|link| [link.from_record, link.to_record])
        .filter(|id| *id != record)
        .take(LINKED_MAX)
        .collect();
    let mut known: Vec<RecordId> = vec![record];
    for row in record_rows::get_many(conn, &linked.into_iter().collect::<Vec<_>>())? {
        opening.1.must_be_whole(conn, &row)?;
        known.push(row.id);
    }
    let mut ids: BTreeSet<PartyId> =
        party_rows::of_records(conn, &known)?.into_iter().map(|row| row.party_id).collect();
    if let Some(case) = found.record.case_id {
        opening.1.must_be_last(conn, &Bound::Case(case))?;
        ids.extend(cases::parties_of(conn, case)?.into_iter().map(|row| row.party_id));
    }
    ids.into_iter().map(|id| Ok(parties::name(opening, conn, id)?.as_str().to_owned())).collect()
}

/// Whom the entries of a log name: their fields say so, whatever the names look like.
fn log_fields(text: &str, kind: Kind) -> BTreeSet<String> {
    if !matches!(kind, Kind::Json | Kind::JsonLines) {
        return BTreeSet::new();
    }
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let named = lines.flat_map(|line| {
        let field = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
        // Both stand in every entry of a log.
        let is_entry = line.get("operation").is_some() && line.get("at").is_some();
        [field("actor"), field("subject")].into_iter().flatten().filter(move |_| is_entry)
    });
    named.filter(|name| name.chars().count() > 1).collect()
}

/// Whom the text is known to be about.
///
/// # Errors
/// [`Withheld::Unproven`] if there are more than are looked for: one of them could stand there unhidden.
fn subjects(names: &[String], accounts: &BTreeSet<String>) -> Result<Subjects, Refusal> {
    let known = parties::known_subjects(names.iter().map(String::as_str));
    if !known.are_all {
        return Err(Refusal::Withheld(Withheld::Unproven));
    }
    let accounts = accounts.iter().map(|account| {
        let values = vec![(redaction::Kind::Username, account.clone())];
        Subject { name: account.clone(), values, ..Subject::default() }
    });
    Ok(Subjects::new(&known.subjects.into_iter().chain(accounts).collect::<Vec<_>>()))
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
        _ => "txt",
    };
    // People count components from 1.
    let part = entry.map_or_else(
        || format!("component{}", u64::from(component.ordinal) + 1),
        |ordinal| format!("entry{ordinal}"),
    );
    format!("{record}.{part}.redacted.{ending}")
}
