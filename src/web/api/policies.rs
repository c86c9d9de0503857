//! Retention policies (保管期限制度): drafts, reviews, simulations, publication by two persons.

use actix_web::http::header;
use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::account::CODE;
use super::approvals::ApprovalMade;
use super::case_views::EnteredBody;
use super::cases::entered;
use super::jobs::{JobBody, begun};
use super::page::Query;
use super::policy_inputs::{
    PolicyInput, PolicyReviewInput, PublicationApprovalInput, PublicationInput, RebaseApprovalInput,
    RebaseInput, RetirementApprovalInput, RetirementInput, SimulationInput,
};
use super::policy_views::{
    PolicyBody, PolicyLineBody, PolicyList, PolicyReviewBody, PolicyReviewList, PolicyVersionBody,
    SimulationBody, SimulationList, SimulationReportBody,
};
use super::{Path, answer, expected_revision, id, page, revision_tag};
use crate::access::permission::{Action, Resource};
use crate::archive::policies::{NewReview, PolicySource, PublishRequest, RetireRequest};
use crate::archive::retention::shifted_csv;
use crate::base::id::SimulationId;
use crate::policy::RuleId;
use crate::web::body;
use crate::web::guard::Asker;
use crate::web::problem::Problem;
use crate::web::refusals::of_faults;
use crate::web::route::{self, Group, IF_MATCH, Operation, bytes, json};
use crate::words::Refusal;

pub(super) fn group() -> Group {
    let mut operations = reading();
    operations.extend(writing());
    operations.extend(publishing());
    Group {
        name: "policies",
        description: "Retention policies (保管期限制度): drafted, reviewed, simulated, published by two persons.",
        operations,
    }
}

fn reading() -> Vec<Operation> {
    vec![
        Operation::get("/api/v1/policies", "list_policies", || web::to(list))
            .says("Lists the policies, by id.")
            .row(Resource::Policy, Action::List)
            .gives(200, "The policies.", Some(json(route::of::<PolicyList>))),
        Operation::get("/api/v1/policies/{id}", "show_policy", || web::to(show))
            .says("Shows a policy with its versions, and the rules whose review is overdue.")
            .row(Resource::Policy, Action::Read)
            .gives(200, "The policy.", Some(json(route::of::<PolicyBody>))),
        Operation::get("/api/v1/policies/{id}/versions/{version}", "show_policy_version", || {
            web::to(show_version)
        })
        .says("Shows a version of a policy with what it says.")
        .row(Resource::Policy, Action::Read)
        .gives(
            200,
            "The version; its ETag is for If-Match.",
            Some(json(route::of::<PolicyVersionBody>)),
        ),
        Operation::get("/api/v1/policies/{id}/reviews", "list_policy_reviews", || web::to(reviews))
            .says("Lists the reviews (制度评审) of a policy, the newest first.")
            .row(Resource::Policy, Action::Read)
            .gives(200, "The reviews.", Some(json(route::of::<PolicyReviewList>))),
        Operation::get("/api/v1/policies/{id}/simulations", "list_policy_simulations", || {
            web::to(simulations)
        })
        .says("Lists the simulations of a policy's versions, the newest first.")
        .row(Resource::Policy, Action::Read)
        .gives(200, "The simulations.", Some(json(route::of::<SimulationList>))),
        Operation::get("/api/v1/simulations/{id}", "show_simulation", || web::to(simulation))
            .says("Shows a simulation with its report: what would change, and for which records.")
            .row(Resource::Policy, Action::Simulate)
            .gives(200, "The simulation.", Some(json(route::of::<SimulationReportBody>))),
        Operation::get("/api/v1/simulations/{id}/records", "list_simulated_records", || web::to(simulated))
            .says("Lists the records that would be shifted, and how, as CSV.")
            .row(Resource::Policy, Action::Simulate)
            .gives(200, "The table.", Some(bytes("text/csv"))),
    ]
}

fn writing() -> Vec<Operation> {
    let made = || Some(json(route::of::<EnteredBody>));
    vec![
        Operation::post("/api/v1/policies", "import_policy", || web::to(import))
            .says("Takes a version of a policy in as a draft, from a policy file or a shipped pack.")
            .row(Resource::Policy, Action::Create)
            .takes(json(route::of::<PolicyInput>))
            .gives(201, "It is a draft; the ETag is that of the version.", made()),
        Operation::put("/api/v1/policies/{id}/versions/{version}", "replace_policy_version", || {
            web::to(replace)
        })
        .says("Puts another text in place of a version that was not published; it is a draft again.")
        .row(Resource::Policy, Action::Change)
        .with(IF_MATCH)
        .takes(json(route::of::<PolicyInput>))
        .gives(200, "It is replaced.", made()),
        Operation::post("/api/v1/policies/{id}/versions/{version}/submission", "submit_policy_version", || {
            web::to(submit)
        })
        .says("Hands a draft in for review.")
        .row(Resource::Policy, Action::Change)
        .with(IF_MATCH)
        .gives(200, "It is handed in.", made()),
        Operation::post("/api/v1/policies/{id}/versions/{version}/reviews", "review_policy_version", || {
            web::to(review)
        })
        .says(
            "Enters a review (制度评审). Of a draft that was handed in, `keep` lets it pass and the other decisions send \
             it back; of a version in force, it begins its calendar anew.",
        )
        .row(Resource::Policy, Action::Change)
        .with(IF_MATCH)
        .takes(json(route::of::<PolicyReviewInput>))
        .gives(201, "It is entered; the ETag is that of the version.", made()),
        Operation::post("/api/v1/policies/{id}/versions/{version}/simulations", "simulate_policy_version", || {
            web::to(simulate)
        })
        .says(
            "Judges every record under a version as of an instant, as a job, and keeps the report: publishing names its \
             hash. Of a version in force, it is what a campaign would change; against another version, it is kept nowhere \
             but with the job.",
        )
        .row(Resource::Policy, Action::Simulate)
        .takes(json(route::of::<SimulationInput>))
        .gives(
            202,
            "It is under way; Location names the job, Retry-After says when to look.",
            Some(json(route::of::<JobBody>)),
        ),
    ]
}

fn publishing() -> Vec<Operation> {
    let changed = || Some(json(route::of::<EnteredBody>));
    let asked = || Some(json(route::of::<ApprovalMade>));
    vec![
        Operation::post(
            "/api/v1/policies/{id}/versions/{version}/publication/approvals",
            "request_policy_publication",
            || web::to(ask_publication),
        )
        .says("Asks for approval of publishing exactly this version, on the ground of this simulation.")
        .row(Resource::Policy, Action::Publish)
        .with(CODE)
        .takes(json(route::of::<PublicationApprovalInput>))
        .gives(201, "The request.", asked()),
        Operation::post("/api/v1/policies/{id}/versions/{version}/publication", "publish_policy_version", || {
            web::to(publish)
        })
        .says("Puts a reviewed version into force, by the approval of a second person. What it says never changes then.")
        .row(Resource::Policy, Action::Publish)
        .with(IF_MATCH)
        .with(CODE)
        .takes(json(route::of::<PublicationInput>))
        .gives(200, "It is published.", changed()),
        Operation::post(
            "/api/v1/policies/{id}/versions/{version}/rebase/approvals",
            "request_policy_rebase",
            || web::to(ask_rebase),
        )
        .says("Asks for approval of letting older records stand under exactly this version as well.")
        .row(Resource::Policy, Action::Shorten)
        .with(CODE)
        .takes(json(route::of::<RebaseApprovalInput>))
        .gives(201, "The request.", asked()),
        Operation::post("/api/v1/policies/{id}/versions/{version}/rebase", "rebase_policy_version", || {
            web::to(rebase)
        })
        .says(
            "Lets older records stand under a version in force as well, once its notice is over, by the approval of a \
             second person. What is held or locked then keeps what earlier versions left it.",
        )
        .row(Resource::Policy, Action::Shorten)
        .with(IF_MATCH)
        .with(CODE)
        .takes(json(route::of::<RebaseInput>))
        .gives(200, "Its notice is given.", changed()),
        Operation::post(
            "/api/v1/policies/{id}/versions/{version}/retirement/approvals",
            "request_policy_retirement",
            || web::to(ask_retirement),
        )
        .says("Asks for approval of retiring a version that was superseded.")
        .row(Resource::Policy, Action::Publish)
        .with(CODE)
        .takes(json(route::of::<RetirementApprovalInput>))
        .gives(201, "The request.", asked()),
        Operation::post("/api/v1/policies/{id}/versions/{version}/retirement", "retire_policy_version", || {
            web::to(retire)
        })
        .says("Retires a version that was superseded, by the approval of a second person. Its floors stay.")
        .row(Resource::Policy, Action::Publish)
        .with(IF_MATCH)
        .with(CODE)
        .takes(json(route::of::<RetirementInput>))
        .gives(200, "It is retired.", changed()),
    ]
}

/// A policy in the path. What is no id names nothing that exists.
pub(super) fn policy_id(text: &str) -> Result<RuleId, Problem> {
    RuleId::parse(text).map_err(|_| Refusal::NotFound.into())
}

pub(super) type VersionPath = web::Path<(String, String)>;

/// A version in the path, in its one spelling.
pub(super) fn version_of(path: VersionPath) -> Result<(RuleId, u32), Problem> {
    let (policy, version) = path.into_inner();
    let number = version.parse::<u32>().ok().filter(|number| number.to_string() == version);
    Ok((policy_id(&policy)?, number.ok_or_else(|| Problem::from(Refusal::NotFound))?))
}

async fn list(asker: Asker, request: HttpRequest) -> Result<HttpResponse, Problem> {
    Query::of(&request, &[])?;
    let lines = asker.act(move |archive, caller| archive.list_policies(caller)).await?;
    Ok(answer(200, &PolicyList { items: lines.into_iter().map(PolicyLineBody::from).collect() }))
}

async fn show(asker: Asker, policy: Path) -> Result<HttpResponse, Problem> {
    let policy = policy_id(&policy)?;
    let view = asker.act(move |archive, caller| archive.policy(caller, &policy)).await?;
    Ok(answer(200, &PolicyBody::from(view)))
}

async fn show_version(
    asker: Asker,
    request: HttpRequest,
    path: VersionPath,
) -> Result<HttpResponse, Problem> {
    let (policy, number) = version_of(path)?;
    let view =
        asker.act(move |archive, caller| archive.policy_version(caller, (&policy, Some(number)))).await?;
    let tag = revision_tag(view.line.revision);
    Ok(page::tagged(&request, &PolicyVersionBody::from(view), &tag))
}

async fn reviews(asker: Asker, policy: Path) -> Result<HttpResponse, Problem> {
    let policy = policy_id(&policy)?;
    let views = asker.act(move |archive, caller| archive.policy_reviews(caller, &policy)).await?;
    Ok(answer(200, &PolicyReviewList { items: views.into_iter().map(PolicyReviewBody::from).collect() }))
}

async fn simulations(asker: Asker, policy: Path) -> Result<HttpResponse, Problem> {
    let policy = policy_id(&policy)?;
    let views = asker.act(move |archive, caller| archive.policy_simulations(caller, &policy)).await?;
    Ok(answer(200, &SimulationList { items: views.into_iter().map(SimulationBody::from).collect() }))
}

async fn simulation(asker: Asker, simulation: Path) -> Result<HttpResponse, Problem> {
    let simulation = id(&simulation, SimulationId::parse)?;
    let (view, report) =
        asker.act(move |archive, caller| archive.simulation_report(caller, simulation)).await?;
    Ok(answer(200, &SimulationReportBody { simulation: view.into(), report }))
}

async fn import(asker: Asker, request: HttpRequest, mut payload: Payload) -> Result<HttpResponse, Problem> {
    let source: PolicySource = body::read(&request, &mut payload).await?;
    let made = asker.act(move |archive, caller| archive.import_policy(caller, &source)).await?;
    let place = format!("/api/v1/policies/{}/versions/{}", made.policy, made.version);
    let mut response = entered(201, made.entered);
    if let Ok(place) = header::HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

async fn replace(
    asker: Asker,
    request: HttpRequest,
    path: VersionPath,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (policy, number) = version_of(path)?;
    let expected = expected_revision(&request)?;
    let source: PolicySource = body::read(&request, &mut payload).await?;
    let changed = asker
        .act(move |archive, caller| {
            archive.replace_policy_version(caller, (&policy, number), &source, expected)
        })
        .await?;
    Ok(entered(200, changed))
}

async fn submit(asker: Asker, request: HttpRequest, path: VersionPath) -> Result<HttpResponse, Problem> {
    let (policy, number) = version_of(path)?;
    let expected = expected_revision(&request)?;
    let changed =
        asker.act(move |archive, caller| archive.submit_policy(caller, (&policy, number), expected)).await?;
    Ok(entered(200, changed))
}

async fn review(
    asker: Asker,
    request: HttpRequest,
    path: VersionPath,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (policy, number) = version_of(path)?;
    let expected = expected_revision(&request)?;
    let value = body::read_json_body(&request, &mut payload).await?;
    let review = NewReview::from_json(&value, asker.service().now()).map_err(|faults| of_faults(&faults))?;
    let made = asker
        .act(move |archive, caller| archive.review_policy(caller, (&policy, number), review, expected))
        .await?;
    Ok(entered(201, made))
}

async fn simulate(
    asker: Asker,
    request: HttpRequest,
    path: VersionPath,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (policy, number) = version_of(path)?;
    let SimulationInput { against, as_of } = body::read(&request, &mut payload).await?;
    asker.service().start_jobs()?;
    let job = asker
        .act(move |archive, caller| {
            archive.begin_version_simulation(caller, (&policy, number, against), as_of)
        })
        .await?;
    Ok(begun(&request, job))
}

async fn simulated(asker: Asker, simulation: Path) -> Result<HttpResponse, Problem> {
    let simulation = id(&simulation, SimulationId::parse)?;
    let (_, report) = asker.act(move |archive, caller| archive.simulation_report(caller, simulation)).await?;
    Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(shifted_csv(&report)))
}

async fn ask_rebase(
    asker: Asker,
    request: HttpRequest,
    path: VersionPath,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (policy, version) = version_of(path)?;
    let asked: RebaseApprovalInput = body::read(&request, &mut payload).await?;
    let (wanted, reason, approver) = asked.of(policy, version);
    let id = asker
        .act(move |archive, caller| archive.request_policy_rebase(caller, &wanted, (&reason, approver)))
        .await?;
    Ok(answer(201, &ApprovalMade { id: id.to_string() }))
}

async fn rebase(
    asker: Asker,
    request: HttpRequest,
    path: VersionPath,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (policy, version) = version_of(path)?;
    let expected = expected_revision(&request)?;
    let asked: RebaseInput = body::read(&request, &mut payload).await?;
    let (wanted, approval) = asked.of(policy, version);
    let changed =
        asker.act(move |archive, caller| archive.rebase_policy(caller, &wanted, approval, expected)).await?;
    Ok(entered(200, changed))
}

async fn ask_publication(
    asker: Asker,
    request: HttpRequest,
    path: VersionPath,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (policy, version) = version_of(path)?;
    let asked: PublicationApprovalInput = body::read(&request, &mut payload).await?;
    let PublicationApprovalInput { simulation, effective_from, newly_due, reason, approver } = asked;
    let newly_due = newly_due.unwrap_or(0);
    let wanted = PublishRequest { policy, version, simulation, effective_from, newly_due };
    let id = asker
        .act(move |archive, caller| archive.request_policy_publication(caller, &wanted, (&reason, approver)))
        .await?;
    Ok(answer(201, &ApprovalMade { id: id.to_string() }))
}

async fn publish(
    asker: Asker,
    request: HttpRequest,
    path: VersionPath,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (policy, version) = version_of(path)?;
    let expected = expected_revision(&request)?;
    let asked: PublicationInput = body::read(&request, &mut payload).await?;
    let PublicationInput { simulation, effective_from, newly_due, approval } = asked;
    let newly_due = newly_due.unwrap_or(0);
    let wanted = PublishRequest { policy, version, simulation, effective_from, newly_due };
    let changed =
        asker.act(move |archive, caller| archive.publish_policy(caller, &wanted, approval, expected)).await?;
    Ok(entered(200, changed))
}

async fn ask_retirement(
    asker: Asker,
    request: HttpRequest,
    path: VersionPath,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (policy, version) = version_of(path)?;
    let RetirementApprovalInput { reason, approver } = body::read(&request, &mut payload).await?;
    let wanted = RetireRequest { policy, version };
    let id = asker
        .act(move |archive, caller| archive.request_policy_retirement(caller, &wanted, (&reason, approver)))
        .await?;
    Ok(answer(201, &ApprovalMade { id: id.to_string() }))
}

async fn retire(
    asker: Asker,
    request: HttpRequest,
    path: VersionPath,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (policy, version) = version_of(path)?;
    let expected = expected_revision(&request)?;
    let RetirementInput { approval } = body::read(&request, &mut payload).await?;
    let wanted = RetireRequest { policy, version };
    let changed =
        asker.act(move |archive, caller| archive.retire_policy(caller, &wanted, approval, expected)).await?;
    Ok(entered(200, changed))
}
