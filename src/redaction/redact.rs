//! Hides what a profile says must be hidden, and reports what it did.
//!
//! The result is a fixed point: redacting it again changes nothing. What was hidden once is also
//! hidden where it stands again in another writing, joined to something, or with separators.

mod book;
mod echo;
mod encoded;
mod entries;
mod pages;
mod people;

use super::known::Subjects;
use super::operate::{Keys, Operator};
use super::policy::Policy;
use super::report::Report;
use super::shape::{Change, Format, Part, Shape, without_formulas};
use super::span::Span;
pub use book::CaseBook;
pub use echo::{Echoes, SURE_FROM};
use entries::Entries;
use pages::{Page, Stage};

/// Rounds after which a document is given up: no document of use needs a third of them, and one made to
/// need more must not hold a processor.
const ROUNDS_MOST: usize = 24;
/// How sure a rule must be of what it found in the marks of a format themselves: nothing there is hidden.
const UNHIDDEN_FROM: u8 = 80;

/// What a redaction needs to know besides the document.
pub struct Request<'a> {
    /// The profile.
    pub policy: &'a Policy,
    /// The matter's secrets.
    pub keys: &'a Keys,
    /// Whom the case is about.
    pub subjects: &'a Subjects,
    /// The format of the document.
    pub format: Format,
}

/// A redacted document.
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The document, in the format in which it came.
    pub document: String,
    /// What was done.
    pub report: Report,
    /// False if something was found that could not be hidden where it stands, if hiding led to no end, or
    /// if codes lie within codes deeper than they were followed: such a document must not leave.
    pub safe: bool,
}

/// A stretch of a document and what stands there once it is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// First character in the document that came in.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// What stands there now; nothing, if it is empty.
    pub text: String,
}

/// Redacts a document; a table leaves without a cell that a spreadsheet would run.
pub fn redact(document: &str, request: &Request<'_>, book: &mut CaseBook) -> Redacted {
    let mut redacted = redact_with_edits(document, request, book).0;
    if request.format == Format::Csv {
        redacted.document = without_formulas(&redacted.document);
    }
    redacted
}

/// Redacts a document, and says what was changed where: in order, without overlap. For those who have to make the
/// same changes in something that says the same in another form.
pub fn redact_with_edits(
    document: &str,
    request: &Request<'_>,
    book: &mut CaseBook,
) -> (Redacted, Vec<Edit>) {
    let mut entries = Entries::default();
    let mut current = document.to_owned();
    let (mut settled, mut unhidden, mut deep) = (false, false, false);
    for round in 0..ROUNDS_MOST {
        let shape = Shape::open(&current, request.format);
        deep |= shape.is_deep();
        let logical = shape.logical();
        let mut changes = Vec::new();
        for piece in Page::new(&logical, request, Stage::of(round)).pieces(book) {
            let parts = shape.within(piece.span.start, piece.span.end);
            if !parts.is_empty() {
                entries.note(&piece, shape.place(piece.span.start, piece.span.end), request.policy);
            }
            if piece.operator != Operator::Keep {
                unhidden |= parts.is_empty() && piece.span.confidence >= UNHIDDEN_FROM;
                piece.changes(&parts, &mut changes);
            }
        }
        let written = shape.write(&changes);
        if written.document == current {
            settled = true;
            break;
        }
        current.clone_from(&written.document);
        entries.next_round(written);
    }
    let chars: Vec<char> = document.chars().collect();
    let mut edits = entries.edits(&current, chars.len());
    // A value that is coarse enough already is put in as it stood.
    edits.retain(|edit| {
        !edit.text.chars().eq(chars.get(edit.start..edit.end).unwrap_or_default().iter().copied())
    });
    let report = Report {
        policy: request.policy.name.clone(),
        policy_version: request.policy.version,
        entries: entries.in_order(),
    };
    (Redacted { document: current, report, safe: settled && !unhidden && !deep }, edits)
}

/// A found value and what becomes of it.
struct Piece {
    span: Span,
    kind_name: String,
    operator: Operator,
    text: String,
}

impl Piece {
    /// What is written where the value stands: over several cells each gets a stand-in, so that no cell is
    /// left empty or half hidden; over marks within a text the first stretch does.
    fn changes(&self, parts: &[Part], changes: &mut Vec<Change>) {
        for (place, part) in parts.iter().enumerate() {
            let masked = || {
                let from = part.start.saturating_sub(self.span.start);
                self.text.chars().skip(from).take(part.end - part.start).collect()
            };
            let text = match self.operator {
                Operator::Mask { .. } if self.text.chars().count() == self.span.len() => masked(),
                _ if place == 0 || part.is_apart => self.text.clone(),
                _ => String::new(),
            };
            changes.push(Change { start: part.start, end: part.end, text });
        }
    }
}

fn text_of(chars: &[char], span: &Span) -> String {
    chars.get(span.start..span.end).unwrap_or_default().iter().collect()
}

/// A span without what our own marks cover; marks are in order and apart.
fn without(span: Span, marks: &[(usize, usize)]) -> Vec<Span> {
    let mut left = Vec::new();
    let mut from = span.start;
    let first = marks.partition_point(|(_, end)| *end <= span.start);
    for (start, end) in marks.iter().skip(first).take_while(|(start, _)| *start < span.end) {
        left.extend((from < *start).then_some(Span { start: from, end: *start, ..span }));
        from = *end;
    }
    left.extend((from < span.end).then_some(Span { start: from, ..span }));
    left
}

#[cfg(test)]
mod tests;
