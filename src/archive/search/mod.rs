//! Finds records by what they say, although all of it is sealed.
//!
//! The index gives a superset in the order of its documents, newest first. It is held to the caller's
//! reach in the database, settled on the decrypted text for the page that is shown and no further, and
//! entered in the ledger (who, when, how many; never the words) before anything is answered.

mod candidates;
mod confirm;
mod cursor;
mod effort;
mod listing;
mod page;
mod reach;
mod request;
mod shown;
mod subjects;
#[cfg(test)]
mod tests;
mod words;

use std::sync::Arc;

use serde_json::json;

use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::seal::Keyring;
use crate::search::{Matching, Query};
use crate::store::rows::index::{self, Ask};
use crate::store::rows::records::{self, RecordFilter};

use super::acting::Warrant;
use super::caller::Caller;
use super::detection;
use super::indexing::ENGINE;
use super::records::Narrowed;
use super::refusal::Refusal;
use super::{Archive, Inner};

use candidates::Question;
use confirm::Confirming;
use cursor::Bound;
pub(in crate::archive) use effort::Effort;
use page::{Found, Turning};
use reach::Sight;
use shown::ShownWords;
use words::Words;

pub use request::{About, SearchFilters, SearchHit, SearchPage, SearchRequest};
pub use subjects::{Examined, FoundType, SubjectHit, SubjectLookup, SubjectPage};

/// Hits of one page.
pub use crate::base::limits::SEARCH_HITS_MAX;
/// Versions not indexed up to which those within reach are looked up one by one; of more the database counts
/// them over all that is within reach.
const PENDING_MAX: u32 = 1_000;

impl Archive {
    /// Searches content and descriptors by words, or lists by filters where no word is given.
    ///
    /// Legal and privacy roles search the text as it is, everybody else redacted text. Titles are given where the caller
    /// may read the whole descriptor. Each search is entered in the ledger; its further pages are not, for an hour.
    ///
    /// # Errors
    /// Not permitted, words that cannot be searched for, a cursor of another question, no keys on this
    /// node, or the ledger cannot be written: then nothing is answered. [`Refusal::TooWide`] if all the time of a page
    /// went by before the first candidate was looked at.
    pub fn search(&self, caller: &Caller, request: &SearchRequest) -> Result<SearchPage, Refusal> {
        self.search_within(caller, request, &Effort::of_a_page(&request.wanted))
    }

    /// The same with another effort than a page is worth.
    ///
    /// # Errors
    /// As [`Archive::search`].
    pub(in crate::archive) fn search_within(
        &self,
        caller: &Caller,
        request: &SearchRequest,
        effort: &Effort,
    ) -> Result<SearchPage, Refusal> {
        let inner = &self.inner;
        let (now, keys) = (inner.now(), inner.keys());
        let index_keys = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
        let words = request.query.as_deref().unwrap_or("").trim();
        let query = if words.is_empty() { None } else { Some(Query::parse(words)?) };
        let sight = match &query {
            Some(_) => Sight::of_words(caller, now)?,
            None => Sight::of_list(caller, now)?,
        };
        let restrictions = inner.restrictions()?;
        let narrowed = Narrowed::of(self, caller, &request.filters.besides, now)?;
        let sight = sight.judging(&restrictions).narrowed_by(&narrowed);
        let bound = Bound { user: caller.user(), query: words, filters: &request.filters };
        let turning = Turning::of(index_keys, bound, request.cursor.as_deref(), now)?;
        let page = Page { inner, keys: &keys, sight: &sight, request, effort };
        // Counted before the search: what is indexed in between may be found, but is never missed unsaid.
        let not_indexed = page.not_indexed()?;
        let waits_for_redaction = match sight.is_redacted {
            true => pending_within(inner, &sight, (index::Domain::Subject, &detection::engine()))?,
            false => 0,
        };
        let found = page.find(query.as_ref(), &turning)?;
        if query.is_some() && !turning.is_same_search() {
            let may = Warrant::by(|caller, _, now| Sight::of_words(caller, now).map(|_| ()));
            inner.enter_search(caller, may, &keys, (index::Domain::Content, found.about))?;
        }
        let next = turning.next(found.next);
        Ok(SearchPage {
            about: found.about,
            not_indexed,
            redacted: sight.is_redacted,
            waits_for_redaction,
            left_out: found.left_out,
            hits: found.hits,
            ended_early: found.ended_early,
            next,
        })
    }
}

impl Inner {
    fn enter_search(
        self: &Arc<Self>,
        caller: &Caller,
        may: Warrant,
        keys: &Keyring,
        (domain, about): (index::Domain, About),
    ) -> Result<(), Refusal> {
        let draft = EntryDraft {
            kind: EntryKind::Searched,
            subject: keys.archive.to_string(),
            actor: caller.actor(),
            facts: json!({"domain": domain.as_str(), "hits": about.count()}),
        };
        self.write_as(caller, may, move |tx, _| Ok(tx.enter(draft)?)).map_err(Refusal::from)?;
        Ok(())
    }
}

/// One page on its way.
struct Page<'a> {
    inner: &'a Inner,
    keys: &'a Keyring,
    sight: &'a Sight<'a>,
    request: &'a SearchRequest,
    effort: &'a Effort,
}

impl Page<'_> {
    fn find(&self, query: Option<&Query>, turning: &Turning<'_>) -> Result<Found<SearchHit>, Refusal> {
        let Some(within) = &self.sight.within else { return Ok(Found::nothing()) };
        let filter = reach::narrowed(within.clone(), &self.request.filters);
        let Some(query) = query else {
            let page = (turning.position(), self.request.limit.clamp(1, SEARCH_HITS_MAX));
            return self.inner.store.read(|conn| {
                let ledger = self.inner.ledgered(conn)?;
                listing::list(conn, (self.keys, &ledger), self.sight, &filter, page)
            });
        };
        let before = turning.document()?;
        let matching = self.inner.indexing.matching(query, self.keys)?;
        if self.sight.is_redacted {
            return self.find_shown(query, matching.for_shown(), (&filter, before));
        }
        self.inner.store.read(|conn| {
            let ledger = self.inner.ledgered(conn)?;
            let reading = self.inner.reading(self.keys).until(self.effort.until());
            let seen = (&self.request.filters, self.sight);
            let mut confirming = Confirming::new((reading, &ledger), seen, Words::of(query));
            let question = Question { ask: Ask::Content(&matching), filter: &filter };
            page::fill(conn, (&mut confirming, self.effort), question, (before, self.request.limit))
        })
    }

    /// The same for readers of redacted text.
    fn find_shown(
        &self,
        query: &Query,
        words: Matching,
        (filter, before): (&RecordFilter, Option<i64>),
    ) -> Result<Found<SearchHit>, Refusal> {
        let withheld = self.inner.detection.withheld_of(query, self.keys)?;
        let examined_by = detection::engine();
        let engine = detection::withheld_engine(&examined_by);
        self.inner.store.read(|conn| {
            // Without its postings nothing would be withheld.
            if index::postings_lost(conn, index::Domain::Withheld)? {
                return Ok(Found::nothing());
            }
            let ledger = self.inner.ledgered(conn)?;
            let reading = self.inner.reading(self.keys).until(self.effort.until());
            let seen = (&self.request.filters, self.sight);
            let words_shown = ShownWords::of(query, &examined_by);
            let mut confirming = Confirming::new((reading, &ledger), seen, words_shown);
            let ask = index::Shown {
                words: &words,
                withheld: &withheld,
                engine: &engine,
                examined_by: &examined_by,
            };
            let question = Question { ask: Ask::Shown(ask), filter };
            page::fill(conn, (&mut confirming, self.effort), question, (before, self.request.limit))
        })
    }

    /// Records within reach that are not in the index.
    fn not_indexed(&self) -> Result<u64, Refusal> {
        pending_within(self.inner, self.sight, (index::Domain::Content, ENGINE))
    }
}

/// Records within reach that an engine has not dealt with.
fn pending_within(
    inner: &Inner,
    sight: &Sight<'_>,
    (domain, engine): (index::Domain, &str),
) -> Result<u64, Refusal> {
    let Some(within) = &sight.within else { return Ok(0) };
    Ok(inner.store.read(|conn| {
        if *within == RecordFilter::default() {
            return index::count_pending(conn, domain, engine);
        }
        let pending = index::pending(conn, domain, engine, PENDING_MAX)?;
        if pending.len() >= PENDING_MAX as usize {
            return records::count_pending(conn, within, domain, engine);
        }
        let mut ids: Vec<_> = pending.into_iter().map(|(record, _)| record).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(records::among(conn, within, &ids)?.len() as u64)
    })?)
}
