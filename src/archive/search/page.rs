//! One page of what is found: candidates are settled until it is full, and the next begins where it ended.

use crate::archive::refusal::Refusal;
use crate::base::moment::Moment;
use crate::seal::IndexKeys;
use crate::store::Conn;

use super::SEARCH_HITS_MAX;
use super::candidates::{Candidates, Question};
use super::confirm::{Confirming, Domain};
use super::cursor::{Bound, Cursor, Position};
use super::effort::Effort;
use super::request::About;

/// What one page found.
pub(super) struct Found<H> {
    pub about: About,
    pub hits: Vec<H>,
    /// True if it took as long as a page may.
    pub ended_early: bool,
    pub next: Option<Position>,
    /// Records of which nothing can be proved.
    pub left_out: u64,
}

impl<H> Found<H> {
    /// What somebody finds who reaches nothing.
    pub(super) fn nothing() -> Self {
        Self { about: About::Exactly(0), hits: Vec::new(), ended_early: false, next: None, left_out: 0 }
    }
}

/// Settles the candidates behind `before` until a page is full, or until it has taken as long as it may. What cannot
/// be read in that time is told like what cannot be read at all: each page gets further than the one before.
///
/// # Errors
/// The database or the ledger cannot be read. [`Refusal::TooWide`] if no time is left for the first candidate.
pub(super) fn fill<D: Domain>(
    conn: &mut Conn,
    (confirming, effort): (&mut Confirming<'_, D>, &Effort),
    question: Question<'_>,
    (before, limit): (Option<i64>, usize),
) -> Result<Found<D::Hit>, Refusal> {
    let limit = limit.clamp(1, SEARCH_HITS_MAX);
    let mut hits = Vec::new();
    let mut candidates = Candidates::new(question, conn, before)?;
    let (mut settled, mut ended_early) = (0_u64, false);
    let next = 'page: loop {
        let Some(chunk) = candidates.next(conn)? else {
            break candidates.before().filter(|_| !candidates.is_exhausted());
        };
        if settled == 0 && !chunk.is_empty() && effort.is_spent() {
            return Err(Refusal::TooWide);
        }
        let mut chunk = chunk.iter().peekable();
        while let Some(candidate) = chunk.next() {
            hits.extend(confirming.settle(conn, candidate)?);
            settled += 1;
            let is_full = hits.len() >= limit || confirming.is_spent();
            if is_full || effort.is_spent() {
                let more = chunk.peek().is_some() || !candidates.is_exhausted();
                ended_early = more && !is_full;
                break 'page more.then_some(candidate.docid);
            }
        }
        if effort.is_spent() && !candidates.is_exhausted() {
            ended_early = true;
            break candidates.before();
        }
    };
    let whole = before.is_none() && next.is_none();
    let about = match (whole, ended_early) {
        (true, _) => About::settled(hits.len(), confirming.unreadable),
        // Counting takes its time too.
        (false, true) => About::AtLeast(hits.len() as u64),
        (false, false) => match question.count(conn)? {
            About::Exactly(count) if confirming.sight.is_narrowed() => About::About(count),
            about => about,
        },
    };
    Ok(Found { about, hits, ended_early, next: next.map(Position::Document), left_out: 0 })
}

/// A question whose pages are turned.
pub(super) struct Turning<'q> {
    keys: &'q IndexKeys,
    bound: Bound<'q>,
    cursor: Option<Cursor>,
    now: Moment,
}

impl<'q> Turning<'q> {
    /// # Errors
    /// [`Refusal::BadCursor`] if the cursor belongs to another question, or to somebody else.
    pub(super) fn of(
        keys: &'q IndexKeys,
        bound: Bound<'q>,
        cursor: Option<&str>,
        now: Moment,
    ) -> Result<Self, Refusal> {
        let cursor = cursor.map(|text| Cursor::parse(text, keys, &bound)).transpose()?;
        Ok(Self { keys, bound, cursor, now })
    }

    /// Where the page before ended.
    pub(super) fn position(&self) -> Option<Position> {
        self.cursor.map(|cursor| cursor.position)
    }

    /// The same among the documents of an index.
    ///
    /// # Errors
    /// [`Refusal::BadCursor`] if it ended in a list of records.
    pub(super) fn document(&self) -> Result<Option<i64>, Refusal> {
        match self.position() {
            Some(Position::Document(docid)) => Ok(Some(docid)),
            Some(Position::Record(_)) => Err(Refusal::BadCursor),
            None => Ok(None),
        }
    }

    /// True if the page belongs to a search that is in the ledger already.
    pub(super) fn is_same_search(&self) -> bool {
        self.cursor.is_some_and(|cursor| cursor.is_same_search(self.now))
    }

    /// The cursor of the next page.
    pub(super) fn next(&self, next: Option<Position>) -> Option<String> {
        let begun = self.cursor.filter(|_| self.is_same_search()).map_or(self.now, |cursor| cursor.begun);
        next.map(|position| Cursor { position, begun }.to_text(self.keys, &self.bound))
    }
}
