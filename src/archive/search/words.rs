//! Documents in which words stand.

use std::collections::HashMap;

use crate::access::scope::Level;
use crate::archive::bound::Bound;
use crate::archive::indexing::{Found, OpenSegment, OpenVersion, entry_text};
use crate::archive::records::{Ledgered, Told};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::CaseId;
use crate::base::moment::Moment;
use crate::search::{Query, Snippet, snippet};
use crate::store::Conn;

use super::candidates::Candidate;
use super::confirm::{Domain, LookedAt};
use super::request::SearchHit;

/// Characters of a snippet.
const SNIPPET_CHARS: usize = 80;

/// Words that are looked for.
pub(super) struct Words<'q> {
    query: &'q Query,
    /// Cases whose words were held against the ledger, and whether they were as entered.
    worded: HashMap<CaseId, bool>,
}

impl<'q> Words<'q> {
    pub(super) fn of(query: &'q Query) -> Self {
        Self { query, worded: HashMap::new() }
    }

    /// What is looked for.
    pub(super) fn query(&self) -> &'q Query {
        self.query
    }

    /// The lines shown: of the content if the words stand there, else of the descriptor.
    pub(super) fn cut(&self, content: &str, descriptor: &str) -> Snippet {
        let text = if self.query.places(content, 1).is_empty() && !descriptor.is_empty() {
            descriptor
        } else {
            content
        };
        snippet(text, self.query, SNIPPET_CHARS)
    }

    /// Holds the words of a hit's case against the ledger: the lines that are cut have its reference in them.
    pub(super) fn hold_case(
        &mut self,
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
        case: Option<CaseId>,
        told: &mut Told,
    ) -> Result<(), Refusal> {
        told.damaged |= !self.is_case_worded(ledger, conn, case)?;
        Ok(())
    }

    /// True if the words of a record's case are those that were entered; asked once for each case.
    fn is_case_worded(
        &mut self,
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
        case: Option<CaseId>,
    ) -> Result<bool, Refusal> {
        let Some(case) = case else { return Ok(true) };
        if let Some(known) = self.worded.get(&case) {
            return Ok(*known);
        }
        let is_worded = match ledger.must_be_worded(conn, &Bound::Case(case)).map_err(Refusal::in_a_list) {
            Ok(()) => true,
            Err(Refusal::Damaged(_)) => false,
            Err(other) => return Err(other),
        };
        self.worded.insert(case, is_worded);
        Ok(is_worded)
    }
}

impl Domain for Words<'_> {
    type Kept = ();
    type Mark = Snippet;
    type Hit = SearchHit;

    fn open(&self, _: &mut Conn, _: &OpenVersion<'_>, _: &Candidate) -> Result<(), Refusal> {
        Ok(())
    }

    fn in_entry(
        &self,
        segment: &mut OpenSegment,
        ordinal: u64,
        (): &(),
    ) -> Result<(Moment, LookedAt<Snippet>), Refusal> {
        let entry = segment.entry(ordinal)?;
        let text = entry_text(&entry);
        let mark = self.query.confirm(&text).then(|| self.cut(&text, ""));
        Ok((entry.at, LookedAt { bytes: text.len(), mark }))
    }

    fn in_whole(
        &self,
        conn: &mut Conn,
        version: &OpenVersion<'_>,
        candidate: &Candidate,
        (): &(),
    ) -> Result<LookedAt<Snippet>, Refusal> {
        let text = version.whole(conn, candidate.block.entries > 0)?;
        let mark = self.query.confirm(text.all()).then(|| self.cut(text.content(), text.descriptor()));
        // The words may stand where something could be read once and cannot be now.
        if mark.is_none() && text.found == Found::Part && version.was_indexed_whole() {
            return Err(Refusal::Damaged(Thing::Record));
        }
        Ok(LookedAt { bytes: text.all().len(), mark })
    }

    fn hold(
        &mut self,
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
        candidate: &Candidate,
        told: &mut Told,
    ) -> Result<(), Refusal> {
        self.hold_case(ledger, conn, candidate.record.case_id, told)
    }

    /// Who may not see all of a text sees none of its lines.
    fn hit(&self, hit: SearchHit, mark: Option<Snippet>) -> SearchHit {
        let shows = hit.level == Level::Full && !hit.damaged;
        SearchHit { snippet: mark.filter(|_| shows), ..hit }
    }
}
