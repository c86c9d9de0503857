//! What people say of policies: that they have read them, what they suggest, what came of them; and policies as
//! others lay them out.

use std::collections::BTreeMap;

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::case_views::EnteredBody;
use super::cases::entered;
use super::page::Query;
use super::policies::{VersionPath, policy_id, version_of};
use super::{Path, answer, id};
use crate::access::permission::{Action, Resource};
use crate::archive::policies::{EvaluationView, Measured, SuggestionView};
use crate::base::id::PolicySuggestionId;
use crate::policy::{
    ComparedRule, EvaluationFields, SuggestionFields, compare, file_plan, shipped, shipped_names,
};
use crate::record::names::Note;
use crate::record::request::{FaultCode, ObjectReader};
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::route::{self, Group, Operation, bytes, json, query};
use crate::words::Refusal;

/// A suggestion to a policy.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `SuggestionFields`")]
pub struct SuggestionInput {
    /// The rule; none for the policy as a whole.
    rule: Option<String>,
    /// What is suggested.
    text: String,
}

/// A decision on a suggestion.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `Decided`")]
pub struct SuggestionDecisionInput {
    /// accepted or declined.
    decision: String,
    /// What is answered.
    answer: String,
}

/// What an evaluation came to.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `EvaluationFields`")]
pub struct EvaluationInput {
    /// met, not_met or unclear.
    outcome: String,
    /// What was measured before the version counted.
    before: Option<String>,
    /// What was measured since.
    after: String,
    /// What else is to be known of it.
    note: Option<String>,
}

/// Who has read a version.
#[derive(Serialize, ToSchema)]
pub struct AcknowledgementList {
    /// When the reader of this said so; absent if that was not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    own: Option<String>,
    /// Everybody who said so, oldest first; absent for who may not see users.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<AcknowledgementBody>>,
}

/// That somebody has read a version.
#[derive(Serialize, ToSchema)]
pub struct AcknowledgementBody {
    /// The user.
    user: String,
    /// When.
    at: String,
}

/// A suggestion.
#[derive(Serialize, ToSchema)]
pub struct SuggestionBody {
    /// The suggestion.
    id: String,
    /// The number of the version.
    version: u32,
    /// The rule; absent for the policy as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// open, accepted or declined.
    state: String,
    /// When it was made.
    made_at: String,
    /// By whom.
    made_by: String,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<String>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    /// What is suggested.
    text: String,
    /// What was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
}

/// Suggestions, the newest first.
#[derive(Serialize, ToSchema)]
pub struct SuggestionList {
    /// The suggestions.
    items: Vec<SuggestionBody>,
}

/// The evaluation of a version's effect.
#[derive(Serialize, ToSchema)]
pub struct EvaluationBody {
    /// The number of the version.
    version: u32,
    /// On which day it is due.
    due_on: String,
    /// True if that day is over and it was not made.
    overdue: bool,
    /// What is measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    metric: Option<String>,
    /// What it should come to.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// met, not_met or unclear; absent until it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluated_at: Option<String>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluated_by: Option<String>,
    /// What was written down: before, after, note; `measured` is what the archive counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<Value>,
}

/// What the archive counted in a stretch of time.
#[derive(Serialize, ToSchema)]
pub struct MeasuredBody {
    /// From then on.
    from: String,
    /// Until before then.
    until: String,
    /// How many records, complaints, late_records, gaps, explained_gaps, refused_dispositions and suggestions.
    counts: BTreeMap<&'static str, u64>,
}

/// What was counted before a version counted, and since.
#[derive(Serialize, ToSchema)]
pub struct MeasuresBody {
    /// As long before as since.
    before: MeasuredBody,
    /// Since then, to the day of its evaluation at most.
    after: MeasuredBody,
}

impl From<Measured> for MeasuredBody {
    fn from(measured: Measured) -> Self {
        let Measured { from, until, counts } = measured;
        Self { from: from.to_rfc3339(), until: until.to_rfc3339(), counts }
    }
}

/// Evaluations, the newest version first.
#[derive(Serialize, ToSchema)]
pub struct EvaluationList {
    /// The evaluations.
    items: Vec<EvaluationBody>,
}

/// A policy beside a pack (对标), the most pressing first.
#[derive(Serialize, ToSchema)]
pub struct ComparisonBody {
    /// The version, as `id@version`.
    policy: String,
    /// The pack, likewise.
    pack: String,
    /// The rules.
    items: Vec<ComparedBody>,
}

/// A rule of the policy beside one of the pack.
#[derive(Serialize, ToSchema)]
pub struct ComparedBody {
    /// missing, not_enabled, shorter, longer, differs, own or same.
    how: String,
    /// The policy's rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    here: Option<String>,
    /// The pack's rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    there: Option<String>,
    /// Articles on which they rest.
    citations: Vec<String>,
    /// What differs.
    fields: Vec<ComparedFieldBody>,
}

/// A field in which two rules differ.
#[derive(Serialize, ToSchema)]
pub struct ComparedFieldBody {
    /// The field.
    name: String,
    /// What the policy says.
    #[serde(skip_serializing_if = "Option::is_none")]
    here: Option<String>,
    /// What the pack says.
    #[serde(skip_serializing_if = "Option::is_none")]
    there: Option<String>,
}

impl FromJson for SuggestionFields {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        Self::read(reader)
    }
}

impl FromJson for EvaluationFields {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        Self::read(reader)
    }
}

/// A decision on a suggestion.
struct Decided {
    accept: bool,
    answer: Note,
}

impl FromJson for Decided {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        const WORDS: &[&str] = &["accepted", "declined"];
        let accept = reader.text("decision", |word| match word {
            "accepted" => Ok(true),
            "declined" => Ok(false),
            _ => Err(FaultCode::UnknownWord { allowed: WORDS }),
        });
        let answer = reader.text("answer", Note::parse);
        reader.require(&["decision", "answer"]);
        Some(Self { accept: accept?, answer: answer? })
    }
}

impl From<SuggestionView> for SuggestionBody {
    fn from(view: SuggestionView) -> Self {
        Self {
            id: view.id.to_string(),
            version: view.version,
            rule: view.rule.map(|rule| rule.to_string()),
            state: view.state.as_str().to_owned(),
            made_at: view.made.0.to_rfc3339(),
            made_by: view.made.1.to_string(),
            decided_at: view.decided.map(|(at, _)| at.to_rfc3339()),
            decided_by: view.decided.map(|(_, by)| by.to_string()),
            text: view.text,
            answer: view.answer,
        }
    }
}

impl From<EvaluationView> for EvaluationBody {
    fn from(view: EvaluationView) -> Self {
        let (metric, target) = view.effect.map(|effect| (effect.metric, effect.target)).unzip();
        Self {
            version: view.version,
            due_on: view.due_on.to_string(),
            overdue: view.overdue,
            metric,
            target,
            outcome: view.outcome.map(|outcome| outcome.as_str().to_owned()),
            evaluated_at: view.evaluated.map(|(at, _)| at.to_rfc3339()),
            evaluated_by: view.evaluated.map(|(_, by)| by.to_string()),
            words: view.words,
        }
    }
}

impl From<ComparedRule> for ComparedBody {
    fn from(rule: ComparedRule) -> Self {
        let field = |field: crate::policy::ComparedField| ComparedFieldBody {
            name: field.name,
            here: field.here,
            there: field.there,
        };
        Self {
            how: rule.how.as_str().to_owned(),
            here: rule.here,
            there: rule.there,
            citations: rule.citations,
            fields: rule.fields.into_iter().map(field).collect(),
        }
    }
}

pub(super) fn group() -> Group {
    let mut operations = voices();
    operations.extend(layouts());
    Group {
        name: "policy voices",
        description: "Policies read (宣贯), commented on, evaluated (效果评估), compared (对标), and laid out as others do.",
        operations,
    }
}

fn voices() -> Vec<Operation> {
    let made = || Some(json(route::of::<EnteredBody>));
    vec![
        Operation::get("/api/v1/policies/{id}/versions/{version}/acknowledgements", "list_policy_acknowledgements", || {
            web::to(acknowledgements)
        })
        .says("Tells who has read a version.")
        .row(Resource::Policy, Action::Read)
        .gives(200, "Who has.", Some(json(route::of::<AcknowledgementList>))),
        Operation::post("/api/v1/policies/{id}/versions/{version}/acknowledgements", "acknowledge_policy_version", || {
            web::to(acknowledge)
        })
        .says("Says that one has read a published version. A person says so, no token.")
        .row(Resource::Policy, Action::Read)
        .gives(201, "It is entered.", made()),
        Operation::get("/api/v1/policies/{id}/suggestions", "list_policy_suggestions", || web::to(suggestions))
            .says("Lists the suggestions to a policy, the newest first: all of them for who may change it, otherwise one's own.")
            .row(Resource::Policy, Action::Read)
            .gives(200, "The suggestions.", Some(json(route::of::<SuggestionList>))),
        Operation::post("/api/v1/policies/{id}/versions/{version}/suggestions", "suggest_to_policy_version", || {
            web::to(suggest)
        })
        .says("Suggests something to a rule, or to the policy as a whole.")
        .row(Resource::Policy, Action::Suggest)
        .takes(json(route::of::<SuggestionInput>))
        .gives(201, "It is entered.", made()),
        Operation::put("/api/v1/suggestions/{id}/decision", "decide_policy_suggestion", || web::to(decide))
            .says("Takes a suggestion up, or declines it, with an answer.")
            .row(Resource::Policy, Action::Change)
            .takes(json(route::of::<SuggestionDecisionInput>))
            .gives(200, "It is decided.", made()),
        Operation::get("/api/v1/policies/{id}/evaluations", "list_policy_evaluations", || web::to(evaluations))
            .says("Lists the evaluations of a policy's versions (效果评估), the newest version first.")
            .row(Resource::Policy, Action::Read)
            .gives(200, "The evaluations.", Some(json(route::of::<EvaluationList>))),
        Operation::get("/api/v1/policies/{id}/versions/{version}/measures", "measure_policy_version", || {
            web::to(measures)
        })
        .says("Counts what the archive has since a version counts, and as long before: records, late ones, gaps, refusals.")
        .row(Resource::Policy, Action::Change)
        .gives(200, "The counts.", Some(json(route::of::<MeasuresBody>))),
        Operation::put("/api/v1/policies/{id}/versions/{version}/evaluation", "evaluate_policy_version", || {
            web::to(evaluate)
        })
        .says("Enters what the evaluation of a version came to. The first word stands.")
        .row(Resource::Policy, Action::Change)
        .takes(json(route::of::<EvaluationInput>))
        .gives(200, "It is entered.", made()),
    ]
}

fn layouts() -> Vec<Operation> {
    vec![
        Operation::get("/api/v1/policies/{id}/versions/{version}/comparison", "compare_policy_version", || {
            web::to(comparison)
        })
        .says("Sets a version beside a shipped pack (对标): what is missing, shorter, switched off, or one's own.")
        .row(Resource::Policy, Action::Read)
        .with(query("with", "The name of the pack."))
        .gives(200, "The comparison.", Some(json(route::of::<ComparisonBody>))),
        Operation::get("/api/v1/policies/{id}/versions/{version}/file-plan", "policy_file_plan", || {
            web::to(plan)
        })
        .says("The enabled rules as a file plan: CSV with the columns of Microsoft Purview, or 归档范围与保管期限表.")
        .row(Resource::Policy, Action::Read)
        .with(query("layout", "purview (otherwise) or schedule."))
        .gives(200, "The table.", Some(bytes("text/csv"))),
    ]
}

async fn acknowledgements(asker: Asker, path: VersionPath) -> Result<HttpResponse, Problem> {
    let (policy, number) = version_of(path)?;
    let found =
        asker.act(move |archive, caller| archive.policy_acknowledgements(caller, (&policy, number))).await?;
    let line = |(user, at): (crate::base::id::UserId, crate::base::moment::Moment)| AcknowledgementBody {
        user: user.to_string(),
        at: at.to_rfc3339(),
    };
    let items = found.all.map(|all| all.into_iter().map(line).collect());
    Ok(answer(200, &AcknowledgementList { own: found.own.map(|at| at.to_rfc3339()), items }))
}

async fn acknowledge(asker: Asker, path: VersionPath) -> Result<HttpResponse, Problem> {
    let (policy, number) = version_of(path)?;
    let made =
        asker.act(move |archive, caller| archive.acknowledge_policy(caller, (&policy, number))).await?;
    Ok(entered(201, made))
}

async fn suggestions(asker: Asker, policy: Path) -> Result<HttpResponse, Problem> {
    let policy = policy_id(&policy)?;
    let views = asker.act(move |archive, caller| archive.policy_suggestions(caller, &policy)).await?;
    Ok(answer(200, &SuggestionList { items: views.into_iter().map(SuggestionBody::from).collect() }))
}

async fn suggest(
    asker: Asker,
    request: HttpRequest,
    path: VersionPath,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (policy, number) = version_of(path)?;
    let fields: SuggestionFields = body::read(&request, &mut payload).await?;
    let made = asker
        .act(move |archive, caller| archive.suggest_to_policy(caller, (&policy, number), fields))
        .await?;
    Ok(entered(201, made))
}

async fn decide(
    asker: Asker,
    request: HttpRequest,
    suggestion: Path,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let suggestion = id(&suggestion, PolicySuggestionId::parse)?;
    let Decided { accept, answer } = body::read(&request, &mut payload).await?;
    let done = asker
        .act(move |archive, caller| archive.decide_suggestion(caller, suggestion, (accept, answer)))
        .await?;
    Ok(entered(200, done))
}

async fn evaluations(asker: Asker, policy: Path) -> Result<HttpResponse, Problem> {
    let policy = policy_id(&policy)?;
    let views = asker.act(move |archive, caller| archive.policy_evaluations(caller, &policy)).await?;
    Ok(answer(200, &EvaluationList { items: views.into_iter().map(EvaluationBody::from).collect() }))
}

async fn measures(asker: Asker, path: VersionPath) -> Result<HttpResponse, Problem> {
    let (policy, number) = version_of(path)?;
    let found = asker.act(move |archive, caller| archive.policy_measures(caller, (&policy, number))).await?;
    Ok(answer(200, &MeasuresBody { before: found.before.into(), after: found.after.into() }))
}

async fn evaluate(
    asker: Asker,
    request: HttpRequest,
    path: VersionPath,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (policy, number) = version_of(path)?;
    let fields: EvaluationFields = body::read(&request, &mut payload).await?;
    let done =
        asker.act(move |archive, caller| archive.evaluate_policy(caller, (&policy, number), fields)).await?;
    Ok(entered(200, done))
}

async fn comparison(asker: Asker, request: HttpRequest, path: VersionPath) -> Result<HttpResponse, Problem> {
    let (policy, number) = version_of(path)?;
    let query = Query::of(&request, &["with"])?;
    let packs = || shipped_names().map(str::to_owned).collect();
    let pack = query.get("with").and_then(shipped);
    let Some(Ok(pack)) = pack else { return Err(Refusal::UnknownPack { packs: packs() }.into()) };
    let view =
        asker.act(move |archive, caller| archive.policy_version(caller, (&policy, Some(number)))).await?;
    let items = compare(&view.policy, &pack).into_iter().map(ComparedBody::from).collect();
    let policy = format!("{}@{}", view.policy.id, view.policy.version);
    Ok(answer(200, &ComparisonBody { policy, pack: format!("{}@{}", pack.id, pack.version), items }))
}

async fn plan(asker: Asker, request: HttpRequest, path: VersionPath) -> Result<HttpResponse, Problem> {
    const LAYOUTS: &[&str] = &["purview", "schedule"];
    let (policy, number) = version_of(path)?;
    let query = Query::of(&request, &["layout"])?;
    let is_schedule = query.read("layout", |word| match word {
        "purview" => Ok(false),
        "schedule" => Ok(true),
        _ => Err(FaultCode::UnknownWord { allowed: LAYOUTS }),
    })?;
    let view =
        asker.act(move |archive, caller| archive.policy_version(caller, (&policy, Some(number)))).await?;
    let table = match is_schedule.unwrap_or(false) {
        true => file_plan::schedule_table(&view.policy),
        false => file_plan::purview(&view.policy),
    };
    Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(table))
}
