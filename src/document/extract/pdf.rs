//! PDF: the lines of its pages as the file draws them, each with its place; beside them what it holds else; and
//! the files within it as documents inside.
//!
//! The text begins with exactly what [`pdf::Document::text`] says in the order of the file, so that places in it are
//! places there.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{Collected, Refused, Source};
use crate::base::limits::PDF_UNPACKED_BYTES_MAX;
use crate::document::package::Allowance;
use crate::document::part::{Child, Doubtful, Rectangle, Role, Spot};
use crate::document::pdf::{self, Area, Doubt, Order, Page, Said, SaidAs};
use crate::document::sniff::Format;

pub(super) fn take(bytes: &[u8], out: &mut Collected, allowance: &mut Allowance) -> Result<(), Refused> {
    let opened = pdf::open(bytes.to_vec(), allowance.fonts()).map_err(refused)?;
    let document = pdf::read(&opened).map_err(refused)?;
    for page in document.pages() {
        lines(page, out)?;
        out.pictures += page.pictures.len();
        if !page.doubts().is_empty() {
            out.doubtful.push(Doubtful { page: page.number, why: page.doubts().clone() });
        }
    }
    if document.facts.is_cut {
        out.doubtful.push(Doubtful { page: 0, why: [Doubt::TooMuch].into() });
    }
    let again = document.text(Order::Page);
    if *again != *out.body.text {
        out.again = again;
    }
    beside(&document, out)?;
    for (number, file) in (1..).zip(&document.facts.files) {
        let place = format!("attachment {number}");
        match &file.bytes {
            Some(bytes) => {
                let bytes = bytes.expose();
                allowance.take_inflated(bytes.len() as u64)?;
                let name = Some(file.name.as_str()).filter(|name| !name.is_empty());
                out.child(Source { bytes, name, media_type: None }, &place, allowance)?;
            }
            None => {
                out.property(&place, &file.name, Role::AttachmentName)?;
                let content = Err(Refused::Damaged { format: Format::Unknown });
                out.children.push(Child { format: Format::Unknown, content, place: Zeroizing::new(place) });
            }
        }
    }
    Ok(())
}

/// The lines of a page, in the order of the file, byte by byte as the page has them.
fn lines(page: &Page, out: &mut Collected) -> Result<(), Refused> {
    let text = page.text(Order::File);
    let mut at = 0;
    for line in page.lines(Order::File) {
        out.body.text.push_str(text.get(at..line.start).unwrap_or(""));
        let start = out.body.at();
        out.body.text.push_str(line.text);
        at = line.start + line.text.len();
        if !line.text.trim().is_empty() {
            let role = if line.unseen.is_some() { Role::Hidden } else { Role::Text };
            out.body.part(start, 0, role, Spot::Page(rectangle(page.number, line.area)))?;
        }
    }
    out.body.text.push_str(text.get(at..).unwrap_or(""));
    Ok(())
}

/// What the file says beside its pages.
fn beside(document: &pdf::Document, out: &mut Collected) -> Result<(), Refused> {
    let mut stories: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let is_file = |said: &Said| document.facts.files.iter().any(|file| *file.name == *said.text);
    // The name of a file stands with the file.
    let said = document.facts.said.iter().filter(|said| said.kind != SaidAs::FileName || !is_file(said));
    for said in said {
        let role = match said.kind {
            SaidAs::Annotation => Role::Comment,
            SaidAs::FormValue => Role::FormValue,
            SaidAs::Bookmark | SaidAs::Information => Role::Metadata,
            SaidAs::Script => Role::Instruction,
            SaidAs::Link => Role::Link,
            SaidAs::FileName => Role::AttachmentName,
        };
        let spot = match (said.page, said.area) {
            (Some(page), Some(area)) => Spot::Page(rectangle(page, area)),
            _ => numbered(&mut stories, said.kind.as_str(), out),
        };
        out.aside(&said.text, role, spot)?;
    }
    for signature in &document.facts.signatures {
        for text in signature.words() {
            let spot = numbered(&mut stories, "signature", out);
            out.aside(text, Role::Metadata, spot)?;
        }
    }
    Ok(())
}

fn numbered<'s>(stories: &mut BTreeMap<&'s str, (u32, u32)>, name: &'s str, out: &mut Collected) -> Spot {
    let (story, number) = stories.entry(name).or_insert_with(|| (out.body.story(name), 0));
    *number += 1;
    Spot::Story { story: *story, number: *number }
}

fn rectangle(page: u32, area: Area) -> Rectangle {
    Rectangle { page, x0: area.left, y0: area.top, x1: area.right, y1: area.bottom }
}

/// Why a PDF is not read, as it is told of all documents.
fn refused(refused: pdf::Refused) -> Refused {
    let format = Format::Pdf;
    match refused {
        pdf::Refused::TooLarge { bytes } => Refused::TooLarge { bytes },
        pdf::Refused::Encrypted => Refused::Encrypted { format },
        pdf::Refused::Swells => Refused::InflatesTooFar { most: PDF_UNPACKED_BYTES_MAX },
        pdf::Refused::TooManyPages { pages } => Refused::TooManyPages { pages },
        pdf::Refused::Malformed
        | pdf::Refused::NoSuchPage { .. }
        | pdf::Refused::TooManyPixels { .. }
        | pdf::Refused::NotInText { .. }
        | pdf::Refused::Unwritten
        | pdf::Refused::Residue { .. } => Refused::Damaged { format },
    }
}

#[cfg(test)]
#[path = "pdf_tests.rs"]
mod tests;
