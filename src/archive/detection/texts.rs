//! The texts of a version in which personal data is looked for, always the same and in the same order:
//! text 0 is what the descriptor says, a value a line; then come the components or, of a segment, the log
//! entries, each under its number from 1 on. A component is read with the marks of its format, because keys
//! and headings say what values are, and with the codes in which values are written resolved.

use std::ops::Range;

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
    /// The characters that are its own; those around them belong to its neighbours.
    pub own: Range<usize>,
    /// The component as it stands; of a long one, with its first piece.
    pub raw: Option<Raw>,
}

/// A component as it stands.
pub(in crate::archive) struct Raw {
    pub text: Zeroizing<String>,
    pub format: document::Format,
    /// It is looked at in pieces: places count the characters of the pieces, not its own.
    pub in_pieces: bool,
}

impl Text {
    /// A text that is no piece of a longer one.
    pub(super) fn whole(number: u64, text: Zeroizing<String>) -> Self {
        let own = 0..text.chars().count();
        Self { number, from: 0, text, own, raw: None }
    }
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
    let mut texts = vec![Text::whole(0, described(&version.descriptor))];
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
                let (raw, format) = (found.text.clone(), found.format);
                let mut found = pieces(u64::from(row.ordinal) + 1, found.text, format_of(format));
                let in_pieces = found.len() > 1;
                if let Some(first) = found.first_mut() {
                    first.raw = Some(Raw { text: raw, format, in_pieces });
                }
                texts.extend(found);
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
    Ok((Text::whole(ordinal + 1, text), entry))
}

pub(super) const fn format_of(format: document::Format) -> Format {
    match format {
        document::Format::Csv | document::Format::Tsv => Format::Csv,
        document::Format::Json | document::Format::JsonLines => Format::Json,
        document::Format::Xml | document::Format::Html => Format::Xml,
        _ => Format::Text,
    }
}

/// Bytes around a piece in which a value may begin or end.
const AROUND_BYTES: usize = 1024;
/// Longest heading of a table that goes before each of its pieces.
const HEADING_BYTES_MAX: usize = 4096;

/// A component's text with its codes resolved; a long one in pieces that end with a line, so that neither
/// memory nor the wait for the end of one piece grows with it. Each piece is seen with what stands around
/// it, and those of a table with its heading.
fn pieces(number: u64, text: Zeroizing<String>, format: Format) -> Vec<Text> {
    if text.len() <= DETECT_TEXT_BYTES_MAX {
        return vec![Text::whole(number, Zeroizing::new(Shape::open(&text, format).logical()))];
    }
    let heading = match format {
        Format::Csv => text.split_inclusive('\n').next().filter(|line| line.len() <= HEADING_BYTES_MAX),
        Format::Text | Format::Json | Format::Xml => None,
    };
    let mut pieces = Vec::new();
    let (mut start, mut from) = (0, 0);
    while start < text.len() {
        let rest = text.get(start..).unwrap_or_default();
        let end = start + end_of_piece(rest);
        let own = text.get(start..end).unwrap_or_default();
        let (before, behind) = around(&text, start, end);
        let heading = heading.filter(|_| start > 0).unwrap_or_default();
        let seen = Zeroizing::new([heading, before, own, behind].concat());
        let shape = Shape::open(&seen, format);
        let first = heading.chars().count() + before.chars().count();
        let count = own.chars().count();
        pieces.push(Text {
            number,
            from,
            text: Zeroizing::new(shape.logical()),
            own: shape.logical_at(first)..shape.logical_at(first + count),
            raw: None,
        });
        from += count as u64;
        start = end;
    }
    pieces
}

/// What stands before and behind a piece: from a line's beginning, and to a line's end, if they are near.
fn around(text: &str, start: usize, end: usize) -> (&str, &str) {
    let from = start.saturating_sub(AROUND_BYTES);
    let from = (from..=start).find(|at| text.is_char_boundary(*at)).unwrap_or(start);
    let before = text.get(from..start).unwrap_or_default();
    let line = if from == 0 { None } else { before.find('\n') };
    let to = (end + AROUND_BYTES).min(text.len());
    let to = (end..=to).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(end);
    let behind = text.get(end..to).unwrap_or_default();
    let whole = if to == text.len() { None } else { behind.rfind('\n') };
    (
        line.and_then(|at| before.get(at + 1..)).unwrap_or(before),
        whole.and_then(|at| behind.get(..=at)).unwrap_or(behind),
    )
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
    let mut text = Zeroizing::new(String::new());
    for line in lines(descriptor) {
        if !line.name.is_empty() {
            text.push_str(&line.name);
            text.push_str(NAMED);
        }
        text.push_str(&line.value);
        text.push('\n');
    }
    text
}

/// Stands between the name of a value and the value.
pub(super) const NAMED: &str = ": ";

/// What a line of the descriptor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    Title,
    Party,
    Custom,
    Field,
    ExternalId,
    FileName,
    Tag,
    Notes,
}

/// A line of what the descriptor says.
pub(super) struct Line {
    pub says: Says,
    /// The name of the value, or nothing.
    pub name: Zeroizing<String>,
    pub value: Zeroizing<String>,
}

/// The lines of what the descriptor says.
pub(super) fn lines(descriptor: &Descriptor) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |says, name: &str, value: &str| {
        let (name, value) = (Zeroizing::new(name.to_owned()), Zeroizing::new(value.to_owned()));
        lines.push(Line { says, name, value });
    };
    add(Says::Title, "", descriptor.title.as_str());
    descriptor.parties.iter().for_each(|party| add(Says::Party, "", party.name.as_str()));
    descriptor.custom.iter().for_each(|field| add(Says::Custom, &field.name, &field.value));
    for (name, value) in &descriptor.fields.to_json() {
        leaves(name, value, &mut |name, value| add(Says::Field, name, value));
    }
    descriptor.source.iter().for_each(|source| add(Says::ExternalId, "", source.external_id.as_str()));
    descriptor.original_names.iter().for_each(|name| add(Says::FileName, "", name.as_str()));
    descriptor.tags.iter().for_each(|tag| add(Says::Tag, "", tag.as_str()));
    descriptor.notes.iter().for_each(|notes| add(Says::Notes, "", notes.as_str()));
    lines
}

/// Every value of a field. Its depth was limited when it came in.
fn leaves(name: &str, value: &Value, add: &mut dyn FnMut(&str, &str)) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => add(name, &number.to_string()),
        Value::String(value) => add(name, value),
        Value::Array(items) => items.iter().for_each(|item| leaves(name, item, add)),
        Value::Object(members) => members.iter().for_each(|(name, member)| leaves(name, member, add)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(piece: &Text) -> String {
        piece.text.chars().skip(piece.own.start).take(piece.own.len()).collect()
    }

    #[test]
    fn a_long_text_is_looked_at_in_pieces_that_end_with_a_line() {
        let line = "电话 13800138000\n";
        let long = Zeroizing::new(line.repeat(2 * DETECT_TEXT_BYTES_MAX / line.len() + 7));
        let found = pieces(3, long.clone(), Format::Text);
        assert_eq!(found.len(), 3);
        assert_eq!(found.iter().map(own).collect::<String>(), *long);
        let mut from = 0;
        for piece in &found {
            let most = DETECT_TEXT_BYTES_MAX + 2 * AROUND_BYTES + HEADING_BYTES_MAX;
            assert!(own(piece).ends_with('\n') && piece.text.len() <= most);
            assert_eq!((piece.number, piece.from), (3, from));
            from += own(piece).chars().count() as u64;
        }
        let one_line = Zeroizing::new("电".repeat(DETECT_TEXT_BYTES_MAX));
        let pieces = pieces(1, one_line.clone(), Format::Text);
        assert_eq!(pieces.len(), 4, "and by characters where there is none");
        assert_eq!(pieces.iter().map(own).collect::<String>(), *one_line);
    }

    #[test]
    fn a_value_at_the_border_of_two_pieces_is_whole_in_the_one_in_which_it_begins() {
        let fill = "x".repeat(DETECT_TEXT_BYTES_MAX - 3);
        let found = pieces(1, Zeroizing::new(format!("{fill}王小明{fill}")), Format::Text);
        let holds: Vec<bool> = found
            .iter()
            .map(|piece| {
                let at = piece.text.split_once("王小明").map(|(before, _)| before.chars().count());
                at.is_some_and(|at| piece.own.contains(&at))
            })
            .collect();
        assert_eq!(holds.iter().filter(|holds| **holds).count(), 1, "{holds:?}");
    }

    #[test]
    fn pieces_of_a_table_have_its_heading_and_escapes_hide_nothing_in_them() {
        let rows = "\\u5f20\\u4f1f,1\n".repeat(DETECT_TEXT_BYTES_MAX / 8);
        let found = pieces(1, Zeroizing::new(format!("姓名,数\n{rows}")), Format::Csv);
        assert!(found.len() > 1);
        for piece in &found {
            assert!(piece.text.starts_with("姓名,数\n") && own(piece).ends_with("张伟,1\n"));
            assert!(!piece.text.contains('\\'));
        }
        let json = r#"{"n":"\u5f20\u4f1f"},"#.repeat(DETECT_TEXT_BYTES_MAX / 16);
        for piece in pieces(1, Zeroizing::new(json), Format::Json) {
            let middle: String = own(&piece).chars().skip(100).take(100).collect();
            assert!(middle.contains("张伟"), "{middle}");
        }
    }

    #[test]
    fn escapes_of_a_format_hide_nothing() {
        let json = Zeroizing::new(r#"{"\u59d3\u540d": "\u5f20\u4f1f"}"#.to_owned());
        assert_eq!(*pieces(1, json, Format::Json)[0].text, "{\"姓名\": \"张伟\"}");
        let text = Zeroizing::new(r"name=%E5%BC%A0%E4%BC%9F \u5f20".to_owned());
        assert_eq!(*pieces(1, text, Format::Text)[0].text, "name=张伟 张");
    }
}
