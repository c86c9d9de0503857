//! What can be wrong with a manifest or a foreign export, and where.

use crate::record::request::Fault;

/// A fault with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {problem}", column.as_ref().map(|name| format!(", column {name}")).unwrap_or_default())]
pub struct TableFault {
    /// 1-based line (CSV, JSONL), row (XLSX) or item (JSON); 0 for the file as a whole.
    pub line: u64,
    /// The column's name as the file has it.
    pub column: Option<String>,
    /// What is wrong.
    pub problem: TableProblem,
}

impl TableFault {
    pub(super) const fn whole(problem: TableProblem) -> Self {
        Self { line: 0, column: None, problem }
    }

    /// A fault of a whole line, row or item.
    pub const fn line(line: u64, problem: TableProblem) -> Self {
        Self { line, column: None, problem }
    }

    pub(super) fn at(line: u64, column: &str, problem: TableProblem) -> Self {
        Self { line, column: Some(column.to_owned()), problem }
    }
}

/// What is wrong. No variant repeats a value of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableProblem {
    /// More bytes than allowed.
    #[error("more than {most} bytes")]
    TooLarge {
        /// Bytes allowed.
        most: u64,
    },
    /// More rows than allowed.
    #[error("more than {most} rows")]
    TooManyRows {
        /// Rows allowed.
        most: usize,
    },
    /// More columns than allowed.
    #[error("more than {most} columns")]
    TooManyColumns {
        /// Columns allowed.
        most: usize,
    },
    /// An encoding that this program does not read.
    #[error("unknown encoding")]
    UnknownEncoding,
    /// Bytes that are no text in the encoding.
    #[error("byte {byte} is no text in {encoding}")]
    Encoding {
        /// 0-based.
        byte: usize,
        /// The encoding tried.
        encoding: &'static str,
    },
    /// No header row.
    #[error("no header")]
    NoHeader,
    /// Two columns have the same name or mean the same.
    #[error("this column stands twice")]
    DoubleColumn,
    /// A column that manifests do not have.
    #[error("no such column in a manifest")]
    UnknownColumn,
    /// A value that is good for nothing without that of another column.
    #[error("{other} is needed beside it")]
    NeedsColumn {
        /// The other column, as it is documented.
        other: &'static str,
    },
    /// A column that is needed.
    #[error("this column is missing")]
    MissingColumn,
    /// A row with more or fewer cells than the header.
    #[error("{found} cells; the header has {expected}")]
    CellCount {
        /// Cells of the header.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// Quotes do not match.
    #[error("quotes do not match")]
    Quotes,
    /// The file ends inside a quoted cell that begins here.
    #[error("the file ends inside a quoted cell")]
    Truncated,
    /// Not JSON.
    #[error("not JSON (character {column})")]
    NotJson {
        /// 1-based byte of the line.
        column: usize,
    },
    /// There is no list of objects at the place where the profile says.
    #[error("no list of objects there")]
    NotAList,
    /// An item that is no object.
    #[error("not an object")]
    NotAnObject,
    /// No readable workbook.
    #[error("not a readable workbook")]
    Workbook,
    /// The workbook unpacks to more bytes than allowed.
    #[error("the workbook unpacks to more than {most} bytes")]
    UnpacksTooLarge {
        /// Bytes allowed.
        most: u64,
    },
    /// No sheet of that name.
    #[error("no such sheet")]
    NoSheet,
    /// A value that is no scalar where one is needed.
    #[error("a text is needed here")]
    NotText,
    /// A row of a manifest that names no file.
    #[error("no file is named")]
    NoFile,
    /// No relative path below the manifest.
    #[error("a file is named by a path below the manifest, without ..")]
    Path,
    /// As many media types or digests as files, or one for all.
    #[error("{found} values for {files} files")]
    PerFile {
        /// Values found.
        found: usize,
        /// Files of the row.
        files: usize,
    },
    /// What the capture itself refuses.
    #[error("{0}")]
    Capture(Fault),
}
