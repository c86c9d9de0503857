//! Word, made anew: body, notes, headers and footers, with their looks. Comments, changes, hidden words, fields,
//! links, pictures, properties and embedded files are not carried over.

use std::collections::BTreeMap;

use super::docx_markup::property;
use super::edits::{self, Edit};
use super::parts::Rewriting;
use super::write::{Listed, Packing, content_types, relations};
use super::{Copy, Hide, Slips, Withheld};
use crate::document::extract::{Collected, Refused};
use crate::document::markup::{Token, Xml};
use crate::document::office::Reading;
use crate::document::office::docx::{BODY, MAIN};
use crate::document::package::Allowance;
use crate::document::part::{Extracted, Role, Spot};
use crate::document::sniff::Format;

/// What stands in a paragraph, and how it is changed.
pub(super) struct Expected<'e> {
    pub(super) text: &'e str,
    pub(super) edits: &'e [Edit],
}

/// The paragraphs of a story that people see, by number.
pub(super) type Paragraphs<'e> = BTreeMap<u32, Expected<'e>>;

/// A story of the copy.
struct Written {
    name: String,
    kind: &'static str,
    content: String,
}

const NAMESPACES: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
                          xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
const CONTENT: &str = "wordprocessingml.";

pub(super) fn copy(
    bytes: &[u8],
    extracted: &Extracted,
    hides: &[Hide],
    slips: Slips<'_>,
) -> Result<Copy, Withheld> {
    let edits = edits::by_part(extracted, hides)?;
    let stories = stories(extracted, &edits);
    let (mut ignored, mut allowance) = (Collected::default(), Allowance::whole());
    let mut reading = Reading::open(bytes, Format::Docx, &mut ignored, &mut allowance)?;
    if reading.package.names().iter().any(|name| name.to_ascii_lowercase().contains("vba")) {
        return Err(Withheld::Macros);
    }
    let main = reading.main_part(MAIN)?;
    let mut pictures = 0;
    let mut written = Vec::new();
    let mut headers = BTreeMap::new();
    for (begins, kind) in [
        ("word/footnotes", "footnotes"),
        ("word/endnotes", "endnotes"),
        ("word/header", "header"),
        ("word/footer", "footer"),
    ] {
        for (number, part) in (1..).zip(reading.waiting(begins, ".xml")) {
            let numbered = matches!(kind, "header" | "footer");
            let name = if numbered { format!("{kind}{number}") } else { kind.to_owned() };
            let (content, left_out) =
                story(&mut reading, &part, stories.get(part.as_str()), &|_| None, slips)?;
            pictures += left_out;
            if numbered {
                headers.insert(part.to_ascii_lowercase(), format!("rId{name}"));
            }
            written.push(Written { name, kind, content });
        }
    }
    let related = reading.relations(&main)?;
    let refers = |id: &str| headers.get(&related.target(id)?.to_ascii_lowercase()).cloned();
    let (content, left_out) = story(&mut reading, &main, stories.get(BODY), &refers, slips)?;
    pictures += left_out;
    written.push(Written { name: "document".to_owned(), kind: "document.main", content });
    for (kind, root) in [("styles", "styles"), ("numbering", "numbering")] {
        let part = related.of_kind(kind).next().map(str::to_owned);
        if let Some(text) = part.map(|part| reading.xml(&part)).transpose()?.flatten() {
            written.push(Written { name: kind.to_owned(), kind, content: looks(&text, root)? });
        }
    }
    Ok(Copy {
        bytes: packed(&written)?,
        format: Format::Docx,
        pictures,
        withheld: Vec::new(),
        pages: Vec::new(),
    })
}

/// What people see, by story and paragraph.
fn stories<'e>(extracted: &'e Extracted, edits: &'e [Vec<Edit>]) -> BTreeMap<&'e str, Paragraphs<'e>> {
    let mut stories: BTreeMap<&str, Paragraphs<'_>> = BTreeMap::new();
    for (part, edits) in extracted.parts().iter().zip(edits) {
        if let (Spot::Story { story, number }, Role::Text | Role::Note | Role::Header) =
            (part.spot, part.role)
        {
            let name = extracted.body.story_name(story);
            let expected = Expected { text: extracted.text_of(part), edits };
            stories.entry(name).or_default().insert(number, expected);
        }
    }
    stories
}

fn story(
    reading: &mut Reading<'_, '_>,
    part: &str,
    paragraphs: Option<&Paragraphs<'_>>,
    refers: &dyn Fn(&str) -> Option<String>,
    slips: Slips<'_>,
) -> Result<(String, usize), Withheld> {
    let Some(text) = reading.xml(part)? else { return Err(Withheld::DoesNotFit) };
    let none = Paragraphs::new();
    let mut xml = Xml::of(&text, Format::Docx);
    Rewriting::of(paragraphs.unwrap_or(&none), refers, slips.picture).read(&mut xml)
}

/// Styles or lists, as far as they are looks.
fn looks(text: &str, root: &str) -> Result<String, Refused> {
    let mut xml = Xml::of(text, Format::Docx);
    let mut out = format!("<w:{root} {NAMESPACES}>");
    loop {
        match xml.next()? {
            Token::Open(tag) if tag.local == root => {}
            Token::Open(tag) => out.push_str(&property(&mut xml, &tag, &|_| None)?),
            Token::Close(_) | Token::Text(_) => {}
            Token::End => break,
        }
    }
    out.push_str(&format!("</w:{root}>"));
    Ok(out)
}

fn packed(written: &[Written]) -> Result<zeroize::Zeroizing<Vec<u8>>, Withheld> {
    let mut packing = Packing::new();
    let names: Vec<(String, String)> = written
        .iter()
        .map(|part| (format!("word/{}.xml", part.name), format!("{CONTENT}{}", part.kind)))
        .collect();
    let listed: Vec<Listed<'_>> =
        names.iter().map(|(name, content_type)| Listed { name, content_type }).collect();
    packing.part("[Content_Types].xml", &content_types(&listed))?;
    let main = (String::from("rId1"), "officeDocument", String::from("word/document.xml"));
    packing.part("_rels/.rels", &relations(&[main]))?;
    let others = written.iter().filter(|part| part.kind != "document.main");
    let related: Vec<(String, &str, String)> =
        others.map(|part| (format!("rId{}", part.name), part.kind, format!("{}.xml", part.name))).collect();
    packing.part("word/_rels/document.xml.rels", &relations(&related))?;
    for part in written {
        let name = format!("word/{}.xml", part.name);
        let root = match part.kind {
            "document.main" => "document",
            "header" => "hdr",
            "footer" => "ftr",
            kind => kind,
        };
        let content = match part.kind {
            "styles" | "numbering" => part.content.clone(),
            _ => format!("<w:{root} {NAMESPACES}>{}</w:{root}>", part.content),
        };
        packing.part(&name, &content)?;
    }
    packing.finish()
}
