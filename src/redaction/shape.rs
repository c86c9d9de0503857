//! The shape of a document: where its values lie and how a changed one is written, so that CSV
//! stays CSV and JSON stays JSON, with keys, nesting and everything untouched byte for byte.
//!
//! A value is seen as its reader sees it: escapes of the format are resolved, and so is what is written
//! in yet another code within it (`layers`).

mod delimited;
mod formulas;
pub(in crate::redaction) mod layers;
mod markup;
mod write;

pub use formulas::without_formulas;
pub use write::Written;

/// The format of a text-like document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Plain text, Markdown, logs.
    Text,
    /// JSON, also one value per line.
    Json,
    /// Values with a separator, also tabs and bars.
    Csv,
    /// XML and HTML.
    Xml,
}

impl Format {
    /// By a media type or file name ending.
    pub fn of_name(name: &str) -> Self {
        let ending = name.rsplit(['.', '/', '+']).next().unwrap_or_default().to_ascii_lowercase();
        match ending.as_str() {
            "json" | "jsonl" | "ndjson" => Self::Json,
            "csv" | "tsv" | "tab-separated-values" => Self::Csv,
            "xml" | "html" | "htm" | "xhtml" | "svg" => Self::Xml,
            _ => Self::Text,
        }
    }
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    Plain,
    JsonString,
    JsonBare,
    CsvField {
        separator: char,
        quoted: bool,
    },
    Markup,
    /// Between marks where no character reference is read: comments, CDATA, instructions, scripts.
    Verbatim,
    /// A value of an attribute without quotes.
    Unquoted,
}

/// A value: its place in the document and in the logical text (escapes resolved).
#[derive(Debug, Clone, Copy)]
struct Literal {
    logical: (usize, usize),
    raw: (usize, usize),
    /// The same without quotes.
    content: (usize, usize),
    writing: Writing,
}

/// A document taken apart.
pub struct Shape {
    raw: Vec<char>,
    logical: Vec<char>,
    /// For each logical character its place in the document.
    origin: Vec<usize>,
    literals: Vec<Literal>,
    /// True if codes lie within codes deeper than they are followed.
    deep: bool,
}

/// A change: a place in the logical text and what shall stand there.
#[derive(Debug, Clone)]
pub struct Change {
    /// First character.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// What shall stand there.
    pub text: String,
}

/// A part of a span that lies within one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// First character.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// True for a cell or string of its own; false for a stretch of a text that marks run through.
    pub is_apart: bool,
}

impl Shape {
    /// Takes a document apart.
    pub fn open(document: &str, format: Format) -> Self {
        let raw: Vec<char> = document.chars().collect();
        let mut shape = Self {
            logical: Vec::with_capacity(raw.len()),
            origin: Vec::with_capacity(raw.len()),
            raw,
            literals: Vec::new(),
            deep: false,
        };
        match format {
            Format::Text => shape.text(),
            Format::Json => delimited::json(&mut shape),
            Format::Csv => delimited::csv(&mut shape),
            Format::Xml => markup::take(&mut shape),
        }
        layers::resolve(&mut shape);
        shape
    }

    /// The text with escapes resolved, in which values are found.
    pub fn logical(&self) -> String {
        self.logical.iter().collect()
    }

    /// True if something may be written in more codes, one within the other, than were resolved.
    pub const fn is_deep(&self) -> bool {
        self.deep
    }

    /// Where a logical place lies in the document.
    pub fn place(&self, start: usize, end: usize) -> (usize, usize) {
        let at = |p: usize| self.origin.get(p).copied().unwrap_or(self.raw.len());
        let Some(last) = end.checked_sub(1) else { return (at(start), 1) };
        let literal = self.literals.partition_point(|literal| literal.logical.1 <= last);
        let holds = self.literals.get(literal).filter(|literal| literal.logical.0 <= last);
        (at(start), holds.map_or_else(|| at(last) + 1, |literal| self.raw_end(literal, last)))
    }

    /// The first logical place that stands at a place of the document or behind it.
    pub fn logical_at(&self, place: usize) -> usize {
        self.origin.partition_point(|origin| *origin < place)
    }

    /// The parts of a logical span that lie within values: marks of the format are never changed.
    pub fn within(&self, start: usize, end: usize) -> Vec<Part> {
        let from = self.literals.partition_point(|literal| literal.logical.1 <= start);
        self.literals
            .iter()
            .skip(from)
            .take_while(|literal| literal.logical.0 < end)
            .map(|literal| Part {
                start: literal.logical.0.max(start),
                end: literal.logical.1.min(end),
                is_apart: !matches!(literal.writing, Writing::Plain | Writing::Markup | Writing::Verbatim),
            })
            .filter(|part| part.start < part.end)
            .collect()
    }

    /// Where a logical character of a value ends in the document.
    fn raw_end(&self, literal: &Literal, at: usize) -> usize {
        if at + 1 < literal.logical.1 {
            self.origin.get(at + 1).copied().unwrap_or(self.raw.len())
        } else {
            literal.content.1
        }
    }

    fn at(&self, p: usize) -> char {
        self.raw.get(p).copied().unwrap_or('\0')
    }

    fn take(&mut self, c: char, from: usize) {
        self.logical.push(c);
        self.origin.push(from);
    }

    fn literal(&mut self, logical_start: usize, raw: (usize, usize), writing: Writing) {
        self.literal_in(logical_start, raw, raw, writing);
    }

    /// A value with quotes around its content.
    fn literal_in(
        &mut self,
        logical_start: usize,
        raw: (usize, usize),
        content: (usize, usize),
        writing: Writing,
    ) {
        let logical = (logical_start, self.logical.len());
        if logical.0 < logical.1 {
            self.literals.push(Literal { logical, raw, content, writing });
        }
    }

    fn text(&mut self) {
        for p in 0..self.raw.len() {
            self.take(self.at(p), p);
        }
        self.literal(0, (0, self.raw.len()), Writing::Plain);
    }
}

#[cfg(test)]
mod tests;
