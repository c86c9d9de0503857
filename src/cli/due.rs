//! `due` and `explain`: what is due, and why a record stands where it stands.

use serde_json::Value;

use super::Run;
use super::args::{Due, Explain};
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
    if args.ids || run.voice.json { Ok(()) } else { table.print(&run.voice) }
}

fn due_table(run: &Run) -> Table {
    let heads = ["head.state", "head.due", "head.category", "head.rule", "head.in_the_way", "head.id"];
    Table::new(heads.map(|key| run.voice.say(key, &[]))).elastic(4)
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

/// `explain`: every input and every step.
pub(super) fn explain(run: &Run, args: &Explain) -> Result<(), Failure> {
    let mut path = format!("/api/v1/records/{}/retention", path_segment(&args.id));
    if let Some(at) = &args.on {
        path.push_str(&format!("?at={}", path_segment(at)));
    }
    run.with_archive(&args.at, async |client: &Client| {
        let explained =
            client.json(&Ask::get(path.clone())).await.map_err(|failure| failure.about(&args.id))?;
        if run.voice.json {
            return run.voice.json_line(&explained);
        }
        in_words(run, &explained)
    })
}

fn in_words(run: &Run, explained: &Value) -> Result<(), Failure> {
    let verdict = explained.get("verdict").unwrap_or(&Value::Null);
    let mut table = Table::facts();
    let policy = explained.get("policy").unwrap_or(&Value::Null);
    let version = policy.get("version").map(Value::to_string).unwrap_or_default();
    table.row([run.voice.say("head.policy", &[]), format!("{} @{version}", text(policy, "id"))]);
    table.row([run.voice.say("head.at", &[]), run.voice.moment(text(explained, "at"))]);
    table.row([run.voice.say("head.state", &[]), run.voice.word("record_state", text(verdict, "state"))]);
    if !text(verdict, "due_from").is_empty() {
        table.row([run.voice.say("head.due", &[]), run.voice.moment(text(verdict, "due_from"))]);
    }
    table.print(&run.voice)?;
    run.voice.line("")?;
    for step in explained.get("steps").and_then(Value::as_array).into_iter().flatten() {
        run.voice.line(&step_in_words(run, step))?;
    }
    let blockers = verdict.get("blockers").and_then(Value::as_array).into_iter().flatten();
    let mut codes: Vec<&str> = blockers.map(|blocker| text(blocker, "kind")).collect();
    if explained.get("unavailable") == Some(&Value::Bool(true)) {
        codes.insert(0, "unavailable");
    }
    for code in codes {
        run.voice.line(&format!("✗ {}", run.voice.word("blocker", code)))?;
    }
    Ok(())
}

/// One step: its kind in words, and what it says in the order of its members.
fn step_in_words(run: &Run, step: &Value) -> String {
    let kind = text(step, "step");
    let said = step.as_object().into_iter().flatten().filter(|(name, _)| name.as_str() != "step");
    let said: Vec<String> = said
        .map(|(name, value)| match value.as_str() {
            Some(value) => format!("{name}={value}"),
            None => format!("{name}={value}"),
        })
        .collect();
    let indent = if kind == "rule" { "" } else { "    " };
    format!("{indent}{}  {}", run.voice.word("reckoned", kind), said.join(" "))
}
