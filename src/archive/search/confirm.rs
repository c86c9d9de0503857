//! Settles candidates on their decrypted text, and cuts the lines that are shown.

use crate::access::scope::Level;
use crate::base::civil::CivilDate;
use crate::record::occurred::Occurred;
use crate::record::state::RecordState;
use crate::search::{Query, Snippet, snippet};
use crate::store::rows::records::RecordRow;
use crate::store::rows::versions::VersionRow;
use crate::store::{Conn, StoreError};

use crate::archive::indexing::{OpenSegment, OpenVersion, Reading, entry_text, is_damage};
use crate::archive::refusal::Refusal;
use crate::archive::rows::kind_of;

use super::candidates::Candidate;
use super::reach::Sight;
use super::request::{SearchFilters, SearchHit};

/// Characters of a snippet.
const SNIPPET_CHARS: usize = 80;

/// How many log entries are looked at in the time that opening a record takes.
const OPENING: usize = 30;

/// With what candidates are settled.
pub(super) struct Confirming<'a> {
    pub reading: Reading<'a>,
    pub query: &'a Query,
    pub filters: &'a SearchFilters,
    pub sight: &'a Sight<'a>,
    /// The record opened last: the entries of a segment follow each other.
    pub opened: Option<Opened<'a>>,
    /// Bytes of text read so far.
    pub read_bytes: usize,
    /// Work done so far: a log entry that was looked at is one, opening a record [`OPENING`].
    pub work: usize,
}

/// A record that stays open while its entries are looked at.
pub(super) struct Opened<'a> {
    block: i64,
    version: OpenVersion<'a>,
    segment: Option<OpenSegment>,
}

impl<'a> Confirming<'a> {
    /// The hit, if the candidate is one. A candidate that cannot be read is none.
    pub(super) fn settle(
        &mut self,
        conn: &mut Conn,
        candidate: &Candidate,
    ) -> Result<Option<SearchHit>, Refusal> {
        match self.try_settle(conn, candidate) {
            Err(error) if is_damage(&error) => {
                tracing::warn!(record = %candidate.record.id, %error, "a possible hit cannot be read");
                self.opened = None;
                Ok(None)
            }
            outcome => outcome,
        }
    }

    fn try_settle(&mut self, conn: &mut Conn, candidate: &Candidate) -> Result<Option<SearchHit>, Refusal> {
        let mut opened = match self.opened.take() {
            Some(opened) if opened.block == candidate.block.docid => opened,
            _ => {
                self.work += OPENING;
                self.open(conn, candidate)?
            }
        };
        self.work += 1;
        let hit = match candidate.block.entry_of(candidate.docid) {
            Some(ordinal) => self.settle_entry(candidate, &mut opened, ordinal),
            None => self.settle_whole(conn, candidate, &opened),
        };
        self.opened = Some(opened);
        hit
    }

    fn open(&self, conn: &mut Conn, candidate: &Candidate) -> Result<Opened<'a>, Refusal> {
        let version = OpenVersion::open(self.reading, conn, &candidate.record, candidate.block.version)?;
        let segment = match candidate.block.entries {
            0 => None,
            _ => version.segment(conn)?,
        };
        Ok(Opened { block: candidate.block.docid, version, segment })
    }

    fn settle_entry(
        &mut self,
        candidate: &Candidate,
        opened: &mut Opened<'_>,
        ordinal: u64,
    ) -> Result<Option<SearchHit>, Refusal> {
        let Some(segment) = &mut opened.segment else { return Ok(None) };
        let entry = segment.entry(ordinal)?;
        let text = entry_text(&entry);
        self.read_bytes += text.len();
        let zone = opened.version.row.zone;
        let on = CivilDate::of(entry.at, zone).unwrap_or(opened.version.row.occurred_on);
        let occurred = Occurred { on, at: Some(entry.at), zone };
        let fits = self.filters.occurred_from.is_none_or(|from| from <= on)
            && self.filters.occurred_to.is_none_or(|to| on <= to);
        if !fits || !self.query.confirm(&text) {
            return Ok(None);
        }
        let hit = self.hit(candidate, opened, occurred)?;
        let snippet = self.cut(hit.level, &text, "");
        Ok(Some(SearchHit { entry: Some(ordinal), snippet, ..hit }))
    }

    fn settle_whole(
        &mut self,
        conn: &mut Conn,
        candidate: &Candidate,
        opened: &Opened<'_>,
    ) -> Result<Option<SearchHit>, Refusal> {
        let text = opened.version.whole(conn, candidate.block.entries > 0)?;
        self.read_bytes += text.all().len();
        if !self.query.confirm(text.all()) {
            return Ok(None);
        }
        let hit = self.hit(candidate, opened, occurred(&opened.version.row))?;
        let snippet = self.cut(hit.level, text.content(), text.descriptor());
        Ok(Some(SearchHit { snippet, ..hit }))
    }

    fn hit(
        &self,
        candidate: &Candidate,
        opened: &Opened<'_>,
        occurred: Occurred,
    ) -> Result<SearchHit, Refusal> {
        let level = self.sight.level_of(&candidate.record);
        let title = opened.version.descriptor.title.as_str();
        hit_of(&candidate.record, occurred, level, (level == Level::Full).then(|| title.to_owned()))
    }

    /// The lines shown: of the content if the words stand there, else of the descriptor. Nothing is
    /// redacted yet, so who may not see all of it sees nothing.
    fn cut(&self, level: Level, content: &str, descriptor: &str) -> Option<Snippet> {
        let text = if self.query.places(content, 1).is_empty() && !descriptor.is_empty() {
            descriptor
        } else {
            content
        };
        (level == Level::Full).then(|| snippet(text, self.query, SNIPPET_CHARS))
    }
}

/// When a version happened.
pub(super) fn occurred(row: &VersionRow) -> Occurred {
    Occurred { on: row.occurred_on, at: row.occurred_at, zone: row.zone }
}

/// What is said of a record in any hit.
pub(super) fn hit_of(
    record: &RecordRow,
    occurred: Occurred,
    level: Level,
    title: Option<String>,
) -> Result<SearchHit, Refusal> {
    let state = RecordState::from_row(&record.state).ok_or_else(|| {
        Refusal::Store(StoreError::Corrupt {
            table: "records",
            id: record.id.to_string(),
            why: "an unknown state".to_owned(),
        })
    })?;
    Ok(SearchHit {
        record: record.id,
        entry: None,
        kind: kind_of(record)?,
        category: record.category.clone(),
        case: record.case_id,
        state,
        occurred,
        level,
        title,
        snippet: None,
    })
}
