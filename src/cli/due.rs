//! `due`: what is due, and what is in the way.

use serde_json::Value;

use super::Run;
use super::args::Due;
use super::client::{Ask, Client};
use super::failure::Failure;
use super::list::text;
use super::open::path_segment;
use super::table::Table;

/// Items of one page.
const PAGE: usize = 200;

pub(super) fn run(run: &Run, args: &Due) -> Result<(), Failure> {
    run.with_archive(&args.at, async |client: &Client| match args.digest {
        true => digest(run, client).await,
        false => list(run, client, args).await,
    })
}

async fn list(run: &Run, client: &Client, args: &Due) -> Result<(), Failure> {
    let mut path = format!("/api/v1/retention/due?limit={PAGE}");
    for (name, value) in [("list", &args.list), ("at", &args.on)] {
        if let Some(value) = value {
            path.push_str(&format!("&{name}={}", path_segment(value)));
        }
    }
    let mut table = due_table(run);
    let mut next = Some(path);
    while let Some(path) = next {
        let (page, after) = client.json_and_next(&Ask::get(path), None).await?;
        for line in page.get("items").and_then(Value::as_array).into_iter().flatten() {
            if args.ids {
                run.voice.line(text(line, "id"))?;
            } else if run.voice.json {
                run.voice.json_line(line)?;
            } else {
                table.row(row(run, line));
            }
        }
        next = after;
    }
    if args.ids || run.voice.json {
        return Ok(());
    }
    if table.is_empty() && args.list.is_none() {
        return nothing_due(run, client).await;
    }
    table.print(&run.voice)
}

/// Where nothing is due, how many records no rule is about: whoever looks for what may go learns why nothing does.
async fn nothing_due(run: &Run, client: &Client) -> Result<(), Failure> {
    let digest = client.json(&Ask::get("/api/v1/retention/digest")).await?;
    let count = |list: &str| digest.pointer(&format!("/counts/{list}")).and_then(Value::as_u64).unwrap_or(0);
    run.voice.remark("list.empty", &[]);
    if count("unclassified") > 0 {
        run.voice.remark("due.nothing", &[("unclassified", &count("unclassified").to_string())]);
    }
    Ok(())
}

fn due_table(run: &Run) -> Table {
    let heads = ["head.state", "head.disposable", "head.category", "head.rule", "head.in_the_way", "head.id"];
    Table::new(heads.map(|key| run.voice.say(key, &[]))).elastic(3)
}

fn row(run: &Run, line: &Value) -> [String; 6] {
    let state = match text(line, "state") {
        "" => run.voice.word("queue", "damaged"),
        state => run.voice.word("record_state", state),
    };
    let due = match text(line, "due_from") {
        "" => String::new(),
        from => run.voice.moment(from),
    };
    let list = |name: &str| line.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut ways: Vec<String> = list("blockers")
        .iter()
        .filter_map(Value::as_str)
        .map(|code| run.voice.word("blocker", code))
        .collect();
    let starved = list("starved").iter().filter_map(Value::as_str);
    ways.extend(starved.map(|rule| run.voice.say("due.starved", &[("rule", rule)])));
    ways.extend(list("exceptions").iter().map(|exception| {
        let why = run.voice.word("never", text(exception, "why"));
        run.voice.say("due.exception", &[("rule", text(exception, "rule")), ("why", &why)])
    }));
    if let Some(conflict) = line.get("conflict").filter(|conflict| conflict.is_object()) {
        let side = |name: &str| conflict.get(name).map(cited).unwrap_or_default();
        let facts = [("ceiling", side("ceiling")), ("floor", side("floor"))];
        let facts = facts.each_ref().map(|(name, side)| (*name, side.as_str()));
        ways.push(run.voice.say("due.conflict", &facts));
    }
    let rule = ["ceiling", "floor"].iter().find_map(|name| line.get(*name)).map(cited).unwrap_or_default();
    let comma = run.voice.say("list.comma", &[]);
    [state, due, text(line, "category").to_owned(), rule, ways.join(&comma), text(line, "id").to_owned()]
}

/// A rule with its articles.
fn cited(end: &Value) -> String {
    let citations = end.get("citations").and_then(Value::as_array).into_iter().flatten();
    let citations: Vec<&str> = citations.filter_map(Value::as_str).collect();
    match (text(end, "rule"), citations.as_slice()) {
        (rule, []) => rule.to_owned(),
        (rule, citations) => format!("{rule} ({})", citations.join("; ")),
    }
}

async fn digest(run: &Run, client: &Client) -> Result<(), Failure> {
    let digest = client.json(&Ask::get("/api/v1/retention/digest")).await?;
    if run.voice.json {
        return run.voice.json_line(&digest);
    }
    let mut table = Table::facts();
    for (list, count) in digest.get("counts").and_then(Value::as_object).into_iter().flatten() {
        table.row([run.voice.word("queue", list), count.to_string()]);
    }
    table.print(&run.voice)?;
    for rule in digest.get("overdue_reviews").and_then(Value::as_array).into_iter().flatten() {
        let facts = [("rule", text(rule, "rule")), ("day", text(rule, "on"))];
        run.voice.line(&run.voice.say("due.overdue", &facts))?;
    }
    for list in ["starved", "conflicts"] {
        let lines = digest.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if lines.is_empty() {
            continue;
        }
        run.voice.line(&run.voice.say(&format!("due.list.{list}"), &[]))?;
        let mut table = due_table(run);
        lines.iter().for_each(|line| table.row(row(run, line)));
        table.print(&run.voice)?;
    }
    let number = |name: &str| digest.get(name).and_then(Value::as_u64).unwrap_or(0);
    if number("judged") < number("records") {
        let facts = [("judged", number("judged").to_string()), ("records", number("records").to_string())];
        let facts = facts.each_ref().map(|(name, count)| (*name, count.as_str()));
        run.voice.remark("due.judging", &facts);
    }
    Ok(())
}
