//! Mail: the head decoded, every part by its content, messages within messages.
//!
//! The parts are told apart here, line by line: one pass for each level, whatever the boundaries promise.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Address, HeaderValue, Message, MessageParser, MimeHeaders as _};
use zeroize::Zeroizing;

use super::msg::{head, lines};
use super::{Collected, Refused, Source, decode};
use crate::document::package::Allowance;
use crate::document::part::Role;
use crate::document::sniff::Format;

/// Fields at the head that people see.
pub(in crate::document) const SEEN: [&str; 8] =
    ["Subject", "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Date"];
/// What the lines of a body are called in places.
pub(in crate::document) const BODY: &str = "body";
/// Parts of several parts within each other.
const MULTIPART_DEPTH_MAX: usize = 16;
/// Bytes of the fields of one part.
const FIELDS_BYTES_MAX: usize = 1024 * 1024;
/// What a part without fields is read as.
const NO_FIELDS: &[u8] = b"MIME-Version: 1.0\r\n\r\n";
/// Some programs leave bits behind in the last letter, or leave the padding out.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn take(bytes: &[u8], out: &mut Collected, allowance: &mut Allowance) -> Result<(), Refused> {
    let mut reading = Reading { out, allowance, number: Vec::new() };
    reading.entity(bytes, "text/plain", true)
}

struct Reading<'a> {
    out: &'a mut Collected,
    allowance: &'a mut Allowance,
    /// The numbers of the parts around, and of this one.
    number: Vec<usize>,
}

impl Reading<'_> {
    /// Reads a part; `usual` is its type if it names none.
    fn entity(&mut self, bytes: &[u8], usual: &str, outermost: bool) -> Result<(), Refused> {
        self.allowance.take_mail_parts(1)?;
        let (fields, body) = halves(bytes);
        if fields.len() > FIELDS_BYTES_MAX {
            return Err(Refused::HeaderTooLong { bytes: fields.len(), most: FIELDS_BYTES_MAX });
        }
        let fields = readable(fields);
        let parser = MessageParser::default();
        let message = parser.parse_headers(fields.as_bytes()).filter(|message| !message.parts.is_empty());
        // The parser knows no message without fields.
        let message = message.or_else(|| parser.parse_headers(NO_FIELDS));
        let message = message.filter(|message| !message.parts.is_empty());
        let Some(message) = message else { return Err(Refused::Damaged { format: Format::Mail }) };
        self.fields(&message, outermost)?;
        let kind = message.content_type().map_or_else(
            || usual.to_owned(),
            |kind| format!("{}/{}", kind.c_type, kind.c_subtype.as_deref().unwrap_or("")),
        );
        let kind = kind.to_ascii_lowercase();
        let boundary = message.content_type().and_then(|kind| kind.attribute("boundary"));
        if let (true, Some(boundary)) = (kind.starts_with("multipart/"), boundary) {
            return self.parts(
                body,
                boundary,
                if kind == "multipart/digest" { "message/rfc822" } else { "text/plain" },
            );
        }
        let content = transferred(&message, body);
        self.allowance.take_inflated(content.len() as u64)?;
        self.leaf(&message, &kind, &content)
    }

    /// The parts of a part of several.
    fn parts(&mut self, body: &[u8], boundary: &str, usual: &str) -> Result<(), Refused> {
        if self.number.len() >= MULTIPART_DEPTH_MAX {
            return Err(Refused::TooManyLevels { most: MULTIPART_DEPTH_MAX });
        }
        self.number.push(0);
        for part in split(body, boundary) {
            if let Some(number) = self.number.last_mut() {
                *number += 1;
            }
            self.entity(part, usual, false)?;
        }
        self.number.pop();
        Ok(())
    }

    fn leaf(&mut self, message: &Message<'_>, kind: &str, content: &[u8]) -> Result<(), Refused> {
        let name = message.attachment_name();
        let place = match self.number.iter().map(ToString::to_string).collect::<Vec<_>>().join(".") {
            number if number.is_empty() => "part 1".to_owned(),
            number => format!("part {number}"),
        };
        let charset = message.content_type().and_then(|kind| kind.attribute("charset"));
        let attached = message.content_disposition().is_some_and(|kind| kind.is_attachment());
        if kind == "text/plain" && name.is_none() && !attached {
            // What is declared falsely is read as what it is.
            if let Ok(decoded) = decode(content, charset).or_else(|_| decode(content, None)) {
                return lines(self.out, BODY, &decoded.text);
            }
        }
        let media_type = match charset {
            Some(charset) => format!("{kind}; charset={charset}"),
            None => kind.to_owned(),
        };
        let source = Source { bytes: content, name, media_type: Some(&media_type) };
        self.out.child(source, &place, self.allowance)
    }

    /// The fields at the head of a part.
    fn fields(&mut self, message: &Message<'_>, outermost: bool) -> Result<(), Refused> {
        let fields = message.parts.first().map_or(&[][..], |part| &part.headers);
        for seen in SEEN.into_iter().filter(|_| outermost) {
            for field in fields.iter().filter(|field| field.name.as_str().eq_ignore_ascii_case(seen)) {
                head(self.out, seen, &told(message, field))?;
            }
        }
        for field in fields {
            let name = field.name.as_str();
            let seen = outermost && SEEN.iter().any(|seen| seen.eq_ignore_ascii_case(name));
            if !seen && !matches!(name, "Content-Transfer-Encoding" | "MIME-Version" | "Content-Disposition")
            {
                self.out.property(&format!("field {name}"), &told(message, field), Role::Metadata)?;
            }
        }
        Ok(())
    }
}

/// What a field says, decoded.
fn told(message: &Message<'_>, field: &mail_parser::Header<'_>) -> Zeroizing<String> {
    let one = |person: &mail_parser::Addr<'_>| match (&person.name, &person.address) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (Some(only), None) | (None, Some(only)) => only.to_string(),
        (None, None) => String::new(),
    };
    let all = |people: &[mail_parser::Addr<'_>]| people.iter().map(one).collect::<Vec<_>>().join(", ");
    Zeroizing::new(match &field.value {
        HeaderValue::Address(Address::List(people)) => all(people),
        HeaderValue::Address(Address::Group(groups)) => {
            let group = |group: &mail_parser::Group<'_>| {
                format!("{}: {}", group.name.as_deref().unwrap_or(""), all(&group.addresses))
            };
            groups.iter().map(group).collect::<Vec<_>>().join("; ")
        }
        HeaderValue::Text(text) => text.to_string(),
        HeaderValue::TextList(texts) => texts.join(", "),
        HeaderValue::ContentType(kind) => {
            let values = kind.attributes.iter().flatten();
            let values = values.filter(|value| value.name != "boundary" && value.name != "charset");
            values.map(|value| value.value.to_string()).collect::<Vec<_>>().join(" ")
        }
        HeaderValue::DateTime(_) | HeaderValue::Received(_) | HeaderValue::Empty => {
            let place = field.offset_start as usize..field.offset_end as usize;
            let raw = message.raw_message.get(place).unwrap_or(&[]);
            String::from_utf8_lossy(raw).split_whitespace().collect::<Vec<_>>().join(" ")
        }
    })
}

/// The fields of a part and what follows the blank line behind them.
fn halves(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        if line.trim_ascii().is_empty() {
            return bytes.split_at_checked(at).unwrap_or((bytes, &[]));
        }
    }
    (bytes, &[])
}

/// Fields should be ASCII; where they are not, they are in the encoding of whoever wrote them.
fn readable(fields: &[u8]) -> Zeroizing<String> {
    match std::str::from_utf8(fields) {
        Ok(fields) => Zeroizing::new(fields.to_owned()),
        Err(_) => match decode(fields, None) {
            Ok(decoded) => decoded.text,
            Err(_) => Zeroizing::new(String::from_utf8_lossy(fields).into_owned()),
        },
    }
}

/// The parts between boundaries. What stands before the first and behind the last is no part.
fn split<'b>(body: &'b [u8], boundary: &str) -> Vec<&'b [u8]> {
    let mut parts = Vec::new();
    let (mut at, mut start) = (0, None);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let begin = at;
        at += line.len();
        let Some(rest) = line.strip_prefix(b"--").and_then(|rest| rest.strip_prefix(boundary.as_bytes()))
        else {
            continue;
        };
        let rest = rest.trim_ascii_end();
        if !rest.is_empty() && rest != b"--" {
            continue;
        }
        if let Some(start) = start.take() {
            // The line end before a boundary belongs to it.
            let part = body.get(start..begin).unwrap_or(&[]);
            let part = part.strip_suffix(b"\n").unwrap_or(part);
            parts.push(part.strip_suffix(b"\r").unwrap_or(part));
        }
        if rest == b"--" {
            return parts;
        }
        start = Some(at);
    }
    parts.extend(start.and_then(|start| body.get(start..)));
    parts
}

/// A part's content without its coding for transfer.
fn transferred(message: &Message<'_>, body: &[u8]) -> Zeroizing<Vec<u8>> {
    let coding = message.content_transfer_encoding().unwrap_or("").trim().to_ascii_lowercase();
    let decoded = match coding.as_str() {
        "base64" => {
            let letters =
                body.iter().copied().filter(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte));
            let letters = Zeroizing::new(letters.collect::<Vec<u8>>());
            // A last letter by itself says nothing.
            let whole = letters.len() - usize::from(letters.len() % 4 == 1);
            LENIENT.decode(letters.get(..whole).unwrap_or(&[])).ok()
        }
        "quoted-printable" => quoted_printable_decode(body),
        _ => None,
    };
    Zeroizing::new(decoded.unwrap_or_else(|| body.to_vec()))
}

#[cfg(test)]
#[path = "mail_tests.rs"]
mod tests;
