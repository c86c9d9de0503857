//! One story of a Word document: its paragraphs as they are read, and beside each what is not seen in it.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use crate::base::digest::Digest;
use crate::document::extract::{Collected, Refused};
use crate::document::markup::{Tag, Token, Xml};
use crate::document::part::{Role, Spot};

/// What stands for an element of a run that is one character in print.
pub(in crate::document) fn printed(local: &str) -> Option<char> {
    match local {
        "tab" | "ptab" => Some('\t'),
        "br" | "cr" => Some('\n'),
        "noBreakHyphen" => Some('-'),
        _ => None,
    }
}

/// True for elements whose text was deleted or moved away while changes were tracked.
pub(in crate::document) fn takes_away(local: &str) -> bool {
    matches!(local, "del" | "moveFrom")
}

/// A paragraph while it is read.
#[derive(Default)]
struct Paragraph {
    number: u32,
    shown: Zeroizing<String>,
    deleted: Zeroizing<String>,
    hidden: Zeroizing<String>,
    instruction: Zeroizing<String>,
    /// Separates it from what came before.
    sign: char,
    /// Paragraphs of text boxes within it.
    boxed: Vec<Paragraph>,
    /// Stands in it once more for programs that cannot show the other.
    again: bool,
    /// Stands in what is shown by programs that can.
    chosen: bool,
}

pub(super) struct Story<'o> {
    out: &'o mut Collected,
    role: Role,
    story: u32,
    count: u32,
    open: Vec<Paragraph>,
    /// Whether each open run is hidden.
    runs: Vec<bool>,
    /// Cells met in each open row.
    rows: Vec<u32>,
    sign: char,
    deleted: usize,
    fallbacks: usize,
    choices: usize,
    /// What programs that can show more are shown, by digest.
    chosen: BTreeSet<Digest>,
    authors: BTreeSet<String>,
}

impl<'o> Story<'o> {
    pub(super) fn open(out: &'o mut Collected, name: &str, role: Role) -> Self {
        let story = out.body.story(name);
        Self {
            out,
            role,
            story,
            count: 0,
            open: Vec::new(),
            runs: Vec::new(),
            rows: Vec::new(),
            sign: '\n',
            deleted: 0,
            fallbacks: 0,
            choices: 0,
            chosen: BTreeSet::new(),
            authors: BTreeSet::new(),
        }
    }

    pub(super) fn read(mut self, xml: &mut Xml<'_>) -> Result<(), Refused> {
        loop {
            match xml.next()? {
                Token::Open(tag) => {
                    self.begin(&tag, xml)?;
                    self.describe(&tag, xml)?;
                }
                Token::Text(text) => self.write(&text, xml),
                Token::Close(local) => self.end(local)?,
                Token::End => return Ok(()),
            }
        }
    }

    fn begin(&mut self, tag: &Tag<'_>, xml: &Xml<'_>) -> Result<(), Refused> {
        match tag.local {
            "p" => {
                self.count = self.count.saturating_add(1);
                let sign = std::mem::replace(&mut self.sign, '\n');
                let (again, chosen) = (self.fallbacks > 0, self.choices > 0);
                self.open.push(Paragraph { number: self.count, sign, again, chosen, ..Paragraph::default() });
            }
            "r" => self.runs.push(false),
            "vanish" | "specVanish" | "webHidden" if xml.above(1) == "rPr" && xml.above(2) == "r" => {
                if let Some(run) = self.runs.last_mut() {
                    *run |= tag.is_on();
                }
            }
            "tr" => self.rows.push(0),
            "tc" => {
                let cells = self.rows.last_mut().map_or(0, |cells| {
                    *cells += 1;
                    *cells
                });
                self.sign = if cells > 1 { '\t' } else { '\n' };
            }
            "Fallback" => self.fallbacks += 1,
            "Choice" => self.choices += 1,
            local if takes_away(local) => self.deleted += 1,
            local => {
                if xml.above(1) == "r"
                    && let Some(c) = printed(local)
                {
                    self.put(c.encode_utf8(&mut [0; 4]));
                }
            }
        }
        Ok(())
    }

    /// What an element says in its attributes.
    fn describe(&mut self, tag: &Tag<'_>, xml: &Xml<'_>) -> Result<(), Refused> {
        let spot = Spot::Story { story: self.story, number: self.count };
        let (keys, role): (&[&str], Role) = match tag.local {
            "docPr" => (&["descr", "title"], Role::Alternative),
            "cNvPr" => (&["descr", "title", "name"], Role::Alternative),
            "shape" | "rect" | "imagedata" | "textpath" => (&["alt", "title", "string"], Role::Alternative),
            "fldSimple" => (&["instr"], Role::Instruction),
            "hyperlink" => (&["tooltip"], Role::Link),
            "listItem" => (&["displayText", "value"], Role::FormValue),
            "default" | "listEntry" | "helpText" | "statusText" if xml.path().contains(&"ffData") => {
                (&["val"], Role::FormValue)
            }
            "name" if xml.above(1) == "ffData" => (&["val"], Role::FormValue),
            "alias" | "tag" if xml.above(1) == "sdtPr" => (&["val"], Role::Metadata),
            "attr" => (&["val"], Role::Metadata),
            "comment" => (&["initials"], Role::Metadata),
            "bookmarkStart" => (&["name"], Role::Metadata),
            _ => (&[], Role::Metadata),
        };
        for (_, key, value) in tag.attributes() {
            // The author of a change or a comment is told once.
            let author = key == "author" && self.authors.insert(value.clone().into_owned());
            let own = keys.contains(&key) && !value.starts_with("_");
            if author || own {
                self.out.aside(&value, if author { Role::Metadata } else { role }, spot)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, text: &str, xml: &Xml<'_>) {
        match xml.above(0) {
            "t" => self.put(text),
            "delText" => self.open.last_mut().into_iter().for_each(|open| open.deleted.push_str(text)),
            "instrText" | "delInstrText" => {
                self.open.last_mut().into_iter().for_each(|open| open.instruction.push_str(text));
            }
            _ => {}
        }
    }

    fn put(&mut self, text: &str) {
        let hidden = self.runs.last().copied().unwrap_or(false);
        let deleted = self.deleted > 0;
        if let Some(open) = self.open.last_mut() {
            match (deleted, hidden) {
                (true, _) => open.deleted.push_str(text),
                (false, true) => open.hidden.push_str(text),
                (false, false) => open.shown.push_str(text),
            }
        }
    }

    fn end(&mut self, local: &str) -> Result<(), Refused> {
        match local {
            "p" => {
                let Some(done) = self.open.pop() else { return Ok(()) };
                match self.open.last_mut() {
                    Some(around) => around.boxed.push(done),
                    None => self.emit(done)?,
                }
            }
            "r" => {
                self.runs.pop();
            }
            "tr" => {
                self.rows.pop();
                self.sign = '\n';
            }
            "Fallback" => self.fallbacks = self.fallbacks.saturating_sub(1),
            "Choice" => self.choices = self.choices.saturating_sub(1),
            local if takes_away(local) => self.deleted = self.deleted.saturating_sub(1),
            _ => {}
        }
        Ok(())
    }

    fn emit(&mut self, paragraph: Paragraph) -> Result<(), Refused> {
        let spot = Spot::Story { story: self.story, number: paragraph.number };
        let shown = &paragraph.shown;
        if paragraph.again {
            // The same words again for older programs are the same words; others are hidden ones.
            if !self.chosen.contains(&Digest::of(shown.as_bytes())) {
                self.out.aside(shown, Role::Hidden, spot)?;
            }
        } else {
            if !shown.trim().is_empty() {
                let body = &mut self.out.body;
                body.break_with(paragraph.sign);
                let start = body.at();
                body.text.push_str(shown);
                body.part(start, 0, self.role, spot)?;
            }
            if paragraph.chosen {
                self.chosen.insert(Digest::of(shown.as_bytes()));
            }
        }
        for (text, role) in [
            (&paragraph.deleted, Role::Deleted),
            (&paragraph.hidden, Role::Hidden),
            (&paragraph.instruction, Role::Instruction),
        ] {
            self.out.aside(text, role, spot)?;
        }
        paragraph.boxed.into_iter().try_for_each(|boxed| self.emit(boxed))
    }
}
