//! Search over keyed tokens. Always POST: words of a query stand in no URL and in no log.

use std::sync::LazyLock;

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer;
use super::besides::{self, BesidesRead, HIT_COLUMNS, wants_table};
use super::page::{Paging, list_of_body};
use crate::access::permission::{Action, Resource};
use crate::archive::cases::CaseQuery;
use crate::archive::records::Besides;
use crate::archive::search::{About, SEARCH_HITS_MAX, SearchFilters, SearchHit, SearchPage, SearchRequest};
use crate::archive::{Archive, Caller, Refusal as ArchiveRefusal};
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{CaseId, PartyId};
use crate::base::moment::Moment;
use crate::base::wanted::Wanted;
use crate::record::category::Category;
use crate::record::kind::Kind;
use crate::record::names::Reference;
use crate::record::party::PartyName;
use crate::record::request::{CaseRef, FaultCode, ObjectReader};
use crate::record::state::RecordState;
use crate::redaction::Kind as Type;
use crate::search::Snippet;
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, json};

/// A question. Everything given must hold; without words the filters alone list records.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into a request")]
pub struct SearchBody {
    /// Words (all must occur), "phrases", -words that must not.
    query: Option<String>,
    /// Kind or subkind.
    kind: Option<String>,
    /// Category.
    category: Option<String>,
    /// A case, by id or reference.
    case: Option<String>,
    /// A party, by id or name.
    party: Option<String>,
    /// The first day on which it may have happened.
    occurred_from: Option<String>,
    /// The last such day.
    occurred_to: Option<String>,
    /// The state.
    state: Option<String>,
    /// Types of personal data (PHONE, ID_CARD …), each of which must have been found in it.
    pii: Option<Vec<String>>,
    /// A tag of the current version, for those who may read it in full.
    tag: Option<String>,
    /// Whether a hold of which the reader may know stands over it.
    held: Option<bool>,
    /// Such a hold, by id.
    hold: Option<String>,
    /// A matter by id: a hold that was placed in it, and of which the reader may know, stands over it.
    matter: Option<String>,
    /// The first day on which it may become due, for those who may list what is due.
    due_from: Option<String>,
    /// The last such day.
    due_to: Option<String>,
    /// From the page before.
    cursor: Option<String>,
    /// Hits of the page, 1 to 100.
    limit: Option<u64>,
}

/// A page of hits.
#[derive(Serialize, ToSchema)]
pub struct SearchResult {
    /// How many hits there are in all.
    about: AboutBody,
    /// Records within reach that are not in the index yet, so that no search finds them.
    not_indexed: u64,
    /// True if the reader searches redacted text: personal data finds nothing, and is hidden in the lines shown.
    redacted: bool,
    /// In redacted text: records within reach in which personal data was not looked for yet, so that their words find
    /// nothing.
    waits_for_redaction: u64,
    /// Without words: records of this page of which nothing can be proved, told to those who see every record. Absent
    /// where there are none.
    #[serde(skip_serializing_if = "is_zero")]
    left_out: u64,
    /// The hits, newest first.
    hits: Vec<HitBody>,
    /// True if the page ended before it was full because it took as long as a page may: a narrower question is answered
    /// sooner. Absent otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ended_early: bool,
    /// Where the next page begins; none after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A number of hits.
#[derive(Serialize, ToSchema)]
pub struct AboutBody {
    /// exactly (each was confirmed on its text), about, or at_least (counting ended there).
    precision: String,
    /// How many.
    count: u64,
}

/// One hit.
#[derive(Serialize, ToSchema)]
pub struct HitBody {
    /// What to show or open: the record's id, or RECORD.ORDINAL for an entry of a bulk log.
    id: String,
    /// The record.
    record: String,
    /// The entry's number, for an entry of a bulk log.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<u64>,
    /// Its kind.
    kind: String,
    /// Its subkind, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    subkind: Option<String>,
    /// Its category.
    category: String,
    /// Its case.
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<String>,
    /// Its state.
    state: String,
    /// The day on which it happened.
    occurred_on: String,
    /// The instant, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    occurred_at: Option<String>,
    /// How much the reader gets: facts, redacted or full.
    level: String,
    /// Its title, for those who may read it in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// The lines that show why it is a hit, for the same; in redacted text for everybody who searches it.
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<SnippetBody>,
    /// True where the database says otherwise than the ledger, or where what it holds cannot be read, so
    /// that it may be a hit: it is told as the ledger has it, without words. Absent where all is well.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    damaged: bool,
}

/// A stretch of text with the words of the query in it.
#[derive(Serialize, ToSchema)]
pub struct SnippetBody {
    /// The stretch in pieces, in order.
    pieces: Vec<SnippetPieceBody>,
    /// True if the text begins before it.
    cut_before: bool,
    /// True if the text goes on behind it.
    cut_after: bool,
}

/// A piece of a stretch.
#[derive(Serialize, ToSchema)]
pub struct SnippetPieceBody {
    /// As it stands in the text.
    text: String,
    /// True if words of the query stand here.
    highlighted: bool,
}

pub(super) fn group() -> Group {
    Group {
        name: "search",
        description: "Search over an index of keyed tokens; confirmed on the decrypted text of the page shown.",
        operations: vec![
            Operation::post("/api/v1/search", "search", || web::to(search))
                .says("Finds records and entries of bulk logs by words and filters. With Accept: text/csv the page is a table.")
                .row(Resource::SearchContent, Action::List)
                .takes(json(route::of::<SearchBody>))
                .gives(200, "A page of hits.", Some(json(route::of::<SearchResult>))),
        ],
    }
}

/// A question as it was typed.
struct Question {
    query: Option<String>,
    narrowing: Narrowing,
    paging: Paging,
}

/// What narrows a question, as it was typed; names become ids once the archive is asked.
pub(super) struct Narrowing {
    filters: SearchFilters,
    besides: BesidesRead,
    case: Option<CaseRef>,
    party: Option<PartyRef>,
}

enum PartyRef {
    Id(PartyId),
    Name(PartyName),
}

/// The names of the types of personal data.
pub(super) static TYPES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| Type::ALL.iter().map(|kind| kind.as_str()).collect());

impl FromJson for Question {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        reader.as_typed();
        let query = reader.text("query", |text| Ok::<_, FaultCode>(text.to_owned()));
        Some(Self {
            query,
            narrowing: Narrowing::read(reader),
            paging: Paging::read(reader, SEARCH_HITS_MAX),
        })
    }
}

impl Narrowing {
    pub(super) fn read(reader: &mut ObjectReader<'_>) -> Self {
        let kind =
            |text: &str| Kind::parse(text).map_err(|fault| FaultCode::UnknownKind { allowed: fault.allowed });
        let of_type = |text: &str| {
            Type::parse(text).ok_or_else(|| FaultCode::UnknownWord { allowed: TYPES.as_slice() })
        };
        let filters = SearchFilters {
            kind: reader.text("kind", kind),
            category: reader.text("category", Category::parse),
            case: None,
            party: None,
            occurred_from: reader.text("occurred_from", CivilDate::parse),
            occurred_to: reader.text("occurred_to", CivilDate::parse),
            state: reader.text("state", RecordState::parse),
            pii: reader.texts("pii", Type::ALL.len(), of_type, |one, other| one == other),
            besides: Besides::default(),
        };
        let besides = BesidesRead::read(reader);
        reader.not_before(("occurred_to", filters.occurred_to), ("occurred_from", filters.occurred_from));
        let case = reader.text("case", |text| match CaseId::parse(text) {
            Ok(id) => Ok(CaseRef::Id(id)),
            Err(_) => Reference::parse(text).map(CaseRef::Reference),
        });
        let party = reader.text("party", |text| match PartyId::parse(text) {
            Ok(id) => Ok(PartyRef::Id(id)),
            Err(_) => PartyName::parse(text).map(PartyRef::Name),
        });
        Self { filters, besides, case, party }
    }

    /// The filters, with the case and the party that they name.
    pub(super) fn resolve(
        self,
        archive: &Archive,
        caller: &Caller,
        zone: Zone,
    ) -> Result<SearchFilters, ArchiveRefusal> {
        let case = match &self.case {
            None => None,
            Some(CaseRef::Id(id)) => Some(*id),
            Some(CaseRef::Reference(reference)) => {
                let wanted = CaseQuery { reference: Some(reference.clone()), ..CaseQuery::default() };
                let found = archive.list_cases(caller, &wanted, None, 1)?.items;
                Some(found.first().ok_or(ArchiveRefusal::UnknownCase)?.id)
            }
        };
        let party = match &self.party {
            None => None,
            Some(PartyRef::Id(id)) => Some(*id),
            Some(PartyRef::Name(name)) => Some(archive.party_named(caller, name)?.id),
        };
        Ok(SearchFilters { case, party, besides: self.besides.in_zone(zone), ..self.filters })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

async fn search(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let value = body::read_json_body(&request, &mut payload).await?;
    let mut question: Question = body::parse(&value)?;
    question.paging.list = list_of_body(&request, value);
    let service = asker.service().clone();
    let cursor = question.paging.place(&service)?;
    let limit = question.paging.limit;
    let zone = service.settings().zone;
    let wanted = Wanted::default();
    // Dropped with this handler when the client goes away: the search ends then.
    let _awaited = wanted.awaited();
    let (page, paging) = asker
        .act(move |archive, caller| {
            let Question { query, narrowing, paging } = question;
            let filters = narrowing.resolve(archive, caller, zone)?;
            let page = archive.search(caller, &SearchRequest { query, filters, cursor, limit, wanted })?;
            Ok((page, paging))
        })
        .await?;
    let next = paging.next(&service, page.next.clone());
    let found = SearchResult { next, ..SearchResult::from(page) };
    match wants_table(&request) {
        true => Ok(besides::table(HIT_COLUMNS, &found.hits, found.next.as_deref())),
        false => Ok(answer(200, &found)),
    }
}

impl From<About> for AboutBody {
    fn from(about: About) -> Self {
        let (precision, count) = match about {
            About::Exactly(count) => ("exactly", count),
            About::About(count) => ("about", count),
            About::AtLeast(count) => ("at_least", count),
        };
        Self { precision: precision.to_owned(), count }
    }
}

impl From<SearchPage> for SearchResult {
    fn from(page: SearchPage) -> Self {
        Self {
            about: AboutBody::from(page.about),
            not_indexed: page.not_indexed,
            redacted: page.redacted,
            waits_for_redaction: page.waits_for_redaction,
            left_out: page.left_out,
            hits: page.hits.into_iter().map(HitBody::from).collect(),
            ended_early: page.ended_early,
            next: None,
        }
    }
}

impl From<SearchHit> for HitBody {
    fn from(hit: SearchHit) -> Self {
        let id = match hit.entry {
            Some(entry) => format!("{}.{entry}", hit.record),
            None => hit.record.to_string(),
        };
        Self {
            id,
            record: hit.record.to_string(),
            entry: hit.entry,
            kind: hit.kind.as_str().to_owned(),
            subkind: hit.kind.subkind().map(|subkind| subkind.as_str().to_owned()),
            category: hit.category,
            case: hit.case.map(|id| id.to_string()),
            state: hit.state.as_str().to_owned(),
            occurred_on: hit.occurred.on.to_string(),
            occurred_at: hit.occurred.at.map(Moment::to_rfc3339),
            level: hit.level.as_str().to_owned(),
            title: hit.title,
            snippet: hit.snippet.map(SnippetBody::from),
            damaged: hit.damaged,
        }
    }
}

impl From<Snippet> for SnippetBody {
    fn from(snippet: Snippet) -> Self {
        let piece = |piece: crate::search::SnippetPiece| SnippetPieceBody {
            text: piece.text,
            highlighted: piece.highlighted,
        };
        Self {
            pieces: snippet.pieces.into_iter().map(piece).collect(),
            cut_before: snippet.cut_before,
            cut_after: snippet.cut_after,
        }
    }
}
