//! What all sheets of a workbook share: their names, the strings, the formats of numbers.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::Reading;
use super::numbers;
use super::relations::Relations;
use super::sheet::unescape;
use crate::document::extract::Refused;
use crate::document::markup::{Token, Xml};
use crate::document::sniff::Format;

/// Characters of a number format, as Excel allows them; a longer one is none, since it is read again for each
/// cell that has it.
const FORMAT_CODE_CHARS_MAX: usize = 255;

/// Whether people see a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::document) enum Visibility {
    Visible,
    Hidden,
    /// Hidden so that the program's own menus do not show it.
    VeryHidden,
}

/// A sheet, by the workbook's list.
pub(in crate::document) struct SheetName {
    pub(in crate::document) name: Zeroizing<String>,
    pub(in crate::document) part: String,
    pub(in crate::document) visibility: Visibility,
}

impl SheetName {
    /// False for sheets of charts and of macros.
    pub(in crate::document) fn is_of_cells(&self) -> bool {
        self.part.contains("worksheets/")
    }
}

/// What the sheets share.
#[derive(Default)]
pub(in crate::document) struct Book {
    pub(in crate::document) sheets: Vec<SheetName>,
    pub(in crate::document) since_1904: bool,
    /// Names that formulas use, with what they stand for.
    pub(in crate::document) defined: Vec<Zeroizing<String>>,
    strings: Zeroizing<String>,
    /// For each shared string where it begins, where it ends, and where its reading aid ends.
    places: Vec<(usize, usize, usize)>,
    codes: BTreeMap<u32, String>,
    /// For each style of cells the id of its format.
    styles: Vec<u32>,
}

impl Book {
    /// Reads a workbook, its strings and its styles.
    pub(in crate::document) fn read(reading: &mut Reading<'_, '_>, main: &str) -> Result<Self, Refused> {
        let mut book = Self::default();
        let relations = reading.relations(main)?;
        let text = reading.xml(main)?.unwrap_or_default();
        book.workbook(&text, &relations)?;
        for part in relations.of_kind("sharedStrings") {
            if let Some(text) = reading.xml(part)? {
                book.shared_strings(&text)?;
            }
        }
        for part in relations.of_kind("styles") {
            if let Some(text) = reading.xml(part)? {
                book.number_formats(&text)?;
            }
        }
        Ok(book)
    }

    /// A shared string and its reading aid.
    pub(in crate::document) fn string(&self, place: usize) -> (&str, &str) {
        let Some((start, end, aid)) = self.places.get(place).copied() else { return ("", "") };
        (self.strings.get(start..end).unwrap_or(""), self.strings.get(end..aid).unwrap_or(""))
    }

    /// The format code of a style; `None` for the general one.
    pub(in crate::document) fn code(&self, style: usize) -> Option<&str> {
        let id = self.styles.get(style)?;
        self.codes.get(id).map(String::as_str).or_else(|| numbers::built_in(*id))
    }

    fn workbook(&mut self, text: &str, relations: &Relations) -> Result<(), Refused> {
        let mut xml = Xml::of(text, Format::Xlsx);
        loop {
            match xml.next()? {
                Token::Open(tag) => match tag.local {
                    "sheet" => {
                        let value =
                            |name| tag.attribute(name).map(std::borrow::Cow::into_owned).unwrap_or_default();
                        let id = tag.attributes().find(|(prefix, key, _)| *key == "id" && !prefix.is_empty());
                        let part = id.and_then(|(.., id)| relations.target(&id).map(str::to_owned));
                        let visibility = match value("state").as_str() {
                            "hidden" => Visibility::Hidden,
                            "veryHidden" => Visibility::VeryHidden,
                            _ => Visibility::Visible,
                        };
                        let name = Zeroizing::new(value("name"));
                        self.sheets.push(SheetName { name, part: part.unwrap_or_default(), visibility });
                    }
                    "workbookPr" => {
                        self.since_1904 =
                            tag.attribute("date1904").is_some_and(|value| matches!(&*value, "1" | "true"));
                    }
                    "definedName" => {
                        let name =
                            tag.attribute("name").map(std::borrow::Cow::into_owned).unwrap_or_default();
                        let stands_for = xml.text()?;
                        self.defined.push(Zeroizing::new(format!("{name} = {}", &*stands_for)));
                    }
                    _ => {}
                },
                Token::End => return Ok(()),
                _ => {}
            }
        }
    }

    fn shared_strings(&mut self, text: &str) -> Result<(), Refused> {
        let mut xml = Xml::of(text, Format::Xlsx);
        let (mut string, mut aid) = (Zeroizing::new(String::new()), Zeroizing::new(String::new()));
        loop {
            match xml.next()? {
                Token::Open(tag) if tag.local == "si" => {
                    string.clear();
                    aid.clear();
                }
                Token::Text(text) if xml.above(0) == "t" => {
                    if xml.above(1) == "rPh" {
                        aid.push_str(&text)
                    } else {
                        string.push_str(&text)
                    }
                }
                Token::Close("si") => {
                    let start = self.strings.len();
                    unescape(&string, &mut self.strings);
                    let end = self.strings.len();
                    unescape(&aid, &mut self.strings);
                    self.places.push((start, end, self.strings.len()));
                }
                Token::End => return Ok(()),
                _ => {}
            }
        }
    }

    fn number_formats(&mut self, text: &str) -> Result<(), Refused> {
        let mut xml = Xml::of(text, Format::Xlsx);
        loop {
            match xml.next()? {
                Token::Open(tag) if tag.local == "numFmt" => {
                    let id = tag.attribute("numFmtId").and_then(|id| id.parse().ok());
                    let code = tag.attribute("formatCode");
                    let code = code.filter(|code| code.chars().nth(FORMAT_CODE_CHARS_MAX).is_none());
                    if let (Some(id), Some(code)) = (id, code) {
                        self.codes.insert(id, code.into_owned());
                    }
                }
                Token::Open(tag) if tag.local == "xf" && xml.above(1) == "cellXfs" => {
                    let id = tag.attribute("numFmtId").and_then(|id| id.parse().ok());
                    self.styles.push(id.unwrap_or(0));
                }
                Token::End => return Ok(()),
                _ => {}
            }
        }
    }
}
