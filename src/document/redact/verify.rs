//! The second pair of eyes: looks through a redacted copy without the code that made it, and lets nothing pass that
//! it does not know.

use std::io::{Cursor, Read as _};

use quick_xml::events::Event;
use quick_xml::reader::Reader;
use zeroize::Zeroizing;

use super::docx_markup::KEPT;
use super::{Copy, Hides, Slips, Withheld, edits};
use crate::document::extract::{Source, extract};
use crate::document::part::{Extracted, Role, Spot};
use crate::document::residue::Residues;
use crate::document::sniff::Format;

/// Elements of a copy of Word besides its looks.
const OF_WORD: &[&str] = &[
    "document",
    "body",
    "hdr",
    "ftr",
    "footnotes",
    "endnotes",
    "footnote",
    "endnote",
    "styles",
    "numbering",
    "p",
    "r",
    "t",
    "br",
    "tbl",
    "tr",
    "tc",
    "footnoteReference",
    "endnoteReference",
    "footnoteRef",
    "endnoteRef",
    "separator",
    "continuationSeparator",
    "headerReference",
    "footerReference",
];
/// Elements of a copy of Excel.
const OF_EXCEL: &[&str] = &[
    "workbook",
    "workbookPr",
    "sheets",
    "sheet",
    "worksheet",
    "cols",
    "col",
    "sheetData",
    "row",
    "c",
    "v",
    "is",
    "t",
    "mergeCells",
    "mergeCell",
    "styleSheet",
    "numFmts",
    "numFmt",
    "fonts",
    "font",
    "sz",
    "fills",
    "fill",
    "patternFill",
    "borders",
    "border",
    "left",
    "right",
    "top",
    "bottom",
    "diagonal",
    "cellStyleXfs",
    "cellXfs",
    "cellStyles",
    "cellStyle",
    "xf",
];
/// Elements of a copy of PowerPoint.
const OF_POWERPOINT: &[&str] = &[
    "presentation",
    "sldMasterIdLst",
    "sldMasterId",
    "sldIdLst",
    "sldId",
    "sldSz",
    "notesSz",
    "sldMaster",
    "cSld",
    "spTree",
    "nvGrpSpPr",
    "cNvPr",
    "cNvGrpSpPr",
    "nvPr",
    "grpSpPr",
    "clrMap",
    "sldLayoutIdLst",
    "sldLayoutId",
    "sldLayout",
    "clrMapOvr",
    "masterClrMapping",
    "sld",
    "sp",
    "nvSpPr",
    "cNvSpPr",
    "spPr",
    "xfrm",
    "off",
    "ext",
    "prstGeom",
    "txBody",
    "bodyPr",
    "p",
    "r",
    "rPr",
    "t",
    "br",
    "graphicFrame",
    "nvGraphicFramePr",
    "cNvGraphicFramePr",
    "graphic",
    "graphicData",
    "tbl",
    "tblPr",
    "tblGrid",
    "gridCol",
    "tr",
    "tc",
    "tcPr",
    "theme",
    "themeElements",
    "clrScheme",
    "dk1",
    "lt1",
    "dk2",
    "lt2",
    "accent1",
    "accent2",
    "accent3",
    "accent4",
    "accent5",
    "accent6",
    "hlink",
    "folHlink",
    "srgbClr",
    "fontScheme",
    "majorFont",
    "minorFont",
    "latin",
    "ea",
    "cs",
    "fmtScheme",
    "fillStyleLst",
    "solidFill",
    "schemeClr",
    "lnStyleLst",
    "ln",
    "effectStyleLst",
    "effectStyle",
    "effectLst",
    "bgFillStyleLst",
];
/// Elements of every package.
const OF_PACKAGES: &[&str] = &["Types", "Default", "Override", "Relationships", "Relationship"];

/// Looks through a copy.
///
/// # Errors
/// What keeps it from leaving.
pub(super) fn check(
    copy: &Copy,
    extracted: &Extracted,
    hides: &Hides,
    slips: Slips<'_>,
) -> Result<(), Withheld> {
    let values = edits::values(extracted, hides);
    let left = edits::left(extracted, hides);
    let residues = Residues::of(values.iter().map(|value| value.as_str()), &left);
    if residues.in_bytes(&copy.bytes) {
        return Err(Withheld::Residue { part: 0 });
    }
    match copy.format {
        Format::Docx | Format::Xlsx | Format::Pptx => package(copy, &residues)?,
        Format::Mail => super::mail::look_through(&copy.bytes, &residues)?,
        Format::Rtf => super::rtf::look_through(&copy.bytes, &residues)?,
        // Its own test was passed before (`document/pdf/verify`): here it is read again as a whole.
        Format::Pdf => {}
        format => return Err(Withheld::NoCopy { format }),
    }
    let read =
        extract(Source { bytes: &copy.bytes, name: None, media_type: Some(copy.format.media_type()) })?;
    if read.format != copy.format {
        return Err(Withheld::NotAsMeant);
    }
    for document in read.documents() {
        let texts = document.parts().iter().map(|part| document.text_of(part));
        if texts.into_iter().any(|text| residues.in_text(text)) || residues.in_joined(document.text()) {
            return Err(Withheld::Residue { part: 0 });
        }
    }
    if !matches!(copy.format, Format::Mail | Format::Pdf)
        && says(&read, &[], slips) != meant(extracted, hides, slips)?
    {
        return Err(Withheld::NotAsMeant);
    }
    Ok(())
}

/// What a document says to people, text by text; marks of what was left out are passed over.
fn says(read: &Extracted, edits: &[Vec<edits::Edit>], slips: Slips<'_>) -> Vec<Zeroizing<String>> {
    let slip = format!("[{}]", slips.picture);
    let none = Vec::new();
    let all = read.parts().iter().zip(edits.iter().chain(std::iter::repeat(&none)));
    let mut texts: Vec<Zeroizing<String>> = all
        .filter(|(part, _)| match part.role {
            Role::Text | Role::Note | Role::Header => true,
            // Hidden cells and slides are carried over, hidden words are not.
            Role::Hidden => matches!(part.spot, Spot::Sheet { .. } | Spot::Slide { slide: 1.., .. }),
            _ => false,
        })
        // Notes are carried over of Word only.
        .filter(|(part, _)| read.format != Format::Pptx || part.role != Role::Note)
        // What a page has at its head is not carried over of sheets.
        .filter(|(part, _)| read.format != Format::Xlsx || matches!(part.spot, Spot::Sheet { .. }))
        .map(|(part, edits)| {
            let text = edits::edited(read.text_of(part), edits);
            Zeroizing::new(text.replace(&slip, "").chars().filter(|c| !c.is_whitespace()).collect::<String>())
        })
        .filter(|text| !text.is_empty())
        .collect();
    texts.sort_by(|a, b| a.as_str().cmp(b));
    texts
}

fn meant(extracted: &Extracted, hides: &Hides, slips: Slips<'_>) -> Result<Vec<Zeroizing<String>>, Withheld> {
    let edits = edits::by_part(extracted, &hides.own)?;
    Ok(says(extracted, &edits, slips))
}

/// Looks through every part of a package.
fn package(copy: &Copy, residues: &Residues) -> Result<(), Withheld> {
    let mut archive =
        zip::ZipArchive::new(Cursor::new(copy.bytes.as_slice())).map_err(|_| Withheld::NotAsMeant)?;
    if !archive.comment().is_empty() || archive.has_duplicate_names() {
        return Err(Withheld::Structure { part: 0 });
    }
    for place in 0..archive.len() {
        let part = place + 1;
        let mut file = archive.by_index(place).map_err(|_| Withheld::NotAsMeant)?;
        let known = file.name().is_ok_and(|name| is_known(&name, copy.format));
        if !known {
            return Err(Withheld::Structure { part });
        }
        let mut content = Zeroizing::new(String::with_capacity(usize::try_from(file.size()).unwrap_or(0)));
        file.read_to_string(&mut content).map_err(|_| Withheld::NotAsMeant)?;
        if residues.in_bytes(content.as_bytes()) {
            return Err(Withheld::Residue { part });
        }
        markup(&content, copy.format, part, residues)?;
    }
    Ok(())
}

/// True for the names that a copy's parts have.
fn is_known(name: &str, format: Format) -> bool {
    if matches!(name, "[Content_Types].xml" | "_rels/.rels") {
        return true;
    }
    let Some((folder, file)) = name.rsplit_once('/') else { return false };
    let bare = file.strip_suffix(".xml").unwrap_or(file);
    let numbered = bare.trim_end_matches(|c: char| c.is_ascii_digit());
    match (format, folder, bare) {
        (Format::Docx, "word", "document" | "styles" | "numbering" | "footnotes" | "endnotes") => true,
        (Format::Docx, "word", _) => matches!(numbered, "header" | "footer") && file.ends_with(".xml"),
        (Format::Docx, "word/_rels", "document.xml.rels") => true,
        (Format::Xlsx, "xl", "workbook" | "styles") | (Format::Xlsx, "xl/_rels", "workbook.xml.rels") => true,
        (Format::Pptx, "ppt", "presentation") | (Format::Pptx, "ppt/_rels", "presentation.xml.rels") => true,
        (Format::Pptx, "ppt/slides" | "ppt/slides/_rels", _) => {
            bare.trim_end_matches(".xml.rels").trim_end_matches(|c: char| c.is_ascii_digit()) == "slide"
        }
        (Format::Pptx, "ppt/slideMasters", "slideMaster1")
        | (Format::Pptx, "ppt/slideLayouts", "slideLayout1") => true,
        (Format::Pptx, "ppt/slideMasters/_rels", "slideMaster1.xml.rels") => true,
        (Format::Pptx, "ppt/slideLayouts/_rels", "slideLayout1.xml.rels") => true,
        (Format::Pptx, "ppt/theme", "theme1") => true,
        (Format::Xlsx, "xl/worksheets", _) => numbered == "sheet" && file.ends_with(".xml"),
        _ => false,
    }
}

/// Looks through one part: only known elements, nothing but text and attributes, and no value among them.
fn markup(content: &str, format: Format, part: usize, residues: &Residues) -> Result<(), Withheld> {
    let structure = Withheld::Structure { part };
    let residue = Withheld::Residue { part };
    let mut reader = Reader::from_str(content);
    let (mut all, mut together) = (Zeroizing::new(String::new()), Zeroizing::new(String::new()));
    loop {
        match reader.read_event().map_err(|_| structure)? {
            Event::Start(start) | Event::Empty(start) => {
                let name = start.local_name();
                let name: &str = name.as_ref();
                if !is_known_element(name, format) {
                    return Err(structure);
                }
                for attribute in start.attributes() {
                    let attribute = attribute.map_err(|_| structure)?;
                    let value = attribute
                        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                        .map_err(|_| structure)?;
                    if attribute.key.local_name().as_ref() == "TargetMode" {
                        return Err(structure);
                    }
                    // Measures are short numbers.
                    if residues.in_joined(&value) {
                        return Err(residue);
                    }
                }
            }
            Event::End(end) => {
                if matches!(end.local_name().as_ref(), "p" | "c") {
                    if residues.in_text(&together) {
                        return Err(residue);
                    }
                    together.clear();
                }
            }
            Event::Text(text) => {
                let text = text.xml10_content();
                all.push_str(&text);
                together.push_str(&text);
            }
            Event::GeneralRef(reference) => {
                let named = quick_xml::escape::resolve_xml_entity(&reference);
                let c = match named {
                    Some(text) => text.to_owned(),
                    None => reference.resolve_char_ref().ok().flatten().ok_or(structure)?.to_string(),
                };
                all.push_str(&c);
                together.push_str(&c);
            }
            Event::Decl(_) => {}
            Event::CData(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => return Err(structure),
            Event::Eof => break,
        }
    }
    if residues.in_text(&together) || residues.in_joined(&all) { Err(residue) } else { Ok(()) }
}

fn is_known_element(name: &str, format: Format) -> bool {
    if OF_PACKAGES.contains(&name) {
        return true;
    }
    match format {
        Format::Docx => KEPT.binary_search(&name).is_ok() || OF_WORD.contains(&name),
        Format::Xlsx => OF_EXCEL.contains(&name),
        Format::Pptx => OF_POWERPOINT.contains(&name),
        _ => false,
    }
}
