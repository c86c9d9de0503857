//! What can be wrong with an entry of a bulk log, and where.

use crate::base::text::BadLabel;

use super::fields::EntryField;

/// A fault with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct EntryFault {
    /// 1-based line on which the entry begins, or on which the fault lies inside it.
    pub line: u64,
    /// 1-based: the character of the line (JSONL), or the cell of the row (CSV).
    pub column: usize,
    /// What is wrong.
    pub problem: EntryProblem,
}

/// What is wrong. No variant repeats a value from the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryProblem {
    /// Bytes that are no UTF-8.
    #[error("not UTF-8")]
    InvalidUtf8,
    /// A line (CSV: a row) with more bytes than allowed.
    #[error("more than {most} bytes")]
    TooLong {
        /// Bytes allowed.
        most: usize,
    },
    /// More entries than one capture takes.
    #[error("more than {most} entries in one capture")]
    TooMany {
        /// Entries allowed.
        most: u64,
    },
    /// The line is no JSON.
    #[error("not JSON")]
    Syntax,
    /// The input ends inside the entry.
    #[error("the input ends inside this entry")]
    Truncated,
    /// JSON, but no object.
    #[error("not a JSON object")]
    NotAnObject,
    /// JSON nested deeper than allowed.
    #[error("nested deeper than {most}")]
    TooDeep {
        /// Levels allowed.
        most: usize,
    },
    /// One name stands twice in one object, or two names mean the same field.
    #[error("two values for one name")]
    Double,
    /// A number that JSON readers do not keep exactly: write it as text.
    #[error("a number beyond 2^53 with a fraction or exponent: write it as text")]
    NumberTooLarge,
    /// More fields than an entry may have.
    #[error("more than {most} fields of its own")]
    TooManyFields {
        /// Fields allowed beside ours.
        most: usize,
    },
    /// A field that every entry needs.
    #[error("{} is missing", field.as_str())]
    Missing {
        /// The field.
        field: EntryField,
    },
    /// Neither subject nor count.
    #[error("neither subject nor count")]
    NoSubjectNorCount,
    /// The value is no text or number.
    #[error("{} must be text", field.as_str())]
    NotText {
        /// The field.
        field: EntryField,
    },
    /// The text is blank, too long or has control characters.
    #[error("{}: {why}", field.as_str())]
    BadText {
        /// The field.
        field: EntryField,
        /// Why.
        why: BadLabel,
    },
    /// No instant, or a local time that clocks showed never or twice.
    #[error("at: write 2026-03-01T09:00:00+08:00, or a local time that clocks showed once")]
    BadTime,
    /// No whole number.
    #[error("count must be a whole number")]
    BadCount,
    /// The CSV log has no header.
    #[error("no header")]
    NoHeader,
    /// Columns that every CSV log needs.
    #[error("missing columns: {}", list(fields))]
    MissingColumns {
        /// The fields without column.
        fields: Vec<EntryField>,
    },
    /// A row with another number of cells than the header.
    #[error("{found} cells; the header has {expected}")]
    CellCount {
        /// Cells of the header.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// Something follows a closing quote, or a quote is never closed.
    #[error("quotes do not match")]
    Quotes,
}

fn list(fields: &[EntryField]) -> String {
    fields.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(", ")
}
