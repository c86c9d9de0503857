//! Settles candidates on the places that were found in them and on the text that stands there, and cuts
//! the lines that are shown.

use std::collections::BTreeMap;

use crate::access::scope::Level;
use crate::archive::detection::spans::{Spans, Spot};
use crate::archive::detection::texts::{self, Text};
use crate::archive::detection::{forms, opened_spans, values};
use crate::archive::indexing::{OpenSegment, OpenVersion, Reading, is_damage, may_pass};
use crate::archive::records::{Ledgered, Told};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::search::candidates::Candidate;
use crate::archive::search::confirm::{hit_of, unreadable};
use crate::archive::search::reach::Sight;
use crate::archive::search::{SearchFilters, SearchHit};
use crate::base::civil::CivilDate;
use crate::record::occurred::Occurred;
use crate::redaction::Kind;
use crate::redaction::subject::AskedFor;
use crate::search::{Snippet, SnippetPiece};
use crate::store::Conn;
use crate::store::rows::detections;

use super::{FoundType, SubjectHit};

/// Characters of a snippet.
const SNIPPET_CHARS: usize = 80;
/// How many log entries are looked at in the time that opening a record takes.
const OPENING: usize = 30;

/// With what candidates are settled.
pub(super) struct Confirming<'a> {
    pub reading: Reading<'a>,
    pub asked: &'a AskedFor,
    pub filters: &'a SearchFilters,
    pub sight: &'a Sight<'a>,
    pub ledger: &'a Ledgered<'a>,
    /// The record opened last: the entries of a segment follow each other.
    pub opened: Option<Opened<'a>>,
    /// Bytes of text read so far.
    pub read_bytes: usize,
    /// Work done so far: a log entry that was looked at is one, opening a record [`OPENING`].
    pub work: usize,
    /// Candidates that cannot be read.
    pub unreadable: u64,
}

/// A record that stays open while its entries are looked at.
pub(super) struct Opened<'a> {
    block: i64,
    version: OpenVersion<'a>,
    segment: Option<OpenSegment>,
    spans: Spans,
    /// The record as the ledger has it, once it is a hit.
    told: Option<Told>,
}

/// Where the value stands in a document.
#[derive(Default)]
struct Standing {
    types: BTreeMap<Kind, u64>,
    /// The lines around the first place, of the content if it stands there.
    snippet: Option<Snippet>,
}

impl<'a> Confirming<'a> {
    /// The hit, if the candidate is one. A candidate that cannot be read may be one, and is told without
    /// words and types.
    pub(super) fn settle(
        &mut self,
        conn: &mut Conn,
        candidate: &Candidate,
    ) -> Result<Option<SubjectHit>, Refusal> {
        match self.try_settle(conn, candidate) {
            Err(error) if is_damage(&error) || may_pass(&error) => {
                tracing::warn!(record = %candidate.record.id, %error, "a possible hit cannot be read");
                self.opened = None;
                self.unreadable += 1;
                let hit = unreadable(conn, candidate, self.ledger, self.sight)?;
                Ok(hit.map(|hit| SubjectHit { hit, found: Vec::new() }))
            }
            outcome => outcome,
        }
    }

    fn try_settle(&mut self, conn: &mut Conn, candidate: &Candidate) -> Result<Option<SubjectHit>, Refusal> {
        let mut opened = match self.opened.take() {
            Some(opened) if opened.block == candidate.block.docid => opened,
            _ => {
                self.work += OPENING;
                self.open(conn, candidate)?
            }
        };
        self.work += 1;
        let hit = match candidate.block.entry_of(candidate.docid) {
            Some(ordinal) => self.settle_entry(conn, candidate, &mut opened, ordinal),
            None => self.settle_whole(conn, candidate, &mut opened),
        };
        self.opened = Some(opened);
        hit
    }

    fn open(&self, conn: &mut Conn, candidate: &Candidate) -> Result<Opened<'a>, Refusal> {
        let version = OpenVersion::open(self.reading, conn, &candidate.record, candidate.block.version)?;
        // Kept before any token is put: a document without it lost it.
        let kept = detections::get(conn, candidate.record.id, candidate.block.version)?;
        let kept = kept.ok_or(Refusal::Damaged(Thing::Record))?;
        let spans = opened_spans(&version, &kept)?;
        let segment = match candidate.block.entries {
            0 => None,
            _ => version.segment(conn)?,
        };
        Ok(Opened { block: candidate.block.docid, version, segment, spans, told: None })
    }

    fn settle_entry(
        &mut self,
        conn: &mut Conn,
        candidate: &Candidate,
        opened: &mut Opened<'_>,
        ordinal: u64,
    ) -> Result<Option<SubjectHit>, Refusal> {
        let Some(segment) = opened.segment.as_mut().filter(|log| !log.is_erased(ordinal)) else {
            return Ok(None);
        };
        let (text, entry) = texts::of_entry(segment, ordinal)?;
        let zone = opened.version.row.zone;
        let on = CivilDate::of(entry.at, zone).unwrap_or(opened.version.row.occurred_on);
        let occurred = Occurred { on, at: Some(entry.at), zone };
        let fits = self.filters.occurred_from.is_none_or(|from| from <= on)
            && self.filters.occurred_to.is_none_or(|to| on <= to);
        let mut standing = Standing::default();
        self.look(&text, &opened.spans, &mut standing);
        if !fits || standing.types.is_empty() {
            return Ok(None);
        }
        let hit = self.hit(conn, candidate, opened, Some(occurred))?;
        Ok(hit.map(|hit| finished(SearchHit { entry: Some(ordinal), ..hit }, standing)))
    }

    fn settle_whole(
        &mut self,
        conn: &mut Conn,
        candidate: &Candidate,
        opened: &mut Opened<'_>,
    ) -> Result<Option<SubjectHit>, Refusal> {
        let whole = texts::of_whole(&opened.version, conn, candidate.block.entries > 0)?;
        let mut standing = Standing::default();
        // The content comes first: what stands there says more than the descriptor.
        let (descriptor, content) = whole.texts.split_at(1.min(whole.texts.len()));
        for text in content.iter().chain(descriptor) {
            self.look(text, &opened.spans, &mut standing);
        }
        if standing.types.is_empty() {
            // The value may stand where something was found once and nothing can be read now. The entries
            // of a segment are documents of their own.
            let is_read =
                |number, from| whole.texts.iter().any(|text| (text.number, text.from) == (number, from));
            let lost = candidate.block.entries == 0
                && opened.spans.texts.iter().any(|found| !is_read(found.number, found.from));
            return if lost { Err(Refusal::Damaged(Thing::Record)) } else { Ok(None) };
        }
        let hit = self.hit(conn, candidate, opened, None)?;
        Ok(hit.map(|hit| finished(hit, standing)))
    }

    /// Notes where in a text the value stands.
    fn look(&mut self, text: &Text, spans: &Spans, standing: &mut Standing) {
        self.read_bytes += text.text.len();
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

    /// The hit, as the ledger has its record; `None` where only the database has it in reach.
    fn hit(
        &self,
        conn: &mut Conn,
        candidate: &Candidate,
        opened: &mut Opened<'_>,
        at: Option<Occurred>,
    ) -> Result<Option<SearchHit>, Refusal> {
        let told = match &opened.told {
            Some(told) => told.clone(),
            None => opened.told.insert(self.ledger.told(conn, &candidate.record)?).clone(),
        };
        let title = opened.version.descriptor.title.as_str();
        hit_of(&told, self.sight, at, Some(title.to_owned()))
    }
}

fn finished(hit: SearchHit, standing: Standing) -> SubjectHit {
    let full = hit.level == Level::Full && !hit.damaged;
    let found = standing.types.into_iter().map(|(kind, places)| FoundType { kind, places }).collect();
    SubjectHit { hit: SearchHit { snippet: standing.snippet.filter(|_| full), ..hit }, found }
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
