//! Excel, made anew: the sheets with what their cells show. A cell in which something is hidden becomes text. Formulas,
//! comments, charts, pictures, names, properties and what was kept of other workbooks are not carried over.

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use super::edits::{self, Edit};
use super::write::{Listed, Packing, content_types, escape, escape_cell, relations};
use super::{Copy, Hide, Withheld};
use crate::document::extract::{Collected, Refused};
use crate::document::office::Reading;
use crate::document::office::book::{Book, Visibility};
use crate::document::office::sheet::{self, Cell, Item, place_of};
use crate::document::office::xlsx::SHEET_NAMES;
use crate::document::package::Allowance;
use crate::document::part::{Extracted, Role, Spot, column_letters};
use crate::document::sniff::Format;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
/// Characters of a sheet's name.
const NAME_CHARS_MAX: usize = 31;
/// Merged areas of one sheet that are carried over.
const MERGED_MAX: usize = 65_536;

/// What is done to a cell.
struct Expected<'e> {
    text: &'e str,
    edits: &'e [Edit],
    /// Something behind or beside it is hidden: only what it shows is carried over, as text.
    bare: bool,
}

/// The cells of a sheet, by row and column.
type Cells<'e> = BTreeMap<(u32, u32), Expected<'e>>;

pub(super) fn copy(bytes: &[u8], extracted: &Extracted, hides: &[Hide]) -> Result<Copy, Withheld> {
    let edits = edits::by_part(extracted, hides)?;
    let (mut ignored, mut allowance) = (Collected::default(), Allowance::whole());
    let mut reading = Reading::open(bytes, Format::Xlsx, &mut ignored, &mut allowance)?;
    if reading.package.names().iter().any(|name| name.to_ascii_lowercase().contains("vba")) {
        return Err(Withheld::Macros);
    }
    let main = reading.main_part("xl/workbook.xml")?;
    let book = Book::read(&mut reading, &main)?;
    let names = names(extracted, &edits, &book)?;
    let mut looks = Looks::default();
    let mut sheets = Vec::new();
    // The story of a sheet has the sheet's number.
    for ((story, entry), name) in (1..).zip(&book.sheets).zip(names) {
        let cells = cells_of(extracted, &edits, story);
        let text = if entry.is_of_cells() { reading.xml(&entry.part)? } else { None };
        let content = write_sheet(&text.unwrap_or_default(), &book, &cells, &mut looks)?;
        sheets.push((name, entry.visibility, content));
    }
    let pictures = extracted.pictures;
    Ok(Copy {
        bytes: packed(&sheets, &looks, book.since_1904)?,
        format: Format::Xlsx,
        pictures,
        withheld: Vec::new(),
        pages: Vec::new(),
    })
}

/// The names of the sheets as they shall be seen: what a name cannot hold is left out, and none is there twice.
fn names(extracted: &Extracted, edits: &[Vec<Edit>], book: &Book) -> Result<Vec<String>, Withheld> {
    let mut masked: BTreeMap<u32, Zeroizing<String>> = BTreeMap::new();
    for (part, text) in edits::masked(extracted, edits) {
        if let (Spot::Story { story, number }, Role::Metadata) = (part.spot, part.role)
            && extracted.body.story_name(story) == SHEET_NAMES
        {
            masked.insert(number, text);
        }
    }
    let mut taken = BTreeSet::new();
    let mut names = Vec::new();
    for (number, entry) in (1..).zip(&book.sheets) {
        let name = masked.get(&number).ok_or(Withheld::DoesNotFit).or_else(|fault| {
            // A blank name is no part.
            if entry.name.trim().is_empty() { Ok(&entry.name) } else { Err(fault) }
        })?;
        let held = name.chars().filter(|c| !"[]:*?/\\'".contains(*c) && !c.is_control());
        let mut held: String = held.take(NAME_CHARS_MAX - 6).collect();
        if held.trim().is_empty() || !taken.insert(held.to_lowercase()) {
            held = format!("{held}_{number}");
            taken.insert(held.to_lowercase());
        }
        names.push(held);
    }
    Ok(names)
}

/// The cells of a story that people see, with what is done to them.
fn cells_of<'e>(extracted: &'e Extracted, edits: &'e [Vec<Edit>], wanted: u32) -> Cells<'e> {
    let mut cells = Cells::new();
    let mut bare = BTreeSet::new();
    for (part, edits) in extracted.parts().iter().zip(edits) {
        let Spot::Sheet { story, row, column } = part.spot else { continue };
        if story != wanted {
            continue;
        }
        // What is shown comes first; what stands behind and beside it was put aside.
        let shown = matches!(part.role, Role::Text | Role::Hidden) && !cells.contains_key(&(row, column));
        if shown {
            let text = extracted.text_of(part);
            cells.insert((row, column), Expected { text, edits, bare: false });
        } else if !edits.is_empty() {
            bare.insert((row, column));
        }
    }
    for place in bare {
        if let Some(cell) = cells.get_mut(&place) {
            cell.bare = true;
        }
    }
    cells
}

/// The formats of numbers that the copy has.
#[derive(Default)]
struct Looks {
    codes: BTreeMap<String, usize>,
}

impl Looks {
    /// The style of a format; `None` if its code could say something.
    fn style(&mut self, code: &str) -> Option<usize> {
        let small = code.chars().count() <= 80;
        let digits = code.chars().filter(|c| c.is_ascii_digit()).count() <= 40;
        let signs = |c: char| {
            c.is_ascii_digit()
                || " #?.,%:;/\\-+_()[]$*\"@yYmMdDhHsSeEgGaApPnNrRlL￥¥年月日时分秒點时元时上下午".contains(c)
        };
        let money = code.matches('[').count() < 6;
        // Digits but zero are no places of a number.
        let spoken = code.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0) > 24;
        if !(small && digits && money && !spoken && code.chars().all(signs)) {
            return None;
        }
        let next = self.codes.len() + 1;
        Some(*self.codes.entry(code.to_owned()).or_insert(next))
    }

    fn written(&self) -> String {
        let mut codes: Vec<(&String, &usize)> = self.codes.iter().collect();
        codes.sort_by_key(|(_, style)| **style);
        let mut formats = String::new();
        let mut styles =
            String::from("<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>");
        for (code, style) in &codes {
            formats.push_str(&format!("<numFmt numFmtId=\"{}\" formatCode=\"", 163 + **style));
            escape(code, &mut formats);
            formats.push_str("\"/>");
            styles.push_str(&format!(
                "<xf numFmtId=\"{}\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>",
                163 + **style
            ));
        }
        let formats = match codes.len() {
            0 => String::new(),
            count => format!("<numFmts count=\"{count}\">{formats}</numFmts>"),
        };
        format!(
            "<styleSheet xmlns=\"{MAIN}\">{formats}<fonts count=\"1\"><font><sz val=\"11\"/></font></fonts>\
             <fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>\
             <borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
             <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
             <cellXfs count=\"{}\">{styles}</cellXfs>\
             <cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>",
            codes.len() + 1
        )
    }
}

/// A sheet while it is written.
#[derive(Default)]
struct Sheet {
    columns: String,
    rows: String,
    merged: Vec<String>,
    row_open: bool,
    last: (u32, u32),
    met: usize,
}

fn write_sheet(text: &str, book: &Book, cells: &Cells<'_>, looks: &mut Looks) -> Result<String, Withheld> {
    let mut out = Sheet::default();
    let mut fault = None;
    if !text.is_empty() {
        sheet::read(text, book, &mut |item| {
            if fault.is_none()
                && let Err(found) = out.take(item, cells, looks)
            {
                fault = Some(found);
            }
            Ok::<(), Refused>(())
        })?;
    }
    if let Some(fault) = fault {
        return Err(fault);
    }
    if out.met != cells.len() {
        return Err(Withheld::DoesNotFit);
    }
    if out.row_open {
        out.rows.push_str("</row>");
    }
    let columns =
        if out.columns.is_empty() { String::new() } else { format!("<cols>{}</cols>", out.columns) };
    let merged = match out.merged.len() {
        0 => String::new(),
        count => format!("<mergeCells count=\"{count}\">{}</mergeCells>", out.merged.concat()),
    };
    Ok(format!(
        "<worksheet xmlns=\"{MAIN}\">{columns}<sheetData>{}</sheetData>{merged}</worksheet>",
        out.rows
    ))
}

impl Sheet {
    fn take(&mut self, item: Item, cells: &Cells<'_>, looks: &mut Looks) -> Result<(), Withheld> {
        match item {
            Item::Columns { first, last, hidden, width } => {
                let width = width.filter(|width| (0.0..=255.0).contains(width)).unwrap_or(9.0);
                let hidden = if hidden { " hidden=\"1\"" } else { "" };
                self.columns.push_str(&format!(
                    "<col min=\"{first}\" max=\"{last}\" width=\"{width:.2}\" customWidth=\"1\"{hidden}/>"
                ));
            }
            Item::Row { number, hidden } => {
                if self.row_open {
                    self.rows.push_str("</row>");
                }
                // Rows out of order are no sheet.
                if number <= self.last.0 {
                    return Err(Withheld::DoesNotFit);
                }
                self.last = (number, 0);
                self.row_open = true;
                let hidden = if hidden { " hidden=\"1\"" } else { "" };
                self.rows.push_str(&format!("<row r=\"{number}\"{hidden}>"));
            }
            Item::Cell(cell) => self.cell(&cell, cells.get(&(cell.row, cell.column)), looks)?,
            Item::Merged(area) => {
                let ends: Vec<(u32, u32)> = area.split(':').filter_map(place_of).collect();
                if let ([first, last], true) = (&ends[..], self.merged.len() < MERGED_MAX) {
                    let place = |(column, row): &(u32, u32)| format!("{}{row}", column_letters(*column));
                    self.merged.push(format!("<mergeCell ref=\"{}:{}\"/>", place(first), place(last)));
                }
            }
            Item::Said { .. } => {}
        }
        Ok(())
    }

    fn cell(
        &mut self,
        cell: &Cell,
        expected: Option<&Expected<'_>>,
        looks: &mut Looks,
    ) -> Result<(), Withheld> {
        if (cell.row, cell.column) <= self.last || cell.row != self.last.0 {
            return Err(Withheld::DoesNotFit);
        }
        self.last = (cell.row, cell.column);
        let Some(expected) = expected else {
            // What shows nothing was no part, and carries nothing over.
            return if cell.shown.trim().is_empty() { Ok(()) } else { Err(Withheld::DoesNotFit) };
        };
        if expected.text != *cell.shown {
            return Err(Withheld::DoesNotFit);
        }
        self.met += 1;
        let place = format!("{}{}", column_letters(cell.column), cell.row);
        let number = if cell.number.is_empty() || !expected.edits.is_empty() || expected.bare {
            None
        } else {
            match &cell.code {
                Some(code) => looks.style(code).map(|style| format!(" s=\"{style}\"")),
                None => Some(String::new()),
            }
        };
        match (number, cell.number.trim().parse::<f64>()) {
            (Some(style), Ok(_)) => {
                self.rows.push_str(&format!("<c r=\"{place}\"{style}><v>"));
                escape(cell.number.trim(), &mut self.rows);
                self.rows.push_str("</v></c>");
            }
            _ => {
                let text = edits::edited(expected.text, expected.edits);
                if text.is_empty() {
                    return Ok(());
                }
                self.rows
                    .push_str(&format!("<c r=\"{place}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">"));
                escape_cell(&text, &mut self.rows);
                self.rows.push_str("</t></is></c>");
            }
        }
        Ok(())
    }
}

fn packed(
    sheets: &[(String, Visibility, String)],
    looks: &Looks,
    since_1904: bool,
) -> Result<Zeroizing<Vec<u8>>, Withheld> {
    let mut packing = Packing::new();
    let names: Vec<String> =
        (1..=sheets.len()).map(|number| format!("xl/worksheets/sheet{number}.xml")).collect();
    let mut listed = vec![
        Listed { name: "xl/workbook.xml", content_type: "spreadsheetml.sheet.main" },
        Listed { name: "xl/styles.xml", content_type: "spreadsheetml.styles" },
    ];
    listed.extend(names.iter().map(|name| Listed { name, content_type: "spreadsheetml.worksheet" }));
    packing.part("[Content_Types].xml", &content_types(&listed))?;
    let main = (String::from("rId1"), "officeDocument", String::from("xl/workbook.xml"));
    packing.part("_rels/.rels", &relations(&[main]))?;
    let mut list = String::new();
    let mut related = vec![(String::from("rIdStyles"), "styles", String::from("styles.xml"))];
    for (number, (name, visibility, _)) in (1..).zip(sheets) {
        let state = match visibility {
            Visibility::Visible => "",
            Visibility::Hidden => " state=\"hidden\"",
            Visibility::VeryHidden => " state=\"veryHidden\"",
        };
        list.push_str("<sheet name=\"");
        escape(name, &mut list);
        list.push_str(&format!("\" sheetId=\"{number}\"{state} r:id=\"rId{number}\"/>"));
        related.push((format!("rId{number}"), "worksheet", format!("worksheets/sheet{number}.xml")));
    }
    let dates = if since_1904 { "<workbookPr date1904=\"1\"/>" } else { "" };
    packing.part(
        "xl/workbook.xml",
        &format!(
            "<workbook xmlns=\"{MAIN}\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">{dates}<sheets>{list}</sheets></workbook>"
        ),
    )?;
    packing.part("xl/_rels/workbook.xml.rels", &relations(&related))?;
    packing.part("xl/styles.xml", &looks.written())?;
    for (name, (_, _, content)) in names.iter().zip(sheets) {
        packing.part(name, content)?;
    }
    packing.finish()
}
