//! The shape of a document: where its values lie and how a changed one is written, so that CSV
//! stays CSV and JSON stays JSON, with keys, nesting and everything untouched byte for byte.

mod markup;

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
    writing: Writing,
}

/// A document taken apart.
pub struct Shape {
    raw: Vec<char>,
    logical: Vec<char>,
    /// For each logical character its place in the document.
    origin: Vec<usize>,
    literals: Vec<Literal>,
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

impl Shape {
    /// Takes a document apart.
    pub fn open(document: &str, format: Format) -> Self {
        let raw: Vec<char> = document.chars().collect();
        let mut shape = Self {
            logical: Vec::with_capacity(raw.len()),
            origin: Vec::with_capacity(raw.len()),
            raw,
            literals: Vec::new(),
        };
        match format {
            Format::Text => shape.text(),
            Format::Json => shape.json(),
            Format::Csv => shape.csv(),
            Format::Xml => markup::take(&mut shape),
        }
        shape
    }

    /// The text with escapes resolved, in which values are found.
    pub fn logical(&self) -> String {
        self.logical.iter().collect()
    }

    /// Where a logical place lies in the document.
    pub fn place(&self, start: usize, end: usize) -> (usize, usize) {
        let at = |p: usize| self.origin.get(p).copied().unwrap_or(self.raw.len());
        (at(start), end.checked_sub(1).map_or(0, at) + 1)
    }

    /// The parts of a logical span that lie within values: marks of the format are never changed.
    pub fn within(&self, start: usize, end: usize) -> Vec<(usize, usize)> {
        let from = self.literals.partition_point(|literal| literal.logical.1 <= start);
        self.literals
            .iter()
            .skip(from)
            .take_while(|literal| literal.logical.0 < end)
            .map(|literal| (literal.logical.0.max(start), literal.logical.1.min(end)))
            .filter(|(start, end)| start < end)
            .collect()
    }

    /// Writes the document with its changes, which lie within values, in order, without overlap.
    pub fn write(&self, changes: &[Change]) -> String {
        let mut out = String::with_capacity(self.raw.len() * 2);
        let mut next = 0;
        let mut raw_at = 0;
        for literal in &self.literals {
            let first = next;
            while changes.get(next).is_some_and(|change| change.start < literal.logical.1) {
                next += 1;
            }
            let own = changes.get(first..next).unwrap_or_default();
            if own.is_empty() {
                continue;
            }
            out.extend(self.raw.get(raw_at..literal.raw.0).unwrap_or_default());
            let mut value = String::new();
            let mut at = literal.logical.0;
            for change in own {
                value.extend(self.logical.get(at..change.start).unwrap_or_default());
                value.push_str(&change.text);
                at = change.end.max(at);
            }
            value.extend(self.logical.get(at..literal.logical.1).unwrap_or_default());
            write_value(&mut out, &value, literal.writing);
            raw_at = literal.raw.1;
        }
        out.extend(self.raw.get(raw_at..).unwrap_or_default());
        out
    }

    fn at(&self, p: usize) -> char {
        self.raw.get(p).copied().unwrap_or('\0')
    }

    fn take(&mut self, c: char, from: usize) {
        self.logical.push(c);
        self.origin.push(from);
    }

    fn literal(&mut self, logical_start: usize, raw: (usize, usize), writing: Writing) {
        let logical = (logical_start, self.logical.len());
        if logical.0 < logical.1 {
            self.literals.push(Literal { logical, raw, writing });
        }
    }

    fn text(&mut self) {
        for p in 0..self.raw.len() {
            self.take(self.at(p), p);
        }
        self.literal(0, (0, self.raw.len()), Writing::Plain);
    }

    fn json(&mut self) {
        let mut p = 0;
        while p < self.raw.len() {
            let c = self.at(p);
            if c == '"' {
                p = self.json_string(p);
            } else if c.is_ascii_digit() || (c == '-' && self.at(p + 1).is_ascii_digit()) {
                let start = self.logical.len();
                let from = p;
                while self.at(p).is_ascii_alphanumeric() || matches!(self.at(p), '.' | '-' | '+') {
                    self.take(self.at(p), p);
                    p += 1;
                }
                self.literal(start, (from, p), Writing::JsonBare);
            } else {
                self.take(c, p);
                p += 1;
            }
        }
    }

    fn json_string(&mut self, quote: usize) -> usize {
        self.take('"', quote);
        let start = self.logical.len();
        let mut p = quote + 1;
        while p < self.raw.len() && self.at(p) != '"' {
            let (c, used) = if self.at(p) == '\\' { self.json_escape(p) } else { (self.at(p), 1) };
            self.take(c, p);
            p += used;
        }
        self.literal(start, (quote, (p + 1).min(self.raw.len())), Writing::JsonString);
        if p < self.raw.len() {
            self.take('"', p);
        }
        p + 1
    }

    fn json_escape(&self, p: usize) -> (char, usize) {
        match self.at(p + 1) {
            'n' => ('\n', 2),
            't' => ('\t', 2),
            'r' => ('\r', 2),
            'b' => ('\u{8}', 2),
            'f' => ('\u{C}', 2),
            'u' => {
                let unit = |from: usize| {
                    u32::from_str_radix(
                        &self.raw.get(from..from + 4).unwrap_or_default().iter().collect::<String>(),
                        16,
                    )
                    .ok()
                };
                let Some(high) = unit(p + 2) else { return ('\\', 1) };
                let paired =
                    (0xD800..0xDC00).contains(&high) && self.at(p + 6) == '\\' && self.at(p + 7) == 'u';
                let low =
                    if paired { unit(p + 8).filter(|low| (0xDC00..0xE000).contains(low)) } else { None };
                if let Some(low) = low {
                    let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                    return (char::from_u32(code).unwrap_or('\u{FFFD}'), 12);
                }
                (char::from_u32(high).unwrap_or('\u{FFFD}'), 6)
            }
            '\0' => ('\\', 1),
            c => (c, 2),
        }
    }

    fn csv(&mut self) {
        let first: Vec<char> = self.raw.iter().copied().take_while(|c| *c != '\n').collect();
        let separator = [',', '\t', ';', '|']
            .into_iter()
            .max_by_key(|separator| (first.iter().filter(|c| *c == separator).count(), *separator == ','))
            .unwrap_or(',');
        let mut p = 0;
        while p < self.raw.len() {
            let start = self.logical.len();
            let from = p;
            let quoted = self.at(p) == '"';
            if quoted {
                p += 1;
                while p < self.raw.len() {
                    if self.at(p) == '"' && self.at(p + 1) == '"' {
                        self.take('"', p);
                        p += 2;
                    } else if self.at(p) == '"' {
                        p += 1;
                        break;
                    } else {
                        self.take(self.at(p), p);
                        p += 1;
                    }
                }
            } else {
                while p < self.raw.len() && self.at(p) != separator && !matches!(self.at(p), '\n' | '\r') {
                    self.take(self.at(p), p);
                    p += 1;
                }
            }
            self.literal(start, (from, p), Writing::CsvField { separator, quoted });
            if p < self.raw.len() && !(quoted && self.at(p) == '"') {
                self.take(self.at(p), p);
                p += 1;
            }
        }
    }
}

fn write_value(out: &mut String, value: &str, writing: Writing) {
    match writing {
        Writing::Plain => out.push_str(value),
        // What is put in must not end what it stands in.
        Writing::Verbatim => {
            out.push_str(&value.replace("-->", "--&gt;").replace("]]>", "]]&gt;").replace("</", "<\\/"))
        }
        Writing::Unquoted => {
            out.push('"');
            write_value(out, value, Writing::Markup);
            out.push('"');
        }
        // Writing a string as JSON cannot fail.
        Writing::JsonString | Writing::JsonBare => out.push_str(&serde_json::Value::from(value).to_string()),
        Writing::CsvField { separator, quoted } => {
            if quoted || value.contains([separator, '"', '\n', '\r']) {
                out.push('"');
                out.push_str(&value.replace('"', "\"\""));
                out.push('"');
            } else {
                out.push_str(value);
            }
        }
        Writing::Markup => {
            for c in value.chars() {
                match c {
                    '&' => out.push_str("&amp;"),
                    '<' => out.push_str("&lt;"),
                    '>' => out.push_str("&gt;"),
                    '"' => out.push_str("&quot;"),
                    '\'' => out.push_str("&apos;"),
                    c => out.push(c),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn change(document: &str, format: Format, find: &str, put: &str) -> String {
        let shape = Shape::open(document, format);
        let logical = shape.logical();
        let start = logical.split_once(find).unwrap().0.chars().count();
        shape.write(&[Change { start, end: start + find.chars().count(), text: put.to_owned() }])
    }

    #[test]
    fn a_changed_value_is_written_as_its_format_demands() {
        assert_eq!(
            change(r#"{"a": "\u738b\"x", "n": 1}"#, Format::Json, "王", "[\"]"),
            r#"{"a": "[\"]\"x", "n": 1}"#
        );
        assert_eq!(
            change(r#"{"n": 13800138000}"#, Format::Json, "13800138000", "[电话]"),
            r#"{"n": "[电话]"}"#
        );
        assert_eq!(change("a,b\n\"x\"\"y\",王\n", Format::Csv, "王", "a,b"), "a,b\n\"x\"\"y\",\"a,b\"\n");
        assert_eq!(
            change("<a t='王'>1 &lt; 2 &#29579;</a>", Format::Xml, "< 2 王", "<&"),
            "<a t='王'>1 &lt;&amp;</a>"
        );
    }

    proptest! {
        #[test]
        fn what_is_not_changed_stays_byte_for_byte(document in "\\PC{0,80}") {
            for format in [Format::Text, Format::Json, Format::Csv, Format::Xml] {
                prop_assert_eq!(Shape::open(&document, format).write(&[]), document.clone());
            }
        }
    }
}
