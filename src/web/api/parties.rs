//! Customers and other parties: lists, and the dossier (客户服务档案). No scoring, no profile.

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::{Value, json as value};
use utoipa::ToSchema;

use super::case_views::{CaseLine, record_line};
use super::page::{Paging, Query};
use super::{Path, answer, id, page};
use crate::access::permission::{Action, Resource};
use crate::archive::cases::Page;
use crate::archive::customers::{DossierView, PartyView};
use crate::base::id::PartyId;
use crate::base::moment::Moment;
use crate::record::gaps::{Lapse, Standing};
use crate::record::party::PartyName;
use crate::record::request::ObjectReader;
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, json};

/// A party.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartyLine {
    /// The party.
    pub id: String,
    /// Its name, for those who may read names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When the archive first heard of it; for those who see all parties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered_at: Option<String>,
    /// True where the party is not as the ledger says: then only its id is told; absent where it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub damaged: bool,
}

/// A page of parties.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartyPage {
    /// The parties.
    pub items: Vec<PartyLine>,
    /// Where the next page begins; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A party's name; in a body, because names stand in no URL.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into a `PartyName`")]
pub struct PartyNamed {
    /// The name.
    name: String,
}

/// A customer's dossier.
#[derive(Debug, Serialize, ToSchema)]
pub struct DossierBody {
    /// The party.
    pub party: PartyLine,
    /// Authorizations, those in force first: record, standing, on.
    pub authorizations: Vec<Value>,
    /// Cases, the latest first, with the party's roles.
    pub cases: Vec<Value>,
    /// Complaints: record, on, answer.
    pub complaints: Vec<Value>,
    /// Feedback: record, on, score.
    pub feedback: Vec<Value>,
    /// Holds: reference, placed_at, released_at.
    pub holds: Vec<Value>,
    /// Data-subject requests: reference, received_at, answered_at.
    pub requests: Vec<Value>,
    /// What was destroyed when: record, at.
    pub destroyed: Vec<Value>,
    /// The records named above, as far as the reader may see them.
    pub records: Vec<Value>,
}

pub(super) fn group() -> Group {
    Group {
        name: "parties",
        description: "Customers and other parties, and their dossiers (客户服务档案).",
        operations: vec![
            Operation::get("/api/v1/parties", "list_parties", || web::to(list))
                .says("Lists parties, the one registered last first.")
                .row(Resource::Party, Action::List)
                .paged()
                .gives(200, "A page.", Some(json(route::of::<PartyPage>))),
            Operation::post("/api/v1/parties/named", "party_named", || web::to(named))
                .says("Finds a party by its exact name.")
                .row(Resource::Party, Action::Read)
                .takes(json(route::of::<PartyNamed>))
                .gives(200, "The party.", Some(json(route::of::<PartyLine>))),
            Operation::get("/api/v1/parties/{id}", "show_party", || web::to(show))
                .says("Shows a party.")
                .row(Resource::Party, Action::Read)
                .gives(200, "The party.", Some(json(route::of::<PartyLine>))),
            Operation::get("/api/v1/parties/{id}/dossier", "dossier", || web::to(dossier))
                .says("A party's authorizations, cases, complaints, feedback, holds and requests.")
                .row(Resource::Party, Action::Read)
                .gives(200, "The dossier.", Some(json(route::of::<DossierBody>))),
        ],
    }
}

impl From<PartyView> for PartyLine {
    fn from(view: PartyView) -> Self {
        Self {
            id: view.id.to_string(),
            name: view.name.map(|name| name.as_str().to_owned()),
            registered_at: view.registered_at.map(Moment::to_rfc3339),
            damaged: view.damaged,
        }
    }
}

impl FromJson for PartyName {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let name = reader.text("name", Self::parse);
        reader.require(&["name"]);
        name
    }
}

async fn list(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["cursor", "limit"])?;
    let paging = Paging::of_query(&request, &query)?;
    let service = asker.service().clone();
    let (place, items) = (paging.place(&service)?, paging.items());
    let Page { items, next } =
        asker.act(move |archive, caller| archive.list_parties(caller, place.as_deref(), items)).await?;
    let next = paging.next(&service, next);
    let body = PartyPage { items: items.into_iter().map(PartyLine::from).collect(), next: next.clone() };
    Ok(page::respond(&request, &body, next.as_deref()))
}

async fn named(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let name: PartyName = body::read(&request, &mut payload).await?;
    let party = asker.act(move |archive, caller| archive.party_named(caller, &name)).await?;
    Ok(answer(200, &PartyLine::from(party)))
}

async fn show(asker: Asker, party: Path) -> Result<HttpResponse, Problem> {
    let party = id(&party, PartyId::parse)?;
    let party = asker.act(move |archive, caller| archive.party(caller, party)).await?;
    Ok(answer(200, &PartyLine::from(party)))
}

async fn dossier(asker: Asker, party: Path) -> Result<HttpResponse, Problem> {
    let party = id(&party, PartyId::parse)?;
    let zone = asker.service().capture_defaults(true).zone;
    let view = asker.act(move |archive, caller| archive.dossier(caller, party, zone)).await?;
    Ok(answer(200, &DossierBody::from(view)))
}

fn standing(standing: Standing) -> (&'static str, Option<String>) {
    match standing {
        Standing::InForce => ("in_force", None),
        Standing::Lapsed(Lapse::NotYet { valid_from }) => ("not_yet", Some(valid_from.to_string())),
        Standing::Corrected => ("corrected", None),
        Standing::Lapsed(Lapse::NotSigned { signed_on }) => ("not_signed", Some(signed_on.to_string())),
        Standing::Lapsed(Lapse::Expired { valid_to }) => ("expired", Some(valid_to.to_string())),
        Standing::Lapsed(Lapse::Withdrawn { withdrawn_on }) => ("withdrawn", Some(withdrawn_on.to_string())),
    }
}

impl From<DossierView> for DossierBody {
    fn from(view: DossierView) -> Self {
        let DossierView { party, dossier, records, mut cases } = view;
        let cases = dossier
            .cases
            .iter()
            .filter_map(|line| cases.remove(&line.id))
            .map(|found| value!({"case": CaseLine::from(found.case), "roles": found.roles}));
        Self {
            party: PartyLine::from(party),
            authorizations: dossier
                .authorizations
                .iter()
                .map(|one| {
                    let (word, on) = standing(one.standing);
                    value!({"record": one.record.to_string(), "standing": word, "on": on})
                })
                .collect(),
            cases: cases.collect(),
            complaints: dossier
                .complaints
                .iter()
                .map(|(record, on, answered)| {
                    let answered = answered.map(|id| id.to_string());
                    value!({"record": record.to_string(), "on": on.to_string(), "answer": answered})
                })
                .collect(),
            feedback: dossier
                .feedback
                .iter()
                .map(|one| value!({"record": one.record.to_string(), "on": one.on.to_string(), "score": one.score}))
                .collect(),
            holds: dossier
                .holds
                .iter()
                .map(|hold| {
                    let released = hold.released_at.map(Moment::to_rfc3339);
                    value!({"reference": hold.reference, "placed_at": hold.placed_at.to_rfc3339(), "released_at": released})
                })
                .collect(),
            requests: dossier
                .requests
                .iter()
                .map(|one| {
                    let answered = one.answered_at.map(Moment::to_rfc3339);
                    value!({"reference": one.reference, "received_at": one.received_at.to_rfc3339(), "answered_at": answered})
                })
                .collect(),
            destroyed: dossier
                .destroyed
                .iter()
                .map(|(record, at)| value!({"record": record.to_string(), "at": at.to_rfc3339()}))
                .collect(),
            records: records.values().map(record_line).collect(),
        }
    }
}
