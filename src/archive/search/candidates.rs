//! Documents that may be hits, newest first: those whose tokens fit, held to what the caller may find.

use std::collections::HashMap;

use crate::base::id::RecordId;
use crate::store::rows::index::{self, Ask, IndexRow, Span};
use crate::store::rows::records::{self, RecordFilter, RecordRow};
use crate::store::{Conn, StoreError};

use crate::archive::indexing::is_current;

use super::request::About;

/// Documents that are looked up together at first; each further look doubles them.
const CHUNK_FIRST: u32 = 64;
const CHUNK_MOST: u32 = 1_024;
/// Documents with the right words that one page looks at, whether the caller may find them or not.
const LOOKED_AT_MAX: usize = 8_192;
/// Records up to which a filter is asked first and the index second.
const FEW_RECORDS: u32 = 256;
/// Hits up to which they are counted where nothing else is asked for.
const COUNTED_MAX: u32 = 10_000;
/// Documents up to which they are counted where each has to be held to a filter.
const COUNTED_FILTERED_MAX: u32 = 4_096;

/// A document that has the right tokens and that the caller may find.
pub(super) struct Candidate {
    pub docid: i64,
    pub block: IndexRow,
    pub record: RecordRow,
}

/// A question to the index.
#[derive(Clone, Copy)]
pub(super) struct Question<'q> {
    pub ask: Ask<'q>,
    pub filter: &'q RecordFilter,
}

/// Candidates that are fetched in growing chunks.
pub(super) struct Candidates<'q> {
    question: Question<'q>,
    /// Where the few records that the filter lets through have their documents, if they are few.
    spans: Option<Vec<Span>>,
    before: Option<i64>,
    chunk: u32,
    looked_at: usize,
    exhausted: bool,
}

impl<'q> Candidates<'q> {
    pub(super) fn new(
        question: Question<'q>,
        conn: &mut Conn,
        before: Option<i64>,
    ) -> Result<Self, StoreError> {
        let spans = question.few_spans(conn)?;
        Ok(Self { question, spans, before, chunk: CHUNK_FIRST, looked_at: 0, exhausted: false })
    }

    /// True if no candidate is left.
    pub(super) fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// Where the next look begins.
    pub(super) fn before(&self) -> Option<i64> {
        self.before
    }

    /// The next candidates; `None` if there are none, or if enough documents were looked at. An empty
    /// list means that none of those looked at is within reach.
    pub(super) fn next(&mut self, conn: &mut Conn) -> Result<Option<Vec<Candidate>>, StoreError> {
        if self.exhausted || self.looked_at >= LOOKED_AT_MAX {
            return Ok(None);
        }
        let docids = match &self.spans {
            // All at once: they are few.
            Some(spans) => {
                self.exhausted = true;
                let mut docids = index::hits_in(conn, self.question.ask, spans)?;
                docids.retain(|docid| self.before.is_none_or(|before| *docid < before));
                docids
            }
            None => {
                let docids = index::hits(conn, self.question.ask, self.before, self.chunk)?;
                self.exhausted = docids.len() < usize::try_from(self.chunk).unwrap_or(usize::MAX);
                self.chunk = (self.chunk * 2).min(CHUNK_MOST);
                docids
            }
        };
        self.looked_at += docids.len();
        self.before = docids.last().copied().or(self.before);
        self.question.within_reach(conn, &docids).map(Some)
    }
}

impl<'q> Question<'q> {
    fn is_open(self) -> bool {
        *self.filter == RecordFilter::default()
    }

    /// Holds documents to the filter, and to the records' current versions.
    fn within_reach(self, conn: &mut Conn, docids: &[i64]) -> Result<Vec<Candidate>, StoreError> {
        let blocks = index::blocks_of(conn, docids)?;
        let mut ids: Vec<RecordId> = blocks.iter().map(|(_, block)| block.record_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = records::among(conn, self.filter, &ids)?;
        let rows: HashMap<RecordId, RecordRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        let mut found: Vec<Candidate> = blocks
            .into_iter()
            .filter_map(|(docid, block)| {
                let record = rows.get(&block.record_id).filter(|record| is_current(&block, record))?;
                Some(Candidate { docid, record: record.clone(), block })
            })
            .collect();
        found.sort_by_key(|candidate| std::cmp::Reverse(candidate.docid));
        Ok(found)
    }

    /// Where the records' documents are, if the filter lets only few records through and finds them by
    /// an index of the database.
    fn few_spans(self, conn: &mut Conn) -> Result<Option<Vec<Span>>, StoreError> {
        let by_case = self.filter.within.as_ref().is_some_and(|within| within.captured_by.is_none());
        if self.filter.case_id.is_none() && self.filter.party_id.is_none() && !by_case {
            return Ok(None);
        }
        let ids = records::ids(conn, self.filter, FEW_RECORDS + 1)?;
        if ids.len() > usize::try_from(FEW_RECORDS).unwrap_or(usize::MAX) {
            return Ok(None);
        }
        let blocks = index::of_records(conn, &ids, self.ask.domain())?;
        Ok(Some(blocks.iter().map(IndexRow::span).collect()))
    }

    /// How many candidates there are, counted no further than is cheap.
    pub(super) fn count(self, conn: &mut Conn) -> Result<About, StoreError> {
        if self.is_open() {
            let count = index::count_hits(conn, self.ask, COUNTED_MAX)?;
            return Ok(bounded(count, count >= u64::from(COUNTED_MAX)));
        }
        if let Some(spans) = self.few_spans(conn)? {
            let docids = index::hits_in(conn, self.ask, &spans)?;
            return Ok(About::About(self.within_reach(conn, &docids)?.len() as u64));
        }
        let docids = index::hits(conn, self.ask, None, COUNTED_FILTERED_MAX)?;
        let more = docids.len() as u64 >= u64::from(COUNTED_FILTERED_MAX);
        Ok(bounded(self.within_reach(conn, &docids)?.len() as u64, more))
    }
}

fn bounded(count: u64, more: bool) -> About {
    if more { About::AtLeast(count) } else { About::About(count) }
}
