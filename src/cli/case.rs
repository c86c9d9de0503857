//! `case`: what a case is, what happened in it, and where its chain of evidence has gaps.

use std::collections::BTreeSet;

use hyper::Method;
use serde_json::{Map, Value, json};

use super::Run;
use super::args::{Case, CaseChange, CaseEvent, CaseGaps, CaseList, CaseOpen};
use super::client::{Ask, Client};
use super::explain;
use super::failure::Failure;
use super::find;
use super::gap;
use super::list::{kind_of, marked, text};
use super::open::path_segment;
use super::say::code_of;
use super::table::{Table, visible};
use super::wrap::hanging;
use crate::base::civil::Zone;
use crate::words::Outcome;

/// Items of one page.
const PAGE: usize = 500;

pub(super) fn run(run: &Run, verb: &Case) -> Result<(), Failure> {
    match verb {
        Case::List(args) => run.with_archive(&args.at, async |client: &Client| list(run, client, args).await),
        Case::Show(args) => run.with_archive(&args.at, async |client: &Client| {
            let case = client.json(&Ask::get(path_of(client, &args.case, "").await?)).await?;
            if run.voice.json { run.voice.json_line(&case) } else { show(run, &case) }
        }),
        Case::Gaps(args) => run.with_archive(&args.at, async |client: &Client| gaps(run, client, args).await),
        Case::Open(args) => {
            let body = opening(args)?;
            run.with_archive(&args.at, async |client: &Client| {
                entered(run, client, &Ask::json(Method::POST, "/api/v1/cases", &body)).await
            })
        }
        Case::Event(args) => run.with_archive(&args.at, async |client: &Client| {
            let path = path_of(client, &args.case, "/events").await?;
            entered(run, client, &Ask::json(Method::POST, path, &event(args))).await
        }),
        Case::Explain(args) => {
            run.with_archive(&args.at, async |client: &Client| explain::run(run, client, args).await)
        }
        Case::Cancel(args) => run.with_archive(&args.at, async |client: &Client| {
            let rest = format!("/events/{}/cancel", path_segment(&args.event));
            let path = path_of(client, &args.case, &rest).await?;
            let body = json!({"reason": args.reason});
            entered(run, client, &Ask::json(Method::POST, path, &body)).await
        }),
        Case::Change(args) => {
            let changes = changes(args)?;
            run.with_archive(&args.at, async |client: &Client| {
                let path = path_of(client, &args.case, "").await?;
                // One person changes a case at a terminal, as it stands now.
                entered(run, client, &Ask::json(Method::PATCH, path, &changes).with("if-match", "*")).await
            })
        }
    }
}

/// The path of a case that is named by its id or by its reference.
async fn path_of(client: &Client, case: &str, rest: &str) -> Result<String, Failure> {
    Ok(format!("/api/v1/cases/{}{rest}", path_segment(&find::case(client, case).await?)))
}

/// Sends a change; prints the id of what was made.
async fn entered(run: &Run, client: &Client, ask: &Ask) -> Result<(), Failure> {
    let made = client.json(ask).await?;
    if run.voice.json { run.voice.json_line(&made) } else { run.voice.line(text(&made, "id")) }
}

fn given<'a>(members: impl IntoIterator<Item = (&'a str, Option<Value>)>) -> Value {
    let given = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(given.collect::<Map<_, _>>())
}

fn word(text: &Option<String>) -> Option<Value> {
    text.as_ref().map(|text| json!(text))
}

fn opening(args: &CaseOpen) -> Result<Value, Failure> {
    let mut parties = Vec::new();
    for party in &args.parties {
        let facts = [("option", "--party"), ("form", "ROLE=NAME")];
        let (role, name) = party.split_once('=').ok_or_else(|| Failure::usage("pair_expected", &facts))?;
        parties.push(json!({"role": role.trim(), "name": name}));
    }
    Ok(given([
        ("reference", Some(json!(args.reference))),
        ("title", Some(json!(args.title))),
        ("parties", (!parties.is_empty()).then_some(Value::Array(parties))),
        ("service", word(&args.said.service)),
        ("team", word(&args.said.team)),
        ("tier", word(&args.said.tier)),
        ("priority", word(&args.said.priority)),
        ("opened", word(&args.opened)),
        ("zone", word(&args.zone)),
    ]))
}

fn changes(args: &CaseChange) -> Result<Value, Failure> {
    let changes = given([
        ("title", word(&args.title)),
        ("service", word(&args.said.service)),
        ("team", word(&args.said.team)),
        ("tier", word(&args.said.tier)),
        ("priority", word(&args.said.priority)),
    ]);
    match changes.as_object().is_some_and(Map::is_empty) {
        true => Err(Failure::usage("nothing_to_change", &[])),
        false => Ok(changes),
    }
}

fn event(args: &CaseEvent) -> Value {
    given([
        ("kind", Some(json!(code_of("event", &args.kind)))),
        ("at", word(&args.happened)),
        ("person", word(&args.person)),
        ("team", word(&args.team)),
        ("reason", word(&args.reason)),
        ("note", word(&args.note)),
        ("minutes", args.minutes.map(|minutes| json!(minutes))),
        ("record", word(&args.record)),
    ])
}

async fn list(run: &Run, client: &Client, args: &CaseList) -> Result<(), Failure> {
    let heads = ["head.case", "head.title", "head.state", "head.opened", "head.id"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[]))).elastic(1);
    let state = args.state.as_ref().map(|state| json!(code_of("case_state", state)));
    let mut question = given([("state", state), ("limit", Some(json!(PAGE)))]);
    loop {
        let page = client.json(&Ask::json(Method::POST, "/api/v1/cases/query", &question)).await?;
        for case in page.get("items").and_then(Value::as_array).into_iter().flatten() {
            if args.ids {
                run.voice.line(text(case, "id"))?;
            } else if run.voice.json {
                run.voice.json_line(case)?;
            } else {
                table.row([
                    text(case, "reference").to_owned(),
                    marked(run, case, str::to_owned),
                    run.voice.word("case_state", text(case, "state")),
                    run.voice.day_in(text(case, "opened_at"), zone_of(case)),
                    text(case, "id").to_owned(),
                ]);
            }
        }
        match page.get("next").filter(|next| !next.is_null()) {
            Some(next) => question["cursor"] = next.clone(),
            None => break,
        }
    }
    if args.ids || run.voice.json {
        return Ok(());
    }
    table.print(&run.voice)
}

async fn gaps(run: &Run, client: &Client, args: &CaseGaps) -> Result<(), Failure> {
    let mut path = format!("/api/v1/gaps?limit={PAGE}");
    let standing = args.standing.as_deref().map(|standing| code_of("standing", standing));
    for (name, value) in [("code", &args.code), ("standing", &standing)] {
        if let Some(value) = value {
            path.push_str(&format!("&{name}={}", path_segment(value)));
        }
    }
    let (mut found, mut damaged) = (Vec::new(), Vec::new());
    let mut next = Some(path);
    while let Some(path) = next {
        let (page, after) = client.json_and_next(&Ask::get(path), None).await?;
        for gap in page.get("items").and_then(Value::as_array).into_iter().flatten() {
            if run.voice.json {
                run.voice.json_line(gap)?;
            } else {
                found.push(gap.clone());
            }
        }
        let unheld = page.get("damaged").and_then(Value::as_array).into_iter().flatten();
        damaged.extend(unheld.filter_map(Value::as_str).map(str::to_owned));
        next = after;
    }
    if !run.voice.json {
        gap::table(run, &found)?;
    }
    // Whoever goes by the list must not take a case that cannot be judged for one without gaps.
    for case in &damaged {
        run.voice.remark("gaps.damaged", &[("case", case)]);
    }
    if damaged.is_empty() { Ok(()) } else { Err(Failure::Told(Outcome::FoundWrong)) }
}

/// The zone in which a case's days are.
fn zone_of(case: &Value) -> Zone {
    Zone::parse(text(case, "zone")).unwrap_or(Zone::UTC)
}

/// A case by its number and title, which are the same where a capture opened it.
pub(super) fn titled(case: &Value) -> String {
    let (reference, title) = (text(case, "reference"), text(case, "title"));
    if title == reference { reference.to_owned() } else { format!("{reference} {title}").trim().to_owned() }
}

fn show(run: &Run, body: &Value) -> Result<(), Failure> {
    // The case's own members stand beside the rest, or under `case`.
    let case = body.get("case").filter(|case| case.is_object()).unwrap_or(body);
    // Days of a case are days of its zone.
    let zone = zone_of(case);
    let line: &[Value] = body.get("timeline").and_then(Value::as_array).map_or(&[], Vec::as_slice);
    let days: BTreeSet<&str> =
        line.iter().filter(|one| day_of(one, zone).is_some()).map(|one| text(one, "at")).collect();
    run.voice.line(&run.voice.strong(&visible(&titled(case))))?;
    let mut table = Table::facts();
    let members = [
        ("head.id", "id"),
        ("head.service", "service"),
        ("head.team", "team"),
        ("head.tier", "tier"),
        ("head.priority", "priority"),
        ("head.opened", "opened_at"),
        ("head.closed", "closed_at"),
        ("head.zone", "zone"),
    ];
    for (key, member) in members {
        if !text(case, member).is_empty() {
            let value = text(case, member);
            let value = match member {
                "opened_at" if days.contains(value) => run.voice.day_in(value, zone),
                "opened_at" | "closed_at" => run.voice.moment_in(value, zone),
                _ => value.to_owned(),
            };
            table.row([run.voice.say(key, &[]), value]);
        }
    }
    table.row([run.voice.say("head.state", &[]), run.voice.word("case_state", text(case, "state"))]);
    for party in body.get("parties").and_then(Value::as_array).into_iter().flatten() {
        table.row([run.voice.word("role", text(party, "role")), text(party, "name").to_owned()]);
    }
    table.print(&run.voice)?;
    run.voice.line("")?;
    for happening in line {
        let at = when(run, happening, &days, zone);
        let lines = happened(run, happening, &at, body.get("links"));
        lines.iter().try_for_each(|line| run.voice.line(line))?;
    }
    attainments(run, body, zone)?;
    let gaps = body.get("gaps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if !gaps.is_empty() {
        run.voice.line("")?;
        gap::table(run, gaps)?;
        gap::details(run, gaps, zone)?;
    }
    gap::closed(run, body.get("closed_gaps"), zone)?;
    gap::corrected(run, body.get("corrected_gaps"), zone)
}

/// Whether promises were kept; nothing where none was made.
fn attainments(run: &Run, body: &Value, zone: Zone) -> Result<(), Failure> {
    let levels = body.get("service_levels").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if levels.is_empty() {
        return Ok(());
    }
    run.voice.line("")?;
    let heads = ["head.promise", "head.target", "head.due", "head.done", "head.outcome"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[])));
    for one in levels {
        table.row([
            run.voice.word("measure", text(one, "measure")),
            run.voice.promised(text(one, "target"), one.get("clock").and_then(Value::as_str)),
            clock_time(run, text(one, "due"), zone),
            clock_time(run, text(one, "done"), zone),
            run.voice.word("outcome", text(one, "outcome")),
        ]);
    }
    table.print(&run.voice)
}

/// What a record corrects, and what corrects it: both stay in the chain, side by side.
fn corrections(run: &Run, id: &str, links: Option<&Value>) -> Vec<String> {
    let links = links.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let corrects = links.iter().filter(|link| text(link, "kind") == "corrects");
    corrects
        .filter_map(|link| match (text(link, "from"), text(link, "to")) {
            (from, to) if from == id => Some(run.voice.say("case.corrects", &[("record", to)])),
            (from, to) if to == id => Some(run.voice.say("case.corrected_by", &[("record", from)])),
            _ => None,
        })
        .collect()
}

/// The day of a record of which no more than the day is known; with its zone, if that is not the case's.
fn day_of(happening: &Value, zone: Zone) -> Option<String> {
    let record = happening.get("record").filter(|record| record.is_object())?;
    if !text(record, "occurred_at").is_empty() {
        return None;
    }
    let (day, own) = (text(record, "occurred_on"), text(record, "zone"));
    Some(if own == zone.name() { day.to_owned() } else { format!("{day} {own}") })
}

/// When something happened, by the clocks of the case's zone: the day alone where no more is known. `days`
/// are the instants at which such days begin: a case that one of them opened was opened on that day.
fn when(run: &Run, happening: &Value, days: &BTreeSet<&str>, zone: Zone) -> String {
    let at = text(happening, "at");
    let is_opening = ["record", "event"].iter().all(|what| happening.get(*what).is_none_or(Value::is_null));
    let day = if is_opening && days.contains(at) {
        Some(run.voice.day_in(at, zone))
    } else {
        day_of(happening, zone)
    };
    match day {
        Some(day) => format!("{day:<16}"),
        None => clock_time(run, at, zone),
    }
}

/// An instant by the clocks of the case's zone, which stands once, above.
fn clock_time(run: &Run, at: &str, zone: Zone) -> String {
    let at = run.voice.moment_in(at, zone);
    at.rsplit_once(' ').map_or(at.clone(), |(at, _)| at.to_owned())
}

/// How many entries a bulk log has, and how many of them were erased.
fn entries(run: &Run, record: &Value) -> Option<String> {
    let number = |name: &str| record.get(name).and_then(Value::as_u64);
    let (all, erased) = (number("entries")?.to_string(), number("erased").unwrap_or_default());
    Some(match erased {
        0 => run.voice.say("case.entries", &[("entries", &all)]),
        erased => run.voice.say("case.entries_erased", &[("entries", &all), ("erased", &erased.to_string())]),
    })
}

/// One thing of the time line: when, what, and what it says.
fn happened(run: &Run, happening: &Value, at: &str, links: Option<&Value>) -> Vec<String> {
    let (what, said) = if let Some(record) = happening.get("record").filter(|record| record.is_object()) {
        let mut said = vec![text(record, "title").to_owned(), text(record, "id").to_owned()];
        said.extend(corrections(run, text(record, "id"), links));
        said.extend(entries(run, record));
        (kind_of(run, record), said)
    } else if let Some(event) = happening.get("event").filter(|event| event.is_object()) {
        let detail = event.get("detail").unwrap_or(&Value::Null);
        let mut said = ["person", "team", "reason", "note"].map(|name| text(detail, name)).to_vec();
        said.push(text(event, "id"));
        let said = said.into_iter().map(str::to_owned).collect();
        let kind = run.voice.word("event", text(event, "kind"));
        let kind = match (text(event, "cancels"), text(event, "cancelled_by")) {
            ("", "") => kind,
            ("", _) => run.voice.say("event.cancelled", &[("event", &kind)]),
            (_, _) => run.voice.say("event.cancels", &[("event", &kind)]),
        };
        (kind, said)
    } else {
        (run.voice.word("event", "opened"), Vec::new())
    };
    let said = std::iter::once(what).chain(said).filter(|said| !said.is_empty());
    let said: Vec<String> = said.map(|said| visible(&said)).collect();
    hanging(at, &said, run.voice.width)
}
