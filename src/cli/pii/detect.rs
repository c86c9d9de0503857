//! `pii detect`: where personal data stands, and of which type it is.

use std::collections::BTreeMap;

use serde_json::json;

use super::args::Detect;
use super::input::{self, Search};
use super::{lines, words};
use crate::cli::Run;
use crate::cli::failure::Failure;
use crate::cli::table::Table;
use crate::redaction::detect_known;
use crate::redaction::jsonl::{self, BadLine};

pub(super) fn run(run: &Run, args: &Detect) -> Result<(), Failure> {
    let search = Search::of(&run.voice, &args.wanted)?;
    if args.jsonl {
        return records(run, args, &search);
    }
    let document = input::document(&args.file, None)?;
    let mut spans = detect_known(&document.text, &search.settings, &search.subjects);
    spans.retain(|span| search.wants(span.kind));
    if run.voice.json {
        let spans: Vec<_> = spans
            .iter()
            .map(|span| {
                json!({"start": span.start, "end": span.end, "type": span.kind.as_str(), "confidence": span.confidence, "rule": span.rule})
            })
            .collect();
        return run.voice.json_line(&json!({"spans": spans}));
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut places = Places::new(&document.text);
    let heads = ["head.where", "head.type", "head.characters", "head.evidence"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[]))).elastic(3);
    for span in &spans {
        *counts.entry(span.kind.as_str()).or_default() += 1;
        let (line, column) = places.of(span.start);
        let place = format!("{line}:{column}");
        let kind = words::type_of(&run.voice, span.kind.as_str()).into_owned();
        let evidence = words::rule(&run.voice, span.rule).to_owned();
        table.row([place, kind, span.len().to_string(), evidence]);
    }
    if spans.is_empty() {
        run.voice.remark("pii.none", &[]);
        return Ok(());
    }
    table.print(&run.voice)?;
    let types = words::counted(&run.voice, counts);
    run.voice.remark("pii.found", &[("count", &spans.len().to_string()), ("types", &types)]);
    Ok(())
}

/// One record a line in, one line of spans a record out.
fn records(run: &Run, args: &Detect, search: &Search) -> Result<(), Failure> {
    let work = |number: u64, line: &str| {
        jsonl::detect_line(line, &search.settings, &search.subjects, &|kind| search.wants(kind))
            .map_err(|fault| bad_line(fault, number))
    };
    lines::each(&args.file, work, |line| run.voice.line(&line))
}

/// A line that is no record, in words.
pub(super) fn bad_line(fault: BadLine, line: u64) -> Failure {
    let line = line.to_string();
    match fault {
        BadLine::Json => Failure::declined("pii.line_not_json", &[("line", &line)]),
        BadLine::Members => Failure::declined("pii.line_members", &[("line", &line)]),
    }
}

/// Lines and columns, both from 1, of growing positions in characters.
pub(super) struct Places<'a> {
    rest: std::str::Chars<'a>,
    at: usize,
    line: usize,
    column: usize,
}

impl<'a> Places<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text.chars(), at: 0, line: 1, column: 1 }
    }

    /// The place of a position that is not before the last one asked for.
    pub(super) fn of(&mut self, position: usize) -> (usize, usize) {
        while self.at < position {
            match self.rest.next() {
                Some('\n') => (self.line, self.column) = (self.line + 1, 1),
                Some(_) => self.column += 1,
                None => break,
            }
            self.at += 1;
        }
        (self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_line_and_a_column_in_characters() {
        let mut places = Places::new("甲😀\n乙丙");
        assert_eq!(places.of(0), (1, 1));
        assert_eq!(places.of(1), (1, 2));
        assert_eq!(places.of(3), (2, 1));
        assert_eq!(places.of(4), (2, 2));
    }
}
