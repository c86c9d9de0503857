//! Capture manifests: one record per row of a CSV file, or per line of a JSONL file. Every value
//! is still text; [`ManifestRow::check`] makes a capture of it or names the columns that are wrong.

use serde_json::Value;

use super::column::{Column, Placed, fill};
use super::decode::decode;
use super::table::{Table, scalar};
use super::table_fault::{TableFault, TableProblem};
use crate::base::limits::{BULK_LINE_BYTES_MAX, MANIFEST_ROWS_MAX};
use crate::record::request::{Capture, CaptureDefaults, CaptureInput, Fault, FaultCode};

/// A path below the manifest's folder: relative, with `/`, without `..`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilePath(String);

impl FilePath {
    /// Reads it; `\` counts as `/`. `None` for paths that are absolute, lead upward, or name nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let path = text.trim().replace('\\', "/");
        let leads_away = path.starts_with('/') || path.contains(':') || path.contains('\0');
        let parts_fine = path.split('/').all(|part| !part.is_empty() && part != "..");
        (!leads_away && parts_fine).then_some(Self(path))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its last part: the name of the file.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl std::fmt::Debug for FilePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[withheld]")
    }
}

/// One row: a capture as people wrote it, and the files that go with it.
#[derive(Clone, PartialEq)]
pub struct ManifestRow {
    /// Where it stands.
    pub line: u64,
    /// The capture, as the API takes it.
    pub capture: Value,
    /// Its files, in the order of its components.
    pub files: Vec<FilePath>,
    /// Which column wrote which member.
    pub places: Places,
    /// The column that has to name a file; `None` where the row itself is what is captured.
    pub file_column: Option<String>,
}

/// Which column of a row wrote which member of its capture.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Places(pub(super) Vec<(String, String)>);

impl Places {
    /// The column that wrote the member, or the one that it is a part of.
    pub fn column_of(&self, member: &str) -> Option<&str> {
        let inside = |path: &str| {
            member.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let nearest = self.0.iter().filter(|(path, _)| inside(path)).max_by_key(|(path, _)| path.len());
        nearest.map(|(_, column)| column.as_str())
    }
}

/// True if the same is wrong with the same column, whatever members it was to bring.
fn says_the_same(one: &TableFault, other: &TableFault) -> bool {
    match (&one.problem, &other.problem) {
        (TableProblem::Capture(a), TableProblem::Capture(b)) if one.column.is_some() => {
            (one.line, &one.column, &a.code) == (other.line, &other.column, &b.code)
        }
        _ => one == other,
    }
}

impl std::fmt::Debug for ManifestRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ManifestRow").field("line", &self.line).finish_non_exhaustive()
    }
}

impl ManifestRow {
    /// Checks the capture; faults name the column that wrote what is wrong.
    pub fn check(&self, defaults: &CaptureDefaults) -> Result<Capture, Vec<TableFault>> {
        let mut faults = Vec::new();
        if let Some(column) = self.file_column.as_deref().filter(|_| self.files.is_empty()) {
            faults.push(TableFault::at(self.line, column, TableProblem::NoFile));
        }
        match Capture::from_json(&self.capture, defaults) {
            Ok(capture) if faults.is_empty() => Ok(capture),
            Ok(_) => Err(faults),
            Err(found) => {
                for fault in found {
                    let placed = self.place(fault);
                    // A column that brings several members brings the same fault to each of them.
                    if !faults.iter().any(|known| says_the_same(known, &placed)) {
                        faults.push(placed);
                    }
                }
                Err(faults)
            }
        }
    }

    /// Where a part of the source lacks the other one: the column that wrote the part, and the other's name.
    fn lonely(&self, fault: &Fault) -> Option<(&str, &'static str)> {
        let parts = ["source.system", "source.external_id"];
        let lacks = matches!(fault.code, FaultCode::Required | FaultCode::Blank);
        let other = parts.into_iter().find(|part| lacks && *part == fault.path)?;
        if self.places.column_of(other).is_some() {
            return None;
        }
        let written = self.places.0.iter().find(|(path, _)| path.starts_with("source."));
        written.map(|(_, column)| (column.as_str(), other))
    }

    fn place(&self, fault: Fault) -> TableFault {
        if let Some((column, other)) = self.lonely(&fault) {
            let (column, problem) = (Some(column.to_owned()), TableProblem::NeedsColumn { other });
            return TableFault { line: self.line, column, problem };
        }
        TableFault {
            line: self.line,
            column: self.places.column_of(&fault.path).map(str::to_owned),
            problem: TableProblem::Capture(fault),
        }
    }
}

/// A row, or all that is wrong with it.
pub type ReadRow = Result<ManifestRow, Vec<TableFault>>;

/// Reads a CSV manifest. Faults of the header end the reading; a faulty row stands in its place.
pub fn manifest_from_csv(bytes: &[u8]) -> Result<Vec<ReadRow>, Vec<TableFault>> {
    let table = Table::from_csv(bytes, None).map_err(|fault| vec![fault])?;
    let mut faults = Vec::new();
    let mut columns: Vec<(Column, &str)> = Vec::new();
    for name in &table.headers {
        match Column::parse(name) {
            None => faults.push(TableFault::at(1, name, TableProblem::UnknownColumn)),
            Some(column) if !column.may_repeat() && columns.iter().any(|(other, _)| *other == column) => {
                faults.push(TableFault::at(1, name, TableProblem::DoubleColumn));
            }
            Some(column) => columns.push((column, name)),
        }
    }
    for needed in [Column::KIND, Column::OCCURRED, Column::TITLE, Column::FILE] {
        if faults.is_empty() && !columns.iter().any(|(column, _)| *column == needed) {
            faults.push(TableFault::at(1, needed.name(), TableProblem::MissingColumn));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let files = columns.iter().find(|(column, _)| *column == Column::FILE).map(|(_, name)| *name);
    let expected = table.headers.len();
    let rows = table.rows.iter().map(|row| {
        // What a row lacks at its end nobody has written: a file that was cut off looks like this.
        if let Some(found) = table.short_by_line(row.line) {
            return Err(vec![TableFault::line(row.line, TableProblem::CellCount { expected, found })]);
        }
        let values = columns.iter().enumerate().map(|(number, (column, name))| Placed {
            column: column.clone(),
            name: (*name).to_owned(),
            value: row.cell(number).to_owned(),
        });
        named(row_of(row.line, values)?, files)
    });
    Ok(rows.collect())
}

/// The row with the column that has to name its file.
fn named(row: ManifestRow, column: Option<&str>) -> ReadRow {
    Ok(ManifestRow { file_column: Some(column.unwrap_or(Column::FILE.name()).to_owned()), ..row })
}

/// Reads a JSONL manifest. A member is a column of the CSV manifest (`"party.customer": "…"`), with
/// a list where a cell would hold several values, or a member of the API's capture (`"parties": […]`).
pub fn manifest_from_jsonl(bytes: &[u8]) -> Result<Vec<ReadRow>, Vec<TableFault>> {
    let (text, _) = decode(bytes, Some("utf-8")).map_err(|fault| vec![fault])?;
    let mut rows = Vec::new();
    for (line, number) in text.lines().zip(1_u64..).filter(|(line, _)| !line.trim().is_empty()) {
        if rows.len() == MANIFEST_ROWS_MAX {
            let problem = TableProblem::TooManyRows { most: MANIFEST_ROWS_MAX };
            return Err(vec![TableFault::line(number, problem)]);
        }
        rows.push(json_row(line, number));
    }
    if rows.is_empty() { Err(vec![TableFault::whole(TableProblem::NoHeader)]) } else { Ok(rows) }
}

fn json_row(line: &str, number: u64) -> ReadRow {
    let whole = |problem| vec![TableFault::line(number, problem)];
    if line.len() > BULK_LINE_BYTES_MAX * 16 {
        return Err(whole(TableProblem::TooLarge {
            most: u64::try_from(BULK_LINE_BYTES_MAX * 16).unwrap_or(0),
        }));
    }
    let value: Value = serde_json::from_str(line)
        .map_err(|error| whole(TableProblem::NotJson { column: error.column() }))?;
    let Value::Object(members) = value else { return Err(whole(TableProblem::NotAnObject)) };
    let (mut values, mut own, mut faults) = (Vec::new(), serde_json::Map::new(), Vec::new());
    for (name, value) in members {
        // What the API has under this name goes through as it is, with the API's own faults.
        let column = Column::parse(&name).filter(|column| column.is_flat() || value.is_string());
        let Some(column) = column else {
            own.insert(name, value);
            continue;
        };
        let items = match value {
            Value::Null => Vec::new(),
            Value::Array(items) => items,
            single => vec![single],
        };
        let texts: Option<Vec<String>> = items.iter().map(scalar).collect();
        match texts {
            Some(texts) => values.push(Placed { column, name, value: texts.join(";") }),
            None => faults.push(TableFault::at(number, &name, TableProblem::NotText)),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let column = values.iter().find(|placed| placed.column == Column::FILE).map(|placed| placed.name.clone());
    let mut row = named(row_of(number, values)?, column.as_deref())?;
    if let Value::Object(capture) = &mut row.capture {
        capture.extend(own);
    }
    Ok(row)
}

/// Puts the values of one row together.
pub(super) fn row_of(line: u64, values: impl IntoIterator<Item = Placed>) -> ReadRow {
    let mut input = CaptureInput::default();
    let filled = fill(&mut input, line, values)?;
    let places = Places(filled.places);
    Ok(ManifestRow { line, capture: input.to_json(), files: filled.files, places, file_column: None })
}
