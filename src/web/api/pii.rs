//! The engine for text that is sent along: what personal data is in it, why, and the text without it.
//! Nothing of it is kept, entered or logged.

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::answer;
use crate::access::permission::{Action, Resource};
use crate::archive::refusal::{Refusal, Withheld};
use crate::base::entropy::SystemEntropy;
use crate::base::limits::{EVAL_PLACES_MAX, EVAL_TEXTS_MAX};
use crate::base::secret::SecretKey;
use crate::record::request::{FaultCode, ObjectReader};
use crate::redaction::eval::Marked;
use crate::redaction::report::ENGINE_VERSION;
use crate::redaction::{self, CaseBook, Evaluation, Format, Keys, Policy, Request, Settings, Subjects};
use crate::web::body::{self, FromJson};
use crate::web::guard::{Asker, Inside};
use crate::web::observe;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, json};
use crate::words::pii_rule;

/// A text to look at.
#[derive(ToSchema)]
pub struct TextBody {
    /// The text.
    #[schema(value_type = String)]
    text: Zeroizing<String>,
    /// False to look for identifiers only, which is much faster; otherwise names too.
    names: Option<bool>,
}

/// A text to hide in.
#[derive(ToSchema)]
pub struct RedactBody {
    /// The text.
    #[schema(value_type = String)]
    text: Zeroizing<String>,
    /// The profile: court, opposing-party, auditor, dsar, teaching or hipaa-safe-harbor.
    profile: String,
    /// text (otherwise), json, csv or xml (HTML too).
    format: Option<String>,
}

/// Texts by which the engine is measured.
#[derive(ToSchema)]
pub struct EvalBody {
    /// The texts, 1 to 1000.
    #[schema(value_type = Vec<MarkedBody>)]
    texts: Vec<Marked>,
    /// False to look for identifiers only.
    names: Option<bool>,
}

/// A text in which the personal data is marked.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here; read into a marked text")]
pub struct MarkedBody {
    /// The text.
    text: String,
    /// Its places, at most 2000.
    spans: Vec<MarkedSpan>,
}

/// A marked place.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here; read into a marked text")]
pub struct MarkedSpan {
    /// First character, counted in Unicode code points from 0.
    start: u64,
    /// One past the last.
    end: u64,
    /// The type; IGNORE marks what counts for neither side.
    r#type: String,
}

/// How well the engine finds what is marked.
#[derive(Serialize, ToSchema)]
pub struct Measured {
    /// The version of rules and models.
    pub engine: &'static str,
    /// For each type that is marked somewhere: marked, found, precision, recall, f1, f2, strict_f1, noleak.
    #[schema(value_type = Object)]
    pub types: Value,
    /// The same of all of them together.
    #[schema(value_type = Object)]
    pub all: Value,
    /// Letters and digits outside all marked places.
    pub clean: usize,
    /// Those of them that were found to be personal.
    pub touched: usize,
}

const PROFILES: &[&str] = &["court", "opposing-party", "auditor", "dsar", "teaching", "hipaa-safe-harbor"];
const FORMATS: &[&str] = &["text", "json", "csv", "xml"];

fn text(reader: &mut ObjectReader<'_>) -> Option<Zeroizing<String>> {
    reader.as_typed();
    reader.require(&["text"]);
    reader.text("text", |text| Ok::<_, FaultCode>(Zeroizing::new(text.to_owned())))
}

fn word(
    reader: &mut ObjectReader<'_>,
    name: &'static str,
    allowed: &'static [&'static str],
) -> Option<String> {
    reader.text(name, |word| match allowed.contains(&word) {
        true => Ok(word.to_owned()),
        false => Err(FaultCode::UnknownWord { allowed }),
    })
}

impl FromJson for TextBody {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let text = text(reader);
        let names = reader.boolean("names");
        Some(Self { text: text?, names })
    }
}

impl FromJson for RedactBody {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let text = text(reader);
        reader.require(&["profile"]);
        let profile = word(reader, "profile", PROFILES);
        let format = word(reader, "format", FORMATS);
        Some(Self { text: text?, profile: profile?, format })
    }
}

impl FromJson for EvalBody {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        reader.as_typed();
        reader.require(&["texts"]);
        let texts = reader.list("texts", EVAL_TEXTS_MAX, |value, path, faults| {
            ObjectReader::read(value, path, faults, marked).flatten()
        });
        Some(Self { texts, names: reader.boolean("names") })
    }
}

fn marked(reader: &mut ObjectReader<'_>) -> Option<Marked> {
    reader.as_typed();
    reader.require(&["text", "spans"]);
    let text = reader.text("text", |text| Ok::<_, FaultCode>(text.to_owned()));
    let most = text.as_ref().map_or(0, |text| text.chars().count()) as u64;
    let places = reader.list("spans", EVAL_PLACES_MAX, |value, path, faults| {
        let place = ObjectReader::read(value, path, faults, |reader| {
            reader.as_typed();
            reader.require(&["start", "end", "type"]);
            let start = reader.number("start", 0..=most.saturating_sub(1));
            // A place has a character at least, and ends within the text.
            let end = reader.number("end", start.unwrap_or(0).saturating_add(1)..=most);
            let kind = reader.text("type", |kind| Ok::<_, FaultCode>(kind.to_owned()));
            Some((usize::try_from(start?).ok()?, usize::try_from(end?).ok()?, kind?))
        });
        place.flatten()
    });
    Some(Marked::new(text?, places))
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub struct Found {
    /// The version of rules and models.
    pub engine: &'static str,
    /// Every place, in order.
    pub spans: Vec<FoundSpan>,
}

/// A found place. It quotes no value.
#[derive(Serialize, ToSchema)]
pub struct FoundSpan {
    /// First character, counted in Unicode code points from 0.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// The type.
    pub r#type: &'static str,
    /// By which rule.
    pub rule: &'static str,
    /// How sure the rule is, 0 to 100.
    pub confidence: u8,
}

/// Why it was found.
#[derive(Serialize, ToSchema)]
pub struct Reasons {
    /// The version of rules and models.
    pub engine: &'static str,
    /// Every place, in order.
    pub spans: Vec<ReasonedSpan>,
}

/// A found place and why it was found.
#[derive(Serialize, ToSchema)]
pub struct ReasonedSpan {
    #[serde(flatten)]
    #[schema(inline)]
    pub span: FoundSpan,
    /// What the rule looks for, in the reader's language.
    pub evidence: &'static str,
    /// The label that stands before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What the cell or key announces in which it lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<&'static str>,
}

/// The text without what the profile hides.
#[derive(Serialize, ToSchema)]
pub struct RedactedText {
    /// The text, in its format.
    pub document: String,
    /// What was hidden: engine, policy, counts by type, and each place. It quotes no value.
    #[schema(value_type = Object)]
    pub report: Value,
}

impl From<&redaction::Span> for FoundSpan {
    fn from(span: &redaction::Span) -> Self {
        let redaction::Span { start, end, kind, confidence, rule } = *span;
        Self { start, end, r#type: kind.as_str(), rule, confidence }
    }
}

pub(super) fn group() -> Group {
    let row = |operation: Operation| operation.row(Resource::Rendition, Action::Create);
    Group {
        name: "pii",
        description: "Finds and hides personal data in text that is sent along. Nothing of it is kept.",
        operations: vec![
            row(Operation::post("/api/v1/pii/detect", "detect_pii", || web::to(detect))
                .says("Finds personal data in a text."))
            .takes(json(route::of::<TextBody>))
            .gives(200, "What was found.", Some(json(route::of::<Found>))),
            row(Operation::post("/api/v1/pii/explain", "explain_pii", || web::to(explain))
                .says("Finds personal data in a text, and says why."))
            .takes(json(route::of::<TextBody>))
            .gives(200, "What was found, with rule and evidence.", Some(json(route::of::<Reasons>))),
            row(Operation::post("/api/v1/pii/redact", "redact_pii", || web::to(redact)).says(
                "Hides personal data in a text as a profile asks. Numbers and stand-ins hold for this one answer; \
                 those of a case are in its records' renditions.",
            ))
            .takes(json(route::of::<RedactBody>))
            .gives(200, "The text without it, and the report.", Some(json(route::of::<RedactedText>))),
            row(Operation::post("/api/v1/pii/eval", "eval_pii", || web::to(eval)).says(
                "Measures the engine on marked texts: precision, recall, F1, F2 and leaks by type. At most 1000 texts of \
                 2000 places each, in a body of 1 MiB; muniment pii eval measures whole files.",
            ))
            .takes(json(route::of::<EvalBody>))
            .gives(200, "What came of it.", Some(json(route::of::<Measured>))),
        ],
    }
}

/// Reads the text of somebody who may use the engine, and works with it off the request's thread.
async fn work<B: FromJson + Send + 'static, T: Serialize + Send + 'static>(
    asker: Asker,
    request: HttpRequest,
    mut payload: Payload,
    work: impl FnOnce(B) -> Result<T, Refusal> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let Inside { service, caller, turn } = asker.enter().await?;
    let body: B = body::read(&request, &mut payload).await?;
    let long = service.fairness().long_work_in_turn(caller.user()).await?;
    let told = service
        .run(move |archive| {
            let _held = (turn, long);
            archive.may_use_engine(&caller)?;
            work(body)
        })
        .await?;
    Ok(answer(200, &told))
}

fn settings(body: &TextBody) -> Settings {
    Settings { names: body.names.unwrap_or(true), ..Settings::default() }
}

async fn detect(asker: Asker, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    work(asker, request, payload, |body: TextBody| {
        let spans = redaction::detect(&body.text, &settings(&body));
        Ok(Found { engine: ENGINE_VERSION, spans: spans.iter().map(FoundSpan::from).collect() })
    })
    .await
}

async fn explain(asker: Asker, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let language = observe::language(&request);
    work(asker, request, payload, move |body: TextBody| {
        let reasons = redaction::explain(&body.text, &settings(&body), &Subjects::default());
        let spans = reasons.into_iter().map(|reason| ReasonedSpan {
            span: FoundSpan::from(&reason.span),
            evidence: pii_rule(language, reason.span.rule),
            label: reason.label,
            cell: reason.cell,
        });
        Ok(Reasons { engine: ENGINE_VERSION, spans: spans.collect() })
    })
    .await
}

async fn eval(asker: Asker, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    work(asker, request, payload, |body: EvalBody| {
        let settings = Settings { names: body.names.unwrap_or(true), ..Settings::default() };
        let mut evaluation = Evaluation::default();
        for marked in &body.texts {
            evaluation.add(marked, &redaction::eval::found(marked, &settings));
        }
        let types = evaluation.marked_types().map(|(kind, counts)| (kind.to_owned(), counts.to_json()));
        Ok(Measured {
            engine: ENGINE_VERSION,
            types: types.collect(),
            all: evaluation.total().to_json(),
            clean: evaluation.clean,
            touched: evaluation.touched,
        })
    })
    .await
}

async fn redact(asker: Asker, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    work(asker, request, payload, |body: RedactBody| {
        let policy = Policy::shipped(&body.profile)
            .expect("only shipped profiles are let through, and tests read them");
        let format = match body.format.as_deref() {
            Some("json") => Format::Json,
            Some("csv") => Format::Csv,
            Some("xml") => Format::Xml,
            Some(_) | None => Format::Text,
        };
        let keys = Keys::new(SecretKey::generate(&SystemEntropy));
        let request = Request { policy: &policy, keys: &keys, subjects: &Subjects::default(), format };
        let redacted = redaction::redact(&body.text, &request, &mut CaseBook::default());
        match redacted.safe {
            true => Ok(RedactedText { document: redacted.document, report: redacted.report.to_json() }),
            false => Err(Refusal::Withheld(Withheld::Unproven)),
        }
    })
    .await
}
