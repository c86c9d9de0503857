//! Texts: changed value by value in the shape in which they came, and read again as bytes and as a document.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::report::{Entry, Place, Report};
use super::{Engine, Judged, entry_of, is_hidden};
use crate::document::extract::{Source, characters, extract};
use crate::document::pdf::Values;
use crate::document::points::CodePoints;
use crate::document::redact::Withheld;
use crate::document::residue::{Residues, is_strong};
use crate::document::sniff::Format;
use crate::redaction;
use crate::redaction::kind::Kind;
use crate::redaction::operate::Operator;
use crate::redaction::shape::{Change, Shape, without_formulas};

pub(super) fn render(
    source: Source<'_>,
    engine: &mut Engine,
) -> Result<(Zeroizing<Vec<u8>>, Format, Report), Withheld> {
    let (format, decoded) = characters(source)?;
    // What is malformed is read in one way here and in another elsewhere.
    extract(source)?;
    let judged = engine.judge(&decoded.text, shape(format))?;
    let across = across_marks(engine, &judged, shape(format))?;
    let made = across.as_ref().map_or(&judged.redacted.document, |(made, _)| made);
    let neutral = (shape(format) == redaction::Format::Csv).then(|| without_formulas(made));
    let made = neutral.as_ref().unwrap_or(made);
    let bytes = decoded.charset.encode(made).unwrap_or_else(|| made.as_bytes().to_vec());
    let bytes = Zeroizing::new(bytes);
    look_through(source, engine, (&judged, made), &bytes, format)?;
    let mut report = engine.report(format);
    let mut lines = Lines { rest: decoded.text.chars(), at: 0, line: 1 };
    for entry in &judged.redacted.report.entries {
        let place = Place { line: Some(lines.of(entry.start)), ..Place::default() };
        let at = (entry.start as u64, entry.end as u64);
        report.add(entry_of(entry, (0, place), at), is_hidden(entry));
    }
    for _ in 0..across.map_or(0, |(_, count)| count) {
        report.add(found_across(), true);
    }
    Ok((bytes, format, report))
}

/// Hides what was hidden elsewhere, and words that must go, where marks of the format run through them: `139<x/>1234`.
/// Says how many there were.
fn across_marks(
    engine: &Engine,
    judged: &Judged,
    format: redaction::Format,
) -> Result<Option<(String, usize)>, Withheld> {
    if format != redaction::Format::Xml {
        return Ok(None);
    }
    let shape = Shape::open(&judged.redacted.document, format);
    let logical: Vec<char> = shape.logical().chars().collect();
    // What the values of the document say one behind the other, and where each of its characters stands.
    let (mut joined, mut places) = (Zeroizing::new(String::new()), Vec::new());
    for part in shape.within(0, logical.len()) {
        for at in part.start..part.end {
            joined.push(logical.get(at).copied().unwrap_or(' '));
            places.push(at);
        }
    }
    let strong = judged.values.iter().filter(|value| is_strong(value));
    let wanted = Values::of(strong.chain(&engine.terms).map(|value| value.as_str()));
    let points = CodePoints::of(&joined);
    let mut hidden = BTreeSet::new();
    let mut count = 0;
    for (_, found) in wanted.places(&joined) {
        let range = points.to_points(found.start).zip(points.to_points(found.end));
        let (start, end) = range.ok_or(Withheld::DoesNotFit)?;
        hidden.extend(places.get(start..end).unwrap_or_default());
        count += 1;
    }
    let mut changes: Vec<Change> = Vec::new();
    for at in hidden {
        match changes.last_mut().filter(|last| last.end == at) {
            Some(last) => last.end = at + 1,
            None => changes.push(Change { start: at, end: at + 1, text: String::new() }),
        }
    }
    // A stretch may run over the border of two values that touch: each is changed by itself.
    let changes: Vec<Change> = changes
        .iter()
        .flat_map(|change| shape.within(change.start, change.end))
        .map(|part| Change { start: part.start, end: part.end, text: ACROSS.to_owned() })
        .collect();
    Ok((!changes.is_empty()).then(|| (shape.write(&changes).document, count)))
}

/// What stands for each piece of a value through which marks of the format run.
const ACROSS: &str = "[…]";

fn found_across() -> Entry {
    Entry {
        document: 0,
        place: Place::default(),
        start: 0,
        end: 0,
        kind: Kind::Custom.as_str().to_owned(),
        operator: Operator::Tag.as_str().to_owned(),
        rule: "across-marks".to_owned(),
        confidence: 100,
        review: false,
    }
}

/// How the engine sees a text.
const fn shape(format: Format) -> redaction::Format {
    match format {
        Format::Csv | Format::Tsv => redaction::Format::Csv,
        Format::Json | Format::JsonLines => redaction::Format::Json,
        Format::Xml | Format::Html => redaction::Format::Xml,
        _ => redaction::Format::Text,
    }
}

/// Looks for what should be gone: in the bytes, in the characters, and in what a reader of the format sees.
fn look_through(
    source: Source<'_>,
    engine: &Engine,
    (judged, made): (&Judged, &str),
    bytes: &[u8],
    format: Format,
) -> Result<(), Withheld> {
    let residues = Residues::of(judged.values.iter().map(|value| value.as_str()), made);
    let media_type = Some(format.media_type());
    let read = extract(Source { bytes, name: source.name, media_type }).map_err(|_| Withheld::NotAsMeant)?;
    if read.format != format {
        return Err(Withheld::NotAsMeant);
    }
    let is_left = residues.in_bytes(bytes)
        || residues.in_joined(made)
        || residues.in_joined(read.text())
        || read.parts().iter().any(|part| residues.in_text(read.text_of(part)))
        || engine.is_left_in(made)
        || engine.is_left_in(read.text());
    if is_left { Err(Withheld::Residue { part: 0 }) } else { Ok(()) }
}

/// Lines, from 1, of growing positions in characters.
struct Lines<'t> {
    rest: std::str::Chars<'t>,
    at: usize,
    line: u32,
}

impl Lines<'_> {
    fn of(&mut self, position: usize) -> u32 {
        while self.at < position {
            match self.rest.next() {
                Some('\n') => self.line = self.line.saturating_add(1),
                Some(_) => {}
                None => break,
            }
            self.at += 1;
        }
        self.line
    }
}
