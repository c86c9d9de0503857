//! `policy publish`, `policy rebase` and `policy retire`: each asks for the second person, and is done with the approval.

use hyper::Method;
use serde_json::{Value, json};

use super::args::{Publish, Rebase, Retire};
use super::stored::{Version, version};
use crate::cli::Run;
use crate::cli::approval::data_of;
use crate::cli::args::At;
use crate::cli::client::{Ask, Client};
use crate::cli::failure::Failure;
use crate::cli::hint;
use crate::cli::list::text;
use crate::cli::login::answered;

/// What is to be done, in what it needs.
struct Step<'a> {
    at: &'a At,
    named: &'a str,
    /// The end of its path.
    path: &'static str,
    body: Value,
    reason: Option<&'a str>,
    approval: Option<&'a str>,
    /// The key of what is said in the end.
    done: &'static str,
}

pub(super) fn publish(run: &Run, args: &Publish) -> Result<(), Failure> {
    let mut body = json!({"simulation": args.simulation, "newly_due": args.newly_due});
    if let Some(from) = &args.effective_from {
        body["effective_from"] = json!(from);
    }
    take(
        run,
        &Step {
            at: &args.at,
            named: &args.version,
            path: "/publication",
            body,
            reason: args.reason.as_deref(),
            approval: args.approval.as_deref(),
            done: "policy.published",
        },
    )
}

pub(super) fn rebase(run: &Run, args: &Rebase) -> Result<(), Failure> {
    let body = json!({
        "simulation": args.simulation, "newly_due": args.newly_due, "notice_days": args.notice_days,
        "notice": args.notice,
    });
    take(
        run,
        &Step {
            at: &args.at,
            named: &args.version,
            path: "/rebase",
            body,
            reason: args.reason.as_deref(),
            approval: args.approval.as_deref(),
            done: "policy.rebased",
        },
    )
}

pub(super) fn retire(run: &Run, args: &Retire) -> Result<(), Failure> {
    take(
        run,
        &Step {
            at: &args.at,
            named: &args.version,
            path: "/retirement",
            body: json!({}),
            reason: args.reason.as_deref(),
            approval: args.approval.as_deref(),
            done: "policy.retired",
        },
    )
}

fn take(run: &Run, step: &Step<'_>) -> Result<(), Failure> {
    run.with_archive(step.at, async |client: &Client| {
        let version = version(client, step.named).await?;
        match step.approval {
            None => ask(run, client, (step, &version)).await,
            Some(approval) => done(run, client, (step, &version), approval).await,
        }
    })
}

async fn ask(run: &Run, client: &Client, (step, version): (&Step<'_>, &Version)) -> Result<(), Failure> {
    let mut body = step.body.clone();
    body["reason"] = json!(step.reason.unwrap_or_default());
    let path = version.path(&format!("{}/approvals", step.path));
    let made = answered(run, client, step.at, || Ask::json(Method::POST, path.clone(), &body)).await;
    let made = made.map_err(|failure| failure.about(version.name()))?;
    let id = text(&made, "id");
    if run.voice.json {
        return run.voice.json_line(&json!({"approval": id, "version": version.name()}));
    }
    run.voice.line(id)?;
    hint::later(run, "approval.next", &[("data", &data_of(step.at)), ("id", id)]);
    hint::later(run, "policy.then", &[("id", id)]);
    run.next.take().iter().for_each(|remark| run.voice.tell(remark));
    Ok(())
}

async fn done(
    run: &Run,
    client: &Client,
    (step, version): (&Step<'_>, &Version),
    approval: &str,
) -> Result<(), Failure> {
    let mut body = step.body.clone();
    body["approval"] = json!(approval);
    let ask = || version.change(Method::POST, step.path, &body);
    let done = answered(run, client, step.at, ask).await;
    let done = done.map_err(|failure| failure.about(version.name()))?;
    if run.voice.json {
        return run.voice.json_line(&done);
    }
    let index = done.pointer("/ledger/index").map(Value::to_string).unwrap_or_default();
    run.voice.remark(step.done, &[("name", &version.name()), ("index", &index)]);
    Ok(())
}
