//! Messages of Outlook (MS-OXMSG): headers, recipients, body in all its forms, attachments with what is in them.

use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat};
use zeroize::Zeroizing;

use super::{Collected, Refused, Source, collected_as, rtf};
use crate::base::limits::{ARCHIVE_ENTRIES_MAX, EXTRACT_BYTES_MAX};
use crate::document::package::Allowance;
use crate::document::part::{Child, Role, Spot};
use crate::document::sniff::Format;

/// Properties that stand at the head of a message, in the order in which they are told.
const HEAD: [(u16, &str); 11] = [
    (0x0037, "Subject"),
    (0x0C1A, "From"),
    (0x0C1F, "From"),
    (0x5D01, "From"),
    (0x0042, "Sender"),
    (0x0065, "Sender"),
    (0x5D02, "Sender"),
    (0x0E04, "To"),
    (0x0E03, "Cc"),
    (0x0E02, "Bcc"),
    (0x0050, "Reply-To"),
];
const BODY: u16 = 0x1000;
const BODY_HTML: u16 = 0x1013;
const BODY_RTF: u16 = 0x1009;
const ATTACHED: u16 = 0x3701;
/// Names of an attached file, the best first.
const ATTACHED_NAMES: [u16; 3] = [0x3707, 0x3704, 0x3001];
const ATTACHED_TYPE: u16 = 0x370E;
const CODE_PAGE: u16 = 0x3FFD;
const CODE_PAGE_OF_INTERNET: u16 = 0x3FDE;
const SENT_AT: u16 = 0x0039;
const TEXT: u16 = 0x001F;
const TEXT_OF_CODE_PAGE: u16 = 0x001E;
const BYTES: u16 = 0x0102;
const STORAGE: u16 = 0x000D;
/// Seconds from 1601, where these times begin, to 1970.
const BEFORE_1970: i64 = 11_644_473_600;

type Compound<'b> = cfb::CompoundFile<Cursor<&'b [u8]>>;

pub(super) fn take(bytes: &[u8], out: &mut Collected, allowance: &mut Allowance) -> Result<(), Refused> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(|_| damaged())?;
    let entries = file.walk().take(ARCHIVE_ENTRIES_MAX + 1).count();
    if entries > ARCHIVE_ENTRIES_MAX {
        return Err(Refused::TooManyEntries { entries, most: ARCHIVE_ENTRIES_MAX });
    }
    message(&mut file, Path::new("/"), out, allowance)
}

fn damaged() -> Refused {
    Refused::Damaged { format: Format::Msg }
}

/// The properties of a message, a recipient or an attachment.
struct Properties {
    texts: Vec<(u16, Zeroizing<String>)>,
    bytes: Vec<(u16, Zeroizing<Vec<u8>>)>,
    /// Messages and objects that are attached.
    storages: Vec<(u16, PathBuf)>,
    /// Other folders: recipients and attachments.
    folders: Vec<(String, PathBuf)>,
    sent_at: Option<String>,
    charset: Option<String>,
}

impl Properties {
    /// Reads them. `header` is the length of what stands before the fixed ones.
    fn read(
        file: &mut Compound<'_>,
        folder: &Path,
        header: usize,
        allowance: &mut Allowance,
    ) -> Result<Self, Refused> {
        let entries: Vec<(String, bool, PathBuf)> = file
            .read_storage(folder)
            .map_err(|_| damaged())?
            .map(|entry| (entry.name().to_owned(), entry.is_stream(), entry.path().to_owned()))
            .collect();
        let fixed = folder.join("__properties_version1.0");
        let fixed =
            if file.is_stream(&fixed) { stream(file, &fixed, allowance)? } else { Zeroizing::default() };
        let fixed = Fixed(fixed.get(header..).unwrap_or(&[]));
        let page = fixed.number(CODE_PAGE_OF_INTERNET).or_else(|| fixed.number(CODE_PAGE));
        let charset = page.map(label_of);
        let mut found = Self {
            texts: Vec::new(),
            bytes: Vec::new(),
            storages: Vec::new(),
            folders: Vec::new(),
            sent_at: fixed.time(SENT_AT),
            charset,
        };
        for (name, is_stream, path) in entries {
            let Some((id, kind)) = name.strip_prefix("__substg1.0_").and_then(tag_of) else {
                if !is_stream {
                    found.folders.push((name, path));
                }
                continue;
            };
            match kind {
                STORAGE if !is_stream => found.storages.push((id, path)),
                TEXT => {
                    let bytes = stream(file, &path, allowance)?;
                    found
                        .texts
                        .push((id, Zeroizing::new(encoding_rs::UTF_16LE.decode(&bytes).0.into_owned())));
                }
                TEXT_OF_CODE_PAGE => {
                    let bytes = stream(file, &path, allowance)?;
                    found.texts.push((id, found.decoded(&bytes)));
                }
                BYTES if matches!(id, ATTACHED | BODY_HTML | BODY_RTF) => {
                    found.bytes.push((id, stream(file, &path, allowance)?));
                }
                _ => {}
            }
        }
        Ok(found)
    }

    fn text(&self, id: u16) -> Option<&str> {
        self.texts.iter().find(|(found, _)| *found == id).map(|(_, text)| text.trim_end_matches('\0'))
    }

    fn raw(&self, id: u16) -> Option<&[u8]> {
        self.bytes.iter().find(|(found, _)| *found == id).map(|(_, bytes)| bytes.as_slice())
    }

    /// Text of the code page that the message names, or of the likeliest.
    fn decoded(&self, bytes: &[u8]) -> Zeroizing<String> {
        match super::decode(bytes, self.charset.as_deref()) {
            Ok(decoded) => decoded.text,
            Err(_) => Zeroizing::new(encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned()),
        }
    }
}

/// Properties of fixed length: 16 bytes each, the kind first.
struct Fixed<'f>(&'f [u8]);

impl Fixed<'_> {
    fn value(&self, id: u16) -> Option<[u8; 8]> {
        let entry = self.0.chunks_exact(16).find(|entry| entry.get(2..4) == Some(&id.to_le_bytes()[..]))?;
        entry.get(8..16)?.first_chunk::<8>().copied()
    }

    fn number(&self, id: u16) -> Option<u32> {
        self.value(id)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes))
    }

    fn time(&self, id: u16) -> Option<String> {
        let ticks = i64::try_from(u64::from_le_bytes(self.value(id)?)).ok()?;
        let at = DateTime::from_timestamp(ticks / 10_000_000 - BEFORE_1970, 0)?;
        Some(at.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

/// The encoding of a Windows code page, by its label.
fn label_of(page: u32) -> String {
    match page {
        936 | 54936 => "gb18030".to_owned(),
        950 => "big5".to_owned(),
        932 => "shift_jis".to_owned(),
        949 => "euc-kr".to_owned(),
        65001 => "utf-8".to_owned(),
        page => format!("windows-{page}"),
    }
}

fn tag_of(name: &str) -> Option<(u16, u16)> {
    let id = u16::from_str_radix(name.get(..4)?, 16).ok()?;
    Some((id, u16::from_str_radix(name.get(4..8)?, 16).ok()?))
}

fn stream(
    file: &mut Compound<'_>,
    path: &Path,
    allowance: &mut Allowance,
) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let mut stream = file.open_stream(path).map_err(|_| damaged())?;
    // Streams may share sectors: what they take together is counted, not what the file takes.
    allowance.take_inflated(stream.len())?;
    let room = usize::try_from(stream.len().min(EXTRACT_BYTES_MAX)).map_err(|_| damaged())?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    stream.read_to_end(&mut bytes).map_err(|_| damaged())?;
    Ok(bytes)
}

fn message(
    file: &mut Compound<'_>,
    folder: &Path,
    out: &mut Collected,
    allowance: &mut Allowance,
) -> Result<(), Refused> {
    allowance.take_mail_parts(1)?;
    let header = if folder == Path::new("/") { 32 } else { 24 };
    let found = Properties::read(file, folder, header, allowance)?;
    for (id, label) in HEAD {
        if let Some(text) = found.text(id) {
            head(out, label, text)?;
        }
    }
    if let Some(at) = &found.sent_at {
        head(out, "Date", at)?;
    }
    body(&found, out, allowance)?;
    for (id, text) in &found.texts {
        if !HEAD.iter().any(|(known, _)| known == id) && !matches!(*id, BODY | BODY_HTML) {
            let text = text.trim_end_matches('\0');
            out.property(&format!("property 0x{id:04X}"), text, Role::Metadata)?;
        }
    }
    for (name, path) in &found.folders {
        if name.starts_with("__recip_version1.0_") {
            let person = Properties::read(file, path, 8, allowance)?;
            for (id, text) in &person.texts {
                let text = text.trim_end_matches('\0');
                out.property(&format!("recipient 0x{id:04X}"), text, Role::Metadata)?;
            }
        } else if name.starts_with("__attach_version1.0_") {
            attachment(file, path, out, allowance)?;
        }
    }
    Ok(())
}

/// A line of the head, with its label before it.
pub(super) fn head(out: &mut Collected, label: &str, value: &str) -> Result<(), Refused> {
    if value.trim().is_empty() {
        return Ok(());
    }
    let story = out.body.story(label);
    out.body.break_with('\n');
    out.body.text.push_str(label);
    out.body.text.push_str(": ");
    let start = out.body.at();
    out.body.text.push_str(value);
    Ok(out.body.part(start, 0, Role::Text, Spot::Story { story, number: 1 })?)
}

/// The lines of a body.
pub(super) fn lines(out: &mut Collected, story: &str, text: &str) -> Result<(), Refused> {
    let story = out.body.story(story);
    for (number, line) in (1..).zip(text.lines()) {
        out.line(line.trim_end_matches('\r'), Role::Text, Spot::Story { story, number })?;
    }
    Ok(())
}

fn body(found: &Properties, out: &mut Collected, allowance: &mut Allowance) -> Result<(), Refused> {
    let text = found.text(BODY).filter(|text| !text.trim().is_empty());
    if let Some(text) = text {
        lines(out, "body", text)?;
    }
    let html = found.text(BODY_HTML).map(|text| (text.as_bytes().to_vec(), Some("utf-8".to_owned())));
    let html = html.or_else(|| found.raw(BODY_HTML).map(|bytes| (bytes.to_vec(), found.charset.clone())));
    if let Some((bytes, charset)) = html {
        let bytes = Zeroizing::new(bytes);
        let media_type = charset.map_or("text/html".to_owned(), |name| format!("text/html; charset={name}"));
        let source = Source { bytes: &bytes, name: None, media_type: Some(&media_type) };
        return out.child(source, "body", allowance);
    }
    if text.is_none()
        && let Some(unpacked) = found.raw(BODY_RTF).and_then(rtf::unpacked)
    {
        allowance.take_inflated(unpacked.len() as u64)?;
        lines(out, "body", &rtf::text_of(&unpacked)?)?;
    }
    Ok(())
}

fn attachment(
    file: &mut Compound<'_>,
    folder: &Path,
    out: &mut Collected,
    allowance: &mut Allowance,
) -> Result<(), Refused> {
    allowance.take_mail_parts(1)?;
    let found = Properties::read(file, folder, 8, allowance)?;
    let place = format!("attachment {}", out.children.len() + 1);
    let name = ATTACHED_NAMES.into_iter().find_map(|id| found.text(id)).filter(|name| !name.is_empty());
    for id in ATTACHED_NAMES.into_iter().skip(1) {
        if let Some(other) = found.text(id).filter(|other| name != Some(other)) {
            out.property(&place, other, Role::AttachmentName)?;
        }
    }
    if let Some(bytes) = found.raw(ATTACHED) {
        let source = Source { bytes, name, media_type: found.text(ATTACHED_TYPE) };
        return out.child(source, &place, allowance);
    }
    let Some((_, inner)) = found.storages.iter().find(|(id, _)| *id == ATTACHED) else { return Ok(()) };
    if let Some(name) = name {
        out.property(&place, name, Role::AttachmentName)?;
    }
    if let Some(kept) = &mut out.kept {
        kept.push(Zeroizing::default());
        return Ok(());
    }
    let is_message = file.is_stream(inner.join("__properties_version1.0"));
    let (format, content) = if is_message {
        let mut within = Collected::default();
        let read = allowance.within_mail(|left| message(file, inner, &mut within, left));
        match read {
            Err(refused) if refused.is_limit() => return Err(refused),
            outcome => (Format::Msg, outcome.map(|()| collected_as(Format::Msg, within))),
        }
    } else {
        (Format::Compound, Err(Refused::OtherFormat { format: Format::Compound }))
    };
    out.children.push(Child { format, content, place: Zeroizing::new(place) });
    Ok(())
}
