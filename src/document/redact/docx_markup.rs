//! The looks of a Word document that a redacted copy keeps: properties by name, values by their form.
//!
//! A value that could say something — a long number, a sentence — is no look.

use super::write::escape;
use crate::document::extract::Refused;
use crate::document::markup::{Tag, Token, Xml};

/// Properties of paragraphs, runs, tables, sections, styles and lists.
pub(super) const KEPT: &[&str] = &[
    "abstractNum",
    "abstractNumId",
    "adjustRightInd",
    "autoSpaceDE",
    "autoSpaceDN",
    "b",
    "bCs",
    "basedOn",
    "bdr",
    "between",
    "bidi",
    "bidiVisual",
    "bottom",
    "cantSplit",
    "caps",
    "cnfStyle",
    "col",
    "color",
    "cols",
    "contextualSpacing",
    "docDefaults",
    "docGrid",
    "dstrike",
    "em",
    "emboss",
    "end",
    "framePr",
    "gridAfter",
    "gridBefore",
    "gridCol",
    "gridSpan",
    "hMerge",
    "hideMark",
    "highlight",
    "i",
    "iCs",
    "ilvl",
    "imprint",
    "ind",
    "insideH",
    "insideV",
    "isLgl",
    "jc",
    "keepLines",
    "keepNext",
    "kern",
    "kinsoku",
    "lang",
    "left",
    "link",
    "lvl",
    "lvlJc",
    "lvlOverride",
    "lvlRestart",
    "lvlText",
    "mirrorIndents",
    "multiLevelType",
    "name",
    "next",
    "noWrap",
    "num",
    "numFmt",
    "numId",
    "numPr",
    "outline",
    "outlineLvl",
    "overflowPunct",
    "pBdr",
    "pPr",
    "pPrDefault",
    "pStyle",
    "pageBreakBefore",
    "pgBorders",
    "pgMar",
    "pgNumType",
    "pgSz",
    "position",
    "qFormat",
    "rFonts",
    "rPr",
    "rPrDefault",
    "rStyle",
    "right",
    "rtl",
    "sectPr",
    "shadow",
    "shd",
    "smallCaps",
    "snapToGrid",
    "spacing",
    "start",
    "startOverride",
    "strike",
    "style",
    "suff",
    "suppressLineNumbers",
    "sz",
    "szCs",
    "tab",
    "tabs",
    "tblBorders",
    "tblCellMar",
    "tblCellSpacing",
    "tblGrid",
    "tblHeader",
    "tblInd",
    "tblLayout",
    "tblLook",
    "tblOverlap",
    "tblPr",
    "tblPrEx",
    "tblStyle",
    "tblStyleColBandSize",
    "tblStylePr",
    "tblStyleRowBandSize",
    "tblW",
    "tblpPr",
    "tcBorders",
    "tcFitText",
    "tcMar",
    "tcPr",
    "tcW",
    "textAlignment",
    "textDirection",
    "titlePg",
    "tl2br",
    "top",
    "tr2bl",
    "trHeight",
    "trPr",
    "type",
    "u",
    "uiPriority",
    "vAlign",
    "vMerge",
    "vertAlign",
    "w",
    "wAfter",
    "wBefore",
    "widowControl",
    "wordWrap",
];

/// Elements whose `val` names something by words.
const NAMED: &[&str] = &["name", "lvlText"];

/// Digits that may stand together in a value: sizes and colours have no more.
const DIGITS_MAX: usize = 6;
/// Characters of a value.
const VALUE_CHARS_MAX: usize = 40;

/// Writes the property that was just begun, with what is kept of what is in it. `refers` gives the id under which
/// a header or footer is known in the copy.
pub(super) fn property(
    xml: &mut Xml<'_>,
    tag: &Tag<'_>,
    refers: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Refused> {
    let mut out = String::new();
    let own = tag.prefix;
    let above = xml.depth().saturating_sub(1);
    if !begin(tag, &mut out, refers) {
        xml.skip()?;
        return Ok(String::new());
    }
    while xml.depth() > above {
        match xml.next()? {
            Token::Open(inner) => {
                if inner.prefix != own || !begin(&inner, &mut out, refers) {
                    xml.skip()?;
                }
            }
            Token::Close(local) => out.push_str(&format!("</w:{local}>")),
            Token::Text(_) => {}
            Token::End => break,
        }
    }
    Ok(out)
}

/// Writes an element's beginning; false if it is not kept.
fn begin(tag: &Tag<'_>, out: &mut String, refers: &dyn Fn(&str) -> Option<String>) -> bool {
    if matches!(tag.local, "headerReference" | "footerReference") {
        let id = tag.attributes().find(|(_, key, _)| *key == "id").and_then(|(.., id)| refers(&id));
        let kind = tag.attribute("type").filter(|kind| is_look(kind));
        let Some(id) = id else { return false };
        let kind = kind.map_or_else(|| "default".to_owned(), |kind| kind.into_owned());
        out.push_str(&format!("<w:{} w:type=\"{kind}\" r:id=\"{id}\">", tag.local));
        return true;
    }
    if KEPT.binary_search(&tag.local).is_err() {
        return false;
    }
    let mut attributes = String::new();
    for (prefix, key, value) in tag.attributes() {
        if prefix != tag.prefix || key.starts_with("rsid") || key == "author" || key == "date" {
            continue;
        }
        let named = NAMED.contains(&tag.local) && key == "val" || tag.local == "rFonts";
        if if named { is_name(&value) } else { is_look(&value) } {
            attributes.push_str(&format!(" w:{key}=\""));
            escape(&value, &mut attributes);
            attributes.push('"');
        } else if key == "val" || key == "styleId" {
            // Without its value it means nothing, or something else.
            return false;
        }
    }
    out.push_str(&format!("<w:{}{attributes}>", tag.local));
    true
}

/// True for a value that can only be a size, a colour, a switch or an id.
pub(super) fn is_look(value: &str) -> bool {
    value.len() <= VALUE_CHARS_MAX
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "#%+-._".contains(c))
        && digits_together(value) <= DIGITS_MAX
}

/// True for the name of a font or a style, or what stands before a list's numbers.
fn is_name(value: &str) -> bool {
    value.chars().count() <= VALUE_CHARS_MAX
        && value.chars().all(|c| c.is_alphanumeric() || " #%+-._@(),;、．（）".contains(c) || !c.is_ascii())
        && value.chars().filter(char::is_ascii_digit).count() <= DIGITS_MAX
}

fn digits_together(value: &str) -> usize {
    value.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::sniff::Format;

    fn kept(text: &str) -> String {
        let mut xml = Xml::of(text, Format::Docx);
        let Ok(Token::Open(tag)) = xml.next() else { panic!("an element begins") };
        property(&mut xml, &tag, &|id| (id == "rId1").then(|| "rIdH1".to_owned())).unwrap()
    }

    #[test]
    fn the_list_is_in_order() {
        assert!(KEPT.is_sorted());
    }

    #[test]
    fn looks_are_kept_and_words_are_not() {
        assert_eq!(
            kept(
                "<w:rPr><w:b/><w:color w:val=\"FF0000\" w:rsidR=\"00AB\"/><w:rPrChange w:author=\"王\"><w:rPr/></w:rPrChange></w:rPr>"
            ),
            "<w:rPr><w:b></w:b><w:color w:val=\"FF0000\"></w:color></w:rPr>"
        );
        assert_eq!(
            kept("<w:rPr><w:color w:val=\"13912345678\"/><w:lang w:val=\"王 小明\"/></w:rPr>"),
            "<w:rPr></w:rPr>"
        );
        assert_eq!(kept("<w:ins w:author=\"x\"><w:b/></w:ins>"), "");
    }

    #[test]
    fn headers_are_known_under_their_new_ids() {
        assert_eq!(
            kept(
                "<w:sectPr><w:headerReference w:type=\"default\" r:id=\"rId1\"/><w:footerReference r:id=\"rId9\"/></w:sectPr>"
            ),
            "<w:sectPr><w:headerReference w:type=\"default\" r:id=\"rIdH1\"></w:headerReference></w:sectPr>"
        );
    }
}
