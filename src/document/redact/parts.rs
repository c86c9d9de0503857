//! A story of a Word document, written anew while it is read: paragraph by paragraph, with its words changed
//! across the borders of runs.

use zeroize::Zeroizing;

use super::Withheld;
use super::docx::Paragraphs;
use super::docx_markup::{is_look, property};
use super::edits::{Edit, within};
use super::write::escape;
use crate::document::markup::{Tag, Token, Xml};
use crate::document::office::docx_story::{printed, takes_away};

/// A piece of a paragraph.
enum Piece {
    /// Markup, written.
    Markup(String),
    /// Words of a run.
    Words(Zeroizing<String>),
    /// An element that is one character in print.
    Sign(char),
    /// Where a picture was.
    Picture,
}

#[derive(Default)]
struct Paragraph {
    number: u32,
    pieces: Vec<Piece>,
    /// Paragraphs of text boxes within it, written.
    boxed: Vec<String>,
    /// Whether each open run is hidden.
    runs: Vec<bool>,
    /// Stands in what is written for older programs only.
    again: bool,
}

/// The state of writing.
pub(super) struct Rewriting<'e> {
    paragraphs: &'e Paragraphs<'e>,
    refers: &'e dyn Fn(&str) -> Option<String>,
    slip: &'e str,
    out: String,
    count: u32,
    open: Vec<Paragraph>,
    deleted: usize,
    fallbacks: usize,
    met: usize,
    pictures: usize,
    root: Option<String>,
}

impl<'e> Rewriting<'e> {
    pub(super) fn of(
        paragraphs: &'e Paragraphs<'e>,
        refers: &'e dyn Fn(&str) -> Option<String>,
        slip: &'e str,
    ) -> Self {
        Self {
            paragraphs,
            refers,
            slip,
            out: String::new(),
            count: 0,
            open: Vec::new(),
            deleted: 0,
            fallbacks: 0,
            met: 0,
            pictures: 0,
            root: None,
        }
    }

    /// Writes the story; also says how many pictures were left out.
    pub(super) fn read(mut self, xml: &mut Xml<'_>) -> Result<(String, usize), Withheld> {
        loop {
            match xml.next()? {
                Token::Open(tag) => self.begin(&tag, xml)?,
                Token::Text(text) if xml.above(0) == "t" => self.put(&text),
                Token::Text(_) => {}
                Token::Close(local) => self.end(local)?,
                Token::End => break,
            }
        }
        // Every paragraph that was judged was met, or the two readings differ.
        if self.met != self.paragraphs.len() {
            return Err(Withheld::DoesNotFit);
        }
        Ok((self.out, self.pictures))
    }

    fn begin(&mut self, tag: &Tag<'_>, xml: &mut Xml<'_>) -> Result<(), Withheld> {
        let root = self.root.get_or_insert_with(|| tag.prefix.to_owned()) == tag.prefix;
        let inside = !self.open.is_empty();
        let parent = xml.above(1);
        match tag.local {
            "p" => {
                self.count = self.count.saturating_add(1);
                let again = self.fallbacks > 0;
                self.open.push(Paragraph { number: self.count, again, ..Paragraph::default() });
            }
            // A run within a run, as reading aids have them, ends the one around it.
            "r" => {
                let first = self.open.last().is_some_and(|open| open.runs.is_empty());
                self.markup(if first { "<w:r>" } else { "</w:r><w:r>" });
                self.open.last_mut().into_iter().for_each(|open| open.runs.push(false));
            }
            "vanish" | "specVanish" | "webHidden" if parent == "rPr" && xml.above(2) == "r" => self.hide(tag),
            "rPr" if parent == "r" && root => self.run_properties(xml)?,
            "pPr" if parent == "p" && root && inside => {
                let kept = property(xml, tag, self.refers)?;
                self.markup(&kept);
            }
            "sectPr" if !inside && root => self.out.push_str(&property(xml, tag, self.refers)?),
            "tblPr" | "tblGrid" | "trPr" | "tcPr" | "tblPrEx" if !inside && root => {
                self.out.push_str(&property(xml, tag, self.refers)?);
            }
            "body" | "tbl" | "tr" | "tc" if !inside && root => {
                self.out.push_str(&format!("<w:{}>", tag.local))
            }
            "footnote" | "endnote" if !inside && root => {
                let values = tag
                    .attributes()
                    .filter(|(_, key, value)| matches!(*key, "id" | "type") && is_look(value));
                let values: String = values.map(|(_, key, value)| format!(" w:{key}=\"{value}\"")).collect();
                self.out.push_str(&format!("<w:{}{values}>", tag.local));
            }
            "footnoteReference" | "endnoteReference" if root => {
                if let Some(id) = tag.attribute("id").filter(|id| is_look(id)) {
                    self.markup(&format!("<w:{} w:id=\"{id}\"/>", tag.local));
                }
            }
            "footnoteRef" | "endnoteRef" | "separator" | "continuationSeparator" if root => {
                self.markup(&format!("<w:{}/>", tag.local));
            }
            "blip" | "imagedata" | "OLEObject" => {
                if self.fallbacks == 0 && self.deleted == 0 {
                    self.pictures += 1;
                    self.open.last_mut().into_iter().for_each(|open| open.pieces.push(Piece::Picture));
                }
            }
            "Fallback" => self.fallbacks += 1,
            local if takes_away(local) => self.deleted += 1,
            local => {
                if parent == "r"
                    && let Some(c) = printed(local)
                    && self.is_shown()
                {
                    self.open.last_mut().into_iter().for_each(|open| open.pieces.push(Piece::Sign(c)));
                }
            }
        }
        Ok(())
    }

    fn hide(&mut self, tag: &Tag<'_>) {
        if let Some(run) = self.open.last_mut().and_then(|open| open.runs.last_mut()) {
            *run |= tag.is_on();
        }
    }

    /// Reads the properties of a run: what is kept of them, and whether it is hidden.
    fn run_properties(&mut self, xml: &mut Xml<'_>) -> Result<(), Withheld> {
        let mut kept = String::from("<w:rPr>");
        let above = xml.depth().saturating_sub(1);
        while xml.depth() > above {
            match xml.next()? {
                Token::Open(tag) if matches!(tag.local, "vanish" | "specVanish" | "webHidden") => {
                    self.hide(&tag);
                    xml.skip()?;
                }
                Token::Open(tag) => kept.push_str(&property(xml, &tag, self.refers)?),
                Token::Close(_) | Token::Text(_) => {}
                Token::End => break,
            }
        }
        kept.push_str("</w:rPr>");
        self.markup(&kept);
        Ok(())
    }

    fn is_shown(&self) -> bool {
        let hidden = self.open.last().and_then(|open| open.runs.last()).copied().unwrap_or(false);
        self.deleted == 0 && !hidden
    }

    fn put(&mut self, text: &str) {
        if self.is_shown()
            && let Some(open) = self.open.last_mut()
        {
            open.pieces.push(Piece::Words(Zeroizing::new(text.to_owned())));
        }
    }

    fn markup(&mut self, markup: &str) {
        if let Some(open) = self.open.last_mut() {
            open.pieces.push(Piece::Markup(markup.to_owned()));
        }
    }

    fn end(&mut self, local: &str) -> Result<(), Withheld> {
        match local {
            "p" => {
                let Some(done) = self.open.pop() else { return Ok(()) };
                let written = self.written(done)?;
                match self.open.last_mut() {
                    Some(around) => around.boxed.extend(written),
                    None => self.out.extend(written),
                }
            }
            "r" => {
                self.open.last_mut().and_then(|open| open.runs.pop());
                let last = self.open.last().is_some_and(|open| open.runs.is_empty());
                self.markup(if last { "</w:r>" } else { "</w:r><w:r>" });
            }
            "body" | "tbl" | "tr" | "tc" | "footnote" | "endnote" if self.open.is_empty() => {
                self.out.push_str(&format!("</w:{local}>"));
            }
            "Fallback" => self.fallbacks = self.fallbacks.saturating_sub(1),
            local if takes_away(local) => self.deleted = self.deleted.saturating_sub(1),
            _ => {}
        }
        Ok(())
    }

    /// A paragraph with its edits made, and behind it those of its text boxes.
    fn written(&mut self, paragraph: Paragraph) -> Result<Vec<String>, Withheld> {
        let mut all = Vec::new();
        if !paragraph.again {
            let words = paragraph.pieces.iter().map(|piece| match piece {
                Piece::Words(text) => text.to_string(),
                Piece::Sign(c) => c.to_string(),
                Piece::Markup(_) | Piece::Picture => String::new(),
            });
            let words = Zeroizing::new(words.collect::<String>());
            let expected = self.paragraphs.get(&paragraph.number);
            match expected {
                Some(expected) if expected.text == *words => self.met += 1,
                None if words.trim().is_empty() => {}
                _ => return Err(Withheld::DoesNotFit),
            }
            let edits = expected.map_or(&[][..], |expected| expected.edits);
            all.push(write_paragraph(&paragraph.pieces, edits, self.slip));
        }
        all.extend(paragraph.boxed);
        Ok(all)
    }
}

fn write_paragraph(pieces: &[Piece], edits: &[Edit], slip: &str) -> String {
    let mut out = String::from("<w:p>");
    let mut at = 0;
    for piece in pieces {
        match piece {
            Piece::Markup(markup) => out.push_str(markup),
            Piece::Picture => words(&format!("[{slip}]"), &mut out),
            Piece::Words(text) => {
                words(&within(text, at, edits), &mut out);
                at += text.len();
            }
            Piece::Sign(c) => {
                let kept = within(c.encode_utf8(&mut [0; 4]), at, edits);
                match kept.as_str() {
                    "\t" => out.push_str("<w:tab/>"),
                    "\n" => out.push_str("<w:br/>"),
                    other => words(other, &mut out),
                }
                at += c.len_utf8();
            }
        }
    }
    out.push_str("</w:p>");
    out
}

fn words(text: &str, out: &mut String) {
    if text.is_empty() {
        return;
    }
    out.push_str("<w:t xml:space=\"preserve\">");
    escape(text, out);
    out.push_str("</w:t>");
}
