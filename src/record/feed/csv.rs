//! Rows and cells of CSV (RFC 4180), found while bytes stream in. A quote opens a cell only at its
//! beginning; elsewhere it is a character like any other, as spreadsheets write it.

use std::borrow::Cow;

/// Finds the ends of rows; remembers between calls whether it stands inside quotes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Scan {
    /// At the beginning of a cell.
    #[default]
    CellStart,
    /// In a cell without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote inside quotes: the end of the cell, or half of a doubled quote.
    QuoteInQuoted,
}

impl Scan {
    /// Takes bytes up to and including the end of the row; returns how many, or `None` if the row
    /// goes on after them.
    pub(super) fn row_end(&mut self, bytes: &[u8], delimiter: u8) -> Option<usize> {
        for (position, byte) in bytes.iter().enumerate() {
            *self = match (*self, *byte) {
                (Self::Quoted, b'"') => Self::QuoteInQuoted,
                (Self::Quoted, _) | (Self::QuoteInQuoted | Self::CellStart, b'"') => Self::Quoted,
                (_, b'\n') => {
                    *self = Self::CellStart;
                    return Some(position + 1);
                }
                (_, byte) if byte == delimiter => Self::CellStart,
                (_, _) => Self::Plain,
            };
        }
        None
    }
}

/// Quotes do not match in this cell (1-based).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadQuotes {
    pub(super) cell: usize,
}

/// The cells of one row without its line end.
pub(super) fn cells(row: &str, delimiter: char) -> Result<Vec<Cow<'_, str>>, BadQuotes> {
    let mut cells = Vec::with_capacity(16);
    let mut rest = row;
    loop {
        let (cell, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_cell(quoted).ok_or(BadQuotes { cell: cells.len() + 1 })?,
            None => match rest.find(delimiter) {
                Some(end) => (Cow::Borrowed(rest.get(..end).unwrap_or_default()), rest.get(end..)),
                None => (Cow::Borrowed(rest), None),
            },
        };
        cells.push(cell);
        match after {
            None | Some("") => return Ok(cells),
            Some(after) => match after.strip_prefix(delimiter) {
                Some(next) => rest = next,
                None => return Err(BadQuotes { cell: cells.len() }),
            },
        }
    }
}

/// A cell after its opening quote, and what follows the closing one.
fn quoted_cell(text: &str) -> Option<(Cow<'_, str>, Option<&str>)> {
    let mut owned = String::new();
    let mut rest = text;
    loop {
        let (inside, after) = rest.split_once('"')?;
        match after.strip_prefix('"') {
            Some(next) => {
                owned.push_str(inside);
                owned.push('"');
                rest = next;
            }
            None if owned.is_empty() => return Some((Cow::Borrowed(inside), Some(after))),
            None => {
                owned.push_str(inside);
                return Some((Cow::Owned(owned), Some(after)));
            }
        }
    }
}

/// The delimiter that the header uses: the most frequent of comma, tab, semicolon and `|` outside
/// quotes; comma where none occurs.
pub(super) fn delimiter_of(header: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0_usize), (b'\t', 0), (b';', 0), (b'|', 0)];
    for byte in header {
        quoted ^= *byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(delimiter, _)| !quoted && delimiter == byte) {
            *count += 1;
        }
    }
    // The first of equals wins: comma before tab before semicolon.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}
