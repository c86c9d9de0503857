//! `customer`: parties, and the dossier of one (客户服务档案). No scoring, no profile.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Run;
use super::args::Customer;
use super::case::titled;
use super::client::{Ask, Client};
use super::failure::Failure;
use super::find;
use super::list::{kind_of, marked, text};
use super::open::path_segment;
use super::table::{Table, visible};

pub(super) fn run(run: &Run, verb: &Customer) -> Result<(), Failure> {
    match verb {
        Customer::List { at, ids } => {
            run.with_archive(at, async |client: &Client| list(run, client, *ids).await)
        }
        Customer::Show { at, party } => run.with_archive(at, async |client: &Client| {
            let id = find::party(client, party).await?;
            let dossier =
                client.json(&Ask::get(format!("/api/v1/parties/{}/dossier", path_segment(&id)))).await?;
            if run.voice.json { run.voice.json_line(&dossier) } else { show(run, &dossier) }
        }),
        Customer::ServiceLevels { at, party, from, to } => {
            super::list::days(from.as_deref(), to.as_deref())?;
            run.with_archive(at, async |client: &Client| {
                let customer = match party {
                    Some(party) => Some(find::party(client, party).await?),
                    None => None,
                };
                let filters = [("customer", &customer), ("from", from), ("to", to)];
                let filters = filters.iter().filter_map(|(name, value)| {
                    value.as_ref().map(|value| format!("{name}={}", path_segment(value)))
                });
                let filters: Vec<String> = filters.collect();
                let path = format!("/api/v1/reports/service-levels?{}", filters.join("&"));
                let table = client.json(&Ask::get(path)).await?;
                if run.voice.json { run.voice.json_line(&table) } else { service_levels(run, &table) }
            })
        }
    }
}

async fn list(run: &Run, client: &Client, ids: bool) -> Result<(), Failure> {
    let heads = ["head.name", "head.registered", "head.id"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[]))).elastic(0);
    let mut next = Some(format!("/api/v1/parties?limit={}", find::PAGE));
    while let Some(path) = next {
        let (page, after) = client.json_and_next(&Ask::get(path), None).await?;
        for party in find::items(&page) {
            if ids {
                run.voice.line(text(party, "id"))?;
            } else if run.voice.json {
                run.voice.json_line(party)?;
            } else {
                table.row([
                    name_of(run, party),
                    day(run, party, "registered_at"),
                    text(party, "id").to_owned(),
                ]);
            }
        }
        next = after;
    }
    if ids || run.voice.json { Ok(()) } else { table.print(&run.voice) }
}

fn name_of(run: &Run, party: &Value) -> String {
    let name = party.get("name").and_then(Value::as_str);
    marked(run, party, |_| name.map_or_else(|| run.voice.say("withheld", &[]), str::to_owned))
}

fn day(run: &Run, value: &Value, name: &str) -> String {
    run.voice.day(text(value, name))
}

fn parts<'a>(dossier: &'a Value, name: &str) -> &'a [Value] {
    dossier.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn show(run: &Run, dossier: &Value) -> Result<(), Failure> {
    let party = dossier.get("party").unwrap_or(&Value::Null);
    run.voice.line(&run.voice.strong(&visible(&name_of(run, party))))?;
    let mut facts = Table::facts();
    facts.row([run.voice.say("head.id", &[]), text(party, "id").to_owned()]);
    if party.get("registered_at").is_some() {
        facts.row([run.voice.say("head.registered", &[]), day(run, party, "registered_at")]);
    }
    facts.print(&run.voice)?;
    cases(run, parts(dossier, "cases"))?;
    let records = parts(dossier, "records");
    let title = |id: &str| {
        let found = records.iter().find(|record| text(record, "id") == id);
        found.map_or_else(
            || run.voice.say("withheld", &[]),
            |record| {
                let title = text(record, "title");
                if title.is_empty() { kind_of(run, record) } else { title.to_owned() }
            },
        )
    };
    let authorizations = parts(dossier, "authorizations").iter().map(|one| {
        let standing = run.voice.word("force", text(one, "standing"));
        [
            format!("{standing} {}", text(one, "on")),
            title(text(one, "record")),
            text(one, "record").to_owned(),
        ]
    });
    section(run, "dossier.authorizations", authorizations.collect())?;
    let complaints = parts(dossier, "complaints").iter().map(|one| {
        let answer = if text(one, "answer").is_empty() { "dossier.unanswered" } else { "dossier.answered" };
        let when = format!("{} {}", text(one, "on"), run.voice.say(answer, &[]));
        [when, title(text(one, "record")), text(one, "record").to_owned()]
    });
    section(run, "dossier.complaints", complaints.collect())?;
    let feedback = parts(dossier, "feedback").iter().map(|one| {
        let score = one.get("score").filter(|score| !score.is_null()).map(Value::to_string);
        let when = format!("{} {}", text(one, "on"), score.unwrap_or_default());
        [when, title(text(one, "record")), text(one, "record").to_owned()]
    });
    section(run, "dossier.feedback", feedback.collect())?;
    let told: BTreeSet<&str> = ["authorizations", "complaints", "feedback"]
        .iter()
        .flat_map(|part| parts(dossier, part))
        .map(|one| text(one, "record"))
        .collect();
    let others = records.iter().filter(|record| !told.contains(text(record, "id"))).map(|record| {
        let when = format!("{} {}", text(record, "occurred_on"), kind_of(run, record));
        [when, text(record, "title").to_owned(), text(record, "id").to_owned()]
    });
    section(run, "dossier.records", others.collect())?;
    let holds = parts(dossier, "holds").iter().map(|one| {
        [day(run, one, "placed_at"), text(one, "reference").to_owned(), day(run, one, "released_at")]
    });
    section(run, "dossier.holds", holds.collect())?;
    let requests = parts(dossier, "requests").iter().map(|one| {
        [day(run, one, "received_at"), text(one, "reference").to_owned(), day(run, one, "answered_at")]
    });
    section(run, "dossier.requests", requests.collect())?;
    let destroyed = parts(dossier, "destroyed")
        .iter()
        .map(|one| [day(run, one, "at"), String::new(), text(one, "record").to_owned()]);
    section(run, "dossier.destroyed", destroyed.collect())
}

fn cases(run: &Run, cases: &[Value]) -> Result<(), Failure> {
    let rows = cases.iter().map(|one| {
        let case = one.get("case").unwrap_or(&Value::Null);
        let state = run.voice.word("case_state", text(case, "state"));
        let title = match case.get("damaged") {
            Some(Value::Bool(true)) => run.voice.say("damaged", &[]),
            Some(_) | None => titled(case),
        };
        [format!("{} {state}", day(run, case, "opened_at")), title, text(case, "id").to_owned()]
    });
    section(run, "dossier.cases", rows.collect())
}

/// A heading with its rows; nothing where there are none.
fn section(run: &Run, heading: &str, rows: Vec<[String; 3]>) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    run.voice.line("")?;
    run.voice.line(&run.voice.strong(&run.voice.say(heading, &[])))?;
    let mut table = Table::bare(3).elastic(1);
    for row in rows {
        table.row(row.map(|cell| cell.trim().to_owned()));
    }
    table.print(&run.voice)
}

/// The table of promises, and over how many cases it was measured.
fn service_levels(run: &Run, body: &Value) -> Result<(), Failure> {
    let heads = [
        "head.tier",
        "head.priority",
        "head.promise",
        "outcome.met",
        "outcome.missed",
        "outcome.overdue",
        "outcome.running",
        "head.kept",
    ];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[])));
    let items = parts(body, "items");
    for one in items {
        let count = |name: &str| one.get(name).and_then(Value::as_u64).unwrap_or(0).to_string();
        let kept = one.get("kept_per_mille").and_then(Value::as_u64);
        table.row([
            text(one, "tier").to_owned(),
            text(one, "priority").to_owned(),
            run.voice.word("measure", text(one, "measure")),
            count("met"),
            count("missed"),
            count("overdue"),
            count("running"),
            kept.map_or_else(String::new, |kept| format!("{}.{}%", kept / 10, kept % 10)),
        ]);
    }
    if !items.is_empty() {
        table.print(&run.voice)?;
    }
    let cases = body.get("cases").and_then(Value::as_u64).unwrap_or(0).to_string();
    let as_of = run.voice.moment(text(body, "as_of"));
    run.voice.remark("service_levels.cases", &[("cases", &cases), ("as_of", &as_of)]);
    Ok(())
}
