//! Documents that are about somebody: settled on the places that were found in them and on the text that
//! stands there, from which the lines that are shown are cut.

use std::collections::BTreeMap;

use crate::access::scope::Level;
use crate::archive::detection::spans::{Spans, Spot};
use crate::archive::detection::texts::{self, Text};
use crate::archive::detection::{forms, opened_spans, values};
use crate::archive::indexing::{OpenSegment, OpenVersion};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::search::SearchHit;
use crate::archive::search::candidates::Candidate;
use crate::archive::search::confirm::{Domain, LookedAt};
use crate::base::moment::Moment;
use crate::redaction::Kind;
use crate::redaction::subject::AskedFor;
use crate::search::{Snippet, SnippetPiece};
use crate::store::Conn;
use crate::store::rows::detections;

use super::{FoundType, SubjectHit};

/// Characters of a snippet.
const SNIPPET_CHARS: usize = 80;

/// Whom it is asked for.
pub(super) struct Somebody<'q> {
    asked: &'q AskedFor,
}

/// Where the value stands in a document.
#[derive(Default)]
pub(super) struct Standing {
    types: BTreeMap<Kind, u64>,
    /// The lines around the first place, of the content if it stands there.
    snippet: Option<Snippet>,
}

impl<'q> Somebody<'q> {
    pub(super) fn of(asked: &'q AskedFor) -> Self {
        Self { asked }
    }

    /// Notes where in a text the value stands.
    fn look(&self, text: &Text, spans: &Spans, standing: &mut Standing) {
        let spots = spans.of(text.number, text.from);
        let mut meant: Vec<&Spot> = Vec::new();
        for (spot, value) in spots.iter().zip(values(&text.text, spots)) {
            if forms(spot, value, &spans.names).iter().any(|form| self.asked.forms.contains(form)) {
                *standing.types.entry(spot.kind).or_default() += 1;
                meant.push(spot);
            }
        }
        if !meant.is_empty() && standing.snippet.is_none() {
            standing.snippet = Some(cut(&text.text, &meant));
        }
    }
}

impl Domain for Somebody<'_> {
    type Kept = Spans;
    type Mark = Standing;
    type Hit = SubjectHit;

    fn open(
        &self,
        conn: &mut Conn,
        version: &OpenVersion<'_>,
        candidate: &Candidate,
    ) -> Result<Spans, Refusal> {
        // Kept before any token is put: a document without it lost it.
        let kept = detections::get(conn, candidate.record.id, candidate.block.version)?;
        opened_spans(version, &kept.ok_or(Refusal::Damaged(Thing::Record))?)
    }

    fn in_entry(
        &self,
        segment: &mut OpenSegment,
        ordinal: u64,
        spans: &Spans,
    ) -> Result<(Moment, LookedAt<Standing>), Refusal> {
        let (text, entry) = texts::of_entry(segment, ordinal)?;
        let mut standing = Standing::default();
        self.look(&text, spans, &mut standing);
        Ok((entry.at, standing.looked_at(text.text.len())))
    }

    fn in_whole(
        &self,
        conn: &mut Conn,
        version: &OpenVersion<'_>,
        candidate: &Candidate,
        spans: &Spans,
    ) -> Result<LookedAt<Standing>, Refusal> {
        let whole = texts::of_whole(version, conn, candidate.block.entries > 0)?;
        let mut standing = Standing::default();
        // The content comes first: what stands there says more than the descriptor.
        let (descriptor, content) = whole.texts.split_at(1.min(whole.texts.len()));
        for text in content.iter().chain(descriptor) {
            self.look(text, spans, &mut standing);
        }
        // The value may stand where something was found once and nothing can be read now. The entries of a
        // segment are documents of their own.
        let is_read =
            |number, from| whole.texts.iter().any(|text| (text.number, text.from) == (number, from));
        let is_lost = standing.types.is_empty()
            && candidate.block.entries == 0
            && spans.texts.iter().any(|found| !is_read(found.number, found.from));
        if is_lost {
            return Err(Refusal::Damaged(Thing::Record));
        }
        Ok(standing.looked_at(whole.texts.iter().map(|text| text.text.len()).sum()))
    }

    fn hit(&self, hit: SearchHit, mark: Option<Standing>) -> SubjectHit {
        let full = hit.level == Level::Full && !hit.damaged;
        let Standing { types, snippet } = mark.unwrap_or_default();
        let found = types.into_iter().map(|(kind, places)| FoundType { kind, places }).collect();
        SubjectHit { hit: SearchHit { snippet: snippet.filter(|_| full), ..hit }, found }
    }
}

impl Standing {
    fn looked_at(self, bytes: usize) -> LookedAt<Self> {
        let mark = (!self.types.is_empty()).then_some(self);
        LookedAt { bytes, mark }
    }
}

/// The stretch around the first of the places, a quarter of it before that, with all places in it marked.
fn cut(text: &str, meant: &[&Spot]) -> Snippet {
    let first = meant.first().map_or(0, |spot| spot.start);
    let begin = first.saturating_sub(SNIPPET_CHARS / 4);
    let end = begin + SNIPPET_CHARS;
    let mut pieces: Vec<SnippetPiece> = Vec::new();
    let mut rest = text.chars().skip(begin);
    for (place, letter) in (begin..end).zip(rest.by_ref()) {
        let highlighted = meant.iter().any(|spot| (spot.start..spot.end).contains(&place));
        match pieces.last_mut() {
            Some(piece) if piece.highlighted == highlighted => piece.text.push(letter),
            _ => pieces.push(SnippetPiece { text: letter.to_string(), highlighted }),
        }
    }
    Snippet { pieces, cut_before: begin > 0, cut_after: rest.next().is_some() }
}
