//! The report of a rendition: what was hidden where, by which rule, and what was left out. Places are numbers:
//! headings, keys, names of sheets and files may name people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::asked::{Asked, LookedAt};
use crate::base::limits::COPY_ENTRIES_MAX;
use crate::document::part::{Extracted, Part, Rectangle, Spot, column_letters};
use crate::redaction::report::ENGINE_VERSION;

/// Characters of a word in a report: names of types, operators, rules.
const WORD_CHARS_MAX: usize = 80;

/// What was done to a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The edition of the engine that found the values.
    pub engine: String,
    /// The profile.
    pub policy: ProfileName,
    /// The format of the rendition.
    pub format: String,
    /// How many places of each type were hidden.
    pub counts: BTreeMap<String, u64>,
    /// How many places were hidden.
    pub hidden: u64,
    /// How many of them a person should look at.
    pub review: u64,
    /// The places, the first [`COPY_ENTRIES_MAX`] of them, those that the profile keeps among them.
    pub entries: Vec<Entry>,
    /// Pictures that were left out.
    pub pictures: u64,
    /// Documents inside that were left out, by their number from 1, with the reason.
    pub withheld: Vec<LeftOut>,
    /// Pages in whose place a slip stands, with the reasons.
    pub pages: Vec<LeftOutPage>,
    /// Pages and pictures that leave as somebody who looked at them said, with how many boxes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looked_at: Vec<LookedAtPage>,
}

/// A page that somebody has looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookedAtPage {
    /// The page, from 1.
    pub page: u32,
    /// How many boxes were given for it.
    pub boxes: u64,
}

/// Which profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileName {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
}

/// A place where something stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// 0 for the document itself, else a document inside it, counted depth first.
    pub document: u64,
    /// Where.
    pub place: Place,
    /// First character in the text of that document.
    pub start: u64,
    /// One past the last.
    pub end: u64,
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What was done.
    pub operator: String,
    /// By which rule it was found.
    pub rule: String,
    /// How sure the rule is, 0 to 100.
    pub confidence: u8,
    /// True if a person should look at it.
    pub review: bool,
}

/// Where something stood, in numbers alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The page, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The part of the document, from 1: a story of Word, a sheet, a field of a mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u32>,
    /// The paragraph of that part, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paragraph: Option<u32>,
    /// The slide, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slide: Option<u32>,
    /// The cell, as `B7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
}

/// A document inside that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Its number among the documents inside, from 1.
    pub document: u64,
    /// The word for the reason.
    pub reason: String,
}

/// A page in whose place a slip stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOutPage {
    /// The page, from 1.
    pub page: u32,
    /// The words for the reasons.
    pub why: Vec<String>,
}

impl Report {
    pub(super) fn new(policy: &str, version: u32, format: &str) -> Self {
        Self {
            engine: ENGINE_VERSION.to_owned(),
            policy: ProfileName { name: policy.to_owned(), version },
            format: format.to_owned(),
            counts: BTreeMap::new(),
            hidden: 0,
            review: 0,
            entries: Vec::new(),
            pictures: 0,
            withheld: Vec::new(),
            pages: Vec::new(),
            looked_at: Vec::new(),
        }
    }

    pub(super) fn note_looked_at(&mut self, asked: &Asked) {
        let pages = asked.looked_at.iter();
        let page = |one: &LookedAt| LookedAtPage { page: one.page, boxes: one.boxes.len() as u64 };
        self.looked_at = pages.map(page).collect();
    }

    pub(super) fn add(&mut self, entry: Entry, is_hidden: bool) {
        if is_hidden {
            *self.counts.entry(entry.kind.clone()).or_default() += 1;
            self.hidden += 1;
        }
        self.review += u64::from(entry.review);
        if self.entries.len() < COPY_ENTRIES_MAX {
            self.entries.push(entry);
        }
    }

    /// Reads what another process has written; `None` if a word in it is longer than ours are, or it is none.
    pub fn parse(json: &[u8]) -> Option<Self> {
        let report: Self = serde_json::from_slice(json).ok()?;
        let is_short = |word: &String| word.chars().count() <= WORD_CHARS_MAX;
        let of_entries = report.entries.iter().flat_map(|entry| {
            [&entry.kind, &entry.operator, &entry.rule].into_iter().chain(&entry.place.cell)
        });
        let of_rest = report.withheld.iter().map(|left_out| &left_out.reason);
        let of_pages = report.pages.iter().flat_map(|page| &page.why);
        let own = [&report.engine, &report.format];
        let all =
            own.into_iter().chain(of_entries).chain(of_rest).chain(of_pages).chain(report.counts.keys());
        let is_ours = all.into_iter().all(is_short) && report.entries.len() <= COPY_ENTRIES_MAX;
        is_ours.then_some(report)
    }
}

impl Place {
    /// The place of a byte in a document's text.
    pub(super) fn of(extracted: &Extracted, at: usize) -> Self {
        let parts = extracted.parts();
        let number = parts.partition_point(|part| part.bytes().end <= at);
        parts.get(number).map_or_else(Self::default, Self::of_part)
    }

    fn of_part(part: &Part) -> Self {
        let line = Some(part.line).filter(|line| *line > 0);
        match part.spot {
            Spot::Line | Spot::Node(_) => Self { line, ..Self::default() },
            Spot::Cell { row, column } => {
                Self { line, cell: Some(format!("{}{row}", column_letters(column))), ..Self::default() }
            }
            Spot::Page(Rectangle { page, .. }) => Self { page: Some(page), ..Self::default() },
            Spot::Story { story, number } => {
                Self { part: Some(story + 1), paragraph: Some(number), ..Self::default() }
            }
            Spot::Sheet { story, row, column } => Self {
                part: Some(story + 1),
                cell: Some(format!("{}{row}", column_letters(column))),
                ..Self::default()
            },
            Spot::Slide { slide, number, .. } => {
                Self { slide: Some(slide), paragraph: Some(number), ..Self::default() }
            }
        }
    }
}
