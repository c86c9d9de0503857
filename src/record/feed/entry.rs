//! A log entry: checked fields and the canonical bytes that are sealed and committed to.
//!
//! Canonical bytes are the RFC 8785 form of one JSON object with our field names; fields of the
//! source that are not ours stand beside them under their own names. Values are kept as the source
//! writes them, with these exceptions, each of which loses nothing: a local time gets the offset
//! of its zone; a count written as text becomes a number; a number that stands for a name, and a
//! whole number beyond 2⁵³, becomes text.

use std::borrow::Cow;
use std::fmt;

use chrono::{NaiveDateTime, SecondsFormat, TimeZone as _};
use serde_json::Value;

use super::entry_fault::{EntryFault, EntryProblem};
use super::fields::EntryField;
use super::jsonl::{RawEntry, Scalar, raw_entry};
use crate::base::canonical;
use crate::base::civil::{YEARS, Zone};
use crate::base::limits::{NOTE_CHARS_MAX, REASON_CHARS_MAX, TITLE_CHARS_MAX};
use crate::base::moment::Moment;
use crate::base::text::{BadLabel, is_bidi_control};

/// One step of processing, as a log tells it. `Debug` withholds everything but the instant.
#[derive(Clone, PartialEq)]
pub struct LogEntry {
    /// When.
    pub at: Moment,
    /// What was done.
    pub operation: String,
    /// What for.
    pub purpose: String,
    /// On which data.
    pub data_category: String,
    /// Where.
    pub system: String,
    /// Who did it.
    pub actor: String,
    /// Whose data.
    pub subject: Option<String>,
    /// How many subjects or data sets.
    pub count: Option<u64>,
    /// The authorization that the entry names.
    pub authorization: Option<String>,
    /// Fields of the source that are not ours, in canonical order.
    pub extra: Vec<(String, Value)>,
    /// The line of the source on which it begins.
    pub line: u64,
    canonical: Vec<u8>,
}

impl fmt::Debug for LogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogEntry").field("at", &self.at).field("line", &self.line).finish_non_exhaustive()
    }
}

impl LogEntry {
    /// The bytes that are sealed: the same entry has the same bytes, whatever its source looked like.
    pub fn canonical(&self) -> &[u8] {
        &self.canonical
    }

    /// Gives the canonical bytes away.
    pub fn into_canonical(self) -> Vec<u8> {
        self.canonical
    }

    /// Reads one line of JSON. Local times without offset are those of `zone`.
    ///
    /// # Errors
    /// Everything that is wrong with the line, the first of it first; never nothing.
    pub fn parse(line: &str, number: u64, zone: Zone) -> Result<Self, Vec<EntryFault>> {
        let fault =
            |problem, byte: usize| EntryFault { line: number, column: column_of(line, byte), problem };
        let raw = raw_entry(line).map_err(|(problem, byte)| vec![fault(problem, byte)])?;
        let place = |text: &str| (text.as_ptr() as usize).checked_sub(line.as_ptr() as usize);
        from_raw(raw, number, zone, |value| match value {
            Some(Scalar::Text(Cow::Borrowed(text))) => column_of(line, place(text).unwrap_or(0)),
            Some(Scalar::Text(Cow::Owned(_)) | Scalar::Whole(_) | Scalar::Other) | None => 1,
        })
    }

    /// Reads an entry back from its canonical bytes; `None` if they are not the canonical bytes of
    /// an entry.
    pub fn from_canonical(bytes: &[u8]) -> Option<Self> {
        let entry = Self::parse(std::str::from_utf8(bytes).ok()?, 1, Zone::UTC).ok()?;
        (entry.canonical == bytes).then_some(entry)
    }
}

/// 1-based position in characters of a byte of the line.
pub(super) fn column_of(line: &str, byte: usize) -> usize {
    line.char_indices().take_while(|(at, _)| *at < byte).count() + 1
}

/// Checks what a source said; `column` tells where a value stands. All faults are told at once.
pub(super) fn from_raw<'a>(
    raw: RawEntry<'a>,
    line: u64,
    zone: Zone,
    column: impl Fn(Option<&Scalar<'a>>) -> usize,
) -> Result<LogEntry, Vec<EntryFault>> {
    let [actor, at, authorization, count, data_category, operation, purpose, subject, system] = raw.fields;
    let check = Check { line, column };
    let mut faults = Vec::new();
    let time = kept(&mut faults, check.time(at, zone));
    let actor = kept(&mut faults, check.needed(EntryField::Actor, actor));
    let authorization = kept(&mut faults, check.text(EntryField::Authorization, authorization));
    let count = kept(&mut faults, check.count(count));
    let data_category = kept(&mut faults, check.needed(EntryField::DataCategory, data_category));
    let operation = kept(&mut faults, check.needed(EntryField::Operation, operation));
    let purpose = kept(&mut faults, check.needed(EntryField::Purpose, purpose));
    let subject = kept(&mut faults, check.text(EntryField::Subject, subject));
    let system = kept(&mut faults, check.needed(EntryField::System, system));
    if let (Some(None), Some(None)) = (&subject, count) {
        faults.push(EntryFault { line, column: 1, problem: EntryProblem::NoSubjectNorCount });
    }
    let (
        true,
        Some((at_text, at)),
        Some(actor),
        Some(data_category),
        Some(operation),
        Some(purpose),
        Some(system),
    ) = (faults.is_empty(), time, actor, data_category, operation, purpose, system)
    else {
        return Err(faults);
    };
    let (authorization, count, subject) = (authorization.flatten(), count.flatten(), subject.flatten());
    let mut extra: Vec<(String, Value)> =
        raw.extra.into_iter().map(|(name, value)| (name.into_owned(), value)).collect();
    // RFC 8785 §3.2.3: names are ordered by their UTF-16 code units.
    extra.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    let texts = [
        (EntryField::Actor, Some(actor.as_ref())),
        (EntryField::At, Some(at_text.as_ref())),
        (EntryField::Authorization, authorization.as_deref()),
        (EntryField::Count, None),
        (EntryField::DataCategory, Some(data_category.as_ref())),
        (EntryField::Operation, Some(operation.as_ref())),
        (EntryField::Purpose, Some(purpose.as_ref())),
        (EntryField::Subject, subject.as_deref()),
        (EntryField::System, Some(system.as_ref())),
    ];
    let canonical = canonical_bytes(&texts, count, &extra);
    Ok(LogEntry {
        at,
        operation: operation.into_owned(),
        purpose: purpose.into_owned(),
        data_category: data_category.into_owned(),
        system: system.into_owned(),
        actor: actor.into_owned(),
        subject: subject.map(Cow::into_owned),
        count,
        authorization: authorization.map(Cow::into_owned),
        extra,
        line,
        canonical,
    })
}

/// What was read; a fault goes to the others.
fn kept<T>(faults: &mut Vec<EntryFault>, read: Result<T, EntryFault>) -> Option<T> {
    read.map_err(|fault| faults.push(fault)).ok()
}

struct Check<F> {
    line: u64,
    column: F,
}

impl<'a, F: Fn(Option<&Scalar<'a>>) -> usize> Check<F> {
    fn fault(&self, value: Option<&Scalar<'a>>, problem: EntryProblem) -> EntryFault {
        EntryFault { line: self.line, column: (self.column)(value), problem }
    }

    fn needed(&self, field: EntryField, value: Option<Scalar<'a>>) -> Result<Cow<'a, str>, EntryFault> {
        self.text(field, value)?.ok_or_else(|| self.fault(None, EntryProblem::Missing { field }))
    }

    fn text(&self, field: EntryField, value: Option<Scalar<'a>>) -> Result<Option<Cow<'a, str>>, EntryFault> {
        match value {
            None => Ok(None),
            Some(Scalar::Whole(number)) => Ok(Some(Cow::Owned(number.to_string()))),
            Some(Scalar::Text(text)) => {
                let most = if field == EntryField::Purpose { REASON_CHARS_MAX } else { TITLE_CHARS_MAX };
                match readable(&text, most) {
                    Ok(()) => Ok(Some(text)),
                    Err(why) => {
                        Err(self.fault(Some(&Scalar::Text(text)), EntryProblem::BadText { field, why }))
                    }
                }
            }
            Some(other @ Scalar::Other) => Err(self.fault(Some(&other), EntryProblem::NotText { field })),
        }
    }

    fn count(&self, value: Option<Scalar<'a>>) -> Result<Option<u64>, EntryFault> {
        let count = match &value {
            None => return Ok(None),
            Some(Scalar::Whole(count)) => Some(*count),
            Some(Scalar::Text(text)) => text.trim().parse().ok(),
            Some(Scalar::Other) => None,
        };
        // What the canonical form cannot keep is refused.
        match count.filter(|count| *count <= 1 << 53) {
            Some(count) => Ok(Some(count)),
            None => Err(self.fault(value.as_ref(), EntryProblem::BadCount)),
        }
    }

    fn time(&self, value: Option<Scalar<'a>>, zone: Zone) -> Result<(Cow<'a, str>, Moment), EntryFault> {
        match value {
            None => Err(self.fault(None, EntryProblem::Missing { field: EntryField::At })),
            Some(Scalar::Text(text)) => match instant(&text, zone) {
                Some((None, at)) => Ok((text, at)),
                Some((Some(written), at)) => Ok((Cow::Owned(written), at)),
                None => Err(self.fault(Some(&Scalar::Text(text)), EntryProblem::BadTime)),
            },
            Some(other) => Err(self.fault(Some(&other), EntryProblem::BadTime)),
        }
    }
}

/// The instant, and how it is written if the source says no offset. Years outside those of evidence
/// are no instants.
fn instant(text: &str, zone: Zone) -> Option<(Option<String>, Moment)> {
    let (written, at) = match Moment::parse(text) {
        Ok(at) => (None, at),
        Err(_) => {
            let (text, written) = local_instant(text, zone)?;
            (Some(text), written)
        }
    };
    // The first and last years are left out: their ends lie in other years in other zones.
    let years = i64::from(YEARS.start() + 1 - 1970)..i64::from(YEARS.end() - 1 - 1970);
    years.contains(&at.micros().div_euclid(365_2425 * 8_640_000_000 / 1_000)).then_some((written, at))
}

/// A local time of the zone, `2026-03-01 09:00`, `2026/3/1 9:00:00` and the like.
fn local_instant(text: &str, zone: Zone) -> Option<(String, Moment)> {
    const FORMS: [&str; 8] = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M",
        "%Y/%m/%d %H:%M:%S%.f",
        "%Y/%m/%d %H:%M",
        "%Y年%m月%d日 %H:%M:%S",
        "%Y年%m月%d日 %H:%M",
    ];
    let text = text.trim();
    let local = FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    // A time that clocks showed twice or never is no evidence of an instant.
    let at = zone.to_tz().from_local_datetime(&local).single()?;
    Some((at.to_rfc3339_opts(SecondsFormat::AutoSi, true), Moment::from_micros(at.timestamp_micros())))
}

/// As [`crate::base::text::label`] checks, but without rewriting: evidence stays as it came.
fn readable(text: &str, most: usize) -> Result<(), BadLabel> {
    let plain = text.len() <= most && text.bytes().all(|b| (0x20..0x7F).contains(&b));
    if plain {
        return if text.bytes().all(|b| b == b' ') { Err(BadLabel::Blank) } else { Ok(()) };
    }
    let mut chars = 0;
    let mut blank = true;
    for (at, c) in text.chars().enumerate().take(NOTE_CHARS_MAX) {
        if (c.is_control() && c != '\t') || is_bidi_control(c) {
            return Err(BadLabel::Control { position: at + 1, code: c.into() });
        }
        blank &= c.is_whitespace() || crate::base::text::is_invisible(c);
        chars += 1;
    }
    match chars {
        _ if blank => Err(BadLabel::Blank),
        chars if chars > most => Err(BadLabel::TooLong { chars, most }),
        _ => Ok(()),
    }
}

/// The RFC 8785 form. Our names are ASCII and in order already; names of the source, in order too,
/// are merged in.
fn canonical_bytes(
    texts: &[(EntryField, Option<&str>); EntryField::COUNT],
    count: Option<u64>,
    extra: &[(String, Value)],
) -> Vec<u8> {
    let mut extra = extra.iter().peekable();
    let room: usize =
        texts.iter().map(|(field, text)| field.as_str().len() + 6 + text.map_or(0, str::len)).sum();
    let mut out = Vec::with_capacity(room + 32);
    out.push(b'{');
    for (field, text) in texts {
        while let Some((name, value)) = extra.next_if(|(name, _)| name.as_str() < field.as_str()) {
            write_extra(&mut out, name, value);
        }
        if let Some(text) = text {
            write_name(&mut out, field.as_str());
            write_text(&mut out, text);
        } else if let (EntryField::Count, Some(count)) = (field, count) {
            write_name(&mut out, field.as_str());
            out.extend_from_slice(count.to_string().as_bytes());
        }
    }
    for (name, value) in extra {
        write_extra(&mut out, name, value);
    }
    out.push(b'}');
    out
}

fn write_extra(out: &mut Vec<u8>, name: &str, value: &Value) {
    write_name(out, name);
    match value {
        Value::String(text) => write_text(out, text),
        other => out.extend_from_slice(&canonical::to_bytes(other)),
    }
}

fn write_name(out: &mut Vec<u8>, name: &str) {
    if out.len() > 1 {
        out.push(b',');
    }
    write_text(out, name);
    out.push(b':');
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    // serde_json escapes strings as RFC 8785 §3.2.2.2 asks; a golden test holds it to that.
    serde_json::to_writer(out, text).expect("writing to memory does not fail");
}
