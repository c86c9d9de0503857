//! Look-ups of people over keyed tokens. Always POST: a value stands in no URL and in no log.

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer;
use super::page::{Paging, list_of_body};
use super::search::{AboutBody, HitBody, Narrowing};
use crate::access::permission::{Action, Resource};
use crate::archive::search::{Examined, SEARCH_HITS_MAX, SubjectHit, SubjectLookup, SubjectPage};
use crate::base::wanted::Wanted;
use crate::record::request::{FaultCode, ObjectReader};
use crate::redaction::SubjectClass;
use crate::redaction::subject::AskedFor;
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, json};

/// Whom is asked for. Everything else given must hold too.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into a request")]
pub struct LookupBody {
    /// The value in any writing: a telephone number, an ID number, an e-mail address, a card, an account, a
    /// name.
    value: String,
    /// As what: phone, id, email, card, account or name. Without it, as all that the value may be.
    r#type: Option<String>,
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
    /// Types of personal data, each of which must have been found in it.
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

/// A page of records about somebody.
#[derive(Serialize, ToSchema)]
pub struct LookupResult {
    /// How many there are in all.
    about: AboutBody,
    /// How far the records within reach were examined.
    #[serde(flatten)]
    examined: ExaminedBody,
    /// The hits, newest first.
    hits: Vec<SubjectHitBody>,
    /// True if the page ended before it was full because it took as long as a page may. Absent otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ended_early: bool,
    /// Where the next page begins; none after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// How far the records within reach were examined.
#[derive(Serialize, ToSchema)]
pub struct ExaminedBody {
    /// Records in which no personal data was looked for yet.
    not_examined: u64,
    /// Records of which only a part could be looked at: text inside images and sound is not read, nor is what
    /// is damaged, hostile or too long.
    examined_in_part: u64,
    /// What nobody looked into: titles and events of cases, explanations of gaps, matters, and reasons given for
    /// steps are no records.
    not_covered: Vec<&'static str>,
}

/// What is kept and is no record.
const NOT_COVERED: [&str; 4] = ["cases", "explanations", "matters", "reasons"];

/// A record, or an entry of a bulk log, about whom was asked for.
#[derive(Serialize, ToSchema)]
pub struct SubjectHitBody {
    /// What is said of any hit.
    #[serde(flatten)]
    hit: HitBody,
    /// As what the value stands there.
    found: Vec<FoundBody>,
}

/// How often the value stands there as one type of personal data.
#[derive(Serialize, ToSchema)]
pub struct FoundBody {
    /// The type.
    r#type: String,
    /// How many places.
    places: u64,
}

pub(super) fn group() -> Group {
    Group {
        name: "subjects",
        description: "Every record about somebody, by keyed tokens of the personal data that was found in it.",
        operations: vec![
            Operation::post("/api/v1/subjects/lookup", "look_up_subject", || web::to(look_up))
                .says("Finds the records and entries of bulk logs that are about somebody.")
                .row(Resource::SearchSubject, Action::List)
                .takes(json(route::of::<LookupBody>))
                .gives(200, "A page of hits.", Some(json(route::of::<LookupResult>))),
            Operation::get("/api/v1/subjects/examined", "subjects_examined", || web::to(examined))
                .says("Says how far the records within reach were examined. Enters nothing in the ledger.")
                .row(Resource::SearchSubject, Action::List)
                .gives(200, "How many records.", Some(json(route::of::<ExaminedBody>))),
        ],
    }
}

/// A question as it was typed.
struct Question {
    value: String,
    class: Option<SubjectClass>,
    narrowing: Narrowing,
    paging: Paging,
}

impl FromJson for Question {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        reader.as_typed();
        reader.require(&["value"]);
        let class = |text: &str| {
            SubjectClass::parse(text).ok_or(FaultCode::UnknownWord { allowed: SubjectClass::WORDS })
        };
        let value = reader.text("value", |text| Ok::<_, FaultCode>(text.to_owned()));
        let class = reader.text("type", class);
        let (narrowing, paging) = (Narrowing::read(reader), Paging::read(reader, SEARCH_HITS_MAX));
        Some(Self { value: value?, class, narrowing, paging })
    }
}

async fn examined(asker: Asker) -> Result<HttpResponse, Problem> {
    let examined = asker.act(|archive, caller| archive.subjects_examined(caller)).await?;
    Ok(answer(200, &ExaminedBody::from(examined)))
}

async fn look_up(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let value = body::read_json_body(&request, &mut payload).await?;
    let mut question: Question = body::parse(&value)?;
    question.paging.list = list_of_body(&request, value);
    let service = asker.service().clone();
    let cursor = question.paging.place(&service)?;
    let limit = question.paging.limit;
    let zone = service.settings().zone;
    let wanted = Wanted::default();
    // Dropped with this handler when the client goes away: the look-up ends then.
    let _awaited = wanted.awaited();
    let (page, paging) = asker
        .act(move |archive, caller| {
            let Question { value, class, narrowing, paging } = question;
            let asked = AskedFor::parse(&value, class)?;
            let filters = narrowing.resolve(archive, caller, zone)?;
            let lookup = SubjectLookup { asked, filters, cursor, limit, wanted };
            let page = archive.look_up_subject(caller, &lookup)?;
            Ok((page, paging))
        })
        .await?;
    let next = paging.next(&service, page.next.clone());
    Ok(answer(200, &LookupResult { next, ..LookupResult::from(page) }))
}

impl From<SubjectPage> for LookupResult {
    fn from(page: SubjectPage) -> Self {
        Self {
            about: AboutBody::from(page.about),
            examined: ExaminedBody::from(page.examined),
            hits: page.hits.into_iter().map(SubjectHitBody::from).collect(),
            ended_early: page.ended_early,
            next: None,
        }
    }
}

impl From<Examined> for ExaminedBody {
    fn from(examined: Examined) -> Self {
        Self {
            not_examined: examined.not_examined,
            examined_in_part: examined.in_part,
            not_covered: NOT_COVERED.to_vec(),
        }
    }
}

impl From<SubjectHit> for SubjectHitBody {
    fn from(hit: SubjectHit) -> Self {
        let found = hit.found.into_iter();
        let found = found.map(|one| FoundBody { r#type: one.kind.as_str().to_owned(), places: one.places });
        Self { found: found.collect(), hit: HitBody::from(hit.hit) }
    }
}
