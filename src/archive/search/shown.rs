//! Documents in whose redacted text words stand: settled on it, and shown by lines of it.

use crate::access::scope::Level;
use crate::archive::detection::spans::Spans;
use crate::archive::detection::{opened_spans, shown, texts};
use crate::archive::indexing::{OpenSegment, OpenVersion};
use crate::archive::records::{Ledgered, Told};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::moment::Moment;
use crate::search::{Query, Snippet, SnippetPiece, to_blocks};
use crate::store::Conn;
use crate::store::rows::detections;

use super::candidates::Candidate;
use super::confirm::{Domain, LookedAt};
use super::request::SearchHit;
use super::words::Words;

/// Words that are looked for in redacted text.
pub(super) struct ShownWords<'q> {
    words: Words<'q>,
    /// The engine by which personal data must have been looked for.
    engine: &'q str,
}

impl<'q> ShownWords<'q> {
    pub(super) fn of(query: &'q Query, engine: &'q str) -> Self {
        Self { words: Words::of(query), engine }
    }

    fn look(&self, text: &str, content: &str, descriptor: &str) -> LookedAt<Snippet> {
        let mark = self.words.query().confirm(text).then(|| self.words.cut(content, descriptor));
        LookedAt { bytes: text.len(), mark }
    }
}

impl Domain for ShownWords<'_> {
    type Kept = Spans;
    type Mark = Snippet;
    type Hit = SearchHit;

    fn open(
        &self,
        conn: &mut Conn,
        version: &OpenVersion<'_>,
        candidate: &Candidate,
    ) -> Result<Spans, Refusal> {
        let kept = detections::get(conn, candidate.record.id, candidate.block.version)?;
        let kept = kept.filter(|kept| kept.engine == self.engine).ok_or(Refusal::Damaged(Thing::Record))?;
        opened_spans(version, &kept)
    }

    fn in_entry(
        &self,
        segment: &mut OpenSegment,
        ordinal: u64,
        spans: &Spans,
    ) -> Result<(Moment, LookedAt<Snippet>), Refusal> {
        let (text, entry) = texts::of_entry(segment, ordinal)?;
        let said = shown::entry(&text, &entry, spans.of(text.number, text.from));
        Ok((entry.at, self.look(&said, &said, "")))
    }

    fn in_whole(
        &self,
        conn: &mut Conn,
        version: &OpenVersion<'_>,
        candidate: &Candidate,
        spans: &Spans,
    ) -> Result<LookedAt<Snippet>, Refusal> {
        let case = version.case_reference(conn)?;
        let whole = texts::of_whole(version, conn, candidate.block.entries > 0)?;
        let said = shown::hidden(&version.descriptor, case.as_deref(), &whole.texts, spans);
        Ok(self.look(said.all(), said.content(), said.descriptor()))
    }

    fn hold(
        &mut self,
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
        candidate: &Candidate,
        told: &mut Told,
    ) -> Result<(), Refusal> {
        self.words.hold_case(ledger, conn, candidate.record.case_id, told)
    }

    fn hit(&self, hit: SearchHit, mark: Option<Snippet>) -> SearchHit {
        let shows = hit.level >= Level::Redacted && !hit.damaged;
        SearchHit { snippet: mark.filter(|_| shows).map(in_blocks), ..hit }
    }
}

/// A stretch as readers see it.
fn in_blocks(snippet: Snippet) -> Snippet {
    let piece = |piece: SnippetPiece| SnippetPiece { text: to_blocks(&piece.text), ..piece };
    Snippet { pieces: snippet.pieces.into_iter().map(piece).collect(), ..snippet }
}
