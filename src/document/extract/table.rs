//! Tables of text: cells are kept apart by tabs, rows by line breaks, whatever the file used.

use super::{Lines, Refused};
use crate::document::part::{Body, Role, Spot};

/// Bytes at the beginning by which the delimiter is chosen.
const SAMPLE_BYTES: usize = 32 * 1024;
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

pub(super) fn take(text: &str, delimiter: Option<u8>, body: &mut Body) -> Result<(), Refused> {
    let delimiter = delimiter.unwrap_or_else(|| sniff_delimiter(text));
    let mut reading = Reading { text, at: 0, delimiter };
    let mut lines = Lines::of(text);
    let (mut row, mut heads) = (0_u32, Headings::default());
    while reading.skip_empty_lines() {
        row = row.saturating_add(1);
        for column in 1.. {
            if column > 1 {
                body.text.push('\t');
            }
            let (start, line) = (body.at(), lines.line_at(reading.at));
            let ends_row = reading.cell(&mut body.text);
            body.part(start, line, Role::Text, Spot::Cell { row, column })?;
            if row == 1 {
                heads.take(body, start, column == 1);
            }
            if ends_row {
                break;
            }
        }
        if row == 1 {
            heads.settle(body);
        }
        body.text.push('\n');
    }
    Ok(())
}

/// The cells of the first row, until it is known whether they name the columns.
#[derive(Default)]
struct Headings {
    cells: Vec<(u32, u32)>,
    refuted: bool,
    named: bool,
}

impl Headings {
    fn take(&mut self, body: &Body, start: u32, first: bool) {
        let end = body.at();
        let cell = body.slice(start, end).trim();
        // Exports often leave the heading of the first column, a row number, empty.
        self.refuted |= cell.contains(|c: char| c.is_ascii_digit()) || (cell.is_empty() && !first);
        self.named |= !cell.is_empty();
        self.cells.push((start, end));
    }

    /// A first row names the columns if every cell says something and none is a number.
    fn settle(&mut self, body: &mut Body) {
        if self.named && !self.refuted {
            body.headings = std::mem::take(&mut self.cells);
            body.parts.iter_mut().for_each(|part| part.role = Role::Key);
        }
    }
}

/// A table that is read cell by cell (RFC 4180). By hand, because a general reader holds the bounds
/// of a whole row, and a row may be the whole file.
struct Reading<'t> {
    text: &'t str,
    at: usize,
    delimiter: u8,
}

impl Reading<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// False at the end of the text.
    fn skip_empty_lines(&mut self) -> bool {
        while let Some(b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
        self.at < self.text.len()
    }

    /// Writes the next cell and goes behind it; true if it was the last of its row. A quote that is
    /// never closed goes on to the end.
    fn cell(&mut self, out: &mut String) -> bool {
        if self.byte() == Some(b'"') {
            self.at += 1;
            self.quoted(out);
        }
        let delimiter = self.delimiter;
        let rest = self.text.get(self.at..).unwrap_or("");
        let end = rest.bytes().position(|byte| byte == delimiter || byte == b'\n').unwrap_or(rest.len());
        let plain = rest.get(..end).unwrap_or("");
        let ends_row = rest.as_bytes().get(end) != Some(&delimiter);
        out.push_str(if ends_row { plain.strip_suffix('\r').unwrap_or(plain) } else { plain });
        self.at += end + usize::from(end < rest.len());
        ends_row
    }

    fn quoted(&mut self, out: &mut String) {
        loop {
            let rest = self.text.get(self.at..).unwrap_or("");
            let end = rest.find('"').unwrap_or(rest.len());
            out.push_str(rest.get(..end).unwrap_or(""));
            self.at += end + usize::from(end < rest.len());
            if self.byte() != Some(b'"') {
                return;
            }
            out.push('"');
            self.at += 1;
        }
    }
}

/// The delimiter that cuts most of the first rows into the same number of cells, two or more.
fn sniff_delimiter(text: &str) -> u8 {
    let sample = text.as_bytes().get(..SAMPLE_BYTES).unwrap_or(text.as_bytes());
    let score = |delimiter: u8| {
        let counts = counts(sample, delimiter);
        let first = counts.first().copied().unwrap_or(0);
        let same = counts.iter().filter(|count| **count == first).count();
        if first == 0 { (0, 0) } else { (same * 100 / counts.len().max(1), first) }
    };
    let best = DELIMITERS.into_iter().rev().max_by_key(|delimiter| score(*delimiter));
    best.unwrap_or(b',')
}

/// How often the delimiter stands outside quotes, row by row.
fn counts(sample: &[u8], delimiter: u8) -> Vec<usize> {
    let mut counts = Vec::new();
    let (mut count, mut quoted, mut filled) = (0, false, false);
    for byte in sample {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => {
                if filled {
                    counts.push(count);
                }
                (count, filled) = (0, false);
                continue;
            }
            byte if *byte == delimiter && !quoted => count += 1,
            _ => {}
        }
        filled |= !byte.is_ascii_whitespace();
    }
    // The last row may be cut; it counts only if it is the only one.
    if counts.is_empty() && filled {
        counts.push(count);
    }
    counts
}
