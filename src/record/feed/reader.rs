//! Reads a bulk log while its bytes stream in: JSONL or CSV, in UTF-8, one entry at a time, with
//! at most one line in memory beyond what was pushed.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::csv::{Scan, cells, delimiter_of};
use super::entry::{LogEntry, column_of, from_raw};
use super::entry_fault::{EntryFault, EntryProblem};
use super::fields::EntryField;
use super::jsonl::{RawEntry, Scalar};
use crate::base::civil::Zone;
use crate::base::limits::{BULK_ENTRIES_MAX, BULK_LINE_BYTES_MAX, CUSTOM_FIELDS_MAX};

/// How a bulk log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryFormat {
    /// One JSON object per line.
    Jsonl,
    /// A header and one row per entry; the delimiter is the one that the header uses.
    Csv,
}

/// The reader: [`push`](Self::push) bytes, take entries with [`next_entry`](Self::next_entry) until
/// it has none, and say [`finish`](Self::finish) after the last bytes.
///
/// A faulty entry is reported, fault by fault, and skipped; what follows is read on, so that a caller who wants
/// all or nothing can name every fault at once. After [`EntryProblem::TooMany`] and after faults of a
/// CSV header nothing follows.
pub struct EntryReader {
    format: EntryFormat,
    zone: Zone,
    buffer: Vec<u8>,
    /// Bytes of the buffer that are done with.
    taken: usize,
    /// Bytes of the buffer that were searched for the end of the line.
    searched: usize,
    scan: Scan,
    line: u64,
    entries: u64,
    skipping: bool,
    finished: bool,
    stopped: bool,
    header: Option<Header>,
    /// Faults of an entry of which the first was told.
    untold: VecDeque<EntryFault>,
}

/// A line in the buffer.
struct Line {
    /// Its number, from 1.
    line: u64,
    start: usize,
    end: usize,
    /// Whether its line end was there.
    ended: bool,
}

struct Header {
    delimiter: u8,
    columns: Vec<Column>,
}

enum Column {
    Ours(EntryField),
    Theirs(String),
}

impl EntryReader {
    /// Nothing read yet. Local times without offset are those of `zone`.
    pub fn new(format: EntryFormat, zone: Zone) -> Self {
        Self {
            format,
            zone,
            buffer: Vec::new(),
            taken: 0,
            searched: 0,
            scan: Scan::default(),
            line: 1,
            entries: 0,
            skipping: false,
            finished: false,
            stopped: false,
            header: None,
            untold: VecDeque::new(),
        }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.stopped {
            return;
        }
        self.buffer.drain(..self.taken);
        self.searched -= self.taken;
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Says that no bytes follow.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// Entries read so far, without the faulty ones.
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// The next entry or fault; `None` if more bytes are needed, or at the end.
    pub fn next_entry(&mut self) -> Option<Result<LogEntry, EntryFault>> {
        if let Some(fault) = self.untold.pop_front() {
            return Some(Err(fault));
        }
        loop {
            if self.stopped {
                return None;
            }
            let Line { line, start, end, ended } = match self.next_line()? {
                Ok(found) => found,
                Err(fault) => return Some(Err(fault)),
            };
            let bytes = self.buffer.get(start..end).unwrap_or_default();
            let bytes = if line == 1 { bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes) } else { bytes };
            let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
            let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
            if bytes.iter().all(|b| b.is_ascii_whitespace()) {
                continue;
            }
            let read =
                match std::str::from_utf8(bytes) {
                    Err(error) => Err(vec![not_utf8(bytes, error.valid_up_to(), line)]),
                    Ok(text) => match (self.format, &self.header) {
                        (EntryFormat::Jsonl, _) => LogEntry::parse(text, line, self.zone)
                            .map(Some)
                            // What breaks off although its line is complete is no truncated input.
                            .map_err(|faults| {
                                if ended { faults.into_iter().map(whole_line).collect() } else { faults }
                            }),
                        (EntryFormat::Csv, Some(header)) => header.entry(text, line, self.zone).map(Some),
                        (EntryFormat::Csv, None) => match Header::parse(text, line) {
                            Ok(header) => {
                                self.header = Some(header);
                                Ok(None)
                            }
                            Err(fault) => {
                                self.stopped = true;
                                Err(vec![fault])
                            }
                        },
                    },
                };
            match read {
                Ok(None) => {}
                Ok(Some(entry)) => return Some(self.counted(entry)),
                Err(faults) => {
                    self.untold.extend(faults);
                    return self.untold.pop_front().map(Err);
                }
            }
        }
    }

    fn counted(&mut self, entry: LogEntry) -> Result<LogEntry, EntryFault> {
        if self.entries == BULK_ENTRIES_MAX {
            self.stopped = true;
            let problem = EntryProblem::TooMany { most: BULK_ENTRIES_MAX };
            return Err(EntryFault { line: entry.line, column: 1, problem });
        }
        self.entries += 1;
        Ok(entry)
    }

    /// The next line in the buffer (CSV: the next row). Moves on past it.
    fn next_line(&mut self) -> Option<Result<Line, EntryFault>> {
        loop {
            let line = self.line;
            let fault = |problem| Some(Err(EntryFault { line, column: 1, problem }));
            let unsearched = self.buffer.get(self.searched..).unwrap_or_default();
            let found = match self.format {
                EntryFormat::Jsonl => unsearched.iter().position(|b| *b == b'\n').map(|at| at + 1),
                EntryFormat::Csv => {
                    let delimiter = self.header.as_ref().map_or(b',', |header| header.delimiter);
                    self.scan.row_end(unsearched, delimiter)
                }
            };
            let start = self.taken;
            let end = found.map_or(self.buffer.len(), |length| self.searched + length);
            self.searched = end;
            let too_long = end - start > BULK_LINE_BYTES_MAX;
            if found.is_none() && !self.finished && !too_long {
                return None;
            }
            if start == end {
                return self.at_end();
            }
            let bytes = self.buffer.get(start..end).unwrap_or_default();
            let lines = bytes.iter().filter(|b| **b == b'\n').count();
            self.line += u64::try_from(lines).unwrap_or(0);
            self.taken = end;
            let skipped = std::mem::replace(&mut self.skipping, found.is_none() && !self.finished);
            if skipped {
                // The rest of a line whose fault is told already.
                continue;
            }
            if too_long {
                return fault(EntryProblem::TooLong { most: BULK_LINE_BYTES_MAX });
            }
            if found.is_none() && self.format == EntryFormat::Csv && self.scan == Scan::Quoted {
                self.stopped = true;
                return fault(EntryProblem::Truncated);
            }
            return Some(Ok(Line { line, start, end, ended: found.is_some() }));
        }
    }

    fn at_end(&mut self) -> Option<Result<Line, EntryFault>> {
        if !self.finished {
            return None;
        }
        self.stopped = true;
        let headless = self.format == EntryFormat::Csv && self.header.is_none();
        headless.then_some(Err(EntryFault { line: self.line, column: 1, problem: EntryProblem::NoHeader }))
    }
}

fn whole_line(fault: EntryFault) -> EntryFault {
    match fault.problem {
        EntryProblem::Truncated => EntryFault { problem: EntryProblem::Syntax, ..fault },
        _ => fault,
    }
}

/// Names the line, inside a row of several, and the character at which the bytes are no text.
fn not_utf8(bytes: &[u8], valid: usize, line: u64) -> EntryFault {
    let before = String::from_utf8_lossy(bytes.get(..valid).unwrap_or_default());
    let breaks = before.matches('\n').count();
    let last = before.rsplit('\n').next().unwrap_or_default();
    EntryFault {
        line: line + u64::try_from(breaks).unwrap_or(0),
        column: column_of(last, last.len()),
        problem: EntryProblem::InvalidUtf8,
    }
}

impl Header {
    fn parse(row: &str, line: u64) -> Result<Self, EntryFault> {
        let fault = |column, problem| EntryFault { line, column, problem };
        let delimiter = delimiter_of(row.as_bytes());
        let names = cells(row, char::from(delimiter)).map_err(|bad| fault(bad.cell, EntryProblem::Quotes))?;
        let mut columns: Vec<Column> = Vec::with_capacity(names.len());
        for (number, name) in names.iter().enumerate() {
            let name = name.trim();
            let column = match EntryField::of_name(name) {
                Some(field) => Column::Ours(field),
                None => Column::Theirs(name.to_owned()),
            };
            // A column without a name, such as a spreadsheet's row numbers, is kept by its number.
            let column = match column {
                Column::Theirs(name) if name.is_empty() => Column::Theirs(format!("column {}", number + 1)),
                named => named,
            };
            if columns.iter().any(|other| other.is_same(&column)) {
                return Err(fault(number + 1, EntryProblem::Double));
            }
            columns.push(column);
        }
        if columns.iter().filter(|column| matches!(column, Column::Theirs(_))).count() > CUSTOM_FIELDS_MAX {
            return Err(fault(1, EntryProblem::TooManyFields { most: CUSTOM_FIELDS_MAX }));
        }
        let has = |field| columns.iter().any(|column| matches!(column, Column::Ours(own) if *own == field));
        let mut fields: Vec<EntryField> =
            EntryField::REQUIRED.into_iter().filter(|field| !has(*field)).collect();
        if !has(EntryField::Subject) && !has(EntryField::Count) {
            fields.push(EntryField::Subject);
        }
        if fields.is_empty() {
            Ok(Self { delimiter, columns })
        } else {
            Err(fault(1, EntryProblem::MissingColumns { fields }))
        }
    }

    fn entry(&self, row: &str, line: u64, zone: Zone) -> Result<LogEntry, Vec<EntryFault>> {
        let fault = |column, problem| vec![EntryFault { line, column, problem }];
        let cells =
            cells(row, char::from(self.delimiter)).map_err(|bad| fault(bad.cell, EntryProblem::Quotes))?;
        let (expected, found) = (self.columns.len(), cells.len());
        if expected != found {
            let problem = EntryProblem::CellCount { expected, found };
            return Err(fault(found.min(expected) + 1, problem));
        }
        let mut raw = RawEntry::default();
        for (column, cell) in self.columns.iter().zip(cells) {
            // An empty cell says nothing.
            if cell.trim().is_empty() {
                continue;
            }
            match column {
                Column::Ours(field) => {
                    if let Some(slot) = raw.fields.get_mut(field.slot()) {
                        *slot = Some(Scalar::Text(cell));
                    }
                }
                Column::Theirs(name) => {
                    raw.extra
                        .push((Cow::Borrowed(name.as_str()), serde_json::Value::String(cell.into_owned())));
                }
            }
        }
        let placed = |fault: EntryFault| EntryFault { column: self.cell_of(&fault), ..fault };
        from_raw(raw, line, zone, |_| 1).map_err(|faults| {
            let mut faults: Vec<EntryFault> = faults.into_iter().map(placed).collect();
            faults.sort_by_key(|fault| fault.column);
            faults
        })
    }

    /// The cell that a fault is about.
    fn cell_of(&self, fault: &EntryFault) -> usize {
        let field = match &fault.problem {
            EntryProblem::Missing { field }
            | EntryProblem::NotText { field }
            | EntryProblem::BadText { field, .. } => *field,
            EntryProblem::BadTime => EntryField::At,
            EntryProblem::BadCount => EntryField::Count,
            _ => return fault.column,
        };
        let place =
            self.columns.iter().position(|column| matches!(column, Column::Ours(own) if *own == field));
        place.map_or(fault.column, |at| at + 1)
    }
}

impl Column {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ours(a), Self::Ours(b)) => a == b,
            (Self::Theirs(a), Self::Theirs(b)) => a == b,
            (Self::Ours(_), Self::Theirs(_)) | (Self::Theirs(_), Self::Ours(_)) => false,
        }
    }
}
