//! PowerPoint: slides in their order, hidden ones too, with tables, notes, comments, and the text of layouts
//! and masters.

use zeroize::Zeroizing;

use crate::document::extract::{Collected, Refused};
use crate::document::markup::{Token, Xml};
use crate::document::package::Allowance;
use crate::document::part::{Role, Spot};
use crate::document::sniff::Format;

use super::Reading;
use super::relations::Relations;

pub(in crate::document) fn take(
    bytes: &[u8],
    out: &mut Collected,
    allowance: &mut Allowance,
) -> Result<(), Refused> {
    let mut reading = Reading::open(bytes, Format::Pptx, out, allowance)?;
    let main = reading.main_part("ppt/presentation.xml")?;
    let relations = reading.relations(&main)?;
    let Some(text) = reading.xml(&main)? else { return Err(Refused::Damaged { format: Format::Pptx }) };
    for (slide, part) in (1..).zip(slides(&text, &relations)?) {
        reading.slide(&part, slide, Role::Text)?;
        let notes: Vec<String> = reading.relations(&part)?.of_kind("notesSlide").map(str::to_owned).collect();
        for part in notes {
            reading.slide(&part, slide, Role::Note)?;
        }
    }
    // Slides that the list does not name, and what stands behind all slides.
    for (begins, role) in [
        ("ppt/slides/", Role::Hidden),
        ("ppt/notesslides/", Role::Note),
        ("ppt/slidelayouts/", Role::Hidden),
        ("ppt/slidemasters/", Role::Hidden),
        ("ppt/notesmasters/", Role::Hidden),
        ("ppt/handoutmasters/", Role::Hidden),
    ] {
        for part in reading.waiting(begins, ".xml") {
            reading.slide(&part, 0, role)?;
        }
    }
    reading.rest()
}

/// The parts of the slides, in their order.
pub(in crate::document) fn slides(text: &str, relations: &Relations) -> Result<Vec<String>, Refused> {
    let mut xml = Xml::of(text, Format::Pptx);
    let mut parts = Vec::new();
    loop {
        match xml.next()? {
            Token::Open(tag) if tag.local == "sldId" => {
                let id = tag.attributes().find(|(prefix, key, _)| *key == "id" && !prefix.is_empty());
                parts.extend(id.and_then(|(.., id)| relations.target(&id).map(str::to_owned)));
            }
            Token::End => return Ok(parts),
            _ => {}
        }
    }
}

impl Reading<'_, '_> {
    /// The paragraphs of a slide, of its notes, or of what stands behind it.
    fn slide(&mut self, part: &str, slide: u32, role: Role) -> Result<(), Refused> {
        let Some(text) = self.xml(part)? else { return Ok(()) };
        let story = self.out.body.story(part);
        let mut xml = Xml::of(&text, Format::Pptx);
        let (mut number, mut role) = (0, role);
        let (mut line, mut cells) = (Zeroizing::new(String::new()), 0);
        loop {
            match xml.next()? {
                Token::Open(tag) => match tag.local {
                    "sld" if tag.attribute("show").is_some_and(|show| matches!(&*show, "0" | "false")) => {
                        role = Role::Hidden;
                    }
                    "p" => number += 1,
                    "br" => line.push('\n'),
                    "tr" => cells = 0,
                    "tc" => cells += 1,
                    "cNvPr" => {
                        let spot = Spot::Slide { story, slide, number };
                        for (_, _, value) in
                            tag.attributes().filter(|(_, key, _)| matches!(*key, "descr" | "title"))
                        {
                            self.out.aside(&value, Role::Alternative, spot)?;
                        }
                    }
                    "hlinkClick" | "hlinkHover" => {
                        if let Some(value) = tag.attribute("tooltip") {
                            self.out.aside(&value, Role::Link, Spot::Slide { story, slide, number })?;
                        }
                    }
                    _ => {}
                },
                Token::Text(text) if xml.above(0) == "t" => line.push_str(&text),
                Token::Close("p") => {
                    let sign = if cells > 1 && xml.path().contains(&"tc") { '\t' } else { '\n' };
                    if !line.trim().is_empty() {
                        let body = &mut self.out.body;
                        body.break_with(sign);
                        let start = body.at();
                        body.text.push_str(&line);
                        body.part(start, 0, role, Spot::Slide { story, slide, number })?;
                    }
                    line.clear();
                }
                Token::End => return Ok(()),
                _ => {}
            }
        }
    }
}
