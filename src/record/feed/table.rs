//! Tables: a header and rows of text, from CSV, JSON or XLSX.

use std::io::{Cursor, Read as _};

use calamine::{Data, DataRef, Reader as _, Xlsx};
use serde_json::Value;

use super::csv::{Scan, cells, delimiter_of};
use super::decode::decode;
use super::table_fault::{TableFault, TableProblem};
use crate::base::limits::{
    JSON_DEPTH_MAX, MANIFEST_ROWS_MAX, TABLE_BYTES_MAX, TABLE_COLUMNS_MAX, TABLE_VALUES_MAX,
    WORKBOOK_BYTES_MAX, WORKBOOK_UNPACKED_BYTES_MAX,
};

/// A table as it came. `Debug` shows counts only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns, trimmed; none twice.
    pub headers: Vec<String>,
    /// The rows, each with as many cells as there are columns; blank rows are left out.
    pub rows: Vec<TableRow>,
    /// The encoding that the text was in, if it was text.
    pub encoding: Option<&'static str>,
    /// Rows that were written with fewer cells than the header: their line, and the cells they have.
    short: Vec<(u64, usize)>,
}

/// A row.
#[derive(Clone, PartialEq, Eq)]
pub struct TableRow {
    /// Where it stands: line, row or item, from 1.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (columns, rows) = (self.headers.len(), self.rows.len());
        f.debug_struct("Table").field("columns", &columns).field("rows", &rows).finish_non_exhaustive()
    }
}

impl TableRow {
    /// The cell under a header, by its number from 0; blank where the row ends before it.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }
}

impl std::fmt::Debug for TableRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableRow").field("line", &self.line).finish_non_exhaustive()
    }
}

impl Table {
    /// How many cells the row of this line was written with, if those were fewer than the header's.
    pub(super) fn short_by_line(&self, line: u64) -> Option<usize> {
        let place = self.short.binary_search_by_key(&line, |(line, _)| *line).ok()?;
        self.short.get(place).map(|(_, found)| *found)
    }

    /// Reads CSV in the declared encoding, or in the one found.
    pub fn from_csv(bytes: &[u8], encoding: Option<&str>) -> Result<Self, TableFault> {
        let (text, charset) = decode(within(bytes, TABLE_BYTES_MAX)?, encoding)?;
        let mut table: Option<(u8, Building)> = None;
        let (mut rest, mut line) = (text.as_str(), 1_u64);
        while !rest.is_empty() {
            let delimiter =
                table.as_ref().map_or_else(|| delimiter_of(first_line(rest).as_bytes()), |(found, _)| *found);
            let mut scan = Scan::default();
            let end = scan.row_end(rest.as_bytes(), delimiter);
            if end.is_none() && scan == Scan::Quoted {
                return Err(TableFault::line(line, TableProblem::Truncated));
            }
            let (row, after) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, ""));
            let content = row.strip_suffix('\n').unwrap_or(row);
            let content = content.strip_suffix('\r').unwrap_or(content);
            if !content.trim().is_empty() {
                let cells = cells(content, char::from(delimiter))
                    .map_err(|_| TableFault::line(line, TableProblem::Quotes))?;
                let cells = cells.into_iter().map(std::borrow::Cow::into_owned).collect();
                match &mut table {
                    None => table = Some((delimiter, Building::new(cells, line)?)),
                    Some((_, building)) => building.add_written(cells, line)?,
                }
            }
            line += u64::try_from(row.matches('\n').count()).unwrap_or(0);
            rest = after;
        }
        let (_, building) = table.ok_or(TableFault::whole(TableProblem::NoHeader))?;
        Ok(Self { encoding: Some(charset.as_str()), ..building.table })
    }

    /// Reads a JSON list of objects; `pointer` (RFC 6901) says where it stands, the root if blank.
    /// Objects inside objects become columns with dotted names; lists of texts become one cell,
    /// joined by `;`.
    pub fn from_json(bytes: &[u8], encoding: Option<&str>, pointer: &str) -> Result<Self, TableFault> {
        let (text, charset) = decode(within(bytes, TABLE_BYTES_MAX)?, encoding)?;
        // Every value takes many times its text: their number is bounded before any is made.
        let values = count_values(&text);
        if values.objects > MANIFEST_ROWS_MAX {
            return Err(TableFault::whole(TableProblem::TooManyRows { most: MANIFEST_ROWS_MAX }));
        }
        if values.all > TABLE_VALUES_MAX {
            return Err(TableFault::whole(TableProblem::UnpacksTooLarge { most: TABLE_BYTES_MAX }));
        }
        let value: Value = serde_json::from_str(&text).map_err(|error| {
            let line = u64::try_from(error.line()).unwrap_or(0);
            TableFault::line(line, TableProblem::NotJson { column: error.column() })
        })?;
        let items = value.pointer(pointer).and_then(Value::as_array);
        let items = items.ok_or(TableFault::whole(TableProblem::NotAList))?;
        let mut rows: Vec<(u64, Vec<(String, String)>)> = Vec::new();
        let mut headers: Vec<String> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for (item, line) in items.iter().zip(1_u64..) {
            let Value::Object(members) = item else {
                return Err(TableFault::line(line, TableProblem::NotAnObject));
            };
            let mut flat = Vec::new();
            for (name, value) in members {
                flatten(name.clone(), value, 1, &mut flat);
            }
            for (name, _) in &flat {
                if !places.contains_key(name) {
                    places.insert(name.clone(), headers.len());
                    headers.push(name.clone());
                }
            }
            rows.push((line, flat));
        }
        let width = headers.len();
        let mut building = Building::new(headers, 1)?;
        for (line, flat) in rows {
            let mut cells = Vec::new();
            for (name, value) in flat {
                let Some(place) = places.get(&name).copied().filter(|place| *place < width) else { continue };
                if cells.len() <= place {
                    cells.resize(place + 1, String::new());
                }
                if let Some(cell) = cells.get_mut(place) {
                    *cell = value;
                }
            }
            building.add(cells, line)?;
        }
        Ok(Self { encoding: Some(charset.as_str()), ..building.table })
    }

    /// Reads a sheet of an XLSX workbook: the named one, or the first. The first row that is not
    /// blank is the header.
    pub fn from_xlsx(bytes: &[u8], sheet: Option<&str>) -> Result<Self, TableFault> {
        let bytes = within(bytes, WORKBOOK_BYTES_MAX)?;
        check_unpacked(bytes)?;
        let broken = || TableFault::whole(TableProblem::Workbook);
        let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| broken())?;
        let names = workbook.sheet_names();
        let name = match sheet {
            Some(wanted) => names.into_iter().find(|name| name == wanted),
            None => names.into_iter().next(),
        };
        let name = name.ok_or(TableFault::whole(TableProblem::NoSheet))?;
        // Cells are read one by one: a sheet may claim any dimensions it likes.
        let mut reader = workbook.worksheet_cells_reader(&name).map_err(|_| broken())?;
        let mut building: Option<Building> = None;
        let mut row: (u32, Vec<String>) = (0, Vec::new());
        let mut left = WORKBOOK_UNPACKED_BYTES_MAX;
        while let Some(cell) = reader.next_cell().map_err(|_| broken())? {
            let (at, column) = cell.get_position();
            let column = usize::try_from(column).unwrap_or(usize::MAX);
            let text = cell_text(cell.get_value());
            if text.is_empty() {
                continue;
            }
            // One long text that is kept once may stand in every cell: what counts is what it becomes.
            let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
            left = left.checked_sub(bytes).ok_or_else(|| {
                let most = WORKBOOK_UNPACKED_BYTES_MAX;
                TableFault::line(u64::from(at) + 1, TableProblem::UnpacksTooLarge { most })
            })?;
            if column >= TABLE_COLUMNS_MAX {
                let most = TABLE_COLUMNS_MAX;
                return Err(TableFault::line(u64::from(at) + 1, TableProblem::TooManyColumns { most }));
            }
            if at != row.0 {
                let (line, cells) = std::mem::replace(&mut row, (at, Vec::new()));
                add_sheet_row(&mut building, line, cells)?;
            }
            if row.1.len() <= column {
                row.1.resize(column + 1, String::new());
            }
            if let Some(place) = row.1.get_mut(column) {
                *place = text;
            }
        }
        add_sheet_row(&mut building, row.0, row.1)?;
        building.map(|building| building.table).ok_or(TableFault::whole(TableProblem::NoHeader))
    }
}

fn add_sheet_row(building: &mut Option<Building>, row: u32, cells: Vec<String>) -> Result<(), TableFault> {
    let line = u64::from(row) + 1;
    match building {
        _ if cells.iter().all(|cell| cell.trim().is_empty()) => Ok(()),
        Some(building) => building.add(cells, line),
        None => {
            *building = Some(Building::new(cells, line)?);
            Ok(())
        }
    }
}

/// How many values a JSON text has.
#[derive(Default)]
struct Values {
    objects: usize,
    all: usize,
}

/// Counts without making any: what opens a value, or follows another, outside of texts.
fn count_values(text: &str) -> Values {
    let mut values = Values::default();
    let (mut in_text, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' if !in_text => (values.objects, values.all) = (values.objects + 1, values.all + 1),
            b'[' | b',' if !in_text => values.all += 1,
            _ => {}
        }
    }
    values
}

fn within(bytes: &[u8], most: u64) -> Result<&[u8], TableFault> {
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= most => Ok(bytes),
        _ => Err(TableFault::whole(TableProblem::TooLarge { most })),
    }
}

fn first_line(text: &str) -> &str {
    text.trim_start_matches(['\r', '\n']).split('\n').next().unwrap_or_default()
}

/// A table that grows row by row.
struct Building {
    table: Table,
}

impl Building {
    fn new(headers: Vec<String>, line: u64) -> Result<Self, TableFault> {
        let mut headers: Vec<String> = headers.into_iter().map(|name| name.trim().to_owned()).collect();
        while headers.last().is_some_and(String::is_empty) {
            headers.pop();
        }
        if headers.len() > TABLE_COLUMNS_MAX {
            return Err(TableFault::line(line, TableProblem::TooManyColumns { most: TABLE_COLUMNS_MAX }));
        }
        // A column without a name, such as a spreadsheet's row numbers, goes by its number.
        for (name, number) in headers.iter_mut().zip(1..).filter(|(name, _)| name.is_empty()) {
            *name = format!("column {number}");
        }
        for (number, name) in headers.iter().enumerate() {
            if headers.iter().take(number).any(|earlier| earlier == name) {
                return Err(TableFault::at(line, name, TableProblem::DoubleColumn));
            }
        }
        Ok(Self { table: Table { headers, ..Table::default() } })
    }

    /// As [`Self::add`], for rows that say themselves how many cells they have.
    fn add_written(&mut self, cells: Vec<String>, line: u64) -> Result<(), TableFault> {
        let (found, rows) = (cells.len(), self.table.rows.len());
        self.add(cells, line)?;
        if found < self.table.headers.len() && self.table.rows.len() > rows {
            self.table.short.push((line, found));
        }
        Ok(())
    }

    fn add(&mut self, mut cells: Vec<String>, line: u64) -> Result<(), TableFault> {
        let expected = self.table.headers.len();
        while cells.len() > expected && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        if cells.len() > expected {
            let found = cells.len();
            return Err(TableFault::line(line, TableProblem::CellCount { expected, found }));
        }
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        if self.table.rows.len() == MANIFEST_ROWS_MAX {
            return Err(TableFault::line(line, TableProblem::TooManyRows { most: MANIFEST_ROWS_MAX }));
        }
        // Spreadsheets leave empty cells at the end of a row out; so does the table: a header of many
        // columns over short rows must not take many times the memory of its text.
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        cells.shrink_to_fit();
        self.table.rows.push(TableRow { line, cells });
        Ok(())
    }
}

fn flatten(name: String, value: &Value, depth: usize, out: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(members) if depth < JSON_DEPTH_MAX => {
            for (member, value) in members {
                flatten(format!("{name}.{member}"), value, depth + 1, out);
            }
        }
        Value::Array(items) if items.iter().all(|item| scalar(item).is_some()) => {
            out.push((name, items.iter().filter_map(scalar).collect::<Vec<_>>().join(";")));
        }
        other => out.push((name, scalar(other).unwrap_or_else(|| other.to_string()))),
    }
}

pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Reads every member of the workbook once, so that one that unpacks too far is refused before a
/// library keeps it in memory.
fn check_unpacked(bytes: &[u8]) -> Result<(), TableFault> {
    let broken = || TableFault::whole(TableProblem::Workbook);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    let mut left = WORKBOOK_UNPACKED_BYTES_MAX;
    for number in 0..archive.len() {
        let member = archive.by_index(number).map_err(|_| broken())?;
        let read = std::io::copy(&mut member.take(left + 1), &mut std::io::sink()).map_err(|_| broken())?;
        left = left
            .checked_sub(read)
            .ok_or(TableFault::whole(TableProblem::UnpacksTooLarge { most: WORKBOOK_UNPACKED_BYTES_MAX }))?;
    }
    Ok(())
}

fn cell_text(value: &DataRef<'_>) -> String {
    let value: Data = value.clone().into();
    match &value {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.trim().to_owned(),
        Data::Bool(truth) => truth.to_string(),
        Data::Int(number) => number.to_string(),
        // Rust writes the shortest digits that read back: 12345 for 12345.0.
        Data::Float(number) => number.to_string(),
        Data::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            if at.is_duration() || at.as_f64() < 1.0 {
                // A time of day or a length of time: the date would be the calendar's first day.
                format!("{hour:02}:{minute:02}:{second:02}")
            } else if (hour, minute, second) == (0, 0, 0) {
                format!("{year:04}-{month:02}-{day:02}")
            } else {
                format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
            }
        }
    }
}
