//! `approval`: steps that need a second person (双人复核). Nobody is the second person by default:
//! whoever decides says who it is with `--as`.

use hyper::Method;
use serde_json::{Value, json};

use super::Run;
use super::args::{Approval, ApprovalRequest, At};
use super::client::{Ask, Client};
use super::failure::Failure;
use super::find;
use super::list::text;
use super::login::answered;
use super::open::path_segment;
use super::say::code_of;
use super::show::plain;
use super::table::Table;

pub(super) fn run(run: &Run, verb: &Approval) -> Result<(), Failure> {
    match verb {
        Approval::List { at, state, ids } => {
            run.with_archive(at, async |client: &Client| list(run, client, state, *ids).await)
        }
        Approval::Show { at, id } => run.with_archive(at, async |client: &Client| {
            let approval = client.json(&Ask::get(path(id, ""))).await.map_err(|failure| failure.about(id))?;
            if run.voice.json { run.voice.json_line(&approval) } else { show(run, client, &approval).await }
        }),
        Approval::Request(args) => {
            let body = request(args)?;
            run.with_archive(&args.at, async |client: &Client| ask_for(run, client, args, body).await)
        }
        Approval::Approve { at, id } => decide(run, at, id, "approve"),
        Approval::Refuse { at, id } => decide(run, at, id, "refuse"),
        Approval::Cancel { at, id } => run.with_archive(at, async |client: &Client| {
            client.json(&Ask::json(Method::POST, path(id, "/cancel"), &Value::Null)).await?;
            run.voice.remark("approval.cancelled", &[("id", id)]);
            Ok(())
        }),
    }
}

fn path(id: &str, rest: &str) -> String {
    format!("/api/v1/approvals/{}{rest}", path_segment(id))
}

async fn list(run: &Run, client: &Client, state: &str, ids: bool) -> Result<(), Failure> {
    let heads = ["head.step", "head.state", "head.asked", "head.until", "head.mine_to_decide", "head.id"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[])));
    let mut next = Some(format!(
        "/api/v1/approvals?state={}&limit={}",
        path_segment(&code_of("approval_state", state)),
        find::PAGE
    ));
    while let Some(page_path) = next {
        let (page, after) = client.json_and_next(&Ask::get(page_path), None).await?;
        for approval in find::items(&page) {
            if ids {
                run.voice.line(text(approval, "id"))?;
            } else if run.voice.json {
                run.voice.json_line(approval)?;
            } else {
                table.row(row(run, approval));
            }
        }
        next = after;
    }
    if ids || run.voice.json {
        return Ok(());
    }
    table.print(&run.voice)
}

fn row(run: &Run, approval: &Value) -> [String; 6] {
    let mine = if approval.get("may_decide") == Some(&Value::Bool(true)) { "yes" } else { "no" };
    [
        run.voice.word("step", text(approval, "action")),
        run.voice.word("approval_state", text(approval, "state")),
        run.voice.moment(text(approval, "requested_at")),
        run.voice.moment(text(approval, "expires_at")),
        run.voice.say(mine, &[]),
        text(approval, "id").to_owned(),
    ]
}

async fn show(run: &Run, client: &Client, approval: &Value) -> Result<(), Failure> {
    let mut table = Table::facts();
    let [step, state, asked, until, mine, id] = row(run, approval);
    let facts = [
        ("head.id", id),
        ("head.step", step),
        ("head.subject", text(approval, "subject").to_owned()),
        ("head.state", state),
        ("head.asked_by", find::user_name(client, text(approval, "requested_by")).await?),
        ("head.asked", asked),
        ("head.until", until),
        ("head.mine_to_decide", mine),
    ];
    for (key, fact) in facts {
        table.row([run.voice.say(key, &[]), fact]);
    }
    if let Some(reason) = approval.get("reason") {
        table.row([run.voice.say("head.reason", &[]), plain(reason, ", ")]);
    }
    for (name, value) in approval.get("parameters").and_then(Value::as_object).into_iter().flatten() {
        let told = match value {
            Value::Bool(yes) => run.voice.say(if *yes { "yes" } else { "no" }, &[]),
            other => plain(other, &run.voice.say("list.comma", &[])),
        };
        table.row([run.voice.word("parameter", name), told]);
    }
    table.print(&run.voice)
}

fn request(args: &ApprovalRequest) -> Result<Value, Failure> {
    let mut body =
        json!({"action": code_of("step", &args.action), "subject": args.subject, "reason": args.reason});
    if let Some(parameters) = &args.parameters {
        let parameters: Value =
            serde_json::from_str(parameters).map_err(|_| Failure::usage("bad_json", &[]))?;
        body["parameters"] = parameters;
    }
    Ok(body)
}

async fn ask_for(run: &Run, client: &Client, args: &ApprovalRequest, mut body: Value) -> Result<(), Failure> {
    if let Some(approver) = &args.approver {
        body["approver"] = json!(find::user(client, approver).await?);
    }
    let made =
        answered(run, client, &args.at, || Ask::json(Method::POST, "/api/v1/approvals", &body)).await?;
    if run.voice.json {
        return run.voice.json_line(&made);
    }
    run.voice.line(text(&made, "id"))?;
    run.voice.remark("approval.next", &[("data", &data_of(&args.at)), ("id", text(&made, "id"))]);
    Ok(())
}

/// The data directory as it was named, for commands to copy.
pub(super) fn data_of(at: &At) -> String {
    at.data.as_ref().map_or_else(|| "DIR".to_owned(), |data| data.display().to_string())
}

fn decide(run: &Run, at: &At, id: &str, verdict: &'static str) -> Result<(), Failure> {
    if at.user.is_none() {
        return Err(Failure::usage("approval.as", &[]));
    }
    run.with_archive(at, async |client: &Client| {
        let body = json!({"verdict": verdict});
        let done = answered(run, client, at, || Ask::json(Method::POST, path(id, "/decide"), &body)).await;
        done.map_err(|failure| failure.about(id))?;
        let key = if verdict == "approve" { "approval.approved" } else { "approval.refused" };
        run.voice.remark(key, &[("id", id)]);
        Ok(())
    })
}
