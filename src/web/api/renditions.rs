//! Redacted renditions: what a record says, with personal data hidden as a profile asks.

use actix_web::web;
use actix_web::{HttpRequest, HttpResponse, web::Payload};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::receipt::ReceiptBody;
use super::{Path, answer};
use crate::access::permission::{Action, Resource};
use crate::archive::records::{
    EntryName, KeepRequest, Kept, PageRequest, Rendition, RenditionContent, RenditionRequest,
};
use crate::base::limits::{COMPONENTS_MAX, LOOKED_AT_BOXES_MAX, PDF_DOTS_PER_INCH_MAX, PDF_PAGES_MAX};
use crate::document::rendition::{BadLookedAt, BoxOnPage, LookedAt, looked_at};
use crate::record::request::{FaultCode, ObjectReader};
use crate::web::body::{self, FromJson};
use crate::web::guard::{Asker, Inside};
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, bytes, json};
use crate::words::Refusal;

/// Dots per inch of a page's picture where nothing else is said.
const PAGE_DOTS_PER_INCH: u16 = 96;

/// Which rendition.
#[derive(Default, ToSchema)]
pub struct RenditionBody {
    /// The profile: opposing-party (otherwise; for trainers teaching), auditor, teaching or hipaa-safe-harbor.
    profile: Option<String>,
    /// The component, by number: 0 is the first; otherwise the first.
    component: Option<u64>,
    /// The version; otherwise the current one.
    version: Option<u64>,
    /// Pages and pictures that the reader has looked at, having opened the original: `page` from 1, and `boxes`, what is to be filled
    /// in, each with `left`, `top`, `width`, `height` in points of a page or pixels of a picture.
    #[schema(value_type = Option<Vec<Object>>)]
    looked_at: Vec<LookedAt>,
}

impl FromJson for RenditionBody {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        reader.as_typed();
        let text = |text: &str| Ok::<_, FaultCode>(text.to_owned());
        Some(Self {
            profile: reader.text("profile", text),
            component: reader.number("component", 0..=COMPONENTS_MAX as u64),
            version: reader.number("version", 1..=u64::from(u32::MAX)),
            looked_at: looked_at_in(reader),
        })
    }
}

/// Pages that somebody has looked at.
fn looked_at_in(reader: &mut ObjectReader<'_>) -> Vec<LookedAt> {
    let edge = 0..=u64::from(u16::MAX);
    let narrow = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
    let pages: Vec<LookedAt> = reader.list("looked_at", PDF_PAGES_MAX, |item, path, faults| {
        ObjectReader::read(item, path, faults, |inner| {
            let page = narrow(inner.number("page", 1..=PDF_PAGES_MAX as u64));
            let boxes = inner.list("boxes", LOOKED_AT_BOXES_MAX, |item, path, faults| {
                ObjectReader::read(item, path, faults, |inner| {
                    let [left, top] = ["left", "top"].map(|name| narrow(inner.number(name, edge.clone())));
                    let size = 1..=u64::from(u16::MAX);
                    let [width, height] =
                        ["width", "height"].map(|name| narrow(inner.number(name, size.clone())));
                    inner.require(&["left", "top", "width", "height"]);
                    Some(BoxOnPage { left: left?, top: top?, width: width?, height: height? })
                })
                .flatten()
            });
            inner.require(&["page", "boxes"]);
            Some(LookedAt { page: page?, boxes })
        })
        .flatten()
    });
    let first = "looked_at".to_owned();
    match looked_at(pages) {
        Ok(pages) => pages,
        Err(BadLookedAt::TooMany) => {
            reader.fault("looked_at", FaultCode::TooMany { found: usize::MAX, most: LOOKED_AT_BOXES_MAX });
            Vec::new()
        }
        Err(BadLookedAt::Malformed | BadLookedAt::Page { .. } | BadLookedAt::Empty { .. }) => {
            reader.fault("looked_at", FaultCode::Duplicate { first });
            Vec::new()
        }
    }
}

/// Which rendition is to be kept.
#[derive(Default, ToSchema)]
pub struct KeepBody {
    /// The profile: opposing-party (otherwise; for trainers teaching), auditor, teaching or hipaa-safe-harbor.
    profile: Option<String>,
    /// The component, by number: 0 is the first; otherwise the first.
    component: Option<u64>,
    /// The version; otherwise the current one.
    version: Option<u64>,
    /// Pages and pictures that the reader has looked at, as of a rendition.
    #[schema(value_type = Option<Vec<Object>>)]
    looked_at: Vec<LookedAt>,
    /// True if a slip sheet shall be kept in the place of what is withheld; otherwise that is refused.
    slip: Option<bool>,
}

impl FromJson for KeepBody {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let RenditionBody { profile, component, version, looked_at } = RenditionBody::read(reader)?;
        Some(Self { profile, component, version, looked_at, slip: reader.boolean("slip") })
    }
}

/// A redacted copy that was kept.
#[derive(Serialize, ToSchema)]
pub struct KeptView {
    /// The receipt of the record that holds it.
    pub receipt: ReceiptBody,
    /// What was hidden, as of a rendition. Absent where a slip sheet was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub report: Option<Value>,
    /// Why a slip sheet was kept instead: a stable word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<&'static str>,
    /// Position of the entry about the record that it was made from.
    pub ledger_index: u64,
}

impl From<Kept> for KeptView {
    fn from(kept: Kept) -> Self {
        let Kept { receipt, report, withheld, ledger_index } = kept;
        Self { receipt: receipt.into(), report, withheld, ledger_index }
    }
}

/// Which page of which document.
#[derive(Default, ToSchema)]
pub struct PageBody {
    /// The profile: opposing-party (otherwise), auditor, teaching or hipaa-safe-harbor.
    profile: Option<String>,
    /// The component, by number: 0 is the first; otherwise the first.
    component: Option<u64>,
    /// The version; otherwise the current one.
    version: Option<u64>,
    /// The page, from 1; otherwise the first.
    page: Option<u64>,
    /// Dots per inch, 36 to 200; otherwise 96.
    dots_per_inch: Option<u64>,
    /// Pages that the reader has looked at, as of a rendition: to see what would leave.
    #[schema(value_type = Option<Vec<Object>>)]
    looked_at: Vec<LookedAt>,
}

impl FromJson for PageBody {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        reader.as_typed();
        let text = |text: &str| Ok::<_, FaultCode>(text.to_owned());
        Some(Self {
            profile: reader.text("profile", text),
            component: reader.number("component", 0..=COMPONENTS_MAX as u64),
            version: reader.number("version", 1..=u64::from(u32::MAX)),
            page: reader.number("page", 1..=PDF_PAGES_MAX as u64),
            dots_per_inch: reader.number("dots_per_inch", 36..=u64::from(PDF_DOTS_PER_INCH_MAX)),
            looked_at: looked_at_in(reader),
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
    /// The text; of a document that is no text its bytes, as `encoding` says.
    pub document: String,
    /// How `document` stands here: `text`, or `base64` for a document that is no text.
    pub encoding: &'static str,
    /// What was hidden: engine, policy, counts by type, and each place by position (in characters of the
    /// original), type, operator, rule and confidence. It quotes no value. Of a document that is no text also
    /// which pages, pictures and attachments were left out, with the reasons.
    #[schema(value_type = Object)]
    pub report: Value,
    /// Position of the rendition's entry in the ledger.
    pub ledger_index: u64,
}

impl From<Rendition> for RenditionView {
    fn from(rendition: Rendition) -> Self {
        let (document, encoding) = match rendition.content {
            RenditionContent::Text(text) => (text.to_string(), "text"),
            RenditionContent::Bytes(bytes) => (STANDARD.encode(&*bytes), "base64"),
        };
        Self {
            name: rendition.name,
            media_type: rendition.media_type,
            charset: rendition.charset.as_str(),
            version: rendition.version,
            component: rendition.component.to_string(),
            document,
            encoding,
            report: rendition.report,
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
                    "Makes a redacted rendition of a component, or of one entry of a bulk log (id RECORD.ORDINAL), \
                     in the format in which it came: texts changed value by value, PDF, DOCX, XLSX, PPTX and mail made anew (a message of Outlook leaves as mail). \
                     Needs no purpose. Who may not read the original gets one of a text of the current version once all of it was looked at, by the profiles of the own level: \
                     trainers teaching, others opposing-party, teaching or hipaa-safe-harbor. What cannot be read to its end, or hidden for certain, is withheld.",
                )
                .row(Resource::Rendition, Action::Read)
                .takes(json(route::of::<RenditionBody>))
                .gives(200, "The rendition and its report.", Some(json(route::of::<RenditionView>))),
            Operation::post("/api/v1/records/{id}/rendition/keep", "keep_rendition", || web::to(keep))
                .says(
                    "Makes a redacted rendition and captures it as a record of its own, in the same case, category derivative.redacted, linked as derived_from. \
                     The entry about the source names it. Needs what a rendition and a capture need. With slip, a slip sheet with the reason stands for what is withheld.",
                )
                .row(Resource::Record, Action::Create)
                .takes(json(route::of::<KeepBody>))
                .gives(201, "The receipt and the report.", Some(json(route::of::<KeptView>))),
            Operation::post("/api/v1/records/{id}/rendition/page", "render_page", || web::to(page))
                .says(
                    "Paints a page of a PDF with what the profile hides filled in. Needs what a rendition needs. A page of which it is not certain what it says is withheld.",
                )
                .row(Resource::Rendition, Action::Read)
                .takes(json(route::of::<PageBody>))
                .gives(200, "The picture.", Some(bytes("image/png"))),
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
        looked_at: body.looked_at,
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

async fn keep(
    asker: Asker,
    request: HttpRequest,
    record: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let name = EntryName::parse(&record).map_err(|_| Problem::from(Refusal::NotFound))?;
    let Inside { service, caller, turn } = asker.enter().await?;
    let body: KeepBody = body::read(&request, &mut payload).await?;
    let wanted = KeepRequest {
        of: RenditionRequest {
            record: name.record,
            entry: name.ordinal,
            version: body.version.and_then(|version| u32::try_from(version).ok()),
            component: body.component.and_then(|number| usize::try_from(number).ok()).unwrap_or(0),
            profile: body.profile,
            looked_at: body.looked_at,
        },
        slip: body.slip.unwrap_or(false),
        defaults: service.capture_defaults(false),
    };
    let long = service.fairness().long_work_in_turn(caller.user()).await?;
    let kept = service
        .run(move |archive| {
            let _held = (turn, long);
            archive.keep_redacted(&caller, &wanted)
        })
        .await?;
    let place = format!("/api/v1/records/{}", kept.receipt.record);
    let mut response = answer(201, &KeptView::from(kept));
    if let Ok(place) = actix_web::http::header::HeaderValue::from_str(&place) {
        response.headers_mut().insert(actix_web::http::header::LOCATION, place);
    }
    Ok(response)
}

async fn page(
    asker: Asker,
    request: HttpRequest,
    record: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let name = EntryName::parse(&record).map_err(|_| Problem::from(Refusal::NotFound))?;
    let Inside { service, caller, turn } = asker.enter().await?;
    let body: PageBody = body::read(&request, &mut payload).await?;
    let narrow = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
    let wanted = PageRequest {
        of: RenditionRequest {
            record: name.record,
            entry: name.ordinal,
            version: narrow(body.version),
            component: body.component.and_then(|number| usize::try_from(number).ok()).unwrap_or(0),
            profile: body.profile,
            looked_at: body.looked_at,
        },
        page: narrow(body.page).unwrap_or(1),
        dots_per_inch: body
            .dots_per_inch
            .and_then(|dots| u16::try_from(dots).ok())
            .unwrap_or(PAGE_DOTS_PER_INCH),
    };
    let long = service.fairness().long_work_in_turn(caller.user()).await?;
    let picture = service
        .run(move |archive| {
            let _held = (turn, long);
            archive.redacted_page(&caller, &wanted)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type("image/png")
        .insert_header(("Cache-Control", "no-store"))
        .body(picture.bytes.to_vec()))
}
