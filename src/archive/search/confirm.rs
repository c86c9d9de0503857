//! Settles candidates on their decrypted text, and cuts the lines that are shown.

use std::collections::HashMap;

use crate::access::scope::Level;
use crate::base::civil::CivilDate;
use crate::base::id::CaseId;
use crate::record::occurred::Occurred;
use crate::record::state::RecordState;
use crate::search::{Query, Snippet, snippet};
use crate::store::rows::versions::VersionRow;
use crate::store::{Conn, StoreError};

use crate::archive::bound::Bound;
use crate::archive::indexing::{Found, OpenSegment, OpenVersion, Reading, entry_text, is_damage, may_pass};
use crate::archive::records::{Ledgered, Told};
use crate::archive::refusal::{Refusal, Thing};
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
    pub ledger: &'a Ledgered<'a>,
    /// Cases whose words were held against the ledger, and whether they were as entered.
    pub worded: HashMap<CaseId, bool>,
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
    /// The record as the ledger has it, once it is a hit.
    told: Option<Told>,
}

impl<'a> Confirming<'a> {
    /// The hit, if the candidate is one. A candidate that cannot be read may be one, and is told without
    /// words.
    pub(super) fn settle(
        &mut self,
        conn: &mut Conn,
        candidate: &Candidate,
    ) -> Result<Option<SearchHit>, Refusal> {
        match self.try_settle(conn, candidate) {
            Err(error) if is_damage(&error) || may_pass(&error) => {
                tracing::warn!(record = %candidate.record.id, %error, "a possible hit cannot be read");
                self.opened = None;
                self.unreadable += 1;
                unreadable(conn, candidate, self.ledger, self.sight)
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
            Some(ordinal) => self.settle_entry(conn, candidate, &mut opened, ordinal),
            None => self.settle_whole(conn, candidate, &mut opened),
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
        Ok(Opened { block: candidate.block.docid, version, segment, told: None })
    }

    fn settle_entry(
        &mut self,
        conn: &mut Conn,
        candidate: &Candidate,
        opened: &mut Opened<'_>,
        ordinal: u64,
    ) -> Result<Option<SearchHit>, Refusal> {
        let Some(segment) = opened.segment.as_mut().filter(|log| !log.is_erased(ordinal)) else {
            return Ok(None);
        };
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
        let Some(hit) = self.hit(conn, candidate, opened, Some(occurred))? else { return Ok(None) };
        let snippet = self.cut(&hit, &text, "");
        Ok(Some(SearchHit { entry: Some(ordinal), snippet, ..hit }))
    }

    fn settle_whole(
        &mut self,
        conn: &mut Conn,
        candidate: &Candidate,
        opened: &mut Opened<'_>,
    ) -> Result<Option<SearchHit>, Refusal> {
        let text = opened.version.whole(conn, candidate.block.entries > 0)?;
        self.read_bytes += text.all().len();
        if !self.query.confirm(text.all()) {
            // The words may stand where something could be read once and cannot be now.
            let lost = text.found == Found::Part && opened.version.was_indexed_whole();
            return if lost { Err(Refusal::Damaged(Thing::Record)) } else { Ok(None) };
        }
        let Some(hit) = self.hit(conn, candidate, opened, None)? else { return Ok(None) };
        let snippet = self.cut(&hit, text.content(), text.descriptor());
        Ok(Some(SearchHit { snippet, ..hit }))
    }

    /// The hit, as the ledger has its record; `None` where only the database has it in reach. `at` is when
    /// an entry of a log happened, which its sealed bytes say.
    fn hit(
        &mut self,
        conn: &mut Conn,
        candidate: &Candidate,
        opened: &mut Opened<'_>,
        at: Option<Occurred>,
    ) -> Result<Option<SearchHit>, Refusal> {
        let told = match &opened.told {
            Some(told) => told.clone(),
            None => {
                let mut told = self.ledger.told(conn, &candidate.record)?;
                // The lines that are cut have the case's reference in them.
                told.damaged |= !self.is_case_worded(conn, candidate.record.case_id)?;
                opened.told.insert(told).clone()
            }
        };
        let title = opened.version.descriptor.title.as_str();
        hit_of(&told, self.sight, at, Some(title.to_owned()))
    }

    /// True if the words of a record's case are those that were entered; asked once for each case.
    fn is_case_worded(&mut self, conn: &mut Conn, case: Option<CaseId>) -> Result<bool, Refusal> {
        let Some(case) = case else { return Ok(true) };
        if let Some(known) = self.worded.get(&case) {
            return Ok(*known);
        }
        let is_worded = match self.ledger.must_be_worded(conn, &Bound::Case(case)) {
            Ok(()) => true,
            Err(Refusal::Damaged(_)) => false,
            Err(other) => return Err(other),
        };
        self.worded.insert(case, is_worded);
        Ok(is_worded)
    }

    /// The lines shown: of the content if the words stand there, else of the descriptor. Nothing is
    /// redacted yet, so who may not see all of it sees nothing.
    fn cut(&self, hit: &SearchHit, content: &str, descriptor: &str) -> Option<Snippet> {
        let text = if self.query.places(content, 1).is_empty() && !descriptor.is_empty() {
            descriptor
        } else {
            content
        };
        (hit.level == Level::Full && !hit.damaged).then(|| snippet(text, self.query, SNIPPET_CHARS))
    }
}

/// A candidate that cannot be read, as a hit without words: nobody can say any more that it is none.
/// `None` if it is destroyed, or if what the ledger has of it cannot be read either.
pub(super) fn unreadable(
    conn: &mut Conn,
    candidate: &Candidate,
    ledger: &Ledgered<'_>,
    sight: &Sight<'_>,
) -> Result<Option<SearchHit>, Refusal> {
    if !RecordState::from_row(&candidate.record.state).is_some_and(RecordState::is_openable) {
        return Ok(None);
    }
    let mut told = match ledger.told(conn, &candidate.record) {
        Err(error) if is_damage(&error) => return Ok(None),
        told => told?,
    };
    told.damaged = true;
    let hit = hit_of(&told, sight, None, None)?;
    Ok(hit.map(|hit| SearchHit { entry: candidate.block.entry_of(candidate.docid), ..hit }))
}

/// When a version happened.
pub(super) fn occurred(row: &VersionRow) -> Occurred {
    Occurred { on: row.occurred_on, at: row.occurred_at, zone: row.zone }
}

/// What is said of a record in any hit; `None` if it is marked and its place in the ledger is out of the
/// caller's reach. The title is for those who see all of it.
pub(super) fn hit_of(
    told: &Told,
    sight: &Sight<'_>,
    at: Option<Occurred>,
    title: Option<String>,
) -> Result<Option<SearchHit>, Refusal> {
    let Told { row, version, damaged, .. } = told;
    if *damaged && !sight.reaches(row) {
        return Ok(None);
    }
    let level = sight.level_of(row);
    let state = RecordState::from_row(&row.state).ok_or_else(|| {
        Refusal::Store(StoreError::Corrupt {
            table: "records",
            id: row.id.to_string(),
            why: "an unknown state".to_owned(),
        })
    })?;
    Ok(Some(SearchHit {
        record: row.id,
        entry: None,
        kind: kind_of(row)?,
        category: row.category.clone(),
        case: row.case_id,
        state,
        occurred: at.unwrap_or_else(|| occurred(version)),
        level,
        title: title.filter(|_| level == Level::Full && !damaged),
        snippet: None,
        damaged: *damaged,
    }))
}
