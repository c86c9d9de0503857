//! Mapping profiles (字段映射): how the columns of a foreign export become captures. A profile is a
//! TOML file (`docs/formats/mapping-profile.md`); it is tried on the first rows before it runs.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveDateTime};
use serde::Deserialize;

use super::column::{Column, Placed};
use super::manifest::{ManifestRow, ReadRow, row_of};
use super::table::Table;
use super::table_fault::{TableFault, TableProblem};
use crate::base::civil::Zone;
use crate::base::limits::{CUSTOM_NAME_CHARS_MAX, LIST_ITEMS_MAX, TITLE_CHARS_MAX};
use crate::base::text::{fold_name, label};
use crate::document::Charset;
use crate::record::request::{Capture, CaptureDefaults};

/// Rows that a preview shows.
pub const PREVIEW_ROWS: usize = 20;

/// How the export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TableFormat {
    /// CSV, with any of the usual delimiters.
    Csv,
    /// An XLSX workbook.
    Xlsx,
    /// A JSON list of objects.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum Unmapped {
    /// They become custom fields: nothing of the evidence is lost.
    #[default]
    Custom,
    /// They are left out.
    Ignore,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    name: String,
    source: SourceTable,
    #[serde(default)]
    constants: BTreeMap<String, String>,
    columns: toml::Table,
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceTable {
    system: String,
    format: TableFormat,
    encoding: Option<String>,
    sheet: Option<String>,
    records: Option<String>,
    zone: Option<String>,
    #[serde(default)]
    dates: Vec<String>,
    #[serde(default)]
    unmapped: Unmapped,
}

/// What is wrong in a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileFault {
    /// No TOML, or a field that the format does not have.
    #[error("line {line}: {message}")]
    Syntax {
        /// 1-based line.
        line: usize,
        /// What the TOML reader says.
        message: String,
    },
    /// A format version that this program does not read.
    #[error("format version {found} is unknown; this program reads version 1")]
    Version {
        /// The version found.
        found: u32,
    },
    /// A text that is blank, too long or has control characters.
    #[error("{path}: blank, too long or with control characters")]
    Text {
        /// Where.
        path: String,
    },
    /// No zone of that name.
    #[error("source.zone: no time zone of that name (write it as in Asia/Shanghai)")]
    Zone,
    /// No encoding of that name.
    #[error("source.encoding: unknown encoding")]
    Encoding,
    /// No pattern for dates.
    #[error("{path}: not a pattern such as %Y/%m/%d %H:%M")]
    DatePattern {
        /// Where.
        path: String,
    },
    /// No column of captures.
    #[error("{path}: captures have no such column")]
    UnknownTarget {
        /// Where.
        path: String,
    },
    /// Two columns write to one place that takes one value.
    #[error("{path}: another column writes there already")]
    DoubleTarget {
        /// Where.
        path: String,
    },
    /// Values are mapped for a column that the profile does not read.
    #[error("{path}: no such column under [columns]")]
    UnknownColumn {
        /// Where.
        path: String,
    },
    /// Nothing says what this is: neither a column nor a constant.
    #[error("nothing maps to {target}")]
    Unset {
        /// The target that every capture needs.
        target: &'static str,
    },
    /// More than allowed.
    #[error("{path}: at most {most}")]
    TooMany {
        /// Where.
        path: String,
        /// Items allowed.
        most: usize,
    },
}

/// A profile, checked.
#[derive(Debug, Clone)]
pub struct MappingProfile {
    name: String,
    format: TableFormat,
    encoding: Option<String>,
    sheet: Option<String>,
    records: String,
    dates: Vec<String>,
    unmapped: Unmapped,
    constants: Vec<(Column, String)>,
    columns: HashMap<String, Vec<Column>>,
    values: HashMap<String, HashMap<String, String>>,
}

/// The first rows of an export as the profile reads them.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Rows of the export.
    pub rows: usize,
    /// Columns that the profile reads but the export does not have.
    pub missing: Vec<String>,
    /// Columns of the export that the profile does not name.
    pub unmapped: Vec<String>,
    /// The first [`PREVIEW_ROWS`] rows: what would be captured, or what is wrong.
    pub first: Vec<(ManifestRow, Result<Capture, Vec<TableFault>>)>,
    /// Rows among them of which no capture could be put together at all.
    pub unreadable: Vec<TableFault>,
}

impl MappingProfile {
    /// Reads and checks a profile; all faults at once.
    pub fn parse(text: &str) -> Result<Self, Vec<ProfileFault>> {
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            vec![ProfileFault::Syntax { line, message: error.message().to_owned() }]
        })?;
        let mut faults = Vec::new();
        if file.version != 1 {
            faults.push(ProfileFault::Version { found: file.version });
        }
        for (path, text) in [("name", &file.name), ("source.system", &file.source.system)] {
            if label(text, TITLE_CHARS_MAX).is_err() {
                faults.push(ProfileFault::Text { path: path.to_owned() });
            }
        }
        if file.source.zone.as_deref().is_some_and(|zone| Zone::parse(zone).is_err()) {
            faults.push(ProfileFault::Zone);
        }
        if file.source.encoding.as_deref().is_some_and(|label| Charset::parse(label).is_none()) {
            faults.push(ProfileFault::Encoding);
        }
        for (number, pattern) in file.source.dates.iter().enumerate() {
            let bad = |item| matches!(item, chrono::format::Item::Error);
            if !pattern.contains('%') || chrono::format::StrftimeItems::new(pattern).any(bad) {
                faults.push(ProfileFault::DatePattern { path: format!("source.dates[{number}]") });
            }
        }
        let columns = read_columns(&file.columns, &mut faults);
        let constants = read_constants(&file, &mut faults);
        for name in file.values.keys().filter(|name| !columns.contains_key(*name)) {
            faults.push(ProfileFault::UnknownColumn { path: format!("values.{name}") });
        }
        check_targets(&columns, &constants, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        let folded = |map: &BTreeMap<String, String>| {
            map.iter().map(|(from, to)| (fold_name(from), to.clone())).collect()
        };
        Ok(Self {
            name: file.name,
            format: file.source.format,
            encoding: file.source.encoding,
            sheet: file.source.sheet,
            records: file.source.records.unwrap_or_default(),
            dates: file.source.dates,
            unmapped: file.source.unmapped,
            constants,
            columns,
            values: file.values.iter().map(|(column, map)| (column.clone(), folded(map))).collect(),
        })
    }

    /// The profile's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the export is written.
    pub const fn format(&self) -> TableFormat {
        self.format
    }

    /// Reads an export. The header must have every column that the profile reads.
    pub fn read(&self, bytes: &[u8]) -> Result<Table, TableFault> {
        let encoding = self.encoding.as_deref();
        match self.format {
            TableFormat::Csv => Table::from_csv(bytes, encoding),
            TableFormat::Json => Table::from_json(bytes, encoding, &self.records),
            TableFormat::Xlsx => Table::from_xlsx(bytes, self.sheet.as_deref()),
        }
    }

    /// Columns that the profile reads but the table does not have, in order. A JSON export leaves
    /// out what is empty, so a missing column there is no fault.
    pub fn missing(&self, table: &Table) -> Vec<String> {
        let mut missing: Vec<String> =
            self.columns.keys().filter(|name| !table.headers.contains(name)).cloned().collect();
        missing.sort();
        missing
    }

    /// Turns every row into a capture. Refused as a whole if columns are missing (not for JSON).
    pub fn apply(&self, table: &Table) -> Result<Vec<ReadRow>, Vec<TableFault>> {
        let missing = self.missing(table);
        if self.format != TableFormat::Json && !missing.is_empty() {
            let fault = |name: &String| TableFault::at(1, name, TableProblem::MissingColumn);
            return Err(missing.iter().map(fault).collect());
        }
        Ok((0..table.rows.len()).filter_map(|number| self.row(table, number)).collect())
    }

    /// Shows what the first rows would become.
    pub fn preview(&self, table: &Table, defaults: &CaptureDefaults) -> Preview {
        let (mut first, mut unreadable) = (Vec::new(), Vec::new());
        for read in (0..PREVIEW_ROWS).filter_map(|number| self.row(table, number)) {
            match read {
                Ok(row) => {
                    let checked = row.check(defaults);
                    first.push((row, checked));
                }
                Err(faults) => unreadable.extend(faults),
            }
        }
        let unmapped =
            table.headers.iter().filter(|name| !self.columns.contains_key(*name)).cloned().collect();
        Preview { rows: table.rows.len(), missing: self.missing(table), unmapped, first, unreadable }
    }

    fn row(&self, table: &Table, number: usize) -> Option<ReadRow> {
        let row = table.rows.get(number)?;
        let mut placed: Vec<Placed> = Vec::new();
        for (number, header) in table.headers.iter().enumerate() {
            let value = row.cell(number).trim();
            if value.is_empty() {
                continue;
            }
            let Some(targets) = self.columns.get(header) else {
                if self.unmapped == Unmapped::Custom {
                    let name: String = header.chars().take(CUSTOM_NAME_CHARS_MAX).collect();
                    placed.push(Placed {
                        column: Column::Custom(name),
                        name: header.clone(),
                        value: value.to_owned(),
                    });
                }
                continue;
            };
            let value = self.mapped(header, value);
            for column in targets {
                let value = if column.is_date() { self.dated(column, &value) } else { value.clone() };
                placed.push(Placed { column: column.clone(), name: header.clone(), value });
            }
        }
        // A constant stands where the row itself says nothing.
        let rest: Vec<Placed> = self
            .constants
            .iter()
            .filter(|(column, _)| column.may_repeat() || !placed.iter().any(|own| own.column == *column))
            .map(|(column, value)| Placed {
                column: column.clone(),
                name: format!("constants.{}", column.name()),
                value: value.clone(),
            })
            .collect();
        Some(row_of(row.line, placed.into_iter().chain(rest)))
    }

    /// The value for which the profile has another word; `*` stands for all that have none.
    fn mapped(&self, header: &str, value: &str) -> String {
        let Some(map) = self.values.get(header) else { return value.to_owned() };
        map.get(&fold_name(value)).or_else(|| map.get("*")).map_or_else(|| value.to_owned(), Clone::clone)
    }

    /// A date or time by the profile's patterns; as it is where none fits, and the capture's own
    /// check says what is wrong with it.
    fn dated(&self, column: &Column, value: &str) -> String {
        for pattern in &self.dates {
            if let Ok(at) = NaiveDateTime::parse_from_str(value, pattern) {
                return at.format(if column.is_day() { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M:%S" }).to_string();
            }
            if let Ok(day) = NaiveDate::parse_from_str(value, pattern) {
                return day.format("%Y-%m-%d").to_string();
            }
        }
        value.to_owned()
    }
}

fn read_columns(table: &toml::Table, faults: &mut Vec<ProfileFault>) -> HashMap<String, Vec<Column>> {
    if table.len() > LIST_ITEMS_MAX {
        faults.push(ProfileFault::TooMany { path: "columns".to_owned(), most: LIST_ITEMS_MAX });
    }
    let mut columns = HashMap::new();
    for (name, value) in table.iter().take(LIST_ITEMS_MAX) {
        let path = format!("columns.{name}");
        let targets: Option<Vec<&str>> = match value {
            toml::Value::String(target) => Some(vec![target]),
            toml::Value::Array(targets) => targets.iter().map(toml::Value::as_str).collect(),
            _ => None,
        };
        let parsed: Option<Vec<Column>> =
            targets.and_then(|targets| targets.into_iter().map(Column::parse).collect());
        match parsed {
            Some(targets) => {
                columns.insert(name.clone(), targets);
            }
            None => faults.push(ProfileFault::UnknownTarget { path }),
        }
    }
    columns
}

fn read_constants(file: &File, faults: &mut Vec<ProfileFault>) -> Vec<(Column, String)> {
    let mut constants = Vec::new();
    for (name, value) in &file.constants {
        match Column::parse(name) {
            Some(column) => constants.push((column, value.clone())),
            None => faults.push(ProfileFault::UnknownTarget { path: format!("constants.{name}") }),
        }
    }
    constants.push((Column::Source("system"), file.source.system.clone()));
    if let Some(zone) = &file.source.zone {
        constants.push((Column::Plain("zone"), zone.clone()));
    }
    constants
}

fn check_targets(
    columns: &HashMap<String, Vec<Column>>,
    constants: &[(Column, String)],
    faults: &mut Vec<ProfileFault>,
) {
    let mut names: Vec<&String> = columns.keys().collect();
    names.sort();
    let mut taken: Vec<&Column> = Vec::new();
    for name in names {
        for column in columns.get(name).into_iter().flatten() {
            if !column.may_repeat() && taken.contains(&column) {
                faults.push(ProfileFault::DoubleTarget { path: format!("columns.{name}") });
            }
            taken.push(column);
        }
    }
    let has =
        |wanted: &Column| taken.contains(&wanted) || constants.iter().any(|(column, _)| column == wanted);
    // Without its id there, a repeated export would add everything once more.
    for (wanted, target) in [
        (Column::KIND, "kind"),
        (Column::OCCURRED, "occurred"),
        (Column::TITLE, "title"),
        (Column::Source("external_id"), "source.external_id"),
    ] {
        if !has(&wanted) {
            faults.push(ProfileFault::Unset { target });
        }
    }
}
