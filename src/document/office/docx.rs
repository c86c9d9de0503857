//! Word: the body with its tables and text boxes, notes, headers and footers, comments, what was deleted, what
//! is hidden, fields, forms, properties, embedded files.

use crate::document::extract::{Collected, Refused};
use crate::document::markup::{Token, Xml};
use crate::document::package::Allowance;
use crate::document::part::Role;
use crate::document::sniff::Format;

use super::Reading;
use super::docx_story::Story;

/// What the body is called in places: `paragraph 12`.
pub(in crate::document) const BODY: &str = "paragraph";
/// Where the body usually stands.
pub(in crate::document) const MAIN: &str = "word/document.xml";

pub(in crate::document) fn take(
    bytes: &[u8],
    out: &mut Collected,
    allowance: &mut Allowance,
) -> Result<(), Refused> {
    let mut reading = Reading::open(bytes, Format::Docx, out, allowance)?;
    let main = reading.main_part(MAIN)?;
    reading.story(&main, BODY, Role::Text)?;
    for (begins, role) in [
        ("word/footnotes", Role::Note),
        ("word/endnotes", Role::Note),
        ("word/header", Role::Header),
        ("word/footer", Role::Header),
        ("word/comments.xml", Role::Comment),
        ("word/glossary/document", Role::Hidden),
    ] {
        for name in reading.waiting(begins, ".xml") {
            reading.story(&name, &name, role)?;
        }
    }
    for name in reading.waiting("word/", ".xml") {
        match name.to_ascii_lowercase().as_str() {
            small if small.ends_with("/settings.xml") => reading.settings(&name)?,
            small if small.ends_with("/numbering.xml") => reading.numbering(&name)?,
            _ => {}
        }
    }
    reading.rest()
}

impl Reading<'_, '_> {
    fn story(&mut self, part: &str, name: &str, role: Role) -> Result<(), Refused> {
        let Some(text) = self.xml(part)? else { return Ok(()) };
        let mut xml = Xml::of(&text, Format::Docx);
        Story::open(self.out, name, role).read(&mut xml)
    }

    /// Variables and sources of data: the settings hold looks besides.
    fn settings(&mut self, part: &str) -> Result<(), Refused> {
        let Some(text) = self.xml(part)? else { return Ok(()) };
        let mut xml = Xml::of(&text, Format::Docx);
        loop {
            match xml.next()? {
                Token::Open(tag) => {
                    let path = xml.path();
                    if tag.local == "docVar" || path.contains(&"mailMerge") {
                        for (_, _, value) in
                            tag.attributes().filter(|(_, key, _)| matches!(*key, "name" | "val"))
                        {
                            self.out.property(part, &value, Role::Metadata)?;
                        }
                    }
                }
                Token::End => return Ok(()),
                _ => {}
            }
        }
    }

    /// What stands before the numbers of lists.
    fn numbering(&mut self, part: &str) -> Result<(), Refused> {
        let Some(text) = self.xml(part)? else { return Ok(()) };
        let mut xml = Xml::of(&text, Format::Docx);
        loop {
            match xml.next()? {
                Token::Open(tag) if tag.local == "lvlText" => {
                    if let Some(value) = tag.attribute("val").filter(|value| value.chars().count() > 3) {
                        self.out.property(part, &value, Role::Metadata)?;
                    }
                }
                Token::End => return Ok(()),
                _ => {}
            }
        }
    }
}
