//! XML of Office documents, token by token: names without prefix, references resolved, and never a document
//! type declaration.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use zeroize::Zeroizing;

use super::encoding::decode;
use super::extract::Refused;
use super::sniff::Format;
use crate::base::limits::DOCUMENT_XML_DEPTH_MAX;

/// Bytes at the beginning in which the declaration is looked for.
const DECLARATION_BYTES: usize = 256;

/// The encoding that the XML declaration names.
pub(super) fn declared(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..DECLARATION_BYTES.min(bytes.len()))?;
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let end = head.iter().position(|byte| *byte == b'>')?;
    let declaration = std::str::from_utf8(head.get(..end)?).ok()?;
    let (_, after) = declaration.strip_prefix("<?xml")?.split_once("encoding")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value.get(1..)?.split_once(quote).map(|(name, _)| name.to_owned())
}

/// Decodes a part.
pub(super) fn decoded(bytes: &[u8]) -> Result<Zeroizing<String>, Refused> {
    Ok(decode(bytes, declared(bytes).as_deref())?.text)
}

/// One step through a part.
pub(super) enum Token<'t> {
    /// An element begins.
    Open(Tag<'t>),
    /// Text; one text may come in several.
    Text(Cow<'t, str>),
    /// The element of that name ends.
    Close(&'t str),
    /// The part ends.
    End,
}

/// The beginning of an element.
pub(super) struct Tag<'t> {
    /// Its name without prefix.
    pub(super) local: &'t str,
    /// Its prefix; empty if it has none.
    pub(super) prefix: &'t str,
    start: BytesStart<'t>,
}

/// A part while it is read.
pub(super) struct Xml<'t> {
    text: &'t str,
    format: Format,
    reader: Reader<&'t [u8]>,
    open: Vec<&'t str>,
    counted: usize,
    line: u32,
}

impl<'t> Xml<'t> {
    /// Reads a part of a document of that format.
    pub(super) fn of(text: &'t str, format: Format) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Self { text, format, reader, open: Vec::new(), counted: 0, line: 1 }
    }

    /// Elements that are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The names of the elements that are open, the innermost last.
    pub(super) fn path(&self) -> &[&'t str] {
        &self.open
    }

    /// The name of the open element `above` the innermost one: its parent is 1 above.
    pub(super) fn above(&self, above: usize) -> &'t str {
        self.open.iter().rev().nth(above).copied().unwrap_or("")
    }

    /// The next token. Comments and instructions are passed over.
    ///
    /// # Errors
    /// Not well-formed, a document type declaration, or nested too deeply.
    pub(super) fn next(&mut self) -> Result<Token<'t>, Refused> {
        loop {
            let at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
            let Ok(event) = self.reader.read_event() else { return Err(self.malformed(at)) };
            match event {
                Event::Start(start) => return self.enter(start, at),
                Event::End(_) => return Ok(Token::Close(self.open.pop().unwrap_or(""))),
                Event::Text(text) => return Ok(Token::Text(text.xml10_content())),
                Event::CData(text) => return Ok(Token::Text(text.xml10_content())),
                Event::GeneralRef(reference) => {
                    let named = quick_xml::escape::resolve_xml_entity(&reference);
                    return match (named, reference.resolve_char_ref()) {
                        (Some(text), _) => Ok(Token::Text(Cow::Borrowed(text))),
                        (None, Ok(Some(c))) => Ok(Token::Text(Cow::Owned(c.to_string()))),
                        _ => Err(self.malformed(at)),
                    };
                }
                Event::DocType(_) => return Err(Refused::DocumentType { line: self.line_at(at) }),
                Event::Eof if self.open.is_empty() => return Ok(Token::End),
                Event::Eof => return Err(self.malformed(at)),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::Empty(_) => {}
            }
        }
    }

    /// Passes over the element that was just begun, with all that is in it.
    pub(super) fn skip(&mut self) -> Result<(), Refused> {
        let above = self.depth().saturating_sub(1);
        while self.depth() > above {
            if let Token::End = self.next()? {
                break;
            }
        }
        Ok(())
    }

    /// The text of the element that was just begun.
    pub(super) fn text(&mut self) -> Result<Zeroizing<String>, Refused> {
        let above = self.depth().saturating_sub(1);
        let mut content = Zeroizing::new(String::new());
        while self.depth() > above {
            match self.next()? {
                Token::Text(text) => content.push_str(&text),
                Token::End => break,
                Token::Open(_) | Token::Close(_) => {}
            }
        }
        Ok(content)
    }

    fn enter(&mut self, start: BytesStart<'t>, at: usize) -> Result<Token<'t>, Refused> {
        if self.open.len() >= DOCUMENT_XML_DEPTH_MAX {
            return Err(Refused::TooDeep { line: self.line_at(at), most: DOCUMENT_XML_DEPTH_MAX });
        }
        let length = start.name().as_ref().len();
        let name = self.text.get(at + 1..at + 1 + length).unwrap_or("");
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        self.open.push(local);
        Ok(Token::Open(Tag { local, prefix, start }))
    }

    fn malformed(&mut self, at: usize) -> Refused {
        let fault = usize::try_from(self.reader.error_position()).unwrap_or(at).min(self.text.len());
        Refused::Malformed { format: self.format, line: self.line_at(fault.max(at)) }
    }

    fn line_at(&mut self, at: usize) -> u32 {
        let passed = self.text.as_bytes().get(self.counted..at).unwrap_or(&[]);
        let breaks = passed.iter().filter(|byte| **byte == b'\n').count();
        self.counted = self.counted.max(at);
        self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.line
    }
}

impl<'t> Tag<'t> {
    /// The value of an attribute, by its name without prefix.
    pub(super) fn attribute(&self, local: &str) -> Option<Cow<'_, str>> {
        self.attributes().find(|(_, found, _)| *found == local).map(|(.., value)| value)
    }

    /// All attributes but declarations of prefixes: prefix, name and value. Equal names are not looked for:
    /// that takes the square of their number.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &str, Cow<'_, str>)> {
        let mut attributes = self.start.attributes();
        attributes.with_checks(false);
        attributes.flatten().filter_map(|attribute| {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
            let name = attribute.key.0;
            let (prefix, local) = name.split_once(':').unwrap_or(("", name));
            (prefix != "xmlns" && name != "xmlns").then_some((prefix, local, value))
        })
    }

    /// An attribute that switches something: on unless it says otherwise.
    pub(super) fn is_on(&self) -> bool {
        !self.attribute("val").is_some_and(|value| matches!(&*value, "0" | "false" | "off" | "none"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Result<String, Refused> {
        let mut xml = Xml::of(text, Format::Docx);
        let mut out = String::new();
        loop {
            match xml.next()? {
                Token::Open(tag) => {
                    let values: Vec<String> =
                        tag.attributes().map(|(_, name, value)| format!(" {name}={value}")).collect();
                    out.push_str(&format!("<{}{}>", tag.local, values.concat()));
                }
                Token::Text(text) => out.push_str(&text),
                Token::Close(name) => out.push_str(&format!("</{name}>")),
                Token::End => return Ok(out),
            }
        }
    }

    #[test]
    fn names_come_without_prefix_and_references_resolved() {
        let text = "<?xml version=\"1.0\"?><w:a xmlns:w=\"u\" w:b='1&amp;2'><w:c/>x&lt;&#25480;<![CDATA[<y>]]></w:a>";
        assert_eq!(steps(text), Ok("<a b=1&2><c></c>x<授<y></a>".to_owned()));
    }

    #[test]
    fn what_is_not_well_formed_is_refused_with_its_line() {
        let malformed = |line| Err(Refused::Malformed { format: Format::Docx, line });
        assert_eq!(steps("<a>\n<b>\n</a>"), malformed(3));
        assert_eq!(steps("<a>\n&x;</a>"), malformed(2));
        assert_eq!(steps("<a>"), malformed(1));
        assert_eq!(steps("<!DOCTYPE a><a/>"), Err(Refused::DocumentType { line: 1 }));
        let deep = "<a>".repeat(300);
        assert_eq!(steps(&deep), Err(Refused::TooDeep { line: 1, most: DOCUMENT_XML_DEPTH_MAX }));
    }

    #[test]
    fn an_element_is_passed_over_with_all_that_is_in_it() {
        let mut xml = Xml::of("<a><b>1<c>2</c></b>3</a>", Format::Docx);
        assert!(matches!(xml.next(), Ok(Token::Open(tag)) if tag.local == "a"));
        assert!(matches!(xml.next(), Ok(Token::Open(tag)) if tag.local == "b"));
        xml.skip().unwrap();
        assert!(matches!(xml.next(), Ok(Token::Text(text)) if text == "3"));
    }
}
