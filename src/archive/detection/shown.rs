//! What a version says to readers of redacted text: its words with every place of personal data that is kept of it hidden,
//! whatever its type, wherever its values stand again, and its parties by name.
//!
//! Promises that what is left depends on nothing that is hidden, and that what cannot be hidden where it stands takes
//! its component along. The text is the same each time: the words that are withheld are taken out of the index by it.

use zeroize::Zeroizing;

use crate::archive::indexing::{BETWEEN, add, describe, entry_text, entry_text_of};
use crate::document::{self, Source, extract_as};
use crate::record::descriptor::Descriptor;
use crate::record::feed::LogEntry;
use crate::redaction::redact::{Echoes, SURE_FROM};
use crate::redaction::shape::{Change, Shape};
use crate::redaction::{self, Format};
use crate::search::HIDDEN;

use super::look::values;
use super::spans::{Spans, Spot};
use super::texts::{self, Line, NAMED, Raw, Says, Text, format_of};

/// The edition of these texts: another one makes the index of what is withheld anew.
pub(super) const EDITION: &str = "1";

/// The words of a version as a whole. They are wiped when dropped.
pub(in crate::archive) struct Whole {
    text: Zeroizing<String>,
    content_at: usize,
}

impl Whole {
    /// Descriptor and content.
    pub fn all(&self) -> &str {
        &self.text
    }

    /// What the files say.
    pub fn content(&self) -> &str {
        self.text.get(self.content_at..).unwrap_or_default()
    }

    /// What the descriptor says.
    pub fn descriptor(&self) -> &str {
        self.text.get(..self.content_at).unwrap_or_default()
    }
}

/// What a descriptor and the texts behind it say, as the index of words has it.
pub(super) fn full(descriptor: &Descriptor, case: Option<&str>, texts: &[Text]) -> Whole {
    let mut text = Zeroizing::new(String::new());
    describe(descriptor, case, &mut text);
    text.push_str(BETWEEN);
    let content_at = text.len();
    for raw in texts.iter().filter_map(|text| text.raw.as_ref()) {
        if let Some(read) = read(&raw.text, raw.format) {
            text.push_str(&read);
            text.push_str(BETWEEN);
        }
    }
    Whole { text, content_at }
}

/// The same for readers of redacted text.
pub(in crate::archive) fn hidden(
    descriptor: &Descriptor,
    case: Option<&str>,
    texts: &[Text],
    spans: &Spans,
) -> Whole {
    let mut text = Zeroizing::new(String::new());
    describe_hidden(descriptor, case, spans.of(0, 0), &mut text);
    text.push_str(BETWEEN);
    let at = text.len();
    for (raw, number) in texts.iter().filter_map(|text| Some((text.raw.as_ref()?, text.number))) {
        match component(raw, spans.of(number, 0)) {
            Some(read) => text.push_str(&read),
            None => text.push(HIDDEN),
        }
        text.push_str(BETWEEN);
    }
    let parties = descriptor.parties.iter().map(|party| (party.name.as_str(), redaction::Kind::Person));
    let spots = texts.iter().map(|text| (text, spans.of(text.number, text.from)));
    let sure = spots.flat_map(|(text, spots)| sure_values(&text.text, spots));
    let Some(echoes) = Echoes::of_values(parties.chain(sure)) else {
        return Whole { text, content_at: at };
    };
    let content = text.get(at..).unwrap_or_default();
    let content = without_echoes(content, &echoes);
    text.truncate(at);
    let mut text = without_echoes(&text, &echoes);
    let content_at = text.len();
    text.push_str(&content);
    Whole { text, content_at }
}

/// What an entry of a log says to readers of redacted text.
pub(in crate::archive) fn entry(text: &Text, entry: &LogEntry, spots: &[Spot]) -> Zeroizing<String> {
    if spots.is_empty() {
        return entry_text(entry);
    }
    let shape = Shape::open(&text.text, Format::Json);
    // Places of an entry count the characters of its sealed form.
    let place = |spot: &Spot| (shape.logical_at(spot.start), shape.logical_at(spot.end));
    let written = changes(&shape, spots.iter().map(place)).map(|changes| shape.write(&changes).document);
    let written = written.map(Zeroizing::new);
    let fields = written.and_then(|written| serde_json::from_str(&written).ok());
    let Some(serde_json::Value::Object(fields)) = fields else {
        return Zeroizing::new(HIDDEN.to_string());
    };
    let said = entry_text_of(&fields);
    match Echoes::of_values(sure_values(&text.text, spots).into_iter()) {
        Some(echoes) => without_echoes(&said, &echoes),
        None => said,
    }
}

/// The text that the index of words has of a component's characters.
fn read(characters: &str, format: document::Format) -> Option<Zeroizing<String>> {
    if !format.is_text_like() {
        return Some(Zeroizing::new(characters.to_owned()));
    }
    // The mark says in what it is encoded, whatever the text says of itself.
    let bytes = Zeroizing::new(["\u{FEFF}", characters].concat());
    let source = Source { bytes: bytes.as_bytes(), name: None, media_type: None };
    let extracted = extract_as(source, format).or_else(|_| extract_as(source, document::Format::Plain));
    extracted.ok().map(document::Extracted::into_text)
}

/// The text of a component with its places hidden; `None` if one of them cannot be hidden where it stands.
fn component(raw: &Raw, spots: &[Spot]) -> Option<Zeroizing<String>> {
    if raw.in_pieces {
        return None;
    }
    if spots.is_empty() {
        return read(&raw.text, raw.format);
    }
    let shape = Shape::open(&raw.text, format_of(raw.format));
    let changes = changes(&shape, spots.iter().map(|spot| (spot.start, spot.end)))?;
    let written = Zeroizing::new(shape.write(&changes).document);
    read(&written, raw.format)
}

/// A mark for each place, in every value that it runs through.
fn changes(shape: &Shape, places: impl Iterator<Item = (usize, usize)>) -> Option<Vec<Change>> {
    let mut changes: Vec<Change> = Vec::new();
    for (start, end) in places {
        let parts = shape.within(start, end);
        if parts.is_empty() || shape.is_deep() {
            return None;
        }
        for part in parts {
            changes.push(Change { start: part.start, end: part.end, text: HIDDEN.to_string() });
        }
    }
    let in_order = changes.windows(2).all(|pair| matches!(pair, [a, b] if a.end <= b.start));
    in_order.then_some(changes)
}

/// Values that are surely what they were taken for.
fn sure_values<'t>(text: &'t str, spots: &[Spot]) -> Vec<(&'t str, redaction::Kind)> {
    let values = spots.iter().zip(values(text, spots));
    values.filter(|(spot, _)| spot.confidence >= SURE_FROM).map(|(spot, value)| (value, spot.kind)).collect()
}

/// A text with marks where values stand again.
fn without_echoes(text: &str, echoes: &Echoes) -> Zeroizing<String> {
    let mut left = Zeroizing::new(String::with_capacity(text.len()));
    let mut letters = text.chars().enumerate().peekable();
    for span in echoes.find(text) {
        while let Some((_, letter)) = letters.next_if(|(place, _)| *place < span.start) {
            left.push(letter);
        }
        left.push(HIDDEN);
        while letters.next_if(|(place, _)| *place < span.end).is_some() {}
    }
    left.extend(letters.map(|(_, letter)| letter));
    left
}

/// What a descriptor says in the order of the index of words. Parties are there without a name.
fn describe_hidden(descriptor: &Descriptor, case: Option<&str>, spots: &[Spot], text: &mut String) {
    let mut lines: Vec<Line> = texts::lines(descriptor);
    let mut at = 0;
    for line in &mut lines {
        let named = if line.name.is_empty() { 0 } else { line.name.chars().count() + NAMED.chars().count() };
        let (name_at, value_at) = (at, at + named);
        at = value_at + line.value.chars().count() + 1;
        line.name = cut(&line.name, name_at, spots);
        line.value = match line.says {
            Says::Party => Zeroizing::new(HIDDEN.to_string()),
            _ => cut(&line.value, value_at, spots),
        };
    }
    say(&lines, &[Says::Title], text);
    case.into_iter().for_each(|reference| add(text, reference));
    say(&lines, &[Says::Party, Says::Tag, Says::Custom, Says::Field], text);
    descriptor.source.iter().for_each(|source| add(text, source.system.as_str()));
    say(&lines, &[Says::ExternalId, Says::FileName, Says::Notes], text);
}

fn say(lines: &[Line], what: &[Says], text: &mut String) {
    for says in what {
        for line in lines.iter().filter(|line| line.says == *says) {
            if line.says == Says::Custom {
                add(text, &line.name);
            }
            add(text, &line.value);
        }
    }
}

/// A value that begins at a character of the descriptor's text, with marks for the places in it.
fn cut(value: &str, from: usize, spots: &[Spot]) -> Zeroizing<String> {
    let mut left = Zeroizing::new(String::with_capacity(value.len()));
    let mut marked = None;
    for (place, letter) in (from..).zip(value.chars()) {
        let spot = spots.partition_point(|spot| spot.end <= place);
        let within = spots.get(spot).is_some_and(|spot| spot.start <= place);
        match within {
            true if marked == Some(spot) => {}
            true => {
                left.push(HIDDEN);
                marked = Some(spot);
            }
            false => left.push(letter),
        }
    }
    left
}
