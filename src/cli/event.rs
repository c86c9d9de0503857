//! `event`: what sets retention periods going.

use std::collections::BTreeSet;
use std::path::Path;

use hyper::Method;
use serde_json::{Map, Value, json};

use super::Run;
use super::approval::data_of;
use super::args::{At, Event, EventAdd, EventImport, EventList};
use super::client::{Ask, Client};
use super::failure::Failure;
use super::find;
use super::hint;
use super::list::text;
use super::login::answered;
use super::open::path_segment;
use super::site::read_file;
use super::table::Table;
use crate::base::limits::EVENTS_AT_ONCE_MAX;
use crate::record::feed;

/// Items of one page.
const PAGE: usize = 500;
/// Bytes of a table of events.
const TABLE_BYTES_MAX: usize = 32 * 1024 * 1024;
const EVENTS: &str = "/api/v1/events";

pub(super) fn run(run: &Run, verb: &Event) -> Result<(), Failure> {
    match verb {
        Event::Add(args) => add(run, args),
        Event::List(args) => {
            run.with_archive(&args.at, async |client: &Client| list(run, client, args).await)
        }
        Event::Import(args) => import(run, args),
        Event::Correct(args) => {
            let mut body = json!({"change": "correct", "on": args.on, "reason": args.reason});
            if let Some(zone) = &args.zone {
                body["zone"] = json!(zone);
            }
            change(run, &args.at, &args.event, body, args.approval.as_deref())
        }
        Event::Cancel(args) => {
            let body = json!({"change": "cancel", "reason": args.reason});
            change(run, &args.at, &args.event, body, args.approval.as_deref())
        }
    }
}

/// A name and a value joined by `=`.
fn pair<'a>(option: &str, text: &'a str) -> Result<(&'a str, &'a str), Failure> {
    let facts = [("option", option), ("form", "NAME=VALUE")];
    let (name, value) = text.split_once('=').ok_or_else(|| Failure::usage("pair_expected", &facts))?;
    Ok((name.trim(), value))
}

fn add(run: &Run, args: &EventAdd) -> Result<(), Failure> {
    let mut event = Map::new();
    event.insert("type".to_owned(), json!(args.kind));
    let mut keys = Map::new();
    for key in &args.keys {
        let (name, value) = pair("--key", key)?;
        keys.insert(name.to_owned(), json!(value));
    }
    if args.all {
        event.insert("all".to_owned(), json!(true));
    } else {
        event.insert("keys".to_owned(), Value::Object(keys));
    }
    let said = [("on", &args.on), ("zone", &args.zone), ("reason", &args.reason), ("record", &args.record)];
    for (name, value) in said {
        if let Some(value) = value {
            event.insert(name.to_owned(), json!(value));
        }
    }
    if let Some(source) = &args.source {
        let facts = [("option", "--source"), ("form", "SYSTEM/NUMBER")];
        let (system, id) = source.split_once('/').ok_or_else(|| Failure::usage("pair_expected", &facts))?;
        event.insert("source".to_owned(), json!({"system": system, "id": id}));
    }
    let asked = Value::Object(event.clone());
    if let Some(approval) = &args.approval {
        event.insert("approval".to_owned(), json!(approval));
    }
    let body = Value::Object(event);
    run.with_archive(&args.at, async |client: &Client| {
        let done = answered(run, client, &args.at, || Ask::json(Method::POST, EVENTS, &body)).await;
        match done {
            Ok(made) if run.voice.json => run.voice.json_line(&made),
            Ok(made) => {
                run.voice.line(text(&made, "id"))?;
                unawaited(run, client, &args.kind).await
            }
            Err(failure) => {
                unawaited(run, client, &args.kind).await?;
                let ask = (format!("{EVENTS}/approvals"), json!({"event": asked}));
                Err(second_person(run, client, (&args.at, args.approval.as_deref()), ask, failure).await)
            }
        }
    })
}

/// Says so where no policy in force waits for such events: a word that is written wrong sets no period going.
async fn unawaited(run: &Run, client: &Client, kind: &str) -> Result<(), Failure> {
    if run.voice.json {
        return Ok(());
    }
    let list = match client.json(&Ask::get("/api/v1/policies")).await {
        Err(failure) if matches!(failure.code(), Some("forbidden" | "token_scope")) => return Ok(()),
        list => list?,
    };
    let mut known: BTreeSet<String> = BTreeSet::new();
    for line in find::items(&list) {
        let Some(number) = line.get("in_force").and_then(Value::as_u64) else { continue };
        let path = format!("/api/v1/policies/{}/versions/{number}", path_segment(text(line, "id")));
        let shown = client.json(&Ask::get(path)).await?;
        let events = shown.pointer("/policy/event").and_then(Value::as_array).into_iter().flatten();
        known.extend(events.map(|event| text(event, "type").to_owned()));
    }
    if known.contains(kind) {
        return Ok(());
    }
    let known = known.into_iter().collect::<Vec<_>>().join(&run.voice.say("list.comma", &[]));
    match known.is_empty() {
        true => run.voice.remark("event.no_policy", &[("kind", kind)]),
        false => run.voice.remark("event.unknown_type", &[("kind", kind), ("known", &known)]),
    }
    Ok(())
}

fn change(run: &Run, at: &At, event: &str, body: Value, approval: Option<&str>) -> Result<(), Failure> {
    let path = format!("{EVENTS}/{}/changes", path_segment(event));
    let mut sent = body.clone();
    if let Some(approval) = approval {
        sent["approval"] = json!(approval);
    }
    run.with_archive(at, async |client: &Client| {
        let done = answered(run, client, at, || Ask::json(Method::POST, path.clone(), &sent)).await;
        match done {
            Ok(made) if run.voice.json => run.voice.json_line(&made),
            Ok(made) => {
                run.voice.line(text(&made, "id"))?;
                let destroyed = made.get("destroyed").and_then(Value::as_u64).unwrap_or(0);
                if destroyed > 0 {
                    run.voice.remark("event.destroyed", &[("count", &destroyed.to_string())]);
                }
                Ok(())
            }
            Err(failure) => {
                let ask = (format!("{path}/approvals"), body.clone());
                Err(second_person(run, client, (at, approval), ask, failure).await)
            }
        }
    })
}

/// Where a second person is needed, asks for one and says what that person has to run.
async fn second_person(
    run: &Run,
    client: &Client,
    (at, approval): (&At, Option<&str>),
    (path, body): (String, Value),
    failure: Failure,
) -> Failure {
    if failure.code() != Some("needs_second_person") {
        return failure;
    }
    if let Some(waiting) = approval {
        hint::later(run, "approval.next", &[("data", &data_of(at)), ("id", waiting)]);
        return failure;
    }
    match answered(run, client, at, || Ask::json(Method::POST, path.clone(), &body)).await {
        Ok(made) => {
            let id = text(&made, "id");
            hint::later(run, "approval.next", &[("data", &data_of(at)), ("id", id)]);
            hint::later(run, "approval.then", &[("id", id)]);
            failure
        }
        Err(other) => other,
    }
}

async fn list(run: &Run, client: &Client, args: &EventList) -> Result<(), Failure> {
    let mut question = json!({"limit": PAGE});
    if let Some(kind) = &args.kind {
        question["type"] = json!(kind);
    }
    if let Some(key) = &args.key {
        let (name, value) = pair("--key", key)?;
        question["key"] = json!(name);
        question["value"] = json!(value);
    }
    let heads = ["head.event", "head.day", "head.keys", "head.standing", "head.id"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[]))).elastic(2);
    loop {
        let page = client.json(&Ask::json(Method::POST, format!("{EVENTS}/query"), &question)).await?;
        for event in page.get("items").and_then(Value::as_array).into_iter().flatten() {
            if run.voice.json {
                run.voice.json_line(event)?;
            } else {
                table.row([
                    text(event, "type").to_owned(),
                    format!("{} {}", text(event, "on"), text(event, "zone")),
                    keys_of(event),
                    run.voice.word("event_standing", standing(event)),
                    text(event, "id").to_owned(),
                ]);
            }
        }
        match page.get("next").filter(|next| !next.is_null()) {
            Some(next) => question["cursor"] = next.clone(),
            None => break,
        }
    }
    if run.voice.json { Ok(()) } else { table.print(&run.voice) }
}

/// The keys with their values, where the reader may know them.
fn keys_of(event: &Value) -> String {
    let names = event.get("keys").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let value = |name: &str| event.get("values").and_then(|values| values.get(name)).and_then(Value::as_str);
    let told = names.map(|name| match value(name) {
        Some(value) => format!("{name}={value}"),
        None => name.to_owned(),
    });
    told.collect::<Vec<_>>().join(" ")
}

/// Whether it counts.
fn standing(event: &Value) -> &'static str {
    let has = |name: &str| !text(event, name).is_empty();
    match event.get("damaged").and_then(Value::as_bool) {
        Some(true) => "damaged",
        _ if has("cancels") => "cancellation",
        _ if has("superseded_by") => "superseded",
        _ if has("corrects") => "correction",
        _ => "counts",
    }
}

fn import(run: &Run, args: &EventImport) -> Result<(), Failure> {
    let bytes = read_file(&args.file, TABLE_BYTES_MAX as u64)?;
    let events = events_of(&args.file, &bytes, args.reason.as_deref())?;
    if events.len() > EVENTS_AT_ONCE_MAX {
        let most = EVENTS_AT_ONCE_MAX.to_string();
        return Err(Failure::usage("events_too_many", &[("most", &most)]));
    }
    let body = json!({"events": events});
    run.with_archive(&args.at, async |client: &Client| {
        let ask = || Ask::json(Method::POST, format!("{EVENTS}/import"), &body);
        let done = answered(run, client, &args.at, ask).await?;
        if run.voice.json {
            return run.voice.json_line(&done);
        }
        for id in done.get("ids").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            run.voice.line(id)?;
        }
        let replayed = done.get("replayed").map(Value::to_string).unwrap_or_default();
        run.voice.remark("event.imported", &[("count", &events.len().to_string()), ("replayed", &replayed)]);
        Ok(())
    })
}

/// The rows of a table as events.
fn events_of(file: &Path, bytes: &[u8], reason: Option<&str>) -> Result<Vec<Value>, Failure> {
    let path = file.display().to_string();
    let table = feed::Table::from_csv(bytes, None)
        .map_err(|fault| Failure::usage("events_table", &[("path", &path), ("fault", &fault.to_string())]))?;
    let names = ["type", "on", "zone", "reason", "record"];
    let known =
        |head: &str| names.contains(&head) || matches!(head, "system" | "id") || head.starts_with("key.");
    if let Some(other) = table.headers.iter().find(|head| !known(head)) {
        return Err(Failure::usage("events_column", &[("path", &path), ("column", other)]));
    }
    let mut events = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let (mut event, mut keys, mut source) = (Map::new(), Map::new(), Map::new());
        for (column, head) in table.headers.iter().enumerate() {
            let cell = row.cell(column).trim();
            if cell.is_empty() {
                continue;
            }
            match head.as_str() {
                "system" | "id" => drop(source.insert(head.clone(), json!(cell))),
                head => match head.strip_prefix("key.") {
                    Some(name) => drop(keys.insert(name.to_owned(), json!(cell))),
                    None => drop(event.insert(head.to_owned(), json!(cell))),
                },
            }
        }
        if let (Some(reason), false) = (reason, event.contains_key("reason")) {
            event.insert("reason".to_owned(), json!(reason));
        }
        event.insert("keys".to_owned(), Value::Object(keys));
        if !source.is_empty() {
            event.insert("source".to_owned(), Value::Object(source));
        }
        events.push(Value::Object(event));
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_becomes_events_with_their_keys() {
        let csv = "type,on,key.customer,key.contract,reason,system,id\n\
                   relationship_ended,2026-03-31,青禾,,补登,CRM,E-1\n\
                   purpose_ended,2026-04-01,,HT-7,,,\n";
        let events = events_of(Path::new("x.csv"), csv.as_bytes(), Some("年度清理")).unwrap();
        assert_eq!(
            events,
            [
                json!({"type": "relationship_ended", "on": "2026-03-31", "keys": {"customer": "青禾"},
                    "reason": "补登", "source": {"system": "CRM", "id": "E-1"}}),
                json!({"type": "purpose_ended", "on": "2026-04-01", "keys": {"contract": "HT-7"}, "reason": "年度清理"}),
            ]
        );
        let other = events_of(Path::new("x.csv"), b"type,when\nx,y\n", None);
        assert!(matches!(other, Err(Failure::Usage { key: "events_column", .. })));
    }
}
