//! Reading originals: for a stated purpose, which is in the ledger before the first byte leaves.

use std::sync::Arc;

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::ToSchema;

use super::Path;
use crate::access::permission::{Action, Resource};
use crate::archive::records::{EntryName, Form, OpenRequest};
use crate::base::limits::COMPONENTS_MAX;
use crate::record::request::{FaultCode, ObjectReader};
use crate::web::body::{self, FromJson};
use crate::web::download::{self, RangeFields};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, bytes, field, json};
use crate::words::Refusal;

/// Which original, and what for.
#[derive(ToSchema)]
pub struct OpenBody {
    /// What it is read for. Kept sealed; the ledger holds its commitment.
    purpose: String,
    /// The component, by number: 0 is the first, the highest is one less than the version has; otherwise the first.
    component: Option<u64>,
    /// The version; otherwise the current one.
    version: Option<u64>,
    /// content (decrypted), sealed (header and payload: a standard age file) or text (what it says, with the documents inside it, in UTF-8).
    form: Option<String>,
}

const FORMS: &[&str] = &["content", "sealed", "text"];

impl FromJson for OpenBody {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let text = |text: &str| Ok::<_, FaultCode>(text.to_owned());
        let purpose = reader.text("purpose", text);
        let component = reader.number("component", 0..=COMPONENTS_MAX as u64);
        let version = reader.number("version", 1..=u64::from(u32::MAX));
        let form = reader.text("form", |word| match FORMS.contains(&word) {
            true => Ok(word.to_owned()),
            false => Err(FaultCode::UnknownWord { allowed: FORMS }),
        });
        // A purpose that is missing has a refusal of its own.
        Some(Self { purpose: purpose.unwrap_or_default(), component, version, form })
    }
}

pub(super) fn group() -> Group {
    Group {
        name: "originals",
        description: "Reads what was captured. Every reading is in the ledger, durably, before it begins.",
        operations: vec![
            Operation::post("/api/v1/records/{id}/open", "open_original", || web::to(open))
                .says("Reads an original, or one entry of a bulk log (id RECORD.ORDINAL, where 0 is the first entry), for a purpose.")
                .row(Resource::Original, Action::Read)
                .takes(json(route::of::<OpenBody>))
                .with(field("Range", "One range of bytes."))
                .with(field("If-Range", "The ETag for which the range is meant."))
                .gives(200, "The bytes, as an attachment under the name they came with.", Some(bytes("*/*")))
                .gives(206, "The range.", Some(bytes("*/*"))),
        ],
    }
}

async fn open(
    asker: Asker,
    request: HttpRequest,
    record: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let name = EntryName::parse(&record).map_err(|_| Problem::from(Refusal::NotFound))?;
    let (record, entry) = (name.record, name.ordinal);
    let body: OpenBody = body::read(&request, &mut payload).await?;
    let fields = RangeFields::of(&request);
    let form = match body.form.as_deref() {
        Some("sealed") => Form::Sealed,
        Some("text") => Form::Text,
        _ => Form::Content,
    };
    let wanted = OpenRequest {
        record,
        entry,
        version: body.version.and_then(|version| u32::try_from(version).ok()),
        component: body.component.and_then(|number| usize::try_from(number).ok()).unwrap_or(0),
        purpose: body.purpose,
        form,
    };
    let fairness = Arc::clone(asker.service().fairness());
    let outgoing = asker
        .act(move |archive, caller| {
            let opened = archive.open_original(caller, &wanted)?;
            // Content never changes; a header does when keys are rotated, so the sealed form has no tag.
            let etag = match (form, entry) {
                (Form::Content, None) => Some(format!("\"{}\"", opened.component)),
                (Form::Content, Some(entry)) => Some(format!("\"{}.{entry}\"", opened.component)),
                // What a document says may be read better by a later edition.
                (Form::Sealed | Form::Text, _) => None,
            };
            download::prepare(opened.into(), etag, &fields)
        })
        .await?;
    outgoing.respond(&fairness)
}
