//! What the recognisers know about the place they look at: the text, its labels, and which
//! cells of a table or structure announce what.

use std::cell::Cell;

use crate::redaction::kind::Kind;
use crate::redaction::labels::{Hit, Label};
use crate::redaction::normal::Text;
use crate::redaction::span::Span;

/// How far a label reaches to its right, in characters.
const REACH: usize = 28;

/// A cell of a table whose header or key says what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellOf {
    /// First character of the value.
    pub start: usize,
    /// One past its last character.
    pub end: usize,
    /// What the header announces.
    pub label: Label,
}

/// A text with what surrounds each place.
pub struct Scene<'a> {
    /// The normalised text.
    pub text: &'a Text,
    /// Its labels, in order.
    pub hits: &'a [Hit],
    /// Its cells, in order.
    pub cells: &'a [CellOf],
    /// True if the text is mainly Chinese.
    pub chinese: bool,
    /// The place last asked about, and what was found out: behind which sentence it stands, and how
    /// many labels end before it. Several recognisers ask about one place in a row.
    last: Cell<(usize, usize, usize)>,
}

impl<'a> Scene<'a> {
    /// Over a text and what is known about it.
    pub const fn new(text: &'a Text, hits: &'a [Hit], cells: &'a [CellOf], chinese: bool) -> Self {
        Self { text, hits, cells, chinese, last: Cell::new((0, 0, 0)) }
    }

    /// The labels that reach a place, nearest first.
    pub fn labels_before(&self, position: usize) -> impl Iterator<Item = &Hit> {
        let (asked, mut stop, mut count) = self.last.get();
        if asked != position {
            count = if asked <= position {
                // Mostly the next place is asked about, a few labels further on.
                let more = self.hits.get(count..).unwrap_or_default();
                count + more.iter().take_while(|hit| hit.end <= position).count()
            } else {
                self.hits.partition_point(|hit| hit.end <= position)
            };
            let floor = position.saturating_sub(REACH);
            let known = if (floor..=position).contains(&asked) { asked } else { floor };
            let unknown = self.text.slice(known, position);
            let further = unknown.iter().rposition(|c| matches!(c, '\n' | '。' | '!' | '?'));
            stop = match further {
                Some(further) => known + further + 1,
                None if known == asked => stop,
                None => 0,
            };
            self.last.set((position, stop, count));
        }
        let floor = stop.max(position.saturating_sub(REACH));
        let near = self.hits.get(..count).unwrap_or_default().iter().rev();
        near.take_while(move |hit| hit.end >= floor).filter(|hit| !hit.label.is_of_cells())
    }

    /// The cell that holds a place.
    pub fn cell(&self, position: usize) -> Option<&CellOf> {
        let count = self.cells.partition_point(|cell| cell.start <= position);
        self.cells.get(count.checked_sub(1)?).filter(|cell| position < cell.end)
    }

    /// True if a label of this type reaches the place, or its cell is of this type.
    pub fn announces(&self, position: usize, kind: Kind) -> bool {
        match self.cell(position).map(|cell| cell.label) {
            Some(Label::Is(cell)) => cell == kind,
            Some(label) if label.is_nothing() => false,
            _ => self.labels_before(position).any(|hit| hit.label == Label::Is(kind)),
        }
    }

    /// True if any of these types is announced.
    pub fn announces_any(&self, position: usize, kinds: &[Kind]) -> bool {
        kinds.iter().any(|kind| self.announces(position, *kind))
    }

    /// True if some identity document is announced.
    pub fn announces_document(&self, position: usize) -> bool {
        if let Some(cell) = self.cell(position) {
            return cell.label == Label::Document;
        }
        self.labels_before(position).any(|hit| hit.label == Label::Document)
    }

    /// True if the place is announced as a number that stands for nobody.
    pub fn means_nothing(&self, position: usize) -> bool {
        if let Some(cell) = self.cell(position) {
            return cell.label.is_nothing();
        }
        self.labels_before(position).next().is_some_and(|hit| {
            hit.label.is_nothing() && position - hit.end <= 8 && self.linked(hit.end, position)
        })
    }

    /// True if only separators and filler stand between a label and a place.
    fn linked(&self, from: usize, to: usize) -> bool {
        (from..to).all(|at| {
            let c = self.text.folded_at(at);
            !c.is_alphanumeric()
                || matches!(c, '号' | '码' | '是' | '为' | '编' | 'n' | 'o' | 'i' | 's' | 'd')
        })
    }

    /// True if letters or digits stand directly before or after: then it is a part of something.
    pub fn joined(&self, start: usize, end: usize) -> bool {
        self.text.before(start).is_ascii_alphanumeric() || self.text.at(end).is_ascii_alphanumeric()
    }

    /// A span found by a rule.
    pub const fn span(start: usize, end: usize, kind: Kind, confidence: u8, rule: &'static str) -> Span {
        Span { start, end, kind, confidence, rule }
    }
}

/// What one recogniser finds in a text, in the order of places, each place once.
#[cfg(test)]
pub(super) fn seen_by(find: impl Fn(&Scene<'_>, &mut Vec<Span>), text: &str) -> Vec<String> {
    let text = Text::new(text);
    let (hits, cells, chinese) = crate::redaction::detect::scene_parts(&text);
    let scene = Scene::new(&text, &hits, &cells, chinese);
    let mut spans = Vec::new();
    find(&scene, &mut spans);
    spans.sort_by_key(|span| (span.start, span.end));
    spans.dedup();
    spans.iter().map(|span| text.string(span.start, span.end)).collect()
}
