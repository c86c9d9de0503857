//! `approval`: steps that need a second person (双人复核). Nobody is the second person by default:
//! whoever decides says who it is with `--as`.

use hyper::Method;
use serde_json::{Value, json};

use super::Run;
use super::args::{Approval, ApprovalRequest, At};
use super::client::{Ask, Client};
use super::failure::Failure;
use super::find;
use super::list::{kind_of, marked, text};
use super::login::answered;
use super::open::path_segment;
use super::say::code_of;
use super::table::Table;
use super::weighed;
use crate::access::role::Role;

/// Digits of a SHA-256.
const DIGEST_DIGITS: usize = 64;

/// Items of the list that are shown where nothing is said.
const ITEMS: usize = 50;

pub(super) fn run(run: &Run, verb: &Approval) -> Result<(), Failure> {
    match verb {
        Approval::List { at, state, ids } => {
            run.with_archive(at, async |client: &Client| list(run, client, state, *ids).await)
        }
        Approval::Show { at, id, all } => {
            run.with_archive(at, async |client: &Client| shown(run, client, id, *all).await)
        }
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
    let heads =
        ["head.step", "head.subject", "head.asked_by", "head.until", "head.mine_to_decide", "head.id"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[]))).elastic(1);
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

/// A line of a list, in which all requests have one state.
fn row(run: &Run, approval: &Value) -> [String; 6] {
    // A reference or a name says more in few places than the sort of thing that bears it.
    let named = [text(approval, "subject_name"), text(approval, "subject_title")];
    let about = match named {
        ["", _] => told(approval).nth(1).map_or("", |line| text(line, "value")).to_owned(),
        named => named.join(" ").trim_end().to_owned(),
    };
    [
        run.voice.word("step", text(approval, "action")),
        marked(run, approval, |_| about),
        asked_by(approval).to_owned(),
        run.voice.moment(text(approval, "expires_at")),
        mine(run, approval),
        text(approval, "id").to_owned(),
    ]
}

/// What the service says of the request in the reader's language: the step, the subject, the parameters.
fn told(approval: &Value) -> impl Iterator<Item = &Value> {
    approval.get("told").and_then(Value::as_array).into_iter().flatten()
}

fn mine(run: &Run, approval: &Value) -> String {
    let yes = approval.get("may_decide") == Some(&Value::Bool(true));
    run.voice.say(if yes { "yes" } else { "no" }, &[])
}

/// The name, where the reader may know it; else the id.
fn asked_by(approval: &Value) -> &str {
    person(approval, "requested_by", "requested_by_name")
}

fn person<'a>(approval: &'a Value, id: &str, name: &str) -> &'a str {
    match text(approval, name) {
        "" => text(approval, id),
        name => name,
    }
}

/// Shows a request, and of a long list of what would be handed out as much as was asked for.
async fn shown(run: &Run, client: &Client, id: &str, all: bool) -> Result<(), Failure> {
    let page = async |from: u64, limit: usize| {
        let path = format!("{}?items_from={from}&limit={limit}", path(id, ""));
        client.json(&Ask::get(path)).await.map_err(|failure| failure.about(id))
    };
    let mut approval = page(0, if all { find::PAGE } else { ITEMS }).await?;
    let mut known = items(&approval).len() as u64;
    while all && known < total(&approval) {
        let next = page(known, find::PAGE).await?;
        let more = items(&next).to_vec();
        if more.is_empty() {
            break;
        }
        known += more.len() as u64;
        if let Some(Value::Array(held)) = approval.pointer_mut("/items/items") {
            held.extend(more);
        }
    }
    if run.voice.json {
        return run.voice.json_line(&approval);
    }
    facts(run, &approval)?;
    weighed::tell(run, client, &approval).await?;
    list_of(run, &approval)
}

fn items(approval: &Value) -> &[Value] {
    approval.pointer("/items/items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn total(approval: &Value) -> u64 {
    approval.pointer("/items/total").and_then(Value::as_u64).unwrap_or(0)
}

fn facts(run: &Run, approval: &Value) -> Result<(), Failure> {
    let mut table = Table::facts();
    let say = |key: &str| run.voice.say(key, &[]);
    // Digests are there to be compared, and are read last.
    let is_digest = |line: &&Value| text(line, "value").len() == DIGEST_DIGITS;
    let (digests, lines): (Vec<&Value>, Vec<&Value>) = told(approval).partition(is_digest);
    for line in lines {
        table.row([text(line, "label").to_owned(), text(line, "value").to_owned()]);
    }
    // Of an export it has a line for the purpose, for who hands it out, and for what it is called.
    let reason = text(approval, "reason").lines().filter(|line| !line.trim().is_empty());
    for (number, line) in reason.enumerate() {
        let label = match (number, text(approval, "action")) {
            (0, "export_originals") => say("head.purpose"),
            (1, "export_originals") => say("head.organization"),
            (2, "export_originals") => say("head.description"),
            // What is said of a release stands in two lines: on whose authority, and why.
            (0, "release_hold") => say("head.authority"),
            (1, "release_hold") => say("head.release_reason"),
            (0, _) => say("head.reason"),
            _ => String::new(),
        };
        table.row([label, line.to_owned()]);
    }
    let facts = [
        ("head.asked_by", asked_by(approval).to_owned()),
        ("head.asked", run.voice.moment(text(approval, "requested_at"))),
        ("head.until", run.voice.moment(text(approval, "expires_at"))),
        ("head.state", run.voice.word("approval_state", text(approval, "state"))),
        ("head.decided_by", person(approval, "decided_by", "decided_by_name").to_owned()),
        ("head.decided", run.voice.moment(text(approval, "decided_at"))),
        ("head.mine_to_decide", mine(run, approval)),
        ("head.id", text(approval, "id").to_owned()),
        ("head.subject_id", text(approval, "subject").to_owned()),
    ];
    for (key, fact) in facts.into_iter().filter(|(_, fact)| !fact.is_empty()) {
        table.row([say(key), fact]);
    }
    for line in digests {
        table.row([text(line, "label").to_owned(), text(line, "value").to_owned()]);
    }
    table.print(&run.voice)
}

/// The records that would be handed out, as far as the reader may know them.
fn list_of(run: &Run, approval: &Value) -> Result<(), Failure> {
    if approval.get("items").is_none() {
        return Ok(());
    }
    let heads = ["head.kind", "head.occurred", "head.title", "head.version", "head.entries", "head.id"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[]))).elastic(2);
    for item in items(approval) {
        let title = match item.get("title").and_then(Value::as_str) {
            Some(title) => title.to_owned(),
            None => run.voice.say("withheld", &[]),
        };
        let entries = entries_of(run, item);
        table.row([
            kind_of(run, item),
            text(item, "occurred_on").to_owned(),
            title,
            version_of(run, item),
            entries,
            text(item, "record").to_owned(),
        ]);
    }
    let total = total(approval);
    run.voice.line("")?;
    run.voice.line(&run.voice.say("approval.list", &[("total", &total.to_string())]))?;
    table.print(&run.voice)?;
    let listed = items(approval).len() as u64;
    if listed < total {
        run.voice.remark("approval.more", &[("listed", &listed.to_string()), ("id", text(approval, "id"))]);
    }
    Ok(())
}

/// Which version is asked for, and whether there is a newer one.
fn version_of(run: &Run, item: &Value) -> String {
    let number = |name: &str| item.get(name).map(Value::to_string);
    let version = number("version").unwrap_or_default();
    match number("newest") {
        None => version,
        Some(newest) => run.voice.say("approval.newest", &[("version", &version), ("newest", &newest)]),
    }
}

/// Which entries are asked for, and which of them are gone: an approval brings nothing back.
fn entries_of(run: &Run, item: &Value) -> String {
    let entries = match text(item, "entries") {
        "" => run.voice.say("approval.whole", &[]),
        ranges => ranges.to_owned(),
    };
    let entries = match text(item, "erased") {
        "" => entries,
        erased if erased == entries => run.voice.say("approval.erased.all", &[("entries", &entries)]),
        erased => run.voice.say("approval.erased", &[("entries", &entries), ("erased", erased)]),
    };
    let by = item.get("corrected_by").and_then(Value::as_array).into_iter().flatten();
    let by: Vec<&str> = by.filter_map(Value::as_str).collect();
    match by.is_empty() {
        true => entries,
        false => run.voice.say("approval.corrected", &[("entries", &entries), ("by", &by.join(" "))]),
    }
}

fn request(args: &ApprovalRequest) -> Result<Value, Failure> {
    let mut body =
        json!({"action": code_of("step", &args.action), "subject": args.subject, "reason": args.reason});
    if let Some(parameters) = &args.parameters {
        let mut parameters: Value =
            serde_json::from_str(parameters).map_err(|_| Failure::usage("bad_json", &[]))?;
        if let Some(Value::Array(roles)) = parameters.get_mut("roles") {
            in_order(roles);
        }
        body["parameters"] = parameters;
    }
    Ok(body)
}

/// Roles as the archive writes them, and in the order in which it compares them; what is no role stays, to
/// be refused.
fn in_order(roles: &mut [Value]) {
    for role in roles.iter_mut() {
        if let Some(typed) = role.as_str() {
            *role = json!(code_of("user_role", typed));
        }
    }
    roles.sort_by_key(|role| Role::ALL.into_iter().position(|known| role.as_str() == Some(known.as_str())));
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
