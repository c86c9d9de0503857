//! Excel: all sheets, hidden ones too, with their cells as people see them, formulas, comments, headers,
//! properties and what was kept of other workbooks.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::base::limits::SHEET_COLUMNS_MAX;
use crate::document::extract::{Collected, Refused};
use crate::document::markup::{Token, Xml};
use crate::document::package::Allowance;
use crate::document::part::{Role, Spot};
use crate::document::sniff::Format;

use super::Reading;
use super::book::{Book, SheetName, Visibility};
use super::numbers;
use super::sheet::{self, Cell, Item};

/// What sheets' names are called in places; the number is that of the sheet.
pub(in crate::document) const SHEET_NAMES: &str = "sheet";
/// Digits from which a number that its format alters is told as it is, too.
const UNDERLYING_DIGITS: usize = 6;

pub(in crate::document) fn take(
    bytes: &[u8],
    out: &mut Collected,
    allowance: &mut Allowance,
) -> Result<(), Refused> {
    let mut reading = Reading::open(bytes, Format::Xlsx, out, allowance)?;
    let main = reading.main_part("xl/workbook.xml")?;
    if main.ends_with(".bin") {
        return Err(Refused::OtherFormat { format: Format::Xlsx });
    }
    let book = Book::read(&mut reading, &main)?;
    let names = reading.out.body.story(SHEET_NAMES);
    // The story of a sheet has the sheet's number: whoever writes them anew counts on it.
    for (number, entry) in (1..).zip(&book.sheets) {
        reading.out.aside(&entry.name, Role::Metadata, Spot::Story { story: names, number })?;
        reading.out.body.story(&entry.name);
    }
    for (number, entry) in (1..).zip(&book.sheets) {
        reading.sheet(number, entry, &book)?;
    }
    for name in &book.defined {
        reading.out.property(&main, name, Role::Metadata)?;
    }
    for part in reading.waiting("xl/comments", ".xml") {
        reading.comments(&part)?;
    }
    reading.rest()
}

/// Cells of the first row, until it is known whether they name the columns.
#[derive(Default)]
struct Headings {
    row: Option<u32>,
    cells: BTreeMap<u32, (u32, u32)>,
    refuted: bool,
}

impl Headings {
    fn take(&mut self, cell: &Cell, place: (u32, u32)) {
        if *self.row.get_or_insert(cell.row) == cell.row {
            self.refuted |= !cell.number.is_empty() || cell.shown.chars().any(|c| c.is_ascii_digit());
            self.cells.insert(cell.column, place);
        }
    }
}

/// Columns that are hidden. Ranges are written at their ends and summed up once, so that many of them take no
/// more time than few.
#[derive(Default)]
struct HiddenColumns {
    edges: BTreeMap<u32, i64>,
    hidden: Option<Vec<bool>>,
}

impl HiddenColumns {
    fn hide(&mut self, first: u32, last: u32) {
        *self.edges.entry(first).or_default() += 1;
        *self.edges.entry(last.saturating_add(1)).or_default() -= 1;
        self.hidden = None;
    }

    fn hides(&mut self, column: u32) -> bool {
        if self.edges.is_empty() {
            return false;
        }
        let edges = &self.edges;
        let hidden = self.hidden.get_or_insert_with(|| {
            let mut open = 0;
            let summed = (0..=SHEET_COLUMNS_MAX).map(|column| {
                open += edges.get(&column).copied().unwrap_or(0);
                open > 0
            });
            summed.collect()
        });
        usize::try_from(column).ok().and_then(|column| hidden.get(column)).copied().unwrap_or(false)
    }
}

impl Reading<'_, '_> {
    fn sheet(&mut self, story: u32, entry: &SheetName, book: &Book) -> Result<(), Refused> {
        // Other sheets' parts are read with the rest.
        let text = if entry.is_of_cells() { self.xml(&entry.part)? } else { None };
        let Some(text) = text else { return Ok(()) };
        let (out, allowance) = (&mut *self.out, &mut *self.allowance);
        let unseen = entry.visibility != Visibility::Visible;
        let mut columns = HiddenColumns::default();
        let (mut row_hidden, mut row_open) = (false, false);
        let mut headings = Headings::default();
        out.body.break_with('\n');
        sheet::read(&text, book, &mut |item| match item {
            Item::Columns { first, last, hidden, .. } => {
                if hidden {
                    columns.hide(first, last);
                }
                Ok(())
            }
            Item::Row { hidden, .. } => {
                out.body.break_with('\n');
                (row_hidden, row_open) = (hidden, false);
                Ok(())
            }
            Item::Cell(cell) => {
                // One string or format may stand in millions of cells.
                allowance.take_inflated((cell.shown.len() + cell.aid.len()) as u64)?;
                let role = if unseen || row_hidden || columns.hides(cell.column) {
                    Role::Hidden
                } else {
                    Role::Text
                };
                if cell.shown.trim().is_empty() {
                    return beside(out, &cell, story);
                }
                if std::mem::replace(&mut row_open, true) {
                    out.body.text.push('\t');
                }
                let start = out.body.at();
                out.body.text.push_str(&cell.shown);
                headings.take(&cell, (start, out.body.at()));
                let spot = Spot::Sheet { story, row: cell.row, column: cell.column };
                out.body.part(start, 0, role, spot)?;
                beside(out, &cell, story)
            }
            Item::Merged(_) => Ok(()),
            Item::Said { text, role } => out.aside(&text, role, Spot::Story { story, number: 0 }),
        })?;
        out.body.break_with('\n');
        if !headings.refuted && headings.cells.len() > 1 {
            let named = headings.cells.into_iter().map(|(column, place)| ((story, column), place));
            out.body.sheet_headings.extend(named);
        }
        Ok(())
    }

    fn comments(&mut self, part: &str) -> Result<(), Refused> {
        let Some(text) = self.xml(part)? else { return Ok(()) };
        let mut xml = Xml::of(&text, Format::Xlsx);
        loop {
            match xml.next()? {
                Token::Open(tag) if tag.local == "author" => {
                    let author = xml.text()?;
                    self.out.property(part, &author, Role::Metadata)?;
                }
                Token::Open(tag) if tag.local == "comment" => {
                    let place = tag.attribute("ref").map(std::borrow::Cow::into_owned).unwrap_or_default();
                    let comment = xml.text()?;
                    self.out.property(&format!("{part} {place}"), &comment, Role::Comment)?;
                }
                Token::End => return Ok(()),
                _ => {}
            }
        }
    }
}

/// What stands behind and beside a cell.
fn beside(out: &mut Collected, cell: &Cell, story: u32) -> Result<(), Refused> {
    let spot = Spot::Sheet { story, row: cell.row, column: cell.column };
    let plain = Zeroizing::new(numbers::plain(&cell.number));
    if *plain != *cell.shown && plain.chars().filter(char::is_ascii_digit).count() >= UNDERLYING_DIGITS {
        out.aside(&plain, Role::Underlying, spot)?;
    }
    out.aside(&cell.formula, Role::Instruction, spot)?;
    out.aside(&cell.aid, Role::Alternative, spot)
}
