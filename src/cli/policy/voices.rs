//! What people say of policies: that they have read them, what they suggest, what came of them.

use hyper::Method;
use serde_json::{Value, json};

use super::args::{Acknowledge, Answer, Evaluate, Reviews, Suggest};
use super::stored::version;
use crate::cli::Run;
use crate::cli::client::{Ask, Client};
use crate::cli::failure::Failure;
use crate::cli::find;
use crate::cli::list::text;
use crate::cli::open::path_segment;
use crate::cli::table::{Table, visible};

/// Tells what was entered: as JSON, or in a sentence.
fn told(run: &Run, done: &Value, key: &str, name: &str) -> Result<(), Failure> {
    if run.voice.json {
        return run.voice.json_line(done);
    }
    run.voice.remark(key, &[("name", name)]);
    Ok(())
}

pub(super) fn acknowledge(run: &Run, args: &Acknowledge) -> Result<(), Failure> {
    run.with_archive(&args.at, async |client: &Client| {
        let version = version(client, &args.version).await?;
        let ask = Ask::json(Method::POST, version.path("/acknowledgements"), &Value::Null);
        let done = client.json(&ask).await.map_err(|failure| failure.about(version.name()))?;
        told(run, &done, "policy.acknowledged", &version.name())
    })
}

pub(super) fn suggest(run: &Run, args: &Suggest) -> Result<(), Failure> {
    let mut body = json!({"text": args.text});
    if let Some(rule) = &args.rule {
        body["rule"] = json!(rule);
    }
    run.with_archive(&args.at, async |client: &Client| {
        let version = version(client, &args.version).await?;
        let ask = Ask::json(Method::POST, version.path("/suggestions"), &body);
        let done = client.json(&ask).await.map_err(|failure| failure.about(version.name()))?;
        if !run.voice.json {
            run.voice.line(text(&done, "id"))?;
        }
        told(run, &done, "policy.suggested", &version.name())
    })
}

pub(super) fn answer(run: &Run, args: &Answer) -> Result<(), Failure> {
    let body = json!({"decision": args.decision, "answer": args.text});
    run.with_archive(&args.at, async |client: &Client| {
        let path = format!("/api/v1/suggestions/{}/decision", path_segment(&args.suggestion));
        let done = client.json(&Ask::json(Method::PUT, path, &body)).await;
        let done = done.map_err(|failure| failure.about(&args.suggestion))?;
        told(run, &done, "policy.answered", &args.suggestion)
    })
}

/// `policy measure`: what the archive counted before a version counted, and since.
pub(super) fn measure(run: &Run, args: &Acknowledge) -> Result<(), Failure> {
    run.with_archive(&args.at, async |client: &Client| {
        let version = version(client, &args.version).await?;
        let found = client.json(&Ask::get(version.path("/measures"))).await;
        let found = found.map_err(|failure| failure.about(version.name()))?;
        if run.voice.json {
            return run.voice.json_line(&found);
        }
        let heads = ["head.measure", "head.measured_before", "head.since_then"];
        let mut table = Table::new(heads.map(|key| run.voice.say(key, &[])));
        let day = |side: &str| {
            let from = found.pointer(&format!("/{side}/from")).and_then(Value::as_str).unwrap_or_default();
            run.voice.moment(from)
        };
        table.row([run.voice.say("measure.from", &[]), day("before"), day("after")]);
        for (name, count) in found.pointer("/after/counts").and_then(Value::as_object).into_iter().flatten() {
            let before = found.pointer(&format!("/before/counts/{name}")).map(Value::to_string);
            table.row([run.voice.word("measure", name), before.unwrap_or_default(), count.to_string()]);
        }
        table.print(&run.voice)
    })
}

pub(super) fn evaluate(run: &Run, args: &Evaluate) -> Result<(), Failure> {
    let mut body = json!({"outcome": args.outcome, "after": args.after});
    for (name, value) in [("before", &args.before), ("note", &args.note)] {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    run.with_archive(&args.at, async |client: &Client| {
        let version = version(client, &args.version).await?;
        let ask = Ask::json(Method::PUT, version.path("/evaluation"), &body);
        let done = client.json(&ask).await.map_err(|failure| failure.about(version.name()))?;
        told(run, &done, "policy.evaluated", &version.name())
    })
}

pub(super) fn suggestions(run: &Run, args: &Reviews) -> Result<(), Failure> {
    let heads = ["head.rule", "head.state", "head.suggestion", "head.answer", "head.id"];
    listed(run, args, ("suggestions", heads), |item| {
        [
            text(item, "rule").to_owned(),
            run.voice.word("policy.suggestion", text(item, "state")),
            visible(text(item, "text")),
            visible(text(item, "answer")),
            text(item, "id").to_owned(),
        ]
    })
}

pub(super) fn evaluations(run: &Run, args: &Reviews) -> Result<(), Failure> {
    let heads = ["head.version", "head.due_on", "head.metric", "head.effect_target", "head.evaluated"];
    listed(run, args, ("evaluations", heads), |item| {
        // Whoever reads an outcome asks when it was said: before its day it says little.
        let said = |name: &str| item.pointer(&format!("/words/{name}")).and_then(Value::as_str);
        let on = run.voice.day(text(item, "evaluated_at"));
        let facts = [
            ("on", on.as_str()),
            ("before", said("before").unwrap_or("—")),
            ("after", said("after").unwrap_or("—")),
        ];
        let measured = run.voice.say("policy.measured", &facts);
        let early = match !on.is_empty() && on.as_str() < text(item, "due_on") {
            true => run.voice.say("policy.early", &[]),
            false => String::new(),
        };
        let due = text(item, "due_on");
        let due = match item.get("overdue") == Some(&Value::Bool(true)) {
            true => run.voice.say("policy.overdue", &[("on", due)]),
            false => due.to_owned(),
        };
        let outcome = match text(item, "outcome") {
            "" => String::new(),
            outcome => format!("{}{early}{}", run.voice.word("policy.outcome", outcome), visible(&measured)),
        };
        [
            item.get("version").map(Value::to_string).unwrap_or_default(),
            due,
            visible(text(item, "metric")),
            visible(text(item, "target")),
            outcome,
        ]
    })
}

fn listed(
    run: &Run,
    args: &Reviews,
    (what, heads): (&str, [&str; 5]),
    row: impl Fn(&Value) -> [String; 5],
) -> Result<(), Failure> {
    run.with_archive(&args.at, async |client: &Client| {
        let path = format!("/api/v1/policies/{}/{what}", path_segment(&args.policy));
        let page = client.json(&Ask::get(path)).await.map_err(|failure| failure.about(&args.policy))?;
        let mut table = Table::new(heads.map(|key| run.voice.say(key, &[]))).elastic(2);
        for item in find::items(&page) {
            if run.voice.json {
                run.voice.json_line(item)?;
            } else {
                table.row(row(item));
            }
        }
        if run.voice.json { Ok(()) } else { table.print(&run.voice) }
    })
}
