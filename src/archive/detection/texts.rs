//! The texts of a version in which personal data is looked for, always the same and in the same order:
//! text 0 is what the descriptor says, a value a line; then come the components or, of a segment, the log
//! entries, each under its number from 1 on. A component is read as it stands, with the marks of its
//! format, because keys and headings say what values are.

use serde_json::Value;
use zeroize::Zeroizing;

use crate::archive::indexing::{OpenSegment, OpenVersion, Said, Unread, is_damage};
use crate::archive::refusal::Refusal;
use crate::base::limits::{DETECT_TEXT_BYTES_MAX, EXTRACT_BYTES_MAX};
use crate::document;
use crate::record::descriptor::Descriptor;
use crate::record::feed::LogEntry;
use crate::redaction::Format;
use crate::redaction::shape::Shape;
use crate::store::Conn;
use crate::store::rows::components::{self, Presence};

/// One text.
pub(in crate::archive) struct Text {
    /// 0 for the descriptor, else the number of the component or of the log entry, from 1.
    pub number: u64,
    /// Characters of the component before it: a long one is looked at in pieces.
    pub from: u64,
    pub text: Zeroizing<String>,
}

/// The texts of a record as a whole, and how much of it they are.
pub(in crate::archive) struct Texts {
    pub texts: Vec<Text>,
    pub looked_at: LookedAt,
    /// Components that were refused, and were not before.
    pub unread: Vec<Unread>,
}

/// How much of a version is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) enum LookedAt {
    /// Everything that it says.
    All,
    /// Some component is damaged or too long, or is no text beside others that are.
    Part,
    /// No component is text: the descriptor alone.
    Descriptor,
}

/// The texts of the record as a whole. Of a segment that is the descriptor.
///
/// # Errors
/// The database cannot be read. Components that cannot be read are left out, and the outcome says so.
pub(in crate::archive) fn of_whole(
    version: &OpenVersion<'_>,
    conn: &mut Conn,
    is_segment: bool,
) -> Result<Texts, Refusal> {
    let mut texts = vec![Text { number: 0, from: 0, text: described(&version.descriptor) }];
    let (mut read, mut left_out, mut no_text, mut room) = (0_u32, 0_u32, 0_u32, EXTRACT_BYTES_MAX);
    let mut unread = Vec::new();
    let rows = if is_segment {
        Vec::new()
    } else {
        components::of_version(conn, version.row.record_id, version.row.version)?
    };
    for row in rows.iter().filter(|row| row.state == Presence::Present) {
        match version.characters(conn, row, room) {
            Ok(Said::Text(found)) => {
                room = room.saturating_sub(found.bytes);
                read += 1;
                texts.extend(pieces(u64::from(row.ordinal) + 1, found.text, format_of(found.format)));
            }
            Ok(Said::Nothing) => no_text += 1,
            Ok(Said::Refused(refused)) => {
                unread.extend(refused);
                left_out += 1;
            }
            Err(error) if is_damage(&error) => left_out += 1,
            Err(error) => return Err(error),
        }
    }
    let looked_at = match (left_out, no_text, read) {
        (0, 0, _) => LookedAt::All,
        (0, _, 0) => LookedAt::Descriptor,
        _ => LookedAt::Part,
    };
    Ok(Texts { texts, looked_at, unread })
}

/// The text of a log entry: its sealed form, whose keys say what the values are.
///
/// # Errors
/// Damage of the payload, or no such entry.
pub(in crate::archive) fn of_entry(
    segment: &mut OpenSegment,
    ordinal: u64,
) -> Result<(Text, LogEntry), Refusal> {
    let entry = segment.entry(ordinal)?;
    let text = Zeroizing::new(String::from_utf8_lossy(entry.canonical()).into_owned());
    Ok((Text { number: ordinal + 1, from: 0, text }, entry))
}

const fn format_of(format: document::Format) -> Format {
    match format {
        document::Format::Csv | document::Format::Tsv => Format::Csv,
        document::Format::Json | document::Format::JsonLines => Format::Json,
        document::Format::Xml | document::Format::Html => Format::Xml,
        _ => Format::Text,
    }
}

/// A component's text with the escapes of its format resolved; a long one in pieces that end with a line,
/// as it stands, so that neither memory nor the wait for the end of one piece grows with it.
fn pieces(number: u64, text: Zeroizing<String>, format: Format) -> Vec<Text> {
    if text.len() <= DETECT_TEXT_BYTES_MAX {
        let text = match format {
            Format::Text => text,
            Format::Json | Format::Csv | Format::Xml => Zeroizing::new(Shape::open(&text, format).logical()),
        };
        return vec![Text { number, from: 0, text }];
    }
    let mut pieces = Vec::new();
    let (mut rest, mut from) = (text.as_str(), 0);
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(end_of_piece(rest));
        pieces.push(Text { number, from, text: Zeroizing::new(piece.to_owned()) });
        from += piece.chars().count() as u64;
        rest = behind;
    }
    pieces
}

/// Where the first piece of a text ends: behind the last line break within the limit, if there is one.
fn end_of_piece(text: &str) -> usize {
    if text.len() <= DETECT_TEXT_BYTES_MAX {
        return text.len();
    }
    let most = (0..=DETECT_TEXT_BYTES_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    text.get(..most).and_then(|piece| piece.rfind('\n')).map_or(most, |at| at + 1)
}

/// What the descriptor says, a value a line, with its name where it has one.
fn described(descriptor: &Descriptor) -> Zeroizing<String> {
    let mut lines = Zeroizing::new(String::new());
    line(&mut lines, "", descriptor.title.as_str());
    descriptor.parties.iter().for_each(|party| line(&mut lines, "", party.name.as_str()));
    descriptor.custom.iter().for_each(|field| line(&mut lines, &field.name, &field.value));
    for (name, value) in &descriptor.fields.to_json() {
        leaves(&mut lines, name, value);
    }
    descriptor.source.iter().for_each(|source| line(&mut lines, "", source.external_id.as_str()));
    descriptor.original_names.iter().for_each(|name| line(&mut lines, "", name.as_str()));
    descriptor.tags.iter().for_each(|tag| line(&mut lines, "", tag.as_str()));
    descriptor.notes.iter().for_each(|notes| line(&mut lines, "", notes.as_str()));
    lines
}

fn line(lines: &mut String, name: &str, value: &str) {
    if !name.is_empty() {
        lines.push_str(name);
        lines.push_str(": ");
    }
    lines.push_str(value);
    lines.push('\n');
}

/// Every value of a field. Its depth was limited when it came in.
fn leaves(lines: &mut String, name: &str, value: &Value) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => line(lines, name, &number.to_string()),
        Value::String(value) => line(lines, name, value),
        Value::Array(items) => items.iter().for_each(|item| leaves(lines, name, item)),
        Value::Object(members) => members.iter().for_each(|(name, member)| leaves(lines, name, member)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_looked_at_in_pieces_that_end_with_a_line() {
        let line = "电话 13800138000\n";
        let long = Zeroizing::new(line.repeat(2 * DETECT_TEXT_BYTES_MAX / line.len() + 7));
        let found = pieces(3, long.clone(), Format::Csv);
        assert_eq!(found.len(), 3);
        assert_eq!(found.iter().map(|piece| piece.text.as_str()).collect::<String>(), *long);
        let mut from = 0;
        for piece in &found {
            assert!(piece.text.ends_with('\n') && piece.text.len() <= DETECT_TEXT_BYTES_MAX);
            assert_eq!((piece.number, piece.from), (3, from));
            from += piece.text.chars().count() as u64;
        }
        let one_line = Zeroizing::new("电".repeat(DETECT_TEXT_BYTES_MAX));
        assert_eq!(pieces(1, one_line, Format::Text).len(), 4, "and by characters where there is none");
    }

    #[test]
    fn escapes_of_a_format_hide_nothing() {
        let json = Zeroizing::new(r#"{"\u59d3\u540d": "\u5f20\u4f1f"}"#.to_owned());
        assert_eq!(*pieces(1, json, Format::Json)[0].text, "{\"姓名\": \"张伟\"}");
    }
}
