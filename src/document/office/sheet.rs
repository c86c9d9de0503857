//! One sheet of a workbook, cell by cell.

use zeroize::Zeroizing;

use super::book::Book;
use super::numbers;
use crate::base::limits::{SHEET_COLUMNS_MAX, SHEET_ROWS_MAX};
use crate::document::extract::Refused;
use crate::document::markup::{Tag, Token, Xml};
use crate::document::part::Role;
use crate::document::sniff::Format;

/// A cell as it is read.
#[derive(Default)]
pub(in crate::document) struct Cell {
    pub(in crate::document) row: u32,
    pub(in crate::document) column: u32,
    /// What people see.
    pub(in crate::document) shown: Zeroizing<String>,
    /// The number behind it; empty if there is none.
    pub(in crate::document) number: Zeroizing<String>,
    /// The code by which the number is shown.
    pub(in crate::document) code: Option<String>,
    pub(in crate::document) formula: Zeroizing<String>,
    /// How the text is read aloud.
    pub(in crate::document) aid: Zeroizing<String>,
}

/// What a sheet has, in its order.
pub(in crate::document) enum Item {
    /// Columns from the first to the last, in their width.
    Columns {
        first: u32,
        last: u32,
        hidden: bool,
        width: Option<f64>,
    },
    /// A row begins.
    Row {
        number: u32,
        hidden: bool,
    },
    Cell(Cell),
    /// Cells that are shown as one: `A1:C2`.
    Merged(String),
    /// What is said elsewhere in the sheet.
    Said {
        text: Zeroizing<String>,
        role: Role,
    },
}

/// Reads a sheet and hands on what it has.
pub(in crate::document) fn read(
    text: &str,
    book: &Book,
    take: &mut dyn FnMut(Item) -> Result<(), Refused>,
) -> Result<(), Refused> {
    let mut xml = Xml::of(text, Format::Xlsx);
    let (mut row, mut column) = (0_u32, 0_u32);
    loop {
        match xml.next()? {
            Token::Open(tag) => match tag.local {
                "col" => take(columns(&tag))?,
                "row" => {
                    let next = row.saturating_add(1);
                    row = number_of(&tag, "r").unwrap_or(next).clamp(1, SHEET_ROWS_MAX);
                    column = 0;
                    take(Item::Row { number: row, hidden: is_set(&tag, "hidden") })?;
                }
                "c" => {
                    let place = tag.attribute("r").and_then(|place| place_of(&place));
                    let next = column.saturating_add(1).clamp(1, SHEET_COLUMNS_MAX);
                    (column, row) = place.unwrap_or((next, row.max(1)));
                    let kind = tag.attribute("t").map(std::borrow::Cow::into_owned).unwrap_or_default();
                    let style =
                        number_of(&tag, "s").and_then(|style| usize::try_from(style).ok()).unwrap_or(0);
                    take(Item::Cell(cell(&mut xml, book, (row, column), (&kind, style))?))?;
                }
                "mergeCell" => {
                    let area = tag.attribute("ref").map(std::borrow::Cow::into_owned).unwrap_or_default();
                    take(Item::Merged(area))?;
                }
                "oddHeader" | "oddFooter" | "evenHeader" | "evenFooter" | "firstHeader" | "firstFooter" => {
                    let text = header(&xml.text()?);
                    take(Item::Said { text, role: Role::Header })?;
                }
                _ => said(&tag, &mut xml, take)?,
            },
            Token::End => return Ok(()),
            _ => {}
        }
    }
}

/// What a sheet says outside its cells: lists to choose from, hints, filters, links.
fn said(
    tag: &Tag<'_>,
    xml: &mut Xml<'_>,
    take: &mut dyn FnMut(Item) -> Result<(), Refused>,
) -> Result<(), Refused> {
    let (keys, role): (&[&str], Role) = match tag.local {
        "dataValidation" => (&["prompt", "promptTitle", "error", "errorTitle"], Role::FormValue),
        "filter" | "customFilter" => (&["val"], Role::Metadata),
        "hyperlink" => (&["display", "tooltip", "location"], Role::Link),
        "formula1" | "formula2" | "formula" => {
            let text = xml.text()?;
            return take(Item::Said { text, role: Role::Instruction });
        }
        _ => return Ok(()),
    };
    for (_, _, value) in tag.attributes().filter(|(_, key, _)| keys.contains(key)) {
        take(Item::Said { text: Zeroizing::new(value.into_owned()), role })?;
    }
    Ok(())
}

fn columns(tag: &Tag<'_>) -> Item {
    let first = number_of(tag, "min").unwrap_or(1).clamp(1, SHEET_COLUMNS_MAX);
    let last = number_of(tag, "max").unwrap_or(first).clamp(first, SHEET_COLUMNS_MAX);
    let width = tag.attribute("width").and_then(|width| width.parse().ok());
    Item::Columns { first, last, hidden: is_set(tag, "hidden"), width }
}

fn cell(
    xml: &mut Xml<'_>,
    book: &Book,
    (row, column): (u32, u32),
    (kind, style): (&str, usize),
) -> Result<Cell, Refused> {
    let mut cell = Cell { row, column, ..Cell::default() };
    let mut raw = Zeroizing::new(String::new());
    let above = xml.depth().saturating_sub(1);
    while xml.depth() > above {
        match xml.next()? {
            Token::Text(text) => match xml.above(0) {
                "v" => raw.push_str(&text),
                "f" => cell.formula.push_str(&text),
                "t" if xml.above(1) == "rPh" => cell.aid.push_str(&text),
                "t" => cell.shown.push_str(&text),
                _ => {}
            },
            Token::End => break,
            Token::Open(_) | Token::Close(_) => {}
        }
    }
    // Formulas are never escaped so.
    for text in [&mut cell.shown, &mut cell.aid] {
        let mut plain = Zeroizing::new(String::with_capacity(text.len()));
        unescape(text, &mut plain);
        *text = plain;
    }
    match kind {
        "s" => {
            let (text, aid) = raw.trim().parse().map_or(("", ""), |place| book.string(place));
            cell.shown.push_str(text);
            cell.aid.push_str(aid);
        }
        "inlineStr" => {}
        "str" | "e" | "d" => unescape(&raw, &mut cell.shown),
        "b" => cell.shown.push_str(if raw.trim() == "1" { "TRUE" } else { "FALSE" }),
        _ if raw.is_empty() => {}
        _ => {
            cell.code = book.code(style).map(str::to_owned);
            let shown = match &cell.code {
                Some(code) => numbers::shown(&raw, code, book.since_1904),
                None => numbers::plain(&raw),
            };
            cell.shown.push_str(&shown);
            cell.number = raw;
        }
    }
    Ok(cell)
}

/// Texts of cells write characters that XML lacks as `_x000D_`, and could write any other so.
pub(in crate::document) fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("_x") {
        out.push_str(before);
        let code = after.get(..4).filter(|_| after.as_bytes().get(4) == Some(&b'_'));
        match code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32) {
            Some(c) => {
                out.push(c);
                rest = after.get(5..).unwrap_or("");
            }
            None => {
                out.push_str("_x");
                rest = after;
            }
        }
    }
    out.push_str(rest);
}

/// A header's text without the codes for its looks: `&C`, `&"Arial,Bold"`, `&12`.
fn header(raw: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    let mut rest = raw.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '&' {
            text.push(c);
            continue;
        }
        match rest.next() {
            Some('&') => text.push('&'),
            Some('"') => rest.by_ref().take_while(|c| *c != '"').for_each(drop),
            Some('L' | 'C' | 'R') => text.push('\n'),
            Some(c) if c.is_ascii_digit() => while rest.next_if(char::is_ascii_digit).is_some() {},
            _ => {}
        }
    }
    text
}

/// The column and row of a place like `B7`.
pub(in crate::document) fn place_of(place: &str) -> Option<(u32, u32)> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (name, row) = place.split_at_checked(letters).filter(|(name, _)| (1..=3).contains(&name.len()))?;
    let fold = |sum: u32, letter: u8| sum * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1;
    let column = name.bytes().fold(0, fold);
    let row: u32 = row.parse().ok()?;
    let fits = (1..=SHEET_COLUMNS_MAX).contains(&column) && (1..=SHEET_ROWS_MAX).contains(&row);
    fits.then_some((column, row))
}

fn number_of(tag: &Tag<'_>, name: &str) -> Option<u32> {
    tag.attribute(name).and_then(|value| value.parse().ok())
}

fn is_set(tag: &Tag<'_>, name: &str) -> bool {
    tag.attribute(name).is_some_and(|value| matches!(&*value, "1" | "true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_within_the_sheet() {
        for (place, expected) in [
            ("A1", Some((1, 1))),
            ("xfd1048576", Some((16_384, 1_048_576))),
            ("AA10", Some((27, 10))),
            ("XFE1", None),
            ("A0", None),
            ("ABCD1", None),
            ("17", None),
            ("", None),
        ] {
            assert_eq!(place_of(place), expected, "{place}");
        }
    }

    #[test]
    fn characters_that_are_written_by_their_number_are_read() {
        for (text, plain) in [
            ("_x0031_39_x000D_", "139\r"),
            ("_x005F_x0031_", "_x0031_"),
            ("_x31_ _x _x003", "_x31_ _x _x003"),
            ("_xD800_", "_xD800_"),
        ] {
            let mut out = String::new();
            unescape(text, &mut out);
            assert_eq!(out, plain, "{text}");
        }
    }

    #[test]
    fn a_header_is_read_without_its_codes() {
        assert_eq!(&*header("&L&\"Arial,Bold\"&12王小明&Cpage &P&R&&"), "\n王小明\npage \n&");
    }
}
