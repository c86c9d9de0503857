//! Reports over what the reader sees: counts, never names of people.

use actix_web::web;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer;
use super::page::Query;
use crate::access::permission::{Action, Resource};
use crate::archive::cases::{AttainmentQuery, AttainmentTable, CaseQuery};
use crate::base::civil::CivilDate;
use crate::base::id::PartyId;
use crate::record::service_level::AttainmentRow;
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, json, query};

/// How the promises of the service level were kept (服务等级达成表).
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceLevelTable {
    /// The instant as of which it was measured.
    pub as_of: String,
    /// Cases that were measured, those without a promise among them.
    pub cases: u64,
    /// By tier, priority and measure.
    pub items: Vec<ServiceLevelLine>,
}

/// One promise to cases of one tier and priority.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceLevelLine {
    /// Tier, folded; empty where the cases name none.
    pub tier: String,
    /// Priority, folded; empty where the cases name none.
    pub priority: String,
    /// first_response or resolution.
    pub measure: String,
    /// Cases done in time.
    pub met: u64,
    /// Cases done too late.
    pub missed: u64,
    /// Cases not done whose time is over.
    pub overdue: u64,
    /// Cases not done that have time left; in no rate.
    pub running: u64,
    /// Of 1000 decided promises, those kept, rounded down; absent where none is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_per_mille: Option<u64>,
    /// The longest counted time of one case, in seconds.
    pub longest_seconds: i64,
}

pub(super) fn group() -> Group {
    Group {
        name: "reports",
        description: "Counts over what the reader sees.",
        operations: vec![
            Operation::get("/api/v1/reports/service-levels", "service_levels", || web::to(service_levels))
                .says("How the promises of the service level were kept (服务等级达成表), over the cases in reach.")
                .row(Resource::Report, Action::Read)
                .with(query("customer", "A party's id: only cases in which it has a role."))
                .with(query("from", "The first day on which a case may have been opened."))
                .with(query("to", "The last such day."))
                .gives(200, "The table.", Some(json(route::of::<ServiceLevelTable>))),
        ],
    }
}

async fn service_levels(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, &["customer", "from", "to"])?;
    let zone = asker.service().capture_defaults(true).zone;
    let to = query.read("to", CivilDate::parse)?;
    let wanted = AttainmentQuery {
        cases: CaseQuery { party: query.read("customer", PartyId::parse)?, ..CaseQuery::default() },
        opened_from: query.read("from", CivilDate::parse)?.map(|day| day.begins_in(zone)),
        // The last day of the calendar has no day after it, and nothing lies behind it.
        opened_before: to.and_then(|day| day.plus_days(1)).map(|day| day.begins_in(zone)),
    };
    let table = asker.act(move |archive, caller| archive.attainment_table(caller, &wanted)).await?;
    Ok(answer(200, &ServiceLevelTable::from(table)))
}

impl From<AttainmentTable> for ServiceLevelTable {
    fn from(table: AttainmentTable) -> Self {
        Self {
            as_of: table.as_of.to_rfc3339(),
            cases: table.cases,
            items: table.rows.into_iter().map(ServiceLevelLine::from).collect(),
        }
    }
}

impl From<AttainmentRow> for ServiceLevelLine {
    fn from(row: AttainmentRow) -> Self {
        Self {
            kept_per_mille: row.per_mille(),
            tier: row.tier,
            priority: row.priority,
            measure: row.measure.as_str().to_owned(),
            met: row.met,
            missed: row.missed,
            overdue: row.overdue,
            running: row.running,
            longest_seconds: row.longest_seconds,
        }
    }
}
