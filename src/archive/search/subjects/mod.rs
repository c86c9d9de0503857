//! Every record about somebody: by telephone number, identity number, e-mail address, card, account or name,
//! without any of them in the database.
//!
//! The value is brought into the form that the detector indexed, its keyed tokens are asked for, and what
//! they give is settled on the opened places and text for the page that is shown. Who asks, when, and how
//! many there are is in the ledger before anything is answered; the value is nowhere.

mod confirm;
mod examined;
#[cfg(test)]
mod tests;

use crate::redaction::subject::AskedFor;
use crate::search::{SubjectToken, subject_token};
use crate::store::Conn;
use crate::store::rows::index::{Ask, Domain};

use super::candidates::Question;
use super::confirm::Confirming;
use super::cursor::Bound;
use super::effort::Effort;
use super::page::{self, Found, Turning};
use super::reach::{self, Sight};
use super::{About, SearchFilters, SearchHit};
use crate::archive::acting::Warrant;
use crate::archive::caller::Caller;
use crate::archive::records::Narrowed;
use crate::archive::refusal::Refusal;
use crate::archive::{Archive, Inner};
use crate::base::wanted::Wanted;
use crate::seal::Keyring;

use confirm::Somebody;

pub use examined::Examined;

/// Whom the caller asks for.
#[derive(Clone)]
pub struct SubjectLookup {
    /// The value in its forms.
    pub asked: AskedFor,
    /// What must hold besides.
    pub filters: SearchFilters,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Hits of a page, at most; no more than [`super::SEARCH_HITS_MAX`] are given.
    pub limit: usize,
    /// Whether anybody waits for the answer.
    pub wanted: Wanted,
}

/// One page of records about somebody, newest first.
pub struct SubjectPage {
    /// How many there are in all.
    pub about: About,
    /// How far the records within the caller's reach were examined.
    pub examined: Examined,
    /// The hits.
    pub hits: Vec<SubjectHit>,
    /// True if the page ended before it was full because it took as long as a page may.
    pub ended_early: bool,
    /// Where the next page begins; `None` after the last. A page may be short and still have a next one.
    pub next: Option<String>,
}

/// A record, or an entry of a bulk log, that is about whom was asked for.
pub struct SubjectHit {
    /// What is said of any hit.
    pub hit: SearchHit,
    /// As what the value stands there.
    pub found: Vec<FoundType>,
}

/// How often a value stands somewhere as one type of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundType {
    /// The type, as the engine names it.
    pub kind: crate::redaction::Kind,
    /// How many places.
    pub places: u64,
}

impl Archive {
    /// Finds the records that are about somebody, among those within the caller's reach.
    ///
    /// Each look-up is entered in the ledger; its further pages are not, for an hour.
    ///
    /// # Errors
    /// Not permitted, a cursor of another question, no keys on this node, or the ledger cannot be written:
    /// then nothing is answered. [`Refusal::TooWide`] as [`Archive::search`].
    pub fn look_up_subject(&self, caller: &Caller, request: &SubjectLookup) -> Result<SubjectPage, Refusal> {
        let inner = &self.inner;
        let (now, keys) = (inner.now(), inner.keys());
        let index_keys = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
        if keys.identity.is_none() {
            return Err(Refusal::NoKey("service identity"));
        }
        let restrictions = inner.restrictions()?;
        let narrowed = Narrowed::of(self, caller, &request.filters.besides, now)?;
        let sight = Sight::of_subjects(caller, now)?.judging(&restrictions).narrowed_by(&narrowed);
        let forms = &request.asked.forms;
        let tokens: Vec<SubjectToken> = forms
            .iter()
            .map(|(class, form)| subject_token(&index_keys.subject, class.as_str(), form))
            .collect();
        // No query of words begins so, and every form ends before the next begins.
        let question: String =
            forms.iter().map(|(class, form)| format!("\0{}\0{form}", class.as_str())).collect();
        let bound = Bound { user: caller.user(), query: &question, filters: &request.filters };
        let turning = Turning::of(index_keys, bound, request.cursor.as_deref(), now)?;
        let before = turning.document()?;
        let effort = Effort::of_a_page(&request.wanted);
        let page = Page { inner, keys: &keys, sight: &sight, request, tokens: &tokens, effort: &effort };
        // Counted before the look-up: what is examined in between may be found, but is never missed unsaid.
        let examined = Examined::within(inner, &sight)?;
        let found = inner.store.read(|conn| page.find(conn, before))?;
        if !turning.is_same_search() {
            let may = Warrant::by(|caller, _, now| Sight::of_subjects(caller, now).map(|_| ()));
            inner.enter_search(caller, may, &keys, (Domain::Subject, found.about))?;
        }
        let next = turning.next(found.next);
        let Found { about, hits, ended_early, .. } = found;
        Ok(SubjectPage { about, examined, hits, ended_early, next })
    }
}

/// One page on its way.
struct Page<'a> {
    inner: &'a Inner,
    keys: &'a Keyring,
    sight: &'a Sight<'a>,
    request: &'a SubjectLookup,
    tokens: &'a [SubjectToken],
    effort: &'a Effort,
}

impl Page<'_> {
    fn find(&self, conn: &mut Conn, before: Option<i64>) -> Result<Found<SubjectHit>, Refusal> {
        let Some(within) = &self.sight.within else { return Ok(Found::nothing()) };
        let filter = reach::narrowed(within.clone(), &self.request.filters);
        let question = Question { ask: Ask::Subject(self.tokens), filter: &filter };
        let ledger = self.inner.ledgered(conn)?;
        let reading = self.inner.reading(self.keys).until(self.effort.until());
        let seen = (&self.request.filters, self.sight);
        let mut confirming = Confirming::new((reading, &ledger), seen, Somebody::of(&self.request.asked));
        page::fill(conn, (&mut confirming, self.effort), question, (before, self.request.limit))
    }
}
