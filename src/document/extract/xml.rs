//! XML: the text of the elements, their attributes, and what is hidden in comments.
//!
//! Text that stands in one element is one part, also where an empty element cuts it
//! (`139<x/>12345678`). A document type declaration is refused, so that no entity can be defined.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::{Lines, Refused};
use crate::base::limits::DOCUMENT_XML_DEPTH_MAX;
use crate::document::part::{Body, Role, Spot, Step};
use crate::document::sniff::Format;

pub(super) fn take(text: &str, body: &mut Body) -> Result<(), Refused> {
    let mut reading =
        Reading { text, lines: Lines::of(text), line: 1, open: Vec::new(), count: 0, run: None };
    let mut reader = Reader::from_str(text);
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        reading.line = reading.lines.line_at(at);
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(_) => {
                let fault = usize::try_from(reader.error_position()).unwrap_or(at).min(text.len());
                return Err(reading.malformed_at(fault.max(at)));
            }
        };
        if !reading.take(event, at, body)? {
            return Ok(());
        }
    }
}

struct Reading<'t> {
    text: &'t str,
    lines: Lines<'t>,
    line: u32,
    open: Vec<Element<'t>>,
    /// Elements met so far: each has its number.
    count: u64,
    /// The element in whose text the last written character stands.
    run: Option<u64>,
}

struct Element<'t> {
    name: &'t str,
    number: u64,
    /// Made when the first part in it needs a place.
    node: Option<u32>,
}

impl<'t> Reading<'t> {
    fn malformed(&self) -> Refused {
        Refused::Malformed { format: Format::Xml, line: self.line }
    }

    fn malformed_at(&mut self, at: usize) -> Refused {
        self.line = self.lines.line_at(at);
        self.malformed()
    }

    /// Takes one event, which begins at byte `at`; false behind the end.
    fn take(&mut self, event: Event<'_>, at: usize, body: &mut Body) -> Result<bool, Refused> {
        match event {
            Event::Start(start) => self.enter(&start, at, body)?,
            Event::Empty(start) => {
                self.enter(&start, at, body)?;
                self.open.pop();
            }
            Event::End(_) => {
                self.open.pop();
            }
            Event::Text(content) => self.write(&content.xml10_content(), body)?,
            Event::CData(content) => self.write(&content.xml10_content(), body)?,
            Event::GeneralRef(reference) => {
                let named = quick_xml::escape::resolve_xml_entity(&reference);
                match (named, reference.resolve_char_ref()) {
                    (Some(text), _) => self.write(text, body)?,
                    (None, Ok(Some(c))) => self.write(c.encode_utf8(&mut [0; 4]), body)?,
                    _ => return Err(self.malformed()),
                }
            }
            Event::Comment(content) => self.aside(&content.xml10_content(), body)?,
            Event::PI(content) => self.aside(&content, body)?,
            Event::Decl(_) => {}
            Event::DocType(_) => return Err(Refused::DocumentType { line: self.line }),
            Event::Eof if self.open.is_empty() && self.count > 0 => return Ok(false),
            Event::Eof => return Err(self.malformed()),
        }
        Ok(true)
    }

    fn enter(&mut self, start: &BytesStart<'_>, at: usize, body: &mut Body) -> Result<(), Refused> {
        if self.open.len() >= DOCUMENT_XML_DEPTH_MAX {
            return Err(Refused::TooDeep { line: self.line, most: DOCUMENT_XML_DEPTH_MAX });
        }
        // An attribute in the midst of a text must not cut it.
        let cuts = self.run.is_some() && self.run == self.open.last().map(|element| element.number);
        let name_length = start.name().as_ref().len();
        let name = self.text.get(at + 1..at + 1 + name_length).unwrap_or("");
        self.count += 1;
        self.open.push(Element { name, number: self.count, node: None });
        // Without the check for equal names, which takes the square of their number.
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| self.malformed())?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| self.malformed())?;
            if value.trim().is_empty() {
                continue;
            }
            let parent = self.node(body)?;
            let (from, to) = body.name(attribute.key.as_ref());
            let spot = Spot::Node(body.node(parent, Step::Attribute(from, to))?);
            if cuts {
                body.aside(&value, self.line, Role::Attribute, spot)?;
                continue;
            }
            body.break_with('\n');
            let begin = body.at();
            body.text.push_str(&value);
            body.part(begin, self.line, Role::Attribute, spot)?;
            self.run = None;
        }
        Ok(())
    }

    fn write(&mut self, content: &str, body: &mut Body) -> Result<(), Refused> {
        let Some(number) = self.open.last().map(|element| element.number) else {
            return if content.trim().is_empty() { Ok(()) } else { Err(self.malformed()) };
        };
        if self.run == Some(number) {
            body.text.push_str(content);
            body.extend_last();
            return Ok(());
        }
        let content = content.trim_start();
        if content.is_empty() {
            return Ok(());
        }
        body.break_with('\n');
        let begin = body.at();
        body.text.push_str(content);
        let spot = self.node(body)?.map_or(Spot::Line, Spot::Node);
        body.part(begin, self.line, Role::Text, spot)?;
        self.run = Some(number);
        Ok(())
    }

    fn aside(&mut self, content: &str, body: &mut Body) -> Result<(), Refused> {
        let spot = self.node(body)?.map_or(Spot::Line, Spot::Node);
        Ok(body.aside(&Cow::from(content), self.line, Role::Comment, spot)?)
    }

    /// The path of the innermost open element; makes the steps that are not made yet.
    fn node(&mut self, body: &mut Body) -> Result<Option<u32>, Refused> {
        let made = self.open.iter().rposition(|element| element.node.is_some());
        let mut parent = made.and_then(|place| self.open.get(place)).and_then(|element| element.node);
        for element in self.open.iter_mut().skip(made.map_or(0, |place| place + 1)) {
            let (from, to) = body.name(element.name);
            parent = Some(body.node(parent, Step::Element(from, to))?);
            element.node = parent;
        }
        Ok(parent)
    }
}
