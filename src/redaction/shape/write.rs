//! How changed values are written: what was not changed stays as it stood, escapes and all.

use super::{Change, Literal, Shape, Writing};

/// A document with its changes.
pub struct Written {
    /// The document.
    pub document: String,
    /// For each of its characters the place of the one in the document before from which it came; of what
    /// was put in, the place of what it stands for.
    pub origin: Vec<usize>,
    /// For each of its characters: true if it was put in, false if it stood there before.
    pub is_new: Vec<bool>,
}

impl Written {
    fn copy(&mut self, shape: &Shape, from: usize, to: usize) {
        self.document.extend(shape.raw.get(from..to).unwrap_or_default());
        self.origin.extend(from..to.max(from));
        self.is_new.resize(self.origin.len(), false);
    }

    fn put(&mut self, text: &str, at: usize) {
        self.document.push_str(text);
        self.origin.extend(text.chars().map(|_| at));
        self.is_new.resize(self.origin.len(), true);
    }
}

impl Shape {
    /// Writes the document with its changes, which lie within values, in order, without overlap.
    pub fn write(&self, changes: &[Change]) -> Written {
        let mut out = Written {
            document: String::with_capacity(self.raw.len() * 2),
            origin: Vec::with_capacity(self.raw.len()),
            is_new: Vec::with_capacity(self.raw.len()),
        };
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
            out.copy(self, raw_at, literal.raw.0);
            self.value(&mut out, literal, own);
            raw_at = literal.raw.1;
        }
        out.copy(self, raw_at, self.raw.len());
        out
    }

    fn value(&self, out: &mut Written, literal: &Literal, changes: &[Change]) {
        let writing = written_as(literal.writing, changes);
        let (open, close) = match (literal.writing, writing) {
            (Writing::JsonBare, _)
            | (Writing::CsvField { quoted: false, .. }, Writing::CsvField { quoted: true, .. })
            | (Writing::Unquoted, _) => ("\"", "\""),
            _ => ("", ""),
        };
        // Quotes that stand there stay.
        out.copy(self, literal.raw.0, literal.content.0);
        out.put(open, literal.content.0);
        let newly_quoted = !open.is_empty();
        let mut at = literal.content.0;
        for change in changes {
            let from = self.origin.get(change.start).copied().unwrap_or(at);
            let to = self.raw_end(literal, change.end.max(change.start + 1) - 1);
            self.kept(out, (at, from), (writing, newly_quoted));
            out.put(&escaped(&change.text, writing), from);
            at = to.max(at);
        }
        self.kept(out, (at, literal.content.1), (writing, newly_quoted));
        out.put(close, literal.content.1);
        out.copy(self, literal.content.1, literal.raw.1);
    }

    /// What stays of a value. In quotes that were not there before, quotes mean something else.
    fn kept(&self, out: &mut Written, (from, to): (usize, usize), (writing, newly_quoted): (Writing, bool)) {
        let quote = match writing {
            Writing::CsvField { .. } => "\"\"",
            _ => "&quot;",
        };
        if !newly_quoted {
            return out.copy(self, from, to);
        }
        for place in from..to {
            match self.at(place) {
                '"' => out.put(quote, place),
                c => out.put(c.encode_utf8(&mut [0; 4]), place),
            }
        }
    }
}

/// How a value is written once it is changed: some need quotes then.
fn written_as(writing: Writing, changes: &[Change]) -> Writing {
    match writing {
        Writing::CsvField { separator, quoted: false } => {
            let special = |change: &Change| change.text.contains([separator, '"', '\n', '\r']);
            Writing::CsvField { separator, quoted: changes.iter().any(special) }
        }
        writing => writing,
    }
}

/// A text as it stands within a value.
fn escaped(text: &str, writing: Writing) -> String {
    match writing {
        Writing::Plain | Writing::CsvField { quoted: false, .. } => text.to_owned(),
        Writing::CsvField { quoted: true, .. } => text.replace('"', "\"\""),
        // What is put in must not end what it stands in.
        Writing::Verbatim => text.replace("-->", "--&gt;").replace("]]>", "]]&gt;").replace("</", "<\\/"),
        Writing::JsonString | Writing::JsonBare => {
            let quoted = serde_json::Value::from(text).to_string();
            quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
        }
        Writing::Markup | Writing::Unquoted => text
            .chars()
            .map(|c| match c {
                '&' => "&amp;".to_owned(),
                '<' => "&lt;".to_owned(),
                '>' => "&gt;".to_owned(),
                '"' => "&quot;".to_owned(),
                '\'' => "&apos;".to_owned(),
                c => c.to_string(),
            })
            .collect(),
    }
}
