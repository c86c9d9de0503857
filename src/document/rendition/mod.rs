//! Redacted renditions of documents of every format: what the engine of personal data finds is hidden, whoever looks
//! through the result knows nothing of how it was made, and nothing leaves that did not pass.
//!
//! Texts keep their shape and are changed value by value (`text.rs`); everything else is made anew (`redact`). All
//! of it is a pure function of the bytes and of what is asked for.

mod asked;
mod page;
mod picture;
mod report;
mod text;

use std::collections::BTreeSet;
use std::ops::Range;

use zeroize::Zeroizing;

pub use asked::{
    Asked, BadLookedAt, BadTerms, BoxOnPage, LookedAt, Party, SlipWords, looked_at, looked_at_in, terms,
};
pub use page::{Wanted, page_picture};
pub use report::{Entry, LeftOut, LeftOutPage, Place, ProfileName, Report};

use super::extract::{Source, extract_with};
use super::part::Extracted;
use super::pdf::{Fonts, Values};
use super::points::CodePoints;
use super::protocol;
use super::redact::{Copy, Found, Hide, Hides, Joined, With, Withheld, redact};
use super::residue::is_strong;
use super::sniff::{Format, sniff};
use crate::redaction::operate::Operator;
use crate::redaction::{self, CaseBook, Edit, Keys, Policy, Redacted, Request, Subjects, redact_with_edits};

/// How often a text is judged anew because a value was left standing where the profile keeps it.
const ROUNDS: usize = 4;

/// A rendition that passed.
pub struct Rendition {
    /// Its bytes.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Its format: a message of Outlook leaves as mail.
    pub format: Format,
    /// What was done.
    pub report: Report,
    /// The numbers given in the matter so far, as [`CaseBook::to_lines`] writes them.
    pub numbers: String,
}

/// Makes a redacted rendition.
///
/// # Errors
/// The document is withheld.
pub fn render(source: Source<'_>, asked: &Asked, fonts: &Fonts) -> Result<Rendition, Withheld> {
    let sniffed = sniff(source.bytes, source.name, source.media_type);
    if let Some(oddity) = sniffed.oddity {
        return Err(Withheld::Odd(oddity));
    }
    if !sniffed.name_agrees {
        return Err(Withheld::MisNamed);
    }
    // Only these have what a person could have looked at.
    let has_pages = matches!(sniffed.format, Format::Pdf | Format::Png | Format::Jpeg);
    if !asked.looked_at.is_empty() && !has_pages {
        return Err(Withheld::DoesNotFit);
    }
    let mut engine = Engine::of(asked)?;
    let (bytes, format, report) = match sniffed.format {
        format if format.is_text_like() => text::render(source, &mut engine)?,
        Format::Png | Format::Jpeg => picture::render((source.bytes, sniffed.format), &engine, asked)?,
        _ => document(source, &mut engine, fonts, asked)?,
    };
    Ok(Rendition { bytes, format, report, numbers: engine.book.to_lines() })
}

/// The engine with all that it needs to know besides the text.
pub(super) struct Engine {
    policy: Policy,
    keys: Keys,
    subjects: Subjects,
    must_go: Subjects,
    /// The words that must go, as they were given.
    terms: Vec<Zeroizing<String>>,
    book: CaseBook,
}

/// What the engine says of a text.
pub(super) struct Judged {
    redacted: Redacted,
    edits: Vec<Edit>,
    /// What was hidden, as it stood.
    values: Vec<Zeroizing<String>>,
}

impl Engine {
    pub(super) fn of(asked: &Asked) -> Result<Self, Withheld> {
        Ok(Self {
            policy: asked.policy()?,
            keys: asked.keys()?,
            subjects: asked.looked_for()?,
            must_go: asked.must_go(),
            terms: asked.terms.iter().cloned().map(Zeroizing::new).collect(),
            book: asked.book()?,
        })
    }

    /// Hides in a text. A value that is hidden at one place and kept at another, as a part of something that the
    /// profile keeps, is hidden there too.
    pub(super) fn judge(&mut self, text: &str, format: redaction::Format) -> Result<Judged, Withheld> {
        let Self { keys, subjects, .. } = self;
        let mut policy = self.policy.clone();
        for _ in 0..ROUNDS {
            let mut book = self.book.clone();
            let request = Request { policy: &policy, keys, subjects, format };
            let (redacted, edits) = redact_with_edits(text, &request, &mut book);
            if !redacted.safe {
                return Err(Withheld::Unproven);
            }
            let values = values(text, &edits)?;
            let strong =
                Values::of(values.iter().map(|value| value.as_str()).filter(|value| is_strong(value)));
            let left: BTreeSet<String> = strong
                .places(&redacted.document)
                .into_iter()
                .filter_map(|(_, place)| redacted.document.get(place).map(str::to_owned))
                .collect();
            if left.is_empty() {
                self.book = book;
                return Ok(Judged { redacted, edits, values });
            }
            policy = policy.denying(left);
        }
        Err(Withheld::Residue { part: 0 })
    }

    /// True if a word that must go stands in a text.
    pub(super) fn is_left_in(&self, text: &str) -> bool {
        !self.must_go.find(&redaction::normal::Text::new(text)).is_empty()
    }

    fn report(&self, format: Format) -> Report {
        Report::new(&self.policy.name, self.policy.version, format.as_str())
    }
}

/// What the edits have taken out of a text.
fn values(text: &str, edits: &[Edit]) -> Result<Vec<Zeroizing<String>>, Withheld> {
    let points = CodePoints::of(text);
    let value = |edit: &Edit| text.get(bytes_of(&points, edit.start, edit.end)?);
    edits
        .iter()
        .map(|edit| value(edit).map(|value| Zeroizing::new(value.to_owned())).ok_or(Withheld::DoesNotFit))
        .collect()
}

fn bytes_of(points: &CodePoints<'_>, start: usize, end: usize) -> Option<Range<usize>> {
    Some(points.to_bytes(start)?..points.to_bytes(end)?)
}

/// A rendition of a document that is no text: read, judged with all documents inside it, made anew, looked through.
fn document(
    source: Source<'_>,
    engine: &mut Engine,
    fonts: &Fonts,
    asked: &Asked,
) -> Result<(Zeroizing<Vec<u8>>, Format, Report), Withheld> {
    let extracted = extract_with(source, fonts)?;
    let joined = Joined::of(&extracted);
    let judged = engine.judge(joined.text(), redaction::Format::Text)?;
    let points = CodePoints::of(joined.text());
    let hides = hides(&joined, &points, &judged.edits)?;
    let looked_at = asked.areas();
    let with = With { slips: asked.slips.lent(), fonts, looked_at: &looked_at };
    let copy = redact(source, &extracted, &hides, with)?;
    let read = extract_with(
        Source { bytes: &copy.bytes, name: None, media_type: Some(copy.format.media_type()) },
        fonts,
    )?;
    if read.documents().iter().any(|document| engine.is_left_in(document.text())) {
        return Err(Withheld::Residue { part: 0 });
    }
    let mut report = reported(engine, (&extracted, &joined, &points), &judged, &copy);
    report.note_looked_at(asked);
    Ok((copy.bytes, copy.format, report))
}

/// What shall not be seen of a document, by what the engine says of its joined texts.
pub(super) fn hides(joined: &Joined<'_>, points: &CodePoints<'_>, edits: &[Edit]) -> Result<Hides, Withheld> {
    let found = edits.iter().map(|edit| {
        let range = bytes_of(points, edit.start, edit.end).filter(|range| !range.is_empty());
        range.map(|range| Hide { range, replacement: edit.text.clone() }).ok_or(Withheld::DoesNotFit)
    });
    Ok(joined.hides(&found.collect::<Result<Vec<_>, _>>()?))
}

fn reported(
    engine: &Engine,
    (extracted, joined, points): (&Extracted, &Joined<'_>, &CodePoints<'_>),
    judged: &Judged,
    copy: &Copy,
) -> Report {
    let mut report = engine.report(copy.format);
    let documents = extracted.documents();
    let counted: Vec<CodePoints<'_>> =
        documents.iter().map(|document| CodePoints::of(document.text())).collect();
    // What stands in a page once is read in two orders.
    let mut seen: BTreeSet<(usize, String)> = BTreeSet::new();
    for entry in &judged.redacted.report.entries {
        let Some(range) = bytes_of(points, entry.start, entry.end) else { continue };
        let value = joined.text().get(range.clone()).unwrap_or_default();
        let Some(Found { document, is_again, bytes }) = joined.places(&range).next() else { continue };
        let known = (document, redaction::known::plain(value));
        if is_again && seen.contains(&known) {
            continue;
        }
        seen.insert(known);
        let (Some(own), Some(own_points)) = (documents.get(document), counted.get(document)) else {
            continue;
        };
        let at = |byte: usize| own_points.to_points(byte).unwrap_or(0) as u64;
        let place = if is_again { Place::default() } else { Place::of(own, bytes.start) };
        let (start, end) = if is_again { (0, 0) } else { (at(bytes.start), at(bytes.end)) };
        report.add(entry_of(entry, (document as u64, place), (start, end)), is_hidden(entry));
    }
    report.pictures = copy.pictures as u64;
    let left_out = copy.withheld.iter().map(|(number, withheld)| LeftOut {
        document: *number as u64 + 1,
        reason: protocol::withheld_reason(withheld).to_owned(),
    });
    report.withheld = left_out.collect();
    let pages = copy.pages.iter().map(|page| LeftOutPage {
        page: page.page,
        why: page.why.iter().map(|why| why.as_str().to_owned()).collect(),
    });
    report.pages = pages.collect();
    report
}

fn is_hidden(entry: &redaction::report::Entry) -> bool {
    entry.operator != Operator::Keep.as_str()
}

fn entry_of(
    entry: &redaction::report::Entry,
    (document, place): (u64, Place),
    (start, end): (u64, u64),
) -> Entry {
    Entry {
        document,
        place,
        start,
        end,
        kind: entry.kind.clone(),
        operator: entry.operator.to_owned(),
        rule: entry.rule.to_owned(),
        confidence: entry.confidence,
        review: entry.review,
    }
}

#[cfg(test)]
mod tests;
