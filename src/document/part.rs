//! What extraction hands on: one text, and where each stretch of it stood in the document.

mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

pub(super) use place::column_letters;

use super::encoding::{Charset, Declaration};
use super::extract::Refused;
use super::pdf::Doubt;
use super::sniff::{Format, Oddity};
use crate::base::limits::EXTRACT_PARTS_MAX;
use crate::base::words::words;

words! {
    /// What a stretch of text was in the document. All but the first two are not seen where the text stands,
    /// or not at all: they are searched, and looked through for personal data, like the rest.
    Role {
        /// Text, or a value.
        Text = "text",
        /// A key of a JSON object, or a column's heading.
        Key = "key",
        /// An attribute.
        Attribute = "attribute",
        /// A comment, an annotation or a processing instruction.
        Comment = "comment",
        /// What the file says of itself: authors, titles, names of sheets, fields of its own.
        Metadata = "metadata",
        /// Text that was deleted while changes were tracked.
        Deleted = "deleted",
        /// Hidden text, rows, columns, sheets, slides, layers.
        Hidden = "hidden",
        /// A value of a form, and what it may be chosen from.
        FormValue = "form_value",
        /// A footnote, an endnote, a speaker's notes.
        Note = "note",
        /// What stands at the head or foot of every page.
        Header = "header",
        /// The name of an attached or embedded file.
        AttachmentName = "attachment_name",
        /// Where a link leads.
        Link = "link",
        /// The description of a picture, the reading aid of a word.
        Alternative = "alternative",
        /// The instruction of a field, the formula of a cell.
        Instruction = "instruction",
        /// The value behind what a cell shows, where they differ.
        Underlying = "underlying",
    }
}

/// A stretch of the extracted text that belongs together: a paragraph, a cell, a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    start: u32,
    end: u32,
    /// The line of the decoded source on which it begins, counted from 1; 0 where a format has no lines.
    pub line: u32,
    /// What it was.
    pub role: Role,
    pub(super) spot: Spot,
}

/// Where a part stood, as the formats know it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Spot {
    Line,
    Cell {
        row: u32,
        column: u32,
    },
    Node(u32),
    /// A place on a page.
    Page(Rectangle),
    /// The `number`th place, from 1, of a story: a part of a package, a header of a mail, a list of
    /// properties. Paragraphs are counted as the file has them, so that they are found again.
    Story {
        story: u32,
        number: u32,
    },
    /// A cell of a sheet, which is a story.
    Sheet {
        story: u32,
        row: u32,
        column: u32,
    },
    /// The `number`th paragraph of a slide, which is a story.
    Slide {
        story: u32,
        slide: u32,
        number: u32,
    },
}

/// A place on a page, in points from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rectangle {
    /// The page, counted from 1.
    pub page: u32,
    /// Its left edge.
    pub x0: f32,
    /// Its upper edge.
    pub y0: f32,
    /// Its right edge.
    pub x1: f32,
    /// Its lower edge.
    pub y1: f32,
}

/// A document inside another: an attachment, an embedded file, an entry of an archive.
pub struct Child {
    /// What it is, by its bytes.
    pub format: Format,
    /// Its text, or why there is none.
    pub content: Result<Extracted, Refused>,
    /// Where it stands in the document around it: a name of a part, the number of a part of a mail.
    pub(super) place: Zeroizing<String>,
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("format", &self.format).field("content", &self.content).finish()
    }
}

impl Child {
    /// Where it stands in the document around it. May quote file names: treat it as content.
    pub fn place(&self) -> &str {
        &self.place
    }
}

/// One step of a path; paths share their beginnings, so that deep documents stay small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) parent: Option<u32>,
    pub(super) step: Step,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The whole JSON document.
    Root,
    /// A value of a JSON document of several lines.
    Line(u32),
    /// A JSON key: a range of the text.
    Key(u32, u32),
    /// A place in a JSON array, counted from 0.
    Index(u32),
    /// An XML element or attribute: a range of the names.
    Element(u32, u32),
    Attribute(u32, u32),
}

/// The text of a document. Holds what may be personal data: `Debug` withholds it, `Drop` wipes it.
pub struct Extracted {
    /// What the document is.
    pub format: Format,
    /// What its text was in.
    pub charset: Charset,
    /// What became of the declared encoding.
    pub declaration: Declaration,
    /// False if the file's name says that it is something else.
    pub name_agrees: bool,
    /// What else the bytes are, or have before or behind them.
    pub oddity: Option<Oddity>,
    /// The documents inside it, in their order.
    pub children: Vec<Child>,
    /// Pictures in it, of which no text was read.
    pub pictures: usize,
    /// Pages of which it is not certain what they say.
    pub doubtful: Vec<Doubtful>,
    /// What it says in another order, where that reads differently: a value can be broken in one of them. For
    /// those who look for something, not for readers.
    pub(super) again: Zeroizing<String>,
    pub(super) body: Body,
}

/// A page of which it is not certain what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubtful {
    /// The page, counted from 1; 0 for what stands beside the pages.
    pub page: u32,
    /// Why.
    pub why: BTreeSet<Doubt>,
}

/// Text and places while they are collected.
#[derive(Default)]
pub(super) struct Body {
    pub(super) text: Zeroizing<String>,
    pub(super) parts: Vec<Part>,
    pub(super) nodes: Vec<Node>,
    pub(super) names: Zeroizing<String>,
    /// Heading cells of a table, by column.
    pub(super) headings: Vec<(u32, u32)>,
    /// Heading cells of sheets, by story and column.
    pub(super) sheet_headings: BTreeMap<(u32, u32), (u32, u32)>,
    /// Names of stories: ranges of the names.
    stories: Vec<(u32, u32)>,
    /// What people do not see in its place: attributes, comments. It goes to the end.
    aside: Zeroizing<String>,
    aside_parts: Vec<Part>,
}

/// The document has more parts than are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooManyParts;

impl Extracted {
    /// The text.
    pub fn text(&self) -> &str {
        &self.body.text
    }

    /// The text, out of it.
    pub fn into_text(mut self) -> Zeroizing<String> {
        std::mem::take(&mut self.body.text)
    }

    /// The parts, in the order of the text, without overlap.
    pub fn parts(&self) -> &[Part] {
        &self.body.parts
    }

    /// The text of one part.
    pub fn text_of(&self, part: &Part) -> &str {
        self.body.text.get(part.bytes()).unwrap_or("")
    }

    /// Where a part stood, for people and machines: `line 3`, `row 3 col 手机`, `$.a.b[0]`,
    /// `/确认单/电话`. It may quote keys and headings: treat it as content.
    pub fn place_of(&self, part: &Part) -> String {
        match part.spot {
            Spot::Line => format!("line {}", part.line),
            Spot::Cell { row, column } => match self.heading(column) {
                Some(heading) if row > 1 => format!("row {row} col {heading}"),
                _ => format!("row {row} col {column}"),
            },
            Spot::Node(node) => self.body.path(node),
            Spot::Page(Rectangle { page, .. }) => format!("page {page}"),
            Spot::Story { story, number } => format!("{} {number}", self.body.story_name(story)),
            Spot::Sheet { story, row, column } => {
                format!("{}!{}{row}", self.body.story_name(story), column_letters(column))
            }
            Spot::Slide { slide, number, .. } => format!("slide {slide} paragraph {number}"),
        }
    }

    /// What it says in another order, where that reads differently.
    pub(super) fn again(&self) -> &str {
        &self.again
    }

    /// Where a part stands on its page, in formats that have pages.
    pub fn rectangle_of(&self, part: &Part) -> Option<Rectangle> {
        match part.spot {
            Spot::Page(rectangle) => Some(rectangle),
            _ => None,
        }
    }

    /// The heading of a table's column, counted from 1.
    fn heading(&self, column: u32) -> Option<&str> {
        let place = usize::try_from(column.checked_sub(1)?).ok()?;
        self.body.headings.get(place).map(|(start, end)| slice(&self.body.text, *start, *end))
    }

    /// The label that names a part's value, if the document has one: its column's heading, its key,
    /// its element or attribute.
    pub fn label_of(&self, part: &Part) -> Option<&str> {
        match part.spot {
            Spot::Line => None,
            Spot::Cell { row: 1, .. } => None,
            Spot::Cell { column, .. } => self.heading(column),
            Spot::Node(node) => self.body.label(node),
            Spot::Sheet { story, column, .. } => {
                let (start, end) = *self.body.sheet_headings.get(&(story, column))?;
                // A heading is no label of itself.
                (part.start != start).then(|| slice(&self.body.text, start, end))
            }
            Spot::Page(_) | Spot::Story { .. } | Spot::Slide { .. } => None,
        }
    }

    /// This document and, depth first, those inside it whose text was read.
    pub fn documents(&self) -> Vec<&Self> {
        let mut documents = vec![self];
        for child in &self.children {
            if let Ok(extracted) = &child.content {
                documents.extend(extracted.documents());
            }
        }
        documents
    }
}

impl fmt::Debug for Extracted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extracted")
            .field("format", &self.format)
            .field("charset", &self.charset)
            .field("parts", &self.body.parts.len())
            .field("children", &self.children.len())
            .field("text", &"[withheld]")
            .finish()
    }
}

impl Part {
    /// The part's bytes in the text.
    pub fn bytes(&self) -> Range<usize> {
        wide(self.start)..wide(self.end)
    }
}

impl Body {
    /// Where the next text will stand.
    pub(super) fn at(&self) -> u32 {
        narrow(self.text.len())
    }

    /// A stretch of what is written.
    pub(super) fn slice(&self, start: u32, end: u32) -> &str {
        slice(&self.text, start, end)
    }

    /// Everything written since `start` is one part.
    pub(super) fn part(&mut self, start: u32, line: u32, role: Role, spot: Spot) -> Result<(), TooManyParts> {
        let end = self.at();
        if start < end {
            self.room()?;
            self.parts.push(Part { start, end, line, role, spot });
        }
        Ok(())
    }

    /// The last part goes on to where the text now ends.
    pub(super) fn extend_last(&mut self) {
        let end = self.at();
        if let Some(last) = self.parts.last_mut() {
            last.end = end;
        }
    }

    /// Puts text that is not seen in its place at the end of the document.
    pub(super) fn aside(
        &mut self,
        text: &str,
        line: u32,
        role: Role,
        spot: Spot,
    ) -> Result<(), TooManyParts> {
        if text.trim().is_empty() {
            return Ok(());
        }
        self.room()?;
        let start = narrow(self.aside.len());
        self.aside.push_str(text);
        let end = narrow(self.aside.len());
        self.aside.push('\n');
        self.aside_parts.push(Part { start, end, line, role, spot });
        Ok(())
    }

    /// Appends what was put aside.
    pub(super) fn close(&mut self) {
        if self.aside_parts.is_empty() {
            return;
        }
        self.break_with('\n');
        let shift = self.at();
        self.text.push_str(&self.aside);
        let moved = std::mem::take(&mut self.aside_parts).into_iter();
        self.parts.extend(moved.map(|part| Part {
            start: part.start + shift,
            end: part.end + shift,
            ..part
        }));
    }

    /// Writes `sign` unless the text is empty or at such a break already.
    pub(super) fn break_with(&mut self, sign: char) {
        if !self.text.is_empty() && !self.text.ends_with(['\n', sign]) {
            self.text.push(sign);
        }
    }

    pub(super) fn node(&mut self, parent: Option<u32>, step: Step) -> Result<u32, TooManyParts> {
        if self.nodes.len() >= EXTRACT_PARTS_MAX {
            return Err(TooManyParts);
        }
        let number = narrow(self.nodes.len());
        self.nodes.push(Node { parent, step });
        Ok(number)
    }

    pub(super) fn name(&mut self, name: &str) -> (u32, u32) {
        let start = narrow(self.names.len());
        self.names.push_str(name);
        (start, narrow(self.names.len()))
    }

    /// Opens a story: what is known of it is its name.
    pub(super) fn story(&mut self, name: &str) -> u32 {
        let name = self.name(name);
        self.stories.push(name);
        narrow(self.stories.len() - 1)
    }

    /// The name of a story.
    pub(super) fn story_name(&self, story: u32) -> &str {
        self.stories.get(wide(story)).map_or("", |(start, end)| slice(&self.names, *start, *end))
    }

    fn room(&self) -> Result<(), TooManyParts> {
        let full = self.parts.len() + self.aside_parts.len() >= EXTRACT_PARTS_MAX;
        if full { Err(TooManyParts) } else { Ok(()) }
    }
}

fn slice(text: &str, start: u32, end: u32) -> &str {
    text.get(wide(start)..wide(end)).unwrap_or("")
}

/// Texts come from at most `EXTRACT_BYTES_MAX` bytes and never grow fourfold: 32 bits hold every place.
pub(super) fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn wide(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_on_a_page_is_told_with_its_rectangle() {
        let place = Rectangle { page: 3, x0: 72.0, y0: 90.5, x1: 200.0, y1: 101.25 };
        let mut out = super::super::extract::Collected::default();
        out.line("a", Role::Text, Spot::Page(place)).unwrap();
        let extracted = super::super::extract::collected_as(Format::Pdf, out);
        let told: Vec<_> = extracted
            .parts()
            .iter()
            .map(|part| (extracted.place_of(part), extracted.rectangle_of(part)))
            .collect();
        assert_eq!(told, [("page 3".to_owned(), Some(place))]);
    }
}
