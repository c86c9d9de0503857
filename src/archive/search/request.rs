//! What is asked, and what is answered.

use crate::access::scope::Level;
use crate::archive::records::Besides;
use crate::base::civil::CivilDate;
use crate::base::id::{CaseId, PartyId, RecordId};
use crate::base::wanted::Wanted;
use crate::record::category::Category;
use crate::record::kind::Kind;
use crate::record::occurred::Occurred;
use crate::record::state::RecordState;
use crate::search::Snippet;

/// A question to the search index.
#[derive(Clone, Default)]
pub struct SearchRequest {
    /// The words; without any, the filters alone list records.
    pub query: Option<String>,
    /// What must hold besides.
    pub filters: SearchFilters,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Hits of a page, at most; no more than [`SEARCH_HITS_MAX`](super::SEARCH_HITS_MAX) are given.
    pub limit: usize,
    /// Whether anybody waits for the answer.
    pub wanted: Wanted,
}

/// Filters; everything given must hold.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct SearchFilters {
    /// The kind; a service record of the subkind `general` stands for all service records.
    pub kind: Option<Kind>,
    /// The category.
    pub category: Option<Category>,
    /// The case.
    pub case: Option<CaseId>,
    /// A party, in any role.
    pub party: Option<PartyId>,
    /// The first day on which it may have happened.
    pub occurred_from: Option<CivilDate>,
    /// The last such day.
    pub occurred_to: Option<CivilDate>,
    /// The state.
    pub state: Option<RecordState>,
    /// Types of personal data, each of which must have been found in it.
    pub pii: Vec<crate::redaction::Kind>,
    /// What no column of the database tells. The number of hits counts those too that do not fit it.
    pub besides: Besides,
}

/// One page of hits, newest first.
pub struct SearchPage {
    /// How many hits there are in all.
    pub about: About,
    /// Records within the caller's reach that are not in the index yet, so that no search finds them.
    pub not_indexed: u64,
    /// True if the caller's roles search redacted text: words of personal data find nothing, and lines are shown with
    /// such data hidden.
    pub redacted: bool,
    /// Of a search in redacted text, the records within reach in which personal data was not looked for yet: their words
    /// are open to the caller only then.
    pub waits_for_redaction: u64,
    /// Of a list, the records of this page of which nothing can be proved. Only those hear of them who see every record:
    /// who else may see them cannot be told from anything.
    pub left_out: u64,
    /// The hits.
    pub hits: Vec<SearchHit>,
    /// True if the page ended before it was full because it took as long as a page may: a narrower question is
    /// answered sooner.
    pub ended_early: bool,
    /// Where the next page begins; `None` after the last. A page may be short or empty and still have a
    /// next one: the work of one page is bounded.
    pub next: Option<String>,
}

/// A number of hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Each was confirmed on its text.
    Exactly(u64),
    /// So many have the right words, perhaps not in the right order, or in what cannot be read.
    About(u64),
    /// Counting ended there.
    AtLeast(u64),
}

impl About {
    /// Of hits that were all looked at: exactly so many, unless some could not be read.
    pub(super) const fn settled(hits: usize, unreadable: u64) -> Self {
        if unreadable == 0 { Self::Exactly(hits as u64) } else { Self::About(hits as u64) }
    }

    /// The number.
    pub const fn count(self) -> u64 {
        match self {
            Self::Exactly(count) | Self::About(count) | Self::AtLeast(count) => count,
        }
    }
}

/// A record, or an entry of a bulk log, that has what was asked for. It holds words that were sealed:
/// hence no `Debug`.
pub struct SearchHit {
    /// The record.
    pub record: RecordId,
    /// The entry of a bulk log, by its number from 0; `None` for the record as a whole.
    pub entry: Option<u64>,
    /// Its kind.
    pub kind: Kind,
    /// Its category.
    pub category: String,
    /// Its case.
    pub case: Option<CaseId>,
    /// Its state.
    pub state: RecordState,
    /// When it happened; for an entry, when that did.
    pub occurred: Occurred,
    /// How much of it the caller may see.
    pub level: Level,
    /// Its title, for those who may see all of it.
    pub title: Option<String>,
    /// The lines that show why it is a hit: as they stand for those who may see all of it, with personal data hidden for
    /// readers of redacted text.
    pub snippet: Option<Snippet>,
    /// True if the database says otherwise than the ledger, or if what it holds cannot be read: the hit is
    /// told as the ledger has it, without words.
    pub damaged: bool,
}
