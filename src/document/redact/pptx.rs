//! PowerPoint, made anew: the slides with their texts and tables where they stood, on a plain background. Notes, comments,
//! layouts, pictures, charts, films, links, properties and embedded files are not carried over.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::docx::{Expected, Paragraphs};
use super::edits;
use super::pptx_frame as frame;
use super::write::{Packing, escape};
use super::{Copy, Hide, Slips, Withheld};
use crate::document::extract::Collected;
use crate::document::markup::{Tag, Token, Xml};
use crate::document::office::Reading;
use crate::document::office::pptx::slides;
use crate::document::package::Allowance;
use crate::document::part::{Extracted, Role, Spot};
use crate::document::sniff::Format;

/// English Metric Units of a slide, if it does not say its size.
const USUAL_SIZE: (i64, i64) = (9_144_000, 6_858_000);
/// The largest measure that is carried over: about 140 metres.
const MEASURE_MAX: i64 = 5_000_000_000;

pub(super) fn copy(
    bytes: &[u8],
    extracted: &Extracted,
    hides: &[Hide],
    slips: Slips<'_>,
) -> Result<Copy, Withheld> {
    let edits = edits::by_part(extracted, hides)?;
    let mut stories: BTreeMap<&str, Paragraphs<'_>> = BTreeMap::new();
    for (part, edits) in extracted.parts().iter().zip(&edits) {
        if let (Spot::Slide { story, slide: 1.., number }, Role::Text | Role::Hidden) = (part.spot, part.role)
        {
            let expected = Expected { text: extracted.text_of(part), edits };
            stories.entry(extracted.body.story_name(story)).or_default().insert(number, expected);
        }
    }
    let (mut ignored, mut allowance) = (Collected::default(), Allowance::whole());
    let mut reading = Reading::open(bytes, Format::Pptx, &mut ignored, &mut allowance)?;
    if reading.package.names().iter().any(|name| name.to_ascii_lowercase().contains("vba")) {
        return Err(Withheld::Macros);
    }
    let main = reading.main_part("ppt/presentation.xml")?;
    let relations = reading.relations(&main)?;
    let text = reading.xml(&main)?.unwrap_or_default();
    let size = size(&text)?;
    let (mut written, mut pictures) = (Vec::new(), 0);
    for part in slides(&text, &relations)? {
        let text = reading.xml(&part)?.unwrap_or_default();
        let none = Paragraphs::new();
        let paragraphs = stories.get(part.as_str()).unwrap_or(&none);
        let mut slide = Slide::of(paragraphs, size, slips.picture);
        slide.read(&mut Xml::of(&text, Format::Pptx))?;
        pictures += slide.pictures;
        written.push((slide.out, slide.hidden));
    }
    Ok(Copy {
        bytes: packed(&written, size)?,
        format: Format::Pptx,
        pictures,
        withheld: Vec::new(),
        pages: Vec::new(),
    })
}

fn size(text: &str) -> Result<(i64, i64), Withheld> {
    let mut xml = Xml::of(text, Format::Pptx);
    loop {
        match xml.next()? {
            Token::Open(tag) if tag.local == "sldSz" => {
                let sides = (measure(&tag, "cx"), measure(&tag, "cy"));
                return Ok((sides.0.unwrap_or(USUAL_SIZE.0), sides.1.unwrap_or(USUAL_SIZE.1)));
            }
            Token::End => return Ok(USUAL_SIZE),
            _ => {}
        }
    }
}

fn measure(tag: &Tag<'_>, key: &str) -> Option<i64> {
    tag.attribute(key)?.parse().ok().filter(|measure: &i64| measure.abs() <= MEASURE_MAX)
}

/// Where something stands: left, upper, width, height.
type Area = (i64, i64, i64, i64);

/// A slide while it is written.
struct Slide<'e> {
    paragraphs: &'e Paragraphs<'e>,
    slip: &'e str,
    size: (i64, i64),
    out: String,
    hidden: bool,
    pictures: usize,
    count: u32,
    met: usize,
    shapes: usize,
    /// The area of the shape that is read.
    area: Area,
    is_title: bool,
    /// Texts or rows of the shape that is read.
    content: String,
    /// The widths of a table's columns.
    grid: Option<String>,
    /// The words of the open paragraph, run by run.
    runs: Option<Vec<(String, Zeroizing<String>)>>,
    looks: String,
}

impl<'e> Slide<'e> {
    fn of(paragraphs: &'e Paragraphs<'e>, size: (i64, i64), slip: &'e str) -> Self {
        Self {
            paragraphs,
            slip,
            size,
            out: String::new(),
            hidden: false,
            pictures: 0,
            count: 0,
            met: 0,
            shapes: 0,
            area: (0, 0, 0, 0),
            is_title: false,
            content: String::new(),
            grid: None,
            runs: None,
            looks: String::new(),
        }
    }

    fn read(&mut self, xml: &mut Xml<'_>) -> Result<(), Withheld> {
        loop {
            match xml.next()? {
                Token::Open(tag) => self.begin(&tag, xml),
                Token::Text(text) if xml.above(0) == "t" => self.put(&text),
                Token::Text(_) => {}
                Token::Close(local) => self.end(local)?,
                Token::End => break,
            }
        }
        if self.met == self.paragraphs.len() { Ok(()) } else { Err(Withheld::DoesNotFit) }
    }

    fn begin(&mut self, tag: &Tag<'_>, xml: &Xml<'_>) {
        match tag.local {
            "sld" => self.hidden = tag.attribute("show").is_some_and(|show| matches!(&*show, "0" | "false")),
            "sp" | "graphicFrame" | "pic" => {
                self.area = (0, 0, 0, 0);
                self.is_title = false;
                self.content.clear();
                self.grid = None;
            }
            "ph" => {
                let kind = tag.attribute("type");
                self.is_title = kind.is_some_and(|kind| matches!(&*kind, "title" | "ctrTitle"));
            }
            "off" => {
                (self.area.0, self.area.1) = (measure(tag, "x").unwrap_or(0), measure(tag, "y").unwrap_or(0));
            }
            "ext" if tag.attribute("cx").is_some() => {
                (self.area.2, self.area.3) =
                    (measure(tag, "cx").unwrap_or(0), measure(tag, "cy").unwrap_or(0));
            }
            "tbl" => self.grid = Some(String::new()),
            "gridCol" => {
                let width = measure(tag, "w").unwrap_or(0);
                let column = format!("<a:gridCol w=\"{width}\"/>");
                self.grid.iter_mut().for_each(|grid| grid.push_str(&column));
            }
            "tr" if self.grid.is_some() => {
                let height = measure(tag, "h").unwrap_or(0);
                self.content.push_str(&format!("<a:tr h=\"{height}\">"));
            }
            "tc" if self.grid.is_some() => {
                self.content.push_str("<a:tc");
                for key in ["gridSpan", "rowSpan", "hMerge", "vMerge"] {
                    if let Some(value) = measure(tag, key).filter(|value| (0..1_000).contains(value)) {
                        self.content.push_str(&format!(" {key}=\"{value}\""));
                    }
                }
                self.content.push_str("><a:txBody><a:bodyPr/>");
            }
            "p" => {
                self.count = self.count.saturating_add(1);
                self.runs = Some(Vec::new());
            }
            "rPr" if matches!(xml.above(1), "r" | "fld") => {
                self.looks.clear();
                for key in ["sz", "b", "i"] {
                    if let Some(value) = measure(tag, key).filter(|value| (0..=400_000).contains(value)) {
                        self.looks.push_str(&format!(" {key}=\"{value}\""));
                    }
                }
            }
            "r" | "fld" => self.looks.clear(),
            "br" => self.put("\n"),
            _ => {}
        }
    }

    fn put(&mut self, text: &str) {
        let looks = self.looks.clone();
        self.runs.iter_mut().for_each(|runs| runs.push((looks.clone(), Zeroizing::new(text.to_owned()))));
    }

    fn end(&mut self, local: &str) -> Result<(), Withheld> {
        match local {
            "p" => self.paragraph()?,
            "tc" if self.grid.is_some() => self.content.push_str("</a:txBody><a:tcPr/></a:tc>"),
            "tr" if self.grid.is_some() => self.content.push_str("</a:tr>"),
            "sp" => self.shape(),
            "graphicFrame" => self.table(),
            "pic" => {
                self.pictures += 1;
                self.content = frame::paragraph(&[(String::new(), &format!("[{}]", self.slip))]);
                self.shape();
            }
            _ => {}
        }
        Ok(())
    }

    fn paragraph(&mut self) -> Result<(), Withheld> {
        let Some(runs) = self.runs.take() else { return Ok(()) };
        let words = Zeroizing::new(runs.iter().map(|(_, text)| text.as_str()).collect::<String>());
        let expected = self.paragraphs.get(&self.count);
        match expected {
            Some(expected) if expected.text == *words => self.met += 1,
            None if words.trim().is_empty() => {}
            _ => return Err(Withheld::DoesNotFit),
        }
        let edits = expected.map_or(&[][..], |expected| expected.edits);
        let mut at = 0;
        let mut left = Vec::new();
        for (looks, text) in &runs {
            left.push((looks.clone(), edits::within(text, at, edits)));
            at += text.len();
        }
        let left: Vec<(String, &str)> =
            left.iter().map(|(looks, text)| (looks.clone(), text.as_str())).collect();
        self.content.push_str(&frame::paragraph(&left));
        Ok(())
    }

    /// Where the shape stands. What took its place from the layout is laid out here.
    fn placed(&mut self) -> Area {
        self.shapes += 1;
        if self.area.2 > 0 && self.area.3 > 0 {
            return self.area;
        }
        let (width, height) = self.size;
        match self.is_title {
            true => (width / 20, height / 25, width * 9 / 10, height / 6),
            false => (width / 20, height / 4, width * 9 / 10, height * 13 / 20),
        }
    }

    fn shape(&mut self) {
        let content = std::mem::take(&mut self.content);
        if !content.is_empty() {
            let area = self.placed();
            self.out.push_str(&frame::shape(self.shapes + 1, area, &content));
        }
    }

    fn table(&mut self) {
        let rows = std::mem::take(&mut self.content);
        let Some(grid) = self.grid.take() else { return };
        let area = self.placed();
        self.out.push_str(&frame::table(self.shapes + 1, area, &grid, &rows));
    }
}

fn packed(slides: &[(String, bool)], (width, height): (i64, i64)) -> Result<Zeroizing<Vec<u8>>, Withheld> {
    let mut packing = Packing::new();
    frame::write_around(&mut packing, slides.len(), (width, height))?;
    for (number, (shapes, hidden)) in (1..).zip(slides) {
        packing.part(&format!("ppt/slides/slide{number}.xml"), &frame::slide(shapes, *hidden))?;
        packing.part(&format!("ppt/slides/_rels/slide{number}.xml.rels"), &frame::of_slide())?;
    }
    packing.finish()
}

/// Words of a run, as they are written.
pub(super) fn words(looks: &str, text: &str, out: &mut String) {
    for (place, line) in text.split('\n').enumerate() {
        if place > 0 {
            out.push_str("<a:br/>");
        }
        if !line.is_empty() {
            out.push_str(&format!("<a:r><a:rPr{looks}/><a:t>"));
            escape(line, out);
            out.push_str("</a:t></a:r>");
        }
    }
}
