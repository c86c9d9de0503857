//! Mail, made anew: the fields that people see, the bodies as plain text, and a redacted copy of each attachment, or
//! a slip in its place. A message of Outlook leaves as mail.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{Message, MessageParser, PartType};
use zeroize::Zeroizing;

use super::edits;
use super::{Copy, Hides, UNSEEN, With, Withheld};
use crate::document::extract::mail::{BODY, SEEN};
use crate::document::extract::{Source, kept};
use crate::document::part::{Extracted, Role, Spot};
use crate::document::residue::Residues;
use crate::document::sniff::Format;

/// Fields that a copy may have.
const FIELDS: [&str; 13] = [
    "Subject",
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Date",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "Content-ID",
];
/// Bytes of one encoded word, so that a line stays below 76 letters.
const WORD_BYTES: usize = 45;
/// Letters of one line of base64.
const LINE_LETTERS: usize = 76;

pub(super) fn copy(
    source: Source<'_>,
    extracted: &Extracted,
    hides: &Hides,
    with: With<'_>,
) -> Result<Copy, Withheld> {
    let mut making = Making { with, level: 0, pictures: 0, withheld: Vec::new() };
    let bytes = Zeroizing::new(making.message(Some(source.bytes), extracted, hides)?.as_bytes().to_vec());
    let Making { pictures, withheld, .. } = making;
    Ok(Copy { bytes, format: Format::Mail, pictures, withheld, pages: Vec::new() })
}

struct Making<'s> {
    with: With<'s>,
    level: usize,
    pictures: usize,
    withheld: Vec<(usize, Withheld)>,
}

impl Making<'_> {
    fn message(
        &mut self,
        bytes: Option<&[u8]>,
        extracted: &Extracted,
        hides: &Hides,
    ) -> Result<Zeroizing<String>, Withheld> {
        let edits = edits::by_part(extracted, &hides.own)?;
        let mut out = Zeroizing::new(String::new());
        let mut bodies: BTreeMap<u32, Vec<(u32, Zeroizing<String>)>> = BTreeMap::new();
        for (part, text) in edits::masked(extracted, &edits) {
            let (Spot::Story { story, number }, Role::Text) = (part.spot, part.role) else { continue };
            let name = extracted.body.story_name(story);
            if name == BODY {
                bodies.entry(story).or_default().push((number, text));
            } else if let Some(name) = SEEN.iter().find(|seen| **seen == name) {
                field(name, &text, &mut out);
            } else {
                return Err(Withheld::DoesNotFit);
            }
        }
        let boundary = format!("=_part_{}", self.level);
        out.push_str("MIME-Version: 1.0\r\n");
        out.push_str(&format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n"));
        for lines in bodies.into_values() {
            self.text(&boundary, &laid_out(lines), &mut out);
        }
        let contents = match bytes {
            Some(bytes) => kept(bytes, extracted.format)?,
            None => extracted.children.iter().map(|_| Zeroizing::default()).collect(),
        };
        if contents.len() != extracted.children.len() {
            return Err(Withheld::DoesNotFit);
        }
        let none = Hides::default();
        let all = hides.children.iter().chain(std::iter::repeat(&none));
        for (number, ((child, content), hides)) in
            extracted.children.iter().zip(&contents).zip(all).enumerate()
        {
            self.pictures += usize::from(child.format.is_picture());
            let made = match &child.content {
                Ok(inner) => self.child(&boundary, number, (content, inner), hides, &mut out),
                Err(refused) => Err(Withheld::Refused(*refused)),
            };
            if let Err(withheld) = made {
                if self.level == 0 {
                    self.withheld.push((number, withheld));
                }
                let slip = format!("[{} {}]", self.with.slips.attachment, number + 1);
                self.text(&boundary, &slip, &mut out);
            }
        }
        out.push_str(&format!("--{boundary}--\r\n"));
        Ok(out)
    }

    /// A copy of what is attached. Nothing is written if there is none.
    fn child(
        &mut self,
        boundary: &str,
        number: usize,
        (content, inner): (&[u8], &Extracted),
        hides: &Hides,
        out: &mut String,
    ) -> Result<(), Withheld> {
        let number = number + 1;
        if inner.oddity.is_some() {
            return Err(Withheld::Odd(inner.oddity.ok_or(Withheld::DoesNotFit)?));
        }
        match inner.format {
            format if format.is_text_like() => {
                let edits = edits::by_part(inner, &hides.own)?;
                let mut lines = Zeroizing::new(String::new());
                for (part, text) in edits::masked(inner, &edits) {
                    if !matches!(part.role, Role::Attribute | Role::Comment) {
                        lines.push_str(&text);
                        lines.push('\n');
                    }
                }
                self.text(boundary, &lines, out);
            }
            Format::Mail | Format::Msg => {
                let bytes = (!content.is_empty()).then_some(content);
                self.level += 1;
                let message = self.message(bytes, inner, hides);
                self.level -= 1;
                out.push_str(&format!("--{boundary}\r\nContent-Type: message/rfc822\r\n\r\n"));
                out.push_str(&message?);
            }
            Format::Docx | Format::Xlsx | Format::Pptx | Format::Pdf | Format::Rtf => {
                let source = Source { bytes: content, name: None, media_type: None };
                // Whoever has looked at pages has looked at those of the message.
                let copy = super::redact(source, inner, hides, With { looked_at: &UNSEEN, ..self.with })?;
                self.pictures += copy.pictures;
                let ending = match copy.format {
                    Format::Docx => "docx",
                    Format::Xlsx => "xlsx",
                    Format::Pptx => "pptx",
                    Format::Rtf => "rtf",
                    _ => "pdf",
                };
                out.push_str(&format!(
                    "--{boundary}\r\nContent-Type: {}\r\nContent-Disposition: attachment; filename=\"attachment-{number}.{ending}\"\r\n\
                     Content-Transfer-Encoding: base64\r\n\r\n",
                    copy.format.media_type()
                ));
                base64_lines(&copy.bytes, out);
            }
            format => return Err(Withheld::NoCopy { format }),
        }
        Ok(())
    }

    fn text(&self, boundary: &str, text: &str, out: &mut String) {
        out.push_str(&format!(
            "--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        ));
        base64_lines(text.as_bytes(), out);
    }
}

/// Lines in their places, blank ones between them.
fn laid_out(lines: Vec<(u32, Zeroizing<String>)>) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::new());
    let mut next = 1;
    for (number, line) in lines {
        for _ in next..number {
            out.push('\n');
        }
        out.push_str(&line);
        out.push('\n');
        next = number.saturating_add(1);
    }
    out
}

fn base64_lines(bytes: &[u8], out: &mut String) {
    let letters = Zeroizing::new(STANDARD.encode(bytes));
    for line in letters.as_bytes().chunks(LINE_LETTERS) {
        out.push_str(std::str::from_utf8(line).unwrap_or(""));
        out.push_str("\r\n");
    }
}

/// A field. People are written as an empty group of that name: a hidden address is none.
fn field(name: &str, text: &str, out: &mut String) {
    out.push_str(name);
    out.push(':');
    let date = name == "Date" && text.chars().all(|c| c.is_ascii_alphanumeric() || " ,:+-()".contains(c));
    if date && text.len() < 60 {
        out.push_str(&format!(" {text}"));
    } else {
        let mut word = Zeroizing::new(String::new());
        for c in text.chars().filter(|c| !c.is_control()) {
            if word.len() + c.len_utf8() > WORD_BYTES {
                encoded_word(&word, out);
                word.clear();
            }
            word.push(c);
        }
        encoded_word(&word, out);
    }
    if !matches!(name, "Subject" | "Date") {
        out.push_str(":;");
    }
    out.push_str("\r\n");
}

fn encoded_word(word: &str, out: &mut String) {
    if !word.is_empty() {
        let separator = if out.ends_with("?=") { "\r\n " } else { " " };
        out.push_str(&format!("{separator}=?utf-8?B?{}?=", STANDARD.encode(word)));
    }
}

/// Looks through a copy by another reader of mail.
///
/// # Errors
/// A residue, or a field that no copy has.
pub(super) fn look_through(bytes: &[u8], residues: &Residues) -> Result<(), Withheld> {
    let message = MessageParser::default().parse(bytes).ok_or(Withheld::NotAsMeant)?;
    look_at(&message, residues)
}

fn look_at(message: &Message<'_>, residues: &Residues) -> Result<(), Withheld> {
    for (part, entity) in (1..).zip(&message.parts) {
        for field in &entity.headers {
            if !FIELDS.iter().any(|known| known.eq_ignore_ascii_case(field.name.as_str())) {
                return Err(Withheld::Structure { part });
            }
            let said = match &field.value {
                mail_parser::HeaderValue::Text(text) => text.to_string(),
                mail_parser::HeaderValue::Address(address) => {
                    let people = address.iter();
                    let mut said = people
                        .map(|person| format!("{:?} {:?}", person.name, person.address))
                        .collect::<String>();
                    if let mail_parser::Address::Group(groups) = address {
                        said.extend(groups.iter().filter_map(|group| group.name.as_deref()));
                    }
                    said
                }
                _ => String::new(),
            };
            if residues.in_text(&said) {
                return Err(Withheld::Residue { part });
            }
        }
        let found = match &entity.body {
            PartType::Text(text) | PartType::Html(text) => {
                residues.in_bytes(text.as_bytes()) || residues.in_text(text)
            }
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => residues.in_bytes(bytes),
            PartType::Message(inner) => {
                look_at(inner, residues)?;
                false
            }
            PartType::Multipart(_) => false,
        };
        if found {
            return Err(Withheld::Residue { part });
        }
    }
    Ok(())
}
