//! Redacted renditions: what a record says, with personal data hidden as a profile asks.

use actix_web::web;
use actix_web::{HttpRequest, HttpResponse, web::Payload};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Path, answer};
use crate::access::permission::{Action, Resource};
use crate::archive::records::{EntryName, Rendition, RenditionRequest};
use crate::base::limits::COMPONENTS_MAX;
use crate::record::request::{FaultCode, ObjectReader};
use crate::web::body::{self, FromJson};
use crate::web::guard::{Asker, Inside};
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, json};
use crate::words::Refusal;

/// Which rendition.
#[derive(Default, ToSchema)]
pub struct RenditionBody {
    /// The profile: opposing-party (otherwise), auditor, teaching or hipaa-safe-harbor.
    profile: Option<String>,
    /// The component, by number: 0 is the first; otherwise the first.
    component: Option<u64>,
    /// The version; otherwise the current one.
    version: Option<u64>,
}

impl FromJson for RenditionBody {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        reader.as_typed();
        let text = |text: &str| Ok::<_, FaultCode>(text.to_owned());
        Some(Self {
            profile: reader.text("profile", text),
            component: reader.number("component", 0..=COMPONENTS_MAX as u64),
            version: reader.number("version", 1..=u64::from(u32::MAX)),
        })
    }
}

/// A rendition with the report of what was hidden.
#[derive(Serialize, ToSchema)]
pub struct RenditionView {
    /// A name for a file; it says nothing but which record it is of.
    pub name: String,
    /// The media type of the format, which is the original's.
    pub media_type: &'static str,
    /// In what the original is encoded: UTF-8, UTF-16LE, UTF-16BE, GB18030, Big5, …
    pub charset: &'static str,
    /// The version.
    pub version: u32,
    /// The component's id.
    pub component: String,
    /// The text.
    pub document: String,
    /// What was hidden: engine, policy, counts by type, and each place by position (in characters of the
    /// original), type, operator, rule and confidence. It quotes no value.
    #[schema(value_type = Object)]
    pub report: Value,
    /// Position of the rendition's entry in the ledger.
    pub ledger_index: u64,
}

impl From<Rendition> for RenditionView {
    fn from(rendition: Rendition) -> Self {
        Self {
            name: rendition.name,
            media_type: rendition.media_type,
            charset: rendition.charset.as_str(),
            version: rendition.version,
            component: rendition.component.to_string(),
            document: rendition.document.to_string(),
            report: rendition.report.to_json(),
            ledger_index: rendition.ledger_index,
        }
    }
}

pub(super) fn group() -> Group {
    Group {
        name: "renditions",
        description: "What records say, with personal data hidden. Each rendition is in the ledger before it is given out.",
        operations: vec![
            Operation::post("/api/v1/records/{id}/rendition", "render_record", || web::to(render))
                .says(
                    "Makes a redacted rendition of a text-like component, or of one entry of a bulk log (id RECORD.ORDINAL), \
                     in the format in which it came. Needs no purpose, but the right to read the original. What cannot be read as text to its end, or hidden for certain, is withheld.",
                )
                .row(Resource::Rendition, Action::Read)
                .takes(json(route::of::<RenditionBody>))
                .gives(200, "The rendition and its report.", Some(json(route::of::<RenditionView>))),
        ],
    }
}

async fn render(
    asker: Asker,
    request: HttpRequest,
    record: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let name = EntryName::parse(&record).map_err(|_| Problem::from(Refusal::NotFound))?;
    let Inside { service, caller, turn } = asker.enter().await?;
    let body: RenditionBody = body::read(&request, &mut payload).await?;
    let wanted = RenditionRequest {
        record: name.record,
        entry: name.ordinal,
        version: body.version.and_then(|version| u32::try_from(version).ok()),
        component: body.component.and_then(|number| usize::try_from(number).ok()).unwrap_or(0),
        profile: body.profile,
    };
    // The engine takes a processor for as long as the text is: each person has few at once.
    let long = service.fairness().long_work_in_turn(caller.user()).await?;
    let rendition = service
        .run(move |archive| {
            // Held by the work, not by the request: a client that goes away must not free what is still used.
            let _held = (turn, long);
            archive.redacted_rendition(&caller, &wanted)
        })
        .await?;
    Ok(answer(200, &RenditionView::from(rendition)))
}
